"""The times both sides have free, read fresh from every calendar; where there is none, why."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.case import OfferedWindow
from app.core.interval import Interval
from app.core.slots import Habits
from app.flow import book
from app.flow.callers import NoStandIn
from app.flow.slots import propose_slots
from tests.builders import CLINICIAN, MONDAY, hours
from tests.fakes.ehr import UNREADABLE
from tests.fakes.office import Office, an_answer, bring, detected, keep_window


def propose(office: Office, case):
    """Ask for the free times."""
    return propose_slots(office.ports(), case.id, now=office.now)


def busy(office: Office, start: float, end: float) -> None:
    """Take the clinician's time, in hours from Monday's start."""
    span = Interval(MONDAY + hours(start), MONDAY + hours(end))
    office.ehr.calendars.setdefault(CLINICIAN.reference, []).append(span)


def test_only_times_that_both_have_free_are_offered(office: Office):
    """The payer talks from ten to two, the clinician is taken from half past ten to one."""
    case = bring(office, "offered")
    busy(office, 1.5, 4)
    found = propose(office, case)

    starts = {(each.interval.start - MONDAY) / hours(1) for each in found.slots}
    assert min(starts) == 1
    assert all(start + 1 / 3 <= 1.5 or start >= 4 for start in starts)
    assert found.busy.verified


def test_the_calendar_is_read_anew_each_time(office: Office):
    """What was free a minute ago is not offered on the strength of that."""
    case = bring(office, "offered")
    first = propose(office, case).slots[0].interval
    busy(office, 0, 5)
    again = propose(office, case)

    assert first.start == MONDAY + hours(1)
    assert (again.slots, bool(again.misses)) == ((), True)
    assert "busy" in again.misses[0].sentence


def test_an_unread_calendar_is_said_and_not_taken_for_a_free_one(office: Office):
    """The times are shown as not verified, each with that as its reason."""
    case = bring(office, "offered")
    office.ehr.unreadable.add(CLINICIAN.reference)
    found = propose(office, case)

    assert (False, (UNREADABLE,)) == (found.busy.verified, found.busy.warnings)
    assert all("could not be read" in each.because[0] for each in found.slots)


def test_without_an_offer_it_says_what_is_waited_for(office: Office):
    """No window: no calendar is read, and the page has a sentence."""
    case = bring(office, "open")
    office.ehr.asked.clear()

    assert "The payer has offered no time yet." == propose(office, case).why_none
    assert [] == office.ehr.asked


def test_without_a_clinician_it_says_who_is_missing(office: Office):
    """Nobody of ours is named in the request: nobody's calendar is guessed."""
    case = keep_window(office, detected(office, an_answer(clinician=None)))

    assert "Nobody of ours is named" in propose(office, case).why_none


def test_windows_that_are_over_offer_nothing(office: Office):
    """Yesterday's offer is not today's."""
    case = bring(office, "offered")
    office.push(hours=12)

    assert "The payer has offered no time yet." == propose(office, case).why_none


def test_the_booked_call_does_not_block_its_own_move(office: Office):
    """The EHR shows our own Appointment: the times around it are free to move to, its own time is not offered."""
    case = bring(office, "booked")
    mine = case.booking.interval
    office.ehr.calendars[CLINICIAN.reference] = [mine]
    offered = [each.interval for each in propose(office, case).slots]

    assert mine not in offered
    assert any(each.overlaps(mine) for each in offered)


def test_a_proposal_changes_nothing(office: Office):
    """Looking is not deciding."""
    case = bring(office, "offered")
    before = office.photo()
    propose(office, case)

    assert before == office.photo()


def test_a_slot_leaves_the_notice_that_a_clinician_needs(office: Office):
    """At half past ten nothing before eleven is offered: half an hour's notice is the site's own rule."""
    case = bring(office, "offered")
    office.push(minutes=90)
    least = min(each.interval.start for each in propose(office, case).slots)

    assert least == office.now + timedelta(minutes=office.site.notice_minutes)


COVER = replace(CLINICIAN, reference="Practitioner/cover", name="Dr Cover")
TAKES_COVER = ("Wellpoint NJ", "medicaid")  # a payer that names covering physicians


def covered(office: Office, colleague=COVER, payer=TAKES_COVER):
    """Return an offered case whose clinician has no time left, and a colleague who has."""
    office.site = replace(office.site, cover={CLINICIAN.reference: (colleague.reference,)})
    office.ehr.staff[colleague.reference] = colleague
    name, line = payer
    case = keep_window(office, detected(office, an_answer(payer=name, line_of_business=line)))
    busy(office, 0, 6)
    return case


def chosen(slot):
    """Return what the form says of a slot."""
    return book.Wanted(slot.interval.start, slot.interval.end, clinician=slot.clinician.reference)


def test_a_colleague_who_covers_is_proposed_and_booked_in_their_own_name(office: Office):
    """The payer names covering physicians, the specialty is the same: the call and the case are the colleague's."""
    case = covered(office)
    best = propose(office, case).slots[0]
    assert (COVER.reference, True) == (best.clinician.reference, best.stands_in)

    seen = office.case(case.id).version
    booked = book.book(office.ports(), case.id, chosen(best), seen=seen, now=office.now)
    assert COVER.reference == booked.booking.clinician.reference == booked.clinician.reference
    assert "covering_physician" == booked.booking.clinician.credential
    assert ["clinician_chosen", "booked"] == office.events(booked)[-2:]


@pytest.mark.parametrize(
    ("colleague", "payer"),
    [(COVER, ("Payer Test", "commercial")), (replace(COVER, specialty="Internal medicine"), TAKES_COVER)],
)
def test_whom_the_payer_is_not_known_to_take_is_neither_proposed_nor_booked(office: Office, colleague, payer):
    """A payer of whom nothing is known, a colleague of another specialty: a form that names them all the same fails."""
    case = covered(office, colleague, payer)
    assert () == propose(office, case).slots

    start = MONDAY + hours(2)
    wanted = book.Wanted(start, start + timedelta(minutes=20), clinician=colleague.reference)
    with pytest.raises(NoStandIn):
        book.book(office.ports(), case.id, wanted, seen=office.case(case.id).version, now=office.now)


def test_a_colleague_whose_record_cannot_be_read_is_said(office: Office):
    """The own clinician's times are shown all the same."""
    case = covered(office)
    office.ehr.calendars.clear()
    del office.ehr.staff[COVER.reference]
    found = propose(office, case)

    assert found.slots and not any(each.stands_in for each in found.slots)
    assert "A colleague who covers could not be looked at" in found.said[0]


def test_the_site_says_what_is_kept_around_calls(office: Office):
    """Ten minutes after a busy hour before the first call; one of them keeps none."""
    case = bring(office, "offered")
    busy(office, 0, 1)
    kept = Habits(prepare=timedelta(minutes=10))
    office.site = replace(office.site, habits=kept)
    assert MONDAY + hours(1) + kept.prepare == min(each.interval.start for each in propose(office, case).slots)

    office.site = replace(office.site, own_habits={CLINICIAN.reference: Habits()})
    assert MONDAY + hours(1) == min(each.interval.start for each in propose(office, case).slots)


def test_what_was_proposed_with_its_pauses_is_refused_without_them(office: Office):
    """Between the look and the booking a colleague books right beside it: the pause is gone, so is the time."""
    office.site = replace(office.site, habits=Habits(timedelta(minutes=10), timedelta(minutes=10)))
    mine, yours = (keep_window(office, detected(office, an_answer(f"cr{n}", patient=f"p{n}"))) for n in (1, 2))
    first, second = MONDAY + hours(2), MONDAY + hours(2) + timedelta(minutes=30)
    for case, start, may in ((mine, first, True), (yours, second, False)):
        wanted = book.Wanted(start, start + timedelta(minutes=20))
        seen = office.case(case.id).version
        if may:
            book.book(office.ports(), case.id, wanted, seen=seen, now=office.now)
        else:
            with pytest.raises(book.SlotGone):
                book.book(office.ports(), case.id, wanted, seen=seen, now=office.now)


def test_where_nothing_fits_the_smallest_changes_are_told_with_their_words(office: Office):
    """A clinician who is taken all through the window: a further time, an hour to free, a colleague to ask about."""
    case = covered(office, payer=("Payer Test", "commercial"))
    found = propose(office, case)
    kinds = [each.kind for each in found.changes]

    assert ["colleague", "block", "window"] == kinds
    assert all(each.sentence and each.draft for each in found.changes)
    assert "Dr Cover" in found.changes[0].sentence
    further = found.changes[-1].interval
    assert further.start >= MONDAY + hours(6), "when the clinician is free"
    assert not any(each.interval.overlaps(further) for each in office.case(case.id).windows)


def test_a_change_that_is_followed_makes_a_call_fit(office: Office):
    """The payer agrees to the time that was asked for: it is offered then."""
    case = covered(office, payer=("Payer Test", "commercial"))
    further = propose(office, case).changes[-1].interval
    more = OfferedWindow("more", further, "phone")
    kept = replace(office.case(case.id), windows=(*office.case(case.id).windows, more))
    office.store.save(kept, seen=kept.version, now=office.now)

    assert [further] == [each.interval for each in propose(office, case).slots]


def test_the_way_between_two_places_is_left_free(office: Office):
    """An hour between the clinic and the hospital, forty minutes apart: the call is right beside one of them."""
    case = bring(office, "offered")
    for start, end, place in ((1, 2, "Location/clinic"), (3, 5, "Location/hospital")):
        busy(office, start, end)
        office.ehr.places[Interval(MONDAY + hours(start), MONDAY + hours(end))] = place
    office.site = replace(office.site, habits=Habits(travel=timedelta(minutes=40)))
    starts = {each.interval.start for each in propose(office, case).slots}

    assert {MONDAY + hours(2), MONDAY + hours(2) + timedelta(minutes=40)} == starts
