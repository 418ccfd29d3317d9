"""Which rules of a call an attempt, or an outcome, broke: told by the log itself, or marked by who was on the call."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core.case import Attempt, Case, Outcome
from app.core.deadlines import open_hours
from app.core.interval import Interval
from app.core.people import Reviewer, specialty_match
from app.core.rulebook.calls import BROKEN, MARKED, ON_OUTCOME, CallRules
from app.core.rulebook.payers import PayerHours

SPOKE = ("reviewer", "physician")  # whom a call connects with
NO_SHOWS = ("payer_no_show", "our_no_show")


@dataclass(frozen=True, slots=True)
class _Seen:
    """An attempt and what it is judged by. case: before it is logged; hours: the payer's own, None where not told."""

    case: Case
    attempt: Attempt
    minutes: Mapping[str, timedelta]
    hours: PayerHours | None
    now: datetime


def problems_of(
    case: Case,
    attempt: Attempt,
    rules: CallRules,
    *,
    marked: Collection[str] = (),
    hours: PayerHours | None,
    now: datetime,
) -> tuple[str, ...]:
    """
    Return the keys of the rules that an attempt broke, in the book's order.

    case: before the attempt is logged; marked: what who was on the call says beside, of MARKED; hours: the payer's own,
    None where it does not tell them; now: when it is written down
    errs: towards nothing: what is not known breaks no rule, for it stands on the payer's record
    """
    figures = {key: timedelta(minutes=rule.minutes) for key, rule in rules.items() if rule.minutes is not None}
    seen = _Seen(case, attempt, figures, hours, now)
    told = {key for key, is_broken in _TOLD.items() if key in rules and is_broken(seen)}
    return tuple(key for key in BROKEN if key in told or (key in marked and key in MARKED and key in rules))


def problems_of_outcome(
    case: Case, outcome: Outcome, rules: CallRules, *, marked: Collection[str] = ()
) -> tuple[str, ...]:
    """
    Return the keys of the rules that show themselves only with the outcome of a call, in the book's order.

    marked: what who was on the call says; another specialty is told by the reviewer, or that they would not say their
    name; a denial that was upheld in fewer minutes of talk than the rule's is taken as ended early
    """
    told = {each for each in marked if each in MARKED}
    if is_other_specialty(case, outcome.reviewer):
        told.add("wrong_specialty")
    if outcome.reviewer is not None and outcome.reviewer.withheld and not outcome.reviewer.name:
        told.add("not_identified")
    talk = next((each.talk_minutes for each in reversed(case.tries) if each.is_held), None)
    least = rules["ended_early"].minutes if "ended_early" in rules else None
    if outcome.result == "upheld" and talk is not None and least is not None and talk < least:
        told.add("ended_early")
    return tuple(key for key in BROKEN if key in told and key in rules)


def taken_back(case: Case, before: Outcome | None, marked: Collection[str], broken: Collection[str]) -> tuple[str, ...]:
    """
    Return the marks of the call that connected which whoever records its outcome took back, in the book's order.

    case: with the outcome; before: the outcome that it amends, None where there was none; marked, broken: as of
    problems_of_outcome. What the log or the outcome tells by itself is no mark, and stays
    """
    held = next((each for each in reversed(case.tries) if each.is_held), None)
    if held is None or case.outcome is None:
        return ()
    gone = {each for each in held.problems if each in ON_OUTCOME and each not in marked and each not in broken}
    if is_other_specialty(case, held.reviewer):
        gone.discard("wrong_specialty")
    if "not_identified" in held.problems and _withholds(before) and not _withholds(case.outcome):
        gone.add("not_identified")
    return tuple(key for key in BROKEN if key in gone)


def _withholds(outcome: Outcome | None) -> bool:
    return outcome is not None and outcome.reviewer is not None and outcome.reviewer.withheld


def is_other_specialty(case: Case, reviewer: Reviewer | None) -> bool:
    """Whether both specialties are told and are not the same."""
    ours = case.clinician.specialty if case.clinician else None
    return specialty_match(ours, reviewer.specialty if reviewer else None) is False


def is_connected(attempt: Attempt) -> bool:
    """Whether both clinicians spoke."""
    return attempt.is_held


def _is_no_show(seen: _Seen, key: str) -> bool:
    """Whether the booked time had gone by for as long as the rule says, or somebody of the payer said so before."""
    if seen.attempt.result != key or seen.case.booking is None:
        return False
    start = seen.case.booking.interval.start
    return seen.now >= start + seen.minutes[key] or seen.attempt.reached not in ("nobody", "voicemail")


@dataclass(frozen=True, slots=True)
class Unjudged:
    """A no-show that was written down before the minutes of its rule were over: broken from `at` on, if it stands."""

    entry: Attempt
    key: str
    at: datetime


def unjudged(case: Case, rules: CallRules) -> tuple[Unjudged, ...]:
    """
    Return the no-shows that are not yet held against anybody, the first to be judged first.

    errs: towards nothing; where both sides spoke in those minutes after all, or the payer called in them, none was
    """
    found = []
    for each in case.tries:
        rule = rules.get(each.result) if each.result in NO_SHOWS else None
        if rule is None or rule.minutes is None or each.booked_at is None or each.result in each.problems:
            continue
        over = each.booked_at + timedelta(minutes=rule.minutes)
        if not any(_came_on(other, each, over) for other in case.tries):
            found.append(Unjudged(each, each.result, over))
    return tuple(sorted(found, key=lambda each: each.at))


def _came_on(other: Attempt, missed: Attempt, over: datetime) -> bool:
    """Whether another try shows that whoever was said to miss the call came on before its minutes were over."""
    came = other.is_held or (missed.result == "payer_no_show" and other.direction == "theirs")
    return came and other is not missed and missed.booked_at is not None and missed.booked_at <= other.at < over


def _is_late(seen: _Seen) -> bool:
    booking = seen.case.booking
    if booking is None or not booking.is_live or seen.attempt.direction != "theirs" or _says_missed(seen):
        return False
    # Where we are the ones to call, or it had called in time and nobody here took it, its call is no late one.
    if booking.who_calls == "us" or _has_called_in_time(seen, booking.interval):
        return False
    return booking.interval.start + seen.minutes["late"] < seen.attempt.at < booking.interval.end


def _has_called_in_time(seen: _Seen, booked: Interval) -> bool:
    """Whether the payer had called for this booking before, and not late."""
    early = booked.start - seen.minutes.get("outside_window", timedelta())
    times = (each.at for each in seen.case.tries if each.direction == "theirs" and each.id != seen.attempt.corrects)
    return any(early <= at <= booked.start + seen.minutes["late"] for at in times)


def _is_outside(seen: _Seen) -> bool:
    if seen.attempt.direction != "theirs" or _says_missed(seen):
        return False
    booking, at, slack = seen.case.booking, seen.attempt.at, seen.minutes["outside_window"]
    if _is_called_back(seen):
        return False
    if booking is not None and booking.is_live:
        return not booking.interval.start - slack <= at < booking.interval.end
    if not seen.case.windows:
        return False
    spans = (each.interval for each in seen.case.windows)
    return not any(each.start - slack <= at < each.end + slack for each in spans)


def _says_missed(seen: _Seen) -> bool:
    return seen.attempt.result in NO_SHOWS


def _is_called_back(seen: _Seen) -> bool:
    """Whether a message of ours was left last before it, or either was told to call back: so whoever called did."""
    before = [each for each in seen.case.tries if each.at <= seen.attempt.at and each.id != seen.attempt.corrects]
    last = before[-1] if before else None
    if last is None:
        return False
    return last.result == "call_back" or (last.direction == "ours" and last.result == "message_left")


def _is_held_too_long(seen: _Seen) -> bool:
    held = seen.attempt.hold_minutes
    long = held is not None and timedelta(minutes=held) >= seen.minutes["held_too_long"]
    return long or seen.attempt.result == "gave_up_holding"


def _is_closed_in_hours(seen: _Seen) -> bool:
    attempt = seen.attempt
    if seen.hours is None or attempt.direction != "ours" or attempt.result not in ("closed", "no_answer"):
        return False
    if attempt.result == "no_answer" and attempt.reached == "voicemail":
        return False  # it answered, if by a machine
    return bool(open_hours(seen.hours, Interval(attempt.at, attempt.at + timedelta(minutes=1))))


_TOLD: Mapping[str, Callable[[_Seen], bool]] = {
    "payer_no_show": lambda seen: _is_no_show(seen, "payer_no_show"),
    "our_no_show": lambda seen: _is_no_show(seen, "our_no_show"),
    "late": _is_late,
    "outside_window": _is_outside,
    "wrong_specialty": lambda seen: seen.attempt.is_held and is_other_specialty(seen.case, seen.attempt.reviewer),
    "held_too_long": _is_held_too_long,
    "closed_in_hours": _is_closed_in_hours,
}
