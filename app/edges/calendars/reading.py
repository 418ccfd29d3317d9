"""
What every kind of calendar shares: where it may lie, what came of reading it, and busy time kept while it is current.

A reading never raises: a calendar that does not answer is one that is not verified, with the reason in words.
"""

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Lock
from urllib.parse import urlsplit, urlunsplit

from app.core.effects import SignInNeeded
from app.core.interval import Interval
from app.core.slots.calendars import BusyTime, CalendarRead, clip
from app.edges.calendars.ics import Memo
from app.errors import BadInput, ParleyError

_DAY = timedelta(days=1)
_AHEAD = timedelta(days=35)
_MOST_KEPT = 500


class SignInAgain(SignInNeeded):
    """The right to speak to a calendar has ended; a person must connect it again."""

    say = "The connection to this calendar has ended."
    next = "Connect the calendar again. Until then its hours are not verified."


def calendar_url(text: str, *, allow_loopback: bool = False) -> str:
    """
    Return the address of a calendar that a person typed; webcal: is https.

    Where the name leads is looked at when it is connected to (app/edges/http). raises: BadInput
    """
    parts = urlsplit(text.strip())
    scheme = {"webcal": "https", "webcals": "https"}.get(parts.scheme.lower(), parts.scheme.lower())
    try:
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise BadInput("not an address", next="Copy the calendar's address again.") from error
    if scheme != "https" and not (allow_loopback and scheme == "http" and host in ("127.0.0.1", "localhost", "::1")):
        raise BadInput("a calendar's address begins with https://", next="Copy the calendar's address again.")
    if not host or parts.username or parts.password or port == 0 or any(each.isspace() for each in text.strip()):
        raise BadInput("not an address", next="Give name and password in their own fields, not in the address.")
    return urlunsplit((scheme, parts.netloc, parts.path or "/", parts.query, ""))


def read_calendar(name: str, read: Callable[[], CalendarRead], *, now: datetime) -> CalendarRead:
    """Return what `read` gives, or the calendar as not verified, with the reason."""
    try:
        return read()
    except SignInNeeded:
        return CalendarRead(name, (), False, now, (SignInAgain.say,))
    except ParleyError as problem:
        return CalendarRead(name, (), False, now, (problem.say,))


def horizon_of(span: Interval) -> Interval:
    """Return whole days around a span, five weeks of them at least, so that the next question falls into the same."""
    start = datetime.combine(span.start.date(), datetime.min.time(), UTC)
    end = datetime.combine(span.end.date(), datetime.min.time(), UTC) + _DAY
    return Interval(start, max(end, start + _AHEAD))


@dataclass(slots=True)
class Kept:
    """
    A calendar laid out and merged once for each of its versions.

    version: what the server calls its state (ETag, ctag, sync token), None while nothing is kept. memo: what was laid
    out of it by event, so that of the next version only what has changed is. events: where the server lays out, what
    it told of each, by its id
    """

    version: str | None = None
    horizon: Interval | None = None
    busy: tuple[BusyTime, ...] = ()
    warnings: tuple[str, ...] = ()
    memo: Memo = field(default_factory=dict)
    events: dict[str, BusyTime] = field(default_factory=dict)
    events: dict[str, BusyTime] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def holds(self, version: str | None, span: Interval) -> bool:
        """Whether this is the version of now, for all of a span."""
        return (
            version is not None and version == self.version and self.horizon is not None and self.horizon.covers(span)
        )

    def horizon_for(self, span: Interval) -> Interval:
        """Return for which time to ask: the one that is kept, as long as it holds the span."""
        return self.horizon if self.horizon is not None and self.horizon.covers(span) else horizon_of(span)

    def keep(
        self, version: str | None, horizon: Interval, busy: tuple[BusyTime, ...], warnings: tuple[str, ...] = ()
    ) -> None:
        """Take the place of what was kept."""
        self.version, self.horizon, self.busy, self.warnings = version, horizon, busy, warnings

    def within(self, span: Interval) -> tuple[BusyTime, ...]:
        """Return the busy time of a span; what starts after it is not looked at."""
        last = bisect_right(self.busy, span.end, key=lambda each: each.interval.start)
        return clip(self.busy[:last], span)


class Shelf:
    """What is kept of the calendars of a process, the least recently asked for given up first. Thread-safe."""

    def __init__(self, most: int = _MOST_KEPT) -> None:
        self._most, self._kept, self._lock = most, OrderedDict[Hashable, Kept](), Lock()

    def of(self, key: Hashable) -> Kept:
        """Return what is kept of a calendar, empty at first."""
        with self._lock:
            kept = self._kept.setdefault(key, Kept())
            self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
            return kept
