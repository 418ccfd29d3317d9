"""
What one journey adds to the measures: small enough to be kept beside its case, and all that any measure needs.

The numbers of measures can be added up, and taken off again, in any order; only a median wants the values themselves.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from app.core.learn.journey import Journey
from app.core.learn.measures import GROUPS, KEPT, MEANS, MEASURES, MEDIANS, Kept, Part, is_held, name_in

Place = tuple[str, str]  # where a journey counts: a group (of GROUPS, or MONTH) and its name there
MONTH = "month"
WHOLE: Place = ("", "")
CASES = "cases"  # stands among the measures' keys for the number of cases
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


@dataclass(frozen=True, slots=True)
class Counted:
    """One journey as it counts. names: by GROUPS; values: of each of MEDIANS, None where it has none."""

    case_id: str
    denied_at: datetime | None
    names: tuple[str, ...]
    facts: Facts
    values: tuple[float | None, ...]

    @property
    def month(self) -> str | None:
        """The month of the denial, as 2026-11."""
        return f"{self.denied_at:%Y-%m}" if self.denied_at else None

    @property
    def places(self) -> tuple[Place, ...]:
        """Where it counts: in the whole, in each group under its name, in the month of its denial."""
        month = ((MONTH, self.month),) if self.month else ()
        return (WHOLE, *zip(GROUPS, self.names, strict=True), *month)

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
    values = {each.key: each.of(journey) for each in (*MEANS, *MEDIANS)}
    bits = _HELD if is_held(journey) else 0
    for number, each in enumerate(MEASURES):
        if isinstance(each, Part):
            counts, told = each.among(journey), each.counts
        elif isinstance(each, Kept):
            counts, told = is_held(journey) or each.missed(journey) > 0, lambda one, of=each: of.missed(one) == 0
        else:
            counts, told = values[each.key] is not None, None
        if counts:
            bits |= counts_in(number) * (3 if told and told(journey) else 1)
    return Counted(
        journey.case_id,
        journey.denied_at,
        tuple(name_in(journey, each) for each in GROUPS),
        Facts(bits, tuple(each.missed(journey) for each in KEPT), tuple(values[each.key] for each in MEANS)),
        tuple(values[each.key] for each in MEDIANS),
    )


def sums_of(facts: Facts, times: int = 1) -> dict[str, Sum]:
    """Return what so many journeys of these facts come to, by the key of the measure and by CASES."""
    sums = {CASES: Sum(times)}
    for number, each in enumerate(MEASURES):
        if not facts.bits & counts_in(number):
            continue
        if isinstance(each, Part):
            sums[each.key] = Sum(times, times if facts.bits & counts_in(number) << 1 else 0)
        elif isinstance(each, Kept):
            held = times if facts.bits & _HELD else 0
            sums[each.key] = Sum(held + times * facts.missed[KEPT.index(each)], held)
        elif each in MEANS:
            value = facts.means[MEANS.index(each)] or 0
            sums[each.key] = Sum(times, times * value, times * value * value)
        else:
            sums[each.key] = Sum(times)
    return sums


def add_sums(facts: Iterable[tuple[Facts, int]]) -> dict[str, Sum]:
    """Return what journeys come to, from how often (less than 0: taken off) each of their facts is among them."""
    added: dict[str, list[int]] = {}
    for each, times in facts:
        for key, one in sums_of(each, times).items():
            so_far = added.setdefault(key, [0, 0, 0])
            for at, number in enumerate(one):
                so_far[at] += number
    return {key: Sum(*numbers) for key, numbers in added.items()}


def changes_of(
    pairs: Iterable[tuple[Counted | None, Counted | None]],
) -> dict[tuple[Place, str], Sum]:
    """
    Return what must be added to the sums of each place where journeys became others; nothing that stays as it is.

    pairs: each journey as it counted, and as it counts now; None where it did not, or no longer does
    """
    facts: dict[Place, Counter[Facts]] = {}
    for before, now in pairs:
        for counted, times in ((before, -1), (now, 1)):
            for place in counted.places if counted else ():
                facts.setdefault(place, Counter())[counted.facts] += times
    return {
        (place, key): change
        for place, told in facts.items()
        for key, change in add_sums((each, times) for each, times in told.items() if times).items()
        if any(change)
    }
