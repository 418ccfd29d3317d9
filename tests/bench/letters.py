"""A payer's letter from bytes to explained route, each with words of its own: as text, as Word file, as PDF."""

import time
from pathlib import Path

from tests.bench.race import FULL, Row, race

KINDS = {"text": ".txt", "Word file": ".docx", "PDF": ".pdf"}
MOST_MS = 30


def prepare(folder: Path) -> None:
    """Write the labelled denials as letters of each kind, no two alike."""
    from tests.letters import a_docx, a_pdf, paragraphs, shown
    from tests.texts import DENIED, a_letter

    for number, (_, text) in enumerate(DENIED):
        letter = a_letter(f"{text} ({number})")
        lines = [each.replace("&", "&amp;").replace("<", "&lt;") for each in letter.splitlines()]
        (folder / f"{number}.txt").write_text(letter, encoding="utf-8")
        (folder / f"{number}.docx").write_bytes(a_docx(paragraphs(*lines)))
        (folder / f"{number}.pdf").write_bytes(a_pdf(shown(letter)))


def rows(folder: Path) -> list[Row]:
    """Return what the laps gave; what loads the PDF library is counted, and told apart for who reads a single one."""
    prepare(folder)
    laps = race(("letters:text", "letters:word", "letters:pdf", "letters:first"), folder, rounds=5 if FULL else 2)
    *told, first = laps.values()
    rows = [_row(kind, each) for kind, each in zip(KINDS, told, strict=True)]
    return [
        *rows,
        Row("  the first PDF after the start", round(first.each * 1000, 1), "ms", memory_mib=first.memory_mib),
    ]


def _row(kind: str, laps) -> Row:
    value = round(laps.each * 1000, 1)
    name = f"a letter as {kind}, bytes to explained route"
    return Row(name, value, "ms", goal=f"< {MOST_MS} ms", met=value < MOST_MS, memory_mib=laps.memory_mib)


def text(folder: Path) -> dict:
    """Read and route the letters that are text."""
    return _route(folder, ".txt")


def word(folder: Path) -> dict:
    """Read and route the Word files."""
    return _route(folder, ".docx")


def pdf(folder: Path) -> dict:
    """Read and route the PDFs."""
    return _route(folder, ".pdf")


def first(folder: Path) -> dict:
    """Read and route one PDF, with all that this starts."""
    return _route(folder, ".pdf", most=1)


def _route(folder: Path, suffix: str, *, most: int | None = None) -> dict:
    from datetime import UTC, datetime

    from app.edges.letters.pdf import WARM
    from app.edges.rulebook import RuleBook
    from launch.files.letters import read_letters, route_text
    from launch.files.route import RULES

    rules, now = RuleBook.load(RULES), datetime(2026, 11, 21, 15, tzinfo=UTC)
    files = sorted(folder.glob(f"*{suffix}"))[:most]
    begun = _spent()
    routed = [route_text(each, rules=rules, now=now) for file in files for each in read_letters(str(file))]
    WARM.end()  # what it took is told to us when it has ended
    seconds = _spent() - begun
    assert len(routed) == len(files) and all(routing.because for _, routing, _ in routed)
    return {"seconds": seconds, "count": len(files)}


def _spent() -> float:
    """Return the processor's seconds of this process and of those that it started."""
    import resource

    told = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + told.ru_utime + told.ru_stime
