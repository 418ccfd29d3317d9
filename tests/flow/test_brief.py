"""The brief rests on the chart as the EHR has it at this moment, and on no other patient's."""

import io

import pytest
from docx import Document

from app.errors import Temporary
from app.flow.brief import brief_docx, brief_of, brief_pdf
from tests.fakes.office import Office, bring, detected


def a_condition(id: str, text: str, patient: str = "p1") -> dict:
    """Return a Condition of a patient."""
    return {
        "resourceType": "Condition",
        "id": id,
        "subject": {"reference": f"Patient/{patient}"},
        "clinicalStatus": {"coding": [{"code": "active"}]},
        "code": {"text": text},
        "onsetDateTime": "2025-11-01",
    }


def words(brief) -> str:
    """Return all that a brief says."""
    return repr(brief)


def test_the_brief_is_of_the_chart_as_it_stands(office: Office):
    """What was charted a minute ago is in it at the next reading."""
    case = bring(office, "booked")
    first = brief_of(office.ports(), case.id, now=office.now)
    office.ehr.charts["Patient/p1"] = {"Condition/c1": a_condition("c1", "Slipped vertebra, L4 on L5")}
    again = brief_of(office.ports(), case.id, now=office.now)

    assert ("Slipped vertebra" in words(first.brief), "Slipped vertebra" in words(again.brief)) == (False, True)
    assert "Six weeks of therapy not shown." in [said.text for said in again.brief.verbatim]


def test_another_patients_resource_is_not_in_it(office: Office):
    """Whatever an EHR sends along, a resource of somebody else says nothing here (smart.md §7.12)."""
    case = detected(office)
    office.ehr.charts["Patient/p1"] = {"Condition/c9": a_condition("c9", "Stranger's illness", patient="p2")}

    assert "Stranger" not in words(brief_of(office.ports(), case.id, now=office.now).brief)


def test_the_chart_of_the_case_is_asked_for_and_no_other(office: Office):
    """The brief of one case reads one chart."""
    case = detected(office)
    office.ehr.asked.clear()
    brief_of(office.ports(patient="Patient/p1"), case.id, now=office.now)

    assert [("chart", "Patient/p1")] == office.ehr.asked


def test_what_was_not_read_is_passed_on(office: Office):
    """What the brief could not rest on is told beside it."""
    case = detected(office)
    office.ehr.left_out = ("Observation: the EHR does not show it",)

    assert office.ehr.left_out == brief_of(office.ports(), case.id, now=office.now).left_out


def test_the_word_document_says_the_same(office: Office):
    """The payer's words and the ask are in the file."""
    case = detected(office)
    found, body = brief_docx(office.ports(), case.id, now=office.now)
    document = Document(io.BytesIO(body))
    text = "\n".join(each.text for each in document.paragraphs)

    assert found.id == case.id
    assert "Six weeks of therapy not shown." in text


def test_an_ehr_that_is_away_is_told_and_nothing_is_made_up(office: Office):
    """No chart, no brief."""
    case = detected(office)
    office.ehr.go_away()
    for make in (brief_of, brief_docx, brief_pdf):
        with pytest.raises(Temporary):
            make(office.ports(), case.id, now=office.now)
