"""
An Attachment's or Binary's content -> its words. What it is, its bytes say; its media type is only a label.

Read: plain text, HTML, RTF (rtf.py), clinical documents (cda.py), and PDF and Word files by a reader that is handed in
(it works in a process of its own, with limits). Everything else is refused by name. Nothing is run, opened or fetched.
"""

import base64
import binascii
import codecs
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.edges.fhir.cda import read_cda
from app.edges.fhir.datatypes import as_dict, string_of
from app.edges.fhir.markup import active_in, text_of_html
from app.edges.fhir.rtf import text_of_rtf
from app.edges.fhir.sensitive import RESTRICTED
from app.errors import BadInput

FileReader = Callable[[bytes], tuple[str, tuple[str, ...]]]
"""bytes of a PDF or Word file -> (text, what its reader should know); raises BadInput."""

MEGABYTE = 1024 * 1024
MOST_BYTES = 8 * MEGABYTE
_MOST_TEXT = 2 * MEGABYTE
_MOST_FILES = 40
_MOST_SLOW = 2
_SLOW = "takes too"  # what is said of a file that its limits ended
_KIND = re.compile(r"[a-z0-9][a-z0-9.+-]{0,60}/[a-z0-9][a-z0-9.+-]{0,60}")
_MARKS = (
    (b"{\\rtf", "rtf"),
    (b"PK\x03\x04", "file"),
    (b"\xd0\xcf\x11\xe0", "an old Word or Excel file"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"II*\x00", "a picture"),
    (b"MM\x00*", "a picture"),
    (b"BM", "a picture"),
    (b"\x1f\x8b", "a packed file"),
    (b"MZ", "a program"),
    (b"\x7fELF", "a program"),
)
_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_BLANKS = b" \t\r\n"
_OPENS_XML = re.compile(rb"<\?xml\b|<(?:\w+:)?ClinicalDocument\b|<!DOCTYPE (?!html)", re.IGNORECASE)
_OPENS_HTML = re.compile(
    r"<(?:!doctype html|html|head|body|div|p|span|table|h[1-6]|ul|ol|pre|meta|style|script|br|b|center|font|form|img|"
    r"svg)\b[^<]*>",
    re.IGNORECASE,
)
_ANY_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|&(?:#\d+|[a-z]+);")
_BINARY = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


class Unread(Exception):
    """Content that was not read: its words name why, and nothing of it."""


@dataclass(slots=True)
class Files:
    """How the files of one chart are read: by whom, and how many more. read: None where nobody reads them."""

    read: FileReader | None = None
    left: int = _MOST_FILES
    slow: int = 0

    def text(self, data: bytes, *, what: str, problems: Counter[str]) -> str:
        """Return the text of a PDF or Word file; raises Unread."""
        if self.read is None:
            raise Unread(f"a document that is {what}")
        if self.left <= 0:
            raise Unread(f"a document that is {what}, beyond the first {_MOST_FILES}")
        if self.slow >= _MOST_SLOW:
            raise Unread(f"a document that is {what}, after {_MOST_SLOW} that took too long to read")
        self.left -= 1
        try:
            text, warnings = self.read(data)
        except BadInput as error:
            self.slow += _SLOW in error.what
            raise Unread(f"a document that is {what} ({error.what})") from error
        if warnings:
            problems[
                f"a part of a document that is {what} (pictures, words that are not shown, or too many pages)"
            ] += 1
        return text


@dataclass(frozen=True, slots=True)
class Content:
    """The words of a document; why: what keeps all of it back, in_part: what kept a part of it back, if anything."""

    text: str
    why: str | None = None
    in_part: str | None = None


def read_content(form: object, *, files: Files, problems: Counter[str], whole: bool) -> Content:
    """
    Return the words of an Attachment or Binary.

    whole: a person added the document, so that nothing of it is kept back
    problems: is told of what was taken out of it. raises: Unread
    """
    form = as_dict(form)
    kind, charset = _label(form)
    if not isinstance(form.get("data"), str):
        raise Unread("a document whose text is not in the chart")
    data = _narrow(_decoded(form["data"]))
    return _read(data, kind=kind, charset=charset, files=files, problems=problems, whole=whole)


def text_of_attachment(form: object, *, files: Files, whole: bool) -> str | None:
    """Return the words of an Attachment or Binary as they are quoted; None where they are not read."""
    try:
        return read_content(form, files=files, problems=Counter(), whole=whole).text
    except Unread:
        return None


def _label(form: dict[str, Any]) -> tuple[str, str]:
    """Return (media type or "", charset or "") as told."""
    kind, _, parameters = (string_of(form.get("contentType")) or "").lower().partition(";")
    charset = parameters.partition("charset=")[2].strip(" \"';")
    return kind.strip() if _KIND.fullmatch(kind.strip()) else "", charset


def _decoded(data: str) -> bytes:
    if len(data) > MOST_BYTES * 4 // 3 + MEGABYTE:
        raise Unread(f"a document longer than {MOST_BYTES // MEGABYTE} MiB")
    try:
        found = base64.b64decode("".join(data.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Unread("a document whose content is damaged") from error
    if len(found) > MOST_BYTES:
        raise Unread(f"a document longer than {MOST_BYTES // MEGABYTE} MiB")
    return found


def _read(
    data: bytes, *, kind: str, charset: str, files: Files, problems: Counter[str], whole: bool, inside: bool = False
) -> Content:
    begins = data[:1024].lstrip(_BLANKS).removeprefix(codecs.BOM_UTF8).lstrip(_BLANKS)
    if b"%PDF-" in data[:1024] or begins.startswith(b"%PDF"):
        return Content(files.text(data, what="a PDF", problems=problems))
    mark = next((what for mark, what in _MARKS if begins.startswith(mark)), None)
    if mark == "rtf":
        return Content(_by(text_of_rtf, begins + data[1024:], "RTF"))
    if mark == "file":
        return Content(files.text(data, what="a Word file or an archive", problems=problems))
    if mark and not _is_text(data):
        raise Unread(f"a document that is {mark}")
    if _OPENS_XML.match(begins) and b"<html" not in data[:1024].lower():
        if inside:
            raise Unread("a clinical document inside a clinical document")
        return _of_cda(data, files=files, problems=problems, whole=whole)
    if len(data) > _MOST_TEXT:
        raise Unread(f"a text longer than {_MOST_TEXT // MEGABYTE} MiB")
    return Content(_plain(_text(data, kind=kind, charset=charset), kind=kind, problems=problems))


def _of_cda(data: bytes, *, files: Files, problems: Counter[str], whole: bool) -> Content:
    try:
        found = read_cda(data, whole=whole)
        inner = found.file
    except BadInput as error:
        raise Unread(f"a document in XML ({error.what})") from error
    why = RESTRICTED if found.closed and not whole else None
    if inner is None:
        return Content(found.text, why, RESTRICTED if found.closed_parts else None)
    carried = _read(inner, kind="", charset="", files=files, problems=problems, whole=whole, inside=True)
    return Content(carried.text, why or carried.why)


def _by(read: Callable[[bytes], str], data: bytes, what: str) -> str:
    try:
        text = read(data)
    except BadInput as error:
        raise Unread(f"a document that is {what} ({error.what})") from error
    if not text.strip():
        raise Unread(f"a document that is {what} (without text)")
    return text


def _narrow(data: bytes) -> bytes:
    """Return what says that it is UTF-16 as UTF-8, so that it is looked at as everything else is."""
    return data.decode("utf-16", "replace").encode() if data.startswith(_WIDE) else data


def _is_text(data: bytes) -> bool:
    """Whether bytes that begin as a file does ("BM" of "BMI 31") are text all the same."""
    return b"\x00" not in data[:4096]


def _text(data: bytes, *, kind: str, charset: str) -> str:
    """Return text in UTF-8 where it is that, else in the encoding that its label says, else in Windows-1252."""
    for encoding in ("utf-8-sig", charset or "cp1252"):
        try:
            text = data.decode(encoding)
            break
        except (UnicodeDecodeError, LookupError):
            continue
    else:
        text = data.decode("cp1252", "replace")
    if len(_BINARY.findall(text[:4096])) > len(text[:4096]) // 100:
        raise Unread(f"a document of type {kind or 'unknown'}")
    return text


def _plain(text: str, *, kind: str, problems: Counter[str]) -> str:
    is_html = kind in ("text/html", "application/xhtml+xml") and _ANY_TAG.search(text)
    if not is_html and not _OPENS_HTML.match(text.lstrip()[:1024]) and not text.lstrip()[:5] == "<?xml":
        return text
    for each in active_in(text):
        problems[f"{each} inside a document"] += 1
    return text_of_html(text)
