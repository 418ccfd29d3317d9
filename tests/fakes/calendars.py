"""A clinician's calendar outside the EHR, with a memory."""

import threading
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from app.core.interval import Interval
from app.core.slots.calendars import BusyKind, BusyTime, CalendarRead, clip
from app.flow.ports import CalendarEvent, Written


@dataclass
class FakeCalendar:
    """One calendar: `taken` times, whether it can be read, what was put into it; `gate` keeps an answer back."""

    name: str = "Outlook"
    taken: list[Interval] = field(default_factory=list)
    kind: BusyKind = BusyKind.BUSY
    readable: bool = True
    gate: threading.Event | None = None
    events: dict[str, CalendarEvent] = field(default_factory=dict)
    troubles: list[Exception] = field(default_factory=list)  # what the next writes meet, each once
    told: list[CalendarEvent] = field(default_factory=list)

    def stop_if_told(self, event: CalendarEvent) -> None:
        """Remember what was asked for; fail as often as the test wants it."""
        self.told.append(event)
        if self.troubles:
            raise self.troubles.pop(0)

    def busy(self, span: Interval, *, now: datetime, but: Collection[CalendarEvent] = ()) -> CalendarRead:
        """Return what is taken in the span and what was put there, or that it could not be read."""
        if self.gate is not None:
            self.gate.wait(20)
        if not self.readable:
            return CalendarRead(self.name, (), False, now, ("it could not be read",))
        skipped = {each.id for each in but}
        ours = [each.interval for each in self.events.values() if each.id not in skipped]
        times = [BusyTime(each, self.kind) for each in sorted([*self.taken, *ours])]
        return CalendarRead(self.name, clip(times, span), True, now)

    def put(self, event: CalendarEvent, *, now: datetime, seen: bool, may_send: bool = True) -> Written:
        """Keep the event."""
        self.stop_if_told(event)
        self.events[event.id] = event
        return Written(event.id, how="created")

    def remove(self, event: CalendarEvent, *, may_send: bool = True) -> Written:
        """Forget it."""
        self.stop_if_told(event)
        self.events.pop(event.id, None)
        return Written(event.id, how="removed")
