"""
A paper as a Word document: real headings, styles, lists and tables; the brief on one page, the strip on every other.

python-docx brings the package, its styles and properties; the body is written as one piece of XML, every word of it
escaped. No field but the page's number, no link, no picture: nothing in it asks for anything. Properties name no
machine and no person.
"""

import io
from collections.abc import Iterable
from copy import deepcopy
from datetime import UTC
from xml.sax.saxutils import escape, quoteattr

from docx import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Cm, Pt, RGBColor

from app.core.brief.paper import Block, Listed, Paper, Part, Prose, Quoted, Table, Words
from app.edges.papers.text import printable

_INK, _QUIET = "1C2430", "545F6E"
_TONES = {"good": "1D6A3A", "bad": "A3161C", "open": "7A4B00"}
_WIDTH = 18.79  # cm: Letter less both margins
_SMALL = "small"  # marks a paragraph while the document is made
_TWIPS = 567  # in a centimetre
# name, points, space before and after
_STYLES = (
    ("Normal", 8.5, 0, 2),
    ("Heading 1", 11.5, 0, 3),
    ("Heading 2", 8, 4, 1),
    ("Quote", 8.5, 0, 1),
    ("List Bullet", 8.5, 0, 0),
    ("Caption", 6.5, 3, 0),
    ("Header", 7.5, 0, 4),
    ("Footer", 7.5, 0, 0),
)


def write_docx(paper: Paper, *, roomy: bool = False) -> bytes:
    """Return the document as bytes; roomy: larger words, for a paper that need not fit what a brief holds."""
    document = Document()
    _set_up(document, paper, larger=1.5 if roomy else 0)
    body = document.element.body
    for each in parse_xml(f"<w:body {nsdecls('w')}>{_body(paper)}</w:body>"):
        body.insert(len(body) - 1, each)  # before the section's properties
    _set_columns(body)
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


def _set_up(document, paper: Paper, *, larger: float) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21.59), Cm(27.94)
    section.left_margin = section.right_margin = Cm(1.4)
    section.top_margin = section.bottom_margin = Cm(1.1)
    section.header_distance = section.footer_distance = Cm(0.6)
    for name, size, before, after in _STYLES:
        style = document.styles[name]
        style.font.size, style.font.name = Pt(size + larger), "Arial"
        quiet = name in ("Heading 2", "Caption", "Header", "Footer")
        style.font.color.rgb = RGBColor.from_string(_QUIET if quiet else _INK)
        style.font.italic, style.font.bold = False, name.startswith("Heading")
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        fonts.set(qn("w:eastAsia"), "Arial")
        fonts.attrib.pop(qn("w:asciiTheme"), None)
        fonts.attrib.pop(qn("w:hAnsiTheme"), None)
        if (linked := style.element.find(qn("w:link"))) is not None:
            style.element.remove(linked)  # a style for runs that would keep the template's own look
        style.paragraph_format.space_before = Pt(before + 2 * larger)
        style.paragraph_format.space_after, style.paragraph_format.line_spacing = Pt(after + larger), 1.0
    document.styles["Quote"].paragraph_format.left_indent = Cm(0.4)
    for name, size in (("Table Text", 7.8), ("Source", 6.5)):
        style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style, style.font.size = document.styles["Normal"], Pt(size + larger)
        style.paragraph_format.space_after = Pt(0)
    style.paragraph_format.left_indent, style.paragraph_format.first_line_indent = Cm(0.5), Cm(-0.5)
    _furnish(section, paper)
    _properties(document, paper)


def _set_columns(body) -> None:
    """
    Set what is marked small in two columns: sections of their own, each of which ends with its last paragraph.

    The first section alone has a first page without the strip; those after it take its header and footer over.
    """
    told, last = list(body)[:-1], body[-1]
    small = [each.attrib.pop(_SMALL, None) is not None for each in told]
    ends = [each for each, is_small, next_ in zip(told, small, [*small[1:], False], strict=True) if is_small != next_]
    whole = deepcopy(last)
    for number, paragraph in enumerate(ends):
        section = deepcopy(whole) if number == 0 else _continued(whole, columns=1 + number % 2)
        paragraph.get_or_add_pPr().append(section)
    if ends:
        body.replace(last, _continued(whole, columns=1))


def _continued(section, *, columns: int):
    """Return a section like this one that goes on where the one before it ended."""
    made = deepcopy(section)
    for name in ("w:headerReference", "w:footerReference", "w:titlePg"):
        for found in made.findall(qn(name)):
            made.remove(found)
    made.insert(0, parse_xml(f'<w:type {nsdecls("w")} w:val="continuous"/>'))
    made.find(qn("w:cols")).set(qn("w:num"), str(columns))
    made.find(qn("w:cols")).set(qn("w:space"), "280")
    return made


def _furnish(section, paper: Paper) -> None:
    """Give every page after the first the strip above and its number below; the first is headed by the paper itself."""
    section.different_first_page_header_footer = True
    section.header.paragraphs[0].add_run(printable(paper.strip))
    footer = section.footer.paragraphs[0]
    footer.add_run("page ")
    footer._p.append(parse_xml(f'<w:fldSimple {nsdecls("w")} w:instr="PAGE"><w:r><w:t>2</w:t></w:r></w:fldSimple>'))


def _properties(document, paper: Paper) -> None:
    properties = document.core_properties
    properties.author = properties.last_modified_by = "Parley"
    properties.title = printable(paper.kind)[:255]  # the format takes no more
    properties.comments, properties.language = "", "en-US"
    made = paper.made_at.astimezone(UTC).replace(tzinfo=None)  # the format wants UTC without saying so
    properties.created = properties.modified = made


def _body(paper: Paper) -> str:
    told = [_paragraph("Heading1", _run(paper.heading))]
    told += [_paragraph("", _words(each)) for each in paper.head]
    told += [_part(each) for each in paper.parts]
    return "".join([*told, _paragraph("Caption", _run(paper.foot))])


def _part(part: Part) -> str:
    head = _paragraph("Heading2", _run(part.title), more="<w:pageBreakBefore/>" if part.starts_page else "")
    told = "".join(_block(each, part.title) for each in part.blocks)
    return head + (told.replace("<w:p>", f'<w:p {_SMALL}="1">') if part.small else told)


def _block(block: Block, title: str) -> str:
    if isinstance(block, Prose):
        return _paragraph("", "".join(_words(each, then=" ") for each in block.words))
    if isinstance(block, Quoted):
        by = _paragraph("Quote", _run(f"— {block.by}", colour=_QUIET)) if block.by else ""
        return _paragraph("Quote", _run(f"“{block.text}”")) + by
    if isinstance(block, Listed):
        style = "Source" if block.bare else "ListBullet"
        return "".join(_paragraph(style, _words(each)) for each in block.items)
    return _table(block, title)


def _words(words: Words, *, then: str = "") -> str:
    bold = words.tone in ("strong", "loud", *_TONES)
    lead = _run(f"{words.lead} ", bold=True) if words.lead else ""
    said = _run(words.text, bold=bold, colour=_TONES.get(words.tone, ""), size=10.5 if words.tone == "loud" else 0)
    marks = _run(",".join(map(str, words.marks)), raised=True) if words.marks else ""
    fresh = _run(" [new]", bold=True) if words.fresh else ""
    aside = _run(f"  {words.aside}", colour=_QUIET) if words.aside else ""
    return lead + said + marks + fresh + aside + (_run(then) if then else "")


def _run(text: str, *, bold: bool = False, raised: bool = False, colour: str = "", size: float = 0) -> str:
    """Return one run; a new line in the text is a new line in the paragraph."""
    look = "<w:b/>" if bold else ""
    look += f'<w:color w:val="{colour}"/>' if colour else ""
    look += f'<w:sz w:val="{round(size * 2)}"/>' if size else ""
    look += '<w:vertAlign w:val="superscript"/>' if raised else ""
    lines = (f'<w:t xml:space="preserve">{escape(each)}</w:t>' for each in printable(text).splitlines() or [""])
    return f"<w:r>{f'<w:rPr>{look}</w:rPr>' if look else ''}{'<w:br/>'.join(lines)}</w:r>"


def _paragraph(style: str, runs: str, *, more: str = "") -> str:
    return f'<w:p><w:pPr><w:pStyle w:val="{style or "Normal"}"/>{more}</w:pPr>{runs}</w:p>'


def _table(table: Table, title: str) -> str:
    """Return a table with thin lines between its rows; its first row is read out with each cell, and repeated."""
    widths = [round(share * _WIDTH * _TWIPS) for share in table.shares]
    line = 'w:val="single" w:sz="4" w:space="0" w:color="8B96A5"'
    borders = "".join(f"<w:{side} {line}/>" for side in ("top", "bottom", "insideH"))
    named = f"<w:tblCaption w:val={quoteattr(printable(title))}/>"
    looks = '<w:tblLook w:val="00A0" w:firstRow="1" w:lastRow="0" w:firstColumn="1" w:lastColumn="0" w:noHBand="1"/>'
    grid = "".join(f'<w:gridCol w:w="{each}"/>' for each in widths)
    heads = (_run(each, bold=True, colour=_QUIET) for each in table.heads)
    return (
        f'<w:tbl><w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:tblBorders>{borders}</w:tblBorders>'
        f'<w:tblLayout w:type="fixed"/>{looks}{named}</w:tblPr><w:tblGrid>{grid}</w:tblGrid>'
        f"{_row(heads, widths, more='<w:tblHeader/>')}"
        f"{''.join(_row(map(_words, each), widths) for each in table.rows)}</w:tbl>"
    )


def _row(cells: Iterable[str], widths: list[int], *, more: str = "") -> str:
    told = (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>{_paragraph("TableText", runs)}</w:tc>'
        for runs, width in zip(cells, widths, strict=True)
    )
    return f"<w:tr><w:trPr><w:cantSplit/>{more}</w:trPr>{''.join(told)}</w:tr>"
