"""What was held back of the chart: shown by kind and day, added to this case's brief with a reason, taken out again."""

from dataclasses import dataclass
from datetime import datetime

from app.core.brief.entries import EntryKind
from app.core.brief.facts import HeldBack
from app.core.brief.held import LONGEST_REASON, Added, NothingHeld, NotTheirsToAdd, added_of, step_to_add
from app.core.brief.own import is_of_case
from app.core.case import Case
from app.core.people import Act, may
from app.flow.brief import BriefRead, brief_of
from app.flow.brief.by_hand import Decided, Entries, add_step
from app.flow.cases import case_for
from app.flow.ports import Ports


@dataclass(frozen=True, slots=True)
class HeldRead:
    """What is held back and what was added, and whether this user may change that."""

    case: Case
    held_back: tuple[HeldBack, ...]
    added: tuple[Added, ...]
    may_add: bool
    longest: int = LONGEST_REASON


def held(ports: Ports, read: BriefRead) -> HeldRead:
    """Return what was held back from a brief that was read just now."""
    may_add = may(ports.user.role, Act.ADD_HELD) and is_of_case(ports.user, read.case)
    return HeldRead(read.case, read.held_back, read.added, may_add)


def add(ports: Ports, case_id: str, reference: str, reason: str, *, now: datetime) -> None:
    """Let one thing into this case's brief; who did it and why is audited."""
    case = _case_of_clinician(ports, case_id, now=now)
    held_back = brief_of(ports, case_id, now=now).held_back
    told = step_to_add(held_back, reference, reason)

    def decide(entries: Entries) -> Decided | None:
        stands = {each.reference for each in added_of(entries)}
        return None if reference in stands else (EntryKind.ADDED, reference, told)

    add_step(ports, case, decide, now=now)


def revoke(ports: Ports, case_id: str, reference: str, *, now: datetime) -> None:
    """Take it out again: no brief or paper made from now on holds it."""
    case = _case_of_clinician(ports, case_id, now=now)

    def decide(entries: Entries) -> Decided:
        if reference not in {each.reference for each in added_of(entries)}:
            raise NothingHeld()
        return EntryKind.REVOKED, reference, {}

    add_step(ports, case, decide, now=now)


def _case_of_clinician(ports: Ports, case_id: str, *, now: datetime) -> Case:
    case = case_for(ports, case_id, Act.ADD_HELD, now=now)
    if not is_of_case(ports.user, case):
        raise NotTheirsToAdd()
    return case
