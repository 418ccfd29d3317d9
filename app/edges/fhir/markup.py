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
_SILENT = frozenset("script style head title template select textarea button object iframe svg math".split())
_RAW = frozenset(("script", "style"))  # nothing inside is markup but their own end
_TAG = re.compile(r"""<(/?)([a-zA-Z][a-zA-Z0-9]*+)(?:[^>"']++|"[^"]*+"|'[^']*+')*+>""")
_BARE_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*+)[^>]*+>")
_VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
# What a browser would not show; words may hide there from who reads the page, and speak to who reads its source.
_QUOTED = re.compile(r""""[^"]*+"|'[^']*+'""")
_STYLE = re.compile(r"""\bstyle\s*=\s*("[^"]*+"|'[^']*+')""", re.IGNORECASE)
_UNSEEN = re.compile(r"\bdisplay\s*:\s*none\b|\bvisibility\s*:\s*hidden\b|\bfont-size\s*:\s*0(?![.\d])", re.IGNORECASE)
_HIDDEN = re.compile(r"\shidden(?=[\s=>/])", re.IGNORECASE)
_ACTIVE = (
    ("a script", re.compile(r"<script\b|\son[a-z]+\s*=\s*[\"']|javascript:", re.I)),
    ("a form", re.compile(r"<form\b", re.I)),
    ("an embedded object", re.compile(r"<(?:iframe|object|embed|applet|frame)\b", re.I)),
    ("a remote picture or style", re.compile(
        r"<(?:img|link|source|video|audio)\b[^<>]*\b(?:src|href|srcset)\s*=\s*[\"']?\s*(?:https?:)?//|"
        r"@import\b|url\(\s*[\"']?(?:https?:)?//", re.I)),
)  # fmt: skip
_OPENS = re.compile(r"<(?:[a-zA-Z]|/[a-zA-Z]|[!?])")


def text_of_html(source: str, *, without: frozenset[str] = frozenset()) -> str:
    """
    Return the words that an HTML document shows: blocks on lines of their own; no scripts, styles, heads or controls.

    without: names of other elements whose words are left out too
    """
    silent, found, silenced = 0, [], _SILENT | without
    hidden: list[str] = []  # pieces since an element opened that is not shown
    hides, depth = "", 0  # its name, and how many of that name are open
    for mark, piece in _tokens(source):
        into = hidden if hides else found
        if mark is None:
            if not silent:
                into.append(html.unescape(piece).replace("\n", " "))
            continue
        name = mark.lower()
        if name in silenced:
            silent = max(0, silent + (1 if piece else -1))
        if name in _BLOCKS:
            into.append("\n\n")
        if hides and name == hides:
            depth += 1 if piece else -1
            if not depth:
                hides = ""
                hidden.clear()
        elif not hides and piece and name not in _VOID and _is_hidden(piece):
            hides, depth = name, 1
    return "".join([*found, *hidden])  # one that never ends hides nothing: words that stand here must not be lost


def _is_hidden(tag: str) -> bool:
    style = _STYLE.search(tag)
    return bool((style and _UNSEEN.search(style[1])) or _HIDDEN.search(_QUOTED.sub("", tag)))


def active_in(source: str) -> list[str]:
    """Return what a document holds that would do or fetch something if it were shown as it is; none of it is kept."""
    return [name for name, pattern in _ACTIVE if pattern.search(source)]


def _tokens(source: str) -> Iterator[tuple[str | None, str]]:
    """Yield (None, text) and (tag's name, the tag where it opens, else ""), in order; no comments, no declarations."""
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
        yield found[2], "" if found[1] else found[0]
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
