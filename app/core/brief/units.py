"""
Which values may be compared, and what a value is in another unit; exact, and never by luck.

Units are those of ucum.py. Amount and mass are compared where the analyte's molar mass is known by its LOINC code. A
value whose shown unit and coded unit are two different ones is comparable with nothing: nobody knows which was meant.
errs: towards "not comparable"
"""

from collections.abc import Iterable
from fractions import Fraction
from functools import lru_cache

from app.core.brief.facts import Measure
from app.core.brief.ucum import NUMBERS, Unit, sorted_powers, unit_of

_BY_MASS: tuple[tuple[str, frozenset[str]], ...] = (
    # molar mass in g/mol, and the LOINC codes of the analyte by mass and by amount
    ("180.156", frozenset(("2345-7", "2339-0", "1558-6", "14749-6", "14771-0", "15074-8"))),  # glucose
    ("113.12", frozenset(("2160-0", "14682-9", "38483-4"))),  # creatinine
    ("386.65", frozenset(("2093-3", "14647-2", "2085-9", "14646-4", "13457-7", "18262-6", "22748-8", "39469-2"))),
    ("584.66", frozenset(("1975-2", "14631-6", "1968-7", "14629-0"))),  # bilirubin
    ("40.078", frozenset(("17861-6", "2000-8"))),  # calcium
    ("168.11", frozenset(("3084-1", "14933-6"))),  # urate
    ("400.64", frozenset(("1989-3", "14635-7"))),  # 25-hydroxyvitamin D3
)


def same_kind(one: Unit, other: Unit, *, molar_mass: Fraction | None = None) -> bool:
    """Whether values in two units may be compared; molar_mass: of the analyte, in g/mol."""
    if one.kind == other.kind:
        return True
    return molar_mass is not None and _by_mass(one, molar_mass).kind == _by_mass(other, molar_mass).kind


def convert(value: Fraction, one: Unit, other: Unit, *, molar_mass: Fraction | None = None) -> Fraction | None:
    """Return what a value in one unit is in another, exactly; None where they may not be compared."""
    if not same_kind(one, other, molar_mass=molar_mass):
        return None
    if one.kind != other.kind and molar_mass is not None:
        one, other = _by_mass(one, molar_mass), _by_mass(other, molar_mass)
    return (value * one.factor + one.offset - other.offset) / other.factor


def convert_change(value: Fraction, one: Unit, other: Unit, *, molar_mass: Fraction | None = None) -> Fraction | None:
    """Return what a difference in one unit is in another: 1.8 degrees Fahrenheit are 1 Celsius."""
    zero, there = (convert(each, one, other, molar_mass=molar_mass) for each in (Fraction(0), value))
    return None if zero is None or there is None else there - zero


def exact(value: float) -> Fraction:
    """Return a recorded number as it was written: 0.1 is a tenth."""
    return Fraction(repr(value)) if isinstance(value, float) else Fraction(value)


def molar_mass_of(codes: Iterable[str | None]) -> Fraction | None:
    """Return the molar mass of what these LOINC codes measure, None where it is not known here."""
    held = set(codes)
    return next((Fraction(mass) for mass, known in _BY_MASS if held & known), None)


def _by_mass(unit: Unit, molar_mass: Fraction) -> Unit:
    """Return a unit of amount as one of mass; any other as it is."""
    if ("mol", 1) not in unit.over or any(name in ("mol", "g") for name, _ in unit.under):
        return unit
    over = sorted_powers({name: power for name, power in unit.over if name != "mol"} | {"g": 1})
    return Unit(unit.factor * molar_mass, over, unit.under, note=unit.note)


def meant_unit(measure: Measure) -> Unit:
    """Return the unit of a value: its coded one, else the one it is shown in."""
    return _meant(measure.series[2], measure.unit)


@lru_cache(maxsize=4096)
def _meant(coded: str, shown: str) -> Unit:
    one, other = unit_of(coded), unit_of(shown)
    if bool(one.own) != bool(other.own):
        return other if one.own else one
    if one.own and not {one.own, other.own} & NUMBERS.keys():  # words beside a number: "12 points", code {score}
        return one
    same = (one.kind, one.factor, one.offset) == (other.kind, other.factor, other.offset)
    return one if same else Unit(Fraction(1), own=f"{coded} or {shown}")


def kind_of(measure: Measure) -> str:
    """Return what a value measures, as a text that is equal for values of one code that may be compared."""
    unit, mass = meant_unit(measure), molar_mass_of(each.code for each in measure.codes)
    return (_by_mass(unit, mass) if mass else unit).kind


def value_in(measure: Measure, unit: Unit) -> Fraction | None:
    """Return a value in another unit, exactly; None where they may not be compared."""
    mass = molar_mass_of(each.code for each in measure.codes)
    return convert(exact(measure.value), meant_unit(measure), unit, molar_mass=mass)


def change_in(change: float, measure: Measure, unit: Unit) -> Fraction | None:
    """Return a difference of two values of a measure's unit in another unit."""
    mass = molar_mass_of(each.code for each in measure.codes)
    return convert_change(exact(change), meant_unit(measure), unit, molar_mass=mass)
