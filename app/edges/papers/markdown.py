"""
A paper as Markdown: plain enough to be read as it stands, and to be pasted into a note.

Words from charts and payers are escaped, so that no reader of Markdown finds a link, an image, a heading or a tag in
them; each run stands on one line.
"""

import re
from collections.abc import Iterable

from app.core.brief.paper import Block, Listed, Paper, Prose, Quoted, Table, Words
from app.edges.papers.text import printable

_MARKUP = re.compile(r"[\\`*_\[\]{}<>#|~$^=]|&(?=#?\w+;)|:(?=//)|(?<=\bwww)\.|(?<=\w)@(?=\w)")
_BEGINS = re.compile(r"^(?:[-+](?=\s|[-+]|$)|\d+(?=[.)]))")


def write_markdown(paper: Paper) -> str:
    """Return the paper; tables as tables (GitHub's)."""
    lines = [f"# {escaped(paper.heading)}", ""]
    for each in paper.head:
        lines += [_run(each), ""]
    for part in paper.parts:
        lines += [f"## {escaped(part.title)}", ""]
        for block in part.blocks:
            lines += [*_block(block), ""]
    return "\n".join([*lines, "---", "", escaped(paper.foot), ""])


def escaped(text: str) -> str:
    """Return words as words on one line, whatever they try to be."""
    plain = " ".join(printable(text).split())
    safe = _MARKUP.sub(lambda found: f"\\{found[0]}", plain)
    return _BEGINS.sub(lambda found: f"{found[0]}\\" if found[0].isdigit() else f"\\{found[0]}", safe)


def _block(block: Block) -> Iterable[str]:
    if isinstance(block, Prose):
        return (" ".join(_run(each) for each in block.words),)
    if isinstance(block, Quoted):
        lines = [f"> {escaped(each)}" for each in _lines(block.text)]
        return (*_between(lines), *((">", f"> — {escaped(block.by)}") if block.by else ()))
    if isinstance(block, Listed):
        return tuple(f"- {_run(each)}" for each in block.items)
    return _table(block)


def _lines(text: str) -> list[str]:
    return [each for each in printable(text).splitlines() if each.strip()]


def _between(lines: list[str]) -> list[str]:
    """Return quoted lines, each a paragraph of its own."""
    return [line for n, each in enumerate(lines) for line in ([">", each] if n else [each])]


def _table(table: Table) -> tuple[str, ...]:
    rule = "|".join(" --- " for _ in table.heads)
    rows = (" | ".join(_run(each) or " " for each in row) for row in table.rows)
    return (f"| {' | '.join(escaped(each) for each in table.heads)} |", f"|{rule}|", *(f"| {row} |" for row in rows))


def _run(words: Words) -> str:
    text = escaped(words.text)
    if words.tone in ("strong", "loud") and text:
        text = f"**{text}**"
    parts = [f"**{escaped(words.lead)}**" if words.lead else "", text]
    parts += [f"\\[{', '.join(map(str, words.marks))}\\]"] if words.marks else []
    parts += ["(new)"] if words.fresh else []
    parts += [f"({escaped(words.aside)})"] if words.aside else []
    return " ".join(each for each in parts if each)
