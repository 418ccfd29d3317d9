"""Why a case is not opened, not changed or not moved."""

from app.errors import Refused


class MoveRefused(Refused):
    """A case cannot go from where it is to there."""

    next = "Open the case again to see where it stands now."


class CaseMoved(Refused):
    """Someone else changed the case since this page was shown."""

    say = "Someone changed this case while you were looking at it."
    next = "Look at the case as it is now, then decide again. Nothing of yours was written."


class NoSuchCase(Refused):
    """There is no case with this id at this issuer."""

    say = "There is no such case."
    next = "Go back to the worklist; it may have been opened at another hospital."


class KnownDenial(Refused):
    """The denial of a new case already has one; `case_id` names it."""

    say = "This denial already has a case."
    next = "Open the case that is there."

    def __init__(self, case_id: str | None = None) -> None:
        super().__init__()
        self.case_id = case_id


class NumberTaken(Refused):
    """The number drawn for a new case is another case's; draw again."""

    say = "This case number is taken."
    next = "Try again; another number will be drawn."
