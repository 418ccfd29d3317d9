"""
FHIR XML as the objects that FHIR JSON would give, near enough for readers that tolerate a lonely object for a list.

Every primitive is a string, and an element that stands once is no list (but those that hold a Bundle together always
are); the readers of datatypes.py take both.
Document types are refused, and with them entities, so that no document can grow while it is read; elements,
attributes and depth are counted, for each takes a hundred times its bytes.
Source: https://hl7.org/fhir/R4/xml.html
"""

import re
from typing import Any, Protocol
from xml.parsers import expat

from app.errors import BadInput

_FHIR = "http://hl7.org/fhir"
_SPLIT = "Split it into smaller Bundles."
MOST_DEPTH = 100
_MOST = 300_000  # elements, and attributes, of one document: 8 MiB of ordinary XML stay below
# UTF-16 that was made UTF-8 on the way still says what it was
_SAYS_WIDE = re.compile(rb"""\s*<\?xml[^>]{0,100}encoding\s*=\s*["'](?:utf-?16|utf-?32|ucs-?[24])""", re.IGNORECASE)
_ALWAYS_LISTS = frozenset({"entry", "parameter", "part"})


class Builder(Protocol):
    """Takes a document's elements as they come; `parser` tells it where it is, `refuse` takes a document type."""

    parser: Any

    def start(self, qualified: str, attributes: dict[str, str]) -> None:
        """Open an element: "namespace name"."""

    def end(self, qualified: str) -> None:
        """Close an element."""

    def refuse(self, *_: object) -> None:
        """Raise BadInput."""


def parse_fhir_xml(data: bytes) -> dict[str, Any]:
    """Return the resource of an XML document; raises BadInput with line and column where it is no FHIR XML."""
    builder = _Builder()
    walk_xml(data, builder)
    if builder.root is None or "resourceType" not in builder.root:
        raise BadInput("XML, but no FHIR resource", path="line 1", next="Export it as FHIR JSON or FHIR XML.")
    return builder.root


def walk_xml(data: bytes, builder: Builder) -> None:
    """Hand a document to a builder, and its characters where it has a method `text`; raises BadInput."""
    if data.count(b"<") > 2 * _MOST or data.count(b"=") > _MOST:
        raise BadInput("too many elements to be read as one resource", path="line 1", next=_SPLIT)
    parser = expat.ParserCreate("utf-8" if _SAYS_WIDE.match(data) else None, namespace_separator=" ")
    parser.buffer_text = True
    builder.parser = parser
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.StartDoctypeDeclHandler = builder.refuse
    if text := getattr(builder, "text", None):
        parser.CharacterDataHandler = text
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        place = f"line {error.lineno}, column {error.offset + 1}"
        raise BadInput(f"not XML ({expat.ErrorString(error.code)})", path=place) from error
    except (LookupError, ValueError) as error:  # an encoding that Python does not know, or that expat cannot use
        raise BadInput("not in an encoding that is read", path="line 1", next="Save it as UTF-8.") from error


class _Builder:
    """The document while it is being read: a stack of open elements: (name, attributes and children, primitive)."""

    def __init__(self) -> None:
        self.stack: list[tuple[str, dict[str, Any], bool]] = []
        self.root: dict[str, Any] | None = None
        self.foreign = 0  # how deep inside XHTML, which is not read
        self.parser: Any = None

    def start(self, qualified: str, attributes: dict[str, str]) -> None:
        """Open an element."""
        space, _, name = qualified.rpartition(" ")
        if len(self.stack) + self.foreign >= MOST_DEPTH:
            raise BadInput("nested too deeply to be read", path=f"line {self.parser.CurrentLineNumber}")
        if self.foreign or space != _FHIR:
            self.foreign += 1
            return
        element: dict[str, Any] = {key: text for key, text in attributes.items() if " " not in key}
        if name[:1].isupper():
            element["resourceType"] = name
        self.stack.append((name, element, "value" in attributes))

    def end(self, qualified: str) -> None:
        """Close an element and hand it to the one around it."""
        if self.foreign:
            self.foreign -= 1
            return
        name, element, primitive = self.stack.pop()
        if not self.stack:
            self.root = element
            return
        outer = self.stack[-1][1]
        if name[:1].isupper() and "resourceType" not in outer:
            outer.update(element)  # <resource><Claim>…</Claim></resource> is one object in JSON
            return
        value = element["value"] if primitive else element
        if name not in outer:
            outer[name] = [value] if name in _ALWAYS_LISTS else value
        elif isinstance(outer[name], list):
            outer[name].append(value)
        else:
            outer[name] = [outer[name], value]

    def refuse(self, *_: object) -> None:
        """Refuse a document type."""
        place = f"line {self.parser.CurrentLineNumber}"
        raise BadInput("has a document type, which FHIR forbids", path=place, next="Remove the DOCTYPE.")
