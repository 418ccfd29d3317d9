"""A rule's values as the inputs of their forms: what core.rulebook.typed reads, written."""

from collections.abc import Iterable, Mapping
from typing import Any

from app.core.rulebook.fields import Field, Kind
from app.core.rulebook.phrases import ANCHORS, DAYS, SETTINGS, UNITS
from app.core.rulebook.typed import MOST_WINDOWS

_ZONES = ("New_York", "Chicago", "Denver", "Phoenix", "Los_Angeles", "Anchorage")
# Words of the choices inside the windows and the hours.
WORDS = {
    "units": {name: many for name, (_, many) in UNITS.items()}
    | {"appeal_period": "as long as an appeal may be filed", "until_decision": "until the payer decides"},
    "anchors": ANCHORS,
    "settings": {name: words for name, words in SETTINGS.items() if name != "post_service"},
    "must": {"complete": "hold the call", "request": "ask for the call"},
    "days": DAYS,
    "zones": {f"America/{each}": each.replace("_", " ") for each in _ZONES} | {"Pacific/Honolulu": "Honolulu"},
}
BLANK_WINDOWS = 2  # rows to add a window in, since nothing adds one without a script


def typed_fields(fields: Iterable[Field], told: Mapping[str, Any]) -> dict[str, Any]:
    """Return the inputs of these fields, by name, filled with what the rule says; lists are of ticked boxes."""
    found: dict[str, Any] = {}
    for each in fields:
        found |= _inputs(each, told.get(each.name))
    return found


def _inputs(field: Field, value: Any) -> dict[str, Any]:
    if field.kind is Kind.WINDOWS:
        return {f"windows-{row}-{name}": str(each[name]) for row, each in enumerate(value) for name in each}
    if field.kind is Kind.HOURS:
        return {f"hours-{name}": _hours_input(name, each) for name, each in (value or {}).items()}
    if field.kind is Kind.YES_NO:
        return {field.name: {True: "yes", False: "no"}.get(value, "")}
    if field.kind is Kind.IDENTIFIERS:
        return {field.name: "\n".join(f"{each['value']} {each['system']}" for each in value)}
    if field.kind in (Kind.LINES, Kind.DAYS):
        return {field.name: "\n".join(value)}
    return {field.name: value if field.kind is Kind.MANY or value is None else str(value)}


def _hours_input(name: str, value: Any) -> Any:
    return value[:5] if name in ("opens", "closes") else value


def window_rows(typed: Mapping[str, Any]) -> range:
    """Return the rows that the form of the windows shows: those that are filled, and some to fill."""
    filled = [
        row for row in range(MOST_WINDOWS) if typed.get(f"windows-{row}-unit") or typed.get(f"windows-{row}-amount")
    ]
    return range(min(MOST_WINDOWS, max(filled, default=-1) + 1 + BLANK_WINDOWS))
