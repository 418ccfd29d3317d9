"""The EHR's pages: who is listed, what a launch carries, what stands in the record afterwards."""

import re
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
import responses

from launch.sandbox.config import default_clients
from launch.sandbox.stories import STORIES, USERS
from tests.launch.sandbox.visitor import APP, NOW, Visitor

RESPONSE = {"resourceType": "ClaimResponse", "id": "cr-1", "patient": {"reference": "Patient/pat-1"}}


@pytest.fixture
def page(box):
    """A browser at the EHR."""
    return box.test_client()


@pytest.fixture
def put(box):
    """A way to put a resource into the record, past the API."""
    return box.extensions["sandbox"].store.put


def frames(answer) -> list[str]:
    """Return the addresses of the frames on a page."""
    assert 200 == answer.status_code
    return [unescape(src) for src in re.findall(r'<iframe[^>]* src="([^"]+)"', answer.text)]


def launched(visitor, url: str) -> dict:
    """Follow a launch URL as the app does; return the token answer."""
    query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    assert url.startswith(f"{APP}/launch?")
    assert visitor.server.config.fhir_base == query["iss"]
    return visitor.token(code=visitor.code(launch=query["launch"])).json


def test_the_list_shows_every_patient_with_its_story(make_box):
    """All stories are told on the first page, in their order, and every user can sign in."""
    told = make_box(load_stories=True).test_client().get("/").text
    listed = re.findall(r'data-patient="([^"]+)"', told)

    assert [story.patient_id for story in STORIES] == listed[: len(STORIES)]
    assert all(f'value="{user.login}"' in told for user in USERS)
    assert "All data synthetic" in told


def test_a_chart_launches_its_own_patient_and_shows_the_banner_itself(page, visitor, put):
    """The frame's address is the app's launch URL; the EHR's strip stands above, so the app need not repeat it."""
    for day in ("02", "01"):
        period = {"start": f"2026-02-{day}T10:00:00Z"}
        put({"resourceType": "Encounter", "id": f"enc-{day}", "period": period, "subject": RESPONSE["patient"]})
    answer = page.get("/chart/pat-1?user=gastro")
    told = launched(visitor, frames(answer)[0])

    assert ("pat-1", "enc-02", False) == (told["patient"], told["encounter"], told["need_patient_banner"])
    assert "Family-pat-1" in re.search(r'<div class="strip">(.*?)</div>', answer.text, re.S)[1]


def test_a_chart_without_its_own_banner_tells_the_app_so(page, visitor):
    """banner=1: the EHR shows no strip and the app must."""
    answer = page.get("/chart/pat-1?banner=1")

    assert launched(visitor, frames(answer)[0])["need_patient_banner"] is True
    assert 'class="strip"' not in answer.text


def test_each_opening_of_a_chart_is_a_new_launch(page):
    """A launch value counts once, so no cache may keep the page either."""
    answers = [page.get("/chart/pat-1") for _ in range(2)]

    assert 2 == len({frames(answer)[0] for answer in answers})
    assert "no-store" == answers[0].headers["Cache-Control"]


def test_two_charts_are_two_launches(page, visitor):
    """Side by side, each frame has its own patient."""
    left, right = frames(page.get("/charts?left=pat-1&right=pat-2"))

    assert ["pat-1", "pat-2"] == [launched(visitor, left)["patient"], launched(visitor, right)["patient"]]


def test_the_worklist_tab_launches_without_a_patient(page, visitor):
    """No patient, no encounter; the app must name patients itself."""
    told = launched(visitor, frames(page.get("/tab"))[0])

    assert {"patient", "encounter"}.isdisjoint(told)
    assert told["need_patient_banner"] is True


def test_the_demo_opens_its_worklist_at_its_own_address(make_box):
    """The default registrations have two launch URLs: the first for a chart, the last for the worklist."""
    page = make_box(clients=default_clients(APP)).test_client()

    assert frames(page.get("/chart/pat-1"))[0].startswith(f"{APP}/launch?")
    assert frames(page.get("/tab"))[0].startswith(f"{APP}/launch/worklist?")


def test_a_launch_says_who_opened_it(page, visitor):
    """The user of the URL goes before the one of the cookie, so that two windows may have two users."""
    page.post("/sign-in", data={"login": "coordinator"})
    kept = frames(page.get("/tab"))[0]
    named = frames(page.get("/tab?user=gastro"))[0]

    for url, login in ((kept, "coordinator"), (named, "gastro")):
        launch = visitor.server.launches.look(parse_qs(urlsplit(url).query)["launch"][0])
        assert login == launch.user


def test_a_window_launch_carries_what_its_address_says(page, visitor, put):
    """302 to the app, with fhirContext, intent, tenant, encounter and banner; for tests and new windows."""
    put(RESPONSE)
    answer = page.get("/launch?patient=pat-1&claimresponse=cr-1&intent=p2p&tenant=north&encounter=e&banner=0")
    told = launched(visitor, answer.location)

    assert 302 == answer.status_code
    assert [{"reference": "ClaimResponse/cr-1", "type": "ClaimResponse"}] == told["fhirContext"]
    assert ("p2p", "north", "e", False) == tuple(
        told[name] for name in ("intent", "tenant", "encounter", "need_patient_banner")
    )


def test_another_client_is_launched_at_its_own_address(page, visitor):
    """?client= chooses the registration; its launch value is good for it alone."""
    url = page.get("/launch?patient=pat-1&client=basic").location
    value = parse_qs(urlsplit(url).query)["launch"][0]

    assert "invalid_request" == visitor.authorize(launch=value)["error"]
    assert "code" in Visitor(visitor.box, client_id="basic").authorize(launch=value)


@pytest.mark.parametrize(
    "path",
    [
        "/chart/nobody",
        "/chart/pat-1?user=nobody",
        "/chart/pat-1?width=5",
        "/chart/nobody/record",
        "/charts?left=pat-1",
        "/launch?patient=nobody",
        "/launch?claimresponse=nothing",
        "/launch?client=backend",
        "/tab?client=nobody",
    ],
)
def test_what_is_not_there_is_said_to_be_missing(page, path):
    """A page, 404, and nothing launched."""
    answer = page.get(path)

    assert 404 == answer.status_code
    assert "Not here" in answer.text


def test_the_record_tells_what_was_written_from_what_was_there(make_box):
    """Written resources come first, marked; one that names only the claim counts; another patient's does not."""
    box = make_box(load_stories=True)
    create = box.extensions["sandbox"].store.create
    create(_note("pat-1"), key="mine")
    create({"resourceType": "ClaimResponse", "id": "cr-1", "patient": RESPONSE["patient"]}, key="cr-1")
    create(_call("ClaimResponse/cr-1"), key="call")
    create(_note("pat-2"), key="others")
    shown = re.findall(
        r'data-type="(\w+)" data-id="([^"]+)" data-written="(\w+)"', box.test_client().get("/chart/pat-1/record").text
    )
    before = re.findall(r'data-written="(\w+)"', box.test_client().get(f"/chart/{STORIES[0].patient_id}/record").text)

    assert [("Appointment", "call", "yes"), ("DocumentReference", "mine", "yes")] == shown
    assert {"no"} == set(before)


def _note(patient):
    return {"resourceType": "DocumentReference", "status": "current", "subject": {"reference": f"Patient/{patient}"}}


def _call(about):
    return {"resourceType": "Appointment", "status": "booked", "supportingInformation": [{"reference": about}]}


def test_the_record_shows_the_json_harmlessly(page, box):
    """What an app wrote is shown as text, whatever it contains."""
    box.extensions["sandbox"].store.create(_note("pat-1") | {"description": "<script>alert(1)</script>"})
    text = page.get("/chart/pat-1/record").text

    assert "<script" not in text
    assert "&lt;script&gt;" in text


def test_the_clock_can_be_pushed_only_where_controls_are_on(make_box):
    """The buttons, and what they do, are for demonstrations and tests."""
    closed, opened = make_box(), make_box(control=True)

    assert "sandbox clock" not in closed.test_client().get("/").text
    assert 404 == closed.test_client().post("/clock", data={"by": "day"}).status_code
    assert "sandbox clock" in opened.test_client().get("/").text
    assert 303 == opened.test_client().post("/clock", data={"by": "day"}).status_code
    assert NOW + timedelta(days=1) == opened.extensions["sandbox"].config.clock.now()


def test_pages_run_no_script_and_only_the_ehr_frames_them(page):
    """The sign-in page may stand in a frame of the EHR, and of nobody else."""
    policy = page.get("/").headers["Content-Security-Policy"]

    assert "script-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy


def test_the_ehr_keeps_nothing_in_the_apps_frame(page, visitor):
    """Launch and authorize set no cookie and need none: third-party cookies may be blocked."""
    opened = page.get("/chart/pat-1")
    authorized = visitor.http.get("/auth/authorize", query_string=visitor.request())

    assert "Set-Cookie" not in opened.headers
    assert "Set-Cookie" not in authorized.headers


def test_a_launched_app_reads_its_patient_and_no_other(visitor):
    """From launch to FHIR: the token's scopes and patient are what the API enforces."""
    token = visitor.token().json["access_token"]
    statuses = [
        visitor.http.get(f"/fhir/{path}", headers={"Authorization": f"Bearer {token}"}).status_code
        for path in ("Patient/pat-1", "Patient/pat-2", "Coverage?patient=pat-1")
    ]

    assert 200 == statuses[0]
    assert statuses[1] in (403, 404)
    assert 403 == statuses[2]
    visitor.clock.push(timedelta(seconds=600))
    assert 401 == visitor.http.get("/fhir/Patient/pat-1", headers={"Authorization": f"Bearer {token}"}).status_code


@responses.activate
def test_the_pages_read_the_server_that_stands_in(make_box):
    """With an upstream the EHR shows what is stored there, over all pages of a search."""
    base = "http://upstream.example/fhir"
    first = {"entry": [_entry("DocumentReference", "one")], "link": [{"relation": "next", "url": f"{base}?page=2"}]}
    responses.get(f"{base}/DocumentReference", json=first)
    responses.get(f"{base}?page=2", json={"entry": [_entry("DocumentReference", "two")]})
    responses.get(f"{base}/Patient", json={"entry": [_entry("Patient", "pat-9")]})
    for kind in ("Appointment", "Communication", "ClaimResponse", "Claim"):
        responses.get(f"{base}/{kind}", json={"resourceType": "Bundle"})
    text = make_box(fhir_upstream=base).test_client().get("/chart/pat-9/record").text

    assert ["one", "two"] == re.findall(r'data-id="([^"]+)"', text)


def _entry(kind, key):
    meta = {"versionId": "1"}
    return {"resource": _note("pat-9") | {"resourceType": kind, "id": key, "meta": meta}}


def test_a_reset_also_frees_what_the_payers_booked(make_box):
    """POST /sandbox/reset puts back the record and the payers' desks."""
    box = make_box(load_stories=True, control=True)
    payer, page = box.extensions["sandbox"].payer, box.test_client()
    slug = next(iter(payer.stores))
    page.post(f"/payer/{slug}/message", json={"reference": "x", "callback": "1", "text": "a call, please"})
    assert 1 == sum(len(row["requests"]) for row in payer.overview())

    assert 204 == page.post("/sandbox/reset").status_code
    assert 0 == sum(len(row["requests"]) for row in payer.overview())
