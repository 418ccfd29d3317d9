"""What ought to stand in a clinician's own calendar follows from the case alone."""

from dataclasses import replace
from datetime import timedelta

from app.core.book.events import calendar_effects, events_of
from app.core.case import Case, Hold
from app.core.interval import Interval
from tests.builders import CLINICIAN, MONDAY, a_booking, a_case, hours


def a_hold(id: str, *, after: float) -> Hold:
    """Return twenty minutes held, so many hours from Monday's start."""
    start = MONDAY + hours(after)
    time = Interval(start, start + timedelta(minutes=20))
    return Hold(id, time, CLINICIAN, None, None, start, "payer", MONDAY, "Coordinator Test")


def told(before: Case | None, after: Case, now=MONDAY) -> list[tuple[str, str]]:
    """Return what the calendar is told, as (name of the event, change)."""
    return [(each.event_key.rpartition("/")[2], each.change) for each in calendar_effects(before, after, now=now)]


def test_what_has_not_changed_is_not_told_again():
    """A save for another reason leaves the calendar alone."""
    case = replace(a_case(), holds=(a_hold("h1", after=2), a_hold("h2", after=3)), booking=None)

    assert told(None, case) == [("h1", "held"), ("h2", "held")]
    assert told(case, replace(case, owner_name="Somebody Else")) == []
    assert told(case, replace(case, holds=case.holds[1:])) == [("h1", "removed")]


def test_what_was_stays_as_a_record_of_the_day():
    """A call that was held or missed, and a hold whose time is over, are left where they stood."""
    booked = replace(a_case(), holds=(), booking=a_booking())
    (call,) = events_of(booked)

    for state in ("fulfilled", "noshow"):
        assert told(booked, replace(booked, booking=replace(booked.booking, state=state))) == []
    assert told(booked, replace(booked, booking=None), now=call.interval.end) == []
    cancelled = replace(booked, booking=replace(booked.booking, state="cancelled"))
    assert [change for _, change in told(booked, cancelled)] == ["removed"]


def test_every_word_to_the_calendar_has_a_name_of_its_own():
    """Held, given back, booked, moved, cancelled: five words, five keys, so that none is taken for another."""
    case = replace(a_case(), holds=(a_hold("h1", after=2),), booking=None)
    booked = replace(case, holds=(), booking=a_booking())
    moved = replace(booked, booking=replace(booked.booking, interval=a_hold("", after=4).interval, revision=1))
    gone = replace(moved, booking=replace(moved.booking, state="cancelled", revision=2))
    steps = [(None, case), (case, booked), (booked, moved), (moved, gone)]

    words = [each for before, after in steps for each in calendar_effects(before, after, now=MONDAY)]

    assert [each.change for each in words] == ["held", "removed", "booked", "booked", "removed"]
    assert len({each.key for each in words}) == 5
    assert len({each.target for each in words}) == 2
