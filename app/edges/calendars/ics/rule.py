"""
RRULE as text → a rule that RFC 5545 allows, or the reason why it is none.

What the standard forbids is refused and not guessed at: whoever reads the calendar is told, and the hours of the
calendar count as unverified. source: RFC 5545, section 3.3.10; RFC 7529 for RSCALE and SKIP
"""

import re
from dataclasses import dataclass, field

from app.core.interval import WEEKDAYS

FINE = {"HOURLY": 3600, "MINUTELY": 60, "SECONDLY": 1}
_FREQUENCIES = ("YEARLY", "MONTHLY", "WEEKLY", "DAILY", *FINE)
_RANGES = {  # least and most; negative ones count from the end
    "BYMONTH": (1, 12),
    "BYWEEKNO": (-53, 53),
    "BYYEARDAY": (-366, 366),
    "BYMONTHDAY": (-31, 31),
    "BYHOUR": (0, 23),
    "BYMINUTE": (0, 59),
    "BYSECOND": (0, 60),
    "BYSETPOS": (-366, 366),
}
_NOT_WITH = {
    "BYWEEKNO": frozenset(_FREQUENCIES) - {"YEARLY"},
    "BYYEARDAY": frozenset({"DAILY", "WEEKLY", "MONTHLY"}),
    "BYMONTHDAY": frozenset({"WEEKLY"}),
}
_OTHER = frozenset({"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY", "RSCALE", "SKIP"})
_DAY_NAME = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)")


class BadRule(ValueError):
    """A rule that RFC 5545 does not allow, or that nothing can be made of; the message says which part."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One RRULE as read. `until` is the text of UNTIL; what it means depends on DTSTART's zone."""

    freq: str
    interval: int = 1
    count: int | None = None
    until: str | None = None
    week_starts: int = 0
    by: dict[str, tuple[int, ...]] = field(default_factory=dict)
    by_day: tuple[tuple[int, int], ...] = ()  # (0 for each, else the how-manieth; weekday)

    @property
    def is_plain(self) -> bool:
        """Whether it only steps on from its first start."""
        return not self.by and not self.by_day


def read_rule(text: str, *, of_days: bool) -> Rule:
    """Return the rule; of_days: DTSTART is a date, so times of day say nothing. raises: BadRule."""
    told = (_part(each) for each in text.strip().strip(";").upper().split(";"))
    parts = {name: value for name, value in told if value}
    freq = parts.get("FREQ", "")
    if freq not in _FREQUENCIES:
        raise BadRule("FREQ is missing or unknown")
    if of_days and freq in FINE:
        raise BadRule(f"FREQ={freq} of whole days")
    if parts.get("RSCALE", "GREGORIAN") != "GREGORIAN" or parts.get("SKIP", "OMIT") != "OMIT":
        raise BadRule("RSCALE of another calendar")
    by = {name: _numbers(name, parts[name], freq) for name in _RANGES if name in parts}
    if of_days:
        by = {name: numbers for name, numbers in by.items() if name not in ("BYHOUR", "BYMINUTE", "BYSECOND")}
    count = _whole("COUNT", parts.get("COUNT"), least=-1)
    if count == 0:
        raise BadRule("COUNT=0")
    return Rule(
        freq=freq,
        interval=_whole("INTERVAL", parts.get("INTERVAL", "1"), least=1) or 1,
        count=None if count == -1 else count,  # some write -1 for "no limit"
        until=parts.get("UNTIL"),
        week_starts=_weekday(parts.get("WKST", "MO")),
        by=by,
        by_day=_days(parts.get("BYDAY", ""), freq, weekly="BYWEEKNO" in by),
    )


def _part(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    name = name.strip()
    if not equals or (name not in _RANGES and name not in _OTHER and not name.startswith("X-")):
        raise BadRule("a part that RFC 5545 does not know")
    return name, value.strip()


def _whole(name: str, text: str | None, *, least: int) -> int | None:
    if text is None:
        return None
    if not re.fullmatch(r"[+-]?\d{1,12}", text) or int(text) < least:
        raise BadRule(f"{name} is no number that counts")
    return int(text)


def _numbers(name: str, text: str, freq: str) -> tuple[int, ...]:
    if freq in _NOT_WITH.get(name, ()):
        raise BadRule(f"{name} does not go with FREQ={freq}")
    least, most = _RANGES[name]
    found = []
    for each in text.split(","):
        if not re.fullmatch(r"\s*[+-]?\d{1,3}\s*", each):
            raise BadRule(f"{name} holds something that is no number")
        number = int(each)
        if not least <= number <= most or (number == 0 and least < 0) or (number == 0 and least == 1):
            raise BadRule(f"{name} is out of range")
        found.append(number)
    return tuple(sorted(set(found)))


def _weekday(name: str) -> int:
    if name not in WEEKDAYS:
        raise BadRule("WKST is no weekday")
    return WEEKDAYS.index(name)


def _days(text: str, freq: str, *, weekly: bool) -> tuple[tuple[int, int], ...]:
    found = []
    for each in filter(None, (part.strip() for part in text.split(","))):
        told = _DAY_NAME.fullmatch(each)
        if told is None:
            raise BadRule("BYDAY holds something that is no weekday")
        nth = int(told[1] or 0)
        if nth and freq not in ("YEARLY", "MONTHLY"):
            raise BadRule(f"a numbered BYDAY does not go with FREQ={freq}")
        if told[1] and not nth:
            continue  # the nought-th weekday of a month is none
        found.append((0 if weekly else nth, WEEKDAYS.index(told[2])))
    if text and not found:
        raise BadRule("BYDAY names no day")
    return tuple(dict.fromkeys(found))
