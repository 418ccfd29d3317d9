"""An ExplanationOfBenefit with use=preauthorization is an answer like any other."""

import pytest

from app.core.denial import Decision, Path
from app.core.detect import route_denial
from app.edges.fhir.explanation_of_benefit import read_denial_of_eob
from app.errors import BadInput
from tests.answers import CARC, NOW, RULES, coding, review_action

PDEX = "http://hl7.org/fhir/us/davinci-pdex/StructureDefinition/extension-reviewAction"


def eob(adjudication, **more):
    """Return an ExplanationOfBenefit of one line."""
    item = {
        "sequence": 1,
        "productOrService": coding("http://www.ama-assn.org/go/cpt", "72148"),
        "adjudication": adjudication,
    }
    whole = {"resourceType": "ExplanationOfBenefit", "id": "e", "use": "preauthorization", "outcome": "complete"}
    return {**whole, "status": "active", "preAuthRef": ["AUTH-1"], "item": [item], **more}


def test_pdex_review_action_and_denial_reason_are_read():
    """PDex copies the PAS review action under its own canonical, and gives a denial reason as CARC (facts B.3)."""
    reason = {
        "category": coding(
            "http://hl7.org/fhir/us/davinci-pdex/CodeSystem/PDexAdjudicationDiscriminator", "denialreason"
        )
    }
    denial = read_denial_of_eob(
        eob([{"extension": [{**review_action("A3"), "url": PDEX}]}, {**reason, "reason": coding(CARC, "50")}])
    )
    found = route_denial(denial, None, rules=RULES, payer=None, now=NOW)

    assert ("72148", "AUTH-1") == (denial.lines[0].service_label, denial.authorization_number)
    assert (Decision.DENIED, Path.P2P) == (found.decision, found.route)


def test_a_paid_claim_is_no_prior_authorization():
    """use=claim is payment, whatever its adjustments say."""
    denial = read_denial_of_eob(eob([{"reason": coding(CARC, "50")}], use="claim"))

    assert Decision.NOT_PRIOR_AUTH is route_denial(denial, None, rules=RULES, payer=None, now=NOW).decision


def test_another_resource_is_refused():
    """A ClaimResponse has its own reader."""
    with pytest.raises(BadInput):
        read_denial_of_eob({"resourceType": "ClaimResponse"})
