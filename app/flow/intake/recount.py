"""Recount: an open case read again because the rules of its payer were changed meanwhile."""

from dataclasses import replace
from datetime import datetime

from app.core.case import Case, CaseState
from app.core.deadlines.again import clocks_again
from app.core.rulebook.edits import COUNTED, RuleEdit
from app.flow.cases import after_misses, event, last_safe_of, save_case
from app.flow.intake.derived import Derived, derive
from app.flow.ports import Ports

# What was decided, or goes another way, is not counted again.
_OVER = {CaseState.CLOSED, CaseState.WITHDRAWN, CaseState.REROUTED}


def recount(ports: Ports, case: Case, *, now: datetime) -> Case:
    """Save the case as the rules stand now, if they were changed since it was counted; return it as it stands then."""
    again = counted_again(ports, case)
    if again is case:
        return case
    told = replace(again, rules_version=case.rules_version)
    safe = last_safe_of(ports, again, now=now)
    happened = told != case or safe != case.last_safe_at
    events = [event(ports, "rule_changed", at=now, **_data(case, again))] if happened else []
    return save_case(ports, again, seen=case.version, events=events, quiet=not is_news(case, again), now=now)


def counted_again(ports: Ports, case: Case) -> Case:
    """Return the case as the rules stand now; the same object where no edit since it was counted is about its payer."""
    if case.rules_version >= ports.rules.version or case.outcome is not None or case.state in _OVER:
        return case
    since = _edits_since(ports, case)
    if not since:
        return case
    old, new = _read(ports, case, case.rules_version), _read(ports, case, ports.rules.version)
    clocks, then = case.clocks, old
    for edit in since:  # one by one: who says that cases may end later says it of the rule as it was then
        now_read = _read(ports, case, edit.number)
        if now_read.clocks != then.clocks or edit.later:
            clocks = clocks_again(clocks, now_read.clocks, later=edit.later)
        then = now_read
    counted = replace(case, clocks=clocks, rules_version=ports.rules.version)
    counted = after_misses(ports, counted)
    if new.payer_key != old.payer_key:
        counted = replace(counted, payer_key=new.payer_key, payer_name=new.payer_name)
    return replace(counted, routing=new.routing) if new.routing != old.routing else counted


def is_news(before: Case, after: Case) -> bool:
    """Whether a page that was shown before must not be acted on: an end moved, or the path or the payer changed."""

    def what(case: Case) -> tuple:
        ends = tuple((each.name, each.ends_at, each.firm) for each in case.clocks)
        return ends, case.routing.route, case.routing.lane, case.payer_key

    return what(before) != what(after)


def _read(ports: Ports, case: Case, version: int) -> Derived:
    return derive(
        ports.rules.at(version),
        case.denial,
        case.coverage,
        zone=ports.site.zone,
        seen_at=case.opened_at,
        now=case.opened_at,
    )


def _edits_since(ports: Ports, case: Case) -> list[RuleEdit]:
    """Return the edits of its payer's rule that a case was not counted by, and that may move its clocks or its path."""
    edits = [
        each for each in ports.rules.edits if each.number > case.rules_version and (each.fields | {each.name}) & COUNTED
    ]
    if not edits:
        return []
    found = ports.rules.payer_rule(case.coverage, case.denial)
    keys = {case.payer_key, found.key if found else None}
    return [each for each in edits if each.rule in keys]


def _data(before: Case, after: Case) -> dict[str, str | int | None]:
    """Return what is kept of a recount: by which edit, and whether the call's end came nearer or went further."""
    was, now_is = (_call_end(each) for each in (before, after))
    moved = "same" if was == now_is else "none" if now_is is None else "nearer" if was and now_is < was else "later"
    return {"rule": after.payer_key, "edit": after.rules_version, "end": moved}


def _call_end(case: Case) -> datetime | None:
    ends = (each.ends_at for each in case.clocks if each.name not in ("appeal", "information"))
    return min(ends, default=None)
