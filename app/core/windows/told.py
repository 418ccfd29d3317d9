"""What a payer told us when it was asked, by telephone or on its portal: times, to wait, or no (F17, F18)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from hashlib import sha256
from zoneinfo import ZoneInfo

from app.core.case import Case, OfferedWindow
from app.core.interval import Interval
from app.core.people import User
from app.core.windows import WindowRefused, capture_window, read_told_window
from app.core.windows.message import Message
from app.core.windows.reply import OfferRead
from app.errors import Refused

MOST_ROWS = 3  # a payer tells one or two times; more are captured one by one


class NoTimeTold(Refused):
    """It was said that times were offered, and none is written down. `field` names the form's field."""

    say = "Write down at least one time that was offered."
    next = "Where none was told, choose what else was answered."
    field = "day-0"


@dataclass(frozen=True, slots=True)
class ToldRow:
    """One row of the form: a day and its times as typed."""

    day: str
    start: str
    end: str

    @property
    def is_empty(self) -> bool:
        """Whether nothing was told in it; the day alone stands there before anybody typed."""
        return not (self.start.strip() or self.end.strip())


def told_id(case: Case, what: str, *, by: User, seen: int) -> str:
    """Return one id for what this person says from this page, so that the same form sent twice says it once."""
    return sha256(f"{case.id}/{seen}/{by.key}/{what}".encode("utf-8", "replace")).hexdigest()[:32]


def window_ids(told: str, intervals: Sequence[Interval]) -> list[str]:
    """Return an id for each time that was told at once, the same each time."""
    return [sha256(f"{told}/{each.start.isoformat()}".encode()).hexdigest()[:32] for each in intervals]


def is_told(case: Case, told: str, intervals: Sequence[Interval] = ()) -> bool:
    """Whether what has this id was kept already: as an attempt, or as its times."""
    ids = {told, *window_ids(told, intervals)}
    return any(each.id in ids for each in (*case.attempts, *case.windows))


def read_rows(rows: Sequence[ToldRow], *, zone: str) -> tuple[Interval, ...]:
    """Return the times of the rows that say any; raises WindowRefused naming field and row ("start-1"), NoTimeTold."""
    found = []
    for number, row in enumerate(rows):
        if row.is_empty:
            continue
        try:
            found.append(read_told_window(day=row.day, start=row.start, end=row.end, zone=zone))
        except WindowRefused as error:
            raise _in_row(error, number) from error
    if not found:
        raise NoTimeTold()
    return tuple(found)


def keep_windows(
    case: Case,
    intervals: Sequence[Interval],
    *,
    ids: Sequence[str],
    channel: str,
    told_by: str | None,
    by: str,
    now: datetime,
) -> Case:
    """Return the case with each time among its windows; raises WindowPast and MoveRefused as capture_window does."""
    windows = (
        OfferedWindow(id, each, channel, told_by=told_by, captured_at=now, captured_by=by)
        for id, each in zip(ids, intervals, strict=True)
    )
    return reduce(lambda so_far, window: capture_window(so_far, window=window, now=now), windows, case)


def told_message(
    case: Case,
    *,
    message_id: str,
    channel: str,
    subject: str,
    lines: Sequence[str],
    kept: Sequence[Interval] = (),
    zone: str,
    told_by: str | None,
    by: str,
    now: datetime,
) -> Message:
    """
    Return what the inbox keeps of an answer that a person heard or read: dealt with already, by them.

    kept: times that were kept as windows with it, written in `zone`; nothing of them is left to confirm
    """
    times = [f"Offered: {_span(each, zone)}" for each in kept]
    text = "\n".join(each for each in (*lines, *times) if each)
    return Message(
        id=message_id,
        name=f"{channel}:{message_id}",
        at=now,
        direction="in",
        channel=channel,
        counterpart=", ".join(each for each in (told_by, case.payer_name) if each),
        subject=subject,
        text=text,
        case_id=case.id,
        case_number=case.number,
        offers=tuple(
            OfferRead(each, line, text.index(line), text.index(line) + len(line))
            for each, line in zip(kept, times, strict=True)
        ),
        state="done",
        handled_by=by,
        handled_at=now,
    )


def _span(interval: Interval, zone: str) -> str:
    place = ZoneInfo(zone)
    start, end = interval.start.astimezone(place), interval.end.astimezone(place)
    return f"{start:%A, %B %d, %Y, %I:%M %p} to {end:%I:%M %p %Z}"


def _in_row(error: WindowRefused, number: int) -> WindowRefused:
    field = error.field if error.field == "zone" else f"{error.field}-{number}"
    return WindowRefused(field, error.say)
