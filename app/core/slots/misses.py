"""When nothing fits: the times that almost do, and what stands in the way of each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from app.core.case import OfferedWindow
from app.core.deadlines import day_words
from app.core.interval import Interval, crossing, intersect, subtract
from app.core.slots.diary import Diary
from app.core.slots.terms import GRID, MINUTE, Terms, first_start, span_words

SHOWN = 3
_SEARCH = 20_000  # starts that are looked at
_AHEAD = timedelta(days=14)  # how far free time is looked for where no clock ends


@dataclass(frozen=True, slots=True)
class NearestMiss:
    """
    A time that almost fits.

    blocks: busy, clinic, outside_hours, travel, too_soon, after_deadline, too_short, payer_closed; `sentence` says it
    """

    interval: Interval
    blocks: tuple[str, ...]
    sentence: str


@dataclass(frozen=True, slots=True)
class Block:
    """What stands in the way of a time: how many minutes of it, and in words."""

    kind: str
    minutes: int
    words: str


Miss = tuple[int, int, datetime, datetime, int, tuple[Block, ...]]  # count, minutes, start, end, diary, blocks


def nearest_misses(windows: Sequence[OfferedWindow], diaries: Sequence[Diary], terms: Terms) -> tuple[NearestMiss, ...]:
    """
    Return up to three times that almost fit: fewest obstacles first, then the smallest, then the earliest.

    They do not overlap one another. The last is free time that the payer does not offer, where there is any.
    """
    found: list[Miss] = []
    for number, diary in enumerate(diaries):
        for interval in tries(windows, terms):
            blocks = tuple(blocks_of(interval, diary, terms))
            minutes = sum(block.minutes for block in blocks)
            found.append((len(blocks), minutes, interval.start, interval.end, number, blocks))
    elsewhere = next(filter(None, (_free_elsewhere(windows, each, terms) for each in diaries)), None)
    room = SHOWN - (elsewhere is not None)
    misses: list[NearestMiss] = []
    for count, _minutes, start, end, number, blocks in sorted(found, key=lambda each: each[:5]):
        interval = Interval(start, end)
        if count and len(misses) < room and not any(each.interval.overlaps(interval) for each in misses):
            misses.append(_miss(interval, blocks, diaries[number]))
    return (*misses, elsewhere) if elsewhere is not None else tuple(misses)


def tries(windows: Sequence[OfferedWindow], terms: Terms) -> Iterator[Interval]:
    """Yield every time still to come that a window would hold, and windows that are too short as they are."""
    left = _SEARCH
    for window in sorted(windows, key=lambda each: (each.interval.start, each.interval.end, each.id)):
        if window.slot is not None or window.interval.length < terms.length:
            if window.interval.start >= terms.now:
                yield window.interval
            continue
        latest = window.interval.end - terms.length
        start = first_start(max(window.interval.start, terms.now), latest)
        while left and start <= latest:
            yield Interval(start, start + terms.length)
            start += GRID
            left -= 1


def blocks_of(interval: Interval, diary: Diary, terms: Terms) -> Iterator[Block]:
    """Yield what keeps a clinician from a call at this time."""
    if interval.length < terms.length:
        lacking = (terms.length - interval.length) // MINUTE
        yield Block("too_short", lacking, f"{lacking} min shorter than the call")
    opens = terms.opens(diary.habits.prepare)
    if interval.start < opens:
        early = (opens - interval.start) // MINUTE
        yield Block("too_soon", early, f"begins {span_words(early)} sooner than the notice allows")
    if terms.ends is not None and interval.end > terms.ends:
        late = -((terms.ends - interval.end) // MINUTE)
        yield Block("after_deadline", late, f"ends {span_words(late)} after the deadline")
    (needed,) = diary.habits.around((interval,))
    yield from _unworked(needed, diary)
    yield from _busy(interval, needed, diary)


def _unworked(needed: Interval, diary: Diary) -> Iterator[Block]:
    outside = () if diary.worked is None else subtract((needed,), diary.worked)
    if not outside:
        return
    clinic = diary.hours is None or not subtract(outside, diary.hours)
    if clinic:
        yield Block("clinic", _minutes(outside), "in clinic")
    else:
        yield Block("outside_hours", _minutes(outside), "outside working hours")


def _busy(interval: Interval, needed: Interval, diary: Diary) -> Iterator[Block]:
    taken = crossing(diary.taken, needed.start, needed.end)
    if taken:
        when = clock_words(Interval(taken[0].start, taken[-1].end), diary.clinician.zone)
        beside = not crossing(diary.taken, interval.start, interval.end)
        words = f"no time to prepare or wrap up: busy {when}" if beside else f"busy {when}"
        yield Block("busy", _minutes(intersect((needed,), taken)), words)
    elif diary.places and not any(each.covers(interval) for each in diary.room.within(interval.start, interval.end)):
        way = diary.habits.travel // MINUTE
        yield Block("travel", way, f"no {way} min left to get to the next place")


def _free_elsewhere(windows: Sequence[OfferedWindow], diary: Diary, terms: Terms) -> NearestMiss | None:
    """Return the first worked and free time before the deadline that no window holds."""
    opens = terms.opens(diary.habits.prepare)
    end = min(opens + _AHEAD, terms.ends or opens + _AHEAD)
    if end <= opens:
        return None
    ahead = diary.over(Interval(opens, end))
    room = () if ahead.worked is None else ahead.room.within(opens, end)
    for piece in subtract(room, [each.interval for each in windows]):
        start = first_start(piece.start, piece.end - terms.length)
        if start + terms.length <= piece.end:
            interval = Interval(start, start + terms.length)
            return _miss(interval, (Block("payer_closed", 0, "free here, but the payer does not offer it"),), diary)
    return None


def _miss(interval: Interval, blocks: tuple[Block, ...], diary: Diary) -> NearestMiss:
    when = day_words(interval.start, diary.clinician.zone, hour=True)
    whose = f"{diary.clinician.name}, " if diary.stands_in is not None else ""
    words = "; ".join(block.words for block in blocks)
    return NearestMiss(interval, tuple(block.kind for block in blocks), f"{when}: {whose}{words}.")


def clock_words(interval: Interval, zone: str) -> str:
    """Return "10:00–11:30", with the days where they are two."""
    start, end = interval.start.astimezone(ZoneInfo(zone)), interval.end.astimezone(ZoneInfo(zone))
    if start.date() == end.date():
        return f"{start:%H:%M}–{end:%H:%M}"
    return f"from {day_words(start, zone, hour=True)} to {day_words(end, zone, hour=True)}"


def _minutes(intervals: Sequence[Interval]) -> int:
    return sum((each.length for each in intervals), timedelta()) // MINUTE
