"""What a person typed into the form of a rule's value, read strictly; whatever is wrong is named by its field."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, time
from typing import Any

from app.core.interval import WEEKDAYS
from app.core.rulebook.edits import RuleRefused
from app.core.rulebook.fields import FIELDS, FORMS, Field, Kind
from app.core.rulebook.payers import ANCHORS, SETTINGS, UNITS, Evidence
from app.core.rulebook.phrases import ANCHORS as ANCHOR_WORDS
from app.core.rulebook.phrases import GRADES, SPEAKERS

Form = Mapping[str, Sequence[str]]  # input's name → what it was sent with

MOST_WINDOWS = 12
MOST_LINES = 60
_LONGEST = {Kind.LINES: 120, Kind.IDENTIFIERS: 240, Kind.PHONE: 40, Kind.ADDRESS: 300, Kind.TEXT: 2000}
_CODE_WORD = re.compile(r"\b(?:[a-z]+(?:_[a-z]+)+|lane|np|pa|rn)\b")
# Where the page's word is not the file's without its underscores.
_WORDS = {name: f"“{each.label.lower()}”" for name, each in FIELDS.items()}
_WORDS |= (
    ANCHOR_WORDS
    | SPEAKERS
    | {"appeal_period": "“as long as an appeal may be filed”", "until_decision": "“until it decides”"}
)
_DIGITS = 5
_OLDEST_YEARS = 20
_MUST = ("complete", "request")
_SPANLESS = ("appeal_period", "until_decision")


def read_values(name: str, form: Form) -> dict[str, Any]:
    """
    Return what the form of this name says, by field, as the rule files write it (days and times as ISO text).

    What the payer does not tell is None, or [] where a list is meant. raises: RuleRefused, the first wrong field
    """
    return {each: _READ[FIELDS[each].kind](FIELDS[each], form) for each in FORMS[name]}


def changed_values(told: Mapping[str, Any], stood: Mapping[str, Any]) -> dict[str, Any]:
    """
    Return what is told otherwise than it stood, by field; the order of boxes and lines is no difference.

    Closed days that the hours carry themselves (a rule file may tell them there) stay with them: no form shows them.
    """
    found = {}
    for name, value in told.items():
        old, kind = stood[name], FIELDS[name].kind
        if kind is Kind.HOURS and value and old:
            value = value | {"closed": old["closed"]}
        same = sorted(value) == sorted(old) if kind in (Kind.MANY, Kind.LINES, Kind.DAYS) else value == old
        if not same:
            found[name] = value
    return found


def field_of(place: str, name: str, form: Form) -> str | None:
    """
    Return the input of a form in which a place like "windows[1].unit" was told, None where it is in none.

    place: inside a rule, as the rule book's refusals name it. Empty rows between windows do not count there
    """
    words = place.removeprefix("evidence.").split(".")
    if place.startswith("evidence."):
        return words[-1] if words[-1] in ("source", "verified_on", "grade", "why") else None
    base, _, index = words[0].partition("[")
    if base not in FORMS.get(name, ()):
        return None
    rows = [row for row in range(MOST_WINDOWS) if _window_told(f"windows-{row}", form)]
    at = int(index.rstrip("]") or 0) if index else 0
    if base == "windows":
        return f"windows-{rows[at]}-{words[1] if len(words) > 1 else 'unit'}" if at < len(rows) else "windows"
    return f"hours-{words[1]}" if base == "hours" and len(words) > 1 else base


def read_evidence(form: Form, *, today: date) -> Evidence:
    """Return where the values were read, when, how surely, and why they are put here; raises RuleRefused."""
    source, why = needed(form, "source", 500), needed(form, "why", 500)
    read_on = _day("verified_on", _one(form, "verified_on"))
    if read_on > today:
        raise RuleRefused("verified_on", "This day has not come yet.")
    if read_on.year < today.year - _OLDEST_YEARS:
        raise RuleRefused("verified_on", "This is many years ago; look at the year.")
    return Evidence(source, read_on, _choice("grade", _one(form, "grade"), GRADES), why)


def said_problem(problem: str) -> str:
    """Return what is wrong with a value as a sentence: the words of the rule files said as the page says them."""
    plain = _CODE_WORD.sub(lambda found: _WORDS.get(found[0], found[0].replace("_", " ")), problem)
    return f"{plain[:1].upper()}{plain[1:].replace('.toml', '')}."


def needed(form: Form, name: str, longest: int) -> str:
    """Return a text that must be there; raises RuleRefused."""
    text = _text(name, _one(form, name), longest)
    if not text:
        raise RuleRefused(name, "This is needed.")
    return text


def _one(form: Form, name: str) -> str:
    return next(iter(form.get(name, ())), "").strip()


def _text(name: str, text: str, longest: int) -> str:
    # A half character (a lone surrogate) or a control character is no text that anybody typed.
    if any((ord(each) < 32 and each not in "\r\n\t") or 0xD800 <= ord(each) <= 0xDFFF for each in text):
        raise RuleRefused(name, "It holds characters that cannot be printed.")
    if len(text) > longest:
        raise RuleRefused(name, f"At most {longest} characters.")
    return text.replace("\r\n", "\n")


def _choice(name: str, told: str, choices: Mapping[str, str] | Sequence[str]) -> str:
    if told not in choices:
        raise RuleRefused(name, "Choose one of these." if told in ("",) else "This is none of the choices.")
    return told


def _read_choice(field: Field, form: Form) -> str | None:
    told = _one(form, field.name)
    return _choice(field.name, told, field.choices) if told else None


def _read_yes_no(field: Field, form: Form) -> bool | None:
    told = _one(form, field.name)
    if not told and field.blank:
        return None
    return _choice(field.name, told, ("yes", "no")) == "yes"


def _read_number(field: Field, form: Form) -> int | None:
    told = _one(form, field.name)
    return _whole(field.name, told) if told else None


def _whole(name: str, told: str) -> int:
    # "²" is a digit to Python, and int() would take "1_000".
    if not (told.isascii() and told.isdigit() and len(told) <= _DIGITS):
        raise RuleRefused(name, "Give a whole number.")
    return int(told)


def _read_many(field: Field, form: Form) -> list[str]:
    told = [each.strip() for each in form.get(field.name, ()) if each.strip()]
    return [_choice(field.name, each, field.choices) for each in dict.fromkeys(told)]


def _read_lines(field: Field, form: Form) -> list[str]:
    whole = _one(form, field.name)
    found = list(dict.fromkeys(" ".join(each.split()) for each in whole.splitlines() if each.strip()))
    if len(found) > MOST_LINES:
        raise RuleRefused(field.name, f"At most {MOST_LINES} lines.")
    return [_text(field.name, each, _LONGEST.get(field.kind, 20)) for each in found]


def _read_identifiers(field: Field, form: Form) -> list[dict[str, str]]:
    found = []
    for each in _read_lines(field, form):
        value, _, system = each.partition(" ")
        if not system:
            raise RuleRefused(field.name, f"{value}: the numbering system is missing.")
        found.append({"system": system, "value": value})
    return found


def _read_days(field: Field, form: Form) -> list[str]:
    return sorted(_day(field.name, each).isoformat() for each in _read_lines(field, form))


def _read_day(field: Field, form: Form) -> str | None:
    told = _one(form, field.name)
    return _day(field.name, told).isoformat() if told else None


def _day(name: str, told: str) -> date:
    try:
        return date.fromisoformat(told)
    except ValueError as error:
        raise RuleRefused(name, "Give a day, as 2026-11-20." if told else "This is needed.") from error


def _read_one_line(field: Field, form: Form) -> str | None:
    return _text(field.name, _one(form, field.name), _LONGEST[field.kind]) or None


def _read_text(field: Field, form: Form) -> str:
    return _text(field.name, _one(form, field.name), _LONGEST[Kind.TEXT])


def _read_hours(field: Field, form: Form) -> dict[str, Any] | None:
    days = [each for each in form.get("hours-days", ()) if each]
    told = {name: _one(form, f"hours-{name}") for name in ("zone", "opens", "closes")}
    if not days and not any(told.values()):
        return None
    if not told["zone"]:
        raise RuleRefused("hours-zone", "Say in which zone.")
    chosen = {_choice("hours-days", each, WEEKDAYS) for each in days}
    wall = {name: _wall(f"hours-{name}", told[name]) for name in ("opens", "closes")}
    return {"zone": told["zone"], "days": [each for each in WEEKDAYS if each in chosen], **wall}


def _wall(name: str, told: str) -> str:
    try:
        found = time.fromisoformat(told)
    except ValueError as error:
        raise RuleRefused(name, "Give a time of day, as 17:00." if told else "This is needed.") from error
    if found.tzinfo is not None:
        raise RuleRefused(name, "Give a time of day, as 17:00.")
    return found.isoformat()


def _read_windows(field: Field, form: Form) -> list[dict[str, Any]]:
    rows = (_window(f"{field.name}-{row}", form) for row in range(MOST_WINDOWS))
    return [each for each in rows if each is not None]


def _window(row: str, form: Form) -> dict[str, Any] | None:
    """Return one row, None when it is empty."""
    if not _window_told(row, form):
        return None
    told = {name: _one(form, f"{row}-{name}") for name in ("amount", "unit", "anchor", "setting", "must")}
    unit = _choice(f"{row}-unit", told["unit"], UNITS)
    if not told["amount"] and unit not in _SPANLESS:
        raise RuleRefused(f"{row}-amount", "Say how many.")
    return {
        "amount": _whole(f"{row}-amount", told["amount"] or "0"),
        "unit": unit,
        "anchor": _choice(f"{row}-anchor", told["anchor"], ANCHORS),
        "setting": _choice(f"{row}-setting", told["setting"] or SETTINGS[0], SETTINGS),
        "must": _choice(f"{row}-must", told["must"] or _MUST[0], _MUST),
    }


def _window_told(row: str, form: Form) -> bool:
    """Whether a row says anything: its anchor and setting stand there before anybody typed."""
    return bool(_one(form, f"{row}-unit") or _one(form, f"{row}-amount"))


_READ: dict[Kind, Callable[[Field, Form], Any]] = {
    Kind.CHOICE: _read_choice,
    Kind.YES_NO: _read_yes_no,
    Kind.NUMBER: _read_number,
    Kind.MANY: _read_many,
    Kind.LINES: _read_lines,
    Kind.IDENTIFIERS: _read_identifiers,
    Kind.DAYS: _read_days,
    Kind.DAY: _read_day,
    Kind.WINDOWS: _read_windows,
    Kind.HOURS: _read_hours,
    Kind.PHONE: _read_one_line,
    Kind.ADDRESS: _read_one_line,
    Kind.TEXT: _read_text,
}
