"""Notes and reports as documents that could be sent: their names, their hashes, what each alone says."""

import base64
import hashlib

import pytest

from app.core.brief.facts import Measure
from app.edges.fhir.documents import read_documents

PATIENT = {"resourceType": "Patient", "id": "p"}
TEXT = "Physical therapy for 9 weeks."


def encoded(text: str) -> str:
    """Return a text as an Attachment carries it."""
    return base64.b64encode(text.encode()).decode()


def sha1(text: str) -> str:
    """Return the hash of a text as Attachment.hash writes it."""
    return base64.b64encode(hashlib.sha1(text.encode(), usedforsecurity=False).digest()).decode()


def a_note(id: str = "n1", text: str = TEXT, **more) -> dict:
    """Return a DocumentReference of the patient that holds the text."""
    base = {
        "resourceType": "DocumentReference",
        "id": id,
        "status": "current",
        "type": {"text": "Therapy summary"},
        "subject": {"reference": "Patient/p"},
        "date": "2026-10-02T10:00:00Z",
        "content": [{"attachment": {"contentType": "text/plain", "data": encoded(text)}}],
        "context": {"period": {"start": "2026-08-01"}},
    }
    return {**base, **more}


def a_report(**more) -> dict:
    """Return a DiagnosticReport of the patient with one result."""
    base = {
        "resourceType": "DiagnosticReport",
        "id": "r1",
        "status": "final",
        "code": {"text": "Calprotectin"},
        "subject": {"reference": "Patient/p"},
        "issued": "2026-10-05T08:00:00Z",
        "result": [{"reference": "Observation/o1"}],
    }
    return {**base, **more}


def a_value(**more) -> dict:
    """Return an Observation of the patient."""
    base = {
        "resourceType": "Observation",
        "id": "o1",
        "status": "final",
        "code": {"text": "Calprotectin"},
        "subject": {"reference": "Patient/p"},
        "effectiveDateTime": "2026-10-04",
        "valueQuantity": {"value": 900, "unit": "ug/g"},
    }
    return {**base, **more}


def documents(*resources: dict):
    """Return the documents of one patient's resources."""
    return read_documents(
        {f"{each['resourceType']}/{each['id']}": each for each in (PATIENT, *resources)}, patient=None
    )


def test_a_note_carries_its_names_and_when_it_was_written():
    """Written is when the record came to be; the care it tells of may be long before."""
    identifiers = {"masterIdentifier": {"system": "urn:a", "value": "M1"}, "identifier": [{"value": "ACN-7"}]}
    (found,) = documents(a_note(**identifiers))

    assert ("DocumentReference/n1", "Therapy summary") == (found.reference, found.title)
    assert ("2026-10-02", True, "2026-08-01") == (found.written.day, found.written.exact, found.day)
    assert frozenset({"DocumentReference/n1"}) == found.marks.references
    assert frozenset({("urn:a", "M1"), (None, "ACN-7")}) == found.marks.identifiers
    assert frozenset({sha1(TEXT)}) == found.marks.hashes
    assert [TEXT] == [each.words for each in found.chart.remarks]


def test_a_text_kept_as_binary_lends_its_name_and_its_hash():
    """The request may list the Binary, the note, or only the bytes."""
    binary = {"resourceType": "Binary", "id": "b1", "contentType": "text/plain", "data": encoded(TEXT)}
    content = [{"attachment": {"contentType": "text/plain", "url": "Binary/b1", "hash": "told"}}]
    (found,) = documents(a_note(content=content), binary)

    assert {"DocumentReference/n1", "Binary/b1"} == found.marks.references
    assert {sha1(TEXT), "told"} == found.marks.hashes


def test_a_reports_results_are_in_it():
    """The values that answer stand in Observations that the report names."""
    (found,) = documents(a_report(), a_value())

    assert [900] == [each.value for each in found.chart.measures]
    assert isinstance(found.chart.measures[0], Measure)
    assert "2026-10-05" == found.written.day


@pytest.mark.parametrize(
    "value",
    [
        a_value(subject={"reference": "Patient/other"}),
        a_value(status="entered-in-error"),
        a_value(meta={"security": [{"code": "R"}]}),
    ],
)
def test_a_result_that_is_not_this_patients_to_send_is_not_in_it(value: dict):
    """Another patient's, one in error, a restricted one: the report does not lend them its name."""
    assert [] == [each for one in documents(a_report(), value) for each in one.chart.measures]


@pytest.mark.parametrize(
    "note",
    [
        a_note(status="entered-in-error"),
        a_note(docStatus="entered-in-error"),
        a_note(status="superseded"),
        a_note(subject={"reference": "Patient/other"}),
        a_note(meta={"security": [{"code": "R"}]}),
        a_note(type={"coding": [{"system": "http://loinc.org", "code": "52034-6"}]}),
        a_note(type={"coding": [{"system": "http://loinc.org", "code": "52033-8"}]}),
        a_note(identifier=[{"system": "urn:parley:write", "value": "x"}]),
        a_note(content=[]),
        a_note(content=[{"attachment": {"contentType": "application/pdf", "data": encoded("%PDF")}}]),
        a_report(status="cancelled"),
    ],
)
def test_what_nobody_should_send_is_no_document(note: dict):
    """In error, superseded, another's, restricted, the payer's own letters, our own notes, and what says nothing."""
    assert () == documents(note)


def test_of_a_replaced_note_the_later_one_knows_the_earlier():
    """The version that was sent is another file; what was sent and what is new must not be confused."""
    old = a_note("old", "Physical therapy for 2 weeks.")
    new = a_note("new", relatesTo=[{"code": "replaces", "target": {"reference": "DocumentReference/old"}}])
    (found,) = documents(old, new)

    assert "DocumentReference/new" == found.reference
    assert {"DocumentReference/old"} == found.replaces.references
    assert {sha1("Physical therapy for 2 weeks.")} == found.replaces.hashes


def test_what_a_note_is_filed_with_and_whether_it_is_signed_are_kept():
    """context.related and docStatus decide whether it was sent, and whether it may be."""
    related = {"related": [{"reference": "Claim/c1"}, {"display": "nothing"}]}
    (found,) = documents(a_note(context=related, docStatus="preliminary"))

    assert ({"Claim/c1"}, True) == (found.filed_with, found.draft)


@pytest.mark.parametrize(
    ("date", "written"),
    [("2026-10", ("2026-10", False)), ("2026-10-02", ("2026-10-02", False)), ("soon", None), (7, None)],
)
def test_a_date_is_as_exact_as_it_was_written(date, written):
    """A month stays a month; what is no date is none."""
    (found,) = documents(a_note(date=date, context={}))

    assert written == (found.written and (found.written.day, found.written.exact))
