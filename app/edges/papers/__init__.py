"""
Papers: brief, packet, payer's copy and the page for both sides, each as one HTML file that needs nothing from outside,
as a Word document, as a PDF and as Markdown; request forms and faxes.

Chart text is data here: it is escaped or written as plain runs, never read as markup.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import nh3
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from app.core.brief import Brief
from app.core.brief.copy_parts import copy_paper, sheet_paper
from app.core.brief.facts import Chart, Evidence
from app.core.brief.opened import Opened
from app.core.brief.packet import Packet
from app.core.brief.packet_parts import packet_paper, packet_parts
from app.core.brief.paper import Paper
from app.core.brief.parts import brief_paper
from app.core.brief.payers_copy import PayersCopy
from app.core.brief.sending import Document
from app.core.brief.words import shorten
from app.core.effects import WriteDocument
from app.core.learn.scorecard import Scorecard
from app.core.learn.scorecard_paper import scorecard_paper
from app.core.outcome.appeal import Appeal
from app.core.outcome.appeal.paper import appeal_paper
from app.core.outcome.note_paper import note_paper
from app.core.windows.fax import NOTICE, FaxPaper
from app.core.windows.form import RequestForm
from app.edges.fhir.attachment import FileReader
from app.edges.fhir.chart import read_chart
from app.edges.fhir.documents import read_documents
from app.edges.fhir.source import open_sources
from app.edges.papers.markdown import write_markdown
from app.edges.papers.text import printable

ROOT = Path(__file__).resolve().parents[3]
_LONGEST_STRIP = 150  # letters that stand in one line above a page
PROSE_TAGS = {"h1", "h2", "h3", "p", "ul", "ol", "li", "em", "strong", "code", "blockquote"}


class PaperMaker:
    """
    Makes papers from the templates and styles of the app; implements flow.ports.Papers.

    forms: payers' own request forms by key; read_file: reads a chart's PDFs and Word files (fhir/attachment.py)
    """

    def __init__(
        self,
        templates: Path = ROOT / "templates",
        css: Path = ROOT / "static" / "css",
        forms: Mapping[str, bytes] | None = None,
        read_file: FileReader | None = None,
    ) -> None:
        self._templates, self._css, self._forms = templates, css, dict(forms or {})
        self._read_file = read_file

    def chart(
        self, resources: Mapping[str, dict[str, Any]], *, patient: str | None, added: frozenset[str] = frozenset()
    ) -> Chart:
        """Return the facts of one patient's resources; see read_chart."""
        return read_chart(resources, patient=patient, added=added, read_file=self._read_file)

    def documents(
        self, resources: Mapping[str, dict[str, Any]], *, patient: str | None, added: frozenset[str] = frozenset()
    ) -> tuple[Document, ...]:
        """Return the notes and reports of one patient, each with what it alone says; see read_documents."""
        return read_documents(resources, patient=patient, added=added, read_file=self._read_file)

    def open(
        self,
        resources: Mapping[str, dict[str, Any]],
        evidence: Sequence[Evidence],
        *,
        added: frozenset[str] = frozenset(),
    ) -> tuple[Opened, ...]:
        """Return what is cited, opened where it is quoted; see open_sources."""
        return open_sources(resources, evidence, added=added, read_file=self._read_file)

    def html(self, brief: Brief) -> str:
        """Return the brief as one HTML file: styles inside, no script, nothing fetched; prints on one page."""
        return self._page("papers/brief.html", self._styles, brief=brief)

    def docx(self, brief: Brief) -> bytes:
        """Return the brief as a Word document."""
        return self._docx(brief_paper(brief))

    def pdf(self, brief: Brief) -> bytes:
        """Return the brief as a PDF; raises NoPdf."""
        from app.edges.papers.pdf import write_pdf

        page = self._page("papers/brief.html", Markup(), brief=brief, sheet=True)
        return write_pdf(page, styles=self._styles, tighter=self._sheets("sheet.css"))

    def markdown(self, brief: Brief) -> bytes:
        """Return the brief as Markdown."""
        return write_markdown(brief_paper(brief, whole=True)).encode()

    def brief(self, brief: Brief, form: str) -> bytes:
        """Return the brief; form: html | docx | pdf | md. Raises NoPdf."""
        if form == "html":
            return self.html(brief).encode()
        return {"docx": self.docx, "pdf": self.pdf, "md": self.markdown}[form](brief)

    def packet(self, packet: Packet, form: str) -> bytes:
        """Return the packet; form as of the brief. Raises NoPdf."""
        paper = packet_paper(packet, whole=form == "md")
        told = {"brief": packet.brief, "parts": packet_parts(packet), "paper": paper}
        return self._made("papers/packet.html", form, self._styles, **told)

    def payers_copy(self, copy: PayersCopy, form: str) -> bytes:
        """Return what the payer is given; form as of the brief. Raises NoPdf."""
        return self._sheet(copy_paper(copy), form)

    def call_sheet(self, copy: PayersCopy, form: str) -> bytes:
        """Return the page that both sides of the call hold; form as of the brief. Raises NoPdf."""
        return self._sheet(sheet_paper(copy), form)

    def appeal(self, appeal: Appeal, form: str) -> bytes:
        """Return the appeal packet; form as of the brief. Raises NoPdf."""
        return self._sheet(appeal_paper(appeal), form, sheets=None)

    def note_pdf(self, effect: WriteDocument) -> bytes:
        """Return the note of a write as a PDF; raises NoPdf."""
        return self.note(note_paper(effect.text, title=effect.title, patient=effect.patient, at=effect.at), "pdf")

    def note(self, paper: Paper, form: str) -> bytes:
        """Return an outcome's note; form as of the brief. Raises NoPdf."""
        return self._sheet(paper, form)

    def _sheet(self, paper: Paper, form: str, *, sheets: int | None = 1) -> bytes:
        styles = self._sheets("tokens.css", "papers.css", "packet.css")
        return self._made("papers/paper.html", form, styles, sheets=sheets, paper=paper)

    def _made(
        self, template: str, form: str, styles: Markup, *, paper: Paper, sheets: int | None = 1, **told: Any
    ) -> bytes:
        """
        Return a paper in one form; where a brief comes first, what follows begins on the second sheet.

        sheets: 1 where all of it, or the brief, should stand on one; None: as many as it takes
        """
        if form == "md":
            return write_markdown(paper).encode()
        if form == "docx":
            return self._docx(paper, roomy="brief" not in told)
        strip = self._strip(paper.strip)  # of one patient: it stands in the page, and is not kept
        if form == "html":
            return self._page(template, styles + strip, paper=paper, **told).encode()
        from app.edges.papers.pdf import write_pdf

        page, second = (
            self._page(template, strip, paper=paper, sheet=True, **told),
            "packet" if "brief" in told else None,
        )
        tighter = self._sheets("sheet.css") if sheets else Markup()
        return write_pdf(page, styles=styles, tighter=tighter, second=second)

    def _page(self, template: str, css: Markup, **told: Any) -> str:
        return self._environment.get_template(template).render(css=css, **told)

    def _docx(self, paper: Paper, *, roomy: bool = False) -> bytes:
        from app.edges.papers.docx import write_docx  # python-docx takes long to import, and only papers need it

        return write_docx(paper, roomy=roomy)

    def has_form(self, payer_key: str | None) -> bool:
        """Whether the site keeps this payer's own request form."""
        return payer_key in self._forms

    def form_docx(self, form: RequestForm, *, payer_key: str | None) -> bytes:
        """Return the request form as a Word document: the payer's own where the site keeps it, else ours."""
        if payer_key in self._forms:
            from app.edges.papers.template import fill_form

            return fill_form(self._forms[payer_key], form)
        from app.edges.papers.form import write_form

        return write_form(form)

    def form_pdf(self, form: RequestForm) -> bytes:
        """Return our request form as a PDF; raises NoPdf."""
        from app.edges.papers.pdf import write_pdf

        styles = self._sheets("tokens.css", "papers.css")
        return write_pdf(self._environment.get_template("papers/form.html").render(form=form, css=styles))

    def fax(self, paper: FaxPaper) -> bytes:
        """Return a fax as a PDF, its first page a cover; raises NoPdf."""
        from app.edges.papers.pdf import write_pdf

        css = Markup((self._css / "fax.css").read_text(encoding="utf-8"))  # noqa: S704 ours, no payer's
        at = f"{paper.at.astimezone(UTC):%B %d, %Y, %H:%M} UTC"
        page = self._environment.get_template("papers/fax.html")
        return write_pdf(page.render(fax=paper, notice=NOTICE, at=at, css=css))

    def scorecard(self, card: Scorecard, *, numbers: Mapping[str, str], zone: str, made_at: datetime) -> bytes:
        """Return a payer's record as a Word document."""
        return self._docx(scorecard_paper(card, numbers=numbers, zone=zone, made_at=made_at), roomy=True)

    def prose(self, text: str) -> Markup:
        """Return Markdown as HTML of plain text tags only: no link, no image, no style, whatever it asks for."""
        import markdown  # only pages of prose need it

        # The cleaner has the last word, so that a site's own text may stand here as well as ours.
        return Markup(nh3.clean(markdown.markdown(text), tags=PROSE_TAGS, attributes={}))  # noqa: S704

    @cached_property
    def definitions(self) -> Markup:
        """Return what each measure counts, from app/rules/definitions.md."""
        return self.prose((ROOT / "app" / "rules" / "definitions.md").read_text(encoding="utf-8"))

    @cached_property
    def _environment(self) -> Environment:
        loader = FileSystemLoader(self._templates)
        return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, finalize=_shown)

    @cached_property
    def _styles(self) -> Markup:
        """Return our own style sheets; they are ours, not the chart's, and so need no escaping."""
        screen = self._sheets("tokens.css", "brief.css", "packet.css")
        paper = (self._css / "print.css").read_text(encoding="utf-8")
        rule, _, rest = paper.partition("@page { margin: 9mm 11mm; }")
        return Markup("\n".join([screen, "@page { margin: 9mm 11mm; }", f"@media print {{ {rule}{rest} }}"]))  # noqa: S704

    def _sheets(self, *names: str) -> Markup:
        return Markup("\n".join((self._css / name).read_text(encoding="utf-8") for name in names))  # noqa: S704

    def _strip(self, text: str) -> Markup:
        """Return the style that puts a line on every page after the first, and its number; the line is data."""
        line = "".join(_in_css(each) for each in shorten(printable(text), _LONGEST_STRIP))
        look = 'font: 7.5pt Arial, "Liberation Sans", sans-serif; color: var(--quiet)'
        number = f'content: "page " counter(page) " of " counter(pages); {look}'
        return Markup(  # noqa: S704 every character of the line is a number, see _in_css
            f'\n@page {{ @top-left {{ content: "{line}"; {look} }} @bottom-right {{ {number} }} }}'
            "\n@page :first { @top-left { content: none } }"
        )


def _in_css(letter: str) -> str:
    """Return a character as a style sheet's string holds it: anything but plain letters by its number."""
    return letter if letter.isascii() and (letter.isalnum() or letter == " ") else f"\\{ord(letter):x} "


def _shown(value: Any) -> Any:
    """Return what a template prints, as papers can hold it; markup was printed before."""
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value
