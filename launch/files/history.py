"""A history as a file tells it, one event a line: what `parley learn` counts, and what of it cannot be read."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import IO, Any

import msgspec

from app.core.learn import KINDS, Happened
from app.edges.fhir.datatypes import instant_of
from app.errors import BadInput
from launch.files.reading import read_lines

_ABOUT = ("payer", "reason", "clinician", "service")
_MINUTES = ("hold_minutes", "prep_minutes", "talk_minutes")
_RESULTS = (
    "approved", "partial", "modified", "upheld", "withdrawn", "not_held", "informational", "converted_to_appeal",
    "rescheduled",
)  # fmt: skip
_SIDES, _SHIFTS = ("payer", "us"), ("for", "against", "none")
_WORDS = {
    "decided": {"result": _RESULTS, "way": None, "shift": _SHIFTS},
    "confirmed": {"result": _RESULTS, "way": None},
    "appeal_decided": {"result": _RESULTS},
    "missed": {"by": _SIDES},
    "closed": {"cause": None},
}  # what a kind tells in words, and in which; None: in any
_TRUTHS = {
    "connected": ("inside", "specialty_match"),
    "decided": ("specialty_match", "final"),
    "confirmed": ("differs",),
}
_WINDOWED = ("denied", "offered")
_OFFSET = re.compile(r"(?:Z|[+-]\d{2}:\d{2})$")
_MOST_FAULTS = 20  # told one by one
_MOST_MINUTES = 24 * 60


@dataclass
class Faults:
    """What could not be read: the first, and how many."""

    first: list[BadInput] = field(default_factory=list)
    count: int = 0

    def add(self, fault: BadInput) -> None:
        """Count one more."""
        self.count += 1
        if len(self.first) < _MOST_FAULTS:
            self.first.append(fault)


def events_in(name: str, faults: Faults, *, stdin: IO[Any]) -> Iterator[Happened]:
    """
    Yield the events of a file; one that cannot be read is added to the faults and hides no other.

    raises: BadInput where the file cannot be read at all
    """
    seen: set[bytes] = set()
    for number, line in read_lines(name, stdin=stdin):
        try:
            told = _object(line)
            happened = _happened(told)
            if happened is not None and _is_first(told, happened.case, seen):
                yield happened
        except BadInput as error:
            place = f"line {number}" + (f", {error.path}" if error.path else "")
            faults.add(BadInput(error.what, path=place, next="The other events are counted without it."))


def _is_first(told: dict[str, Any], case: str, seen: set[bytes]) -> bool:
    """Return whether no event of this case had this id before; true for one without an id."""
    mark = _name(told, "id")
    if mark is None:
        return True
    # A million marks of any length are held as one short one each.
    short = blake2b(f"{len(case)} {case} {mark}".encode("utf-8", "replace"), digest_size=12).digest()
    is_first = short not in seen
    seen.add(short)
    return is_first


def _object(line: bytes | BadInput) -> dict[str, Any]:
    if isinstance(line, BadInput):
        raise line
    try:
        told = msgspec.json.decode(line)
    except msgspec.DecodeError as error:
        raise BadInput("not JSON") from error
    except UnicodeDecodeError as error:
        raise BadInput("not UTF-8") from error
    except RecursionError as error:
        raise BadInput("nested too deeply") from error
    if not isinstance(told, dict):
        raise BadInput("not an object")
    return told


def _happened(told: dict[str, Any]) -> Happened | None:
    """Return the event, None for a kind that no measure counts; raises BadInput with the field's name."""
    case, kind = _name(told, "case"), _word(told, "kind")
    for name, value in (("case", case), ("kind", kind)):
        if not value:
            raise BadInput("not told", path=name)
    if case is None or kind not in KINDS:
        return None
    at = _instant(told, "at")
    if at is None:
        raise BadInput("not told", path="at")
    said: dict[str, Any] = {name: _word(told, name, among) for name, among in _WORDS.get(kind, {}).items()}
    said |= {name: _truth(told, name) for name in _TRUTHS.get(kind, ())}
    said |= {name: _number(told, name) for name in _MINUTES}
    said |= {name: _word(told, name) or "" for name in _ABOUT}
    return Happened(
        case=case,
        at=at,
        kind=kind,
        lane=_word(told, "lane"),
        entry=_name(told, "entry"),
        corrects=_name(told, "corrects"),
        ends_at=_instant(told, "ends_at") if kind in _WINDOWED else None,
        **said,
    )


def _word(told: dict[str, Any], name: str, among: tuple[str, ...] | None = None) -> str | None:
    value = told.get(name)
    if value is not None and not isinstance(value, str):
        raise BadInput("not text", path=name)
    if value and among and value not in among:
        raise BadInput(f"none of {', '.join(among)}", path=name)
    return value or None


def _name(told: dict[str, Any], name: str) -> str | None:
    """Return what something is called by: text, or a whole number as its digits."""
    value = told.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return _word(told, name)


def _instant(told: dict[str, Any], name: str) -> datetime | None:
    value = told.get(name)
    if value is None:
        return None
    # A time without its offset would be somebody's wall clock: hours apart, and so in another order.
    found = instant_of(value) if isinstance(value, str) and _OFFSET.search(value) else None
    if found is None:
        raise BadInput("not a time with its offset, like 2026-11-23T15:00:00Z", path=name)
    return found


def _number(told: dict[str, Any], name: str) -> float | None:
    value = told.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _MOST_MINUTES:
        raise BadInput("not minutes of a day", path=name)
    return value


def _truth(told: dict[str, Any], name: str) -> bool | None:
    value = told.get(name)
    if value is not None and not isinstance(value, bool):
        raise BadInput("neither true nor false", path=name)
    return value
