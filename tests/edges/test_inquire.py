"""A payer is asked how a request stands, in the shape its guide wants, with no more than names the request."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from app.edges.http import Transport
from app.edges.payers import Inquirer, InquiryEndpoint
from app.edges.payers.inquire import NotAsked, NotLetIn
from app.errors import BadInput, Permanent, Temporary
from app.flow.ports import Pace, RequestRead
from tests.edges.ehr_server import QUICK
from tests.edges.wire import answer, bytes_then_close, wire
from tests.fhir_validation import errors_of
from tests.flow.test_arrivals import a_bundle

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
BASE = "https://ehr.example.org/fhir"
HOUR = timedelta(hours=1)
CLAIM = {
    "resourceType": "Claim",
    "id": "c1",
    "identifier": [{"system": "urn:request", "value": "R-1"}],
    "status": "active",
    "type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/claim-type", "code": "professional"}]},
    "use": "preauthorization",
    "patient": {"reference": "Patient/p1"},
    "created": "2026-11-18",
    "insurer": {"reference": "Organization/payer"},
    "provider": {"reference": "Organization/clinic"},
    "priority": {"coding": [{"code": "normal"}]},
    "insurance": [{"sequence": 1, "focal": True, "coverage": {"reference": "Coverage/v1"}}],
    "diagnosis": [{"sequence": 1, "diagnosisCodeableConcept": {"text": "secret diagnosis"}}],
    "supportingInfo": [{"sequence": 1, "category": {"text": "secret note"}}],
    "item": [{"sequence": 1, "productOrService": {"coding": [{"code": "X1"}]}, "unitPrice": {"value": 7}}],
}
BESIDE = {
    "Patient/p1": {"resourceType": "Patient", "id": "p1", "birthDate": "1960-02-03", "telecom": [{"value": "555"}]},
    "Coverage/v1": {
        "resourceType": "Coverage", "id": "v1", "status": "active", "beneficiary": {"reference": "Patient/p1"},
        "payor": [{"reference": "Organization/payer"}],
    },
    "Organization/payer": {"resourceType": "Organization", "id": "payer", "name": "Payer"},
    "Organization/clinic": {"resourceType": "Organization", "id": "clinic", "name": "Clinic"},
    "Patient/p2": {"resourceType": "Patient", "id": "p2", "name": [{"text": "Somebody Else"}]},
}  # fmt: skip


def ask(base: str, claim: dict = CLAIM, *, key: str = "payer-a", beside=BESIDE, token=lambda key, _: f"t-{key}"):
    """Ask one payer."""
    transport = Transport(allow_loopback=True, limits=QUICK)
    inquirer = Inquirer({"payer-a": InquiryEndpoint(base)}, transport, token=token)
    return inquirer.ask(key, RequestRead(claim, beside, BASE), bundle_id="b1", now=NOW)


@pytest.mark.parametrize(
    "body",
    [a_bundle(), {"resourceType": "Parameters", "parameter": [{"name": "return", "resource": a_bundle()}]}],
    ids=["2.0.1", "2.1 and 2.2"],
)
def test_either_shape_of_answer_is_the_same_denial(body: dict):
    """PAS 2.0.1 answers with a Bundle, later versions with Parameters."""
    with wire(answer(200, body)) as payer:
        (told,) = ask(payer.base).answers

    assert ["A3"] == [each.code for each in told.denial.lines[0].actions]
    assert told.denial.reference.startswith("told:")


def test_the_question_is_a_valid_bundle_led_by_the_claim():
    """POST Claim/$inquire with the bearer; identifier, collection, timestamp, the Claim first; valid as FHIR R4."""
    with wire(answer(200, a_bundle())) as payer:
        ask(payer.base)
        (sent,) = payer.requests
    bundle = json.loads(sent.body)

    assert ("POST", "Bearer t-payer-a") == (sent.method, sent.headers["authorization"])
    assert sent.target.endswith("/Claim/$inquire")
    assert ("collection", "b1", "2026-11-23T15:00:00Z") == (
        bundle["type"],
        bundle["identifier"]["value"],
        bundle["timestamp"],
    )
    assert [f"{BASE}/Claim/c1", f"{BASE}/Patient/p1"] == [each["fullUrl"] for each in bundle["entry"][:2]]
    assert {"Claim", "Patient", "Coverage", "Organization"} == {e["resource"]["resourceType"] for e in bundle["entry"]}
    assert [] == errors_of(bundle)


def test_no_more_travels_than_names_the_request():
    """No diagnosis, note, price or telephone, and nobody else's record (minimum necessary)."""
    with wire(answer(200, a_bundle())) as payer:
        ask(payer.base)
        text = payer.requests[0].body.decode()

    assert not [each for each in ("secret", "unitPrice", "555", "Somebody Else") if each in text]


@pytest.mark.parametrize("name", ["patient", "insurer", "insurance", "provider"])
def test_a_request_that_cannot_be_asked_about_sends_nothing(name: str):
    """What the profile demands is missing: told by name before anything leaves."""
    with wire(answer(200, a_bundle())) as payer:
        with pytest.raises(BadInput, match=f"Claim.{name}"):
            ask(payer.base, {key: value for key, value in CLAIM.items() if key != name})
        assert [] == payer.requests


def test_a_payer_that_takes_no_inquiries_is_not_asked():
    """Only payers that are set up."""
    with pytest.raises(NotAsked):
        ask("https://payer.example.org/fhir", key="another")


@pytest.mark.parametrize("gone", ["Patient/p1", "Coverage/v1"])
def test_a_question_that_names_no_member_is_not_asked(gone: str):
    """Without patient or plan no payer finds the request; said before anything leaves."""
    with wire(answer(200, a_bundle())) as payer:
        with pytest.raises(BadInput, match=gone.partition("/")[0]):
            ask(payer.base, beside={name: each for name, each in BESIDE.items() if name != gone})
        assert [] == payer.requests


NOTHING = {"resourceType": "OperationOutcome", "issue": []}


@pytest.mark.parametrize(
    "body",
    [{"resourceType": "Bundle", "type": "collection"}, {"resourceType": "Parameters"}, NOTHING],
    ids=["an empty Bundle", "Parameters without a return", "an OperationOutcome"],
)
def test_a_payer_that_knows_no_such_request_has_answered(body: dict):
    """Nothing found is an answer too, and none about anybody."""
    with wire(answer(200, body)) as payer:
        assert () == ask(payer.base).answers


@pytest.mark.parametrize(
    ("act", "error", "advice"),
    [
        (answer(403, NOTHING), Permanent, "Call the payer"),
        (answer(404, NOTHING), Permanent, "Call the payer"),
        (answer(422, NOTHING), Permanent, "Call the payer"),
        (answer(503, NOTHING), Temporary, "asked again by itself"),
        (answer(200, raw=b"<html>", kind="text/html"), Temporary, "asked again by itself"),
        (answer(200, raw=b"{", kind="application/fhir+json"), Temporary, "asked again by itself"),
        (answer(200, {"resourceType": "Patient"}), BadInput, ""),
        (answer(302, Location="https://elsewhere.example/"), Temporary, "asked again by itself"),
    ],
    ids=["forbidden", "not there", "refused", "down", "a login page", "broken", "no answer", "sent elsewhere"],
)
def test_a_payer_that_says_nothing_useful_is_told_by_kind(act, error, advice):
    """A refusal, a login page, half a document: errors in words about the payer, never an answer."""
    with wire(act) as payer, pytest.raises(error) as caught:
        ask(payer.base)

    assert advice in caught.value.next
    assert "Open Parley again" not in caught.value.next


def test_a_question_whose_answer_was_lost_is_asked_again():
    """Asking changes nothing, so no person hears of a lost line."""
    with wire(bytes_then_close(b"", reset=True), answer(200, a_bundle())) as payer:
        assert 1 == len(ask(payer.base).answers)


def test_a_payer_that_asks_for_time_says_for_how_long():
    """429 with Retry-After: the caller is told, and nothing more is sent meanwhile."""
    with wire(answer(429, NOTHING, Retry_After="900")) as payer:
        with pytest.raises(Temporary) as caught:
            ask(payer.base)
        assert (900, 1) == (caught.value.retry_after_seconds, len(payer.requests))


def test_a_token_that_the_payer_has_forgotten_is_fetched_anew_once():
    """401 before its time: one other token, one more try; then it is said that the payer does not let us in."""
    given: list[str | None] = []

    def token(key: str, rejected: str | None) -> str:
        given.append(rejected)
        return "old" if rejected is None else "new"

    with wire(answer(401), answer(200, a_bundle())) as payer:
        ask(payer.base, token=token)
    with wire(answer(401)) as payer, pytest.raises(NotLetIn) as caught:
        ask(payer.base, token=token)

    assert [None, "old", None, "old"] == given
    assert "Call the payer" in caught.value.next
    assert 2 == len(payer.requests)


def test_the_pace_of_a_payer_that_only_people_ask_is_not_told():
    """every_min 0: the ticker never hears of it, the button does."""
    endpoints = {
        "a": InquiryEndpoint("https://a.example/fhir"),
        "b": InquiryEndpoint("https://b.example/fhir", HOUR, 3),
    }
    inquirer = Inquirer(endpoints, Transport(), token=lambda key, _: key)

    assert {"b": Pace(HOUR, 3)} == inquirer.paces()
    assert (True, True, False, False) == tuple(inquirer.may_ask(each) for each in ("a", "b", "c", None))
