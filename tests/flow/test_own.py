"""Sentences of their own through the real store and papers: no unsigned word reaches a paper."""

import io

import pytest
from docx import Document
from pypdf import PdfReader

from app.core.brief.own import NoSuchSentence, NotOfThisCase, written_of
from app.core.people import Role, User
from app.flow.brief import brief_docx, brief_of, brief_pdf, own
from app.flow.cases import NotYours
from tests.builders import CLINICIAN
from tests.fakes.office import Office, bring

SAID = "She cannot carry her grandchild any more."


@pytest.fixture
def case(office: Office):
    """A booked case."""
    return bring(office, "booked")


def clinician(office: Office, reference: str = CLINICIAN.reference):
    """Return the ports of the clinician who takes the call, or of another."""
    return office.ports(Role.CLINICIAN, user=User(f"sandbox|{reference}", "Dr Own Example", Role.CLINICIAN, reference))


def papers(office: Office, case) -> list[str]:
    """Return what each paper of the case says: HTML, Word, PDF."""
    ports = office.ports()
    body = Document(io.BytesIO(brief_docx(ports, case.id, now=office.now, draft=True)[1]))
    page = "\n".join(each.text for each in body.element.iter("{*}p") if hasattr(each, "text") and each.text)
    page += "\n".join(each.text for each in body.paragraphs)
    html = office.papers.html(brief_of(ports, case.id, now=office.now).brief)
    pdf = PdfReader(io.BytesIO(brief_pdf(ports, case.id, now=office.now, draft=True)[1]))
    return [html, page, " ".join(" ".join(each.extract_text() for each in pdf.pages).split())]


def the_id(office: Office, case) -> str:
    """Return the id of the only sentence."""
    (one,) = written_of(office.store.brief_entries("sandbox", case.id))
    return one.id


def test_a_draft_reaches_no_paper_a_signed_sentence_every_one_a_withdrawn_none(office: Office, case):
    """The coordinator drafts, the clinician signs, then withdraws: HTML, Word and PDF follow."""
    own.write(office.ports(), case.id, SAID, "Why now", sign=False, now=office.now)
    assert [False] * 3 == [SAID in each for each in papers(office, case)]

    own.sign(clinician(office), case.id, the_id(office, case), now=office.now)
    signed = papers(office, case)
    assert [True] * 3 == [SAID in each for each in signed]
    assert [True] * 3 == ["signed Dr Own Example, 2026-11-2" in each for each in signed]

    own.withdraw(clinician(office), case.id, the_id(office, case), now=office.now)
    assert [False] * 3 == [SAID in each for each in papers(office, case)]


def test_the_office_drafts_and_never_signs(office: Office, case):
    """Neither with the draft nor after it; the attempt is audited and leaves nothing."""
    for role in (Role.COORDINATOR, Role.MANAGER, Role.DELEGATE):
        with pytest.raises(NotYours):
            own.write(office.ports(role), case.id, SAID, "Story", sign=True, now=office.now)
    assert () == office.store.brief_entries("sandbox", case.id)
    assert "refused sign_sentence" in [act for _, act, *_ in office.audited()]


def test_a_clinician_of_another_case_does_not_sign_for_this_one(office: Office, case):
    """Who neither takes the call nor owns the case is told how to; a signed sentence is not theirs to withdraw."""
    stranger = clinician(office, "Practitioner/stranger")
    with pytest.raises(NotOfThisCase):
        own.write(stranger, case.id, SAID, "Story", sign=True, now=office.now)
    own.write(clinician(office), case.id, SAID, "Story", sign=True, now=office.now)
    for ports in (stranger, office.ports(Role.CLINICIAN)):
        with pytest.raises(NotOfThisCase):
            own.withdraw(ports, case.id, the_id(office, case), now=office.now)
    with pytest.raises(NotYours):
        own.withdraw(office.ports(), case.id, the_id(office, case), now=office.now)

    assert [SAID] == [each.text for each in brief_of(office.ports(), case.id, now=office.now).brief.own]


def test_a_form_sent_twice_signs_once_and_what_is_gone_cannot_be_signed(office: Office, case):
    """A double click; and a sentence that somebody withdrew meanwhile."""
    own.write(office.ports(), case.id, SAID, "Story", sign=False, now=office.now)
    for _ in range(2):
        own.sign(clinician(office), case.id, the_id(office, case), now=office.now)
    assert ["drafted", "signed"] == [each.kind.value for each in office.store.brief_entries("sandbox", case.id)]

    own.withdraw(clinician(office), case.id, the_id(office, case), now=office.now)
    with pytest.raises(NoSuchSentence):
        own.sign(clinician(office), case.id, the_id(office, case), now=office.now)


def test_every_step_is_audited_without_its_words(office: Office, case):
    """Who did what to which sentence of whom; what it says stands with the brief."""
    own.write(clinician(office), case.id, SAID, "Story", sign=True, now=office.now)
    steps = [act for _, act, about, patient in office.audited() if act.startswith("brief ")]

    assert [f"brief drafted {the_id(office, case)}", f"brief signed {the_id(office, case)}"] == steps
    assert not any("grandchild" in str(row) for row in office.audited())
