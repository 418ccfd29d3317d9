"""
Letters and bare texts for `parley route`: .txt, .pdf and .docx hold one letter, .jsonl one {"id", "text"} a line.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from app.core.denial import Routing
from app.core.detect import route_denial
from app.core.detect.letter import as_coverage, as_denial, read_letter
from app.edges.letters import MAX_BYTES, read_text
from app.edges.rulebook import RuleBook
from app.errors import BadInput

LETTERS = (".txt", ".pdf", ".docx")
LINES = ".jsonl"
_MOST_LINE = 1024 * 1024  # bytes; a longer line is no letter
_EXPECTED = 'Give one JSON object a line, {"id": …, "text": …}; FHIR resources a line are read from .ndjson.'
_decode = msgspec.json.Decoder().decode


@dataclass(frozen=True, slots=True)
class Text:
    """One letter or bare text: `reference` names it in the answer, `warnings` what to know before trusting it."""

    reference: str
    text: str
    warnings: tuple[str, ...] = ()


def is_letter(name: str) -> bool:
    """Whether a file is a letter or a list of texts, by its name; JSON and XML are told by their content."""
    return Path(name).suffix.lower() in (*LETTERS, LINES)


def read_letters(name: str) -> Iterator[Text | BadInput]:
    """Yield the texts of a file, and what is wrong with a line; raises BadInput where nothing of it can be read."""
    try:
        with Path(name).open("rb") as file:
            if Path(name).suffix.lower() != LINES:
                letter = read_text(file.read(MAX_BYTES + 1))
                yield Text("letter", letter.text, letter.warnings)
                return
            number = 0
            while line := file.readline(_MOST_LINE + 1):
                number += 1
                yield from _line(line, number)
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        raise BadInput(f"cannot be opened ({getattr(error, 'strerror', None) or 'read error'})") from error


def route_text(text: Text, *, rules: RuleBook, now: datetime) -> tuple[str, Routing, tuple[str, ...]]:
    """Return (reference, routing, warnings) for a letter or a bare text."""
    read = read_letter(text.text, rules=rules.denials, now=now)
    denial, coverage = as_denial(read, reference=text.reference), as_coverage(read)
    payer = rules.payer_rule(coverage, denial)
    routing = route_denial(denial, coverage, rules=rules.denials, payer=payer, now=now)
    return text.reference, routing, (*text.warnings, *denial.warnings)


def _line(line: bytes, number: int) -> Iterator[Text | BadInput]:
    """Yield the text of one line, or what is wrong with it; nothing for an empty one."""
    if not line.strip().removeprefix(b"\xef\xbb\xbf"):
        return
    place = f"line {number}"
    if len(line) > _MOST_LINE:
        yield BadInput("longer than a letter", path=place, next=_EXPECTED)
        return
    try:
        told = _decode(line.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        yield BadInput("not JSON", path=place, next=_EXPECTED)
        return
    known = told if isinstance(told, dict) else {}
    name, text = known.get("id"), known.get("text")
    if isinstance(text, str) and isinstance(name, str | int) and not isinstance(name, bool):
        yield Text(str(name), text)
    else:
        yield BadInput('no "id" and "text" in it', path=place, next=_EXPECTED)
