"""
`parley brief BUNDLE [--denial ClaimResponse/ID] [--out DIR] [--json]`: the one-page brief from an export.

BUNDLE is a chart as a FHIR Bundle of any type. The denial stands in it, or in a file of its own (`--denial FILE`, or
`FILE#ClaimResponse/ID` where the file holds several). Writes brief.html, .docx, .pdf and .md; --packet, --payer-copy
and --appeal write those papers too; with --json alone, nothing.
"""

import argparse
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from app.core.brief import assemble_brief
from app.core.brief.packet import Packet, behind_of, received_of
from app.core.brief.sending import Submission, answered_when
from app.core.denial import Coverage, Denial
from app.core.detect import route_denial
from app.core.outcome.appeal import Appeal, appeal_of
from app.core.outcome.appeal.choice import Choice
from app.core.outcome.appeal.lines import appealed_lines, narrowed
from app.core.people import Patient
from app.edges.fhir.bundle import neighbours_of
from app.edges.fhir.chart import READ
from app.edges.fhir.claim import claim_of
from app.edges.fhir.claim_response import read_denial
from app.edges.fhir.coverage import coverage_of, read_coverage
from app.edges.fhir.datatypes import instant_of, local_reference, reference_of
from app.edges.fhir.explanation_of_benefit import read_denial_of_eob
from app.edges.fhir.export import resources_in
from app.edges.fhir.feed import Piece, pieces_in
from app.edges.fhir.patient import read_patient
from app.edges.fhir.submission import read_submission
from app.edges.letters import text_and_warnings
from app.edges.papers import PaperMaker
from app.edges.rulebook import RuleBook
from app.errors import BadInput
from launch.files.brief_appeal import case_of_export
from launch.files.brief_papers import PAYERS, write_papers
from launch.files.brief_told import as_json, as_text
from launch.files.reading import complain, read_bytes

RULES = Path(__file__).parents[2] / "app" / "rules"
_ANSWER = re.compile(r"(?:ClaimResponse|ExplanationOfBenefit)/[A-Za-z0-9\-.]{1,64}")
CHART = frozenset({*READ, "Patient", "Medication", "Binary", "Communication"})
NO_MESSAGES = "The export holds no messages to the payer, so it may have been sent since."
OTHER_PATIENT = "The denial and the chart name their patient differently: make sure that both are of one person."


@dataclass(frozen=True, slots=True)
class _Answer:
    """A payer's answer with the plan behind it."""

    denial: Denial
    coverage: Coverage
    claim: dict[str, Any] | None


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
        packet = _packet(answer, resources, patient=asked.patient, now=asked.now, stderr=stderr)
    except BadInput as error:
        complain(at, error, stderr=stderr)
        return 2
    wanted = ["brief", *(["packet"] if asked.packet else []), *(PAYERS if asked.payer_copy else [])]
    wanted += ["appeal"] if asked.appeal else []
    if asked.out is not None or not asked.json or len(wanted) > 1:
        say = None if asked.json else stdout
        appeal = _appeal(packet, answer, resources, patient=asked.patient, now=asked.now) if asked.appeal else None
        out = Path(asked.out or ".")
        status = max(status, write_papers(packet, wanted, out, appeal=appeal, say=say, stderr=stderr))
    print(as_json(packet.brief) if asked.json else as_text(packet.brief), file=stdout)
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
    parser.add_argument("--out", metavar="DIR", help="where the papers go (default: here)")
    parser.add_argument("--packet", action="store_true", help="write the packet for our side too")
    parser.add_argument(
        "--payer-copy", action="store_true", help="write the payer's copy and the page for both sides of the call too"
    )
    parser.add_argument(
        "--appeal", action="store_true", help="write the appeal too, marked as a draft until all is there"
    )
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
    return _Answer(denial, read_coverage(covered, payer=payor, insurer=denial.insurer), claim)


def _packet(
    answer: _Answer, resources: dict[str, dict], *, patient: str | None, now: datetime, stderr: IO[str]
) -> Packet:
    """Return the packet; a denial that names its patient differently is told, on the page too."""
    denial, rules, papers = answer.denial, RuleBook.load(RULES), PaperMaker(read_file=text_and_warnings)
    of_denial = denial.patient if denial.patient in resources else None
    chart = papers.chart(resources, patient=patient or of_denial)
    person = resources.get(chart.patient or "")
    found = Patient(chart.patient or "Patient", "Patient not named in the chart")
    payer = rules.payer_rule(answer.coverage, denial)
    documents = papers.documents(resources, patient=chart.patient)
    submission = _submission(answer, resources)
    brief = assemble_brief(
        denial=denial,
        routing=route_denial(denial, answer.coverage, rules=rules.denials, payer=payer, now=now),
        coverage=answer.coverage,
        patient=read_patient(person, reference=chart.patient) if person else found,
        clinician=None,
        chart=chart,
        criteria=rules.criteria,
        now=now,
        documents=documents,
        submission=submission,
    )
    if of_denial is None or not (patient is None or resources.get(patient) is resources[of_denial]):
        print(f"warning: {OTHER_PATIENT}", file=stderr)
        brief = replace(brief, missing=(OTHER_PATIENT, *brief.missing))
    when = answered_when(denial)
    return Packet(
        brief=brief,
        documents=behind_of(brief, documents, submission, answered=when),
        received=received_of(documents, submission, answered=when),
    )


def _appeal(
    packet: Packet, answer: _Answer, resources: dict[str, dict], *, patient: str | None, now: datetime
) -> Appeal:
    """Return the appeal; where it is about some lines alone, its brief is of these."""
    rules = RuleBook.load(RULES)
    case = case_of_export(packet, answer.denial, answer.coverage, rules=rules, now=now)
    denial = narrowed(case, appealed_lines(case))
    if denial.lines != answer.denial.lines:
        packet = _packet(replace(answer, denial=denial), resources, patient=patient, now=now, stderr=io.StringIO())
    rule = rules.payer_by_key(case.payer_key)
    zone = rule.hours.zone if rule and rule.hours else rules.calendar.cautious.zone
    appeal = appeal_of(case, packet, Choice(), rule=rule, zone=zone, now=now)
    return replace(appeal, is_one_person=OTHER_PATIENT not in packet.brief.missing)


def _submission(answer: _Answer, resources: Mapping[str, dict]) -> Submission | None:
    """Return what the export tells of the request as it was sent; None where the request is not in it."""
    if answer.claim is None:
        return None
    denial = answer.denial
    messages = [each for each in resources.values() if each.get("resourceType") == "Communication"]
    payers = (denial.insurer.reference, answer.coverage.payer.reference)

    def local(reference: object) -> str | None:
        found = resources.get(reference_of(reference) or "")
        return local_reference(found) if found else None

    return read_submission(
        [answer.claim],
        messages,
        names=frozenset(each for each in (denial.reference, denial.request, local_reference(answer.claim)) if each),
        payers=frozenset(each for each in payers if each),
        local=local,
        trouble=() if messages else (NO_MESSAGES,),
    )
