"""The ladder of a broken call rule: its step that stands, when the next falls due, what makes the rest needless."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from app.core.call.problems import SPOKE, is_connected
from app.core.case import Attempt, Case, CaseState, Escalation, TakenStep
from app.core.deadlines import open_hours
from app.core.interval import Interval
from app.core.people import OUR_SIDE, specialty_match
from app.core.rulebook.calls import CallRule, CallRules, Step
from app.core.rulebook.payers import PayerHours
from app.errors import Refused

# What a ladder ended by, as the case says it.
ENDED = {
    "closed": "the case is closed",
    "withdrawn": "the request was withdrawn",
    "approved": "it was approved",
    "corrected": "the entry was corrected",
    "unmarked": "the mark was taken back",
    "booked": "a call is booked",
    "connected": "the call was held",
    "reconnected": "both sides spoke again",
    "matched": "a reviewer of the specialty was had",
    "identified": "the reviewer's name is known",
    "reached": "somebody was reached",
    "decided": "it was decided",
    "appealed": "an appeal was filed",
    "taken": "every step of it was taken",
}
_PERSONS = (*SPOKE, "nurse", "staff", *OUR_SIDE)


class NoSuchLadder(Refused):
    """Nothing of this rule stands in the case."""

    say = "This is over, or was never broken in this case."
    next = "Open the case again to see where it stands."


def begin_ladders(
    case: Case, about: str, keys: Collection[str], rules: CallRules, *, hours: PayerHours, now: datetime
) -> Case:
    """
    Return the case with the first step of each rule that was broken; a rule that stands already goes on as it is.

    about: id of the attempt or outcome that broke them; hours: the payer's, in which the ladder's hours are counted
    """
    standing = {each.rule for each in case.escalations if each.stands}
    known = known_ladders(case)
    begun = tuple(
        _at_step(case, rules[key], 0, about=about, found_at=now, hours=hours)
        for key in keys
        if key in rules and key not in standing and (about, key) not in known
    )
    if not begun:
        return case
    anew = {(each.about, each.rule) for each in begun}  # of one that was taken back and is marked again
    kept = (each for each in case.escalations if (each.about, each.rule) not in anew)
    return replace(case, escalations=(*kept, *begun))


def known_ladders(case: Case) -> set[tuple[str, str]]:
    """Return by what, and of which rule, a ladder was begun before; one whose mark was taken back was none."""
    return {(each.about, each.rule) for each in case.escalations if each.ended != ENDED["unmarked"]}


def settle_ladders(case: Case, rules: CallRules, *, now: datetime) -> Case:
    """Return the case with the ladders ended that something made needless, and the steps taken that the log shows."""
    kept = tuple(_settled(case, each, rules.get(each.rule), now=now) for each in case.escalations)
    return case if kept == case.escalations else replace(case, escalations=kept)


def climb_ladders(
    case: Case, rules: CallRules, *, hours: PayerHours, now: datetime
) -> tuple[Case, tuple[Escalation, ...]]:
    """Return the case with every ladder at the step that fell due by now, and those that rose."""
    rose: list[Escalation] = []
    kept: list[Escalation] = []
    for each in case.escalations:
        higher = _climbed(case, each, rules.get(each.rule), hours=hours, now=now) if each.stands else each
        rose += [higher] if higher != each else []
        kept.append(higher)
    return (replace(case, escalations=tuple(kept)), tuple(rose)) if rose else (case, ())


def falls_due(case: Case, *, now: datetime) -> bool:
    """Whether a step of a ladder that stands has fallen due and was not climbed to yet."""
    return any(each.stands and each.next_at is not None and each.next_at <= now for each in case.escalations)


def take_step(case: Case, about: str, rule: str, step: int, *, by: str, told: str | None, now: datetime) -> Case:
    """
    Return the case with a step taken; the last one ends the ladder. The same step once more changes nothing.

    Raises NoSuchLadder for a ladder that is over, or a step that is not the one that stands.
    """
    found = _found(case, about, rule)
    if any(each.step == step for each in found.taken):
        return case
    if not found.stands or step != found.step:
        raise NoSuchLadder()
    taken = replace(found, taken=(*found.taken, TakenStep(step, now, by, told)))
    return _with(case, taken if taken.next_at is not None else _ended(taken, "taken", now=now))


def leave_ladder(case: Case, about: str, rule: str, *, by: str, why: str, now: datetime) -> Case:
    """Return the case with the ladder left as it is, by a person and for a reason; raises NoSuchLadder."""
    found = _found(case, about, rule)
    if not found.stands:
        raise NoSuchLadder()
    return _with(case, replace(found, ended=f"left by {by}: {why}", ended_at=now))


def drop_ladders(case: Case, about: str, keys: Collection[str], *, now: datetime) -> Case:
    """Return the case with the ladders of these rules ended that a mark had begun which was taken back."""
    kept = tuple(
        _ended(each, "unmarked", now=now) if each.stands and each.about == about and each.rule in keys else each
        for each in case.escalations
    )
    return replace(case, escalations=kept)


def open_after(hours: PayerHours, at: datetime, amount: int) -> datetime:
    """Return when `amount` hours of the payer's working time have gone by since `at`; `at` itself for none."""
    left = timedelta(hours=amount)
    if not left:
        return at
    # A month of holidays, and a week for each hour a payer that is open for one hour a week needs.
    for each in open_hours(hours, Interval(at, at + timedelta(days=31 + 7 * amount))):
        start = max(each.start, at)
        if each.end - start >= left:
            return start + left
        left -= each.end - start
    return at + timedelta(hours=amount)


def _at_step(
    case: Case,
    rule: CallRule,
    number: int,
    *,
    about: str,
    found_at: datetime,
    hours: PayerHours,
    taken: tuple[TakenStep, ...] = (),
) -> Escalation:
    step = rule.ladder[number]
    fell_at = falls_at(case, rule.ladder, number, found_at, hours)
    is_last = number + 1 == len(rule.ladder)
    next_at = None if is_last else falls_at(case, rule.ladder, number + 1, found_at, hours)
    due_at = open_after(hours, fell_at, step.within_hours)
    return Escalation(
        about=about,
        rule=rule.key,
        label=rule.label,
        found_at=found_at,
        step=number,
        kind=step.kind,
        text=step.words(payer=case.payer_name, specialty=case.clinician.specialty if case.clinician else None),
        owner=step.owner,
        told_to=step.told_to,
        fell_at=fell_at,
        due_at=due_at if next_at is None else min(due_at, next_at),
        next_at=next_at,
        taken=taken,
    )


def falls_at(case: Case, ladder: Sequence[Step], number: int, found_at: datetime, hours: PayerHours) -> datetime:
    """
    Return when a step falls due: by its hours, or sooner where the time to book a call would run out before the end.

    errs: early
    """
    at = open_after(hours, found_at, ladder[number].after_hours)
    over = case.last_safe_at if case.is_call_open else None
    if over is None or over <= found_at:
        return at
    return min(at, found_at + (over - found_at) * ((number + 0.5) / len(ladder)))


def _climbed(case: Case, found: Escalation, rule: CallRule | None, *, hours: PayerHours, now: datetime) -> Escalation:
    while found.next_at is not None and found.next_at <= now:
        if rule is None or found.step + 1 >= len(rule.ladder):
            return replace(found, next_at=None)  # the site's ladder became shorter
        told = {"about": found.about, "found_at": found.found_at, "taken": found.taken}
        fell_at = found.next_at
        found = _at_step(case, rule, found.step + 1, hours=hours, **told)
        found = replace(found, fell_at=fell_at, due_at=max(found.due_at, fell_at))
    return found


def _settled(case: Case, found: Escalation, rule: CallRule | None, *, now: datetime) -> Escalation:
    if not found.stands:
        return found
    if (over := _over(case, found, rule.ends if rule else ())) is not None:
        return _ended(found, over, now=now)
    if found.kind in ("redial", "rebook") and not found.is_taken and (tried := _tried(case, found)) is not None:
        taken = replace(found, taken=(*found.taken, TakenStep(found.step, tried.at, tried.by)))
        return taken if taken.next_at is not None else _ended(taken, "taken", now=now)
    return found


def _tried(case: Case, found: Escalation) -> Attempt | None:
    """Return the later try of ours that took this step: a call for a redial, a call that asked for a time else."""
    results = None if found.kind == "redial" else ("asked", "rescheduled")
    fell_at = found.fell_at.replace(second=0, microsecond=0)  # a form tells minutes
    later = (each for each in _later(case, found) if each.direction == "ours" and each.at >= fell_at)
    return next((each for each in later if results is None or each.result in results), None)


def _over(case: Case, found: Escalation, ends: Sequence[str]) -> str | None:
    """Return what made the rest of a ladder needless (ENDED), None while it stands."""
    if case.state in (CaseState.CLOSED, CaseState.WITHDRAWN):
        return case.state.value
    if any(each.corrects == found.about for each in case.attempts):
        return "corrected"
    told = case.outcome if case.outcome is not None and case.outcome.recorded_at >= found.found_at else None
    if told is not None and told.result == "approved":
        return "approved"
    return next((each for each in ends if _has(case, found, each)), None)


def _has(case: Case, found: Escalation, end: str) -> bool:
    """Whether what ends a ladder (rulebook.calls.ENDS) has happened since."""
    later, outcome = _later(case, found), case.outcome
    spoke = [each for each in later if is_connected(each)]
    itself = next((each for each in case.attempts if each.id == found.about), None)
    told = outcome if outcome is not None and outcome.recorded_at >= found.found_at else None
    if end == "booked":
        return case.booking is not None and case.booking.is_live and case.booking.made_at >= found.found_at
    if end == "connected":
        return bool(spoke) or (itself is not None and is_connected(itself))
    if end == "reconnected":
        return bool(spoke)
    if end == "reached":
        new = any(each.captured_at is not None and each.captured_at > found.found_at for each in case.windows)
        return new or any(each.reached in _PERSONS for each in later)
    if end == "appealed":
        filed = (each for each in case.acts if each.kind == "file_appeal" and each.taken_back is None)
        return any(each.at >= found.found_at for each in filed)
    if end == "decided":
        return told is not None and told.way == "call" and told.is_decided
    reviewers = [each.reviewer for each in (*later, *([told] if told else [])) if each.reviewer is not None]
    if end == "identified":
        return any(each.name for each in reviewers)
    ours = case.clinician.specialty if case.clinician else None
    return any(specialty_match(ours, each.specialty) for each in reviewers)  # matched


def _later(case: Case, found: Escalation) -> tuple[Attempt, ...]:
    """Return the tries that were logged after the one that a ladder is about."""
    standing, ids = case.tries, [each.id for each in case.attempts]
    if found.about in ids:
        return tuple(each for each in case.attempts[ids.index(found.about) + 1 :] if each in standing)
    return tuple(each for each in standing if each.at > found.found_at)


def _found(case: Case, about: str, rule: str) -> Escalation:
    for each in case.escalations:
        if (each.about, each.rule) == (about, rule):
            return each
    raise NoSuchLadder()


def _with(case: Case, changed: Escalation) -> Case:
    key = (changed.about, changed.rule)
    kept = tuple(changed if (each.about, each.rule) == key else each for each in case.escalations)
    return replace(case, escalations=kept)


def _ended(found: Escalation, over: str, *, now: datetime) -> Escalation:
    return replace(found, ended=ENDED[over], ended_at=now)
