"""Payers' answers for tests, as FHIR JSON; a builder takes only what matters to the test."""

from datetime import UTC, datetime
from pathlib import Path

from app.core.denial import Coverage
from app.core.detect import route_denial
from app.core.people import Party
from app.edges.fhir.claim_response import read_denial
from app.edges.rulebook.denials import load_denial_rules

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"
RULES = load_denial_rules(ROOT / "app" / "rules" / "denials.toml")
NOW = datetime(2026, 11, 21, 15, tzinfo=UTC)
CREATED = "2026-11-20T15:04:00-06:00"  # a Friday
PAS = "http://hl7.org/fhir/us/davinci-pas/StructureDefinition/"
ACTION = "https://codesystem.x12.org/005010/306"
REASON = "https://codesystem.x12.org/external/886"
CARC = "https://x12.org/codes/claim-adjustment-reason-codes"
RARC = "https://x12.org/codes/remittance-advice-remark-codes"


def coding(system, code, **more):
    """Return a CodeableConcept of one code."""
    return {"coding": [{"system": system, "code": code, **more}]}


def review_action(code=None, *reasons, number=None):
    """Return the PAS review action extension, with X12 306 and 886 codes."""
    inner = [{"url": "number", "valueString": number}] if number else []
    if code:
        inner.append({"url": PAS + "extension-reviewActionCode", "valueCodeableConcept": coding(ACTION, code)})
    inner += [{"url": "reasonCode", "valueCodeableConcept": coding(REASON, each)} for each in reasons]
    return {"url": PAS + "extension-reviewAction", "extension": inner}


def line(sequence=1, code=None, *reasons, carc=(), notes=(), **more):
    """Return one ClaimResponse.item."""
    adjudications = [{"extension": [review_action(code, *reasons)]}] if code or reasons else []
    adjudications += [{"reason": coding(RARC if each[0] in "MN" else CARC, each)} for each in carc]
    found = {"itemSequence": sequence, "adjudication": adjudications, **more}
    return {**found, "noteNumber": list(notes)} if notes else found


def answer(*lines, notes=(), **more):
    """Return a ClaimResponse; `notes` are texts, numbered from 1."""
    found = {
        "resourceType": "ClaimResponse",
        "id": "cr-1",
        "status": "active",
        "use": "preauthorization",
        "created": CREATED,
        "outcome": "complete",
        "item": list(lines),
        "processNote": [{"number": number, "text": text} for number, text in enumerate(notes, 1)],
        **more,
    }
    return {key: value for key, value in found.items() if value is not None and value != []}


def plan(line_of_business=None):
    """Return a Coverage of an unnamed payer."""
    return Coverage(reference="Coverage/1", payer=Party(), line_of_business=line_of_business)


def route(resource, *, coverage=None, payer=None, now=NOW):
    """Return where an answer goes."""
    return route_denial(read_denial(resource), coverage, rules=RULES, payer=payer, now=now)


def told(text, *, code="A3"):
    """Return where a line with a decision and nothing but words goes."""
    return route(answer(line(1, code, notes=[1]), notes=[text]))
