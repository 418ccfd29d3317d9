"""
A site's edits from the rule book's page, over the files: the third layer, with the same refusals.

Edits are laid on one by one in their order. One that does not fit any more (a shipped file may have changed beneath
it) is set aside and named; the rest count.
"""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from app.core.rulebook.edits import EditKind, RuleEdit, Unfit
from app.core.rulebook.payers import Evidence
from app.edges.rulebook.payers import check_pair, check_rule, check_vendors
from app.edges.rulebook.reading import RuleFile, place_of
from app.edges.rulebook.shapes import VALUES, RuleShape
from app.errors import Misconfigured

Files = Mapping[str, RuleFile[RuleShape]]


@dataclass(frozen=True, slots=True)
class EditedRule(RuleFile[RuleShape]):
    """A rule with edits in it; it has no lines, so what is wrong is named by its place alone."""

    def refuse(self, place: str, problem: str) -> Unfit:  # type: ignore[override]
        """Return the refusal."""
        return Unfit(place, problem)


def lay_on(files: Sequence[RuleFile[RuleShape]], edits: Iterable[RuleEdit]) -> tuple[Files, dict[int, str]]:
    """Return the files as the edits change them, by key, and which edits were set aside, with why."""
    shipped = {file.value.key: file for file in files}
    found: dict[str, RuleFile[RuleShape]] = dict(shipped)
    aside: dict[int, str] = {}
    for edit in edits:
        try:
            found = with_edit(found, edit, shipped=shipped)
        except Unfit as error:
            aside[edit.number] = error.say
    return found, aside


def with_edit(files: Files, edit: RuleEdit, *, shipped: Files) -> dict[str, RuleFile[RuleShape]]:
    """Return the files with one more edit in them; raises Unfit where it contradicts them or itself."""
    changed = dict(files)
    if edit.kind is EditKind.REMOVE:
        if edit.rule in shipped or edit.rule not in files:
            raise Unfit("key", "is no payer that was added here")
        del changed[edit.rule]
    else:
        changed[edit.rule] = _file(_whole(files, edit, shipped), edit.rule)
    try:
        if edit.rule in changed:
            check_rule(changed[edit.rule])
            for key, other in changed.items():
                if key != edit.rule:
                    check_pair(other, changed[edit.rule])
        check_vendors(changed.values())
    except Misconfigured as error:  # another rule names the one that was changed
        raise Unfit("", error.say) from error
    return changed


def told_values(shape: RuleShape) -> dict[str, Any]:
    """Return a rule's values by field, as JSON holds them."""
    told = msgspec.to_builtins(shape)
    return {name: told[name] for name in VALUES}


def said_shape(values: Mapping[str, Any]) -> RuleShape:
    """Return a rule that says these values alone, unchecked, to be put into words; raises Unfit for a wrong shape."""
    nobody = {"key": "_", "payer": "_", "names": [], "source": "_", "verified_on": datetime.date.min, "grade": "I"}
    return _converted(nobody | {name: value for name, value in values.items() if value is not None})


def _whole(files: Files, edit: RuleEdit, shipped: Files) -> dict[str, Any]:
    """Return the rule's whole content with the edit in it."""
    if edit.kind is EditKind.ADD:
        if edit.rule in files:
            raise Unfit("key", f"contradicts the rule that is there: {edit.rule} twice")
        return {"key": edit.rule, **_evidence(edit.evidence), **edit.values}
    if edit.rule not in files:
        raise Unfit("key", f"there is no rule {edit.rule} any more")
    whole = _content(files[edit.rule].value)
    beneath = _content(shipped[edit.rule].value) if edit.rule in shipped else {}
    read_at = whole.setdefault("evidence", {})
    for name in edit.fields:
        if name not in VALUES:
            raise Unfit(name, "is no value of a payer's rule")
        if edit.kind is EditKind.BACK:
            _put(whole, name, beneath.get(name))
            _put(read_at, name, beneath.get("evidence", {}).get(name))
        elif name in edit.values:
            _put(whole, name, edit.values[name])
            _put(read_at, name, _evidence(edit.evidence, why=edit.why))
    return whole


def _put(whole: dict[str, Any], name: str, value: Any) -> None:
    """Set a value, or take it out where there is none."""
    if value is None:
        whole.pop(name, None)
    else:
        whole[name] = value


def _content(shape: RuleShape) -> dict[str, Any]:
    return {name: value for name, value in msgspec.to_builtins(shape).items() if value is not None}


def _evidence(found: Evidence | None, why: str | None = None) -> dict[str, Any]:
    if found is None:
        raise Unfit("evidence.source", "must say where it was read")
    told = {"source": found.source, "verified_on": found.verified_on, "grade": found.grade}
    return told | ({"why": why} if why else {})


def _file(whole: dict[str, Any], key: str) -> EditedRule:
    return EditedRule(Path(key), "", _converted(whole), is_overlay=True)


def _converted(whole: dict[str, Any]) -> RuleShape:
    try:
        return msgspec.convert(whole, RuleShape)
    except msgspec.ValidationError as error:
        place, problem = place_of(error)
        raise Unfit(place, problem) from error
