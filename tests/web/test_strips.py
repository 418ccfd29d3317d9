"""The day strips: what they draw is where it is, in the reader's zone."""

from datetime import UTC, datetime, timedelta

from app.core.case import Clock, OfferedWindow
from app.core.interval import Interval
from app.flow.ports import BusyRead
from app.flow.slots import Proposal
from app.web.strips import WIDTH, strips_of
from tests.builders import MONDAY, a_case

ZONE = "America/Chicago"


def span(start: float, end: float) -> Interval:
    """Return hours after Monday's 9:00 in Chicago."""
    return Interval(MONDAY + timedelta(hours=start), MONDAY + timedelta(hours=end))


def a_proposal(*windows: Interval, busy: tuple[Interval, ...] = (), ends: datetime | None = None) -> Proposal:
    """Return a proposal with these windows, busy times and clock."""
    offered = tuple(OfferedWindow(str(n), each, "phone") for n, each in enumerate(windows))
    clocks = (Clock("p2p_window", None, ends, "rule", "source", "because"),) if ends else ()
    read = BusyRead(busy=busy, verified=True, read_at=MONDAY)
    return Proposal(a_case(windows=offered, clocks=clocks), busy=read)


def test_a_window_stands_at_its_local_hour():
    """10:00 to 12:00 on a strip of 7 to 18 h begins at three elevenths."""
    (strip,) = strips_of(a_proposal(span(1, 3)), zone=ZONE, now=MONDAY)

    assert (7, 18) == (strip.from_hour, strip.to_hour)
    assert (round(WIDTH * 3 / 11, 1), round(WIDTH * 2 / 11, 1)) == (strip.windows[0].x, strip.windows[0].width)
    assert "payer talks 10:00–12:00" == strip.windows[0].words


def test_late_windows_widen_their_day():
    """A payer that answers at 20:00 is not cut off at 18 h."""
    (strip,) = strips_of(a_proposal(span(10, 12)), zone=ZONE, now=MONDAY)

    assert 22 == strip.to_hour


def test_busy_time_is_cut_to_the_day_and_told_in_words():
    """Who cannot see the bar reads the same from its words."""
    (strip,) = strips_of(a_proposal(span(1, 3), busy=(span(-20, 2),)), zone=ZONE, now=MONDAY)

    assert 0 == strip.busy[0].x
    assert "clinician taken 07:00–11:00" == strip.busy[0].words
    assert "taken 07:00–11:00" in strip.words


def test_the_clock_stands_only_on_the_day_on_which_it_ends():
    """Two days of windows, the clock ends on the second."""
    first, second = strips_of(
        a_proposal(span(1, 3), span(25, 27), ends=MONDAY + timedelta(hours=26)), zone=ZONE, now=MONDAY
    )

    assert first.due_x is None
    assert second.due_x is not None


def test_past_windows_are_not_drawn():
    """What is over is no choice."""
    assert () == strips_of(a_proposal(span(-5, -4)), zone=ZONE, now=MONDAY)


def test_the_night_of_the_clock_change_does_not_break_a_strip():
    """1 November 2026 has 25 hours in Chicago."""
    night = Interval(datetime(2026, 11, 1, 5, 30, tzinfo=UTC), datetime(2026, 11, 1, 20, 0, tzinfo=UTC))
    (strip,) = strips_of(a_proposal(night), zone=ZONE, now=datetime(2026, 10, 31, tzinfo=UTC))

    assert all(0 <= bar.x <= WIDTH for bar in strip.windows)


def test_noon_is_noon_on_the_day_the_clock_changes():
    """12:00 on 1 November 2026 in Chicago stands five elevenths into a strip of 7 to 18 h."""
    noon = Interval(datetime(2026, 11, 1, 18, 0, tzinfo=UTC), datetime(2026, 11, 1, 19, 0, tzinfo=UTC))
    (strip,) = strips_of(a_proposal(noon), zone=ZONE, now=datetime(2026, 10, 31, tzinfo=UTC))

    assert round(WIDTH * 5 / 11, 1) == strip.windows[0].x
