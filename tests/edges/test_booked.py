"""A booked call stands on the first rung that the EHR takes: Appointment, Task, message, else Parley alone."""

from contextlib import suppress
from datetime import timedelta
from itertools import product

import pytest

from app.core.effects import WriteUnknown
from app.core.interval import Interval
from app.edges.ehr import NotOffered, writeback
from app.edges.ehr.lookup import Looked
from app.edges.ehr.writeback import NothingToChange
from app.errors import Permanent
from tests.edges.effects import DOC, a_booking, change_appointment, the_chart, write_appointment
from tests.edges.ehr_server import serve
from tests.fhir_validation import errors_of

NO_CALENDAR = {"Appointment.c": False}
NO_TASKS = {"Appointment.c": False, "Task.c": False}
RUNGS = {"Appointment": {}, "Task": NO_CALENDAR, "Communication": NO_TASKS}
WORDS = "Peer-to-peer review call, case P-1"


@pytest.fixture
def server():
    with serve("full", *the_chart()) as running:
        yield running


def perform(ehr, effect, *, seen=False, may_send=True, wrote=None):
    return ehr.perform(effect, seen=seen, wrote=wrote or {}, may_send=may_send)


def changed(change, *, hours=0, revision=1):
    interval = a_booking().interval
    later = Interval(interval.start + timedelta(hours=hours), interval.end + timedelta(hours=hours))
    return change_appointment(change, booking=a_booking(interval=later, revision=revision))


def standing(server):
    """Return how many of each kind the EHR holds."""
    return {kind: len(server.store.all(kind)) for kind in RUNGS if server.store.all(kind)}


def the_one(server, kind):
    [found] = server.store.all(kind)
    return found


@pytest.mark.parametrize("kind", RUNGS)
def test_the_call_stands_once_on_the_first_rung_that_takes_it(server, kind):
    """Written, and found again by a second try; nothing stands on the other rungs; it is valid FHIR."""
    ehr = server.ehr(overrides=RUNGS[kind])

    first, second = perform(ehr, write_appointment()), perform(ehr, write_appointment(), seen=True)

    assert ("created", "found") == (first.how, second.how)
    assert first.reference == second.reference and first.reference.startswith(f"{kind}/")
    assert {kind: 1} == standing(server)
    assert [] == errors_of(the_one(server, kind))


def test_a_task_tells_when_and_whose_call_it_is_and_names_no_patient_in_words(server):
    """Lists of tasks show the description; the patient is linked, for whoever may open the chart."""
    perform(server.ehr(overrides=NO_CALENDAR), write_appointment())
    task, effect = the_one(server, "Task"), write_appointment()

    assert task["description"].startswith("Peer-to-peer review call, case ")
    assert DOC.reference == task["owner"]["reference"]
    assert effect.patient.reference == task["for"]["reference"]
    assert effect.patient.name not in str(task)
    assert effect.booking.interval.length == timedelta(minutes=20)
    assert {"start", "end"} == task["restriction"]["period"].keys()


@pytest.mark.parametrize("refusal", [403, 405, 422])
def test_a_refused_rung_is_followed_by_the_next(server, refusal):
    """The statement offers what the server then refuses; the refusal says that nothing was written."""
    server.fault("status", method="POST", type="Appointment", code=refusal)
    server.fault("status", method="POST", type="Task", code=refusal)

    assert perform(server.ehr(), write_appointment()).reference.startswith("Communication/")
    assert {"Communication": 1} == standing(server)


@pytest.mark.parametrize("do", ["commit-then-drop", "drop-before", "html-200", "truncate", "reset-after-headers"])
def test_a_lost_answer_is_never_answered_with_another_rung(server, do):
    """The calendar refuses, the task's answer is lost: looked for, then one Task stands, and no message."""
    server.fault("status", method="POST", type="Appointment", code=422, times=5)
    server.fault(do, method="POST", type="Task")
    ehr = server.ehr()
    with suppress(WriteUnknown):
        perform(ehr, write_appointment())
    if do == "drop-before":
        with pytest.raises(WriteUnknown):
            perform(ehr, write_appointment(), seen=True, may_send=False)

    written = perform(ehr, write_appointment(), seen=True)

    assert written.reference == f"Task/{the_one(server, 'Task')['id']}"
    assert {"Task": 1} == standing(server)


def test_without_the_look_a_lost_answer_makes_two(monkeypatch):
    """The control, at a server that honours no condition: with the looks off the message is told twice."""
    nothing = lambda *_, **__: Looked(possible=False, sure=True)  # noqa: E731
    monkeypatch.setattr("app.edges.ehr.booked.look_for", nothing)
    monkeypatch.setattr(writeback, "look_for", nothing)
    with serve("epic-like", *the_chart()) as server:
        server.fault("commit-then-drop", method="POST", type="Communication")
        ehr, effect = server.ehr(), write_appointment(about=())
        with pytest.raises(WriteUnknown):
            perform(ehr, effect)
        perform(ehr, effect, seen=True)

        assert {"Communication": 2} == standing(server)


@pytest.mark.parametrize("known", [True, False], ids=["by our record", "by a look"])
def test_a_task_moves_and_ends_with_its_call(server, known):
    """Another time, then held; what somebody added to the task stays."""
    ehr = server.ehr(overrides=NO_CALENDAR)
    reference = perform(ehr, write_appointment()).reference
    wrote = {write_appointment().key: reference} if known else {}
    task = server.store.stored("Task", reference.partition("/")[2])
    before = dict(task["restriction"]["period"])

    perform(ehr, changed("moved", hours=2), wrote=wrote)
    moved = the_one(server, "Task")
    again = perform(ehr, changed("moved", hours=2), wrote=wrote)
    perform(ehr, changed("fulfilled", hours=2), wrote=wrote)

    assert before["start"] < moved["restriction"]["period"]["start"]
    assert "found" == again.how
    assert "completed" == the_one(server, "Task")["status"]
    assert [] == errors_of(the_one(server, "Task"))


@pytest.mark.parametrize("change, status", [("cancelled", "cancelled"), ("noshow", "failed")])
def test_a_call_that_is_not_held_ends_its_task_with_why(server, change, status):
    """Cancelled, or missed."""
    ehr = server.ehr(overrides=NO_CALENDAR)
    wrote = {write_appointment().key: perform(ehr, write_appointment()).reference}
    perform(ehr, changed(change), wrote=wrote)

    assert (status, True) == ((task := the_one(server, "Task"))["status"], bool(task["statusReason"]["text"]))


def test_a_task_that_somebody_cancelled_is_left_alone(server):
    """A person's word in the EHR stands."""
    ehr = server.ehr(overrides=NO_CALENDAR)
    wrote = {write_appointment().key: perform(ehr, write_appointment()).reference}
    perform(ehr, changed("cancelled"), wrote=wrote)

    with pytest.raises(NothingToChange, match="task"):
        perform(ehr, changed("moved", hours=1), wrote=wrote)


def test_a_message_is_followed_by_another(server):
    """A message cannot be changed: the moved call is told in a second one that names the first, once."""
    ehr = server.ehr(overrides=NO_TASKS)
    first = perform(ehr, write_appointment()).reference
    wrote = {write_appointment().key: first}

    second = perform(ehr, changed("moved", hours=2), wrote=wrote)
    perform(ehr, changed("moved", hours=2), wrote=wrote, seen=True)
    nothing = perform(ehr, changed("fulfilled", hours=2), wrote=wrote)

    told = server.store.stored("Communication", second.reference.partition("/")[2])
    assert [{"reference": first}] == told["inResponseTo"]
    assert told["payload"][0]["contentString"].startswith("The call was moved. Peer-to-peer review call")
    assert {"Communication": 2} == standing(server) and nothing.reference == first


def test_patient_scopes_reach_the_task_and_not_the_calendar(server):
    """An appointment of two clinicians stands in no patient's compartment; it is not even tried."""
    written = perform(server.ehr(scopes="patient/*.cruds", patient="pat-1"), write_appointment())

    assert written.reference.startswith("Task/")
    assert ["Task"] == server.asked("POST")


def test_a_site_that_keeps_calls_out_of_the_ehr_is_obeyed(server):
    """profile.appointment "none": no rung is tried, and the person is told."""
    with pytest.raises(NotOffered, match="out of the EHR") as caught:
        perform(server.ehr(appointment="none"), write_appointment())

    assert caught.value.next.startswith("Put the call into the calendar")
    assert {} == standing(server)


def test_a_calendar_of_slots_only_is_passed_over(server):
    """oracle-slot: no appointment is tried, the next rung holds the call."""
    assert perform(server.ehr(appointment="oracle-slot"), write_appointment()).reference.startswith("Task/")


@pytest.mark.parametrize("change", [False, True], ids=["a new call", "a moved call"])
@pytest.mark.parametrize("refusal", ["no scope", 405, 422])
def test_a_call_that_stands_nowhere_is_put_in_by_hand(server, refusal, change):
    """Every rung refuses: the coordinator is sent to the calendar, with what to do there; no text is to be copied."""
    ehr = server.ehr()
    wrote = {write_appointment().key: perform(ehr, write_appointment()).reference} if change else {}
    if refusal == "no scope":
        ehr = server.ehr(scopes="user/*.rs")
    else:
        for kind, method in product(RUNGS, ("PUT", "PATCH") if change else ("POST",)):
            server.fault("status", method=method, type=kind, code=refusal)
    with pytest.raises(Permanent) as caught:
        perform(ehr, changed("moved", hours=2) if change else write_appointment(), wrote=wrote)

    assert caught.value.next.startswith("Change it in the calendar" if change else "Put the call into the calendar")
    assert "Copy the text" not in caught.value.next


@pytest.mark.parametrize("profile", ["epic-like", "oracle-like"])
def test_vendors_without_appointment_and_task_hold_the_call_as_a_message(profile):
    """Neither public statement offers a calendar or a task to write; both take a message to a practitioner."""
    bare = profile == "oracle-like"
    with serve(profile, *the_chart()) as server:
        ehr = server.ehr(bare=bare, appointment="oracle-slot" if bare else "generic")
        written = perform(ehr, write_appointment(about=()))

        assert written.reference == f"Communication/{the_one(server, 'Communication')['id']}"
