"""A calendar of 500 events with 60 rules, from the file to busy time: cold, with one event changed, and kept."""

import random
import statistics
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.bench.race import FULL, Laps, Row, race

SINGLES, RULES, DAYS, HISTORY = 440, 60, 28, 10
START = datetime(2026, 3, 2, tzinfo=UTC)  # the clock changes on the eighth
END = START + timedelta(days=DAYS)
ZONE = "America/Chicago"
PEER = "icalendar + recurring-ical-events"
MOST_COLD, MOST_HISTORY = 1.2, 1.5
_RULES = (
    "FREQ=WEEKLY",
    "FREQ=WEEKLY;BYDAY=MO,WE,FR",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU",
    "FREQ=DAILY;COUNT=90",
    "FREQ=MONTHLY;BYDAY=2TH",
    "FREQ=MONTHLY;BYMONTHDAY=15",
    "FREQ=WEEKLY;UNTIL=20260320T120000Z",
)


def prepare(folder: Path) -> None:
    """Write the calendar, the same with one series moved, and the same with ten times the history."""
    draw = random.Random(574)
    singles = [_single(draw, n, START - timedelta(days=7), 42) for n in range(SINGLES)]
    series = [_series(draw, n) for n in range(RULES)]
    older = [_single(draw, SINGLES + n, START - timedelta(days=2000), 1900) for n in range(SINGLES * (HISTORY - 1))]
    changed = [series[0].replace("T08", "T09").replace("T1", "T0"), *series[1:]]
    for name, events in (
        ("calendar", [*singles, *series]),
        ("changed", [*singles, *changed]),
        ("history", [*older, *singles, *series]),
    ):
        (folder / f"{name}.ics").write_text(_calendar(events))


def _calendar(events: list[str]) -> str:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//bench//EN", *events, "END:VCALENDAR", ""]
    return "\r\n".join(line for each in lines for line in each.split("\n"))


def _single(draw: random.Random, number: int, since: datetime, days: int) -> str:
    start = since + timedelta(days=draw.randrange(days), minutes=15 * draw.randint(32, 72))
    return _event(number, start, draw.choice((15, 30, 60, 90)), ())


def _series(draw: random.Random, number: int) -> str:
    start = START - timedelta(days=draw.randint(20, 200), minutes=-15 * draw.randint(32, 68))
    rule = draw.choice(_RULES)
    without = start + timedelta(days=7 * draw.randint(3, 30))
    more = [f"RRULE:{rule}", f"EXDATE;TZID={ZONE}:{without:%Y%m%dT%H%M%S}"]
    return _event(10_000 + number, start, 30, more)


def _event(number: int, start: datetime, minutes: int, more) -> str:
    end = start + timedelta(minutes=minutes)
    return "\n".join(
        [
            "BEGIN:VEVENT",
            f"UID:{number}@bench",
            "DTSTAMP:20260101T000000Z",
            f"DTSTART;TZID={ZONE}:{start:%Y%m%dT%H%M%S}",
            f"DTEND;TZID={ZONE}:{end:%Y%m%dT%H%M%S}",
            f"SUMMARY:Meeting {number}",
            "DESCRIPTION:Agenda\\, minutes and whatever else stands in there\\nfor a line or two",
            "STATUS:CONFIRMED",
            "SEQUENCE:0",
            *more,
            "END:VEVENT",
        ]
    )


def rows(folder: Path) -> list[Row]:
    """Return what the races gave."""
    prepare(folder)
    rounds = 7 if FULL else 3
    cold = race(("ics:ours", "ics:libraries"), folder, rounds=rounds)
    ours, libraries = cold["ics:ours"], cold["ics:libraries"]
    again = race(("ics:changed",), folder, rounds=rounds)["ics:changed"]
    kept = race(("ics:kept", "ics:kept_with_history"), folder, rounds=rounds)
    warm, history = kept["ics:kept"], kept["ics:kept_with_history"]
    name = f"{SINGLES + RULES} events, {RULES} rules, from the file to busy time"
    grown = round(history.each / warm.each, 2)
    return [
        _against(name, ours, libraries, most=MOST_COLD),
        _against(f"{name}, one series changed", again, libraries),
        Row(f"  {PEER}", round(libraries.each * 1000, 1), "ms", memory_mib=libraries.memory_mib),
        Row(
            f"slots from a kept calendar with {HISTORY}x the history",
            round(history.each * 1e6),
            "us",
            "the calendar without it",
            grown,
            f"<= {MOST_HISTORY}x",
            grown <= MOST_HISTORY,
            history.memory_mib,
        ),
        Row("  the calendar without it", round(warm.each * 1e6), "us", memory_mib=warm.memory_mib),
    ]


def _against(name: str, ours: Laps, peer: Laps, *, most: float | None = None) -> Row:
    ratio = round(ours.each / peer.each, 2)
    goal, met = (f"<= {most:g}x", ratio <= most) if most else (None, None)
    return Row(name, round(ours.each * 1000, 1), "ms", PEER, ratio, goal, met, ours.memory_mib)


def ours(folder: Path) -> dict:
    """Read the file as the product does, nothing known of it."""
    from app.edges.calendars.ics import read_ics

    data, within = (folder / "calendar.ics").read_bytes(), _span()
    read = read_ics(data, within, zone=ZONE)
    assert read.is_whole, read.warnings
    seconds = _median(lambda: read_ics(data, within, zone=ZONE), 9 if FULL else 3)
    return {
        "seconds": seconds,
        "count": 1,
        "answer": [_stamps(each.interval.start, each.interval.end) for each in read.busy],
    }


def changed(folder: Path) -> dict:
    """Read a version in which one series has moved, the one before it known."""
    from app.edges.calendars.ics import read_ics

    before, after, within = *((folder / f"{each}.ics").read_bytes() for each in ("calendar", "changed")), _span()
    memo: dict = {}
    seconds = []
    for _ in range(9 if FULL else 3):
        read_ics(before, within, zone=ZONE, memo=memo)
        begun = time.perf_counter()
        read_ics(after, within, zone=ZONE, memo=memo)
        seconds.append(time.perf_counter() - begun)
    return {"seconds": statistics.median(seconds), "count": 1}


def libraries(folder: Path) -> dict:
    """Read the file with the two libraries, and merge what they give."""
    import icalendar
    import recurring_ical_events

    data = (folder / "calendar.ics").read_bytes()

    def read() -> list[tuple[datetime, datetime]]:
        calendar = icalendar.Calendar.from_ical(data)
        found = recurring_ical_events.of(calendar).between(START, END)
        times = sorted((each.start.astimezone(UTC), each.end.astimezone(UTC)) for each in found)
        merged: list[tuple[datetime, datetime]] = []
        for start, end in times:
            if merged and start <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(merged[-1][1], end))
            else:
                merged.append((start, end))
        return [(max(start, START), min(end, END)) for start, end in merged]

    answer = [_stamps(*each) for each in read()]
    return {"seconds": _median(read, 9 if FULL else 3), "count": 1, "answer": answer}


def kept(folder: Path) -> dict:
    """Rank slots from a calendar that is kept."""
    return _rank_kept(folder, "calendar")


def kept_with_history(folder: Path) -> dict:
    """The same, where ten times as much lies behind it."""
    return _rank_kept(folder, "history")


def _rank_kept(folder: Path, name: str) -> dict:
    from app.core.case import OfferedWindow
    from app.core.interval import Interval, span_of
    from app.core.people import Clinician
    from app.core.slots import diary_of, rank_slots
    from app.core.slots.calendars import CalendarRead, merge_calendars
    from app.edges.calendars.ics import read_ics
    from app.edges.calendars.reading import Kept

    within, kept_ = _span(), Kept()
    read = read_ics((folder / f"{name}.ics").read_bytes(), within, zone=ZONE)
    kept_.keep("1", within, read.busy)
    clinician = Clinician("Practitioner/1", "", ZONE)
    hours = [START.astimezone(ZoneInfo(ZONE)).replace(hour=9) + timedelta(days=n) for n in range(1, DAYS, 2)]
    offered = [OfferedWindow(str(n), Interval(at, at + timedelta(hours=3)), "phone") for n, at in enumerate(hours)]

    def rank():
        found = merge_calendars([CalendarRead("one", kept_.within(within), True, START)], now=START)
        diary = diary_of(clinician, found.blocks, span_of(each.interval for each in offered), verified=True)
        return rank_slots(offered, [diary], (), length=timedelta(minutes=20), notice=timedelta(0), now=START)

    answer = [each.interval.start.isoformat() for each in rank()]
    return {"seconds": _median(rank, 200 if FULL else 50), "count": 1, "answer": answer}


def _span():
    from app.core.interval import Interval

    return Interval(START, END)


def _stamps(start: datetime, end: datetime) -> list[str]:
    return [start.isoformat(), end.isoformat()]


def _median(work, times: int) -> float:
    seconds = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - begun)
    return statistics.median(seconds)
