"""Day strips: one bar a day that shows when the payer talks, when the clinician is taken, and where the clock ends."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.core.interval import Interval, normalise
from app.flow.slots import Proposal

WIDTH = 720
DAYS = 5


@dataclass(frozen=True, slots=True)
class Bar:
    """A piece of a strip: x and width in its units, words for the tooltip and for those who cannot see it."""

    x: float
    width: float
    words: str


@dataclass(frozen=True, slots=True)
class Strip:
    """One day from `from_hour` to `to_hour`, local."""

    day: datetime
    from_hour: int
    to_hour: int
    windows: tuple[Bar, ...]
    busy: tuple[Bar, ...]
    slots: tuple[Bar, ...]
    due_x: float | None
    words: str


def strips_of(proposal: Proposal, *, zone: str, now: datetime) -> tuple[Strip, ...]:
    """Return the strips of the first days on which the payer offers time, in the reader's zone."""
    here = ZoneInfo(zone)
    windows = normalise(each.interval for each in proposal.case.windows if each.interval.end > now)
    days = sorted({each.start.astimezone(here).date() for each in windows})[:DAYS]
    busy = normalise(proposal.busy.busy) if proposal.busy else ()
    due = min((each.ends_at for each in proposal.case.clocks if each.name != "appeal"), default=None)
    strips = []
    for day in days:
        midnight = datetime.combine(day, time(), tzinfo=here)
        whole = Interval(midnight, midnight + timedelta(days=1))
        offered = tuple(each for each in windows if each.overlaps(whole))
        first = min(7, *(each.start.astimezone(here).hour for each in offered if each.start >= whole.start), 23)
        ends = [each.end.astimezone(here) for each in offered if each.end < whole.end]
        last = max(18, *(each.hour + 1 for each in ends), 1)
        # Hours are added on the wall, where a day of 23 or 25 hours has its noon at twelve all the same.
        span = Interval(midnight + timedelta(hours=first), midnight + timedelta(hours=min(last, 24)))
        chosen = tuple(each.interval for each in proposal.slots[:6])
        strips.append(
            Strip(
                day=whole.start,
                from_hour=first,
                to_hour=min(last, 24),
                windows=_bars(offered, span, here, "payer talks"),
                busy=_bars(busy, span, here, "clinician taken"),
                slots=_bars(chosen, span, here, "proposed"),
                due_x=_x(due, span) if due is not None and span.contains(due) else None,
                words=_words(offered, busy, span, here),
            )
        )
    return tuple(strips)


def _x(instant: datetime, span: Interval) -> float:
    return round((instant - span.start) / span.length * WIDTH, 1)


def _bars(intervals: tuple[Interval, ...], span: Interval, zone: ZoneInfo, what: str) -> tuple[Bar, ...]:
    bars = []
    for each in intervals:
        if not each.overlaps(span):
            continue
        start, end = max(each.start, span.start), min(each.end, span.end)
        words = f"{what} {start.astimezone(zone):%H:%M}–{end.astimezone(zone):%H:%M}"
        bars.append(Bar(_x(start, span), max(round(_x(end, span) - _x(start, span), 1), 1), words))
    return tuple(bars)


def _words(offered: tuple[Interval, ...], busy: tuple[Interval, ...], span: Interval, zone: ZoneInfo) -> str:
    told = [bar.words for bar in (*_bars(offered, span, zone, "payer talks"), *_bars(busy, span, zone, "taken"))]
    return "; ".join(told)
