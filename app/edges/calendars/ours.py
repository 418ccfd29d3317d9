"""
The booked call as an event in somebody's calendar: what is written of it, and how it is known again.

No patient is in it: whoever shares the calendar may see the title. The same call has the same UID for ever, and its
SEQUENCE rises with every move (RFC 5546), so that twice is once and a late word changes nothing.
"""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from app.flow.ports import CalendarEvent

if TYPE_CHECKING:
    from icalendar import Component  # slow to load, and most hours nothing is written into a calendar

_PRODUCT = "-//Parley//P2P//EN"


def write_ics(event: CalendarEvent, *, now: datetime) -> bytes:
    """Return the event as a calendar of its own."""
    from icalendar import Calendar, Event

    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add_component(_changed(Event(), event, now=now))
    return calendar.to_ical()


def move_ics(standing: bytes, event: CalendarEvent, *, now: datetime) -> bytes:
    """Return what stands in a calendar with our times in it; what its owner has added (a colour, an alarm) stays."""
    calendar = _read(standing)
    found = _of_ours(calendar, event) if calendar else None
    if calendar is None or found is None:
        return write_ics(event, now=now)
    _changed(found, event, now=now)
    return calendar.to_ical()


def has_event(standing: bytes, event: CalendarEvent) -> bool:
    """Whether what stands is this event, or a later version of it."""
    calendar = _read(standing)
    found = _of_ours(calendar, event) if calendar else None
    if found is None:
        return False
    sequence = int(found.get("SEQUENCE", 0))
    return sequence > event.revision or (sequence == event.revision and _interval(found) == _times(event))


def _changed(component: "Component", event: CalendarEvent, *, now: datetime) -> "Component":
    start, end = _times(event)
    values: dict[str, Any] = {
        "uid": event.id,
        "dtstamp": now.astimezone(UTC),
        "last-modified": now.astimezone(UTC),
        "dtstart": start,
        "dtend": end,
        "sequence": event.revision,
        "summary": event.title,
        "status": "TENTATIVE" if event.tentative else "CONFIRMED",
        "transp": "OPAQUE",
        "class": "PRIVATE",
    }
    if event.text:
        values["description"] = event.text
    component.pop("DURATION", None)
    for name, value in values.items():
        component.pop(name.upper(), None)
        component.add(name, value)
    return component


def _read(standing: bytes) -> "Component | None":
    from icalendar import Calendar

    try:
        return Calendar.from_ical(standing)
    except (ValueError, LookupError, TypeError, AttributeError):  # what icalendar meets in a broken one
        return None


def _of_ours(calendar: "Component", event: CalendarEvent) -> "Component | None":
    return next((each for each in calendar.walk("VEVENT") if str(each.get("UID", "")) == event.id), None)


def _times(event: CalendarEvent) -> tuple[datetime, datetime]:
    return event.interval.start.astimezone(UTC), event.interval.end.astimezone(UTC)


def _interval(component: "Component") -> tuple[Any, Any]:
    start, end = (component.get(name) for name in ("DTSTART", "DTEND"))
    return getattr(start, "dt", None), getattr(end, "dt", None)
