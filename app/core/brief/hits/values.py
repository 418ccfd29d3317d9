"""Measured values that speak to a need: within its bounds, in its unit, or by how much they changed."""

from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction

from app.core.brief.facts import Chart, Evidence, Measure
from app.core.brief.hits.hit import Hit, is_fresh, stale
from app.core.brief.measures import (
    Reading,
    as_of,
    course_of,
    is_wanted,
    plain_unit,
    series_of,
    shown_delta,
    shown_value,
)
from app.core.brief.ucum import Unit, unit_of
from app.core.brief.units import change_in, exact, meant_unit, value_in
from app.core.brief.words import tidy
from app.core.rulebook.criteria import Need, WantedMeasure


def measure_hits(need: Need, chart: Chart, *, now: datetime) -> list[Hit]:
    """Return the best of the series that the need speaks of: one that meets it before a later one that does not."""
    wanted = WantedMeasure(label="", codes=need.codes, cues=need.cues)
    meant = [each for each in chart.measures if is_wanted(each, wanted)]
    until = as_of(chart.measures, now=now)
    hits = []
    for readings in series_of(meant, now=now).values():
        latest = next((each for each in readings[::-1] if need.ever and _fits_bounds(need, each)), readings[-1])
        value = latest.values[0]
        detail = f"{tidy(value.label)} {shown_value(latest, unit=value.unit)} on {latest.day}"
        evidence = tuple(each.cite for each in latest.values)
        if _asked_value(need, value) is None:
            hits.append(Hit(None, f"{detail}, in a unit the criterion does not speak of", evidence, latest.at))
        elif not is_fresh(need, latest.at, now=now):
            hits.append(Hit(None, stale(need, detail), evidence, latest.at))
        elif need.rises_by is not None or need.falls_by is not None or (need.count or 1) > 1:
            hits.append(_change_hit(need, readings, until=until, detail=detail, evidence=evidence))
        else:
            hits.append(Hit(True if _fits_bounds(need, latest) else None, detail, evidence, latest.at))
    return sorted(hits, key=lambda hit: (hit.holds is not True, -hit.stamp))[:1]


def _fits_bounds(need: Need, reading: Reading) -> bool:
    """Whether every value of one instant fits; one that is itself a bound (<5) never does."""
    return all(_in_bounds(need, _asked_value(need, each)) and not each.comparator for each in reading.values)


def _in_bounds(need: Need, value: Fraction | None) -> bool:
    if value is None:
        return False
    return (need.at_least is None or value >= exact(need.at_least)) and (
        need.at_most is None or value <= exact(need.at_most)
    )


def _asked_unit(need: Need, measure: Measure) -> Unit | None:
    """Return a unit of the need in which the value can be told; its own where the need names none or this one."""
    if not need.units or need.units & {measure.unit, measure.series[2], plain_unit(measure.unit)}:
        return meant_unit(measure)
    units = (unit_of(each) for each in sorted(need.units))
    return next((each for each in units if value_in(measure, each) is not None), None)


def _asked_value(need: Need, measure: Measure) -> Fraction | None:
    """Return the value in a unit that the need speaks of, exactly; None where none may be compared with it."""
    unit = _asked_unit(need, measure)
    return None if unit is None else value_in(measure, unit)


def _change_hit(
    need: Need, readings: Sequence[Reading], *, until: datetime, detail: str, evidence: tuple[Evidence, ...]
) -> Hit:
    course = course_of(readings, until=until)
    if course is None:
        return Hit(None, f"{detail}, one value only", evidence, readings[-1].at)
    words = (
        f"{course.label} {shown_value(course.baseline, unit=course.unit)} on {course.baseline.day}, "
        f"{shown_value(course.recent, unit=course.unit)} on {course.recent.day} ({shown_delta(course)})"
    )
    latest = course.recent.values[0]
    unit = _asked_unit(need, latest)
    delta = None if course.delta is None or unit is None else change_in(course.delta, latest, unit)
    rose = need.rises_by is None or (delta is not None and delta >= exact(need.rises_by))
    fell = need.falls_by is None or (delta is not None and -delta >= exact(need.falls_by))
    enough = need.count is None or len(readings) >= need.count
    return Hit(True if rose and fell and enough else None, words, course.evidence, course.recent.at)
