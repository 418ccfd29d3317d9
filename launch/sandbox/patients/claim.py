"""
The request and the payer's answer: Claim and ClaimResponse as Da Vinci PAS shapes them, 2.2.1 or the older 2.0.1.

Review actions (306) and reasons (886) are X12 codes by number; their official wording is licensed and left out.
Source: HL7 Da Vinci PAS IG 2.0.1 and 2.2.1, profile-claim and profile-claimresponse.
"""

from dataclasses import dataclass
from datetime import date, datetime

from launch.sandbox.patients.chart import CPT, ICD10, TERMS, Chart
from launch.sandbox.people import NPI, NUCC

PAS = "http://hl7.org/fhir/us/davinci-pas/StructureDefinition"
ACTION = "https://codesystem.x12.org/005010/306"
REASON = "https://codesystem.x12.org/external/886"
URGENCY = "https://codesystem.x12.org/005010/1338"
SUBMITTED = {"coding": [{"system": f"{TERMS}/adjudication", "code": "submitted"}]}


@dataclass(frozen=True, slots=True)
class Line:
    """One service asked for: a code by number, our own words for it, and how many."""

    code: str
    text: str
    quantity: int = 1
    unit: str = "1"
    system: str = CPT
    modifier: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """
    What the payer decided about one line.

    action, reasons: codes of 306 and 886; notes: indexes (from 1) into the answer's notes
    number: an authorization's number; reference: the payer's number for a line denied or pended
    approved: the quantity granted, where the action is A6
    """

    action: str
    reasons: tuple[str, ...] = ()
    notes: tuple[int, ...] = ()
    number: str | None = None
    reference: str | None = None
    approved: int | None = None


@dataclass(frozen=True, slots=True)
class Reviewer:
    """The payer's reviewer, as far as the answer discloses them; specialty is a NUCC code."""

    npi: str | None
    specialty: tuple[str, str] | None
    human: bool = True


def ask(
    chart: Chart,
    payer: str,
    lines: tuple[Line, ...],
    *,
    diagnoses: tuple[str, ...],
    sent: datetime,
    coverage: dict,
    evidence: tuple[tuple[str, dict], ...] = (),
    name: str = "claim",
    urgent: bool = False,
    institutional: bool = False,
) -> dict:
    """Write the Claim (use preauthorization) and return a reference to it; evidence is (label, reference) as sent."""
    urgency = {"url": f"{PAS}/extension-levelOfServiceCode"}
    urgency["valueCodeableConcept"] = {"coding": [{"system": URGENCY, "code": "U"}]}
    sent_with = _supporting(evidence)
    return chart.add(
        "Claim",
        name,
        **({"extension": [urgency]} if urgent else {}),
        identifier=[{"system": "http://sandbox.example/claim", "value": f"{chart.patient_id}-{name}"}],
        status="active",
        type={
            "coding": [{"system": f"{TERMS}/claim-type", "code": "institutional" if institutional else "professional"}]
        },
        use="preauthorization",
        patient=chart.subject,
        created=sent.isoformat(),
        insurer={"reference": f"Organization/{payer}"},
        provider=chart.doctor,
        priority={"coding": [{"system": f"{TERMS}/processpriority", "code": "stat" if urgent else "normal"}]},
        careTeam=[
            {
                "sequence": 1,
                "provider": chart.doctor,
                "responsible": True,
                "qualification": {"coding": [{"system": NUCC, "code": chart.clinician.specialty[0]}]},
            }
        ],
        **({"supportingInfo": sent_with} if sent_with else {}),
        diagnosis=[
            {"sequence": n, "diagnosisCodeableConcept": {"coding": [{"system": ICD10, "code": code}]}}
            for n, code in enumerate(diagnoses, start=1)
        ],
        insurance=[{"sequence": 1, "focal": True, "coverage": coverage}],
        item=[_item(n, line, sent_with) for n, line in enumerate(lines, start=1)],
    )


def answer(
    chart: Chart,
    payer: str,
    claim: dict,
    verdicts: tuple[Verdict, ...],
    *,
    decided: datetime,
    notes: tuple[str, ...] = (),
    name: str = "answer",
    reference: str | None = None,
    reviewer: Reviewer | None = None,
    lines: tuple[Line, ...] = (),
    shape: str = "2.2.1",
    disposition: str | None = None,
    institutional: bool = False,
) -> dict:
    """
    Write the ClaimResponse.

    reference: the payer's number for the whole answer; lines: as asked, needed only where a verdict is A6
    shape: 2.0.1 has no reviewer, no header reference and no link to its Claim
    """
    newer = shape == "2.2.1"
    header = _reviewed_by(reviewer) if reviewer and newer else []
    if reference and newer:
        header.append({"url": f"{PAS}/extension-administrationReferenceNumber", "valueString": reference})
    granted = [_granted(n, v, lines[n - 1], decided.date()) for n, v in enumerate(verdicts, start=1) if v.approved]
    said = [{"number": n, "type": "display", "text": text} for n, text in enumerate(notes, start=1)]
    number = next((v.number for v in verdicts if v.number), None)
    parts = {
        "meta": {"profile": [f"{PAS}/profile-claimresponse{'' if newer else '|2.0.1'}"]},
        "extension": header,
        "request": claim if newer else None,
        "disposition": disposition,
        "preAuthRef": number,
        "item": [_decided(n, v) for n, v in enumerate(verdicts, start=1)],
        "addItem": granted,
        "processNote": said,
    }
    return chart.add(
        "ClaimResponse",
        name,
        identifier=[{"system": f"urn:trnorg:{payer}", "value": f"TRN-{chart.patient_id}-{name}"}],
        status="active",
        type={
            "coding": [{"system": f"{TERMS}/claim-type", "code": "institutional" if institutional else "professional"}]
        },
        use="preauthorization",
        patient=chart.subject,
        created=decided.isoformat(),
        insurer={"reference": f"Organization/{payer}"},
        requestor=chart.doctor,
        outcome="complete",
        **{key: value for key, value in parts.items() if value},
    )


def us_date(instant: datetime) -> str:
    """Return the day as American letters print it, MM/DD/YYYY."""
    return instant.strftime("%m/%d/%Y")


def us_time(instant: datetime) -> str:
    """Return the time of day as American letters print it, such as 3:05 PM."""
    return instant.strftime("%I:%M %p").lstrip("0")


def _supporting(evidence: tuple[tuple[str, dict], ...]) -> list[dict]:
    """Return what was sent along, numbered."""
    return [
        {
            "sequence": n,
            "category": {
                "coding": [{"system": f"{TERMS}/claiminformationcategory", "code": "attachment"}],
                "text": label,
            },
            "valueReference": reference,
        }
        for n, (label, reference) in enumerate(evidence, start=1)
    ]


def _item(sequence: int, line: Line, sent_with: list[dict]) -> dict:
    """Return one line of the Claim."""
    item = {
        "sequence": sequence,
        "careTeamSequence": [1],
        "diagnosisSequence": [1],
        "productOrService": {"coding": [{"system": line.system, "code": line.code}], "text": line.text},
        "quantity": {"value": line.quantity, "unit": line.unit},
    }
    if sent_with:
        item["informationSequence"] = [info["sequence"] for info in sent_with]
    if line.modifier:
        item["modifier"] = [{"coding": [{"system": line.system, "code": line.modifier}]}]
    return item


def _reviewed_by(reviewer: Reviewer) -> list[dict]:
    """Return the 2.2.1 reviewer extension, with what is known of the reviewer."""
    parts: list[dict] = [{"url": "wasHumanReviewedFlag", "valueBoolean": reviewer.human}]
    if reviewer.npi:
        parts.append({"url": "reviewerNPI", "valueIdentifier": {"system": NPI, "value": reviewer.npi}})
    if reviewer.specialty:
        code, text = reviewer.specialty
        concept = {"coding": [{"system": NUCC, "code": code}], "text": text}
        parts.append({"url": "reviewerSpecialty", "valueCodeableConcept": concept})
    return [{"url": f"{PAS}/extension-claimResponseReviewer", "extension": parts}]


def _review(action: str, reasons: tuple[str, ...] = (), number: str | None = None) -> list[dict]:
    """Return one adjudication carrying the review action, its reasons and the authorization's number."""
    parts: list[dict] = [{"url": "number", "valueString": number}] if number else []
    parts.append(
        {
            "url": f"{PAS}/extension-reviewActionCode",
            "valueCodeableConcept": {"coding": [{"system": ACTION, "code": action}]},
        }
    )
    parts += [
        {"url": "reasonCode", "valueCodeableConcept": {"coding": [{"system": REASON, "code": code}]}}
        for code in reasons
    ]
    return [{"extension": [{"url": f"{PAS}/extension-reviewAction", "extension": parts}], "category": SUBMITTED}]


def _decided(sequence: int, verdict: Verdict) -> dict:
    """Return one line of the answer."""
    item: dict = {"itemSequence": sequence}
    if verdict.reference:
        url = f"{PAS}/extension-administrationReferenceNumber"
        item["extension"] = [{"url": url, "valueString": verdict.reference}]
    if verdict.notes:
        item["noteNumber"] = list(verdict.notes)
    item["adjudication"] = _review(verdict.action, verdict.reasons, verdict.number)
    return item


def _granted(sequence: int, verdict: Verdict, line: Line, issued: date) -> dict:
    """Return the added item in which a modified line (A6) says what was granted."""
    return {
        "extension": [{"url": f"{PAS}/extension-itemPreAuthIssueDate", "valueDate": issued.isoformat()}],
        "itemSequence": [sequence],
        "productOrService": {"coding": [{"system": line.system, "code": line.code}], "text": line.text},
        "quantity": {"value": verdict.approved, "unit": line.unit},
        "adjudication": _review("A1", number=verdict.number),
    }
