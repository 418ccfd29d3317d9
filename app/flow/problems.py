"""Call rules, as every stage that logs a call gets at them: which were broken, and the ladders that begin with it."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from app.core.call import check_attempt, log_attempt
from app.core.call.ladder import begin_ladders, drop_ladders, known_ladders
from app.core.call.problems import problems_of, problems_of_outcome, taken_back, unjudged
from app.core.case import Attempt, Case, Outcome
from app.core.rulebook.payers import PayerHours
from app.flow.ports import Ports


def log_by_rules(ports: Ports, case: Case, attempt: Attempt, *, marked: Collection[str] = (), now: datetime) -> Case:
    """Return the case with the attempt logged, the rules that it broke on it, and the first steps of their ladders."""
    check_attempt(case, attempt, now=now)  # first: nothing is reckoned from a call in the year 9999
    broken = broken_by(ports, case, attempt, marked=marked, now=now)
    logged = log_attempt(case, replace(attempt, problems=broken), now=now)
    return begun(ports, logged, attempt.id, broken, now=now)


def broken_by(
    ports: Ports, case: Case, attempt: Attempt, *, marked: Collection[str] = (), now: datetime
) -> tuple[str, ...]:
    """Return the keys of the rules that an attempt breaks. case: without it."""
    rule = ports.rules.payer_by_key(case.payer_key)
    own = rule.hours if rule is not None else None
    return problems_of(case, attempt, ports.rules.calls, marked=marked, hours=own, now=now)


def outcome_by_rules(
    ports: Ports, case: Case, marked: Collection[str], *, before: Outcome | None, now: datetime
) -> tuple[Case, dict[str, str]]:
    """
    Return the case with the rules on it that only its outcome shows, and what the event says of them.

    They stand on the try that connected, where one was logged; what stood there already is not told again, and what
    was marked there and is no more is taken back. before: the outcome that this one amends
    """
    outcome = case.outcome
    if outcome is None:
        return case, {}
    held = next((each for each in reversed(case.tries) if each.is_held), None)
    broken = problems_of_outcome(case, outcome, ports.rules.calls, marked=marked)
    fresh = tuple(each for each in broken if held is None or each not in held.problems)
    gone = taken_back(case, before, marked, broken)
    if held is not None and (fresh or gone):
        seen = replace(held, problems=(*(each for each in held.problems if each not in gone), *fresh))
        case = replace(case, attempts=tuple(seen if each is held else each for each in case.attempts))
        case = drop_ladders(case, held.id, gone, now=now)
    known = known_ladders(case)
    about = held.id if held else outcome.id
    told = [each for each in fresh if (about, each) not in known]
    return begun(ports, case, about, told, now=now), broken_words([*told, *(f"-{each}" for each in gone)])


def begun(ports: Ports, case: Case, about: str, broken: Collection[str], *, now: datetime) -> Case:
    """Return the case with the ladders of these rules begun."""
    return begin_ladders(case, about, broken, ports.rules.calls, hours=hours_of(ports, case), now=now)


def judged_again(ports: Ports, case: Case, *, now: datetime) -> tuple[Case, tuple[str, ...]]:
    """Return the case with the no-shows on it whose minutes are over by now, their ladders begun, and their rules."""
    due = [each for each in unjudged(case, ports.rules.calls) if each.at <= now]
    for each in due:
        seen = replace(each.entry, problems=(*each.entry.problems, each.key))
        case = replace(case, attempts=tuple(seen if old.id == seen.id else old for old in case.attempts))
        # From the booked time on, so that a call that was booked again meanwhile ends what it was booked for.
        case = begun(ports, case, seen.id, (each.key,), now=seen.booked_at or now)
    return case, tuple(each.key for each in due)


def broken_words(problems: Collection[str]) -> dict[str, str]:
    """Return what an event says of the rules that were broken; nothing where none was."""
    return {"problems": " ".join(problems)} if problems else {}


def hours_of(ports: Ports, case: Case) -> PayerHours:
    """Return the payer's hours, or those that are usual where it tells none."""
    rule = ports.rules.payer_by_key(case.payer_key)
    return (
        rule.hours if rule is not None and rule.hours is not None else ports.rules.calendar.usual_hours(ports.site.zone)
    )
