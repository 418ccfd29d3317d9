"""
A payer's calendar whose events are the times that it offers: a file by its address, or a collection of a CalDAV server.

Read again only when the server says that it has changed (ETag, ctag, sync token), and once a day in any case, since
what was too far ahead comes nearer. Its address may be secret: it stands in no time that is read here.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from hashlib import sha256
from threading import Lock
from uuid import NAMESPACE_URL, uuid5

from app.core.case import OfferedWindow
from app.core.interval import Interval
from app.core.windows import MOST_EXACT
from app.edges.calendars.caldav import CalDavCalendar, dav_endpoint
from app.edges.calendars.ics.offers import Convention, Offer, read_offers
from app.edges.http import NotFhir, Token, Transport
from app.errors import BadInput
from app.flow.ports import TimesRead

HORIZON = timedelta(days=62)
MOST_WINDOWS = 2000
_WHOLE_AFTER = timedelta(hours=24)
_ACCEPT = {"Accept": "text/calendar, */*;q=0.1"}


@dataclass(frozen=True, slots=True)
class _Known:
    version: str | None
    read_at: datetime
    read: TimesRead


class _Published:
    """What both forms share: where it is, kept by version, laid out as windows."""

    source = ""

    def __init__(
        self,
        url: str,
        transport: Transport,
        *,
        key: str,
        convention: Convention,
        token: Token | None = None,
        scheme: str = "Bearer",
    ) -> None:
        self._url, self._key, self._convention = url, key, convention
        self._endpoint = dav_endpoint(url, transport, token, scheme=scheme, who="The payer")
        self._known: _Known | None = None
        self._lock = Lock()

    def _current(self, now: datetime) -> _Known | None:
        known = self._known
        return known if known is not None and now - known.read_at < _WHOLE_AFTER else None

    def _keep(self, version: str | None, data: bytes, lost: str | None, now: datetime) -> TimesRead:
        stamp = sha256(data + f"{now:%F}".encode()).hexdigest()
        if (known := self._current(now)) is not None and known.read.stamp == stamp:
            self._known = _Known(version, known.read_at, known.read)
            return known.read
        try:
            found = read_offers(data, Interval(now, now + HORIZON), convention=self._convention)
        except BadInput as error:
            raise NotFhir(f"The payer's calendar could not be read: {error.what}.") from error
        windows = tuple(self._window(each) for each in found.offers)
        more = (f"More than {MOST_WINDOWS:,} times are published.",) if len(windows) > MOST_WINDOWS else ()
        warnings = (*((lost,) if lost else ()), *more, *found.warnings)
        read = TimesRead(windows[:MOST_WINDOWS], stamp, warnings)
        self._known = _Known(version, now, read)
        return read

    def _window(self, offer: Offer) -> OfferedWindow:
        event = sha256(offer.uid.encode("utf-8", "replace")).hexdigest()[:16]
        name = f"feed:{self._key}/{event}#{offer.interval.start:%Y%m%dT%H%M%SZ}"
        return OfferedWindow(
            id=str(uuid5(NAMESPACE_URL, f"urn:parley:{name}")),
            interval=offer.interval,
            channel="published",
            slot=name if offer.interval.length <= MOST_EXACT else None,
            source=self.source,
        )


class PublishedFile(_Published):
    """The calendar file at `url`. key: the payer's. raises: Misconfigured for no https address"""

    source = "ics"

    def read(self, *, now: datetime) -> TimesRead:
        """Return the payer's times as they are published now. raises: the errors of app.edges.http"""
        with self._lock:
            known = self._current(now)
            asked = {"If-None-Match": known.version} if known and known.version else {}
            answer, _ = self._endpoint.ask_along("GET", self._url, headers=_ACCEPT | asked, accept=(304,))
            if answer.status == 304 and known:
                return known.read
            return self._keep(answer.headers.get("ETag"), answer.body, None, now)


class PublishedCollection(_Published):
    """The calendar collection at `url`. key: the payer's. raises: Misconfigured for no https address"""

    source = "caldav"

    @cached_property
    def _calendar(self) -> CalDavCalendar:
        return CalDavCalendar(self._url, self._endpoint, name=self._key, zone=self._convention.zone)

    def read(self, *, now: datetime) -> TimesRead:
        """Return the payer's times as they are published now. raises: the errors of app.edges.http"""
        with self._lock:
            known, version = self._current(now), self._calendar.version()
            if known and version and version == known.version:
                return known.read
            data, lost = self._calendar.text(Interval(now, now + HORIZON))
            return self._keep(version, data, lost, now)
