"""
`parley route FILE… [--now ISO] [--json]`: where each payer's answer in some files goes, and why.

Reads a ClaimResponse, an ExplanationOfBenefit, Parameters, or a Bundle of any type holding some, as FHIR JSON or XML,
and NDJSON (a resource a line); a denial letter as .txt, .pdf or .docx; bare texts as .jsonl, one {"id", "text"} a line.
Exit status 0, or 2 when something could not be read; the rest is still routed.
"""

import argparse
import textwrap
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import IO, Any

import msgspec

from app.core.denial import Code, LineRouting, Offer, Routing
from app.edges.fhir.datatypes import instant_of
from app.edges.fhir.feed import Piece
from app.edges.rulebook import RuleBook
from app.errors import BadInput
from launch.files.letters import Text, is_letter, read_letters, route_text
from launch.files.reading import complain, read_pieces, shown_name
from launch.files.routes import Routed, Routes

RULES = Path(__file__).parents[2] / "app" / "rules"
_MOST_SAID = 100  # faults of one file that are told each; of a million bad lines nobody reads the second hundred
_HOPELESS = 10_000  # faults without one answer, after which the rest of a file is left


def run(argv: list[str], *, stdin: IO[Any], stdout: IO[str], stderr: IO[str]) -> int:
    """Route every answer in the files named by `argv`; return the exit status."""
    asked = _parser().parse_args(argv)
    rules = RuleBook.load(RULES)
    routes, texts = Routes(rules=rules, now=asked.now), partial(route_text, rules=rules, now=asked.now)
    rows: list[tuple[str, str, Routing]] = []
    status = 0
    for name in asked.files:
        pieces = read_letters(name) if is_letter(name) else read_pieces(name, stdin=stdin)
        for row in _rows(name, pieces, routes=routes, texts=texts, stderr=stderr):
            if row is None:
                status = 2
            else:
                rows.append(row)
    print(_as_json(rows) if asked.json else _as_table(rows), file=stdout)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="parley route", description="Where each payer's answer goes, and why.")
    parser.add_argument("files", nargs="+", metavar="FILE", help='ClaimResponse, Bundle, letter …; "-": FHIR')
    parser.add_argument(
        "--now", type=_instant, default=datetime.now(UTC), metavar="ISO", help="the time to reckon with"
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    return parser


def _instant(text: str) -> datetime:
    if (moment := instant_of(text)) is None:
        raise argparse.ArgumentTypeError("not an ISO 8601 time")
    return moment


def _rows(
    name: str,
    pieces: Iterator[Piece | Text | BadInput],
    *,
    routes: Routes,
    texts: Callable[[Text], Routed],
    stderr: IO[str],
) -> Iterator[tuple[str, str, Routing] | None]:
    """Yield a row for each answer in a file, and None for each part that could not be read, said on stderr."""
    try:
        for piece in _told(name, pieces, stderr=stderr):
            if piece is None:
                yield None
                continue
            yield from _routed(name, piece, routes=routes, texts=texts, stderr=stderr)
    except BadInput as error:
        complain(name, error, stderr=stderr)
        yield None


def _routed(
    name: str, piece: Piece | Text, *, routes: Routes, texts: Callable[[Text], Routed], stderr: IO[str]
) -> Iterator[tuple[str, str, Routing] | None]:
    try:
        for resource, routing, warnings in (texts(piece),) if isinstance(piece, Text) else routes.of(piece):
            yield shown_name(name), resource, routing
            for warning in warnings:
                print(f"{shown_name(name)}: {resource}: {warning}", file=stderr)
    except BadInput as error:
        complain(name, error.within(piece.path if isinstance(piece, Piece) else piece.reference), stderr=stderr)
        yield None


def _told(name: str, pieces: Iterator[Piece | Text | BadInput], *, stderr: IO[str]) -> Iterator[Piece | Text | None]:
    """Yield the parts of a file, None for one that cannot be read; the first hundred of those are told each."""
    faults = 0
    for number, piece in enumerate(pieces, 1):
        if not isinstance(piece, BadInput):
            yield piece
            continue
        yield None
        faults += 1
        if faults <= _MOST_SAID:
            complain(name, piece, stderr=stderr)
        if faults == number == _HOPELESS:
            raise BadInput(f"none of its first {number:,} parts can be read, so the rest was left")
    if faults > _MOST_SAID:
        print(f"{shown_name(name)}: {faults - _MOST_SAID:,} more parts of it could not be read.", file=stderr)


def _as_json(rows: list[tuple[str, str, Routing]]) -> str:
    listed = [_entry(*row) for row in rows]
    return msgspec.json.format(msgspec.json.encode(listed), indent=2).decode()


def _entry(file: str, resource: str, routing: Routing) -> dict[str, Any]:
    return {
        "file": file,
        "resource": resource,
        "decision": routing.decision,
        "route": routing.route,
        "lane": routing.lane,
        "lines": [_line(line) for line in routing.lines],
        "because": routing.because,
        "missing": routing.missing,
        "offer": _offer(routing.offer) if routing.offer else None,
        "reason_kind": routing.reason_kind,
    }


def _line(line: LineRouting) -> dict[str, Any]:
    return {
        "sequence": line.sequence,
        "decision": line.decision,
        "route": line.route,
        "codes": [_code(code) for code in line.codes],
        "because": line.because,
    }


def _code(code: Code) -> dict[str, str | None]:
    return {"system": code.system, "code": code.code}


def _offer(offer: Offer) -> dict[str, Any]:
    at = offer.deadline_at.isoformat() if offer.deadline_at else None
    return {"deadline_at": at, "phone": offer.phone, "reference": offer.reference, "quote": offer.quote}


def _as_table(rows: list[tuple[str, str, Routing]]) -> str:
    if not rows:
        return "No payer's answer found."
    shown: list[str] = []
    for file, resource, routing in rows:
        lane = f" ({routing.lane.value.replace('_', '-')})" if routing.lane else ""
        shown.append(f"{file}  {resource}")
        shown.append(f"  {routing.decision.value} → {routing.route.value}{lane}   {routing.reason or ''}".rstrip())
        shown += [line for say in routing.because for line in _wrapped(say, "    because  ")]
        shown += [line for say in routing.missing for line in _wrapped(say, "    missing  ")]
        if routing.offer:
            by = f"{routing.offer.deadline_at:%Y-%m-%d %H:%M} UTC" if routing.offer.deadline_at else "no date told"
            shown += _wrapped(f"until {by}, phone {routing.offer.phone or 'not told'}", "    offer    ")
        shown.append("")
    return "".join(each if each.isprintable() or each == "\n" else "\ufffd" for each in "\n".join(shown).rstrip())


def _wrapped(text: str, lead: str) -> list[str]:
    return textwrap.wrap(text, width=110, initial_indent=lead, subsequent_indent=" " * len(lead))
