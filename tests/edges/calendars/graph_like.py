"""
Microsoft Graph's calendar as far as we ask it: calendarView, getSchedule, events; pages, throttling, transactionId.

No emulator of it is known. Built after the reference of Graph v1.0: times without an offset beside the name of their
zone, UTC where `Prefer: outlook.timezone="UTC"` asks for it and nowhere else; whole days at midnight of no zone at all;
the next page by a whole address; a POST whose transactionId was seen before makes no second event.
"""

import re
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.edges.calendars.json_server import Asked, Told

MAILBOX_ZONE = "America/Los_Angeles"  # of whoever set the mailbox up: what is told without Prefer is in it
CALENDAR = {
    "id": "AAMkCalendar=",
    "name": "Calendar",
    "canEdit": True,
    "isDefaultCalendar": True,
    "owner": {"name": "Doc", "address": "doc@clinic.example"},
}
_FILTER = re.compile(r"singleValueExtendedProperties/Any\(ep: ep/id eq '([^']+)' and ep/value eq '([^']+)'\)")


def refused(status: int, code: str, **headers: str) -> Told:
    """Return Graph's error body."""
    error = {"code": code, "message": f"Somebody's mailbox: {code}"}
    return Told(status, {"error": error}, {name.replace("_", "-"): value for name, value in headers.items()})


@dataclass
class GraphLike:
    """One mailbox: its events by id; what is to go wrong next."""

    events: dict[str, dict[str, Any]] = field(default_factory=dict)
    page_size: int = 10
    may_view: bool = True
    next_answers: list[Told] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    schedule_error: str | None = None
    left_out: bool = False
    base: str = ""
    version: int = 0
    transactions: dict[str, str] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, asked: Asked) -> Told:
        """Answer one request; the path is /v1.0/me/… or /v1.0/users/ADDRESS/…"""
        with self.lock:
            self.asked.append(asked)
            if self.next_answers:
                return self.next_answers.pop(0)
            path = list(asked.path[2:] if asked.path[1] == "me" else asked.path[3:])
            if path == ["calendars"]:
                return Told(200, {"value": [CALENDAR]})
            if path[0] == "calendars":
                path = ["calendar", *path[2:]]
            what = path[-1] if path[0] == "calendar" else path[0]
            if what == "calendarView":
                return self.view(asked)
            if what == "getSchedule":
                return self.schedule(asked)
            if what == "events":
                return getattr(self, f"do_{asked.method}")(asked, path[1] if path[0] == "events" and path[1:] else None)
            return refused(404, "ResourceNotFound")

    def add(self, id: str, start: str, end: str, **more: Any) -> None:
        """Put an event there as its owner would: times in UTC, or days with isAllDay."""
        self.store({"id": id, "start": start, "end": end, "isAllDay": False, "showAs": "busy", **more})

    def store(self, event: dict[str, Any]) -> dict[str, Any]:
        """Keep an event in a new version."""
        self.version += 1
        self.events[event["id"]] = {**event, "@odata.etag": f'W/"{self.version}"'}
        return self.events[event["id"]]

    def shown(self, event: dict[str, Any], asked: Asked) -> dict[str, Any]:
        """Return an event as it is told: in UTC when that is preferred, else in the mailbox's zone."""
        in_utc = 'outlook.timezone="UTC"' in asked.headers.get("prefer", "")
        zone = "UTC" if in_utc or event["isAllDay"] else MAILBOX_ZONE
        times = {}
        for each in ("start", "end"):
            at = datetime.fromisoformat(event[each]).astimezone(ZoneInfo(zone))
            named = zone if in_utc else "Pacific Standard Time"
            times[each] = {"dateTime": f"{at:%Y-%m-%dT%H:%M:%S}.0000000", "timeZone": named}
        return {"isCancelled": False, **event, **times}

    def view(self, asked: Asked) -> Told:
        """Tell one page of what touches a time."""
        if not self.may_view:
            return refused(403, "ErrorAccessDenied")
        start, end = (datetime.fromisoformat(asked.query[each]) for each in ("startDateTime", "endDateTime"))
        found = [
            each
            for each in self.events.values()
            if datetime.fromisoformat(each["start"]) < end and start < datetime.fromisoformat(each["end"])
        ]
        size, skip = min(self.page_size, int(asked.query.get("$top", 10))), int(asked.query.get("$skip", 0))
        page: dict[str, Any] = {"value": self.told(found[skip : skip + size], asked)}
        if skip + size < len(found):
            target = re.sub(r"&%24skip=\d+", "", asked.target)
            page["@odata.nextLink"] = f"{self.base.removesuffix('/v1.0')}{target}&%24skip={skip + size}"
        return Told(200, page)

    def schedule(self, asked: Asked) -> Told:
        """Tell the busy time of each address; too long a time is refused."""
        start, end = (datetime.fromisoformat(asked.body[each]["dateTime"]) for each in ("startTime", "endTime"))
        if end - start > timedelta(days=62):
            return refused(400, "ErrorInvalidParameter")
        found = []
        for each in asked.body["schedules"] if not self.left_out else ():
            if self.schedule_error:
                error = {"message": "Somebody", "responseCode": self.schedule_error}
                found.append({"scheduleId": each, "error": error})
                continue
            shown = [self.shown(one, asked) for one in self.events.values()]
            items = [{"status": one["showAs"], "start": one["start"], "end": one["end"]} for one in shown]
            found.append({"scheduleId": each, "availabilityView": "0", "scheduleItems": items})
        return Told(200, {"value": found})

    def do_GET(self, asked: Asked, id_: str | None) -> Told:
        """List by a property, which is told only when it is asked for."""
        wanted = _FILTER.fullmatch(asked.query.get("$filter", ""))
        if wanted is None:
            return refused(400, "ErrorInvalidUrlQueryFilter")
        found = [each for each in self.events.values() if wanted.groups() in properties(each)]
        return Told(200, {"value": self.told(found, asked)})

    def told(self, events: list[dict[str, Any]], asked: Asked) -> list[dict[str, Any]]:
        """Return events as they are told: properties of others' making only where they are asked for."""
        shown = [self.shown(each, asked) for each in events]
        if "singleValueExtendedProperties" in asked.query.get("$expand", ""):
            return shown
        return [{k: v for k, v in each.items() if k != "singleValueExtendedProperties"} for each in shown]

    def do_POST(self, asked: Asked, _: str | None) -> Told:
        """Create, once for a transactionId."""
        body = asked.body
        known = self.transactions.get(body.get("transactionId", ""))
        if known in self.events:
            return Told(201, self.shown(self.events[known], asked))
        id_ = f"AAMk{len(self.transactions)}="
        self.transactions[body["transactionId"]] = id_
        return Told(201, self.shown(self.store({"id": id_, "isAllDay": False, **self.times(body)}), asked))

    def do_PATCH(self, asked: Asked, id_: str | None) -> Told:
        """Change; an If-Match that is over is refused, and so is a transactionId."""
        standing = self.events.get(id_ or "")
        if standing is None:
            return refused(404, "ErrorItemNotFound")
        if asked.headers.get("if-match") not in (None, standing["@odata.etag"]):
            return refused(412, "ErrorIrresolvableConflict")
        return Told(200, self.shown(self.store({**standing, **self.times(asked.body)}), asked))

    def do_DELETE(self, _: Asked, id_: str | None) -> Told:
        """Delete."""
        return Told(204) if self.events.pop(id_ or "", None) else refused(404, "ErrorItemNotFound")

    def times(self, body: dict[str, Any]) -> dict[str, Any]:
        """Return a body with its times as they are kept here."""
        assert all(body[each]["timeZone"] == "UTC" for each in ("start", "end"))
        return {**body, **{each: f"{body[each]['dateTime']}+00:00" for each in ("start", "end")}}


def properties(event: dict[str, Any]) -> list[tuple[str, str]]:
    """Return an event's own properties as they are searched for."""
    return [(each["id"], each["value"]) for each in event.get("singleValueExtendedProperties", ())]
