"""
Worth it? Our own history of calls like one call, as a share with its n and interval; it orders work, it hides nothing.

Alike means the same payer (by its programme), kind of reason and service, in the same lane. Where that is too few, one
likeness after the other is given up, and what was given up is told.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import TypeVar

from app.core.acts import CALL
from app.core.afterwards import DISPUTE
from app.core.case import Case, Outcome
from app.core.learn import CHANGED, HELD, Share, share_of

T = TypeVar("T")
FEW = 5  # below this many a likeness is given up for a wider one; what is shown keeps its interval

# A call in the informational lane can change nothing; one whose lane is not known is compared with none.
_LANES = ("pre_denial", "post_denial")
FEWEST = 3  # calls, below which no precedents are told
# What is alike at each step, the closest first.
_ALL, _PAYER, _SERVICE, _REASON = (
    ("payer", "reason", "service"),
    ("payer", "reason"),
    ("reason", "service"),
    ("reason",),
)


@dataclass(frozen=True, slots=True)
class Likeness:
    """
    What makes calls alike: payer by rule key (else its name), kind of reason, service by its key, lane.

    diagnosis: the group of what the service was asked for; only precedents are told by it
    """

    payer: str
    reason: str | None
    service: str | None
    lane: str | None
    diagnosis: str | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """How many calls of one likeness came to one result; since: when the first of them was decided (UTC)."""

    like: Likeness
    result: str
    count: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Odds:
    """How calls like this one went. same: what they have in common with it: payer, reason, service; lane always."""

    share: Share
    same: tuple[str, ...]

    @property
    def is_known(self) -> bool:
        """Whether there are enough of them to say."""
        return self.share.value is not None

    @property
    def is_close(self) -> bool:
        """Whether they are alike enough to stand in a list, where nothing is told of how they are alike."""
        return self.is_known and len(self.same) > 1


@dataclass(frozen=True, slots=True)
class Precedents:
    """
    How calls with one payer about one service ended, in one lane; never whose.

    as_asked, in_part: of n, overturned whole, and partly or in a modified form; since: when the first of the n was
    decided (UTC); diagnosis: the group that all n have in common, None where they are of any
    """

    as_asked: int
    in_part: int
    n: int
    since: datetime
    diagnosis: str | None = None

    @property
    def approved(self) -> int:
        """How many overturned the denial, whole or in part."""
        return self.as_asked + self.in_part


@dataclass(frozen=True, slots=True)
class History:
    """
    Decided calls, added up.

    counts: (changed, n) by lane and what is alike; precedents: by lane, payer, service and diagnosis, and of any one

    The informational lane, calls not held and what was withdrawn are in neither
    """

    counts: Mapping[tuple[str | None, ...], tuple[int, int]] = field(default_factory=dict)
    precedents: Mapping[tuple[str | None, ...], Precedents] = field(default_factory=dict)


def likeness_of(case: Case) -> Likeness:
    """Return what makes a case like others."""
    lane = case.routing.lane.value if case.routing.lane else None
    payer = case.payer_key or case.payer_name
    return Likeness(payer, case.routing.reason_kind, case.service_key, lane, case.diagnosis_key)


def decided_call(case: Case) -> Outcome | None:
    """
    Return the outcome of the latest call that was held; what an appeal or a letter alone decided is none.

    A letter that was corrected because it differed from the call says what the call decided.
    """
    found, way = None, CALL
    for each in (*case.earlier, case.outcome):
        if each is None:
            continue
        way = way if each.way == DISPUTE else each.way
        found = each if way == CALL and each.result in HELD else found
    return found


def count_history(tallies: Iterable[Tally]) -> History:
    """Return the tallies added up at every step of likeness, in any order."""
    counts: dict[tuple[str | None, ...], tuple[int, int]] = {}
    precedents: dict[tuple[str | None, ...], Precedents] = {}
    for each in tallies:
        like = each.like
        if like.lane not in _LANES or each.result not in HELD:
            continue
        for _, key in _steps(like):
            changed, n = counts.get(key, (0, 0))
            counts[key] = (changed + each.count * (each.result in CHANGED), n + each.count)
        for diagnosis in {like.diagnosis, None}:
            same = (like.lane, like.payer, like.service, diagnosis)
            precedents[same] = _add(precedents.get(same), each, diagnosis)
    return History(counts, precedents)


def _add(before: Precedents | None, tally: Tally, diagnosis: str | None) -> Precedents:
    """Return what was counted with one more tally in it."""
    old = before or Precedents(0, 0, 0, tally.since, diagnosis)
    as_asked = tally.count * (tally.result == "approved")
    in_part = tally.count * (tally.result in CHANGED) - as_asked
    since = min(old.since, tally.since)
    return Precedents(old.as_asked + as_asked, old.in_part + in_part, old.n + tally.count, since, diagnosis)


def _steps(like: Likeness) -> tuple[tuple[tuple[str, ...], tuple[str | None, ...]], ...]:
    """Return what is alike at each step with the key it is counted by; a service without a name is like no other."""
    lane, payer, reason, service = like.lane, like.payer, like.reason, like.service
    if service is None:
        return (_PAYER, (lane, payer, reason, None)), (_REASON, (lane, None, reason, None))
    return (
        (_ALL, (lane, payer, reason, service)),
        (_PAYER, (lane, payer, reason, None)),
        (_SERVICE, (lane, None, reason, service)),
        (_REASON, (lane, None, reason, None)),
    )


def odds_of(like: Likeness, history: History) -> Odds | None:
    """
    Return the odds of a call, by the closest likeness of which there are enough; None where none can be compared.

    Too few at every step: the share of the widest, without a value
    """
    if like.lane not in _LANES or like.reason is None:
        return None
    widest = None
    for same, key in _steps(like):
        changed, n = history.counts.get(key, (0, 0))
        widest = Odds(share_of("alike", changed, n, floor=FEW), same)
        if widest.is_known:
            return widest
    return widest


def precedents_of(like: Likeness, history: History) -> Precedents | None:
    """
    Return how calls of this lane with this payer about this service ended: for the same diagnosis where they are enough
    (FEWEST), else for any; None where neither are, since so few might name somebody.
    """
    if like.service is None or like.lane not in _LANES:
        return None
    for diagnosis in dict.fromkeys((like.diagnosis, None)):
        found = history.precedents.get((like.lane, like.payer, like.service, diagnosis))
        if found is not None and found.n >= FEWEST:
            return found
    return None


def break_ties(rows: Sequence[T], *, until: Callable[[T], object], worth: Callable[[T], float | None]) -> tuple[T, ...]:
    """
    Return rows with those of one last safe time in the order of their worth, highest first.

    until: the last safe time, by which the rows stand already; no row ever passes one of another time.
    worth: None where nothing is known, and then the row keeps its place
    """
    ordered: list[T] = []
    for _, group in groupby(rows, key=until):
        tied = list(group)
        known = [at for at, row in enumerate(tied) if worth(row) is not None]
        best = sorted((tied[at] for at in known), key=lambda row: -(worth(row) or 0.0))
        for at, row in zip(known, best, strict=True):
            tied[at] = row
        ordered += tied
    return tuple(ordered)
