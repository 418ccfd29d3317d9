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
from app.core.case import Case, Outcome
from app.core.learn import CHANGED, HELD, Share, share_of

T = TypeVar("T")
FEW = 5  # below this many a likeness is given up for a wider one; what is shown keeps its interval

# A call in the informational lane can change nothing; one whose lane is not known is compared with none.
_LANES = ("pre_denial", "post_denial")
# What is alike at each step, the closest first.
_ALL, _PAYER, _SERVICE, _REASON = (
    ("payer", "reason", "service"),
    ("payer", "reason"),
    ("reason", "service"),
    ("reason",),
)


@dataclass(frozen=True, slots=True)
class Likeness:
    """What makes calls alike: payer by rule key (else its name), kind of reason, service by its key, lane."""

    payer: str
    reason: str | None
    service: str | None
    lane: str | None


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
    """How often this payer approved this service on a call, and since when (UTC); never whose."""

    count: int
    since: datetime


@dataclass(frozen=True, slots=True)
class History:
    """
    Decided calls, added up. counts: (changed, n) by lane and what is alike; approved: by payer and service.

    The informational lane, calls not held and what was withdrawn are in neither
    """

    counts: Mapping[tuple[str | None, ...], tuple[int, int]] = field(default_factory=dict)
    approved: Mapping[tuple[str, str | None], Precedents] = field(default_factory=dict)


def likeness_of(case: Case) -> Likeness:
    """Return what makes a case like others."""
    lane = case.routing.lane.value if case.routing.lane else None
    return Likeness(case.payer_key or case.payer_name, case.routing.reason_kind, case.service_key, lane)


def decided_call(case: Case) -> Outcome | None:
    """Return the outcome of the latest call that was held; what an appeal or a letter alone decided is none."""
    told = [each for each in (*case.earlier, case.outcome) if each is not None]
    return next((each for each in reversed(told) if each.way == CALL and each.result in HELD), None)


def count_history(tallies: Iterable[Tally]) -> History:
    """Return the tallies added up at every step of likeness, in any order."""
    counts: dict[tuple[str | None, ...], tuple[int, int]] = {}
    approved: dict[tuple[str, str | None], Precedents] = {}
    for each in tallies:
        like = each.like
        if like.lane not in _LANES or each.result not in HELD:
            continue
        for _, key in _steps(like):
            changed, n = counts.get(key, (0, 0))
            counts[key] = (changed + each.count * (each.result in CHANGED), n + each.count)
        if each.result == "approved":
            before = approved.get((like.payer, like.service), Precedents(0, each.since))
            now = Precedents(before.count + each.count, min(before.since, each.since))
            approved[like.payer, like.service] = now
    return History(counts, approved)


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
    """Return how often this payer approved this service as requested; None where it never did."""
    return history.approved.get((like.payer, like.service)) if like.service is not None else None


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
