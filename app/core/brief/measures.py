"""Serial measures: which matter, and what became of them between a baseline and the most recent value."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.core.brief.facts import Evidence, Measure, Sentence
from app.core.brief.units import kind_of, meant_unit, value_in
from app.core.brief.words import change, days_in_words, number, tidy
from app.core.rulebook.criteria import WantedMeasure

COURSE = timedelta(days=730)
A_WEEK = timedelta(days=7)
_ANNOTATION = str.maketrans({"{": None, "}": None, "_": " "})  # UCUM writes mL/min/{1.73_m2}
_PLAIN_UNITS = {
    **{
        "{score}": "",
        "score": "",
        "1": "",
        "%": "%",
        "mm[Hg]": "mmHg",
        "[lb_av]": "lb",
        "[oz_av]": "oz",
        "[in_i]": "in",
    },
    **{"[ft_i]": "ft", "[mi_i]": "mi", "Cel": "°C", "[degF]": "°F"},
}
_MOST = 5  # courses on a page
_ABSURD = 10**30
Series = tuple[str | None, str, str]


@dataclass(frozen=True, slots=True)
class Reading:
    """One instant of a series: its distinct values (two where the chart holds two), lowest first."""

    at: datetime
    day: str
    values: tuple[Measure, ...]


@dataclass(frozen=True, slots=True)
class Course:
    """
    One measure from baseline to recent: values of one code, in the unit of the recent one.

    delta: recent minus baseline, None where a value is only a bound (<5); of two values at one instant the lower
    counts. trend: worse | better | unchanged, None where neither direction is known to be worse. readings: baseline,
    recent and all between them, as they are drawn
    """

    label: str
    unit: str
    series: tuple[str | None, str, str]
    baseline: Reading
    recent: Reading
    delta: float | None
    days: int
    trend: str | None = None
    readings: tuple[Reading, ...] = ()

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """Every value that is shown."""
        return tuple(each.cite for reading in (self.baseline, self.recent) for each in reading.values)


def series_of(measures: Iterable[Measure], *, now: datetime) -> dict[Series, tuple[Reading, ...]]:
    """
    Return the readings of each series up to now, oldest first, in the unit of the latest; without a time none.

    One series: values of one code whose units may be compared (units.py).
    """
    grouped: dict[Series, dict[datetime, list[Measure]]] = defaultdict(lambda: defaultdict(list))
    for each in measures:
        if each.at is not None and each.at <= now:
            grouped[key_of(each)][each.at].append(each)
    return {key: tuple(_readings(found)) for key, found in grouped.items()}


def key_of(measure: Measure) -> Series:
    """Return the series that a value belongs to: code system, code, and what its unit measures."""
    return (*measure.series[:2], kind_of(measure))


def _readings(by_time: Mapping[datetime, list[Measure]]) -> Iterator[Reading]:
    latest = min(by_time[max(by_time)], key=lambda one: (one.unit, one.cite.reference))
    for at, values in sorted(by_time.items()):
        yield _reading(at, [_as_in(latest, each) for each in values])


def _as_in(latest: Measure, measure: Measure) -> Measure:
    """Return a value in the unit of the latest, with what the chart has."""
    if measure.unit == latest.unit or meant_unit(measure) == meant_unit(latest):
        return measure
    value = value_in(measure, meant_unit(latest))
    if value is None or abs(value) > _ABSURD:  # a pure number told in other words, a slip of the keyboard
        return measure
    recorded = f"{number(measure.value)} {plain_unit(measure.unit)}"
    return replace(measure, value=float(value), unit=latest.unit, series=latest.series, recorded=recorded)


def _reading(at: datetime, values: list[Measure]) -> Reading:
    distinct: dict[tuple[float, str | None], Measure] = {}
    for each in sorted(values, key=lambda one: (one.value, one.cite.reference)):
        distinct.setdefault((each.value, each.comparator), each)
    recorded = [each for each in distinct.values() if each.recorded is None]
    for key, each in list(distinct.items()):  # one weighing is often stored in pounds and, rounded, in kilograms
        if each.recorded and any(abs(one.value - each.value) <= abs(one.value) / 100 for one in recorded):
            del distinct[key]
    first = next(iter(distinct.values()))
    return Reading(at, first.day or at.date().isoformat(), tuple(distinct.values()))


def as_of(measures: Sequence[Measure], *, now: datetime) -> datetime:
    """Return the day the course is looked at from: now, or a week after the chart's last value when that is earlier."""
    latest = max((each.at for each in measures if each.at is not None and each.at <= now), default=now)
    return min(now, latest + A_WEEK)


def course_of(
    readings: Sequence[Reading], *, until: datetime, worse: str | None = None, label: str = ""
) -> Course | None:
    """
    Return baseline and recent of one series, or None where it has fewer than two instants.

    The baseline is the earliest value of the last 24 months; where those hold only one, the earliest on record.
    """
    recent_two_years = [each for each in readings if each.at >= until - COURSE]
    chosen = recent_two_years if len(recent_two_years) > 1 else readings
    if len(chosen) < 2:
        return None
    baseline, recent = chosen[0], chosen[-1]
    first, last = baseline.values[0], recent.values[0]
    bounded = any(each.comparator for each in baseline.values + recent.values)
    delta = None if bounded else last.value - first.value
    return Course(
        label or tidy(last.label),
        last.unit,
        last.series,
        baseline,
        recent,
        delta,
        (recent.at.date() - baseline.at.date()).days,
        _trend(delta, worse),
        tuple(chosen),
    )


def _trend(delta: float | None, worse: str | None) -> str | None:
    if delta is None or worse is None:
        return None
    if number(delta) == "0":
        return "unchanged"
    return "worse" if (delta > 0) == (worse == "higher") else "better"


def is_wanted(measure: Measure, wanted: WantedMeasure) -> bool:
    """Whether a value is of the measure a rule names, by code or by the words of its label."""
    if any(each.holds(code) for each in wanted.codes for code in measure.codes):
        return True
    return wanted.cues is not None and wanted.cues.search(measure.label.casefold()) is not None


def choose_courses(
    measures: Sequence[Measure], wanted: Sequence[WantedMeasure], *, now: datetime
) -> tuple[Course, ...]:
    """
    Return the courses worth printing: those the criteria name, in their order; then the largest recent changes.

    Only series with two instants have a course. Changes of the last 24 months go before older ones; largest is by
    share of the baseline, ties by code: the order never depends on the chart's.
    """
    until = as_of(measures, now=now)
    by_series = series_of(measures, now=now)
    named: list[Course] = []
    for want in wanted:
        keys = sorted({key_of(each) for each in measures if is_wanted(each, want)}, key=str)
        found = [course_of(by_series[key], until=until, worse=want.worse) for key in keys if key in by_series]
        named += sorted((each for each in found if each), key=lambda one: one.recent.at, reverse=True)[:1]
    shown = {key_of(each.recent.values[0]) for each in named}
    serial = (readings for key, readings in by_series.items() if key not in shown and _is_serial(readings))
    others = [each for readings in serial if (each := course_of(readings, until=until)) and each.delta]
    others.sort(key=lambda one: (one.baseline.at < until - COURSE, -_share(one), str(one.series)))
    # Where the rule names measures and the chart has two of them, other changes would only be noise.
    return tuple((named if len(named) > 1 else named + others[: 4 - len(named)])[:_MOST])


def _is_serial(readings: Sequence[Reading]) -> bool:
    """Whether a measure nobody asked for is worth a line: three values at least, and a unit."""
    return sum(len(each.values) for each in readings) > 2 and bool(readings[-1].values[0].unit)


def _share(course: Course) -> float:
    base = abs(course.baseline.values[0].value)
    return abs(course.delta or 0) / base if base else 0.0


def plain_unit(unit: str) -> str:
    """Return a unit as people write it."""
    return _PLAIN_UNITS.get(unit, unit.translate(_ANNOTATION))


def shown_value(reading: Reading, *, unit: str = "") -> str:
    """Return a reading's value or values; "40.3 and 44 (two values)" where one instant has two."""
    values = [f"{each.comparator or ''}{number(each.value)}" for each in reading.values]
    kept = [each.recorded for each in reading.values if each.recorded]
    recorded = f" (recorded as {' and '.join(kept)})" if kept else ""
    if len(values) == 1:
        return f"{values[0]} {plain_unit(unit)}".strip().replace(" %", "%") + recorded
    return f"{' and '.join(values)} {plain_unit(unit)}".strip() + f" ({len(values)} values at that time)" + recorded


def shown_delta(course: Course) -> str:
    """Return the change with its sign, and whether that is worse."""
    if course.delta is None:
        return "not comparable"
    return change(course.delta) + (f" ({course.trend})" if course.trend else "")


def sentence_of(course: Course) -> Sentence:
    """Return the course in words."""
    text = (
        f"{course.label}: {shown_value(course.baseline, unit=course.unit)} on {course.baseline.day}, "
        f"{shown_value(course.recent, unit=course.unit)} on {course.recent.day}; "
        f"change {shown_delta(course)} in {days_in_words(course.days)}."
    )
    return Sentence(text, course.evidence)
