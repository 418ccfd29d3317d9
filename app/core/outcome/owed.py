"""What is owed once something was decided, and by when: its letter, the dispute of one that differs, its use."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from app.core.afterwards import (
    CHASE,
    EXTEND,
    SCHEDULED,
    authorization_of,
    has_unsettled_letter,
    is_to_be_used,
    marks,
    owes_letter,
)
from app.core.case import Authorization, Case, CaseState, Clock, NextAction
from app.core.deadlines.counting import Event, amount_words, day_words, early_instant, yardstick_of
from app.core.deadlines.facts import Phase, facts_of
from app.core.deadlines.law import clock_by_law
from app.core.outcome.benefit import is_of_benefit
from app.core.outcome.follows import is_alarm
from app.core.outcome.letter import APPEAL, letter_differences
from app.core.rulebook.clocks import BusinessCalendar
from app.core.rulebook.denials import DenialRules
from app.core.rulebook.follows import Follows, Step
from app.core.rulebook.payers import PayerRule, service_kind

_DAY = timedelta(days=1)
_OWN = "Our own default; no rule of the payer sets it."


@dataclass(frozen=True, slots=True)
class Book:
    """What stands in the rules for one case: of its payer (None unknown), of the days that count, of what follows."""

    rule: PayerRule | None
    calendar: BusinessCalendar
    follows: Follows
    zone: str  # the site's own
    denials: DenialRules | None = None  # by which a reviewer's words are read


@dataclass(frozen=True, slots=True)
class Owed:
    """
    What is owed. action: None where nothing of this comes first; step: how it is done

    clocks: by when; look_at: when time alone changes it, None never
    """

    action: NextAction | None = None
    step: Step | None = None
    clocks: tuple[Clock, ...] = ()
    look_at: datetime | None = None


def owed_after(case: Case, *, book: Book, now: datetime) -> Owed:
    """
    Return what a case owes after its outcome: the most pressing first, one at a time.

    A letter that waits to be read, one that differs from the call, one that is owed, then what was authorized and is
    not used. An answer that is awaited to one of our acts comes before all but the letter that waits.
    """
    used = _use(case, book, now=now)
    if case.letter is not None:
        return _with_clock(_record(case, book), used.look_at)
    if case.outcome is None:
        return Owed()
    if case.state is not CaseState.CLOSED and case.awaited is not None:
        return Owed(look_at=used.look_at)
    if case.state is not CaseState.CLOSED and has_unsettled_letter(case) and is_alarm(letter_differences(case)):
        return _with_clock(_dispute(case, book), used.look_at)
    if owes_letter(case):
        return _with_clock(_chase(case, book, now=now), used.look_at)
    return _benefit(case, book) or used


def _with_clock(owed: Owed, look_at: datetime | None) -> Owed:
    return Owed(owed.action, owed.step, owed.clocks, look_at)


def _record(case: Case, book: Book) -> Owed:
    assert case.letter is not None  # noqa: S101 asked by owed_after only
    step = book.follows.record
    differs = "; it differs from the call" if is_alarm(letter_differences(case)) else ""
    differs = differs if case.state is not CaseState.CLOSED else "; it came after the case was closed"
    clock = _clock("record", step, case.letter.at, book)
    action = NextAction("read_letter", f"Record the letter of {case.payer_name}{differs}", clock.ends_at, "us")
    return Owed(action, step, (clock,))


def _dispute(case: Case, book: Book) -> Owed:
    assert case.outcome is not None  # noqa: S101 asked by owed_after only
    step = book.follows.dispute
    clock = _clock("dispute", step, case.outcome.recorded_at, book)
    said = f"Dispute the letter of {case.payer_name}: it differs from the call"
    return Owed(NextAction("dispute", said, clock.ends_at, "us"), step, (clock,))


def _chase(case: Case, book: Book, *, now: datetime) -> Owed:
    """Return the next try for a letter that is owed: by the ladder, or when law says it is due where that is sooner."""
    assert case.outcome is not None  # noqa: S101 asked by owed_after only
    told_at = case.outcome.held_at or case.outcome.recorded_at
    tried = marks(case, CHASE, since=told_at)
    since = max((told_at, *(each.at for each in tried)))
    step = book.follows.chase[min(len(tried), len(book.follows.chase) - 1)]
    clock = _clock("letter", step, since, book)
    due = _letter_by_law(case, book, told_at=told_at, now=now)
    if due is not None and since < due.ends_at < clock.ends_at:
        clock = due
    said = step.do.format(payer=case.payer_name)
    return Owed(NextAction("chase", said, clock.ends_at, "payer"), step, (clock,))


def _benefit(case: Case, book: Book) -> Owed | None:
    """Return the exception that is the path where the reviewer named the plan, not the need; None once chosen."""
    outcome = case.outcome
    if outcome is None or case.state is not CaseState.CONFIRMED or outcome.result != "upheld" or book.denials is None:
        return None
    chosen = marks(case, "benefit_exception", APPEAL, since=outcome.recorded_at)
    if chosen or any(each.answer for each in outcome.lines) or not is_of_benefit(case, book.denials):
        return None
    due = min((each.ends_at for each in case.clocks if each.name == "appeal"), default=None)
    said = f"Ask {case.payer_name} for a benefit exception: the reviewer named the plan, not the need"
    return Owed(NextAction("benefit_exception", said, due, "us"))


def _letter_by_law(case: Case, book: Book, *, told_at: datetime, now: datetime) -> Clock | None:
    """Return when law says that the letter is due; only what is not all granted must be confirmed by it."""
    if case.outcome is None or case.outcome.result == "approved":
        return None
    facts = facts_of(
        plan=case.coverage,
        rule=book.rule,
        calendar=book.calendar,
        site_zone=book.zone,
        events=(Event("decision_told", told_at),),
        now=max(now, told_at),
        phase=Phase.DECIDED,
        urgent=case.denial.urgent,
        service=service_kind(case.denial),
    )
    return clock_by_law("letter", facts)


def _clock(name: str, step: Step, since: datetime, book: Book) -> Clock:
    yard = yardstick_of(book.rule, book.calendar, book.zone)
    start, end, zone = yard.span(Event("since", since), step.amount, step.unit)
    span = amount_words(step.amount, step.unit)
    said = f"{span[:1].upper()}{span[1:]} from {day_words(since, zone, hour=True)}. {_OWN}"
    return Clock(name, start, end, f"follows: {span}", book.follows.source, said, firm=False)


def _use(case: Case, book: Book, *, now: datetime) -> Owed:
    """Return whether what was authorized must be scheduled or extended now, and when that is to be looked at again."""
    known = authorization_of(case)
    if known is None or known.ends_on is None or not is_to_be_used(case) or owes_letter(case):
        return Owed()
    over = _midnight(known.ends_on + _DAY, book.zone)
    if now < over and (planned := _planned_outside(case, known)) is not None:
        return _outside(known.ends_on, planned, book, over=over, look_at=over)
    looks = sorted(_midnight(known.ends_on - days * _DAY, book.zone) for days in book.follows.authorization)
    if case.state is CaseState.CLOSED and now >= over:
        return Owed()  # a closed case is watched until its last day, and no longer
    look_at = next((each for each in (*looks, over) if each > now), None)
    passed = [each for each in looks if each <= now]
    if not passed or (now < over and _is_quiet(case, passed[-1], looks)):
        return Owed(look_at=look_at)
    ends = day_words(_midnight(known.ends_on, book.zone), book.zone)
    verb = "ended" if now >= over else "ends"
    said = f"The authorization {verb} on {ends}: extend it or schedule the service"
    clock = Clock(
        "authorization", passed[-1], look_at or over, f"follows: last day {known.ends_on.isoformat()}",
        book.follows.source, f"Its last day is {ends}. {_OWN}", firm=False,
    )  # fmt: skip
    step = Step(1, "calendar_days", "coordinator", book.follows.schedule)
    return Owed(NextAction("authorization", said, clock.ends_at, "us"), step, (clock,), look_at)


def _planned_outside(case: Case, known: Authorization) -> date | None:
    """Return the day for which the service is scheduled where it is not covered, and nobody has asked to extend it."""
    planned = next((each for each in reversed(marks(case, SCHEDULED)) if each.on is not None), None)
    if planned is None or planned.on is None or marks(case, EXTEND, since=planned.at):
        return None
    late = known.ends_on is not None and planned.on > known.ends_on
    early = known.starts_on is not None and planned.on < known.starts_on
    return planned.on if late or early else None


def _outside(ends_on: date, planned: date, book: Book, *, over: datetime, look_at: datetime) -> Owed:
    """Return that a service is planned for a day that nothing authorizes; the payer would not pay for it."""
    day = day_words(_midnight(planned, book.zone), book.zone)
    ends = day_words(_midnight(ends_on, book.zone), book.zone)
    said = f"The service is planned for {day}, outside what is authorized (until {ends}): extend it or move the service"
    due = min(over, max(_midnight(planned, book.zone), _midnight(ends_on, book.zone)))
    step = Step(1, "calendar_days", "coordinator", book.follows.schedule)
    return Owed(NextAction("authorization", said, due, "us"), step, (), look_at)


def _is_quiet(case: Case, since: datetime, looks: Iterable[datetime]) -> bool:
    """Whether somebody took care of it: scheduled holds until the last look, an extension asked for until the next."""
    if marks(case, EXTEND, since=since):
        return True
    return bool(marks(case, SCHEDULED)) and since < max(looks)


def _midnight(day: date, zone: str) -> datetime:
    return early_instant(day, time(0), zone)
