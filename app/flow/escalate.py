"""Escalate: the ladders of a case's broken call rules, and their steps as people take or leave them."""

from datetime import datetime

from app.core.call.ladder import leave_ladder, take_step
from app.core.call.rungs import Ladder, ladder_of
from app.core.case import Case
from app.core.people import Act
from app.errors import Refused
from app.flow.cases import case_for, event, save_case, steady
from app.flow.ports import Ports
from app.flow.problems import hours_of

LONGEST = 300  # characters of what a person tells of a step


class WhyLeft(Refused):
    """A ladder is not left without a reason. `field` names the form's field."""

    say = "Say why it is left at that."
    next = "It stands with the case."
    field = "why"


def ladders_of(ports: Ports, case: Case) -> tuple[Ladder, ...]:
    """Return the case's ladders, those that stand first, the latest first."""
    if not case.escalations:
        return ()
    hours, rules = hours_of(ports, case), ports.rules.calls
    found = sorted(case.escalations, key=lambda each: (each.stands, each.found_at), reverse=True)
    return tuple(ladder_of(case, each, rules.get(each.rule), hours=hours) for each in found)


@steady
def take(
    ports: Ports, case_id: str, about: str, rule: str, step: int, *, told: str | None, seen: int, now: datetime
) -> Case:
    """Keep that a step was taken, and whom it told; the same form twice keeps it once."""
    case = case_for(ports, case_id, Act.LOG_ATTEMPT, now=now)
    said = (told or "").strip()[:LONGEST] or None
    taken = take_step(case, about, rule, step, by=ports.user.name, told=said, now=now)
    if taken is case:
        return case
    happened = event(ports, "step_taken", at=now, rule=rule, step=step + 1)
    return save_case(ports, taken, seen=seen, events=[happened], now=now)


@steady
def leave(ports: Ports, case_id: str, about: str, rule: str, *, why: str | None, seen: int, now: datetime) -> Case:
    """Let a ladder be, for a reason; nothing rises from it any more."""
    case = case_for(ports, case_id, Act.LOG_ATTEMPT, now=now)
    said = (why or "").strip()[:LONGEST]
    if not said:
        raise WhyLeft()
    left = leave_ladder(case, about, rule, by=ports.user.name, why=said, now=now)
    happened = event(ports, "ladder_left", at=now, audited=said, rule=rule)
    return save_case(ports, left, seen=seen, events=[happened], now=now)
