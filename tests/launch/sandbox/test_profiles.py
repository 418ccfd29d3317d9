"""The epic-like and oracle-like servers: what they lack, what they demand, how they refuse."""

import base64

import pytest
from fhirclient.models.capabilitystatement import CapabilityStatement

from launch.sandbox.epic_like import EPIC_LIKE
from launch.sandbox.oracle_like import ORACLE_LIKE
from launch.sandbox.profiles import FULL, profile_named
from tests.launch.sandbox.fhir_client import (
    a_server,
    appointment,
    below,
    document,
    entries,
    link,
    observation,
    patient,
    problem,
    reference,
)

WORKING_DAY = {"start": "2026-03-04T15:00:00Z", "end": "2026-03-04T15:30:00Z"}


def statement(ehr):
    """Return a server's statement as {type: entry}; it must be valid."""
    made = ehr.get("metadata").get_json(force=True)
    CapabilityStatement(made)
    return {entry["type"]: entry for entry in made["rest"][0]["resource"]}


def codes(entry):
    return {one["code"] for one in entry["interaction"]}


def test_an_unknown_profile_is_refused():
    """A typing error in the configuration is not `full`."""
    with pytest.raises(ValueError, match="full, epic-like, oracle-like"):
        profile_named("Epic")


@pytest.mark.parametrize(
    ("profile", "kind", "expected"),
    [
        (EPIC_LIKE, "Appointment", {"read", "search-type"}),
        (EPIC_LIKE, "Claim", {"read", "search-type"}),
        (EPIC_LIKE, "Communication", {"read", "search-type", "create"}),
        (EPIC_LIKE, "DocumentReference", {"read", "search-type", "create", "update"}),
        (EPIC_LIKE, "ExplanationOfBenefit", {"read", "search-type"}),
        (EPIC_LIKE, "Task", {"read", "search-type", "update"}),
        (EPIC_LIKE, "Provenance", {"read"}),
        (ORACLE_LIKE, "Appointment", {"read", "search-type", "create", "patch"}),
        (ORACLE_LIKE, "Coverage", {"read", "search-type", "create", "patch", "delete"}),
        (ORACLE_LIKE, "Slot", {"read", "search-type", "patch"}),
        (ORACLE_LIKE, "Schedule", {"read", "search-type"}),
        (ORACLE_LIKE, "DocumentReference", {"read", "search-type", "create", "update"}),
        (ORACLE_LIKE, "Communication", {"read", "search-type", "create", "patch"}),
        (ORACLE_LIKE, "Provenance", {"read", "search-type", "create"}),
    ],
)
def test_the_interactions_are_those_of_the_table(profile, kind, expected):
    """reference/smart.md §2, from the captured statements of 2026-07-24 and 2026-08-14; said and done alike."""
    assert expected == profile.interactions[kind]
    assert expected == codes(statement(a_server(profile.name))[kind])


@pytest.mark.parametrize(
    ("name", "absent"),
    [
        ("epic-like", ("ClaimResponse", "Slot", "Schedule", "MedicationStatement")),
        ("oracle-like", ("Claim", "ClaimResponse", "Task", "ExplanationOfBenefit", "PractitionerRole")),
    ],
)
def test_a_type_that_a_server_lacks_answers_not_supported(name, absent):
    """404 with an OperationOutcome, for a search, a read and a create; and it is not in the statement."""
    ehr = a_server(name)

    for kind in absent:
        assert (404, "not-supported") == problem(ehr.get(f"{kind}?patient=pat-1"))
        assert (404, "not-supported") == problem(ehr.get(f"{kind}/1"))
        assert (404, "not-supported") == problem(ehr.post(kind, {"resourceType": kind}))
    assert not set(absent) & set(statement(ehr))


@pytest.mark.parametrize("name", ["epic-like", "oracle-like"])
def test_an_interaction_that_a_server_lacks_answers_not_supported(name):
    """405 with an OperationOutcome: versions, history, update-as-create, deletion of a chart."""
    ehr = a_server(name)

    assert (405, "not-supported") == problem(ehr.get("Patient/pat-1/_history/1"))
    assert (405, "not-supported") == problem(ehr.get("Patient/pat-1/_history"))
    assert (405, "not-supported") == problem(ehr.put("Patient/pat-1", patient("pat-1")))
    assert (405, "not-supported") == problem(ehr.call("DELETE", "DocumentReference/x"))


@pytest.mark.parametrize("name", ["epic-like", "oracle-like"])
def test_conditional_create_is_neither_offered_nor_honoured(name):
    """The header is ignored: who relies on it gets two resources (finding 1 of reliability.md)."""
    ehr = a_server(name)
    made = a_document_for(name)

    statuses = [ehr.post("DocumentReference", made, If_None_Exist="identifier=urn:x|1").status_code for _ in range(2)]

    assert [201, 201] == statuses
    assert 2 == len(ehr.store.all("DocumentReference"))
    assert not any(entry["conditionalCreate"] or entry["updateCreate"] for entry in statement(ehr).values())


def a_document_for(name, **more):
    """Return a document that the server accepts."""
    context = {"encounter": [reference("Encounter/enc-1")], "period": {"end": "2026-03-02T15:00:00Z"}}
    return document(identifier=[{"system": "urn:x", "value": "1"}], context=context, **more)


def test_full_offers_everything_to_every_type():
    """The reference server: nothing is missing but the deletion of patients."""
    assert {"read", "vread", "history-instance", "search-type", "create", "update", "patch", "delete"} == set(
        FULL.interactions["ClaimResponse"]
    )
    assert "delete" not in FULL.interactions["Patient"]


# -- epic-like -----------------------------------------------------------------------------------------------
@pytest.fixture
def epic():
    """An epic-like server with a few of everything."""
    return a_server(
        "epic-like",
        appointment(id="a1"),
        appointment(
            of="pat-2", id="a2", participant=[{"actor": reference("Practitioner/doc-1"), "status": "accepted"}]
        ),
        {"resourceType": "Claim", "id": "c1", "status": "active", "patient": reference("Patient/pat-1")},
    )


def numbers(issues):
    return [coding["code"] for one in issues for coding in one["details"].get("coding", [])]


def test_epic_ignores_parameters_it_lists_without_documentation(epic):
    """Appointment?practitioner is listed, and returns everybody's; a warning 59100 says so."""
    found = epic.search("Appointment?practitioner=doc-1")

    assert ["a1", "a2"] == [entry["resource"]["id"] for entry in entries(found, "match")]
    assert ["59100"] == numbers(entries(found, "outcome")[0]["resource"]["issue"])
    assert "practitioner" not in link(found, "self")
    listed = {one["name"]: one for one in statement(epic)["Appointment"]["searchParam"]}
    assert "documentation" not in listed["practitioner"]
    assert "documentation" in listed["patient"]


def test_epic_ignores_what_it_does_not_know_even_when_asked_to_be_strict(epic):
    """Prefer: handling=strict changes nothing."""
    assert 200 == epic.get("Claim?patient=pat-1", Prefer="handling=strict").status_code
    assert ["c1"] == epic.ids("Claim?patient=pat-2")


def test_epic_says_that_nothing_was_found(epic):
    """An empty searchset carries a warning 4101, which is no data."""
    found = epic.search("Appointment?patient=nobody")

    assert 0 == found["total"]
    assert ["4101"] == numbers(entries(found, "outcome")[0]["resource"]["issue"])


def test_epic_refuses_more_than_a_hundred_results():
    """4127: narrow the search; a hundred still come."""
    epic = a_server("epic-like", *(observation(f"o{n}") for n in range(101)))

    got = epic.get("Observation?patient=pat-1")

    assert (400, "too-costly") == problem(got)
    assert ["4127"] == numbers(got.get_json(force=True)["issue"])
    epic.store.delete("Observation", "o100")
    assert 100 == epic.search("Observation?patient=pat-1")["total"]


def test_epic_reads_only_the_form_of_a_posted_search(epic):
    """From February 2026 POST _search ignores the query string."""
    got = epic.call("POST", "Appointment/_search?patient=pat-1", data={"status": "booked"}).get_json(force=True)

    assert 2 == got["total"]


def test_epic_takes_no_bundles(epic):
    """Neither batch nor transaction."""
    assert (404, "not-supported") == problem(epic.post("", {"resourceType": "Bundle", "type": "batch"}))


def test_epic_numbers_an_expired_page():
    """4113: restart the search."""
    epic = a_server("epic-like", *(observation(f"o{n}") for n in range(9)))

    got = epic.get("Observation?_page=long-gone")

    assert (410, "expired") == problem(got)
    assert ["4113"] == numbers(got.get_json(force=True)["issue"])


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"context": None}, "required"),
        ({"context": {"encounter": [reference("Encounter/none")]}}, "business-rule"),
        ({"subject": reference("Patient/pat-2")}, "business-rule"),
        ({"type": {"text": "a note"}}, "required"),
        (
            {"content": [{"attachment": {"url": "https://elsewhere.example/x", "contentType": "text/plain"}}]},
            "required",
        ),
        ({"content": [{"attachment": {"contentType": "image/png", "data": "aGVsbG8="}}]}, "not-supported"),
    ],
)
def test_epic_refuses_a_document_that_is_not_filed(epic, change, code):
    """An encounter of this patient, a coded type, one attachment with data in a note's format."""
    made = {name: value for name, value in (a_document_for("epic-like") | change).items() if value is not None}

    assert (400, code) == problem(epic.post("DocumentReference", made))
    assert 201 == epic.post("DocumentReference", a_document_for("epic-like")).status_code


def test_epic_takes_a_message_about_a_patient(epic):
    """Communication.create, about somebody."""
    message = {"resourceType": "Communication", "status": "completed", "payload": [{"contentString": "Booked."}]}

    assert (400, "required") == problem(epic.post("Communication", message))
    assert 201 == epic.post("Communication", message | {"subject": reference("Patient/pat-1")}).status_code


# -- oracle-like ---------------------------------------------------------------------------------------------
SERVICE = [{"coding": [{"system": "urn:service", "code": "p2p"}]}]


@pytest.fixture
def oracle():
    """An oracle-like server with a doctor's schedule and two free slots."""
    schedule = {"resourceType": "Schedule", "id": "s1", "actor": [reference("Practitioner/doc-1")]}
    slot = {"resourceType": "Slot", "status": "free", "schedule": reference("Schedule/s1"), "serviceType": SERVICE}
    return a_server(
        "oracle-like",
        schedule,
        slot | WORKING_DAY | {"id": "free-1"},
        slot | {"id": "free-2", "start": "2026-03-05T15:00:00Z", "end": "2026-03-05T15:30:00Z"},
    )


def booking(**more):
    return {
        "resourceType": "Appointment",
        "status": "booked",
        "slot": [reference("Slot/free-1")],
        "participant": [{"actor": reference("Patient/pat-1"), "status": "accepted"}],
        **more,
    }


def test_oracle_books_a_patient_into_a_slot(oracle):
    """201 with an empty body; times and practitioner come from the Slot, which is busy from then on."""
    got = oracle.post("Appointment", booking(), Prefer="return=representation")

    assert (201, b"", 'W/"1"') == (got.status_code, got.data, got.headers["ETag"])
    made = oracle.get(below(got.headers["Location"])).get_json(force=True)
    assert (WORKING_DAY["start"], WORKING_DAY["end"]) == (made["start"], made["end"])
    assert ["Patient/pat-1", "Practitioner/doc-1"] == [one["actor"]["reference"] for one in made["participant"]]
    assert "busy" == oracle.store.read("Slot", "free-1")["status"]
    assert (409, "conflict") == problem(oracle.post("Appointment", booking()))


@pytest.mark.parametrize(
    "change",
    [
        {"slot": []},
        {"slot": [reference("Slot/none")]},
        {"slot": [reference("Slot/free-1"), reference("Slot/free-2")]},
        {"participant": [{"actor": reference("Practitioner/doc-1"), "status": "accepted"}]},
        {"participant": [{"actor": reference(f"Patient/pat-{n}"), "status": "accepted"} for n in (1, 2)]},
        {"participant": [{"actor": reference("Patient/pat-1"), "status": "needs-action"}]},
        {"participant": [{"actor": reference("Patient/pat-1"), "status": "accepted", "type": [{"text": "PART"}]}]},
        {"status": "pending"},
        {"status": "proposed"},
        {"start": "2026-03-04T16:00:00Z", "end": "2026-03-04T16:30:00Z"},
        {"supportingInformation": [reference("Patient/pat-1")]},
        {"implicitRules": "urn:rules"},
        {"modifierExtension": [{"url": "urn:x", "valueBoolean": True}]},
    ],
)
def test_oracle_refuses_any_other_booking(oracle, change):
    """422: exactly one slot and one accepted Patient, no participant.type, no field beyond the documented ones."""
    got = oracle.post("Appointment", booking(**change))

    assert 422 == problem(got)[0]
    assert [] == oracle.store.all("Appointment")


def test_oracle_takes_a_proposal_and_hides_it_from_a_search_by_date(oracle):
    """One serviceType and requestedPeriod, all to act yet; -date-or-req-period finds it, date does not."""
    oracle.store.put({"resourceType": "Location", "id": "loc-1"})
    people = [{"actor": reference(who), "status": "needs-action"} for who in ("Patient/pat-1", "Location/loc-1")]
    proposal = booking(status="proposed", participant=people, serviceType=SERVICE, requestedPeriod=[WORKING_DAY])
    del proposal["slot"]

    key = below(oracle.post("Appointment", proposal).headers["Location"]).partition("/")[2]

    assert [] == oracle.ids("Appointment?patient=pat-1&date=2026-03-04")
    assert [key] == oracle.ids(
        "Appointment?patient=pat-1&-date-or-req-period=ge2026-03-04&-date-or-req-period=lt2026-03-05"
    )


def test_oracle_changes_an_appointment_by_patch_and_if_match_only(oracle):
    """428 without If-Match, 409 when stale, 422 for a status that cannot follow; cancelling frees the slot."""
    key = below(oracle.post("Appointment", booking()).headers["Location"])

    def to(status, **headers):
        return oracle.patch(key, [{"op": "replace", "path": "/status", "value": status}], **headers)

    assert (405, "not-supported") == problem(oracle.put(key, booking()))
    assert (428, "required") == problem(to("cancelled"))
    assert (409, "conflict") == problem(to("cancelled", If_Match='W/"7"'))
    assert 422 == problem(to("proposed", If_Match='W/"1"'))[0]
    moved = oracle.patch(key, [{"op": "replace", "path": "/start", "value": "2026-03-04T14:00:00Z"}], If_Match='W/"1"')
    assert 422 == problem(moved)[0]
    done = to("cancelled", If_Match='W/"1"')
    assert (200, b"", 'W/"2"') == (done.status_code, done.data, done.headers["ETag"])
    assert "free" == oracle.store.read("Slot", "free-1")["status"]
    assert 422 == problem(to("booked", If_Match='W/"2"'))[0]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("Appointment", 400),
        ("Appointment?status=booked", 400),
        ("Appointment?patient=pat-1", 400),
        ("Appointment?patient=pat-1&practitioner=doc-1&date=2026-03-04", 400),
        ("Appointment?patient=pat-1&patient=pat-1&date=2026-03-04", 400),
        ("Appointment?patient=pat-1&date=ge2026-03-04", 400),
        ("Appointment?patient=pat-1&date=ge2026-03-04&date=ge2026-03-05", 400),
        ("Appointment?patient=pat-1&date=ge2026-03-04&date=lt2026-03-05", 200),
        ("Appointment?patient=pat-1&date=2026-03-04", 200),
        ("Appointment?practitioner=doc-1&date=ge2026-03-04T00:00:00Z&date=lt2026-03-05T00:00:00Z", 200),
        ("Appointment?patient=pat-1&date=2026-03-04&-date-or-req-period=2026-03-04", 400),
        ("Appointment?_id=x", 200),
        ("Slot?start=ge2026-03-04T00:00:00Z&start=lt2026-03-05T00:00:00Z", 400),
        ("Slot?service-type=p2p", 400),
        ("Slot?service-type=p2p&start=ge2026-03-04&start=lt2026-03-05", 400),
        ("Slot?service-type=p2p&start=2026-03-04T15:00:00Z", 400),
        ("Slot?service-type=p2p&start=ge2026-03-04T00:00:00Z&start=lt2026-03-05T00:00:00Z", 200),
        ("Slot?_id=free-1", 200),
        ("Schedule?actor=Practitioner/doc-1", 400),
        ("Schedule?_id=s1", 200),
        ("Communication?patient=pat-1", 400),
        ("Communication?recipient=Practitioner/doc-1", 400),
        ("Communication?category=notification&received=ge2026-03-01&recipient=Practitioner/doc-1", 400),
        (
            "Communication?category=notification&received=ge2026-03-01&recipient=Practitioner/doc-1&-email-status=completed",
            200,
        ),
        ("DocumentReference?identifier=urn:x|1", 400),
        ("DocumentReference?patient=pat-1", 200),
        ("DocumentReference?patient=pat-1&period=ge2026-03-01", 400),
        ("Observation", 400),
        ("Observation?patient=pat-1&code=8302-2", 200),
        ("Coverage?patient=pat-1", 200),
        ("Patient", 400),
        ("Patient?name=fam", 200),
    ],
)
def test_oracle_searches_need_what_its_documentation_says(oracle, query, status):
    """400 for a search without its required parameters, or with an open date range."""
    got = oracle.get(query)

    assert status == got.status_code, got.text
    if status == 400:
        problem(got)


def test_oracle_finds_slots_by_the_doctor_of_their_schedule(oracle):
    """schedule.actor is the one chained parameter; Slot:schedule and Schedule:actor are its includes."""
    oracle.store.put({"resourceType": "Schedule", "id": "s2", "actor": [reference("Location/elsewhere")]})
    span = "start=ge2026-03-01T00:00:00Z&start=lt2026-04-01T00:00:00Z"
    onward = "_include=Slot:schedule&_include:iterate=Schedule:actor"

    found = oracle.search(f"Slot?service-type=p2p&{span}&schedule.actor=Practitioner/doc-1&{onward}")

    assert ["free-1", "free-2"] == [entry["resource"]["id"] for entry in entries(found, "match")]
    assert ["s1", "doc-1"] == [entry["resource"]["id"] for entry in entries(found, "include")]
    assert [] == oracle.ids(f"Slot?service-type=p2p&{span}&schedule.actor=Practitioner/other")


@pytest.mark.parametrize(
    "change",
    [
        {"status": "superseded"},
        {"docStatus": "preliminary"},
        {"docStatus": None},
        {"type": {"text": "a note"}},
        {"subject": None},
        {"author": None},
        {"author": [reference("Practitioner/doc-2")]},
        {"content": [{"attachment": {"contentType": "text/plain", "data": "YQ=="}}] * 2},
        {"content": [{"attachment": {"contentType": "text/plain", "url": "https://elsewhere.example"}}]},
        {"content": [{"attachment": {"contentType": "image/png", "data": "YQ=="}}]},
        {"context": {"period": {"end": "2026-03-02"}}},
        {"context": {"period": {"start": "2026-03-02T15:00:00Z"}}},
        {"relatesTo": [{"code": "replaces", "target": reference("DocumentReference/x")}]},
    ],
)
def test_oracle_refuses_an_incomplete_document(oracle, change):
    """422: current, final, coded type, patient, its author, one body, a period that ends at a time."""
    made = {name: value for name, value in (a_document_for("oracle-like") | change).items() if value is not None}

    assert 422 == problem(oracle.post("DocumentReference", made))[0]
    assert [] == oracle.store.all("DocumentReference")


def test_oracle_takes_a_complete_document_and_answers_without_body(oracle):
    """The same, complete: 201, empty; the id stands in Location."""
    got = oracle.post("DocumentReference", a_document_for("oracle-like"))

    assert (201, b"") == (got.status_code, got.data)
    assert 200 == oracle.get(below(got.headers["Location"])).status_code


def message(**more):
    text = {"contentType": "text/plain", "data": base64.b64encode(b"Call at 3.").decode()}
    return {
        "resourceType": "Communication",
        "status": "completed",
        "category": [{"coding": [{"system": "urn:category", "code": "notification"}]}],
        "sender": reference("Practitioner/doc-1"),
        "recipient": [reference("Practitioner/doc-1")],
        "payload": [{"contentAttachment": text}],
        **more,
    }


@pytest.mark.parametrize(
    "change",
    [
        {"status": "in-progress"},
        {"category": [{"text": "call"}]},
        {"sender": reference("Patient/pat-1")},
        {"recipient": [reference("Patient/pat-1")]},
        {"recipient": None},
        {"priority": "stat"},
        {"payload": [{"contentString": "Call at 3."}]},
        {"payload": None},
        {"payload": [{"contentAttachment": {"contentType": "text/plain", "data": "not base64!"}}]},
    ],
)
def test_oracle_refuses_a_message_that_is_no_inbox_message(oracle, change):
    """422: completed, notification or reminder, Practitioner to Practitioners, one text attachment."""
    made = {name: value for name, value in message(**change).items() if value is not None}

    assert 422 == problem(oracle.post("Communication", made))[0]
    assert 201 == oracle.post("Communication", message()).status_code


def test_oracle_takes_a_batch_and_no_transaction(oracle):
    """Its statement names batch only."""
    asked = {"entry": [{"request": {"method": "GET", "url": "Patient/pat-1"}}]}

    assert 200 == oracle.post("", {"resourceType": "Bundle", "type": "batch", **asked}).status_code
    assert (400, "not-supported") == problem(
        oracle.post("", {"resourceType": "Bundle", "type": "transaction", **asked})
    )


def test_oracle_answers_what_asks_for_xml_with_nothing(oracle):
    """406 with Content-Length 0, the one refusal without an OperationOutcome."""
    got = oracle.get("Patient/pat-1", Accept="application/fhir+xml")

    assert (406, b"") == (got.status_code, got.data)
