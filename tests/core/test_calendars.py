"""Several calendars of one clinician are one answer: free is what all of them call free, and all were read."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from app.core.interval import Interval
from app.core.slots.calendars import BusyKind, BusyTime, CalendarRead, clip, merge_calendars, merge_kinds

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
BUSY, AWAY, PERHAPS = BusyKind.BUSY, BusyKind.UNAVAILABLE, BusyKind.TENTATIVE


def between(start: int, end: int) -> Interval:
    """Return minutes after noon."""
    return Interval(NOON + start * MINUTE, NOON + end * MINUTE)


def calendar(name: str, *times: tuple[int, int, BusyKind], verified: bool = True, at: datetime = NOON, warnings=()):
    """Return a calendar that was read."""
    return CalendarRead(name, tuple(BusyTime(between(s, e), kind) for s, e, kind in times), verified, at, warnings)


def test_all_calendars_block():
    """A surgeon's private calendar blocks as the clinic's does, tentative time too; the order says nothing."""
    reads = (
        calendar("clinic", (0, 30, BUSY), (60, 90, PERHAPS)),
        calendar("home", (20, 40, AWAY), (80, 120, BUSY)),
        calendar("empty"),
    )

    answers = {merge_calendars(each, now=NOON) for each in permutations(reads)}

    (answer,) = answers
    assert answer.blocks == (between(0, 40), between(60, 120))
    assert answer.tentative == (between(60, 80),)
    assert answer.verified


def test_one_calendar_that_could_not_be_read_makes_the_hours_unverified():
    """What the others call free may be taken in that one; it is named, with its reason and the age of the reading."""
    earlier = NOON - timedelta(hours=3)
    answer = merge_calendars(
        [calendar("clinic", (0, 30, BUSY), at=earlier), calendar("home", verified=False, warnings=("did not answer",))],
        now=NOON,
    )

    assert (answer.verified, answer.unverified, answer.read_at) == (False, ("home",), earlier)
    assert answer.warnings == ("home: did not answer",)


def test_no_calendar_at_all_is_nothing_to_doubt():
    """Whether a clinician has calendars outside the EHR is not for this to say."""
    answer = merge_calendars([], now=NOON)

    assert (answer.blocks, answer.verified, answer.read_at) == ((), True, NOON)


times = st.lists(
    st.tuples(st.integers(0, 100), st.integers(1, 30), st.sampled_from(BusyKind)).map(
        lambda told: BusyTime(between(told[0], told[0] + told[1]), told[2])
    ),
    max_size=12,
)


@given(times)
def test_merging_neither_adds_nor_loses_a_minute_of_any_kind(some):
    """Within a kind all is joined; between kinds nothing is taken away."""
    merged = merge_kinds(some)

    assert _minutes(merged) == _minutes(some)
    assert merge_kinds(reversed(some)) == merged == merge_kinds(merged)


@given(times)
def test_clipping_leaves_what_lies_inside(some):
    """Nothing outside the span, all inside."""
    span = between(20, 60)

    assert _minutes(clip(some, span)) == {each for each in _minutes(some) if 20 <= each[0] < 60}


def _minutes(some) -> set[tuple[int, BusyKind]]:
    return {
        (minute, each.kind)
        for each in some
        for minute in range((each.interval.start - NOON) // MINUTE, (each.interval.end - NOON) // MINUTE)
    }
