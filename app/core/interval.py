"""Half-open intervals of UTC time, the things done with sets of them, and the way there from wall time."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from operator import attrgetter
from zoneinfo import ZoneInfo

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_DAY = timedelta(days=1)
_START = attrgetter("start")
_END = attrgetter("end")


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """Time from `start` up to, not including, `end`; both aware UTC; never empty or negative (ValueError)."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is not UTC or self.end.tzinfo is not UTC:
            if self.start.utcoffset() is None or self.end.utcoffset() is None:
                raise ValueError("an interval needs aware instants")
            object.__setattr__(self, "start", self.start.astimezone(UTC))
            object.__setattr__(self, "end", self.end.astimezone(UTC))
        # Compared in UTC: Python compares two times of one zone by their wall clock, wrong in the hour that repeats.
        if self.end <= self.start:
            raise ValueError("an interval ends after it starts")

    @property
    def length(self) -> timedelta:
        """How long it lasts."""
        return self.end - self.start

    def contains(self, instant: datetime) -> bool:
        """Whether `instant` lies in [start, end)."""
        return self.start <= instant < self.end

    def covers(self, other: "Interval") -> bool:
        """Whether `other` lies wholly inside."""
        return self.start <= other.start and other.end <= self.end

    def overlaps(self, other: "Interval") -> bool:
        """Whether the two share any time; touching ends do not."""
        return self.start < other.end and other.start < self.end


def normalise(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    """Return the same time as sorted, disjoint intervals; touching ones are joined."""
    merged: list[Interval] = []
    for each in sorted(intervals, key=_START):
        if merged and each.start <= merged[-1].end:
            if each.end > merged[-1].end:
                merged[-1] = Interval(merged[-1].start, each.end)
        else:
            merged.append(each)
    return tuple(merged)


def intersect(left: Iterable[Interval], right: Iterable[Interval]) -> tuple[Interval, ...]:
    """Return the time that lies in both."""
    ones, others = normalise(left), normalise(right)
    found: list[Interval] = []
    i = j = 0
    while i < len(ones) and j < len(others):
        start, end = max(ones[i].start, others[j].start), min(ones[i].end, others[j].end)
        if start < end:
            found.append(Interval(start, end))
        if ones[i].end < others[j].end:
            i += 1
        else:
            j += 1
    return tuple(found)


def subtract(whole: Iterable[Interval], taken: Iterable[Interval]) -> tuple[Interval, ...]:
    """Return the time of `whole` that lies in none of `taken`."""
    left: list[Interval] = []
    gone = normalise(taken)
    for each in normalise(whole):
        start = each.start
        for hole in crossing(gone, each.start, each.end):
            if hole.start > start:
                left.append(Interval(start, hole.start))
            start = hole.end
        if start < each.end:
            left.append(Interval(start, each.end))
    return tuple(left)


def crossing(sorted_: Sequence[Interval], start: datetime, end: datetime) -> Sequence[Interval]:
    """Return those of sorted, disjoint intervals that share time with [start, end); by bisection."""
    first = bisect_right(sorted_, start, key=_END)
    last = first
    while last < len(sorted_) and sorted_[last].start < end:
        last += 1
    return sorted_[first:last]


def span_of(intervals: Iterable[Interval]) -> Interval | None:
    """Return the shortest interval that covers all, or None when there are none."""
    all_ = tuple(intervals)
    if not all_:
        return None
    return Interval(min(each.start for each in all_), max(each.end for each in all_))


def wall_span(day: date, start: time, end: time, zone: str) -> tuple[Interval, ...]:
    """
    Return the instants at which a clock on the wall in `zone` shows [start, end) on `day`.

    end: midnight (00:00) means the end of the day
    returns: mostly one interval; shorter or none when the hour is skipped, longer or two when it repeats
    """
    lower, upper = datetime.combine(day, start, UTC), datetime.combine(day, end, UTC)
    if end == time(0):
        upper += _DAY
    before, after, change = _offsets_on(day, zone)
    if change is None:
        return _interval_if(lower - before, upper - before)
    return normalise(
        _interval_if(lower - before, min(upper - before, change))
        + _interval_if(max(lower - after, change), upper - after)
    )


def weekly(hours: Iterable[tuple[str, time, time]], zone: str, span: Interval) -> tuple[Interval, ...]:
    """Return the time of `span` in which local `hours` (weekday MO..SU, start, end) are running; normalised."""
    return _weekly(tuple(hours), zone, span)


@lru_cache(maxsize=1024)
def _weekly(hours: tuple[tuple[str, time, time], ...], zone: str, span: Interval) -> tuple[Interval, ...]:
    by_day: dict[str, list[tuple[time, time]]] = {}
    for name, start, end in hours:
        by_day.setdefault(name, []).append((start, end))
    there = ZoneInfo(zone)
    day, latest = span.start.astimezone(there).date(), span.end.astimezone(there).date()
    found: list[Interval] = []
    while day <= latest:
        for start, end in by_day.get(WEEKDAYS[day.weekday()], ()):
            found.extend(wall_span(day, start, end, zone))
        day += _DAY
    return intersect(found, (span,))


def _interval_if(start: datetime, end: datetime) -> tuple[Interval, ...]:
    """Return the interval when it is not empty."""
    return (Interval(start, end),) if start < end else ()


@lru_cache(maxsize=8192)
def _offsets_on(day: date, zone: str) -> tuple[timedelta, timedelta, datetime | None]:
    """Return the UTC offset before and after, and the instant of the change that day, None on all days but two."""
    there = ZoneInfo(zone)
    noon = datetime.combine(day, time(12), there).astimezone(UTC)
    low, high = noon - timedelta(hours=15), noon + timedelta(hours=15)
    before, after = _offset(low, there), _offset(high, there)
    if before == after:
        return before, after, None
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) // 2
        if _offset(middle, there) == before:
            low = middle
        else:
            high = middle
    return before, after, high.replace(microsecond=0)


def _offset(instant: datetime, zone: ZoneInfo) -> timedelta:
    """Return the zone's offset at an instant."""
    return instant.astimezone(zone).utcoffset() or timedelta(0)
