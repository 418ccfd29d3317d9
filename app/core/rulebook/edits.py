"""A site's own changes to the rule book, made on its page: each kept, dated, sourced, by somebody, for a reason."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from app.core.rulebook.payers import Evidence
from app.errors import ParleyError, Refused

PAYER = "payer"  # the name of the edit that adds a payer, or takes it out again
CALLS = "call."  # what the rule of an edit begins with that is about a call rule; no payer's key has a dot
# Values on which deadlines rest, or whose rule it is: whoever changes one is asked whether open cases may end later.
TIMED = frozenset(
    {PAYER, "windows", "lane", "hours", "closed", "verbal_notice_counts", "retrospective", "names", "identifiers"}
    | {"lines_of_business", "funding", "states", "services", "settings", "reasons", "effective", "until", "vendor"}
    | {"for_payers", "vendors", "report"}
)
# Values by which an open case is counted again: those, and what decides whether a call can still change anything.
COUNTED = TIMED | {"effect", "post_denial_informational_for", "lead_minutes"}


class EditKind(StrEnum):
    """What an edit does."""

    SET = "set"  # puts its values in the place of what stood there
    BACK = "back"  # gives back what the rule files say
    ADD = "add"  # adds a payer
    REMOVE = "remove"  # takes an added payer out again


class RuleRefused(Refused):
    """What was told cannot be the rule. `field` names the form's field, None where it is in none of them."""

    next = "Correct it; what you typed is kept."

    def __init__(self, field: str | None, say: str) -> None:
        super().__init__(say)
        self.field = field


class Unfit(ParleyError):
    """An edit does not fit the rules. `place` is inside the rule, "windows[1].unit"; `problem` what is wrong there."""

    def __init__(self, place: str, problem: str) -> None:
        super().__init__(f"{place}: {problem}" if place else problem)
        self.place, self.problem = place, problem


class RuleMoved(Refused):
    """Somebody else changed the rule since the page was shown."""

    next = "Look at the rule as it is now, then save again if yours is still right. Nothing of yours was kept yet."
    field = None

    def __init__(self, edit: "RuleEdit | None" = None) -> None:
        who = f"{edit.by_name} changed this rule" if edit else "Somebody changed this rule"
        super().__init__(f"{who} while you were looking at it{f': {edit.why}' if edit else '.'}")


class NumberPassed(Refused):
    """The rule book has moved on since the edit was tried; it is tried again."""

    say = "The rule book was changed at this very moment."
    next = "Try again."


class NoSuchRule(Refused):
    """There is no rule of this key, or no value of this name."""

    say = "There is no such rule here."
    next = "Go back to the rule book; it may have been taken out."


@dataclass(frozen=True, slots=True)
class RuleEdit:
    """
    One edit. `number` counts 1, 2, 3 … through all edits of a tenant.

    name: the value that the form was about (fields.FORMS), or PAYER. values, before: by field, as the rule files write
    them; None, "" and [] are what is not known. evidence: of the values, None where they are given back
    later: whoever made it says that by the rule as it then is deadlines of open cases may end later
    """

    number: int
    rule: str  # PayerRule.key
    name: str
    kind: EditKind
    values: Mapping[str, Any]
    before: Mapping[str, Any]
    why: str
    by: str
    by_name: str
    at: datetime
    evidence: Evidence | None = None
    later: bool = False

    @property
    def fields(self) -> frozenset[str]:
        """The values that it is about."""
        return frozenset(self.values) | frozenset(self.before)


@dataclass(frozen=True, slots=True)
class Standing:
    """Which edits the rules rest on. aside: edits that do not fit the rules as they are now, by number, and why."""

    by_value: Mapping[tuple[str, str], RuleEdit] = field(default_factory=dict)  # (rule, field)
    aside: Mapping[int, str] = field(default_factory=dict)


def standing_edits(edits: Iterable[RuleEdit], aside: Mapping[int, str]) -> Standing:
    """Return on which edit each value rests; one that was given back rests on none."""
    found: dict[tuple[str, str], RuleEdit] = {}
    for edit in edits:
        if edit.number in aside:
            continue
        if edit.kind in (EditKind.ADD, EditKind.REMOVE):
            found = {key: each for key, each in found.items() if key[0] != edit.rule}
        for name in edit.fields:
            if edit.kind in (EditKind.SET, EditKind.ADD):
                found[edit.rule, name] = edit
            else:
                found.pop((edit.rule, name), None)
    return Standing(found, aside)


def latest_of(edits: Iterable[RuleEdit], rule: str) -> int:
    """Return the number of a rule's latest edit, 0 when it has none: what a page about it was shown with."""
    return max((each.number for each in edits if each.rule == rule), default=0)


def is_stale(found: Evidence, today: date) -> bool:
    """Whether a value was read more than twelve months ago."""
    then = found.verified_on
    return (today.year - then.year, today.month, today.day) > (1, then.month, then.day)
