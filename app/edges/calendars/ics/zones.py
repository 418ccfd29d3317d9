"""
TZID → a zone that turns wall time into instants, and back.

In this order: an IANA name with a slash (also behind a vendor's prefix), since files carry outdated copies of those
rules; the file's own VTIMEZONE, whatever it is called; Windows' and Outlook's names; X-LIC-LOCATION; an offset in the
name. A zone that is none of these is read in the zone of the calendar, and the doubt is told.

A time that the clock skips is read with the offset before the gap, one that it shows twice is the first of the two
(RFC 5545, section 3.3.5).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from app.edges.calendars.ics.lines import Component
from app.edges.calendars.ics.observances import Observance, read_observances
from app.edges.calendars.ics.recurrence import saturated

_MOST_OF_A_NAME = 8  # definitions that are tried
_SHAPE = re.compile(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*")
_OFFSET = re.compile(r"\(?(?:UTC|GMT)\s*([+-])(\d{1,2}):?(\d{2})?\)?(.*)", re.IGNORECASE | re.DOTALL)
_OUTLOOK = {  # what Outlook shows, where it is used as a name
    "eastern time (us & canada)": "America/New_York",
    "central time (us & canada)": "America/Chicago",
    "mountain time (us & canada)": "America/Denver",
    "pacific time (us & canada)": "America/Los_Angeles",
    "arizona": "America/Phoenix",
    "alaska": "America/Anchorage",
    "hawaii": "Pacific/Honolulu",
    "indiana (east)": "America/Indiana/Indianapolis",
}
_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC, microsecond=0)


class Zone:
    """Where a wall hangs. `doubt` says what is not sure about it, in words; "" when all is."""

    doubt: str = ""

    def utc(self, wall: datetime) -> datetime:
        """Return the instant at which the wall shows this."""
        raise NotImplementedError

    def wall(self, instant: datetime) -> datetime:
        """Return what the wall shows at an instant."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class FixedZone(Zone):
    """A zone of the time-zone database, or one offset for ever."""

    zone: tzinfo
    doubt: str = ""

    def utc(self, wall: datetime) -> datetime:
        """Return the instant, the first or last there is where it lies beyond."""
        try:
            return wall.replace(tzinfo=self.zone).astimezone(UTC)
        except OverflowError:
            return _FIRST if wall.year == 1 else _LAST

    def wall(self, instant: datetime) -> datetime:
        """Return the wall's time."""
        try:
            return instant.astimezone(self.zone).replace(tzinfo=None, fold=0)
        except OverflowError:
            return instant.replace(tzinfo=None)


@dataclass(slots=True, eq=False)
class EmbeddedZone(Zone):
    """A VTIMEZONE: stretches of one offset, worked out for the years that are asked for."""

    observances: tuple[Observance, ...]
    doubt: str = ""
    _years: dict[int, list[tuple[datetime, datetime, timedelta]]] = field(default_factory=dict)

    def utc(self, wall: datetime) -> datetime:
        """Return the instant."""
        instant = wall.replace(tzinfo=UTC)
        before = None
        for start, end, offset in self._stretches(wall.year):
            candidate = saturated(instant, -offset)
            if start <= candidate < end:
                return candidate
            if candidate >= end:
                before = candidate
        return before if before is not None else instant

    def wall(self, instant: datetime) -> datetime:
        """Return the wall's time."""
        for start, end, offset in self._stretches(instant.year):
            if start <= instant < end:
                return saturated(instant, offset).replace(tzinfo=None)
        return instant.replace(tzinfo=None)

    def _stretches(self, year: int) -> list[tuple[datetime, datetime, timedelta]]:
        """Return (from, until, offset) of the stretches of a year and its neighbours, in order."""
        if year not in self._years:
            lower, upper = datetime(max(year - 1, 1), 1, 1), datetime(min(year + 1, 9999), 12, 31)  # noqa: DTZ001 walls
            changes = sorted({each for one in self.observances for each in one.changes(lower, upper)})
            offset = self._offset_before(lower)
            stretches, start = [], _FIRST
            for at, to in changes:
                stretches.append((start, at, offset))
                start, offset = at, to
            self._years[year] = [*stretches, (start, _LAST + timedelta(microseconds=1), offset)]
        return self._years[year]

    def _offset_before(self, lower: datetime) -> timedelta:
        earlier = [found for each in self.observances if (found := each.latest_before(lower)) is not None]
        if earlier:
            return max(earlier)[1]
        return min(self.observances, key=lambda each: each.start).offset_from


UTC_ZONE = FixedZone(UTC)


class Library:
    """The VTIMEZONEs of a whole stream by name, each worked out once, whichever of its calendars asks."""

    def __init__(self, embedded: Iterable[Component]) -> None:
        self._by_name: dict[str, list[Component]] = {}
        self._built: dict[tuple, EmbeddedZone | None] = {}
        for each in embedded:
            self._by_name.setdefault(name_of(each), []).append(each)

    def named(self, name: str) -> list[Component]:
        """Return the definitions of a name."""
        return self._by_name.get(name, [])[:_MOST_OF_A_NAME]

    def build(self, part: Component) -> EmbeddedZone | None:
        """Return the zone that a definition makes, None where it makes none."""
        key = part.told
        if key not in self._built:
            observances = read_observances(part)
            self._built[key] = EmbeddedZone(observances) if observances else None
        return self._built[key]


class Zones:
    """The zones of one calendar: its own definitions first, then the stream's; `default` for what none explains."""

    def __init__(self, own: Iterable[Component], library: Library, default: Zone) -> None:
        self._own: dict[str, list[Component]] = {}
        for each in own:
            self._own.setdefault(name_of(each), []).append(each)
        self._library, self._default = library, default
        self._found: dict[str, Zone] = {}

    def of(self, tzid: str) -> Zone:
        """Return the zone of a name; one with a doubt rather than none."""
        name = _plain(tzid)
        if name not in self._found:
            self._found[name] = self._find(tzid.strip().strip('"').strip(), name)
        return self._found[name]

    def _find(self, tzid: str, name: str) -> Zone:
        if "/" in tzid and (known := iana_zone(tzid)):
            return known
        told = [*self._own.get(name, [])[:_MOST_OF_A_NAME], *self._library.named(name)]
        for each in told:
            if zone := self._library.build(each):
                return zone
        places = [line.value for each in told if (line := each.first("X-LIC-LOCATION"))]
        bare = re.sub(r"^\(.*?\)\s*", "", name)
        for place in (_of_windows().get(name), _OUTLOOK.get(bare), tzid, *places):
            if place and (known := iana_zone(place)):
                return known
        return _by_offset(tzid) or _doubtful(self._default)


def name_of(part: Component) -> str:
    """Return the name of a VTIMEZONE as names are compared."""
    line = part.first("TZID")
    return _plain(line.value if line else "")


@lru_cache(maxsize=512)
def iana_zone(name: str) -> FixedZone | None:
    """Return a zone of the database by its name, or by the end of a longer one ("/vendor/2021_1/Europe/Paris")."""
    pieces = name.strip("/").split("/")
    for start in range(max(1, len(pieces) - 1)):
        tried = "/".join(pieces[start:])
        if not _SHAPE.fullmatch(tried) or len(tried) > 60:
            continue
        try:
            return FixedZone(ZoneInfo(tried))
        except (ZoneInfoNotFoundError, ValueError, OSError):
            pass
        if known := _names_by_fold().get(tried.casefold()):  # all names are read only for one that is not found
            return FixedZone(ZoneInfo(known))
    return None


@lru_cache(maxsize=1)
def _names_by_fold() -> dict[str, str]:
    return {each.casefold(): each for each in available_timezones()}


def _by_offset(tzid: str) -> Zone | None:
    told = _OFFSET.match(tzid)
    if told is None:
        return None
    away = timedelta(hours=int(told[2]), minutes=int(told[3] or 0)) * (-1 if told[1] == "-" else 1)
    if abs(away) >= timedelta(hours=24):
        return None
    doubt = "its zone is known by the offset in its name only, so in summer it may be an hour off" if told[4] else ""
    return FixedZone(timezone(away), doubt)


def _doubtful(default: Zone) -> Zone:
    """Return the calendar's own zone, and say that it stands in for one that nobody knows."""
    doubt = "its zone is not known, so it was read in the calendar's own"
    if isinstance(default, EmbeddedZone):
        return EmbeddedZone(default.observances, doubt)
    return FixedZone(default.zone, doubt) if isinstance(default, FixedZone) else default


def _plain(tzid: str) -> str:
    """Return a name as it is compared: in a value commas are escaped, in a parameter they are not."""
    return re.sub(r"\\([,;\\])", r"\1", tzid).strip().strip('"').strip().casefold()


@cache
def _of_windows() -> dict[str, str]:
    """Return Windows' names of zones in lower case, with IANA's."""
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON  # which loads all of it

    return {name.casefold(): place for name, place in WINDOWS_TO_OLSON.items()}
