"""An answer that names no request (PAS 2.0.1): joined to the only one it can belong to, or to none."""

from app.edges.ehr.denials import JOINED_BY_PAYER
from tests.edges.effects import a_claim, the_chart
from tests.edges.ehr_server import NOW, serve


def without_request(*more: dict) -> list[dict]:
    """Return the chart whose answer names no request, and more resources."""
    return [
        {
            name: value
            for name, value in each.items()
            if not (each["resourceType"] == "ClaimResponse" and name == "request")
        }
        for each in (*the_chart(), *more)
    ]


def test_the_only_request_to_this_payer_is_the_one():
    """Service and clinician come from the request; the page says how it was found."""
    with serve("full", *without_request()) as server:
        [found] = server.ehr().denials(patient="Patient/pat-1", now=NOW).found

    assert "Claim/claim-1" == found.denial.request
    assert JOINED_BY_PAYER in found.denial.warnings
    assert found.clinician is not None


def test_two_requests_to_one_payer_are_not_guessed_between():
    """A wrong service on the page is worse than none."""
    with serve("full", *without_request(a_claim("claim-2"))) as server:
        [found] = server.ehr().denials(patient="Patient/pat-1", now=NOW).found

    assert found.denial.request is None
    assert () == found.denial.warnings


def test_a_request_to_another_payer_is_not_taken():
    """Same patient, other payer: nothing to do with this answer."""
    chart = without_request()
    for each in chart:
        if each["resourceType"] == "Claim":
            each["insurer"] = {"reference": "Organization/somebody-else"}
    with serve("full", *chart, {"resourceType": "Organization", "id": "somebody-else", "name": "Else"}) as server:
        [found] = server.ehr().denials(patient="Patient/pat-1", now=NOW).found

    assert found.denial.request is None
