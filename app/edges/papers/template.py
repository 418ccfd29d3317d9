"""
A payer's own request form as a Word document whose places, {{member_id}}, are filled from a case.

A site keeps such forms in a folder, KEY.docx for the payer of that key of the rule book. They are read at start: a
place that nobody can fill, a macro, or anything that would be fetched or run when the form is opened is refused.
"""

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from docx import Document
from docx.opc.exceptions import PackageNotFoundError
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from app.core.windows.form import KEYS, RequestForm
from app.edges.papers.form import saved
from app.edges.papers.text import printable
from app.errors import Misconfigured

MOST_BYTES = 5_000_000
MOST_UNPACKED = 50_000_000
_PLACE = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_FIELD = re.compile(r"(?:<\w+:instrText[^>]*>|\w+:instr\s*=\s*[\"'])\s*([A-Za-z]+)")
_RUNS = ("macroenabled", "vbaproject", "activex", "oleobject", "attachedtemplate", "afchunk")
_FIELDS = {"PAGE", "NUMPAGES", "FORMTEXT", "FORMCHECKBOX", "FORMDROPDOWN"}  # what a form may compute by itself


def read_forms(folder: Path) -> dict[str, bytes]:
    """Return a site's forms by payer key; raises Misconfigured naming the file and what is wrong with it."""
    found = {}
    for path in sorted(folder.glob("*.docx")):
        if path.name.startswith("~$"):  # what Word leaves beside a form that is open
            continue
        if path.stat().st_size > MOST_BYTES:
            raise _refused(path, "is larger than 5 MB")
        found[path.stem] = path.read_bytes()
        check_form(path, found[path.stem])
    return found


def check_form(path: Path, body: bytes) -> None:
    """Refuse a form that would run or fetch something, or has a place that no field fills."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as packed:
            _check_parts(path, packed)
        document = Document(io.BytesIO(body))
    except (zipfile.BadZipFile, PackageNotFoundError, KeyError, ValueError) as error:
        raise _refused(path, "cannot be read as a Word document") from error
    for paragraph in _paragraphs(document):
        for place in _PLACE.findall(_text(paragraph)):
            if place not in KEYS:
                raise _refused(path, f"has a place that no field fills: {{{{{place[:60]}}}}}; see docs/site-rules.md")


def fill_form(template: bytes, form: RequestForm) -> bytes:
    """Return the payer's form with every place filled; what is not known says so."""
    document = Document(io.BytesIO(template))
    values = {each.key: printable(each.shown) for each in form.fields}
    for paragraph in _paragraphs(document):
        _fill(paragraph, values)
    return saved(document, form)


def _check_parts(path: Path, packed: zipfile.ZipFile) -> None:
    if sum(each.file_size for each in packed.infolist()) > MOST_UNPACKED:
        raise _refused(path, "unpacks to more than 50 MB")
    for name in packed.namelist():
        if any(word in name.lower() for word in _RUNS):
            raise _refused(path, f"holds what runs when it is opened: {name}")
        if not name.endswith((".xml", ".rels")):
            continue
        text = packed.read(name).decode("utf-8", "replace")
        if "<!DOCTYPE" in text or "<!ENTITY" in text:
            raise _refused(path, f"declares entities: {name}")
        if name == "[Content_Types].xml" or name.endswith(".rels"):
            _check_relations(path, name, text)
        for field in _FIELD.findall(text):
            if field.upper() not in _FIELDS:
                raise _refused(path, f"holds a field that is computed when it is opened: {field}")


def _check_relations(path: Path, name: str, text: str) -> None:
    if re.search(r"TargetMode\s*=\s*[\"']External", text):
        raise _refused(path, f"leads outside; take its links out: {name}")
    if any(word in text.lower() for word in _RUNS):
        raise _refused(path, f"holds what runs when it is opened: {name}")


def _paragraphs(document) -> Iterator:
    """Yield every paragraph of the form: its text, tables and boxes, and what stands above and below each page."""
    yield from document.element.iter(qn("w:p"))
    for relation in document.part.rels.values():
        if relation.reltype.endswith(("/header", "/footer")):
            yield from relation.target_part.element.iter(qn("w:p"))


def _texts(paragraph) -> list:
    return [each for each in paragraph.iter(qn("w:t")) if next(each.iterancestors(qn("w:p"))) is paragraph]


def _text(paragraph) -> str:
    return "".join(each.text or "" for each in _texts(paragraph))


def _fill(paragraph, values: Mapping[str, str]) -> None:
    """
    Fill the places of one paragraph, each where it begins: Word may cut a place into several runs.

    All at once, so that a value which looks like a place stays a value.
    """
    whole, at = _text(paragraph), 0
    places = list(_PLACE.finditer(whole))
    for piece in _texts(paragraph) if places else ():
        stop = at + len(piece.text or "")
        _say(piece, _filled(whole, places, at, stop, values))
        at = stop


def _filled(whole: str, places: list[re.Match[str]], at: int, stop: int, values: Mapping[str, str]) -> str:
    """Return the piece of the paragraph from `at` to `stop` with the places that begin in it filled."""
    said, here = "", at
    for place in places:
        if place.end() <= at or place.start() >= stop:
            continue
        said += whole[here : max(place.start(), here)]
        said += values[place[1]] if place.start() >= at else ""
        here = min(place.end(), stop)
    return said + whole[here:stop]


def _say(piece, text: str) -> None:
    """Put a text in the place of a run's; its lines become lines of the page."""
    first, *rest = text.split("\n")
    piece.text = first
    piece.set(qn("xml:space"), "preserve")
    for line in rest:
        turn, more = OxmlElement("w:br"), OxmlElement("w:t")
        more.text = line
        piece.addnext(turn)
        turn.addnext(more)
        piece = more


def _refused(path: Path, problem: str) -> Misconfigured:
    return Misconfigured(
        "PARLEY_PAYER_FORMS", f"{path.name} {problem}", next="Correct the form in Word and start again."
    )
