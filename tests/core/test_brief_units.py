"""Values are compared across units by what the units are, exactly, and never by luck."""

import re
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.core.brief.facts import Chart
from app.core.brief.hits import find_hits
from app.core.brief.measures import choose_courses, sentence_of, series_of
from app.core.brief.ucum import unit_of
from app.core.brief.units import convert, convert_change, exact, molar_mass_of
from app.core.rulebook.criteria import Need, WantedMeasure
from tests.core.test_brief_measures import NOW, measured, only_course

GLUCOSE = molar_mass_of(["2345-7"])
KNOWN = (
    *("mg/dL", "g/L", "ug/mL", "kg", "[lb_av]", "[oz_av]", "cm", "[in_i]", "m", "mm[Hg]", "kPa", "Cel", "[degF]", "K"),
    *("uL/L", "mL/m3", "mmol/L", "umol/dL", "10*3/uL", "10*9/L", "/min", "Hz", "h", "d", "wk", "mo", "a", "kg/m2"),
    *("[iU]/L", "m[iU]/mL", "U/L", "nkat/L", "meq/L", "mosm/kg", "mL/min/{1.73_m2}", "mL/min", "%", "{score}", "ug/g"),
    *("mmol/mol", "ng/mL{FEU}", "ng/mL{DDU}", "ng/mL", "", "index", "W", "J", "kcal"),
)
UNITS = st.sampled_from(KNOWN)
VALUES = st.fractions(-(10**6), 10**6, max_denominator=1000)


def of(value, one, other, **more):
    """Return what a value in one unit is in another, to nine digits; None where it is none."""
    found = convert(exact(value), unit_of(one), unit_of(other), **more)
    return None if found is None else float(f"{float(found):.9g}")


@pytest.mark.parametrize(
    ("value", "one", "other", "expected"),
    [
        (100, "mg/dL", "g/L", 1),
        (180, "[lb_av]", "kg", 81.6466266),
        (180, "lbs", "kg", 81.6466266),
        (70, "[in_i]", "cm", 177.8),
        (5.5, "ft", "[in_i]", 66),
        (120, "mm[Hg]", "kPa", 15.99864),
        (120, "mmHg", "mm[Hg]", 120),
        (100.4, "[degF]", "Cel", 38),
        (38, "°C", "degF", 100.4),
        (38, "Cel", "K", 311.15),
        (5, "uL/L", "mL/m3", 5),
        (4.5, "K/uL", "10*9/L", 4.5),
        (4.5, "10*3/uL", "{cells}/uL", 4500),
        (250, "mcg/g", "mg/kg", 250),
        (250, "µg/g", "ug/g", 250),
        (1.2, "m[iU]/mL", "[iU]/L", 1.2),
        (60, "U/L", "ukat/L", 1.0),
        (72, "bpm", "Hz", 1.2),
        (2, "wk", "d", 14),
        (5, "mg/dl", "MG/DL", 5),
        (82, "KG", "kg", 82),
        (12, "points", "{score}", 12),
        (7.1, "", "1", 7.1),
        (8, "g%", "g/dL", 8),
        (5, "mg/(24.h)", "mg/d", 5),
        (60, "mL/min/1.73m2", "mL/min/{1.73_m2}", 60),
    ],
)
def test_a_value_in_another_unit_is_what_the_tables_say(value, one, other, expected):
    """UCUM 2.2, worked out by hand; the way back too."""
    assert expected == pytest.approx(of(value, one, other))
    assert value == pytest.approx(of(expected, other, one))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("mg/dL", "mmol/L"),  # no analyte, no molar mass
        ("meq/L", "mmol/L"),  # a charge tells no amount
        ("[iU]/L", "U/L"),  # arbitrary
        ("mmol/mol", "%"),  # HbA1c: 48 mmol/mol are 6.5 %, not 4.8
        ("mg/g", "%"),
        ("%", "1"),
        ("%", ""),
        ("%", "{score}"),
        ("mmol/mol", "mg/g"),
        ("ng/mL{FEU}", "ng/mL{DDU}"),  # D-dimer: twofold
        ("ng/mL{FEU}", "ng/mL"),
        ("mL/min", "mL/min/{1.73_m2}"),
        ("kg", "cm"),
        ("kg", ""),
        ("[pH]", "1"),
        ("index", "kg"),
        ("index", "rank"),
        ("m", "min"),
        ("g/m2", "m2/g"),
        ("mg/kg/d", "mg/d"),
        ("kg/{", "kg"),
        ("Mg", "mgg"),
    ],
)
def test_what_is_not_the_same_thing_is_not_compared(one, other):
    """A number that happens to come out is worse than none (issue 5: never by luck)."""
    assert (None, None) == (of(5, one, other), of(5, other, one))


def test_amount_and_mass_meet_where_the_analyte_is_known():
    """Glucose by its LOINC code: 5.5 mmol/L are 99 mg/dL."""
    assert 99.0858 == pytest.approx(of(5.5, "mmol/L", "mg/dL", molar_mass=GLUCOSE))
    assert 5.5 == pytest.approx(of(99.0858, "mg/dL", "mmol/L", molar_mass=GLUCOSE))
    assert molar_mass_of(["72514-3", None]) is None


def test_a_difference_of_degrees_has_no_offset():
    """A fever that fell by 1.8 degrees Fahrenheit fell by one Celsius."""
    assert 1 == convert_change(exact(1.8), unit_of("[degF]"), unit_of("Cel"))


@given(value=VALUES, one=UNITS, other=UNITS, third=UNITS)
def test_conversion_is_exact_and_goes_every_way(value, one, other, third):
    """There and back is the same number; by a third unit too; either way, or neither."""
    a, b, c = unit_of(one), unit_of(other), unit_of(third)
    there = convert(value, a, b)

    assert (there is None) == (convert(value, b, a) is None)
    assume(there is not None)
    assert value == convert(there, b, a)
    by_third = convert(value, a, c)
    assert by_third is None or there == convert(by_third, c, b)


@given(low=VALUES, high=VALUES, one=UNITS, other=UNITS)
def test_conversion_keeps_the_order(low, high, one, other):
    """What is more in one unit is more in every other."""
    a, b = (convert(each, unit_of(one), unit_of(other)) for each in (low, high))

    assume(a is not None)
    assert (low < high) == (a < b)


@given(text=st.text(st.sampled_from("mgLdkc./[]{}()10*^%-+ µlbin'"), max_size=14))
def test_no_text_breaks_a_unit(text):
    """Whatever stands where a unit should: it is a unit, or equals itself alone."""
    unit = unit_of(text)

    assert Fraction(3) == convert(Fraction(3), unit, unit)
    assert unit.factor > 0


# -- in criteria ---------------------------------------------------------------------------------------------
def holds(need, *measures):
    """Return what the chart says of a need."""
    return [each.holds for each in find_hits(need, Chart(measures=measures), diagnoses=(), now=NOW)]


def asked(unit, **more):
    """Return a need of a weight."""
    return Need(kind="measure", cues=re.compile("weight"), units=frozenset({unit}), **more)


def weight(value, days, unit, **more):
    return measured(value, days, code="29463-7", unit=unit, label="Weight", **more)


@pytest.mark.parametrize(("value", "unit", "met"), [(220.5, "[lb_av]", True), (220.4, "lb", None), (100, "kg", True)])
def test_a_bound_holds_for_a_value_in_another_unit(value, unit, met):
    """100 kg are 220.46 lb; the value is told as it was recorded."""
    need = asked("kg", at_least=100)
    (hit,) = find_hits(need, Chart(measures=(weight(value, 3, unit),)), diagnoses=(), now=NOW)

    assert met is hit.holds
    assert f"{value} {'kg' if unit == 'kg' else 'lb'} on" in hit.detail


def test_a_unit_that_cannot_be_compared_meets_nothing():
    """Neither unknown nor contradictory units are read as if they were the criterion's."""
    (hit,) = find_hits(asked("kg", at_least=1), Chart(measures=(weight(500, 3, "stones"),)), diagnoses=(), now=NOW)
    contradictory = replace(weight(500, 3, "kg"), unit="[lb_av]")  # coded one way, shown another

    assert hit.holds is None and "unit the criterion does not speak of" in hit.detail
    assert [None] == holds(asked("g", at_least=1), contradictory)


def test_a_change_is_compared_in_the_criterions_unit():
    """Eleven pounds are less than five kilograms, and twelve are more."""
    need = asked("kg", falls_by=5)

    assert [None] == holds(need, weight(200, 200, "[lb_av]"), weight(189, 3, "[lb_av]"))
    assert [True] == holds(need, weight(200, 200, "[lb_av]"), weight(188, 3, "[lb_av]"))


# -- in courses ----------------------------------------------------------------------------------------------
def test_one_code_in_two_units_is_one_course_in_the_recent_ones():
    """200 lb, then 86 kg: a loss of 4.7 kg, with what was recorded beside it."""
    course = only_course(weight(200, 200, "[lb_av]"), weight(86, 20, "kg"))

    assert ("kg", -4.7) == (course.unit, round(course.delta, 1))
    assert "Weight: 90.7 kg (recorded as 200 lb) on " in sentence_of(course).text
    assert "86 kg on " in sentence_of(course).text
    assert "200" == course.baseline.values[0].cite.quote


def test_one_weighing_in_two_units_is_one_value():
    """EHRs store pounds and, rounded, kilograms; two values that differ stay two."""
    twice = only_course(weight(180, 200, "[lb_av]", id="a"), weight(81.6, 200, "kg", id="b"), weight(80, 20, "kg"))
    differ = only_course(weight(180, 200, "[lb_av]", id="a"), weight(90, 200, "kg", id="b"), weight(80, 20, "kg"))

    assert [1, 2] == [len(each.baseline.values) for each in (twice, differ)]


def test_an_absurd_value_breaks_no_course():
    """A slip of the keyboard can be too large for any number in another unit."""
    course = only_course(weight(1e308, 200, "kg"), weight(80_000, 20, "g"))

    assert 1e308 == course.baseline.values[0].value


def test_units_that_cannot_be_compared_stay_two_series():
    """A clearance and one per body surface under one code are two measures."""
    both = (measured(60, 200, code="33914-3", unit="mL/min"), measured(50, 20, code="33914-3", unit="mL/min/{1.73_m2}"))

    assert 2 == len(series_of(both, now=NOW))
    assert () == choose_courses(both, (WantedMeasure(label="GFR", cues=re.compile("pain")),), now=NOW)


@given(
    values=st.lists(st.tuples(st.integers(40, 400), st.sampled_from(["kg", "[lb_av]", "g"])), min_size=2, max_size=6),
    seed=st.randoms(),
)
def test_a_course_is_the_same_however_its_values_were_written(values, seed):
    """Rewriting every value in another unit moves no trend and no share of the change."""
    first = [weight(value, 300 - 10 * n, unit) for n, (value, unit) in enumerate(values)]
    second = []
    for n, (value, unit) in enumerate(values):
        other = seed.choice(["kg", "[lb_av]", "g"])
        second.append(weight(float(convert(exact(value), unit_of(unit), unit_of(other))), 300 - 10 * n, other))

    def trend(measures):
        course = only_course(*measures)
        return round(course.delta / course.baseline.values[0].value, 9)

    assert trend(first) == pytest.approx(trend(second), abs=1e-6)
