"""
VFREEBUSY → busy time, and how far it tells of it at all.

source: RFC 5545, section 3.6.4; RFC 7953 for its neighbour VAVAILABILITY (availability.py)
"""

from collections.abc import Iterator
from datetime import datetime

from app.core.interval import Interval
from app.core.slots.calendars import BusyKind
from app.edges.calendars.ics.lines import Component, Line
from app.edges.calendars.ics.series import Laid, Tick, Time
from app.edges.calendars.ics.values import BadValue, FindZone, Length, Moment, periods_of, read_moment
from app.edges.calendars.ics.zones import Zone

_KINDS = {"FREE": None, "BUSY-TENTATIVE": BusyKind.TENTATIVE, "BUSY-UNAVAILABLE": BusyKind.UNAVAILABLE}


def read_free_busy(part: Component, *, zone: Zone, find_zone: FindZone, tick: Tick) -> Laid:
    """Return the busy periods of a VFREEBUSY; a type that nobody knows is busy."""
    laid = Laid()
    for line in part.all("FREEBUSY"):
        kind = _kind(line)
        if kind is None:
            continue
        for each in periods_of(line, zone=zone, find_zone=find_zone):
            tick()
            if isinstance(each, BadValue):
                laid.doubts.append(f"line {line.number}, FREEBUSY: one of its periods {each}")
                laid.is_whole = False
            else:
                laid.times.extend(_time(each, kind))
    return laid


def range_of(part: Component, *, zone: Zone, find_zone: FindZone) -> Interval | None:
    """Return the time that a VFREEBUSY tells of, None where it does not say."""
    ends: list[datetime] = []
    for name in ("DTSTART", "DTEND"):
        line = part.first(name)
        try:
            ends += [read_moment(line, zone=zone, find_zone=find_zone).utc] if line else []
        except BadValue:
            return None
    return Interval(*ends) if len(ends) == 2 and ends[0] < ends[1] else None


def _kind(line: Line) -> BusyKind | None:
    try:
        return _KINDS.get(line.cut()[0].get("FBTYPE", "BUSY").upper(), BusyKind.BUSY)
    except ValueError:
        return BusyKind.BUSY


def _time(period: tuple[Moment, Length | None], kind: BusyKind) -> Iterator[Time]:
    start, length = period
    if length is not None and start.utc < length.after(start):
        yield start.utc, length.after(start), kind
