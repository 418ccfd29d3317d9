"""The note of an outcome as a paper: what is filed, faxed or copied where the EHR takes no note from us."""

from collections.abc import Iterator
from datetime import datetime

from app.core.brief.paper import Listed, Paper, Part, Prose, Words
from app.core.people import Patient

FOOT = "As it was recorded; the payer's words are quoted."


def note_paper(text: str, *, title: str, patient: Patient, at: datetime) -> Paper:
    """
    Return the paper of a note.

    text: as note_of gives it: parts apart by an empty line, a part's heading in capitals
    at: when it was recorded
    """
    blocks = [[line for line in each.split("\n") if line.strip()] for each in text.split("\n\n")]
    head, *rest = [each for each in blocks if each] or [[title]]
    born = f"born {patient.birth_date}" if patient.birth_date else "date of birth not known"
    who = ", ".join(each for each in (patient.name, born, f"MRN {patient.mrn}" if patient.mrn else "") if each)
    return Paper(
        kind=title,
        heading=title,
        strip=f"{who} · {title}",
        head=(Words(who, tone="strong"), *(Words(each) for each in head[_is_heading(head[0]) :])),
        parts=tuple(_parts(rest)),
        foot=FOOT,
        made_at=at,
    )


def _parts(blocks: list[list[str]]) -> Iterator[Part]:
    """Yield a part for each heading with all that stands under it; what has none goes under the one before."""
    title, told = "Note", []
    for block in blocks:
        if _is_heading(block[0]) and len(block) > 1:
            if told:
                yield Part(title, tuple(told))
            title, told, block = block[0], [], block[1:]
        told.append(_lines(block))
    if told:
        yield Part(title, tuple(told))


def _lines(lines: list[str]) -> Prose | Listed:
    words = tuple(Words(each) for each in lines)
    return Listed(words) if len(lines) > 1 else Prose(words)


def _is_heading(line: str) -> bool:
    return line == line.upper() and any(letter.isalpha() for letter in line)
