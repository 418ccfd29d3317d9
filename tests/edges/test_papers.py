"""The brief as HTML and as a Word document: one page, self-contained, with chart text as data."""

import io
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from docx import Document
from pypdf import PdfReader
from weasyprint.urls import FatalURLFetchingError

from app.core.brief import assemble_brief
from app.core.brief.facts import Chart, Evidence, Measure, Medicine, Remark
from app.core.denial import Quote
from app.edges.papers import PaperMaker
from app.edges.papers.pdf import NoPdf, write_pdf
from tests.builders import CLINICIAN, PATIENT, a_denial, a_routing
from tests.rules.test_criteria import SERVICES, brief_of

NOW = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
EVIL = "<script>alert(1)</script><img src=https://evil.example/x> {{ 7*7 }} \x00\x0b\ufffe & “quoted”"
OFFICE = shutil.which("soffice")
PAGES = shutil.which("pdfinfo")
CHROMIUM = shutil.which("chromium")


def evil_brief(words: str = EVIL):
    """Return a brief whose every word from the chart and the payer is an attack."""
    at = datetime(2026, 11, 1, tzinfo=UTC)

    def cited(reference, path):
        return (Evidence(reference, path, "2026-11-01", words),)

    chart = Chart(
        patient=PATIENT.reference,
        remarks=(
            Remark(label=words, at=at, day="2026-11-01", evidence=cited("DocumentReference/1", "x"), words="worse"),
        ),
        medicines=(
            Medicine(
                label=words,
                at=at,
                day="2026-11-01",
                evidence=cited("MedicationRequest/1", "x"),
                status="stopped",
                dose=words,
                stop_reason=words,
            ),
        ),
        measures=tuple(
            Measure(
                label=words,
                at=datetime(2026, month, 1, tzinfo=UTC),
                day=f"2026-0{month}-01",
                evidence=(Evidence(f"Observation/{month}", "valueQuantity.value", f"2026-0{month}-01", str(month)),),
                value=float(month),
                unit=words,
                series=(None, words, words),
            )
            for month in (1, 9)
        ),
    )
    return assemble_brief(
        denial=a_denial(notes=(Quote(words, "processNote[0].text"),)),
        routing=a_routing(),
        coverage=None,
        patient=PATIENT,
        clinician=CLINICIAN,
        chart=chart,
        criteria=SERVICES,
        now=NOW,
    )


def test_chart_text_is_never_markup():
    """Scripts, images and template words of a chart reach the page as words."""
    page = PaperMaker().html(evil_brief())

    assert "<script" not in page and "<img" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "{{ 7*7 }}" in page


def test_the_page_fetches_nothing():
    """One file, no script, no remote style, image or font; the page forbids them too."""
    page = PaperMaker().html(brief_of("lumbar_fusion"))

    assert not re.search(r"(?:src|href)\s*=\s*[\"'](?!#)", page)
    assert "@import" not in page and "url(" not in page
    assert "default-src 'none'" in page


def test_the_page_has_one_heading_one_and_links_each_mark_to_its_source():
    """Reading order for a screen reader, and a way from the sentence to the chart."""
    page = PaperMaker().html(brief_of("lumbar_fusion"))

    marks = set(re.findall(r'href="#(brief-source-\d+)"', page))
    assert page.count("<h1") == 1
    assert page.count('<section id="brief"') == 1
    assert marks and marks == set(re.findall(r'id="(brief-source-\d+)"', page))
    assert "not documented" in page


def test_word_holds_the_same_words_in_real_structure():
    """Headings and tables, not pictures of them; the header row is marked as one."""
    brief = brief_of("lumbar_fusion")
    document = Document(io.BytesIO(PaperMaker().docx(brief)))

    text = "\n".join(each.text for each in document.paragraphs)
    headings = [each.text for each in document.paragraphs if each.style.name.startswith("Heading")]
    assert brief.answer.text in text
    assert brief.ask in text
    assert all(f"“{each.text}”" in text for each in brief.verbatim)
    assert {"Denied because", "Our answer", "We ask", "Measures", "Tried so far", "The call"} <= set(headings)
    assert len(document.tables) == 3
    assert all("w:tblHeader" in table.rows[0]._tr.xml for table in document.tables)
    assert [each.status.value for each in brief.criteria] == [row.cells[1].text for row in document.tables[0].rows[1:]]
    assert [f"{each.number}. " for each in brief.page_sources[: brief.fit.sources]] == [
        each.runs[0].text for each in document.paragraphs if each.style.name == "Source"
    ]


def test_word_survives_what_xml_cannot_hold():
    """Control characters from an old interface engine must not make a file that Word refuses."""
    body = PaperMaker().docx(evil_brief())

    document = Document(io.BytesIO(body))
    assert any("<script>alert(1)</script>" in each.text for each in document.paragraphs)
    assert not re.search("[\x00\x0b\ufffe]", zipfile.ZipFile(io.BytesIO(body)).read("word/document.xml").decode())


def test_words_properties_name_no_machine_and_no_patient():
    """The file travels; its properties must not tell more than its page."""
    brief = brief_of("lumbar_fusion")
    body = PaperMaker().docx(brief)

    properties = Document(io.BytesIO(body)).core_properties
    assert (properties.author, properties.last_modified_by, properties.comments) == ("Parley", "Parley", "")
    assert brief.patient.name not in properties.title
    assert properties.created.replace(tzinfo=UTC) == brief.made_at
    parts = zipfile.ZipFile(io.BytesIO(body))
    relations = "".join(parts.read(name).decode() for name in parts.namelist() if name.endswith(".rels"))
    assert 'TargetMode="External"' not in relations


def test_the_pdf_can_be_read_aloud_and_brings_its_fonts():
    """PDF/UA: a title, a language, a tree of tags with headings and table heads, and every font inside the file."""
    brief = brief_of("infliximab_step")
    document = PdfReader(io.BytesIO(PaperMaker().pdf(brief)))

    root = document.trailer["/Root"]
    assert (root["/MarkInfo"]["/Marked"], root["/Lang"]) == (True, "en")
    assert b"pdfuaid:part" in root["/Metadata"].get_data()
    assert brief.patient.name not in document.metadata.title
    assert {"/H1", "/H2", "/TH", "/TD", "/L", "/P"} <= {each["/S"] for each in elements_of(root["/StructTreeRoot"])}
    cells = [each for each in elements_of(root["/StructTreeRoot"]) if each["/S"] == "/TD"]
    assert cells and all("/Headers" in each["/A"] for each in cells), "each cell knows its heads"
    assert fonts_of(document) and all(fonts_of(document).values())


@pytest.mark.parametrize("story", ["lumbar_fusion", "infliximab_step", "oncology_regimen"])
def test_the_pdf_says_the_same_on_one_sheet(story):
    """The answer and the ask, in words that can be searched and copied; Letter paper, the briefs that fill most."""
    brief = brief_of(story)
    (page,) = PdfReader(io.BytesIO(PaperMaker().pdf(brief))).pages

    text = " ".join(page.extract_text().split()).replace("- ", "-")  # a line may end at a hyphen
    assert brief.answer.text in text and brief.ask in text
    assert (612, 792) == (round(page.mediabox.width), round(page.mediabox.height))


def test_a_chart_that_attacks_is_words_in_the_pdf():
    """No script, picture or link of the chart's text is drawn, fetched or kept; half a character stops nothing."""
    document = PdfReader(io.BytesIO(PaperMaker().pdf(evil_brief())))

    assert "<script>alert(1)</script><img src=https://evil.example/x> {{ 7*7 }}" in document.pages[0].extract_text()
    assert not document.pages[0].images
    root = document.trailer["/Root"]
    assert not {"/OpenAction", "/AA", "/AF", "/AcroForm"} & root.keys()
    assert {"/Dests"} == root["/Names"].keys(), "its own marks, no script and no file"
    links = [each.get_object() for each in document.pages[0].get("/Annots", ())]
    assert not any("/URI" in each.get("/A", {}) for each in links)


@pytest.mark.parametrize(
    "asks",
    [
        "<img src='https://evil.example/x.png'>",
        "<img src='file:///etc/hostname'>",
        "<link rel=stylesheet href='https://evil.example/x.css'>",
        "<style>@import url(file:///etc/hostname);</style>",
        "<p style='background: url(https://evil.example/x)'>x",
        "<img src='data:image/png;base64,iVBORw0KGgo='>",
        "<link rel=attachment href='file:///etc/hostname'>",
    ],
)
def test_a_paper_that_asks_for_anything_is_not_made(asks: str):
    """Not from the network, not from the disk, not from itself: it stops, and nothing is connected to."""
    with pytest.raises(FatalURLFetchingError, match="fetches nothing"):
        write_pdf(f"<!doctype html><html lang=en><title>Paper</title>{asks}")


def test_without_pango_the_word_document_is_named():
    """A machine without the system's library still serves everything else, and says what to install."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delitem(sys.modules, "weasyprint")
        patch.setattr("builtins.__import__", lacking(__import__))
        with pytest.raises(NoPdf) as refused:
            write_pdf("<p>")
    assert "libpango" in refused.value.next and "Word document" in refused.value.next


def lacking(real):
    """Return an import that fails as WeasyPrint's does where Pango is missing."""

    def load(name, *more, **words):
        if name == "weasyprint":
            raise OSError("cannot load library 'libpango-1.0-0'")
        return real(name, *more, **words)

    return load


def elements_of(node) -> Iterator[dict]:
    """Return the elements of a structure tree."""
    node = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(node, list):
        for each in node:
            yield from elements_of(each)
    elif isinstance(node, dict):
        if "/S" in node:
            yield node
        yield from elements_of(node.get("/K", []))


def fonts_of(document) -> dict[str, bool]:
    """Return each font of a PDF and whether the file brings it."""
    found = {}
    for page in document.pages:
        for font in page["/Resources"]["/Font"].values():
            for each in font.get_object().get("/DescendantFonts", [font]):
                described = each.get_object()["/FontDescriptor"].get_object()
                found[str(described["/FontName"])] = any(key.startswith("/FontFile") for key in described)
    return found


@pytest.mark.skipif(not (OFFICE and PAGES), reason="LibreOffice and poppler are not installed")
def test_word_opens_in_libreoffice_on_one_page(tmp_path):
    """The brief that fills most is the one with the most facts."""
    (tmp_path / "brief.docx").write_bytes(PaperMaker().docx(brief_of("infliximab_step")))
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    command = [OFFICE, profile, "--headless", "--convert-to", "pdf", "--outdir", tmp_path, tmp_path / "brief.docx"]

    subprocess.run(command, check=True, capture_output=True, timeout=100)

    assert "Pages:           1\n" in pages_of(tmp_path / "brief.pdf")


@pytest.mark.browser
@pytest.mark.skipif(not (CHROMIUM and PAGES), reason="Chromium and poppler are not installed")
def test_the_page_prints_on_one_sheet(tmp_path):
    """Letter paper, no header or footer of the browser."""
    (tmp_path / "brief.html").write_text(PaperMaker().html(brief_of("infliximab_step")))
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}/profile"]
    command += ["--no-pdf-header-footer", f"--print-to-pdf={tmp_path}/brief.pdf", f"file://{tmp_path}/brief.html"]

    subprocess.run(command, check=True, capture_output=True, timeout=100)

    assert "Pages:           1\n" in pages_of(tmp_path / "brief.pdf")


def pages_of(path):
    """Return what pdfinfo tells of a PDF."""
    return subprocess.run([PAGES, path], check=True, capture_output=True, text=True).stdout
