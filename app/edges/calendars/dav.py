"""
WebDAV's XML: questions written, multistatus answers read. Document types are refused, and with them entities.

source: RFC 4918, sections 9.1 and 13; RFC 4791, sections 7 and 9
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from xml.parsers import expat

from app.core.interval import Interval
from app.edges.http import NotFhir

DAV, CALDAV, APPLE = "DAV:", "urn:ietf:params:xml:ns:caldav", "http://calendarserver.org/ns/"
_PREFIXES = {DAV: "d", CALDAV: "c", APPLE: "s"}
_SPACES = " ".join(f'xmlns:{prefix}="{space}"' for space, prefix in _PREFIXES.items())
_MOST_DEPTH = 50
_HEAD = '<?xml version="1.0" encoding="utf-8"?>'
Name = tuple[str, str]  # (namespace, local name)


class NotDav(NotFhir):
    """The answer is not what a calendar server gives."""

    say = "The server's answer is not a calendar server's."
    next = "Check the calendar's address."


@dataclass(slots=True)
class Element:
    """One element with its text, attributes and children."""

    name: Name
    attributes: dict[str, str] = field(default_factory=dict)
    children: list["Element"] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Return its text."""
        return "".join(self.words).strip()

    def all(self, *path: Name) -> Iterator["Element"]:
        """Yield the elements at a path of children."""
        if not path:
            yield self
            return
        for each in self.children:
            if each.name == path[0]:
                yield from each.all(*path[1:])

    def first(self, *path: Name) -> "Element | None":
        """Return the first element at a path."""
        return next(self.all(*path), None)


@dataclass(frozen=True, slots=True)
class Response:
    """One resource of a multistatus: where it is, its own status where it has one, the properties that it has."""

    href: str
    status: int | None
    props: dict[Name, Element]

    def text(self, name: Name) -> str:
        """Return a property's text, "" when it has none."""
        found = self.props.get(name)
        return found.text if found else ""


def read_multistatus(body: bytes) -> tuple[Response, ...]:
    """Return the responses of a multistatus. raises: NotDav"""
    root = parse(body)
    if root.name != (DAV, "multistatus"):
        raise NotDav
    return tuple(_response(each) for each in root.all((DAV, "response")))


def parse(body: bytes) -> Element:
    """Return the root of a document. raises: NotDav for no XML, a document type, or one nested too deeply."""
    builder = _Builder()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler, parser.EndElementHandler = builder.start, builder.end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = builder.say, builder.refuse
    try:
        parser.Parse(body, True)
    except expat.ExpatError:
        raise NotDav from None
    if builder.root is None:
        raise NotDav
    return builder.root


def propfind(*names: Name) -> bytes:
    """Return the question for these properties."""
    return f"{_HEAD}<d:propfind {_SPACES}>{_prop(names)}</d:propfind>".encode()


def calendar_query(within: Interval) -> bytes:
    """Return the question for the events that touch a time, with their text."""
    times = f'<c:time-range start="{_stamp(within.start)}" end="{_stamp(within.end)}"/>'
    filters = f'<c:comp-filter name="VCALENDAR"><c:comp-filter name="VEVENT">{times}</c:comp-filter></c:comp-filter>'
    wanted = _prop([(DAV, "getetag"), (CALDAV, "calendar-data")])
    return f"{_HEAD}<c:calendar-query {_SPACES}>{wanted}<c:filter>{filters}</c:filter></c:calendar-query>".encode()


def free_busy_query(within: Interval) -> bytes:
    """Return the question for busy time alone."""
    times = f'<c:time-range start="{_stamp(within.start)}" end="{_stamp(within.end)}"/>'
    return f"{_HEAD}<c:free-busy-query {_SPACES}>{times}</c:free-busy-query>".encode()


def _prop(names: Iterable[Name]) -> str:
    return f"<d:prop>{''.join(f'<{_PREFIXES[space]}:{name}/>' for space, name in names)}</d:prop>"


def _stamp(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _response(element: Element) -> Response:
    href = element.first((DAV, "href"))
    own = element.first((DAV, "status"))
    props: dict[Name, Element] = {}
    for part in element.all((DAV, "propstat")):
        status = part.first((DAV, "status"))
        if status is not None and _status(status.text) == 200:
            props |= {each.name: each for prop in part.all((DAV, "prop")) for each in prop.children}
    return Response(href.text if href else "", _status(own.text) if own else None, props)


def _status(text: str) -> int:
    """Return 207 of "HTTP/1.1 207 Multi-Status", 0 of anything else."""
    words = text.split()
    return int(words[1]) if len(words) > 1 and words[1].isascii() and words[1].isdecimal() else 0


class _Builder:
    def __init__(self) -> None:
        self.stack: list[Element] = []
        self.root: Element | None = None

    def start(self, qualified: str, attributes: dict[str, str]) -> None:
        """Open an element."""
        space, _, name = qualified.rpartition(" ")
        element = Element((space, name), attributes)
        if len(self.stack) >= _MOST_DEPTH:
            raise NotDav
        if self.stack:
            self.stack[-1].children.append(element)
        else:
            self.root = element
        self.stack.append(element)

    def end(self, _: str) -> None:
        """Close it."""
        self.stack.pop()

    def say(self, words: str) -> None:
        """Take in text."""
        if self.stack:
            self.stack[-1].words.append(words)

    def refuse(self, *_: Any) -> None:
        """Refuse a document type."""
        raise NotDav
