"""Windows are read as they were told, kept once, and refused where they cannot be true."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.core.case import Case, CaseState, MoveRefused, NextAction, OfferedWindow
from app.core.denial import Coverage, Decision, Denial, Lane, Path, Routing
from app.core.interval import Interval
from app.core.people import Party, Patient
from app.core.windows import WindowPast, WindowRefused, capture_window, read_told_window

NOW = datetime(2026, 11, 20, 15, tzinfo=UTC)
HOUR = timedelta(hours=1)


def a_case(**more):
    """Return an open case."""
    base = Case(
        id="c1",
        tenant="clinic",
        number="P-1",
        patient=Patient("Patient/1", "Test Person"),
        denial=Denial("ClaimResponse/1", None, None, None, NOW, None, Party()),
        coverage=Coverage(None, Party()),
        routing=Routing(Decision.DENIED, Path.P2P, Lane.POST_DENIAL, (), ()),
        service_label="service",
        payer_key=None,
        payer_name="A Payer",
        state=CaseState.OPEN,
        next_action=NextAction("ask_windows", "", None, "us"),
        opened_at=NOW,
        updated_at=NOW,
    )
    return replace(base, **more)


def a_window(start=1, end=2, **more):
    """Return a window some hours from now."""
    return replace(OfferedWindow("w1", Interval(NOW + start * HOUR, NOW + end * HOUR), "phone"), **more)


@pytest.mark.parametrize(
    ("start", "end", "begins", "ends"),
    [
        ("12:00", "14:00", 18, 20),
        ("12:00 pm", "2pm", 18, 20),
        ("1200", "2:00 P.M.", 18, 20),
        ("12:00:00", "14:00:00", 18, 20),
        ("9am", "11 a.m.", 15, 17),
    ],
)
def test_told_times_are_read_as_people_write_them(start, end, begins, ends):
    """Twelve to two in Chicago, in winter."""
    found = read_told_window(day="2026-11-23", start=start, end=end, zone="America/Chicago")

    assert Interval(datetime(2026, 11, 23, begins, tzinfo=UTC), datetime(2026, 11, 23, ends, tzinfo=UTC)) == found


@pytest.mark.parametrize(
    ("day", "start", "end", "zone", "field"),
    [
        ("2026-02-30", "09:00", "10:00", "America/Chicago", "day"),
        ("tomorrow", "09:00", "10:00", "America/Chicago", "day"),
        ("2026-11-23", "9", "10:00", "America/Chicago", "start"),
        ("2026-11-23", "13:00 pm", "14:00", "America/Chicago", "start"),
        ("2026-11-23", "09:00", "25:00", "America/Chicago", "end"),
        ("2026-11-23", "09:00", "24:61", "America/Chicago", "end"),
        ("2026-11-23", "10:00", "10:00", "America/Chicago", "end"),
        ("2026-11-23", "10:00", "09:00", "America/Chicago", "end"),
        ("2026-11-01", "01:15", "01:15", "America/Chicago", "end"),
        ("2026-11-23", "09:00", "10:00", "Chicago", "zone"),
        ("2026-11-23", "09:00", "10:00", "../../etc/passwd", "zone"),
        ("2026-11-23", "09:00", "10:00", "", "zone"),
        ("9999-12-31", "09:00", "23:59", "America/Chicago", "day"),
        ("2026-03-08", "02:15", "04:00", "America/Chicago", "start"),
        ("2026-03-08", "01:15", "02:45", "America/Chicago", "end"),
        ("2026-11-01", "01:15", "01:45", "America/Chicago", "start"),
    ],
)
def test_what_cannot_be_true_is_refused_by_field(day, start, end, zone, field):
    """A wall time that does not exist, or of which nothing is sure, is no window."""
    with pytest.raises(WindowRefused) as refused:
        read_told_window(day=day, start=start, end=end, zone=zone)

    assert field == refused.value.field
    assert refused.value.say and refused.value.next


def test_the_hour_that_repeats_is_read_narrowly():
    """Half past midnight to half past one ends at the first half past one; one that starts there at the second."""
    first = read_told_window(day="2026-11-01", start="00:30", end="01:30", zone="America/Chicago")
    second = read_told_window(day="2026-11-01", start="01:30", end="03:00", zone="America/Chicago")

    assert HOUR == first.length
    assert datetime(2026, 11, 1, 7, 30, tzinfo=UTC) == second.start
    assert 1.5 * HOUR == second.length


def test_a_captured_window_offers_the_case():
    """An open case becomes offered and keeps when the window was captured."""
    case = capture_window(a_case(), window=a_window(), now=NOW)

    assert CaseState.OFFERED == case.state
    assert [NOW] == [each.captured_at for each in case.windows]


def test_the_same_window_twice_is_one_and_windows_stand_in_order():
    """The payer repeats itself; the order is of time, not of arrival."""
    case = capture_window(a_case(), window=a_window(3, 4, id="late"), now=NOW)
    case = capture_window(case, window=a_window(1, 2, id="early"), now=NOW)
    case = capture_window(case, window=a_window(1, 2, id="again", told_by="reviewer's office"), now=NOW)

    assert ["again", "late"] == [each.id for each in case.windows]


def test_two_reviewers_at_one_time_are_two_windows():
    """Published slots of one time stay apart: either may be taken."""
    case = capture_window(a_case(), window=a_window(id="a", slot="Slot/a", channel="published"), now=NOW)
    case = capture_window(case, window=a_window(id="b", slot="Slot/b", channel="published"), now=NOW)

    assert 2 == len(case.windows)


def test_a_window_that_is_over_is_refused():
    """What ended now is over: intervals are half-open."""
    with pytest.raises(WindowPast):
        capture_window(a_case(), window=a_window(-1, 0), now=NOW)


@pytest.mark.parametrize("state", [CaseState.BOOKED, CaseState.CONNECTED, CaseState.HELD])
def test_a_new_window_does_not_undo_a_promise(state):
    """A booked case stays booked when the payer offers more."""
    assert state == capture_window(a_case(state=state), window=a_window(), now=NOW).state


def test_a_closed_case_takes_no_window():
    """A move that is not allowed is refused by name."""
    with pytest.raises(MoveRefused):
        capture_window(a_case(state=CaseState.CLOSED), window=a_window(), now=NOW)
