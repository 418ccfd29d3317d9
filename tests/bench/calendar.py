"""Slots for 28 days over the change of the clock: 40 windows of a payer against 574 busy times and two clocks."""

import json
import random
import statistics
import time as clock
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.bench.race import FULL, Laps, Row, race

WINDOWS, BUSY, DAYS = 40, 574, 28
NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)  # the clock changes on the eighth
ZONE, OPENS, CLOSES = "America/Chicago", time(8), time(17)
SHOWN = 10  # as in the reference's table
LENGTH, NOTICE, STEP = timedelta(minutes=20), timedelta(minutes=30), timedelta(minutes=5)
ENDS = NOW + timedelta(days=27, hours=3)


def prepare(folder: Path) -> None:
    """Write windows and busy times as minutes since NOW; all on the five minutes, where every reading agrees."""
    draw = random.Random(574)
    windows = [_window(draw) for _ in range(WINDOWS)]
    busy = [_span(draw.randrange(DAYS * 24 * 12), draw.randint(3, 12)) for _ in range(BUSY)]
    (folder / "calendar.json").write_text(json.dumps({"windows": windows, "busy": busy}))


def _window(draw: random.Random) -> tuple[int, int]:
    """Return one to three hours of a weekday, near office hours; day 0 is a Monday, 09:00 at the clinician's."""
    day = draw.choice([day for day in range(DAYS) if day % 7 < 5])
    return _span((day * 24 + draw.randint(-2, 8)) * 12, draw.randint(12, 36))


def _span(start: int, length: int) -> tuple[int, int]:
    return start * 5, (start + length) * 5


def rows(folder: Path) -> list[Row]:
    """Return what the race gave."""
    prepare(folder)
    runners = (
        "calendar:rank_kept",
        "calendar:rank_raw",
        "calendar:portion_kept",
        "calendar:portion_raw",
        "calendar:scan",
    )
    laps = race(runners, folder, rounds=7 if FULL else 3)
    kept, raw, portion, portion_raw, naive = (laps[each] for each in runners)
    name = f"slots for {DAYS} days, {WINDOWS} windows, {BUSY} busy times"
    return [
        _row(f"{name}, laid out once", kept, portion, least=40, most=1000),
        _row(f"{name}, busy as it comes", raw, portion_raw),
        _peer("portion, busy merged once", portion),
        _peer("portion, busy as it comes", portion_raw),
        _peer("naive overlap scan", naive),
    ]


def _row(name: str, ours: Laps, peer: Laps, *, least: float | None = None, most: float | None = None) -> Row:
    value, ratio = ours.each * 1e6, round(peer.each / ours.each, 1)
    goal, met = (f">= {least:g}x, <= {most:g} us", ratio >= least and value <= most) if least else (None, None)
    return Row(name, round(value), "us", "portion", ratio, goal, met, ours.memory_mib)


def _peer(name: str, laps: Laps) -> Row:
    return Row(f"  {name}", round(laps.each * 1e6), "us", memory_mib=laps.memory_mib)


def rank_kept(folder: Path) -> dict:
    """Rank with the calendar expanded, merged and laid out once, as it stands until it changes."""
    return _rank(folder, kept=True)


def rank_raw(folder: Path) -> dict:
    """Rank with the busy times unsorted and overlapping."""
    return _rank(folder, kept=False)


def _rank(folder: Path, *, kept: bool) -> dict:
    from app.core.case import Clock, OfferedWindow
    from app.core.interval import Interval, span_of
    from app.core.people import Clinician, WorkingHours
    from app.core.slots import diary_of, rank_slots

    windows, busy = _read(folder)
    offered = [OfferedWindow(f"w{n}", Interval(*each), "phone") for n, each in enumerate(windows)]
    taken = [Interval(*each) for each in busy]
    hours = tuple(WorkingHours(day, OPENS, CLOSES) for day in ("MO", "TU", "WE", "TH", "FR"))
    clinician = Clinician("Practitioner/1", "", ZONE, hours=hours)
    clocks = [
        Clock("p2p_window", NOW, ENDS, "rule", "source", "because"),
        Clock("appeal", NOW, ENDS + timedelta(days=30), "rule", "source", "because"),
    ]

    def lay_out():
        return [diary_of(clinician, taken, span_of(each.interval for each in offered), verified=True)]

    diaries = lay_out()

    def rank(limit: int = SHOWN):
        laid = diaries if kept else lay_out()
        return rank_slots(offered, laid, clocks, length=LENGTH, notice=NOTICE, now=NOW, limit=limit)

    assert all(slot.because for slot in rank())
    answer = sorted(slot.interval.start.isoformat() for slot in rank(10**6))
    return {"seconds": _median(rank, 2000 if FULL else 300), "count": 1, "answer": answer}


def portion_kept(folder: Path) -> dict:
    """Ask portion for the free time, busy time and working hours merged once; then walk the starts, ranking nothing."""
    return _portion(folder, kept=True)


def portion_raw(folder: Path) -> dict:
    """The same with busy time unsorted and overlapping."""
    return _portion(folder, kept=False)


def _portion(folder: Path, *, kept: bool) -> dict:
    import portion

    windows, busy = _read(folder)
    zone = ZoneInfo(ZONE)
    days = [(NOW + timedelta(days=n)).date() for n in range(-1, DAYS + 1)]
    worked = [(datetime.combine(day, OPENS, zone), datetime.combine(day, CLOSES, zone)) for day in days]
    hours = [portion.closedopen(*(each.astimezone(UTC) for each in span)) for span in worked if span[0].weekday() < 5]

    def merge():
        return portion.Interval(*hours), portion.Interval(*(portion.closedopen(*each) for each in busy))

    merged = merge()

    def free() -> list[datetime]:
        works, taken = merged if kept else merge()
        offered = portion.Interval(*(portion.closedopen(*each) for each in windows))
        found = []
        for piece in (offered & works & portion.closedopen(NOW + NOTICE, ENDS)) - taken:
            start = piece.lower
            while start + LENGTH <= piece.upper:
                found.append(start)
                start += STEP
        return found

    # It joins windows that touch or overlap; a call lies inside one.
    inside = [each for each in free() if any(a <= each and each + LENGTH <= b for a, b in windows)]
    answer = sorted(each.isoformat() for each in inside)
    return {"seconds": _median(free, 100 if FULL else 30), "count": 1, "answer": answer}


def scan(folder: Path) -> dict:
    """Try every start on the grid against every busy time, which is what one writes first; it ranks nothing."""
    windows, busy = _read(folder)
    zone = ZoneInfo(ZONE)

    def free() -> set[datetime]:
        found = set()
        for opens, closes in windows:
            start = opens
            while start + LENGTH <= closes:
                end = start + LENGTH
                local, until = start.astimezone(zone), end.astimezone(zone)
                one_day = local.date() == until.date() and local.weekday() < 5
                works = one_day and local.time() >= OPENS and until.time() <= CLOSES
                if works and start >= NOW + NOTICE and end <= ENDS:
                    if not any(start < taken_until and taken_from < end for taken_from, taken_until in busy):
                        found.add(start)
                start += STEP
        return found

    answer = sorted(each.isoformat() for each in free())
    return {"seconds": _median(free, 20 if FULL else 7), "count": 1, "answer": answer}


def _median(work, times: int) -> float:
    seconds = []
    for _ in range(times):
        begun = clock.perf_counter()
        work()
        seconds.append(clock.perf_counter() - begun)
    return statistics.median(seconds)


def _read(folder: Path) -> tuple[list[tuple[datetime, datetime]], list[tuple[datetime, datetime]]]:
    told = json.loads((folder / "calendar.json").read_text())

    def instants(spans: list[list[int]]) -> list[tuple[datetime, datetime]]:
        return [(NOW + timedelta(minutes=start), NOW + timedelta(minutes=end)) for start, end in spans]

    return instants(told["windows"]), instants(told["busy"])
