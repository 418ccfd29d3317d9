"""
A chart as one Bundle, resource by resource: those that are asked for, within what memory bears.

An export of a lifetime holds claims and payments by the thousand; what nobody asks for is not made into objects.
Source: https://hl7.org/fhir/R4/bundle.html
"""

from collections.abc import Collection, Iterator
from typing import Any

import msgspec

from app.edges.fhir.bundle import entry_faults
from app.edges.fhir.cut import ABSENT, MOST_ENTRIES, Entry
from app.edges.fhir.datatypes import as_dict, as_list, string_of
from app.edges.fhir.feed import head_of, opened
from app.edges.fhir.parse import bearable, begins_with, parse_json, parse_object
from app.errors import BadInput

Standing = tuple[dict[str, Any], str | None]  # a resource and its fullUrl
_MOST_VALUES = 1_200_000  # of one chart: some 100 MB as objects
_MOST_DEPTH = 16
_FEWER = "Export fewer years, or fewer kinds of resources."


def resources_in(data: bytes, kinds: Collection[str]) -> Iterator[Standing | BadInput]:
    """
    Yield the resources of these kinds in a Bundle, and in the Bundles in it, and between them what cannot be read.

    raises: BadInput when the document is no Bundle, or holds more than one chart does
    """
    begin = begins_with(data)
    if not begin:
        raise BadInput("empty")
    if begin == b"<":
        fault, entries = None, None
    else:
        data, entries, fault = opened(data)
    if fault is not None:
        yield fault
    if entries is None:
        bundle = parse_object(data)
        if bundle.get("resourceType") != "Bundle":
            raise BadInput("a chart is expected here, as a Bundle", path="resourceType", next="Export it as a Bundle.")
        yield from _inside(bundle, kinds, path="", depth=_MOST_DEPTH)
    else:
        yield from _entries(entries, kinds)


def _entries(entries: Collection[Entry | memoryview], kinds: Collection[str]) -> Iterator[Standing | BadInput]:
    if len(entries) > MOST_ENTRIES:
        raise BadInput(f"{len(entries):,} entries, more than {MOST_ENTRIES:,}", path="entry", next=_FEWER)
    values = 0
    for number, entry in enumerate(entries):
        raw = entry.resource if isinstance(entry, Entry) else entry
        if isinstance(entry, Entry) and (raw is ABSENT or _is_other(raw, kinds)):
            continue
        values += sum(map(bytes(raw).count, (b",", b"]", b"}")))
        if values > _MOST_VALUES:
            raise BadInput("more than one chart holds", path=f"entry[{number}]", next=_FEWER)
        yield from _entry(entry, kinds, f"entry[{number}]")


def _is_other(raw: msgspec.Raw, kinds: Collection[str]) -> bool:
    head = head_of(raw)
    return head is not None and head.resourceType != "Bundle" and head.resourceType not in kinds


def _entry(entry: Entry | memoryview, kinds: Collection[str], path: str) -> Iterator[Standing | BadInput]:
    whole = not isinstance(entry, Entry)
    try:
        read = parse_json(bearable(bytes(entry if whole else entry.resource)))
    except BadInput as error:
        yield error.within(path if whole else f"{path}.resource")
        return
    outer = read if whole else {"resource": read, "fullUrl": entry.fullUrl}
    yield from (BadInput(what, path=place) for place, what in entry_faults(outer, path))
    yield from _inside({"entry": [outer]}, kinds, path=path, depth=_MOST_DEPTH)


def _inside(bundle: dict[str, Any], kinds: Collection[str], *, path: str, depth: int) -> Iterator[Standing | BadInput]:
    for number, entry in enumerate(as_list(bundle.get("entry"))):
        if not path:
            yield from (BadInput(what, path=place) for place, what in entry_faults(entry, f"entry[{number}]"))
        resource = as_dict(entry).get("resource")
        kind = as_dict(resource).get("resourceType")
        if kind == "Bundle" and depth:
            yield from _inside(resource, kinds, path=path or f"entry[{number}]", depth=depth - 1)
        elif isinstance(kind, str) and kind in kinds:
            yield resource, string_of(entry.get("fullUrl"))
