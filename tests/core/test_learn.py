"""The measures: denominators as defined, intervals right, small numbers hidden."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.learn import (
    FLOOR,
    GROUPS,
    Happened,
    Journey,
    journeys_of,
    mean_of,
    measure,
    measure_by,
    median_of,
    share_of,
    wilson,
)
from app.core.learn.lessons import lessons_of
from tests.builders import MONDAY, hours

ABOUT = {"payer": "A", "reason": "necessity", "clinician": "Dr", "service": "MRI", "lane": "post_denial"}


def journeys(count: int, **more) -> list[Journey]:
    """Return so many journeys alike but for their id."""
    return [Journey(case_id=f"{more}{n}", **{**ABOUT, **more}) for n in range(count)]


def happened(case: str, kind: str, after: float = 0, **more) -> Happened:
    """Return an event so many hours after Monday morning."""
    return Happened(case=case, kind=kind, at=MONDAY + hours(after), **{**ABOUT, **more})


def told(key: str, some, *, floor: int = 1):
    """Return one measure over journeys."""
    return next(each for each in measure(some, floor=floor) if each.key == key)


def counted(key: str, some) -> tuple[int, int]:
    """Return a share's numerator and denominator."""
    found = told(key, some)
    return found.count, found.n


def test_wilson_is_what_the_paper_gives():
    """5 of 10: 0.237 to 0.763 (Wilson 1927)."""
    low, high = wilson(5, 10)

    assert (0.2366, 0.7634) == (round(low, 4), round(high, 4))


@pytest.mark.parametrize(("count", "n"), [(0, 5), (5, 5), (1, 1000)])
def test_an_interval_stays_between_nothing_and_all(count, n):
    """Even at the ends the interval holds the share and stays in [0, 1]."""
    low, high = wilson(count, n)

    assert 0 <= low <= count / n <= high <= 1


def test_below_the_floor_no_number_is_told():
    """Under ten cases a number says little and may name someone; a floor of one hides a median of one all the same."""
    assert share_of("x", 4, FLOOR - 1).value is None
    assert 1.0 == share_of("x", FLOOR, FLOOR).value
    assert median_of("x", [1.0] * (FLOOR - 1)).value is None
    assert mean_of("x", [3.0], floor=1).value is None


def test_an_interval_of_a_median_is_the_papers():
    """Ranks 40 and 61 of 100 (Campbell and Gardner 1988, table of ranks for n = 100)."""
    found = median_of("x", list(range(1, 101)))

    assert (50.5, 40, 61) == (found.value, found.low, found.high)


@given(st.lists(st.floats(0, 1000), min_size=FLOOR, max_size=200))
def test_a_middle_lies_in_its_interval_whatever_the_order(values):
    """Median and mean, of any values in any order."""
    for of in (median_of, mean_of):
        found = of("x", values)
        assert found.low - 1e-6 <= found.value <= found.high + 1e-6
        assert found.value == pytest.approx(of("x", values[::-1]).value)


def test_informational_calls_are_not_counted_as_lost():
    """A call that could change nothing is neither overturned nor upheld."""
    some = [*journeys(6, result="approved"), *journeys(4, result="upheld", lane="informational")]

    assert (6, 6) == counted("overturn", some)


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

    assert (4, 7) == counted("overturn", mixed)


def test_offer_to_connect_counts_offered_cases_only():
    """A case that never got a time does not lower the rate."""
    some = [
        *journeys(3, offered_at=MONDAY, connected_at=MONDAY + hours(5)),
        *journeys(3, offered_at=MONDAY),
        *journeys(9),
    ]

    assert (3, 6) == counted("offer_to_connect", some)


def test_the_median_is_exact():
    """Hours 1, 2, 4, 8, 16: the median is 4."""
    times = [
        Journey(f"c{n}", "A", "r", "d", "s", None, offered_at=MONDAY, connected_at=MONDAY + hours(n))
        for n in (16, 1, 8, 2, 4)
    ]

    assert 4 == told("time_to_connect", times).value


def test_attempts_are_those_until_the_reviewer_was_reached():
    """Three calls and then the one that got through; what was tried after it costs that connection nothing."""
    events = [happened("a", "attempt", n) for n in (1, 2, 3, 4, 9)] + [happened("a", "connected", 4)]
    [journey] = journeys_of(events)

    assert (4, 5) == (journey.calls_to_connect, journey.attempt_count)


@pytest.mark.parametrize(("ends", "inside"), [(5, True), (4, False), (3, False)])
def test_a_call_is_inside_when_it_begins_before_the_window_closes(ends, inside):
    """Windows are half-open: at their end they are closed. The window counts as it was last told before the call."""
    events = [
        happened("a", "denied", 0, ends_at=MONDAY + hours(1)),
        happened("a", "offered", 1, ends_at=MONDAY + hours(ends)),
        happened("a", "connected", 4),
    ]

    assert inside is journeys_of(events)[0].inside
    assert journeys_of(events[2:])[0].inside is None


def test_a_shift_is_told_by_lane_and_direction():
    """Modified is for us unless it was told to be against us; before and after the denial are never put together."""
    some = [
        *journeys(2, result="modified"),
        *journeys(1, result="modified", shift="against"),
        *journeys(1, result="upheld"),
        *journeys(4, result="approved", lane="pre_denial"),
    ]

    assert ((2, 4), (1, 4)) == (counted("shift_post_for", some), counted("shift_post_against", some))
    assert (4, 4) == counted("shift_pre_for", some)


def test_a_missed_call_has_one_cause():
    """Offered and over without a call: each such case stands under one cause, told last; an open one under none."""
    some = journeys_of(
        [
            *(happened(case, "offered") for case in "abcdef"),
            happened("a", "closed", 5, cause="withdrawn"),
            *(happened("b", "missed", 2, by="us"), happened("b", "missed", 3, by="payer"), happened("b", "closed", 9)),
            happened("c", "closed", 5),
            happened("d", "connected", 5),
            happened("f", "appealed", 5),
        ]
    )

    assert (4, 5) == counted("missed", some)
    causes = ("withdrawn", "payer", "us", "lapsed")
    assert [(1, 5), (1, 5), (0, 5), (0, 5)] == [
        counted(f"missed_{'by_' if each in ('payer', 'us') else ''}{each}", some) for each in causes
    ]
    assert (2, 5) == counted("missed_untold", some)
    assert (1, 4) == counted("appeal_after_missed", some)


def test_a_letter_differs_only_from_what_was_spoken():
    """A decision that was final at once has no letter to differ from."""
    some = journeys_of(
        [
            *(happened("a", "decided", 1, result="approved"), happened("a", "confirmed", 9, result="upheld")),
            *(happened("b", "decided", 1, result="approved"), happened("b", "confirmed", 9, result="approved")),
            *(
                happened("c", "decided", 1, result="upheld", final=True),
                happened("c", "confirmed", 1, result="upheld"),
            ),
        ]
    )

    assert (1, 2) == counted("mismatch", some)
    assert (1, 1) == counted("mismatch", journeys_of([
        happened("d", "decided", 1, result="modified"), happened("d", "confirmed", 9, result="modified", differs=True)
    ])), "fewer units under the same result"  # fmt: skip
    assert ["upheld", "approved", "upheld"] == [each.result for each in some]


def test_an_appeals_decision_is_no_calls():
    """What was decided on paper wins no call, and counts among the appeals."""
    some = journeys_of(
        [
            happened("a", "decided", 1, result="upheld"),
            happened("a", "appealed", 2),
            happened("a", "appeal_decided", 99, result="approved"),
            happened("b", "decided", 1, result="approved", way="send_new_information"),
        ]
    )

    assert ((0, 1), (1, 1)) == (counted("overturn", some), counted("appeal_overturn", some))


def test_minutes_are_of_a_case_and_only_where_they_were_told():
    """Two holds are one case's; a case without any is not a case of no minutes."""
    some = journeys_of(
        [
            happened("a", "attempt", 1, hold_minutes=20),
            happened("a", "attempt", 2, hold_minutes=10),
            happened("a", "connected", 2, talk_minutes=12, prep_minutes=6),
            happened("b", "connected", 2),
        ]
    )

    assert (30, 12, 6, 48) == (some[0].hold_minutes, some[0].talk_minutes, some[0].prep_minutes, some[0].minutes)
    assert (1, 1) == (told("minutes", some).n, told("minutes_saved", some).n)


def test_events_in_any_order_make_the_same_journey():
    """First offer, first connection, latest decision; the order of reading does not matter."""
    events = [
        happened("c1", "offered", 0),
        happened("c1", "attempt", 1),
        happened("c1", "connected", 2),
        happened("c1", "decided", 3, result="upheld"),
        happened("c1", "decided", 9, result="approved"),
        happened("c1", "offered", 0.1),
    ]
    one, other = journeys_of(events), journeys_of(reversed(events))

    assert one == other
    assert ("approved", MONDAY, 1) == (one[0].result, one[0].offered_at, one[0].attempt_count)


def test_groups_stand_in_the_order_of_names():
    """Nobody is ranked."""
    taught = lessons_of(
        [*journeys(6, clinician="Zed", result="approved"), *journeys(6, clinician="Ann", result="upheld")]
    )

    assert ["Ann", "Zed"] == [name for name, _ in taught.rows("clinician", "overturn")]


@given(st.lists(st.tuples(st.sampled_from("AB"), st.sampled_from(["approved", "upheld", None])), max_size=40))
def test_groups_add_up_to_the_whole(cases):
    """Whatever they are grouped by, no case is lost and none counts twice."""
    some = [Journey(f"c{n}", payer, "r", "d", "s", None, result=result) for n, (payer, result) in enumerate(cases)]
    whole = told("overturn", some)

    for names in (("payer",), ("payer", "lane"), GROUPS):
        parts = [next(m for m in each.measures if m.key == "overturn") for each in measure_by(some, names, floor=1)]
        assert (whole.count, whole.n) == (sum(each.count for each in parts), sum(each.n for each in parts))


def test_a_missed_call_counts_against_the_side_that_missed_it():
    """Each payer's record: calls held, out of these and those that it did not keep; ours apart."""
    events = []
    for n in range(6):
        by = "payer" if n < 2 else "us"
        events += [happened(f"c{n}", "missed", 0, by=by), happened(f"c{n}", "connected", 2)]
    some = [*journeys_of(events), *journeys(1, payer="Never booked")]

    assert [("A", 6, 8)] == [(name, row.count, row.n) for name, row in lessons_of(some).rows("payer", "kept_by_payer")]
    assert (6, 10) == counted("kept_by_us", some)


def test_a_trend_has_the_last_twelve_months_by_the_denial():
    """A month in which nothing was denied keeps its place, empty: time runs evenly; the thirteenth falls off."""
    some = [
        Journey(f"c{n}", "A", "r", "d", "s", "post_denial", denied_at=at, result="approved")
        for n, at in enumerate([*[datetime(2026, 2, 3, tzinfo=UTC)] * 10, datetime(2025, 11, 9, tzinfo=UTC)])
    ]
    older = Journey("old", "A", "r", "d", "s", "post_denial", denied_at=datetime(2025, 2, 28, tzinfo=UTC))
    told = [(each.month, each.measure.n, each.measure.value) for each in lessons_of(some).trends["overturn"]]

    assert [("2025-11", 1, None), ("2025-12", 0, None), ("2026-01", 0, None), ("2026-02", 10, 1.0)] == told
    assert ("2025-03", 12) == ((months := lessons_of([*some, older]).trends["overturn"])[0].month, len(months))


# -- what was corrected ----------------------------------------------------------------------------------------
def test_a_correction_counts_in_place_of_what_it_corrects():
    """Attempts, minutes on hold, the miss and the connection of the corrected entry are as if never told."""
    (journey,) = journeys_of(
        [
            happened("a", "offered"),
            happened("a", "attempt", 1, entry="l1", hold_minutes=40),
            happened("a", "missed", 1, entry="l1", by="payer"),
            happened("a", "attempt", 1, entry="l2", corrects="l1", hold_minutes=4),
            happened("a", "connected", 1, entry="l2"),
        ]
    )

    assert (1, 1, 4, 0) == (
        journey.attempt_count,
        journey.calls_to_connect,
        journey.hold_minutes,
        journey.missed_by_payer,
    )
    assert journey.connected_at is not None


def test_a_corrected_correction_counts_no_more_either():
    """Of a chain the latest entry stands alone; another case's entry of the same name is another."""
    chain = [
        happened("a", "attempt", 1, entry="l1", hold_minutes=40),
        happened("a", "attempt", 1, entry="l2", corrects="l1", hold_minutes=30),
        happened("a", "attempt", 1, entry="l3", corrects="l2", hold_minutes=4),
        happened("b", "attempt", 1, entry="l1", hold_minutes=7),
    ]

    assert [(1, 4), (1, 7)] == [(each.attempt_count, each.hold_minutes) for each in journeys_of(chain)]
    assert journeys_of(chain) == journeys_of(chain[::-1])


# -- what an outsider could count otherwise --------------------------------------------------------------------
def test_an_appeal_filed_before_the_call_is_none_that_the_call_led_to():
    """Appealed first, then the call: not downstream of it. At its instant or later: downstream."""
    some = [
        happened("before", "appealed", 1),
        happened("same", "appealed", 2),
        happened("after", "appealed", 3),
        happened("both", "appealed", 1),
        happened("both", "appealed", 4),
        *(happened(case, "connected", 2) for case in ("before", "same", "after", "both", "never")),
    ]

    assert (3, 5) == counted("appeal_after_held", journeys_of(some))


def test_a_call_that_was_not_held_has_no_letter_to_differ_from():
    """Told as not held, then upheld by letter: nothing was spoken that the letter could contradict."""
    for result in ("not_held", "withdrawn", "informational"):
        events = [happened("a", "decided", 1, result=result), happened("a", "confirmed", 2, result="upheld")]

        assert (0, 0) == counted("mismatch", journeys_of(events))


def test_a_letter_that_decides_otherwise_tells_the_direction_too():
    """Approved on the call, upheld by letter: not overturned, and so not changed for us."""
    events = [
        happened("a", "decided", 1, result="approved", shift="for"),
        happened("a", "confirmed", 2, result="upheld"),
        happened("b", "decided", 1, result="modified", shift="against"),
        happened("b", "confirmed", 2, result="modified"),
        happened("c", "decided", 1, result="upheld", shift="against"),
        happened("c", "decided", 2, result="approved"),
    ]
    some = journeys_of(events)

    assert [(1, 3), (1, 3)] == [counted(key, some) for key in ("shift_post_for", "shift_post_against")]
    assert (2, 3) == counted("overturn", some)
