"""
Text that every paper can hold, and that says what it seems to say.

XML 1.0 knows no control characters, a font has no sign for half a character, and a control of the writing direction
can make a line read as something else: that one is shown by its number.
"""

import re

_ILLEGAL = re.compile("[^\t\n\r\u0020-\u007e\u0085\u00a0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    """Return the text without what no paper can hold, and with what would turn its reading direction made visible."""
    return _TURNING.sub(lambda found: f"[U+{ord(found[0]):04X}]", _ILLEGAL.sub("", text))
