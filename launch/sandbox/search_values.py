"""Whether a resource meets a search criterion: how tokens, references, dates and strings match (R4 §3.1.1.5)."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from launch.sandbox.outcome import invalid
from launch.sandbox.search_parameters import Parameter
from launch.sandbox.store import walk

Matcher = Callable[[dict], bool]
Range = tuple[datetime, datetime]  # half-open [from, to), UTC

PREFIXES = ("eq", "ne", "gt", "lt", "ge", "le", "sa", "eb")
MODIFIERS = {
    "token": {"", "not"},
    "reference": {"", "identifier"},
    "chain": {""},
    "date": {""},
    "string": {"", "exact", "contains"},
    "uri": {""},
}
EVER = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:\d\d)?)?)?)?\Z")
STEPS = {"day": timedelta(days=1), "minute": timedelta(minutes=1), "second": timedelta(seconds=1)}


def leaves(resource: dict, parameter: Parameter) -> Iterator:
    """Yield the elements a parameter looks at; of references only those to one of its targets."""
    for path in parameter.paths:
        for leaf in walk(resource, path):
            if not parameter.targets or target_type(leaf) in parameter.targets:
                yield leaf


def target_type(leaf: object) -> str:
    """Return the resource type a Reference names, or "" (an identifier only, a contained resource)."""
    parts = str(leaf.get("reference", "")).partition("/_history/")[0].split("/") if isinstance(leaf, dict) else []
    return parts[-2] if len(parts) > 1 else ""


def matcher(parameter: Parameter, modifier: str, text: str, *, base: str) -> Matcher:
    """
    Return the test of one criterion; a comma in text is an OR, `\\,` a comma.

    base: our FHIR base, so that absolute references to us equal relative ones
    raises: FhirError 400 for a modifier or a value the parameter cannot have
    """
    if modifier == "missing":
        if text not in ("true", "false"):
            raise invalid(f"{parameter.name}:missing is true or false")
        return lambda resource: (next(leaves(resource, parameter), None) is None) == (text == "true")
    typed = parameter.kind == "reference" and modifier[:1].isupper()
    if modifier not in MODIFIERS[parameter.kind] and not typed:
        raise invalid(f"{parameter.name}:{modifier} is not a modifier this server has", code="not-supported")
    tests = [_one(parameter, modifier, value, base) for value in split_values(text)]
    if modifier == "not":
        return lambda resource: not any(test(leaf) for leaf in leaves(resource, parameter) for test in tests)
    return lambda resource: any(test(leaf) for leaf in leaves(resource, parameter) for test in tests)


def split_values(text: str) -> list[str]:
    """Split at commas that are not escaped; the escapes stay in, for `unescaped` to take out."""
    parts = re.split(r"(?<!\\),", text)
    if not any(part.strip() for part in parts):
        raise invalid("a search parameter without a value")
    return [part for part in parts if part.strip()]


def unescaped(text: str) -> str:
    """Take out the backslashes before comma, dollar, bar and backslash (R4 §3.1.1.4.0.1)."""
    return re.sub(r"\\([,$|\\])", r"\1", text)


def _one(parameter: Parameter, modifier: str, value: str, base: str) -> Callable[[object], bool]:
    if parameter.kind == "token":
        return token_test(value)
    value = unescaped(value) if modifier != "identifier" else value
    if parameter.kind == "date":
        return date_test(value)
    if parameter.kind == "string":
        return string_test(value, modifier)
    if parameter.kind == "uri":
        return lambda leaf: leaf == value
    if modifier == "identifier":
        return lambda leaf: isinstance(leaf, dict) and token_test(value)(leaf.get("identifier", {}))
    return reference_test(value, target=modifier, base=base)


# -- tokens --------------------------------------------------------------------------------------------------
def token_test(value: str) -> Callable[[object], bool]:
    """`code`, `system|code`, `|code` (no system), `system|` (any code of it)."""
    *systems, code = (unescaped(part) for part in re.split(r"(?<!\\)\|", value, maxsplit=1))
    system = systems[0] if systems else ""

    def test(leaf: object) -> bool:
        for its_system, its_code in tokens(leaf):
            fits_code = not code or its_code == code
            # A plain code (status, gender) has its system implied: any system named fits.
            fits_system = not systems or its_system == "*" or its_system == system
            if fits_code and fits_system and (code or system):
                return True
        return False

    return test


def tokens(leaf: object) -> Iterator[tuple[str, str]]:
    """Yield (system, code) of a code, boolean, Coding, CodeableConcept, Identifier or ContactPoint."""
    if isinstance(leaf, bool):
        yield "*", str(leaf).lower()
    elif isinstance(leaf, str):
        yield "*", leaf
    elif isinstance(leaf, dict) and isinstance(leaf.get("coding"), list):
        for coding in leaf["coding"]:
            yield from tokens(coding)
    elif isinstance(leaf, dict):
        yield str(leaf.get("system", "")), str(leaf.get("code", leaf.get("value", "")))


# -- references ----------------------------------------------------------------------------------------------
def relative(reference: str, base: str) -> str:
    """Return `Type/id` for a reference to us (absolute or not, version dropped), else the reference as it is."""
    inside = reference[len(base) + 1 :] if reference.startswith(base + "/") else reference
    return inside.partition("/_history/")[0]


def reference_test(value: str, *, target: str, base: str) -> Callable[[object], bool]:
    """`id`, `Type/id` or a URL; target: the type that a modifier (`subject:Patient`) asks for, or ""."""
    wanted = relative(value, base)

    def test(leaf: object) -> bool:
        found = relative(str(leaf.get("reference", "")), base) if isinstance(leaf, dict) else ""
        if not found or (target and target_type(leaf) != target):
            return False
        return found == wanted or ("/" not in wanted and found.rpartition("/")[2] == wanted)

    return test


# -- dates ---------------------------------------------------------------------------------------------------
def date_range(text: str) -> Range:
    """
    Return the half-open UTC range that a FHIR date, dateTime or instant covers at its precision.

    errs: a time without a zone is read as UTC, as is a date. raises: ValueError
    """
    found = DATE.match(text)
    if not found:
        raise ValueError("not a FHIR date")
    _, month, day, _, minute, second, fraction, zone = found.groups()
    numbers = (int(part or least) for part, least in zip(found.groups()[:6], (1, 1, 1, 0, 0, 0), strict=True))
    start = datetime(*numbers, tzinfo=UTC).replace(microsecond=int((fraction or "0")[:6].ljust(6, "0")))
    if zone and zone != "Z":
        hours, minutes = int(zone[1:3]), int(zone[4:6])
        start -= timedelta(hours=hours, minutes=minutes) * (1 if zone[0] == "+" else -1)
    if not month:
        return start, start.replace(year=start.year + 1)
    if not day:
        return start, (start + timedelta(days=32)).replace(day=1)
    if fraction:
        return start, start + timedelta(milliseconds=1)
    return start, start + STEPS["second" if second else "minute" if minute else "day"]


def leaf_range(leaf: object) -> Range | None:
    """Return the range of a stored date or Period (an open end reaches to ever); None when it cannot be read."""
    try:
        if isinstance(leaf, dict):
            start = date_range(leaf["start"])[0] if leaf.get("start") else EVER[0]
            return start, date_range(leaf["end"])[1] if leaf.get("end") else EVER[1]
        return date_range(str(leaf))
    except (ValueError, TypeError):
        return None  # one unreadable date hides only itself


def date_test(value: str) -> Callable[[object], bool]:
    """Prefixes eq ne gt lt ge le sa eb; what each means for ranges is R4 §3.1.1.5.7."""
    prefix, text = (value[:2], value[2:]) if value[:2] in PREFIXES else ("eq", value)
    try:
        low, high = date_range(text.replace(" ", "+"))  # a + that was not percent-encoded
    except ValueError as error:
        raise invalid(f"{text} is not a date") from error
    compare: dict[str, Callable[[Range], bool]] = {
        "eq": lambda r: low <= r[0] and r[1] <= high,
        "ne": lambda r: not (low <= r[0] and r[1] <= high),
        "gt": lambda r: r[1] > high,
        "lt": lambda r: r[0] < low,
        "ge": lambda r: r[1] > high or (low <= r[0] and r[1] <= high),
        "le": lambda r: r[0] < low or (low <= r[0] and r[1] <= high),
        "sa": lambda r: r[0] >= high,
        "eb": lambda r: r[1] <= low,
    }
    test = compare[prefix]
    return lambda leaf: (found := leaf_range(leaf)) is not None and test(found)


# -- strings -------------------------------------------------------------------------------------------------
def plain(text: str) -> str:
    """Fold case and accents, as string search asks."""
    bare = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in bare if not unicodedata.combining(letter)).casefold()


def texts(leaf: object) -> Iterator[str]:
    """Yield every string inside a string, HumanName or Address."""
    if isinstance(leaf, str):
        yield leaf
    elif isinstance(leaf, list):
        for item in leaf:
            yield from texts(item)
    elif isinstance(leaf, dict):
        for name, item in leaf.items():
            if name not in ("use", "period", "type"):
                yield from texts(item)


def string_test(value: str, modifier: str) -> Callable[[object], bool]:
    """Match the beginning, without regard to case and accents; :contains anywhere, :exact to the letter."""
    if modifier == "exact":
        return lambda leaf: value in texts(leaf)
    wanted = plain(value)
    if modifier == "contains":
        return lambda leaf: any(wanted in plain(text) for text in texts(leaf))
    return lambda leaf: any(plain(text).startswith(wanted) for text in texts(leaf))
