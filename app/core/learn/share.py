"""Numbers with their n and interval, hidden below a floor: shares, medians and means."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, median, stdev

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


def median_of(label: str, values: Sequence[float], *, floor: int = FLOOR) -> Middle:
    """
    Return the exact median with the values at the ranks n/2 ∓ 0.98 √n as its interval.

    That is what a bootstrap of the median comes to, without its chance.
    source: Campbell and Gardner 1988, BMJ 296:1454–1456
    """
    found, n = sorted(values), len(values)
    if n < max(floor, 2):
        return Middle(label, n, None, None, None)
    half = Z95 * sqrt(n) / 2
    low, high = max(1, round(n / 2 - half)), min(n, round(1 + n / 2 + half))
    return Middle(label, n, float(median(found)), float(found[low - 1]), float(found[high - 1]))


def mean_of(label: str, values: Sequence[float], *, floor: int = FLOOR) -> Middle:
    """Return the mean with 1.96 standard errors to both sides; for counts of many cases."""
    n = len(values)
    if n < max(floor, 2):
        return Middle(label, n, None, None, None)
    mean, error = fmean(values), stdev(values) / sqrt(n)
    return Middle(label, n, mean, mean - Z95 * error, mean + Z95 * error)
