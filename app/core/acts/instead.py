"""What to do in place of an act that may cost the call."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.case import Case
from app.core.rulebook.guards import Forfeit, RiskyAct, Severity


@dataclass(frozen=True, slots=True)
class Instead:
    """What to do in place of an act that may cost the call. where: slots | windows | call | appeal | clinician."""

    words: str
    where: str


def instead_of(case: Case, forfeits: Sequence[Forfeit]) -> Instead:
    """Return what to do in place of an act with these losses, the first being the surest."""
    first = forfeits[0]
    if first.severity is Severity.ASK_FIRST:
        return Instead(f"Ask {case.payer_name} first, and log what it said", "call")
    if first.act is RiskyAct.SECOND_REQUEST:
        return Instead("File the appeal", "appeal")
    if first.act is RiskyAct.WRONG_CREDENTIAL:
        return Instead("Choose somebody whom the payer takes", "clinician")
    if first.act is RiskyAct.MISSED_WINDOW:
        return Instead("Choose another time", "slots") if case.windows else Instead("Ask for another time", "windows")
    if case.booking is not None and case.booking.is_live:
        return Instead("Hold the booked call first", "call")
    return Instead("Book the call first", "slots") if case.windows else Instead("Ask for the call first", "windows")
