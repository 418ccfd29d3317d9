"""
Rule files: TOML read into a shape, strictly; what is wrong is named by file, line and place inside it.

tomllib gives lines only for broken syntax, so the line of a value is found again in the text.
"""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

from app.errors import Misconfigured

Shape = TypeVar("Shape")
_AT = re.compile(r" - at `(.*)`$")
_FIELD = re.compile(r"unknown field `([^`]*)`")
_SYNTAX = re.compile(r"\(at line (\d+), column \d+\)")
_TABLE = re.compile(r"\s*\[(\[)?\s*([^\[\]]+?)\s*\]")
_KEY = re.compile(r"\s*([A-Za-z0-9_-]+|\"[^\"]*\")\s*=")
NEXT = "Correct the rule file and start again."


@dataclass(frozen=True, slots=True)
class RuleFile(Generic[Shape]):
    """One rule file read: its value, and its text to find lines in."""

    path: Path
    text: str
    value: Shape
    is_overlay: bool = False  # of a site's own folder

    def refuse(self, place: str, problem: str) -> Misconfigured:
        """Return the error for a place like "windows[1].unit"."""
        return refuse_at(self.path, self.text, place, problem)


def read_rules(path: Path, shape: type[Shape], *, is_overlay: bool = False) -> RuleFile[Shape]:
    """Return the file in its shape (a msgspec Struct that forbids unknown fields); raises Misconfigured."""
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise Misconfigured(str(path.name), "the rule file cannot be opened", next=NEXT) from error
    except UnicodeDecodeError as error:
        raise Misconfigured(str(path.name), "the rule file is not UTF-8", next=NEXT) from error
    return shaped_rules(path, text, shape, is_overlay=is_overlay)


def shaped_rules(path: Path, text: str, shape: type[Shape], *, is_overlay: bool = False) -> RuleFile[Shape]:
    """Return a text in its shape; path: by whose name it is refused. raises: Misconfigured"""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = _SYNTAX.search(str(error))
        problem = f"not TOML: {_SYNTAX.sub('', str(error)).strip()}"
        raise Misconfigured(f"{path.name}, line {line[1] if line else 1}", problem, next=NEXT) from error
    try:
        return RuleFile(path, text, msgspec.convert(data, shape), is_overlay)
    except msgspec.ValidationError as error:
        raise refuse_shape(path, text, error) from error


def refuse_shape(path: Path, text: str, error: msgspec.ValidationError, *, inside: str = "") -> Misconfigured:
    """Return the error for a value of the wrong shape; inside: the place that was looked at."""
    place, problem = place_of(error)
    return refuse_at(path, text, f"{inside}.{place}".strip("."), problem)


def place_of(error: msgspec.ValidationError) -> tuple[str, str]:
    """Return where a value has the wrong shape, "windows[1].unit", and what is wrong."""
    words = str(error)
    at, unknown = _AT.search(words), _FIELD.search(words)
    place = at[1].removeprefix("$").removeprefix(".") if at else ""
    if unknown:
        place = f"{place}.{unknown[1]}".removeprefix(".")
    return place, _AT.sub("", words)


def refuse_at(path: Path, text: str, place: str, problem: str) -> Misconfigured:
    """Return the error that names file, line and place."""
    where = f"{path.name}, line {line_of(text, place)}"
    return Misconfigured(f"{where}: {place}" if place else where, problem, next=NEXT)


def line_of(text: str, place: str) -> int:
    """Return the line of a place like "windows[1].unit"; of the nearest thing around it where it is not written."""
    lines = _lines(text)
    while place and place not in lines:
        place = place.rpartition(".")[0] if not place.endswith("]") else place.rpartition("[")[0]
    return lines.get(place, 1)


def _lines(text: str) -> dict[str, int]:
    """Return the line of every table and key, by place; keys inside inline tables and long strings are left out."""
    found: dict[str, int] = {}
    counts: dict[str, int] = {}
    table, quoted = "", False
    for number, line in enumerate(text.splitlines(), start=1):
        if not quoted:
            if header := _TABLE.match(line):
                table = header[2].replace('"', "")
                if header[1]:
                    counts[table] = counts.get(table, -1) + 1
                    found.setdefault(table, number)
                    table = f"{table}[{counts[table]}]"
                found[table] = number
            elif key := _KEY.match(line):
                found[f"{table}.{key[1]}".removeprefix(".").replace('"', "")] = number
        quoted ^= (line.count('"""') + line.count("'''")) % 2 == 1
    return found
