"""Days and times of day as people write them in a message: found in one clause of folded text, doubts told."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta

_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_DAYS = "mon tue wed thu fri sat sun".split()
_MONTH = "|".join(_MONTHS)
_DATE = re.compile(
    r"\b(?P<iso>\d{4}-\d{2}-\d{2})\b"
    r"|(?<![\d/.:-])(?P<month>\d{1,2})/(?P<day>\d{1,2})(?:/(?P<year>\d{4}|\d{2}))?(?![\d/])"
    rf"|\b(?P<month1>{_MONTH})[a-z]*\.?[ ]+(?P<day1>\d{{1,2}})(?:st|nd|rd|th)?\b(?:,?[ ]+(?P<year1>\d{{4}}))?"
    rf"|\b(?P<day2>\d{{1,2}})(?:st|nd|rd|th)?[ ]+(?P<month2>{_MONTH})[a-z]*\b\.?(?:,?[ ]+(?P<year2>\d{{4}}))?"
    r"|\b(?P<near>today|tomorrow)\b"
)
_WEEKDAY = re.compile(rf"\b(?P<next>next[ ]+)?(?P<name>{'|'.join(_DAYS)})(?:[a-z]{{0,4}}day|s|es|rs|urs)?s?\b\.?")
_HOUR = r"(?P<h{0}>[01]?\d|2[0-3])(?:[:.](?P<m{0}>[0-5]\d))?[ ]*(?P<p{0}>[ap](?:\.?m\b\.?)?(?![a-z]))?"
_CLOCK = rf"(?:{_HOUR}|(?P<w{{0}}>noon|midday))"
_TO = r"[ ]*(?:-+|\bto\b|\buntil\b|\btill\b|\bthrough\b|\bthru\b|\band\b)[ ]*"
_RANGE = re.compile(
    rf"(?P<between>\bbetween[ ]+)?(?<![\d/:$.#-]){_CLOCK.format(1)}(?P<to>{_TO}){_CLOCK.format(2)}(?![\d/:%])"
)
_POINT = re.compile(
    r"(?<![\d/:$.#-])(?:(?P<h>[01]?\d|2[0-3])(?:[:.](?P<m>[0-5]\d))?[ ]*(?P<p>[ap]\.?m\b\.?)"
    r"|(?P<h24>[01]?\d|2[0-3]):(?P<m24>[0-5]\d)(?!\d)|\b(?P<w>noon)\b"
    r"|(?<=\bat )(?P<bare>1[0-2]|[1-9])\b(?![/:.-]\d))"
)
# "pages 1-3", "within 2-3 business days": numbers of other things
_COUNTED = re.compile(
    r"\b(?:pages?|lines?|items?|units?|visits?|sections?|levels?|options?|parts?|ref(?:erence)?|ext|no|grades?"
    r"|weeks?)\.?[ ]*$"
)
_COUNTS = re.compile(
    r"[ ]*(?:\w+[ ])?(?:days?|weeks?|months?|hours?|hrs?|minutes?|mins?|visits?|units?|pages?|lines?"
    r"|mg|ml|calls?)\b"
)
NO_HALF = "Neither am nor pm was told; read as office hours."


@dataclass(frozen=True, slots=True)
class NamedDay:
    """A day that the words name, at [start, end) of the clause."""

    day: date
    start: int
    end: int
    doubt: str | None = None


@dataclass(frozen=True, slots=True)
class ToldTime:
    """A time of day, or two; `end` None where only a beginning is told."""

    begins: time
    ends: time | None
    start: int
    stop: int
    doubts: tuple[str, ...] = ()


def days_in(clause: str, today: date) -> Iterator[NamedDay]:
    """Yield the days named, a weekday beside its date being one day with it."""
    dates = [(found, day) for found in _DATE.finditer(clause) if (day := _date_of(found, today)) is not None]
    taken: list[NamedDay] = []
    for found in _WEEKDAY.finditer(clause):
        number = _DAYS.index(found["name"])
        beside = next((each for each in dates if _is_beside(clause, found, each[0])), None)
        if beside is None:
            ahead = (number - today.weekday() - 1) % 7 + 1
            doubt = None if ahead != 7 else "The weekday is today's own; read as the one a week from now."
            if found["next"] and ahead + today.weekday() < 7:
                ahead += 7  # "next Friday" said on a Monday
                doubt = "“Next” is read as the week after this one."
            taken.append(NamedDay(today + timedelta(days=ahead), found.start(), found.end(), doubt))
        else:
            dates.remove(beside)
            day = beside[1]
            doubt = None if day.weekday() == number else "The weekday and the date do not agree; the date was read."
            places = (min(found.start(), beside[0].start()), max(found.end(), beside[0].end()))
            taken.append(NamedDay(day, *places, doubt))
    taken += [NamedDay(day, found.start(), found.end()) for found, day in dates]
    yield from sorted(taken, key=lambda each: each.start)


def _is_beside(clause: str, weekday: re.Match[str], dated: re.Match[str]) -> bool:
    between = clause[weekday.end() : dated.start()] if weekday.end() <= dated.start() else None
    between = clause[dated.end() : weekday.start()] if between is None else between
    return re.fullmatch(r"[ ,.()]*(?:the[ ]+)?", between) is not None and bool(between or dated.start())


def _date_of(found: re.Match[str], today: date) -> date | None:
    if found["near"]:
        return today + timedelta(days=found["near"] == "tomorrow")
    if found["iso"]:
        return _day(*map(int, found["iso"].split("-")))
    month = found["month"] or found["month1"] or found["month2"]
    number = int(found["day"] or found["day1"] or found["day2"])
    year = found["year"] or found["year1"] or found["year2"]
    monthly = int(month) if month.isdigit() else _MONTHS.index(month[:3]) + 1
    if year:
        return _day(int(year) + (2000 if len(year) == 2 else 0), monthly, number)
    near = _day(today.year, monthly, number)
    # December's reply that says "1/4" means the year to come; last week's date means last week.
    return near if near is None or near >= today - timedelta(days=60) else _day(today.year + 1, monthly, number)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def times_in(clause: str) -> Iterator[ToldTime]:
    """Yield the times of day told, ranges before single ones; what is part of a date is none."""
    dated = [(each.start(), each.end()) for each in _DATE.finditer(clause)]
    taken: list[tuple[int, int]] = []
    for found in _RANGE.finditer(clause):
        if not _crosses(found, dated) and (told := _range_of(found)) is not None:
            taken.append((found.start(), found.end()))
            yield told
    for found in _POINT.finditer(clause):
        if not _crosses(found, dated) and not _crosses(found, taken):
            told = _point_of(found)
            if told is not None:
                yield told


def _point_of(found: re.Match[str]) -> ToldTime | None:
    if found["bare"]:
        begins, said = _office_hour(found["bare"], None), (NO_HALF,)
    else:
        begins = _wall(found["h"] or found["h24"], found["m"] or found["m24"], found["p"], found["w"])
        said = ()
    return ToldTime(begins, None, found.start(), found.end(), said) if begins else None


def _crosses(found: re.Match[str], spans: list[tuple[int, int]]) -> bool:
    return any(found.start() < end and start < found.end() for start, end in spans)


def _range_of(found: re.Match[str]) -> ToldTime | None:
    """Return a range of the day; None for two bare numbers that are no hours ("1 and 2 lines")."""
    marked = any(found[name] for name in ("p1", "p2", "m1", "m2", "w1", "w2"))
    if not marked and (_COUNTED.search(found.string[: found.start()]) or _COUNTS.match(found.string, found.end())):
        return None
    if found["to"].strip() == "and" and not found["between"]:
        return None
    if not marked and not found["between"] and found["to"].strip() not in ("-", "--", "to"):
        return None
    half1, half2 = found["p1"], found["p2"]
    if not (half1 or half2 or found["w1"] or found["w2"]):
        return _bare_range(found)
    ends = _wall(found["h2"], found["m2"], half2 or (half1 and _later_half(found)), found["w2"])
    begins = _wall(found["h1"], found["m1"], half1 or (half2 and _earlier_half(found)), found["w1"])
    if begins is None or ends is None:
        return None
    if found["w1"] and not half2 and ends <= begins:  # "noon to 2"
        ends = ends.replace(hour=(ends.hour + 12) % 24)
    if found["w2"] and not half1 and begins.hour < 7:
        return None
    return ToldTime(begins, ends, found.start(), found.end())


def _earlier_half(found: re.Match[str]) -> str:
    """Return the half of "11" in "11-1 pm" (a) and of "2" in "2-4 pm" (p)."""
    half = found["p2"][0]
    first, last = int(found["h1"]) % 12, int(found["h2"]) % 12
    return half if (first, int(found["m1"] or 0)) < (last, int(found["m2"] or 0)) else ("a" if half == "p" else "p")


def _later_half(found: re.Match[str]) -> str:
    """Return the half of "1" in "11 am-1" (p)."""
    half = found["p1"][0]
    first, last = int(found["h1"]) % 12, int(found["h2"] or 12) % 12
    return half if (first, int(found["m1"] or 0)) < (last, int(found["m2"] or 0)) else ("p" if half == "a" else "a")


def _bare_range(found: re.Match[str]) -> ToldTime | None:
    """Read hours without am or pm as an office's: 7 to 11 in the morning, 12 to 6 after noon; said as a doubt."""
    begins, ends = _office_hour(found["h1"], found["m1"]), _office_hour(found["h2"], found["m2"])
    if begins is None or ends is None or ends <= begins:
        return None
    plain = int(found["h1"]) >= 13 or int(found["h2"]) >= 13 or found["h1"].startswith("0")
    said = () if plain else (NO_HALF,)
    return ToldTime(begins, ends, found.start(), found.end(), said)


def _office_hour(hour: str, minute: str | None) -> time | None:
    number = int(hour)
    if 1 <= number <= 6 and not hour.startswith("0"):
        number += 12
    return time(number, int(minute or 0)) if number < 24 else None


def _wall(hour: str | None, minute: str | None, half: str | None, word: str | None) -> time | None:
    if word:
        return time(12)
    number = int(hour or 0)
    if half:
        if not 1 <= number <= 12:
            return None
        number = number % 12 + (12 if half.startswith("p") else 0)
    return time(number, int(minute or 0)) if number < 24 else None
