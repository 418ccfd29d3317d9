"""
Published Slots → windows. Only free ones, only those that say their offset, each start once.

source: https://hl7.org/fhir/R4/slot.html; SMART Scheduling Links (slots published without a login)
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.core.case import OfferedWindow
from app.core.interval import Interval
from app.core.people import Reviewer
from app.core.windows import MOST_EXACT
from app.edges.fhir.identifiers import value_of_key
from app.edges.fhir.schedule import ReadSchedule
from app.edges.fhir.slot import ReadSlot, read_slot

FEED = "feed:"  # begins the name of every time that comes from a feed, of whatever kind


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose time it is, as far as it is told; phone: where the times of this owner are booked."""

    name: str | None = None
    specialty: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class Published:
    """What a payer publishes: windows by time, and what was left out, in words."""

    windows: tuple[OfferedWindow, ...]
    warnings: tuple[str, ...] = ()


def read_windows(
    slots: Iterable[dict[str, Any]],
    schedules: Mapping[str, ReadSchedule],
    *,
    base: str,
    span: Interval,
    now: datetime,
) -> Published:
    """
    Return the free slots that touch `span` and have not begun.

    schedules: by "Schedule/ID", for the reviewer's name and specialty
    errs: a slot id told with two starts is two windows; the same id and start told twice is one, busy if either is
    """
    read = [read_slot(each) for each in slots]
    warnings = tuple(dict.fromkeys(each.warning for each in read if each.warning))
    by_time = _by_time(each for each in read if each.interval and _is_asked(each.interval, span, now))
    starts = Counter(id_ for id_, _ in by_time)
    windows = [
        _window(told[-1], schedules.get(told[-1].schedule or ""), base=base, alone=starts[id_] == 1, now=now)
        for (id_, _), told in by_time.items()
        if all(each.status == "free" for each in told)
    ]
    return Published(tuple(sorted(windows, key=lambda each: (each.interval, each.id))), warnings)


def feed_windows(slots: Iterable[ReadSlot], owners: Mapping[str, Owner], *, key: str) -> tuple[OfferedWindow, ...]:
    """
    Return the free slots of a published set, in order of time.

    owners: by "Schedule/ID". A slot longer than an hour, or for several calls at once, is a window in which a call
    may lie; any other is an exact time. Its name holds the payer's key and never the feed's address, which may be
    secret. errs: told twice, a time is free only if it is free both times
    """
    windows = [
        _of_feed(told[-1], owners.get(told[-1].schedule or "", Owner()), key=key)
        for told in _by_time(slots).values()
        if all(each.status == "free" and each.seats for each in told)
    ]
    return tuple(sorted(windows, key=lambda each: (each.interval, each.id)))


def _is_asked(interval: Interval, span: Interval, now: datetime) -> bool:
    return interval.overlaps(span) and interval.start >= now


def _by_time(slots: Iterable[ReadSlot]) -> dict[tuple[str, datetime], list[ReadSlot]]:
    found: dict[tuple[str, datetime], list[ReadSlot]] = {}
    for each in slots:
        if each.id and each.interval:
            found.setdefault((each.id, each.interval.start), []).append(each)
    return found


def _of_feed(slot: ReadSlot, owner: Owner, *, key: str) -> OfferedWindow:
    assert slot.interval is not None  # noqa: S101 _by_time has left the others out
    name = f"{FEED}{key}/Slot/{slot.id}#{slot.interval.start:%Y%m%dT%H%M%SZ}"
    specialty = slot.specialty or owner.specialty
    return OfferedWindow(
        id=value_of_key(name),
        interval=slot.interval,
        channel="published",
        slot=name if slot.seats == 1 and slot.interval.length <= MOST_EXACT else None,
        reviewer=Reviewer(name=owner.name, specialty=specialty) if owner.name or specialty else None,
        source="bulk",
        seats=slot.seats,
        link=slot.link,
        phone=slot.phone or owner.phone,
    )


def _window(slot: ReadSlot, schedule: ReadSchedule | None, *, base: str, alone: bool, now: datetime) -> OfferedWindow:
    assert slot.interval is not None  # noqa: S101 read_windows has left the others out
    start = slot.interval.start.strftime("%Y%m%dT%H%M%SZ")
    where = f"{base}/Slot/{slot.id}"
    name = next(iter(schedule.actor_names), None) if schedule else None
    specialty = slot.specialty or (schedule.specialty if schedule else None)
    return OfferedWindow(
        id=value_of_key(f"{where}#{start}"),
        interval=slot.interval,
        channel="published",
        slot=where if alone else f"{where}#{start}",
        reviewer=Reviewer(name=name, specialty=specialty) if name or specialty else None,
        captured_at=now,
        link=slot.link,
        phone=slot.phone,
    )
