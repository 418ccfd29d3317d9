"""
A brief as a Word document (python-docx): real headings, styles and tables, one page for a typical brief.

Document properties name no machine and no person; text is stripped of what XML 1.0 cannot hold.
"""

import io
from collections.abc import Iterable, Sequence
from datetime import UTC

from docx import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor
from docx.text.paragraph import Paragraph

from app.core.brief import Brief, Sentence
from app.core.brief.criteria import Status
from app.edges.papers.text import printable

_INK, _QUIET = RGBColor(0x1C, 0x24, 0x30), RGBColor(0x54, 0x5F, 0x6E)
_TONES = {Status.MET: RGBColor(0x1D, 0x6A, 0x3A), Status.NOT_MET: RGBColor(0xA3, 0x16, 0x1C)}
_OPEN = RGBColor(0x7A, 0x4B, 0x00)


def write_docx(brief: Brief) -> bytes:
    """Return the document as bytes."""
    document = Document()
    _set_up(document, brief)
    _head(document, brief)
    _denial(document, brief)
    _answer(document, brief)
    _criteria(document, brief)
    _measures(document, brief)
    _tried(document, brief)
    _list(document, "Why now", brief, brief.why_now)
    _list(document, "Weak points", brief, brief.weak)
    if brief.missing:
        document.add_heading("Missing: get before the call", 2)
        for each in brief.missing:
            document.add_paragraph(printable(each), style="List Bullet")
    _sources(document, brief)
    _foot(document, brief)
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


def _set_up(document, brief: Brief) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21.59), Cm(27.94)
    section.left_margin = section.right_margin = Cm(1.4)
    section.top_margin = section.bottom_margin = Cm(1.1)
    for name, size, before, after in (
        ("Normal", 8.5, 0, 2),
        ("Title", 13, 0, 1),
        ("Heading 1", 11.5, 0, 3),
        ("Heading 2", 8, 4, 1),
        ("Quote", 8.5, 0, 1),
        ("List Bullet", 8.5, 0, 0),
        ("List Number", 6.5, 0, 0),
        ("Caption", 6.5, 3, 0),
    ):
        style = document.styles[name]
        style.font.size, style.font.name = Pt(size), "Arial"
        style.font.color.rgb = _QUIET if name in ("Heading 2", "Caption") else _INK
        style.font.italic, style.font.bold = False, name.startswith(("Title", "Heading"))
        style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), "Arial")
        style.element.rPr.rFonts.attrib.pop(qn("w:asciiTheme"), None)
        style.element.rPr.rFonts.attrib.pop(qn("w:hAnsiTheme"), None)
        style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(before), Pt(after)
        style.paragraph_format.line_spacing = 1.0
    document.styles["Quote"].paragraph_format.left_indent = Cm(0.4)
    properties = document.core_properties
    properties.author = properties.last_modified_by = "Parley"
    properties.title = printable(f"Peer-to-peer brief: {brief.service.title}")[:255]  # the format takes no more
    properties.comments, properties.language = "", "en-US"
    made = brief.made_at.astimezone(UTC).replace(tzinfo=None)  # the format wants UTC without saying so
    properties.created = properties.modified = made


def _marked(paragraph: Paragraph, text: str, numbers: Sequence[int], *, bold: bool = False) -> Paragraph:
    run = paragraph.add_run(printable(text))
    run.bold = bold or None
    if numbers:
        mark = paragraph.add_run(",".join(map(str, numbers)))
        mark.font.superscript = True
    return paragraph


def _head(document, brief: Brief) -> None:
    patient = brief.patient
    who = [patient.name, f"born {patient.birth_date}" if patient.birth_date else "", patient.sex or ""]
    who.append(f"MRN {patient.mrn}" if patient.mrn else "")
    document.add_heading(printable(f"Peer-to-peer brief: {' · '.join(each for each in who if each)}"), 1)
    codes = f" ({brief.service.shown_codes})" if brief.service.shown_codes else ""
    _marked(document.add_paragraph(), f"{brief.service.title}{codes}", (), bold=True)
    facts = [brief.payer, *(f"{name} {value}" for name, value in brief.references)]
    facts += [f"call by {brief.deadline}"] if brief.deadline else []
    if brief.reviewer:
        told = [brief.reviewer.name, brief.reviewer.credential, brief.reviewer.specialty]
        facts += [f"reviewer {', '.join(each for each in told if each)}"] if any(told) else []
    facts += [f"for {brief.clinician.name}"] if brief.clinician else []
    document.add_paragraph(printable(" · ".join(facts)))


def _denial(document, brief: Brief) -> None:
    document.add_heading("Denied because", 2)
    for said in brief.verbatim:
        document.add_paragraph(printable(f"“{said.text}”"), style="Quote")
    if not brief.verbatim:
        document.add_paragraph("The payer gave no reason in words: ask for it first.")
    if codes := ", ".join(each.code for each in brief.codes if each.code):
        document.add_paragraph(printable(f"Payer's codes: {codes}"))


def _answer(document, brief: Brief) -> None:
    document.add_heading("Our answer" if brief.answered else "No answer yet", 2)
    answer = _marked(document.add_paragraph(), brief.answer.text, brief.marks(brief.answer.evidence), bold=True)
    for run in answer.runs[:1]:
        run.font.size = Pt(10.5)
    document.add_heading("We ask", 2)
    ask = _marked(document.add_paragraph(), brief.ask, (), bold=True)
    if brief.fallback:
        ask.add_run(printable(f" If not: {brief.fallback}"))
    if brief.about:
        about = document.add_paragraph()
        about.add_run("Patient. ").bold = True
        for sentence in brief.about:
            _marked(about, sentence.text, brief.marks(sentence.evidence)).add_run(" ")


def _table(document, title: str, heads: Sequence[str], widths: Sequence[float], rows: Iterable[Sequence]) -> None:
    """Add a table under a heading; a row's last cell may be (text, marks), any cell (text, colour)."""
    document.add_heading(title, 2)
    table = document.add_table(rows=1, cols=len(heads))
    table.autofit = False
    _rule(table)
    _repeat(table.rows[0])
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Cm(width)
    for cell, head, width in zip(table.rows[0].cells, heads, widths, strict=True):
        cell.width = Cm(width)
        run = cell.paragraphs[0].add_run(head)
        run.bold, run.font.color.rgb = True, _QUIET
    for row in rows:
        cells = table.add_row().cells
        for cell, told, width in zip(cells, row, widths, strict=True):
            cell.width = Cm(width)
            text, extra = told if isinstance(told, tuple) else (told, ())
            paragraph = _marked(
                cell.paragraphs[0], text, extra if isinstance(extra, tuple) and not isinstance(extra, RGBColor) else ()
            )
            if isinstance(extra, RGBColor):
                paragraph.runs[0].font.color.rgb = extra
                paragraph.runs[0].bold = True
    for row in table.rows:
        for cell in row.cells:
            cell.paragraphs[0].paragraph_format.space_after = Pt(0)
            for run in cell.paragraphs[0].runs:
                run.font.size = Pt(7.8)


def _rule(table) -> None:
    """Draw thin lines between the rows and none between the columns."""
    borders = OxmlElement("w:tblBorders")
    for side in ("top", "bottom", "insideH"):
        line = OxmlElement(f"w:{side}")
        for name, value in (("val", "single"), ("sz", "4"), ("space", "0"), ("color", "8B96A5")):
            line.set(qn(f"w:{name}"), value)
        borders.append(line)
    table._tbl.tblPr.append(borders)


def _repeat(row) -> None:
    """Mark a row as the table's header: read out with each cell, and repeated on a second page."""
    mark = OxmlElement("w:tblHeader")
    mark.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(mark)


def _criteria(document, brief: Brief) -> None:
    if brief.criteria:
        title = f"Criteria: {brief.met} of {len(brief.criteria)} met"
        rows = (
            (
                each.criterion.text,
                (each.status.value, _TONES.get(each.status, _OPEN)),
                (each.detail or "—", brief.marks(each.evidence)),
            )
            for each in brief.criteria
        )
        _table(document, title, ("Criterion", "Status", "Evidence"), (5.4, 3.0, 10.2), rows)


def _measures(document, brief: Brief) -> None:
    if brief.courses:
        rows = ((*row[:3], (row[3], row[4])) for row in brief.course_rows())
        _table(document, "Measures", ("Measure", "Baseline", "Recent", "Change"), (5.6, 4.2, 4.2, 4.6), rows)


def _tried(document, brief: Brief) -> None:
    if brief.therapies:
        rows = ((*row[:3], (row[3], row[4])) for row in brief.therapy_rows())
        heads = ("What", "Dose", "When", "How it went, why it ended")
        _table(document, "Tried so far", heads, (4.4, 3.6, 4.8, 5.8), rows)


def _list(document, title: str, brief: Brief, sentences: Sequence[Sentence]) -> None:
    if sentences:
        document.add_heading(title, 2)
        for sentence in sentences:
            _marked(document.add_paragraph(style="List Bullet"), sentence.text, brief.marks(sentence.evidence))


def _sources(document, brief: Brief) -> None:
    if not brief.sources:
        return
    document.add_heading("Sources in the chart", 2)
    for source in brief.sources:
        more = f" and {len(source.references) - 1} more" if len(source.references) > 1 else ""
        text = f"{source.shown_days}  {source.shown_quotes}  {source.references[0]}{more}"
        document.add_paragraph(printable(text), style="List Number")


def _foot(document, brief: Brief) -> None:
    rule = f"Criteria: {brief.rule.source}; reviewed {brief.rule.reviewed}. " if brief.rule else ""
    made = f"Assembled {brief.made_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC from the chart. "
    words = f"{rule}{made}Working paper, not part of the legal record until filed."
    document.add_paragraph(printable(words), style="Caption")
