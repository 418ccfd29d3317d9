"""Until when a payer's words leave time: named days, counted days and hours; always the earlier of two readings."""

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from app.core.detect.words import fold_text
from app.core.rulebook.denials import DenialRules

_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_NAMED = rf"(?:{'|'.join(_MONTHS)})[a-z]*\.?"
_YEAR = r"(?:,?[ ]+(?P<year{0}>\d{{4}}))?"
_DATE = re.compile(
    r"(?P<iso>\d{4}-\d{2}-\d{2})"
    r"|\b(?P<month>\d{1,2})[/](?P<day>\d{1,2})(?:[/](?P<year>\d{4}|\d{2}))?\b"
    r"|(?<![\w\-])(?P<month3>\d{1,2})[\-.](?P<day3>\d{1,2})[\-.](?P<year3>\d{4})(?![\w\-])"
    rf"|\b(?P<month1>{_NAMED})[ ]+(?P<day1>\d{{1,2}})(?:st|nd|rd|th)?\b{_YEAR.format(1)}"
    rf"|\b(?P<day2>\d{{1,2}})(?:st|nd|rd|th)?[ ]+(?:day of )?(?P<month2>{_NAMED}){_YEAR.format(2)}"
    rf"|\b(?P<day4>\d{{1,2}})-(?P<month4>{'|'.join(_MONTHS)})[a-z]*-(?P<year4>\d{{4}})\b"
)
_UNTIL = re.compile(
    r"\b(?:by|before|until|till|through|thru|up to|no later than|not later than|deadline|expires?|exp|ends?"
    r"|closes?|due|"
    r"on or before|no\b[^.;\n]{0,40}\bafter|last day\b[^.;\n]{0,40}\b(?:is|:)"
    r"|last day)\b(?P<between>(?:[^.;\n]|\.{2,}|(?<=[ap])\.|(?<=[ap]\.m)\.){0,40})$"
)
_TIME = re.compile(
    r"\b(?P<hour>\d{1,2})(?::(?P<minute>\d{2}))?[ ]*(?P<half>a\.?m\b|p\.?m\b)"
    r"|\b(?P<hour24>[01]?\d|2[0-3]):(?P<minute24>[0-5]\d)\b|\b(?P<noon>noon)\b"
    r"|\b(?P<hours>[01]\d|2[0-3])(?P<minutes>[0-5]\d)(?= ?(?:hrs|hours|h\b|[ecmp][sd]?t\b))"
    r"|\b(?P<close>close of business|cob|end of (?:the )?business(?: day)?)\b"
)
_ZONE = re.compile(r"\b(?:(?P<short>[ecmp])[sd]?t|(?P<long>eastern|central|mountain|pacific))\b")
_ZONES = {"e": "America/New_York", "c": "America/Chicago", "m": "America/Denver", "p": "America/Los_Angeles"}
_WORDS = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen".split()
_TEENS = "sixteen seventeen eighteen nineteen".split()
_TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}
_NUMBERS = {word: number for number, word in enumerate((*_WORDS, *_TEENS), 1)} | _TENS | {"a hundred": 100}
_SMALL = "|".join(sorted({*_WORDS, *_TEENS}, key=len, reverse=True))
_UP_TO_99 = rf"(?:{'|'.join(_TENS)})(?:[\s\-]+(?:{'|'.join(_WORDS[:9])}))?|{_SMALL}"
_AMOUNT = rf"\d{{1,3}}|(?:one|two|three|a)[\s\-]+hundred(?:[\s\-]+(?:and[\s\-]+)?(?:{_UP_TO_99}))?|{_UP_TO_99}"
_WITHIN = re.compile(
    rf"\b(?P<amount>{_AMOUNT})(?:[ ]*\((?P<digits>\d{{1,3}})\)|\))?[\s\-]*(?P<kind>calendar|business|working"
    rf"|consecutive)?"
    r"[\s\-]*(?P<unit>days?|hours?|hrs?|weeks?|months?)\b(?P<after>[^.;\n]{0,60})"
)
_OTHER_ANCHOR = re.compile(
    r"\b(?:of|from|after|following|before|prior to)\b[^,]{0,40}"
    r"\b(?:discharge|service|admission|surgery|procedure|call|appeal)\b"
)
# the anchors from which an appeal's days do not count as told: the answer itself is another
_OTHER_START = re.compile(
    r"\b(?:of|from|after|following|before|prior to)\b[^,]{0,40}\b(?:discharge|service|admission)\b"
)
_AHEAD = re.compile(r"[\s,]*(?:ahead|in advance|before|prior|earlier|ago|old)\b")  # it was offered a day ahead
_APPEAL = re.compile(r"\bappeal|\bgrievance|\breconsideration|\bredetermination|external review|\bdispute")
# a call by another name: "physician-to-physician reconsideration"
_CALL_NAMED = re.compile(
    r"(?P<call>\b(?:peer|physician|doctor|provider|clinician)[\s\-]+to[\s\-]+\w+[\s\-]+)(?:reconsideration|review|appeal)\b"
)
_CALL = re.compile(
    r"\bp2p\b|peer[\s\-]+to[\s\-]+peer|\bdiscuss|\bspeak|\btalk|\bconversation|to[\s\-]+(?:physician|doctor)"
)


def speaks_of_appeal(text: str) -> bool:
    """Whether words are about another remedy, whose days are not the call's."""
    return _APPEAL.search(_with_calls(text)) is not None


def _with_calls(text: str) -> str:
    """Return folded text in which a call bears no other remedy's name, character for character."""
    return _CALL_NAMED.sub(lambda found: found["call"] + " " * (len(found[0]) - len(found["call"])), fold_text(text))


def names_a_limit(text: str) -> bool:
    """Whether words name a day up to which something is open."""
    folded = fold_text(text)
    return any(_UNTIL.search(folded[: found.start()]) for found in _DATE.finditer(folded))


def names_time(text: str) -> bool:
    """Whether words hold any day or count of days."""
    folded = fold_text(text)
    return bool(_DATE.search(folded) or _WITHIN.search(folded))


def deadline_in(text: str, *, day: date | None, at: datetime | None, rules: DenialRules) -> datetime | None:
    """
    Return until when the words leave time (UTC), None where they do not say or count from a day nobody knows.

    day, at: the day and instant of the answer itself, from which "within 14 days" counts
    errs: early. Days without a kind are calendar days; business days skip week-ends only, since a holiday would only
    add time; a day is over at rules.day_ends; a time without a zone is read in rules.zone
    """
    folded = _with_calls(text)
    appeal = _APPEAL.search(folded)
    call = _CALL.search(folded)
    if appeal and call and appeal.start() < call.start():  # "60 days for reconsideration, or a P2P within 7 days"
        folded = folded[call.start() :]
        appeal = _APPEAL.search(folded)
    folded = folded[: appeal.start()] if appeal and appeal.start() > 0 else folded
    found = (_named_day(folded, day, rules), _counted(folded, day, at, rules, _OTHER_ANCHOR))
    return min((moment for moment in found if moment is not None), default=None)


def appeal_ends_in(text: str, *, day: date | None, at: datetime | None, rules: DenialRules) -> datetime | None:
    """Return until when words about an appeal leave time; as deadline_in, which never reads on into an appeal."""
    folded = fold_text(text)
    found = (_named_day(folded, day, rules), _counted(folded, day, at, rules, _OTHER_START))
    return min((moment for moment in found if moment is not None), default=None)


def first_day_in(text: str) -> tuple[date, int, int] | None:
    """Return the first day with a year that the text names, and where: (day, start, end); None without one."""
    for found in _DATE.finditer(fold_text(text)):
        if (named := _date(found, None)) is not None:
            return named, found.start(), found.end()
    return None


def _named_day(folded: str, day: date | None, rules: DenialRules) -> datetime | None:
    for found in _DATE.finditer(folded):
        until = _UNTIL.search(folded[: found.start()])
        named = _date(found, day)
        if until is None or named is None:
            continue
        near = until["between"] + " " + folded[found.end() : found.end() + 40]
        return _moment(named, near, before=until[0].startswith("before"), rules=rules)
    return None


def _date(found: re.Match[str], day: date | None) -> date | None:
    parts = found.groupdict()
    if parts["iso"]:
        return _day(*map(int, parts["iso"].split("-")))
    month, number, written = (
        next((told for each in ("", "1", "2", "3", "4") if (told := parts[name + each])), "")
        for name in ("month", "day", "year")
    )
    number = int(number)
    monthly = int(month) if month.isdigit() else _MONTHS.index(month[:3]) + 1
    if monthly > 12:
        monthly, number = number, monthly  # a day before the month is no American habit, but what else can 27/11 be
    if written:
        return _day(int(written) + (2000 if len(written) == 2 else 0), monthly, number)
    if day is None:
        return None
    near = _day(day.year, monthly, number)
    return near if near is None or near >= day else _day(day.year + 1, monthly, number)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _moment(day: date, near: str, *, before: bool, rules: DenialRules) -> datetime | None:
    """Return when `day` is over: at the time told near it, else when business ends; "before" a day means its start."""
    zone = _ZONE.search(near)
    place = ZoneInfo(_ZONES[(zone["short"] or zone["long"])[0]] if zone else rules.zone)
    told = _TIME.search(near)
    clock = _clock(told, rules) if told else (time() if before else rules.day_ends)
    try:
        return datetime.combine(day, clock, place).astimezone(UTC)
    except OverflowError:  # the year 9999 has no end in the west
        return None


def _clock(told: re.Match[str], rules: DenialRules) -> time:
    if told["close"]:
        return rules.day_ends
    if told["noon"]:
        return time(12)
    hour = int(told["hour"] or told["hour24"] or told["hours"])
    minute = int(told["minute"] or told["minute24"] or told["minutes"] or 0)
    if told["half"]:
        hour = hour % 12 + (12 if told["half"].startswith("p") else 0)
    return time(hour, minute) if hour < 24 and minute < 60 else rules.day_ends


def _counted(
    folded: str, day: date | None, at: datetime | None, rules: DenialRules, elsewhere: re.Pattern[str]
) -> datetime | None:
    for found in _WITHIN.finditer(folded):
        if elsewhere.search(found["after"]) or _AHEAD.match(found["after"]):
            continue
        amount = int(found["digits"] or number_in(found["amount"]))
        try:
            if found["unit"].startswith("h"):
                return at + timedelta(hours=amount) if at else None
            return _moment(_ends(day, amount, found), found["after"], before=False, rules=rules) if day else None
        except OverflowError:
            return None
    return None


def _months_after(day: date, months: int) -> date:
    """Return the same day some months on, the last of the month where it has fewer days."""
    year, month = divmod(day.month - 1 + months, 12)
    return next(each for each in map(partial(_day, day.year + year, month + 1), range(day.day, 0, -1)) if each)


def number_in(words: str) -> int:
    """Return a number below a thousand in figures or words: "180", "one hundred and eighty"."""
    if words.isdigit():
        return int(words)
    parts = [each for each in re.split(r"[\s\-]+", words) if each != "and"]
    if "hundred" in parts:
        return 100 * _NUMBERS.get(parts[0], 1) + sum(_NUMBERS[each] for each in parts[2:])
    return sum(_NUMBERS[each] for each in parts)


def _ends(day: date, amount: int, found: re.Match[str]) -> date:
    if found["unit"].startswith("w"):
        return day + timedelta(weeks=amount)
    if found["unit"].startswith("m"):
        return _months_after(day, amount)
    if found["kind"] not in ("business", "working"):
        return day + timedelta(days=amount)
    while amount > 0:
        day += timedelta(days=1)
        amount -= day.weekday() < 5
    return day
