"""Whether a call lies in the other side's business hours, by its own clock (source 004: nine to five in its zone)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from app.core.case import Attempt
from app.core.deadlines import open_hours
from app.core.interval import Interval
from app.core.people import Clinician, WorkingHours
from app.core.rulebook.payers import PayerHours

_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass(frozen=True, slots=True)
class OutsideHours:
    """A call at an hour at which whom it was placed to does not work. known: its hours were told, else usual ones."""

    whose: str  # payer | us
    at: datetime
    zone: str  # of whom was called
    known: bool


def outside_hours(
    attempt: Attempt, *, payer: PayerHours, known: bool, clinician: Clinician | None, usual: PayerHours
) -> OutsideHours | None:
    """
    Return how a call lies outside the hours of whom it was placed to; None where it does not, or nobody placed one.

    payer: its hours; known: whether it told them; usual: of our side, where the clinician's own are not known
    errs: towards nothing where the clinician's hours are known and say otherwise than the usual ones
    """
    if attempt.channel != "phone" or (attempt.result.endswith("no_show") and attempt.reached == "nobody"):
        return None
    if attempt.direction == "ours":
        return None if _is_open(payer, attempt.at) else OutsideHours("payer", attempt.at, payer.zone, known)
    if clinician is not None and clinician.hours:
        own = _is_at_work(clinician.hours, attempt.at.astimezone(ZoneInfo(clinician.zone)))
        return None if own else OutsideHours("us", attempt.at, clinician.zone, known=True)
    return None if _is_open(usual, attempt.at) else OutsideHours("us", attempt.at, usual.zone, known=False)


def _is_open(hours: PayerHours, at: datetime) -> bool:
    return bool(open_hours(hours, Interval(at, at + timedelta(minutes=1))))


def _is_at_work(hours: Sequence[WorkingHours], local: datetime) -> bool:
    day = _DAYS[local.weekday()]
    return any(each.day == day and each.start <= local.time() < each.end for each in hours)
