"""
A call as an invitation that mail programs put into a calendar, move and take out again.

The UID is the one under which the call may stand in the clinician's own calendar already (flow/calendars.py), so the
two are one event. source: RFC 5546 §3.2.2 (REQUEST), §3.2.5 (CANCEL): the same UID, a SEQUENCE that rises
"""

from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from app.core.effects import TellClinician


def write_invite(effect: TellClinician, *, organizer: str, now: datetime) -> tuple[str, bytes]:
    """Return the method, REQUEST or CANCEL, and the calendar. organizer: the mail address from which it comes."""
    from icalendar import Calendar, Event, vCalAddress  # slow to load, and mail is written by the worker alone

    gone = effect.what == "cancelled"
    method = "CANCEL" if gone else "REQUEST"
    event = Event()
    for name, value in _values(effect, now=now).items():
        event.add(name, value)
    event.add("status", "CANCELLED" if gone else "CONFIRMED")
    event.add("organizer", vCalAddress(f"mailto:{organizer}"))
    guest = vCalAddress(f"mailto:{effect.to}")
    guest.params.update({"PARTSTAT": "NEEDS-ACTION", "RSVP": "FALSE"})
    event.add("attendee", guest)
    calendar = Calendar()
    for name, value in (("prodid", "-//Parley//P2P//EN"), ("version", "2.0"), ("method", method)):
        calendar.add(name, value)
    calendar.add_component(event)
    return method, calendar.to_ical()


def uid_of(effect: TellClinician) -> str:
    """Return the UID of the effect's call; key: "tenant/case/notice/booking/…"."""
    tenant, case = effect.key.split("/")[:2]
    return str(uuid5(NAMESPACE_URL, f"urn:parley:{tenant}/{case}/event/{effect.booking_id}"))


def _values(effect: TellClinician, *, now: datetime) -> dict[str, Any]:
    return {
        "uid": uid_of(effect),
        "dtstamp": now.astimezone(UTC),
        "dtstart": effect.interval.start.astimezone(UTC),
        "dtend": effect.interval.end.astimezone(UTC),
        "sequence": effect.revision,
        "summary": f"Peer-to-peer call, case {effect.case_number}",
        "description": effect.text,
        "transp": "OPAQUE",
        "class": "PRIVATE",
    }
