"""Numbers with their n and interval, hidden below a floor: shares, medians and means."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import sqrt

FLOOR = 10  # below this many cases a number says little and could name someone (facts F.5)
Z95 = 1.959964


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole. value, low, high are None below the floor; low and high are Wilson's 95 % interval."""

    label: str
    count: int
    n: int
    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Middle:
    """A median or mean with its n and 95 % interval, in the unit of what it is taken of; None below the floor."""

    label: str
    n: int
    value: float | None
    low: float | None
    high: float | None


def wilson(count: int, n: int) -> tuple[float, float]:
    """
    Return Wilson's 95 % score interval of count out of n, n > 0.

    source: Wilson 1927, JASA 22:209–212
    """
    share, square = count / n, Z95 * Z95
    middle = (share + square / (2 * n)) / (1 + square / n)
    half = Z95 * sqrt(share * (1 - share) / n + square / (4 * n * n)) / (1 + square / n)
    # At the ends the interval touches the share; rounding must not leave the share outside it.
    return max(0.0, min(share, middle - half)), min(1.0, max(share, middle + half))


def share_of(label: str, count: int, n: int, *, floor: int = FLOOR) -> Share:
    """Return the share with its interval, or with None in their place below the floor."""
    if n < max(floor, 1):
        return Share(label, count, n, None, None, None)
    low, high = wilson(count, n)
    return Share(label, count, n, count / n, low, high)


def ranks_of(n: int) -> tuple[int, int, int, int]:
    """
    Return the ranks, from 1, of the values that make a median of n: the interval's low, the two middles, its high.

    That is the interval n/2 ∓ 0.98 √n, what a bootstrap of the median comes to, without its chance.
    source: Campbell and Gardner 1988, BMJ 296:1454–1456
    """
    half = Z95 * sqrt(n) / 2
    return max(1, round(n / 2 - half)), (n + 1) // 2, n // 2 + 1, min(n, round(1 + n / 2 + half))


def median_at(label: str, n: int, found: Sequence[float] | None, *, floor: int = FLOOR) -> Middle:
    """Return the exact median of n values with its interval; found: the values at `ranks_of(n)`."""
    if found is None or not has_middle(n, floor=floor):
        return Middle(label, n, None, None, None)
    low, lower, upper, high = found
    return Middle(label, n, (lower + upper) / 2, float(low), float(high))


def median_of(label: str, values: Sequence[float], *, floor: int = FLOOR) -> Middle:
    """Return the exact median of the values, in any order."""
    found, n = sorted(values), len(values)
    return median_at(label, n, [found[rank - 1] for rank in ranks_of(n)] if n else None, floor=floor)


def has_middle(n: int, *, floor: int) -> bool:
    """Return whether so many values are enough for a median or mean."""
    return n >= max(floor, 2)


def mean_at(label: str, n: int, total: Fraction | int, squares: Fraction | int, *, floor: int = FLOOR) -> Middle:
    """
    Return the mean with 1.96 standard errors to both sides; for counts of many cases.

    total, squares: the sums of the n values and of their squares, exact, so that they may be added up in any order
    """
    if not has_middle(n, floor=floor):
        return Middle(label, n, None, None, None)
    mean = float(Fraction(total) / n)
    error = sqrt(Fraction(n * squares - total * total, n * n * (n - 1)))
    return Middle(label, n, mean, mean - Z95 * error, mean + Z95 * error)


def mean_of(label: str, values: Sequence[float], *, floor: int = FLOOR) -> Middle:
    """Return the mean of the values, in any order."""
    exact = [Fraction(each) for each in values]
    return mean_at(label, len(exact), sum(exact), sum(each * each for each in exact), floor=floor)
