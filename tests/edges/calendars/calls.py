"""The booked call as the adapters are told of it, and busy time as text."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from app.core.interval import Interval
from app.core.slots.calendars import CalendarRead
from app.flow.ports import CalendarEvent
from tests.edges.calendars.writing import span

NOW = datetime(2026, 11, 1, tzinfo=UTC)
WEEK = span("2026-11-02", "2026-11-09")
HOUR = timedelta(hours=1)


def call(start: int = 0, *, revision: int = 0, id: str | None = None, **more) -> CalendarEvent:
    """Return a call of twenty minutes, so many hours after Monday 10:00 in Chicago."""
    begins = datetime(2026, 11, 2, 16, tzinfo=UTC) + start * HOUR
    times = Interval(begins, begins + HOUR / 3)
    return CalendarEvent(id or str(uuid4()), "P2P call, case P-7KMQ2D", times, revision, **more)


def hours(read: CalendarRead) -> list[str]:
    """Return busy times as "02 16:00-16:20"."""
    return [f"{each.interval.start:%d %H:%M}-{each.interval.end:%H:%M}" for each in read.busy]
