"""Journeys added up, and what the measures make of it: all of them together, or group by group."""

from array import array
from collections.abc import Iterable, Mapping, Sequence

from app.core.learn.counted import CASES, Counted, Sum, counted_of, sums_in, weight_of
from app.core.learn.journey import Journey
from app.core.learn.measures import GROUPS, MEASURES, MEDIANS, Group, Mean, Measure, Median
from app.core.learn.share import FLOOR, mean_at, median_at, ranks_of, share_of


class Added:
    """Journeys added up one by one; of each only the values of its medians are held."""

    def __init__(self, counted: Iterable[Counted] = ()) -> None:
        self._weight = 0
        self._values = tuple(array("d") for _ in MEDIANS)
        for each in counted:
            self.add(each)

    def add(self, counted: Counted) -> None:
        """Add one more."""
        self._weight += weight_of(counted.facts)
        for values, value in zip(self._values, counted.values, strict=True):
            if value is not None:
                values.append(value)

    @classmethod
    def of(cls, parts: Iterable["Added"]) -> "Added":
        """Return what was added to any of these."""
        whole = cls()
        for part in parts:
            whole._weight += part._weight
            for values, more in zip(whole._values, part._values, strict=True):
                values.extend(more)
        return whole

    @property
    def case_count(self) -> int:
        """How many were added."""
        return case_count(self.sums)

    @property
    def sums(self) -> dict[str, Sum]:
        """What they come to, by the key of the measure."""
        return sums_in(self._weight)

    def middles(self) -> dict[str, tuple[float, ...]]:
        """Return for each median that has any value the values at its ranks."""
        return {
            each.key: _at_ranks(values) for each, values in zip(MEDIANS, self._values, strict=True) if len(values) > 0
        }

    def measures(self, *, floor: int = FLOOR) -> tuple[Measure, ...]:
        """Return every measure over them."""
        return measured(self.sums, self.middles(), floor=floor)


def _at_ranks(values: Sequence[float]) -> tuple[float, ...]:
    found = sorted(values)
    return tuple(found[rank - 1] for rank in ranks_of(len(found)))


def measured(
    sums: Mapping[str, Sum],
    middles: Mapping[str, Sequence[float]],
    *,
    floor: int = FLOOR,
    keys: Sequence[str] | None = None,
) -> tuple[Measure, ...]:
    """
    Return every measure, or those of these keys alone, in the order of MEASURES, from what the journeys come to.

    middles: for each median the values at `ranks_of(n)`; one that is not there has no value
    """
    found = []
    for each in MEASURES:
        if keys is not None and each.key not in keys:
            continue
        n, total, squares = sums.get(each.key, Sum())
        if isinstance(each, Mean | Median):
            at = middles.get(each.key)
            told = (
                median_at(each.label, n, at, floor=floor)
                if isinstance(each, Median)
                else mean_at(each.label, n, total, squares, floor=floor)
            )
            found.append(Measure(each.key, each.label, each.unit, n, None, told.value, told.low, told.high))
        else:
            part = share_of(each.label, total, n, floor=floor)
            found.append(Measure(each.key, each.label, "share", n, total, part.value, part.low, part.high))
    return tuple(found)


def measure(journeys: Iterable[Journey], *, floor: int = FLOOR) -> tuple[Measure, ...]:
    """Return every measure over these journeys, in the order of MEASURES, whatever the order of the journeys."""
    return Added(map(counted_of, journeys)).measures(floor=floor)


def measure_by(journeys: Iterable[Journey], names: Sequence[str], *, floor: int = FLOOR) -> tuple[Group, ...]:
    """
    Return every measure for each combination of the named groups that there is, in the order of their names.

    names: of GROUPS; a journey without one counts as "not told" there
    """
    return groups_of(add_by(map(counted_of, journeys), names), names, floor=floor)


def add_by(counted: Iterable[Counted], names: Sequence[str]) -> dict[tuple[str, ...], Added]:
    """Return the journeys added up for each combination of the named groups."""
    grouped: dict[tuple[str, ...], Added] = {}
    at = [GROUPS.index(name) for name in names]
    for each in counted:
        key = tuple(each.names[place] for place in at)
        grouped.setdefault(key, Added()).add(each)
    return grouped


def groups_of(added: Mapping[tuple[str, ...], Added], names: Sequence[str], *, floor: int) -> tuple[Group, ...]:
    """Return the measures of each combination, in the order of the names."""
    return tuple(
        Group(tuple(zip(names, key, strict=True)), held.case_count, held.measures(floor=floor))
        for key, held in sorted(added.items())
    )


def case_count(sums: Mapping[str, Sum]) -> int:
    """Return how many cases were added up."""
    return sums.get(CASES, Sum()).n
