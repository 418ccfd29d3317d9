"""That an appeal was filed: when, which way, and the number by which the payer confirmed it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from app.core.brief.words import tidy
from app.core.case import Case, Filing
from app.core.outcome.appeal.choice import LONGEST, NotAChoice
from app.core.outcome.filing import WAYS


@dataclass(frozen=True, slots=True)
class Filed:
    """What is kept of a filing, and from when its answer's time counts (the end of an earlier day)."""

    filing: Filing
    since: datetime


def read_filed(case: Case, typed: Mapping[str, str], *, by_others: bool = False, zone: str, now: datetime) -> Filed:
    """
    Return what the form says of the filing; raises NotAChoice naming the field.

    typed: filed_on (a day), filed_way (WAYS), confirmation (the payer's number, may be empty); zone: the site's
    by_others: whether nobody here may know how it was sent; the day is then today's where none is typed
    """
    today = now.astimezone(ZoneInfo(zone)).date()
    way, number = typed.get("filed_way", ""), tidy(typed.get("confirmation", ""))
    if way not in WAYS and not (by_others and not way):
        raise NotAChoice("filed_way", "Say how it was sent.")
    day = _day(typed.get("filed_on", "").strip() or (today.isoformat() if by_others else ""))
    if day > today:
        raise NotAChoice("filed_on", "This day lies in the future.")
    if case.denial.created_on and day < case.denial.created_on:
        raise NotAChoice("filed_on", "This day lies before the denial.")
    if len(number) > LONGEST:
        raise NotAChoice("confirmation", f"At most {LONGEST} characters.")
    # Of an earlier day the hour is not known; the latest errs late for the payer, so no answer is called overdue early.
    ended = datetime.combine(day, time(23, 59), ZoneInfo(zone)).astimezone(UTC)
    return Filed(Filing(day, way, number or None), min(now, ended))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise NotAChoice("filed_on", "The day on which it was sent, as 2026-12-31.") from error
