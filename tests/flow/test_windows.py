"""The payer's times: told ones are kept as told, published ones are its book as it is now; trouble is told."""

from datetime import timedelta

import pytest

from app.core.case import CaseState
from app.core.people import Reviewer
from app.core.windows import WindowPast, WindowRefused
from app.flow.windows import ToldWindow, capture_told_window, read_published_windows
from tests.builders import MONDAY, hours
from tests.fakes.office import PUBLISHER, ZONE, Office, a_slot, an_answer, book_best, bring, detected, told_window

KEY, PAYER = PUBLISHER


def publish(office: Office, *slots) -> None:
    """Let the payer publish these times."""
    office.desk.publish(KEY, *slots)


def read(office: Office, case):
    """Read the payer's book as a page does."""
    return read_published_windows(office.ports(), case.id, now=office.now)


def test_a_told_window_is_kept_with_who_said_so(office: Office):
    """Local words become instants; who told and who kept it stay with it; the case is offered."""
    case = detected(office)
    told = ToldWindow("2026-11-23", "10:00", "12:00", ZONE, "phone", "Scheduler Example", Reviewer(specialty="Spine"))
    kept = capture_told_window(office.ports(), case.id, told, seen=case.version, now=office.now)

    (window,) = kept.windows
    assert (MONDAY + hours(1), MONDAY + hours(3)) == (window.interval.start, window.interval.end)
    assert ("Scheduler Example", "Test Coordinator", "Spine") == (
        window.told_by,
        window.captured_by,
        window.reviewer.specialty,
    )
    assert (CaseState.OFFERED, "book") == (kept.state, kept.next_action.kind)
    assert ("offered", {"channel": "phone", "count": 1}) == (office.story(case)[-1].kind, office.story(case)[-1].data)


@pytest.mark.parametrize(
    ("told", "error"),
    [
        (told_window(day="2026-11-31"), WindowRefused),
        (told_window(start="14:00", end="10:00"), WindowRefused),
        (told_window(start="25:00"), WindowRefused),
        (told_window(day="2026-11-22"), WindowPast),
        (ToldWindow("2026-11-23", "10:00", "12:00", "Mars/Olympus", "phone"), WindowRefused),
    ],
    ids=["no such day", "ends first", "no such hour", "over", "no such zone"],
)
def test_a_window_that_cannot_be_true_is_not_kept(office: Office, told: ToldWindow, error: type):
    """Refused with its field, nothing saved, nothing counted."""
    case = detected(office)
    before = office.photo()
    with pytest.raises(error):
        capture_told_window(office.ports(), case.id, told, seen=case.version, now=office.now)

    assert before == office.photo()


def test_published_times_are_taken_over_as_they_are_now(office: Office):
    """New ones come, withdrawn ones go, told ones stay; the offer is counted once."""
    case = detected(office, an_answer(payer=PAYER))
    publish(office, a_slot(1, after=2), a_slot(2, after=4))
    read(office, case)
    capture_told_window(office.ports(), case.id, told_window(), seen=office.case(case.id).version, now=office.now)
    publish(office, a_slot(2, after=4), a_slot(3, after=6))
    stands = read(office, case).case

    assert [None, "Slot/2", "Slot/3"] == [each.slot and each.slot[-6:] for each in stands.windows]
    assert ["published", "phone"] == [each.data["channel"] for each in office.story(case) if each.kind == "offered"]


def test_reading_the_same_book_again_writes_nothing(office: Office):
    """A page opened twice makes one version, not two."""
    case = detected(office, an_answer(payer=PAYER))
    publish(office, a_slot(1, after=2))
    first = read(office, case).case
    again = read(office, case).case

    assert (first.version, ["denied", "offered"]) == (again.version, office.events(case))


def test_the_slot_that_is_booked_stays_when_the_payer_withdraws_it(office: Office):
    """A booked time is not free any more, so the book no longer shows it; the booking keeps its window."""
    case = detected(office, an_answer(payer=PAYER))
    publish(office, a_slot(1, after=2), a_slot(2, after=4))
    read(office, case)
    booked = book_best(office, case)
    publish(office)
    stands = read(office, case).case

    assert [booked.booking.payer_slot] == [each.slot for each in stands.windows]
    assert CaseState.BOOKED == stands.state


def test_a_payer_that_does_not_answer_is_told_and_changes_nothing(office: Office):
    """The times known before stay; the page says that they could not be read."""
    case = detected(office, an_answer(payer=PAYER))
    publish(office, a_slot(1, after=2))
    before = read(office, case).case
    office.desk.go_away()
    found = read(office, case)

    assert before == found.case
    assert "The payer does not answer. Call it, or try again later." == found.problem


def test_times_are_asked_for_up_to_the_deadline_only(office: Office):
    """A time after the payer's own last moment is no offer."""
    case = detected(office, an_answer(payer=PAYER))
    late = a_slot(9, after=24 * 5)
    publish(office, a_slot(1, after=2), late)

    assert ["slot-1"] == [each.id for each in read(office, case).case.windows]
    assert late.interval.start > min(clock.ends_at for clock in case.clocks)


def test_a_window_that_is_over_is_not_asked_for(office: Office):
    """Behind the deadline the payer's book does not matter any more."""
    case = detected(office, an_answer(payer=PAYER))
    office.now = max(clock.ends_at for clock in case.clocks if clock.name == "offer") + timedelta(minutes=1)
    read(office, case)

    assert [] == office.desk.asked


@pytest.mark.parametrize("state", ["decided", "closed", "lapsed", "no_call"])
def test_a_case_that_wants_no_call_asks_no_payer(office: Office, state: str):
    """Decided, closed, lapsed, or on another path: the payer's book is left alone."""
    case = bring(office, state, payer=PAYER)
    office.desk.asked.clear()
    read(office, case)

    assert [] == office.desk.asked


def test_a_payer_without_a_rule_is_not_another_payer(office: Office):
    """An unknown payer has no book of ours to read: nothing of another's comes in (D1)."""
    case = detected(office)
    publish(office, a_slot(1, after=2))

    assert () == read(office, case).case.windows
    assert [None] == office.desk.asked
