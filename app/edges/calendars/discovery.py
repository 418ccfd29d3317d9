"""
The calendars behind an address that a person typed: of a server, a person or one calendar.

source: RFC 6764 (/.well-known/caldav), RFC 5397 (current-user-principal), RFC 4791 section 6.2.1 (calendar-home-set)
"""

from dataclasses import dataclass
from urllib.parse import unquote, urljoin, urlsplit

from app.edges.calendars.dav import CALDAV, DAV, Response, propfind, read_multistatus
from app.edges.http import Endpoint, NotFound, OutsideBase, Unsupported
from app.errors import Permanent

_XML = {"Content-Type": "application/xml; charset=utf-8", "Accept": "application/xml, text/xml"}
_ABOUT = (
    (DAV, "resourcetype"),
    (DAV, "displayname"),
    (DAV, "current-user-principal"),
    (DAV, "current-user-privilege-set"),
    (CALDAV, "calendar-home-set"),
    (CALDAV, "calendar-user-address-set"),
    (CALDAV, "supported-calendar-component-set"),
    (CALDAV, "schedule-calendar-transp"),
)
_MOST_HOMES = 5


class NoCalendars(Permanent):
    """There is no calendar at an address, or none that this sign-in may see."""

    say = "No calendar was found at this address."
    next = "Check the address, and the name and password, or copy the address of one calendar."


class ElsewhereHome(Permanent):
    """The server keeps the calendars at another address."""

    next = "Connect that address instead, if you trust it."


@dataclass(frozen=True, slots=True)
class FoundCalendar:
    """
    One calendar: where it is (its URL, or its id there), its name, whether events may be written to it, whether it
    counts as busy. owner: the address by which its owner is invited, where the calendar tells it
    """

    url: str
    name: str
    writable: bool
    blocks: bool
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """The calendars, and the addresses that their owner is invited by, in small letters."""

    calendars: tuple[FoundCalendar, ...]
    addresses: tuple[str, ...]


def find_calendars(url: str, endpoint: Endpoint) -> Found:
    """
    Return the calendars behind an address.

    raises: NoCalendars, ElsewhereHome, SignInNeeded, and what http's errors list
    """
    start, at = _look(url, endpoint)
    if start is None or not (_is_calendar(start) or _hrefs(start, (CALDAV, "calendar-home-set"))):
        start, at = _principal(start, at, endpoint)
    if start is None:
        raise NoCalendars
    addresses = tuple(
        href[len("mailto:") :].lower()
        for href in _hrefs(start, (CALDAV, "calendar-user-address-set"))
        if href.lower().startswith("mailto:")
    )
    if _is_calendar(start):
        return Found((_found(start, at),), addresses)
    homes = _hrefs(start, (CALDAV, "calendar-home-set"))[:_MOST_HOMES] or [at]
    listed = [each for home in homes for each in _listed(_inside(endpoint, urljoin(at, home)), endpoint)]
    if not listed:
        raise NoCalendars
    return Found(tuple(listed), addresses)


def _principal(start: Response | None, at: str, endpoint: Endpoint) -> tuple[Response | None, str]:
    """Return who is signed in, asked here or at the well-known address."""
    if start is None or not _hrefs(start, (DAV, "current-user-principal")):
        start, at = _look(urljoin(at, "/.well-known/caldav"), endpoint)
    named = _hrefs(start, (DAV, "current-user-principal")) if start else []
    if not named:
        return start, at
    return _look(_inside(endpoint, urljoin(at, named[0])), endpoint)


def _look(url: str, endpoint: Endpoint) -> tuple[Response | None, str]:
    """Return what stands at an address, and where that turned out to be; None when nothing does."""
    try:
        answer, at = endpoint.ask_along("PROPFIND", url, body=propfind(*_ABOUT), headers={**_XML, "Depth": "0"})
    except (NotFound, Unsupported):
        return None, url
    return next(iter(read_multistatus(answer.body)), None), at


def _listed(home: str, endpoint: Endpoint) -> list[FoundCalendar]:
    answer, at = endpoint.ask_along("PROPFIND", home, body=propfind(*_ABOUT), headers={**_XML, "Depth": "1"})
    responses = read_multistatus(answer.body)
    return [
        _found(each, _inside(endpoint, urljoin(at, each.href)))
        for each in responses
        if _is_calendar(each) and _takes_events(each)
    ]


def _inside(endpoint: Endpoint, url: str) -> str:
    """Return an address of this server. raises: ElsewhereHome, naming the other."""
    try:
        return endpoint.url_of(url)
    except OutsideBase:
        parts = urlsplit(url)
        raise ElsewhereHome(f"The calendars are kept at another address: {parts.scheme}://{parts.hostname}") from None


def _found(response: Response, at: str) -> FoundCalendar:
    privileges = response.props.get((DAV, "current-user-privilege-set"))
    granted = {
        each.name[1]
        for one in (privileges.all((DAV, "privilege")) if privileges else ())
        for each in one.children
        if each.name[0] == DAV
    }
    transparent = response.props.get((CALDAV, "schedule-calendar-transp"))
    name = response.text((DAV, "displayname")) or unquote(urlsplit(at).path.strip("/").rpartition("/")[2])
    return FoundCalendar(
        url=at,
        name=name,
        writable=bool(granted & {"all", "write", "write-content", "bind"}) or privileges is None,
        blocks=transparent is None or transparent.first((CALDAV, "transparent")) is None,
    )


def _is_calendar(response: Response) -> bool:
    kinds = response.props.get((DAV, "resourcetype"))
    return kinds is not None and kinds.first((CALDAV, "calendar")) is not None


def _takes_events(response: Response) -> bool:
    kinds = response.props.get((CALDAV, "supported-calendar-component-set"))
    return kinds is None or any(each.attributes.get("name") == "VEVENT" for each in kinds.children)


def _hrefs(response: Response, name: tuple[str, str]) -> list[str]:
    found = response.props.get(name)
    return [each.text for each in found.all((DAV, "href"))] if found else []
