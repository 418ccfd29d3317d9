"""
Our free times as one iCalendar file, for a payer whose people subscribe to calendars.

Every event is a time that is offered; none of them blocks (TRANSPARENT). source: RFC 5545; RFC 7986 (REFRESH-INTERVAL)
"""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, uuid5

from app.core.interval import Interval
from app.core.slots.offered import Offered, Place, Publication

if TYPE_CHECKING:
    from icalendar import Event  # slow to load, and most hours nobody asks for the file

FILE = "times.ics"
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_EVERY = timedelta(minutes=15)


def write_offered(place: Place, publication: Publication) -> bytes:
    """Return the publication as a calendar; the same bytes for the same publication."""
    from icalendar import Calendar

    calendar = Calendar()
    for name, value in {
        "prodid": "-//Parley//P2P//EN",
        "version": "2.0",
        "method": "PUBLISH",
        "name": f"Peer-to-peer call times, {place.name}",
        "x-wr-calname": f"Peer-to-peer call times, {place.name}",
    }.items():
        calendar.add(name, value)
    calendar.add("refresh-interval", _EVERY, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT15M")
    at = (publication.changed_at or _NEVER).astimezone(UTC)
    for each in publication.offered:
        for time in each.times:
            calendar.add_component(_event(each, time, place, at))
    return calendar.to_ical()


def _event(offered: Offered, time: Interval, place: Place, at: datetime) -> "Event":
    from icalendar import Event

    event = Event()
    who = ", ".join(each for each in (offered.name, offered.specialty) if each)
    for name, value in {
        "uid": str(uuid5(NAMESPACE_URL, f"urn:parley:offered:{offered.id}:{time.start.astimezone(UTC).isoformat()}")),
        "dtstamp": at,
        "dtstart": time.start.astimezone(UTC),
        "dtend": time.end.astimezone(UTC),
        "summary": f"Free for a peer-to-peer call: {who}",
        "description": f"Book it by telephone: {place.phone}",
        "status": "CONFIRMED",
        "transp": "TRANSPARENT",
    }.items():
        event.add(name, value)
    return event
