"""
Bytes as JSON values, or the place at which they are none: "line 3, column 9, in entry[2].resource"; never content.

Reading stops where a hostile document would make it long: nesting is refused by the decoder, and the place of a fault
far inside a long document is told by line and column alone.
"""

import codecs
import json
import re
from collections import Counter
from math import inf
from typing import Any

import msgspec

from app.edges.fhir.xml import parse_fhir_xml
from app.errors import BadInput

_AT_BYTE = re.compile(r" ?\(byte (\d+)\)| - at `.*`")
# Possessive, and a string may lack its end: no backtracking, whatever stands in a broken document.
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|[\[\]{}:,]|[^\s\[\]{}:,"]++', re.DOTALL)
_SURROGATE = (
    re.compile(  # a pair, or (the group) a half alone; an even number of backslashes before it escape none of it
        rb"(?<!\\)(?:\\\\)*+"
        rb"(?:\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(\\u[dD][89a-fA-F][0-9a-fA-F]{2}))"
    )
)
_BEGIN = re.compile(rb"\s*+(\S)?")
_DIGITS = 300
_CHUNK = 1024 * 1024
_FAR = 2 * 1024 * 1024  # bytes that are walked, token by token, to tell the path of a fault
_DEEP = 500
MOST_WHOLE = 8 * 1024 * 1024  # bytes; as objects they take some ten times as much
_MANY = 700_000  # values in one document: what memory bears
SPLIT = "Split it into smaller Bundles, or export it as NDJSON."
_decode = msgspec.json.Decoder().decode
_skip = msgspec.json.Decoder(msgspec.Raw).decode


def parse_json(data: bytes) -> Any:
    """
    Return the JSON value of UTF-8 bytes; BadInput with line, column and path where it is not JSON (NaN is not).

    A document that begins as XML is read as FHIR XML.
    """
    begin = begins_with(data)
    if not begin:
        raise BadInput("empty")
    if begin == b"<":
        return parse_fhir_xml(data)
    try:
        return _decode(data)
    except msgspec.ValidationError:
        return _with_long_numbers(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise not_json(data, error) from error


def parse_object(data: bytes) -> dict[str, Any]:
    """Return the JSON object of UTF-8 bytes, as parse_json; BadInput for another value, and for more than one bears."""
    value = parse_json(bearable(data))
    if not isinstance(value, dict):
        raise BadInput("a JSON object is expected here", path="line 1")
    return value


def bearable(data: bytes) -> bytes:
    """Return the bytes as they are; BadInput where their objects would take more memory than anybody's answer does."""
    values = sum(map(data.count, (b",", b"]", b"}"))) if len(data) <= MOST_WHOLE else 0
    if len(data) > MOST_WHOLE or values > _MANY:
        raise BadInput("too long to be read as one resource", next=SPLIT)
    return data


def repeated_name(data: bytes) -> str | None:
    """Return a name that one object of a well-formed JSON document says twice, None where none does."""
    found: list[str] = []

    def note(pairs: list[tuple[str, Any]]) -> None:
        names = Counter(name for name, _ in pairs)
        found.extend(name for name in names if names[name] > 1)

    json.loads(data, object_pairs_hook=note, parse_int=str, parse_float=str)
    return found[0][:64] if found else None


def _with_long_numbers(data: bytes) -> Any:
    """Return JSON that holds a number which msgspec has no room for, as 1e400; such a one is infinite here."""
    try:
        _skip(data)  # what follows the number may be no JSON
        # an int of 5,000 digits would take long, and Python refuses it
        return json.loads(data.decode("utf-8"), parse_int=lambda digits: int(digits) if len(digits) < _DIGITS else inf)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise not_json(data, error) from error


def not_json(data: bytes, error: Exception) -> BadInput:
    """Return what to say when msgspec has refused some bytes with this error."""
    if isinstance(error, RecursionError):
        return BadInput("nested too deeply to be read", path=place_in(data, _deepest(data)))
    if 0 in data[:4]:
        return BadInput("not UTF-8 but UTF-16 or UTF-32 without its mark", path="line 1", next="Save it as UTF-8.")
    if (wrong := _not_utf8(data)) is not None:
        return BadInput("not UTF-8", path=place_in(data, wrong))
    if (half := half_character(data)) is not None:
        return BadInput("not JSON (half of a character, \\uD8.. without its other half)", path=place_in(data, half))
    words = str(error)
    at = _AT_BYTE.search(words)
    position = int(at[1]) if at and at[1] else len(data)
    what = _AT_BYTE.sub("", words).removeprefix("JSON is malformed: ").removeprefix("Input data was ")
    return BadInput(f"not JSON ({what})", path=place_in(data, position))


def is_json(data: bytes | memoryview) -> bool:
    """Whether some bytes are one JSON value."""
    try:
        _skip(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True


def begins_with(data: bytes) -> bytes:
    """Return the first byte that is no white space, empty where there is none; copies nothing else."""
    found = _BEGIN.match(data)
    return found[1] or b"" if found else b""


def _not_utf8(data: bytes) -> int | None:
    decoder, view = codecs.getincrementaldecoder("utf-8")(), memoryview(data)
    for start in range(0, len(data), _CHUNK):
        kept = len(decoder.getstate()[0])  # the beginning of a character whose end is in this chunk
        try:
            decoder.decode(view[start : start + _CHUNK], start + _CHUNK >= len(data))
        except UnicodeDecodeError as error:
            return start - kept + error.start
    return None


def half_character(data: bytes) -> int | None:
    """Return where an escape names half of a UTF-16 pair without its other half, None where none does."""
    if b"\\ud" not in data and b"\\uD" not in data:
        return None
    return next((found.start(1) for found in _SURROGATE.finditer(data) if found[1]), None)


def without_halves(data: bytes) -> bytes:
    """Return the bytes with every such half as U+FFFD, which says that something could not be read."""
    return _SURROGATE.sub(lambda found: found[0][:-6] + rb"\ufffd" if found[1] else found[0], data)


def place_in(data: bytes, position: int) -> str:
    """Return "line 3, column 9, in entry[2].resource" for a byte position: by tokens, as the JSON may be broken."""
    line, column = data.count(b"\n", 0, position) + 1, position - (data.rfind(b"\n", 0, position) + 1) + 1
    where = _path(data[:position]) if position <= _FAR else ""
    return f"line {line}, column {column}" + (f", in {where}" if where else "")


def _path(before: bytes) -> str:
    steps: list[str | int] = []
    word = ""
    for token in _TOKEN.finditer(before):
        text = token[0]
        if text == b"[":
            steps.append(0)
        elif text == b"{":
            steps.append("")
        elif text in (b"]", b"}"):
            del steps[-1:]
        elif text == b"," and steps and isinstance(steps[-1], int):
            steps[-1] += 1
        elif text == b":" and steps and isinstance(steps[-1], str):
            steps[-1] = word
        elif text[:1] == b'"':
            word = text[1:-1].decode("utf-8", "replace")[:64]
    shown = steps[:12] + (["…"] if len(steps) > 12 else [])
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in shown if step != "").lstrip(".")


def _deepest(data: bytes) -> int:
    """Return where the nesting passes 500: about the place at which reading gave up."""
    depth = 0
    for token in _TOKEN.finditer(data, 0, _FAR):
        depth += token[0] in (b"[", b"{")
        depth -= token[0] in (b"]", b"}")
        if depth > _DEEP:
            return token.start()
    return len(data)
