"""What is sensitive stays out of the chart, and so of every paper, until a person adds it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.brief.facts import HeldBack
from app.edges.fhir.chart import read_chart
from app.edges.fhir.documents import read_documents
from tests.edges.test_chart import OURS, PATIENT, note, observation

ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
TOLD = "Held back as sensitive: 1 thing in the chart; a person may add it."


def chart_of(*resources, added=()):
    """Return the chart of one patient's resources, with what a person added."""
    return read_chart(_named(*resources), patient="Patient/p", added=frozenset(added))


def _named(*resources):
    return {f"{each['resourceType']}/{each['id']}": each for each in (PATIENT, *resources)}


def labelled(code, system=ACT):
    """Return the label as it stands on a resource."""
    return {"meta": {"security": [{"system": system, "code": code}]}}


def visit(**more):
    """Return a visit that took place."""
    base = {"resourceType": "Encounter", "id": "e", "status": "finished", "period": {"start": "2026-09-01"}}
    return {**base, **OURS, **more}


@pytest.mark.parametrize(
    "code", ["R", "V", "ETH", "SUD", "ETHUD", "OPIOIDUD", "42CFRPart2", "PSYTHPN", "HIV", "PSY", "SDV"]
)
def test_a_label_keeps_a_resource_back(code):
    """Nothing of it is read, and its reference, kind and day are all that is kept for the screen."""
    chart = chart_of(observation(**labelled(code)), observation(id="o2"))

    assert ["Observation/o2"] == [each.cite.reference for each in chart.measures]
    assert [("Observation/o1", "result", "2026-10-01")] == [
        (each.reference, each.kind, each.day) for each in chart.held_back
    ]
    assert (TOLD,) == chart.left_out


@pytest.mark.parametrize("code", ["N", "L", "U", "M", "DELAU", "NOAUTH"])
def test_an_ordinary_label_keeps_nothing_back(code):
    """Most resources of a labelling server are labelled normal."""
    assert chart_of(observation(**labelled(code))).held_back == ()


def test_a_documents_own_label_counts():
    """R4 gives documents a label of their own beside that of the resource."""
    chart = chart_of(note("Seen today.", securityLabel=[{"coding": [{"code": "R"}]}]))

    assert ((), "labelled restricted") == (chart.remarks, chart.held_back[0].why)


@pytest.mark.parametrize(
    "more",
    [
        {"type": {"text": "Substance use disorder treatment note"}},
        {"category": [{"coding": [{"code": "x", "display": "Addiction Medicine"}]}]},
        {"context": {"practiceSetting": {"text": "Opioid Treatment Program"}}},
        {"custodian": {"display": "Riverside Drug and Alcohol Services"}},
        {"description": "Chemical dependency unit: progress"},
        {"content": [{"attachment": {"title": "Methadone clinic intake", "data": "eA=="}}]},
        {"type": {"text": "Psychotherapy note"}},
        {"type": {"coding": [{"code": "x", "display": "Psychotherapist's session note"}]}},
    ],
)
def test_a_note_of_a_program_or_of_psychotherapy_is_held_back_without_a_label(more):
    """42 CFR Part 2 and 45 CFR 164.501: most servers label nothing."""
    chart = chart_of(note("Attends weekly.", **more))

    assert ((), ("DocumentReference/n1", "note")) == (
        chart.remarks,
        (chart.held_back[0].reference, chart.held_back[0].kind),
    )


@pytest.mark.parametrize(
    "named",
    [
        *("Clinic note", "Psychiatry consult note", "Opioid therapy agreement", "Substance use screening"),
        *("Alcohol use history", "Drug allergy", "Pharmacy: drug therapy monitoring", "Substance abuse screen"),
    ],
)
def test_an_ordinary_note_is_read(named):
    """A screening in a general clinic is no record of a program, and an opioid for pain is none either."""
    assert len(chart_of(note("Seen today.", type={"text": named})).remarks) == 1


def test_what_was_written_during_a_held_visit_is_held_too():
    """A result of the program's visit says as much as its note."""
    program = visit(type=[{"text": "Addiction counseling visit"}])
    theirs = observation(encounter={"reference": "Encounter/e"})
    words = note("Attends weekly.", context={"encounter": [{"reference": "https://ehr.example/fhir/Encounter/e"}]})

    chart = chart_of(program, theirs, words, observation(id="o2"))

    assert ["DocumentReference/n1", "Encounter/e", "Observation/o1"] == [each.reference for each in chart.held_back]
    assert ["Observation/o2"] == [each.cite.reference for each in chart.measures]
    assert (TOLD.replace("1 thing", "3 things").replace("add it", "add them"),) == chart.left_out


def test_a_file_is_held_by_its_own_label_and_by_either_document_that_names_it():
    """Servers send one text as DocumentReference and as DiagnosticReport, and label one of them."""
    form = {"contentType": "text/plain", "url": "Binary/b"}
    binary = {"resourceType": "Binary", "id": "b", "contentType": "text/plain", "data": "U2VlbiB0b2RheS4="}
    report = {"resourceType": "DiagnosticReport", "id": "r", "status": "final", "code": {"text": "Note"}, **OURS}
    plain = note("", content=[{"attachment": form}])

    by_document = chart_of(plain, {**report, "presentedForm": [form], **labelled("R")}, binary)
    by_file = chart_of(plain, {**binary, **labelled("ETH")})

    assert ((), ()) == (by_document.remarks, by_file.remarks)
    assert ["DiagnosticReport/r", "DocumentReference/n1"] == [each.reference for each in by_document.held_back]


def test_the_notice_of_such_records_holds_the_document():
    """42 CFR 2.32: the records are handed on with this sentence, whatever their title is."""
    notice = "42 CFR part 2 prohibits unauthorized use or disclosure of these records."
    chart = chart_of(note(f"Attends weekly. Doing well.\n\n{notice}"))

    assert ((), ("DocumentReference/n1",)) == (chart.remarks, tuple(each.reference for each in chart.held_back))


def test_a_section_of_a_note_is_held_alone():
    """The rest of a discharge summary is no record of a program."""
    text = "Hospital course:\nPain 8 of 10.\n\nSubstance use disorder treatment:\nAttends weekly.\n\nExam:\nWeak foot."
    chart = chart_of(note(text))

    assert ["Pain 8 of 10.", "Weak foot."] == [each.words for each in chart.remarks]
    assert "part of a note" == chart.held_back[0].kind
    assert 3 == len(chart_of(note(text), added=["DocumentReference/n1"]).remarks)


def test_what_a_person_added_is_read_and_no_longer_held():
    """One thing is added by its reference; nothing else comes with it."""
    secret, other = observation(**labelled("R")), observation(id="o2", **labelled("V"))

    chart = chart_of(secret, other, added=["Observation/o1"])

    assert ["Observation/o1"] == [each.cite.reference for each in chart.measures]
    assert (HeldBack("Observation/o2", "result", "2026-10-01", "labelled restricted"),) == chart.held_back


def test_a_held_document_is_none_that_could_be_sent():
    """The documents for the payer follow the same rule as the facts."""
    secret = note("Pain 8 of 10.", **labelled("R"))

    assert () == read_documents(_named(secret), patient="Patient/p")
    assert 1 == len(read_documents(_named(secret), patient="Patient/p", added=frozenset({"DocumentReference/n1"})))


SECRET = st.text("abcdefgh", min_size=12, max_size=20)


@given(secret=SECRET, code=st.sampled_from(["R", "V", "ETH", "PSYTHPN"]))
def test_no_word_of_what_is_held_back_reaches_the_chart(secret, code):
    """Neither as a fact nor in what is said of it."""
    resources = (
        note(f"Told me {secret}.", type={"text": secret}, **labelled(code)),
        observation(code={"text": secret}, valueString=secret, valueQuantity=None, **labelled(code)),
        {"resourceType": "Condition", "id": "c", "code": {"text": secret}, **OURS, **labelled(code)},
    )

    chart = chart_of(*resources)

    assert secret not in json.dumps(repr(chart))
    assert 3 == len(chart.held_back)
