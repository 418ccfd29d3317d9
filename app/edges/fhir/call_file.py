"""
The booked call as a calendar file that travels with a message: whoever reads it puts the call into a calendar at once.

No patient is in it, as in every calendar. The same call has the same UID, its SEQUENCE rises with every move.
source: RFC 5545, RFC 5546 §3.2.1 (PUBLISH)
"""

from datetime import UTC, datetime

from app.core.effects import ChangeAppointment, WriteAppointment
from app.edges.fhir.appointment import booking_comment
from app.edges.fhir.identifiers import value_of_key

MIME = "text/calendar"


def write_call_file(effect: WriteAppointment | ChangeAppointment) -> bytes:
    """Return the call as an iCalendar file; a cancelled one says so."""
    from icalendar import Calendar, Event  # slow to load, and few messages carry a file

    booking = effect.booking
    first = effect.appointment_key if isinstance(effect, ChangeAppointment) else effect.key
    cancelled = isinstance(effect, ChangeAppointment) and effect.change == "cancelled"
    event = Event()
    for name, value in {
        "uid": value_of_key(first),
        "dtstamp": booking.made_at,
        "dtstart": booking.interval.start,
        "dtend": booking.interval.end,
        "sequence": booking.revision + cancelled,
        "summary": f"Peer-to-peer review call, case {effect.case_number}",
        "description": booking_comment(booking, effect.payer_name),
        "status": "CANCELLED" if cancelled else "CONFIRMED",
        "class": "PRIVATE",
    }.items():
        event.add(name, _utc(value))
    calendar = Calendar()
    for name, value in {"prodid": "-//Parley//P2P//EN", "version": "2.0", "method": "PUBLISH"}.items():
        calendar.add(name, value)
    calendar.add_component(event)
    return calendar.to_ical()


def _utc(value: object) -> object:
    return value.astimezone(UTC).replace(microsecond=0) if isinstance(value, datetime) else value
