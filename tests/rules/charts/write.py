"""
Resources of a chart in one line each, in the shapes that servers send: coded as US Core asks, or loose.

Without a code the name stands as text only. Days are "YYYY-MM-DD". Any other shape is written out as a dict.
"""

from base64 import b64encode
from html import escape

from tests.rules.charts import SYSTEMS

_CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
_VERIFIED = "http://terminology.hl7.org/CodeSystem/condition-ver-status"


def concept(words: str | None = None, **codes: str) -> dict:
    """Return a CodeableConcept: concept("MRI", cpt="73721"), with a coding for each code and the words as text."""
    coding = [{"system": SYSTEMS[system], "code": code} for system, code in codes.items()]
    return {**({"coding": coding} if coding else {}), **({"text": words} if words else {})}


def problem(words: str, *, since: str, status: str = "active", verified: str | None = "confirmed", **codes) -> dict:
    """Return a Condition; verified None leaves the status out, as loose servers do."""
    found = {
        "resourceType": "Condition",
        "clinicalStatus": {"coding": [{"system": _CLINICAL, "code": status}]},
        "code": concept(words, **codes),
        "onsetDateTime": since,
    }
    return {**found, "verificationStatus": {"coding": [{"system": _VERIFIED, "code": verified}]}} if verified else found


def note(words: str, *, on: str, title: str = "Clinic note", html: bool = False) -> dict:
    """Return a DocumentReference with its text inside; html wraps each line in a paragraph."""
    text = "\n".join(each.strip() for each in words.strip().splitlines())
    kind = "text/html" if html else "text/plain"
    if html:
        text = "".join(f"<p>{escape(each)}</p>" for each in text.splitlines() if each)
    return {
        "resourceType": "DocumentReference",
        "status": "current",
        "type": concept(title),
        "date": f"{on}T15:00:00Z",
        "content": [{"attachment": {"contentType": kind, "data": b64encode(text.encode()).decode()}}],
    }


def report(words: str, *, on: str, title: str, form: bool = False, **codes) -> dict:
    """Return a DiagnosticReport with its words as conclusion, or as the presented form."""
    text = "\n".join(each.strip() for each in words.strip().splitlines())
    said = {"contentType": "text/plain", "data": b64encode(text.encode()).decode()}
    return {
        "resourceType": "DiagnosticReport",
        "status": "final",
        "code": concept(title, **codes),
        "effectiveDateTime": on,
        **({"presentedForm": [said]} if form else {"conclusion": text}),
    }


def measure(words: str, value: float, unit: str | None, *, on: str, **codes) -> dict:
    """Return an Observation with a number; unit None writes a bare integer."""
    quantity = {"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit}
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": concept(words, **codes),
        "effectiveDateTime": on,
        **({"valueInteger": value} if unit is None else {"valueQuantity": quantity}),
    }


def finding(words: str, said: str, *, on: str, coded: bool = False, **codes) -> dict:
    """Return an Observation whose result is words: as a string, or as a concept."""
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": concept(words, **codes),
        "effectiveDateTime": on,
        **({"valueCodeableConcept": {"text": said}} if coded else {"valueString": said}),
    }


def medicine(
    words: str, *, start: str, end: str | None = None, status: str | None = None, why: str | None = None, **codes
) -> dict:
    """Return a MedicationRequest; stopped where it has an end, with why it stopped."""
    bounds = {"start": start, **({"end": end} if end else {})}
    return {
        "resourceType": "MedicationRequest",
        "status": status or ("stopped" if end else "active"),
        "intent": "order",
        "medicationCodeableConcept": concept(words, **codes),
        "authoredOn": start,
        "dosageInstruction": [{"timing": {"repeat": {"boundsPeriod": bounds}}}],
        **({"statusReason": {"text": why}} if why else {}),
    }


def taken(words: str, *, start: str, end: str | None = None, status: str | None = None, why: str | None = None) -> dict:
    """Return a MedicationStatement by words only, as patients and outside pharmacies tell it."""
    return {
        "resourceType": "MedicationStatement",
        "status": status or ("completed" if end else "active"),
        "medicationCodeableConcept": concept(words),
        "effectivePeriod": {"start": start, **({"end": end} if end else {})},
        **({"statusReason": [{"text": why}]} if why else {}),
    }


def procedure(words: str, *, on: str, said: str | None = None, status: str = "completed", **codes) -> dict:
    """Return a Procedure, with how it went as its note."""
    return {
        "resourceType": "Procedure",
        "status": status,
        "code": concept(words, **codes),
        "performedDateTime": on,
        **({"note": [{"text": said}]} if said else {}),
    }


def sessions(words: str, *, on: list[str] | tuple[str, ...], **codes) -> tuple[dict, ...]:
    """Return one Procedure for each day."""
    return tuple(procedure(words, on=each, **codes) for each in on)


def visit(words: str, *, on: str, why: str | None = None, **codes) -> dict:
    """Return a finished Encounter."""
    return {
        "resourceType": "Encounter",
        "status": "finished",
        "class": {"code": "AMB"},
        "type": [concept(words, **codes)],
        "period": {"start": f"{on}T14:00:00Z", "end": f"{on}T14:30:00Z"},
        **({"reasonCode": [{"text": why}]} if why else {}),
    }


def allergy(words: str, *, on: str, reaction: str | None = None, **codes) -> dict:
    """Return an AllergyIntolerance."""
    return {
        "resourceType": "AllergyIntolerance",
        "clinicalStatus": {"coding": [{"code": "active"}]},
        "verificationStatus": {"coding": [{"code": "confirmed"}]},
        "code": concept(words, **codes),
        "recordedDate": on,
        **({"reaction": [{"manifestation": [{"text": reaction}]}]} if reaction else {}),
    }
