"""Which facts of the chart speak to a need: for it, against it, or falling short of it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from app.core.brief.facts import Chart
from app.core.brief.hits.findings import finding_hits
from app.core.brief.hits.hit import Hit
from app.core.brief.hits.medicines import medicine_hits
from app.core.brief.hits.notes import document_hits, note_hits
from app.core.brief.hits.problems import allergy_hits, asked_problems, problem_hits
from app.core.brief.hits.procedures import procedure_hits
from app.core.brief.hits.values import measure_hits
from app.core.denial import Code
from app.core.rulebook.criteria import Need

__all__ = ("Hit", "asked_problems", "find_hits")


def find_hits(need: Need, chart: Chart, *, diagnoses: Sequence[Code], now: datetime) -> list[Hit]:
    """Return what speaks to the need, at most one each for, against and short of it; notes may give two."""
    hits = _hits(need, chart, diagnoses=diagnoses, now=now)
    for other in need.together:
        beside = find_hits(other, chart, diagnoses=diagnoses, now=now)
        hits = [_joined(each, beside) if each.holds else each for each in hits]
    if need.contrary:  # what falls short of the contrary says nothing
        hits = [replace(each, holds=not each.holds) for each in hits if each.holds is not None]
    return hits


def _joined(hit: Hit, beside: Sequence[Hit]) -> Hit:
    """Return a hit together with what must be met as well; it falls short where that is not."""
    other = next((each for each in beside if each.holds), next(iter(beside), None))
    if other is None:
        return replace(hit, holds=None, detail=f"{hit.detail}, and nothing of what must stand beside it")
    detail, evidence = f"{hit.detail}, with {other.detail}", hit.evidence + other.evidence
    return replace(hit, holds=True if other.holds else None, detail=detail, evidence=evidence)


def _hits(need: Need, chart: Chart, *, diagnoses: Sequence[Code], now: datetime) -> list[Hit]:
    if need.kind in ("diagnosis", "problem"):
        return problem_hits(need, chart, diagnoses=diagnoses, now=now)
    if need.kind == "allergy":
        return allergy_hits(need, chart.allergies)
    if need.kind == "measure":
        return measure_hits(need, chart, now=now)
    if need.kind == "finding":
        return finding_hits(need, chart.findings, now=now)
    if need.kind == "medicine":
        return medicine_hits(need, chart, now=now)
    if need.kind == "document":
        return document_hits(need, chart.remarks, now=now)
    if need.kind in ("procedure", "visit", "report", "order"):
        return procedure_hits(need, chart.procedures, now=now)
    return note_hits(need, chart.remarks, now=now)
