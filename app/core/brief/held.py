"""What is sensitive and a clinician added to one case's brief all the same; and what its papers must then say."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.brief.entries import Entry, EntryKind
from app.core.brief.facts import Chart, Evidence, HeldBack
from app.core.brief.words import tidy
from app.errors import Refused

PROGRAM, PSYCHOTHERAPY = "record of a substance use program", "psychotherapy note"
LONGEST_REASON = 300
# What keeps a thing back decides what the law asks of whoever hands it on; source: 42 CFR 2.31 to 2.33, 45 CFR 164.508.
_NOTICES = {
    PROGRAM: (
        "Contains a record of a substance use program, which federal law protects (42 CFR Part 2): whoever receives it "
        "may not use it or hand it on without the patient's written consent or another ground in that law."
    ),
    PSYCHOTHERAPY: (
        "Contains words of a psychotherapy note: it goes to a payer only with the patient's own written authorization "
        "(45 CFR 164.508)."
    ),
}
_NOTICE = "Contains what the record itself labels as specially protected: for this request only, not to be handed on."


@dataclass(frozen=True, slots=True)
class Added:
    """Something sensitive that a clinician added: what it is and what had kept it back, by whom, when and why."""

    reference: str
    kind: str
    day: str | None
    why: str
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Care:
    """What a paper must say where it cites any of this evidence."""

    notice: str
    evidence: frozenset[Evidence]


class NoReason(Refused):
    """Something sensitive would be added without a word why."""

    say = "Say why it is needed for this request, and on which consent or ground it may be used."
    next = "Write it below; it is kept in the audit with your name."
    field = "reason"


class NothingHeld(Refused):
    """It is not held back in this chart, or not any more."""

    say = "This is not held back in the chart as it stands."
    next = "Look at the list as it is now."
    field = None


class NotTheirsToAdd(Refused):
    """A clinician who has nothing to do with the case would let something sensitive in."""

    say = "Only a clinician of this case adds what was held back."
    next = "Own the case, or have the clinician who takes the call add it. Nothing was added."
    field = None


def added_of(entries: Iterable[Entry]) -> tuple[Added, ...]:
    """Return what stands added: not taken out again since."""
    found: dict[str, Added] = {}
    for each in sorted(entries, key=lambda one: one.number):
        if each.kind is EntryKind.ADDED:
            told = each.told
            named = (told.get("kind", "entry"), told.get("day") or None, told.get("why", ""), told.get("reason", ""))
            found[each.thing] = Added(each.thing, *named, each.by_name, each.at)
        elif each.kind is EntryKind.REVOKED:
            found.pop(each.thing, None)
    return tuple(found.values())


def step_to_add(held: Sequence[HeldBack], reference: str, reason: str) -> dict[str, str]:
    """Return what is kept of adding it; raises NothingHeld, NoReason."""
    wanted = next((each for each in held if each.reference == reference), None)
    if wanted is None:
        raise NothingHeld()
    said = tidy(reason)[:LONGEST_REASON]
    if not any(each.isalnum() for each in said):
        raise NoReason()
    return {"kind": wanted.kind, "day": wanted.day or "", "why": wanted.why, "reason": said}


def care_for(added: Added, *, only_with_it: frozenset[Evidence]) -> Care:
    """Return what a paper must say that cites what the chart tells only since this was added."""
    return Care(_NOTICES.get(added.why, _NOTICE), only_with_it)


def notices_for(cares: Iterable[Care], evidence: Iterable[Evidence]) -> tuple[str, ...]:
    """Return what must be said of evidence that is shown or printed, each once."""
    shown = set(evidence)
    return tuple(dict.fromkeys(each.notice for each in cares if not shown.isdisjoint(each.evidence)))


def evidence_in(chart: Chart) -> frozenset[Evidence]:
    """Return all evidence of a chart's facts."""
    kinds = (chart.problems, chart.measures, chart.findings, chart.medicines, chart.procedures, chart.remarks)
    return frozenset(one for facts in (*kinds, chart.allergies) for fact in facts for one in fact.evidence)
