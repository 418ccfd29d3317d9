"""The payer's copy, and the page for both sides, part by part. They read PayersCopy and nothing else."""

from datetime import UTC

from app.core.brief.paper import Block, Listed, Paper, Part, Prose, Quoted, Table, Words, part_of
from app.core.brief.payers_copy import Cited, PayersCopy, Point
from app.core.brief.words import number

OPEN = "Not shown in the chart."
ASK = "Approve the request as it was made."
NO_NUMBER = "No reference or member number is known: write it in before this is sent."
NOT_TOLD = "The payer gave no reason in words."
ALL_THERE = "Nothing, as far as the record of the request shows."
NOTHING_NAMED = "The payer's words name no criterion."


def copy_paper(copy: PayersCopy) -> Paper:
    """Return the payer's copy: what was asked, why it was denied, and what answers that."""
    return Paper(
        kind=f"Payer's copy: {copy.service}",
        heading="Payer's copy",
        strip=_strip(copy, "Payer's copy"),
        head=_head(copy),
        parts=(
            *part_of("Protected by law", Listed(tuple(Words(each, tone="strong") for each in copy.notices))),
            *_denied(copy),
            *_points(copy),
            *part_of("We ask", Prose((Words(ASK, tone="strong"),))),
            *_received(copy),
            *_missing(copy),
        ),
        foot=_foot(copy, "Only what the criteria at issue need; quotes are from the patient's chart."),
        made_at=copy.made_at,
    )


def sheet_paper(copy: PayersCopy) -> Paper:
    """Return the page that both sides hold, so that the call begins at the disagreement: no argument stands in it."""
    criteria = Listed(tuple(Words(each.text) for each in copy.points))
    named = criteria if copy.points else Prose((Words(NOTHING_NAMED),))
    return Paper(
        kind=f"Peer-to-peer call, for both sides: {copy.service}",
        heading="Peer-to-peer call: one page for both sides",
        strip=_strip(copy, "Peer-to-peer call"),
        head=_head(copy),
        parts=(*_denied(copy), *part_of("Criteria at issue", named), *_received(copy), *_missing(copy)),
        foot=_foot(copy, "The same page for both sides of the call."),
        made_at=copy.made_at,
    )


def _strip(copy: PayersCopy, what: str) -> str:
    numbers = [f"{name} {value}" for name, value in copy.numbers]
    return " · ".join([what, *numbers, *([copy.initials] if copy.initials else [])])


def _head(copy: PayersCopy) -> tuple[Words, ...]:
    many = f", quantity {number(copy.quantity)}" if copy.quantity and copy.quantity > 1 else ""
    codes = f" ({copy.codes})" if copy.codes and copy.codes not in copy.service else ""
    numbers = [f"{name} {value}" for name, value in copy.numbers]
    who = [*numbers, f"patient's initials {copy.initials}" if copy.initials else ""]
    npi = f", NPI {copy.npi}" if copy.npi else ""
    sides = [copy.payer, f"reviewer {copy.reviewer}" if copy.reviewer else ""]
    sides += [f"for the patient {copy.clinician}{npi}" if copy.clinician else ""]
    lines = [Words(f"{copy.service}{codes}{many}", lead="Request:"), Words(" · ".join(each for each in who if each))]
    lines += [] if copy.is_found else [Words(NO_NUMBER, tone="open")]
    return (*lines, Words(" · ".join(each for each in sides if each)))


def _denied(copy: PayersCopy) -> tuple[Part, ...]:
    said: list[Block] = [Quoted(each) for each in copy.denied] or [Prose((Words(NOT_TOLD),))]
    codes = Prose((Words(f"Codes: {', '.join(copy.reasons)}"),)) if copy.reasons else None
    return part_of("Denied because", *said, codes)


def _points(copy: PayersCopy) -> tuple[Part, ...]:
    rows = tuple(_row(each) for each in copy.points)
    table = Table(("Criterion at issue", "What the chart shows", "Where"), (0.30, 0.42, 0.28), rows)
    return part_of("Criteria at issue, and our answer", table if rows else Prose((Words(NOTHING_NAMED),)))


def _row(point: Point) -> tuple[Words, ...]:
    if not point.answer:
        return Words(point.text), Words(OPEN, tone="open"), Words("—")
    told = dict.fromkeys(_where(each, said=point.answer) for each in point.cited)
    answer = f"{point.answer[:1].upper()}{point.answer[1:]}"
    return Words(point.text), Words(answer, tone="strong"), Words("; ".join(told) or "—")


def _where(cited: Cited, *, said: str) -> str:
    """Return where the words stand, and the words where the answer does not hold them."""
    where = ", ".join(each for each in (cited.title or "chart entry", cited.shown_days) if each)
    return where if cited.quote in said else f"“{cited.quote}” {where}".strip()


def _received(copy: PayersCopy) -> tuple[Part, ...]:
    told = tuple(Words(each.title, aside=each.day or "") for each in copy.received)
    silent = Prose((Words("The record of the request does not show which documents went with it."),))
    return part_of("Documentation received", Listed(told) if told else silent)


def _missing(copy: PayersCopy) -> tuple[Part, ...]:
    told = Listed(tuple(Words(each) for each in copy.missing))
    return part_of("What is missing", told if copy.missing else Prose((Words(ALL_THERE),)))


def _foot(copy: PayersCopy, note: str) -> str:
    return f"{note} Made {copy.made_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC."
