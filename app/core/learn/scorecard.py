"""
A payer's record: what its calls came to and what they cost, each claim tied to the entry of the log that it rests on.

For talks about contracts: nothing in it is about a patient or a colleague, and nothing is claimed that nobody logged.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.core.learn.counted import counted_of
from app.core.learn.journey import Happened, Journey, journeys_of, standing
from app.core.learn.measures import Measure
from app.core.learn.sums import Added
from app.core.rulebook.calls import CallRules

# What a payer can be told, in its words and in the order of the page.
CLAIMS = {
    "no_show": "did not come to a booked call",
    "late": "called late",
    "outside_window": "called outside the time it had agreed to",
    "outside": "was reached only after its window had closed",
    "ended_early": "ended the call early",
    "not_identified": "sent a reviewer who would not say who they are",
    "specialty": "sent a reviewer of another specialty",
    "held_too_long": "kept us on hold too long",
    "closed_in_hours": "did not answer in the hours that it gives",
    "unanswered": "did not answer where it said to call",
    "differs": "wrote otherwise than it had said",
}
MOST_OF_A_KIND = 200  # claims that are told one by one; how many there are stands above them
_MOMENT = timedelta(microseconds=1)
# Where a claim is not called as the call rule that it rests on.
_RULES = {"payer_no_show": "no_show", "wrong_specialty": "specialty"}
SHOWN = (
    "offer_to_connect",
    "kept_by_payer",
    "time_to_connect",
    "inside_window",
    "attempts_per_connection",
    "specialty_match",
    "hold_minutes",
    "overturn",
    "mismatch",
    "missed",
    "missed_by_payer",
)


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing that a payer did, as it was logged. minutes: on hold, where that is what was logged."""

    kind: str  # of CLAIMS
    case_id: str
    at: datetime
    minutes: float | None = None


@dataclass(frozen=True, slots=True)
class Claims:
    """All claims of one kind. latest: the latest of them (MOST_OF_A_KIND), the latest first."""

    count: int
    latest: tuple[Claim, ...]


@dataclass(frozen=True, slots=True)
class Scorecard:
    """
    One payer's record. since, until: of the first and the last thing that happened; UTC, None where there is no case

    measures: those of SHOWN; claims: by kind; kinds that nothing was logged of are not there
    words: of each kind of claim, after "it"
    """

    payer: str
    case_count: int
    since: datetime | None
    until: datetime | None
    measures: tuple[Measure, ...]
    claims: Mapping[str, Claims]
    words: Mapping[str, str] = field(default_factory=lambda: CLAIMS)


def claim_words(rules: CallRules) -> dict[str, str]:
    """Return the words of each kind of claim: the call rules' own, as the site has them, before ours."""
    told = {_RULES.get(key, key): rule.claim for key, rule in rules.items() if rule.claim}
    return {kind: told.get(kind, words) for kind, words in CLAIMS.items()}


def scorecard_of(payer: str, cases: Iterable[Sequence[Happened]], *, words: Mapping[str, str] = CLAIMS) -> Scorecard:
    """
    Return a payer's record from what happened in its cases, case by case, in any order; little of each case is held.

    payer: by name; words: of the claims, see claim_words
    """
    added, since, until = Added(), None, None
    found: dict[str, _Latest] = {kind: _Latest() for kind in CLAIMS}
    for each in cases:
        told = sorted(standing(each), key=lambda one: (one.at, one.kind))
        for journey in journeys_of(told):
            added.add(counted_of(journey))
            since = min(since or told[0].at, told[0].at)
            until = max(until or told[-1].at, told[-1].at)
            for claim in _claims_of(journey, told):
                found[claim.kind].add(claim)
    measures = {each.key: each for each in added.measures()}
    return Scorecard(
        payer if added.case_count else "No such payer",
        added.case_count,
        since,
        until,
        tuple(each for key, each in measures.items() if key in SHOWN),
        {kind: latest.claims for kind, latest in found.items() if latest.count},
        words,
    )


def _is_unanswered(event: Happened) -> bool:
    """Whether we called while somebody works there, and nobody was; where the payer called, it was nobody of ours."""
    ours = event.kind == "attempt" and event.by != "payer" and event.inside is not False
    return ours and event.result in ("no_answer", "closed", "wrong_number")


class _Latest:
    """The claims of one kind as they come: how many, and the latest of them."""

    def __init__(self) -> None:
        self.count, self._held = 0, list[Claim]()

    def add(self, claim: Claim) -> None:
        self.count += 1
        self._held.append(claim)
        if len(self._held) > 2 * MOST_OF_A_KIND:
            self._held = list(self.claims.latest)

    @property
    def claims(self) -> Claims:
        ordered = sorted(self._held, key=lambda each: (each.at, each.case_id), reverse=True)
        return Claims(self.count, tuple(ordered[:MOST_OF_A_KIND]))


def _claims_of(journey: Journey, told: Sequence[Happened]) -> list[Claim]:
    """Return what one case says against the payer, from its events in order of time."""
    claims = [*(claim for each in told for claim in _claimed(each)), *_differing(journey, told)]
    return _still_claimed([*_once(claims), *_of_outcomes(claims, told)], told)


_LOGGED: Mapping[str, Callable[[Happened], bool]] = {
    "no_show": lambda e: e.kind == "missed" and e.by == "payer",
    "outside": lambda e: e.kind == "connected" and e.inside is False,
    "held_too_long": lambda e: e.kind == "attempt" and e.result == "gave_up_holding",
    "unanswered": lambda e: _is_unanswered(e),
    "specialty": lambda e: e.kind == "connected" and e.specialty_match is False,
}


def _claimed(event: Happened) -> Iterable[Claim]:
    """Return what an event says against the payer: the call rules that a try broke, and what shows without them."""
    kinds = {kind for kind, holds in _LOGGED.items() if holds(event)}
    if event.kind == "attempt":
        kinds |= _broken(event) - {"no_show"}  # the missed call is an event of its own
    if "closed_in_hours" in kinds:
        kinds.discard("unanswered")  # the same, and more exactly
    for kind in sorted(kinds):
        yield Claim(kind, event.case, event.at, event.hold_minutes if kind == "held_too_long" else None)


def _broken(event: Happened) -> set[str]:
    return {kind for each in event.problems if (kind := _RULES.get(each, each)) in CLAIMS}


def _once(claims: Iterable[Claim]) -> Iterable[Claim]:
    """Return the claims, what a try and its connection both say of one call once."""
    return {(each.kind, each.case_id, each.at): each for each in claims}.values()


def _of_outcomes(claims: Sequence[Claim], told: Iterable[Happened]) -> Iterable[Claim]:
    """Return what only the outcome of a call says: of a specialty that its connection told it says nothing new."""
    known = {each.case_id for each in claims if each.kind == "specialty"}
    for each in told:
        if each.kind == "decided":
            for kind in sorted(_broken(each) - ({"specialty"} if each.case in known else set())):
                yield Claim(kind, each.case, each.at)


def _still_claimed(claims: Iterable[Claim], told: Iterable[Happened]) -> list[Claim]:
    """Return the claims without those whose mark was taken back later, with an outcome that amends the one before."""
    gone = {
        (each.case, _RULES.get(key[1:], key[1:])): each.at
        for each in told
        for key in each.problems
        if key.startswith("-")
    }
    return [each for each in claims if each.at > gone.get((each.case_id, each.kind), each.at - _MOMENT)]


def _differing(journey: Journey, told: Iterable[Happened]) -> Iterable[Claim]:
    if journey.is_mismatched:
        yield Claim("differs", journey.case_id, [each.at for each in told if each.kind == "confirmed"][-1])
