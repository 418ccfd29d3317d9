"""
The STANDARD and DAYLIGHT parts of a VTIMEZONE: when each begins, and by how much the wall then differs from UTC.

source: RFC 5545, section 3.6.5; Exchange lets its rules begin in 1601
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.edges.calendars.ics.lines import Component
from app.edges.calendars.ics.recurrence import LATEST, walk
from app.edges.calendars.ics.rule import BadRule, Rule, read_rule

_OFFSET = re.compile(r"([+-]?)(\d{2}):?(\d{2})(?::?(\d{2}))?")
_WALL = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})?)?Z?")
_MOST_PARTS, _MOST_DATES = 1000, 65_536  # parts, and characters of single dates
Change = tuple[datetime, timedelta]  # from when, and the offset from then on


@dataclass(frozen=True, slots=True)
class Observance:
    """One part: its first onset (wall time before the change), the offsets around it, and when it comes again."""

    start: datetime
    offset_from: timedelta
    offset_to: timedelta
    rules: tuple[tuple[Rule, datetime], ...] = ()  # each with the last wall time that it may name
    more: tuple[datetime, ...] = ()

    def changes(self, lower: datetime, upper: datetime) -> Iterator[Change]:
        """Yield the changes with a wall time in [lower, upper]."""
        for each in {self.start, *self.more}:
            if lower <= each <= upper:
                yield self._change(each)
        for rule, last in self.rules:
            for each in walk(rule, self.start, lower=lower, upper=min(upper, last), tick=_no_tick):
                yield self._change(each)

    def latest_before(self, lower: datetime) -> Change | None:
        """Return the latest change before a wall time."""
        found = [each for each in (self.start, *self.more) if each < lower]
        for rule, last in self.rules:
            upper = min(lower, last)
            since = upper.replace(year=max(1, upper.year - 1 - rule.interval), day=1)
            found += [each for each in walk(rule, self.start, lower=since, upper=upper, tick=_no_tick) if each < lower]
        return self._change(max(found)) if found else None

    def _change(self, wall: datetime) -> Change:
        try:
            return wall.replace(tzinfo=UTC) - self.offset_from, self.offset_to
        except OverflowError:
            return wall.replace(tzinfo=UTC), self.offset_to


def read_observances(zone: Component) -> tuple[Observance, ...]:
    """Return what a VTIMEZONE tells; nothing when any part of it cannot be read, since then no time in it is sure."""
    try:
        if (
            len(zone.parts) > _MOST_PARTS
            or sum(len(line.text) for each in zone.parts for line in each.all("RDATE")) > _MOST_DATES
        ):
            return ()
        return tuple(_read(each) for each in zone.parts if each.name in ("STANDARD", "DAYLIGHT"))
    except (BadRule, ValueError, OverflowError):
        return ()


def _read(part: Component) -> Observance:
    start = _wall(part.value("DTSTART"))
    offset_to = _offset(part.value("TZOFFSETTO"))
    offset_from = _offset(part.value("TZOFFSETFROM") or part.value("TZOFFSETTO"))
    rules = []
    for line in part.all("RRULE"):
        rule = read_rule(line.value, of_days=False)
        if rule.freq not in ("YEARLY", "MONTHLY") or rule.by.keys() & {"BYHOUR", "BYMINUTE", "BYSECOND"}:
            raise BadRule("no clock is changed so often")
        rules.append((rule, _last(rule, offset_from)))
    dates = (each for line in part.all("RDATE") for each in line.value.split(",") if each)
    return Observance(start, offset_from, offset_to, tuple(rules), tuple(_wall(each) for each in dates))


def _last(rule: Rule, offset_from: timedelta) -> datetime:
    """Return the last wall time that a rule may name; its UNTIL is UTC."""
    if rule.until is None:
        return LATEST
    last = _wall(rule.until)
    return last + offset_from if rule.until.endswith("Z") else last


def _wall(text: str) -> datetime:
    told = _WALL.fullmatch(text)
    if told is None:
        raise ValueError("no time")
    return datetime(*(int(each or 0) for each in told.groups()))  # noqa: DTZ001 - a time on the wall


def _offset(text: str) -> timedelta:
    told = _OFFSET.fullmatch(text)
    if told is None:
        raise ValueError("no offset")
    away = timedelta(hours=int(told[2]), minutes=int(told[3]), seconds=int(told[4] or 0))
    if away >= timedelta(hours=24):
        raise ValueError("no offset")
    return -away if told[1] == "-" else away


def _no_tick() -> None:
    pass
