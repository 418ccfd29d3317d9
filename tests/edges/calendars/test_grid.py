"""Random calendars, zones and windows: the free minutes are those of a grid on which every instance is laid by hand."""

import os
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Timezone

from app.core.interval import Interval, subtract, weekly
from app.core.slots.calendars import CalendarRead, merge_calendars
from app.edges.calendars.ics import read_ics
from tests.edges.calendars.writing import calendar, event

NIGHTLY = os.environ.get("PARLEY_NIGHTLY") == "1"
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
ZONES = ("America/Chicago", "America/New_York", "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe", "UTC")
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
OURS = "Ours of "  # before a zone's name: the file then brings the rules itself
# Two weeks around a change of the clock, in either direction, in either hemisphere.
BEGINNINGS = (date(2026, 3, 1), date(2026, 3, 24), date(2026, 10, 1), date(2026, 10, 20))


@dataclass(frozen=True)
class Planned:
    """An event as the grid understands it: minutes of length, or days where `minutes` is None."""

    zone: str
    day: date
    at: time
    minutes: int | None
    days: int
    freq: str | None
    interval: int
    weekdays: tuple[int, ...]
    count: int | None
    until: date | None
    without: tuple[int, ...]  # days after the first
    moved: tuple[tuple[int, int], ...]  # days after the first, minutes of the move
    blocks: bool
    utc: bool

    def fires(self, day: date) -> bool:
        """Whether the rule names a day, COUNT and UNTIL aside."""
        if self.freq is None:
            return day == self.day
        if self.freq == "DAILY":
            return (day - self.day).days % self.interval == 0
        if self.freq == "MONTHLY":
            months = (day.year - self.day.year) * 12 + day.month - self.day.month
            return day.day == self.day.day and months % self.interval == 0
        monday = self.day - timedelta(days=self.day.weekday())
        return (day - monday).days // 7 % self.interval == 0 and day.weekday() in self.weekdays

    def instances(self, latest: date) -> list[date]:
        """Return the days of the instances up to a day."""
        days = [self.day + timedelta(days=n) for n in range((latest - self.day).days + 1)]
        fired = [each for each in days if self.fires(each) and (self.until is None or each <= self.until)]
        return fired if self.count is None else fired[: self.count]

    def minutes_taken(self, latest: date) -> set[datetime]:
        """Return every minute that blocks."""
        moved = dict(self.moved)
        taken: set[datetime] = set()
        if not self.blocks:
            return taken
        for day in self.instances(latest):
            since = (day - self.day).days
            if since in moved:
                taken |= self._from(day, moved[since])
            elif since not in self.without:
                taken |= self._from(day, 0)
        return taken

    def _from(self, day: date, later: int) -> set[datetime]:
        there = UTC if self.utc else ZoneInfo(self.zone)
        wall = datetime.combine(day, self.at if self.minutes is not None else time()) + later * MINUTE
        start = wall.replace(tzinfo=there).astimezone(UTC)
        if self.minutes is None:
            end = (wall + timedelta(days=self.days)).replace(tzinfo=there).astimezone(UTC)
        else:
            end = start + self.minutes * MINUTE
        return {start + n * MINUTE for n in range((end - start) // MINUTE)}

    def text(self, uid: str, *, own_rules: bool) -> str:
        """Return it as a calendar writes it."""
        parts = [self._component(uid, self.day, 0, self._rule(), own_rules)]
        for since, later in self.moved:
            day = self.day + timedelta(days=since)
            if day in self.instances(day):
                instead = f"RECURRENCE-ID{self._stamp(datetime.combine(day, self.at), own_rules)}"
                parts.append(self._component(uid, day, later, [instead], own_rules))
        return "\n".join(reversed(parts))

    def _component(self, uid: str, day: date, later: int, more: list[str], own_rules: bool) -> str:
        wall = datetime.combine(day, self.at) + later * MINUTE
        start = f"DTSTART{self._stamp(wall, own_rules)}"
        if self.minutes is None:
            end = f"DTEND;VALUE=DATE:{wall.date() + timedelta(days=self.days):%Y%m%d}"
        else:
            end = f"DURATION:PT{self.minutes}M"
        return event(start, end, *more, "TRANSP:OPAQUE" if self.blocks else "TRANSP:TRANSPARENT", uid=uid)

    def _stamp(self, wall: datetime, own_rules: bool) -> str:
        if self.minutes is None:
            return f";VALUE=DATE:{wall:%Y%m%d}"
        if self.utc:
            return f":{wall:%Y%m%dT%H%M%S}Z"
        return f";TZID={OURS if own_rules else ''}{self.zone}:{wall:%Y%m%dT%H%M%S}"

    def _rule(self) -> list[str]:
        if self.freq is None:
            return []
        parts = [f"FREQ={self.freq}", f"INTERVAL={self.interval}"]
        if self.freq == "WEEKLY":
            parts.append(f"BYDAY={','.join(DAYS[each] for each in self.weekdays)}")
        if self.count is not None:
            parts.append(f"COUNT={self.count}")
        if self.until is not None:
            parts.append(f"UNTIL={self.until:%Y%m%d}" + ("" if self.minutes is None else "T235959"))
        without = [
            f"EXDATE{self._stamp(datetime.combine(self.day + timedelta(days=each), self.at), False)}"
            for each in self.without
        ]
        return [f"RRULE:{';'.join(parts)}", *without]


@st.composite
def plans(draw, beginning: date, zone: str) -> Planned:
    """An event near the window, in the calendar's zone, another one or UTC; days hang on the calendar's own wall."""
    day = beginning + timedelta(days=draw(st.integers(-40, 13)))
    whole_days = draw(st.sampled_from((False, False, False, True)))
    freq = draw(st.sampled_from((None, "DAILY", "WEEKLY", "WEEKLY", "MONTHLY")))
    ended = draw(st.sampled_from(("never", "count", "until"))) if freq else "never"
    some = st.lists(st.integers(0, 50), max_size=3, unique=True)
    moved = draw(some) if freq else []
    others = {day.weekday(), *draw(st.sets(st.integers(0, 6), max_size=3))}
    return Planned(
        zone=zone if whole_days else draw(st.sampled_from((zone, *ZONES))),
        day=day,
        at=time() if whole_days else time(draw(st.integers(0, 23)), draw(st.sampled_from((0, 5, 30, 45)))),
        minutes=None if whole_days else draw(st.sampled_from((5, 20, 60, 90, 600, 1500))),
        days=draw(st.integers(1, 3)),
        freq=freq,
        interval=draw(st.integers(1, 3)),
        weekdays=tuple(sorted(others)),
        count=draw(st.integers(1, 30)) if ended == "count" else None,
        until=day + timedelta(days=draw(st.integers(0, 60))) if ended == "until" else None,
        without=tuple(draw(some)) if freq else (),
        moved=tuple((each, DAY // MINUTE if whole_days else draw(st.sampled_from((-300, 45, 3000)))) for each in moved),
        blocks=draw(st.sampled_from((True, True, True, False))),
        utc=False if whole_days else draw(st.sampled_from((False, False, True))),
    )


@st.composite
def towns(draw):
    """A zone, a span of two weeks, two calendars of events, the windows of a payer, and whether files bring rules."""
    zone, beginning = draw(st.sampled_from(ZONES)), draw(st.sampled_from(BEGINNINGS))
    start = datetime.combine(beginning, time(), UTC)
    calendars = draw(st.lists(st.lists(plans(beginning, zone), max_size=5), min_size=1, max_size=2))
    windows = [
        Interval(start + timedelta(minutes=5 * begin), start + timedelta(minutes=5 * (begin + length)))
        for begin, length in draw(
            st.lists(st.tuples(st.integers(0, 3900), st.integers(1, 130)), min_size=1, max_size=8)
        )
    ]
    return zone, Interval(start, start + 14 * DAY), calendars, windows, draw(st.booleans())


@cache
def rules_of(zone: str) -> str:
    """Return the VTIMEZONE of a zone under a name that no database knows."""
    told = Timezone.from_tzid(zone, first_date=date(2024, 1, 1), last_date=date(2030, 1, 1)).to_ical().decode()
    return told.replace(f"TZID:{zone}", f"TZID:{OURS}{zone}")


@pytest.mark.timeout(3600 if NIGHTLY else 120)
@settings(max_examples=10_000 if NIGHTLY else 150, deadline=None)
@given(towns())
def test_free_minutes_are_those_of_the_grid(town):
    """Recurring and moved, left out, ended by count or date, over the change of the clock, in several calendars."""
    zone, span, calendars, windows, own_rules = town
    now, latest = span.start, span.end.date() + timedelta(days=2)
    reads = []
    for plan in calendars:
        head = "\n".join(rules_of(each) for each in ZONES if each != "UTC") if own_rules else ""
        text = [each.text(f"u{n}", own_rules=own_rules and each.zone != "UTC") for n, each in enumerate(plan)]
        found = read_ics(calendar(*text, head=head), span, zone=zone)
        assert found.is_whole
        reads.append(CalendarRead("one", found.busy, found.is_whole, now, found.warnings))
    hours = weekly([(day, time(8), time(17)) for day in DAYS[:5]], zone, span)
    together = merge_calendars(reads, now=now)

    taken = {minute for plan in calendars for each in plan for minute in each.minutes_taken(latest)}
    free = {minute for window in windows for minute in _minutes(window) if minute not in taken and _works(minute, zone)}

    assert {m for each in subtract(windows, together.blocks) for m in _minutes(each) if _within(m, hours)} == free


def _minutes(interval: Interval) -> list[datetime]:
    return [interval.start + n * MINUTE for n in range(interval.length // MINUTE)]


def _works(minute: datetime, zone: str) -> bool:
    local = minute.astimezone(ZoneInfo(zone))
    return local.weekday() < 5 and 8 <= local.hour < 17


def _within(minute: datetime, hours) -> bool:
    return any(each.contains(minute) for each in hours)
