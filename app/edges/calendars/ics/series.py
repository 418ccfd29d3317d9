"""
The events of one UID → the times at which they take place in a span.

Of several versions the highest SEQUENCE counts, then the latest DTSTAMP (RFC 5546, section 2.1.5); where neither tells
them apart all of them block. An override takes the place of its instance, or of it and all after it; one whose
instance does not exist blocks where it says. A series too dense to be laid out blocks from end to end.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from app.core.interval import Interval
from app.core.slots.calendars import BusyKind
from app.edges.calendars.ics.events import Event, RuleOf, Tick
from app.edges.calendars.ics.recurrence import saturated, walk
from app.edges.calendars.ics.rule import FINE
from app.edges.calendars.ics.values import Length, Moment

_LONGEST_SECONDS = 4e11  # more than there are until the year 9999
_SLACK = timedelta(days=1)  # a skipped time lies later than the wall says, once by a whole day
Time = tuple[datetime, datetime, BusyKind]


class TooMuch(Exception):
    """Laying it out takes longer, or gives more, than one calendar may."""


@dataclass(slots=True)
class Laid:
    """What came of one UID: its times (start, end, kind), and what is to be told of it, by place."""

    times: list[Time] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    is_whole: bool = True
    is_dense: bool = False  # some of it is a whole stretch that its instances do not fill


def lay_out(events: Sequence[Event], span: Interval, tick: Tick) -> Laid:
    """Return the times of one UID's events that touch a span. `tick` may raise TooMuch: then the rest blocks whole."""
    laid = Laid()
    for each in events:
        laid.doubts += [f"{each.place}: {doubt}" for doubt in each.doubts]
        laid.is_whole = laid.is_whole and each.is_whole
    masters = _masters(events, laid)
    overrides = _overrides(events, masters, tick)
    for master in masters:
        try:
            for time in _of_master(master, overrides, span, tick, laid):
                laid.times.append(time)
        except TooMuch:
            laid.is_dense = True
            laid.times.append(_whole_of(master))
            laid.doubts.append(
                f"{master.place}: it repeats too often to be laid out, so all its time was taken as busy"
            )
    laid.times += [time for each in overrides.values() if (time := _time(each.start, each.length, each.kind))]
    laid.times = [time for time in laid.times if time[0] < span.end and span.start < time[1]]
    return laid


def _masters(events: Sequence[Event], laid: Laid) -> list[Event]:
    """Return the version that counts; all that nothing tells apart."""
    masters = [each for each in events if each.instead_of is None]
    latest = max((each.version for each in masters), default=None)
    equal = [each for each in masters if each.version == latest]
    apart = {(each.start.wall, each.start.is_day, each.length, each.kind, repr(each.rules)): each for each in equal}
    if len(apart) > 1:
        laid.doubts.append(f"{equal[0].place}: its UID is used for several events, and all of them were taken")
    return list(apart.values())


def _overrides(events: Sequence[Event], masters: Sequence[Event], tick: Tick) -> dict[object, Event]:
    """Return the overrides by the instance that each stands in for, the version that counts of each."""
    found: dict[object, Event] = {}
    for each in events:
        if each.instead_of is None or any(_is_over(each, each.instead_of, master, tick) for master in masters):
            continue
        key = each.instead_of.wall.date() if each.instead_of.is_day else each.instead_of.utc
        if key not in found or each.version >= found[key].version:
            found[key] = each
    return found


def _is_over(override: Event, instead_of: Moment, master: Event, tick: Tick) -> bool:
    """Whether a later version of the series has no such instance any more: then the override went with it."""
    if override.version[0] >= master.version[0]:
        return False
    if _Left.of(master.without, of_days=master.start.is_day).has(instead_of):
        return True
    wall = instead_of.wall if master.start.is_day or instead_of.is_day else master.start.zone.wall(instead_of.utc)
    if master.start.wall == wall or any(moment.utc == instead_of.utc for moment, _ in master.dates):
        return False
    last = wall + timedelta(days=1, seconds=-1) if instead_of.is_day and not master.start.is_day else wall
    return not any(_names(each, master.start.wall, wall, last, tick) for each in master.rules)


def _names(each: RuleOf, first: datetime, lower: datetime, upper: datetime, tick: Tick) -> bool:
    """Whether a rule names a start between two walls; one that is too dense to say does."""
    try:
        return any(True for _ in walk(each.rule, first, lower=lower, upper=min(upper, each.last_wall), tick=tick))
    except TooMuch:
        return True


@dataclass(frozen=True, slots=True)
class _Left:
    """Instances that do not take place as the rule says: by day, or by instant."""

    days: frozenset[date]
    instants: frozenset[datetime]

    @classmethod
    def of(cls, moments: Iterable[Moment], *, of_days: bool) -> "_Left":
        """Return them as a series of days, or of times, compares them."""
        some = tuple(moments)
        days = frozenset(each.wall.date() for each in some if of_days or each.is_day)
        return cls(days, frozenset() if of_days else frozenset(each.utc for each in some if not each.is_day))

    def has(self, instance: Moment) -> bool:
        """Whether an instance is one of them."""
        if self.days and instance.wall.date() in self.days:
            return True
        return bool(self.instants) and instance.utc in self.instants


def _of_master(master: Event, overrides: dict[object, Event], span: Interval, tick: Tick, laid: Laid) -> Iterator[Time]:
    """Yield the times of a master without those that are taken out or overridden; its rules' starts in order."""
    if not master.is_series and not overrides:
        yield from _given(_time(master.start, master.length, master.kind))
        return
    future = sorted((each for each in overrides.values() if each.and_future), key=lambda each: each.instead_of.utc)
    if _blocks_never(master, future):
        return
    left = _Left.of((*master.without, *(each.instead_of for each in overrides.values())), of_days=master.start.is_day)
    walked = list(master.rules)
    if not overrides and not master.without:
        unbroken = [(each, time) for each in master.rules if (time := _unbroken(master, each))]
        yield from (time for _, time in unbroken)
        walked = [each for each in walked if all(each is not other for other, _ in unbroken)]
    seen: set[datetime] = set()
    for instance, length, kind in _instances(master, walked, future, span, tick, laid):
        if instance.utc in seen or left.has(instance):
            continue
        seen.add(instance.utc)
        yield from _given(_moved(instance, length, kind, future))


def _instances(
    master: Event, walked: Sequence[RuleOf], future: Sequence[Event], span: Interval, tick: Tick, laid: Laid
) -> Iterator[tuple[Moment, Length, BusyKind | None]]:
    """Yield (start, length, kind) of DTSTART, RDATE and RRULE, in this order, as if nothing was changed of them."""
    start, zone = master.start, master.start.zone
    shift, longest = _reach(master, future)
    lower = saturated(zone.wall(span.start), -(longest + shift + _SLACK))
    upper = saturated(zone.wall(span.end), shift + _SLACK)
    if lower <= start.wall <= upper:
        yield start, master.length, _kind_of_first(master, tick, laid)
    for moment, length in master.dates:
        tick()
        yield moment, length or master.length, master.kind
    for each in walked:
        for wall in walk(each.rule, start.wall, lower=lower, upper=min(upper, each.last_wall), tick=tick):
            instance = Moment(wall, zone, start.is_day)
            if each.last_instant is None or instance.utc <= each.last_instant:
                yield instance, master.length, master.kind


def _reach(master: Event, future: Sequence[Event]) -> tuple[timedelta, timedelta]:
    """Return by how much instances may be moved, and how long the longest is."""
    shifts = [abs(each.start.wall - each.instead_of.wall) for each in future if each.instead_of]
    lengths = [abs(each.length.most) for each in (master, *future)]
    return max(shifts, default=timedelta(0)), max(lengths)


def _kind_of_first(master: Event, tick: Tick, laid: Laid) -> BusyKind | None:
    """
    Return how DTSTART blocks: tentatively where its rules do not name it.

    source: RFC 5545, section 3.8.5.3, leaves that undefined, and calendars disagree whether it takes place
    """
    if not master.rules or master.kind is None:
        return master.kind
    first = master.start.wall
    if any(_names(each, first, first, first, tick) for each in master.rules):
        return master.kind
    laid.doubts.append(f"{master.place}: its first time does not fit its rule, so it was taken as tentative")
    return BusyKind.TENTATIVE


def _moved(instance: Moment, length: Length, kind: BusyKind | None, future: Sequence[Event]) -> Time | None:
    """Return the time of an instance, changed by the latest override that reaches on to it."""
    for each in reversed(future):
        if each.instead_of is not None and each.instead_of.utc <= instance.utc:
            wall = saturated(instance.wall, each.start.wall - each.instead_of.wall)
            return _time(Moment(wall, each.start.zone, each.start.is_day), each.length, each.kind)
    return _time(instance, length, kind)


def _unbroken(master: Event, each: RuleOf) -> Time | None:
    """Return the one time that a rule's instances make where each begins before the last has ended, else None."""
    rule, zone, first = each.rule, master.start.zone, master.start.wall
    step = timedelta(seconds=FINE.get(rule.freq, 0) * min(rule.interval, 10**9))
    if not rule.is_plain or not step or master.length.days or master.length.exact < step:
        return None
    last = each.last_wall if each.last_instant is None else zone.wall(each.last_instant)
    if rule.count is not None:
        seconds = min(step.total_seconds() * (rule.count - 1), _LONGEST_SECONDS)
        last = min(last, saturated(first, timedelta(seconds=seconds)))
    if last < first:
        return None
    last = first + (last - first) // step * step
    return _time(master.start, Length(0, saturated(zone.utc(last), master.length.exact) - zone.utc(first)), master.kind)


def _whole_of(master: Event) -> Time:
    """Return all the time from a series' first start to its last end."""
    ends = [each.last_instant or master.start.zone.utc(each.last_wall) for each in master.rules]
    ends += [moment.utc for moment, _ in master.dates]
    end = saturated(max(ends, default=master.start.utc), abs(master.length.most))
    return master.start.utc, end, master.kind or BusyKind.BUSY


def _blocks_never(master: Event, future: Sequence[Event]) -> bool:
    """Whether none of a series' instances can block: they are free, or last no time."""
    nothing = all(each.kind is None or each.length == Length() for each in (master, *future))
    return nothing and not any(length for _, length in master.dates)


def _time(start: Moment, length: Length, kind: BusyKind | None) -> Time | None:
    """Return (start, end, kind); None for what blocks nothing. What ends before it starts blocks between the two."""
    if kind is None:
        return None
    begins, ends = start.utc, length.after(start)
    if begins == ends:
        return None
    return (begins, ends, kind) if begins < ends else (ends, begins, kind)


def _given(time: Time | None) -> tuple[Time, ...]:
    return () if time is None else (time,)
