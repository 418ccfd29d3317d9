"""
Clinicians' calendars outside the EHR, each kind an adapter, all of a clinician's read at once and merged in core.

    ics        iCalendar bytes → busy time, with what is not sure
    feed       a published file by its address
    caldav     a CalDAV server; dav: its XML; discovery: which calendars there are
    google, graph   Google Calendar, Outlook; json_api: what the two share
    ours, once the booked call as an event, and how it comes to stand once
    offered    our free times as a file, for payers that subscribe to it
    published  the other way round: times that a payer offers in a calendar
    reading    what all share: addresses that may be typed, busy time kept by version

An address typed by a person leads out only: give these adapters a Transport of their own, with no inside_hosts.
May import app.core, app.errors, app.flow.ports and app.edges.http.
"""

from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.core.interval import Interval
from app.core.people import Clinician
from app.core.slots.calendars import CalendarRead, FreeBusy, merge_calendars
from app.flow.ports import CalendarEvent, Written

__all__ = ["Connected", "ConnectedCalendars"]
_AT_ONCE = 8
_NONE = "nothing to do: no calendar of this clinician takes calls"


class Readable(Protocol):
    """A calendar that can be read; none of its readings raises."""

    name: str  # for people

    def busy(self, span: Interval, *, now: datetime, but: Collection[CalendarEvent] = ()) -> CalendarRead: ...


class Writable(Readable, Protocol):
    """A calendar that takes our events."""

    def put(self, event: CalendarEvent, *, now: datetime, seen: bool, may_send: bool = True) -> Written: ...
    def remove(self, event: CalendarEvent, *, may_send: bool = True) -> Written: ...


@dataclass(frozen=True, slots=True)
class Connected:
    """
    What a clinician has connected: every calendar that counts, and the one among them that takes our calls.

    took_calls: those that did before, in which an event of ours may still stand
    """

    read: Sequence[Readable] = ()
    takes_calls: Writable | None = None
    took_calls: Sequence[Writable] = ()


class ConnectedCalendars:
    """
    flow.ports.Calendars.

    of: gives what a clinician of a tenant has connected. patience_seconds: how long a page waits for all of them
    """

    def __init__(self, of: Callable[[str, Clinician], Connected], *, patience_seconds: float = 10.0) -> None:
        self._of, self._patience = of, patience_seconds
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="calendar")

    def busy(
        self,
        tenant: str,
        clinician: Clinician,
        span: Interval,
        *,
        now: datetime,
        but: Collection[CalendarEvent] = (),
    ) -> FreeBusy:
        """Return all calendars of a clinician as one, read at once."""
        return merge_calendars(self.read(self._of(tenant, clinician).read, span, now=now, but=but), now=now)

    def read(
        self, calendars: Sequence[Readable], span: Interval, *, now: datetime, but: Collection[CalendarEvent] = ()
    ) -> list[CalendarRead]:
        """Return what each of these says, read at once and waited for no longer than a page may take."""
        asked = [(each, self._pool.submit(each.busy, span, now=now, but=but)) for each in calendars]
        done, _ = wait([future for _, future in asked], timeout=self._patience)
        return [future.result() if future in done else _late(each, now) for each, future in asked]

    def takes_calls(self, tenant: str, clinician: Clinician, *, before: bool = False) -> bool:
        """Whether there is one among them that takes our calls; before: or did."""
        connected = self._of(tenant, clinician)
        return connected.takes_calls is not None or (before and bool(connected.took_calls))

    def put(
        self,
        tenant: str,
        clinician: Clinician,
        event: CalendarEvent,
        *,
        now: datetime,
        seen: bool,
        may_send: bool = True,
    ) -> Written:
        """Make the event stand in the calendar that takes calls; see flow.ports.Calendars."""
        connected = self._of(tenant, clinician)
        if event.revision:
            _take_out(connected.took_calls, event, may_send=may_send)
        if connected.takes_calls is None:
            return Written("", how=_NONE)
        return connected.takes_calls.put(event, now=now, seen=seen, may_send=may_send)

    def remove(
        self, tenant: str, clinician: Clinician, event: CalendarEvent, *, now: datetime, may_send: bool = True
    ) -> Written:
        """Make the event stand no more in the calendar that takes calls, nor in one that did before."""
        connected = self._of(tenant, clinician)
        _take_out(connected.took_calls, event, may_send=may_send)
        if connected.takes_calls is None:
            return Written("", how=_NONE)
        return connected.takes_calls.remove(event, may_send=may_send)


def _take_out(calendars: Sequence[Writable], event: CalendarEvent, *, may_send: bool) -> None:
    for each in calendars:
        each.remove(event, may_send=may_send)


def _late(calendar: Readable, now: datetime) -> CalendarRead:
    """Return a calendar whose answer is not waited for any longer."""
    return CalendarRead(calendar.name, (), False, now, ("it did not answer in time",))
