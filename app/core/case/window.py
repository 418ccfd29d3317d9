"""The times that the payer offers to talk."""

from dataclasses import dataclass
from datetime import datetime

from app.core.interval import Interval
from app.core.people import Reviewer


@dataclass(frozen=True, slots=True)
class OfferedWindow:
    """
    Time in which the payer will talk. An exact slot carries `slot` (its reference at the payer).

    source: how a feed of the payer's is read (bulk, ics, caldav), None for what was told or searched. seats: how many
    calls it takes at once. link, phone: where the payer says this time is booked, as data; never followed by us
    """

    id: str
    interval: Interval
    channel: str  # published | phone | fax | portal | letter
    told_by: str | None = None  # who said so, on the payer's side
    slot: str | None = None  # "https://payer/fhir/Slot/ID" when the payer published it
    reviewer: Reviewer | None = None
    captured_at: datetime | None = None
    captured_by: str | None = None
    source: str | None = None
    seats: int = 1
    link: str | None = None
    phone: str | None = None
