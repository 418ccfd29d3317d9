"""
What one journey adds to the measures: small enough to be kept beside its case, and all that any measure needs.

The numbers of measures can be added up, and taken off again, in any order; only a median wants the values themselves.
"""

from array import array
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain
from operator import attrgetter
from sys import byteorder
from typing import NamedTuple

from app.core.learn.journey import Journey
from app.core.learn.measures import GROUPS, KEPT, MEANS, MEASURES, MEDIANS, NOT_TOLD, Kept, Mean, Median, Part, is_held

Place = tuple[str, str]  # where a journey counts: a group (of GROUPS, or MONTH) and its name there
MONTH = "month"
WHOLE: Place = ("", "")
CASES = "cases"  # stands among the measures' keys for the number of cases
MOST_WEIGHTS = 10_000  # held ready
_KEYS = (CASES, *(each.key for each in MEASURES))
# A million cases pass by these: each measure's questions with the bits that say yes.
_KEPT, _MEANS, _MEDIANS = (
    tuple(1 << 2 * number for number, each in enumerate(MEASURES) if isinstance(each, kind))
    for kind in (Kept, Mean, Median)
)
_PARTS = tuple(
    (each.among, each.counts, 1 << 2 * number, 3 << 2 * number)
    for number, each in enumerate(MEASURES)
    if isinstance(each, Part)
)
_VALUES = (*_MEANS, *_MEDIANS)
_names = attrgetter(*GROUPS)
_weights: dict["Facts", int] = {}
_HELD = 1 << 2 * len(MEASURES)


class Facts(NamedTuple):
    """
    What can be added up. bits: two for each of MEASURES, from the lowest (see counts_in, is_counted); then if held

    missed: of each of KEPT; means: the value of each of MEANS, None where it has none
    """

    bits: int
    missed: tuple[int, ...]
    means: tuple[int | None, ...]


class Sum(NamedTuple):
    """What a measure came to. total: a share's numerator, a mean's sum of values; squares: of these values."""

    n: int = 0
    total: int = 0
    squares: int = 0


class Counted(NamedTuple):
    """One journey as it counts. names: by GROUPS; values: of each of MEDIANS, None where it has none."""

    case_id: str
    denied_at: datetime | None
    names: tuple[str, ...]
    facts: Facts
    values: tuple[float | None, ...]

    @property
    def month(self) -> str | None:
        """The month of the denial, as 2026-11."""
        return self.denied_at.isoformat()[:7] if self.denied_at else None

    @property
    def places(self) -> tuple[Place, ...]:
        """Where it counts: in the whole, in each group under its name, in the month of its denial."""
        month = self.month
        return (WHOLE, *zip(GROUPS, self.names, strict=True), *(((MONTH, month),) if month else ()))

    def is_in(self, number: int) -> bool:
        """Whether the measure at this place of MEASURES counts it."""
        return bool(self.facts.bits & counts_in(number))

    def is_counted(self, number: int) -> bool:
        """Whether it is in that share's numerator; of calls that a side kept, whether that side missed none."""
        return bool(self.facts.bits & counts_in(number) << 1)


def counts_in(number: int) -> int:
    """Return the bit that is set where the measure at this place of MEASURES counts a case."""
    return 1 << 2 * number


def counted_of(journey: Journey) -> Counted:
    """Return what a journey adds to the measures."""
    held, bits = is_held(journey), 0  # set as counts_in says
    means, values = [each.of(journey) for each in MEANS], [each.of(journey) for each in MEDIANS]
    missed = [each.missed(journey) for each in KEPT]
    for counts, value in zip(_VALUES, (*means, *values), strict=True):
        if value is not None:
            bits |= counts
    for counts, count in zip(_KEPT, missed, strict=True):
        if held or count:
            bits |= counts if count else 3 * counts
    for is_among, is_part, counts, is_counted in _PARTS:
        if is_among(journey):
            bits |= is_counted if is_part(journey) else counts
    return Counted(
        journey.case_id,
        journey.denied_at,
        tuple(name or NOT_TOLD for name in _names(journey)),
        Facts(bits | _HELD if held else bits, tuple(missed), tuple(means)),
        tuple(values),
    )


def weight_of(facts: Facts) -> int:
    """
    Return what a journey of these facts comes to as one number, so that to add journeys up is to add numbers.

    It holds every number of every measure, each in 64 bits of its own, from the lowest; see sums_in
    """
    weight = _weights.get(facts)
    if weight is None:
        if len(_weights) >= MOST_WEIGHTS:
            _weights.clear()
        numbers = array("Q", chain.from_iterable(_numbers(facts)))
        weight = _weights[facts] = int.from_bytes(numbers.tobytes(), byteorder)
    return weight


def sums_in(weight: int) -> dict[str, Sum]:
    """Return what weights that were added up say, by the key of the measure and by CASES; nothing of no case."""
    numbers = array("Q", weight.to_bytes(8 * len(Sum._fields) * len(_KEYS), byteorder))
    each = iter(numbers)
    return {key: Sum(*told) for key, *told in zip(_KEYS, each, each, each, strict=True) if told[0]}


def changes_of(
    pairs: Iterable[tuple[Counted | None, Counted | None]],
) -> dict[tuple[Place, str], Sum]:
    """
    Return what must be added to the sums of each place where journeys became others; nothing that stays as it is.

    pairs: each journey as it counted, and as it counts now; None where it did not, or no longer does
    """
    gone: dict[Place, int] = {}
    come: dict[Place, int] = {}
    for pair in pairs:
        for counted, weights in zip(pair, (gone, come), strict=True):
            if counted is not None:
                weight = weight_of(counted.facts)
                for place in counted.places:
                    weights[place] = weights.get(place, 0) + weight
    both = {place: (gone.get(place, 0), come.get(place, 0)) for place in gone | come}
    told = {each: _difference(*each) for each in set(both.values())}  # the places of one case mostly change alike
    return {(place, key): change for place, each in both.items() for key, change in told[each].items()}


def _difference(gone: int, come: int) -> dict[str, Sum]:
    before, now = sums_in(gone), sums_in(come)
    found = {
        key: Sum(*(new - old for old, new in zip(before.get(key, Sum()), now.get(key, Sum()), strict=True)))
        for key in before | now
    }
    return {key: change for key, change in found.items() if any(change)}


def _numbers(facts: Facts) -> Iterator[Sum]:
    """Yield what one journey of these facts comes to, in the order of _KEYS."""
    yield Sum(1)
    missed, means = iter(facts.missed), iter(facts.means)
    for number, each in enumerate(MEASURES):
        counts, is_part = facts.bits & counts_in(number), facts.bits & counts_in(number) << 1
        if isinstance(each, Part):
            yield Sum(bool(counts), bool(is_part))
        elif isinstance(each, Kept):
            held = bool(facts.bits & _HELD)
            yield Sum(held + next(missed), held)
        elif isinstance(each, Mean):
            value = next(means) or 0
            yield Sum(bool(counts), value, value * value)
        else:
            yield Sum(bool(counts))
