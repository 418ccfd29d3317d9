"""That an appeal was filed: when, which way, and the number by which the payer confirmed it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from app.core.brief.words import tidy
from app.core.case import Case
from app.core.outcome.appeal.choice import LONGEST, WAYS, NotAChoice


@dataclass(frozen=True, slots=True)
class Filed:
    """What is kept of a filing: the sentence, and from when its answer's time counts (the end of an earlier day)."""

    note: str
    since: datetime


def read_filed(case: Case, typed: Mapping[str, str], *, zone: str, now: datetime) -> Filed:
    """
    Return what the form says of the filing; raises NotAChoice naming the field.

    typed: filed_on (a day), way (WAYS), confirmation (the payer's number, may be empty); zone: the site's
    """
    way, confirmation = typed.get("filed_way", ""), tidy(typed.get("confirmation", ""))
    if way not in WAYS:
        raise NotAChoice("filed_way", "Say how it was sent.")
    try:
        day = date.fromisoformat(typed.get("filed_on", ""))
    except ValueError as error:
        raise NotAChoice("filed_on", "The day on which it was sent, as 2026-12-31.") from error
    if day > now.astimezone(ZoneInfo(zone)).date():
        raise NotAChoice("filed_on", "This day lies in the future.")
    if case.denial.created_on and day < case.denial.created_on:
        raise NotAChoice("filed_on", "This day lies before the denial.")
    if len(confirmation) > LONGEST:
        raise NotAChoice("confirmation", f"At most {LONGEST} characters.")
    number = f"; confirmation {confirmation}" if confirmation else "; no confirmation number yet"
    # Of an earlier day the hour is not known; the latest errs late for the payer, so no answer is called overdue early.
    ended = datetime.combine(day, time(23, 59), ZoneInfo(zone)).astimezone(UTC)
    return Filed(f"{WAYS[way]} on {day.isoformat()}{number}.", min(now, ended))
