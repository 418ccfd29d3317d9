"""
A calendar published as one iCalendar file: read by its address, again only when the server says that it has changed.

It cannot be written to. Publishers refresh such files late, by hours at some; what is read here is what they tell.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from hashlib import sha256
from urllib.parse import urlsplit

from app.core.interval import Interval
from app.core.slots.calendars import CalendarRead, clip
from app.edges.calendars.ics import read_ics
from app.edges.calendars.reading import Kept, read_calendar
from app.edges.http import Answer, Endpoint, Transport
from app.flow.ports import CalendarEvent

_ACCEPT = {"Accept": "text/calendar, */*;q=0.1"}


class IcsFeed:
    """The file at `url`; zone: IANA name for floating times where the file names none; owner: as in read_ics."""

    def __init__(
        self,
        url: str,
        transport: Transport,
        *,
        name: str,
        zone: str,
        owner: str | None = None,
        kept: Kept | None = None,
    ) -> None:
        parts = urlsplit(url)
        self.url, self.name = url, name
        self._endpoint = Endpoint(f"{parts.scheme}://{parts.netloc}", transport, who="The calendar", setting="calendar")
        self._zone, self._owner, self._kept = zone, owner, kept or Kept()

    def busy(self, span: Interval, *, now: datetime, but: Collection[CalendarEvent] = ()) -> CalendarRead:
        """Return the busy time of a span; not verified when it could not be read whole. but: events of ours."""
        read = (lambda: self._without(but, span, now)) if but else (lambda: self._busy(span, now))
        return read_calendar(self.name, read, now=now)

    def _without(self, but: Collection[CalendarEvent], span: Interval, now: datetime) -> CalendarRead:
        """Read it for this question alone: what is kept is merged, and a time does not tell whose it is."""
        answer, _ = self._endpoint.ask_along("GET", self.url, headers=_ACCEPT)
        ids = [each.id for each in but]
        read = read_ics(answer.body, span, zone=self._zone, owner=self._owner, but=ids)
        return CalendarRead(self.name, read.busy, read.is_whole, now, read.warnings)

    def _busy(self, span: Interval, now: datetime) -> CalendarRead:
        with self._kept.lock:
            answer, _ = self._endpoint.ask_along("GET", self.url, headers=self._headers(span), accept=(304,))
            version = self._kept.version if answer.status == 304 else _version(answer)
            if not self._kept.holds(version, span):
                horizon = self._kept.horizon_for(span)
                read = read_ics(answer.body, horizon, zone=self._zone, owner=self._owner, memo=self._kept.memo)
                if not read.is_whole:
                    self._kept.version = None
                    return CalendarRead(self.name, clip(read.busy, span), False, now, read.warnings)
                self._kept.keep(version, horizon, read.busy, read.warnings)
            return CalendarRead(self.name, self._kept.within(span), True, now, self._kept.warnings)

    def _headers(self, span: Interval) -> Mapping[str, str]:
        """Return the question, with what is known already where that would answer it."""
        kept = self._kept
        if not kept.holds(kept.version, span) or not kept.version or kept.version.startswith(_OWN):
            return _ACCEPT
        return {**_ACCEPT, "If-None-Match": kept.version}


_OWN = "sha256 "


def _version(answer: Answer) -> str:
    """Return the file's ETag, else a name of our own for what it holds."""
    return answer.headers.get("ETag") or _OWN + sha256(answer.body).hexdigest()
