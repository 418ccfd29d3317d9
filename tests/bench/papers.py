"""A brief on paper: HTML, Word document and PDF of one page, beside those who make the same without us (goal 6)."""

import io
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from tests.bench.race import FULL, Laps, Row, race

STORY = "infliximab_step"  # the sandbox's fullest brief
PT, QUIET = 8.5, (0x54, 0x5F, 0x6E)


def rows(folder: Path) -> list[Row]:
    """Return what the races gave: ours, then the peer that has to make the same words."""
    rounds = 5 if FULL else 2
    (html,) = race(("papers:html",), folder, rounds=rounds).values()
    docx, by_python_docx = race(("papers:docx", "papers:python_docx"), folder, rounds=rounds).values()
    pdf, by_weasyprint = race(("papers:pdf", "papers:weasyprint"), folder, rounds=rounds).values()
    packet, copy, appeal = race(("papers:packet", "papers:copy", "papers:appeal"), folder, rounds=1).values()
    name = "one-page brief"
    return [
        _row(f"{name}: HTML", html, most=15),
        _row(f"{name}: DOCX", docx, most=70, peer="python-docx, the same words", than=by_python_docx),
        _row("  python-docx, the same words", by_python_docx),
        _row(f"{name}: PDF, tagged, fonts inside", pdf, most=150, peer="WeasyPrint pdf/ua-1", than=by_weasyprint),
        _row("  WeasyPrint pdf/ua-1, the same HTML once", by_weasyprint),
        _row("packet: PDF", packet),
        _row("payer's copy: PDF", copy),
        _row("appeal packet: PDF, from case and brief", appeal),
    ]


def _row(name: str, laps: Laps, *, most: float | None = None, peer: str | None = None, than: Laps | None = None) -> Row:
    value = round(laps.each * 1000, 1)
    goal, met = (f"<= {most:g} ms", value <= most) if most else (None, None)
    ratio = round(than.each / laps.each, 1) if than else None
    return Row(name, value, "ms", peer, ratio, goal, met, laps.memory_mib)


def html(folder: Path) -> dict:
    """Render the page as one file."""
    brief, maker = _brief(), _maker()
    assert brief.ask in maker.html(brief)
    return _lap(lambda: maker.html(brief), 30)


def docx(folder: Path) -> dict:
    """Make the Word document."""
    brief, maker = _brief(), _maker()
    return _lap(lambda: maker.docx(brief), 15) | {"answer": _words_of_docx(maker.docx(brief))}


def python_docx(folder: Path) -> dict:
    """Make a Word document of the same parts as python-docx's manual shows it: heading, paragraph, run, table, cell."""
    from app.core.brief.parts import brief_paper

    paper = brief_paper(_brief())
    return _lap(lambda: _by_hand(paper), 15) | {"answer": _words_of_docx(_by_hand(paper))}


def pdf(folder: Path) -> dict:
    """Make the PDF; it must be tagged, bring its fonts and stand on one sheet."""
    from pypdf import PdfReader

    brief, maker = _brief(), _maker()
    document = PdfReader(io.BytesIO(maker.pdf(brief)))
    assert document.trailer["/Root"]["/MarkInfo"]["/Marked"] and len(document.pages) == 1
    assert all(_is_inside(font) for page in document.pages for font in page["/Resources"]["/Font"].values())
    return _lap(lambda: maker.pdf(brief), 8) | {"answer": _letters(document)}


def weasyprint(folder: Path) -> dict:
    """Make a PDF/UA of the same HTML and nothing more: no second layout, no wall before the network."""
    import weasyprint as library
    from pypdf import PdfReader

    page = _maker().html(_brief())

    def make() -> bytes:
        letter = library.CSS(string="@page { size: letter }")
        return library.HTML(string=page).write_pdf(stylesheets=[letter], pdf_variant="pdf/ua-1")

    return _lap(make, 8) | {"answer": _letters(PdfReader(io.BytesIO(make())))}


def packet(folder: Path) -> dict:
    """Make the packet as a PDF."""
    from app.core.brief.packet import Packet

    whole, maker = Packet(brief=_brief(), number="K7-3141"), _maker()
    assert maker.packet(whole, "pdf")[:5] == b"%PDF-"
    return _lap(lambda: maker.packet(whole, "pdf"), 4)


def copy(folder: Path) -> dict:
    """Make the payer's copy as a PDF."""
    from app.core.brief.packet import Packet
    from app.core.brief.payers_copy import payers_copy

    told, maker = payers_copy(Packet(brief=_brief())), _maker()
    assert maker.payers_copy(told, "pdf")[:5] == b"%PDF-"
    return _lap(lambda: maker.payers_copy(told, "pdf"), 4)


def appeal(folder: Path) -> dict:
    """Make the appeal of the same brief, and of it the PDF."""
    from app.core.brief.packet import Packet
    from app.core.outcome.appeal import appeal_of
    from app.core.outcome.appeal.choice import Choice
    from tests.builders import MONDAY, a_case

    case, whole, maker = a_case(), Packet(brief=_brief(), number="K7-3141"), _maker()

    def make() -> bytes:
        return maker.appeal(appeal_of(case, whole, Choice(), rule=None, zone="America/Chicago", now=MONDAY), "pdf")

    assert make()[:5] == b"%PDF-"
    return _lap(make, 4)


def _brief():
    from tests.rules.test_criteria import brief_of

    return brief_of(STORY)


def _maker():
    from app.edges.papers import PaperMaker

    return PaperMaker()


def _lap(work: Callable[[], object], times: int) -> dict:
    work()  # what is imported and read once is no part of a paper
    seconds = []
    for _ in range(times if FULL else max(3, times // 3)):
        begun = time.process_time()
        work()
        seconds.append(time.process_time() - begun)
    return {"seconds": statistics.median(seconds), "count": 1}


def _by_hand(paper) -> bytes:
    from docx import Document
    from docx.shared import Cm, Pt, RGBColor

    document = Document()
    section = document.sections[0]
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Cm(1.4)
    document.styles["Normal"].font.size = Pt(PT)
    document.add_heading(paper.heading, 1)

    def run(paragraph, words) -> None:
        if words.lead:
            paragraph.add_run(f"{words.lead} ").bold = True
        said = paragraph.add_run(words.text)
        said.bold = bool(words.tone) or None
        if words.marks:
            paragraph.add_run(",".join(map(str, words.marks))).font.superscript = True
        if words.aside:
            paragraph.add_run(f"  {words.aside}").font.color.rgb = RGBColor(*QUIET)

    for each in paper.head:
        run(document.add_paragraph(), each)
    for part in paper.parts:
        document.add_heading(part.title, 2)
        for block in part.blocks:
            _add_block(document, block, run)
    document.add_paragraph(paper.foot, style="Caption")
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


def _add_block(document, block, run) -> None:
    from app.core.brief.paper import Listed, Prose, Quoted

    if isinstance(block, Prose):
        paragraph = document.add_paragraph()
        for words in block.words:
            run(paragraph, words)
            paragraph.add_run(" ")
    elif isinstance(block, Quoted):
        document.add_paragraph(f"“{block.text}”", style="Quote")
    elif isinstance(block, Listed):
        for words in block.items:
            run(document.add_paragraph(style="List Bullet"), words)
    else:
        table = document.add_table(rows=1, cols=len(block.heads), style="Table Grid")
        for cell, head in zip(table.rows[0].cells, block.heads, strict=True):
            cell.paragraphs[0].add_run(head).bold = True
        for row in block.rows:
            for cell, words in zip(table.add_row().cells, row, strict=True):
                run(cell.paragraphs[0], words)


def _words_of_docx(body: bytes) -> list[str]:
    from docx import Document

    document = Document(io.BytesIO(body))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return [" ".join(each.split()) for each in [*(each.text for each in document.paragraphs), *cells]]


def _letters(document) -> str:
    """Return every letter of a PDF in order of the alphabet: where lines break is nobody's answer."""
    text = "".join(page.extract_text() for page in document.pages)
    return "".join(sorted(each for each in text if each.isalnum()))


def _is_inside(font) -> bool:
    held = font.get_object()
    described = held.get("/DescendantFonts", [held])[0].get_object()["/FontDescriptor"].get_object()
    return any(key.startswith("/FontFile") for key in described)
