"""
A PDF's text, read in a process of its own that may use 1.3 s of processor and 80 MB, and nothing of ours.

PDFs come with loops, bombs and a hundred thousand objects; a limit in the same process would end the app. Where the
system allows it, that process is forked from one that waits with the library loaded (pdf_warm.py), else it is started.
"""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

from app.edges.letters.pdf_warm import Warm
from app.edges.letters.text import LetterText, NotALetter, Scanned

_CHILD = Path(__file__).with_name("pdf_child.py")
_COMMAND = (sys.executable, "-I", str(_CHILD))  # our own interpreter and our own file
WARM = Warm((*_COMMAND, "wait"))
_SECONDS = 10  # of waiting; the child's own limit is 1.3 s of processor
_ERRORS = {
    "encrypted": ("encrypted", "Save it without a password, or type the letter in."),
    "broken": ("not a readable PDF", "Give another file, or type the letter in."),
    "pages": ("it has too many pages for a letter", "Give the letter alone."),
}


class _Told(msgspec.Struct):
    error: str | None = None
    pages: list[str] = []
    hidden: list[str] = []  # what stands in the page but is not shown
    left: int = 0  # pages that were not looked at, as the others hold more than a letter


def text_of_pdf(data: bytes) -> LetterText:
    """
    Return the text of a PDF, page after page.

    A text layer that the page does not show is used only where a page shows none (a scan that was read by a machine),
    and that is said. raises: NotALetter, Scanned where no page holds any text
    """
    told = _told_by_child(data)
    if told.error:
        say, step = _ERRORS.get(told.error, _ERRORS["broken"])
        raise NotALetter(say, next=step)
    used = [page if page.strip() else hidden for page, hidden in zip(told.pages, told.hidden, strict=True)]
    if not any(page.strip() for page in used):
        raise Scanned("a scanned page without text" if len(used) == 1 else "scanned pages without text")
    return LetterText("\n\n".join(used), "PDF", tuple(_warnings(told, used)))


def _told_by_child(data: bytes) -> _Told:
    try:
        told = WARM.read(data, seconds=_SECONDS)
        return msgspec.json.decode(_read_cold(data) if told is None else told, type=_Told)
    except (TimeoutError, subprocess.TimeoutExpired) as error:
        raise NotALetter("reading it takes too long") from error
    except msgspec.DecodeError as error:  # ended by its limits before it could say anything
        raise NotALetter("reading it takes too long or too much memory") from error


def _read_cold(data: bytes) -> bytes:
    run = subprocess.run(_COMMAND, input=data, capture_output=True, timeout=_SECONDS, check=False, env={})  # noqa: S603
    return run.stdout


def _warnings(told: _Told, used: list[str]) -> Iterator[str]:
    for number, (page, hidden, taken) in enumerate(zip(told.pages, told.hidden, used, strict=True), 1):
        if not taken.strip():
            yield f"page {number} is a picture without text: look at it"
        elif not page.strip():
            yield f"page {number} shows a picture; its words come from a layer that the page does not show: compare"
        elif not set(hidden.split()) <= set(page.split()):
            yield f"page {number} holds words that it does not show, which were left out: look at it"
    if told.left:
        yield f"only the first {len(told.pages)} of {len(told.pages) + told.left} pages were read"
