"""
Files as the file commands read them: a path or "-", JSON or FHIR XML, in any Unicode encoding, of a bearable size.

What cannot be read raises BadInput whose `path` names the place inside the file ("line 3, column 9, in entry[2]"),
never its content.
"""

import codecs
import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from app.edges.fhir.feed import Piece, line_pieces, pieces_in
from app.edges.fhir.parse import begins_with, parse_object, repeated_name
from app.errors import BadInput, ParleyError

MAX_BYTES = 50 * 1024 * 1024
_MOST_A_LINE = 16 * 1024 * 1024
_LONGEST_LINE = 1024 * 1024
_GZIP = b"\x1f\x8b"
_MOST_TRANSCODED = 16 * 1024 * 1024  # bytes: the text and its copy stand in memory together
_ENCODINGS = (  # the longer mark first: UTF-32's begins like UTF-16's
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def read_bytes(name: str, *, stdin: IO[Any]) -> bytes:
    """Return a file's bytes ("-": standard input) as UTF-8 without mark; BadInput when too long or not Unicode."""
    if name == "-":
        data = getattr(stdin, "buffer", stdin).read(MAX_BYTES + 1)
        data = data.encode("utf-8", "replace") if isinstance(data, str) else data
    else:
        with _opened(name) as file:
            size = os.fstat(file.fileno()).st_size  # room for the most is dearer than reading most files
            data = file.read(min(size or MAX_BYTES, MAX_BYTES) + 1)
    if len(data) > MAX_BYTES:
        raise BadInput(f"longer than {MAX_BYTES // 1024 // 1024} MiB", next="Split it into smaller Bundles.")
    return _as_utf8(data)


def _as_utf8(data: bytes) -> bytes:
    for mark, encoding in _ENCODINGS:
        if data.startswith(mark):
            if encoding != "utf-8" and len(data) > _MOST_TRANSCODED:
                raise BadInput(f"in {encoding.upper()} and longer than 16 MiB", next="Save it as UTF-8.")
            try:
                return data[len(mark) :] if encoding == "utf-8" else data.decode(encoding).encode("utf-8")
            except (UnicodeDecodeError, UnicodeEncodeError) as error:
                raise BadInput(f"not the {encoding.upper()} that its first bytes promise") from error
    return data


def read_object(name: str, *, stdin: IO[Any]) -> dict[str, Any]:
    """
    Return the JSON object in a file that a person or a script wrote for us.

    raises: BadInput with line, column and path where it is no JSON, and where a name is said twice: the second may
    be a slip, and none of the two is certainly meant
    """
    data = read_bytes(name, stdin=stdin)
    value = parse_object(data)
    if begins_with(data) == b"{" and (twice := repeated_name(data)) is not None:
        raise BadInput("said twice", path=twice)
    return value


def read_pieces(name: str, *, stdin: IO[Any]) -> Iterator[Piece | BadInput]:
    """
    Yield the parts of a file that may hold payers' answers, and what cannot be read; raises BadInput for all of it.

    A file named .ndjson is read line by line, however long it is.
    """
    if name.lower().endswith(".ndjson"):
        yield from _line_by_line(name)
    else:
        yield from pieces_in(read_bytes(name, stdin=stdin))


def _line_by_line(name: str) -> Iterator[Piece | BadInput]:
    with _opened(name) as file:
        for number in itertools.count():
            if not (line := file.readline(_MOST_A_LINE)):
                return
            if len(line) < _MOST_A_LINE or line.endswith(b"\n"):
                yield from line_pieces(line.removeprefix(codecs.BOM_UTF8), number)
                continue
            yield BadInput(f"longer than {_MOST_A_LINE // 1024 // 1024} MiB", path=f"line[{number}]")
            while line and not line.endswith(b"\n"):
                line = file.readline(_MOST_A_LINE)


def read_lines(name: str, *, stdin: IO[Any]) -> Iterator[tuple[int, bytes | BadInput]]:
    """
    Yield the lines of a file ("-": standard input) that are not blank, each with its number from 1; any length of file.

    A line that is longer than 1 MiB is yielded as a BadInput, and none of it is held.
    raises: BadInput where the file cannot be opened, is compressed, or is text in another encoding than UTF-8
    """
    if name == "-":
        yield from _numbered(getattr(stdin, "buffer", stdin))
    else:
        with _opened(name) as file:
            yield from _numbered(file)


def _numbered(file: IO[Any]) -> Iterator[tuple[int, bytes | BadInput]]:
    for number in itertools.count(1):
        line = file.readline(_LONGEST_LINE + 1)
        if not line:
            return
        data = line.encode("utf-8", "replace") if isinstance(line, str) else line
        if number == 1:
            data = _begun(data)
        if len(line) > _LONGEST_LINE:
            yield number, BadInput("longer than 1 MiB")
            while line and not line.endswith(b"\n" if isinstance(line, bytes) else "\n"):
                line = file.readline(_LONGEST_LINE)
        elif data := data.strip():
            yield number, data


def _begun(data: bytes) -> bytes:
    """Return a first line without the mark of UTF-8; raises BadInput for what no line of which could be read."""
    if data.startswith(_GZIP):
        raise BadInput("compressed", next="Unpack it and read it again.")
    encoding = next((name for mark, name in _ENCODINGS if data.startswith(mark)), "utf-8")
    if encoding != "utf-8" and b"\0" in data:
        raise BadInput(f"in {encoding.upper()}", next="Save it as UTF-8.")
    return data.removeprefix(codecs.BOM_UTF8)


@contextmanager
def _opened(name: str) -> Iterator[IO[bytes]]:
    try:
        with Path(name).open("rb") as file:
            yield file
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        why = getattr(error, "strerror", None) or "read error"
        raise BadInput(f"cannot be opened ({why})") from error


def complain(name: str, error: ParleyError, *, stderr: IO[str]) -> None:
    """Say on one line which file cannot be used, where inside it, why, and what to do."""
    print(f"{shown_name(name)}: {error.say.rstrip('.')}. {error.next}", file=stderr)


def shown_name(name: str) -> str:
    """Return how a file is called in messages; what of its name cannot be printed, as escapes."""
    if name == "-":
        return "standard input"
    return printable(name)


def printable(text: str) -> str:
    """Return text for a terminal: what cannot be printed, and could be taken for a command to it, as escapes."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)
