"""Morning plan: all open cases at once, each proposed where it can be kept; accepted one by one, as if by hand."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core.case import Case, OfferedWindow
from app.core.deadlines import earliest_clock, firm_clock
from app.core.interval import Interval, normalise, span_of
from app.core.people import Act, Clinician
from app.core.plan import Plan, PlanCase, PlannedCall, PlanWindow, Question, Unplanned, make_plan
from app.core.slots import diary_of
from app.core.slots.callers import StandIn
from app.errors import ParleyError, Permanent, Refused, Temporary
from app.flow.book import Wanted, book
from app.flow.calendars import busy_of
from app.flow.callers import MOST, cover_of
from app.flow.cases import demand
from app.flow.ports import Ports
from app.flow.windows import wants_windows

MOST_CASES = 200
AT_ONCE = 8  # calendars that are read at the same time
ASKED_AHEAD = timedelta(days=7)
_OPEN = frozenset({"open", "requested", "offered", "held", "missed", "booked"})


@dataclass(frozen=True, slots=True)
class Proposed:
    """A call as it may be booked. stands_in: why a colleague takes it, None where the case's own clinician does."""

    case: Case
    call: PlannedCall
    stands_in: str | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A clinician's calls, proposed and booked, in order of time. verified: whether every calendar could be read."""

    clinician: Clinician
    verified: bool
    warnings: tuple[str, ...]
    calls: tuple[Proposed, ...]
    booked: tuple[Case, ...]


@dataclass(frozen=True, slots=True)
class MorningPlan:
    """What is proposed, clinician by clinician, and which cases are left out. plan: the whole of it."""

    plan: Plan
    sheets: tuple[Sheet, ...]
    left: tuple[tuple[Case, Unplanned], ...]
    read_at: datetime


@dataclass(frozen=True, slots=True)
class Chosen:
    """A proposed call that a person ticked, as the page showed it."""

    case_id: str
    seen: int
    wanted: Wanted


@dataclass(frozen=True, slots=True)
class Accepted:
    """What became of a ticked call: the case as it is now, and why it was not booked where it was not."""

    case: Case
    error: ParleyError | None = None


def plan_morning(ports: Ports, *, now: datetime) -> MorningPlan | None:
    """
    Read every calendar and return the plan; None for a launch from one chart, whose plan would show others.

    Colleagues who cover are asked for what is left when every case's own clinician has taken what they can.
    """
    demand(ports, Act.SEE_WORKLIST, now=now)
    if ports.patient is not None:
        return None
    ports.store.audit(ports.tenant, at=now, who=ports.user.key, act="see_plan", case_id=None, patient=None)
    open_ = _open_cases(ports, now=now)
    cases = [case for case in open_ if not _is_booked(case)][:MOST_CASES]
    own = [(case, case.clinician) for case in cases if case.clinician]
    reads, covers = _free_times(ports, own, now=now), {}
    plan = _planned(ports, cases, reads, covers, now=now)
    left = {each.case for each in plan.unbooked}
    if covers := _covers(ports, [case for case, _ in own if case.id in left], now=now):
        theirs = [(case, each.clinician) for case in cases for each in covers.get(case.id, ())]
        asked = {clinician.reference for _, clinician in theirs}
        # A colleague with calls of their own is read for all of these at once.
        again = [*theirs, *(each for each in own if each[1].reference in asked)]
        reads |= _free_times(ports, again, now=now)
        plan = _planned(ports, cases, reads, covers, now=now)
    by_id = {case.id: case for case in cases}
    why = {(key, each.clinician.reference): each.because for key, found in covers.items() for each in found}
    proposed = [Proposed(by_id[call.case], call, why.get((call.case, call.clinician))) for call in plan.booked]
    booked = [case for case in open_ if _is_booked(case) and case.booking.interval.end > now]
    left_out = tuple((by_id[each.case], each) for each in plan.unbooked)
    return MorningPlan(plan, _sheets(reads, proposed, booked), left_out, now)


def _planned(
    ports: Ports,
    cases: Sequence[Case],
    reads: Mapping[str, "_Read"],
    covers: Mapping[str, Sequence[StandIn]],
    *,
    now: datetime,
) -> Plan:
    """Return the plan; covers: by the case's id, colleagues who may take it besides its own clinician."""
    taken = frozenset(slot for each in reads.values() for slot in each.slots)
    names = {case.id: case.number for case in cases} | {key: each.clinician.name for key, each in reads.items()}
    question = Question(
        now=now,
        cases=[_asked(ports, case, taken, covers.get(case.id, ())) for case in cases],
        free={key: each.free for key, each in reads.items()},
        zone=ports.site.zone,
        names=names,
    )
    return make_plan(question, solver=ports.solver)


def _covers(ports: Ports, cases: Sequence[Case], *, now: datetime) -> dict[str, tuple[StandIn, ...]]:
    """Return who may take the calls of these cases that their own clinicians cannot, by the case's id."""
    found: dict[str, tuple[StandIn, ...]] = {}
    for case in cases:
        if stand_ins := tuple(_allowed(ports, case, now=now)):
            found[case.id] = stand_ins
    return found


def _allowed(ports: Ports, case: Case, *, now: datetime) -> Iterator[StandIn]:
    for reference in ports.site.cover.get(case.clinician.reference, ())[:MOST]:
        with suppress(Permanent, Temporary):  # who cannot be looked at is not proposed
            found = cover_of(ports, case, reference, now=now)
            if found is not None and found.allowed:
                yield found


def accept(ports: Ports, chosen: Sequence[Chosen], *, now: datetime) -> tuple[Accepted, ...]:
    """Book each ticked call the ordinary way; one that is taken meanwhile keeps no other from being booked."""
    demand(ports, Act.BOOK, now=now)
    done = []
    for each in chosen[:MOST_CASES]:
        try:
            done.append(Accepted(book(ports, each.case_id, each.wanted, seen=each.seen, now=now)))
        except (Refused, Temporary) as error:
            done.append(Accepted(ports.store.case(ports.tenant, each.case_id), error))
    return tuple(done)


@dataclass(frozen=True, slots=True)
class _Read:
    clinician: Clinician
    free: tuple[Interval, ...]
    slots: frozenset[str]
    verified: bool
    warnings: tuple[str, ...]


def _sheets(reads: dict[str, _Read], proposed: Sequence[Proposed], booked: Sequence[Case]) -> tuple[Sheet, ...]:
    """Return a sheet for each clinician who has a call, by name."""
    people = {
        each.booking.clinician.reference: _Read(each.booking.clinician, (), frozenset(), True, ()) for each in booked
    }
    sheets = []
    for key, read in (people | reads).items():
        mine = [each for each in booked if each.booking.clinician.reference == key]
        stand = tuple(sorted(mine, key=lambda each: each.booking.interval))
        calls = tuple(each for each in proposed if each.call.clinician == key)
        if calls or stand:
            sheets.append(Sheet(read.clinician, read.verified, read.warnings, calls, stand))
    return tuple(sorted(sheets, key=lambda each: each.clinician.name))


def _is_booked(case: Case) -> bool:
    return case.booking is not None and case.booking.is_live


def _open_cases(ports: Ports, *, now: datetime) -> list[Case]:
    """Return the cases that want a call or have it ahead, the most urgent first."""
    page = ports.store.worklist(
        ports.tenant, user_key=ports.user.key, show="open", search="", now=now, limit=MOST_CASES * 5, offset=0
    )
    found = (ports.store.case(ports.tenant, row.case_id) for row in page.rows if row.state in _OPEN)
    return [case for case in found if wants_windows(case)]


def _free_times(ports: Ports, asked: Sequence[tuple[Case, Clinician]], *, now: datetime) -> dict[str, _Read]:
    """Return each clinician's free time while these cases may be talked about: worked, not busy, not promised."""
    spans: dict[str, list[Interval]] = {}
    people = {clinician.reference: clinician for _, clinician in asked}
    for case, clinician in asked:
        ahead = [each.interval for each in case.windows if each.interval.end > now]
        spans.setdefault(clinician.reference, []).extend(ahead or _until_due(case, now=now))

    def read(clinician: Clinician) -> _Read:
        span = span_of(spans[clinician.reference])
        return _read(ports, clinician, span, now=now) if span else _Read(clinician, (), frozenset(), True, ())

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(zip(people, pool.map(read, people.values()), strict=True))


def _until_due(case: Case, *, now: datetime) -> list[Interval]:
    """Return where free time is worth knowing for a case that was offered none: what the payer may be asked for."""
    firm = firm_clock(case.clocks)
    ends = min(firm.ends_at, now + ASKED_AHEAD) if firm else now + ASKED_AHEAD
    return [Interval(now, ends)] if ends > now else []


def _read(ports: Ports, clinician: Clinician, span: Interval, *, now: datetime) -> _Read:
    busy = busy_of(ports, clinician, span, now=now)
    held = ports.store.promised(ports.tenant, clinician=clinician.reference, span=span, but_case="", now=now)
    habits = ports.site.habits_of(clinician)
    diary = diary_of(clinician, (*busy.busy, *habits.around(held.busy)), span, verified=busy.verified, habits=habits)
    opens = now + max(timedelta(minutes=ports.site.notice_minutes), habits.prepare)
    free = normalise(diary.room.within(opens, span.end)) if opens < span.end else ()
    return _Read(clinician, free, held.slots, busy.verified, busy.warnings)


def _asked(ports: Ports, case: Case, taken: frozenset[str], covers: Sequence[StandIn]) -> PlanCase:
    """Return the case as the plan asks it; a published slot is one seat, whoever else was offered it."""
    firm, first = firm_clock(case.clocks), earliest_clock(case.clocks)
    return PlanCase(
        id=case.id,
        length=timedelta(minutes=ports.site.call_minutes),
        deadline=firm.ends_at if firm else None,
        due_at=first.ends_at if first else None,
        clinicians=(case.clinician.reference, *(each.clinician.reference for each in covers)) if case.clinician else (),
        windows=tuple(_window_of(each) for each in case.windows if each.slot is None or each.slot not in taken),
        payer=case.payer_key or case.payer_name,
    )


def _window_of(window: OfferedWindow) -> PlanWindow:
    """Return a window as the plan takes it: an exact slot is one seat; published hours may name how many they have."""
    if window.slot is not None:
        return PlanWindow(window.interval, window.slot, 1, whole=True)
    counted = window.source is not None and window.seats > 1
    return PlanWindow(window.interval, window.id, window.seats) if counted else PlanWindow(window.interval)
