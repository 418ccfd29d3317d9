"""Answers from outside the EHR: every shape read, each named the same each time, the sender's ids are not ours."""

import json
from copy import deepcopy
from pathlib import Path

import pytest

from app.core.detect.person import ToldPatient
from app.edges.fhir.told import read_told
from app.errors import BadInput
from tests.flow.test_arrivals import a_bundle

BUNDLES = sorted((Path(__file__).parents[3] / "shared/data/claimresponses/bundles").glob("*.json"))


def read(document: object):
    """Read a document."""
    return read_told(json.dumps(document).encode())


def test_a_bundle_is_read_with_its_patient():
    """The payer's Patient beside the answer names the member; the EHR's patient is not decided here."""
    (answer,) = read(a_bundle()).answers

    assert ToldPatient("Synthetic-p1 Testperson", "1960-02-03", None) == answer.patient
    assert (None, None) == (answer.denial.patient, answer.denial.ordering)


def test_parameters_around_the_bundle_are_read():
    """PAS 2.1 and 2.2 answer an inquiry with Parameters.return: the same answer, by the same name."""
    wrapped = {"resourceType": "Parameters", "parameter": [{"name": "return", "resource": a_bundle()}]}

    (plain,), (inside,) = read(a_bundle()).answers, read(wrapped).answers
    assert (plain.denial.reference, plain.patient) == (inside.denial.reference, inside.patient)


def test_the_name_is_the_answers_identifier():
    """A server's id, version and narrative change; the answer stays the same. Another identifier is another answer."""
    first, again, other = (deepcopy(a_bundle()) for _ in range(3))
    again["entry"][0]["resource"] |= {"id": "99", "meta": {"versionId": "7"}, "outcome": "partial"}
    other["entry"][0]["resource"]["identifier"][0]["value"] = "TRN-2"

    names = [read(each).answers[0].denial.reference for each in (first, again, other)]
    assert names[0] == names[1] != names[2]


def test_without_identifiers_the_name_is_all_it_says():
    """Two answers without identifiers are the same only when they say the same."""
    first, again, other = (deepcopy(a_bundle()) for _ in range(3))
    for each in (first, again, other):
        each["entry"][0]["resource"].pop("identifier")
    again["entry"][0]["resource"]["id"] = "2"
    other["entry"][0]["resource"]["disposition"] = "Denied"

    names = [read(each).answers[0].denial.reference for each in (first, again, other)]
    assert names[0] == names[1] != names[2]


def test_a_contained_patient_names_the_member():
    """Some senders keep the Patient inside the answer."""
    answer = deepcopy(a_bundle()["entry"][0]["resource"])
    answer |= {"patient": {"reference": "#p"}}
    answer["contained"] = [{"resourceType": "Patient", "id": "p", "name": [{"text": "Contained Person"}]}]

    assert "Contained Person" == read(answer).answers[0].patient.name


@pytest.mark.parametrize(
    "document",
    [[], 1, {"resourceType": "Bundle"}, {"resourceType": 7}, {}, {"resourceType": "Patient", "id": "1"}],
    ids=str,
)
def test_what_holds_no_answer_is_refused(document):
    """In words, with the place."""
    with pytest.raises(BadInput):
        read(document)


@pytest.mark.skipif(not BUNDLES, reason="the labelled bundles stand beside the checkout and are not there")
@pytest.mark.parametrize("path", BUNDLES, ids=lambda path: path.stem)
def test_every_published_bundle_is_read_or_refused_in_words(path: Path):
    """PAS examples of every version, Inferno's and plain ones: an answer, or a fault with its place; nothing breaks."""
    try:
        told = read_told(path.read_bytes())
    except BadInput as fault:
        assert fault.say
        return
    assert told.answers or told.faults
    assert all(each.denial.reference.startswith("told:") for each in told.answers)


def test_a_bad_entry_among_many_hides_no_other():
    """Twenty thousand are read, one bad one and one in another encoding among them told by its path."""
    entries = [{"resource": {"resourceType": "Basic", "id": str(number)}} for number in range(19_990)]
    entries[4_000] = {"resource": None}
    document = a_bundle()
    document["entry"] = entries + document["entry"]
    data = json.dumps(document).replace('"7000"', '"NUMBER"').encode().replace(b"NUMBER", b"caf\xe9")
    told = read_told(data)

    assert 1 == len(told.answers)
    assert ["entry[4000].resource", "entry[7000].resource: line 1, column 37, in id"] == [
        path for path, _ in told.faults
    ]


def test_more_entries_than_anybody_reads_are_refused():
    """Fifty thousand: refused with the place, before anything of them is read."""
    document = a_bundle()
    document["entry"] *= 50_000 // len(document["entry"])

    with pytest.raises(BadInput, match="entry: 50,000 entries, more than 20,000"):
        read(document)


def test_who_asked_is_kept_as_a_name_and_never_as_a_reference():
    """The sender's own reference would be somebody else's in the EHR; the name is for a person to look for."""
    bundle = a_bundle()
    answer = bundle["entry"][0]["resource"]
    answer["requestor"] = {"reference": "PractitionerRole/9", "display": "Shown only"}
    (told,) = read_told(json.dumps(bundle).encode()).answers
    assert ("Shown only", None) == (told.denial.provider_name, told.denial.ordering)

    role = {"resourceType": "PractitionerRole", "id": "9", "practitioner": {"reference": "Practitioner/7"}}
    person = {"resourceType": "Practitioner", "id": "7", "name": [{"family": "Orderer", "given": ["Olga"]}]}
    bundle["entry"] += [{"resource": role}, {"resource": person}]
    (told,) = read_told(json.dumps(bundle).encode()).answers
    assert ("Olga Orderer", None) == (told.denial.provider_name, told.denial.ordering)
