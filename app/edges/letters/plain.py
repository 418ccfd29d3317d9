"""Plain text: Unicode by its mark or by its bytes, else Windows-1252, which is then said."""

import codecs

from app.edges.letters.text import LetterText, NotALetter

_MARKS = (  # the longer mark first: UTF-32's begins like UTF-16's
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_GUESSED = "its encoding is not told: read as {}"


def text_of_plain(data: bytes) -> LetterText:
    """Return the text; NotALetter where the bytes are no text in any of these encodings."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return LetterText(_decode(data, "utf-8-sig" if encoding == "utf-8" else encoding), "text")
    if b"\0" in data:
        return LetterText(_decode(data, _wide(data)), "text", (_GUESSED.format("UTF-16"),))
    try:
        return LetterText(data.decode("utf-8"), "text")
    except UnicodeDecodeError:
        return LetterText(_decode(data, "cp1252"), "text", (_GUESSED.format("Windows-1252"),))


def _wide(data: bytes) -> str:
    """Return which UTF-16 the zeros betray; NotALetter where they lie about as in a program or a picture."""
    even, odd = data[::2].count(0), data[1::2].count(0)
    if max(even, odd) < len(data) // 5 or min(even, odd) > len(data) // 50:
        raise NotALetter("not text")
    return "utf-16-be" if even > odd else "utf-16-le"


def _decode(data: bytes, encoding: str) -> str:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise NotALetter(f"not {encoding.upper()}", path=f"byte {error.start}") from error
    controls = sum(each < " " and each not in "\t\n\r\f" for each in text[:4096])
    if controls * 20 > min(len(text), 4096):
        raise NotALetter("not text")
    return text
