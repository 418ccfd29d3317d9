"""A held time is kept for one case until somebody answers, and given back whatever becomes of it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.book import AlreadyBooked, CalendarUnverified, SlotTaken, WindowClosed
from app.core.book.holds import (
    MOST_HOLDS,
    OURS,
    HoldGone,
    HoldOver,
    TooManyHolds,
    book_held,
    hold_slots,
    live_holds,
    release_holds,
)
from app.core.case import MOVES, CaseState, move_case
from app.core.effects import TellPayer, WriteAppointment
from app.core.next_action import next_action_of
from app.core.people import Reviewer
from tests.core.test_book import (
    BLOCK,
    COORDINATOR,
    DOCTOR,
    MINUTE,
    NOW,
    OTHER,
    PUBLISHED,
    a_case,
    book,
    slot_of,
    span,
)

UNTIL = NOW + 50 * MINUTE


def hold(case=None, *slots, until=UNTIL, **more):
    """Hold the first published slot unless told otherwise."""
    chosen = slots or (slot_of(PUBLISHED),)
    how = {"busy": (), "verified": True, "accept_unverified": False, "waits_on": "payer", "now": NOW} | more
    ids = [f"h{number}" for number, _ in enumerate(chosen, 1)]
    return hold_slots(
        case or a_case(), slots=chosen, clinician=DOCTOR, hold_ids=ids, until=until, by=COORDINATOR, **how
    )


def pick(case, hold_id="h1", **more):
    """Book a held time."""
    how = {"busy": (), "verified": True, "accept_unverified": False, "reviewer": None, "rule": None, "now": NOW} | more
    return book_held(case, hold_id, booking_id="b1", by=COORDINATOR, because="picked", **how)


def test_a_held_time_says_until_when_and_whose_word_is_waited_for():
    """The next action is due when the first hold is given back."""
    case = hold(a_case(), slot_of(PUBLISHED), slot_of(BLOCK, span(125, 145)))
    action = next_action_of(case, now=NOW)

    assert (CaseState.HELD, [span(60, 80), span(125, 145)]) == (case.state, [each.interval for each in case.holds])
    assert ("payer", UNTIL) == (action.waits_on, action.due_at)
    assert "Dr Test" in next_action_of(hold(waits_on="clinician"), now=NOW).text


def test_a_hold_ends_when_its_time_begins():
    """Nobody can take a call that has begun."""
    assert [PUBLISHED.interval.start] == [each.expires_at for each in hold(until=NOW + timedelta(days=1)).holds]


def test_picking_one_gives_the_others_back_and_tells_outside():
    """The rest are released on the pick (D6); the EHR and the payer's book are told once."""
    case, effects = pick(hold(a_case(), slot_of(PUBLISHED), slot_of(OTHER)), "h2")

    assert (CaseState.BOOKED, OTHER.interval, ()) == (case.state, case.booking.interval, case.holds)
    assert OTHER.slot == case.booking.payer_slot
    assert [WriteAppointment, TellPayer] == [type(each) for each in effects]


def test_a_time_of_ours_needs_no_window_of_the_payer():
    """Where the payer offers none we offer: its pick is its word."""
    ours = slot_of(replace(BLOCK, id=OURS), span(20, 40))
    open_case = a_case(windows=(), state=CaseState.OPEN)
    case, effects = pick(hold(open_case, ours), reviewer=Reviewer("Dr Payer", "DO"))

    assert ("Dr Payer", None) == (case.booking.reviewer.name, case.booking.payer_slot)
    assert [WriteAppointment] == [type(each) for each in effects]
    assert CaseState.REQUESTED == release_holds(hold(open_case, ours), now=NOW).state


@pytest.mark.parametrize(
    ("refusal", "more"),
    [
        (WindowClosed, {"slots": (slot_of(BLOCK, span(300, 320)),)}),
        (WindowClosed, {"slots": (slot_of(replace(BLOCK, id=OURS), span(225, 245)),)}),
        (SlotTaken, {"busy": (span(70, 90),)}),
        (CalendarUnverified, {"verified": False}),
        (HoldOver, {"until": NOW}),
    ],
)
def test_what_could_not_be_booked_is_not_held(refusal, more):
    """Outside the window, after the clock, over busy or unread time, until a moment that is past."""
    slots = more.pop("slots", ())
    with pytest.raises(refusal):
        hold(None, *slots, **more)


def test_a_case_holds_few_times():
    """A clinician's day is not kept for one case; the same time held again is one."""
    slots = [slot_of(BLOCK, span(120 + 10 * n, 130 + 10 * n)) for n in range(MOST_HOLDS)]
    full = hold(a_case(), *slots)
    again = hold(full, slots[0], until=UNTIL + MINUTE)

    assert MOST_HOLDS == len(again.holds)
    assert UNTIL + MINUTE == again.holds[0].expires_at
    with pytest.raises(TooManyHolds):
        hold(full, slot_of(PUBLISHED))


def test_an_expired_or_withdrawn_time_is_not_booked():
    """Expired, unknown, gone from the payer's book, taken meanwhile on our side, or booked otherwise."""
    held = hold()
    with pytest.raises(HoldGone):
        pick(held, now=UNTIL)
    with pytest.raises(HoldGone):
        pick(held, "another")
    with pytest.raises(SlotTaken):
        pick(replace(held, windows=(OTHER,)))
    with pytest.raises(SlotTaken):
        pick(held, busy=(span(79, 81),))
    booked, _ = book(held, slot_of(OTHER))
    with pytest.raises(AlreadyBooked):
        pick(booked)
    with pytest.raises(AlreadyBooked):
        hold(booked)


def test_holds_end_with_the_state_that_keeps_them():
    """Whichever way the case leaves, no clinician's time stays kept for it."""
    held = hold()
    for state in MOVES[CaseState.HELD]:
        assert () == move_case(held, state).holds, state
    assert held.holds == move_case(held, CaseState.HELD).holds


def test_giving_back_is_by_name_or_all_and_the_expired_go_too():
    """One given back leaves the others; the last one leaves an offered case."""
    held = hold(a_case(), slot_of(PUBLISHED), slot_of(OTHER))
    one = release_holds(held, ids=("h1",), now=NOW)

    assert (["h2"], CaseState.HELD) == ([each.id for each in one.holds], one.state)
    assert ((), CaseState.OFFERED) == (release_holds(held, now=NOW).holds, release_holds(held, now=NOW).state)
    assert held.holds == release_holds(held, ids=(), now=NOW).holds == live_holds(held, now=NOW)
    assert CaseState.OFFERED == release_holds(held, ids=(), now=UNTIL).state
