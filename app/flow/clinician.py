"""Clinician: who takes the call is a person's choice; what the request or the letter says is shown, never taken."""

from dataclasses import dataclass
from datetime import datetime

from app.core.case import Case
from app.core.clinician import CallBooked, CaseOver, choose_clinician
from app.core.people import Act, Clinician, Role
from app.errors import Permanent, Temporary
from app.flow.cases import case_for, event, save_case, steady
from app.flow.ports import Ports

LONGEST_NAME = 80
CANNOT = (CallBooked, CaseOver, Permanent)  # what a page tells beside its form


@dataclass(frozen=True, slots=True)
class Choices:
    """
    Who may be meant. me: the clinician who is signed in; ordering: whom the request names; named: whom a letter names

    found: whom the search brought, None when nothing was looked for; problems: why something could not be read
    """

    case: Case
    me: Clinician | None = None
    ordering: Clinician | None = None
    named: str | None = None
    found: tuple[Clinician, ...] | None = None
    problems: tuple[str, ...] = ()


def choices_of(ports: Ports, case_id: str, *, name: str, now: datetime) -> Choices:
    """Return who may take the call of this case, with whom a search by name or NPI finds."""
    case = case_for(ports, case_id, Act.SEE_CASE, now=now)
    problems: list[str] = []
    is_clinician = ports.user.role is Role.CLINICIAN
    me = _read(ports, ports.user.reference if is_clinician else None, case, problems)
    ordering = _read(ports, case.denial.ordering, case, problems)
    found = None
    if name.strip():
        try:
            found = ports.ehr.clinicians(name=name.strip()[:LONGEST_NAME])
        except (Permanent, Temporary) as error:
            problems.append(f"{error.say} {error.next}")
    same = me is not None and ordering is not None and me.reference == ordering.reference
    told = tuple(dict.fromkeys(problems))
    return Choices(case, me, None if same else ordering, case.denial.provider_name, found, told)


@steady
def choose(ports: Ports, case_id: str, reference: str, *, seen: int, now: datetime) -> Case:
    """Put the call into this clinician's hands: read afresh in the EHR, held times of another given back."""
    case = case_for(ports, case_id, Act.CHOOSE_CLINICIAN, now=now)
    clinician = ports.ehr.clinician(reference)
    chosen = choose_clinician(case, clinician, now=now)
    before = case.clinician.reference if case.clinician else None
    happened = event(ports, "clinician_chosen", at=now, clinician=clinician.reference, before=before)
    return save_case(ports, chosen, seen=seen, events=[happened], now=now)


def _read(ports: Ports, reference: str | None, case: Case, problems: list[str]) -> Clinician | None:
    """Return the clinician at a reference, None when there is none, it cannot be read, or has the call already."""
    if reference is None or (case.clinician is not None and case.clinician.reference == reference):
        return None
    try:
        return ports.ehr.clinician(reference)
    except (Permanent, Temporary) as error:
        problems.append(f"{error.say} {error.next}")
        return None
