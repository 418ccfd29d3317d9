"""
VAVAILABILITY → the time outside what it calls available.

A component of higher priority replaces those below it wherever it reaches; of equal ones each has its say, and what
one calls busy is busy. Events come on top of it. source: RFC 7953, sections 3.1 and 4
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter

from app.core.interval import Interval, intersect, subtract
from app.core.slots.calendars import BusyKind, BusyTime
from app.edges.calendars.ics.events import Unreadable, read_event
from app.edges.calendars.ics.lines import Component
from app.edges.calendars.ics.series import Laid, Tick, lay_out
from app.edges.calendars.ics.values import BadValue, FindZone, Moment, length_of, read_moment
from app.edges.calendars.ics.zones import Zone

_KINDS = {"BUSY": BusyKind.BUSY, "BUSY-TENTATIVE": BusyKind.TENTATIVE}
_LOWEST = 10  # what says nothing, or 0, comes after 9


@dataclass(frozen=True, slots=True)
class Availability:
    """One VAVAILABILITY in a span: where it reaches, what it leaves busy there, and how far up it stands (1 first)."""

    priority: int
    reach: tuple[Interval, ...]
    busy: tuple[Interval, ...]
    kind: BusyKind
    doubts: tuple[str, ...] = ()
    is_whole: bool = True


def read_availability(part: Component, span: Interval, *, zone: Zone, find_zone: FindZone, tick: Tick) -> Availability:
    """Return what one component says of a span."""
    laid = Laid()
    reach = _reach(part, span, zone, find_zone, laid)
    available = _available(part, span, zone, find_zone, tick, laid)
    priority = part.value("PRIORITY")
    return Availability(
        priority=int(priority) if priority in ("1", "2", "3", "4", "5", "6", "7", "8", "9") else _LOWEST,
        reach=reach,
        busy=subtract(reach, available),
        kind=_KINDS.get(part.value("BUSYTYPE"), BusyKind.UNAVAILABLE),
        doubts=tuple(laid.doubts),
        is_whole=laid.is_whole,
    )


def combine(some: Iterable[Availability]) -> list[BusyTime]:
    """Return the busy time of all of them together."""
    taken: list[BusyTime] = []
    ordered = sorted(some, key=attrgetter("priority"), reverse=True)
    for _, level in groupby(ordered, key=attrgetter("priority")):
        equal = list(level)
        reach = [interval for each in equal for interval in each.reach]
        taken = [BusyTime(left, each.kind) for each in taken for left in subtract((each.interval,), reach)]
        taken += [BusyTime(interval, each.kind) for each in equal for interval in each.busy]
    return taken


def _reach(part: Component, span: Interval, zone: Zone, find_zone: FindZone, laid: Laid) -> tuple[Interval, ...]:
    """Return the part of the span that it speaks of; without a start or an end it has none."""
    start, end = span.start, span.end
    try:
        first = _moment(part, "DTSTART", zone, find_zone)
        last = _moment(part, "DTEND", zone, find_zone)
        start = first.utc if first else start
        if last is not None:
            end = last.utc
        elif first is not None and part.first("DURATION"):
            end = length_of(part.value("DURATION")).after(first)
    except BadValue as bad:
        laid.doubts.append(f"{part.place}: its time {bad}")
        laid.is_whole = False
    return intersect((Interval(start, end),), (span,)) if start < end else ()


def _moment(part: Component, name: str, zone: Zone, find_zone: FindZone) -> Moment | None:
    line = part.first(name)
    return read_moment(line, zone=zone, find_zone=find_zone) if line else None


@dataclass(slots=True)
class _Group:
    masters: list[Component] = field(default_factory=list)
    overrides: list[Component] = field(default_factory=list)


def _available(
    part: Component, span: Interval, zone: Zone, find_zone: FindZone, tick: Tick, laid: Laid
) -> tuple[Interval, ...]:
    """Return the time that its AVAILABLE parts name; one that cannot be read makes nothing available."""
    groups: dict[str, _Group] = {}
    for number, each in enumerate(one for one in part.parts if one.name == "AVAILABLE"):
        group = groups.setdefault(each.first("UID").value if each.first("UID") else f" {number}", _Group())
        (group.overrides if each.first("RECURRENCE-ID") else group.masters).append(each)
    found: list[Interval] = []
    for group in groups.values():
        events = []
        for each in (*group.masters, *group.overrides):
            try:
                master = events[0] if events else None
                events.append(read_event(each, zone=zone, find_zone=find_zone, owner="", master=master, tick=tick))
            except Unreadable as problem:
                laid.doubts.append(f"{each.place}: {problem}")
        one = lay_out(events, span, tick)
        laid.doubts += one.doubts
        # Too dense or in doubt, it must not be taken as free.
        found += [Interval(start, end) for start, end, _ in one.times] if one.is_whole and not one.is_dense else []
    return intersect(found, (span,))
