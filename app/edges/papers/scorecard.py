"""A payer's record as a Word document (python-docx): its measures, and each claim with the day it was logged."""

import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from docx import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from app.core.learn.measures import Measure
from app.core.learn.scorecard import CLAIMS, Scorecard
from app.edges.papers.text import printable

_INK = RGBColor(0x1C, 0x24, 0x30)
_UNITS = {"hours": " h", "minutes": " min", "calls": ""}
MOST_OF_A_KIND = 200  # rows; how many there are stands above them


def write_scorecard(card: Scorecard, *, numbers: Mapping[str, str], zone: str, made_at: datetime) -> bytes:
    """Return the document. numbers: our case numbers by the cases' ids; zone: in which days are told."""
    document = Document()
    _set_up(document)
    days = ZoneInfo(zone)
    document.add_heading(printable(f"Peer-to-peer calls with {card.payer}"), 1)
    told = (f"{each.astimezone(days):%Y-%m-%d}" for each in (card.since, card.until) if each)
    document.add_paragraph(
        printable(
            f"{card.case_count} cases, {' to '.join(told) or 'none yet'}. "
            "Every claim names our case and the day on which it was logged; numbers from few cases are left out."
        )
    )
    document.add_heading("Measures", 2)
    _table(document, ("Measure", "Value", "95 % interval", "Counted"), [_row(each) for each in card.measures])
    for kind, claims in card.claims.items():
        document.add_heading(f"It {CLAIMS[kind]}: {len(claims)} times", 2)
        rows = [
            (f"{each.at.astimezone(days):%Y-%m-%d %H:%M %Z}", numbers.get(each.case_id, "—"), _minutes(each.minutes))
            for each in claims[:MOST_OF_A_KIND]
        ]
        _table(document, ("When", "Our case", "Minutes on hold"), rows)
    if not card.claims:
        document.add_paragraph("Nothing was logged against it.")
    return _saved(document, card, made_at)


def _row(each: Measure) -> tuple[str, str, str, str]:
    of = f"{each.count} of {each.n}" if each.count is not None else f"n = {each.n}"
    if each.value is None or each.low is None or each.high is None:
        return each.label, "too few to tell", "", of
    if each.unit == "share":
        return each.label, f"{each.value:.0%}", f"{each.low:.0%} to {each.high:.0%}", of
    unit = _UNITS[each.unit]
    return each.label, f"{each.value:.1f}{unit}", f"{each.low:.1f} to {each.high:.1f}{unit}", of


def _minutes(minutes: float | None) -> str:
    return "" if minutes is None else f"{minutes:.0f}"


def _table(document, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    table = document.add_table(rows=1, cols=len(heads), style="Table Grid")
    table.rows[0]._tr.get_or_add_trPr().append(_header_mark())
    for cell, head in zip(table.rows[0].cells, heads, strict=True):
        cell.paragraphs[0].add_run(head).bold = True
    for row in rows:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.paragraphs[0].add_run(printable(text))


def _header_mark():
    mark = OxmlElement("w:tblHeader")
    mark.set(qn("w:val"), "true")
    return mark


def _set_up(document) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21.59), Cm(27.94)
    section.left_margin = section.right_margin = Cm(2)
    for name, size in (("Normal", 10), ("Heading 1", 15), ("Heading 2", 11)):
        style = document.styles[name]
        style.font.size, style.font.name, style.font.color.rgb = Pt(size), "Arial", _INK
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for theme in ("w:asciiTheme", "w:hAnsiTheme"):
            fonts.attrib.pop(qn(theme), None)


def _saved(document, card: Scorecard, made_at: datetime) -> bytes:
    properties = document.core_properties
    properties.author = properties.last_modified_by = "Parley"
    properties.title = printable(f"Peer-to-peer calls with {card.payer}")[:255]
    properties.comments, properties.language = "", "en-US"
    properties.created = properties.modified = made_at.astimezone(UTC).replace(tzinfo=None)
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()
