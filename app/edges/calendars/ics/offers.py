"""
iCalendar bytes → the times that a calendar's events offer: the other way round than busy time, and as careful.

Where busy time errs towards busy, an offer errs towards none: an event that is not sure in every point (an odd zone, a
rule or an exception that cannot be read, a day without times) offers nothing, and that is told.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from app.core.interval import Interval, subtract
from app.core.slots.calendars import BusyKind
from app.edges.calendars.ics import Watch, read_ics
from app.edges.calendars.ics.context import Context
from app.edges.calendars.ics.events import Event, Unreadable, read_event
from app.edges.calendars.ics.lines import Component, read_components
from app.edges.calendars.ics.series import TooMuch, lay_out
from app.edges.calendars.ics.zones import Library, iana_zone
from app.errors import BadInput

_MOST_OFFERS, _MOST_OF_ONE, _MOST_WARNINGS = 5000, 1000, 20
_LONGEST = timedelta(days=1)
_Group = list[tuple[Component, Context]]


@dataclass(frozen=True, slots=True)
class Convention:
    """
    Which events are offers. zone: IANA name, of times that name none

    opaque_is_busy: only transparent events are offered, and the others take their time away; else all are, but for
    cancelled and tentative ones. words: one of them stands in an offer's title or categories
    """

    zone: str
    opaque_is_busy: bool = False
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Offer:
    """One time that is offered; uid: of its event, the same for all times of a series."""

    uid: str
    interval: Interval


@dataclass(frozen=True, slots=True)
class OffersRead:
    """Offers that touch the span, in order of time, and what was left out, in words."""

    offers: tuple[Offer, ...]
    warnings: tuple[str, ...]


def read_offers(
    data: bytes, span: Interval, *, convention: Convention, clock: Callable[[], float] = time.thread_time
) -> OffersRead:
    """
    Return the times that a calendar offers in a span.

    raises: BadInput where the file is no calendar or too large, ValueError for a zone that does not exist
    """
    default = iana_zone(convention.zone)
    if default is None:
        raise ValueError("no such zone")
    watch = Watch(clock)
    try:
        components = read_components(data, watch.glance, also="SUMMARY CATEGORIES")
    except TooMuch:
        raise BadInput("too long to be read", next="Publish a shorter time.") from None
    reading = _Reading(span, convention, watch)
    library = Library(part for calendar in components for part in calendar.parts if part.name == "VTIMEZONE")
    groups: dict[str, _Group] = {}
    for calendar in components:
        if not calendar.is_closed:
            reading.warnings.append("the file ends before its calendar does")
        context = Context.of(calendar, library, default, None)
        for part in calendar.parts:
            if part.name == "VEVENT":
                groups.setdefault(_uid_of(part), []).append((part, context))
    reading.take(groups)
    offers = reading.without_busy(data) if convention.opaque_is_busy else reading.offers
    ordered = sorted(offers, key=lambda each: (each.interval, each.uid))
    warnings = tuple(dict.fromkeys(reading.warnings))
    if len(ordered) > _MOST_OFFERS:
        warnings = (f"more than {_MOST_OFFERS:,} times are offered; the first of them were read", *warnings)
    return OffersRead(tuple(ordered[:_MOST_OFFERS]), warnings[:_MOST_WARNINGS])


class _Reading:
    def __init__(self, span: Interval, convention: Convention, watch: Watch) -> None:
        self.span, self.convention, self.watch = span, convention, watch
        self.offers: list[Offer] = []
        self.warnings: list[str] = []

    def take(self, groups: dict[str, _Group]) -> None:
        """Lay out the events of each UID, as long as there is time."""
        for number, (uid, group) in enumerate(groups.items()):
            if not self.watch.begin():
                self.warnings.append(f"reading was cut: {len(groups) - number} events were not read")
                return
            try:
                self.offers += (Offer(uid, time) for time in self._times(group))
            except (Unreadable, TooMuch) as problem:
                why = str(problem) or "it repeats too often"
                self.warnings.append(f"{group[0][0].place} was left out: {why}")

    def without_busy(self, data: bytes) -> list[Offer]:
        """Return the offers without the time that opaque events take; hours keep what is left of them."""
        busy = read_ics(data, self.span, zone=self.convention.zone)
        if not busy.is_whole:
            self.warnings += [f"what is taken could not be read whole ({each})" for each in busy.warnings]
            return []
        taken = [each.interval for each in busy.busy]
        return [Offer(each.uid, left) for each in self.offers for left in subtract((each.interval,), taken)]

    def _times(self, group: _Group) -> Iterator[Interval]:
        """Yield the times of one UID. raises: Unreadable, TooMuch where any of it is in doubt."""
        first, *_ = ordered = sorted(group, key=lambda each: each[0].first("RECURRENCE-ID") is not None)
        events: list[Event] = []
        for part, context in ordered:
            master = events[0] if events and events[0].instead_of is None else None
            event = self._event(part, context, master)
            offered = not context.cancelled and self._is_offer(part, first[0])
            events.append(replace(event, kind=BusyKind.BUSY if offered else None))
        if not any(each.kind for each in events):
            return
        doubt = next((doubt for each in events for doubt in each.doubts), None)
        if doubt or any(each.start.is_day for each in events if each.kind):
            raise Unreadable(doubt or "it names days and no times")
        laid = lay_out(events, self.span, self.watch.tick)
        if laid.is_dense or not laid.is_whole or len(laid.times) > _MOST_OF_ONE:
            raise TooMuch
        if any(end - start > _LONGEST for start, end, _ in laid.times):
            raise Unreadable("it lasts longer than a day")
        yield from (Interval(start, end) for start, end, kind in laid.times if kind is BusyKind.BUSY)

    def _event(self, part: Component, context: Context, master: Event | None) -> Event:
        self.watch.glance()
        places = {"zone": context.zone, "find_zone": context.zones.of, "tick": self.watch.tick}
        return read_event(part, owner="", cancelled=context.cancelled, master=master, **places)

    def _is_offer(self, part: Component, master: Component) -> bool:
        def told(name: str) -> str:
            return part.value(name) or master.value(name)

        if told("STATUS") in ("CANCELLED", "TENTATIVE") or told("X-MICROSOFT-CDO-BUSYSTATUS") == "OOF":
            return False
        if self.convention.opaque_is_busy and told("TRANSP") != "TRANSPARENT":
            return False
        words = [each.upper() for each in self.convention.words]
        where = f"{told('SUMMARY')}\n{told('CATEGORIES')}"
        return not words or any(word in where for word in words)


def _uid_of(part: Component) -> str:
    line = part.first("UID")
    return line.value if line and line.value else f"{part.value('DTSTART')} {part.place}"
