"""
A payer's record: what its calls came to and what they cost, each claim tied to the entry of the log that it rests on.

For talks about contracts: nothing in it is about a patient or a colleague, and nothing is claimed that nobody logged.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.core.learn.journey import Happened, Journey, journeys_of, standing
from app.core.learn.measures import Measure, mark_of
from app.core.learn.sums import measure
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
class Scorecard:
    """
    One payer's record. since, until: of the first and the last thing that happened; UTC, None where there is no case

    measures: those of SHOWN; claims: by kind, the latest first; kinds that nothing was logged of are not there
    words: of each kind of claim, after "it"
    """

    payer: str
    case_count: int
    since: datetime | None
    until: datetime | None
    measures: tuple[Measure, ...]
    claims: Mapping[str, tuple[Claim, ...]]
    words: Mapping[str, str] = field(default_factory=lambda: CLAIMS)


def claim_words(rules: CallRules) -> dict[str, str]:
    """Return the words of each kind of claim: the call rules' own, as the site has them, before ours."""
    told = {_RULES.get(key, key): rule.claim for key, rule in rules.items() if rule.claim}
    return {kind: told.get(kind, words) for kind, words in CLAIMS.items()}


def scorecard_of(events: Iterable[Happened], mark: str, *, words: Mapping[str, str] = CLAIMS) -> Scorecard:
    """
    Return a payer's record from what happened in all cases, in any order; an empty one where no payer has the mark.

    mark: of the payer's name, see mark_of; words: of the claims, see claim_words
    """
    told = sorted(
        (each for each in standing(events) if mark_of(each.payer) == mark),
        key=lambda each: (each.at, each.case, each.kind),
    )
    journeys = journeys_of(told)
    claims = [*(claim for each in told for claim in _claimed(each)), *_differing(journeys, told)]
    claims = _still_claimed([*_once(claims), *_of_outcomes(claims, told)], told)
    by_kind = {kind: _latest_first(claims, kind) for kind in CLAIMS}
    return Scorecard(
        told[0].payer if told else "No such payer",
        len(journeys),
        told[0].at if told else None,
        told[-1].at if told else None,
        tuple(each for key in SHOWN for each in measure(journeys) if each.key == key),
        {kind: found for kind, found in by_kind.items() if found},
        words,
    )


def _is_unanswered(event: Happened) -> bool:
    """Whether we called while somebody works there, and nobody was; where the payer called, it was nobody of ours."""
    ours = event.kind == "attempt" and event.by != "payer" and event.inside is not False
    return ours and event.result in ("no_answer", "closed", "wrong_number")


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


def _differing(journeys: Iterable[Journey], told: Iterable[Happened]) -> Iterable[Claim]:
    letters = {each.case: each.at for each in told if each.kind == "confirmed"}
    for each in journeys:
        if each.is_mismatched:
            yield Claim("differs", each.case_id, letters[each.case_id])


def _latest_first(claims: Iterable[Claim], kind: str) -> tuple[Claim, ...]:
    found = (each for each in claims if each.kind == kind)
    return tuple(sorted(found, key=lambda each: (each.at, each.case_id), reverse=True))
