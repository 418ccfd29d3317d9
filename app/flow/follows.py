"""Follows: what an outcome leaves to do; the letter that came is compared with the call, and a person records it."""

from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from app.core.acts import CALL, is_replay
from app.core.afterwards import CHASE, EXTENDED, authorization_of, marks
from app.core.case import Authorization, Case, CaseState
from app.core.outcome.benefit import is_of_benefit
from app.core.outcome.extended import extend
from app.core.outcome.follows import Difference, is_alarm
from app.core.outcome.letter import APPEAL, form_of, is_whole, letter_differences
from app.core.outcome.linked import AppealTold, can_link, link_appeal
from app.core.outcome.script import script_of
from app.core.people import Act
from app.core.rulebook.follows import Step
from app.errors import Refused
from app.flow.cases import case_for, event, owed_of, save_case, steady
from app.flow.outcome import record_outcome
from app.flow.ports import Ports


@dataclass(frozen=True, slots=True)
class Following:
    """
    What a case's page says of what follows. step: how the next action is done, None where it is another

    script: what to say; tries: how often the letter was asked for; differences: of the letter from the call
    alarm: whether they are for a person to settle; records: whether the letter that waits can be recorded as it is
    """

    step: Step | None
    script: str
    tries: int
    differences: tuple[Difference, ...]
    alarm: bool
    records: bool
    authorization: Authorization | None
    links: bool  # whether an appeal that was filed elsewhere can be linked to it
    benefit: bool  # whether what the reviewer said reads as a matter of the plan, not of need


def following(ports: Ports, case: Case, *, now: datetime) -> Following | None:
    """Return what follows the case's outcome; None before there is one, or an answer that came in place of it."""
    if case.outcome is None and case.letter is None and not can_link(case):
        return None
    owed = owed_of(ports, case, now=now)
    found = letter_differences(case)
    is_next = owed.action is not None and owed.action.kind == case.next_action.kind
    return Following(
        step=owed.step if is_next else None,
        script="" if case.letter is not None else script_of(case, zone=ports.site.zone),
        tries=len(marks(case, CHASE)),
        differences=found,
        alarm=is_alarm(found),
        records=case.letter is not None and is_whole(case, case.letter),
        authorization=authorization_of(case),
        links=can_link(case),
        benefit=case.awaited is None and is_of_benefit(case, ports.rules.denials),
    )


class NoLetter(Refused):
    """No letter waits to be recorded."""

    say = "No letter waits in this case."
    next = "Open the case again; somebody may have recorded it."


def record_letter(ports: Ports, case_id: str, *, seen: int, now: datetime) -> Case:
    """Record the payer's written answer as it is; raises Contradiction where it does not say enough for that."""
    case = case_for(ports, case_id, Act.RECORD_OUTCOME, now=now)
    if case.letter is None:
        raise NoLetter()
    if _is_awaited_or_told(case, case.letter.outcome.way):
        return record_outcome(ports, case_id, form_of(case), seen=seen, now=now)
    day = case.letter.dated or now.astimezone(ZoneInfo(ports.site.zone)).date()
    note = "Seen in the EHR; filed on that day at the latest."
    told = AppealTold(filed_on=day, result=case.letter.outcome.result, decided_on=day, note=note)
    return link(ports, case_id, told, seen=seen, now=now)


def _is_awaited_or_told(case: Case, way: str) -> bool:
    told = CALL if case.outcome is None else case.outcome.way
    is_told = told == way and case.state is not CaseState.CLOSED
    return is_told or any(each.awaits and each.kind == way for each in case.acts)


@steady
def link(ports: Ports, case_id: str, told: AppealTold, *, seen: int, now: datetime) -> Case:
    """Link an appeal that was filed elsewhere, and what came of it, to its case; closed cases too."""
    case = case_for(ports, case_id, Act.RECORD_OUTCOME, now=now)
    done = link_appeal(
        case,
        told,
        act_id=ports.ids.new_id(),
        outcome_id=ports.ids.new_id(),
        by=ports.user,
        seen=seen,
        zone=ports.site.zone,
        now=now,
    )
    act = marks(done.case, APPEAL)[-1]
    filed = {"filed_on": told.filed_on.isoformat(), "filed_way": told.filed_way, "entry_of": act.id}
    events = [event(ports, "appealed", at=done.filed_at, act=APPEAL, **filed)] if done.filed_at else []
    if done.decided_at:
        result = {"result": told.result, "final": True, "way": APPEAL, "answers": act.id}
        events.append(event(ports, "decided", at=done.decided_at, **result))
    return save_case(ports, done.case, seen=seen, events=events, now=now)


@steady
def extend_authorization(
    ports: Ports, case_id: str, told: Authorization, *, note: str | None, seen: int, now: datetime
) -> Case:
    """Record that the payer extended what it authorized, of closed cases too; the same form sent twice does it once."""
    case = case_for(ports, case_id, Act.TAKE_ACT, now=now)
    if is_replay(case, EXTENDED, by=ports.user, seen=seen):
        return case
    more = {"note": note, "act_id": ports.ids.new_id(), "by": ports.user, "seen": seen, "zone": ports.site.zone}
    done, effects = extend(case, told, now=now, **more)
    events = [event(ports, EXTENDED, at=now, act=EXTENDED)]
    return save_case(ports, done, seen=seen, effects=effects, events=events, now=now)


@steady
def put_aside(ports: Ports, case_id: str, *, seen: int, now: datetime) -> Case:
    """Put aside what was taken for a letter: a person says that it answers something else."""
    case = case_for(ports, case_id, Act.RECORD_OUTCOME, now=now)
    if case.letter is None:
        raise NoLetter()
    events = [event(ports, "letter_aside", at=now, way=case.letter.way.value)]
    return save_case(ports, replace(case, letter=None), seen=seen, events=events, now=now)
