"""
A payer's record: what its calls came to and what they cost, each claim tied to the entry of the log that it rests on.

For talks about contracts: nothing in it is about a patient or a colleague, and nothing is claimed that nobody logged.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from app.core.learn.journey import Happened, Journey, journeys_of, standing
from app.core.learn.measures import Measure, mark_of
from app.core.learn.sums import measure

# What a payer can be told, in its words and in the order of the page.
CLAIMS = {
    "no_show": "did not come to a booked call",
    "outside": "was reached only after its window had closed",
    "held_too_long": "kept us on hold until we gave up",
    "unanswered": "did not answer where it said to call",
    "specialty": "sent a reviewer of another specialty",
    "differs": "wrote otherwise than it had said",
}
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
    """

    payer: str
    case_count: int
    since: datetime | None
    until: datetime | None
    measures: tuple[Measure, ...]
    claims: Mapping[str, tuple[Claim, ...]]


def scorecard_of(events: Iterable[Happened], mark: str) -> Scorecard:
    """
    Return a payer's record from what happened in all cases, in any order; an empty one where no payer has the mark.

    mark: of the payer's name, see mark_of
    """
    told = sorted(
        (each for each in standing(events) if mark_of(each.payer) == mark),
        key=lambda each: (each.at, each.case, each.kind),
    )
    journeys = journeys_of(told)
    claims = [claim for each in told if (claim := _claimed(each))] + [*_differing(journeys, told)]
    by_kind = {kind: _latest_first(claims, kind) for kind in CLAIMS}
    return Scorecard(
        told[0].payer if told else "No such payer",
        len(journeys),
        told[0].at if told else None,
        told[-1].at if told else None,
        tuple(each for key in SHOWN for each in measure(journeys) if each.key == key),
        {kind: found for kind, found in by_kind.items() if found},
    )


_LOGGED: Mapping[str, Callable[[Happened], bool]] = {
    "no_show": lambda e: e.kind == "missed" and e.by == "payer",
    "outside": lambda e: e.kind == "connected" and e.inside is False,
    "held_too_long": lambda e: e.kind == "attempt" and e.result == "gave_up_holding",
    "unanswered": lambda e: e.kind == "attempt" and e.result in ("no_answer", "closed", "wrong_number"),
    "specialty": lambda e: e.kind == "connected" and e.specialty_match is False,
}


def _claimed(event: Happened) -> Claim | None:
    kind = next((kind for kind, holds in _LOGGED.items() if holds(event)), None)
    if kind is None:
        return None
    return Claim(kind, event.case, event.at, event.hold_minutes if kind == "held_too_long" else None)


def _differing(journeys: Iterable[Journey], told: Iterable[Happened]) -> Iterable[Claim]:
    letters = {each.case: each.at for each in told if each.kind == "confirmed"}
    for each in journeys:
        if each.verbal and each.written and each.verbal != each.written:
            yield Claim("differs", each.case_id, letters[each.case_id])


def _latest_first(claims: Iterable[Claim], kind: str) -> tuple[Claim, ...]:
    found = (each for each in claims if each.kind == kind)
    return tuple(sorted(found, key=lambda each: (each.at, each.case_id), reverse=True))
