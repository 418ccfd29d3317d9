"""What every slot must keep, gathered once; and the words for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.core.case import Clock
from app.core.deadlines import earliest_clock, firm_clock

GRID = timedelta(minutes=5)
MINUTE = timedelta(minutes=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DEADLINES = {
    "p2p_window": "the P2P window closes",
    "offer": "the payer's own deadline",
    "determination": "the payer must decide",
    "appeal": "the appeal is due",
}


@dataclass(frozen=True, slots=True)
class Terms:
    """
    ends: when the first firm clock ends; due_at, due: when the first of all ends, and which (spare time counts to it)

    notice: how far ahead the clinician must hear of a call; specialty: of the case's clinician, which a reviewer may
    share
    """

    now: datetime
    notice: timedelta
    ends: datetime | None
    due_at: datetime | None
    due: str | None
    length: timedelta
    specialty: str | None = None

    def opens(self, prepare: timedelta) -> datetime:
        """Return the earliest moment at which a call may begin that is prepared for so long."""
        return self.now + max(self.notice, prepare)


def terms_of(
    clocks: Sequence[Clock], *, length: timedelta, notice: timedelta, now: datetime, specialty: str | None = None
) -> Terms:
    """Return the terms of a case whose call lasts `length`."""
    due, firm = earliest_clock(clocks), firm_clock(clocks)
    return Terms(
        now=now.astimezone(UTC),
        notice=notice,
        ends=None if firm is None else firm.ends_at.astimezone(UTC),
        due_at=None if due is None else due.ends_at.astimezone(UTC),
        due=None if due is None else _DEADLINES.get(due.name, due.name),
        length=length,
        specialty=specialty,
    )


def first_start(opens: datetime, latest: datetime) -> datetime:
    """
    Return where the first call in a free piece starts: the next full five minutes, as clocks on the wall show them.

    Where that is after the latest start and the next full minute is not, that one: a window told as 12:07 to 12:27 is a
    time, not a block.
    """
    # Every zone's offset is a multiple of five minutes.
    if not (opens.minute % 5 or opens.second or opens.microsecond):
        return opens
    start = _next(opens, GRID)
    if start > latest >= _next(opens, MINUTE):
        return _next(opens, MINUTE)
    return start


def _next(instant: datetime, step: timedelta) -> datetime:
    """Return the next full step."""
    over = (instant - _EPOCH) % step
    return instant + (step - over) if over else instant


def next_minute(instant: datetime) -> datetime:
    """Return the next full minute, which may be this one."""
    return _next(instant, MINUTE)


def minutes_of(length: timedelta) -> int:
    """Return the whole minutes of a length of time, rounded down; three times as fast as dividing it."""
    return length.days * 1440 + length.seconds // 60


def span_words(minutes: int) -> str:
    """Return a length of time in the unit people would say."""
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 72 * 60 else f"{minutes // (24 * 60)} days"
