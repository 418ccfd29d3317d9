"""One queue for what payers send: read once, matched to its case, confirmed by a person, and who read it is kept."""

from datetime import timedelta

import pytest

from app.core.case import CaseState
from app.core.people import Role
from app.errors import Refused
from app.flow.cases import OtherPatient
from app.flow.inbox import (
    Incoming,
    NoSuchNumber,
    NothingChosen,
    Unassigned,
    assign,
    confirm,
    count_new,
    inbox,
    open_message,
    receive,
    settle,
)
from app.flow.ports import NoSuchMessage
from tests.fakes.office import TENANT, Office, an_answer, detected

WORDS = "Dr. Poe can talk Tuesday 11/24 between 2 and 4 pm CT, or Wednesday 11/25 9-10 am CT."


def came(office: Office, text: str = WORDS, *, subject: str = "Your request", **more):
    """Let a message come."""
    told = {"channel": "message", "counterpart": "p2p@payer.example", "at": office.now} | more
    return receive(office.ports(), Incoming(subject=subject, text=text, **told), now=office.now)


def about(office: Office, **more):
    """Return a case and a message that names it."""
    case = detected(office)
    return case, came(office, subject=f"Re: case {case.number}", **more)


def test_a_reply_finds_its_case_and_offers_its_times(office: Office):
    """By the case number that our request carried; the times are proposals, nothing is booked or kept yet."""
    case, message = about(office)

    assert (case.id, case.number) == (message.case_id, message.case_number)
    assert [120, 60] == [each.interval.length // timedelta(minutes=1) for each in message.offers]
    assert (CaseState.OPEN, ()) == (office.case(case.id).state, office.case(case.id).windows)


def test_what_a_person_confirms_becomes_a_window(office: Office):
    """The chosen ones only, told by whom and through which channel; the message is dealt with."""
    case, message = about(office)
    kept = confirm(office.ports(), message.id, (1,), seen=case.version, now=office.now)

    (window,) = kept.windows
    assert (message.offers[1].interval, "message", "p2p@payer.example") == (
        window.interval,
        window.channel,
        window.told_by,
    )
    assert (CaseState.OFFERED, "offered") == (kept.state, office.events(case)[-1])
    assert ["done"] == [each.state for each in inbox(office.ports(), show="all", now=office.now)]
    assert 0 == count_new(office.ports())


def test_confirming_twice_keeps_one_window(office: Office):
    """A double click, or a crash between the two writes."""
    case, message = about(office)
    once = confirm(office.ports(), message.id, (0,), seen=case.version, now=office.now)
    twice = confirm(office.ports(), message.id, (0,), seen=once.version, now=office.now)

    assert [each.interval for each in once.windows] == [each.interval for each in twice.windows]


def test_the_same_message_twice_is_one(office: Office):
    """By the channel's own name for it, or by its content where it has none."""
    first, again = came(office, name="<1@payer>"), came(office, name="<1@payer>")
    third, fourth = came(office), came(office)

    assert (first.id, third.id) == (again.id, fourth.id)
    assert first.id != third.id
    assert 2 == len(inbox(office.ports(), show="new", now=office.now))


def test_a_message_of_no_case_waits_for_a_person(office: Office):
    """Nobody guesses: a person says which case, by its number; until then nothing of it becomes a window."""
    case = detected(office)
    message = came(office, subject="P-ABCDEF and P-FEDCBA")
    with pytest.raises(Unassigned):
        confirm(office.ports(), message.id, (0,), seen=case.version, now=office.now)
    with pytest.raises(NoSuchNumber):
        assign(office.ports(), message.id, "P-NOSUCH", now=office.now)
    assign(office.ports(), message.id, f" {case.number.lower()} ", now=office.now)

    assert case.id == open_message(office.ports(), message.id, now=office.now).case.id


def test_nothing_chosen_is_said(office: Office):
    """Also for an offer that is not there."""
    case, message = about(office)
    for chosen in ((), (7,)):
        with pytest.raises(NothingChosen):
            confirm(office.ports(), message.id, chosen, seen=case.version, now=office.now)


def test_who_read_it_when_first_is_kept(office: Office):
    """Two readers, the first look of each (F111); every look at a patient's message is audited."""
    _, message = about(office)
    open_message(office.ports(), message.id, now=office.now)
    office.now += timedelta(minutes=5)
    open_message(office.ports(), message.id, now=office.now)
    opened = open_message(office.ports(Role.MANAGER), message.id, now=office.now)

    assert ["Test Coordinator", "Test Manager"] == [each.who for each in opened.readers]
    assert timedelta(minutes=5) == opened.readers[1].at - opened.readers[0].at
    assert ("sandbox|manager", "see_case") == office.audited()[-1][:2]


def test_a_chart_shows_its_own_patients_messages_only(office: Office):
    """Neither another patient's nor one whose patient nobody knows yet."""
    _, message = about(office)
    stray = came(office, subject="no number")
    other = detected(office, an_answer("cr2", patient="p2"))
    ports = office.ports(Role.CLINICIAN, patient="Patient/p2")

    assert () == inbox(ports, show="all", now=office.now)
    with pytest.raises(OtherPatient):
        open_message(ports, message.id, now=office.now)
    with pytest.raises(NoSuchMessage):
        open_message(ports, stray.id, now=office.now)
    mine = came(office, subject=f"{other.number}")
    assert [mine.id] == [each.id for each in inbox(ports, show="new", now=office.now)]


def test_another_hospital_sees_nothing(office: Office):
    """Messages are one tenant's."""
    _, message = about(office)
    ports = office.ports(tenant="elsewhere")

    assert () == inbox(ports, show="all", now=office.now)
    with pytest.raises(Refused):
        open_message(ports, message.id, now=office.now)


def test_hostile_words_are_kept_as_words(office: Office):
    """NUL, half a character, a megabyte: kept as far as it can be, never an error."""
    message = came(office, "\x00<script>\ud800" + "x" * 1_000_000, subject="\x00" * 400)
    settle(office.ports(), message.id, now=office.now)

    kept = office.ports().messages.one(TENANT, message.id)
    assert kept.text.startswith("<script>?x") and len(kept.text) == 100_000
    assert ("done", "Test Coordinator") == (kept.state, kept.handled_by)
