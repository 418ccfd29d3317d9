"""A ladder as its page shows it: every step with when it falls due, and whether it was taken or passed by."""

from dataclasses import dataclass
from datetime import datetime

from app.core.call.ladder import falls_at
from app.core.case import Case, Escalation, TakenStep
from app.core.rulebook.calls import CallRule
from app.core.rulebook.payers import PayerHours


@dataclass(frozen=True, slots=True)
class Rung:
    """
    One step. state: taken | passed | now | later; falls_at: when it falls or fell due, UTC

    passed: nobody took it before the next one fell due
    """

    number: int
    text: str
    told_to: str
    owner: str
    falls_at: datetime
    state: str
    taken: TakenStep | None = None


@dataclass(frozen=True, slots=True)
class Ladder:
    """One broken rule in a case: what stands, the rule as it is now (None where it is gone), and all its steps."""

    found: Escalation
    rule: CallRule | None
    rungs: tuple[Rung, ...]


def ladder_of(case: Case, found: Escalation, rule: CallRule | None, *, hours: PayerHours) -> Ladder:
    """Return a ladder with its steps; of one that is over only those that were reached. hours: the payer's"""
    steps = rule.ladder if rule is not None else ()
    shown = range(len(steps)) if found.stands else range(min(found.step + 1, len(steps)))
    return Ladder(found, rule, tuple(_rung(case, found, rule, number, hours) for number in shown))


def _rung(case: Case, found: Escalation, rule: CallRule, number: int, hours: PayerHours) -> Rung:
    step, taken = rule.ladder[number], next((each for each in found.taken if each.step == number), None)
    text = step.words(payer=case.payer_name, specialty=case.clinician.specialty if case.clinician else None)
    at = falls_at(case, rule.ladder, number, found.found_at, hours)
    if number == found.step:
        text, at = found.text, found.fell_at
    elif number == found.step + 1 and found.next_at is not None:
        at = found.next_at
    return Rung(number, text, step.told_to, step.owner, at, _state(found, number, taken), taken)


def _state(found: Escalation, number: int, taken: TakenStep | None) -> str:
    if taken is not None:
        return "taken"
    if number < found.step:
        return "passed"
    return "now" if number == found.step else "later"
