"""The brief rests on the chart as the EHR has it at this moment, and on no other patient's."""

import io
from base64 import b64encode
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from docx import Document

from app.core.brief.gate import NotReady, todo_of
from app.core.brief.sending import Submission, When
from app.errors import Temporary
from app.flow.brief import brief_docx, brief_markdown, brief_of, brief_pdf
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

    assert [("chart", "Patient/p1"), ("sent", "Patient/p1")] == office.ehr.asked


def test_what_was_not_read_is_passed_on(office: Office):
    """What the brief could not rest on is told beside it."""
    case = detected(office)
    office.ehr.left_out = ("Observation: the EHR does not show it",)

    assert office.ehr.left_out == brief_of(office.ports(), case.id, now=office.now).left_out


def a_note(id: str, words: str) -> dict:
    """Return a note of a fortnight ago."""
    return {
        "resourceType": "DocumentReference",
        "id": id,
        "status": "current",
        "subject": {"reference": "Patient/p1"},
        "date": "2026-11-09",
        "content": [{"attachment": {"contentType": "text/plain", "data": b64encode(words.encode()).decode()}}],
    }


def answering(office: Office):
    """Return a case whose chart answers the denial."""
    case = detected(office)
    note = a_note("n1", "Physical therapy for eight weeks without relief.")
    office.ehr.charts["Patient/p1"] = {"DocumentReference/n1": note}
    return case


def text_of(body: bytes) -> str:
    """Return the words of a Word document."""
    return "\n".join(each.text for each in Document(io.BytesIO(body)).paragraphs)


def test_the_word_document_says_the_same(office: Office):
    """The payer's words and the ask are in the file, and nothing calls it a draft."""
    case = answering(office)

    found, body = brief_docx(office.ports(), case.id, now=office.now)

    assert found.id == case.id
    assert "Six weeks of therapy not shown." in text_of(body)
    assert "Draft" not in text_of(body)


@pytest.mark.parametrize("make", [brief_docx, brief_pdf, brief_markdown])
def test_a_brief_without_an_answer_does_not_go_out(office: Office, make):
    """It names what is missing; what is missing is on the page's list too."""
    case = detected(office)

    with pytest.raises(NotReady) as refused:
        make(office.ports(), case.id, now=office.now)

    assert ["answer"] == [each.key for each in refused.value.lacking]
    assert "answer" in [each.key for each in todo_of(brief_of(office.ports(), case.id, now=office.now).brief)]


def test_a_clinician_with_a_call_in_ten_minutes_takes_a_draft(office: Office):
    """Better half a page than none; the page says itself what it lacks."""
    case = detected(office)

    _, body = brief_docx(office.ports(), case.id, now=office.now, draft=True)

    assert "Draft: not ready. It lacks an answer." in text_of(body)
    _, plain = brief_markdown(office.ports(), case.id, now=office.now, draft=True)
    assert "Draft: not ready." in plain.decode()


def test_what_is_newer_than_the_request_is_marked(office: Office):
    """The note of November 9 came after the request of November 2; without its day nothing is marked."""
    case = answering(office)
    before = brief_of(office.ports(), case.id, now=office.now).brief
    sent = When(datetime(2026, 11, 2, tzinfo=UTC), "2026-11-02", exact=False)
    office.ehr.submissions["Patient/p1"] = Submission(names=frozenset(case.about), sent=sent, known=True)

    after = brief_of(office.ports(), case.id, now=office.now).brief

    assert (before.submitted, before.fresh) == (None, frozenset())
    assert (after.submitted, after.fresh) == ("2026-11-02", {"DocumentReference/n1"})


def test_a_booked_call_stands_on_the_page(office: Office):
    """Time and number where the reader of the page looks for them."""
    case = bring(office, "booked")

    call = brief_of(office.ports(), case.id, now=office.now).brief.call

    assert call is not None
    assert case.booking.interval.start.astimezone(ZoneInfo(case.clinician.zone)).strftime("%H:%M") in call.when


def test_an_ehr_that_is_away_is_told_and_nothing_is_made_up(office: Office):
    """No chart, no brief."""
    case = detected(office)
    office.ehr.go_away()
    for make in (brief_of, brief_docx, brief_pdf):
        with pytest.raises(Temporary):
            make(office.ports(), case.id, now=office.now)
