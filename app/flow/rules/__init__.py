"""Rules: the payers' rules to be read, looked up for a case, and changed by whoever may."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.core.case import Case
from app.core.people import Act
from app.core.rulebook.choice import Choice, choose_rule
from app.core.rulebook.edits import (
    CALLS,
    PAYER,
    TIMED,
    EditKind,
    NoSuchRule,
    RuleEdit,
    Standing,
    is_stale,
    latest_of,
    standing_edits,
)
from app.core.rulebook.fields import FIELDS, FORMS, Field, form_of
from app.core.rulebook.listing import RuleRow, rule_row, shown_rows
from app.core.rulebook.payers import PayerRule
from app.core.rulebook.words import RuleLine, rule_in_words, scope_in_words, value_words
from app.flow.cases import case_for, demand
from app.flow.intake.recount import counted_again
from app.flow.ports import Ports


@dataclass(frozen=True, slots=True)
class RuleList:
    """One filter of the rule book, with how many each filter has. aside: rules with edits that do not count."""

    rows: tuple[RuleRow, ...]
    counts: Mapping[str, int]
    aside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One value in words: the form that asks for it, whether it is old, and the edit it rests on, None for a file."""

    said: RuleLine
    form: str
    is_stale: bool
    edit: RuleEdit | None


@dataclass(frozen=True, slots=True)
class Past:
    """One edit in words. aside: why it does not count any more; is_standing: something still rests on it."""

    edit: RuleEdit
    label: str
    before: str
    after: str
    aside: str | None
    is_standing: bool


@dataclass(frozen=True, slots=True)
class RulePage:
    """
    A rule, value by value; None for a payer that nobody knows.

    seen: the number of its latest edit, which a form gives back. past: its edits, the newest first
    """

    rule: PayerRule | None
    lines: tuple[Line, ...]
    scope: tuple[Line, ...]
    past: tuple[Past, ...]
    seen: int
    is_added: bool = False


@dataclass(frozen=True, slots=True)
class ValuePage:
    """One form: the values that it asks for as they stand, and its edits, the newest first."""

    rule: PayerRule
    name: str
    label: str
    fields: tuple[Field, ...]
    told: Mapping[str, Any]
    lines: tuple[Line, ...]
    past: tuple[Past, ...]
    seen: int
    is_timed: bool


@dataclass(frozen=True, slots=True)
class CaseRule:
    """The rule as it applies to a case: which, why, what would change it. page: the rule itself."""

    case: Case
    choice: Choice
    page: RulePage
    since: tuple[Past, ...]  # edits of this rule since the case was opened
    is_behind: bool  # the case is still counted by the rules of a moment ago
    others: tuple[PayerRule, ...]  # where no rule is known: those whose name its payer may have


def rule_list(ports: Ports, *, show: str, search: str, now: datetime) -> RuleList:
    """Return one filter of the rule book under a search."""
    demand(ports, Act.SEE_RULES, now=now)
    today, standing = site_day(ports, now), _standing(ports)
    rows, counts = shown_rows(
        (rule_row(each, standing, today=today) for each in ports.rules.payers), show=show, search=search
    )
    odd = {each.rule for each in ports.rules.edits if each.number in ports.rules.aside}
    aside = sorted(each for each in odd if not each.startswith(CALLS))
    return RuleList(rows, counts, tuple(aside))


def rule_page(ports: Ports, key: str, *, now: datetime) -> RulePage:
    """Return a rule, value by value; raises NoSuchRule."""
    demand(ports, Act.SEE_RULES, now=now)
    return _page(ports, known_rule(ports, key), now=now)


def value_page(ports: Ports, key: str, name: str, *, now: datetime) -> ValuePage:
    """Return the form of one value as it stands, with its history; raises NoSuchRule."""
    demand(ports, Act.EDIT_RULES, now=now)
    rule, fields = known_rule(ports, key), form_fields(name)
    page = _page(ports, rule, now=now)
    names = {each.name for each in fields}
    lines = tuple(each for each in (*page.lines, *page.scope) if each.said.name in names)
    past = tuple(each for each in page.past if each.edit.name == name or names & each.edit.fields)
    label, told = FIELDS[name].label, ports.rules.told(key)
    return ValuePage(rule, name, label, fields, told, lines, past, page.seen, bool(names & TIMED))


def rule_of_case(ports: Ports, case_id: str, *, now: datetime) -> CaseRule:
    """Return the rule as it applies to a case: which one, why, and what would change it."""
    case = case_for(ports, case_id, Act.SEE_CASE, now=now)
    choice = choose_rule(ports.rules.payers, case.coverage, case.denial)
    page = _page(ports, choice.rule, now=now)
    since = tuple(each for each in page.past if each.edit.at > case.opened_at)
    others = (
        () if choice.rule else tuple(sorted(ports.rules.payers, key=lambda each: (each.payer.casefold(), each.key)))
    )
    return CaseRule(case, choice, page, since, counted_again(ports, case) is not case, others)


def names_of_case(ports: Ports, case_id: str, *, now: datetime) -> dict[str, str]:
    """Return how a case names its payer, as the forms ask for it: name, names and identifiers."""
    case = case_for(ports, case_id, Act.SEE_CASE, now=now)
    party = case.coverage.payer
    if not (party.name or party.identifiers):
        party = case.denial.insurer
    numbers = (f"{value} {system}" for system, value in party.identifiers if system)
    return {"payer": party.name or "", "names": party.name or "", "identifiers": "\n".join(numbers)}


def _page(ports: Ports, rule: PayerRule | None, *, now: datetime) -> RulePage:
    today, standing = site_day(ports, now), _standing(ports)
    key = rule.key if rule else ""

    def line(said: RuleLine) -> Line:
        found = rule.evidence_of(said.name) if rule and said.known else None
        old = found is not None and is_stale(found, today)
        return Line(said, form_of(said.name), old, standing.by_value.get((key, said.name)))

    mine = [each for each in ports.rules.edits if each.rule == key]
    return RulePage(
        rule=rule,
        lines=tuple(map(line, rule_in_words(rule, calendar=ports.rules.calendar))),
        scope=tuple(map(line, scope_in_words(rule))) if rule else (),
        past=tuple(_past(ports, each, standing) for each in reversed(mine)),
        seen=latest_of(mine, key),
        is_added=ports.rules.is_added(key),
    )


def _past(ports: Ports, edit: RuleEdit, standing: Standing) -> Past:
    told = {EditKind.BACK: "what the rule files say", EditKind.REMOVE: "taken out again"}.get(edit.kind)
    if edit.kind is EditKind.ADD:
        told = f"{edit.values['payer']} was added"
    label = FIELDS[edit.name].label if edit.name in FIELDS else "Payer"
    before = "" if edit.name == PAYER else _said(ports, edit, before=True)
    if edit.kind is EditKind.SET and edit.values == edit.before:
        before, told = "", f"Looked up again: {_said(ports, edit, before=False)}"
    return Past(
        edit=edit,
        label=label,
        before=before,
        after=told or _said(ports, edit, before=False),
        aside=standing.aside.get(edit.number),
        is_standing=edit in standing.by_value.values(),
    )


def _said(ports: Ports, edit: RuleEdit, *, before: bool) -> str:
    """Return an edit's values in words, or those that stood before them."""
    rule = ports.rules.saying(edit, before=before)
    return " ".join(value_words(rule, each) for each in FIELDS if each in edit.fields and _is_said(each, edit))


def _is_said(name: str, edit: RuleEdit) -> bool:
    """Whether a value has words of its own; the days after a missed call are told with the call."""
    return name != "missed_call_business_days" or "missed_call" not in edit.fields


def known_rule(ports: Ports, key: str) -> PayerRule:
    """Return the rule of this key; raises NoSuchRule."""
    rule = ports.rules.payer_by_key(key)
    if rule is None:
        raise NoSuchRule()
    return rule


def form_fields(name: str) -> tuple[Field, ...]:
    """Return what a form asks for; raises NoSuchRule for none of them."""
    if name not in FORMS:
        raise NoSuchRule("A rule has no such value.")
    return tuple(FIELDS[each] for each in FORMS[name])


def _standing(ports: Ports) -> Standing:
    return standing_edits(ports.rules.edits, ports.rules.aside)


def site_day(ports: Ports, now: datetime) -> date:
    """Return the day it is at the site."""
    return now.astimezone(ZoneInfo(ports.site.zone)).date()
