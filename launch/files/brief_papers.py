"""The papers that `parley brief` writes: each as HTML, Word document, PDF and Markdown."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO

from app.core.brief.packet import Packet
from app.core.brief.payers_copy import lacking_for, payers_copy
from app.core.outcome.appeal import Appeal
from app.edges.papers import PaperMaker
from app.edges.papers.pdf import NoPdf
from app.errors import BadInput
from launch.files.reading import complain, shown_name

FORMS = ("html", "docx", "pdf", "md")
PAYERS = ("payers-copy", "call-sheet")


def write_papers(
    packet: Packet, wanted: Sequence[str], folder: Path, *, appeal: Appeal | None, say: IO[str] | None, stderr: IO[str]
) -> int:
    """Write the papers of these names; return 0, or 2 when one could not be made or written."""
    status, papers = 0, PaperMaker()
    for name in wanted:
        if lacking := lacking_for(name, packet.brief) if name in PAYERS else ():
            why = BadInput(f"not made: {' '.join(each.text for each in lacking)}", next="Find what is missing first.")
            complain(name, why, stderr=stderr)
            status = 2
            continue
        for form, body in _forms(_maker(papers, packet, appeal, name), name, stderr=stderr):
            if not _kept(folder / f"{name}.{form}", body, say=say, stderr=stderr):
                return 2
    return status


def _forms(make: Callable[[str], bytes], name: str, *, stderr: IO[str]) -> Iterator[tuple[str, bytes]]:
    """Yield one paper in each form; a machine that can make no PDF says so and makes the others."""
    for form in FORMS:
        try:
            yield form, make(form)
        except NoPdf as error:
            print(f"warning: {name}.pdf: {error.say} {error.next}", file=stderr)


def _maker(papers: PaperMaker, packet: Packet, appeal: Appeal | None, name: str) -> Callable[[str], bytes]:
    if name == "brief":
        return lambda form: papers.brief(packet.brief, form)
    if name == "packet":
        return lambda form: papers.packet(packet, form)
    if name == "appeal" and appeal is not None:
        return lambda form: papers.appeal(appeal, form)
    copy = payers_copy(packet)
    return lambda form: papers.payers_copy(copy, form) if name == "payers-copy" else papers.call_sheet(copy, form)


def _kept(path: Path, body: bytes, *, say: IO[str] | None, stderr: IO[str]) -> bool:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    except OSError as error:
        wrong = BadInput(f"cannot be written ({error.strerror})", next="Choose another folder with --out.")
        complain(str(path), wrong, stderr=stderr)
        return False
    if say is not None:
        print(f"wrote {shown_name(str(path))}", file=say)
    return True
