"""The payers' own servers: how a request stands, told to clients that signed in there, about the member they name."""

from dataclasses import dataclass

import pytest

from launch.sandbox.config import Client
from tests.launch.sandbox.visitor import Visitor

UHC, MOLINA = "unitedhealthcare", "molina"
SCOPES = "system/Claim.rs system/ClaimResponse.rs"


@dataclass
class Asker:
    """A registered client of the payers in a sandbox with its stories."""

    box: object
    visitor: Visitor

    def sign_in(self, slug=UHC, *, scope=SCOPES, **claims):
        """Ask a payer for a token."""
        claims = {"aud": f"http://localhost:8571/payer/{slug}/auth/token"} | claims
        form = {"grant_type": "client_credentials", "scope": scope} | self.visitor.assertion(**claims)
        return self.visitor.http.post(f"/payer/{slug}/auth/token", data=form)

    def ask(self, question, slug=UHC, *, token=None):
        """Ask how a request stands."""
        token = self.sign_in(slug).json["access_token"] if token is None else token
        headers = {"Authorization": f"Bearer {token}"}
        return self.visitor.http.post(f"/payer/{slug}/fhir/Claim/$inquire", json=question, headers=headers)

    def question(self, patient="waits-at-payer", **changes):
        """Return a right question about a patient's one request."""
        store = self.box.extensions["sandbox"].store
        claim = {**store.read("Claim", f"{patient}-claim"), **changes}
        held = [claim, store.read("Patient", patient), store.read("Coverage", f"{patient}-coverage")]
        entries = [{"fullUrl": f"http://ehr/fhir/{r['resourceType']}/{r['id']}", "resource": r} for r in held]
        named = {"identifier": {"system": "urn:asker", "value": "1"}, "timestamp": "2026-03-02T15:00:00Z"}
        return {"resourceType": "Bundle", "type": "collection", **named, "entry": entries}


@pytest.fixture
def asker(make_box, key_server):
    """A client that the payers know; the EHR does not."""
    client = Client("asker", "private_key_jwt", redirect_uris=(), jwks_uri=key_server.url, backend=True)
    box = make_box(payer_clients=(client,), load_stories=True)
    return Asker(box, Visitor(box, key_server, client_id="asker"))


def resources(bundle):
    """Return what a Bundle holds, by type."""
    return {each["resource"]["resourceType"]: each["resource"] for each in bundle["entry"]}


def action(response):
    """Return the review action of an answer's one line."""
    parts = response["item"][0]["adjudication"][0]["extension"][0]["extension"]
    return next(e for e in parts if e["url"].endswith("reviewActionCode"))["valueCodeableConcept"]["coding"][0]["code"]


def test_a_payer_of_2_0_1_answers_with_a_bundle(asker):
    """The request's own number comes back as the answer's; patient and payer are there under the payer's ids."""
    answer = asker.ask(asker.question())
    held = resources(answer.json)
    response = held["ClaimResponse"]

    assert (200, "Bundle") == (answer.status_code, answer.json["resourceType"])
    assert "waits-at-payer-claim" == response["identifier"][0]["value"]
    assert f"Patient/{held['Patient']['id']}" == response["patient"]["reference"]
    assert ("1971-12-09", "Holloway-Idris") == (held["Patient"]["birthDate"], held["Patient"]["name"][0]["family"])
    assert "request" not in response


def test_a_payer_of_2_2_answers_with_parameters(asker):
    """`return` holds the Bundle; the answer names the request by its number."""
    answer = asker.ask(asker.question("pended-invitation"), MOLINA).json
    (returned,) = answer["parameter"]

    assert ("Parameters", "return") == (answer["resourceType"], returned["name"])
    named = resources(returned["resource"])["ClaimResponse"]["request"]
    assert "pended-invitation-claim" == named["identifier"]["value"]


def test_a_waiting_request_is_decided_when_it_is_asked_about_again(asker):
    """First that it waits, from the second question on the denial; a reset begins anew."""
    question = asker.question()
    told = [action(resources(asker.ask(question).json)["ClaimResponse"]) for _ in range(3)]
    asker.box.extensions["sandbox"].payer.forget()

    assert ["A4", "A3", "A3"] == told
    assert "A4" == action(resources(asker.ask(question).json)["ClaimResponse"])


@pytest.mark.parametrize("what", ["another number", "another birth date", "another member", "another payer"])
def test_nothing_is_told_of_a_request_that_is_not_the_members(asker, what):
    """Number, birth date and member number must all fit the payer's own files."""
    question = asker.question()
    claim, patient, coverage = (each["resource"] for each in question["entry"])
    if what == "another number":
        claim["identifier"] = [{"system": "http://sandbox.example/claim", "value": "none"}]
    if what == "another birth date":
        patient["birthDate"] = "1971-12-08"
    if what == "another member":
        coverage["subscriberId"] = "U100218"
    slug = MOLINA if what == "another payer" else UHC
    answer = asker.ask(question, slug)

    assert 200 == answer.status_code
    assert "ClaimResponse" not in answer.text
    assert "Holloway" not in answer.text


def test_only_a_token_of_this_very_payer_opens(asker):
    """No token, a made-up one, another payer's, one that may not look: refused as FHIR servers refuse."""
    other = asker.sign_in(MOLINA).json["access_token"]
    narrow = asker.sign_in(scope="system/ClaimResponse.r").json["access_token"]
    got = [asker.ask(asker.question(), token=token) for token in ("", "made-up", other, narrow)]

    assert [401, 401, 401, 403] == [each.status_code for each in got]
    assert {"OperationOutcome"} == {each.json["resourceType"] for each in got}


@pytest.mark.parametrize(
    ("claims", "error"),
    [
        ({"aud": "http://localhost:8571/auth/token"}, "invalid_client"),
        ({"iss": "parley-backend", "sub": "parley-backend"}, "invalid_client"),
        ({"exp": 1}, "invalid_client"),
    ],
    ids=["made for the EHR", "not a client here", "expired"],
)
def test_a_payer_signs_in_its_own_clients_only(asker, claims, error):
    """An assertion for the EHR's token endpoint is none for the payer's."""
    answer = asker.sign_in(**claims)

    assert (401, error) == (answer.status_code, answer.json["error"])


def test_the_sign_in_is_told_beside_the_fhir_base(asker):
    """A client finds the token endpoint where SMART puts it."""
    told = asker.visitor.http.get(f"/payer/{UHC}/fhir/.well-known/smart-configuration").json

    assert told["token_endpoint"] == "http://localhost:8571/payer/unitedhealthcare/auth/token"
    assert "authorization_endpoint" not in told


@pytest.mark.parametrize("lack", ["type", "timestamp", "patient", "claim first", "json"])
def test_a_question_that_is_none_is_refused(asker, lack):
    """400 with an OperationOutcome that names what is wrong."""
    question = asker.question()
    if lack == "type":
        question["type"] = "batch"
    if lack == "timestamp":
        del question["timestamp"]
    if lack == "patient":
        question["entry"] = [each for each in question["entry"] if each["resource"]["resourceType"] != "Patient"]
    if lack == "claim first":
        question["entry"].reverse()
    answer = asker.ask(["not", "an", "object"] if lack == "json" else question)

    assert (400, "OperationOutcome") == (answer.status_code, answer.json["resourceType"])


def test_the_other_payers_cannot_be_asked(asker):
    """Most payers have no such server."""
    assert 404 == asker.visitor.http.post("/payer/evicore/auth/token", data={}).status_code
    assert asker.ask(asker.question(), "evicore", token="x").status_code in (404, 405)
