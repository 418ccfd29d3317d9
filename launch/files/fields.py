"""Fields of a told JSON object, read or refused: a BadInput names the place, "cases[3].deadline", never the value."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.core.interval import Interval
from app.errors import BadInput

_YEARS = (1900, 2200)


def needed(data: dict[str, Any], key: str, path: str = "") -> Any:
    """Return what is told by this name; it must be told."""
    if data.get(key) is None:
        raise BadInput("missing", path=f"{path}.{key}".removeprefix("."))
    return data[key]


def as_object(value: Any, path: str) -> dict[str, Any]:
    """Return a JSON object."""
    if not isinstance(value, dict):
        raise BadInput("not a JSON object", path=path)
    return value


def as_list(value: Any, path: str) -> list[Any]:
    """Return a JSON array; nothing told is none."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise BadInput("not a JSON array", path=path)
    return value


def as_text(value: Any, path: str) -> str:
    """Return a text."""
    if not isinstance(value, str):
        raise BadInput("not a text", path=path)
    return value


def as_whole(value: Any, path: str, *, least: int, most: int) -> int:
    """Return a whole number; 20.0 is one."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise BadInput(f"not a whole number from {least} to {most}", path=path)
    return value


def as_zone(value: Any, path: str) -> str:
    """Return an IANA time zone."""
    try:
        return ZoneInfo(as_text(value, path)).key
    except (KeyError, ValueError, OSError) as error:
        raise BadInput("not an IANA time zone like America/Chicago", path=path) from error


def as_instant(value: Any, path: str) -> datetime:
    """Return an instant in UTC; without an offset it is none."""
    problem = "not an ISO 8601 time with an offset"
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
        if at is not None and at.utcoffset() is not None:
            at = at.astimezone(UTC)
            if _YEARS[0] <= at.year <= _YEARS[1]:
                return at
            problem = f"a time before {_YEARS[0]} or after {_YEARS[1]}"
    except (ValueError, OverflowError) as error:
        raise BadInput(problem, path=path) from error
    raise BadInput(problem, path=path)


def as_interval(value: Any, path: str) -> Interval:
    """Return {"start", "end"} as time; it ends after it starts."""
    given = as_object(value, path)
    start = as_instant(needed(given, "start", path), f"{path}.start")
    return between(start, as_instant(needed(given, "end", path), f"{path}.end"), path)


def between(start: datetime, end: datetime, path: str) -> Interval:
    """Return the time between two instants."""
    if end <= start:
        raise BadInput("not after its start", path=f"{path}.end")
    return Interval(start, end)


def as_minutes(
    data: dict[str, Any], key: str, path: str = "", *, least: int, most: int, absent: int | None = None
) -> timedelta:
    """Return a whole number of minutes told by this name; `absent` where it is not told and need not be."""
    value = absent if absent is not None and data.get(key) is None else needed(data, key, path)
    return timedelta(minutes=as_whole(value, f"{path}.{key}".removeprefix("."), least=least, most=most))
