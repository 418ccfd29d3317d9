"""
Journeys to measures: each with its numerator, denominator and interval, hidden below its floor.

Definitions (product F92–F94): *offered* counts cases whose payer offered any time; *connected* those whose reviewer
was reached; *kept* the booked calls that a side did not miss; *decided* those whose last decision came out of a held
call. A call in the informational lane can change nothing, so it never counts in overturn. Nobody is ranked: tables are
sorted by name.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from math import sqrt
from statistics import median

FLOOR = 5  # below this many cases a share says nothing and could name someone
HELD = {"approved", "partial", "modified", "upheld"}
CHANGED = {"approved", "partial", "modified"}
Z95 = 1.959964


@dataclass(frozen=True, slots=True)
class Journey:
    """One case's way, as far as it has come; instants UTC, None where it has not been."""

    case_id: str
    payer: str
    reason: str
    clinician: str
    service: str
    lane: str | None
    denied_at: datetime | None = None
    offered_at: datetime | None = None
    booked_at: datetime | None = None
    connected_at: datetime | None = None
    result: str | None = None
    attempt_count: int = 0
    missed_by_payer: int = 0
    missed_by_us: int = 0


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole. value, low, high are None below the floor; low and high are Wilson's 95 % interval."""

    label: str
    count: int
    n: int
    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Middle:
    """A median with its n, in hours; None below the floor."""

    label: str
    n: int
    median_hours: float | None
    low_hours: float | None  # quartiles
    high_hours: float | None


@dataclass(frozen=True, slots=True)
class Lessons:
    """What the journeys teach."""

    case_count: int
    overturn: Share
    offer_to_connect: Share
    kept_by_us: Share
    time_to_connect: Middle
    kept_by_payer: tuple[Share, ...]
    by_payer: tuple[Share, ...]
    by_reason: tuple[Share, ...]
    by_clinician: tuple[Share, ...]


def wilson(count: int, n: int) -> tuple[float, float]:
    """
    Return Wilson's 95 % score interval of count out of n, n > 0.

    source: Wilson 1927, JASA 22:209–212
    """
    share, square = count / n, Z95 * Z95
    middle = (share + square / (2 * n)) / (1 + square / n)
    half = Z95 * sqrt(share * (1 - share) / n + square / (4 * n * n)) / (1 + square / n)
    # At the ends the interval touches the share; rounding must not leave the share outside it.
    return max(0.0, min(share, middle - half)), min(1.0, max(share, middle + half))


def share_of(label: str, count: int, n: int) -> Share:
    """Return the share with its interval, or with None in their place below the floor."""
    if n < FLOOR:
        return Share(label, count, n, None, None, None)
    low, high = wilson(count, n)
    return Share(label, count, n, count / n, low, high)


def measure_journeys(journeys: Iterable[Journey]) -> Lessons:
    """Return the measures over these journeys, in any order."""
    all_ = sorted(journeys, key=lambda each: each.case_id)
    judged = [each for each in all_ if each.result in HELD and each.lane != "informational"]
    offered = [each for each in all_ if each.offered_at]
    return Lessons(
        case_count=len(all_),
        overturn=_overturn("All payers", judged),
        offer_to_connect=share_of("Offered and held", sum(1 for e in offered if e.connected_at), len(offered)),
        kept_by_us=_kept("Kept by us", all_, lambda each: each.missed_by_us),
        time_to_connect=_hours("Offer to call", offered),
        kept_by_payer=tuple(
            _kept(label, group, lambda each: each.missed_by_payer)
            for label, group in _grouped(all_, lambda each: each.payer)
            if any(each.connected_at or each.missed_by_payer for each in group)
        ),
        by_payer=_table(judged, lambda each: each.payer),
        by_reason=_table(judged, lambda each: each.reason),
        by_clinician=_table(judged, lambda each: each.clinician),
    )


def _overturn(label: str, journeys: list[Journey]) -> Share:
    return share_of(label, sum(1 for each in journeys if each.result in CHANGED), len(journeys))


def _table(journeys: list[Journey], key) -> tuple[Share, ...]:
    return tuple(_overturn(label, group) for label, group in _grouped(journeys, key))


def _grouped(journeys: list[Journey], key) -> list[tuple[str, list[Journey]]]:
    groups: dict[str, list[Journey]] = defaultdict(list)
    for each in journeys:
        groups[key(each)].append(each)
    return sorted(groups.items())


def _kept(label: str, journeys: list[Journey], missed: Callable[[Journey], int]) -> Share:
    """Return the share of calls that one side kept: those in which the reviewer was reached, out of them and missed."""
    held = sum(each.connected_at is not None for each in journeys)
    return share_of(label, held, held + sum(missed(each) for each in journeys))


def _hours(label: str, journeys: list[Journey]) -> Middle:
    hours = sorted(
        (each.connected_at - each.offered_at).total_seconds() / 3600
        for each in journeys
        if each.connected_at and each.offered_at and each.connected_at >= each.offered_at
    )
    if len(hours) < FLOOR:
        return Middle(label, len(hours), None, None, None)
    half = len(hours) // 2
    lower, upper = hours[:half], hours[len(hours) - half :]
    return Middle(label, len(hours), median(hours), median(lower), median(upper))


def journeys_of(events: Iterable[tuple]) -> tuple[Journey, ...]:
    """
    Return one journey a case from its events.

    events: (case_id, at, kind, payer, reason, clinician, service, lane, told) in any order; kinds as flow writes them;
    told: the result of what was decided on a call, of a missed call who missed it (payer | us). The first offer and
    the first connection count, and the latest decision.
    """
    by_case: dict[str, list[tuple]] = defaultdict(list)
    for each in events:
        by_case[each[0]].append(each)
    return tuple(
        _journey(case_id, sorted(rows, key=lambda r: (r[1], r[2]))) for case_id, rows in sorted(by_case.items())
    )


def _journey(case_id: str, rows: list[tuple]) -> Journey:
    def earliest(kind: str) -> datetime | None:
        return next((row[1] for row in rows if row[2] == kind), None)

    latest = rows[-1]
    results = [row[8] for row in rows if row[2] in ("decided", "confirmed") and row[8]]
    return Journey(
        case_id=case_id,
        payer=latest[3],
        reason=latest[4],
        clinician=latest[5],
        service=latest[6],
        lane=latest[7],
        denied_at=earliest("denied"),
        offered_at=earliest("offered"),
        booked_at=earliest("booked"),
        connected_at=earliest("connected"),
        result=results[-1] if results else None,
        attempt_count=sum(1 for row in rows if row[2] == "attempt"),
        missed_by_payer=sum(1 for row in rows if row[2] == "missed" and row[8] == "payer"),
        missed_by_us=sum(1 for row in rows if row[2] == "missed" and row[8] == "us"),
    )
