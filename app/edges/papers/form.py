"""A request form as a Word document (python-docx): ours, or the payer's own with its places filled."""

import io
from datetime import UTC

from docx import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from app.core.windows.form import RequestForm
from app.edges.papers.text import printable

_INK, _QUIET, _OWED = RGBColor(0x1C, 0x24, 0x30), RGBColor(0x54, 0x5F, 0x6E), RGBColor(0x7A, 0x4B, 0x00)
TITLE = "Request for a peer-to-peer review"


def write_form(form: RequestForm) -> bytes:
    """Return our own form: a heading and a table for each part, labels left, values right."""
    document = Document()
    _set_up(document, form)
    document.add_heading(TITLE, 1)
    document.add_paragraph(printable(f"To {form.payer}. Our case {form.case_number}."))
    if form.to_do:
        document.add_paragraph(printable(f"Before it is sent, find: {', '.join(form.to_do)}."))
    for part, fields in form.parts:
        document.add_heading(part, 2)
        table = document.add_table(rows=0, cols=2)
        for field in fields:
            label, value = table.add_row().cells
            label.width, value.width = Cm(5), Cm(12.5)
            label.paragraphs[0].add_run(field.label).font.color.rgb = _QUIET
            run = value.paragraphs[0].add_run(printable(field.shown))
            if field.is_owed:
                run.font.color.rgb, run.italic = _OWED, True
    return saved(document, form)


def saved(document, form: RequestForm) -> bytes:
    """Return the document as bytes; its properties name no person and no machine."""
    properties = document.core_properties
    properties.author = properties.last_modified_by = "Parley"
    properties.title = printable(f"{TITLE}, case {form.case_number}")
    properties.comments, properties.language = "", "en-US"
    properties.created = properties.modified = form.made_at.astimezone(UTC).replace(tzinfo=None)
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


def _set_up(document, form: RequestForm) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21.59), Cm(27.94)
    section.left_margin = section.right_margin = Cm(2)
    section.top_margin = section.bottom_margin = Cm(1.6)
    for name, size, before in (("Normal", 10, 0), ("Heading 1", 15, 0), ("Heading 2", 10, 9)):
        style = document.styles[name]
        style.font.size, style.font.name = Pt(size), "Arial"
        style.font.color.rgb = _INK
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        fonts.attrib.pop(qn("w:asciiTheme"), None)
        fonts.attrib.pop(qn("w:hAnsiTheme"), None)
        style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(before), Pt(2)
    footer = section.footer.paragraphs[0]
    footer.add_run(printable(f"Case {form.case_number}, page "))
    number = OxmlElement("w:fldSimple")
    number.set(qn("w:instr"), "PAGE")
    footer._p.append(number)
