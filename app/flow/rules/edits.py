"""What is put into the rule book, and taken back: one edit at a time, tried before it is kept."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from app.core.people import Act
from app.core.rulebook.edits import (
    PAYER,
    TIMED,
    EditKind,
    NoSuchRule,
    NumberPassed,
    RuleEdit,
    RuleMoved,
    RuleRefused,
    Unfit,
    latest_of,
)
from app.core.rulebook.fields import FIELDS
from app.core.rulebook.typed import Form, changed_values, field_of, needed, read_evidence, read_values, said_problem
from app.core.windows import has_lapsed
from app.flow.cases import demand
from app.flow.intake.recount import counted_again, is_news
from app.flow.ports import Ports
from app.flow.rules import form_fields, known_rule, site_day

TRIES = 4
OPEN_PAGE = 500
# What a payer's first form asks for beside its name; every other value has its own form afterwards.
FRAME = ("names", "identifiers", "lines_of_business", "states")
_LONGEST_NAME, _LONGEST_WHY = 120, 500


def edit_value(ports: Ports, key: str, name: str, form: Form, *, seen: int, now: datetime) -> RuleEdit:
    """
    Put what was typed in the place of a value.

    seen: the rule's latest edit when the form was shown. Raises RuleMoved, RuleRefused (naming the field), NoSuchRule.
    """
    demand(ports, Act.EDIT_RULES, now=now)
    form_fields(name)

    def make(rules_of_now: Ports) -> RuleEdit:
        told, stood = read_values(name, form), rules_of_now.rules.told(known_rule(rules_of_now, key).key)
        values = changed_values(told, stood) or {
            name: stood[name]
        }  # else it was looked up again, and is as old as that
        evidence = read_evidence(form, today=site_day(ports, now))
        edit = fresh_edit(rules_of_now, key, name, EditKind.SET, why=evidence.why or "", now=now)
        before = {each: stood[each] for each in values}
        return replace(edit, values=values, before=before, evidence=evidence, later=_ticked(form, "later"))

    return keep_edit(ports, make, key=key, form=form, seen=seen, now=now)


def put_back(ports: Ports, key: str, name: str, number: int, form: Form, *, seen: int, now: datetime) -> RuleEdit:
    """
    Let a value be again what an earlier edit told, or what the rule files say (number 0); a new edit, with its why.

    For PAYER, number 0 takes a payer out that was added here. Raises as edit_value.
    """
    demand(ports, Act.EDIT_RULES, now=now)

    def make(rules_of_now: Ports) -> RuleEdit:
        why, stood = needed(form, "why", _LONGEST_WHY), rules_of_now.rules.told(known_rule(rules_of_now, key).key)
        base = fresh_edit(rules_of_now, key, name, EditKind.BACK, why=why, now=now)
        base = replace(base, later=_ticked(form, "later"))
        if name == PAYER:
            return replace(base, kind=EditKind.REMOVE)
        old = _earlier(rules_of_now, key, name, number)
        fields = old.values if old and old.kind is EditKind.SET else {each.name: None for each in form_fields(name)}
        before = {each: stood[each] for each in fields}
        if old is None or old.kind is not EditKind.SET or old.evidence is None:
            return replace(base, before=before)
        evidence = replace(old.evidence, why=why)
        return replace(base, kind=EditKind.SET, values=old.values, before=before, evidence=evidence)

    return keep_edit(ports, make, key=key, form=form, seen=seen, now=now)


def add_payer(ports: Ports, form: Form, *, now: datetime) -> RuleEdit:
    """Add a payer that the rule book does not have; raises RuleRefused naming the field."""
    demand(ports, Act.EDIT_RULES, now=now)

    def make(rules_of_now: Ports) -> RuleEdit:
        payer = needed(form, "payer", _LONGEST_NAME)
        values: dict[str, Any] = {"payer": payer}
        for name in FRAME:
            values |= read_values(name, form)
        evidence = read_evidence(form, today=site_day(ports, now))
        key = _free_key(rules_of_now, payer)
        edit = fresh_edit(rules_of_now, key, PAYER, EditKind.ADD, why=evidence.why or "", now=now)
        return replace(edit, values=values, evidence=evidence)

    return keep_edit(ports, make, key=None, form=form, seen=0, now=now)


def keep_edit(
    ports: Ports, make: Callable[[Ports], RuleEdit], *, key: str | None, form: Form, seen: int, now: datetime
) -> RuleEdit:
    """Make an edit by the rules as they are now and keep it; made again when somebody else's came between."""
    for _ in range(TRIES):
        if key is not None and latest_of(ports.rules.edits, key) != seen:
            raise RuleMoved(next((each for each in reversed(ports.rules.edits) if each.rule == key), None))
        edit = make(ports)
        try:
            tried = replace(ports, rules=ports.rules.tried(edit))
        except Unfit as error:
            raise _refused(error, edit.name, form) from error
        if not _ticked(form, "sure") and (over := _would_lapse(tried, edit, now=now)):
            said = f"By this the time for the call is over at once in {over} open case{'' if over == 1 else 's'}."
            raise RuleRefused("sure", said)
        try:
            ports.store.add_rule_edit(ports.tenant, edit)
        except NumberPassed:
            ports = replace(ports, rules=ports.rules.anew())
            continue
        return edit
    raise NumberPassed()


def _would_lapse(tried: Ports, edit: RuleEdit, *, now: datetime) -> int:
    """Return in how many open cases the call's time would be over by an edit that was not before."""
    if not (edit.fields | {edit.name}) & TIMED:
        return 0
    count, after = 0, ""
    while cases := tried.store.open_cases(tried.tenant, after=after, limit=OPEN_PAGE):
        for case in cases:
            again = counted_again(tried, case)
            count += is_news(case, again) and has_lapsed(again, now=now) and not has_lapsed(case, now=now)
        after = cases[-1].id
    return count


def _refused(error: Unfit, name: str, form: Form) -> RuleRefused:
    """Return what does not fit, by the form's field where it was typed there."""
    forms = FRAME if name == PAYER else (name,)
    field = next((found for each in forms if (found := field_of(error.place, each, form))), None)
    said = said_problem(error.problem)
    if field is None and error.place:
        base = re.split(r"[.\[]", error.place)[0]
        said = f"{FIELDS[base].label if base in FIELDS else base.capitalize()}: {said}"
    return RuleRefused(field, said)


def fresh_edit(ports: Ports, key: str, name: str, kind: EditKind, *, why: str, now: datetime) -> RuleEdit:
    """Return the next edit of the book by this user, without any values yet."""
    return RuleEdit(
        number=ports.rules.version + 1,
        rule=key,
        name=name,
        kind=kind,
        values={},
        before={},
        why=why,
        by=ports.user.key,
        by_name=ports.user.name,
        at=now,
    )


def _earlier(ports: Ports, key: str, name: str, number: int) -> RuleEdit | None:
    """Return the edit to go back to, None for what the rule files say; raises NoSuchRule."""
    if number == 0:
        return None
    for each in ports.rules.edits:
        if (each.number, each.rule, each.name) == (number, key, name):
            return each
    raise NoSuchRule("There is no such edit of this value.")


def _free_key(ports: Ports, payer: str) -> str:
    """Return a key for a new payer, made of its name, that no rule has or ever had."""
    words = "_".join(re.findall("[a-z0-9]+", payer.casefold()))[:40] or "payer"
    taken = {each.key for each in ports.rules.payers} | {each.rule for each in ports.rules.edits} | {"new", "calls"}
    names = (words, *(f"{words}_{count}" for count in range(2, len(taken) + 3)))
    return next(each for each in names if each not in taken)


def _ticked(form: Form, name: str) -> bool:
    return "yes" in form.get(name, ())
