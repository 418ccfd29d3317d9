"""Slots: the times both sides have free, best first, read fresh from every calendar."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core.case import Case, OfferedWindow
from app.core.deadlines import firm_clock, open_hours
from app.core.interval import Interval
from app.core.people import Act
from app.core.slots import NearestMiss, NothingLeft, RankedSlot, rank_slots
from app.core.slots.advice import Change, changes_for
from app.core.slots.terms import terms_of
from app.errors import Permanent, Temporary
from app.flow.calendars import read_diary
from app.flow.callers import Callers, callers_of
from app.flow.cases import case_for
from app.flow.ports import BusyRead, Ports

HORIZON = timedelta(days=14)  # how far a further time of the payer is looked for


@dataclass(frozen=True, slots=True)
class Proposal:
    """
    What can be booked now. misses: when nothing can, the nearest and what blocks each; why_none: in a sentence

    busy: of the case's own clinician; said: of colleagues who could not be looked at; changes: the smallest that help
    """

    case: Case
    slots: tuple[RankedSlot, ...] = ()
    misses: tuple[NearestMiss, ...] = ()
    why_none: str | None = None
    busy: BusyRead | None = None
    said: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()


def propose_slots(ports: Ports, case_id: str, *, now: datetime) -> Proposal:
    """Offer the times that still work."""
    case = case_for(ports, case_id, Act.SEE_CASE, now=now)
    return slots_of(ports, case, now=now)


def slots_of(ports: Ports, case: Case, *, now: datetime) -> Proposal:
    """Return the proposal for a case already opened."""
    ahead = [each for each in case.windows if each.interval.end > now]
    if case.clinician is None:
        return Proposal(case, why_none="Nobody of ours is named for this call; choose who takes it.")
    if not ahead:
        return Proposal(case, why_none="The payer has offered no time yet.")
    booked = case.booking.interval if case.booking and case.booking.is_live else None
    # Our own call does not stand in the way of its move, whether a calendar shows it already or not.
    callers = callers_of(ports, case, ahead, now=now)
    read = callers.reads[0]
    told = {"busy": read.busy, "said": callers.said}
    try:
        slots = rank_slots(
            [each for each in ahead if each.slot not in read.held.slots],
            [each.diary for each in callers.reads],
            case.clocks,
            length=timedelta(minutes=ports.site.call_minutes),
            notice=timedelta(minutes=ports.site.notice_minutes),
            specialty=case.clinician.specialty,
            now=now,
        )
    except NothingLeft as error:
        changes = _changes(ports, case, ahead, callers, now=now)
        return Proposal(case, misses=error.nearest_misses, why_none=error.say, changes=changes, **told)
    others = tuple(each for each in slots if each.interval != booked)
    if not others:
        return Proposal(case, why_none="The time that is booked is the only one both sides have free.", **told)
    return Proposal(case, slots=others, **told)


def _changes(
    ports: Ports, case: Case, windows: Sequence[OfferedWindow], callers: Callers, *, now: datetime
) -> tuple[Change, ...]:
    """Return the smallest changes that make a call fit; a calendar that cannot be read further on makes fewer known."""
    length, notice = timedelta(minutes=ports.site.call_minutes), timedelta(minutes=ports.site.notice_minutes)
    firm = firm_clock(case.clocks)
    horizon = Interval(now, max(min(firm.ends_at, now + HORIZON) if firm else now + HORIZON, now + notice + length))
    rule = ports.rules.payer_by_key(case.payer_key)
    hours = rule.hours if rule and rule.hours else ports.rules.calendar.usual_hours(ports.site.zone)
    try:
        ahead = [read_diary(ports, case.clinician, (OfferedWindow("", horizon, ""),), case=case, now=now).diary]
        asked = [
            read_diary(ports, each.clinician, windows, case=case, stands_in=each.because, now=now).diary
            for each in callers.asked
        ]
    except (Permanent, Temporary):
        ahead, asked = [], []
    return changes_for(
        windows,
        [each.diary for each in callers.reads],
        terms_of(case.clocks, length=length, notice=notice, now=now),
        asked=asked,
        ahead=ahead,
        open_hours=open_hours(hours, horizon),
    )
