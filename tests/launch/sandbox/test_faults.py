"""Scripted faults over real sockets, the other test controls, and another FHIR server behind the checks."""

import threading
import time

import pytest
import requests
from flask import Flask, jsonify, request
from werkzeug.serving import make_server

from launch.sandbox import create_sandbox
from launch.sandbox.config import SandboxConfig
from launch.sandbox.faults import Fault
from launch.sandbox.upstream import SeedFailed, seed_upstream
from tests.launch.sandbox.fhir_client import (
    BASE,
    a_server,
    appointment,
    document,
    entries,
    observation,
    problem,
    reference,
)

TOKEN = {"Authorization": "- user/*.cruds"}


def serving(app):
    """Serve an app on a free port in a thread; return (server, base URL)."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, f"http://127.0.0.1:{server.server_port}"


@pytest.fixture
def ehr():
    """A full server, not yet listening."""
    return a_server("full")


@pytest.fixture
def url(ehr):
    """The same server on a socket."""
    server, base = serving(ehr.app)
    yield base
    server.shutdown()
    server.server_close()


def script(url, **fault):
    got = requests.post(f"{url}/sandbox/faults", json=fault, timeout=5)
    assert 201 == got.status_code, got.text


def create(url):
    return requests.post(f"{url}/fhir/Appointment", json=appointment(), headers=TOKEN, timeout=5)


def read(url, timeout=5):
    return requests.get(f"{url}/fhir/Patient/pat-1", headers=TOKEN, timeout=timeout)


def test_a_status_comes_with_its_headers_on_the_nth_request_only(url, ehr):
    """nth and times: the first passes, the next two do not, the fourth passes."""
    script(url, do="status", method="POST", type="Appointment", nth=2, times=2, code=429, headers={"Retry-After": "7"})

    got = [create(url) for _ in range(4)]

    assert [201, 429, 429, 201] == [one.status_code for one in got]
    assert "7" == got[1].headers["Retry-After"]
    assert "OperationOutcome" == got[1].json()["resourceType"]
    assert 2 == len(ehr.store.all("Appointment"))


def test_a_fault_minds_method_and_type(url):
    """What it does not name, it leaves alone; a path names what is not FHIR."""
    script(url, do="status", method="POST", type="Appointment", times=9)
    script(url, do="status", type="/auth/token", times=9, code=500)

    assert 200 == read(url).status_code
    assert 200 == requests.get(f"{url}/fhir/metadata", timeout=5).status_code
    assert 500 == requests.post(f"{url}/auth/token", timeout=5).status_code
    assert 404 == requests.post(f"{url}/auth/tokens", timeout=5).status_code


def test_dropped_before_handling_stores_nothing(url, ehr):
    """drop-before: the client sees a lost connection, the store never saw the request."""
    script(url, do="drop-before", method="POST")

    with pytest.raises(requests.ConnectionError):
        create(url)

    assert [] == ehr.store.all("Appointment")


def test_commit_then_drop_stores_once_and_answers_nothing(url, ehr):
    """commit-then-drop: the lost response that must not become a duplicate (reliability.md A13)."""
    script(url, do="commit-then-drop", method="POST", type="Appointment")

    with pytest.raises(requests.ConnectionError):
        create(url)

    assert 1 == len(ehr.store.all("Appointment"))
    assert 201 == create(url).status_code
    assert "commit-then-drop" in [line["fault"] for line in requests.get(f"{url}/sandbox/requests", timeout=5).json()]


def test_a_truncated_body_ends_before_its_length(url):
    """truncate: Content-Length promises more than comes."""
    script(url, do="truncate", bytes=30)

    with pytest.raises(requests.RequestException):
        read(url)

    raw = requests.get(f"{url}/fhir/Patient/pat-1", headers=TOKEN, timeout=5)
    assert 200 == raw.status_code


def test_a_reset_after_the_headers_breaks_the_answer(url, ehr):
    """reset-after-headers: stored, status line sent, no body."""
    script(url, do="reset-after-headers", method="POST")

    with pytest.raises(requests.RequestException):
        create(url)

    assert 1 == len(ehr.store.all("Appointment"))


def test_an_empty_201_keeps_or_loses_its_location(url):
    """empty-201: Oracle's answer; `without` takes the Location too."""
    script(url, do="empty-201", method="POST")
    script(url, do="empty-201", method="POST", nth=2, without=["Location"])

    first, second = create(url), create(url)

    assert [(201, b""), (201, b"")] == [(one.status_code, one.content) for one in (first, second)]
    assert first.headers["Location"].startswith(f"{BASE}/Appointment/")
    assert "Location" not in second.headers


def test_a_login_page_comes_as_200(url, ehr):
    """html-200: what a proxy answers when the session has ended; nothing is stored."""
    script(url, do="html-200", method="POST")

    got = create(url)

    assert (200, "text/html; charset=utf-8") == (got.status_code, got.headers["Content-Type"])
    assert [] == ehr.store.all("Appointment")


def test_a_delay_outlasts_a_timeout(url):
    """delay: the request is handled, late."""
    script(url, do="delay", seconds=0.6)

    with pytest.raises(requests.Timeout):
        read(url, timeout=0.2)

    script(url, do="delay", seconds=0.2)
    start = time.perf_counter()
    assert 200 == read(url).status_code
    assert 0.2 <= time.perf_counter() - start


def test_latency_is_added_to_fhir_requests_alone(url):
    """POST /sandbox/latency, for benchmarks."""
    requests.post(f"{url}/sandbox/latency", json={"ms": 150}, timeout=5)

    start = time.perf_counter()
    read(url)
    middle = time.perf_counter()
    requests.get(f"{url}/sandbox/clock", timeout=5)

    assert 0.15 <= middle - start
    assert time.perf_counter() - middle < middle - start


def test_an_in_process_caller_meets_the_same_faults(ehr):
    """Without a socket a drop is a ConnectionResetError, after the commit where the script says so."""
    controls = ehr.app.test_client()
    controls.post("/sandbox/faults", json={"do": "commit-then-drop", "method": "POST"})

    with pytest.raises(ConnectionResetError):
        ehr.post("Appointment", appointment())

    assert 1 == len(ehr.store.all("Appointment"))


@pytest.mark.parametrize("wrong", [{"do": "explode"}, {"do": "status", "nth": 0}, {"do": "status", "colour": 1}, {}])
def test_a_fault_that_could_never_act_is_refused(ehr, wrong):
    """A misspelt script must not pass as a fault that did not show."""
    assert 400 == ehr.app.test_client().post("/sandbox/faults", json=wrong).status_code
    assert [] == ehr.app.test_client().get("/sandbox/faults").get_json()


def test_the_first_due_fault_acts_and_all_count():
    """Two faults on one request: one acts, both have seen it."""
    first, second = Fault("status"), Fault("delay", nth=2)

    assert first.matches("GET", "/fhir/Patient")
    assert not Fault("status", type="Patient").matches("GET", "/payer/x/fhir/Patient")
    assert not second.matches("GET", "/auth/token")


# -- the other controls --------------------------------------------------------------------------------------
def test_reset_goes_back_to_the_loaded_stories(ehr):
    """Store, faults, log and latency; the clock stays, it cannot go back."""
    controls = ehr.app.test_client()
    controls.post("/sandbox/faults", json={"do": "status"})
    controls.post("/sandbox/faults", json={"do": "status", "type": "Task"})
    ehr.post("Patient", {"resourceType": "Patient"})
    controls.put("/sandbox/store/Patient/pat-1", json={"gender": "other"})

    assert 204 == controls.post("/sandbox/reset").status_code

    assert ["pat-1", "pat-2"] == [one["id"] for one in controls.get("/sandbox/store/Patient").get_json()]
    assert "female" == ehr.get("Patient/pat-1").get_json(force=True)["gender"]
    assert ["/fhir/Patient/pat-1"] == [line["path"] for line in controls.get("/sandbox/requests").get_json()]


def test_the_clock_can_be_pushed(ehr):
    """POST /sandbox/clock moves what the store stamps; back is refused."""
    controls = ehr.app.test_client()

    assert "2026-03-02T16:00:00+00:00" == controls.post("/sandbox/clock", json={"push_seconds": 3600}).get_json()["now"]
    assert 400 == controls.post("/sandbox/clock", json={"push_seconds": -1}).status_code
    made = ehr.post("Appointment", appointment()).get_json(force=True)
    assert "2026-03-02T16:00:00.000Z" == made["meta"]["lastUpdated"]


def test_someone_else_can_change_the_store_meanwhile(ehr):
    """PUT and DELETE /sandbox/store: past all checks, with a new version."""
    controls = ehr.app.test_client()
    controls.put("/sandbox/store/Appointment/theirs", json=appointment(of="pat-2"))

    assert ["theirs"] == ehr.ids("Appointment?patient=pat-2")
    assert 204 == controls.delete("/sandbox/store/Appointment/theirs").status_code
    assert (410, "deleted") == problem(ehr.get("Appointment/theirs"))
    assert 404 == controls.delete("/sandbox/store/Appointment/never").status_code


def test_a_sandbox_without_control_has_no_controls():
    """The demo mounts nothing under /sandbox."""
    box = create_sandbox(SandboxConfig(control=False, load_stories=False))

    assert 404 == box.test_client().get("/sandbox/requests").status_code


# -- another server behind -----------------------------------------------------------------------------------
class OtherServer:
    """A naive FHIR server that checks nothing: what stands behind the sandbox's token checks in these tests."""

    def __init__(self, takes_put=True):
        self.stored, self.queries = {}, []
        app = Flask("other")
        app.add_url_rule("/r4", view_func=self.bundle, methods=["POST"])
        app.add_url_rule(
            "/r4/metadata", view_func=lambda: jsonify(resourceType="CapabilityStatement", rest=[{"mode": "server"}])
        )
        app.add_url_rule("/r4/<kind>", view_func=self.type, methods=["GET", "POST"])
        app.add_url_rule("/r4/<kind>/<key>", view_func=self.instance, methods=["GET", "PUT"])
        self.takes_put = takes_put
        self.server, origin = serving(app)
        self.base = f"{origin}/r4"

    def type(self, kind):
        if request.method == "POST":
            resource = request.get_json(force=True) | {"id": f"n{len(self.stored)}"}
            self.stored[kind, resource["id"]] = resource
            return jsonify(resource), 201, {"Location": f"{self.base}/{kind}/{resource['id']}/_history/1"}
        self.queries.append(request.query_string.decode())
        found = [one for (its, _), one in self.stored.items() if its == kind]
        entry = [{"fullUrl": f"{self.base}/{kind}/{one['id']}", "resource": one} for one in found]
        links = [{"relation": "next", "url": f"{self.base}/{kind}?page=2"}]
        return jsonify(resourceType="Bundle", type="searchset", entry=entry, link=links)

    def instance(self, kind, key):
        if request.method == "PUT":
            if not self.takes_put:
                return jsonify(resourceType="OperationOutcome", issue=[]), 405
            self.stored[kind, key] = request.get_json(force=True)
            return jsonify(self.stored[kind, key]), 201
        if (kind, key) not in self.stored:
            return jsonify(resourceType="OperationOutcome", issue=[{"severity": "error", "code": "not-found"}]), 404
        return jsonify(self.stored[kind, key])

    def bundle(self):
        for entry in request.get_json(force=True)["entry"]:
            resource = entry["resource"]
            self.stored[resource["resourceType"], resource["id"]] = resource
        return jsonify(resourceType="Bundle", entry=[{"response": {"status": "201"}}] * len(request.json["entry"]))


@pytest.fixture
def other():
    """A second server, listening."""
    made = OtherServer()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def behind(other):
    """The sandbox's API with the other server behind it, seeded."""
    ehr = a_server("full", observation("mine"), observation("theirs", of="pat-2"), fhir_upstream=other.base)
    assert 6 == seed_upstream(ehr.store, other.base)
    return ehr


def test_the_other_servers_urls_come_back_as_ours(behind, other):
    """Bodies, links and Location; and ours go there as its own."""
    found = behind.search("Observation")
    assert f"{BASE}/Observation/mine" == found["entry"][0]["fullUrl"]
    assert f"{BASE}/Observation?page=2" == found["link"][0]["url"]

    made = behind.post("DocumentReference", document(context={"related": [reference(f"{BASE}/Patient/pat-1")]}))

    assert made.headers["Location"].startswith(f"{BASE}/DocumentReference/")
    stored = other.stored["DocumentReference", made.get_json(force=True)["id"]]
    assert f"{other.base}/Patient/pat-1" == stored["context"]["related"][0]["reference"]


def test_scopes_and_compartment_hold_before_the_other_server(behind, other):
    """It checks nothing itself: 401, 403, 404 and narrowed searches are ours."""
    mine = behind.as_patient("pat-1", "patient/Observation.rs patient/Observation.c")
    behind.scopes = None

    assert (401, "login") == problem(behind.get("Observation/mine"))
    assert (403, "forbidden") == problem(mine.get("Patient/pat-1"))
    assert (404, "not-found") == problem(mine.get("Observation/theirs"))
    assert (403, "forbidden") == problem(mine.post("Observation", observation("x", of="pat-2")))
    assert ["mine"] == [entry["resource"]["id"] for entry in mine.search("Observation?code=1")["entry"]]
    assert "code=1&patient=Patient%2Fpat-1" == other.queries[-1]
    assert 201 == mine.post("Observation", observation("x")).status_code
    assert 404 == mine.get("Observation/none").status_code


def test_the_other_servers_statement_names_our_authorization(behind):
    """Its interactions, our oauth-uris."""
    behind.scopes = None

    security = behind.get("metadata").get_json(force=True)["rest"][0]["security"]

    assert "http://localhost:8571/auth/token" in str(security)


def test_a_server_that_does_not_answer_is_a_502():
    """An OperationOutcome, not a traceback."""
    gone = a_server("full", fhir_upstream="http://127.0.0.1:9")

    assert (502, "transient") == problem(gone.get("Patient/pat-1"))


def test_a_server_without_put_is_seeded_by_batches():
    """The fall-back keeps the ids; a server that takes neither is named."""
    other = OtherServer(takes_put=False)
    ehr = a_server("full", *(observation(f"o{n}") for n in range(60)))

    assert 64 == seed_upstream(ehr.store, other.base)
    assert ("Observation", "o59") in other.stored
    assert "meta" not in other.stored["Observation", "o59"]
    other.server.shutdown()
    other.server.server_close()
    with pytest.raises((SeedFailed, requests.ConnectionError)):
        seed_upstream(ehr.store, other.base)


def test_searches_through_the_other_server_keep_outcome_entries(behind, other):
    """What is no resource of a patient is not filtered away."""
    other.stored["Observation", "zz"] = {"resourceType": "OperationOutcome", "id": "zz", "issue": []}

    found = behind.as_patient("pat-1", "patient/Observation.rs").search("Observation")

    assert ["mine", "zz"] == [entry["resource"]["id"] for entry in found["entry"]]
    assert [] == entries(found, "include")
