"""A plan's kind is read from codes that say it, then from its own words, else stays unknown."""

import pytest

from app.core.people import Party
from app.edges.fhir.bundle import neighbours_of
from app.edges.fhir.coverage import coverage_of, read_coverage
from tests.answers import coding

SOPT = "https://nahdo.org/sopt"


def coverage(**more):
    """Return a Coverage."""
    return {"resourceType": "Coverage", "id": "c", "payor": [{"reference": "Organization/p"}], **more}


@pytest.mark.parametrize(
    ("told", "line", "funding"),
    [
        ({"type": coding(SOPT, "112")}, "medicare_advantage", "public"),
        ({"type": coding("http://nahdo.org/sopt", "21")}, "medicaid", "public"),
        ({"type": coding(SOPT, "512")}, "commercial", None),
        ({"type": coding(SOPT, "522")}, "commercial", "self_insured"),
        ({"type": coding("http://terminology.hl7.org/CodeSystem/v3-ActCode", "EHCPOL")}, "commercial", None),
        ({"type": coding("http://terminology.hl7.org/CodeSystem/v3-ActCode", "HMO")}, None, None),
        ({"type": coding("some-list", "112")}, None, None),
        ({"class": [{"name": "Sunrise Medicare Advantage HMO"}]}, "medicare_advantage", "public"),
        ({"class": [{"name": "State Medicaid"}]}, "medicaid", "public"),
        ({"class": [{"name": "Acme PPO, self-funded (ASO)"}]}, "commercial", "self_insured"),
        ({"type": {"text": "Marketplace silver"}}, "marketplace", None),
        ({}, None, None),
    ],
)
def test_line_of_business_and_funding_are_read_or_unknown(told, line, funding):
    """A code outside its list says nothing, and an HMO may be any line of business (facts E.2)."""
    found = read_coverage(coverage(**told))

    assert (line, funding) == (found.line_of_business, found.funding)


def test_the_payer_is_named_by_the_best_that_is_known():
    """The payor's Organization, else how the Coverage displays it, else how the answer names its insurer."""
    insurer = Party(name="As the answer says", reference="Organization/x", identifiers=(("n", "1"),))
    organization = {"resourceType": "Organization", "id": "p", "name": "Acme Health", "identifier": [{"value": "2"}]}
    shown = coverage(payor=[{"display": "Acme"}])

    assert "Acme Health" == read_coverage(coverage(), payer=organization, insurer=insurer).payer.name
    assert "Acme" == read_coverage(shown, insurer=insurer).payer.name
    assert insurer == read_coverage(None, insurer=insurer).payer
    assert "Organization/p" == read_coverage(coverage(), payer=organization).payer.reference


def test_member_and_plan_are_read():
    """Both are asked on every call."""
    plan = {"type": coding("k", "plan"), "value": "B37FC", "name": "Full"}
    member = {"type": coding("v2", "MB"), "value": "M-1"}
    found = read_coverage(coverage(identifier=[member], **{"class": [plan]}))

    assert ("M-1", "Full", "Coverage/c") == (found.member_id, found.plan, found.reference)
    assert "S-1" == read_coverage(coverage(identifier=[member], subscriberId="S-1")).member_id


def test_the_coverage_is_found_by_the_answer_or_by_its_request():
    """The focal insurance first; contained and by reference; the payor's Organization with it."""
    organization = {"resourceType": "Organization", "id": "p"}
    one, two = coverage(), coverage(id="d", payor=[])
    beside = neighbours_of([(one, None), (two, None), (organization, None)])
    claim = {
        "insurance": [
            {"coverage": {"reference": "Coverage/d"}},
            {"focal": True, "coverage": {"reference": "Coverage/c"}},
        ]
    }

    assert (one, organization) == coverage_of({}, beside, claim=claim)
    assert (two, None) == coverage_of({"insurance": [{"coverage": {"reference": "Coverage/d"}}]}, beside, claim=None)
    assert (None, organization) == coverage_of({"insurer": {"reference": "Organization/p"}}, beside, claim=None)
