"""Held times and the booked call stand in the clinician's own calendar, once, and go with the case."""

import pytest

from app.core.book import SlotTaken
from app.core.effects import SignInNeeded, WriteUnknown
from app.edges.calendars import Connected, ConnectedCalendars
from app.edges.http import NotAuthorised
from app.edges.store import SqlOutbox
from app.flow.book import SlotGone, cancel, move, pick, release
from app.flow.outbox import drain
from app.flow.ports import Ports
from app.flow.slots import propose_slots
from app.flow.tick import release_expired
from app.flow.worklist import writes_of
from tests.fakes.calendars import FakeCalendar
from tests.fakes.office import Office, a_slot
from tests.flow.test_book import book_it, published
from tests.flow.test_book_holds import hold_them, two_times, wanted


@pytest.fixture
def outlook() -> FakeCalendar:
    """The clinician's calendar that takes our calls."""
    return FakeCalendar("Outlook")


@pytest.fixture
def ports(office: Office, outlook: FakeCalendar) -> Ports:
    """The ports of a coordinator, with that calendar connected."""
    return office.ports(session_id="s1", calendars=connected(outlook))


def connected(outlook: FakeCalendar, *before: FakeCalendar) -> ConnectedCalendars:
    """Return the clinician's calendars: this one takes calls, those took them before."""
    return ConnectedCalendars(lambda *_: Connected([outlook, *before], outlook, before))


def work(office: Office, calendars, *, minutes: float = 0) -> None:
    """Let the worker do what is due then."""
    office.push(minutes=minutes)
    ehr = office.ehr

    class Ehrs:
        def for_effect(self, *_, **__):
            return ehr

    drain(SqlOutbox(office.database), Ehrs(), office.desk, calendars, now=lambda: office.now, jitter=lambda: 0.5)


def standing(outlook: FakeCalendar) -> list[tuple]:
    """Return what stands in a calendar."""
    events = sorted(outlook.events.values(), key=lambda each: each.interval)
    return [(each.interval, each.tentative, each.revision) for each in events]


def said(ports: Ports, case) -> list[tuple[str, str]]:
    """Return what the case's page is told of the calendar."""
    return [(each.event.change, each.state) for each in writes_of(ports, case) if each.event]


def test_held_times_stand_as_tentative_until_one_is_picked(office: Office, outlook: FakeCalendar, ports: Ports):
    """Both are seen in the calendar; the pick leaves the call alone; whom it is about is never said."""
    held = hold_them(office, two_times(office), 0, 1, calendars=ports.calendars)
    work(office, ports.calendars)
    assert standing(outlook) == [(each.interval, True, 0) for each in held.holds]

    booked = pick(ports, held.id, held.holds[0].id, accept_unverified=False, seen=held.version, now=office.now)
    work(office, ports.calendars)

    assert standing(outlook) == [(booked.booking.interval, False, 0)]
    assert said(ports, booked) == [("removed", "confirmed"), ("removed", "confirmed"), ("booked", "confirmed")]
    told = " ".join(f"{each.title} {each.text}" for each in outlook.told)
    assert held.number in told
    assert not any(word in told for word in (held.patient.name, held.payer_name, held.service_label))


def test_call_moves_and_goes_with_the_booking(office: Office, outlook: FakeCalendar, ports: Ports):
    """One event from booking to cancellation, its revision counted."""
    case = two_times(office)
    booked = book_it(office, case, *wanted(case, 0), calendars=ports.calendars)
    work(office, ports.calendars)
    (first,) = outlook.events
    moved = move(ports, case.id, *wanted(case, 1), seen=booked.version, now=office.now)
    work(office, ports.calendars)

    assert standing(outlook) == [(case.windows[1].interval, False, 1)]
    assert list(outlook.events) == [first]
    cancel(ports, case.id, reason="Asked to", seen=moved.version, now=office.now)
    work(office, ports.calendars)
    assert standing(outlook) == []


def test_held_times_go_when_they_are_given_back_or_expire(office: Office, outlook: FakeCalendar, ports: Ports):
    """By a person or by time alone."""
    held = hold_them(office, two_times(office), 0, 1, calendars=ports.calendars)
    work(office, ports.calendars)
    release(ports, held.id, hold_id=held.holds[0].id, seen=held.version, now=office.now)
    work(office, ports.calendars)
    assert standing(outlook) == [(held.holds[1].interval, True, 0)]

    office.push(hours=1, minutes=1)
    release_expired(ports, now=office.now)
    work(office, ports.calendars)
    assert standing(outlook) == []


def test_what_we_hold_ourselves_does_not_block_its_own_pick(office: Office, outlook: FakeCalendar, ports: Ports):
    """The held time is busy in the calendar now; it is our own, and told apart by what it is."""
    held = hold_them(office, two_times(office), 0, calendars=ports.calendars)
    work(office, ports.calendars)

    assert {each.interval for each in propose_slots(ports, held.id, now=office.now).slots} >= {held.holds[0].interval}
    booked = pick(ports, held.id, held.holds[0].id, accept_unverified=False, seen=held.version, now=office.now)
    assert booked.booking.interval == held.holds[0].interval


def test_meeting_put_over_a_held_time_blocks_the_pick(office: Office, outlook: FakeCalendar, ports: Ports):
    """The very same minutes: what is not ours counts, or the clinician would be in two places."""
    held = hold_them(office, two_times(office), 0, calendars=ports.calendars)
    work(office, ports.calendars)
    outlook.taken.append(held.holds[0].interval)

    with pytest.raises(SlotTaken):
        pick(ports, held.id, held.holds[0].id, accept_unverified=False, seen=held.version, now=office.now)


def test_meeting_at_the_call_s_own_time_blocks_a_move_within_it(office: Office, outlook: FakeCalendar, ports: Ports):
    """Of the old call's time only the call itself is given up."""
    case = published(office, a_slot(1, after=2, minutes=40), a_slot(2, after=2.2, minutes=20))
    booked = book_it(office, case, *wanted(case, 0), calendars=ports.calendars)
    work(office, ports.calendars)
    outlook.taken.append(booked.booking.interval)

    with pytest.raises((SlotGone, SlotTaken)):
        move(ports, case.id, *wanted(case, 1), seen=booked.version, now=office.now)


def test_lost_answer_is_looked_for_before_it_is_sent_again(office: Office, outlook: FakeCalendar, ports: Ports):
    """It is said to be unknown; the event stands once."""
    outlook.troubles.append(WriteUnknown())
    case = book_best(office, ports)
    work(office, ports.calendars)
    assert said(ports, case) == [("booked", "unknown")]

    for _ in range(4):
        work(office, ports.calendars, minutes=2)
    assert (said(ports, case), len(outlook.events)) == ([("booked", "confirmed")], 1)


def test_refusal_is_told_with_what_to_do_and_an_ended_connection_waits(
    office: Office, outlook: FakeCalendar, ports: Ports
):
    """A person is told; a connection that has ended is no end of the write."""
    outlook.troubles += [NotAuthorised("Outlook refuses."), SignInNeeded()]
    one, other = book_best(office, ports), book_best(office, ports, id="cr2", patient="p2", after=4)
    work(office, ports.calendars)

    assert (said(ports, one), said(ports, other)) == ([("booked", "rejected")], [("booked", "waiting")])
    assert "by hand" in next(each.say for each in writes_of(ports, one) if each.event)
    work(office, ports.calendars, minutes=6)
    assert said(ports, other) == [("booked", "confirmed")]


def test_write_that_waited_until_its_time_was_over_is_let_go(office: Office, outlook: FakeCalendar, ports: Ports):
    """A connection nobody renews is not knocked at for ever."""
    outlook.troubles.append(SignInNeeded())
    case = book_best(office, ports)
    work(office, ports.calendars)
    work(office, ports.calendars, minutes=24 * 60)

    assert (said(ports, case), outlook.events) == ([("booked", "confirmed")], {})


def test_nothing_is_asked_for_where_no_calendar_takes_calls(office: Office, outlook: FakeCalendar):
    """A calendar that is read only stays as it is, and the case's page says nothing of it."""
    calendars = ConnectedCalendars(lambda *_: Connected([outlook]))
    case = book_best(office, office.ports(session_id="s1", calendars=calendars))
    work(office, calendars)

    assert (outlook.told, [kind for kind in office.effects(case) if kind == "WriteEvent"]) == ([], [])


def test_moved_call_leaves_the_calendar_that_took_calls_before(office: Office, outlook: FakeCalendar, ports: Ports):
    """The clinician has changed which calendar takes calls: the call follows, and does not stand twice."""
    case = two_times(office)
    booked = book_it(office, case, *wanted(case, 0), calendars=ports.calendars)
    work(office, ports.calendars)
    home = FakeCalendar("Home")
    changed = connected(home, outlook)
    move(
        office.ports(session_id="s1", calendars=changed), case.id, *wanted(case, 1), seen=booked.version, now=office.now
    )
    work(office, changed)

    assert (standing(outlook), standing(home)) == ([], [(case.windows[1].interval, False, 1)])


def test_call_is_taken_out_though_no_calendar_takes_calls_any_more(office: Office, outlook: FakeCalendar, ports: Ports):
    """What stands there of ours goes with the case; nothing new comes in."""
    case = two_times(office)
    booked = book_it(office, case, *wanted(case, 0), calendars=ports.calendars)
    work(office, ports.calendars)
    none = ConnectedCalendars(lambda *_: Connected([outlook], None, [outlook]))
    cancelled = cancel(
        office.ports(session_id="s1", calendars=none), case.id, reason="Asked to", seen=booked.version, now=office.now
    )
    work(office, none)
    assert standing(outlook) == []

    again = book_it(office, cancelled, *wanted(case, 1), calendars=none)
    assert [each.event.change for each in writes_of(office.ports(), again) if each.event] == ["removed"]


def book_best(office: Office, ports: Ports, *, id: str = "cr1", patient: str = "p1", after: float = 2):
    """Return a case with its call booked with this calendar connected."""
    case = published(office, a_slot(int(after * 10), after=after), id=id, patient=patient)
    return book_it(office, case, *wanted(case, 0), calendars=ports.calendars)
