"""
Tolerant readers of FHIR R4 data types, from raw JSON values.

Each takes whatever stands in the document and answers None (or nothing) for what it cannot read; none raises.
Source: https://hl7.org/fhir/R4/datatypes.html
"""

import math
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from app.core.denial import Code

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_REFERENCE = re.compile(r"(?:^|/)([A-Z][A-Za-z]+/[A-Za-z0-9\-.]{1,64})(?:/_history/[^/]*)?$")
_MAY_NAME = ("text", "display")


def as_list(value: object) -> list:
    """Return a list as it is, nothing as empty, and one lonely thing as a list of it."""
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def as_dict(value: object) -> dict:
    """Return an object as it is; anything else as an empty one."""
    return value if isinstance(value, dict) else {}


def dicts_of(value: object) -> list[dict]:
    """Return the objects of a list (or the lonely object), leaving out what is not one."""
    if isinstance(value, list):
        return [each for each in value if isinstance(each, dict)]
    return [value] if isinstance(value, dict) else []


def string_of(value: object) -> str | None:
    """Return a string without the blanks around it; None for an empty one and for any other type."""
    return value.strip() or None if isinstance(value, str) else None


def text_of(value: object) -> str | None:
    """Return what a string, CodeableConcept, Coding, Reference or Annotation says in words, or None."""
    if not isinstance(value, dict):
        return string_of(value)
    for key in _MAY_NAME:
        if words := string_of(value.get(key)):
            return words
    for coding in dicts_of(value.get("coding")):
        if words := string_of(coding.get("display")):
            return words
    return None


def number_of(value: object) -> float | None:
    """Return a finite number, or the value of a Quantity; a number written as a string counts, a boolean does not."""
    if isinstance(value, dict):
        value = value.get("value")
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def whole_of(value: object) -> int | None:
    """Return a whole number (positiveInt, integer), or None."""
    number = number_of(value)
    return int(number) if number is not None and number == int(number) else None


def bool_of(value: object) -> bool | None:
    """Return a boolean, also one written as "true" or "false"; None for anything else."""
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(value.strip().lower()) if isinstance(value, str) else None


def date_of(value: object) -> date | None:
    """Return the calendar day that a date, dateTime or instant of full precision begins with, as written."""
    if not isinstance(value, str):
        return None
    found = _DATE.match(value.strip())
    try:
        return date.fromisoformat(found[0]) if found else None
    except ValueError:
        return None


def has_time(value: object) -> bool:
    """Whether a dateTime says the time of day and its offset, and so names an instant."""
    return isinstance(value, str) and (read := _moment(value)) is not None and read.tzinfo is not None


def instant_of(value: object, *, zone: tzinfo = UTC) -> datetime | None:
    """
    Return the instant of a dateTime or instant, as aware UTC; a day alone, or a time without offset, is read in `zone`.

    errs: early; a day alone becomes its first moment. None for a year or month alone, and for what is no date.
    """
    if not isinstance(value, str) or (read := _moment(value)) is None:
        return None
    try:
        return (read if read.tzinfo else read.replace(tzinfo=zone)).astimezone(UTC)
    except OverflowError:  # 0001-01-01T00:00:00+05:00 lies before the first year
        return None


def _moment(value: str) -> datetime | None:
    text = value.strip()
    if not _DATE.match(text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        if text[16:19] == ":60":  # a leap second is a valid instant, and Python has none
            return _moment(f"{text[:16]}:59{text[19:]}")
        return None


def period_of(value: object, *, zone: tzinfo = UTC) -> tuple[datetime | None, datetime | None]:
    """Return (start, end) of a Period as a half-open stretch of UTC; an end that is a day alone includes that day."""
    period = as_dict(value)
    start, end = instant_of(period.get("start"), zone=zone), instant_of(period.get("end"), zone=zone)
    day = date_of(period.get("end"))
    if end is not None and day is not None and len(str(period["end"]).strip()) == len("2026-01-01"):
        end = _first_moment_after(day, zone) or end
    return start, end


def _first_moment_after(day: date, zone: tzinfo) -> datetime | None:
    try:
        return datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)
    except OverflowError:
        return None


def codings_of(value: object) -> tuple[Code, ...]:
    """Return the codes of a CodeableConcept, a Coding, a bare code string, or a list of any of them, in order."""
    if value is None:
        return ()
    found: list[Code] = []
    for each in as_list(value):
        if isinstance(each, dict):
            codings = dicts_of(each["coding"]) if "coding" in each else (each,)
            found += [code for coding in codings if (code := _code(coding)) is not None]
        elif (bare := string_of(each)) is not None:
            found.append(Code(None, bare))
    return tuple(found)


def _code(coding: dict) -> Code | None:
    code = string_of(coding.get("code"))
    return Code(string_of(coding.get("system")), code, string_of(coding.get("display"))) if code else None


def reference_of(value: object) -> str | None:
    """
    Return where a Reference (or a bare reference string) points.

    "Type/ID" for relative and absolute ones, without version; "#id" and "urn:uuid:…" as they are; None for a
    reference that carries only an identifier or a display.
    """
    raw = string_of(value.get("reference")) if isinstance(value, dict) else string_of(value)
    if raw is None or raw.startswith(("#", "urn:")):
        return raw
    found = _REFERENCE.search(raw.rstrip("/"))
    return found[1] if found else raw


def identifiers_of(value: object) -> tuple[tuple[str | None, str], ...]:
    """Return the (system, value) pairs of Identifiers that have a value."""
    return tuple(
        (string_of(each.get("system")), text) for each in dicts_of(value) if (text := string_of(each.get("value")))
    )


def extensions_of(element: object, *names: str) -> Iterator[dict]:
    """Yield an element's extensions by name: the whole URL, or the part after its last slash or hash."""
    for each in dicts_of(as_dict(element).get("extension")):
        url = each.get("url")
        if isinstance(url, str) and (url in names or re.split("[/#]", url.rstrip("/"))[-1] in names):
            yield each


def value_of(extension: object) -> object:
    """Return the value[x] of an extension (or of any element with a choice named value), None where it has none."""
    if isinstance(extension, dict):
        for key, value in extension.items():
            if key.startswith("value"):
                return value
    return None


def extension_value(element: object, *names: str) -> object:
    """Return the value of the first extension of these names that has one."""
    for each in extensions_of(element, *names):
        if (value := value_of(each)) is not None:
            return value
    return None


def local_reference(resource: dict) -> str | None:
    """Return "Type/ID" of a resource, None when it lacks either."""
    kind, id_ = string_of(resource.get("resourceType")), string_of(resource.get("id"))
    return f"{kind}/{id_}" if kind and id_ else None
