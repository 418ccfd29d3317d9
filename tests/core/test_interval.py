"""Sets of time behave as sets, and wall time becomes instants exactly, the two odd nights of the year included."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.interval import Interval, crossing, intersect, normalise, span_of, subtract, wall_span, weekly

START = datetime(2026, 11, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def minutes(*pairs):
    """Return intervals given as minutes from the start."""
    return tuple(Interval(START + a * MINUTE, START + b * MINUTE) for a, b in pairs)


def as_set(intervals):
    """Return the minutes that intervals hold."""
    return {m for each in intervals for m in range((each.start - START) // MINUTE, (each.end - START) // MINUTE)}


pairs = st.tuples(st.integers(0, 120), st.integers(1, 40)).map(lambda p: (p[0], p[0] + p[1]))
sets = st.lists(pairs, max_size=12).map(lambda found: minutes(*found))


@given(sets)
def test_normalised_time_is_the_same_time_sorted_and_apart(some):
    """Joining intervals neither adds nor loses a minute, whatever the order of the input."""
    whole = normalise(some)

    assert as_set(whole) == as_set(some)
    assert all(a.end < b.start for a, b in pairwise(whole))
    assert normalise(reversed(some)) == whole == normalise(whole)


@given(sets, sets)
def test_intersection_and_difference_are_those_of_sets(left, right):
    """Minute by minute, the algebra is that of sets."""
    assert as_set(intersect(left, right)) == as_set(left) & as_set(right)
    assert as_set(subtract(left, right)) == as_set(left) - as_set(right)
    assert intersect(left, right) == intersect(right, left)
    assert normalise((*subtract(left, right), *intersect(left, right))) == normalise(left)


@given(sets, pairs)
def test_crossing_finds_what_shares_time(some, pair):
    """Bisection finds the same intervals as looking at each."""
    whole, (wanted,) = normalise(some), minutes(pair)

    assert tuple(crossing(whole, wanted.start, wanted.end)) == tuple(each for each in whole if each.overlaps(wanted))


def test_span_covers_all_and_nothing_has_none():
    """The span is from the earliest start to the latest end."""
    assert span_of(minutes((10, 20), (5, 8), (6, 15))) == minutes((5, 20))[0]
    assert span_of(()) is None


@pytest.mark.parametrize("end", [START, START - MINUTE])
def test_interval_is_never_empty_or_backward(end):
    """An interval that holds no time is a mistake of the caller."""
    with pytest.raises(ValueError, match="ends after"):
        Interval(START, end)


def test_interval_needs_aware_instants_and_is_utc():
    """A time without offset is no instant; any offset becomes UTC."""
    with pytest.raises(ValueError, match="aware"):
        Interval(datetime(2026, 1, 1), datetime(2026, 1, 2))  # noqa: DTZ001
    cet = timezone(timedelta(hours=1))
    assert Interval(datetime(2026, 1, 1, 1, tzinfo=cet), datetime(2026, 1, 1, 2, tzinfo=cet)).start.tzinfo is UTC


def test_the_hour_that_repeats_has_length():
    """01:30 to 01:10 by the wall clock is forty minutes in the night the clocks go back (compared in UTC)."""
    zone = ZoneInfo("America/New_York")
    start = datetime(2026, 11, 1, 1, 30, tzinfo=zone)
    end = datetime(2026, 11, 1, 1, 10, fold=1, tzinfo=zone)

    assert Interval(start, end).length == timedelta(minutes=40)


def shown(instant, zone):
    """Return what a clock on the wall shows."""
    return instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


NIGHTS = [
    ("America/New_York", date(2026, 11, 1)),
    ("America/New_York", date(2026, 3, 8)),
    ("Europe/London", date(2026, 10, 25)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),  # half an hour
    ("America/Havana", date(2026, 3, 8)),  # midnight is skipped
    ("America/Havana", date(2026, 11, 1)),
    ("Asia/Kolkata", date(2026, 2, 28)),
    ("America/Chicago", date(2028, 2, 29)),
    ("Pacific/Apia", date(2011, 12, 30)),  # a day that never was
]


@pytest.mark.parametrize(("zone", "day"), NIGHTS)
@pytest.mark.parametrize(
    "hours", [(0, 0, 0, 0), (0, 30, 1, 30), (1, 15, 1, 45), (1, 0, 3, 0), (2, 10, 2, 50), (9, 0, 17, 0)]
)
def test_wall_span_is_when_the_wall_clock_shows_it(zone, day, hours):
    """Minute by minute: the hour that repeats counts twice, the one that is skipped not at all."""
    start, end = time(*hours[:2]), time(*hours[2:])
    lower = datetime.combine(day, start)
    upper = datetime.combine(day, end) + (timedelta(days=1) if end == time(0) else timedelta())
    first = datetime.combine(day, time(0), UTC) - timedelta(hours=30)
    expected = {first + n * MINUTE for n in range(84 * 60) if lower <= shown(first + n * MINUTE, zone) < upper}

    found = wall_span(day, start, end, zone)

    assert expected == {each.start + n * MINUTE for each in found for n in range(each.length // MINUTE)}


@pytest.mark.parametrize("zone", ["America/New_York", "Australia/Lord_Howe", "Asia/Tokyo"])
def test_weekly_hours_are_those_of_the_wall(zone):
    """Working hours over a clock change, cut to the span asked for."""
    hours = [("SU", time(0), time(0)), ("MO", time(9), time(17)), ("MO", time(12), time(18)), ("SA", time(23), time(0))]
    span = Interval(datetime(2026, 10, 30, 7, 13, tzinfo=UTC), datetime(2026, 11, 3, 5, 2, tzinfo=UTC))

    found = weekly(hours, zone, span)

    def works(instant):
        wall = shown(instant, zone)
        return any(
            ("MO", "TU", "WE", "TH", "FR", "SA", "SU")[wall.weekday()] == day
            and start <= wall.time()
            and (end == time(0) or wall.time() < end)
            for day, start, end in hours
        )

    expected = {span.start + n * MINUTE for n in range(span.length // MINUTE) if works(span.start + n * MINUTE)}
    assert expected == {each.start + n * MINUTE for each in found for n in range(each.length // MINUTE)}
    assert found == normalise(found)
