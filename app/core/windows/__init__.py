"""What the payer offers: told windows read from words, every window kept once."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.core.case import Case, CaseState, Clock, OfferedWindow, move_case
from app.core.interval import Interval
from app.errors import Refused

_WALL = re.compile(r"(\d{1,2})(?::?([0-5]\d)(?::00)?)?\s*([ap])?\.?(?:m\.?)?", re.IGNORECASE)
# What a payer's feed said longer ago, and could not be asked since, is offered no more.
STALE = timedelta(hours=6)
# A published time longer than this names the hours in which calls are taken, not a call.
MOST_EXACT = timedelta(hours=1)
# States that a new offer leaves where they are: a time is promised, or the call was held.
_STAYS = {CaseState.BOOKED, CaseState.HELD, CaseState.CONNECTED}
_WAITING = {CaseState.OPEN, CaseState.REQUESTED, CaseState.OFFERED, CaseState.HELD}


class WindowRefused(Refused):
    """A told window cannot be true. `field` names the form's field: day, start, end or zone."""

    next = "Correct it, or ask the payer again; what you typed is kept."

    def __init__(self, field: str, say: str) -> None:
        super().__init__(say)
        self.field = field


class WindowPast(Refused):
    """The window is over."""

    say = "This window is already over."
    next = "Ask the payer for another time."


def capture_window(case: Case, *, window: OfferedWindow, now: datetime) -> Case:
    """
    Return the case with the window among its windows, in order of time; offered, unless something is promised already.

    The same window again (same time, channel and payer's slot) replaces itself. Raises WindowPast for one that is over
    and MoveRefused for a case that no longer takes offers.
    """
    if window.interval.end <= now:
        raise WindowPast()
    kept = replace(window, captured_at=window.captured_at or now)
    others = (each for each in case.windows if _same(each) != _same(window) and each.id != window.id)
    windows = tuple(sorted((*others, kept), key=lambda each: (each.interval.start, each.interval.end, each.id)))
    offered = case if case.state in _STAYS else move_case(case, CaseState.OFFERED)
    return replace(offered, windows=windows, updated_at=now)


def read_told_window(*, day: str, start: str, end: str, zone: str) -> Interval:
    """
    Return a window as a person was told it: "2026-11-23", "12:00" (or "2:30 pm"), an IANA zone; UTC.

    raises: WindowRefused naming the field, for what cannot be read, a wall time that the night of the clock change
    skips, an end that is not after the start
    errs: narrow. Where the hour repeats, the window begins at the later and ends at the earlier reading; when nothing
    is left of it so, it is refused and the payer must say which hour it means
    """
    there, on = _zone_of(zone), _day_of(day)
    from_, to = _wall_of("start", start), _wall_of("end", end)
    if to <= from_:
        raise WindowRefused("end", "The window must end after it starts, on the same day.")
    begins, ends = _instants("start", on, from_, there), _instants("end", on, to, there)
    if min(ends) <= max(begins):
        raise WindowRefused("start", "This hour comes twice that night; ask the payer which of the two it means.")
    return Interval(max(begins), min(ends))


def last_safe_in(
    windows: Iterable[OfferedWindow], clocks: Iterable[Clock], *, length: timedelta, notice: timedelta
) -> datetime | None:
    """
    Return the latest instant at which booking may begin so that a call still fits into an offered window.

    What the payer offers by name goes before its usual hours: a window on a Saturday is one in which it answers.
    returns: None where no window is long enough before the earliest clock that ends the call
    """
    due = min((clock.ends_at for clock in clocks if clock.name != "appeal"), default=None)
    ends = [
        end
        for each in windows
        if (end := min(each.interval.end, due) if due else each.interval.end) - each.interval.start >= length
    ]
    return max(ends) - length - notice if ends else None


def has_lapsed(case: Case, *, now: datetime) -> bool:
    """Whether the time in which the call could be held is over and none was booked or held."""
    # A clock of our own caution warns; only one that the payer or the law set ends a case.
    ends = [clock.ends_at for clock in case.clocks if clock.firm and clock.name in ("p2p_window", "offer")]
    return case.state in _WAITING and case.routing.route.value == "p2p" and bool(ends) and min(ends) <= now


def _same(window: OfferedWindow) -> tuple[Interval, str, str | None]:
    return (window.interval, window.channel, window.slot)


def _zone_of(zone: str) -> ZoneInfo:
    try:
        return ZoneInfo(zone.strip())
    except (KeyError, ValueError, OSError) as error:
        raise WindowRefused("zone", "This time zone is not known; use a name like America/Chicago.") from error


def _day_of(day: str) -> date:
    try:
        return date.fromisoformat(day.strip())
    except ValueError as error:
        raise WindowRefused("day", "This is not a day of the calendar; write it as 2026-11-23.") from error


def _wall_of(field: str, words: str) -> time:
    """Return a wall time from "14:30", "1430", "2:30 pm" or "2pm"; a bare hour without am or pm is refused."""
    found = _WALL.fullmatch(words.strip())
    hour, minutes, half = found.groups() if found else (None, None, None)
    if hour is None or (minutes is None and half is None):
        raise WindowRefused(field, "This is not a time of day; write it as 14:30 or 2:30 pm.")
    number = int(hour)
    if half is not None:
        if not 1 <= number <= 12:
            raise WindowRefused(field, "With am or pm the hour lies between 1 and 12.")
        number = number % 12 + (12 if half.lower() == "p" else 0)
    if number > 23:
        raise WindowRefused(field, "A day has no such hour.")
    return time(number, int(minutes or 0))


def _instants(field: str, day: date, wall: time, zone: ZoneInfo) -> tuple[datetime, ...]:
    """Return the one instant of a wall time, or two where the hour repeats; refuses one that is skipped."""
    found = tuple(dict.fromkeys(_readings(day, wall, zone)))
    if not found:
        raise WindowRefused(field, "This time does not exist that day: the clocks go forward over it.")
    return found


def _readings(day: date, wall: time, zone: ZoneInfo) -> Iterator[datetime]:
    for fold in (0, 1):
        local = datetime.combine(day, wall.replace(fold=fold), zone)
        try:
            instant = local.astimezone(UTC)
        except OverflowError as error:
            raise WindowRefused("day", "This day is beyond the calendar.") from error
        if instant.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None, fold=0):
            yield instant
