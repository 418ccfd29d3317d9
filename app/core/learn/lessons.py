"""The page of what the calls so far teach: measures over all, group by group, and month by month."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.core.learn.journey import Journey
from app.core.learn.measures import GROUPS, Group, Measure, measure, measure_by

MONTHS = 12
TRENDS = ("offer_to_connect", "time_to_connect", "inside_window", "attempts_per_connection", "specialty_match",
          "overturn")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Month:
    """One measure in one month of denials, as 2026-11."""

    month: str
    measure: Measure


@dataclass(frozen=True, slots=True)
class Lessons:
    """
    What the journeys teach.

    whole: every measure by its key; by: for each of GROUPS its groups, in the order of their names
    trends: for each of TRENDS the last twelve months in which there was a case, oldest first
    """

    case_count: int
    whole: Mapping[str, Measure]
    by: Mapping[str, tuple[Group, ...]]
    trends: Mapping[str, tuple[Month, ...]]

    def rows(self, group: str, key: str) -> tuple[tuple[str, Measure], ...]:
        """Return (name, measure) of each group in which the measure counts any case."""
        found = ((each.names[0][1], _by_key(each.measures)[key]) for each in self.by[group])
        return tuple((name, each) for name, each in found if each.n)


def lessons_of(journeys: Iterable[Journey]) -> Lessons:
    """Return what these journeys teach, in whatever order they come."""
    told = tuple(sorted(journeys, key=lambda each: each.case_id))
    return Lessons(
        len(told),
        _by_key(measure(told)),
        {name: measure_by(told, (name,)) for name in GROUPS},
        _trends(told),
    )


def _by_key(measures: Sequence[Measure]) -> dict[str, Measure]:
    return {each.key: each for each in measures}


def _trends(journeys: Sequence[Journey]) -> dict[str, tuple[Month, ...]]:
    """Return the months by the day of the denial; a journey without one stands in no month."""
    months: dict[str, list[Journey]] = {}
    for each in journeys:
        if each.denied_at is not None:
            months.setdefault(f"{each.denied_at:%Y-%m}", []).append(each)
    measured = {month: _by_key(measure(held)) for month, held in sorted(months.items())[-MONTHS:]}
    return {key: tuple(Month(month, found[key]) for month, found in measured.items()) for key in TRENDS}
