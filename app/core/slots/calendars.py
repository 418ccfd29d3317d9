"""
Several calendars of one clinician → one answer: what blocks, and whether it may be relied on.

A calendar that could not be read makes the hours unverified, however many others could: a free hour is free in all of
them or it is not known to be free.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import groupby
from operator import attrgetter

from app.core.interval import Interval, normalise, subtract

_NAME = attrgetter("name")


class BusyKind(StrEnum):
    """How time is taken (RFC 5545, FBTYPE). All three block; only a person books over tentative time."""

    BUSY = "busy"
    UNAVAILABLE = "busy-unavailable"
    TENTATIVE = "busy-tentative"


@dataclass(frozen=True, slots=True, order=True)
class BusyTime:
    """Time that is taken, and how."""

    interval: Interval
    kind: BusyKind = BusyKind.BUSY


@dataclass(frozen=True, slots=True)
class CalendarRead:
    """
    One calendar as it was read: its name for people, busy time (merged by kind), and whether that is all of it.

    warnings: sentences without content of the calendar; why_not: the one that says why it is not verified
    """

    name: str
    busy: tuple[BusyTime, ...]
    verified: bool
    read_at: datetime
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FreeBusy:
    """
    All calendars of a clinician as one: `blocks` sorted and disjoint; `tentative` that part of it which nobody has
    confirmed; unverified: the names of the calendars that could not be read; read_at: of the oldest reading
    """

    blocks: tuple[Interval, ...]
    tentative: tuple[Interval, ...]
    unverified: tuple[str, ...]
    read_at: datetime
    warnings: tuple[str, ...] = ()

    @property
    def verified(self) -> bool:
        """Whether every calendar could be read whole."""
        return not self.unverified


def merge_kinds(times: Iterable[BusyTime]) -> tuple[BusyTime, ...]:
    """Return the same time merged within each kind, in order; kinds may overlap, as RFC 4791 section 7.10 has it."""
    by_kind = groupby(sorted(times, key=attrgetter("kind")), key=attrgetter("kind"))
    merged = (
        BusyTime(interval, kind) for kind, some in by_kind for interval in normalise(each.interval for each in some)
    )
    return tuple(sorted(merged))


def clip(times: Sequence[BusyTime], span: Interval) -> tuple[BusyTime, ...]:
    """Return the parts of times that lie in a span."""
    found = []
    for each in times:
        start, end = max(each.interval.start, span.start), min(each.interval.end, span.end)
        if start < end:
            found.append(BusyTime(Interval(start, end), each.kind))
    return tuple(found)


def merge_calendars(reads: Sequence[CalendarRead], *, now: datetime) -> FreeBusy:
    """
    Return the calendars of one clinician as one; the order of `reads` says nothing.

    errs: tentative time blocks like all other; what one calendar calls free another may block
    """
    times = [each for read in reads for each in read.busy]
    firm = normalise(each.interval for each in times if each.kind is not BusyKind.TENTATIVE)
    unsure = normalise(each.interval for each in times if each.kind is BusyKind.TENTATIVE)
    told = (f"{read.name}: {each}" for read in sorted(reads, key=_NAME) for each in read.warnings)
    return FreeBusy(
        blocks=normalise(each.interval for each in times),
        tentative=subtract(unsure, firm),
        unverified=tuple(sorted(read.name for read in reads if not read.verified)),
        read_at=min((read.read_at for read in reads), default=now),
        warnings=tuple(dict.fromkeys(told)),
    )
