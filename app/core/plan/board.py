"""The question in whole minutes: for every case the places where its call could be, as numbers quick to try."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.core.interval import Interval, normalise
from app.core.plan.question import PlanCase, PlanWindow, Question

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)
_DAY = timedelta(hours=24)
NEAR = 5  # minutes: calls that are no farther apart are one interruption
Spans = Sequence[tuple[int, int]]  # half-open, sorted, disjoint; minutes since 1970


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """
    Where a call could be: it starts at `opens` or any `step` later up to `latest`, with this clinician, on this seat.

    clinician, seat: numbers on the board; seat -1 where nobody counts. All times are minutes since 1970.
    """

    opens: int
    clinician: int
    seat: int
    latest: int
    length: int
    step: int

    def from_(self, minute: int) -> int:
        """Return its first start that is not before `minute`; it may lie after the latest."""
        late = minute - self.opens
        return self.opens if late <= 0 else self.opens - (-late // self.step) * self.step


@dataclass(frozen=True, slots=True)
class Call:
    """A case at one of its places: from `start` for the place's length."""

    case: int
    place: Place
    start: int

    @property
    def end(self) -> int:
        """The minute in which it is over."""
        return self.start + self.place.length

    def by_time(self) -> tuple[int, int]:
        """Return the key that sorts calls by clinician, then time."""
        return self.place.clinician, self.start

    def is_beside(self, later: "Call") -> bool:
        """Whether another call of the clinician follows without a pause."""
        return self.place.clinician == later.place.clinician and 0 <= later.start - self.end < NEAR


@dataclass(frozen=True, slots=True)
class Finder:
    """How places are found. now: in minutes; seats: of each capacity by name, its number and its seats."""

    now: int
    step: int
    seats: Mapping[str, tuple[int, int]]

    def find(self, case: PlanCase, free: Mapping[int, Spans]) -> tuple[Place, ...]:
        """Return the places of a case with these clinicians when they are free so, the earliest first."""
        length = -(-case.length // _MINUTE)
        ends = None if case.deadline is None else minute_of(case.deadline)
        found: set[Place] = set()
        for window in case.windows:
            seat, count = self._seat(window)
            if count == 0:
                continue
            start, end = minute_of(window.interval.start, up=True), minute_of(window.interval.end)
            least, latest = max(start, self.now), end if ends is None else min(end, ends)
            for clinician, spans in free.items():
                for opens, closes in cut(spans, least, latest):
                    if window.whole:
                        place = _whole(start, end, opens, closes, length)
                    else:
                        place = self._block(start, end, opens, closes, length)
                    if place is not None:
                        found.add(Place(place[0], clinician, seat, *place[1:]))
        return tuple(sorted(found))

    def first(self, opens: int) -> int:
        """Return the first start from here on, as clocks on the wall show it."""
        return -(-opens // self.step) * self.step

    def _seat(self, window: PlanWindow) -> tuple[int, int | None]:
        if window.capacity is None or window.seats is None:
            return -1, window.seats
        return self.seats[window.capacity]

    def _block(self, start: int, end: int, opens: int, closes: int, length: int) -> tuple[int, int, int, int] | None:
        first = self.first(opens)
        if first + length <= closes:
            return first, first + (closes - length - first) // self.step * self.step, length, self.step
        # A window too short for the steps of the clock is a time by itself.
        if self.first(start) + length > end and opens + length <= closes:
            return opens, opens, length, 1
        return None


@dataclass(frozen=True, slots=True)
class Board:
    """
    Cases by number, in the order of their ids, so that the order of the input decides nothing.

    places: of each case, the earliest first; free: of each clinician; seats: how many calls each payer's capacity takes
    due: the minute to which spare time counts; weights: what each case counts once the number is equal
    payers: numbers, 0 for unknown
    """

    cases: tuple[PlanCase, ...]
    clinicians: tuple[str, ...]
    finder: Finder
    free: tuple[Spans, ...]
    places: tuple[tuple[Place, ...], ...]
    seats: tuple[int, ...]
    due: tuple[int, ...]
    weights: tuple[int, ...]
    payers: tuple[int, ...]


def board_of(question: Question) -> Board:
    """Return the board; it holds no place that the question does not allow."""
    cases = tuple(sorted(question.cases, key=lambda each: each.id))
    clinicians = tuple(sorted({*question.free, *(each for case in cases for each in case.clinicians)}))
    free = tuple(_minutes(question.free.get(each, ())) for each in clinicians)
    numbers = {each: number for number, each in enumerate(clinicians)}
    seats = _seats(cases)
    finder = Finder(minute_of(question.now, up=True), question.step // _MINUTE, seats)
    places = tuple(
        finder.find(case, {numbers[each]: free[numbers[each]] for each in case.clinicians}) for case in cases
    )
    payers = {each: number for number, each in enumerate(sorted({case.payer for case in cases if case.payer}), 1)}
    return Board(
        cases=cases,
        clinicians=clinicians,
        finder=finder,
        free=free,
        places=places,
        seats=tuple(count for _, count in seats.values()),
        due=tuple(_due(case, found) for case, found in zip(cases, places, strict=True)),
        weights=tuple(_weight(case, question) for case in cases),
        payers=tuple(payers.get(case.payer or "", 0) for case in cases),
    )


def instant(minute: int) -> datetime:
    """Return the instant of a minute of the board."""
    return _EPOCH + minute * _MINUTE


def minute_of(at: datetime, *, up: bool = False) -> int:
    """Return the minute of the board in which an instant lies; up: the first that begins then or later."""
    since = at - _EPOCH
    return -(-since // _MINUTE) if up else since // _MINUTE


def interval_of(call: Call) -> Interval:
    """Return when a call is."""
    return Interval(instant(call.start), instant(call.end))


def cut(spans: Spans, start: int, end: int) -> Iterable[tuple[int, int]]:
    """Yield what of the spans lies in [start, end)."""
    at = bisect_right(spans, start, key=lambda each: each[1])
    while at < len(spans) and spans[at][0] < end:
        yield max(spans[at][0], start), min(spans[at][1], end)
        at += 1


def _whole(start: int, end: int, opens: int, closes: int, length: int) -> tuple[int, int, int, int] | None:
    fits = end - start >= length and opens == start and closes == end
    return (start, start, end - start, 1) if fits else None


def _seats(cases: Iterable[PlanCase]) -> dict[str, tuple[int, int]]:
    """Return number and seats of each capacity, by name; where it is told in two ways the fewer seats count."""
    told: dict[str, int] = {}
    for window in (window for case in cases for window in case.windows):
        if window.capacity is not None and window.seats is not None:
            told[window.capacity] = min(window.seats, told.get(window.capacity, window.seats))
    return {name: (number, told[name]) for number, name in enumerate(sorted(told))}


def _minutes(free: Iterable[Interval]) -> Spans:
    """Return free time in whole minutes, none of them only half free."""
    spans = ((minute_of(each.start, up=True), minute_of(each.end)) for each in normalise(free))
    return tuple((start, end) for start, end in spans if start < end)


def _due(case: PlanCase, places: Sequence[Place]) -> int:
    """Return the minute to which spare time counts; where no clock runs, the end of the last place."""
    told = case.due_at or case.deadline
    return minute_of(told) if told else max((each.latest + each.length for each in places), default=0)


def _weight(case: PlanCase, question: Question) -> int:
    """Return what the case counts among equally many: its priority, then whether it can wait for tomorrow's plan."""
    told = case.due_at or case.deadline
    waits = told is None or told - question.now > _DAY
    return case.priority * (len(question.cases) + 1) + (not waits)
