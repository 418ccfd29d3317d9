"""Covered: the other reviews that one call is about, and its entry in each of their logs (source 004)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.call import AttemptRefused
from app.core.call.together import open_together, same_call
from app.core.case import Attempt, Case, CaseMoved
from app.core.people import Act
from app.flow.cases import Overlooked, case_for, save_cases
from app.flow.ports import Ports, Saving


@dataclass(frozen=True, slots=True)
class Also:
    """Another case that the call covered, and the version of it that the person saw."""

    case_id: str
    seen: int


def also_open(ports: Ports, case: Case) -> tuple[Case, ...]:
    """Return what the same payer has open of the same patient and clinician, so that one call may cover all."""
    if not case.is_call_open:
        return ()
    return open_together(case, ports.store.cases_of_patient(case.tenant, case.patient.reference))


def told_also_in(ports: Ports, case: Case, entry: Attempt | None) -> tuple[Case, ...]:
    """Return the other cases whose log tells of the same call; none where no entry is asked about."""
    if entry is None:
        return ()
    return same_call(case, entry, ports.store.cases_of_patient(case.tenant, case.patient.reference))


def in_each(
    ports: Ports, case: Case, also: Sequence[Also], keep: Callable[[Case, int], Saving], *, now: datetime
) -> Iterator[Saving]:
    """
    Yield each other case as `keep` makes it, given the case and the version that was seen, ready to be saved.

    case: the one that the call was kept in, as it stood before. Raises AttemptRefused, field "also", for a case that
    the call cannot cover, or whose log cannot have the entry: then nothing is kept anywhere
    """
    coverable = {each.id for each in also_open(ports, case)} if also else set()
    for each in also:
        if each.case_id not in coverable:
            raise AttemptRefused("also", "One of these cases is not open with the same payer and clinician any more.")
        other = case_for(ports, each.case_id, Act.LOG_ATTEMPT, now=now)
        try:
            yield keep(other, each.seen)
        except AttemptRefused as error:
            raise AttemptRefused("also", f"In case {other.number}: {error.say}") from error


def save_covered(ports: Ports, case: Case, savings: Sequence[Saving], *, now: datetime) -> tuple[Case, ...]:
    """Save one call in all of its cases, or in none. case: the one that it was kept in, as it was read."""
    try:
        return save_cases(ports, savings, now=now)
    except Overlooked as error:
        if ports.store.case(ports.tenant, case.id).version != case.version:
            raise CaseMoved() from error  # by this very form, perhaps, sent twice: decided again, it is known
        raise
