"""What is held back comes in by a clinician of the case, with a reason, for this brief alone; papers then say so."""

import io

import pytest
from docx import Document
from pypdf import PdfReader

from app.core.brief.held import NoReason, NothingHeld, NotTheirsToAdd
from app.core.people import Role, User
from app.flow.brief import brief_docx, brief_of, brief_pdf, held
from app.flow.cases import NotYours
from app.flow.packet import packet_of
from tests.builders import CLINICIAN
from tests.fakes.office import Office, bring
from tests.flow.test_unsent import THERAPY, a_note

NOTE = "DocumentReference/n1"
WHY = "The patient consented in writing on 2026-11-20."
LAW = "42 CFR Part 2"


@pytest.fixture
def case(office: Office):
    """A booked case; the only note that shows the therapy is labelled as of a substance use program."""
    found = bring(office, "booked")
    office.ehr.charts["Patient/p1"] = {NOTE: a_note(THERAPY, meta={"security": [{"code": "42CFRPart2"}]})}
    return found


def clinician(office: Office, reference: str = CLINICIAN.reference):
    """Return the ports of the clinician who takes the call, or of another."""
    return office.ports(Role.CLINICIAN, user=User(f"sandbox|{reference}", "Dr Own Example", Role.CLINICIAN, reference))


def add(office: Office, case, reason: str = WHY, *, ports=None) -> None:
    """Let the note in."""
    held.add(ports or clinician(office), case.id, NOTE, reason, now=office.now)


def papers(office: Office, case) -> list[str]:
    """Return what each paper of the case says: HTML, Word, PDF."""
    ports = office.ports()
    body = Document(io.BytesIO(brief_docx(ports, case.id, now=office.now, draft=True)[1]))
    words = " ".join(each.text or "" for each in body.element.iter("{*}t"))
    html = office.papers.html(brief_of(ports, case.id, now=office.now).brief)
    pdf = PdfReader(io.BytesIO(brief_pdf(ports, case.id, now=office.now, draft=True)[1]))
    return [html, words, " ".join(" ".join(each.extract_text() for each in pdf.pages).split())]


def test_nothing_of_what_is_held_back_is_on_a_paper_and_once_added_every_paper_says_so(office: Office, case):
    """Before: not a word, and no word of the law. After: the sentence with the notice. Taken out: as before."""
    before = papers(office, case)
    assert ([False] * 3, [False] * 3) == ([THERAPY in each for each in before], [LAW in each for each in before])

    add(office, case)
    after = papers(office, case)
    assert [True] * 3 == [LAW in each for each in after]
    assert all("15 of 16 physical therapy" in each for each in after)
    assert LAW in str(packet_of(office.ports(), case.id, now=office.now).packet.brief.notices)

    held.revoke(clinician(office), case.id, NOTE, now=office.now)
    again = papers(office, case)
    assert ([False] * 3, [False] * 3) == ([THERAPY in each for each in again], [LAW in each for each in again])


def test_a_paper_that_cites_nothing_of_it_does_not_speak_of_it(office: Office, case):
    """That there is such a record is itself protected: an added note that answers nothing leaves no notice."""
    office.ehr.charts["Patient/p1"] = {NOTE: a_note("Seen today.", meta={"security": [{"code": "42CFRPart2"}]})}
    add(office, case)

    assert () == brief_of(office.ports(), case.id, now=office.now).brief.notices
    assert [False] * 3 == [LAW in each for each in papers(office, case)]


def test_only_a_clinician_of_the_case_lets_it_in(office: Office, case):
    """The office is refused, and a clinician who has nothing to do with the case; both are told."""
    for role in (Role.COORDINATOR, Role.MANAGER, Role.DELEGATE):
        with pytest.raises(NotYours):
            add(office, case, ports=office.ports(role))
    with pytest.raises(NotTheirsToAdd):
        add(office, case, ports=clinician(office, "Practitioner/stranger"))
    add(office, case)
    with pytest.raises(NotTheirsToAdd):
        held.revoke(clinician(office, "Practitioner/stranger"), case.id, NOTE, now=office.now)


def test_without_a_reason_or_of_what_is_not_held_nothing_is_added(office: Office, case):
    """A blank reason; a reference of another thing; a second time."""
    with pytest.raises(NoReason):
        add(office, case, " .\n")
    with pytest.raises(NothingHeld):
        held.add(clinician(office), case.id, "Observation/o1", WHY, now=office.now)
    with pytest.raises(NothingHeld):
        held.revoke(clinician(office), case.id, NOTE, now=office.now)
    assert () == office.store.brief_entries("sandbox", case.id)
    add(office, case)
    with pytest.raises(NothingHeld):
        add(office, case)
    assert ["added"] == [each.kind.value for each in office.store.brief_entries("sandbox", case.id)]


def test_it_is_let_into_this_brief_alone_and_audited_with_its_reason(office: Office, case):
    """Another case of the same patient holds it back as before."""
    add(office, case)
    other = bring(office, "open", id="cr9", patient="p1")
    read = brief_of(office.ports(), other.id, now=office.now)

    assert [NOTE] == [each.reference for each in read.held_back]
    assert (f"brief added {NOTE}: {WHY}", case.id) in [(act, about) for _, act, about, _ in office.audited()]
