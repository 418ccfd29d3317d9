"""Whoever takes a call is told of it by the ways they chose: wherever it is booked, once, and only while it is so."""

import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.effects import SignInNeeded, WriteUnknown
from app.core.people import Role
from app.core.reminders import Choice, ChoiceRefused, Typed
from app.edges.store import SqlOutbox
from app.edges.store.reminders import SqlReminders
from app.errors import Permanent, Refused, Temporary
from app.flow import book, reminders
from app.flow.cases import NotYours
from app.flow.outbox import drain
from app.flow.plan import accept
from app.flow.ports import ChoiceMoved
from app.flow.reminders import NobodyThere, remind
from tests.builders import CLINICIAN
from tests.fakes.office import TENANT, Office, a_database, a_user, best_slot, detected, hold_best, keep_window, settle
from tests.flow.test_desk import offered, pick
from tests.flow.test_plan import all_of, planned, two_cases

MINE = Choice(CLINICIAN.reference, CLINICIAN.name, ("mail",), "dr@hospital.example", leads=(1440, 60, 15))


def chosen(office: Office, **changes) -> Choice:
    """Let the clinician of all cases choose."""
    return SqlReminders(office.database).choose(TENANT, replace(MINE, **changes), by=a_user(), at=office.now)


def work(office: Office) -> list[tuple[str, int]]:
    """Let the worker send what is due; return what was sent: what of it, of which revision."""
    before = len(office.notices.sent)
    counterparts = (NoEhr(), office.desk, None, office.notices)
    drain(SqlOutbox(office.database), *counterparts, now=lambda: office.now, jitter=lambda: 0.5)
    return [(each.what, each.revision) for each in office.notices.sent[before:]]


class NoEhr:
    """An EHR that takes everything at once."""

    def for_effect(self, tenant, session_id, *, now):
        """Give access."""
        return self

    def perform(self, effect, *, seen, wrote, may_send=True):
        """Say that it stands."""
        from app.flow.ports import Written

        return Written("Appointment/1", how="created")


def notices(office: Office, case) -> list[tuple[str, str]]:
    """Return every notice of a case, by the end of its key, and where it stands."""
    found = office.store.effects_of(case.tenant, case.id)
    return [(each.key.split("/")[-3], each.state) for each in found if each.kind == "TellClinician"]


def by_hand(office: Office):
    """Book as the office does."""
    case = keep_window(office, detected(office))
    return book.book(office.ports(), case.id, best_slot(office, case), seen=case.version, now=office.now)


def from_hold(office: Office):
    """Pick a held time."""
    held = hold_best(office, keep_window(office, detected(office)))
    return book.pick(
        office.ports(), held.id, held.holds[0].id, accept_unverified=False, seen=held.version, now=office.now
    )


def by_link(office: Office):
    """The payer picks."""
    made, secret = offered(office)
    pick(office, secret, made.case.holds[0].id)
    return office.case(made.case.id)


def by_plan(office: Office):
    """The morning plan is accepted."""
    two_cases(office)
    (first, *_) = accept(office.ports(), all_of(planned(office)), now=office.now)
    return first.case


@pytest.mark.parametrize("way", [by_hand, from_hold, by_link, by_plan])
def test_the_clinician_is_told_wherever_the_call_was_booked(office: Office, way):
    """One place where it is asked for: every path to a booking goes through it."""
    chosen(office)
    case = way(office)

    assert [("booked", "queued")] == notices(office, case)
    assert ("booked", 0) in work(office)


def test_a_move_and_a_cancellation_are_told_in_their_order(office: Office):
    """With the booking's revision, by which calendars know which word is the later."""
    chosen(office)
    case = by_hand(office)
    times = [each for each in reminders_free(office, case) if each.start != case.booking.interval.start]
    moved = book.move(office.ports(), case.id, times[0], seen=case.version, now=office.now)
    book.cancel(office.ports(), case.id, reason="No reviewer", why="told so", seen=moved.version, now=office.now)

    assert [("cancelled", 2)] == work(office)
    assert [("booked", "void"), ("moved", "void"), ("cancelled", "confirmed")] == notices(office, case)


def reminders_free(office: Office, case) -> list[book.Wanted]:
    """Return the times to which a call may be moved."""
    from app.flow.slots import propose_slots

    found = propose_slots(office.ports(), case.id, now=office.now).slots
    return [book.Wanted(each.interval.start, each.interval.end) for each in found]


def test_an_outcome_that_gives_the_call_up_takes_it_out_of_the_calendar(office: Office):
    """The plan said yes before the call: nobody waits for it."""
    chosen(office)
    case = by_hand(office)
    work(office)
    settle(office, office.case(case.id), result="not_held", not_held_reason="cancelled_by_payer", reference_number=None)

    assert ("cancelled", "queued") == notices(office, case)[-1]


def test_nothing_is_told_where_nobody_chose(office: Office):
    """And nothing is asked for."""
    assert [] == notices(office, by_hand(office))


def test_reminders_come_at_their_time_once(office: Office):
    """The worker looks every half minute; a restart looks again."""
    chosen(office)
    case = by_hand(office)
    starts_at = case.booking.interval.start
    work(office)
    asked = []
    for before in (90, 61, 60, 59.5, 30, 15, 14, 1):
        office.now = max(office.now, starts_at - timedelta(minutes=before))
        asked.append((before, remind(office.ports(), now=office.now), remind(office.ports(), now=office.now)))
        work(office)
    due = [before for before, count, again in asked if count]

    assert [before for before in (60, 15) if timedelta(minutes=before) < starts_at - case.booking.made_at] == due
    assert all(again == 0 for _, _, again in asked)
    assert {"reminder"} == {each.what for each in office.notices.sent[1:]}


def late(office: Office, **choice):
    """Return a case whose call begins in an hour, and whose reminder has been asked for and not sent."""
    chosen(office, **choice)
    case = keep_window(office, detected(office), day="2026-11-24")
    case = book.book(office.ports(), case.id, best_slot(office, case), seen=case.version, now=office.now)
    work(office)
    office.now = case.booking.interval.start - timedelta(minutes=60)
    assert 1 == remind(office.ports(), now=office.now)
    return office.case(case.id)


def test_a_reminder_of_a_time_that_was_moved_is_not_sent(office: Office):
    """Asked for a moment before somebody moved the call: looked at again just before it would go out."""
    case = late(office)
    times = [each for each in reminders_free(office, case) if each.start > case.booking.interval.end]
    book.move(office.ports(), case.id, times[-1], seen=case.version, now=office.now)

    assert [("moved", 1)] == work(office)
    assert ("reminder-60", "void") in notices(office, case)


def test_a_reminder_of_a_call_that_was_cancelled_is_not_sent(office: Office):
    """Nobody dials."""
    case = late(office)
    book.cancel(office.ports(), case.id, reason="Approved", why="x", seen=case.version, now=office.now)

    assert [("cancelled", 1)] == work(office)


def test_a_reminder_is_not_sent_after_the_call_began(office: Office):
    """The mail server was away for an hour."""
    case = late(office)
    office.notices.faults = [Temporary("The mail server does not answer.")] * 50
    work(office)
    office.now = case.booking.interval.start
    office.notices.faults = []

    assert [] == work(office)
    assert ("reminder-60", "void") in notices(office, case)


def test_a_notice_whose_answer_was_lost_is_a_persons_and_goes_out_once(office: Office):
    """Nobody can be asked what became of it."""
    chosen(office)
    case = by_hand(office)
    office.notices.faults = [WriteUnknown()]
    work(office)
    office.push(minutes=20)
    work(office)
    (state,) = (each for each in office.store.effects_of(TENANT, case.id) if each.kind == "TellClinician")

    assert ("dead", 1) == (state.state, len(office.notices.sent))
    assert "not known" in state.say


def test_a_notice_that_fails_keeps_nothing_from_being_booked(office: Office):
    """It stands on the case, in words; the worklist does not say that the EHR lacks something."""
    chosen(office)
    office.notices.faults = [Permanent("The mail server refused the message (550).")]
    case = by_hand(office)
    work(office)
    page = office.store.worklist(TENANT, user_key="x", show="open", search="", now=office.now, limit=10, offset=0)

    assert "booked" == office.case(case.id).state.value
    assert [("booked", "rejected")] == notices(office, case)
    assert [(0, True)] == [(row.unwritten, row.untold) for row in page.rows] and 0 == page.counts["unwritten"]


def test_a_clinician_chooses_for_themselves_and_the_office_for_anyone(office: Office):
    """Audited without the address; what another saved meanwhile is not written over."""
    me = office.ports(Role.CLINICIAN)
    typed = Typed(("mail",), "dr@hospital.example", leads=("60",))
    kept = reminders.choose(me, "Practitioner/clinician", typed, seen=0, now=office.now)
    with pytest.raises(NotYours):
        reminders.choose(me, CLINICIAN.reference, typed, seen=0, now=office.now)
    detected(office)
    for role in (Role.COORDINATOR, Role.DELEGATE, Role.MANAGER):
        page = reminders.reminder_page(office.ports(role), CLINICIAN.reference, now=office.now)
        reminders.choose(office.ports(role), CLINICIAN.reference, typed, seen=page.choice.version, now=office.now)
    with pytest.raises(ChoiceMoved):
        reminders.choose(office.ports(), CLINICIAN.reference, typed, seen=1, now=office.now)
    with pytest.raises(NobodyThere):
        reminders.choose(office.ports(), "Practitioner/nobody", typed, seen=0, now=office.now)
    with pytest.raises(ChoiceRefused):
        reminders.choose(me, "Practitioner/clinician", replace(typed, mail="x"), seen=1, now=office.now)
    acts = [act for _, act, _, _ in office.audited() if act.startswith("reminders of")]

    assert (1, "Test Clinician") == (kept.version, kept.name)
    assert ["reminders of Practitioner/clinician: mail"] + [f"reminders of {CLINICIAN.reference}: mail"] * 3 == acts
    assert not any("dr@hospital.example" in str(entry) for entry in office.audited())


def own_copies(office: Office, **changes) -> None:
    """Let the coordinator choose to be told of what they book."""
    typed = Typed(("mail",), "desk@hospital.example", leads=("60",))
    reminders.choose_copies(office.ports(), replace(typed, **changes), seen=0, now=office.now)


@pytest.mark.parametrize("way", [by_hand, from_hold, by_link, by_plan])
def test_whoever_booked_gets_a_copy_where_they_chose_so(office: Office, way):
    """Of a payer's pick, whoever offered it the times; nobody else in the office (product F43)."""
    own_copies(office)
    case = way(office)
    work(office)
    sent, *_ = office.notices.sent

    assert ("booked", "desk@hospital.example", "booker") == (sent.what, sent.to, sent.key.rpartition("/")[2])
    assert case.booking.is_live


def test_one_address_is_told_once(office: Office):
    """A clinician's office that books for them, and gets copies as well."""
    own_copies(office, mail="dr@hospital.example")
    chosen(office, copies=("dr@hospital.example", "desk@hospital.example"))
    by_hand(office)
    work(office)

    assert ["dr@hospital.example", "desk@hospital.example"] == [each.to for each in office.notices.sent]


def test_whoever_booked_is_reminded_too(office: Office):
    """By the key of their session, which the outbox keeps; of a call that another moved, the other is."""
    own_copies(office)
    me = office.ports(acts_for=f"{TENANT}|coordinator")
    case = keep_window(office, detected(office), day="2026-11-24")
    case = book.book(me, case.id, best_slot(office, case), seen=case.version, now=office.now)
    office.now = case.booking.interval.start - timedelta(minutes=60)

    assert (1, 0) == (remind(office.ports(), now=office.now), remind(office.ports(), now=office.now))
    assert [("booked", 0), ("reminder", 0)] == work(office)


def test_own_copies_are_nobody_elses_and_no_clinicians_reminders(office: Office):
    """They do not appear in the list of clinicians; an EHR message is the clinician's alone."""
    own_copies(office, ways=("ehr", "mail"), copies="x@y.example")
    detected(office)
    page = reminders.reminder_page(office.ports(), None, now=office.now)
    mine = reminders.copies_page(office.ports(), now=office.now)

    assert [CLINICIAN.reference] == [each.person for each in page.listed]
    assert (("mail",), ()) == (mine.choice.ways, mine.choice.copies)
    assert 0 == reminders.copies_page(office.ports(Role.DELEGATE), now=office.now).choice.version


DAYS = [f"2026-11-{day}" for day in (24, 25)]


def walk(office: Office, seed: int) -> list[str]:
    """
    Book, then move, cancel, look, send and let time pass in any order; return what was sent that was not so.

    What was sent is held against the case as it stood at that moment, and against the clock.
    """
    drawn, wrong, names = random.Random(seed), [], Counter()
    case = keep_window(office, detected(office), day=drawn.choice(DAYS))
    case = book.book(office.ports(), case.id, best_slot(office, case), seen=case.version, now=office.now)
    for _ in range(14):
        case = office.case(case.id)
        act = drawn.choice(["pass", "look", "look", "send", "move", "cancel" if drawn.random() < 0.3 else "pass"])
        if act == "pass":
            office.now = min(
                office.now + timedelta(minutes=drawn.choice([7, 45, 300, 900])),
                case.booking.interval.end if case.booking.is_live else office.now,
            )
        elif act == "look":
            remind(office.ports(), now=office.now)
        elif act == "send":
            before = len(office.notices.sent)
            work(office)
            wrong += [each.key for each in office.notices.sent[before:] if not is_so(each, case, office.now)]
        elif case.booking.is_live and office.now < case.booking.interval.start:
            change(office, case, act, drawn)
    names.update(each.key for each in office.notices.sent)
    return wrong + [key for key, count in names.items() if count > 1]


def is_so(told, case, now) -> bool:
    """Whether what was told was so when it was sent."""
    if told.what == "cancelled":
        return not case.booking.is_live
    live = case.booking.is_live and case.booking.revision == told.revision
    return live and now < case.booking.interval.start and told.interval == case.booking.interval


def change(office: Office, case, act: str, drawn) -> None:
    """Move or cancel the call, where it can be."""
    try:
        if act == "cancel":
            book.cancel(office.ports(), case.id, reason="x", why="x", seen=case.version, now=office.now)
            return
        times = [each for each in reminders_free(office, case) if each.start != case.booking.interval.start]
        book.move(office.ports(), case.id, drawn.choice(times[:6]), seen=case.version, now=office.now)
    except (Refused, IndexError):
        pass  # nothing is free any more


@pytest.mark.parametrize("seed", range(12))
def test_in_whatever_order_things_happen_nothing_is_told_that_is_not_so(office: Office, seed: int):
    """Each notice once, of the call as it stands, before it begins."""
    chosen(office)

    assert [] == walk(office, seed)


def test_without_the_last_look_the_same_walks_tell_what_is_not_so(tmp_path, monkeypatch):
    """The control: the walks do come to where a reminder in the outbox is overtaken."""
    monkeypatch.setattr("app.flow.outbox.check_still_so", lambda *_, **__: None)
    found = []
    for seed in range(12):
        folder = tmp_path / str(seed)
        folder.mkdir()
        database = a_database(folder)
        office = Office(database)
        chosen(office)
        found += walk(office, seed)
        database.close()

    assert found


class SignedOut(NoEhr):
    """An EHR at which nobody is signed in."""

    def for_effect(self, tenant, session_id, *, now):
        """Have no token."""
        raise SignInNeeded


def test_an_ehr_message_waits_for_a_session_until_the_call_begins(office: Office):
    """Whoever booked signs in again and it goes out; once the call has begun it is nobody's use any more."""
    case = late(office, ways=("ehr",))
    counterparts = (SignedOut(), office.desk, None, office.notices)
    how = {"now": lambda: office.now, "jitter": lambda: 0.5}
    drain(SqlOutbox(office.database), *counterparts, **how)
    assert ("reminder-60", "waiting") in notices(office, case)
    office.now = case.booking.interval.start
    drain(SqlOutbox(office.database), *counterparts, **how)

    assert ("reminder-60", "void") in notices(office, case)
    assert [] == office.notices.sent  # the EHR's way is not the others'
