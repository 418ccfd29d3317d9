"""
Our own clinicians' free times, published to payers: who of ours, when, and nothing of why the rest is not free.

Only whole free calls are told, at even times of day: what lies between them in a calendar cannot be read from it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core.interval import Interval, crossing, normalise
from app.core.slots.diary import Diary

STEP = timedelta(minutes=30)  # the same wall times in every zone of the United States
FRESH = timedelta(hours=2)  # what could not be looked at for so long is told to nobody
MOST_TIMES = 400  # of one clinician


@dataclass(frozen=True, slots=True)
class Place:
    """Where the clinicians' office is, as scheduling links want it told: a telephone and a postal address."""

    name: str
    phone: str
    line: str
    city: str
    state: str
    postal_code: str


@dataclass(frozen=True, slots=True)
class Offered:
    """One clinician's published times, in order. id: made of their reference, and not to be read back to it."""

    id: str
    name: str
    specialty: str | None
    times: tuple[Interval, ...]

    @property
    def count(self) -> int:
        """Return how many times are told."""
        return len(self.times)


@dataclass(frozen=True, slots=True)
class Publication:
    """
    What one payer is shown. checked_at: when the calendars were read; changed_at: since when it is as it is

    problems: whose times are not told now, and why; for our own people only
    """

    offered: tuple[Offered, ...] = ()
    checked_at: datetime | None = None
    changed_at: datetime | None = None
    problems: tuple[str, ...] = ()

    def at(self, now: datetime) -> "Publication":
        """Return what may be told now: nothing where the calendars were not looked at lately."""
        if self.checked_at is None or now < self.checked_at + FRESH:
            return self
        empty = tuple(Offered(each.id, each.name, each.specialty, ()) for each in self.offered)
        return Publication(empty, self.checked_at, self.checked_at + FRESH)


@dataclass(frozen=True, slots=True)
class OutFeed:
    """An address given to one payer; of its secret only the digest is kept. state: open | ended"""

    id: str
    tenant: str
    payer_key: str
    digest: str
    made_by: str
    made_at: datetime
    state: str = "open"
    ended_by: str | None = None
    ended_at: datetime | None = None


def times_to_offer(
    diary: Diary, open_: Sequence[Interval], *, length: timedelta, opens: datetime
) -> tuple[Interval, ...]:
    """
    Return whole calls that this clinician can take, in order, none of which overlap; [start, start + length).

    open_: when the payer answers. opens: no call begins before it. Times kept for calls are the only ones told of a
    clinician who keeps some; without any it is all time that they work and are free
    returns: none at all where a calendar could not be read whole
    """
    if not diary.verified:
        return ()
    found: list[Interval] = []
    for open_span in normalise(open_):
        kept = crossing(diary.protected, open_span.start, open_span.end) if diary.protected else (open_span,)
        for span in kept:
            within = Interval(max(span.start, open_span.start), min(span.end, open_span.end))
            for room in diary.room.within(within.start, within.end):
                _add(found, room, length=length, opens=opens)
    return tuple(found[:MOST_TIMES])


def _add(found: list[Interval], room: Interval, *, length: timedelta, opens: datetime) -> None:
    """Add the calls of one free stretch, each at the next even time after the one before."""
    start = _even(max(room.start, opens, found[-1].end if found else opens))
    while start + length <= room.end and len(found) < MOST_TIMES:
        found.append(Interval(start, start + length))
        start = _even(start + length)


def _even(instant: datetime) -> datetime:
    over = timedelta(minutes=instant.minute % 30, seconds=instant.second, microseconds=instant.microsecond)
    return instant + (STEP - over) if over else instant
