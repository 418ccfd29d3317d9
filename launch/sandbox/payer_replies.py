"""What a payer's desk writes back when asked by fax or message: plain English for people, ICS for calendars."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from launch.sandbox.payer_roster import Desk
from launch.sandbox.payer_slots import business_days

ZONE_WORDS = {
    "America/New_York": "Eastern",
    "America/Detroit": "Eastern",
    "America/Chicago": "Central",
    "America/Los_Angeles": "Pacific",
}
HOURS = ((time(9, 30), time(11, 30)), (time(13), time(15)), (time(15, 20), time(16, 40)))
NOTICE = timedelta(minutes=60)


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time in which the payer says it can take the call; half-open, aware."""

    start: datetime
    end: datetime


def offer(desk: Desk, *, at: datetime, closes: datetime | None) -> tuple[Window, ...]:
    """
    Return the windows a desk offers when it answers at `at`: two on the first working day that has any left, one after.

    closes: nothing is offered that ends later; a window that would is cut short, and left out when no call fits
    """
    found: list[Window] = []
    for day in business_days(at.astimezone(desk.tz).date(), 4):
        left = [w for w in _windows(desk, day, closes) if w.start >= at + NOTICE]
        found += left[: 1 if found else 2]
        if len(found) >= 3:
            break
    return tuple(found)


def wording(desk: Desk, *, reference: str, windows: tuple[Window, ...]) -> str:
    """Return the reply as a clerk would write it, all times in the desk's own zone."""
    if not windows:
        return (
            f"{desk.name}, peer-to-peer desk. Reference {reference}: no time is left before the window closes. "
            f"Call {desk.phone} at once."
        )
    zone = ZONE_WORDS[desk.zone]
    listed = "; or ".join(_spoken(window, desk) for window in windows)
    return (
        f"{desk.name}, peer-to-peer desk. Reference {reference}. Our reviewer can call at these times ({zone} time): "
        f"{listed}. A call lasts {desk.length_minutes} minutes. Confirm one time at {desk.phone} or by fax "
        f"{desk.fax}. This is a sandbox; no real payer wrote it."
    )


def unknown(desk: Desk, reference: str | None) -> str:
    """Return the reply to a request that names no review which the desk can find."""
    named = f"reference {reference}" if reference else "a reference"
    return f"{desk.name}, peer-to-peer desk. We could not find {named}. Please check it and ask again at {desk.phone}."


def ics(desk: Desk, *, reference: str, windows: tuple[Window, ...], at: datetime) -> str:
    """Return the windows as one iCalendar object (RFC 5545), one tentative event each, without any patient's data."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Sandbox//Payer desk//EN", "METHOD:PUBLISH"]
    for number, window in enumerate(windows, start=1):
        lines += [
            "BEGIN:VEVENT",
            f"UID:{desk.slug}-{reference}-{number}@sandbox.example",
            f"DTSTAMP:{_utc(at)}",
            f"DTSTART:{_utc(window.start)}",
            f"DTEND:{_utc(window.end)}",
            f"SUMMARY:Peer-to-peer window {number}\\, reference {reference}",
            "STATUS:TENTATIVE",
            "END:VEVENT",
        ]
    return "".join(f"{line}\r\n" for line in [*lines, "END:VCALENDAR"])


def _windows(desk: Desk, day: date, closes: datetime | None) -> list[Window]:
    """Return the desk's windows of one day, inside its hours and before the review closes."""
    found = []
    for starts, ends in HOURS:
        start = datetime.combine(day, max(starts, desk.opens), desk.tz)
        end = datetime.combine(day, min(ends, desk.closes), desk.tz)
        end = min(end, closes) if closes else end
        if end - start >= timedelta(minutes=desk.length_minutes):
            found.append(Window(start, end))
    return found


def _spoken(window: Window, desk: Desk) -> str:
    """Return one window in words: Tuesday, November 24, 2026, 9:30 AM to 11:30 AM."""
    start, end = window.start.astimezone(desk.tz), window.end.astimezone(desk.tz)
    return f"{start:%A, %B} {start.day}, {start.year}, {_clock(start)} to {_clock(end)}"


def _clock(instant: datetime) -> str:
    """Return 9:30 AM."""
    return f"{instant:%I:%M %p}".lstrip("0")


def _utc(instant: datetime) -> str:
    """Return the instant as iCalendar writes it in UTC."""
    return f"{instant.astimezone(UTC):%Y%m%dT%H%M%SZ}"
