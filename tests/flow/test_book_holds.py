"""Times are held, picked, given back and left to expire, through the real store and with every step on record."""

from datetime import timedelta

import pytest

from app.core.book import SlotTaken
from app.core.book.holds import HoldGone
from app.core.case import CaseState
from app.core.outcome import OutcomeForm
from app.flow.book import SlotGone, Wanted, book, hold, pick, release
from app.flow.cases import OtherPatient
from app.flow.outcome import record_outcome
from app.flow.slots import propose_slots
from app.flow.tick import release_expired
from tests.fakes.office import Office, a_slot
from tests.flow.test_book import book_it, published, take

HOUR = timedelta(hours=1)


def wanted(case, *numbers: int) -> list[Wanted]:
    """Return the payer's published times by their place."""
    windows = [case.windows[number].interval for number in numbers]
    return [Wanted(each.start, each.end) for each in windows]


def hold_them(office: Office, case, *numbers: int, until=None, **more):
    """Hold as a page does."""
    return hold(
        office.ports(session_id="s1", **more),
        case.id,
        wanted(case, *numbers),
        until=until or office.now + HOUR,
        waits_on="clinician",
        seen=case.version,
        now=office.now,
    )


def two_times(office: Office, id: str = "cr1", **answer):
    """Return a case whose payer publishes two times."""
    return published(office, a_slot(1, after=2), a_slot(2, after=3), id=id, **answer)


def test_what_is_held_is_offered_to_nobody_else_and_picked_once(office: Office):
    """Two times held; a colleague's case of the same clinician is offered neither; the pick frees the other."""
    held = hold_them(office, two_times(office), 0, 1)
    rival = two_times(office, id="cr2", patient="p2")

    assert (CaseState.HELD, 2) == (held.state, len(held.holds))
    assert propose_slots(office.ports(), rival.id, now=office.now).slots == ()
    with pytest.raises(SlotTaken):
        book_it(office, rival, *wanted(rival, 0))

    mine = pick(office.ports(), held.id, held.holds[1].id, accept_unverified=False, seen=held.version, now=office.now)
    assert (CaseState.BOOKED, held.holds[1].interval) == (mine.state, mine.booking.interval)
    assert ["denied", "offered", "held", "booked"] == office.events(mine)
    assert ["WriteAppointment", "TellPayer"] == office.effects(mine)
    (free,) = propose_slots(office.ports(), rival.id, now=office.now).slots
    assert held.holds[0].interval == free.interval


def test_a_hold_that_nobody_answers_is_given_back(office: Office):
    """The worker gives it back once; until it looked, the time was anybody's all the same."""
    held = hold_them(office, two_times(office), 0)
    rival = two_times(office, id="cr2", patient="p2")
    office.now += HOUR
    with pytest.raises(HoldGone):
        pick(office.ports(), held.id, held.holds[0].id, accept_unverified=False, seen=held.version, now=office.now)
    book(office.ports(), rival.id, *wanted(rival, 0), seen=rival.version, now=office.now)
    office.now += timedelta(seconds=1)
    assert (1, 0) == (
        release_expired(office.ports(), now=office.now),
        release_expired(office.ports(), now=office.now),
    )

    stands = office.case(held.id)
    assert (CaseState.OFFERED, ()) == (stands.state, stands.holds)
    assert 1 == office.events(stands).count("hold_expired")


def test_all_are_held_or_none(office: Office):
    """One of two is taken meanwhile: nothing is held, nothing is on record."""
    case = two_times(office)
    take(office, case.windows[1].interval.start)
    with pytest.raises(SlotGone):
        hold_them(office, case, 0, 1)

    assert (CaseState.OFFERED, ()) == (office.case(case.id).state, office.case(case.id).holds)
    assert [] == office.rows("busy_quanta")


def test_the_calendar_is_read_again_at_the_pick(office: Office):
    """Taken in the clinician's calendar since it was held: refused, and the hold stands for whoever sorts it out."""
    held = hold_them(office, two_times(office), 0)
    take(office, held.holds[0].interval.start)
    with pytest.raises(SlotTaken):
        pick(office.ports(), held.id, held.holds[0].id, accept_unverified=False, seen=held.version, now=office.now)

    assert held.holds == office.case(held.id).holds


def test_giving_back_is_on_record(office: Office):
    """One by one, or all; whoever may book may do it, nobody else."""
    held = hold_them(office, two_times(office), 0, 1)
    one = release(office.ports(), held.id, hold_id=held.holds[0].id, seen=held.version, now=office.now)
    none = release(office.ports(), held.id, hold_id=None, seen=one.version, now=office.now)

    assert (1, 0, CaseState.OFFERED) == (len(one.holds), len(none.holds), none.state)
    assert ["held", "released", "released"] == office.events(held)[-3:]
    assert [] == office.rows("busy_quanta")


def test_an_outcome_ends_the_holds(office: Office):
    """The payer called of its own accord and decided: nobody's time stays kept for the case."""
    held = hold_them(office, two_times(office), 0)
    form = OutcomeForm(result="approved", final=True)
    record_outcome(office.ports(), held.id, form, seen=held.version, now=office.now)

    assert (CaseState.CONFIRMED, ()) == (office.case(held.id).state, office.case(held.id).holds)
    assert [] == office.rows("busy_quanta")


def test_only_who_may_book_may_hold(office: Office):
    """From another patient's chart nothing is held."""
    case = two_times(office)
    with pytest.raises(OtherPatient):
        hold_them(office, case, 0, patient="Patient/p9")
