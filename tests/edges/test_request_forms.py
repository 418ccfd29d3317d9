"""The request for a call as a file: ours in Word and as a PDF, and the payer's own form with its places filled."""

import io
import re
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from docx import Document
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from pypdf import PdfReader

from app.core.windows.form import KEYS, NOT_KNOWN, Filled, RequestForm, request_form
from app.edges.papers import PaperMaker
from app.edges.papers.template import read_forms
from app.errors import Misconfigured
from tests.builders import COORDINATOR, MONDAY, PATIENT, a_case

EVIL = "<script>alert(1)</script> {{member_id}} \x00\x0b\ufffe \ud800 & “quoted”"


def the_form(**changes) -> RequestForm:
    """Return the form of a case with a member id."""
    case = a_case(**changes)
    case = replace(case, coverage=replace(case.coverage, member_id="MEMBER-77"))
    return request_form(
        case, Filled(number="512-555-0134"), rule=None, zone="America/Chicago", by=COORDINATOR, now=MONDAY
    )


def a_word_form(folder: Path, *texts: str, name: str = "payer_test") -> Path:
    """Write a payer's form, a paragraph for each text, and return its place."""
    document = Document()
    for text in texts:
        document.add_paragraph(text)
    document.save(folder / f"{name}.docx")
    return folder / f"{name}.docx"


def filled(folder: Path, form: RequestForm | None = None) -> str:
    """Return the text of the one form of a folder, filled."""
    body = PaperMaker(forms=read_forms(folder)).form_docx(form or the_form(), payer_key="payer_test")
    document = Document(io.BytesIO(body))
    parts = [document.element, *(each.header._element for each in document.sections)]
    return "\n".join("".join(t.text or "" for t in p.iter(qn("w:t"))) for part in parts for p in part.iter(qn("w:p")))


def repacked(path: Path, **parts: str) -> None:
    """Write a Word file anew with parts added to it, or changed."""
    with zipfile.ZipFile(path) as packed:
        held = {name: packed.read(name) for name in packed.namelist()}
    with zipfile.ZipFile(path, "w") as packed:
        for name, body in (held | {name: text.encode() for name, text in parts.items()}).items():
            packed.writestr(name, body)


def test_our_word_form_holds_every_field():
    """Label and value, side by side; what is not known says so and stands on top as to do."""
    document = Document(io.BytesIO(PaperMaker().form_docx(the_form(), payer_key=None)))

    rows = {row.cells[0].text: row.cells[1].text for table in document.tables for row in table.rows}
    assert "MEMBER-77" == rows["Member ID"] and "512-555-0134" == rows["Direct number"]
    assert NOT_KNOWN == rows["NPI"]
    assert len(KEYS) == sum(len(table.rows) for table in document.tables)
    assert any("Before it is sent, find:" in each.text and "NPI" in each.text for each in document.paragraphs)


def test_our_pdf_says_the_same():
    """The same words, to be read aloud, on one sheet."""
    form = the_form()
    document = PdfReader(io.BytesIO(PaperMaker().form_pdf(form)))

    text = " ".join(" ".join(page.extract_text() for page in document.pages).split())
    assert 1 == len(document.pages)
    assert all(each.label in text for each in form.fields)
    assert all(" ".join(each.shown.split()) in text for each in form.fields)
    assert b"pdfuaid:part" in document.trailer["/Root"]["/Metadata"].get_data()


def test_properties_of_the_files_name_no_patient():
    """What a file says of itself is read by indexes that should know no patient."""
    word = Document(io.BytesIO(PaperMaker().form_docx(the_form(), payer_key=None))).core_properties
    pdf = PdfReader(io.BytesIO(PaperMaker().form_pdf(the_form()))).metadata

    assert ("Parley", "Parley") == (word.author, word.last_modified_by)
    assert PATIENT.name not in f"{word.title} {pdf.title} {pdf.author} {pdf.subject}"


def test_words_that_attack_stay_words(tmp_path: Path):
    """A name that looks like markup or like a place of the form is a name."""
    a_word_form(tmp_path, "Patient {{patient_name}}, member {{ member_id }}")
    form = the_form(patient=replace(PATIENT, name=EVIL))

    assert "<script>alert(1)</script> {{member_id}}" in filled(tmp_path, form)
    assert "MEMBER-77" in filled(tmp_path, form)
    text = PdfReader(io.BytesIO(PaperMaker().form_pdf(form))).pages[0].extract_text()
    assert "<script>alert(1)</script> {{member_id}}" in " ".join(text.split())


def test_the_payers_own_form_is_filled_where_it_has_places(tmp_path: Path):
    """In its text, tables and page heads, with the looks that the form gives; every field can be named."""
    document = Document()
    document.sections[0].header.paragraphs[0].text = "Case {{case_number}}"
    document.add_table(1, 1).cell(0, 0).text = "Member {{member_id}}, NPI {{clinician_npi}}"
    document.add_paragraph(" ".join(f"{{{{{key}}}}}" for key in KEYS))
    bold = document.add_paragraph().add_run("{{payer}}")
    bold.bold = True
    document.save(tmp_path / "payer_test.docx")

    text = filled(tmp_path)
    assert "Case P-TEST22" in text
    assert f"Member MEMBER-77, NPI {NOT_KNOWN}" in text
    assert "{{" not in text
    body = PaperMaker(forms=read_forms(tmp_path)).form_docx(the_form(), payer_key="payer_test")
    assert any(run.bold and run.text == "Payer Test" for p in Document(io.BytesIO(body)).paragraphs for run in p.runs)


@pytest.mark.parametrize(
    "cuts", [("{", "{member", "_id}", "} and"), ("a {{member_id", "}} b"), ("{{", "member_id", "}}")]
)
def test_a_place_that_word_cut_into_runs_is_filled(tmp_path: Path, cuts: tuple[str, ...]):
    """Word cuts what somebody types into runs wherever it likes; nobody who makes a form can see it."""
    document = Document()
    paragraph = document.add_paragraph("Before ")
    for piece in cuts:
        paragraph.add_run(piece)
    document.save(tmp_path / "payer_test.docx")

    assert "Before " + "".join(cuts).replace("{{member_id}}", "MEMBER-77") == filled(tmp_path).splitlines()[0]


def test_several_services_stand_on_lines_of_their_own(tmp_path: Path):
    """Two services in one line read as one."""
    a_word_form(tmp_path, "{{services}}")
    body = PaperMaker(forms=read_forms(tmp_path)).form_docx(the_form(), payer_key="payer_test")

    assert "Lumbar fusion, 1 asked for\nBrace, 24 asked for" == Document(io.BytesIO(body)).paragraphs[0].text


def test_another_payer_gets_our_form(tmp_path: Path):
    """A payer's form is for that payer."""
    a_word_form(tmp_path, "{{payer}}")
    papers = PaperMaker(forms=read_forms(tmp_path))

    assert papers.has_form("payer_test") and not papers.has_form("other") and not papers.has_form(None)
    assert (
        "Request for a peer-to-peer review"
        == Document(io.BytesIO(papers.form_docx(the_form(), payer_key="other"))).paragraphs[0].text
    )


def refused(folder: Path) -> str:
    """Return what a folder of forms is refused for."""
    with pytest.raises(Misconfigured) as error:
        read_forms(folder)
    assert "payer_test.docx" in str(error.value)
    return str(error.value)


def test_a_place_that_no_field_fills_is_refused_by_name(tmp_path: Path):
    """A form with a hole that nobody sees is refused by the payer, days later."""
    a_word_form(tmp_path, "{{patient_name}} {{date of birth}}")

    assert "{{date of birth}}" in refused(tmp_path)


def test_a_form_that_leads_outside_is_refused(tmp_path: Path):
    """A picture or a link from elsewhere tells that host who opened the form, and when."""
    document = Document()
    document.part.relate_to("https://payer.example/logo.png", RELATIONSHIP_TYPE.IMAGE, is_external=True)
    document.save(tmp_path / "payer_test.docx")

    assert "leads outside" in refused(tmp_path)


@pytest.mark.parametrize("field", ["DDEAUTO", "INCLUDETEXT", "INCLUDEPICTURE", "MACROBUTTON", "HYPERLINK"])
@pytest.mark.parametrize("simple", [True, False])
def test_a_form_that_computes_something_when_opened_is_refused(tmp_path: Path, field: str, simple: bool):
    """Fields of Word can start programs and read files."""
    document = Document()
    name, attribute = ("w:fldSimple", "w:instr") if simple else ("w:instrText", None)
    element = OxmlElement(name)
    if attribute:
        element.set(qn(attribute), f' {field} "c:\\\\x" ')
    else:
        element.text = f' {field} "c:\\\\x" '
    document.add_paragraph()._p.append(element)
    document.save(tmp_path / "payer_test.docx")

    assert field in refused(tmp_path)


@pytest.mark.parametrize("part", ["word/vbaProject.bin", "word/activeX/activeX1.xml", "word/embeddings/oleObject1.bin"])
def test_a_form_with_something_that_runs_is_refused(tmp_path: Path, part: str):
    """Macros, controls and embedded objects are no part of a form."""
    repacked(a_word_form(tmp_path, "{{payer}}"), **{part: "x"})

    assert part in refused(tmp_path)


def test_page_numbers_are_no_danger(tmp_path: Path):
    """What a form may compute by itself: its pages."""
    path = a_word_form(tmp_path, "{{payer}}")
    document = Document(path)
    for text in (" PAGE ", " NUMPAGES \\* MERGEFORMAT "):
        element = OxmlElement("w:instrText")
        element.set(qn("xml:space"), "preserve")
        element.text = text
        document.add_paragraph()._p.append(element)
    document.save(path)

    assert {"payer_test"} == read_forms(tmp_path).keys()


@pytest.mark.parametrize("body", [b"", b"no zip", b"PK\x05\x06" + b"\x00" * 18])
def test_what_is_no_word_document_is_refused(tmp_path: Path, body: bytes):
    """The site learns it at start, not when a coordinator needs the form."""
    (tmp_path / "payer_test.docx").write_bytes(body)

    assert "cannot be read as a Word document" in refused(tmp_path)


def test_our_own_form_is_one_that_we_would_take(tmp_path: Path):
    """What we hand out leads nowhere and runs nothing."""
    body = PaperMaker().form_docx(the_form(), payer_key=None)
    (tmp_path / "payer_test.docx").write_bytes(body)

    assert {"payer_test"} == read_forms(tmp_path).keys()
    assert not re.search(rb"vbaProject|External", body)
