"""
One calendar of a CalDAV server: its busy time by REPORT, our events by PUT and DELETE at addresses of our own making.

Servers differ: Radicale tells cancelled events as FBTYPE=FREE, both it and Xandikos return transparent and cancelled
ones to a search, and some filter badly around the edges of a time. So the search is a day wider on both sides, and what
blocks is decided here. source: RFC 4791; RFC 6638, section 9.1 (schedule-calendar-transp)
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from urllib.parse import urljoin, urlsplit

from app.core.effects import WriteUnknown
from app.core.interval import Interval
from app.core.slots.calendars import CalendarRead, clip
from app.edges.calendars.dav import (
    APPLE,
    CALDAV,
    DAV,
    NotDav,
    Response,
    calendar_query,
    free_busy_query,
    propfind,
    read_multistatus,
)
from app.edges.calendars.ics import IcsRead, read_ics
from app.edges.calendars.ics.zones import iana_zone
from app.edges.calendars.once import put_once
from app.edges.calendars.ours import has_event, move_ics, write_ics
from app.edges.calendars.reading import Kept, read_calendar
from app.edges.http import Answer, Endpoint, NotAuthorised, NotFound, Transport
from app.edges.http.endpoint import Token
from app.flow.ports import CalendarEvent, Written

_XML = {"Content-Type": "application/xml; charset=utf-8", "Accept": "application/xml, text/xml"}
_ICS = {"Content-Type": "text/calendar; charset=utf-8"}
_MARGIN = timedelta(days=1)
_STATE = ((APPLE, "getctag"), (DAV, "sync-token"), (CALDAV, "schedule-calendar-transp"), (CALDAV, "calendar-timezone"))
_EMPTY = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n"


def dav_endpoint(
    url: str, transport: Transport, token: Token | None, *, scheme: str = "Basic", who: str = "The calendar server"
) -> Endpoint:
    """Return the server of a calendar's address; nothing of it leads anywhere else."""
    parts = urlsplit(url)
    origin = f"{parts.scheme}://{parts.netloc}"
    return Endpoint(origin, transport, token=token, scheme=scheme, who=who, setting="calendar")


class CalDavCalendar:
    """
    A calendar collection at `url`.

    zone: IANA name for floating times where the calendar has none of its own. owner: the address that its owner is
    invited by. kept: what is known of it already
    """

    def __init__(
        self, url: str, endpoint: Endpoint, *, name: str, zone: str, owner: str | None = None, kept: Kept | None = None
    ) -> None:
        self.url = url if url.endswith("/") else f"{url}/"
        self.name = name
        self._endpoint, self._zone, self._owner = endpoint, zone, owner
        self._kept = kept or Kept()

    def busy(self, span: Interval, *, now: datetime, but: Collection[CalendarEvent] = ()) -> CalendarRead:
        """Return the busy time of a span; not verified when it could not be read whole. but: events of ours."""
        read = (lambda: self._without(but, span, now)) if but else (lambda: self._busy(span, now))
        return read_calendar(self.name, read, now=now)

    def put(self, event: CalendarEvent, *, now: datetime, seen: bool, may_send: bool = True) -> Written:
        """
        Make the event stand as it is told, once, however often this is asked for.

        seen: an earlier try may have arrived. may_send False: look only. raises: WriteUnknown, Conflict, and what
        http's errors list
        """
        where = self._where(event)
        return put_once(
            event,
            seen=seen,
            may_send=may_send,
            look=lambda: self._standing(where),
            found=lambda there: _found(where, there) if has_event(there.body, event) else None,
            send=lambda there: self._send(where, event, there, now=now),
        )

    def remove(self, event: CalendarEvent, *, may_send: bool = True) -> Written:
        """Make the event stand no more; one that its owner has removed is removed. raises: as put."""
        where = self._where(event)
        if not may_send:
            if self._standing(where) is not None:
                raise WriteUnknown
            return Written(where, how="found")
        try:
            self._endpoint.tell("DELETE", where)
        except NotFound:
            return Written(where, how="found")
        return Written(where, how="removed")

    def _busy(self, span: Interval, now: datetime) -> CalendarRead:
        with self._kept.lock:
            state = self._state()
            if state is not None and _is_transparent(state):
                return CalendarRead(self.name, (), True, now, ("it is set not to count as busy",))
            version = _version(state)
            if not self._kept.holds(version, span):
                horizon = self._kept.horizon_for(span)
                read, lost = self._read(horizon, self._zone_of(state))
                if lost or not read.is_whole:
                    self._kept.version = None
                    told = (*read.warnings, *((lost,) if lost else ()))
                    return CalendarRead(self.name, clip(read.busy, span), False, now, told)
                self._kept.keep(version, horizon, read.busy, read.warnings)
            return CalendarRead(self.name, self._kept.within(span), True, now, self._kept.warnings)

    def _without(self, but: Collection[CalendarEvent], span: Interval, now: datetime) -> CalendarRead:
        """Read it for this question alone: what is kept is merged, and a time does not tell whose it is."""
        state = self._state()
        if state is not None and _is_transparent(state):
            return CalendarRead(self.name, (), True, now, ("it is set not to count as busy",))
        read, lost = self._read(span, self._zone_of(state), but=[each.id for each in but])
        told = (*read.warnings, *((lost,) if lost else ()))
        return CalendarRead(self.name, read.busy, read.is_whole and not lost, now, told)

    def _state(self) -> Response | None:
        body = propfind(*_STATE)
        answer = self._endpoint.ask("PROPFIND", self.url, body=body, headers={**_XML, "Depth": "0"})
        return next(iter(read_multistatus(answer.body)), None)

    def _zone_of(self, state: Response | None) -> str:
        """Return the calendar's own zone, where it has one that the world knows."""
        lines = state.text((CALDAV, "calendar-timezone")).splitlines() if state else []
        told = next((line.partition(":")[2].strip() for line in lines if line.upper().startswith("TZID")), "")
        return told if told and "/" in told and iana_zone(told) else self._zone

    def _read(self, horizon: Interval, zone: str, *, but: Collection[str] = ()) -> tuple[IcsRead, str | None]:
        """Return the busy time of the horizon, and what is missing, in words. but: UIDs that do not count."""
        how = {"zone": zone, "owner": self._owner, "memo": None if but else self._kept.memo, "but": but}
        try:
            whole, lost = self.text(horizon)
        except NotAuthorised:
            # Whoever shares busy time alone answers this one.
            return read_ics(self._report(free_busy_query(horizon)).body, horizon, **how), None
        return read_ics(whole, horizon, **how), lost

    def text(self, horizon: Interval) -> tuple[bytes, str | None]:
        """Return the events that touch a time as one text, and what is missing of them, in words. raises: as put."""
        wider = Interval(horizon.start - _MARGIN, horizon.end + _MARGIN)
        responses = read_multistatus(self._report(calendar_query(wider)).body)
        texts = [each.text((CALDAV, "calendar-data")) for each in responses]
        return "\r\n".join(each for each in texts if each).encode() or _EMPTY, _missing(responses)

    def version(self) -> str | None:
        """Return what the server calls the state of the calendar, None where it does not say. raises: as put."""
        return _version(self._state())

    def _report(self, body: bytes) -> Answer:
        return self._endpoint.ask("REPORT", self.url, body=body, headers={**_XML, "Depth": "1"})

    def _where(self, event: CalendarEvent) -> str:
        return self._endpoint.url_of(urljoin(self.url, f"{event.id}.ics"))

    def _standing(self, where: str) -> Answer | None:
        answer = self._endpoint.ask("GET", where, accept=(404, 410))
        return None if answer.status in (404, 410) else answer

    def _send(self, where: str, event: CalendarEvent, standing: Answer | None, *, now: datetime) -> Written:
        if standing is None:
            body, condition = write_ics(event, now=now), {"If-None-Match": "*"}
        else:
            body, etag = move_ics(standing.body, event, now=now), standing.headers.get("ETag")
            condition = {"If-Match": etag} if etag else {}
        answer = self._endpoint.tell("PUT", where, body=body, headers={**_ICS, **condition})
        return Written(where, answer.headers.get("ETag"), "created" if standing is None else "updated")


def _found(where: str, standing: Answer) -> Written:
    return Written(where, standing.headers.get("ETag"), "found")


def _is_transparent(state: Response) -> bool:
    told = state.props.get((CALDAV, "schedule-calendar-transp"))
    return told is not None and told.first((CALDAV, "transparent")) is not None


def _version(state: Response | None) -> str | None:
    """Return what the server calls the calendar's state; None where it does not say, and nothing is kept."""
    told = (state.text(name) for name in ((APPLE, "getctag"), (DAV, "sync-token"))) if state else ()
    return next((each for each in told if each), None)


def _missing(responses: Sequence[Response]) -> str | None:
    """Return why a search is not to be relied on: cut short by the server, or with events that it kept to itself."""
    if any(each.status == 507 for each in responses):
        return "the server gave a part of the calendar only"
    if any(each.status not in (None, 200, 404) or (CALDAV, "calendar-data") not in each.props for each in responses):
        return "the server kept an event back"
    return None


__all__ = ["CalDavCalendar", "NotDav", "dav_endpoint"]
