"""
A published set: its manifest, and files with one resource a line. One bad line is one resource less, and is counted.

source: SMART Scheduling Links (its first form and HL7's of 2026), after FHIR Bulk Data's $bulk-publish
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from app.edges.fhir.datatypes import as_dict, as_list, dicts_of, string_of
from app.errors import BadInput

MOST_OUTPUTS = 100
MOST_LINES = 200_000
MOST_A_LINE = 64 * 1024
_MOST_MANIFEST = 1_000_000


@dataclass(frozen=True, slots=True)
class Output:
    """One file: the type of its resources, its address, the states that it is about (none: not told)."""

    type: str
    url: str
    states: frozenset[str] = frozenset()


def read_manifest(data: bytes) -> tuple[Output, ...]:
    """Return the files that a manifest names, each address once. raises: BadInput, also for too many."""
    if len(data) > _MOST_MANIFEST:
        raise BadInput("larger than a manifest is")
    try:
        read = msgspec.json.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise BadInput("not JSON") from None
    if not isinstance(read, dict) or not isinstance(read.get("output"), list):
        raise BadInput("no manifest: it has no output", path="output")
    if len(read["output"]) > MOST_OUTPUTS:
        raise BadInput(f"more than {MOST_OUTPUTS} files", path="output")
    outputs = (_output(each) for each in dicts_of(read["output"]))
    return tuple({each.url: each for each in outputs if each is not None}.values())


def _output(told: dict[str, Any]) -> Output | None:
    kind, url = string_of(told.get("type")), string_of(told.get("url"))
    states = as_list(as_dict(told.get("extension")).get("state"))
    named = frozenset(each.strip().upper() for each in states if isinstance(each, str))
    return Output(kind, url, named) if kind and url else None


def read_lines(data: bytes, kind: str) -> Iterator[dict[str, Any] | None]:
    """
    Yield the resources of a file, one a line, and None for each line that is none of this kind.

    raises: BadInput after 200,000 lines; what was yielded stays
    """
    at, count = 0, 0
    while at < len(data):
        end = data.find(b"\n", at)
        end = len(data) if end < 0 else end
        line, at = data[at : min(end, at + MOST_A_LINE + 1)].strip(), end + 1
        if not line:
            continue
        count += 1
        if count > MOST_LINES:
            raise BadInput(f"more than {MOST_LINES:,} lines")
        yield _resource(line, kind)


def _resource(line: bytes, kind: str) -> dict[str, Any] | None:
    if len(line) > MOST_A_LINE:
        return None
    try:
        read = msgspec.json.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return read if isinstance(read, dict) and read.get("resourceType") == kind else None
