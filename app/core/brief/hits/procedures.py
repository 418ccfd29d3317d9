"""Procedures, visits, reports and orders that speak to a need: how many, over how long, how long ago."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from app.core.brief.facts import Procedure
from app.core.brief.hits.hit import Hit, is_fresh, is_meant, stale
from app.core.brief.words import days_in_words, tidy
from app.core.rulebook.criteria import Need


def _fits(procedure: Procedure, need: Need) -> bool:
    kinds = {"procedure": ("procedure", "visit"), "visit": ("visit",), "report": ("report", "procedure")}
    kinds["order"] = ("order",)  # an order alone shows nothing done, so no other kind of need takes it
    return procedure.kind in kinds[need.kind] and is_meant(procedure, need)


def procedure_hits(need: Need, procedures: Iterable[Procedure], *, now: datetime) -> list[Hit]:
    """Return what was done as one: how often and over how long, or the latest alone. procedures: the oldest first."""
    dated = [each for each in procedures if each.at is not None and each.at <= now and _fits(each, need)]
    if not dated:
        return []
    first, latest = dated[0], dated[-1]
    count, days = len({each.day for each in dated}), (latest.at - first.at).days
    label = tidy(latest.label)
    detail = (
        f"{label}, {latest.day}"
        if count == 1
        else f"{label}, {count} times, {first.day} to {latest.day} ({days_in_words(days)})"
    )
    if need.apart_days is not None:
        apart = latest.at <= now - timedelta(days=need.apart_days)
        return [
            Hit(
                apart,
                f"{label}, {latest.day}, {days_in_words((now - latest.at).days)} ago",
                latest.evidence[:1],
                latest.at,
            )
        ]
    if need.count is None and need.days is None:  # the latest alone speaks
        detail, dated = f"{label}, {latest.day}", [latest]
    evidence = tuple(each.cite for each in dated)
    if not is_fresh(need, latest.at, now=now):
        return [Hit(None, stale(need, detail), evidence, latest.at)]
    enough = count >= (need.count or 1) and (need.days is None or days >= need.days)
    return [Hit(True if enough else None, detail, evidence, latest.at)]
