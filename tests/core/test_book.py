"""A booking is a promise: made once, inside the window, over free time, and told outside by named effects."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.core.book import (
    AlreadyBooked,
    CalendarUnverified,
    NoBooking,
    ReasonMissing,
    SlotTaken,
    WindowClosed,
    book_slot,
    cancel_booking,
    move_booking,
)
from app.core.case import Case, CaseState, Clock, MoveRefused, NextAction, OfferedWindow
from app.core.denial import Coverage, Decision, Denial, Lane, Offer, Path, Routing
from app.core.effects import ChangeAppointment, TellPayer, WriteAppointment
from app.core.interval import Interval
from app.core.people import Clinician, Party, Patient, Reviewer, Role, User
from app.core.rulebook.payers import PayerRule
from app.core.slots import diary_of, rank_slots

NOW = datetime(2026, 11, 20, 15, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DOCTOR = Clinician("Practitioner/1", "Dr Test", "America/Chicago")
COORDINATOR = User("clinic|u1", "Coordinator", Role.COORDINATOR)
REVIEWER = Reviewer("Dr Reviewer", "MD")


def span(start, end):
    """Return minutes from now."""
    return Interval(NOW + start * MINUTE, NOW + end * MINUTE)


PUBLISHED = OfferedWindow("w1", span(60, 80), "published", slot="https://payer.example/Slot/1", reviewer=REVIEWER)
OTHER = OfferedWindow("w2", span(90, 110), "published", slot="https://payer.example/Slot/2")
BLOCK = OfferedWindow("w3", span(120, 240), "phone", told_by="the scheduler")


def a_case(**more):
    """Return an offered case with two published slots, a told block, and a clock at four hours."""
    base = Case(
        id="c1",
        tenant="clinic",
        number="P-1",
        patient=Patient("Patient/1", "Test Person"),
        denial=Denial("ClaimResponse/1", None, None, None, NOW, None, Party(), request="Claim/1"),
        coverage=Coverage(None, Party()),
        routing=Routing(Decision.DENIED, Path.P2P, Lane.POST_DENIAL, (), ()),
        service_label="service",
        payer_key=None,
        payer_name="A Payer",
        state=CaseState.OFFERED,
        next_action=NextAction("book", "", None, "us"),
        opened_at=NOW,
        updated_at=NOW,
        clocks=(Clock("p2p_window", NOW, NOW + 230 * MINUTE, "rule", "https://source.example", "because"),),
        windows=(PUBLISHED, OTHER, BLOCK),
    )
    return replace(base, **more)


def slot_of(window, interval=None):
    """Return a ranked slot in a window."""
    when = interval or window.interval
    diary = diary_of(DOCTOR, (), when, verified=True)
    terms = {"length": when.length, "notice": 0 * MINUTE, "now": when.start}
    (slot,) = rank_slots([replace(window, interval=when)], [diary], (), **terms)
    return slot


def book(case=None, slot=None, **more):
    """Book the first published slot unless told otherwise."""
    how = {
        "busy": (),
        "verified": True,
        "accept_unverified": False,
        "rule": None,
        "now": NOW,
        "booking_id": "b1",
    } | more
    return book_slot(case or a_case(), slot=slot or slot_of(PUBLISHED), clinician=DOCTOR, by=COORDINATOR, **how)


def move(case, slot, **more):
    """Move the booking."""
    how = {"busy": (), "verified": True, "accept_unverified": False, "now": NOW} | more
    return move_booking(case, slot=slot, by=COORDINATOR, **how)


def test_booking_a_published_slot_tells_the_ehr_and_the_payer():
    """One Appointment, one word to the payer, each under a key that is its own for ever."""
    case, (written, told) = book()

    assert CaseState.BOOKED == case.state
    assert ("b1", span(60, 80), "Coordinator", REVIEWER) == (
        case.booking.id,
        case.booking.interval,
        case.booking.made_by,
        case.booking.reviewer,
    )
    assert isinstance(written, WriteAppointment) and isinstance(told, TellPayer)
    assert "clinic/c1/appointment/b1" == written.key
    assert ("ClaimResponse/1", "Claim/1") == written.about
    assert (PUBLISHED.slot, "booked") == (told.payer_slot, told.change)
    assert written.target != told.target


def test_booking_a_told_time_tells_only_the_ehr():
    """There is no slot of the payer to take."""
    _, effects = book(slot=slot_of(BLOCK, span(125, 145)))

    assert [WriteAppointment] == [type(each) for each in effects]


def test_who_calls_and_the_number_come_from_the_payers_words_then_its_rule():
    """The invitation's number is nearer than the rule's; unknown is said to be unknown."""
    rule = PayerRule("k", "P", (), (), (), (), "s", NOW.date(), "V", phone="800-555-0100", who_calls="payer")
    offer = Offer(None, "800-555-0199", None, "quote")
    invited = a_case(routing=replace(a_case().routing, offer=offer))

    assert ("payer", "800-555-0100") == (book(rule=rule)[0].booking.who_calls, book(rule=rule)[0].booking.number)
    assert "800-555-0199" == book(invited, rule=rule)[0].booking.number
    assert ("unknown", None) == (book()[0].booking.who_calls, book()[0].booking.number)


REFUSED = [
    ({"busy": (span(79, 100),)}, SlotTaken),
    ({"verified": False}, CalendarUnverified),
    ({"now": NOW + 60 * MINUTE}, WindowClosed),  # it begins now
    ({"slot": slot_of(replace(PUBLISHED, id="gone"))}, WindowClosed),
    ({"slot": slot_of(PUBLISHED, span(60, 75))}, WindowClosed),  # a published time is not cut
    ({"slot": slot_of(replace(PUBLISHED, slot="https://payer.example/Slot/9"))}, WindowClosed),
    ({"slot": slot_of(BLOCK, span(110, 130))}, WindowClosed),
    ({"slot": slot_of(BLOCK, span(225, 240))}, WindowClosed),  # after the clock
]


@pytest.mark.parametrize(("more", "error"), REFUSED)
def test_what_cannot_be_kept_is_refused_by_name(more, error):
    """Busy, unread, past, outside the window, after the clock."""
    with pytest.raises(error) as refused:
        book(**more)

    assert refused.value.say and refused.value.next


@pytest.mark.parametrize(("more", "error"), [each for each in REFUSED if "booking_id" not in each[0]])
def test_moving_is_held_to_the_same(more, error):
    """A move is refused for every reason a booking is."""
    case, _ = book(slot=slot_of(BLOCK, span(150, 170)), booking_id="b0")
    slot = more.get("slot", slot_of(PUBLISHED))

    with pytest.raises(error):
        move(case, slot, **{key: value for key, value in more.items() if key != "slot"})


def test_touching_appointments_do_not_block():
    """Busy until it starts and from when it ends is free."""
    assert book(busy=(span(40, 60), span(80, 100)))[0].booking.is_live


def test_an_unread_calendar_books_only_by_word():
    """The person says that they looked."""
    assert book(verified=False, accept_unverified=True)[0].booking.is_live


def test_a_cautious_clock_does_not_refuse_what_the_payer_offers():
    """A reading that is not firm warns; it forbids nothing."""
    soft = (replace(a_case().clocks[0], ends_at=NOW + 10 * MINUTE, firm=False),)

    assert book(a_case(clocks=soft))[0].booking.is_live


def test_a_case_is_booked_once():
    """A second click, or a colleague's, finds the booking there."""
    case, _ = book()

    with pytest.raises(AlreadyBooked):
        book(case, slot=slot_of(OTHER), booking_id="b2")


def test_a_closed_case_is_not_booked():
    """The move is refused by name."""
    with pytest.raises(MoveRefused):
        book(a_case(state=CaseState.CLOSED))


def test_moving_gives_the_old_slot_back_and_takes_the_new():
    """The Appointment changes under a numbered key; the payer hears of both slots, in order."""
    case, (written, _) = book()

    moved, (change, back, taken) = move(case, slot_of(OTHER))

    assert (OTHER.interval, 1, "b1") == (moved.booking.interval, moved.booking.revision, moved.booking.id)
    assert isinstance(change, ChangeAppointment)
    assert (written.key, f"{written.key}/1", "moved") == (change.appointment_key, change.key, change.change)
    assert [(PUBLISHED.slot, "cancelled"), (OTHER.slot, "booked")] == [(e.payer_slot, e.change) for e in (back, taken)]
    assert written.target == change.target and back.target == taken.target


def test_moving_within_its_own_time_is_not_blocked_by_itself():
    """Ten minutes later overlaps the old time, which the calendar still shows; another's does block."""
    case, _ = book(slot=slot_of(BLOCK, span(130, 150)))

    assert span(140, 160) == move(case, slot_of(BLOCK, span(140, 160)), busy=(span(130, 150),))[0].booking.interval
    with pytest.raises(SlotTaken):
        move(case, slot_of(BLOCK, span(140, 160)), busy=(span(130, 155),))


def test_moving_to_where_it_stands_is_refused():
    """Nothing would change but the EHR's version."""
    case, _ = book()

    with pytest.raises(AlreadyBooked):
        move(case, slot_of(PUBLISHED))


def test_cancelling_frees_the_case_and_the_payers_slot():
    """The case is offered again; the reason travels to the EHR and not to the payer."""
    case, _ = book()

    cancelled, (change, told) = cancel_booking(case, reason=" clinician is ill ", by=COORDINATOR, now=NOW)

    assert (CaseState.OFFERED, False) == (cancelled.state, cancelled.booking.is_live)
    assert ("cancelled", "clinician is ill") == (change.change, change.reason)
    assert (PUBLISHED.slot, "cancelled") == (told.payer_slot, told.change)


def test_cancelling_needs_a_reason_and_a_booking():
    """An Appointment is not cancelled for nothing, nor where there is none."""
    case, _ = book()

    with pytest.raises(ReasonMissing):
        cancel_booking(case, reason="  ", by=COORDINATOR, now=NOW)
    with pytest.raises(NoBooking):
        cancel_booking(a_case(), reason="why", by=COORDINATOR, now=NOW)
    with pytest.raises(NoBooking):
        move(a_case(), slot_of(PUBLISHED))


def test_every_effect_of_a_life_has_its_own_key():
    """Booked, moved away and back, cancelled, booked anew: twice is never once by mistake."""
    case, effects = book()
    keys = [each.key for each in effects]
    for step in (OTHER, PUBLISHED):
        case, effects = move(case, slot_of(step))
        keys += [each.key for each in effects]
    case, effects = cancel_booking(case, reason="ill", by=COORDINATOR, now=NOW)
    keys += [each.key for each in effects]
    with pytest.raises(AlreadyBooked):
        book(case)
    case, effects = book(case, booking_id="b2")
    keys += [each.key for each in effects]

    assert len(keys) == len(set(keys))
    assert "b2" == case.booking.id
