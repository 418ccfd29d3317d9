"""A booking is made once, on calendars read again; whatever came in between is told and nothing is half done."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from app.core.book import AlreadyBooked, CalendarUnverified, NoBooking, ReasonMissing, SlotTaken
from app.core.case import CaseState, MoveRefused
from app.core.interval import Interval
from app.errors import Refused, Temporary
from app.flow.book import SlotGone, Wanted, book, cancel, move
from app.flow.windows import read_published_windows
from tests.builders import CLINICIAN, MONDAY, hours
from tests.fakes.office import (
    PUBLISHER,
    TENANT,
    Office,
    a_slot,
    an_answer,
    best_slot,
    bring,
    detected,
    keep_window,
)

OTHER = replace(CLINICIAN, reference="Practitioner/other", name="Dr Other")


def take(office: Office, start: datetime, minutes: int = 20, *, who=CLINICIAN) -> None:
    """Let somebody else put something into the clinician's calendar."""
    span = Interval(start, start + timedelta(minutes=minutes))
    office.ehr.calendars.setdefault(who.reference, []).append(span)


def book_it(office: Office, case, wanted: Wanted, **more):
    """Book as a page does. more: as Office.ports."""
    return book(office.ports(session_id="s1", **more), case.id, wanted, seen=case.version, now=office.now)


def published(office: Office, *slots, id: str = "cr1", **answer):
    """Return a case whose payer publishes these times."""
    office.desk.publish(PUBLISHER[0], *slots)
    case = detected(office, an_answer(id, payer=PUBLISHER[1], **answer))
    return read_published_windows(office.ports(), case.id, now=office.now).case


def effects(office: Office, case) -> list[tuple[str, str]]:
    """Return kind and target of each write asked for."""
    return [
        (each.kind, each.key.removeprefix(f"{TENANT}/{case.id}/")) for each in office.store.effects_of(TENANT, case.id)
    ]


def test_a_booking_is_saved_with_what_must_be_told(office: Office):
    """State, effects, event and the claim on time in one save; the EHR and the payer each are told once."""
    case = published(office, a_slot(1, after=2))
    booked = book_it(office, case, best_slot(office, case))

    key = booked.booking.id
    assert CaseState.BOOKED == booked.state
    assert [("WriteAppointment", f"appointment/{key}"), ("TellPayer", f"payer-slot/{key}/0/booked")] == effects(
        office, case
    )
    assert ["denied", "offered", "booked"] == office.events(case)
    assert 20 == len(office.rows("busy_quanta"))
    assert {"s1"} == {row[8] for row in office.rows("effects")}


def test_a_told_time_is_told_to_the_ehr_alone(office: Office):
    """A payer that gave its time by phone has no book of ours to write in."""
    case = bring(office, "offered")
    book_it(office, case, best_slot(office, case))

    assert ["WriteAppointment"] == office.effects(case)


def test_a_time_between_two_appointments_can_be_booked_as_it_was_proposed(office: Office):
    """
    The gap begins at seven past and holds one call exactly.

    It was proposed, and refused when it was chosen: read again alone, the calendar's block began on the hour.
    """
    case = bring(office, "offered")
    window = case.windows[0].interval
    gap = window.start + timedelta(minutes=7)
    take(office, window.start, 7)
    take(office, gap + timedelta(minutes=20), (window.end - gap) // timedelta(minutes=1))
    wanted = best_slot(office, case)
    assert gap == wanted.start

    assert gap == book_it(office, case, wanted).booking.interval.start


def test_a_calendar_that_changed_since_the_page_is_read_again(office: Office):
    """Free on the page, taken at the click: refused, nothing booked (the outside calendar is re-read first)."""
    case = bring(office, "offered")
    wanted = best_slot(office, case)
    take(office, wanted.start + timedelta(minutes=5), 5)
    before = office.photo()
    with pytest.raises(SlotGone):
        book_it(office, case, wanted)

    assert before == office.photo()


def test_an_unverified_calendar_is_not_booked_without_a_word(office: Office):
    """Nobody looked: refused. Somebody says that they asked: booked, and the booking remembers why it was risky."""
    case = bring(office, "offered")
    wanted = best_slot(office, case)
    office.ehr.unreadable.add(CLINICIAN.reference)
    with pytest.raises(CalendarUnverified):
        book_it(office, case, wanted)
    assert [] == office.effects(case)

    booked = book_it(office, case, replace(wanted, accept_unverified=True))
    assert "could not be read" in booked.booking.because[0]


def test_a_slot_that_the_payer_gave_away_is_gone(office: Office):
    """The payer's book was read again meanwhile and the time is not in it."""
    case = published(office, a_slot(1, after=2), a_slot(2, after=4))
    wanted = Wanted(a_slot(1, after=2).interval.start, a_slot(1, after=2).interval.end)
    office.desk.publish(PUBLISHER[0], a_slot(2, after=4))
    read_published_windows(office.ports(), case.id, now=office.now)
    with pytest.raises(SlotGone):
        book_it(office, case, wanted)

    assert ([], []) == (office.effects(case), office.rows("busy_quanta"))


def test_one_published_slot_has_one_winner(office: Office):
    """Two cases, two clinicians, one slot of the payer: the second is refused, the first keeps it."""
    first = published(office, a_slot(1, after=2))
    second = published(office, a_slot(1, after=2), id="cr2", patient="p2", clinician=OTHER)
    wanted = best_slot(office, second)
    won = book_it(office, first, best_slot(office, first))
    with pytest.raises(SlotTaken):
        book_it(office, second, wanted)

    assert (won.booking, None) == (office.case(first.id).booking, office.case(second.id).booking)
    assert [] == office.effects(second)


def test_one_clinician_is_promised_once(office: Office):
    """Two payers' windows overlap: the clinician stands in one call at a time, whatever the EHR shows yet."""
    first = keep_window(office, detected(office, an_answer("cr1")))
    second = keep_window(office, detected(office, an_answer("cr2", patient="p2")))
    wanted = best_slot(office, second)
    book_it(office, first, wanted)
    overlapping = Wanted(wanted.start + timedelta(minutes=10), wanted.end + timedelta(minutes=10))
    for each in (wanted, overlapping):
        with pytest.raises(SlotTaken):
            book_it(office, second, each)

    book_it(office, second, Wanted(wanted.end, wanted.end + timedelta(minutes=20)))
    assert 40 == len(office.rows("busy_quanta"))


def test_a_case_has_one_call_at_a_time(office: Office):
    """The button pressed on an old page a second time does not make a second call."""
    case = bring(office, "booked")
    with pytest.raises(AlreadyBooked):
        book_it(office, case, best_slot(office, case))

    assert ["WriteAppointment"] == office.effects(case)


FAR = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))
LAST = datetime(9999, 12, 31, 23, 59, tzinfo=timezone(-timedelta(hours=12)))


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(MONDAY + hours(6), MONDAY + hours(6.5)),
        Wanted(MONDAY + hours(1), MONDAY + hours(5)),
        Wanted(MONDAY - hours(1), MONDAY - hours(0.5)),
        Wanted(MONDAY + hours(1), MONDAY + hours(1) + timedelta(minutes=19)),
        Wanted(FAR, FAR + hours(1)),
        Wanted(LAST - hours(1), LAST),
        Wanted(datetime(1970, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)),
    ],
    ids=["outside", "whole window", "past", "too short", "year 1", "year 9999", "a century"],
)
def test_a_time_that_nobody_offered_is_gone(office: Office, wanted: Wanted):
    """Whatever a form says, only a time of the case's own windows is booked; for any other the EHR is not searched."""
    case = bring(office, "offered")
    office.ehr.asked.clear()
    with pytest.raises(SlotGone):
        book_it(office, case, wanted)

    assert [] == office.effects(case)
    asked = [span for span in office.ehr.spans if span.end - span.start > hours(24)]
    assert [] == asked


def test_without_a_clinician_nothing_is_booked(office: Office):
    """Nobody of ours is named: said so, not booked for nobody."""
    case = keep_window(office, detected(office, an_answer(clinician=None)))
    with pytest.raises(SlotGone, match="Nobody of ours"):
        book_it(office, case, Wanted(MONDAY + hours(1), MONDAY + hours(1) + timedelta(minutes=20)))


def test_an_ehr_that_is_away_books_nothing(office: Office):
    """Without the calendar nothing is promised; nothing is half done."""
    case = bring(office, "offered")
    wanted = best_slot(office, case)
    before = office.photo()
    office.ehr.go_away()
    with pytest.raises(Temporary):
        book_it(office, case, wanted)

    assert before == office.photo()


def test_a_move_gives_the_old_time_back(office: Office):
    """One Appointment changes, the payer's old slot is returned and the new one taken, each once."""
    case = published(office, a_slot(1, after=2), a_slot(2, after=4))
    slots = [Wanted(each.interval.start, each.interval.end) for each in case.windows]
    booked = book_it(office, case, slots[0])
    take(office, slots[0].start)  # our own Appointment, as the EHR shows it by now
    moved = move(office.ports(), case.id, slots[1], seen=booked.version, now=office.now)

    key = booked.booking.id
    assert (slots[1].start, 1, key) == (moved.booking.interval.start, moved.booking.revision, moved.booking.id)
    assert [
        ("WriteAppointment", f"appointment/{key}"),
        ("TellPayer", f"payer-slot/{key}/0/booked"),
        ("ChangeAppointment", f"appointment/{key}/1"),
        ("TellPayer", f"payer-slot/{key}/1/cancelled"),
        ("TellPayer", f"payer-slot/{key}/1/booked"),
    ] == effects(office, case)
    assert ["booked", "moved"] == office.events(case)[-2:]
    assert {int(slots[1].start.timestamp()) // 60 + n for n in range(20)} == {
        row[2] for row in office.rows("busy_quanta")
    }


def test_a_call_can_be_moved_by_less_than_its_own_length(office: Office):
    """Ten minutes later overlaps the call itself, which blocks nothing but strangers."""
    case = bring(office, "booked")
    office.ehr.calendars[CLINICIAN.reference] = [case.booking.interval]
    later = Wanted(
        case.booking.interval.start + timedelta(minutes=10), case.booking.interval.end + timedelta(minutes=10)
    )
    moved = move(office.ports(), case.id, later, seen=case.version, now=office.now)

    assert later.start == moved.booking.interval.start


def test_a_move_onto_somebody_elses_time_is_refused_and_the_call_stands(office: Office):
    """The new time was taken meanwhile: the old booking is as it was."""
    case = bring(office, "booked")
    wanted = best_slot(office, case)
    take(office, wanted.start)
    before = office.photo()
    with pytest.raises(Refused):
        move(office.ports(), case.id, wanted, seen=case.version, now=office.now)

    assert before == office.photo()


def test_a_cancelled_call_frees_its_time_for_others(office: Office):
    """The minutes and the payer's slot are given back in the same save, with the reason the EHR keeps."""
    case = published(office, a_slot(1, after=2))
    booked = book_it(office, case, best_slot(office, case))
    why = "It was the only time; the payer promised more."
    gone = cancel(office.ports(), case.id, reason="clinic moved", why=why, seen=booked.version, now=office.now)

    assert (CaseState.OFFERED, "cancelled", "book") == (gone.state, gone.booking.state, gone.next_action.kind)
    assert [] == office.rows("busy_quanta")
    assert ["WriteAppointment", "TellPayer", "ChangeAppointment", "TellPayer"] == office.effects(case)

    again = book_it(office, gone, best_slot(office, gone))
    keys = [each.key for each in office.store.effects_of(TENANT, case.id)]
    assert (again.booking.id != booked.booking.id, 6, 6) == (True, len(keys), len(set(keys)))


def test_a_call_is_not_cancelled_without_a_reason(office: Office):
    """The EHR keeps the reason; without one nothing changes."""
    case = bring(office, "booked")
    before = office.photo()
    with pytest.raises(ReasonMissing):
        cancel(office.ports(), case.id, reason="  ", seen=case.version, now=office.now)

    assert before == office.photo()


@pytest.mark.parametrize("state", ["offered", "missed", "decided"])
def test_what_is_not_booked_is_neither_moved_nor_cancelled(office: Office, state: str):
    """No live booking: told so."""
    case = bring(office, state)
    with pytest.raises(NoBooking):
        cancel(office.ports(), case.id, reason="x", seen=case.version, now=office.now)


def test_a_closed_case_takes_no_booking(office: Office):
    """What is over stays over, even from a page that still shows a slot."""
    case = bring(office, "closed")
    start = MONDAY + hours(3)
    with pytest.raises(MoveRefused):
        book_it(office, case, Wanted(start, start + timedelta(minutes=20)))

    assert CaseState.CLOSED == office.case(case.id).state
