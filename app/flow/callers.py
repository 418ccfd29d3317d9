"""Who may take a case's call, and when: the clinician it was given to, and colleagues if the payer takes them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.case import Case, OfferedWindow
from app.core.people import Clinician
from app.core.rulebook.guards import RiskyAct
from app.core.slots.callers import StandIn, as_cover, stand_in
from app.errors import Permanent, Refused, Temporary
from app.flow.calendars import DiaryRead, read_diary
from app.flow.guards import weigh
from app.flow.ports import Ports

MOST = 3  # colleagues whose calendars are read


class NoStandIn(Refused):
    """This colleague does not stand in for the case's clinician."""

    say = "This colleague does not take the call as things stand."
    next = "Choose who takes the call on the clinician's page, then book."


@dataclass(frozen=True, slots=True)
class Callers:
    """The diaries of all who may call, the case's own first; asked: who might if the payer agrees; said: of others."""

    reads: tuple[DiaryRead, ...]
    asked: tuple[StandIn, ...] = ()
    said: tuple[str, ...] = ()


def callers_of(ports: Ports, case: Case, windows: Sequence[OfferedWindow], *, now: datetime) -> Callers:
    """Read the calendars of everybody who may call within these windows. A booked call keeps its clinician."""
    own = read_diary(ports, case.clinician, windows, case=case, now=now)
    if case.booking is not None and case.booking.is_live:
        return Callers((own,))
    reads, asked, said = [own], [], []
    for reference in ports.site.cover.get(case.clinician.reference, ())[:MOST]:
        try:
            found = cover_of(ports, case, reference, now=now)
            if found is not None and found.allowed:
                because = found.because
                reads.append(read_diary(ports, found.clinician, windows, case=case, stands_in=because, now=now))
            elif found is not None:
                asked.append(found)
        except (Permanent, Temporary) as error:
            said.append(f"A colleague who covers could not be looked at: {error.say}")
    return Callers(tuple(reads), tuple(asked), tuple(dict.fromkeys(said)))


def cover_of(ports: Ports, case: Case, reference: str, *, now: datetime) -> StandIn | None:
    """Return how this colleague may stand in for the case's clinician; None where they may not."""
    colleague = as_cover(ports.ehr.clinician(reference))
    losses = weigh(ports, case, RiskyAct.WRONG_CREDENTIAL, credential=colleague.credential, now=now)
    return stand_in(colleague, case.clinician, losses)


def caller(ports: Ports, case: Case, reference: str | None, *, now: datetime) -> Clinician | None:
    """Return who takes the call that is booked: the case's own clinician, or a colleague; raises NoStandIn."""
    if reference is None or case.clinician is None or reference == case.clinician.reference:
        return case.clinician
    if reference not in ports.site.cover.get(case.clinician.reference, ()):
        raise NoStandIn()
    found = cover_of(ports, case, reference, now=now)
    if found is None or not found.allowed:
        raise NoStandIn()
    return found.clinician
