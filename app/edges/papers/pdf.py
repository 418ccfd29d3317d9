"""
A paper as a PDF (WeasyPrint): tagged for screen readers (PDF/UA-1), fonts inside, nothing fetched from anywhere.

The library takes long to import and wants Pango of the system: both only when a PDF is asked for.
"""

import gc
import logging
from functools import lru_cache
from threading import Lock

from app.edges.papers.text import printable
from app.errors import Permanent

# Debian's names of what WeasyPrint loads; the test set-up asks for the same (tests/setup.py).
SYSTEM_PACKAGES = ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0", "fonts-dejavu-core")
_VARIANT = "pdf/ua-1"
_LETTER = "@page { size: letter }"
_ONE_AT_A_TIME = Lock()  # Pango's font map is shared by the process


class NoPdf(Permanent):
    """The machine lacks what a PDF is made with."""

    say = "No PDF can be made here: the system's Pango library is missing."
    next = f"Your administrator installs it (Debian: {' '.join(SYSTEM_PACKAGES)}); until then take the Word document."


def write_pdf(html: str, *, styles: str = "", tighter: str = "", second: str | None = None) -> bytes:
    """
    Return one HTML file as a PDF.

    html: whole; whoever made it escaped what is data; the title becomes the document's
    styles: those that do not stand in it, ours and the same for every paper of a kind: read once and kept
    tighter: styles with which it is laid out anew where it, or what stands before `second`, would take more than one
    sheet; second: the id of what begins on the second sheet, None where all of it belongs on one
    raises: NoPdf; FatalURLFetchingError where the HTML asks for anything outside itself, which is an error of ours
    """
    weasyprint = _library()
    with _ONE_AT_A_TIME:
        sheets = [_read(each) for each in (_LETTER, styles) if each]
        paper = weasyprint.HTML(string=printable(html), url_fetcher=_nothing(), media_type="print")
        laid = paper.render(stylesheets=sheets, pdf_variant=_VARIANT, font_config=_fonts())
        if tighter and _spills(laid, second):
            sheets.append(_read(tighter))
            laid = paper.render(stylesheets=sheets, pdf_variant=_VARIANT, font_config=_fonts())
        return laid.write_pdf(pdf_variant=_VARIANT)


@lru_cache(maxsize=1)
def _fonts():
    """Return the system's fonts, opened once: to open them for each paper takes a fifth of its time."""
    _library()
    from weasyprint.text.fonts import FontConfiguration

    fonts = FontConfiguration()
    # What stands by now stays for good. A page makes so many objects that the collector looks through all there are
    # on every second one, which takes half as long as the page.
    gc.collect()
    gc.freeze()
    return fonts


@lru_cache(maxsize=8)
def _read(styles: str):
    """Return a style sheet as the library reads it, which takes it as long as a tenth of a page."""
    return _library().CSS(string=styles, media_type="print", url_fetcher=_nothing())


def _spills(laid, second: str | None) -> bool:
    if second is None:
        return len(laid.pages) > 1
    return len(laid.pages) > 1 and second not in laid.pages[1].anchors


def _library():
    # It logs words of what it cannot draw; those may be a patient's.
    logging.getLogger("weasyprint").setLevel(logging.CRITICAL)
    logging.getLogger("fontTools").setLevel(logging.CRITICAL)
    try:
        import weasyprint
    except OSError as error:
        raise NoPdf() from error
    return weasyprint


def _nothing():
    """Return a fetcher that stops the paper at the first thing it asks for."""
    from weasyprint.urls import FatalURLFetchingError, URLFetcher

    class Nothing(URLFetcher):
        def fetch(self, url: str, headers: object = None) -> None:
            raise FatalURLFetchingError("A paper fetches nothing.")

    return Nothing()
