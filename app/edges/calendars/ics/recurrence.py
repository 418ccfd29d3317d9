"""
A rule → the local starts it names, walked period by period so that no rule can hold the process.

Everything here is wall time without a zone; who asks turns it into instants. A walk can be left after any step: the
time it takes is bounded by the periods between two walls, never by how far a rule without an answer must be searched
(decision 0020). Day filters and set positions follow RFC 5545, section 3.3.10, and where that leaves a choice the
reading that calendars share: a week belongs to the calendar year of its days.
"""

from calendar import isleap, monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from app.edges.calendars.ics.rule import FINE, BadRule, Rule

LATEST = datetime.max.replace(microsecond=0)  # noqa: DTZ901 - a time on the wall, as all here
_EARLIEST = datetime.min  # noqa: DTZ901
_EVEN_SECONDS = {"WEEKLY": 7 * 86_400, "DAILY": 86_400, **FINE}
_FOREVER_SECONDS = 4e11  # more than there are until the year 9999
_NEAR_THE_END = 100  # years before 9999, in which a counted rule is counted to its end


def saturated(at: datetime, more: timedelta) -> datetime:
    """Return at + more, and the first or last time there is where that lies beyond."""
    try:
        return at + more
    except OverflowError:
        return (LATEST if more > timedelta(0) else _EARLIEST).replace(tzinfo=at.tzinfo)


def check_reach(rule: Rule, first: datetime) -> None:
    """Refuse a counted rule whose later starts lie beyond the year 9999. raises: BadRule."""
    years_left = date.max.year - first.year
    if rule.freq != "YEARLY" or rule.count is None or rule.count == 1:
        return
    if rule.interval > years_left:
        raise BadRule("INTERVAL leads beyond the year 9999")
    if years_left < _NEAR_THE_END:
        if sum(1 for _ in walk(rule, first, lower=first, upper=LATEST, tick=lambda: None)) < rule.count:
            raise BadRule("COUNT leads beyond the year 9999")


def walk(
    rule: Rule, first: datetime, *, lower: datetime, upper: datetime, tick: Callable[[], None]
) -> Iterator[datetime]:
    """
    Yield the starts in [lower, upper], in order; `first` itself only where the rule names it.

    first: DTSTART on the wall; what the rule leaves open (weekday, day, time of day) is taken from it
    tick: called at every step; what it raises ends the walk
    """
    rule, upper = _counted_out(rule, first, upper)
    plan = _plan(rule, first)
    begin = first if rule.count is not None else max(first, lower)
    periods = plan.fine(begin, upper, tick) if rule.freq in FINE else plan.coarse(begin, upper, tick)
    count = 0
    for period in periods:
        for start in period:
            tick()
            if start < first:
                continue
            count += 1
            if start > upper or (rule.count is not None and count > rule.count):
                return
            if start >= lower:
                yield start


def _counted_out(rule: Rule, first: datetime, upper: datetime) -> tuple[Rule, datetime]:
    """Return a rule of even steps ended by its last start in place of its COUNT, so that nobody counts from 1970."""
    step = _EVEN_SECONDS.get(rule.freq)
    if rule.count is None or step is None or not rule.is_plain:
        return rule, upper
    seconds = step * rule.interval * (rule.count - 1)
    last = saturated(first, timedelta(seconds=min(seconds, _FOREVER_SECONDS)))
    return replace(rule, count=None), min(upper, last)


@dataclass(frozen=True, slots=True)
class _Plan:
    """A rule with everything filled in from its first start."""

    rule: Rule
    first: datetime
    by: dict[str, frozenset[int]]
    weekdays: frozenset[int]  # each of these
    nth_days: tuple[tuple[int, int], ...]  # and only the how-manieth of these
    times: tuple[time, ...]  # of a day, or of an hour or minute where the rule is finer
    positions: tuple[int, ...]

    def coarse(self, begin: datetime, upper: datetime, tick: Callable[[], None]) -> Iterator[Iterator[datetime]]:
        """Yield the starts of each year, month, week or day that the rule visits, from the one that holds `begin`."""
        index = self._index_of(begin.date())
        while (bounds := self._bounds(index)) is not None and bounds[0] <= upper.date():
            tick()
            index += self.rule.interval
            days = [day for day in _days_between(*bounds) if self.fits(day)]
            yield self._within(days, tick)

    def fine(self, begin: datetime, upper: datetime, tick: Callable[[], None]) -> Iterator[Iterator[datetime]]:
        """Yield the starts of each hour, minute or second that the rule visits; what does not fit is skipped whole."""
        unit = FINE[self.rule.freq]
        step = timedelta(seconds=unit * self.rule.interval)
        base = self.first.replace(minute=self.first.minute * (unit < 3600), second=self.first.second * (unit < 60))
        at = base + max(0, (begin - base) // step) * step
        while at <= upper:
            tick()
            later = self._later(at, unit)
            if later is None:
                yield self._of_unit(at)
                later = at + timedelta(seconds=1)
            try:
                at = base + -((base - later) // step) * step  # the next visit at or after `later`
            except OverflowError:
                return

    def fits(self, day: date) -> bool:
        """Whether every BY part about days lets this one pass."""
        by = self.by
        if "BYMONTH" in by and day.month not in by["BYMONTH"]:
            return False
        if "BYMONTHDAY" in by and not _is_in(day.day, monthrange(day.year, day.month)[1], by["BYMONTHDAY"]):
            return False
        if "BYYEARDAY" in by and not _is_in(day.timetuple().tm_yday, 365 + isleap(day.year), by["BYYEARDAY"]):
            return False
        if "BYWEEKNO" in by and not _is_in(*_week_of(day, self.rule.week_starts), by["BYWEEKNO"]):
            return False
        if not self.weekdays and not self.nth_days:
            return True
        return day.weekday() in self.weekdays or any(self._is_nth(day, *each) for each in self.nth_days)

    def _is_nth(self, day: date, nth: int, weekday: int) -> bool:
        if day.weekday() != weekday:
            return False
        if self.rule.freq == "YEARLY" and "BYMONTH" not in self.by:
            place, length = day.timetuple().tm_yday, 365 + isleap(day.year)
        else:
            place, length = day.day, monthrange(day.year, day.month)[1]
        return nth == ((place - 1) // 7 + 1 if nth > 0 else -((length - place) // 7 + 1))

    def _index_of(self, day: date) -> int:
        """Return the number of the latest visited period that begins by `day`; the first start's own is 0."""
        first, interval = self.first.date(), self.rule.interval
        match self.rule.freq:
            case "YEARLY":
                passed = day.year - first.year
            case "MONTHLY":
                passed = (day.year - first.year) * 12 + day.month - first.month
            case "WEEKLY":
                passed = (day - _week_start(first, self.rule.week_starts)).days // 7
            case _:
                passed = (day - first).days
        return max(0, passed // interval * interval)

    def _bounds(self, index: int) -> tuple[date, date] | None:
        """Return the first and the last day of a period, None beyond the year 9999."""
        first = self.first.date()
        try:
            match self.rule.freq:
                case "YEARLY":
                    return date(first.year + index, 1, 1), date(first.year + index, 12, 31)
                case "MONTHLY":
                    year, month = divmod(first.month - 1 + index, 12)
                    start = date(first.year + year, month + 1, 1)
                    return start, start.replace(day=monthrange(start.year, start.month)[1])
                case "WEEKLY":
                    start = _week_start(first, self.rule.week_starts) + timedelta(days=7 * index)
                    return start, min(start, date.max - timedelta(days=6)) + timedelta(days=6)
                case _:
                    start = first + timedelta(days=index)
                    return start, start
        except (OverflowError, ValueError):
            return None

    def _within(self, days: list[date], tick: Callable[[], None]) -> Iterator[datetime]:
        """Yield the starts on these days; with set positions only those, counted over days and times together."""
        many = len(self.times)
        if not self.positions:
            for day in days:
                tick()
                for at in self.times:
                    yield datetime.combine(day, at)
            return
        for place in _places(self.positions, len(days) * many):
            yield datetime.combine(days[place // many], self.times[place % many])

    def _of_unit(self, at: datetime) -> Iterator[datetime]:
        """Yield the starts within one hour, minute or second."""
        if self.rule.freq == "SECONDLY":
            starts = [at]
        elif self.rule.freq == "MINUTELY":
            starts = [at.replace(second=each.second) for each in self.times]
        else:
            starts = [at.replace(minute=each.minute, second=each.second) for each in self.times]
        chosen = _places(self.positions, len(starts)) if self.positions else range(len(starts))
        return iter([starts[place] for place in chosen])

    def _later(self, at: datetime, unit: int) -> datetime | None:
        """Return until when nothing can start because the day, hour, minute or second of `at` does not fit."""
        by = self.by
        if not self.fits(at.date()):
            return saturated(datetime.combine(at.date(), time()), timedelta(days=1))
        if "BYHOUR" in by and at.hour not in by["BYHOUR"]:
            return saturated(at.replace(minute=0, second=0), timedelta(hours=1))
        if unit <= 60 and "BYMINUTE" in by and at.minute not in by["BYMINUTE"]:
            return saturated(at.replace(second=0), timedelta(minutes=1))
        if unit == 1 and "BYSECOND" in by and at.second not in by["BYSECOND"]:
            return saturated(at, timedelta(seconds=1))
        return None


def _plan(rule: Rule, first: datetime) -> _Plan:
    by = {name: frozenset(numbers) for name, numbers in rule.by.items()}
    by_day = rule.by_day
    if not by_day and not by.keys() & {"BYWEEKNO", "BYYEARDAY", "BYMONTHDAY"}:
        if rule.freq == "YEARLY":
            by.setdefault("BYMONTH", frozenset({first.month}))
        if rule.freq in ("YEARLY", "MONTHLY"):
            by["BYMONTHDAY"] = frozenset({first.day})
        if rule.freq == "WEEKLY":
            by_day = ((0, first.weekday()),)
    if "BYWEEKNO" in by and not by_day and not by.keys() & {"BYYEARDAY", "BYMONTHDAY"}:
        by_day = ((0, first.weekday()),)
    unit = FINE.get(rule.freq, 86_400)
    hours = sorted(by.get("BYHOUR", {first.hour})) if unit > 3600 else [0]
    minutes = sorted(by.get("BYMINUTE", {first.minute})) if unit > 60 else [0]
    # A leap second is the last of its minute.
    seconds = sorted({min(each, 59) for each in by.get("BYSECOND", {first.second})}) if unit > 1 else [0]
    times = tuple(time(hour, minute, second) for hour in hours for minute in minutes for second in seconds)
    weekdays = frozenset(weekday for nth, weekday in by_day if not nth)
    nth_days = tuple(each for each in by_day if each[0])
    return _Plan(rule, first, by, weekdays, nth_days, times, tuple(rule.by.get("BYSETPOS", ())))


def _is_in(place: int, length: int, wanted: frozenset[int]) -> bool:
    """Whether the place-th of `length` is wanted, counted from the front or from the end."""
    return place in wanted or place - length - 1 in wanted


def _places(positions: tuple[int, ...], many: int) -> list[int]:
    """Return the indexes that BYSETPOS names among `many`, in order, each once."""
    found = {each - 1 if each > 0 else many + each for each in positions}
    return sorted(each for each in found if 0 <= each < many)


def _week_start(day: date, week_starts: int) -> date:
    return day - timedelta(days=min((day.weekday() - week_starts) % 7, day.toordinal() - 1))


def _week_of(day: date, week_starts: int) -> tuple[int, int]:
    """Return (number of the day's week, weeks of the year that it belongs to); week 1 holds four days of its year."""
    start = _week_start(day, week_starts)
    year = (start + timedelta(days=min(3, date.max.toordinal() - start.toordinal()))).year
    one = _week_start(date(year, 1, 4), week_starts)
    after = date.max if year == date.max.year else _week_start(date(year + 1, 1, 4), week_starts)
    return (start - one).days // 7 + 1, round((after - one).days / 7)


def _days_between(start: date, end: date) -> Iterator[date]:
    for ordinal in range(start.toordinal(), end.toordinal() + 1):
        yield date.fromordinal(ordinal)
