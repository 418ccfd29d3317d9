"""A payer's calendar as offered times: what is sure is offered, what is not is left out and told."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.interval import Interval
from app.edges.calendars.ics.offers import Convention, OffersRead, read_offers
from app.errors import BadInput
from tests.edges.calendars.writing import CHICAGO, NOVEMBER, calendar, event

ALL = Convention(CHICAGO)
FREE_ONLY = Convention(CHICAGO, opaque_is_busy=True)


def read(*parts: str, convention: Convention = ALL, head: str = "") -> OffersRead:
    """Read a calendar of these parts."""
    return read_offers(calendar(*parts, head=head), NOVEMBER, convention=convention)


def times(*parts: str, **how) -> list[str]:
    """Return the offers as text; nothing may be left out."""
    found = read(*parts, **how)
    assert () == found.warnings
    return [f"{each.interval.start:%d %H:%M}-{each.interval.end:%H:%M}" for each in found.offers]


TWO = ("DTSTART:20261102T160000Z", "DTEND:20261102T162000Z")


def test_every_event_is_an_offer_unless_it_says_otherwise():
    """Opaque or transparent; not what is cancelled, tentative, or taken back by its file."""
    assert ["02 16:00-16:20"] == times(event(*TWO))
    assert ["02 16:00-16:20"] == times(event(*TWO, "TRANSP:TRANSPARENT"))
    assert [] == times(event(*TWO, "STATUS:CANCELLED"))
    assert [] == times(event(*TWO, "STATUS:TENTATIVE"))
    assert [] == times(event(*TWO), head="METHOD:CANCEL")


def test_where_opaque_events_are_busy_only_the_others_are_offered():
    """Hours lose what is taken of them; nothing opaque is an offer."""
    hours = event("DTSTART:20261102T150000Z", "DTEND:20261102T190000Z", "TRANSP:TRANSPARENT", uid="hours")
    call = event("DTSTART:20261102T160000Z", "DURATION:PT1H", uid="call")

    assert ["02 15:00-16:00", "02 17:00-19:00"] == times(hours, call, convention=FREE_ONLY)


def test_only_events_with_a_named_word_are_offers():
    """In the title or the categories, however it is written; what an exception leaves out is its series' own."""
    convention = Convention(CHICAGO, words=("p2p",))
    ours = event(*TWO, "SUMMARY:Dr Peer: P2P open", uid="a")
    tagged = event("DTSTART:20261103T160000Z", "DURATION:PT20M", "CATEGORIES:Review,P2P", uid="b")
    other = event("DTSTART:20261104T160000Z", "DURATION:PT20M", "SUMMARY:Lunch", uid="c")

    assert ["02 16:00-16:20", "03 16:00-16:20"] == times(ours, tagged, other, convention=convention)


def test_a_series_is_offered_with_its_exceptions():
    """By its own zone across the change of clocks; one left out, one moved, one cancelled."""
    weekly = event("DTSTART;TZID=America/Chicago:20261026T100000", "DURATION:PT20M", "RRULE:FREQ=WEEKLY;COUNT=6")
    left_out = weekly.replace("RRULE", "EXDATE;TZID=America/Chicago:20261102T100000\nRRULE")
    moved = event(
        "RECURRENCE-ID;TZID=America/Chicago:20261109T100000",
        "DTSTART;TZID=America/Chicago:20261110T110000",
        "DURATION:PT20M",
    )
    cancelled = event(
        "RECURRENCE-ID;TZID=America/Chicago:20261116T100000",
        "DTSTART;TZID=America/Chicago:20261116T100000",
        "DURATION:PT20M",
        "STATUS:CANCELLED",
    )

    assert ["10 17:00-17:20", "23 16:00-16:20", "30 16:00-16:20"] == times(left_out, moved, cancelled)


@pytest.mark.parametrize(
    "lines",
    [
        ("DTSTART;VALUE=DATE:20261102", "DTEND;VALUE=DATE:20261103"),
        ("DTSTART;TZID=Mars/Olympus:20261102T100000", "DURATION:PT20M"),
        ("DTSTART:20261102T160000Z", "DTEND:soon"),
        ("DTSTART:20261102T160000Z", "DTEND:20261102T150000Z"),
        ("DTSTART:20261102T160000Z", "DURATION:PT20M", "RRULE:FREQ=SOMETIMES"),
        ("DTSTART:20261102T160000Z", "DURATION:PT20M", "RRULE:FREQ=DAILY", "EXDATE:later"),
        ("DTSTART:20261102T160000Z", "DURATION:PT20M", "RRULE:FREQ=SECONDLY"),
        ("DURATION:PT20M",),
    ],
    ids=["a day", "no zone", "no end", "ends first", "no rule", "no exception", "a bomb", "no start"],
)
def test_what_is_not_sure_is_not_offered(lines: tuple[str, ...]):
    """Busy time would err towards busy; an offer errs towards none, and says so. Another event stays."""
    found = read(event(*lines, uid="odd"), event("DTSTART:20261105T160000Z", "DURATION:PT20M", uid="good"))

    assert ["good"] == [each.uid for each in found.offers]
    assert 1 == len(found.warnings)
    assert "left out" in found.warnings[0]


def test_where_what_is_taken_is_not_known_nothing_is_offered():
    """An opaque event that cannot be read may lie over any of the offers."""
    offered = event(*TWO, "TRANSP:TRANSPARENT", uid="a")
    found = read(offered, event("DTSTART:whenever", uid="b"), convention=FREE_ONLY)

    assert () == found.offers
    assert found.warnings


def test_floating_times_are_the_payers_own():
    """Of the file's zone where it names one, else as configured."""
    floating = event("DTSTART:20261102T100000", "DURATION:PT20M")

    assert ["02 16:00-16:20"] == times(floating)
    assert ["02 15:00-15:20"] == times(floating, head="X-WR-TIMEZONE:America/New_York")


def test_what_is_no_calendar_is_told_as_such():
    """A login page is an error, not an empty book."""
    with pytest.raises(BadInput):
        read_offers(b"<html>", NOVEMBER, convention=ALL)


LINES = [
    "DTSTART:20261102T160000Z",
    "DTEND:20261102T170000Z",
    "RRULE:FREQ=DAILY",
    "EXDATE:2026",
    "STATUS:CANCELLED",
    "STATUS:TENTATIVE",
]


@given(st.lists(st.lists(st.sampled_from(LINES) | st.text("DTSAR:;=Z012\n", max_size=12), max_size=5), max_size=4))
def test_no_events_break_the_reader(parts: list[list[str]]):
    """Offers inside the span, in order, and never a failure."""
    found = read(*(event(*lines, uid=str(number)) for number, lines in enumerate(parts)))

    assert list(found.offers) == sorted(found.offers, key=lambda each: (each.interval, each.uid))
    assert all(each.interval.overlaps(NOVEMBER) for each in found.offers)
    assert Interval(datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)) == NOVEMBER
