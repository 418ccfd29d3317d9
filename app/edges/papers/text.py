"""Text that every paper can hold: XML 1.0 knows no control characters, and a font has no sign for half a character."""

import re

_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def printable(text: str) -> str:
    """Return the text without what no paper can hold."""
    return _ILLEGAL.sub("", text)
