"""
Lower places: a task that opens Parley, a message with a calendar file, a call as a document, a task to copy a note.

Against the sandbox's servers over sockets; what leaves is valid by two validators that nobody here wrote.
"""

import base64
import contextlib

import pytest
from icalendar import Calendar

from app.core.effects import WriteUnknown
from app.edges.ehr.planner import Facts, Told
from app.errors import Permanent
from tests.edges.effects import ANN, a_booking, change_appointment, the_chart, write_appointment
from tests.edges.ehr_server import serve
from tests.edges.test_planner import version
from tests.edges.test_visits import a_visit
from tests.edges.test_writeback import perform
from tests.fhir_validation import errors_of

LAUNCH = "https://parley.example/launch"
NO_CALENDAR = {"Appointment.c": False}
NO_TASK = {"Appointment.c": False, "Task.c": False}
DOCUMENTS = {"call_document": "51851-4", "overrides": {**NO_TASK, "Communication.c": False}}
BY_HAND = {"overrides": {"DocumentReference.c": False, "Communication.c": False}}


@pytest.fixture
def server():
    with serve("full", *the_chart()) as running:
        yield running


def call(**more):
    return write_appointment(about=(), **more)


def changed(what, number):
    key = f"{call().key}/{number}"
    return change_appointment(what, key=key, about=(), booking=a_booking(revision=number, made_by=f"Office {number}"))


# -- a task that opens Parley --------------------------------------------------------------------------------
def test_a_call_as_a_task_can_be_opened_from_the_work_list(server):
    """By SMART's profile of a Task: launch URL and the case's id, and no word of the patient."""
    perform(server.ehr(overrides=NO_CALENDAR, launch_url=LAUNCH), call())

    [task] = server.store.all("Task")
    codes = {each["code"] for each in task["code"]["coding"]}
    told = {each["type"]["coding"][0]["code"]: each for each in task["input"]}
    assert "launch-app-ehr" in codes
    assert LAUNCH == told["smartonfhir-application"]["valueUrl"]
    assert "case-1" == told["smartonfhir-appcontext"]["valueString"] == call().key.split("/")[1]
    assert ANN.name not in str(task) and [] == errors_of(task)


# -- a message with a calendar file --------------------------------------------------------------------------
def files_of(message: dict) -> list:
    held = [each["contentAttachment"] for each in message["payload"] if "contentAttachment" in each]
    return [Calendar.from_ical(base64.b64decode(each["data"])).walk("VEVENT")[0] for each in held]


def test_a_message_about_a_call_carries_it_as_a_file(server):
    """One event for ever: a move raises its number, a cancelled call says so; no patient is in it."""
    ehr = server.ehr(overrides=NO_TASK, communication_files=True)
    wrote = {call().key: perform(ehr, call()).reference}
    perform(ehr, changed("moved", 1), wrote=wrote)
    perform(ehr, changed("cancelled", 2), wrote=wrote)

    messages = server.store.all("Communication")
    first, moved, cancelled = (files_of(each)[0] for each in messages)
    assert call().booking.interval.start == first["DTSTART"].dt
    assert str(first["UID"]) == str(moved["UID"]) == str(cancelled["UID"])
    assert (0, 1, 3) == tuple(int(each["SEQUENCE"]) for each in (first, moved, cancelled))
    assert ["CONFIRMED", "CONFIRMED", "CANCELLED"] == [str(each["STATUS"]) for each in (first, moved, cancelled)]
    assert ANN.name not in str(first) and [] == errors_of(messages[0])


@pytest.mark.parametrize("code", [400, 413, 415, 422])
def test_a_server_that_takes_no_file_is_sent_the_words(server, code):
    """Its refusal says that nothing was written; one message stands, and the case says what is missing."""
    server.fault("status", method="POST", type="Communication", code=code)
    written = perform(server.ehr(overrides=NO_TASK, communication_files=True), call())

    [message] = server.store.all("Communication")
    assert [] == files_of(message)
    assert "without the calendar file, which the EHR did not take" in written.how


def test_a_server_that_allows_no_message_is_not_asked_twice(server):
    """403 is no word on the file."""
    server.fault("status", method="POST", type="Communication", code=403, times=5)
    with pytest.raises(Permanent):
        perform(server.ehr(overrides=NO_TASK, communication_files=True), call())

    assert ["Communication"] == server.asked("POST")


def test_a_bare_server_gets_the_one_attachment_it_documents():
    """Oracle takes one payload, the words as text."""
    with serve("oracle-like", *the_chart()) as oracle:
        perform(oracle.ehr(bare=True, appointment="oracle-slot", communication_files=True), call())
        [message] = oracle.store.all("Communication")

    assert ["text/plain"] == [each["contentAttachment"]["contentType"] for each in message["payload"]]


# -- a call as a document ------------------------------------------------------------------------------------
@pytest.mark.parametrize("profile", ["full", "epic-like", "oracle-like"])
def test_a_call_is_a_document_only_where_the_site_says_so(profile):
    """Its type is the site's; moved and cancelled it is one document that counts, held it is left alone."""
    bare = {"bare": True, "appointment": "oracle-slot"} if profile == "oracle-like" else {}
    needs = {"document_needs_encounter": True} if profile == "epic-like" else {}
    with serve(profile, *the_chart(), a_visit("newest")) as server:
        with pytest.raises(Permanent, match="wants no call among the documents"):
            perform(server.ehr(overrides=DOCUMENTS["overrides"], **bare), call())
        ehr = server.ehr(**DOCUMENTS, **bare, **needs)
        wrote = {call().key: perform(ehr, call()).reference}
        first = server.store.all("DocumentReference")[0]
        assert "51851-4" == first["type"]["coding"][0]["code"] and [] == errors_of(first)
        for what, number in (("moved", 1), ("moved", 2), ("cancelled", 3)):
            effect = changed(what, number)
            wrote[effect.key] = perform(ehr, effect, wrote=wrote).reference
            again = perform(ehr, effect, wrote=wrote, seen=True)
            current = [each for each in server.store.all("DocumentReference") if each["status"] == "current"]
            assert 1 == len(current) and f"DocumentReference/{current[0]['id']}" == again.reference
        held = perform(ehr, change_appointment("fulfilled"), wrote=wrote)

    assert "nothing to tell" in held.how
    text = base64.b64decode(current[0]["content"][0]["attachment"]["data"]).decode()
    assert "The call was cancelled." in text and ANN.name not in text


def test_the_plan_names_it_last(server):
    """Below the message; without the site's word it says so."""
    plan = server.ehr(call_document="51851-4").plan(Told.BOOKING, Facts())

    assert ["Appointment", "Task", "Communication", "DocumentReference"] == [each.kind for each in plan.rungs]
    assert plan.rungs[-1].may and "put the time in by hand" in plan.rungs[-1].lost


# -- a task that asks for a copy -----------------------------------------------------------------------------
def copied_by_hand(ehr, number=0, **more):
    with pytest.raises(Permanent) as caught:
        perform(ehr, version(number), **more)
    return caught.value.next


def test_a_note_to_be_copied_is_asked_for_in_the_ehr_too(server):
    """Once, whatever its version; it names patient, case and clinician, and holds no word of the note."""
    ehr = server.ehr(launch_url=LAUNCH, **BY_HAND)
    assert "A task in the EHR asks for it too." in copied_by_hand(ehr)
    copied_by_hand(ehr, 1)

    [task] = server.store.all("Task")
    assert ("requested", "Patient/pat-1", "Practitioner/doc-1") == (
        task["status"],
        task["for"]["reference"],
        task["owner"]["reference"],
    )
    assert "Copy the note of peer-to-peer review 4821 from Parley into the chart." == task["description"]
    assert "Version" not in str(task) and ANN.name not in str(task) and [] == errors_of(task)


def test_a_later_version_opens_the_request_again_that_was_done(server):
    """Whoever copied the first version is asked to copy the second."""
    ehr = server.ehr(**BY_HAND)
    copied_by_hand(ehr)
    [task] = server.store.all("Task")
    server.store.put({**task, "status": "completed", "lastModified": "2026-01-01T00:00:00Z"})
    copied_by_hand(ehr, 1)

    assert ["requested"] == [each["status"] for each in server.store.all("Task")]


@pytest.mark.parametrize("code", [None, 409, 503])
def test_a_later_version_that_stands_withdraws_the_request(server, code):
    """Nobody copies what is in the chart; where the request cannot be closed, the note stands all the same."""
    copied_by_hand(server.ehr(**BY_HAND))
    if code:
        server.fault("status", method="PUT", type="Task", code=code)
    written = perform(server.ehr(), version(1))

    assert written.reference.startswith("DocumentReference/")
    assert ["requested" if code else "cancelled"] == [each["status"] for each in server.store.all("Task")]


def test_a_request_for_a_version_between_two_that_stand_is_withdrawn_too(server):
    """The first stood, the second was a person's, the third stands and takes the first's place."""
    wrote = {version(0).key: perform(server.ehr(), version(0)).reference}
    copied_by_hand(server.ehr(**BY_HAND), 1, wrote=wrote)
    perform(server.ehr(), version(2), wrote=wrote)

    assert ["cancelled"] == [each["status"] for each in server.store.all("Task")]


@pytest.mark.parametrize("do, said", [("commit-then-drop", "may ask"), ("drop-before", "may ask")])
def test_a_request_whose_answer_was_lost_holds_nothing_up_and_is_not_sent_twice(server, do, said):
    """The copy is owed now; a task that was lost is found by the next version."""
    server.fault(do, method="POST", type="Task")
    ehr = server.ehr(**BY_HAND)
    assert said in copied_by_hand(ehr)
    copied_by_hand(ehr, 1)

    assert 1 == len(server.store.all("Task"))


@pytest.mark.parametrize("code", [403, 422, 429, 503])
def test_a_server_that_takes_no_task_changes_nothing(server, code):
    """The note is a person's all the same."""
    server.fault("status", method="POST", type="Task", code=code)

    assert "Copy the text by hand into the chart" in copied_by_hand(server.ehr(**BY_HAND))
    assert [] == server.store.all("Task")


def test_a_withheld_patient_is_in_no_task(server):
    """Break-the-glass: no other way in, a task neither."""
    body = (
        '{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"security",'
        '"details":{"coding":[{"code":"4130"}]}}]}'
    )
    server.fault("status", method="POST", type="DocumentReference", code=403, body=body)
    copied_by_hand(server.ehr())

    assert ["DocumentReference"] == server.asked("POST")


def test_a_note_in_doubt_is_asked_for_by_nobody(server):
    """While it may stand there, nobody is told to copy it."""
    server.fault("commit-then-drop", method="POST", type="DocumentReference")
    with contextlib.suppress(WriteUnknown):
        perform(server.ehr(), version(0))

    assert [] == server.store.all("Task")


@pytest.mark.parametrize("do", ["commit-then-drop", "drop-before", "html-200", "truncate"])
def test_a_call_as_a_document_whose_answer_was_lost_stands_once(server, do):
    """Booked and moved: looked for first, on every place."""
    ehr = server.ehr(**DOCUMENTS)
    wrote = {}
    for effect in (call(), changed("moved", 1)):
        server.fault(do, method="POST", type="DocumentReference")
        with contextlib.suppress(WriteUnknown):
            perform(ehr, effect, wrote=wrote)
        wrote[effect.key] = perform(ehr, effect, wrote=wrote, seen=True).reference

    statuses = [each["status"] for each in server.store.all("DocumentReference")]
    assert ["current", "superseded"] == sorted(statuses)
