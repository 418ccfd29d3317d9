"""Baseline, recent and delta of serial measures."""

import random
import re
from datetime import UTC, datetime, timedelta

from app.core.brief.facts import Evidence, Measure
from app.core.brief.measures import choose_courses, course_of, sentence_of, series_of, shown_value
from app.core.denial import Code
from app.core.rulebook.criteria import CodeSet, WantedMeasure

LOINC = "http://loinc.org"
NOW = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)


def measured(value, days_ago, *, code="72514-3", unit="{score}", label="Pain", comparator=None, id=None):
    """Return one value, so many days ago."""
    at = NOW - timedelta(days=days_ago)
    reference = f"Observation/{id or f'{code}-{days_ago}-{value}'}"
    evidence = (Evidence(reference, "valueQuantity.value", at.date().isoformat(), str(value)),)
    series = (LOINC, code, unit)
    codes = (Code(LOINC, code),)
    return Measure(
        label=label,
        at=at,
        day=at.date().isoformat(),
        evidence=evidence,
        codes=codes,
        value=value,
        unit=unit,
        series=series,
        comparator=comparator,
    )


def only_course(*measures, **kwargs):
    """Return the course of one series."""
    (readings,) = series_of(measures, now=NOW).values()
    return course_of(readings, until=NOW, **kwargs)


def test_the_baseline_is_the_earliest_of_the_last_24_months():
    """A value of ten years ago is no baseline for a call about today."""
    course = only_course(measured(2, 3600), measured(5, 260), measured(8, 24))

    assert (course.baseline.values[0].value, course.recent.values[0].value, course.delta, course.days) == (5, 8, 3, 236)


def test_a_single_recent_value_is_compared_with_the_earliest_on_record():
    """Where 24 months hold one value only, the whole record speaks."""
    course = only_course(measured(2, 3600), measured(3, 2000), measured(8, 24))

    assert course.baseline.values[0].value == 2


def test_one_value_is_no_course():
    """Nothing changed that was measured once."""
    assert only_course(measured(8, 24)) is None


def test_values_in_units_of_two_things_never_meet():
    """A glucose in mg/dL and one in "index" are two series: comparing them would invent a change."""
    amount = measured(150, 200, code="x-1", unit="mg/dL")
    index = measured(68, 20, code="x-1", unit="index")

    assert choose_courses((amount, index), (), now=NOW) == ()
    assert len(series_of((amount, index), now=NOW)) == 2


def test_names_do_not_split_a_series():
    """Two displays of one code differ by an invisible character; the code counts."""
    course = only_course(measured(13, 300, label="Hemoglobin [Mass/\u200bvolume]"), measured(9, 20, label="Hemoglobin"))

    assert course.delta == -4


def test_two_values_at_one_instant_are_both_shown():
    """The chart holds two; hiding one would be choosing for the reader."""
    course = only_course(measured(44, 300, id="a"), measured(40.3, 300, id="b"), measured(45.4, 20))

    assert "40.3 and 44 (2 values at that time)" == shown_value(course.baseline)
    assert course.delta == 45.4 - 40.3
    assert "2 values at that time" in sentence_of(course).text
    assert {"Observation/a", "Observation/b"} < {each.reference for each in course.evidence}


def test_equal_values_at_one_instant_are_one():
    """A resource stored twice is not two measurements."""
    course = only_course(measured(5, 300, id="a"), measured(5, 300, id="b"), measured(8, 20))

    assert len(course.baseline.values) == 1


def test_a_bound_has_no_difference():
    """<5 to 12 is not +7."""
    course = only_course(measured(5, 300, comparator="<"), measured(12, 20))

    assert course.delta is None
    assert "<5" in sentence_of(course).text
    assert "not comparable" in sentence_of(course).text


def test_values_after_now_are_not_seen():
    """A clock set back must not read the future."""
    assert series_of((measured(8, -3),), now=NOW) == {}


def test_measures_that_the_rule_names_come_first_and_say_what_is_worse():
    """The order of the rule is the order of the page."""
    weight = [measured(70, 300, code="29463-7", unit="kg"), measured(66, 20, code="29463-7", unit="kg")]
    walk = [
        measured(value, days, code="w", unit="m", label="Walking distance") for value, days in ((800, 300), (120, 20))
    ]
    pain = [measured(5, 300), measured(8, 20)]
    codes = CodeSet(frozenset({LOINC}), frozenset({"72514-3"}))
    wanted = (
        WantedMeasure(label="Walking", cues=re.compile("walking"), worse="lower"),
        WantedMeasure(label="Pain", codes=(codes,), worse="higher"),
    )

    courses = choose_courses((*weight, *walk, *pain), wanted, now=NOW)

    assert [("w", "worse"), ("72514-3", "worse")] == [(each.series[1], each.trend) for each in courses]


def test_the_choice_never_depends_on_the_charts_order():
    """Two EHRs that send the same chart in another order get the same page."""
    values = ((10, 300), (12, 200), (20, 20))
    measures = [measured(value + n * value, days, code=f"c{n}") for n in range(9) for value, days in values]
    expected = choose_courses(measures, (), now=NOW)
    for seed in range(20):
        shuffled = measures[:]
        random.Random(seed).shuffle(shuffled)
        assert choose_courses(shuffled, (), now=NOW) == expected


def test_an_old_chart_is_read_as_of_its_own_last_value():
    """A chart that ended in 2019 still has a last 24 months; the dates beside the values say how old they are."""
    ten_years = 3650
    course = choose_courses(
        [measured(1, ten_years + 3000), measured(5, ten_years + 300), measured(8, ten_years)], (), now=NOW
    )[0]

    assert course.baseline.values[0].value == 5


def test_a_measure_nobody_asked_for_needs_three_values_and_a_unit():
    """Two laboratory values of years ago, or a number without a unit, would only be noise."""
    assert choose_courses([measured(5, 300), measured(8, 20)], (), now=NOW) == ()
    unitless = [measured(value, days, unit="") for value, days in ((5, 300), (6, 200), (8, 20))]
    assert choose_courses(unitless, (), now=NOW) == ()
    assert len(choose_courses([measured(5, 300), measured(6, 200), measured(8, 20)], (), now=NOW)) == 1
