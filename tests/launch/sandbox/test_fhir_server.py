"""The FHIR interactions of the `full` profile, its refusals, and who may do what."""

import json
import threading
import time
from pathlib import Path

import pytest
from fhirclient.models.capabilitystatement import CapabilityStatement
from flask import Flask

from launch.sandbox.fhir_server import public_fhir_blueprint
from launch.sandbox.search_parameters import FHIR_TYPES
from tests.launch.sandbox.fhir_client import (
    BASE,
    NOW,
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


@pytest.fixture
def ehr():
    """A full server and a client that may do everything."""
    return a_server("full")


# -- create, read, versions ----------------------------------------------------------------------------------
def test_create_answers_a_versioned_location_an_etag_and_the_resource(ehr):
    """R4 §3.1.0.8: 201, Location with _history, ETag W/"1", Last-Modified; the body by default."""
    got = ehr.post("Appointment", appointment(), Content_Type="application/fhir+json")

    made = got.get_json(force=True)
    assert (201, 'W/"1"') == (got.status_code, got.headers["ETag"])
    assert f"{BASE}/Appointment/{made['id']}/_history/1" == got.headers["Location"]
    assert "Mon, 02 Mar 2026 15:00:00 GMT" == got.headers["Last-Modified"]
    assert made == ehr.get(f"Appointment/{made['id']}").get_json(force=True)


def test_prefer_minimal_leaves_the_body_out(ehr):
    """R4 §3.1.0.1.9: return=minimal has no body, the headers stay."""
    got = ehr.post("Appointment", appointment(), Prefer="return=minimal")

    assert (201, b"") == (got.status_code, got.data)
    assert below(got.headers["Location"]).startswith("Appointment/")


def test_prefer_operation_outcome_answers_one(ehr):
    """R4 §3.1.0.1.9: return=OperationOutcome."""
    got = ehr.post("Appointment", appointment(), Prefer="return=OperationOutcome")

    assert (201, "informational") == problem(got)


def test_update_makes_a_version_and_the_old_one_stays_readable(ehr):
    """R4 §3.1.0.3: vread answers the version as it was, history lists newest first."""
    ehr.put("Patient/pat-1", patient("pat-1", gender="other"))

    assert "female" == ehr.get("Patient/pat-1/_history/1").get_json(force=True)["gender"]
    assert "other" == ehr.get("Patient/pat-1/_history/2").get_json(force=True)["gender"]
    history = ehr.get("Patient/pat-1/_history").get_json(force=True)
    assert ["2", "1"] == [entry["resource"]["meta"]["versionId"] for entry in history["entry"]]
    assert (404, "not-found") == problem(ehr.get("Patient/pat-1/_history/3"))


def test_update_with_a_stale_if_match_is_refused_and_changes_nothing(ehr):
    """R4 §3.1.0.5: 412 when the version has moved on."""
    ehr.put("Patient/pat-1", patient("pat-1", gender="other"))

    got = ehr.put("Patient/pat-1", patient("pat-1", gender="male"), If_Match='W/"1"')

    assert (412, "conflict") == problem(got)
    assert "other" == ehr.get("Patient/pat-1").get_json(force=True)["gender"]
    assert 200 == ehr.put("Patient/pat-1", patient("pat-1"), If_Match='W/"2"').status_code


def test_update_as_create_is_allowed_on_full(ehr):
    """R4 §3.1.0.4.1: the client may choose the id."""
    got = ehr.put("Patient/new-1", patient("new-1"))

    assert (201, 'W/"1"') == (got.status_code, got.headers["ETag"])


def test_update_refuses_a_body_of_another_id(ehr):
    """R4 §3.1.0.4: the ids must agree."""
    assert (400, "invalid") == problem(ehr.put("Patient/pat-1", patient("pat-2")))


def test_a_deleted_resource_answers_gone_and_its_versions_stay(ehr):
    """R4 §3.1.0.7: 204, then 410; vread of an old version still works; deleting twice is fine."""
    key = below(ehr.post("Appointment", appointment()).headers["Location"])

    assert 204 == ehr.call("DELETE", key).status_code
    assert (410, "deleted") == problem(ehr.get(key))
    assert 200 == ehr.get(f"{key}/_history/1").status_code
    assert 204 == ehr.call("DELETE", key).status_code
    assert [] == ehr.ids("Appointment")


def test_read_with_the_current_etag_answers_not_modified(ehr):
    """R4 §3.1.0.1.5: conditional read."""
    assert 304 == ehr.get("Patient/pat-1", If_None_Match='W/"1"').status_code
    assert 200 == ehr.get("Patient/pat-1", If_None_Match='W/"9"').status_code


def test_json_patch_changes_one_element(ehr):
    """RFC 6902: replace and test; a failing test changes nothing."""
    key = below(ehr.post("Appointment", appointment()).headers["Location"])
    cancel = [{"op": "replace", "path": "/status", "value": "cancelled"}]

    assert (422, "processing") == problem(ehr.patch(key, [{"op": "test", "path": "/status", "value": "x"}, *cancel]))
    assert "booked" == ehr.get(key).get_json(force=True)["status"]
    assert "cancelled" == ehr.patch(key, cancel).get_json(force=True)["status"]
    assert (400, "invalid") == problem(ehr.patch(key, [{"op": "replace", "path": "/id", "value": "other"}]))


def test_json_patch_adds_removes_moves_and_copies_inside_lists(ehr):
    """RFC 6902 §4: every verb, list indices and the dash."""
    key = below(ehr.post("Patient", patient("x")).headers["Location"])
    steps = [
        {"op": "add", "path": "/name/0/given/0", "value": "Zoe"},
        {"op": "add", "path": "/name/0/given/-", "value": "Bea"},
        {"op": "copy", "from": "/name/0", "path": "/name/-"},
        {"op": "remove", "path": "/name/0/given/1"},
        {"op": "move", "from": "/name/1/family", "path": "/name/1/text"},
    ]

    changed = ehr.patch(key, steps).get_json(force=True)

    assert [["Zoe", "Bea"], ["Zoe", "Ann", "Bea"]] == [name["given"] for name in changed["name"]]
    assert {"given", "text"} == set(changed["name"][1])


def test_a_binary_comes_in_its_own_format_where_asked_for(ehr):
    """R4 §2.42.2: Accept other than FHIR answers the bytes."""
    ehr.store.put({"resourceType": "Binary", "id": "note", "contentType": "text/plain", "data": "aGVsbG8="})

    raw = ehr.get("Binary/note", Accept="text/plain")

    assert (b"hello", "text/plain") == (raw.data, raw.mimetype)
    assert "Binary" == ehr.get("Binary/note").get_json(force=True)["resourceType"]


# -- conditional create --------------------------------------------------------------------------------------
def test_conditional_create_makes_one_and_then_finds_it(ehr):
    """R4 §3.1.0.8.1: no match creates, one match answers 200 with it, several 412."""
    booking = appointment(identifier=[{"system": "urn:x", "value": "1"}])

    first = ehr.post("Appointment", booking, If_None_Exist="identifier=urn%3Ax%7C1")
    second = ehr.post("Appointment", booking, If_None_Exist="identifier=urn%3Ax%7C1")

    assert (201, 200) == (first.status_code, second.status_code)
    assert first.headers["Location"] == second.headers["Location"]
    ehr.post("Appointment", booking)
    assert (412, "multiple-matches") == problem(ehr.post("Appointment", booking, If_None_Exist="identifier=urn:x|1"))


def test_conditional_create_refuses_a_condition_that_says_nothing(ehr):
    """An unknown or empty condition would match everything."""
    assert 400 == ehr.post("Appointment", appointment(), If_None_Exist="colour=red").status_code
    assert 400 == ehr.post("Appointment", appointment(), If_None_Exist="_count=1").status_code


@pytest.fixture
def slow_ehr(ehr, monkeypatch):
    """A full server that takes a while between deciding and storing: where a race would show."""
    write = ehr.store._write
    monkeypatch.setattr(ehr.store, "_write", lambda *given, **more: time.sleep(0.02) or write(*given, **more))
    return ehr


def test_twenty_conditional_creates_at_once_make_one_resource(slow_ehr):
    """The check and the create are one step (HAPI #3141 was the bug that two steps make)."""
    ehr = slow_ehr
    booking = appointment(identifier=[{"system": "urn:x", "value": "1"}])
    statuses = []

    def create():
        statuses.append(ehr.post("Appointment", booking, If_None_Exist="identifier=urn:x|1").status_code)

    threads = [threading.Thread(target=create) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [200] * 19 + [201] == sorted(statuses)
    assert 1 == len(ehr.store.all("Appointment"))


def test_of_many_updates_with_the_same_if_match_one_wins(slow_ehr):
    """Version-aware updates are one step too."""
    ehr = slow_ehr
    statuses = []

    def update():
        statuses.append(ehr.put("Patient/pat-1", patient("pat-1"), If_Match='W/"1"').status_code)

    threads = [threading.Thread(target=update) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [200] + [412] * 7 == sorted(statuses)


# -- batch and transaction -----------------------------------------------------------------------------------
def bundle(kind, *requests):
    made = []
    for method, url, resource, *rest in requests:
        entry = {"request": {"method": method, "url": url}} | (rest[0] if rest else {})
        made.append(entry | ({"resource": resource} if resource else {}))
    return {"resourceType": "Bundle", "type": kind, "entry": made}


def statuses(got):
    return [entry["response"]["status"] for entry in got.get_json(force=True)["entry"]]


def test_a_batch_answers_each_entry_by_itself(ehr):
    """R4 §3.1.0.11: a bad entry fails alone, in its own place."""
    got = ehr.post("", bundle("batch", ("GET", "Patient/pat-1", None), ("GET", "Patient/nobody", None)))

    assert ["200", "404"] == statuses(got)
    assert "OperationOutcome" == got.get_json(force=True)["entry"][1]["response"]["outcome"]["resourceType"]


def test_a_transaction_resolves_urns_between_its_entries(ehr):
    """R4 §3.1.0.11.3: a reference to another entry's fullUrl becomes its id, whichever stands first."""
    urn = "urn:uuid:5e7b1d52-7f3a-4f6e-9c38-5f6a4d1f0001"
    letter = document(context={"related": [reference(urn)]})
    got = ehr.post(
        "",
        bundle(
            "transaction",
            ("POST", "DocumentReference", letter),
            ("POST", "Appointment", appointment(), {"fullUrl": urn}),
        ),
    )

    assert ["201", "201"] == statuses(got)
    booked = ehr.store.all("Appointment")[0]["id"]
    assert f"Appointment/{booked}" == ehr.store.all("DocumentReference")[0]["context"]["related"][0]["reference"]


def test_a_transaction_that_fails_leaves_nothing_behind(ehr):
    """All or nothing: the second entry's refusal takes the first back, and names itself."""
    before = ehr.store.snapshot()

    got = ehr.post(
        "",
        bundle(
            "transaction",
            ("POST", "Appointment", appointment()),
            (
                "PUT",
                "Patient/pat-1",
                patient("pat-1"),
                {"request": {"method": "PUT", "url": "Patient/pat-1", "ifMatch": 'W/"7"'}},
            ),
        ),
    )

    assert (412, "conflict") == problem(got)
    assert "entry 1" in got.get_json(force=True)["issue"][0]["diagnostics"]
    assert before == ehr.store.snapshot()


def test_a_transaction_honours_if_none_exist_and_refers_to_what_it_finds(ehr):
    """ifNoneExist in a transaction entry: the existing one takes the urn's place."""
    ehr.store.put(appointment() | {"id": "known", "identifier": [{"system": "urn:x", "value": "1"}]})
    urn = "urn:uuid:5e7b1d52-7f3a-4f6e-9c38-5f6a4d1f0001"
    asked = {"fullUrl": urn, "request": {"method": "POST", "url": "Appointment", "ifNoneExist": "identifier=urn:x|1"}}

    got = ehr.post(
        "",
        bundle(
            "transaction",
            ("POST", "Appointment", appointment(), asked),
            ("POST", "DocumentReference", document(context={"related": [reference(urn)]})),
        ),
    )

    assert ["200", "201"] == statuses(got)
    assert "Appointment/known" == ehr.store.all("DocumentReference")[0]["context"]["related"][0]["reference"]


def test_scopes_hold_inside_a_batch(ehr):
    """A batch is no way around a scope."""
    limited = ehr.as_patient("pat-1", "patient/Patient.r")

    got = limited.post("", bundle("batch", ("GET", "Patient/pat-1", None), ("POST", "Appointment", appointment())))

    assert ["200", "403"] == statuses(got)


CHARTS = Path(__file__).parents[4] / "shared" / "data" / "charts" / "bundles"


@pytest.mark.skipif(not CHARTS.is_dir(), reason="../shared stands not beside the checkout")
@pytest.mark.parametrize("name", ["Asa_Hermiston", "Hershel_Marvin", "Bob965_Keeling57", "Suzi_Bechtelar"])
def test_a_chart_that_others_wrote_loads_as_one_transaction(ehr, name):
    """Hundreds of entries, all valid, every urn between them resolved: the patient's own searches find them."""
    (path,) = CHARTS.glob(f"{name}_*.json")
    resources = [(one.get("fullUrl"), one["resource"]) for one in json.loads(path.read_text("utf-8"))["entry"]]
    known = [(urn, resource) for urn, resource in resources if resource["resourceType"] in FHIR_TYPES]
    made = [("POST", resource["resourceType"], resource, {"fullUrl": urn}) for urn, resource in known]

    got = ehr.post("", bundle("transaction", *made))

    assert (200, {"201"}) == (got.status_code, set(statuses(got)))
    (key,) = (one["id"] for one in ehr.store.all("Patient") if one["id"] not in ("pat-1", "pat-2"))
    for kind in ("Observation", "Condition", "Encounter"):
        expected = sum(resource["resourceType"] == kind for _, resource in known)
        assert expected == ehr.search(f"{kind}?patient={key}&_summary=count")["total"]
    assert 100 < len(made)


# -- refusals ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "Nonsense", (404, "not-supported")),
        ("GET", "Nonsense/1", (404, "not-supported")),
        ("GET", "a/b/c/d/e", (404, "not-supported")),
        ("GET", "Patient/$everything", (404, "not-supported")),
        ("GET", "Patient/pat-1/$everything", (404, "not-supported")),
        ("GET", "_history", (404, "not-supported")),
        ("DELETE", "Patient", (405, "not-supported")),
        ("DELETE", "Patient/pat-1", (405, "not-supported")),
        ("GET", "Patient/nobody", (404, "not-found")),
        ("GET", "Patient/not_an_id", (400, "invalid")),
    ],
)
def test_whatever_is_not_there_answers_an_operation_outcome(ehr, method, path, expected):
    """No refusal below /fhir is anything but an OperationOutcome."""
    assert expected == problem(ehr.call(method, path))


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "application/x-www-form-urlencoded"])
def test_a_body_of_another_type_is_refused(ehr, content_type):
    """R4 §3.1.0.1.9: 415."""
    got = ehr.call("POST", "Patient", data=json.dumps(patient("x")), content_type=content_type)

    assert (415, "not-supported") == problem(got)


@pytest.mark.parametrize("text", ["{", "", "[1]", '"text"', '{"resourceType": NaN}', "\ufeff{}"])
def test_a_body_that_is_no_json_resource_is_refused(ehr, text):
    """Bad JSON, and JSON that is no object, answer 400."""
    got = ehr.call("POST", "Patient", data=text.encode(), content_type="application/fhir+json")

    assert (400, "structure") == problem(got)


def test_a_deeply_nested_body_is_refused(ehr):
    """A body that would exhaust the stack is 400, not a traceback."""
    got = ehr.call("POST", "Patient", data=b"[" * 200_000, content_type="application/json")

    assert (400, "structure") == problem(got)


def test_a_body_of_another_resource_type_is_refused(ehr):
    """The type in the URL and in the body agree."""
    assert (400, "invalid") == problem(ehr.post("Patient", appointment()))


def test_what_asks_for_xml_is_refused(ehr):
    """406: this server speaks JSON only, and says so in JSON."""
    assert (406, "not-supported") == problem(ehr.get("Patient/pat-1", Accept="application/fhir+xml"))
    assert 406 == ehr.get("Patient/pat-1?_format=xml").status_code


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        (appointment(colour="red"), "structure"),
        (appointment(status="banana"), "invalid"),
        (appointment(start="tomorrow"), "structure"),
        (appointment(start="2026-03-04T15:00:00"), "structure"),
        (appointment(end="2026-03-04T14:00:00Z"), "invariant"),
        ({name: value for name, value in appointment().items() if name != "end"}, "invariant"),
        ({name: value for name, value in appointment().items() if name not in ("start", "end")}, "invariant"),
        (appointment(cancelationReason={"text": "moved"}), "invariant"),
        (appointment(participant=[{"status": "accepted"}]), "invariant"),
        (appointment(participant=[]), "structure"),
        (appointment(participant={"status": "accepted"}), "structure"),
        (appointment(participant=[{"actor": reference("Patient/pat-1"), "status": "perhaps"}]), "invalid"),
        (document(content=[{"attachment": {"data": "aGVsbG8="}}]), "invariant"),
        (document(docStatus="done"), "invalid"),
        ({"resourceType": "Communication", "status": "completed", "priority": "now"}, "invalid"),
    ],
)
def test_an_invalid_resource_is_refused(ehr, broken, expected):
    """Unknown elements, wrong types, codes outside the value set, app-1 to app-4, att-1, per-1."""
    assert (400, expected) == problem(ehr.post(broken["resourceType"], broken))
    assert [] == ehr.store.all(broken["resourceType"])


def test_a_proposed_appointment_needs_no_times(ehr):
    """app-3 exempts proposed, cancelled and waitlist."""
    proposed = {name: value for name, value in appointment(status="proposed").items() if name not in ("start", "end")}

    assert 201 == ehr.post("Appointment", proposed).status_code


def test_a_refusal_names_the_element_and_never_its_value(ehr):
    """What a client logs of a refusal holds nobody's data."""
    got = ehr.post("Patient", {"resourceType": "Patient", "nickname": "Secret-Name", "birthDate": "Secret-Day"})

    assert "nickname" in got.text
    assert "birthDate" in got.text
    assert "Secret" not in got.text


def test_a_reference_into_nothing_is_refused(ehr):
    """Referential integrity, as HAPI and most EHRs keep it; other servers' URLs and contained ones pass."""
    assert (422, "not-found") == problem(ehr.post("Appointment", appointment(slot=[reference("Slot/none")])))
    far = [reference("https://elsewhere.example/fhir/Claim/1")]
    assert 201 == ehr.post("Appointment", appointment(supportingInformation=far)).status_code
    ours = [reference(f"{BASE}/Patient/pat-1")]
    assert 201 == ehr.post("Appointment", appointment(supportingInformation=ours)).status_code


# -- who may do what -----------------------------------------------------------------------------------------
def test_without_a_token_everything_but_metadata_is_refused(ehr):
    """401 with a Bearer challenge and an OperationOutcome; /metadata is open."""
    ehr.scopes = None

    got = ehr.get("Patient/pat-1")

    assert (401, "login") == problem(got)
    assert got.headers["WWW-Authenticate"].startswith(
        'Bearer realm="http://localhost:8571/fhir", error="invalid_token"'
    )
    assert 200 == ehr.get("metadata").status_code


@pytest.mark.parametrize(
    ("scopes", "method", "path", "status"),
    [
        ("user/Patient.r", "GET", "Patient/pat-1", 200),
        ("user/Patient.r", "GET", "Patient", 403),
        ("user/Patient.rs", "GET", "Patient", 200),
        ("user/Patient.read", "GET", "Patient", 200),
        ("user/Patient.read", "PUT", "Patient/pat-1", 403),
        ("user/Patient.write", "PUT", "Patient/pat-1", 200),
        ("user/Patient.write", "GET", "Patient/pat-1", 403),
        ("user/Patient.cd", "PUT", "Patient/pat-1", 403),
        ("user/Patient.u", "PUT", "Patient/new-1", 403),
        ("user/Patient.cu", "PUT", "Patient/new-1", 201),
        ("user/Observation.rs", "GET", "Patient/pat-1", 403),
        ("user/*.rs", "GET", "Patient/pat-1", 200),
        ("system/*.rs", "GET", "Patient/pat-1", 200),
        ("patient/Patient.r", "GET", "Patient/pat-1", 403),
        ("openid fhirUser launch", "GET", "Patient/pat-1", 403),
        ("user/Patient.r", "GET", "Patient/pat-1/_history/1", 200),
        ("user/Patient.s", "GET", "Patient/pat-1/_history", 403),
    ],
)
def test_scopes_of_both_versions_are_enforced(ehr, scopes, method, path, status):
    """v1 read is rs, write is cud; v2 letters one by one; patient/ counts only with a patient in context."""
    ehr.scopes = scopes
    body = {"json": patient(path.rpartition("/")[2])} if method == "PUT" else {}

    got = ehr.call(method, path, **body)

    assert status == got.status_code, got.text
    if status == 403:
        assert (403, "forbidden") == problem(got)
        assert 'error="insufficient_scope"' in got.headers["WWW-Authenticate"]


class TestPatientCompartment:
    """With patient/ scopes only, nothing of another patient can be read, found, changed or made."""

    @pytest.fixture
    def ehr(self):
        return a_server("full", observation("mine"), observation("theirs", of="pat-2"))

    @pytest.fixture
    def mine(self, ehr):
        return ehr.as_patient("pat-1", "patient/*.cruds")

    def test_reading_outside_answers_as_if_it_were_not_there(self, mine):
        """404, also by version and by history."""
        assert 200 == mine.get("Observation/mine").status_code
        for path in (
            "Patient/pat-2",
            "Observation/theirs",
            "Observation/theirs/_history",
            "Observation/theirs/_history/1",
        ):
            assert (404, "not-found") == problem(mine.get(path))

    def test_searches_are_narrowed_whatever_is_asked(self, mine):
        """No parameter, another patient's id, _id, or an OR of both."""
        assert ["mine"] == mine.ids("Observation")
        assert [] == mine.ids("Observation?patient=pat-2")
        assert [] == mine.ids("Observation?_id=theirs")
        assert ["mine"] == mine.ids("Observation?patient=pat-1,pat-2")
        assert ["pat-1"] == mine.ids("Patient")
        assert 1 == mine.search("Observation?_summary=count")["total"]

    def test_includes_bring_nobody_else_along(self, mine, ehr):
        """_revinclude and _include stop at the compartment."""
        ehr.store.put(appointment() | {"id": "shared", "participant": [
            {"actor": reference("Patient/pat-1"), "status": "accepted"},
            {"actor": reference("Patient/pat-2"), "status": "accepted"},
        ]})  # fmt: skip

        found = mine.search("Appointment?_include=Appointment:actor&_revinclude:iterate=Observation:subject")

        assert {"pat-1", "mine"} == {entry["resource"]["id"] for entry in entries(found, "include")}

    def test_writing_for_another_patient_is_refused(self, mine, ehr):
        """403 for a create, an update of theirs, taking mine over to them, and a resource of nobody."""
        assert (403, "forbidden") == problem(mine.post("Observation", observation("x", of="pat-2")))
        assert (403, "forbidden") == problem(mine.put("Observation/theirs", observation("theirs")))
        assert (403, "forbidden") == problem(mine.put("Observation/mine", observation("mine", of="pat-2")))
        assert (403, "forbidden") == problem(mine.call("DELETE", "Observation/theirs"))
        assert (403, "forbidden") == problem(mine.post("Practitioner", {"resourceType": "Practitioner"}))
        assert 2 == len(ehr.store.all("Observation"))

    def test_what_moves_to_another_patient_or_goes_is_no_longer_found(self, mine, ehr):
        """The index by patient follows every write."""
        ehr.put("Observation/mine", observation("mine", of="pat-2"))
        assert [] == mine.ids("Observation")
        ehr.put("Observation/mine", observation("mine"))
        assert ["mine"] == mine.ids("Observation")
        ehr.call("DELETE", "Observation/mine")
        assert [] == mine.ids("Observation")

    def test_writing_for_the_patient_in_context_is_allowed(self, mine):
        """The same create, for the right patient."""
        assert 201 == mine.post("Observation", observation("x")).status_code

    def test_a_user_scope_beside_it_lifts_the_limit_for_that_type(self, ehr):
        """patient/Observation.rs with user/Patient.rs: patients all, observations mine."""
        both = ehr.as_patient("pat-1", "patient/Observation.rs user/Patient.rs")

        assert ["mine"] == both.ids("Observation")
        assert ["pat-1", "pat-2"] == both.ids("Patient")

    def test_what_belongs_to_no_patient_can_be_read(self, mine):
        """Practitioner, Location, Slot stand in no compartment."""
        assert 200 == mine.get("Practitioner/doc-1").status_code

    def test_the_request_log_has_the_patient_in_context_and_no_values(self, mine, ehr):
        """GET /sandbox/requests: method, path, status, client, patient; of a query only its names."""
        mine.get("Observation?patient=pat-1&code=8302-2")

        line = ehr.app.test_client().get("/sandbox/requests").get_json()[-1]

        assert {"method": "GET", "path": "/fhir/Observation", "status": 200} == {
            k: line[k] for k in ("method", "path", "status")
        }
        assert ("client-1", "pat-1", ["code", "patient"]) == (line["client"], line["patient"], line["query"])


# -- the statement -------------------------------------------------------------------------------------------
def test_the_statement_is_valid_and_names_the_authorization_endpoints(ehr):
    """CapabilityStatement by fhirclient's model; security has oauth-uris."""
    statement = ehr.get("metadata").get_json(force=True)

    CapabilityStatement(statement)
    uris = statement["rest"][0]["security"]["extension"][0]["extension"]
    assert "http://localhost:8571/auth/token" == {one["url"]: one["valueUri"] for one in uris}["token"]
    assert NOW.isoformat(timespec="seconds") == statement["date"]
    assert ["transaction", "batch"] == [one["code"] for one in statement["rest"][0]["interaction"]]


def test_every_parameter_of_the_statement_is_one_that_the_server_takes(ehr):
    """What is listed is honoured: a strict search with each of them is accepted."""
    samples = {
        "token": "x",
        "reference": "Patient/x",
        "date": "2026-01-01",
        "string": "x",
        "uri": "urn:x",
        "number": "5",
    }
    refused = []
    for resource in ehr.get("metadata").get_json(force=True)["rest"][0]["resource"]:
        query = "&".join(f"{one['name']}={samples[one['type']]}" for one in resource["searchParam"])
        got = ehr.get(f"{resource['type']}?{query}", Prefer="handling=strict")
        if got.status_code != 200:
            refused.append((resource["type"], got.text))

    assert [] == refused


def test_head_and_options_are_answered(ehr):
    """A browser's preflight, and HEAD as GET without its body."""
    assert 204 == ehr.call("OPTIONS", "Patient/pat-1").status_code
    head = ehr.call("HEAD", "Patient/pat-1")
    assert (200, b"") == (head.status_code, head.data)


def test_a_payers_published_times_need_no_token_and_take_no_writes(ehr):
    """The read-only API without tokens: its own base in every URL, other types unknown, writes refused."""
    ehr.store.put({"resourceType": "Slot", "id": "s1", "status": "free", "start": "2026-03-04T15:00:00Z"})
    app = Flask("payer")
    app.register_blueprint(public_fhir_blueprint(ehr.store, ehr.clock, name="x", url_prefix="/payer/x/fhir"))
    http = app.test_client()

    found = http.get("/payer/x/fhir/Slot?start=ge2026-03-01&status=free").get_json(force=True)

    assert "http://localhost/payer/x/fhir/Slot/s1" == found["entry"][0]["fullUrl"]
    assert "http://localhost/payer/x/fhir/Slot?start=ge2026-03-01&status=free" == link(found, "self")
    assert (404, "not-supported") == problem(http.get("/payer/x/fhir/Patient/pat-1"))
    assert (405, "not-supported") == problem(http.post("/payer/x/fhir/Slot", json={"resourceType": "Slot"}))
    statement = http.get("/payer/x/fhir/metadata").get_json(force=True)
    CapabilityStatement(statement)
    assert "security" not in statement["rest"][0]
    assert "http://localhost/payer/x/fhir" == statement["implementation"]["url"]
