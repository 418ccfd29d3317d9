"""What speaks to a need, and when it still does."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core.brief.facts import Evidence, Fact
from app.core.brief.words import fold
from app.core.rulebook.criteria import Need


@dataclass(frozen=True, slots=True)
class Hit:
    """Facts that speak to a need. `holds`: True for it, False against it, None when they fall short of it."""

    holds: bool | None
    detail: str
    evidence: tuple[Evidence, ...]
    at: datetime | None

    @property
    def stamp(self) -> float:
        """When, as a number to compare; what has no date counts as oldest."""
        return self.at.timestamp() if self.at else float("-inf")


def is_meant(fact: Fact, need: Need) -> bool:
    """Whether a fact is of the kind that the need speaks of, by its code or by its name."""
    if any(each.holds(code) for each in need.codes for code in fact.codes):
        return True
    return need.cues is not None and need.cues.search(fold(fact.label)) is not None


def is_fresh(need: Need, at: datetime | None, *, now: datetime) -> bool:
    """Whether a fact of then is young enough for the need; one without a date is not, where the need asks for days."""
    return need.within_days is None or (at is not None and at >= now - timedelta(days=need.within_days))


def stale(need: Need, detail: str) -> str:
    """Return the detail with the word that it is too old to meet the need."""
    return f"{detail}; older than the {need.within_days} days asked for"


def hit_if_fresh(need: Need, detail: str, fact: Fact, *, now: datetime) -> Hit:
    """Return a fact that meets the need, falling short of it where it is too old."""
    fresh = is_fresh(need, fact.at, now=now)
    return Hit(True if fresh else None, detail if fresh else stale(need, detail), fact.evidence, fact.at)
