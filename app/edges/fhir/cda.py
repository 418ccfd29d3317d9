"""
A clinical document (CDA, C-CDA) -> its narrative, section by section, each under its title.

Read: confidentialityCode of the document and of sections, section titles (else what their code is called), the
narrative of section/text, and a file inside nonXMLBody. Structured entries are not read: the narrative is what its
author attested. Sections without information (nullFlavor) and of another subject than the patient hold no facts of
the patient; words that were struck out (revised="delete") are left out. A document type is refused, as in xml.py.
Source: HL7 Clinical Document Architecture, Release 2, 4.3.5 (narrative block)
"""

import base64
import binascii
from dataclasses import dataclass, field
from typing import Any

from app.core.brief.words import tidy
from app.edges.fhir.xml import MOST_DEPTH, walk_xml
from app.errors import BadInput

_CLOSED = ("R", "V")
_BLOCKS = frozenset(("paragraph", "list", "item", "table", "tr", "caption", "br", "footnote"))
_CELLS = frozenset(("td", "th"))
_SILENT = frozenset(("script", "style", "object", "iframe", "form", "svg", "footnoteRef", "renderMultiMedia"))
_FAMILY = "10157-6"  # LOINC: history of family member diseases


@dataclass(frozen=True, slots=True)
class ClinicalText:
    """
    What a document says. closed: it is labelled restricted as a whole; closed_parts: some of its sections are.

    file: what it carries instead of sections (a scan, a PDF), None where it has sections
    """

    text: str
    closed: bool = False
    closed_parts: bool = False
    file: bytes | None = None


def read_cda(data: bytes, *, whole: bool) -> ClinicalText:
    """Return the narrative; without sections that are labelled restricted, unless `whole`. raises: BadInput."""
    reader = _Reader()
    walk_xml(data, reader)
    if reader.root != "ClinicalDocument":
        raise BadInput("XML, but no clinical document")
    closed = [each for each in reader.sections if each.closed]
    shown = reader.sections if whole else [each for each in reader.sections if not each.closed]
    text = "\n\n".join(each.as_text for each in shown if each.says_something)
    return ClinicalText(text, reader.closed, bool(closed) and not whole, reader.file)


@dataclass(slots=True)
class _Section:
    title: list[str] = field(default_factory=list)
    called: str = ""
    words: list[str] = field(default_factory=list)
    of_family: bool = False
    closed: bool = False
    silent: bool = False  # no information, or of somebody else

    @property
    def says_something(self) -> bool:
        return not self.silent and bool("".join(self.words).strip())

    @property
    def as_text(self) -> str:
        title = tidy("".join(self.title)) or self.called or "Section"
        if self.of_family and "family" not in title.casefold():
            title = f"Family history: {title}"
        return f"# {title}\n\n{''.join(self.words).strip()}"


class _Reader:
    """The document while it is read (xml.walk_xml's builder): names of the open elements, and the open sections."""

    def __init__(self) -> None:
        self.parser: Any = None
        self.root = ""
        self.closed = False
        self.sections: list[_Section] = []
        self._names: list[str] = []
        self._open: list[_Section] = []
        self._silent = 0  # how deep inside what is no narrative
        self._narrative = 0  # how deep inside section/text
        self._body: list[str] | None = None  # base64 of nonXMLBody/text
        self._encoded = False

    @property
    def file(self) -> bytes | None:
        """What stands in nonXMLBody, decoded; raises BadInput where it is damaged."""
        if self._body is None:
            return None
        words = "".join(self._body)
        if not self._encoded:
            return words.encode()
        try:
            return base64.b64decode("".join(words.split()), validate=True)
        except (binascii.Error, ValueError) as error:
            raise BadInput("its content is damaged") from error

    def start(self, qualified: str, attributes: dict[str, str]) -> None:
        """Open an element."""
        name = qualified.rpartition(" ")[2]
        above = self._names[-1] if self._names else ""
        self._names.append(name)
        if len(self._names) > MOST_DEPTH:
            raise BadInput("nested too deeply to be read", path=f"line {self.parser.CurrentLineNumber}")
        if len(self._names) == 1:
            self.root = name
        elif self._silent or self._narrative:
            self._inside(name, attributes)
        elif name == "section":
            self._open_section(attributes)
        elif above == "section" and self._open:
            self._of_section(self._open[-1], name, attributes)
        elif above == "nonXMLBody" and name == "text":
            self._body, self._encoded = [], attributes.get("representation") == "B64"
        elif len(self._names) == 2 and name == "confidentialityCode":
            self.closed = self.closed or attributes.get("code") in _CLOSED

    def end(self, qualified: str) -> None:
        """Close an element."""
        name = self._names.pop()
        if self._silent:
            self._silent -= 1
        elif self._narrative:
            self._narrative -= 1
            if name in _BLOCKS:
                self._open[-1].words.append("\n\n")
            elif name in _CELLS:
                self._open[-1].words.append("\t")
        elif name == "section" and self._open:
            self._open.pop()

    def text(self, words: str) -> None:
        """Take characters."""
        if self._silent:
            return
        if self._narrative:
            self._open[-1].words.append(words.replace("\r", " ").replace("\n", " "))
        elif self._names[-2:] == ["section", "title"] and self._open:
            self._open[-1].title.append(words)
        elif self._names[-2:] == ["nonXMLBody", "text"] and self._body is not None:
            self._body.append(words)

    def refuse(self, *_: object) -> None:
        """Refuse a document type, and with it every entity."""
        raise BadInput("it has a document type, which could fetch or grow")

    def _inside(self, name: str, attributes: dict[str, str]) -> None:
        if self._silent or name in _SILENT or attributes.get("revised") == "delete":
            self._silent += 1
            return
        self._narrative += 1
        if name in _BLOCKS:
            self._open[-1].words.append("\n\n")

    def _open_section(self, attributes: dict[str, str]) -> None:
        outer = self._open[-1] if self._open else None
        section = _Section(silent="nullFlavor" in attributes)
        if outer is not None:
            section.closed, section.silent = outer.closed, section.silent or outer.silent
            section.called, section.of_family = outer.called, outer.of_family
        self.sections.append(section)
        self._open.append(section)

    def _of_section(self, section: _Section, name: str, attributes: dict[str, str]) -> None:
        if name == "text":
            self._narrative = 1
        elif name == "code":
            section.called = tidy(attributes.get("displayName") or section.called)
            section.of_family = section.of_family or attributes.get("code") == _FAMILY
        elif name == "confidentialityCode" and attributes.get("code") in _CLOSED:
            section.closed = True
        elif name == "subject":
            section.silent = True
