"""
One calendar of a Google account.

Events are listed instance by instance and kept by their sync token, so that the next look fetches what has changed;
a token that is over (410) means all of it again. Whoever may see busy time only is answered by freeBusy, in which a
calendar that Google left out, or answered with an error, is not a free one.
source: Calendar API v3, events.list and its guide on synchronising, freebusy.query, events.insert
"""

from base64 import b32hexencode
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import quote
from uuid import UUID

from app.core.interval import Interval
from app.core.slots.calendars import BusyKind, BusyTime, CalendarRead, clip, merge_kinds
from app.edges.calendars.ics.zones import UTC_ZONE, Zone, iana_zone
from app.edges.calendars.json_api import (
    Json,
    JsonCalendar,
    NotJson,
    ask_json,
    days_of,
    instant_of,
    interval_of,
    listed,
    next_in,
    pages,
    tell_json,
    text_of,
    word_of,
)
from app.edges.calendars.reading import Kept, read_calendar
from app.edges.http import Endpoint, NotAuthorised, NotFound, Transport
from app.edges.http.endpoint import Token
from app.flow.ports import CalendarEvent, Written

BASE = "https://www.googleapis.com/calendar/v3"
_GONE = (404, 410)
_EVENT = "id,status,transparency,eventType,start,end,attendees(self,responseStatus)"
_FIELDS = f"nextPageToken,nextSyncToken,timeZone,items({_EVENT})"
_ANSWERS = {"declined": None, "tentative": BusyKind.TENTATIVE, "needsAction": BusyKind.TENTATIVE}
_LIMITS = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "backendError"})


def google_endpoint(transport: Transport, token: Token, *, base: str = BASE) -> Endpoint:
    """Return Google's calendar interface; base: another one in tests."""
    return Endpoint(base, transport, token=token, who="Google Calendar", explain=_explain, setting="calendar")


class GoogleCalendar(JsonCalendar):
    """
    A calendar by its id ("primary", or an address).

    zone: IANA name for days where the calendar does not tell its own. kept: what is known of it already
    """

    def __init__(self, id: str, endpoint: Endpoint, *, name: str, zone: str, kept: Kept | None = None) -> None:
        super().__init__(endpoint, name=name, zone=zone)
        self.id = id
        self._kept = kept or Kept()
        self._events = endpoint.url_of(f"calendars/{quote(id, safe='')}/events")

    def busy(self, span: Interval, *, now: datetime, but: Collection[CalendarEvent] = ()) -> CalendarRead:
        """Return the busy time of a span; not verified when it could not be read whole. but: events of ours."""
        return read_calendar(self.name, lambda: self._busy(span, now, but), now=now)

    def _busy(self, span: Interval, now: datetime, but: Collection[CalendarEvent]) -> CalendarRead:
        with self._kept.lock:
            try:
                read = self._listed(span, now)
            except (NotAuthorised, NotFound):
                return self._asked(span, now)
            return self._without(but, read, span) if but and read.verified else read

    def _without(self, but: Collection[CalendarEvent], read: CalendarRead, span: Interval) -> CalendarRead:
        """Return what was read with our events left out; one whose id is not of our making is asked for."""
        kept = self._kept.events
        ours = {_id_of(each) for each in but}
        for each in but:
            if _id_of(each) not in kept and any(one.interval == each.interval for one in kept.values()):
                ours.add(str((self._standing(each) or {}).get("id")))
        left = tuple(time for id_, time in kept.items() if id_ not in ours)
        return replace(read, busy=clip(merge_kinds(clip(left, span)), span))

    def _listed(self, span: Interval, now: datetime) -> CalendarRead:
        kept = self._kept
        if kept.holds(kept.version, span) and self._changes():
            return CalendarRead(self.name, kept.within(span), True, now, kept.warnings)
        horizon = kept.horizon_for(span)
        kept.events.clear()
        kept.version = None
        start, end = (each.isoformat() for each in (horizon.start, horizon.end))
        told = self._pages({"singleEvents": "true", "timeMin": start, "timeMax": end, "maxResults": "2500"})
        token, lost = self._take(told)
        kept.keep(token, horizon, self._merged(horizon))
        if lost:
            kept.version = None
            return CalendarRead(self.name, kept.within(span), False, now, lost)
        return CalendarRead(self.name, kept.within(span), True, now)

    def _changes(self) -> bool:
        """Bring what is kept up to date; return False where it must be read anew."""
        kept = self._kept
        status, first = self._page({"singleEvents": "true", "syncToken": kept.version or ""}, accept=(410, 400))
        if status != 200 or kept.horizon is None:
            return False
        token, lost = self._take(self._pages({"singleEvents": "true", "syncToken": kept.version or ""}, first))
        if lost or token is None:
            return False
        kept.keep(token, kept.horizon, self._merged(kept.horizon))
        return True

    def _page(self, params: dict[str, str], *, accept: Iterable[int] = ()) -> tuple[int, Json]:
        url = self._endpoint.url_of(self._events, [*params.items(), ("fields", _FIELDS)])
        return ask_json(self._endpoint, "GET", url, accept=accept)

    def _pages(self, params: dict[str, str], first: Json | None = None) -> list[Json]:
        """Return all pages of a list; one that ends in the middle is none."""
        known = {"": first} if first is not None else {}

        def fetch(token: str) -> Json:
            return known.pop(token, None) or self._page(params | ({"pageToken": token} if token else {}))[1]

        return list(pages("", fetch, lambda page: next_in(page, "nextPageToken")))

    def _take(self, told: list[Json]) -> tuple[str | None, tuple[str, ...]]:
        """Put the events of pages among those that are kept; return the next sync token, and what cannot be read."""
        lost: list[str] = []
        for page in told:
            zone = iana_zone(str(page.get("timeZone", ""))) or self._zone
            for each in listed(page, "items"):
                time, problem = _busy_time(each, zone)
                lost += [problem] if problem else []
                self._kept.events.pop(str(each.get("id")), None)
                if time is not None:
                    self._kept.events[str(each.get("id"))] = time
        return text_of(told[-1].get("nextSyncToken")), tuple(dict.fromkeys(lost))

    def _merged(self, horizon: Interval) -> tuple[BusyTime, ...]:
        return merge_kinds(clip(tuple(self._kept.events.values()), horizon))

    def _asked(self, span: Interval, now: datetime) -> CalendarRead:
        """Return busy time as freeBusy tells it: nothing of events, and nothing kept."""
        body = {"timeMin": span.start.isoformat(), "timeMax": span.end.isoformat(), "items": [{"id": self.id}]}
        _, told = ask_json(self._endpoint, "POST", self._endpoint.url_of("freeBusy"), body=body)
        calendars = told.get("calendars")
        ours = calendars.get(self.id) if isinstance(calendars, dict) else None
        if not isinstance(ours, dict):
            return CalendarRead(self.name, (), False, now, ("Google did not answer for this calendar",))
        if errors := listed(ours, "errors"):
            reason = word_of(errors[0].get("reason"))
            return CalendarRead(self.name, (), False, now, (f"Google could not read this calendar ({reason})",))
        times = [
            interval_of(instant_of(each.get("start"), UTC_ZONE), instant_of(each.get("end"), UTC_ZONE))
            for each in listed(ours, "busy")
        ]
        if not all(times):
            raise NotJson
        busy = merge_kinds(BusyTime(each) for each in times if each)
        return CalendarRead(self.name, clip(busy, span), True, now)

    def _standing(self, event: CalendarEvent) -> Json | None:
        """Return the event by its id, else by our mark or by its very words: not every server takes ids of ours."""
        status, found = ask_json(self._endpoint, "GET", self._url(_id_of(event)), accept=_GONE)
        if status == 200:
            return found
        around = {"timeMin": event.interval.start.isoformat(), "timeMax": event.interval.end.isoformat()}
        mark = {"privateExtendedProperty": f"parley={event.id}"}
        url = self._endpoint.url_of(self._events, [*around.items(), *mark.items()])
        status, told = ask_json(self._endpoint, "GET", url, accept=_GONE)
        return next((each for each in listed(told, "items") if _is_ours(each, event)), None)

    def _send(self, event: CalendarEvent, standing: Json | None) -> Written:
        if standing is None:
            body = {"id": _id_of(event), **_body(event)}
            url = self._endpoint.url_of(self._events, [("sendUpdates", "none")])
            return self._written(tell_json(self._endpoint, "POST", url, body=body), "created")
        headers = {"If-Match": etag} if (etag := text_of(standing.get("etag"))) else {}
        url = self._url(str(standing["id"]))
        return self._written(tell_json(self._endpoint, "PATCH", url, body=_body(event), headers=headers), "updated")

    def _url(self, id: str) -> str:
        return self._endpoint.url_of(f"{self._events}/{quote(id, safe='')}", [("sendUpdates", "none")])

    def _has(self, standing: Json, event: CalendarEvent) -> bool:
        return _has(standing, event)


def _busy_time(event: Json, zone: Zone) -> tuple[BusyTime | None, str | None]:
    """Return how an event blocks, and what is wrong where that cannot be told."""
    kind = _kind(event)
    if kind is None:
        return None, None
    start, end = (each if isinstance(each, dict) else {} for each in (event.get("start"), event.get("end")))
    if "date" in start:
        time = days_of(start.get("date"), end.get("date"), zone)
        return (BusyTime(time, kind), None) if time else (None, "the days of an event could not be read")
    begins, ends = _instant(start, zone), _instant(end, zone)
    if begins is None or ends is None:
        return None, "the time of an event could not be read"
    time = interval_of(begins, ends)
    return (BusyTime(time, kind) if time else None), None


def _instant(told: Json, zone: Zone) -> datetime | None:
    return instant_of(told.get("dateTime"), iana_zone(str(told.get("timeZone", ""))) or zone)


def _kind(event: Json) -> BusyKind | None:
    """Return how an event blocks, None for one that does not."""
    if event.get("status") == "cancelled" or event.get("transparency") == "transparent":
        return None
    if event.get("eventType") == "workingLocation":
        return None
    own = next((each for each in _own_answers(event)), "accepted")
    if own in _ANSWERS:
        return _ANSWERS[own]
    if event.get("status") == "tentative":
        return BusyKind.TENTATIVE
    return BusyKind.UNAVAILABLE if event.get("eventType") == "outOfOffice" else BusyKind.BUSY


def _own_answers(event: Json) -> Iterator[str]:
    attendees = event.get("attendees")
    for each in attendees if isinstance(attendees, list) else ():
        if isinstance(each, dict) and each.get("self") is True:
            yield str(each.get("responseStatus"))


def _body(event: CalendarEvent) -> Json:
    start, end = (each.astimezone(UTC).isoformat() for each in (event.interval.start, event.interval.end))
    return {
        "summary": event.title,
        "description": event.text,
        "start": {"dateTime": start, "timeZone": "UTC"},
        "end": {"dateTime": end, "timeZone": "UTC"},
        "status": "tentative" if event.tentative else "confirmed",
        "transparency": "opaque",
        "visibility": "private",
        "extendedProperties": {"private": {"parley": event.id, "revision": str(event.revision)}},
    }


def _id_of(event: CalendarEvent) -> str:
    """Return an id as Google takes them (a to v and digits), the same for the same event."""
    return b32hexencode(UUID(event.id).bytes).decode().rstrip("=").lower()


def _is_ours(found: Json, event: CalendarEvent) -> bool:
    marks = _marks(found)
    return marks.get("parley") == event.id if marks else _has(found, event)


def _has(found: Json, event: CalendarEvent) -> bool:
    """Whether what stands is this event, or a later version of it; one that its owner deleted is none."""
    if found.get("status") == "cancelled":
        return False
    revision = str(_marks(found).get("revision", event.revision))
    standing = int(revision) if revision.isdecimal() else 0
    time, _ = _busy_time({**found, "transparency": "opaque", "attendees": [], "status": "confirmed"}, UTC_ZONE)
    same = time is not None and time.interval == event.interval and found.get("summary") == event.title
    return standing > event.revision or (standing == event.revision and same)


def _marks(found: Json) -> Json:
    properties = found.get("extendedProperties")
    private = properties.get("private") if isinstance(properties, dict) else None
    return private if isinstance(private, dict) else {}


def _explain(body: Json) -> tuple[str, str | None]:
    """Read Google's error: its reason is one word; its message may hold an address."""
    error = body.get("error")
    errors = error.get("errors") if isinstance(error, dict) else None
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    reason = word_of(first.get("reason"))
    if reason in _LIMITS:
        return reason, "busy"
    return reason, "duplicate" if reason == "duplicate" else None
