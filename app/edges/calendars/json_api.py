"""What Google and Microsoft share: JSON over HTTPS with a bearer, pages that follow one another, times with zones."""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time
from typing import Any

from app.core.effects import WriteUnknown
from app.core.interval import Interval
from app.edges.calendars.ics.zones import UTC_ZONE, Zone, iana_zone
from app.edges.calendars.once import put_once
from app.edges.http import Answer, Endless, Endpoint, NotFhir, NotFound
from app.flow.ports import CalendarEvent, Written

Json = dict[str, Any]
_MOST_PAGES = 100
_JSON = {"Accept": "application/json"}


class NotJson(NotFhir):
    """The answer is not what a calendar's interface gives."""

    say = "The calendar's answer could not be read."
    next = "Nothing is lost. It is tried again by itself."


class JsonCalendar(ABC):
    """A calendar behind such an interface, as far as our events in it go."""

    etag = "etag"  # the name under which a version is told

    def __init__(self, endpoint: Endpoint, *, name: str, zone: str) -> None:
        self.name = name
        self._endpoint, self._zone = endpoint, iana_zone(zone) or UTC_ZONE

    def put(self, event: CalendarEvent, *, now: datetime, seen: bool, may_send: bool = True) -> Written:
        """
        Make the event stand as it is told, once.

        seen: an earlier try may have arrived. may_send False: look only. raises: WriteUnknown, Conflict, and what
        http's errors list
        """
        return put_once(
            event,
            seen=seen,
            may_send=may_send,
            look=lambda: self._standing(event),
            found=lambda there: self._found(there) if self._has(there, event) else None,
            send=lambda there: self._send(event, there),
        )

    def remove(self, event: CalendarEvent, *, may_send: bool = True) -> Written:
        """Make the event stand no more; one that its owner has removed is removed. raises: as put."""
        standing = self._standing(event)
        if standing is None or standing.get("status") == "cancelled":
            return Written(event.id, how="found")
        if not may_send:
            raise WriteUnknown
        where = str(standing["id"])
        try:
            tell_json(self._endpoint, "DELETE", self._url(where))
        except NotFound:
            return Written(where, how="found")
        return Written(where, how="removed")

    @abstractmethod
    def _standing(self, event: CalendarEvent) -> Json | None:
        """Return what stands of an event, in whatever version."""

    @abstractmethod
    def _has(self, standing: Json, event: CalendarEvent) -> bool:
        """Whether what stands is this event, or a later version of it."""

    @abstractmethod
    def _send(self, event: CalendarEvent, standing: Json | None) -> Written:
        """Put an event, or change what stands. raises: Conflict when somebody was quicker"""

    @abstractmethod
    def _url(self, id: str) -> str:
        """Return the address of an event by its id there, as it is deleted."""

    def _found(self, standing: Json) -> Written:
        return Written(str(standing["id"]), text_of(standing.get(self.etag)), "found")

    def _written(self, answer: Answer, how: str) -> Written:
        """Return where an event stands after a write. raises: WriteUnknown where the answer does not say"""
        try:
            told = read_json(answer)
        except NotJson as problem:
            raise WriteUnknown from problem
        where = text_of(told.get("id"))
        if where is None:
            raise WriteUnknown
        return Written(where, text_of(told.get(self.etag)), how)


def ask_json(
    endpoint: Endpoint,
    method: str,
    url: str,
    *,
    body: Json | None = None,
    headers: Mapping[str, str] = {},
    accept: Iterable[int] = (),
) -> tuple[int, Json]:
    """Ask what changes nothing; return status and object, {} for a status that is accepted. raises: as Endpoint."""
    wanted = tuple(accept)
    answer = endpoint.ask(method, url, body=_bytes(body), headers=_headers(body, headers), accept=wanted)
    return answer.status, {} if answer.status in wanted else read_json(answer)


def tell_json(
    endpoint: Endpoint, method: str, url: str, *, body: Json | None = None, headers: Mapping[str, str] = {}
) -> Answer:
    """Send a write once. raises: as Endpoint.tell."""
    return endpoint.tell(method, url, body=_bytes(body), headers=_headers(body, headers))


def read_json(answer: Answer) -> Json:
    """Return an answer's object. raises: NotJson"""
    try:
        return answer.json()
    except NotFhir:
        raise NotJson from None


def pages(first: str, fetch: Callable[[str], Json], following: Callable[[Json], str | None]) -> Iterator[Json]:
    """
    Yield every page from the first address on.

    following: the address of the next page, None after the last. raises: Endless after 100 pages, or where one comes
    again: a calendar read in part is not one that was read
    """
    address, seen = first, {first}
    while True:
        page = fetch(address)
        yield page
        following_ = following(page)
        if following_ is None:
            return
        if following_ in seen or len(seen) >= _MOST_PAGES:
            raise Endless("The calendar has more pages than Parley reads.")
        seen.add(following_)
        address = following_


def next_in(page: Json, name: str) -> str | None:
    """Return what leads to the next page, None after the last. raises: NotJson for a page that does not say where"""
    told = page.get(name)
    if told is not None and not isinstance(told, str):
        raise NotJson
    return told or None


def listed(page: Json, name: str) -> list[Json]:
    """Return a page's objects. raises: NotJson where there is no list of them"""
    found = page.get(name, [])
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise NotJson
    return found


def instant_of(text: Any, zone: Zone) -> datetime | None:
    """Return the instant of an ISO 8601 time, read in the zone where it has no offset; None when it is none."""
    try:
        at = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return zone.utc(at) if at.tzinfo is None else at.astimezone(UTC)


def days_of(start: Any, end: Any, zone: Zone) -> Interval | None:
    """Return the time from the first day to the last, which is not in it, on the wall of a zone; a day at least."""
    try:
        first, last = date.fromisoformat(start), date.fromisoformat(end)
        begins, ends = (zone.utc(datetime.combine(each, time())) for each in (first, last))
    except (TypeError, ValueError):
        return None
    return Interval(begins, ends) if begins < ends else None


def interval_of(start: datetime | None, end: datetime | None) -> Interval | None:
    """Return the interval, None for one that cannot be read; one without length is None as well."""
    return Interval(start, end) if start and end and start < end else None


def word_of(told: Any) -> str:
    """Return a code that is one word, "" for anything else: whatever else stands there may be somebody's name."""
    return told if isinstance(told, str) and told.isalnum() and len(told) < 60 else ""


def text_of(told: Any) -> str | None:
    """Return a text, None for an empty one and for anything else."""
    return told if isinstance(told, str) and told else None


def _bytes(body: Json | None) -> bytes | None:
    return None if body is None else json.dumps(body, ensure_ascii=False).encode()


def _headers(body: Json | None, headers: Mapping[str, str]) -> Mapping[str, str]:
    return {**_JSON, **({} if body is None else {"Content-Type": "application/json"}), **headers}
