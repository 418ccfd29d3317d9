"""Reads app/rules/clocks.toml: the clocks of law, the days that do not count, what is assumed of an unknown payer."""

import datetime
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from app.core.rulebook.clocks import BusinessCalendar, Cautious, ClockRule
from app.edges.rulebook.holidays import LateDates
from app.edges.rulebook.reading import RuleFile, read_rules


class _Holidays(msgspec.Struct, forbid_unknown_fields=True):
    country: str
    from_year: int
    to_year: int
    source: str
    verified_on: datetime.date


class _Cautious(msgspec.Struct, forbid_unknown_fields=True):
    window_business_days: int
    ask_business_days: int
    follow_up_business_days: int
    zone: str
    opens: datetime.time
    closes: datetime.time
    source: str
    verified_on: datetime.date
    grade: Literal["V", "S", "G", "I"]


class _Rule(msgspec.Struct, forbid_unknown_fields=True):
    key: str
    kind: Literal["determination", "information", "appeal", "appeal_decision", "letter"]
    label: str
    amount: int
    unit: Literal["hours", "business_hours", "calendar_days", "business_days"]
    source: str
    effective: datetime.date
    verified_on: datetime.date
    grade: Literal["V", "S", "G", "I"]
    lines_of_business: list[Literal["commercial", "medicare_advantage", "medicaid", "marketplace"]] = []
    funding: list[Literal["fully_insured", "self_insured", "public"]] = []
    states: list[str] = []
    urgent: bool | None = None
    drugs: bool = True
    suspended: bool = False
    hours_after_information: int | None = None
    extension: int | None = None


class _Clocks(msgspec.Struct, forbid_unknown_fields=True):
    holidays: _Holidays
    cautious: _Cautious
    rules: list[_Rule]


def load_calendar(path: Path) -> BusinessCalendar:
    """
    Return the business calendar with its clocks; raises Misconfigured, naming file, line and place.

    Its closed dates are worked out at the first question, which raises it where a country has none.
    """
    file = read_rules(path, _Clocks)
    _check(file)
    read = file.value
    return BusinessCalendar(
        closed=LateDates(lambda: _closed(file)),
        rules=tuple(
            ClockRule(
                key=each.key,
                kind=each.kind,
                label=each.label,
                amount=each.amount,
                unit=each.unit,
                source=each.source,
                effective=each.effective,
                verified_on=each.verified_on,
                grade=each.grade,
                lines_of_business=tuple(each.lines_of_business),
                funding=tuple(each.funding),
                states=tuple(each.states),
                urgent=each.urgent,
                drugs=each.drugs,
                suspended=each.suspended,
                hours_after_information=each.hours_after_information,
                extension=each.extension,
            )
            for each in read.rules
        ),
        cautious=Cautious(**{name: getattr(read.cautious, name) for name in read.cautious.__struct_fields__}),
    )


def _closed(file: RuleFile[_Clocks]) -> frozenset[datetime.date]:
    import holidays  # so many countries: needed once, and not by what asks no clock

    read = file.value.holidays
    try:
        return frozenset(holidays.country_holidays(read.country, years=range(read.from_year, read.to_year + 1)))
    except NotImplementedError as error:
        raise file.refuse("holidays.country", "no holidays are known for it") from error


def _check(file: RuleFile[_Clocks]) -> None:
    """Refuse what the file says wrongly or against itself."""
    read = file.value
    if read.holidays.from_year > read.holidays.to_year:
        raise file.refuse("holidays.to_year", "must not be before from_year")
    _check_cautious(file)
    _check_rules(file)
    for place, source in (("holidays", read.holidays.source), ("cautious", read.cautious.source)):
        if not source.startswith(("https://", "http://")):
            raise file.refuse(f"{place}.source", "must be the address where the rule can be read")


def _check_rules(file: RuleFile[_Clocks]) -> None:
    seen: set[str] = set()
    for index, rule in enumerate(file.value.rules):
        place = f"rules[{index}]"
        if rule.key in seen:
            raise file.refuse(f"{place}.key", f"contradicts an earlier rule: {rule.key} twice")
        seen.add(rule.key)
        for name in ("amount", "hours_after_information", "extension"):
            if (getattr(rule, name) or 0) < (1 if getattr(rule, name) is not None else 0):
                raise file.refuse(f"{place}.{name}", "must be at least 1")
        if rule.hours_after_information is not None and not rule.suspended:
            raise file.refuse(f"{place}.hours_after_information", "contradicts suspended: the clock never stands still")
        if not rule.source.startswith(("https://", "http://")):
            raise file.refuse(f"{place}.source", "must be the address where the rule can be read")


def _check_cautious(file: RuleFile[_Clocks]) -> None:
    cautious = file.value.cautious
    if cautious.opens >= cautious.closes:
        raise file.refuse("cautious.closes", "must be after opens")
    for name in ("window_business_days", "ask_business_days", "follow_up_business_days"):
        if getattr(cautious, name) < 1:
            raise file.refuse(f"cautious.{name}", "must be at least 1")
    try:
        ZoneInfo(cautious.zone)
    except (KeyError, ValueError, OSError) as error:
        raise file.refuse("cautious.zone", "is no IANA time zone") from error
