"""
A call in a slot of the EHR's own: the sandbox's Oracle-like server over sockets.

It answers 422 to a participant's type, to a second participant and to what it does not document, 409 to a slot that is
taken; it changes an appointment by JSON Patch and If-Match, its status only.
"""

import contextlib
from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.effects import WriteUnknown
from app.core.interval import Interval
from app.edges.ehr.planner import Facts, Told
from app.edges.fhir.appointment import fhir_instant
from app.edges.http import Down, Unsupported
from app.errors import Permanent
from tests.edges.effects import a_booking, change_appointment, the_chart, write_appointment
from tests.edges.ehr_server import serve
from tests.edges.test_planner import statement
from tests.edges.test_writeback import perform

TYPE = "https://ehr.example/types|P2P"
SITE = {"bare": True, "appointment": "oracle-slot", "slot_type": TYPE}
CALL = a_booking().interval
LATER = Interval(CALL.start + timedelta(hours=2), CALL.end + timedelta(hours=2))


def a_schedule(key: str, whose: str) -> dict:
    return {"resourceType": "Schedule", "id": key, "actor": [{"reference": f"Practitioner/{whose}"}]}


def a_slot(key: str, when: Interval = CALL, *, of: str = "sch-1", code: str = "P2P", status: str = "free") -> dict:
    return {
        "resourceType": "Slot",
        "id": key,
        "schedule": {"reference": f"Schedule/{of}"},
        "serviceType": [{"coding": [{"system": "https://ehr.example/types", "code": code}]}],
        "status": status,
        "start": fhir_instant(when.start),
        "end": fhir_instant(when.end),
    }


def longer(interval: Interval, minutes: int) -> Interval:
    return Interval(interval.start, interval.end + timedelta(minutes=minutes))


CHART = (
    *the_chart(),
    {"resourceType": "Practitioner", "id": "doc-2", "name": [{"family": "Other"}]},
    a_schedule("sch-1", "doc-1"),
    a_schedule("sch-2", "doc-2"),
)
UNFIT = (
    a_slot("taken", status="busy"),
    a_slot("other-clinicians", of="sch-2"),
    a_slot("other-type", code="FOLLOWUP"),
    a_slot("too-short", Interval(CALL.start, CALL.end - timedelta(minutes=5))),
    a_slot("too-late", Interval(CALL.start + timedelta(minutes=5), CALL.end + timedelta(minutes=30))),
    a_slot("a-whole-day", Interval(CALL.start - timedelta(hours=3), CALL.end + timedelta(hours=3))),
)


@contextlib.contextmanager
def clinic(*slots):
    with serve("oracle-like", *CHART, *slots) as server:
        yield server


def booked(server) -> list[dict]:
    return [each for each in server.store.all("Appointment") if each["status"] == "booked"]


def slot_states(server) -> dict[str, str]:
    return {each["id"]: each["status"] for each in server.store.all("Slot")}


def call(**more):
    return write_appointment(about=(), **more)


def moved(**more):
    return change_appointment("moved", key=f"{call().key}/1", booking=a_booking(interval=LATER, revision=1), **more)


def test_a_call_is_booked_into_the_shortest_free_slot_that_holds_it():
    """Of the clinician's own, of the type the site named; slot and patient are in it, and nobody else by us."""
    with clinic(*UNFIT, a_slot("longer", longer(CALL, 20)), a_slot("fits")) as server:
        written = perform(server.ehr(**SITE), call())

        [appointment] = booked(server)
        assert "a portal may show it to them" in written.how
        assert written.reference == f"Appointment/{appointment['id']}"
        assert [{"reference": "Slot/fits"}] == appointment["slot"]
        assert {"reference": "Patient/pat-1"} == appointment["participant"][0]["actor"]
        assert {"fits": "busy", "longer": "free"}.items() <= slot_states(server).items()


def test_where_no_slot_fits_the_call_is_a_message_and_the_plan_says_why():
    """Somebody else's slot, another type's, a taken one, one that is too short: none is booked."""
    with clinic(*UNFIT) as server:
        ehr = server.ehr(**SITE)
        written = perform(ehr, call())

        assert written.reference.startswith("Communication/") and [] == booked(server)
        rung = ehr.plan(Told.BOOKING, Facts(has_slot=False)).rung("Appointment")
        assert "no slot of the clinician's that is meant for such calls is free then" == rung.ruling.because


@pytest.mark.parametrize(
    "changes, why",
    [
        ({"slot_type": ""}, "names none for such calls"),
        ({"scopes": "user/Appointment.cruds user/Communication.cruds"}, "slots cannot be searched"),
    ],
)
def test_without_the_sites_word_or_the_slots_scope_nothing_is_booked(changes, why):
    """And the plan says which of the two it is."""
    with clinic(a_slot("fits")) as server:
        ehr = server.ehr(**{**SITE, **changes})
        perform(ehr, call())

        assert [] == booked(server)
        assert why in ehr.plan(Told.BOOKING, Facts()).rung("Appointment").ruling.because


def test_a_slot_taken_between_the_look_and_the_booking_is_no_doubt():
    """409: nothing was written; the next try sees the slot taken and the call becomes a message."""
    with clinic(a_slot("fits")) as server:
        server.fault("status", method="POST", type="Appointment", code=409)
        with pytest.raises(Exception) as caught:
            perform(server.ehr(**SITE), call())
        assert not isinstance(caught.value, WriteUnknown | Permanent)
        server.store.put(a_slot("fits", status="busy"))

        assert perform(server.ehr(**SITE), call()).reference.startswith("Communication/")


@pytest.mark.parametrize("code", [405, 501])
def test_a_server_that_refuses_a_whole_appointment_is_sent_a_patch(code):
    """It lists both; the refusal of one says that nothing was changed by it."""
    with serve("full", *the_chart()) as server:
        ehr = server.ehr()
        wrote = {call().key: perform(ehr, call()).reference}
        server.fault("status", method="PUT", type="Appointment", code=code)
        perform(ehr, change_appointment("cancelled"), wrote=wrote)

        assert ["cancelled"] == [each["status"] for each in server.store.all("Appointment")]
        assert 1 == len(server.asked("PUT")) == len(server.asked("PATCH"))


@pytest.mark.parametrize("keeps", [True, False], ids=["identifier kept", "identifier dropped"])
@pytest.mark.parametrize("do", ["commit-then-drop", "drop-before", "html-200", "reset-after-headers"])
def test_a_booking_whose_answer_was_lost_stands_once(do, keeps):
    """Found again by identifier, or by slot and patient; another free slot of the same time tempts nobody."""
    with clinic(a_slot("fits"), a_slot("tempts")) as server:
        server.fault(do, method="POST", type="Appointment")
        with contextlib.suppress(WriteUnknown):
            perform(server.ehr(**SITE), call())
        for each in booked(server) if not keeps else ():
            server.store.put({key: value for key, value in each.items() if key != "identifier"})
        perform(server.ehr(**SITE), call(), seen=True)

        assert 1 == len(booked(server)) == list(slot_states(server).values()).count("busy")
        assert [] == server.store.all("Communication")


def test_slots_that_cannot_be_looked_for_now_are_not_none():
    """The call waits; it does not become a message because a search was down."""
    with clinic(a_slot("fits")) as server:
        server.fault("status", method="GET", type="Slot", code=503, times=3)
        with pytest.raises(Down, match="slot of the EHR's calendar"):
            perform(server.ehr(**SITE), call())
        assert [] == server.asked("POST")
        assert perform(server.ehr(**SITE), call()).reference.startswith("Appointment/")


@pytest.mark.parametrize("change", ["cancelled", "fulfilled", "noshow"])
def test_what_becomes_of_the_call_is_patched_into_it(change):
    """By JSON Patch on the version just read; a cancelled call gives its slot back."""
    with clinic(a_slot("fits")) as server:
        ehr = server.ehr(**SITE)
        wrote = {call().key: perform(ehr, call()).reference}
        effect = change_appointment(change)
        first, again = perform(ehr, effect, wrote=wrote), perform(ehr, effect, wrote=wrote, seen=True)

        assert ("updated", "found") == (first.how, again.how)
        assert [change] == [each["status"] for each in server.store.all("Appointment")]
        assert ("free" if change == "cancelled" else "busy") == slot_states(server)["fits"]


def test_a_moved_call_stands_at_its_new_time_and_no_more_at_the_old():
    """Booked anew, the old one cancelled; what comes later is done to the new one."""
    with clinic(a_slot("fits"), a_slot("later", LATER)) as server:
        ehr = server.ehr(**SITE)
        wrote = {call().key: perform(ehr, call()).reference}
        wrote[moved().key] = perform(ehr, moved(), wrote=wrote).reference

        [appointment] = booked(server)
        assert [{"reference": "Slot/later"}] == appointment["slot"]
        assert {"fits": "free", "later": "busy"} == slot_states(server)
        perform(ehr, change_appointment("cancelled"), wrote=wrote)
        assert [] == booked(server) and {"free"} == set(slot_states(server).values())


def test_a_move_to_a_time_without_a_slot_is_a_persons_and_the_old_time_stays():
    """Nothing is cancelled before the new time stands."""
    with clinic(a_slot("fits")) as server:
        ehr = server.ehr(**SITE)
        wrote = {call().key: perform(ehr, call()).reference}
        with pytest.raises(Permanent, match="none that is meant for such calls is free at the new time") as caught:
            perform(ehr, moved(), wrote=wrote)

        assert "by hand" in caught.value.next
        assert 1 == len(booked(server))


@pytest.mark.parametrize("method", ["POST", "PATCH"])
@pytest.mark.parametrize("do", ["commit-then-drop", "drop-before", "html-200"])
def test_a_move_that_was_interrupted_ends_with_one_call(method, do):
    """At either half: one booking at the new time, none at the old."""
    with clinic(a_slot("fits"), a_slot("later", LATER)) as server:
        ehr = server.ehr(**SITE)
        wrote = {call().key: perform(ehr, call()).reference}
        server.fault(do, method=method, type="Appointment")
        with contextlib.suppress(WriteUnknown):
            perform(ehr, moved(), wrote=wrote)
        perform(ehr, moved(), wrote=wrote, seen=True)

        assert [[{"reference": "Slot/later"}]] == [each["slot"] for each in booked(server)]
        assert {"fits": "free", "later": "busy"} == slot_states(server)


def test_the_control_what_oracle_refuses_is_refused_here_too():
    """The sandbox answers 422 to a plain Appointment, so the rung above can fail."""
    with clinic(a_slot("fits")) as server:
        ehr = server.ehr(bare=True, overrides={"Task.c": False, "Communication.c": False})
        with pytest.raises(Unsupported):
            perform(ehr, call())


def test_a_plain_calendar_that_takes_patches_only_is_patched():
    """Full's server, saying that it takes no whole Appointment back: a move is patched where it stands."""
    with serve("full", *the_chart()) as server:
        ehr = server.ehr(saying=statement({"Appointment": "rscp"}))
        wrote = {call().key: perform(ehr, call()).reference}
        written = perform(ehr, moved(), wrote=wrote)

        [appointment] = booked(server)
        assert ("updated", fhir_instant(LATER.start)) == (written.how, appointment["start"])
        assert replace(written, reference=wrote[call().key]) == written
        assert [] == server.asked("PUT")
