"""What a payer must be told to find a request again is read from the EHR: the request's own, and nobody else's."""

from datetime import UTC, datetime

import pytest

from app.core.effects import SignInNeeded
from app.edges.ehr import WrongPatient
from app.edges.ehr.request import OtherPatientsRequest
from app.edges.fhir.inquiry import write_inquiry
from app.edges.http import NotAuthorised, NotFound
from app.errors import BadInput
from tests.edges.ehr_server import serve
from tests.fhir_validation import errors_of

CLAIM, ME = "Claim/waits-at-payer-claim", "Patient/waits-at-payer"
NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
LEAST = "user/Patient.r user/Coverage.rs user/Claim.rs user/Practitioner.r user/Organization.r"


@pytest.fixture
def server():
    """The sandbox's EHR with its stories."""
    with serve(stories=True) as running:
        yield running


def question_of(read) -> dict:
    """Return the question that would be sent."""
    return write_inquiry(read.claim, read.beside, base=read.base, bundle_id="b1", now=NOW)


@pytest.mark.parametrize("scopes", ["user/*.rs", LEAST], ids=["everything", "the least"])
def test_a_request_is_read_with_whom_and_what_it_names(server, scopes: str):
    """Patient, plan, payer and provider; the question made of them is valid FHIR and holds no note and no medicine."""
    read = server.ehr(scopes=scopes).request(CLAIM, patient=ME)
    question = question_of(read)
    kinds = [each["resource"]["resourceType"] for each in question["entry"]]

    assert (("http://sandbox.example/claim", "waits-at-payer-claim"),) == read.identifiers
    assert ["Claim", "Coverage", "Organization", "Patient", "Practitioner"] == sorted(kinds)
    assert server.base == read.base
    assert [] == errors_of(question)


def test_a_request_of_another_patient_is_not_read_further(server):
    """Records were merged or moved: nothing of it goes anywhere."""
    with pytest.raises(OtherPatientsRequest):
        server.ehr().request(CLAIM, patient="Patient/lumbar-fusion")

    assert [] == [each for each in server.asked() if each.startswith(("Coverage", "Patient"))]


def test_a_chart_launch_reads_its_own_patients_requests_only(server):
    """The token of one chart asks about no other."""
    with pytest.raises(WrongPatient):
        server.ehr(patient="lumbar-fusion").request(CLAIM, patient=ME)

    assert ["metadata"] == server.asked()


def test_a_plan_of_somebody_else_does_not_travel(server):
    """A coverage mixed up in the request: it is left out, and without a plan nothing is asked."""
    claim = server.store.read("Claim", "waits-at-payer-claim")
    other = {"sequence": 1, "focal": True, "coverage": {"reference": "Coverage/lumbar-fusion-coverage"}}
    server.store.update({**claim, "insurance": [other]})
    read = server.ehr().request(CLAIM, patient=ME)

    assert "Coverage/lumbar-fusion-coverage" not in read.beside
    with pytest.raises(BadInput, match="Coverage"):
        question_of(read)


def test_what_the_token_may_not_read_is_missing(server):
    """No scope for plans: the request is read, its plan is not, and the question is not put."""
    read = server.ehr(scopes="user/Claim.rs user/Patient.rs").request(CLAIM, patient=ME)

    assert [ME] == list(read.beside)
    with pytest.raises(BadInput, match="Coverage"):
        question_of(read)


@pytest.mark.parametrize(
    ("code", "error"), [(401, SignInNeeded), (403, NotAuthorised), (404, NotFound)], ids=["401", "403", "404"]
)
def test_an_ehr_that_keeps_the_request_back_says_why(server, code: int, error):
    """As every read of the EHR."""
    server.fault("status", type="Claim", code=code, times=3)
    with pytest.raises(error):
        server.ehr().request(CLAIM, patient=ME)
