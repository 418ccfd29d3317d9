"""
Long documents, answer by answer: a Bundle is cut into its entries' bytes, and each is decoded when its turn comes.

So a thousand answers take the memory of one, one broken entry hides only itself, and an answer whose shape is known
need not be made into objects at all. Documents of another kind are read whole, as bundle.py does. NDJSON (a bulk
export) is a document a line. Source: https://hl7.org/fhir/R4/bundle.html, https://hl7.org/fhir/uv/bulkdata
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from app.edges.fhir.bundle import ANSWERS, entry_faults, faults_in, neighbours_of, walk_answers
from app.edges.fhir.cut import ABSENT, MOST_ENTRIES, Entry, entries_beside, entries_of
from app.edges.fhir.datatypes import as_dict, reference_of, string_of
from app.edges.fhir.parse import (
    MOST_WHOLE,
    SPLIT,
    bearable,
    begins_with,
    half_character,
    is_json,
    not_json,
    parse_json,
    parse_object,
    place_in,
    without_halves,
)
from app.edges.fhir.shape import Shape, shape_of
from app.errors import BadInput

_EXPECTED = "Give a ClaimResponse, an ExplanationOfBenefit, or a Bundle or Parameters that holds some."
_ANSWER = re.compile(rb'\s*\{\s*"resourceType"\s*:\s*"(?:ClaimResponse|ExplanationOfBenefit)"')
_HOLDERS = frozenset({*ANSWERS, "Bundle", "Parameters"})
_BYTES = ""  # the key under which a neighbour's name leads to its bytes


class _Head(msgspec.Struct, gc=False):
    resourceType: str
    id: str | None = None
    identifier: list[dict[str, Any]] | dict[str, Any] | None = None
    contained: msgspec.Raw = ABSENT


_decode_head = msgspec.json.Decoder(_Head).decode


@dataclass(slots=True)
class Piece:
    """
    A part of a document that may hold answers: one entry, one line, or all of it.

    shape: where it is one ClaimResponse of a known shape, and nothing beside it adds to it
    """

    path: str
    shape: Shape | None
    data: bytes | msgspec.Raw | dict[str, Any]
    around: Mapping[str, dict]

    def answers(self) -> Iterator[tuple[str, dict, Mapping[str, dict]]]:
        """Yield (path, resource, neighbours) for each answer in it, as bundle.answers_in does."""
        resource = self.data if isinstance(self.data, dict) else parse_object(bytes(self.data))
        yield from walk_answers(resource, self.path, self.around)


class Neighbours(Mapping[str, dict]):
    """What stands beside the answers of a Bundle, by bundle.neighbours_of's names; decoded when it is asked for."""

    def __init__(self, names: Mapping[str, dict]) -> None:
        self._names = names

    def __getitem__(self, name: str) -> dict:
        raw = self._names[name][_BYTES]
        try:
            return as_dict(parse_json(bearable(bytes(raw))))
        except BadInput:  # told where the entry itself is read
            return {}

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def pieces_in(data: bytes, path: str = "") -> Iterator[Piece | BadInput]:
    """
    Yield the parts of a document that may hold answers, in order, and between them what cannot be read.

    data: UTF-8 JSON, NDJSON or FHIR XML. path: where it stands itself
    raises: BadInput when the document as a whole cannot be read
    """
    begin = begins_with(data)
    if not begin:
        raise BadInput("empty")
    if begin == b"<":
        yield from _whole(data, path)
    elif (shape := shape_of(data)) is not None:
        yield Piece(path, shape, data, {})
    elif _is_ndjson(data):
        yield from _lines(data)
    else:
        yield from _document(data, path)


def line_pieces(line: bytes, number: int) -> Iterator[Piece | BadInput]:
    """Yield the same for one line of NDJSON; a line that cannot be read hides only itself."""
    if not line.strip():
        return
    try:
        yield from pieces_in(line, f"line[{number}]")
    except BadInput as error:
        yield error.within(f"line[{number}]")


def _is_ndjson(data: bytes) -> bool:
    first = data.find(b"\n")
    return first > 0 and data[:first].rstrip().endswith(b"}") and begins_with(memoryview(data)[first:]) == b"{"


def _lines(data: bytes) -> Iterator[Piece | BadInput]:
    start, number = 0, 0
    while start < len(data):
        end = data.find(b"\n", start)
        end = len(data) if end < 0 else end
        yield from line_pieces(data[start:end], number)
        start, number = end + 1, number + 1


def _document(data: bytes, path: str) -> Iterator[Piece | BadInput]:
    data, entries, fault = opened(data)
    if fault is not None:
        yield fault
    if entries is None:
        yield from _whole(data, path)
    else:
        yield from _entries(entries, path + "." if path else "")


def opened(data: bytes) -> tuple[bytes, Sequence[Entry | memoryview] | None, BadInput | None]:
    """
    Return (data, entries of the Bundle in it or None, what is wrong with it as a whole or None).

    data: with half characters as unknown ones. raises: BadInput for what is no JSON, and no Bundle with readable parts
    """
    try:
        return data, entries_of(data), None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        if isinstance(error, msgspec.DecodeError) and (half := half_character(data)) is not None:
            data, entries, _ = opened(without_halves(data))
            return data, entries, _half(data, half)
        if (entries := entries_beside(data)) is None:
            raise not_json(data, error) from error
        is_told = any(not isinstance(each, Entry) and not is_json(each) for each in entries)
        return data, entries, None if is_told else not_json(data, error)


def _half(data: bytes, place: int) -> BadInput:
    return BadInput("half of a character, read as unknown", path=place_in(data, place))


def _whole(data: bytes, path: str) -> Iterator[Piece | BadInput]:
    try:
        document = parse_object(data)
    except BadInput:
        if (half := half_character(data)) is None:
            raise
        yield _half(data, half)
        document = parse_object(without_halves(data))
    kind = string_of(document.get("resourceType"))
    if kind is None:
        raise BadInput("missing, so this is no FHIR resource", path="resourceType")
    if kind not in _HOLDERS:
        yield BadInput(f"{kind} holds no payer's answer", path="resourceType", next=_EXPECTED)
    for place, what in faults_in(document):
        yield BadInput(what, path=place)
    yield Piece(path, None, document, {})


def _entries(entries: Sequence[Entry | memoryview], start: str) -> Iterator[Piece | BadInput]:
    """Yield a Bundle's entries: those of a shape as they are, those that may hold answers decoded, and what is bad."""
    if len(entries) > MOST_ENTRIES:
        raise BadInput(f"{len(entries):,} entries, more than {MOST_ENTRIES:,}", path=f"{start}entry", next=SPLIT)
    around = Neighbours(_names(entries))
    for number, entry in enumerate(entries):
        if not isinstance(entry, Entry):
            yield from _loose(entry, f"{start}entry[{number}]", around)
        elif (shape := shape_of(entry.resource)) is not None and _stands_alone(shape, around):
            yield Piece(f"{start}entry[{number}].resource", shape, entry.resource, around)
        elif entry.resource is not ABSENT and not _holds_nothing(entry.resource):
            yield from _tolerant(entry.resource, f"{start}entry[{number}]", around)


def _loose(data: memoryview, path: str, around: Neighbours) -> Iterator[Piece | BadInput]:
    """Yield what an entry that is none holds all the same, with its faults."""
    try:
        entry = parse_json(bearable(bytes(data)))
    except BadInput as error:
        yield error.within(path)
        return
    yield from (BadInput(what, path=place) for place, what in entry_faults(entry, path))
    if isinstance(resource := as_dict(entry).get("resource"), dict):
        yield Piece(f"{path}.resource", None, resource, around)


def _tolerant(raw: msgspec.Raw, path: str, around: Neighbours) -> Iterator[Piece | BadInput]:
    """Yield one entry's resource, decoded, with its faults; one that cannot be decoded hides only itself."""
    try:
        resource = parse_json(bearable(bytes(raw)))
    except BadInput as error:
        yield error.within(f"{path}.resource")
        return
    yield from (BadInput(what, path=place) for place, what in entry_faults({"resource": resource}, path))
    if isinstance(resource, dict):
        yield Piece(f"{path}.resource", None, resource, around)


def _names(entries: Sequence[Entry | memoryview]) -> dict[str, dict]:
    """Return the names of the entries that are no answers; see Neighbours."""
    beside = []
    for each in entries:
        if not isinstance(each, Entry) or _ANSWER.match(each.resource):
            continue
        if (head := head_of(each.resource)) is None or head.resourceType in ANSWERS:
            continue
        known = {"resourceType": head.resourceType, "id": head.id, "identifier": head.identifier}
        beside.append(({**known, _BYTES: each.resource}, string_of(each.fullUrl)))
    return neighbours_of(beside)


def head_of(raw: msgspec.Raw) -> _Head | None:
    """Return a resource's kind and names, None where it is none or too long to be read."""
    try:
        return _decode_head(raw) if len(memoryview(raw)) <= MOST_WHOLE else None
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _holds_nothing(raw: msgspec.Raw) -> bool:
    """Whether a resource is well formed and of a kind that cannot hold an answer."""
    head = head_of(raw)
    kind = head.resourceType.strip() if head is not None and head.contained is ABSENT else ""
    return bool(kind) and kind not in _HOLDERS


def _stands_alone(shape: Shape, around: Neighbours) -> bool:
    """Whether none of what an answer points at stands beside it, so that its shape tells all."""
    if not around:
        return True
    if shape.request is None and "Claim" in around:
        return False
    for named in filter(None, shape.references):
        if named.identifier is not None and f"Claim?identifier={named.identifier.value}" in around:
            return False
        reference = string_of(named.reference)
        if reference is not None and (reference in around or reference_of(reference) in around):
            return False
    return True
