"""The packet rests on chart, request and log as they stand; the payer gets its part only when it is ready."""

import io

import pytest
from docx import Document

from app.core.brief.sending import Sent
from app.errors import Temporary
from app.flow.brief import brief_markdown
from app.flow.packet import NotForThePayer, packet_file, packet_of, payers_file, payers_paper
from tests.builders import hours
from tests.fakes.office import Office, bring, detected
from tests.flow.test_unsent import a_note, chart

FORMS = ("docx", "md")  # a PDF is made from the same HTML as any other: tests/edges/test_paper_forms.py


def an_answered_case(office: Office):
    """Return a case whose chart answers what the payer found missing."""
    case = detected(office, payer="UnitedHealthcare")
    chart(office, a_note())
    return case


def test_the_packet_holds_the_documents_and_the_log(office: Office):
    """Which document stands behind the brief, that the payer has not got it, and each try as it counts now."""
    case = bring(office, "connected")
    chart(office, a_note())
    read = packet_of(office.ports(), case.id, now=office.now + hours(1))

    assert [("DocumentReference/n1", Sent.NO)] == [
        (each.reference, each.sending.sent) for each in read.packet.documents
    ]
    assert [each.result for each in case.attempts] == [each.result for each in read.packet.contacts] != []
    assert case.number == read.packet.number
    assert {"Documents behind this brief", "Contacts with the payer"} <= {each.title for each in read.parts}


def test_what_is_taken_is_kept_with_its_form(office: Office):
    """Who took which paper of which case; the pages are audited as every other is."""
    case = an_answered_case(office)
    before = len(office.audited())
    packet_file(office.ports(), case.id, "docx", now=office.now)
    payers_file(office.ports(), case.id, "payers-copy", "md", now=office.now)
    payers_file(office.ports(), case.id, "call-sheet", "docx", now=office.now)

    acts = [act for _, act, about, _ in office.audited()[before:] if about == case.id]
    assert ["take_packet docx", "take_payers-copy md", "take_call-sheet docx"] == [
        each for each in acts if each.startswith("take_")
    ]


def test_a_brief_without_an_answer_is_not_sent(office: Office):
    """No copy while the chart does not answer; the page for both sides tells no answer anyway."""
    case = detected(office)
    with pytest.raises(NotForThePayer, match="An answer to the payer"):
        payers_file(office.ports(), case.id, "payers-copy", "docx", now=office.now)

    assert payers_paper(office.ports(), case.id, "payers-copy", now=office.now).lacking
    assert not payers_paper(office.ports(), case.id, "call-sheet", now=office.now).lacking
    assert payers_file(office.ports(), case.id, "call-sheet", "docx", now=office.now)
    assert not [act for _, act, *_ in office.audited() if act.startswith("take_payers-copy")]


def test_a_denial_without_words_is_not_sent_to_anybody(office: Office):
    """Without the payer's reason there is nothing that both sides could begin at."""
    case = detected(office, notes=())
    for what in ("payers-copy", "call-sheet"):
        with pytest.raises(NotForThePayer, match="reason in words"):
            payers_file(office.ports(), case.id, what, "docx", now=office.now)


def test_the_payer_is_given_its_own_number_and_not_ours(office: Office):
    """The member and reference number find the request; name, birth date and record number stay here."""
    case = an_answered_case(office)
    patient = case.patient
    for what in ("payers-copy", "call-sheet"):
        _, body = payers_file(office.ports(), case.id, what, "md", now=office.now)
        text = body.decode()
        assert not [each for each in (patient.name, patient.birth_date, patient.mrn) if each and each in text]
        assert case.coverage.member_id in text


def test_every_file_says_the_same_as_the_page(office: Office):
    """The payer's words are in each."""
    case = an_answered_case(office)
    _, word = packet_file(office.ports(), case.id, "docx", now=office.now)
    words = "\n".join(each.text for each in Document(io.BytesIO(word)).paragraphs)
    told = [words, packet_file(office.ports(), case.id, "md", now=office.now)[1].decode()]
    told.append(brief_markdown(office.ports(), case.id, now=office.now)[1].decode())

    assert all("Six weeks of therapy not shown." in each for each in told)


def test_an_ehr_that_is_away_gives_no_packet(office: Office):
    """Nothing is made up of a chart that could not be read."""
    case = detected(office)
    office.ehr.go_away()
    with pytest.raises(Temporary):
        packet_of(office.ports(), case.id, now=office.now)
