"""
DATE, DATE-TIME, DURATION and PERIOD as calendars write them, into wall time with its zone.

Read leniently where the meaning is plain (dashes, missing seconds, 24:00, an offset in place of a zone), never where it
is not. source: RFC 5545, sections 3.3.4 to 3.3.9
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from app.edges.calendars.ics.lines import Line, Params
from app.edges.calendars.ics.recurrence import saturated
from app.edges.calendars.ics.zones import UTC_ZONE, FixedZone, Zone

_MOMENT = re.compile(
    r"(\d{4})-?(\d{2})-?(\d{2})(?:[T ]\s*(\d{2}):?(\d{2}):?(\d{2})?(?:[.,]\d+)?\s*(Z|[+-]\d{2}:?\d{2})?)?",
    re.IGNORECASE,
)
_DURATION = re.compile(
    r"([+-])?P(?:(\d{1,6})W)?(?:(\d{1,6})D)?(?:T(?:(\d{1,7})H)?(?:(\d{1,8})M)?(?:(\d{1,9})S)?)?", re.IGNORECASE
)
FindZone = Callable[[str], Zone]


class BadValue(ValueError):
    """A value that is none of its type."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A time on the wall of a zone; is_day: a whole date, which begins at its midnight."""

    wall: datetime
    zone: Zone
    is_day: bool = False

    @property
    def utc(self) -> datetime:
        """Return the instant."""
        return self.zone.utc(self.wall)


@dataclass(frozen=True, slots=True)
class Length:
    """How long something lasts: whole days on the wall, then exact time."""

    days: int = 0
    exact: timedelta = timedelta(0)

    def after(self, start: Moment) -> datetime:
        """Return the instant at which something ends that starts then."""
        if not self.days:
            return saturated(start.utc, self.exact)
        return saturated(start.zone.utc(saturated(start.wall, timedelta(days=self.days))), self.exact)

    @property
    def most(self) -> timedelta:
        """Return about how long that is."""
        return timedelta(days=min(self.days, 400_000)) + self.exact


def read_moment(line: Line, *, zone: Zone, find_zone: FindZone) -> Moment:
    """Return the moment of a line of one; zone: for one that names none. raises: BadValue."""
    params, value = _cut(line)
    told = _MOMENT.search(value)
    if told and told.start() and "TZID" in params:  # TZID=GMT+01:00:2026..., a colon that nobody quoted
        params = {**params, "TZID": f"{params['TZID']}:{value[: told.start()].rstrip(':')}"}
        value = value[told.start() :]
    return moment_of(value, params, zone=zone, find_zone=find_zone)


def periods_of(line: Line, *, zone: Zone, find_zone: FindZone) -> Iterator[tuple[Moment, Length | None] | BadValue]:
    """Yield (start, length) of each value of a line; None where it is a start alone."""
    try:
        params, value = _cut(line)
    except BadValue as bad:
        yield bad
        return
    for each in filter(None, value.split(",")):
        try:
            start, slash, end = each.partition("/")
            begins = moment_of(start, params, zone=zone, find_zone=find_zone)
            yield begins, _until(begins, end, params, zone=zone, find_zone=find_zone) if slash else None
        except BadValue as bad:
            yield bad


def _until(begins: Moment, end: str, params: Params, *, zone: Zone, find_zone: FindZone) -> Length:
    if end.lstrip("+-")[:1] in ("P", "p"):
        return length_of(end)
    return between(begins, moment_of(end, params, zone=zone, find_zone=find_zone))


def moment_of(value: str, params: Params, *, zone: Zone, find_zone: FindZone) -> Moment:
    """Return one moment. raises: BadValue."""
    told = _MOMENT.fullmatch(value.strip())
    if told is None:
        raise BadValue("is no date or time")
    year, month, day, hour, minute, second = (int(each or 0) for each in told.groups()[:6])
    is_day = told[4] is None or (params.get("VALUE", "").upper() == "DATE" and not hour + minute + second)
    try:
        wall = datetime(year, month, day)  # noqa: DTZ001 - a time on the wall
        wall += timedelta(hours=hour, minutes=minute, seconds=min(second, 59))
    except (ValueError, OverflowError):
        raise BadValue("is no date or time") from None
    if hour > 24 or minute > 59:
        raise BadValue("is no date or time")
    if is_day:
        return Moment(wall, zone, is_day=True)
    return Moment(wall, _zone_told(told[7], params, zone, find_zone))


def _zone_told(suffix: str | None, params: Params, zone: Zone, find_zone: FindZone) -> Zone:
    if suffix and suffix.upper() == "Z":
        return UTC_ZONE
    if suffix:
        hours, minutes = int(suffix[1:3]), int(suffix[-2:])
        away = timedelta(hours=hours, minutes=minutes) * (-1 if suffix[0] == "-" else 1)
        if away >= timedelta(hours=24):
            raise BadValue("has an offset of a day or more")
        return FixedZone(timezone(away))
    return find_zone(params["TZID"]) if params.get("TZID") else zone


def length_of(text: str) -> Length:
    """Return a duration: weeks and days on the wall, hours and less exact. raises: BadValue; none is negative."""
    told = _DURATION.fullmatch(text.strip())
    if told is None or not any(told.groups()[1:]):
        raise BadValue("is no duration")
    weeks, days, hours, minutes, seconds = (int(each or 0) for each in told.groups()[1:])
    if told[1] == "-" and any((weeks, days, hours, minutes, seconds)):
        raise BadValue("lasts less than nothing")
    return Length(days + 7 * weeks, timedelta(hours=hours, minutes=minutes, seconds=seconds))


def between(start: Moment, end: Moment) -> Length:
    """
    Return the length from one moment to another: days between two dates, exact time between all others.

    raises: BadValue when it ends before it starts
    """
    if start.is_day and end.is_day:
        days = (end.wall - start.wall).days
        if days < 0:
            raise BadValue("ends before it starts")
        return Length(days)
    exact = end.utc - start.utc
    if exact < timedelta(0):
        raise BadValue("ends before it starts")
    return Length(0, exact)


def _cut(line: Line) -> tuple[Params, str]:
    try:
        return line.cut()
    except ValueError:
        raise BadValue("cannot be read") from None


def utc_of(text: str) -> datetime | None:
    """Return the instant of a text that ends with Z, None for any other."""
    told = _MOMENT.fullmatch(text.strip())
    if told is None or (told[7] or "").upper() != "Z":
        return None
    return moment_of(text, {}, zone=UTC_ZONE, find_zone=lambda _: UTC_ZONE).utc.astimezone(UTC)
