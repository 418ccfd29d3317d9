"""`parley slots FILE`: the times both sides can keep, from one file of windows, busy time and deadlines."""

import argparse
from collections.abc import Sequence
from datetime import time, timedelta
from typing import IO, Any
from zoneinfo import ZoneInfo

from app.core.case import Clock, OfferedWindow
from app.core.interval import WEEKDAYS, Interval, normalise, span_of
from app.core.people import Clinician, Reviewer, WorkingHours
from app.core.slots import Diary, Habits, NearestMiss, NothingLeft, RankedSlot, diary_of, rank_slots
from app.core.slots.advice import Change, changes_for
from app.core.slots.terms import terms_of
from app.errors import BadInput
from launch.files.fields import (
    as_instant,
    as_interval,
    as_list,
    as_minutes,
    as_object,
    as_text,
    as_zone,
    between,
    needed,
)
from launch.files.printing import print_answers

ALL = 1_000_000  # --json gives every slot
SHOWN = 50
_DAY_MINUTES = 24 * 60
_MOST_AROUND = 240
_AHEAD = timedelta(days=14)  # how far a further time is looked for
_MOST_WINDOW_TIME = timedelta(days=1100)  # told over and over: what is looked through
_MOST_TIME = timedelta(days=184)  # of it, each moment once: fifty thousand slots
_MOST_SPAN = timedelta(days=3660)


_FORM = (
    'The file: {"now", "length_minutes", "notice_minutes", "windows": [{"start", "end"}], "clinician": {"id", "zone", '
    '"hours": [{"day": "MO", "start": "09:00", "end": "17:00"}], "busy": [{"start", "end"}]}, '
    '"deadlines": [{"name", "at"}]}. Optional: "prepare_minutes", "wrap_up_minutes", "travel_minutes" (for all, or in '
    'one clinician); of a window "slot" (an exact time) and "reviewer_specialty"; of a clinician "specialty", '
    '"protected" '
    'and "clinic" (as hours), "calls" (with the same payer), of busy time its "place"; "colleagues" (as the clinician, '
    'with "because"). Without any slot the answer holds "nearest_misses" and "advice".'
)


def run(argv: list[str], *, stdin: IO[Any], stdout: IO[str], stderr: IO[str]) -> int:
    """Print the slots of every file; return 0, or 2 when one of them could not be read."""
    options = _parser().parse_args(argv)
    return print_answers(options.files, _answer, json=options.json, stdin=stdin, stdout=stdout, stderr=stderr)


class _Answer:
    """Slots or near misses, in the clinician's zone."""

    def __init__(
        self,
        zone: str,
        slots: Sequence[RankedSlot],
        none: NothingLeft | None,
        *,
        named: bool = False,
        changes: Sequence[Change] = (),
    ) -> None:
        self.zone, self.slots, self.none, self.named, self.changes = ZoneInfo(zone), slots, none, named, changes

    def as_json(self) -> dict[str, Any]:
        """Return the answer as the command's JSON."""
        misses = self.none.nearest_misses if self.none else ()
        return {
            "slots": [self._slot(each) for each in self.slots],
            "nearest_misses": [self._miss(each) for each in misses],
            **({"advice": [self._change(each) for each in self.changes]} if self.none else {}),
        }

    def as_table(self) -> list[str]:
        """Return the answer as lines for people."""
        if self.none is not None:
            misses = [f"  {each.sentence}" for each in self.none.nearest_misses]
            changes = [f"  {each.sentence}" for each in self.changes]
            return [self.none.say, *misses, *(["Any one of these would make a call fit:"] if changes else []), *changes]
        rows = [(self._when(each.interval), "; ".join(each.because)) for each in self.slots[:SHOWN]]
        width = max(len(when) for when, _ in rows)
        lines = [f"{when:<{width}}  {because}" for when, because in rows]
        left = len(self.slots) - len(rows)
        return [*lines, f"and {left} more (--json gives all)"] if left else lines

    def _slot(self, slot: RankedSlot) -> dict[str, Any]:
        return {
            **self._times(slot.interval),
            "minutes_to_spare": slot.minutes_to_spare,
            "because": list(slot.because),
            **({"clinician": slot.clinician.reference} if self.named else {}),
        }

    def _miss(self, miss: NearestMiss) -> dict[str, Any]:
        return {**self._times(miss.interval), "blocked_by": list(miss.blocks), "because": [miss.sentence]}

    def _change(self, change: Change) -> dict[str, Any]:
        told = {"kind": change.kind, "minutes": change.minutes, "clinician": change.clinician}
        return told | self._times(change.interval) | {"because": [change.sentence], "draft": change.draft}

    def _times(self, interval: Interval) -> dict[str, str]:
        return {
            "start": interval.start.astimezone(self.zone).isoformat(),
            "end": interval.end.astimezone(self.zone).isoformat(),
        }

    def _when(self, interval: Interval) -> str:
        start, end = interval.start.astimezone(self.zone), interval.end.astimezone(self.zone)
        return f"{start:%a %Y-%m-%d %H:%M}-{end:%H:%M} {start:%Z}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="parley slots", description=__doc__, epilog=_FORM)
    parser.add_argument("files", nargs="+", metavar="FILE", help="a JSON file, or - for standard input")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    return parser


def _answer(data: dict[str, Any]) -> _Answer:
    """Return the answer to one file; raises BadInput naming the place inside it."""
    windows = _windows(data)
    span = span_of(each.interval for each in windows)
    clinician = as_object(needed(data, "clinician"), "clinician")
    own = _diary(data, clinician, "clinician", span)
    colleagues = [
        _diary(data, as_object(each, f"colleagues[{index}]"), f"colleagues[{index}]", span, stands_in=True)
        for index, each in enumerate(as_list(data.get("colleagues"), "colleagues"))
    ]
    zone, (length, notice) = own.clinician.zone, _lengths(data)
    try:
        slots = rank_slots(
            windows,
            [own, *colleagues],
            _deadlines(data),
            length=length,
            notice=notice,
            now=as_instant(needed(data, "now"), "now"),
            specialty=own.clinician.specialty,
            limit=ALL,
        )
    except NothingLeft as none:
        return _Answer(zone, (), none, changes=_changes(data, windows, own, colleagues))
    return _Answer(zone, slots, None, named=bool(colleagues))


def _changes(
    data: dict[str, Any], windows: Sequence[OfferedWindow], own: Diary, colleagues: Sequence[Diary]
) -> tuple[Change, ...]:
    """Return the smallest changes that make a call fit; a further time is looked for in the clinician's hours."""
    length, notice = _lengths(data)
    terms = terms_of(_deadlines(data), length=length, notice=notice, now=as_instant(data["now"], "now"))
    ends = terms.now + _AHEAD if terms.ends is None else min(terms.ends, terms.now + _AHEAD)
    horizon = (Interval(terms.now, ends),) if ends > terms.now else ()
    ahead = [own.over(each) for each in horizon]
    return changes_for(windows, [own, *colleagues], terms, ahead=ahead, open_hours=horizon)


def _lengths(data: dict[str, Any]) -> tuple[timedelta, timedelta]:
    """Return how long the call lasts and how far ahead the clinician must hear of it."""
    return (
        as_minutes(data, "length_minutes", least=1, most=_DAY_MINUTES),
        as_minutes(data, "notice_minutes", least=0, most=366 * _DAY_MINUTES, absent=0),
    )


def _windows(data: dict[str, Any]) -> tuple[OfferedWindow, ...]:
    found = tuple(
        _window(as_object(each, f"windows[{index}]"), f"windows[{index}]")
        for index, each in enumerate(as_list(needed(data, "windows"), "windows"))
    )
    span = span_of(each.interval for each in found)
    if span is not None and span.length > _MOST_SPAN:
        raise BadInput("the first and the last lie more than ten years apart", path="windows")
    told = [each.interval for each in found]
    if sum((each.length for each in told), timedelta()) > _MOST_WINDOW_TIME:
        raise BadInput("more than three years of time in all", path="windows")
    if sum((each.length for each in normalise(told)), timedelta()) > _MOST_TIME:
        raise BadInput("more than half a year of time", path="windows")
    return found


def _deadlines(data: dict[str, Any]) -> tuple[Clock, ...]:
    found = []
    for index, each in enumerate(as_list(data.get("deadlines"), "deadlines")):
        path = f"deadlines[{index}]"
        given = as_object(each, path)
        name = as_text(given.get("name", "the deadline"), f"{path}.name")
        found.append(Clock(name, None, as_instant(needed(given, "at", path), f"{path}.at"), "file", "file", name))
    return tuple(found)


def _window(given: dict[str, Any], path: str) -> OfferedWindow:
    """Return a window; with a reference of the payer it is an exact slot."""
    slot, specialty = (_text_or_none(given, name, path) for name in ("slot", "reviewer_specialty"))
    reviewer = Reviewer(specialty=specialty) if specialty else None
    return OfferedWindow(path, as_interval(given, path), "file", slot=slot, reviewer=reviewer)


def _diary(
    data: dict[str, Any], given: dict[str, Any], path: str, span: Interval | None, *, stands_in: bool = False
) -> Diary:
    """Return the diary of a clinician, or of a colleague who may call in their place."""
    hours = _hours_of(given, "hours", path)
    zone = as_zone(given.get("zone", "UTC") if not hours else needed(given, "zone", path), f"{path}.zone")
    name = as_text(given.get("id", "clinician"), f"{path}.id")
    clinician = Clinician(name, name, zone, hours, _text_or_none(given, "specialty", path))
    busy = [
        (when, place)
        for index, each in enumerate(as_list(given.get("busy"), f"{path}.busy"))
        for when, place in _busy(each, f"{path}.busy[{index}]")
    ]
    calls = as_list(given.get("calls"), f"{path}.calls")
    minutes = (
        as_minutes(data | given, f"{each}_minutes", least=0, most=_MOST_AROUND, absent=0)
        for each in ("prepare", "wrap_up", "travel")
    )
    habits = Habits(*minutes, _hours_of(given, "protected", path), _hours_of(given, "clinic", path))
    calls = [as_interval(each, f"{path}.calls[{index}]") for index, each in enumerate(calls)]
    return diary_of(
        clinician,
        [*(when for when, _ in busy), *habits.around(calls)],
        span,
        verified=True,
        habits=habits,
        places={when: place for when, place in busy if place is not None},
        calls=calls,
        stands_in=_text_or_none(given, "because", path) or "stands in" if stands_in else None,
    )


def _text_or_none(given: dict[str, Any], name: str, path: str) -> str | None:
    return None if given.get(name) is None else as_text(given[name], f"{path}.{name}")


def _hours_of(given: dict[str, Any], name: str, path: str) -> tuple[WorkingHours, ...]:
    told = as_list(given.get(name), f"{path}.{name}")
    return tuple(_hours(each, f"{path}.{name}[{index}]") for index, each in enumerate(told))


def _hours(value: Any, path: str) -> WorkingHours:
    given = as_object(value, path)
    day = as_text(needed(given, "day", path), f"{path}.day").upper()
    if day not in WEEKDAYS:
        raise BadInput(f"not one of {', '.join(WEEKDAYS)}", path=f"{path}.day")
    start = _wall(needed(given, "start", path), f"{path}.start")
    end = _wall(needed(given, "end", path), f"{path}.end", midnight_ends=True)
    if end != time(0) and end <= start:
        raise BadInput("not after its start; write hours over midnight as two", path=f"{path}.end")
    return WorkingHours(day, start, end)


def _wall(value: Any, path: str, *, midnight_ends: bool = False) -> time:
    words = as_text(value, path)
    if midnight_ends and words in ("24:00", "24:00:00"):
        return time(0)
    try:
        wall = time.fromisoformat(words)
    except ValueError as error:
        raise BadInput("not a time of day like 09:00", path=path) from error
    if wall.tzinfo is not None:
        raise BadInput("a time of day has no offset; the clinician's zone counts", path=path)
    return wall


def _busy(value: Any, path: str) -> tuple[tuple[Interval, str | None], ...]:
    """Return busy time and where it is; nothing for an event without length, which blocks nothing."""
    given = as_object(value, path)
    start = as_instant(needed(given, "start", path), f"{path}.start")
    end = as_instant(needed(given, "end", path), f"{path}.end")
    return () if start == end else ((between(start, end, path), _text_or_none(given, "place", path)),)
