"""
Reads app/rules/calls.toml: what counts as broken on a call, and its ladder; refuses the undated and the unsourced.

A site's own folder may put single values in the place of shipped ones, by `override = "call.KEY"`; over both stand the
site's edits from the rule book's page (decision 0021).
"""

import datetime
import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import msgspec

from app.core.rulebook.calls import BROKEN, ENDS, KINDS, MEASURED, OWNERS, PLACES, CallRule, CallRules, Step
from app.core.rulebook.edits import CALLS, EditKind, RuleEdit, Unfit
from app.core.rulebook.payers import Evidence
from app.edges.rulebook.overlay import changed_shape, raw_toml
from app.edges.rulebook.reading import RuleFile, place_of, read_rules, refuse_at
from app.edges.rulebook.shapes import EvidenceShape, Grade
from app.errors import Misconfigured

VALUES = ("label", "definition", "minutes", "claim", "ends", "ladder", "note")  # what a site may change
MOST_HOURS = 400


class StepShape(msgspec.Struct, forbid_unknown_fields=True):
    """One step of a ladder."""

    kind: Literal[KINDS]  # type: ignore[valid-type]
    text: str
    told_to: str
    owner: Literal[OWNERS]  # type: ignore[valid-type]
    after_hours: int
    within_hours: int


class CallShape(msgspec.Struct, forbid_unknown_fields=True):
    """One rule of the file."""

    key: str
    label: str
    by: Literal["payer", "us"]
    definition: str
    ends: list[Literal[ENDS]]  # type: ignore[valid-type]
    ladder: list[StepShape]
    source: str
    effective: datetime.date
    verified_on: datetime.date
    grade: Grade
    minutes: int | None = None
    claim: str | None = None
    note: str | None = None
    evidence: dict[str, EvidenceShape] = {}


class _Calls(msgspec.Struct, forbid_unknown_fields=True):
    rules: list[CallShape]


@dataclass(frozen=True, slots=True)
class CallFile(RuleFile[CallShape]):
    """One rule as it was read; `inside` is its place in a file of several."""

    inside: str = ""

    def refuse(self, place: str, problem: str) -> Misconfigured:
        """Return the error for a place like "ladder[1].text"."""
        return refuse_at(self.path, self.text, f"{self.inside}.{place}".strip("."), problem)


@dataclass(frozen=True, slots=True)
class EditedCall(CallFile):
    """A rule with edits in it; it has no lines, so what is wrong is named by its place alone."""

    def refuse(self, place: str, problem: str) -> Unfit:  # type: ignore[override]
        """Return the refusal."""
        return Unfit(place, problem)


CallFiles = Mapping[str, CallFile]


def load_call_files(path: Path, overlay: Path | None = None) -> dict[str, CallFile]:
    """Return every rule by key, in the book's order, with a site's values; raises Misconfigured, naming the line."""
    whole = read_rules(path, _Calls)
    found: dict[str, CallFile] = {}
    for index, value in enumerate(whole.value.rules):
        file = CallFile(path, whole.text, value, inside=f"rules[{index}]")
        if value.key in found:
            raise file.refuse("key", f"contradicts an earlier rule: {value.key} twice")
        if value.key not in BROKEN:
            raise file.refuse("key", f"is no rule of a call; there are {', '.join(BROKEN)}")
        found[value.key] = file
    if missing := [key for key in BROKEN if key not in found]:
        raise whole.refuse("rules", f"has no rule {missing[0]}")
    files = {key: found[key] for key in BROKEN} | (_overlaid(found, overlay) if overlay is not None else {})
    for file in files.values():
        check_call(file)
    return files


def _overlaid(files: CallFiles, folder: Path) -> dict[str, CallFile]:
    """Return the rules that files of the site's folder change."""
    changed: dict[str, CallFile] = {}
    for path in sorted(folder.glob("*.toml")):
        raw = raw_toml(path)
        name = raw.pop("override", None)
        if not isinstance(name, str) or not name.startswith(CALLS):
            continue
        key, text = name.removeprefix(CALLS), path.read_text("utf-8")
        if key not in files:
            raise refuse_at(path, text, "override", f"there is no call rule {key}")
        if key in changed:
            raise refuse_at(
                path, text, "override", f"contradicts {changed[key].path.name}: {name} is changed there too"
            )
        shape = changed_shape(files[key].value, path, text, raw, values=VALUES)
        changed[key] = CallFile(path, text, shape, is_overlay=True)
    return changed


def check_call(file: CallFile) -> None:
    """Refuse what a rule says wrongly or against itself; raises Misconfigured, or Unfit for an edited one."""
    rule = file.value
    for name in ("label", "definition", "source"):
        if not getattr(rule, name).strip():
            raise file.refuse(name, "must not be empty")
    for name in rule.evidence:
        if not rule.evidence[name].source.strip():
            raise file.refuse(f"evidence.{name}.source", "must say where it was read")
    if rule.verified_on < datetime.date(2000, 1, 1) or rule.effective < datetime.date(2000, 1, 1):
        raise file.refuse("verified_on", "is no day on which it was read")
    most = MEASURED.get(rule.key)
    if (rule.minutes is None) != (most is None):
        raise file.refuse("minutes", "is asked for by this rule" if most else "says nothing in this rule")
    if most and not 1 <= (rule.minutes or 0) <= most:
        raise file.refuse("minutes", f"must be between 1 and {most}")
    _check_words(file, "definition", rule.definition, {"minutes"} if most else set())
    if (rule.by == "us") == (rule.claim is not None):
        raise file.refuse("claim", "must say how it stands on the payer's record" if rule.by == "payer" else "is ours")
    _check_ladder(file)


def _check_ladder(file: CallFile) -> None:
    steps = file.value.ladder
    if not steps:
        raise file.refuse("ladder", "must have a step: what is done next")
    before: StepShape | None = None
    for index, step in enumerate(steps):
        place = f"ladder[{index}]"
        for name in ("text", "told_to"):
            if not getattr(step, name).strip():
                raise file.refuse(f"{place}.{name}", "must not be empty")
        _check_words(file, f"{place}.text", step.text, set(PLACES))
        if not 0 <= step.after_hours <= MOST_HOURS:
            raise file.refuse(f"{place}.after_hours", f"must be between 0 and {MOST_HOURS}")
        if not 1 <= step.within_hours <= MOST_HOURS:
            raise file.refuse(f"{place}.within_hours", f"must be between 1 and {MOST_HOURS}")
        if before is not None and step.after_hours < before.after_hours + before.within_hours:
            raise file.refuse(f"{place}.after_hours", "must not fall due before the step below it is")
        before = step


def _check_words(file: CallFile, place: str, words: str, known: set[str]) -> None:
    """Refuse words that leave open what nobody fills in."""
    try:
        left_open = {name for _, name, _, _ in string.Formatter().parse(words) if name is not None}
    except ValueError as error:
        raise file.refuse(place, "has a brace that is not closed") from error
    if left_open - known:
        raise file.refuse(place, f"leaves {{{min(left_open - known)}}} open, which nobody fills in")


def call_rules(files: CallFiles) -> CallRules:
    """Return the rules as core knows them."""
    return {key: _rule(file.value) for key, file in files.items()}


def _rule(shape: CallShape) -> CallRule:
    told = {
        name: getattr(shape, name) for name in shape.__struct_fields__ if name not in ("ladder", "ends", "evidence")
    }
    steps = tuple(Step(**{name: getattr(each, name) for name in each.__struct_fields__}) for each in shape.ladder)
    evidence = {
        name: Evidence(each.source, each.verified_on, each.grade, each.why) for name, each in shape.evidence.items()
    }
    return CallRule(**told, ladder=steps, ends=tuple(shape.ends), evidence=evidence)


def lay_on_calls(files: CallFiles, edits: Iterable[RuleEdit]) -> tuple[dict[str, CallFile], dict[int, str]]:
    """Return the rules as the edits change them, and which edits were set aside, with why."""
    found, aside = dict(files), {}
    for edit in edits:
        try:
            found = with_call_edit(found, edit, beneath=files)
        except Unfit as error:
            aside[edit.number] = error.say
    return found, aside


def with_call_edit(files: CallFiles, edit: RuleEdit, *, beneath: CallFiles) -> dict[str, CallFile]:
    """Return the rules with one more edit in them; raises Unfit where it contradicts itself."""
    key = edit.rule.removeprefix(CALLS)
    if key not in files or edit.kind not in (EditKind.SET, EditKind.BACK):
        raise Unfit("key", f"there is no call rule {key}")
    whole = msgspec.to_builtins(files[key].value, builtin_types=(datetime.date,))
    shipped = msgspec.to_builtins(beneath[key].value, builtin_types=(datetime.date,))
    for name in edit.fields:
        if name not in VALUES:
            raise Unfit(name, "is no value of a call rule that a site may change")
        if edit.kind is EditKind.BACK:
            whole[name] = shipped[name]
            whole["evidence"].pop(name, None)
            if name in shipped["evidence"]:
                whole["evidence"][name] = shipped["evidence"][name]
        else:
            whole[name] = edit.values[name]
            whole["evidence"][name] = _told(edit)
    try:
        shape = msgspec.convert(whole, CallShape)
    except msgspec.ValidationError as error:
        raise Unfit(*place_of(error)) from error
    file = EditedCall(Path(key), "", shape, is_overlay=True)
    check_call(file)
    return {**files, key: file}


def _told(edit: RuleEdit) -> dict[str, Any]:
    if edit.evidence is None:
        raise Unfit("evidence.source", "must say where it was read")
    found = edit.evidence
    return {"source": found.source, "verified_on": found.verified_on, "grade": found.grade, "why": edit.why}


def told_call(shape: CallShape) -> dict[str, Any]:
    """Return what a rule says, by value, as JSON holds it."""
    told = msgspec.to_builtins(shape)
    return {name: told[name] for name in VALUES}
