"""
`parley brief BUNDLE [--denial ClaimResponse/ID] [--out DIR] [--json]`: the one-page brief from an export.

BUNDLE is a chart as a FHIR Bundle of any type. The denial stands in it, or in a file of its own (`--denial FILE`, or
`FILE#ClaimResponse/ID` where the file holds several). Writes brief.html and brief.docx; with --json alone, nothing.
"""

import argparse
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import msgspec

from app.core.brief import Brief, Evidence, assemble_brief
from app.core.brief.measures import Course, Reading
from app.core.denial import Coverage, Denial
from app.core.detect import route_denial
from app.core.people import Patient
from app.edges.fhir.bundle import neighbours_of
from app.edges.fhir.chart import READ
from app.edges.fhir.claim import claim_of
from app.edges.fhir.claim_response import read_denial
from app.edges.fhir.coverage import coverage_of, read_coverage
from app.edges.fhir.datatypes import instant_of, local_reference
from app.edges.fhir.explanation_of_benefit import read_denial_of_eob
from app.edges.fhir.export import resources_in
from app.edges.fhir.feed import Piece, pieces_in
from app.edges.fhir.patient import read_patient
from app.edges.letters import text_and_warnings
from app.edges.papers import PaperMaker
from app.edges.rulebook import RuleBook
from app.errors import BadInput
from launch.files.reading import complain, read_bytes, shown_name

RULES = Path(__file__).parents[2] / "app" / "rules"
_ANSWER = re.compile(r"(?:ClaimResponse|ExplanationOfBenefit)/[A-Za-z0-9\-.]{1,64}")
CHART = frozenset({*READ, "Patient", "Medication", "Binary"})
OTHER_PATIENT = "The denial and the chart name their patient differently: make sure that both are of one person."


@dataclass(frozen=True, slots=True)
class _Answer:
    """A payer's answer with the plan behind it."""

    denial: Denial
    coverage: Coverage


def run(argv: list[str], *, stdin: IO[Any], stdout: IO[str], stderr: IO[str]) -> int:
    """Build the brief that `argv` asks for; return 0, or 2 when something could not be read or written."""
    asked = _parser().parse_args(argv)
    status, at = 0, asked.bundle
    try:
        data = read_bytes(asked.bundle, stdin=stdin)
        resources, faults = _resources_of(data)
        at, source, wanted = _where(asked.denial, bundle_name=asked.bundle)
        if source is not None:
            data = read_bytes(source, stdin=stdin)
        answer = _answer_in(data, wanted)
        at = asked.bundle
        for fault in faults:
            complain(at, fault, stderr=stderr)
            status = 2
        brief = _brief(answer, resources, patient=asked.patient, now=asked.now, stderr=stderr)
    except BadInput as error:
        complain(at, error, stderr=stderr)
        return 2
    if asked.out is not None or not asked.json:
        status = max(status, _write(brief, Path(asked.out or "."), say=None if asked.json else stdout, stderr=stderr))
    print(_as_json(brief) if asked.json else _as_text(brief), file=stdout)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="parley brief", description="The one-page brief for one denial.")
    parser.add_argument("bundle", metavar="BUNDLE", help='the chart: a FHIR Bundle of any type; "-" for standard input')
    parser.add_argument(
        "--denial",
        metavar="ClaimResponse/ID",
        help="which answer of the Bundle; or FILE, or FILE#ClaimResponse/ID, where the denial stands in another file "
        "(needed only when there are several)",
    )
    parser.add_argument("--patient", metavar="Patient/ID", help="whose chart, where the Bundle holds several patients")
    parser.add_argument("--out", metavar="DIR", help="where brief.html and brief.docx go (default: here)")
    parser.add_argument("--json", action="store_true", help="print JSON; without --out nothing is written")
    parser.add_argument(
        "--now", type=_instant, default=datetime.now(UTC), metavar="ISO", help="the time to reckon with"
    )
    return parser


def _instant(text: str) -> datetime:
    if (moment := instant_of(text)) is None:
        raise argparse.ArgumentTypeError("not an ISO 8601 time")
    return moment


def _resources_of(data: bytes) -> tuple[dict[str, dict], list[BadInput]]:
    """Return the chart's resources by "Type/ID" and by full URL, and what of the Bundle could not be read."""
    found, faults = [], []
    for each in resources_in(data, CHART):
        (faults if isinstance(each, BadInput) else found).append(each)
    return neighbours_of(found), faults


def _where(denial: str | None, *, bundle_name: str) -> tuple[str, str | None, str | None]:
    """Return (name for messages, file or None for the Bundle, reference or None for the only answer in it)."""
    if denial is None or (_ANSWER.fullmatch(denial) and not Path(denial).is_file()):
        return bundle_name, None, denial
    file, _, reference = denial.partition("#") if not Path(denial).is_file() else (denial, "", "")
    return file, file, reference or None


def _answer_in(data: bytes, wanted: str | None) -> _Answer:
    """Return one answer of a document, wherever else in it something cannot be read."""
    found: dict[str, tuple[Piece, str]] = {}
    for piece in pieces_in(data):
        if isinstance(piece, Piece):
            found |= {local_reference(each) or path: (piece, path) for path, each, _ in piece.answers()}
    if wanted is None and len(found) == 1:
        wanted = next(iter(found))
    if wanted is None or wanted not in found:
        known = ", ".join(list(found)[:5]) or "none"
        what = f"no answer {wanted} in it" if wanted else "which answer is not said"
        raise BadInput(f"{what}; it holds {known}", next="Name one of them with --denial, or the file that holds it.")
    piece, place = found[wanted]
    resource, neighbours = next((each, around) for path, each, around in piece.answers() if path == place)
    try:
        return _read(resource, neighbours)
    except BadInput as error:
        raise error.within(place) from error


def _read(resource: dict[str, Any], neighbours: Mapping[str, dict]) -> _Answer:
    claim = claim_of(resource, neighbours)
    is_response = resource["resourceType"] == "ClaimResponse"
    denial = read_denial(resource, claim=claim) if is_response else read_denial_of_eob(resource)
    covered, payor = coverage_of(resource, neighbours, claim=claim)
    return _Answer(denial, read_coverage(covered, payer=payor, insurer=denial.insurer))


def _brief(
    answer: _Answer, resources: dict[str, dict], *, patient: str | None, now: datetime, stderr: IO[str]
) -> Brief:
    """Return the brief; a denial that names its patient differently is told, on the page too."""
    denial, rules, papers = answer.denial, RuleBook.load(RULES), PaperMaker(read_file=text_and_warnings)
    of_denial = denial.patient if denial.patient in resources else None
    chart = papers.chart(resources, patient=patient or of_denial)
    person = resources.get(chart.patient or "")
    found = Patient(chart.patient or "Patient", "Patient not named in the chart")
    payer = rules.payer_rule(answer.coverage, denial)
    brief = assemble_brief(
        denial=denial,
        routing=route_denial(denial, answer.coverage, rules=rules.denials, payer=payer, now=now),
        coverage=answer.coverage,
        patient=read_patient(person, reference=chart.patient) if person else found,
        clinician=None,
        chart=chart,
        criteria=rules.criteria,
        now=now,
    )
    if of_denial is not None and (patient is None or resources.get(patient) is resources[of_denial]):
        return brief
    print(f"warning: {OTHER_PATIENT}", file=stderr)
    return replace(brief, missing=(OTHER_PATIENT, *brief.missing))


def _write(brief: Brief, folder: Path, *, say: IO[str] | None, stderr: IO[str]) -> int:
    papers = PaperMaker()
    made = {"brief.html": papers.html(brief).encode(), "brief.docx": papers.docx(brief)}
    for name, body in made.items():
        path = folder / name
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path.write_bytes(body)
        except OSError as error:
            wrong = BadInput(f"cannot be written ({error.strerror})", next="Choose another folder with --out.")
            complain(str(path), wrong, stderr=stderr)
            return 2
        if say is not None:
            print(f"wrote {shown_name(str(path))}", file=say)
    return 0


def _as_json(brief: Brief) -> str:
    told = {
        "denial": {
            "verbatim": "\n".join(each.text for each in brief.verbatim),
            "codes": [{"system": each.system, "code": each.code} for each in brief.codes],
            "quotes": [{"reference": each.reference, "path": each.path, "quote": each.text} for each in brief.verbatim],
        },
        "answer": brief.answer.text,
        "answered": brief.answered,
        "ask": brief.ask,
        "fallback": brief.fallback,
        "sections": [
            {
                "title": section.title,
                "sentences": [{"text": each.text, "evidence": _evidence(each.evidence)} for each in section.sentences],
            }
            for section in brief.sections
        ],
        "missing": list(brief.missing),
        "criteria": [
            {"key": each.criterion.key, "text": each.criterion.text, "status": each.status.value}
            | {"detail": each.detail, "evidence": _evidence(each.evidence)}
            for each in brief.criteria
        ],
        "measures": [_course(each) for each in brief.courses],
    }
    return msgspec.json.format(msgspec.json.encode(told), indent=2).decode()


def _evidence(evidence: tuple[Evidence, ...]) -> list[dict[str, str | None]]:
    return [
        {"reference": each.reference, "path": each.path, "date": each.date, "quote": each.quote} for each in evidence
    ]


def _course(course: Course) -> dict[str, Any]:
    system, code, _ = course.series
    return {
        "label": course.label,
        "system": system,
        "code": code,
        "unit": course.unit,
        "first": _reading(course.baseline),
        "latest": _reading(course.recent),
        "delta": course.delta,
        "days": course.days,
    }


def _reading(reading: Reading) -> list[str | float]:
    """Return [instant, value]; the lower value where one instant holds two."""
    return [reading.at.isoformat(), reading.values[0].value]


def _as_text(brief: Brief) -> str:
    lines = [f"{brief.service.label} · {brief.payer}", ""]
    lines += [f"denied    “{each.text}”" for each in brief.verbatim] or ["denied    (no words given)"]
    lines += [f"answer    {brief.answer.text}", f"ask       {brief.ask}", ""]
    lines += [f"{each.status.value:<15} {each.criterion.text}" for each in brief.criteria]
    lines += [f"missing   {each}" for each in brief.missing]
    return "\n".join(lines)
