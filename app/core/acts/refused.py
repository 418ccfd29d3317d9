"""Why an act is not done: it cannot be now, or not before somebody says why."""

from app.core.rulebook.guards import Forfeit, RiskyAct
from app.errors import Refused


class NotNow(Refused):
    """The case takes no such act where it stands."""

    say = "This cannot be done in this case now."
    next = "Open the case again to see where it stands."


class TakenAlready(Refused):
    """The same was done before, and its answer is still awaited."""

    say = "This was marked as done already."
    next = "Look at the case's history. What was marked by mistake can be taken back there."


class OutcomeFirst(Refused):
    """A call was begun whose outcome nobody has told."""

    say = "A call was held or booked for a time that is over, and its outcome is not recorded."
    next = "Record what came of the call first; then do this."


class AtStake(Refused):
    """
    An act may cost the right to a call, and nobody has said why it is done all the same.

    forfeits: what is lost, the surest first; speaker_asked: nobody has said what the caller is, and the payer minds
    """

    say = "This may cost the right to a call."
    next = "Open the case and do it there: it says what to do instead, and takes a reason."

    def __init__(self, risk: RiskyAct, forfeits: tuple[Forfeit, ...], *, speaker_asked: bool = False) -> None:
        asked = "This payer minds who speaks, and nobody said what the caller is." if speaker_asked else None
        super().__init__(forfeits[0].sentence if forfeits else asked)
        self.risk, self.forfeits, self.speaker_asked = risk, forfeits, speaker_asked


class ReasonOwed(Refused):
    """A reason was asked for and none was given. `field` names the form's field."""

    say = "Say why."
    next = "Write a few words, then send it again."
    field = "why"
