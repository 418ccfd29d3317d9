"""The measures: denominators as defined, intervals right, small numbers hidden."""

from datetime import timedelta

import pytest

from app.core.learn import FLOOR, Journey, journeys_of, measure_journeys, share_of, wilson
from tests.builders import MONDAY, hours


def journeys(count: int, **more) -> list[Journey]:
    """Return so many journeys alike but for their id."""
    base = {"payer": "A", "reason": "necessity", "clinician": "Dr", "service": "MRI", "lane": "post_denial"}
    return [Journey(case_id=f"{more}{n}", **{**base, **more}) for n in range(count)]


def test_wilson_is_what_the_paper_gives():
    """5 of 10: 0.237 to 0.763 (Wilson 1927)."""
    low, high = wilson(5, 10)

    assert (0.2366, 0.7634) == (round(low, 4), round(high, 4))


@pytest.mark.parametrize(("count", "n"), [(0, 5), (5, 5), (1, 1000)])
def test_an_interval_stays_between_nothing_and_all(count, n):
    """Even at the ends the interval holds the share and stays in [0, 1]."""
    low, high = wilson(count, n)

    assert 0 <= low <= count / n <= high <= 1


def test_below_the_floor_no_share_is_told():
    """Under five cases a percentage says nothing and may name someone."""
    assert share_of("x", 4, FLOOR - 1).value is None
    assert 1.0 == share_of("x", FLOOR, FLOOR).value


def test_informational_calls_are_not_counted_as_lost():
    """A call that could change nothing is neither overturned nor upheld."""
    lessons = measure_journeys([*journeys(6, result="approved"), *journeys(4, result="upheld", lane="informational")])

    assert (6, 6) == (lessons.overturn.count, lessons.overturn.n)


def test_partial_and_modified_count_as_changed_withdrawn_does_not():
    """Overturn counts approved, partial and modified out of all decided on a held call."""
    mixed = [
        *journeys(2, result="approved"),
        *journeys(1, result="partial"),
        *journeys(1, result="modified"),
        *journeys(3, result="upheld"),
        *journeys(2, result="withdrawn"),
        *journeys(2, result="not_held"),
    ]

    assert (4, 7) == ((share := measure_journeys(mixed).overturn).count, share.n)


def test_offer_to_connect_counts_offered_cases_only():
    """A case that never got a time does not lower the rate."""
    some = [
        *journeys(3, offered_at=MONDAY, connected_at=MONDAY + hours(5)),
        *journeys(3, offered_at=MONDAY),
        *journeys(9),
    ]

    assert (3, 6) == ((share := measure_journeys(some).offer_to_connect).count, share.n)


def test_the_median_is_exact():
    """Hours 1, 2, 4, 8, 16: the median is 4."""
    times = [
        Journey(f"c{n}", "A", "r", "d", "s", None, offered_at=MONDAY, connected_at=MONDAY + hours(n))
        for n in (16, 1, 8, 2, 4)
    ]

    assert 4 == measure_journeys(times).time_to_connect.median_hours


def test_events_in_any_order_make_the_same_journey():
    """First offer, first connection, latest decision; the order of reading does not matter."""
    row = ("A", "necessity", "Dr", "MRI", "post_denial")
    events = [
        ("c1", MONDAY, "offered", *row, None),
        ("c1", MONDAY + hours(1), "attempt", *row, None),
        ("c1", MONDAY + hours(2), "connected", *row, None),
        ("c1", MONDAY + hours(3), "decided", *row, "upheld"),
        ("c1", MONDAY + hours(9), "decided", *row, "approved"),
        ("c1", MONDAY + timedelta(minutes=5), "offered", *row, None),
    ]
    one, other = journeys_of(events), journeys_of(reversed(events))

    assert one == other
    assert "approved" == one[0].result
    assert MONDAY == one[0].offered_at
    assert 1 == one[0].attempt_count


def test_tables_stand_in_the_order_of_names():
    """Nobody is ranked."""
    lessons = measure_journeys(
        [*journeys(6, clinician="Zed", result="approved"), *journeys(6, clinician="Ann", result="upheld")]
    )

    assert ["Ann", "Zed"] == [row.label for row in lessons.by_clinician]


def test_a_missed_call_counts_against_the_side_that_missed_it():
    """Each payer's record: calls held, out of these and those that it did not keep; ours apart."""
    row = ("A", "necessity", "Dr", "MRI", "post_denial")
    events = []
    for n in range(6):
        events += [
            (f"c{n}", MONDAY, "missed", *row, "payer" if n < 2 else "us"),
            (f"c{n}", MONDAY + hours(2), "connected", *row, None),
        ]
    lessons = measure_journeys([*journeys_of(events), *journeys(1, payer="Never booked")])

    assert [("A", 6, 8)] == [(each.label, each.count, each.n) for each in lessons.kept_by_payer]
    assert (6, 10) == (lessons.kept_by_us.count, lessons.kept_by_us.n)
