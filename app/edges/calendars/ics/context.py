"""What a VCALENDAR says for all that stands in it: whose it is, on which wall its days hang, which zones it knows."""

from dataclasses import dataclass
from hashlib import sha256

from app.edges.calendars.ics.lines import Component
from app.edges.calendars.ics.zones import Library, Zone, Zones


@dataclass(frozen=True, slots=True)
class Context:
    """
    One calendar's. zone: of its days and floating times. owner: an address in small letters, "" when not known

    cancelled: its METHOD takes back what it holds. key: all of this by value, so that the same words in the same
    context mean the same times
    """

    zone: Zone
    zones: Zones
    owner: str
    cancelled: bool
    key: str

    @classmethod
    def of(cls, calendar: Component, library: Library, default: Zone, owner: str | None) -> "Context":
        """Return it; X-WR-TIMEZONE names the zone, and the calendar's name its owner where that is an address."""
        embedded = [each for each in calendar.parts if each.name == "VTIMEZONE"]
        named, told = calendar.first("X-WR-TIMEZONE"), calendar.first("X-WR-CALNAME")
        zone = Zones(embedded, library, default).of(named.value) if named and named.value else default
        zone = default if zone.doubt else zone
        title = told.value if told else ""
        address = owner or (title if "@" in title and " " not in title else "")
        method = calendar.value("METHOD")
        words = (default, named and named.text, address, method, [each.told for each in embedded])
        return cls(
            zone=zone,
            zones=Zones(embedded, library, zone),
            owner=address.lower().removeprefix("mailto:"),
            cancelled=method == "CANCEL",
            key=sha256(repr(words).encode()).hexdigest(),
        )
