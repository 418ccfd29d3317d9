"""How time is counted: hours in UTC, days in the payer's zone, business days without the closed ones."""

from collections.abc import Iterable, Set
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from app.core.case import Clock
from app.core.interval import WEEKDAYS, Interval, wall_span, weekly
from app.core.rulebook.clocks import BusinessCalendar
from app.core.rulebook.payers import PayerHours, PayerRule

ELAPSING = ("hours", "business_hours")
_DAY = timedelta(days=1)
_MONTH = 31  # days; longer than any chain of weekends and holidays
_UNITS = {
    "hours": ("hour", "hours"),
    "business_hours": ("hour of business days", "hours of business days"),
    "calendar_days": ("calendar day", "calendar days"),
    "business_days": ("business day", "business days"),
}
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened: what, and when; `day` where only the day is told, and `at` is then its first moment."""

    kind: str
    at: datetime
    day: date | None = None

    def begins_in(self, zone: str) -> datetime:
        """Return the moment from which is counted in `zone`, UTC."""
        return self.at if self.day is None else early_instant(self.day, time(0), zone)


@dataclass(frozen=True, slots=True)
class Yardstick:
    """How days are counted: in these places (zone, close of business), the earliest counts; without closed dates."""

    places: tuple[tuple[str, time], ...]
    closed: frozenset[date]
    assumed: str | None = None  # what is not known, as a sentence

    def span(self, event: Event, amount: int, unit: str) -> tuple[datetime, datetime, str]:
        """Return (start, end, zone) of the place whose end is the earliest."""
        found = []
        for zone, closes in self.places:
            start = event.begins_in(zone)
            end = window_end(start, amount=amount, unit=unit, zone=zone, closes=closes, closed=self.closed)
            found.append((end, zone, start))
        end, zone, start = min(found)
        return start, end, zone


def yardstick_of(rule: PayerRule | None, calendar: BusinessCalendar, site_zone: str) -> Yardstick:
    """Return how this payer's days are counted; in the site's and the cautious zone where its hours are unknown."""
    if rule is not None and rule.hours is not None:
        return Yardstick(((rule.hours.zone, rule.hours.closes),), _together(calendar.closed, rule.hours.closed))
    closes = calendar.cautious.closes
    zones = dict.fromkeys((site_zone, calendar.cautious.zone))
    assumed = f"The payer's hours are not known: its day is taken to end at {closes:%H:%M} in the zone that ends first."
    closed = _together(calendar.closed, rule.closed if rule is not None else frozenset())
    return Yardstick(tuple((zone, closes) for zone in zones), closed, assumed)


@lru_cache(maxsize=256)
def _together(one: Set[date], other: Set[date]) -> frozenset[date]:
    return frozenset(one) | frozenset(other)


def window_end(
    start: datetime, *, amount: int, unit: str, zone: str, closes: time, closed: frozenset[date] = frozenset()
) -> datetime:
    """
    Return when a window of `amount` `unit` that starts at `start` ends, UTC.

    hours elapse in UTC; business_hours elapse between the midnights of business days in `zone`; days are counted in
    `zone` from the next (business) day on and end at `closes` of the last one
    raises: ValueError for another unit, which the rule book refuses before
    """
    if unit == "hours":
        return start.astimezone(UTC) + timedelta(hours=amount)
    if unit == "business_hours":
        return _business_hours_end(start, timedelta(hours=amount), zone=zone, closed=closed)
    day = start.astimezone(ZoneInfo(zone)).date()
    if unit == "calendar_days":
        return early_instant(day + amount * _DAY, closes, zone)
    if unit != "business_days":
        raise ValueError(f"a window has no unit {unit}")
    left = amount
    while left:
        day += _DAY
        left -= _is_business_day(day, closed)
    return early_instant(day, closes, zone)


@lru_cache(maxsize=8192)
def early_instant(day: date, wall: time, zone: str) -> datetime:
    """Return the instant of a wall time, UTC; the earlier one where the hour repeats or is skipped."""
    there = ZoneInfo(zone)
    return min(datetime.combine(day, wall.replace(fold=fold), there).astimezone(UTC) for fold in (0, 1))


def open_hours(hours: PayerHours, span: Interval) -> tuple[Interval, ...]:
    """Return the time of `span` in which the payer answers; normalised UTC."""
    found = weekly(((day, hours.opens, hours.closes) for day in hours.days), hours.zone, span)
    zone = ZoneInfo(hours.zone)
    return tuple(each for each in found if each.start.astimezone(zone).date() not in hours.closed)


def latest_open(hours: PayerHours, end: datetime, *, length: timedelta) -> Interval | None:
    """Return the latest time before `end` in which the payer answers for `length` at least, None in a month of none."""
    there = ZoneInfo(hours.zone)
    day = end.astimezone(there).date()
    for _ in range(_MONTH):
        if WEEKDAYS[day.weekday()] in hours.days and day not in hours.closed:
            for each in reversed(wall_span(day, hours.opens, hours.closes, hours.zone)):
                until = min(each.end, end)
                if until - each.start >= length and until > each.start:
                    return Interval(each.start, until)
        day -= _DAY
    return None


def earliest_clock(clocks: Iterable[Clock]) -> Clock | None:
    """Return the clock that ends first, None when none runs; of two that end together the first by name."""
    return min(clocks, key=lambda clock: (clock.ends_at, clock.name), default=None)


def firm_clock(clocks: Iterable[Clock]) -> Clock | None:
    """Return the first clock after which no call is booked, None when there is none."""
    return earliest_clock(clock for clock in clocks if clock.firm)


def day_words(instant: datetime, zone: str, *, hour: bool = False) -> str:
    """Return "Fri 20 Nov 2026" or "Fri 20 Nov 2026, 17:00" as the zone's calendar and clock show it."""
    local = instant.astimezone(ZoneInfo(zone))
    words = f"{_DAYS[local.weekday()]} {local.day} {_MONTHS[local.month - 1]} {local.year}"
    return f"{words}, {local.hour:02}:{local.minute:02}" if hour else words


def amount_words(amount: int, unit: str) -> str:
    """Return "3 business days"."""
    one, many = _UNITS[unit]
    return f"{amount} {one if amount == 1 else many}"


def _is_business_day(day: date, closed: frozenset[date]) -> bool:
    return day.weekday() < 5 and day not in closed


def _business_hours_end(start: datetime, left: timedelta, *, zone: str, closed: frozenset[date]) -> datetime:
    at = start.astimezone(UTC)
    day = at.astimezone(ZoneInfo(zone)).date()
    while True:
        midnight = early_instant(day + _DAY, time(0), zone)
        if _is_business_day(day, closed):
            if at + left <= midnight:
                return at + left
            left -= max(midnight - at, timedelta(0))
        at, day = max(at, midnight), day + _DAY
