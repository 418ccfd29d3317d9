"""Times kept for a case until somebody answers: tentative, expiring, given back on the pick (product F33, D7)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from app.core.book import AlreadyBooked, SlotTaken, check_slot, check_time, number_for, promise
from app.core.case import Booking, Case, CaseState, Hold, move_case
from app.core.effects import Effect
from app.core.interval import Interval
from app.core.people import Clinician, Reviewer, User
from app.core.rulebook.payers import PayerRule
from app.core.slots import RankedSlot
from app.errors import Refused

MOST_HOLDS = 6
OURS = "ours"  # the window of a slot that we offer: the payer has not named it


class TooManyHolds(Refused):
    """A clinician's day is not kept for one case."""

    say = f"A case holds at most {MOST_HOLDS} times."
    next = "Choose fewer, or give one back first."


class HoldOver(Refused):
    """The time would be given back before anybody could answer."""

    say = "A time is held until some moment to come, and no longer than until it begins."
    next = "Choose a later moment, or book the time instead."


class HoldGone(Refused):
    """The time is held no more: it expired, was given back, or another was picked."""

    say = "This time is held no more."
    next = "Choose another time."


def hold_slots(
    case: Case,
    *,
    slots: Sequence[RankedSlot],
    clinician: Clinician,
    hold_ids: Sequence[str],
    until: datetime,
    waits_on: str,
    by: User,
    busy: Sequence[Interval],
    verified: bool,
    accept_unverified: bool,
    now: datetime,
) -> Case:
    """
    Return the case with these times held as well, until `until` or until each begins.

    slots: in the payer's windows, or of ours (window_id OURS), which the payer has not agreed to
    hold_ids: fresh ones, one a slot. A time that is held already is kept until the later of the two moments
    raises: AlreadyBooked, TooManyHolds, HoldOver, and as book_slot
    """
    if case.booking is not None and case.booking.is_live:
        raise AlreadyBooked()
    sure = {"verified": verified, "accept_unverified": accept_unverified, "now": now}
    made = []
    for slot, hold_id in zip(slots, hold_ids, strict=True):
        ours = slot.window_id == OURS
        if ours:
            check_time(case, slot.interval, busy, **sure)
        else:
            check_slot(case, slot, busy, **sure)
        ends = min(until, slot.interval.start)
        if ends <= now:
            raise HoldOver()
        window_id = None if ours else slot.window_id
        made.append(Hold(hold_id, slot.interval, clinician, window_id, slot.payer_slot, ends, waits_on, now, by.name))
    holds = _joined(live_holds(case, now=now), made)
    if len(holds) > MOST_HOLDS:
        raise TooManyHolds()
    held = move_case(_offered(case), CaseState.HELD) if holds else case
    return replace(held, holds=holds, clinician=clinician, updated_at=now)


def book_held(
    case: Case,
    hold_id: str,
    *,
    booking_id: str,
    by: User,
    busy: Sequence[Interval],
    verified: bool,
    accept_unverified: bool,
    reviewer: Reviewer | None,
    rule: PayerRule | None,
    because: str,
    now: datetime,
) -> tuple[Case, tuple[Effect, ...]]:
    """
    Return the case with this held time booked and the other holds given back, and what must be told outside.

    busy: the clinician's, read again just now; reviewer: who will talk, where the payer said so when it picked
    raises: HoldGone, AlreadyBooked, WindowClosed, CalendarUnverified, SlotTaken
    """
    if case.booking is not None and case.booking.is_live:
        raise AlreadyBooked()
    hold = next((each for each in live_holds(case, now=now) if each.id == hold_id), None)
    if hold is None:
        raise HoldGone()
    window = next((each for each in case.windows if each.id == hold.window_id), None)
    if hold.window_id is not None and window is None:
        raise SlotTaken("The payer no longer offers this time.")
    check_time(case, hold.interval, busy, verified=verified, accept_unverified=accept_unverified, now=now)
    booking = Booking(
        id=booking_id,
        interval=hold.interval,
        clinician=hold.clinician,
        payer_slot=hold.payer_slot,
        made_at=now,
        made_by=by.name,
        who_calls=(rule.who_calls if rule else None) or "unknown",
        number=number_for(case, rule),
        reviewer=reviewer or (window.reviewer if window else None),
        because=(because,),
    )
    return promise(case, booking, now=now)


def live_holds(case: Case, *, now: datetime) -> tuple[Hold, ...]:
    """Return the holds that still keep their time."""
    return tuple(each for each in case.holds if each.expires_at > now)


def release_holds(case: Case, *, ids: Sequence[str] | None = None, now: datetime) -> Case:
    """Return the case without these holds (None: any) and without the expired; back to where it was without any."""
    kept = tuple(each for each in live_holds(case, now=now) if ids is not None and each.id not in ids)
    if kept or case.state is not CaseState.HELD:
        return replace(case, holds=kept, updated_at=now)
    return replace(move_case(case, CaseState.OFFERED if case.windows else CaseState.REQUESTED), updated_at=now)


def _offered(case: Case) -> Case:
    """Return an open or requested case as one in which times are on the table."""
    return case if case.state in (CaseState.OFFERED, CaseState.HELD) else move_case(case, CaseState.OFFERED)


def _joined(old: Sequence[Hold], new: Sequence[Hold]) -> tuple[Hold, ...]:
    """Return all holds by time, one for each time of a clinician."""
    kept: dict[tuple[Interval, str], Hold] = {}
    for each in (*old, *new):
        key = (each.interval, each.clinician.reference)
        before = kept.get(key)
        longer = max(before.expires_at, each.expires_at) if before else each.expires_at
        kept[key] = replace(before or each, expires_at=longer)
    return tuple(sorted(kept.values(), key=lambda each: (each.interval, each.id)))
