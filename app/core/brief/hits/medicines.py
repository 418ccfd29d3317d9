"""Courses of medicine that speak to a need: tried long enough, stopped, and why."""

from datetime import datetime, timedelta

from app.core.brief.facts import Chart
from app.core.brief.hits.hit import Hit, is_fresh, is_meant
from app.core.brief.therapy import Therapy, group_medicines, shown_when
from app.core.brief.words import listed, shorten, tidy
from app.core.rulebook.criteria import Need


def medicine_hits(need: Need, chart: Chart, *, now: datetime) -> list[Hit]:
    """Return the courses that meet the need, told as one, or those that fall short; a need of none named takes any."""
    any_at_all = not need.codes and need.cues is None
    groups = group_medicines((each for each in chart.medicines if any_at_all or is_meant(each, need)), now=now)
    if need.begun_days is not None:
        earliest = now - timedelta(days=need.begun_days)
        groups = tuple(each for each in groups if each.started_at is None or each.started_at >= earliest)
    if any_at_all:  # then one that falls short says nothing of the criterion
        groups = tuple(each for each in groups if _suffices(each, need, now=now))
    if not groups:
        return []
    enough = [each for each in groups if _suffices(each, need, now=now)]
    shown = sorted(
        enough or groups, key=lambda one: (-(one.started_at.timestamp() if one.started_at else 0), one.label)
    )[:3]
    met = len(enough) >= (need.count or 1)
    words = listed([f"{each.label}, {shown_when(each)}" for each in shown])
    if len(shown) == 1 and shown[0].outcome:
        words += f": {shorten(tidy(shown[0].outcome), 60)}"
    latest = max((each.started_at for each in shown if each.started_at), default=None)
    return [Hit(True if met else None, words, tuple(one for each in shown for one in each.evidence), latest)]


def _suffices(therapy: Therapy, need: Need, *, now: datetime) -> bool:
    if need.days is not None and (therapy.days is None or therapy.days < need.days):
        return False
    running = therapy.status in ("active", "on-hold") and therapy.ended_day is None
    if need.ended is not None and need.ended == running:
        return False
    if need.explained and not therapy.outcome:
        return False
    return running or is_fresh(need, therapy.started_at, now=now)
