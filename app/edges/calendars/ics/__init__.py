"""
iCalendar bytes → when their owner is busy in a span, with what could not be read.

    lines        components, and those lines that matter
    values       dates, times, durations, periods
    zones        TZID → zone; observances: the parts of a VTIMEZONE
    rule, recurrence   RRULE, and the starts it names
    events, series     a VEVENT, and all of one UID in a span
    free_busy, availability   VFREEBUSY, VAVAILABILITY
    offers       the other way round: events that are times which somebody offers

Nothing is dropped without a word: what cannot be read is a warning, blocks where its time is known, and makes the
reading not whole where it is not. No file can hold the process: so many steps, so much time, and what is left is told.
"""

import re
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from app.core.interval import Interval, normalise, subtract
from app.core.slots.calendars import BusyTime, clip, merge_kinds
from app.edges.calendars.ics.availability import Availability, combine, read_availability
from app.edges.calendars.ics.context import Context
from app.edges.calendars.ics.events import Event, Unreadable, read_event
from app.edges.calendars.ics.free_busy import range_of, read_free_busy
from app.edges.calendars.ics.lines import Component, read_components
from app.edges.calendars.ics.series import Laid, TooMuch, lay_out
from app.edges.calendars.ics.zones import Library, iana_zone
from app.errors import BadInput

__all__ = ["IcsRead", "Memo", "Watch", "read_ics"]
SECONDS = 1.5  # of processor time, so that a busy machine cuts nothing that another reads
MOST_STEPS = 50_000  # of one series
_MOST_WARNINGS, _MOST_AVAILABILITIES = 50, 100
_TOO_LONG = "it is too long to be read"
_DATE = re.compile(r"[0-9]{4}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])")
# What came of a UID's events, by all that it depends on; kept by who reads the same calendar again.
Memo = dict[Any, Laid]


@dataclass(frozen=True, slots=True)
class IcsRead:
    """Busy time in the span, merged by kind and in order; `is_whole`: whether that is all of it."""

    busy: tuple[BusyTime, ...]
    warnings: tuple[str, ...]
    is_whole: bool


def read_ics(
    data: bytes,
    span: Interval,
    *,
    zone: str,
    owner: str | None = None,
    memo: Memo | None = None,
    but: Collection[str] = (),
    clock: Callable[[], float] = time.thread_time,
) -> IcsRead:
    """
    Return when the owner of a calendar is busy in a span.

    zone: IANA name, for days and times without a zone where the file names none (X-WR-TIMEZONE)
    owner: address of the owner, whose answers to invitations count; None: the calendar's name where that is one
    memo: what an earlier reading of the same span laid out, which is brought up to date; nothing that has not changed
    is laid out again
    but: UIDs whose events do not count
    raises: BadInput where the file is no calendar or too large, ValueError for a zone that does not exist
    """
    default = iana_zone(zone)
    if default is None:
        raise ValueError("no such zone")
    watch = Watch(clock)
    try:
        components = read_components(data, watch.glance)
    except TooMuch:
        raise BadInput(f"too long to be read in {SECONDS:g} s", next="Export a shorter time.") from None
    reading = _Reading(span, watch, {} if memo is None else memo, but=frozenset(but))
    library = Library(each for calendar in components for each in calendar.parts if each.name == "VTIMEZONE")
    for calendar in components:
        reading.add(calendar, Context.of(calendar, library, default, owner))
    reading.lay_out_events()
    if memo is not None:
        memo.clear()
        memo.update(reading.used)
    return reading.done()


class Watch:
    """Counts steps: so many for a series, which is the same on every machine; and time for all."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock, self._steps, self._glances = clock, 0, 0
        self._ends_at = clock() + SECONDS

    def begin(self) -> bool:
        """Begin another series; return whether there is time left for it."""
        self._steps = 0
        return self._clock() < self._ends_at

    def tick(self) -> None:
        """Count a step of a series. raises: TooMuch."""
        self._steps += 1
        if self._steps > MOST_STEPS:
            raise TooMuch
        self.glance()

    def glance(self) -> None:
        """Look at the clock now and then. raises: TooMuch."""
        self._glances += 1
        if self._glances % 512 == 0 and self._clock() > self._ends_at:
            raise TooMuch


@dataclass(slots=True)
class _Reading:
    span: Interval
    watch: Watch
    memo: Memo
    but: frozenset[str] = frozenset()
    busy: list[BusyTime] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    is_whole: bool = True
    events: dict[str, list[tuple[Component, Context]]] = field(default_factory=dict)
    availabilities: list[Availability] = field(default_factory=list)
    told_of: list[Interval] = field(default_factory=list)  # by VFREEBUSY components
    used: Memo = field(default_factory=dict)

    def add(self, calendar: Component, context: Context) -> None:
        """Take in one VCALENDAR; its events wait for others of their UID."""
        if not calendar.is_closed:
            self.lose(f"{calendar.place}: the file ends before its calendar does")
        if calendar.value("CALSCALE") not in ("", "GREGORIAN"):
            self.lose(f"{calendar.place}: its dates are not Gregorian")
        places = {"zone": context.zone, "find_zone": context.zones.of}
        for each in calendar.parts:
            if each.name == "VEVENT":
                uid = each.first("UID")
                name = uid.value if uid and uid.value else f" {each.begin.at} {id(calendar)}"
                if name in self.but:
                    continue
                self.events.setdefault(name, []).append((each, context))
            elif each.name == "VFREEBUSY":
                self.take(self._guarded(each, lambda part=each: read_free_busy(part, tick=self.watch.glance, **places)))
                told = range_of(each, **places)
                self.told_of += [told] if told else []
            elif each.name == "VAVAILABILITY":
                self._add_availability(each, places)

    def _add_availability(self, part: Component, places: dict[str, Any]) -> None:
        try:
            if not self.watch.begin() or len(self.availabilities) >= _MOST_AVAILABILITIES:
                raise TooMuch
            found = read_availability(part, self.span, tick=self.watch.tick, **places)
        except TooMuch:
            self.lose(f"{part.place}: {_TOO_LONG}")
            return
        self.availabilities.append(found)
        self.warnings += found.doubts
        self.is_whole = self.is_whole and found.is_whole

    def _guarded(self, part: Component, read: Callable[[], Laid]) -> Laid:
        try:
            return read()
        except TooMuch:
            return Laid([], [f"{part.place}: {_TOO_LONG}"], is_whole=False)

    def lay_out_events(self) -> None:
        """Lay out all events, those that repeat last."""
        low, high = (f"{day:%Y%m%d}" for day in _around(self.span))
        groups = [each for each in self.events.values() if not _is_far(each, low, high)]
        groups.sort(key=_repeats)
        for number, group in enumerate(groups):
            if not self.watch.begin():
                self.lose(f"reading was cut after {SECONDS:g} s: {len(groups) - number} events were not read")
                return
            self.take(self._laid(group))

    def _laid(self, group: list[tuple[Component, Context]]) -> Laid:
        key = (self.span, tuple((part.told, context.key) for part, context in group))
        laid = self.memo.get(key) or self._fresh(group)
        if not laid.doubts:  # those name lines, and lines move
            self.used[key] = laid
        return laid

    def _fresh(self, group: list[tuple[Component, Context]]) -> Laid:
        read: list[Event] = []
        lost: list[str] = []
        for part, context in sorted(group, key=lambda each: each[0].first("RECURRENCE-ID") is not None):
            try:
                self.watch.glance()
                master = read[0] if read and read[0].instead_of is None else None
                read.append(
                    read_event(
                        part,
                        zone=context.zone,
                        find_zone=context.zones.of,
                        owner=context.owner,
                        cancelled=context.cancelled,
                        master=master,
                        tick=self.watch.tick,
                    )
                )
            except Unreadable as problem:
                lost.append(f"{part.place}: {problem}")
            except TooMuch:
                lost.append(f"{part.place}: {_TOO_LONG}")
                break
        laid = lay_out(read, self.span, self.watch.tick)
        return Laid(laid.times, lost + laid.doubts, laid.is_whole and not lost)

    def take(self, laid: Laid) -> None:
        """Add what was laid out."""
        self.busy += [BusyTime(Interval(start, end), kind) for start, end, kind in laid.times]
        self.warnings += laid.doubts
        self.is_whole = self.is_whole and laid.is_whole

    def lose(self, why: str) -> None:
        """Say that something is missing."""
        self.warnings.append(why)
        self.is_whole = False

    def done(self) -> IcsRead:
        """Return the answer."""
        if self.told_of and not self.events and subtract((self.span,), normalise(self.told_of)):
            self.lose("it tells of free and busy time for a part of the span only")
        busy = merge_kinds(clip([*self.busy, *combine(self.availabilities)], self.span))
        warnings = tuple(dict.fromkeys(self.warnings))
        if len(warnings) > _MOST_WARNINGS:
            left = len(warnings) - _MOST_WARNINGS
            warnings = (*warnings[:_MOST_WARNINGS], f"and {left} more of the kind")
        return IcsRead(busy, warnings, self.is_whole)


def _around(span: Interval) -> Iterator[Any]:
    day = timedelta(days=2)
    yield (span.start if span.start.year < 2 else span.start - day).date()
    yield (span.end if span.end.year > 9998 else span.end + day).date()


def _repeats(group: list[tuple[Component, Context]]) -> bool:
    return any(name in part.lines for part, _ in group for name in ("RRULE", "RDATE", "RECURRENCE-ID"))


def _is_far(group: list[tuple[Component, Context]], low: str, high: str) -> bool:
    """Whether a single event surely lies outside, told by the digits of its dates: most of a long history does."""
    (part, _), *others = group
    if others or _repeats(group):
        return False
    start = _digits(part, "DTSTART")
    if start is None:
        return False
    end = _digits(part, "DTEND") if "DTEND" in part.lines else (start if "DURATION" not in part.lines else None)
    return end is not None and (min(start, end) > high or max(start, end) < low)


def _digits(part: Component, name: str) -> str | None:
    """Return a date as eight digits, None when it is not plainly one."""
    line = part.first(name)
    text = line.text.rpartition(":")[2].strip()[:8] if line else ""
    return text if _DATE.fullmatch(text) else None
