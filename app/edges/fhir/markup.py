"""
HTML -> its words, in one pass over the text.

The standard library's parser takes time in the square of a hostile text's length: one note of 2 MB held a worker for
hours. Nothing is built here, so nothing grows; a tag that never ends is text.
Source: https://html.spec.whatwg.org/multipage/parsing.html (tokenization)
"""

import html
import re
from collections.abc import Iterator

_BLOCKS = frozenset(
    "p div br li tr td th h1 h2 h3 h4 h5 h6 section table ul ol dt dd article header footer pre blockquote".split()
)
_SILENT = frozenset(("script", "style", "head", "title", "template"))
_RAW = frozenset(("script", "style"))  # nothing inside is markup but their own end
_TAG = re.compile(r"""<(/?)([a-zA-Z][a-zA-Z0-9]*+)(?:[^>"']++|"[^"]*+"|'[^']*+')*+>""")
_BARE_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*+)[^>]*+>")
_OPENS = re.compile(r"<(?:[a-zA-Z]|/[a-zA-Z]|[!?])")


def text_of_html(source: str, *, without: frozenset[str] = frozenset()) -> str:
    """
    Return the words of an HTML document: blocks on lines of their own; scripts, styles and heads are left out.

    without: names of other elements whose words are left out too
    """
    silent, found, silenced = 0, [], _SILENT | without
    for mark, piece in _tokens(source):
        if mark is None:
            if not silent:
                found.append(html.unescape(piece).replace("\n", " "))
            continue
        name = mark.lower()
        if name in silenced:
            silent = max(0, silent + (1 if piece else -1))
        if name in _BLOCKS:
            found.append("\n\n")
    return "".join(found)


def _tokens(source: str) -> Iterator[tuple[str | None, str]]:
    """Yield (None, text) and (tag's name, "opens" or ""), in order; comments and declarations are left out."""
    place, tag = 0, _TAG
    while (opens := _OPENS.search(source, place)) is not None:
        start = opens.start()
        yield None, source[place:start]
        if source[start + 1] in "!?":
            place = _after_declaration(source, start)
            continue
        found = tag.match(source, start)
        if found is None and tag is _TAG:  # a quote without its end: from here on quotes count for nothing
            tag = _BARE_TAG
            found = tag.match(source, start)
        if found is None:  # no tag ends any more: words that stand here must not be lost
            yield None, source[start:]
            return
        yield found[2], "" if found[1] else "opens"
        place = found.end()
        if found[2].lower() in _RAW and not found[1]:
            place = _end_of(source, place, f"</{found[2]}")
    yield None, source[place:]


def _after_declaration(source: str, start: int) -> int:
    if source.startswith("<!--", start):
        end = source.find("-->", start + 4)
        return len(source) if end < 0 else end + 3
    end = source.find(">", start)
    return len(source) if end < 0 else end + 1


def _end_of(source: str, place: int, end: str) -> int:
    found = re.compile(re.escape(end), re.IGNORECASE).search(source, place)
    return len(source) if found is None else found.start()
