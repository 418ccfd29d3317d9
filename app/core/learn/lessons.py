"""The page of what the calls so far teach: measures over all, group by group, and month by month."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.core.learn.counted import MONTH, WHOLE, Place, Sum, counted_of
from app.core.learn.journey import Journey
from app.core.learn.measures import GROUPS, MEDIANS, Group, Measure
from app.core.learn.share import FLOOR, has_middle
from app.core.learn.sums import Added, case_count, measured

MONTHS = 12
TRENDS = ("offer_to_connect", "time_to_connect", "inside_window", "attempts_per_connection", "specialty_match",
          "overturn")  # fmt: skip
TABLED = ("overturn", "kept_by_payer")  # told group by group
Sums = Mapping[Place, Mapping[str, Sum]]
MedianAt = tuple[Place, str, int]  # where, of which measure, over how many values
Middles = Mapping[Place, Mapping[str, Sequence[float]]]


@dataclass(frozen=True, slots=True)
class Month:
    """One measure in one month of denials, as 2026-11."""

    month: str
    measure: Measure


@dataclass(frozen=True, slots=True)
class Lessons:
    """
    What the journeys teach.

    whole: every measure by its key
    by: for each of GROUPS its groups, in the order of their names, with the measures of TABLED
    trends: for each of TRENDS the twelve months up to the latest in which there was a case, oldest first; none before
    the first case, and one without a case as one of none
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
    added: dict[Place, Added] = {}
    for each in map(counted_of, journeys):
        for place in each.places:
            added.setdefault(place, Added()).add(each)
    return lessons_from(
        {place: held.sums for place, held in added.items()}, {place: held.middles() for place, held in added.items()}
    )


def lessons_from(sums: Sums, middles: Middles) -> Lessons:
    """
    Return what journeys teach that were added up.

    sums: by place, without those of no case; middles: those of `medians_wanted`, by place and key
    """
    return Lessons(
        case_count(sums.get(WHOLE, {})),
        measured_in(WHOLE, sums, middles),
        {group: _groups(group, sums) for group in GROUPS},
        _trends(sums, middles),
    )


def medians_wanted(sums: Sums) -> tuple[MedianAt, ...]:
    """Return each median that the page shows and that has enough values."""
    shown = [(WHOLE, each.key) for each in MEDIANS]
    shown += [((MONTH, month), each.key) for month in _months(sums) for each in MEDIANS if each.key in TRENDS]
    return _with_enough(shown, sums)


def medians_in(sums: Sums) -> tuple[MedianAt, ...]:
    """Return every median that has enough values."""
    return _with_enough([(place, each.key) for place in sums for each in MEDIANS], sums)


def measured_in(place: Place, sums: Sums, middles: Middles, keys: Sequence[str] | None = None) -> dict[str, Measure]:
    """Return the measures in one place, by their keys; keys: these alone."""
    return _by_key(measured(sums.get(place, {}), middles.get(place, {}), keys=keys))


def _with_enough(shown: Iterable[tuple[Place, str]], sums: Sums) -> tuple[MedianAt, ...]:
    found = ((place, key, sums[place][key].n) for place, key in shown if key in sums.get(place, {}))
    return tuple(each for each in found if has_middle(each[2], floor=FLOOR))


def _by_key(measures: Iterable[Measure]) -> dict[str, Measure]:
    return {each.key: each for each in measures}


def _groups(group: str, sums: Sums) -> tuple[Group, ...]:
    found = sorted((place[1], told) for place, told in sums.items() if place[0] == group)
    return tuple(Group(((group, name),), case_count(told), measured(told, {}, keys=TABLED)) for name, told in found)


def _months(sums: Sums) -> list[str]:
    """Return the months up to the latest in which anything was denied; a journey without a denial stands in none."""
    told = sorted(name for group, name in sums if group == MONTH)
    if not told:
        return []
    year, month = map(int, told[-1].split("-"))
    back = [divmod(year * 12 + month - 1 - number, 12) for number in reversed(range(MONTHS))]
    return [name for before, at in back if (name := f"{before:04}-{at + 1:02}") >= told[0]]


def _trends(sums: Sums, middles: Middles) -> dict[str, tuple[Month, ...]]:
    places = [(MONTH, month) for month in _months(sums)]
    found = {place[1]: measured_in(place, sums, middles, TRENDS) for place in places}
    return {key: tuple(Month(month, told[key]) for month, told in found.items()) for key in TRENDS}
