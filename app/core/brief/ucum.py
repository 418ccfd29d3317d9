"""
What a text that names a unit means: UCUM as far as charts use it, and what people and older servers write for it.

A unit is a factor and what it measures, numerator and denominator apart: mmol/mol and mg/g are both "per something",
and a value in one is no value in the other. So it is stricter than UCUM, where what cancels is a number: a percentage
equals only a percentage, while {score}, 1 and no unit are one; mole, equivalent and osmole are three things, as a
charge tells no amount; arbitrary units ([iU]) equal only themselves. Annotations mean nothing, but for those that
change the quantity (_TELLING). What cannot be read equals only itself.
source: UCUM 2.2, tables 1 to 14; NIST SP 811 for the pound and the inch
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

Powers = tuple[tuple[str, int], ...]

_PREFIXES = {
    **{"f": -15, "p": -12, "n": -9, "u": -6, "m": -3, "c": -2, "d": -1, "da": 1, "h": 2, "k": 3, "M": 6, "G": 9},
}
_DAY = 86_400
# Atom -> (factor, numerator, denominator); those that take prefixes, then those that do not.
_METRIC: Mapping[str, tuple[Fraction | int, str, str]] = {
    **{"m": (1, "m", ""), "s": (1, "s", ""), "g": (1, "g", ""), "mol": (1, "mol", ""), "eq": (1, "eq", "")},
    **{"osm": (1, "osm", ""), "L": (Fraction(1, 1000), "mmm", ""), "l": (Fraction(1, 1000), "mmm", "")},
    **{"Pa": (1000, "g", "mss"), "m[Hg]": (133_322_000, "g", "mss"), "m[H2O]": (9_806_650, "g", "mss")},
    **{"bar": (100_000_000, "g", "mss"), "N": (1000, "gm", "ss"), "J": (1000, "gmm", "ss"), "W": (1000, "gmm", "sss")},
    **{"cal": (4184, "gmm", "ss"), "Hz": (1, "", "s"), "Bq": (1, "becquerel", ""), "Gy": (1, "gray", "")},
    **{"Sv": (1, "sievert", ""), "kat": (1, "mol", "s"), "U": (Fraction(1, 60_000_000), "mol", "s")},
    **{each: (1, each, "") for each in ("[iU]", "[IU]", "V", "A", "cd", "lm", "lx", "K")},
}
_PLAIN: Mapping[str, tuple[Fraction | int, str, str]] = {
    **{"min": (60, "s", ""), "h": (3600, "s", ""), "d": (_DAY, "s", ""), "wk": (7 * _DAY, "s", "")},
    **{"mo": (Fraction(_DAY * 36525, 1200), "s", ""), "a": (Fraction(_DAY * 36525, 100), "s", "")},
    **{"[lb_av]": (Fraction("453.59237"), "g", ""), "[oz_av]": (Fraction("28.349523125"), "g", "")},
    **{"[in_i]": (Fraction("0.0254"), "m", ""), "[ft_i]": (Fraction("0.3048"), "m", "")},
    **{"[mi_i]": (Fraction("1609.344"), "m", ""), "[yd_i]": (Fraction("0.9144"), "m", ""), "t": (1_000_000, "g", "")},
    **{"[gr]": (Fraction("0.06479891"), "g", ""), "[Cal]": (4_184_000, "gmm", "ss"), "deg": (1, "deg", "")},
    **{"g%": (10_000, "g", "mmm")},
    **{each: (1, each, "") for each in ("[arb'U]", "[USP'U]", "[CFU]", "[pfU]", "[drp]", "[PFU]", "[FEU]", "[pH]")},
}  # fmt: skip
NUMBERS = {
    "%": Fraction(1, 100),
    "[ppth]": Fraction(1, 1000),
    "[ppm]": Fraction(1, 10**6),
    "[ppb]": Fraction(1, 10**9),
}
# Special scales: kelvin = value * factor + offset
_SCALES = {"K": (Fraction(1), Fraction(0)), "Cel": (Fraction(1), Fraction("273.15")),
           "[degF]": (Fraction(5, 9), Fraction("459.67") * Fraction(5, 9))}  # fmt: skip
# What people and older servers write, folded to lower case without blanks -> UCUM.
_WRITTEN = {
    **dict.fromkeys(("lb", "lbs", "lb_av", "pound", "pounds", "#"), "[lb_av]"),
    **dict.fromkeys(("oz", "ounce", "ounces"), "[oz_av]"),
    **dict.fromkeys(("in", "inch", "inches", "in_us", "[in_us]"), "[in_i]"),
    **dict.fromkeys(("ft", "foot", "feet"), "[ft_i]"),
    **dict.fromkeys(("mile", "miles", "mi"), "[mi_i]"),
    **dict.fromkeys(("kgs", "kilogram", "kilograms", "kilos"), "kg"),
    **dict.fromkeys(("cms", "centimeter", "centimeters"), "cm"),
    **dict.fromkeys(("meter", "meters", "metre", "metres"), "m"),
    **dict.fromkeys(("f", "°f", "degf", "degreesf", "degreesfahrenheit", "fahrenheit"), "[degF]"),
    **dict.fromkeys(("°c", "degc", "degreesc", "degreescelsius", "celsius", "cel"), "Cel"),
    **dict.fromkeys(("mmhg", "mm[hg]", "mmofhg", "torr"), "mm[Hg]"),
    **dict.fromkeys(("cmh2o", "cm[h2o]"), "cm[H2O]"),
    **dict.fromkeys(("sec", "secs", "second", "seconds"), "s"),
    **dict.fromkeys(("mins", "minute", "minutes"), "min"),
    **dict.fromkeys(("hr", "hrs", "hour", "hours"), "h"),
    **dict.fromkeys(("day", "days"), "d"),
    **dict.fromkeys(("week", "weeks", "wks"), "wk"),
    **dict.fromkeys(("month", "months"), "mo"),
    **dict.fromkeys(("yr", "yrs", "year", "years", "y"), "a"),
    **dict.fromkeys(("bpm", "beats/min", "beats/minute", "breaths/min", "/minute"), "/min"),
    **dict.fromkeys(("k/ul", "k/mcl", "10^3/ul", "10*3/ul", "10e3/ul", "x10e3/ul", "x10^3/ul"), "10*3/uL"),
    **dict.fromkeys(("thousand/ul", "thou/ul", "thou/mm3", "10^9/l", "x10^9/l", "10e9/l", "x10e9/l"), "10*3/uL"),
    **dict.fromkeys(("m/ul", "10^6/ul", "10*6/ul", "x10e6/ul", "x10^6/ul", "million/ul", "10^12/l"), "10*6/uL"),
    **dict.fromkeys(("cells/ul", "cells/mm3", "cells/mcl", "/mcl", "/mm3"), "/uL"),
    **dict.fromkeys(("gm/dl", "gms/dl"), "g/dL"),
    **dict.fromkeys(("mcg/dl", "ug/dl"), "ug/dL"),
    **dict.fromkeys(("mcg/ml", "ug/ml"), "ug/mL"),
    **dict.fromkeys(("mcg/g", "ug/g", "ug/gm", "mcg/gm"), "ug/g"),
    **dict.fromkeys(("mcg/l", "ug/l"), "ug/L"),
    **dict.fromkeys(("iu/l", "iu/liter"), "[iU]/L"),
    **dict.fromkeys(("iu/ml",), "[iU]/mL"),
    **dict.fromkeys(("miu/ml", "m[iu]/ml"), "m[iU]/mL"),
    **dict.fromkeys(("miu/l", "m[iu]/l"), "m[iU]/L"),
    **dict.fromkeys(("uiu/ml", "u[iu]/ml", "mciu/ml"), "u[iU]/mL"),
    **dict.fromkeys(("ml/min/1.73m2", "ml/min/1.73m^2", "ml/min/bsa", "ml/min/{1.73_m2}"), "mL/min/{1.73_m2}"),
    **dict.fromkeys(("kg/m2", "kg/m^2", "kg/sqm"), "kg/m2"),
    **dict.fromkeys(("cc",), "mL"),
    **dict.fromkeys(("", "score", "scores", "points", "point", "pts"), "1"),
}  # fmt: skip
_TELLING = ("{1.73_m2}", "{feu}", "{ddu}")  # per body surface; D-dimer's two units differ twofold
_SIGNS = str.maketrans({"µ": "u", "μ": "u", "²": "2", "³": "3", "·": ".", "×": "x", "−": "-"})
_TOKEN = re.compile(
    r"(?P<note>\{[^{}]*\})|(?P<power>10[*^][+-]?\d+)|(?P<open>\()|(?P<close>\))|(?P<by>[./])|(?P<number>\d+(?![*^]))|"
    r"(?P<atom>(?:[a-zA-Z%']*\[[^\[\]{}]*\]|[a-zA-Z%']+))(?P<exponent>[+-]?\d+)?"
)
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Unit:
    """
    What a value times `factor` plus `offset` is, in base units of `over` divided by `under`.

    note: its annotations; own: the text of a unit that equals only itself, "" for the others
    """

    factor: Fraction
    over: Powers = ()
    under: Powers = ()
    offset: Fraction = Fraction(0)
    note: str = ""
    own: str = ""

    @property
    def kind(self) -> str:
        """What it measures, as a text that is equal for units that may be compared."""
        parts = (".".join(f"{name}{power}" for name, power in part) for part in (self.over, self.under))
        return self.own or "/".join(parts) + "".join(each for each in _TELLING if each in self.note)


@lru_cache(maxsize=4096)
def unit_of(text: str) -> Unit:
    """Return the unit that a text means, in UCUM or as people write it; one that equals only itself where unknown."""
    plain = "".join(text.translate(_SIGNS).split())
    if len(plain) > _LONGEST:
        return Unit(Fraction(1), own=text)
    written = _WRITTEN.get(plain.casefold())
    if written in _SCALES or plain in _SCALES:
        factor, offset = _SCALES[written or plain]
        return Unit(factor, (("K", 1),), offset=offset)
    found = next((each for one in _readings(plain, written) if (each := _read(one))), None)
    if found is None:
        return Unit(Fraction(1), own=plain)
    if not found.over and not found.under:  # a pure number is comparable with nothing but its like
        return Unit(Fraction(1), own="1" if found.factor == 1 else plain)
    return found


def _readings(plain: str, written: str | None) -> tuple[str, ...]:
    """Return how to read a text, the likeliest first: "MG" is a milligram that was shouted, and a megagram nowhere."""
    if written is not None:
        return (written,)
    shouted = plain.isupper() and sum(map(str.isalpha, plain)) > 1
    return (plain.lower(), plain) if shouted else (plain,)


def _read(text: str) -> Unit | None:
    try:
        return _Reader(text).read()
    except ValueError:
        return None


def sorted_powers(powers: Mapping[str, int]) -> Powers:
    """Return powers in one order, so that equal units are equal."""
    return tuple(sorted((name, power) for name, power in powers.items() if power))


class _Reader:
    """Reads one UCUM term: components joined by "." and "/", which bind from left to right."""

    def __init__(self, text: str) -> None:
        self.text, self.place, self.note = text, 0, ""
        self.factor = Fraction(1)
        self.over: dict[str, int] = {}
        self.under: dict[str, int] = {}

    def read(self) -> Unit:
        """Return the unit; raises ValueError where the text is none."""
        self._term(inverse=False, depth=0)
        if self.place != len(self.text):
            raise ValueError
        return Unit(self.factor, sorted_powers(self.over), sorted_powers(self.under), note=self.note)

    def _next(self) -> re.Match[str] | None:
        return _TOKEN.match(self.text, self.place)

    def _term(self, *, inverse: bool, depth: int) -> None:
        divides = False
        if (found := self._next()) and found["by"]:
            if found["by"] != "/":
                raise ValueError
            self.place, divides = found.end(), True
        while True:
            self._component(inverse=inverse != divides, depth=depth)
            found = self._next()
            if found is None or not found["by"]:
                return
            self.place, divides = found.end(), found["by"] == "/"

    def _component(self, *, inverse: bool, depth: int) -> None:
        found = self._next()
        if found is None or found["by"] or found["close"] or depth > 5:
            raise ValueError
        self.place = found.end()
        if found["open"]:
            self._term(inverse=inverse, depth=depth + 1)
            found = self._next()
            if found is None or not found["close"]:
                raise ValueError
            self.place = found.end()
        elif found["note"]:
            self._noted(found["note"])
            return
        elif found["power"] or found["number"]:
            number = _power_of_ten(found["power"]) if found["power"] else Fraction(int(found["number"]))
            self._times(number, {}, {}, -1 if inverse else 1)
        else:
            factor, over, under = _atom(found["atom"])
            self._times(factor, over, under, int(found["exponent"] or 1) * (-1 if inverse else 1))
        if (after := self._next()) and after["note"]:
            self.place = after.end()
            self._noted(after["note"])

    def _noted(self, note: str) -> None:
        self.note += note.casefold()

    def _times(self, factor: Fraction, over: Mapping[str, int], under: Mapping[str, int], power: int) -> None:
        if abs(power) > 9 or factor == 0:
            raise ValueError
        self.factor *= factor**power
        into, against = (self.over, self.under) if power > 0 else (self.under, self.over)
        for powers, held in ((over, into), (under, against)):
            for name, each in powers.items():
                held[name] = held.get(name, 0) + each * abs(power)


def _power_of_ten(text: str) -> Fraction:
    exponent = int(text[3:])
    if abs(exponent) > 30:
        raise ValueError
    return Fraction(10) ** exponent


@lru_cache(maxsize=512)
def _atom(text: str) -> tuple[Fraction, dict[str, int], dict[str, int]]:
    """Return (factor, numerator, denominator) of one atom with its prefix; raises ValueError."""
    if text in NUMBERS:
        return NUMBERS[text], {}, {}
    if (found := _METRIC.get(text) or _PLAIN.get(text)) is not None:
        return Fraction(found[0]), _counted(found[1]), _counted(found[2])
    for prefix, power in _PREFIXES.items():
        rest = text.removeprefix(prefix)
        if rest != text and (found := _METRIC.get(rest)) is not None and not (power > 3 and rest in ("g", "l", "L")):
            return Fraction(found[0]) * Fraction(10) ** power, _counted(found[1]), _counted(found[2])
    raise ValueError


def _counted(names: str) -> dict[str, int]:
    """Return {"g": 1, "m": 2} of "gmm"; a longer name of something is one thing."""
    if names in ("mol", "eq", "osm", "deg", "becquerel", "gray", "sievert", "lm", "lx", "cd") or names.startswith("["):
        return {names: 1}
    return {each: names.count(each) for each in names}
