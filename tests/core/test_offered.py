"""Our free times as payers are told of them: whole calls at even times, nothing that tells what fills the rest."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from app.core.interval import WEEKDAYS, Interval
from app.core.people import Clinician, WorkingHours
from app.core.slots import Habits, diary_of
from app.core.slots.offered import FRESH, Offered, Publication, times_to_offer

MINUTE = timedelta(minutes=1)
MONDAY = datetime(2026, 11, 23, 14, tzinfo=UTC)  # 09:00 in New York
WEEK = Interval(MONDAY, MONDAY + timedelta(days=5))
HOURS = tuple(WorkingHours(day, time(9), time(17)) for day in WEEKDAYS[:5])
DOCTOR = Clinician("Practitioner/1", "Dr Test", "America/New_York", HOURS)


def span(start: float, end: float) -> Interval:
    """Return a time, in hours from Monday's start."""
    return Interval(MONDAY + timedelta(hours=start), MONDAY + timedelta(hours=end))


def offered(busy=(), *, open_=(WEEK,), length=20, opens=MONDAY, verified=True, **habits) -> tuple[Interval, ...]:
    """Return what is told of a clinician who works nine to five."""
    diary = diary_of(DOCTOR, busy, WEEK, verified=verified, habits=Habits(**habits))
    return times_to_offer(diary, open_, length=length * MINUTE, opens=opens)


def test_whole_free_calls_at_even_times_are_told():
    """Half past and the hour; a call that would not end before the next appointment is not told."""
    told = offered([span(1, 2), span(2.25, 8)], open_=[span(0, 8)])

    assert [span(0, 1 / 3), span(0.5, 0.5 + 1 / 3)] == list(told)


def test_longer_calls_never_overlap():
    """Forty-five minutes: the next one starts at the next even time after it."""
    told = offered(open_=[span(0, 3)], length=45)

    assert [0, 1, 2] == [(each.start - MONDAY).total_seconds() / 3600 for each in told]


def test_only_time_kept_for_calls_is_told_where_some_is_kept():
    """A clinician who keeps an hour for calls is told of in that hour, though the rest of the day is free."""
    kept = (WorkingHours("MO", time(12), time(13)),)

    assert [span(3, 3 + 1 / 3), span(3.5, 3.5 + 1 / 3)] == list(offered(protected=kept))


def test_nothing_is_told_too_soon_or_when_the_payer_is_closed():
    """Notice first; within the payer's hours only."""
    told = offered(open_=[span(0, 2), span(24, 25)], opens=MONDAY + timedelta(hours=1, minutes=1))

    assert [span(1.5, 1.5 + 1 / 3), span(24, 24 + 1 / 3), span(24.5, 24.5 + 1 / 3)] == list(told)


def test_a_calendar_that_was_not_read_whole_tells_nothing():
    """What is not known to be free is not offered to anybody."""
    assert () == offered(verified=False)


def test_what_was_not_looked_at_lately_is_told_no_more():
    """After two hours the people stay and their times go; the change has an instant of its own."""
    whole = Publication((Offered("a", "Dr Test", None, (span(0, 1),)),), MONDAY, MONDAY)

    assert whole == whole.at(MONDAY + FRESH - MINUTE)
    stale = whole.at(MONDAY + FRESH)
    assert [()] == [each.times for each in stale.offered]
    assert MONDAY + FRESH == stale.changed_at


@given(
    st.lists(st.tuples(st.integers(0, 480), st.integers(1, 120)), max_size=12),
    st.integers(5, 90),
    st.integers(0, 600),
)
def test_every_told_time_is_free_and_no_two_overlap(taken: list[tuple[int, int]], length: int, notice: int):
    """By the minute, against the calendar itself; also the first even times that are free are all there."""
    busy = [Interval(MONDAY + start * MINUTE, MONDAY + (start + minutes) * MINUTE) for start, minutes in taken]
    opens = MONDAY + notice * MINUTE
    told = offered(busy, open_=[span(0, 8)], length=length, opens=opens)
    free = {
        MONDAY + minute * MINUTE
        for minute in range(480)
        if not any(each.start <= MONDAY + minute * MINUTE < each.end for each in busy)
    }

    for each in told:
        assert each.start >= opens
        assert each.start.minute in (0, 30)
        assert {each.start + minute * MINUTE for minute in range(length)} <= free
    assert all(first.end <= second.start for first, second in pairwise(told))
    if length <= 30:
        fits = [
            start
            for start in (MONDAY + half * 30 * MINUTE for half in range(16))
            if start >= opens and {start + minute * MINUTE for minute in range(length)} <= free
        ]
        assert fits == [each.start for each in told]
