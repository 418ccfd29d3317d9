"""
One Outlook calendar by Microsoft Graph.

calendarView tells every instance of a time, page after page, in UTC; getSchedule tells busy time alone, where no more
is shared. An event of whole days is told at midnight whatever zone is asked for: its days hang on the owner's wall.
Graph gives no id of ours to an event: a transactionId keeps a repeated POST from making a second one, and a property
of ours lets it be found again. source: Graph v1.0: calendarView, getSchedule, event, singleValueExtendedProperties
"""

from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from app.core.interval import Interval
from app.core.slots.calendars import BusyKind, BusyTime, CalendarRead, clip, merge_kinds
from app.edges.calendars.ics.zones import UTC_ZONE, Zone, iana_zone
from app.edges.calendars.json_api import (
    Json,
    JsonCalendar,
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
from app.edges.calendars.reading import read_calendar
from app.edges.http import Endpoint, NotAuthorised, NotFound, Transport
from app.edges.http.endpoint import Token
from app.flow.ports import CalendarEvent, Written

BASE = "https://graph.microsoft.com/v1.0"
_MARGIN = timedelta(days=1)
_PAGE = 500
_LONGEST = timedelta(days=60)  # that getSchedule answers for
_PREFER = 'outlook.timezone="UTC", IdType="ImmutableId"'
_FIELDS = "id,showAs,isAllDay,isCancelled,responseStatus,start,end"
_OURS = "0f0a3c5e-6f0f-4a1c-9a53-3c1d2d1b7a51"  # names our properties among those of others
_MARK, _REVISION = f"String {{{_OURS}}} Name ParleyCall", f"String {{{_OURS}}} Name ParleyRevision"
_EXPAND = f"singleValueExtendedProperties($filter=id eq '{_MARK}' or id eq '{_REVISION}')"
_KINDS = {
    "free": None,
    "workingelsewhere": None,
    "tentative": BusyKind.TENTATIVE,
    "oof": BusyKind.UNAVAILABLE,
    "busy": BusyKind.BUSY,
}
_ANSWERS = {"declined": None, "tentativelyaccepted": BusyKind.TENTATIVE, "notresponded": BusyKind.TENTATIVE}


def graph_endpoint(transport: Transport, token: Token, *, base: str = BASE) -> Endpoint:
    """Return Graph; base: a national cloud's, or another one in tests."""
    return Endpoint(base, transport, token=token, who="Outlook", explain=_explain, setting="calendar")


class GraphCalendar(JsonCalendar):
    """
    A calendar of a mailbox.

    mailbox: "me", or "users/ADDRESS". calendar: its id, None for the default one. address: the owner's, without which
    busy time alone cannot be asked for. zone: IANA name of the owner's wall
    """

    etag = "@odata.etag"

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        name: str,
        zone: str,
        mailbox: str = "me",
        calendar: str | None = None,
        address: str | None = None,
    ) -> None:
        super().__init__(endpoint, name=name, zone=zone)
        self._address = address
        owner = "me" if mailbox == "me" else f"users/{quote(mailbox.removeprefix('users/'), safe='@')}"
        self._calendar = f"{owner}/calendars/{quote(calendar, safe='')}" if calendar else f"{owner}/calendar"
        self._events = f"{owner}/events"

    def busy(self, span: Interval, *, now: datetime, but: Collection[CalendarEvent] = ()) -> CalendarRead:
        """Return the busy time of a span; not verified when it could not be read whole. but: events of ours."""
        return read_calendar(self.name, lambda: self._busy(span, now, frozenset(each.id for each in but)), now=now)

    def _busy(self, span: Interval, now: datetime, but: frozenset[str]) -> CalendarRead:
        try:
            return self._viewed(span, now, but)
        except (NotAuthorised, NotFound):
            if self._address is None:
                raise
            return self._asked(span, now)

    def _viewed(self, span: Interval, now: datetime, but: frozenset[str]) -> CalendarRead:
        # Whole days hang on a wall that Graph does not ask for, so a day more is looked at on both sides.
        start, end = (each.isoformat() for each in (span.start - _MARGIN, span.end + _MARGIN))
        params = {"startDateTime": start, "endDateTime": end, "$select": _FIELDS, "$top": str(_PAGE)}
        params |= {"$expand": _EXPAND} if but else {}
        first = self._endpoint.url_of(f"{self._calendar}/calendarView", params.items())
        times, lost = [], []
        for page in pages(first, self._get, lambda page: next_in(page, "@odata.nextLink")):
            for each in listed(page, "value"):
                if _marks(each).get(_MARK) in but:
                    continue
                time, problem = _busy_time(each, self._zone)
                times += [time] if time else []
                lost += [problem] if problem else []
        busy = clip(merge_kinds(times), span)
        return CalendarRead(self.name, busy, not lost, now, tuple(dict.fromkeys(lost)))

    def _get(self, url: str) -> Json:
        return ask_json(self._endpoint, "GET", self._endpoint.url_of(url), headers={"Prefer": _PREFER})[1]

    def _asked(self, span: Interval, now: datetime) -> CalendarRead:
        """Return busy time as getSchedule tells it, in pieces as long as it takes."""
        times: list[BusyTime] = []
        for piece in _pieces(span):
            told = next((each for each in self._schedules(piece) if _is(each.get("scheduleId"), self._address)), None)
            if told is None:
                return CalendarRead(self.name, (), False, now, ("Outlook did not answer for this calendar",))
            if error := told.get("error"):
                code = word_of(error.get("responseCode")) if isinstance(error, dict) else ""
                return CalendarRead(self.name, (), False, now, (f"Outlook could not read this calendar ({code})",))
            for each in listed(told, "scheduleItems"):
                time, problem = _busy_time({**each, "showAs": each.get("status")}, self._zone)
                if problem:
                    return CalendarRead(self.name, (), False, now, (problem,))
                times += [time] if time else []
        return CalendarRead(self.name, clip(merge_kinds(times), span), True, now)

    def _schedules(self, piece: Interval) -> list[Json]:
        start, end = (_time(each) for each in (piece.start, piece.end))
        body = {"schedules": [self._address], "startTime": start, "endTime": end, "availabilityViewInterval": 60}
        url = self._endpoint.url_of(f"{self._calendar}/getSchedule")
        return listed(ask_json(self._endpoint, "POST", url, body=body, headers={"Prefer": _PREFER})[1], "value")

    def _standing(self, event: CalendarEvent) -> Json | None:
        """Return the event that carries our mark."""
        condition = f"ep/id eq '{_MARK}' and ep/value eq '{event.id}'"
        params = {"$filter": f"singleValueExtendedProperties/Any(ep: {condition})", "$expand": _EXPAND}
        url = self._endpoint.url_of(f"{self._calendar}/events", params.items())
        return next((each for each in listed(self._get(url), "value") if _marks(each).get(_MARK) == event.id), None)

    def _send(self, event: CalendarEvent, standing: Json | None) -> Written:
        headers = {"Prefer": _PREFER}
        if standing is None:
            body = {**_body(event), "transactionId": event.id}
            url = self._endpoint.url_of(f"{self._calendar}/events")
            return self._written(tell_json(self._endpoint, "POST", url, body=body, headers=headers), "created")
        if etag := text_of(standing.get(self.etag)):
            headers["If-Match"] = etag
        url = self._url(str(standing["id"]))
        return self._written(tell_json(self._endpoint, "PATCH", url, body=_body(event), headers=headers), "updated")

    def _url(self, id: str) -> str:
        return self._endpoint.url_of(f"{self._events}/{quote(id, safe='')}")

    def _has(self, standing: Json, event: CalendarEvent) -> bool:
        return _has(standing, event)


def _busy_time(event: Json, zone: Zone) -> tuple[BusyTime | None, str | None]:
    """Return how an event blocks, and what is wrong where that cannot be told."""
    kind = _kind(event)
    if kind is None:
        return None, None
    start, end = (each if isinstance(each, dict) else {} for each in (event.get("start"), event.get("end")))
    if event.get("isAllDay") is True:
        time = days_of(*(str(each.get("dateTime", ""))[:10] for each in (start, end)), zone)
        return (BusyTime(time, kind), None) if time else (None, "the days of an event could not be read")
    begins, ends = (instant_of(each.get("dateTime"), _zone_of(each)) for each in (start, end))
    if begins is None or ends is None:
        return None, "the time of an event could not be read"
    time = interval_of(begins, ends)
    return (BusyTime(time, kind) if time else None), None


def _zone_of(told: Json) -> Zone:
    """Return the zone of a time: UTC was asked for, and is what a time without one is in."""
    named = str(told.get("timeZone", "UTC"))
    return (iana_zone(named) if "/" in named else None) or UTC_ZONE


def _kind(event: Json) -> BusyKind | None:
    """Return how an event blocks, None for one that does not; a word that is new is busy."""
    if event.get("isCancelled") is True:
        return None
    kind = _KINDS.get(str(event.get("showAs", "")).lower(), BusyKind.BUSY)
    told = event.get("responseStatus")
    answer = str(told.get("response", "")).lower() if isinstance(told, dict) else ""
    if kind is None or answer not in _ANSWERS:
        return kind
    return _ANSWERS[answer]


def _body(event: CalendarEvent) -> Json:
    return {
        "subject": event.title,
        "body": {"contentType": "text", "content": event.text},
        "start": _time(event.interval.start),
        "end": _time(event.interval.end),
        "showAs": "tentative" if event.tentative else "busy",
        "sensitivity": "private",
        "singleValueExtendedProperties": [
            {"id": _MARK, "value": event.id},
            {"id": _REVISION, "value": str(event.revision)},
        ],
    }


def _time(at: datetime) -> Json:
    return {"dateTime": f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}", "timeZone": "UTC"}


def _has(found: Json, event: CalendarEvent) -> bool:
    """Whether what stands is this event, or a later version of it."""
    revision = _marks(found).get(_REVISION, "")
    standing = int(revision) if revision.isdecimal() else 0
    time, _ = _busy_time({"start": found.get("start"), "end": found.get("end"), "showAs": "busy"}, UTC_ZONE)
    shown = str(found.get("showAs", "")).lower() == ("tentative" if event.tentative else "busy")
    same = shown and time is not None and time.interval == event.interval
    return standing > event.revision or (standing == event.revision and same)


def _marks(found: Json) -> dict[str, str]:
    return {str(each.get("id")): str(each.get("value")) for each in listed(found, "singleValueExtendedProperties")}


def _pieces(span: Interval) -> Iterator[Interval]:
    start = span.start
    while start < span.end:
        end = min(start + _LONGEST, span.end)
        yield Interval(start, end)
        start = end


def _is(told: Any, address: str | None) -> bool:
    return address is not None and str(told).lower() == address.lower()


def _explain(body: Json) -> tuple[str, str | None]:
    """Read Graph's error: its code is one word; its message may hold an address."""
    error = body.get("error")
    code = word_of(error.get("code")) if isinstance(error, dict) else ""
    return code, "busy" if code in ("ApplicationThrottled", "TooManyRequests", "MailboxConcurrency") else None
