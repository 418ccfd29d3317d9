"""
A Word file's text: its main part only, behind a look at the archive.

Nothing else in it is opened: pictures, embedded files, links and templates stay where they are. A file of 328 kB has
been seen to grow to 300 MB, so that sizes are both declared and counted.
"""

import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator

from app.edges.letters.text import LetterText, NotALetter

_MOST_MEMBERS = 1_000
_MOST_BYTES = 50 * 1024 * 1024
_MOST_RATIO = 100
_MOST_TEXT = 4 * 1024 * 1024  # XML of the main part; a letter has a tenth of it
# what zipfile raises at archives that were bent on the way; NotImplementedError is a RuntimeError
_BROKEN = (
    zipfile.BadZipFile,
    RuntimeError,
    EOFError,
    OSError,
    ValueError,
    KeyError,
    struct.error,
    zlib.error,
    lzma.LZMAError,
)
_MAIN = "word/document.xml"
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MARKS = {  # what an element begins with
    f"{_WORD}p": "\n",
    f"{_WORD}tr": "\n",
    f"{_WORD}tc": "\t",
    f"{_WORD}tab": "\t",
    f"{_WORD}br": "\n",
    f"{_WORD}cr": "\n",
    f"{_WORD}noBreakHyphen": "-",
}
_ELSEWHERE = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"


def text_of_docx(data: bytes) -> LetterText:
    """
    Return the text, paragraphs and table rows on lines of their own; hidden and deleted words are left out.

    raises: NotALetter
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            xml = _main_part(archive)
    except _BROKEN as error:
        raise NotALetter("not a readable Word file") from error
    from docx.oxml import parse_xml  # python-docx takes long to import, and only Word files need it

    try:
        root = parse_xml(xml)
    except SyntaxError as error:
        raise NotALetter("its text is not XML", path=_MAIN) from error
    hidden: list[bool] = []
    text = "".join(_text(root, hidden))
    return LetterText(text, "Word file", ("it holds hidden words, which were left out",) if hidden else ())


def _main_part(archive: zipfile.ZipFile) -> bytes:
    members = archive.infolist()
    if len(members) > _MOST_MEMBERS:
        raise NotALetter(f"more than {_MOST_MEMBERS:,} files in it")
    declared = sum(each.file_size for each in members)
    packed = sum(each.compress_size for each in members)
    if declared > _MOST_BYTES or declared > _MOST_RATIO * max(packed, 1):
        raise NotALetter("it unpacks to far more than a letter")
    names = {each.filename for each in members}
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise NotALetter("it carries macros", next="Save it as .docx without macros, or as .pdf.")
    if _MAIN not in names:
        raise NotALetter("an archive, but no Word file")
    with archive.open(_MAIN) as part:
        xml = part.read(_MOST_TEXT + 1)
    if len(xml) > _MOST_TEXT:
        raise NotALetter("it unpacks to far more than a letter")
    if b"<!DOCTYPE" in xml or b"<!ENTITY" in xml or xml[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise NotALetter("its text is not written as Word writes it", path=_MAIN)
    return xml


def _text(root, hidden: list[bool]) -> Iterator[str]:
    """Yield the pieces of text in order; note in `hidden` that some were left out."""
    doubled = {each for twin in root.iter(_ELSEWHERE) for each in twin.iter(f"{_WORD}t")}
    for element in root.iter():
        if element.tag != f"{_WORD}t":
            yield _MARKS.get(element.tag, "")
        elif _is_hidden(element.getparent()):
            hidden.append(True)
        elif element not in doubled:
            yield element.text or ""


def _is_hidden(run) -> bool:
    vanish = run.find(f"{_WORD}rPr/{_WORD}vanish")
    return vanish is not None and vanish.get(f"{_WORD}val", "true") not in ("0", "false", "off")
