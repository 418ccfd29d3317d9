"""Calendars as text, for the tests: only what matters is written."""

from datetime import UTC, datetime

from app.core.interval import Interval
from app.core.slots.calendars import BusyKind
from app.edges.calendars.ics import IcsRead, read_ics

CHICAGO = "America/Chicago"
NEW_YORK_RULES = """BEGIN:VTIMEZONE
TZID:{tzid}
BEGIN:STANDARD
DTSTART:16010101T020000
TZOFFSETFROM:-0400
TZOFFSETTO:-0500
RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=11
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:-0500
TZOFFSETTO:-0400
RRULE:FREQ=YEARLY;BYDAY=2SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE"""


def calendar(*parts: str, head: str = "") -> bytes:
    """Return a VCALENDAR of these parts, each a component's lines."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", *head.splitlines()]
    for part in parts:
        lines += part.strip().splitlines()
    return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()


def event(*lines: str, uid: str | None = "one") -> str:
    """Return a VEVENT of these lines."""
    named = [] if uid is None else [f"UID:{uid}"]
    return "\n".join(["BEGIN:VEVENT", *named, *lines, "END:VEVENT"])


def span(start: str, end: str) -> Interval:
    """Return a span of UTC days or times ("2026-11-02", "2026-11-02T10:00")."""
    return Interval(*(datetime.fromisoformat(each).replace(tzinfo=UTC) for each in (start, end)))


NOVEMBER = span("2026-11-01", "2026-12-01")


def told(read: IcsRead, kind: BusyKind | None = None) -> list[str]:
    """Return the busy times as text: "11-02T15:00/16:00", the end's day only where it is another."""
    return [
        f"{each.interval.start:%m-%dT%H:%M}/"
        + f"{each.interval.end:{'%H:%M' if each.interval.start.date() == each.interval.end.date() else '%m-%dT%H:%M'}}"
        for each in read.busy
        if kind in (None, each.kind)
    ]


def read(*parts: str, head: str = "", zone: str = CHICAGO, within: Interval = NOVEMBER, **how) -> IcsRead:
    """Read a calendar of these parts."""
    return read_ics(calendar(*parts, head=head), within, zone=zone, **how)


def busy(*parts: str, **how) -> list[str]:
    """Return the busy times of a calendar of these parts, as text; nothing of it may be in doubt."""
    found = read(*parts, **how)
    assert (found.warnings, found.is_whole) == ((), True)
    return told(found)
