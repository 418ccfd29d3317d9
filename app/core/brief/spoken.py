"""Written facts as one says them: days in words, brackets as pauses; what is quoted stays verbatim."""

import re
from datetime import date

_ISO = r"(\d{4}-\d{2}-\d{2})"
_QUOTED = re.compile(r"(“[^”]*”)")
_DAY = re.compile(rf"(?<![\w-]){_ISO}(?![\w-])")
_RANGE = re.compile(rf"(?<![\w-]){_ISO} to {_ISO}(?![\w-])")
_LASTING = re.compile(r" \((\d+ days?)\)")
# Codes of a diagnosis, and the kind that SNOMED CT adds to a name.
_CODES = re.compile(r" \((?:[A-TV-Z]\d[0-9A-Z](?:\.[0-9A-Z]{1,4})?|\d{5,18}|disorder|finding|procedure|situation)\)")
_BRACKETS = re.compile(r" \(([^()]*)\)(?=([,;:.]?))")
_MONTH = re.compile(r"(?<![\w-])(\d{4})-(\d{2})(?![\w-])")
_DELTAS = re.compile(r"^[+−±]")


def speak(text: str) -> str:
    """
    Return text as it is read aloud; what stands in quotation marks stays as it is.

    Codes of diagnoses go, for they stand in the head of the page; "2026-07-10 to 2026-09-11 (63 days)" becomes "from
    July 10 to September 11, 2026, 63 days".
    """
    return "".join(each if each.startswith("“") else _aloud(each) for each in _QUOTED.split(text))


def spoken_day(day: str) -> str:
    """Return a day as written (YYYY, YYYY-MM or YYYY-MM-DD) in words."""
    return _MONTH.sub(_month, _DAY.sub(lambda found: _words(found[1]), day))


def spoken_span(first: str, last: str) -> tuple[str, str]:
    """Return two days in words; the year is said once where it is the same."""
    opening = spoken_day(first)
    return (opening.removesuffix(f", {first[:4]}") if first[:4] == last[:4] else opening), spoken_day(last)


def _aloud(text: str) -> str:
    text = _CODES.sub("", text)
    text = _LASTING.sub(r", \1", text)
    text = _RANGE.sub(_range, text)
    return spoken_day(_BRACKETS.sub(_pause, text)).replace(",,", ",")


def _pause(found: re.Match[str]) -> str:
    """Return what stood in brackets between commas; a bare change of a value stays in words."""
    inner, after = found[1], found[2]
    if _DELTAS.match(inner):
        sign = {"+": "up ", "−": "down ", "±": "a change of "}[inner[0]]
        inner = sign + inner[1:]
    # What begins as a sentence does is said as one: "intolerance to X: Rash on the arms".
    lead = ": " if inner[:1].isupper() and inner[1:2].islower() else ", "
    return f"{lead}{inner}" + ("" if after or found.end() == len(found.string) else ",")


def _range(found: re.Match[str]) -> str:
    opening, ending = spoken_span(found[1], found[2])
    lead = "" if found.string[: found.start()].endswith("from ") else "from "
    return f"{lead}{opening} to {ending}"


def _words(day: str) -> str:
    try:
        told = date.fromisoformat(day)
    except ValueError:
        return day
    return f"{told:%B} {told.day}, {told.year}"


def _month(found: re.Match[str]) -> str:
    month = int(found[2])
    return f"{date(int(found[1]) or 1, month, 1):%B} {found[1]}" if 1 <= month <= 12 else found[0]
