"""Payers' answers are found wherever a document holds them, with what stands beside them."""

import pytest

from app.edges.fhir.bundle import answers_in, faults_in, neighbours_of
from app.edges.fhir.claim import claim_of
from app.errors import BadInput

ANSWER = {"resourceType": "ClaimResponse", "id": "a", "request": {"reference": "Claim/c"}}
CLAIM = {"resourceType": "Claim", "id": "c", "identifier": [{"system": "s", "value": "77"}]}


def bundle(*resources, **more):
    """Return a Bundle of resources."""
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": each} for each in resources], **more}


def paths(document):
    """Return where answers stand."""
    return [path for path, _, _ in answers_in(document)]


def test_answers_are_found_in_every_wrapping():
    """Bare, in a Bundle, nested, in Parameters and their parts, contained; in the order of the document."""
    parameters = {
        "resourceType": "Parameters",
        "parameter": [{"resource": bundle(ANSWER)}, {"part": [{"resource": ANSWER}]}],
    }
    contained = {"resourceType": "Task", "contained": [CLAIM, ANSWER]}

    assert ["ClaimResponse"] == paths(ANSWER)
    assert ["entry[1].resource"] == paths(bundle(CLAIM, ANSWER))
    assert ["entry[0].resource.entry[0].resource", "entry[1].resource"] == paths(bundle(bundle(ANSWER), ANSWER))
    assert ["parameter[0].resource.entry[0].resource", "parameter[1].part[0].resource"] == paths(parameters)
    assert ["contained[1]"] == paths(contained)
    assert [] == paths(bundle(CLAIM))


def test_the_request_is_found_however_the_answer_names_it():
    """By reference, fullUrl, contained, identifier, or as the only one beside an answer that names none."""
    by_url = {**ANSWER, "request": {"reference": "urn:uuid:1"}}
    by_identifier = {**ANSWER, "request": {"identifier": {"value": "77"}}}
    inside = {**ANSWER, "request": {"reference": "#c"}, "contained": [CLAIM]}
    nothing = {key: value for key, value in ANSWER.items() if key != "request"}
    beside = neighbours_of([(CLAIM, "urn:uuid:1")])

    for each in (ANSWER, by_url, by_identifier, inside, nothing):
        assert claim_of(each, beside) is CLAIM
    assert claim_of({**ANSWER, "request": {"reference": "Claim/other"}}, beside) is None
    assert claim_of(nothing, neighbours_of([(CLAIM, None), ({**CLAIM, "id": "d"}, None)])) is None


def test_a_nested_bundle_sees_what_stands_around_it():
    """A notification's Bundle may keep the Claim outside of the answer's own Bundle."""
    [(_, _, neighbours)] = answers_in(bundle(CLAIM, bundle(ANSWER)))

    assert neighbours["Claim/c"] is CLAIM


def test_what_is_no_resource_is_named_by_its_path():
    """One broken entry is told and hides no other."""
    document = {"resourceType": "Bundle", "entry": [7, {"resource": []}, {"resource": ANSWER}, {"fullUrl": "x"}]}

    assert ["entry[0]", "entry[1].resource"] == [path for path, _ in faults_in(document)]
    assert ["entry[2].resource"] == paths(document)


def test_other_json_and_endless_nesting_are_refused():
    """A document without resourceType is no FHIR; Bundles in Bundles without end are an attack."""
    deep = ANSWER
    for _ in range(40):
        deep = bundle(deep)

    for document in ({"a": 1}, {"resourceType": 5}, deep):
        with pytest.raises(BadInput):
            list(answers_in(document))
