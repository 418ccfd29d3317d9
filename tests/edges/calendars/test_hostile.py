"""Bytes that nobody meant to be read: whatever is done to a calendar, it is read or refused, and never breaks down."""

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.interval import Interval
from app.edges.calendars.ics import read_ics
from app.edges.calendars.ics.lines import read_components
from app.errors import BadInput
from tests.edges.calendars.test_ics import HOURS, TEN, WEEKLY
from tests.edges.calendars.writing import CHICAGO, NEW_YORK_RULES, NOVEMBER, calendar, event, span

NIGHTLY = os.environ.get("PARLEY_NIGHTLY") == "1"
WHOLE = calendar(
    NEW_YORK_RULES.format(tzid="Ours"),
    event(*WEEKLY, "RRULE:FREQ=WEEKLY;UNTIL=20261125T000000Z;BYDAY=MO,WE", "EXDATE:20261109T160000Z", "SEQUENCE:3"),
    event("RECURRENCE-ID;RANGE=THISANDFUTURE:20261116T160000Z", "DTSTART;TZID=Ours:20261116T130000", "DURATION:P1DT2H"),
    event(
        *TEN,
        "RDATE;VALUE=PERIOD:20261105T160000Z/PT2H",
        "STATUS:TENTATIVE",
        'ATTENDEE;CN="x";PARTSTAT=DECLINED:mailto:a@b',
    ),
    HOURS.format(more="PRIORITY:3\n"),
    "BEGIN:VFREEBUSY\nDTSTART:20261101T000000Z\nDTEND:20261201T000000Z\nFREEBUSY:20261102T160000Z/PT1H\nEND:VFREEBUSY",
    head="X-WR-TIMEZONE:Europe/Berlin\nX-WR-CALNAME:a@b",
)
LINES = WHOLE.split(b"\r\n")
SPANS = (NOVEMBER, span("0001-01-01", "0001-01-02"), span("9999-12-01", "9999-12-31"), span("2025-01-01", "2028-01-01"))
WORDS = st.sampled_from(
    [
        *(
            b"",
            b"99999999T999999Z",
            b"00010101",
            b"99991231T235959",
            b"P999999999W",
            b"-1",
            b"\xff\xfe",
            b"\x00",
            b";;;",
        ),
        *(
            b"FREQ=YEARLY;BYDAY=53MO",
            b"TZID=../../etc/passwd",
            b"TZID=" + b"x" * 9000,
            b'"',
            b"20261102T160000Z/",
            b",,",
        ),
    ]
)


@st.composite
def spoiled(draw) -> bytes:
    """The calendar with some of its lines lost, told twice, swapped, or with a word of somebody else's in them."""
    lines = list(LINES)
    for _ in range(draw(st.integers(1, 6))):
        here, there = draw(st.integers(0, len(lines) - 1)), draw(st.integers(0, len(lines) - 1))
        what = draw(st.sampled_from(("lose", "repeat", "swap", "value", "params", "bytes")))
        name, _, value = lines[here].partition(b":")
        if what == "lose":
            lines[here] = b""
        elif what == "repeat":
            lines.insert(there, lines[here])
        elif what == "swap":
            lines[here] = name + b":" + lines[there].partition(b":")[2]
        elif what == "value":
            lines[here] = name + b":" + draw(WORDS)
        elif what == "params":
            lines[here] = name + b";" + draw(WORDS) + b":" + value
        else:
            lines[here] = lines[here][: there + 1] + draw(st.binary(max_size=8)) + lines[here][there + 1 :]
    return b"\r\n".join(lines)


@pytest.mark.timeout(3600 if NIGHTLY else 120)
@settings(max_examples=20_000 if NIGHTLY else 150, deadline=None)
@given(spoiled(), st.sampled_from(SPANS))
def test_spoiled_calendar_is_read_or_refused(data: bytes, within: Interval):
    """Every busy time lies in the span, and nothing but BadInput is raised (reliability E10)."""
    try:
        found = read_ics(data, within, zone=CHICAGO)
    except BadInput:
        return

    assert all(within.covers(each.interval) for each in found.busy)
    assert all(each.isprintable() and len(each) < 200 for each in found.warnings)


@pytest.mark.timeout(3600 if NIGHTLY else 120)
@settings(max_examples=20_000 if NIGHTLY else 300, deadline=None)
@given(st.binary(max_size=400))
def test_bytes_are_read_or_refused(data: bytes):
    """With a calendar's first and last line around them, and without."""
    for given_ in (data, b"BEGIN:VCALENDAR\nBEGIN:VEVENT\n" + data + b"\nEND:VEVENT\nEND:VCALENDAR\n"):
        try:
            read_ics(given_, NOVEMBER, zone=CHICAGO)
        except BadInput:
            continue


def test_flood_of_lines_is_refused():
    """Three hundred thousand lines are nobody's calendar; what they would take is not taken."""
    data = calendar(event(*TEN, *["EXDATE:20261105T000000Z"] * 300_001))

    with pytest.raises(BadInput, match="more lines than a calendar has"):
        read_components(data)  # without the time's limit, which may be sooner
    with pytest.raises(BadInput):
        read_ics(data, NOVEMBER, zone=CHICAGO)


def test_zone_that_every_event_brings_is_worked_out_once(monkeypatch):
    """A CalDAV answer is one calendar an event, each with its own copy of the same zone."""
    from app.edges.calendars.ics import zones

    read: list[str] = []
    observances = zones.read_observances
    monkeypatch.setattr(zones, "read_observances", lambda part: read.append(part.name) or observances(part))
    lines = [event(f"DTSTART;TZID=Ours:202611{day:02}T100000", "DURATION:PT1H", uid=str(day)) for day in range(1, 31)]
    stream = b"".join(calendar(NEW_YORK_RULES.format(tzid="Ours"), each) for each in lines)

    assert (len(read_ics(stream, NOVEMBER, zone=CHICAGO).busy), len(read)) == (30, 1)
