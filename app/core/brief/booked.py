"""The call itself as the page tells it: when, in the reader's zone with the payer's beside it, and at which number."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from app.core.case import Booking

_WHO = {"payer": "the payer calls", "us": "we call"}


@dataclass(frozen=True, slots=True)
class BookedCall:
    """A call that is promised. payer_when: the same instant in the payer's zone, None where it is the reader's."""

    when: str
    payer_when: str | None
    number: str | None
    who_calls: str | None


def booked_call(booking: Booking | None, *, zone: str, payer_zone: str | None) -> BookedCall | None:
    """Return the call that is booked; None where none is, or it was cancelled or is over."""
    if booking is None or not booking.is_live:
        return None
    when = told_at(booking.interval.start, zone)
    theirs = told_at(booking.interval.start, payer_zone) if payer_zone else None
    return BookedCall(when, theirs if theirs != when else None, booking.number, _WHO.get(booking.who_calls or ""))


def told_at(instant: datetime, zone: str) -> str:
    """Return an instant as the page writes it: weekday, day, time and zone."""
    return instant.astimezone(ZoneInfo(zone)).strftime("%a %Y-%m-%d %H:%M %Z")
