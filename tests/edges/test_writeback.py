"""Each logical write once, whatever is lost: the real sandbox over sockets, with every fault on the way."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.effects import SignInNeeded, WriteUnknown
from app.core.interval import Interval
from app.edges.ehr import NotOffered, WrongPatient, writeback
from app.edges.ehr.lookup import Looked
from app.edges.ehr.writeback import NothingToChange
from app.edges.fhir.document_reference import read_document_text
from app.edges.http import Busy, Conflict, Down, NotAuthorised, Rejected
from app.errors import ParleyError, Permanent, Temporary
from tests.edges.effects import (
    ANN,
    DOC,
    a_booking,
    change_appointment,
    the_chart,
    write_appointment,
    write_communication,
    write_document,
)
from tests.edges.ehr_server import NOW, medplum, medplum_ehr, serve

WRITES = {"Appointment": write_appointment, "DocumentReference": write_document, "Communication": write_communication}


@pytest.fixture
def server():
    with serve("full", *the_chart()) as running:
        yield running


def perform(ehr, effect, *, seen=False, may_send=True, wrote=None):
    return ehr.perform(effect, seen=seen, wrote=wrote or {}, may_send=may_send)


@pytest.mark.parametrize("kind", WRITES)
def test_a_write_stands_once_and_is_found_again(server, kind):
    """The first try creates, the second finds what the first wrote (I1)."""
    ehr = server.ehr()

    first, second = perform(ehr, WRITES[kind]()), perform(ehr, WRITES[kind]())

    assert ("created", "found") == (first.how, second.how)
    assert first.reference == second.reference == f"{kind}/{server.store.all(kind)[0]['id']}"
    assert 1 == len(server.store.all(kind))


@pytest.mark.parametrize("kind", WRITES)
@pytest.mark.parametrize("do", ["commit-then-drop", "drop-before", "html-200", "truncate", "reset-after-headers"])
def test_a_lost_answer_never_becomes_a_duplicate(server, kind, do):
    """The server commits (or not) and the answer is lost; the next tries bring exactly one (A13)."""
    server.fault(do, method="POST", type=kind)
    ehr, seen = server.ehr(), False

    for _ in range(3):
        try:
            written = perform(ehr, WRITES[kind](), seen=seen)
            break
        except WriteUnknown:
            seen = True

    assert written.reference == f"{kind}/{server.store.all(kind)[0]['id']}"
    assert 1 == len(server.store.all(kind))


def test_without_the_look_the_same_fault_makes_two(monkeypatch):
    """The control: with the ladder off, a lost answer does become a duplicate, so the tests above can fail."""
    monkeypatch.setattr(writeback, "look_for", lambda *_, **__: Looked(possible=False, sure=True))
    with serve("epic-like", *the_chart()) as server:
        server.fault("commit-then-drop", method="POST", type="Communication")
        ehr, effect = server.ehr(), write_communication(about=())
        with pytest.raises(WriteUnknown):
            perform(ehr, effect)
        perform(ehr, effect, seen=True)

        assert 2 == len(server.store.all("Communication"))


@pytest.mark.parametrize("kind", WRITES)
def test_a_lost_answer_is_found_by_looking_alone(server, kind):
    """After a lost answer a try that may not send finds the write; it sends nothing (A20)."""
    server.fault("commit-then-drop", method="POST", type=kind)
    ehr = server.ehr()
    with pytest.raises(WriteUnknown):
        perform(ehr, WRITES[kind]())

    found = perform(ehr, WRITES[kind](), seen=True, may_send=False)

    assert "found" == found.how
    assert [kind] == server.asked("POST")


@pytest.mark.parametrize("kind", WRITES)
def test_a_look_that_finds_nothing_does_not_send(server, kind):
    """may_send False only looks, and says unknown when there is nothing to see."""
    with pytest.raises(WriteUnknown):
        perform(server.ehr(), WRITES[kind](), seen=True, may_send=False)

    assert [] == server.asked("POST")


@pytest.mark.parametrize(
    "code, error",
    [(401, SignInNeeded), (403, NotAuthorised), (422, Rejected), (429, Busy), (409, Conflict), (412, Conflict)],
)
def test_a_refused_write_is_refused_by_name_and_not_unknown(server, code, error):
    """A refusal says that nothing was written; only silence is unknown (outbox contract)."""
    server.fault("status", method="POST", type="Communication", code=code)

    with pytest.raises(error) as caught:
        perform(server.ehr(), write_communication())

    assert not isinstance(caught.value, WriteUnknown)
    assert [] == server.store.all("Communication")


@pytest.mark.parametrize("code", [500, 502, 503, 504])
def test_a_server_error_leaves_a_write_unknown_and_sent_once(server, code):
    """A 5xx to a POST may have been committed; it is looked for, not repeated (A2)."""
    server.fault("status", method="POST", type="Communication", code=code)

    with pytest.raises(WriteUnknown):
        perform(server.ehr(), write_communication())

    assert ["Communication"] == server.asked("POST")


def test_retry_after_of_a_busy_server_reaches_the_outbox(server):
    """429 parks the write for as long as the server asks."""
    server.fault("status", method="POST", type="Communication", code=429, headers={"Retry-After": "120"})

    with pytest.raises(Busy) as caught:
        perform(server.ehr(), write_communication())

    assert 120 == caught.value.retry_after_seconds


def test_an_empty_201_is_read_from_its_location(server):
    """Oracle answers 201 with no body; the id stands in Location (smart.md §2.1)."""
    server.fault("empty-201", method="POST", type="Communication")

    written = perform(server.ehr(), write_communication())

    assert written.reference == f"Communication/{server.store.all('Communication')[0]['id']}"
    assert "created" == written.how


def test_a_201_without_body_or_location_is_looked_up(server):
    """Where the answer names nothing, the identifier finds it (A14)."""
    server.fault("empty-201", method="POST", type="Communication", without=("Location", "ETag"))

    written = perform(server.ehr(), write_communication())

    assert written.reference == f"Communication/{server.store.all('Communication')[0]['id']}"


def test_break_the_glass_is_a_refusal_that_stays(server):
    """Epic's 4130 inside any status is a policy: permanent, never gone around."""
    body = (
        '{"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "security",'
        ' "details": {"coding": [{"code": "4130"}]}, "diagnostics": "Ann may not be seen"}]}'
    )
    server.fault("status", method="POST", type="DocumentReference", code=400, body=body)

    with pytest.raises(NotAuthorised) as caught:
        perform(server.ehr(), write_document())

    assert "4130" in caught.value.say and "Ann" not in caught.value.say


def test_a_write_without_the_scope_is_not_sent(server):
    """Capability and scope must both allow; the refusal names the way by hand."""
    with pytest.raises(NotOffered) as caught:
        perform(server.ehr(scopes="user/*.rs"), write_document())

    assert "by hand" in caught.value.next
    assert [] == server.asked("POST")


def test_a_chart_launchs_scopes_suffice_for_everything(server):
    """patient/ for what stands in the chart, user/ for the call's appointment: read, book, note and message."""
    patient = " ".join(
        f"patient/{kind}"
        for kind in ("Patient.r", "ClaimResponse.rs", "Claim.rs", "Coverage.rs", "DocumentReference.crus")
    )
    user = "user/Appointment.crus user/Practitioner.r user/PractitionerRole.rs user/Organization.r"
    ehr = server.ehr(scopes=f"launch openid {patient} patient/Communication.crs {user}", patient="pat-1")

    [found] = ehr.denials(patient=None, now=NOW).found
    written = [perform(ehr, make()) for make in WRITES.values()]

    assert ("Payer A", "Practitioner/doc-1") == (found.coverage.payer.name, found.clinician.reference)
    assert ehr.busy(DOC, Interval(NOW, NOW + timedelta(days=2)), now=NOW).verified
    assert ["created"] * 3 == [each.how for each in written]


def test_a_write_for_another_patient_never_leaves(server):
    """A token of one chart writes for no other, even where the server would let it (I5)."""
    ehr = server.ehr(patient="pat-2")

    with pytest.raises(WrongPatient):
        perform(ehr, write_document())

    assert [] == [each for each in server.asked() if each != "metadata"]


def test_a_site_may_switch_a_write_off(server):
    """An override forbids what server and token allow."""
    with pytest.raises(NotOffered):
        perform(server.ehr(overrides={"Communication.c": False}), write_communication())


# -- changing an appointment ---------------------------------------------------------------------------------
def booked(server):
    ehr = server.ehr()
    return ehr, perform(ehr, write_appointment()).reference


def moved():
    interval = a_booking().interval
    later = Interval(interval.start + timedelta(hours=2), interval.end + timedelta(hours=2))
    return change_appointment("moved", booking=a_booking(interval=later))


def the_appointment(server):
    return server.store.all("Appointment")[0]


def test_a_move_changes_the_one_appointment(server):
    """Moving is an update of what stands, found by our record of it."""
    ehr, reference = booked(server)

    written = perform(ehr, moved(), wrote={write_appointment().key: reference})

    assert (reference, "updated") == (written.reference, written.how)
    assert "2026-03-03T13:00:00Z" == the_appointment(server)["start"]
    assert 1 == len(server.store.all("Appointment"))


@pytest.mark.parametrize("change", ["cancelled", "noshow", "fulfilled"])
def test_a_change_without_our_record_finds_the_appointment(server, change):
    """A database restored from yesterday still finds it by identifier."""
    ehr, _ = booked(server)

    perform(ehr, change_appointment(change))

    assert change == the_appointment(server)["status"]


def test_a_change_keeps_what_others_added(server):
    """The EHR's own elements, extensions and ours all stay; only our change is made."""
    ehr, reference = booked(server)
    stored = the_appointment(server)
    extra = {"extension": [{"url": "http://ehr.example/room", "valueString": "3"}], "priority": 5}
    server.store.put({**stored, **extra})

    perform(ehr, moved(), wrote={write_appointment().key: reference})

    now = the_appointment(server)
    changed = {"start", "end", "meta", "minutesDuration", "comment"}
    assert {**stored, **extra} | {key: now[key] for key in changed} == now


def test_a_change_made_meanwhile_is_not_overwritten(server):
    """412: what was written in between is read again and ours applied on top (A11)."""
    ehr, reference = booked(server)
    server.fault("status", method="PUT", type="Appointment", code=412)

    written = perform(ehr, moved(), wrote={write_appointment().key: reference})

    assert "updated" == written.how
    assert 2 == len(server.asked("PUT"))


def test_two_conflicts_in_a_row_are_tried_again_later(server):
    """A second conflict goes back to the outbox; nothing was overwritten."""
    ehr, reference = booked(server)
    server.fault("status", method="PUT", type="Appointment", code=409, times=2)

    with pytest.raises(Conflict):
        perform(ehr, moved(), wrote={write_appointment().key: reference})

    assert "booked" == the_appointment(server)["status"]


def test_a_repeated_change_changes_nothing(server):
    """A lost answer to a change is settled by reading: it stands already, no further version."""
    ehr, reference = booked(server)
    server.fault("commit-then-drop", method="PUT", type="Appointment")
    wrote = {write_appointment().key: reference}
    with pytest.raises(WriteUnknown):
        perform(ehr, moved(), wrote=wrote)

    written = perform(ehr, moved(), seen=True, may_send=False, wrote=wrote)

    assert "found" == written.how
    assert 1 == len(server.asked("PUT"))


def test_a_persons_cancellation_is_not_undone(server):
    """Someone cancelled it in the EHR; a later move does not bring it back to life."""
    ehr, reference = booked(server)
    server.store.put({**the_appointment(server), "status": "cancelled"})

    with pytest.raises(NothingToChange):
        perform(ehr, moved(), wrote={write_appointment().key: reference})

    assert "cancelled" == the_appointment(server)["status"]


def test_a_change_of_what_never_stood_is_a_task_for_a_person(server):
    """An appointment that the EHR never took cannot be moved there."""
    with pytest.raises(NothingToChange):
        perform(server.ehr(), moved())


# -- a note amended ------------------------------------------------------------------------------------------
def test_an_amended_note_replaces_the_old_one(server):
    """A later version names what it replaces, and the old one is superseded: one current note."""
    ehr, first = server.ehr(), write_document()
    old = perform(ehr, first).reference
    second = replace(first, key="demo/case-1/document/o-1/1", text="Upheld after all.", replaces_key=first.key)

    perform(ehr, second, wrote={first.key: old})

    by_status = {each["status"]: each for each in server.store.all("DocumentReference")}
    assert {"superseded", "current"} == set(by_status)
    new = by_status["current"]
    assert [{"code": "replaces", "target": {"reference": old}}] == new["relatesTo"]
    assert ("amended", "Upheld after all.") == (new["docStatus"], read_document_text(new))


def test_an_amended_note_finds_the_old_one_without_our_record(server):
    """The replaced note is found by its identifier too."""
    ehr, first = server.ehr(), write_document()
    old = perform(ehr, first).reference

    perform(ehr, replace(first, key="k/1", text="Other", replaces_key=first.key))

    assert [old] == [each["relatesTo"][0]["target"]["reference"] for each in server.store.all("DocumentReference")[1:]]


def test_a_later_message_answers_the_earlier(server):
    """A Communication has no replaces; inResponseTo links the later to the earlier."""
    ehr, first = server.ehr(), write_communication()
    old = perform(ehr, first).reference

    perform(ehr, replace(first, key="k/1", replaces_key=first.key), wrote={first.key: old})

    assert [{"reference": old}] == server.store.all("Communication")[1]["inResponseTo"]


# -- other servers -------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", ["DocumentReference", "Communication"])
def test_an_epic_like_server_takes_note_and_message_once(kind):
    """No conditional create there; the identifier alone keeps a lost answer from becoming two (A13)."""
    with serve("epic-like", *the_chart()) as server:
        server.fault("commit-then-drop", method="POST", type=kind)
        ehr, effect = server.ehr(), replace(WRITES[kind](), encounter="Encounter/enc-1", about=())
        with pytest.raises(WriteUnknown):
            perform(ehr, effect)
        perform(ehr, effect, seen=True)

        assert 1 == len(server.store.all(kind))


def test_an_oracle_like_server_takes_the_note_once():
    """No identifier search and an empty 201 there; the note's own hash finds it (ladder, rung 3)."""
    with serve("oracle-like", *the_chart()) as server:
        ehr, effect = server.ehr(bare=True), write_document(encounter="Encounter/enc-1", about=())
        server.fault("commit-then-drop", method="POST", type="DocumentReference")
        with pytest.raises(WriteUnknown):
            perform(ehr, effect)
        written = perform(ehr, effect, seen=True)

        assert "found" == written.how
        assert 1 == len(server.store.all("DocumentReference"))


def test_an_oracle_like_server_takes_the_message():
    """What its documentation does not list is left out, the text goes as an attachment (422 otherwise)."""
    with serve("oracle-like", *the_chart()) as server:
        written = perform(server.ehr(bare=True), write_communication())

        assert written.reference == f"Communication/{server.store.all('Communication')[0]['id']}"


def test_what_cannot_be_looked_for_is_never_sent_twice():
    """Oracle's messages cannot be searched by patient or identifier: unknown stays unknown (ladder, last rung)."""
    with serve("oracle-like", *the_chart()) as server:
        server.fault("commit-then-drop", method="POST", type="Communication")
        ehr, effect = server.ehr(bare=True), write_communication()
        for seen in (False, True, True):
            with pytest.raises(WriteUnknown):
                perform(ehr, effect, seen=seen)

        assert ["Communication"] == server.asked("POST")


@pytest.mark.node
def test_medplums_server_takes_every_write_once():
    """A server that nobody here wrote accepts all three, and the lost answer's repeat finds them."""
    with medplum() as base:
        ehr = medplum_ehr(base, fhir_user=None)
        first = [perform(ehr, make()) for make in WRITES.values()]
        again = [perform(ehr, make(), seen=True) for make in WRITES.values()]
        change = perform(ehr, moved(), wrote={write_appointment().key: first[0].reference})

    assert [each.reference for each in first] == [each.reference for each in again]
    assert ["created"] * 3 + ["found"] * 3 == [each.how for each in (*first, *again)]
    assert "updated" == change.how


def test_every_error_of_a_write_is_ours_and_tells_no_patient(server):
    """Whatever fails, a person reads a sentence of ours without a name."""
    told = []
    for do, more in [("status", {"code": code}) for code in (400, 401, 403, 404, 409, 422, 429, 500)] + [
        (do, {}) for do in ("drop-before", "html-200", "truncate")
    ]:
        server.faults.forget_faults()
        server.fault(do, method="POST", times=2, **more)  # as a document, and as a message that carries it
        try:
            perform(server.ehr(), replace(write_document(), key=f"k/{do}{more}"))
        except ParleyError as problem:
            assert isinstance(problem, Permanent | Temporary)
            told.append(f"{problem.say} {problem.next}")

    assert len(told) >= 9
    assert not any(ANN.name.split()[0] in each or "pat-1" in each for each in told)


def test_a_server_that_is_down_is_down_and_nothing_is_unknown(server):
    """A look that fails before anything was sent is no doubt about a write."""
    server.fault("status", method="GET", type="Communication", code=503, times=9)

    with pytest.raises(Down):
        perform(server.ehr(), write_communication())

    assert [] == server.asked("POST")
