"""The rules of a call: read by everybody, their figures changed by whoever may, as the third layer of the rule book."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from app.core.people import Act
from app.core.rulebook.calls import CallRule
from app.core.rulebook.edits import (
    CALLS,
    EditKind,
    NoSuchRule,
    RuleEdit,
    RuleRefused,
    is_stale,
    latest_of,
    standing_edits,
)
from app.core.rulebook.typed import Form, needed, read_evidence
from app.flow.cases import demand
from app.flow.ports import Ports
from app.flow.rules import site_day
from app.flow.rules.edits import fresh_edit, keep_edit

FIGURES = "figures"  # the name of the edit: the definition's minutes and the ladder's hours
_LONGEST_WHY = 500


@dataclass(frozen=True, slots=True)
class CallLine:
    """One rule, and what it rests on. edit: of its figures, None where the files' stand; seen: of its latest edit."""

    rule: CallRule
    edit: RuleEdit | None
    is_stale: bool
    seen: int


@dataclass(frozen=True, slots=True)
class CallRulePage:
    """A rule with its history, the newest first. aside: edits that do not fit it any more, by number, and why."""

    line: CallLine
    past: tuple[RuleEdit, ...]
    aside: Mapping[int, str]


def call_list(ports: Ports, *, now: datetime) -> tuple[CallLine, ...]:
    """Return every rule of a call, in the book's order."""
    demand(ports, Act.SEE_RULES, now=now)
    return tuple(_line(ports, each, now=now) for each in ports.rules.calls.values())


def call_page(ports: Ports, key: str, *, now: datetime) -> CallRulePage:
    """Return one rule with its history; raises NoSuchRule."""
    demand(ports, Act.EDIT_RULES, now=now)
    line = _line(ports, _known(ports, key), now=now)
    past = tuple(each for each in reversed(ports.rules.edits) if each.rule == f"{CALLS}{key}")
    return CallRulePage(line, past, ports.rules.aside)


def edit_call(ports: Ports, key: str, form: Form, *, seen: int, now: datetime) -> RuleEdit:
    """
    Put figures in the place of those that stand: the definition's minutes, the hours of each step.

    Raises RuleMoved, RuleRefused (naming the field), NoSuchRule.
    """
    demand(ports, Act.EDIT_RULES, now=now)
    name = f"{CALLS}{key}"

    def make(rules_of_now: Ports) -> RuleEdit:
        rule, stood = _known(rules_of_now, key), rules_of_now.rules.told(name)
        values: dict[str, Any] = {"ladder": [_hours(each, at, form) for at, each in enumerate(stood["ladder"])]}
        if rule.minutes is not None:
            values["minutes"] = _whole(form, "minutes")
        evidence = read_evidence(form, today=site_day(ports, now))
        edit = fresh_edit(rules_of_now, name, FIGURES, EditKind.SET, why=evidence.why or "", now=now)
        return replace(edit, values=values, before={each: stood[each] for each in values}, evidence=evidence)

    return keep_edit(ports, make, key=name, form=form, seen=seen, now=now)


def put_back_call(ports: Ports, key: str, form: Form, *, seen: int, now: datetime) -> RuleEdit:
    """Let a rule's figures be again what the rule files say; a new edit, with its why. Raises as edit_call."""
    demand(ports, Act.EDIT_RULES, now=now)
    name = f"{CALLS}{key}"

    def make(rules_of_now: Ports) -> RuleEdit:
        rule, stood = _known(rules_of_now, key), rules_of_now.rules.told(name)
        fields = ("ladder", "minutes") if rule.minutes is not None else ("ladder",)
        why = needed(form, "why", _LONGEST_WHY)
        edit = fresh_edit(rules_of_now, name, FIGURES, EditKind.BACK, why=why, now=now)
        return replace(edit, before={each: stood[each] for each in fields})

    return keep_edit(ports, make, key=name, form=form, seen=seen, now=now)


def _known(ports: Ports, key: str) -> CallRule:
    found = ports.rules.calls.get(key)
    if found is None:
        raise NoSuchRule()
    return found


def _line(ports: Ports, rule: CallRule, *, now: datetime) -> CallLine:
    name, today = f"{CALLS}{rule.key}", site_day(ports, now)
    standing = standing_edits(ports.rules.edits, ports.rules.aside).by_value
    read_at = [rule.evidence_of(each) for each in ("definition", "minutes", "ladder")]
    stale = any(is_stale(each, today) for each in read_at)
    return CallLine(rule, standing.get((name, "ladder")), stale, latest_of(ports.rules.edits, name))


def _hours(step: Mapping[str, Any], at: int, form: Form) -> dict[str, Any]:
    return {**step, "after_hours": _whole(form, f"after-{at}"), "within_hours": _whole(form, f"within-{at}")}


def _whole(form: Form, name: str) -> int:
    text = next(iter(form.get(name, ())), "").strip()
    if not text.isdecimal() or len(text) > 4:
        raise RuleRefused(name, "This must be a whole number.")
    return int(text)
