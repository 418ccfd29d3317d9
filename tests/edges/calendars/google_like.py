"""
Google Calendar as far as we ask it, for what the emulator lacks: ids of ours, sync tokens, pages, patches, errors.

Built after the reference of Calendar API v3 (events, freebusy) and its guide on synchronising: a deleted event stays as
"cancelled" and keeps its id; a sync token comes with the last page only; one that is over is answered with 410.
"""

import threading
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from tests.edges.calendars.json_server import Asked, Told

ZONE = "America/Chicago"


def refused(status: int, reason: str) -> Told:
    """Return Google's error body."""
    error = {"code": status, "message": f"Somebody's calendar: {reason}", "errors": [{"reason": reason}]}
    return Told(status, {"error": error})


@dataclass
class GoogleLike:
    """One account: its events by calendar and id; what is to go wrong next."""

    events: dict[str, dict[str, dict[str, Any]]] = field(default_factory=lambda: {"primary": {}})
    page_size: int = 250
    oldest_token: int = 0  # sync tokens before it are over
    may_list: bool = True
    next_answers: list[Told] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    busy_errors: dict[str, str] = field(default_factory=dict)
    left_out: set[str] = field(default_factory=set)
    version: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, asked: Asked) -> Told:
        """Answer one request."""
        with self.lock:
            self.asked.append(asked)
            if self.next_answers:
                return self.next_answers.pop(0)
            if asked.path[-1] == "freeBusy":
                return self.free_busy(asked)
            if asked.path[2:] == ("users", "me", "calendarList"):
                return Told(200, {"items": [listed(each) for each in self.events]})
            if len(asked.path) < 5 or (asked.path[2], asked.path[4]) != ("calendars", "events"):
                return refused(404, "notFound")
            calendar = self.events.get(asked.path[3])
            if calendar is None:
                return refused(404, "notFound")
            id_ = asked.path[5] if len(asked.path) > 5 else None
            return getattr(self, f"do_{asked.method}")(asked, calendar, id_)

    def add(self, id: str, start: str, end: str, *, calendar: str = "primary", **more: Any) -> None:
        """Put an event there, or change it, as its owner would; times with "T" are times, others days."""
        kind = "dateTime" if "T" in start else "date"
        told = {"id": id, "status": "confirmed", "start": {kind: start}, "end": {kind: end}, **more}
        self.store(self.events[calendar], told)

    def store(self, calendar: dict[str, dict[str, Any]], event: dict[str, Any]) -> dict[str, Any]:
        """Keep an event in a new version."""
        self.version += 1
        calendar[event["id"]] = {**event, "etag": f'"{self.version}"', "version": self.version}
        return calendar[event["id"]]

    def do_GET(self, asked: Asked, calendar: dict, id_: str | None) -> Told:
        """Get one event, or list them."""
        if id_ is not None:
            return Told(200, calendar[id_]) if id_ in calendar else refused(404, "notFound")
        if not self.may_list:
            return refused(403, "forbidden")
        query = asked.query
        if "syncToken" in query:
            since = int(query["syncToken"])
            if since < self.oldest_token:
                return refused(410, "fullSyncRequired")
            found = [each for each in calendar.values() if each["version"] > since]
        else:
            found = [each for each in calendar.values() if each["status"] != "cancelled" and touches(each, query)]
        if mark := query.get("privateExtendedProperty"):
            found = [each for each in found if mark in marks(each)]
        found.sort(key=lambda each: each["version"])
        return Told(200, self.page(found, query))

    def page(self, found: list[dict], query: dict) -> dict[str, Any]:
        """Return one page; the last one brings the sync token."""
        size, start = min(self.page_size, int(query.get("maxResults", 250))), int(query.get("pageToken", 0))
        page: dict[str, Any] = {"kind": "calendar#events", "timeZone": ZONE, "items": found[start : start + size]}
        if start + size < len(found):
            return page | {"nextPageToken": str(start + size)}
        return page | {"nextSyncToken": str(self.version)}

    def do_POST(self, asked: Asked, calendar: dict, _: str | None) -> Told:
        """Insert; an id that was ever used is refused."""
        if asked.body["id"] in calendar:
            return refused(409, "duplicate")
        return Told(200, self.store(calendar, asked.body))

    def do_PATCH(self, asked: Asked, calendar: dict, id_: str | None) -> Told:
        """Change; an If-Match that is over is refused."""
        standing = calendar.get(id_ or "")
        if standing is None:
            return refused(404, "notFound")
        if asked.headers.get("if-match") not in (None, standing["etag"]):
            return refused(412, "conditionNotMet")
        return Told(200, self.store(calendar, {**standing, **asked.body}))

    def do_DELETE(self, _: Asked, calendar: dict, id_: str | None) -> Told:
        """Cancel; what is cancelled already is gone."""
        standing = calendar.get(id_ or "")
        if standing is None:
            return refused(404, "notFound")
        if standing["status"] == "cancelled":
            return refused(410, "deleted")
        self.store(calendar, {**standing, "status": "cancelled"})
        return Told(204)

    def free_busy(self, asked: Asked) -> Told:
        """Tell busy time; unmerged, by calendar, errors per calendar."""
        found: dict[str, Any] = {}
        for each in (item["id"] for item in asked.body["items"]):
            if each in self.left_out:
                continue
            if each in self.busy_errors or each not in self.events:
                reason = self.busy_errors.get(each, "notFound")
                found[each] = {"errors": [{"domain": "global", "reason": reason}], "busy": []}
                continue
            taken = [
                {"start": one["start"]["dateTime"], "end": one["end"]["dateTime"]}
                for one in self.events[each].values()
                if one["status"] != "cancelled" and one.get("transparency") != "transparent"
            ]
            found[each] = {"busy": taken}
        return Told(200, {"kind": "calendar#freeBusy", "calendars": found})


def listed(calendar: str) -> dict[str, Any]:
    """Return a calendar as the list tells it: the primary one's own, any other somebody else's to read."""
    if calendar == "primary":
        return {"id": "primary", "summary": "doc@clinic.example", "primary": True, "accessRole": "owner"}
    return {"id": calendar, "summary": calendar.title(), "accessRole": "reader"}


def marks(event: dict[str, Any]) -> set[str]:
    """Return an event's private properties as they are searched for."""
    return {f"{name}={value}" for name, value in event.get("extendedProperties", {}).get("private", {}).items()}


def touches(event: dict[str, Any], query: dict) -> bool:
    """Whether an event lies in the time that was asked for; days a day wider, as their zone is not known here."""
    if "date" in event["start"]:
        return query["timeMin"][:10] <= event["end"]["date"] and event["start"]["date"] <= query["timeMax"][:10]
    start, end = (datetime.fromisoformat(event[each]["dateTime"]) for each in ("start", "end"))
    if start.tzinfo is None:
        start, end = (each.replace(tzinfo=ZoneInfo(ZONE)) for each in (start, end))
    return start < datetime.fromisoformat(query["timeMax"]) and datetime.fromisoformat(query["timeMin"]) < end
