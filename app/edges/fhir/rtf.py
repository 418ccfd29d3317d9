"""
RTF -> its words, in one pass over the bytes; nothing in it is run, opened or fetched.

Read: control words for breaks and signs, \\'hh in the document's code page, \\uN with its fallback, groups. Skipped:
fonts, colours, styles, pictures, objects, headers, the instructions of fields, every group that only some readers know
(\\*), hidden and deleted words. Groups and marks are counted, for a short file can hold millions.
Source: Microsoft, Rich Text Format (RTF) Specification, version 1.9.1
"""

import re
from collections.abc import Iterator

from app.errors import BadInput

_MOST_DEPTH = 200
_MOST_MARKS = 500_000
_MOST_TEXT = 2 * 1024 * 1024
_TOKEN = re.compile(
    rb"\\'([0-9a-fA-F]{2})|\\([a-zA-Z]{1,32})(-?\d{1,10})?+ ?|\\([^a-zA-Z])|([{}])|[\r\n\x00]++|([^\\{}\r\n\x00]++)",
    re.DOTALL,
)
_SKIPPED = frozenset(
    "fonttbl colortbl stylesheet info pict object objdata header headerl headerr headerf footer footerl footerr "
    "footerf ftnsep fldinst nonshppict themedata datastore listtable listoverridetable rsidtbl generator xmlnstbl "
    "filetbl revtbl private bkmkstart bkmkend annotation atnid atnauthor atntime tc xe rxe comment template".split()
)
_SIGNS = {
    **dict.fromkeys(("par", "line", "row", "sect", "page"), "\n"),
    **{"tab": "\t", "cell": "\t", "emdash": "—", "endash": "–", "bullet": "•", "lquote": "‘", "rquote": "’"},
    **{"ldblquote": "“", "rdblquote": "”", "emspace": " ", "enspace": " ", "qmspace": " "},
}
_SYMBOLS = {b"~": "\u00a0", b"_": "-", b"\n": "\n", b"\r": "\n", b"\\": "\\", b"{": "{", b"}": "}"}
_PAGES = {"mac": "mac_roman", "pc": "cp437", "pca": "cp850"}


def text_of_rtf(data: bytes) -> str:
    """Return the words that the document shows, paragraphs and table rows on lines of their own; raises BadInput."""
    found, length = [], 0
    for piece in _Words(data):
        found.append(piece)
        length += len(piece)
        if length > _MOST_TEXT:
            raise BadInput("more text than is read of one document")
    # a character beyond the first 65,536 is written as two halves
    return "".join(found).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


class _Words:
    """The words of one document while it is read: state is (skipped, hidden, characters after each \\u)."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.page = "cp1252"
        self.state = (False, False, 1)
        self.outer: list[tuple[bool, bool, int]] = []
        self.fallback = 0  # how many characters that stand for the \u before them are still to come

    def __iter__(self) -> Iterator[str]:
        place = marks = 0
        waiting = bytearray()  # bytes of one or of several characters: a code page may need two for one
        while found := _TOKEN.match(self.data, place):
            place, marks = found.end(), marks + 1
            if marks > _MOST_MARKS:
                raise BadInput("more marks than a document has")
            code, word, number, symbol, brace, plain = found.groups()
            if code is not None or plain is not None:
                waiting += self._bytes(bytes.fromhex(code.decode()) if code else plain)
                continue
            if waiting and (word or symbol or brace):
                yield waiting.decode(self.page, "replace")
                waiting.clear()
            if brace:
                self._brace(brace)
            elif word == b"bin":
                place += max(0, int(number or 0))
            elif word or symbol:
                yield self._control(word.decode() if word else "", number, symbol)
        if waiting:
            yield waiting.decode(self.page, "replace")

    def _bytes(self, plain: bytes) -> bytes:
        skipped, self.fallback = min(self.fallback, len(plain)), max(0, self.fallback - len(plain))
        return b"" if self.state[0] or self.state[1] else plain[skipped:]

    def _brace(self, brace: bytes) -> None:
        self.fallback = 0
        if brace == b"{":
            self.outer.append(self.state)
            if len(self.outer) > _MOST_DEPTH:
                raise BadInput("groups nested too deeply")
        elif self.outer:
            self.state = self.outer.pop()

    def _control(self, word: str, number: bytes | None, symbol: bytes | None) -> str:
        """Take one control word or symbol; return what it shows."""
        skipped, hidden, after = self.state
        value = int(number) if number else None
        if symbol == b"*" or word in _SKIPPED:
            self.state = (True, hidden, after)
        elif word in ("v", "deleted"):
            self.state = (skipped, value != 0, after)
        elif word == "plain":
            self.state = (skipped, False, after)
        elif word == "uc":
            self.state = (skipped, hidden, min(max(value or 0, 0), 8))
        elif word in _PAGES or (word == "ansicpg" and value):
            self.page = _known(_PAGES.get(word) or f"cp{value}")
        elif word == "u" and value is not None:
            self.fallback = after
            return "" if skipped or hidden else chr(value & 0xFFFF)
        elif symbol and self.fallback:
            self.fallback -= 1
        elif not (skipped or hidden):
            return _SIGNS.get(word, "") if word else _SYMBOLS.get(symbol or b"", "")
        return ""


def _known(page: str) -> str:
    try:
        b"".decode(page)
    except LookupError:
        return "cp1252"
    return page
