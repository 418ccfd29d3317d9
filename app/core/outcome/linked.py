"""An appeal that was filed elsewhere, or seen in the EHR, linked back to its case, so that what came of it counts."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from app.core.acts import NotNow
from app.core.afterwards import DECIDING, marks
from app.core.case import Case, Filing, Outcome, TakenAct
from app.core.deadlines.counting import early_instant
from app.core.outcome.form import Contradiction
from app.core.outcome.letter import APPEAL
from app.core.people import User


@dataclass(frozen=True, slots=True)
class AppealTold:
    """What a person, or the EHR, tells of an appeal. result: of DECIDING, None until then; way, number: Filing."""

    filed_on: date
    result: str | None = None
    decided_on: date | None = None
    note: str | None = None
    filed_way: str = ""
    number: str | None = None


@dataclass(frozen=True, slots=True)
class Linked:
    """The case with its appeal; filed_at, decided_at: what is news of it, None where it was known or is not yet."""

    case: Case
    filed_at: datetime | None
    decided_at: datetime | None


def can_link(case: Case) -> bool:
    """Whether an appeal can be linked: no call is to be had any more, and none of ours is awaited."""
    waits = any(each.awaits and each.kind == APPEAL for each in case.acts)
    return not case.is_call_open and not waits


def link_appeal(
    case: Case, told: AppealTold, *, act_id: str, outcome_id: str, by: User, seen: int, zone: str, now: datetime
) -> Linked:
    """
    Return the case with an appeal and what came of it; its state stays, and so does what was decided before.

    raises: NotNow while a call may be had or our own appeal is awaited; Contradiction naming the field
    """
    if not can_link(case):
        raise NotNow("An appeal is marked as filed in the case itself while it is open.")
    _check(case, told, today=now.astimezone(ZoneInfo(zone)).date())
    known = marks(case, APPEAL)
    filed_at = None if known else min(early_instant(told.filed_on, time(0), zone), now)
    if filed_at is not None:
        filing = Filing(told.filed_on, told.filed_way, told.number)
        act = TakenAct(act_id, APPEAL, filed_at, by.name, seen, case.state, case.state, told.note, filing=filing)
        case = replace(case, acts=(*case.acts, act), updated_at=now)
    if told.result is None or told.decided_on is None:
        return Linked(case, filed_at, None)
    of = marks(case, APPEAL)[-1].id
    decided = Outcome(outcome_id, told.result, True, now, by.name, note=told.note, way=APPEAL, answers=of)
    earlier = case.earlier if case.outcome is None else (*case.earlier, case.outcome)
    after = replace(case, outcome=decided, earlier=earlier, letter=None, updated_at=now)
    return Linked(after, filed_at, min(early_instant(told.decided_on, time(0), zone), now))


def _check(case: Case, told: AppealTold, *, today: date) -> None:
    if told.filed_on > today:
        raise Contradiction("filed_on", "An appeal is not filed in the future.")
    written = case.denial.created_on
    if written is not None and told.filed_on < written:
        raise Contradiction("filed_on", "The denial was not written yet on that day.")
    if told.result is None and told.decided_on is None:
        if marks(case, APPEAL):
            raise Contradiction("result", "This appeal is known already: say what came of it.")
        return
    if told.result not in DECIDING:
        raise Contradiction("result", "Say what was decided on the appeal.")
    if told.decided_on is None:
        raise Contradiction("decided_on", "Say when it was decided.")
    if not told.filed_on <= told.decided_on <= today:
        raise Contradiction("decided_on", "It was decided between the day it was filed and today.")
