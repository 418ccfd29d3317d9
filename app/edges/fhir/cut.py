"""
A Bundle cut into its entries, each as bytes, in the memory of the bytes; whatever the entries hold.

A well-formed Bundle is cut by the decoder. One with an entry that is none or no JSON, or with so many objects that
even empty ones would fill the memory, is cut by its brackets, up to as many entries as anybody reads.
Source: https://hl7.org/fhir/R4/bundle.html
"""

import re
from collections.abc import Sequence
from typing import Literal

import msgspec

from app.edges.fhir.parse import begins_with

MOST_ENTRIES = 20_000
ABSENT = msgspec.Raw()
_MANY = 700_000  # objects, of any depth, that a Bundle of ordinary entries and of 50 MiB stays below
_SHORT = 6 * 1024 * 1024  # bytes; as empty entries they take fourteen times as much, and counting takes time too
_BLANK = 64  # bytes that may be looked through for something that is no white space
_MOST_STEPS = 1_500_000  # brackets that are walked: about a second
_UP_TO_MARK = re.compile(rb'(?:[^"\[\]{},]++|"(?:[^"\\]++|\\.)*+")*+([\[\]{},])', re.DOTALL)
_UP_TO_BRACKET = re.compile(rb'(?:[^"\[\]{}]++|"(?:[^"\\]++|\\.)*+")*+([\[\]{}])', re.DOTALL)
_BEFORE_ENTRIES = re.compile(rb'"entry"\s*+:\s*+\[\Z')
_SAYS_BUNDLE = re.compile(rb'"resourceType"\s*+:\s*+"Bundle"')


class Entry(msgspec.Struct, gc=False):
    """One entry; `resource` is ABSENT where it has none."""

    fullUrl: str | None = None
    resource: msgspec.Raw = ABSENT


class _Bundle(msgspec.Struct):
    resourceType: Literal["Bundle"]
    entry: list[Entry] = []
    contained: None = None
    parameter: None = None
    part: None = None


class _Outside(msgspec.Struct):
    resourceType: Literal["Bundle"]
    entry: msgspec.Raw
    contained: None = None
    parameter: None = None
    part: None = None


_decode_bundle = msgspec.json.Decoder(_Bundle).decode
_decode_outside = msgspec.json.Decoder(_Outside).decode
_decode_entry = msgspec.json.Decoder(Entry).decode


def entries_of(data: bytes) -> Sequence[Entry | memoryview] | None:
    """Return a Bundle's entries, in bytes those that are none; None for what is no Bundle of resources."""
    try:
        if len(data) <= _SHORT or data.count(b"}") <= _MANY:
            return _decode_bundle(data).entry
    except msgspec.ValidationError:
        pass
    try:
        array = _decode_outside(data).entry
    except msgspec.ValidationError:
        return None
    return None if begins_with(array) != b"[" else _elements(memoryview(array))


def entries_beside(data: bytes) -> Sequence[Entry | memoryview] | None:
    """
    Return the entries of a Bundle that is no JSON as a whole, so that what is wrong in one hides only that one.

    None where its brackets do not tell where they are: in a document that was cut short, or is no Bundle
    """
    depth = place = start = end = 0
    outside = []  # what stands in the Bundle itself
    for _ in range(_MOST_STEPS):
        if (each := _UP_TO_BRACKET.match(data, place)) is None:
            return None
        if depth == 1:
            outside.append(each[0])
            start = start or (each.end() - 1 if _BEFORE_ENTRIES.search(each[0][-_BLANK:]) else 0)
        depth += 1 if each[1] in (b"[", b"{") else -1
        place = each.end()
        if depth == 1 and start and not end:
            end = place
        if depth == 0:
            is_bundle = end and any(map(_SAYS_BUNDLE.search, outside))
            return _elements(memoryview(data)[start:end]) if is_bundle else None
    return None


def _elements(array: memoryview) -> Sequence[Entry | memoryview] | None:
    found = _cut(array)
    return None if found is None else [_entry_of(each) or each for each in found]


def _cut(array: memoryview) -> list[memoryview] | None:
    """Return the elements of a JSON array as bytes, no more than one above what is read anyway; None for a maze."""
    found: list[memoryview] = []
    depth = place = start = 0
    for _ in range(_MOST_STEPS):
        if (each := (_UP_TO_MARK if depth == 1 else _UP_TO_BRACKET).match(array, place)) is None:
            return found
        mark, place = each[1], each.end()
        if mark in (b"[", b"{"):
            depth += 1
            start = place if depth == 1 else start
            continue
        if depth == 1:
            element = array[start : place - 1]
            if len(element) > _BLANK or bytes(element).strip():
                found.append(element)
            start = place
        depth -= mark in (b"]", b"}")
        if depth == 0 or len(found) > MOST_ENTRIES:
            return found
    return None


def _entry_of(data: memoryview) -> Entry | None:
    try:
        return _decode_entry(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
