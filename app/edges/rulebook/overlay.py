"""
A site's own folder of rules (PARLEY_SITE_RULES): payers of its own, and single values in the place of shipped ones.

A file with `override = "KEY"` changes one shipped rule; each of its tables is named after the value it changes and
holds `value`, `source`, `verified_on`, `grade` and `why`. Every other file is a whole rule, as in app/rules/payers.
"""

import datetime
import tomllib
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import msgspec

from app.core.rulebook.edits import CALLS
from app.edges.rulebook.reading import NEXT, RuleFile, Shape, read_rules, refuse_at, refuse_shape
from app.edges.rulebook.shapes import VALUES, EvidenceShape, Grade, RuleShape
from app.errors import Misconfigured


class _Change(msgspec.Struct, forbid_unknown_fields=True):
    value: Any
    source: str
    verified_on: datetime.date
    grade: Grade
    why: str


def overlaid(shipped: Sequence[RuleFile[RuleShape]], folder: Path) -> list[RuleFile[RuleShape]]:
    """Return the shipped files as the site changed them, then the site's own; raises Misconfigured, naming the line."""
    if not folder.is_dir():
        raise Misconfigured("PARLEY_SITE_RULES", "names a folder that is not there", next=NEXT)
    files = {file.value.key: file for file in shipped}
    changed: dict[str, Path] = {}
    own = []
    for path in sorted(folder.glob("*.toml")):
        raw = raw_toml(path)
        if str(raw.get("override")).startswith(CALLS):
            continue  # edges.rulebook.calls reads it
        if "override" not in raw:
            own.append(read_rules(path, RuleShape, is_overlay=True))
            continue
        key = raw.pop("override")
        text = path.read_text("utf-8")
        if not isinstance(key, str) or key not in files:
            raise refuse_at(path, text, "override", f"there is no shipped rule {key}")
        if key in changed:
            raise refuse_at(path, text, "override", f"contradicts {changed[key].name}: {key} is changed there too")
        changed[key] = path
        value = changed_shape(files[key].value, path, text, raw, values=VALUES)
        files[key] = RuleFile(path, text, value, is_overlay=True)
    return [*files.values(), *own]


def changed_shape(shipped: Shape, path: Path, text: str, tables: dict[str, Any], *, values: Collection[str]) -> Shape:
    """Return a rule with the tables' values in it, each with its own evidence. values: those that may be changed."""
    whole = msgspec.to_builtins(shipped, builtin_types=(datetime.date, datetime.time))
    whole = {name: value for name, value in whole.items() if value is not None}
    for name, table in tables.items():
        if name not in values:
            raise refuse_at(path, text, name, "is no value of this rule that a site may change")
        try:
            change = msgspec.convert(table, _Change)
        except msgspec.ValidationError as error:
            raise refuse_shape(path, text, error, inside=name) from error
        if not change.why.strip():
            raise refuse_at(path, text, f"{name}.why", "must say why the site's value is another")
        whole[name] = change.value
        evidence = EvidenceShape(change.source, change.verified_on, change.grade, change.why)
        whole.setdefault("evidence", {})[name] = msgspec.to_builtins(evidence, builtin_types=(datetime.date,))
    try:
        return msgspec.convert(whole, type(shipped))
    except msgspec.ValidationError as error:
        raise refuse_shape(path, text, error) from error


def raw_toml(path: Path) -> dict[str, Any]:
    """Return a file's TOML, {} where it cannot be read: read_rules then says why."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return {}
