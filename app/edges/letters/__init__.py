"""
A payer's letter as a file -> its text: plain text in any usual encoding, PDF, Word.

The bytes decide what a file is, never its name. Only text is taken: nothing in a file is run, opened or fetched.
"""

import re

from app.edges.letters.docx import text_of_docx
from app.edges.letters.pdf import text_of_pdf
from app.edges.letters.plain import text_of_plain
from app.edges.letters.text import LetterText, NotALetter, Scanned

__all__ = ["LetterText", "NotALetter", "Scanned", "read_text", "text_and_warnings"]

MAX_BYTES = 20 * 1024 * 1024
_UNSEEN = dict.fromkeys([0xAD, 0xFEFF, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A)])
_BREAKS = re.compile(r"\r\n?|\x0b|\x0c|\u2028|\u2029|\x85")
_CONTROLS = dict.fromkeys(each for each in range(32) if each not in (9, 10))
_REFUSED = (
    (b"\xd0\xcf\x11\xe0", "an old Word file or an encrypted one"),
    (b"{\\rtf", "a rich text file"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"II*\x00", "a picture (a fax?)"),
    (b"MM\x00*", "a picture (a fax?)"),
)


def read_text(data: bytes) -> LetterText:
    """
    Return the text of a letter with what a reader should know of it.

    raises: NotALetter for a file that is none, is too large or is built to harm; Scanned for pages without text
    """
    if len(data) > MAX_BYTES:
        raise NotALetter(f"longer than {MAX_BYTES // 1024 // 1024} MiB", next="Give the letter alone.")
    if not data.strip():
        raise NotALetter("empty", next="Give the letter, or type it in.")
    for mark, what in _REFUSED:
        if data.startswith(mark):
            say = "Save it as .pdf with text, .docx or .txt, or type it in."
            raise NotALetter(f"{what}, which is not read", next=say)
    if b"%PDF-" in data[:1024]:
        read = text_of_pdf(data)
    elif data.startswith(b"PK"):
        read = text_of_docx(data)
    else:
        read = text_of_plain(data)
    text = _BREAKS.sub("\n", read.text).translate(_UNSEEN).translate(_CONTROLS)
    if not text.strip():
        raise Scanned(f"a {read.kind} without text")
    return LetterText(text, read.kind, read.warnings)


def text_and_warnings(data: bytes) -> tuple[str, tuple[str, ...]]:
    """Return the text of a letter, or of another document, with its reader's warnings; raises BadInput."""
    read = read_text(data)
    return read.text, read.warnings
