"""Prior therapy: what was tried, how much, from when to when, and why it ended."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core.brief.facts import Chart, Evidence, Fact, Medicine, Procedure, Sentence
from app.core.brief.words import days_in_words, fold, shorten, tidy
from app.core.rulebook.criteria import ServiceCriteria

_MOST = 6  # therapies on a page
_RECENT = timedelta(days=730)


@dataclass(frozen=True, slots=True)
class Therapy:
    """
    One therapy, all its orders or sessions together.

    count: orders of a medicine, or days with a session; days: None where the chart does not say how long;
    outcome: why it stopped or how it went, None where not told
    """

    label: str
    kind: str  # medicine | procedure
    dose: str | None
    started_at: datetime | None
    started_day: str | None
    ended_day: str | None
    days: int | None
    count: int
    status: str
    outcome: str | None
    evidence: tuple[Evidence, ...]


def group_medicines(medicines: Iterable[Medicine], *, now: datetime) -> tuple[Therapy, ...]:
    """Return one therapy for each medicine: orders with the same first code (else the same name) together."""
    grouped: dict[object, list[Medicine]] = defaultdict(list)
    for each in medicines:
        grouped[_key(each)].append(each)
    return tuple(_of_medicine(orders, now=now) for orders in grouped.values())


def group_procedures(procedures: Iterable[Procedure]) -> tuple[Therapy, ...]:
    """Return one therapy for each kind of procedure, counted by the days on which it was done."""
    grouped: dict[object, list[Procedure]] = defaultdict(list)
    for each in procedures:
        grouped[_key(each)].append(each)
    return tuple(_of_procedure(held) for held in grouped.values())


def _key(fact: Fact) -> object:
    coded = next(((each.system, each.code) for each in fact.codes if each.system), None)
    return coded or fold(fact.label)


def _of_medicine(orders: Sequence[Medicine], *, now: datetime) -> Therapy:
    first, last = orders[0], orders[-1]
    started = next((each for each in orders if each.at is not None), first)
    running = last.status in ("active", "on-hold") and last.ended_at is None
    ended = max(
        (each for each in orders if each.ended_at), key=lambda one: (one.ended_at, one.cite.reference), default=None
    )
    until = now if running else ended.ended_at if ended else None
    days = (until - started.at).days if until and started.at and until >= started.at else None
    dosed = next((each for each in reversed(orders) if each.dose), None)
    told = next((each for each in reversed(orders) if each.stop_reason), None)
    used = {id(each): each for each in (first, started, ended, dosed, told, last) if each}
    return Therapy(
        tidy(last.label),
        "medicine",
        dosed.dose if dosed else None,
        started.at,
        started.day,
        None if running else (ended.ended_day if ended else None),
        days,
        len(orders),
        last.status,
        told.stop_reason if told else None,
        _distinct(each for order in orders for each in (order.evidence if id(order) in used else order.evidence[:1])),
    )


def _of_procedure(held: Sequence[Procedure]) -> Therapy:
    first, last = held[0], held[-1]
    days = (last.at - first.at).days if first.at and last.at and first is not last else None
    told = next((each for each in reversed(held) if each.outcome), None)
    count = len({each.day for each in held})
    return Therapy(
        tidy(last.label),
        "procedure",
        None,
        first.at,
        first.day,
        last.day,
        days,
        count,
        "done",
        told.outcome if told and count == 1 else None,
        _distinct(each for one in held for each in (one.evidence if count == 1 else one.evidence[:1])),
    )


def _distinct(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    return tuple(dict.fromkeys(evidence))


def prior_therapies(chart: Chart, service: ServiceCriteria, *, until: datetime, now: datetime) -> tuple[Therapy, ...]:
    """
    Return what was tried for this service, the most telling first: with a reason it ended, then the most recent.

    A service that no rule knows shows the medicines of the 24 months before `until`.
    """
    if service.therapy_cues is None and not service.therapy_codes:
        medicines = [each for each in chart.medicines if each.at and each.at >= until - _RECENT]
        procedures: list[Procedure] = []
    else:
        medicines = [each for each in chart.medicines if _is_tried(each, service)]
        procedures = [
            each for each in chart.procedures if each.kind in ("procedure", "visit") and _is_tried(each, service)
        ]
    found = group_medicines(medicines, now=now) + group_procedures(procedures)
    return tuple(sorted(found, key=_rank)[:_MOST])


def _is_tried(fact: Fact, service: ServiceCriteria) -> bool:
    if any(each.holds(code) for each in service.therapy_codes for code in fact.codes):
        return True
    return service.therapy_cues is not None and service.therapy_cues.search(fold(fact.label)) is not None


def _rank(therapy: Therapy) -> tuple[bool, bool, float, str]:
    latest = therapy.started_at.timestamp() if therapy.started_at else 0.0
    return (therapy.outcome is None, therapy.kind != "procedure", -latest, therapy.label)


def shown_when(therapy: Therapy) -> str:
    """Return from when to when, and how long."""
    start = therapy.started_day or "date not recorded"
    if therapy.kind == "procedure":
        if therapy.count == 1:
            return f"on {start}"
        return f"{therapy.count} times, {start} to {therapy.ended_day}" + (
            f" ({days_in_words(therapy.days)})" if therapy.days else ""
        )
    orders = f", {therapy.count} orders" if therapy.count > 1 else ""
    if therapy.ended_day:
        return (
            f"{start} to {therapy.ended_day}"
            + (f" ({days_in_words(therapy.days)})" if therapy.days is not None else "")
            + orders
        )
    if therapy.status in ("active", "on-hold"):
        return f"since {start}{orders}"
    return f"from {start}, end not recorded{orders}"


def shown_outcome(therapy: Therapy) -> str:
    """Return why it ended, or how it went, or that the chart does not say."""
    if therapy.outcome:
        return shorten(tidy(therapy.outcome), 110)
    if therapy.kind == "procedure":
        return "result not recorded"
    running = therapy.status in ("active", "on-hold") and not therapy.ended_day
    return "still running" if running else f"{therapy.status}, reason not recorded"


def sentence_of(therapy: Therapy) -> Sentence:
    """Return the therapy in words."""
    dose = f"{therapy.dose}, " if therapy.dose else ""
    return Sentence(
        f"{therapy.label}: {dose}{shown_when(therapy)}; {shown_outcome(therapy)}.".replace("..", "."), therapy.evidence
    )
