"""Book: the outside calendar is read again, the promise is made once, the EHR and the payer are told."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.core.acts import gives_up_call, is_further_call
from app.core.book import SlotTaken, book_slot, cancel_booking, move_booking
from app.core.book.holds import HoldGone, book_held, hold_slots, live_holds, release_holds
from app.core.case import Case, OfferedWindow
from app.core.clinician import choose_clinician
from app.core.interval import Interval
from app.core.people import Act, Clinician
from app.core.rulebook.guards import CREDENTIALS, Forfeit, RiskyAct
from app.core.slots import NothingLeft, RankedSlot, rank_slots
from app.errors import Refused
from app.flow.calendars import DiaryRead, busy_of, read_diary
from app.flow.callers import caller
from app.flow.cases import case_for, event, save_case, steady
from app.flow.guards import go_on, weigh, weigh_speaker
from app.flow.ports import BusyRead, Event, Ports


class SlotGone(Refused):
    """The time chosen is no longer among those both sides have free."""

    say = "This time is no longer free on both sides."
    next = "Choose one of the times below; nothing was booked."


@dataclass(frozen=True, slots=True)
class Wanted:
    """
    Which slot the person chose: its start, and whether unread calendars were accepted by name.

    clinician: reference of a colleague who stands in; None for the case's own
    speaker: what the clinician is (rulebook.guards.CREDENTIALS) where the form was asked; why: why it is booked in
    spite of what it may cost
    """

    start: datetime
    end: datetime
    accept_unverified: bool = False
    speaker: str | None = None
    why: str | None = None
    clinician: str | None = None


@steady
def book(ports: Ports, case_id: str, wanted: Wanted, *, seen: int, now: datetime) -> Case:
    """Book one slot: re-read the clinician's calendar, decide, save with its effects."""
    case = case_for(ports, case_id, Act.BOOK, now=now)
    case, handed_on = _handed_on(ports, case, wanted, now=now)
    slot, busy = _slot_now(ports, case, wanted, now=now)
    speaker = _speaker(case.clinician, wanted.speaker)
    rule = ports.rules.payer_by_key(case.payer_key)
    booked, effects = book_slot(
        case,
        slot=slot,
        clinician=speaker,
        booking_id=ports.ids.new_id(),
        by=ports.user,
        busy=busy.busy,
        verified=busy.verified,
        accept_unverified=wanted.accept_unverified,
        rule=rule,
        now=now,
    )
    forfeits = _forfeits(ports, case, speaker, now=now)
    booked, went_on = go_on(ports, booked, forfeits, why=wanted.why, seen=seen, now=now)
    happened = event(ports, "booked", at=now, minutes_to_spare=slot.minutes_to_spare)
    return save_case(ports, booked, seen=seen, effects=effects, events=[*handed_on, happened, *went_on], now=now)


def _handed_on(ports: Ports, case: Case, wanted: Wanted, *, now: datetime) -> tuple[Case, tuple[Event, ...]]:
    """Return the case in the hands of who takes the booked call, with its event where that is a colleague."""
    clinician = caller(ports, case, wanted.clinician, now=now)
    if clinician is None or clinician is case.clinician:
        return case, ()
    before = case.clinician.reference
    happened = event(ports, "clinician_chosen", at=now, clinician=clinician.reference, before=before)
    return choose_clinician(case, clinician, now=now), (happened,)


def _speaker(clinician: Clinician, told: str | None) -> Clinician:
    """Return who speaks, with what they are as the form says it."""
    return replace(clinician, credential=told) if told in CREDENTIALS else clinician


def _forfeits(ports: Ports, case: Case, speaker: Clinician, *, now: datetime) -> tuple[Forfeit, ...]:
    """Return what booking this speaker may cost: one call too many, a caller who is turned away."""
    further = weigh(ports, case, RiskyAct.SECOND_REQUEST, now=now) if is_further_call(case) else ()
    return weigh_speaker(ports, case, speaker.credential, forfeits=further, now=now)


@steady
def hold(
    ports: Ports, case_id: str, wanted: Sequence[Wanted], *, until: datetime, waits_on: str, seen: int, now: datetime
) -> Case:
    """Hold these times of the payer's windows until somebody answers; all of them or none."""
    case = case_for(ports, case_id, Act.BOOK, now=now)
    found = [_slot_now(ports, case, each, now=now) for each in wanted]
    held = hold_slots(
        case,
        slots=[slot for slot, _ in found],
        clinician=case.clinician,
        hold_ids=[ports.ids.new_id() for _ in found],
        until=until,
        waits_on=waits_on,
        by=ports.user,
        busy=[each for _, busy in found for each in busy.busy],
        verified=all(busy.verified for _, busy in found),
        accept_unverified=all(each.accept_unverified for each in wanted),
        now=now,
    )
    happened = event(ports, "held", at=now, count=len(held.holds), waits_on=waits_on)
    return save_case(ports, held, seen=seen, events=[happened], now=now)


@steady
def pick(
    ports: Ports,
    case_id: str,
    hold_id: str,
    *,
    accept_unverified: bool,
    speaker: str | None = None,
    why: str | None = None,
    seen: int,
    now: datetime,
) -> Case:
    """Book a held time; the others are given back. speaker, why: as Wanted."""
    case = case_for(ports, case_id, Act.BOOK, now=now)
    busy = _busy_at(ports, case, hold_id, now=now)
    booked, effects = book_held(
        case,
        hold_id,
        booking_id=ports.ids.new_id(),
        by=ports.user,
        busy=busy.busy,
        verified=busy.verified,
        accept_unverified=accept_unverified,
        reviewer=None,
        rule=ports.rules.payer_by_key(case.payer_key),
        because=f"held until {ports.user.name} chose it",
        now=now,
    )
    booked = replace(booked, clinician=_speaker(booked.clinician, speaker))
    forfeits = _forfeits(ports, case, booked.clinician, now=now)
    booked, went_on = go_on(ports, booked, forfeits, why=why, seen=seen, now=now)
    happened = event(ports, "booked", at=now, from_hold=True)
    return save_case(ports, booked, seen=seen, effects=effects, events=[happened, *went_on], now=now)


@steady
def release(ports: Ports, case_id: str, *, hold_id: str | None, seen: int, now: datetime) -> Case:
    """Give one held time back, or all of them."""
    case = case_for(ports, case_id, Act.BOOK, now=now)
    released = release_holds(case, ids=None if hold_id is None else (hold_id,), now=now)
    gone = len(case.holds) - len(released.holds)
    happened = [event(ports, "released", at=now, count=gone)] if gone else []
    return save_case(ports, released, seen=seen, events=happened, now=now)


def _busy_at(ports: Ports, case: Case, hold_id: str, *, now: datetime) -> BusyRead:
    """Return the clinician's busy time at a held time, read again just now; nothing where it is held no more."""
    held = next((each for each in live_holds(case, now=now) if each.id == hold_id), None)
    if held is None:
        raise HoldGone()
    return busy_of(ports, held.clinician, held.interval, case=case, now=now)


@steady
def move(ports: Ports, case_id: str, wanted: Wanted, *, seen: int, now: datetime) -> Case:
    """Move the booking to another slot."""
    case = case_for(ports, case_id, Act.BOOK, now=now)
    slot, busy = _slot_now(ports, case, wanted, now=now)
    moved, effects = move_booking(
        case,
        slot=slot,
        by=ports.user,
        busy=busy.busy,
        verified=busy.verified,
        accept_unverified=wanted.accept_unverified,
        now=now,
    )
    # After a call that was held, another time is another call.
    forfeits = weigh(ports, case, RiskyAct.SECOND_REQUEST, now=now) if is_further_call(case) else ()
    moved, went_on = go_on(ports, moved, forfeits, why=wanted.why, seen=seen, now=now)
    happened = event(ports, "moved", at=now, minutes_to_spare=slot.minutes_to_spare)
    return save_case(ports, moved, seen=seen, effects=effects, events=[happened, *went_on], now=now)


@steady
def cancel(ports: Ports, case_id: str, *, reason: str, why: str | None = None, seen: int, now: datetime) -> Case:
    """Cancel the booking; the time is free again on both sides. The last one that is left needs why it is given up."""
    case = case_for(ports, case_id, Act.BOOK, now=now)
    cancelled, effects = cancel_booking(case, reason=reason, by=ports.user, now=now)
    forfeits = () if _is_another_free(ports, case, now=now) else weigh(ports, case, RiskyAct.MISSED_WINDOW, now=now)
    cancelled, went_on = go_on(ports, cancelled, forfeits, why=why, seen=seen, now=now)
    events = [event(ports, "cancelled", at=now), *went_on]
    return save_case(ports, cancelled, seen=seen, effects=effects, events=events, now=now)


def _is_another_free(ports: Ports, case: Case, *, now: datetime) -> bool:
    """Whether both sides have a time left beside the booked one; a calendar that cannot be read takes none away."""
    booking = case.booking
    if booking is None or not booking.is_live or not gives_up_call(case, now=now):
        return True
    ahead = [each for each in case.windows if each.interval.end > now]
    if not ahead:
        return False
    # The booked time itself is what cannot be kept.
    mine = (booking.interval,)
    read = read_diary(ports, booking.clinician, ahead, case=case, taken=mine, unread_is_free=True, now=now)
    try:
        return bool(_ranked(ports, case, [each for each in ahead if each.slot not in read.held.slots], read, now=now))
    except NothingLeft:
        return False


def _slot_now(ports: Ports, case: Case, wanted: Wanted, *, now: datetime):
    """Return the chosen slot as it stands after both calendars were read again; raises SlotGone."""
    if case.clinician is None:
        raise SlotGone("Nobody of ours is named for this call.", next="Choose who takes it, then book.")
    # A form may name any time there is; calendars are asked for times of the case's own windows only.
    windows = tuple(w for w in case.windows if w.interval.start <= wanted.start < wanted.end <= w.interval.end)
    if not windows:
        raise SlotGone()
    chosen = Interval(wanted.start, wanted.end)
    # Of a block only the chosen time: between two appointments a call may begin off the grid of the whole block.
    windows = tuple(w if w.slot is not None else replace(w, interval=chosen) for w in windows)
    read = read_diary(ports, case.clinician, windows, case=case, now=now)
    try:
        slots = _ranked(ports, case, windows, read, now=now)
    except NothingLeft as error:
        raise SlotTaken() if any(each.overlaps(chosen) for each in read.held.busy) else SlotGone() from error
    found: RankedSlot | None = next((each for each in slots if each.interval == chosen), None)
    if found is None:
        raise SlotGone()
    return found, read.busy


def _ranked(
    ports: Ports, case: Case, windows: Sequence[OfferedWindow], read: DiaryRead, *, now: datetime
) -> tuple[RankedSlot, ...]:
    return rank_slots(
        windows,
        [read.diary],
        case.clocks,
        length=timedelta(minutes=ports.site.call_minutes),
        notice=timedelta(minutes=ports.site.notice_minutes),
        specialty=read.diary.clinician.specialty,
        now=now,
        limit=10_000,
    )
