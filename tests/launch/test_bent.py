"""Twenty thousand bent resources from bytes to route, clocks and brief: an answer or a named fault, no traceback."""

import json
import os
import random
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.brief import assemble_brief
from app.core.deadlines import clocks_for, last_safe_booking_at
from app.core.detect import route_denial
from app.core.people import Patient
from app.edges.fhir.bundle import neighbours_of
from app.edges.fhir.chart import read_chart
from app.edges.fhir.claim import claim_of
from app.edges.fhir.claim_response import read_denial
from app.edges.fhir.coverage import coverage_of, read_coverage
from app.edges.fhir.explanation_of_benefit import read_denial_of_eob
from app.edges.fhir.export import resources_in
from app.edges.fhir.feed import pieces_in
from app.edges.fhir.patient import read_patient
from app.edges.fhir.told import read_told
from app.edges.papers import PaperMaker
from app.edges.rulebook import RuleBook
from app.edges.store.cases import encode
from app.errors import BadInput
from launch.files.brief import CHART
from launch.files.routes import Routes
from tests.answers import NOW, ROOT
from tests.bent import HOSTILE, bend, bent_bundle, bent_bytes, bent_resource, charts

NIGHTLY = os.environ.get("PARLEY_NIGHTLY") == "1"
COUNT = 20_000 if NIGHTLY else 500
BOOK = RuleBook.load(ROOT / "app" / "rules")
ROUTES, PAPERS = Routes(rules=BOOK, now=NOW), PaperMaker()
SEEDS = st.integers(0, 2**32)
READERS = {"ClaimResponse": read_denial, "ExplanationOfBenefit": read_denial_of_eob}
many = settings(max_examples=COUNT, deadline=None)
patient_run = pytest.mark.timeout(3_600 if NIGHTLY else 120)


def as_bytes(document: object) -> bytes:
    """Return a document as JSON; half characters stand in it as escapes."""
    return json.dumps(document).encode()


def clocks_after(denial, coverage):
    """Return the clocks of a denial, routed, and its last safe moment."""
    rule = BOOK.payer_rule(coverage, denial)
    routing = route_denial(denial, coverage, rules=BOOK.denials, payer=rule, now=NOW)
    clocks = clocks_for(
        denial, coverage, routing=routing, rule=rule, site_zone="America/Chicago", calendar=BOOK.calendar, now=NOW
    )
    minutes = timedelta(minutes=20)
    return clocks, last_safe_booking_at(clocks, rule=rule, length=minutes, notice=minutes, now=NOW)


@given(SEEDS)
@many
@patient_run
def test_a_bent_answer_is_routed_and_its_clocks_are_counted(seed):
    """Payers' answers, requests and plans, alone and in Bundles, some cut on the way: each route has its because."""
    chance = random.Random(seed)
    alone = chance.choice((("ClaimResponse",), ("ClaimResponse",), ("ExplanationOfBenefit",), ()))
    document = bent_bundle(chance) if chance.random() < 0.6 else bent_resource(chance, *alone)
    data = bent_bytes(document, chance) if chance.random() < 0.3 else as_bytes(document)
    try:
        for piece in pieces_in(data):
            if isinstance(piece, BadInput):
                assert piece.say
                continue
            assert all(routing.because for _, routing, _ in ROUTES.of(piece))
            for _, resource, neighbours in piece.answers():
                claim = claim_of(resource, neighbours)
                read = {"claim": claim} if resource["resourceType"] == "ClaimResponse" else {}
                denial = READERS[resource["resourceType"]](resource, **read)
                plan, payer = coverage_of(resource, neighbours, claim=claim)
                coverage = read_coverage(plan, payer=payer, insurer=denial.insurer)
                clocks, _ = clocks_after(denial, coverage)
                assert all(each.because for each in clocks)
    except BadInput as error:
        assert error.say and error.next


@given(SEEDS)
@many
@patient_run
def test_what_is_sent_bent_is_taken_in_or_refused_by_name(seed):
    """The doors for files and interfaces: what they keep can be stored, what they refuse has a place."""
    chance = random.Random(seed)
    try:
        told = read_told(bent_bytes(bent_bundle(chance), chance))
    except BadInput as error:
        assert error.say
        return
    assert told.answers or told.faults
    for each in told.answers:
        try:
            assert encode(each, what="denial")
        except BadInput as error:  # half a character: said when it is saved
            assert error.say


@given(SEEDS)
@settings(max_examples=COUNT // 4, deadline=None)  # each holds forty resources
@patient_run
def test_a_bent_chart_still_gives_a_brief(seed):
    """Observations, medicines and notes of a story, bent here and there: a page, each sentence with its proof."""
    chance = random.Random(seed)
    chart = [bend(each, chance, 0.01, HOSTILE) if chance.random() < 0.3 else each for each in chance.choice(charts())]
    entries = [{"fullUrl": f"urn:uuid:{number}", "resource": each} for number, each in enumerate(chart)]
    try:
        brief = brief_from(as_bytes({"resourceType": "Bundle", "entry": entries}), chance)
    except BadInput as error:
        assert error.say
        return
    sentences = [each for section in brief.sections for each in section.sentences]
    assert all(sentence.evidence for sentence in sentences)
    assert "<script>" not in PAPERS.html(brief).partition("<body")[2]
    if chance.random() < 0.02:
        assert PAPERS.docx(brief)[:2] == b"PK"


def brief_from(data, chance):
    """Return the brief that `parley brief` and the page make of a chart's bytes."""
    found = neighbours_of(each for each in resources_in(data, CHART) if not isinstance(each, BadInput))
    denial = read_denial(chance.choice([each for each in charts()[0] if each["resourceType"] == "ClaimResponse"]))
    coverage = read_coverage(None, insurer=denial.insurer)
    patient = next((name for name in found if name.startswith("Patient/")), None)
    chart = read_chart(found, patient=patient)
    return assemble_brief(
        denial=denial,
        routing=route_denial(denial, coverage, rules=BOOK.denials, payer=None, now=NOW),
        coverage=coverage,
        patient=read_patient(found[patient], reference=patient) if patient else Patient("Patient", "Not named"),
        clinician=None,
        chart=chart,
        criteria=BOOK.criteria,
        now=NOW,
    )
