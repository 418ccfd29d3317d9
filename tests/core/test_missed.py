"""A booked call that was missed: our one grace, by the payer's rule; the payer's, booked again."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.acts import standing_of
from app.core.book.again import first_slot, windows_to_rebook
from app.core.case import Clock, OfferedWindow
from app.core.deadlines import clocks_after_miss
from app.core.interval import Interval
from app.core.rulebook.guards import RiskyAct, Severity, what_is_lost
from app.core.slots import RankedSlot
from app.edges.rulebook import RuleBook
from app.wire import RULES
from tests.builders import MONDAY, a_booked_case, hours

BOOK = RuleBook.load(RULES)
ONE_DAY, TWO_DAYS, NO_GRACE = (BOOK.payer_by_key(each) for each in ("wellpoint_nj", "meridian_il", "regence_med"))
FRIDAY = MONDAY + timedelta(days=4)


def a_window(*, after=2.0, slot=None) -> OfferedWindow:
    interval = Interval(MONDAY + hours(after), MONDAY + hours(after) + timedelta(minutes=20))
    return OfferedWindow(id=f"w-{after}-{slot}", interval=interval, channel="published" if slot else "phone", slot=slot)


def a_clock(name="p2p_window", ends=None) -> Clock:
    return Clock(name, MONDAY, ends or MONDAY + hours(6), "rule", "source", "because")


def after(missed, *, rule, clocks=None):
    found = clocks_after_miss(
        clocks or (a_clock(),), missed, rule=rule, calendar=BOOK.calendar, site_zone="America/Chicago"
    )
    return {each.name: each for each in found}


def lost(act, standing):
    return what_is_lost(act, standing=standing, rule=ONE_DAY, calendar=BOOK.calendar, now=MONDAY)


@pytest.mark.parametrize("rule, days", [(ONE_DAY, 1), (TWO_DAYS, 2)], ids=["one more day", "two days to call back"])
@pytest.mark.parametrize("window_ends", [MONDAY + hours(1), MONDAY + timedelta(days=9)], ids=["over", "long"])
def test_our_first_miss_leaves_the_grace_of_the_rule(rule, days, window_ends):
    """Counted in business days of the payer's zone; it takes the window's place, nearer or further."""
    clock = after([MONDAY], rule=rule, clocks=(a_clock(ends=window_ends),))["p2p_window"]

    assert (MONDAY + timedelta(days=days)).date() == clock.ends_at.date()
    assert clock.firm and "missed the booked call" in clock.because and clock.source != "source"


def test_a_weekend_is_no_grace():
    """Missed on a Friday, one business day is Monday."""
    assert (FRIDAY + timedelta(days=3)).date() == after([FRIDAY], rule=ONE_DAY)["p2p_window"].ends_at.date()


def test_a_second_miss_ends_it_there_and_then():
    """The grace is given once, and says so."""
    clock = after([MONDAY, MONDAY + hours(20)], rule=TWO_DAYS)["p2p_window"]

    assert MONDAY + hours(20) == clock.ends_at
    assert "missed that too" in clock.because


@pytest.mark.parametrize("rule", [NO_GRACE, None], ids=["counts as held", "unknown payer"])
def test_a_rule_without_grace_moves_no_clock(rule):
    """What is lost then is the guards' to say."""
    assert {"p2p_window": a_clock()} == after([MONDAY], rule=rule)


def test_other_clocks_run_on():
    """The appeal's; and the payer's own words where they give longer than the grace."""
    clocks = (a_clock("appeal", MONDAY + timedelta(days=60)), a_clock("offer", MONDAY + timedelta(days=20)))
    found = after([MONDAY], rule=ONE_DAY, clocks=clocks)

    assert {"appeal", "offer", "p2p_window"} == found.keys()
    assert {"appeal", "p2p_window"} == after([MONDAY], rule=ONE_DAY, clocks=(clocks[0], a_clock("offer"))).keys()


@given(st.integers(0, 40), st.integers(-200, 400), st.sampled_from([ONE_DAY, TWO_DAYS]))
def test_counted_again_it_is_the_same(missed_after, window_after, rule):
    """However often the clocks are read anew, and in whatever order."""
    missed = [MONDAY + hours(missed_after)]
    once = after(missed, rule=rule, clocks=(a_clock(ends=MONDAY + hours(window_after)),))
    again = after(missed, rule=rule, clocks=tuple(once.values()))

    assert once == again


@pytest.mark.parametrize("misses, severity", [(0, Severity.MAY_LOSE), (1, Severity.LOSES)])
def test_the_second_miss_says_what_is_lost(misses, severity):
    """Before the first: what is left after it. Before the second: the right to a call."""
    standing = replace(standing_of(a_booked_case()), calls_missed=misses, window_ends_at=MONDAY + hours(9))
    [found] = lost(RiskyAct.MISSED_WINDOW, standing)

    assert severity is found.severity
    assert ("a second ends the right" in found.sentence) is bool(misses)


def test_after_two_misses_another_call_is_refused_by_the_rule():
    """One miss leaves the grace, two leave the appeal."""
    standing = replace(standing_of(a_booked_case()), window_ends_at=None)
    one, two = (lost(RiskyAct.SECOND_REQUEST, replace(standing, calls_missed=n)) for n in (1, 2))

    assert Severity.LOSES not in [each.severity for each in one]
    assert [Severity.LOSES] == [each.severity for each in two]


def test_what_may_be_booked_without_asking_is_published_or_called_by_us():
    """A block that was told is the payer's to know of where it is the one who calls; the missed time is no time."""
    missed, published, told = a_window(slot="Slot/1"), a_window(slot="Slot/2"), a_window(slot=None)
    case = a_booked_case()
    case = replace(case, windows=(missed, published, told), booking=replace(case.booking, payer_slot="Slot/1"))

    def left(who):
        return windows_to_rebook(replace(case, booking=replace(case.booking, who_calls=who)))

    assert (published,) == left("payer") == left("unknown")
    assert (published, told) == left("us")


def test_the_earliest_time_is_taken():
    """Priority: not the most comfortable one."""
    slots = [RankedSlot(a_window(after=n).interval, a_window(after=n), None, None, n) for n in (5, 2, 9)]

    assert MONDAY + hours(2) == first_slot(slots).interval.start
