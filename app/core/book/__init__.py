"""A slot becomes a promise: booked, moved or cancelled; what the EHR and the payer must be told is an effect."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from app.core.case import Booking, Case, CaseState, OfferedWindow, move_case
from app.core.deadlines import firm_clock
from app.core.effects import ChangeAppointment, Effect, TellPayer, WriteAppointment
from app.core.interval import Interval, subtract
from app.core.people import Clinician, User
from app.core.rulebook.payers import PayerRule
from app.core.slots import RankedSlot
from app.errors import Refused


class SlotTaken(Refused):
    """The time is not free any more."""

    say = "This time is no longer free."
    next = "Choose another of the times below; nothing was booked."


class WindowClosed(Refused):
    """The time lies outside what the payer offers, after a clock, or in the past."""

    say = "This time lies outside the payer's window."
    next = "Choose another time, or ask the payer for one."


class CalendarUnverified(Refused):
    """The calendar could not be read, and nobody said to book all the same."""

    say = "The calendar could not be read, so this time may not be free."
    next = "Look at the calendar yourself, then book and say that you did; or try again later."


class NoBooking(Refused):
    """There is no live booking to move or cancel."""

    say = "No call is booked in this case."
    next = "Open the case again to see where it stands now."


class AlreadyBooked(Refused):
    """The case has its call already."""

    say = "A call is booked in this case already."
    next = "Move or cancel that booking instead."


class ReasonMissing(Refused):
    """A booking is not cancelled without a reason: the EHR keeps it."""

    say = "Say why the call is cancelled."
    next = "Write a few words, then cancel again."


def book_slot(
    case: Case,
    *,
    slot: RankedSlot,
    clinician: Clinician,
    booking_id: str,
    by: User,
    busy: Sequence[Interval],
    verified: bool,
    accept_unverified: bool,
    rule: PayerRule | None,
    why: str | None = None,
    now: datetime,
) -> tuple[Case, tuple[Effect, ...]]:
    """
    Return the case with its call booked, and what must be told outside. why: of a booking that no person asked for

    busy: the clinician's, read again just now; verified: whether that reading succeeded
    raises: AlreadyBooked, CalendarUnverified, WindowClosed, SlotTaken, or MoveRefused where the case takes no booking
    """
    if case.booking is not None and (case.booking.is_live or case.booking.id == booking_id):
        raise AlreadyBooked()
    window = check_slot(case, slot, busy, verified=verified, accept_unverified=accept_unverified, now=now)
    booking = Booking(
        id=booking_id,
        interval=slot.interval,
        clinician=clinician,
        payer_slot=window.slot,
        made_at=now,
        made_by=by.name,
        who_calls=(rule.who_calls if rule else None) or "unknown",
        number=number_for(case, rule),
        reviewer=window.reviewer,
        because=(why, *slot.because) if why else slot.because,
    )
    return promise(case, booking, now=now)


def promise(case: Case, booking: Booking, *, now: datetime) -> tuple[Case, tuple[Effect, ...]]:
    """Return the case with this booking, every hold given back, and what must be told outside."""
    clinician = booking.clinician
    booked = replace(move_case(case, CaseState.BOOKED), booking=booking, clinician=clinician, holds=(), updated_at=now)
    written = WriteAppointment(
        key=_appointment_key(case, booking),
        target=booking.id,
        case_number=case.number,
        patient=case.patient,
        clinician=clinician,
        booking=booking,
        payer_name=case.payer_name,
        about=case.about,
    )
    return booked, (written, *_tell_payer(case, booking, booking.payer_slot, "booked"))


def move_booking(
    case: Case,
    *,
    slot: RankedSlot,
    by: User,
    busy: Sequence[Interval],
    verified: bool,
    accept_unverified: bool,
    now: datetime,
) -> tuple[Case, tuple[Effect, ...]]:
    """
    Return the case with its call at another time; the old time is given back. The clinician stays.

    The booking's own time in `busy` does not block the move. Raises as book_slot, NoBooking, and AlreadyBooked where
    the call stands at that time already.
    """
    old = _live(case)
    if (old.interval, old.payer_slot) == (slot.interval, slot.payer_slot):
        raise AlreadyBooked("The call stands at this time already.", next="Choose another time, or leave it.")
    others = subtract(busy, (old.interval,))
    window = check_slot(case, slot, others, verified=verified, accept_unverified=accept_unverified, now=now)
    new = replace(
        old,
        interval=slot.interval,
        payer_slot=window.slot,
        made_at=now,
        made_by=by.name,
        revision=old.revision + 1,
        reviewer=window.reviewer,
        because=slot.because,
    )
    moved = replace(move_case(case, CaseState.BOOKED), booking=new, updated_at=now)
    told: tuple[Effect, ...] = ()
    if old.payer_slot != new.payer_slot:
        told = (
            *_tell_payer(case, new, old.payer_slot, "cancelled"),
            *_tell_payer(case, new, new.payer_slot, "booked"),
        )
    return moved, (_change(case, new, "moved", reason=None), *told)


def cancel_booking(case: Case, *, reason: str, by: User, now: datetime) -> tuple[Case, tuple[Effect, ...]]:
    """Return the case without its call, offered again; raises NoBooking and ReasonMissing."""
    old = _live(case)
    if not reason.strip():
        raise ReasonMissing()
    gone = replace(old, state="cancelled", revision=old.revision + 1, made_at=now, made_by=by.name)
    cancelled = replace(move_case(case, CaseState.OFFERED), booking=gone, updated_at=now)
    change = _change(case, gone, "cancelled", reason=reason.strip())
    return cancelled, (change, *_tell_payer(case, gone, gone.payer_slot, "cancelled"))


def check_slot(
    case: Case,
    slot: RankedSlot,
    busy: Sequence[Interval],
    *,
    verified: bool,
    accept_unverified: bool,
    now: datetime,
) -> OfferedWindow:
    """
    Return the window that holds the slot.

    raises: what stands against it, the hardest first: WindowClosed where it is past or in no window, then as check_time
    """
    if slot.interval.start <= now:
        raise WindowClosed("This time has passed.")
    window = next((each for each in case.windows if _holds(each, slot)), None)
    if window is None:
        raise WindowClosed()
    check_time(case, slot.interval, busy, verified=verified, accept_unverified=accept_unverified, now=now)
    return window


def check_time(
    case: Case, time: Interval, busy: Sequence[Interval], *, verified: bool, accept_unverified: bool, now: datetime
) -> None:
    """Stop where our side cannot keep this time; raises WindowClosed, CalendarUnverified or SlotTaken."""
    if time.start <= now:
        raise WindowClosed("This time has passed.")
    due = firm_clock(case.clocks)
    if due is not None and time.end > due.ends_at:
        raise WindowClosed("The call would end after its deadline.")
    if not verified and not accept_unverified:
        raise CalendarUnverified()
    if any(each.overlaps(time) for each in busy):
        raise SlotTaken("The clinician is busy at this time.")


def _holds(window: OfferedWindow, slot: RankedSlot) -> bool:
    """Whether this is the slot's window still; a published time is taken whole or not at all."""
    if window.id != slot.window_id or window.slot != slot.payer_slot:
        return False
    return window.interval == slot.interval if window.slot is not None else window.interval.covers(slot.interval)


def _live(case: Case) -> Booking:
    if case.booking is None or not case.booking.is_live:
        raise NoBooking()
    return case.booking


def number_for(case: Case, rule: PayerRule | None) -> str | None:
    """Return the number the payer gave in its own words, else the rule's."""
    offered = case.routing.offer.phone if case.routing.offer else None
    return offered or (rule.phone if rule else None)


def _appointment_key(case: Case, booking: Booking) -> str:
    return f"{case.tenant}/{case.id}/appointment/{booking.id}"


def _change(case: Case, booking: Booking, change: str, *, reason: str | None) -> ChangeAppointment:
    key = _appointment_key(case, booking)
    return ChangeAppointment(
        key=f"{key}/{booking.revision}",
        target=booking.id,
        appointment_key=key,
        change=change,
        patient=case.patient,
        booking=booking,
        case_number=case.number,
        payer_name=case.payer_name,
        about=case.about,
        reason=reason,
    )


def _tell_payer(case: Case, booking: Booking, payer_slot: str | None, change: str) -> tuple[TellPayer, ...]:
    """Return the word to the payer about its own slot; none where the time was told and not published."""
    if payer_slot is None:
        return ()
    return (
        TellPayer(
            key=f"{case.tenant}/{case.id}/payer-slot/{booking.id}/{booking.revision}/{change}",
            # Its own target: the payer's word does not wait for the EHR's.
            target=f"{booking.id}/payer",
            payer_slot=payer_slot,
            case_number=case.number,
            booking_id=booking.id,
            change=change,
            payer_reference=case.denial.reference_number,
        ),
    )
