"""What each resource type can be searched by: R4 names, kinds and the elements they look at.

One line is `name: "kind path|path >Target,Target"`. A path is dotted and goes through lists; a choice element
is written out (`effectiveDateTime|effectivePeriod`). `>` limits a reference to these targets, so that `patient`
finds no Group and takes a bare id. A name with a dash before it is Oracle's own (`-email-status`).
Source: R4 search-parameter registry; US Core 6.1 for the ones a server must have.
"""

from dataclasses import dataclass
from functools import lru_cache

SUBJECT = {"patient": "reference subject >Patient", "subject": "reference subject"}
PATIENT = {"patient": "reference patient >Patient"}
IDENTIFIED = {"identifier": "token identifier"}
STATUS = {"status": "token status"}
ENCOUNTER = {"encounter": "reference encounter >Encounter"}
CODED = {"code": "token code"}
CATEGORY = {"category": "token category"}
EVENT = SUBJECT | IDENTIFIED | STATUS | ENCOUNTER
NAMED = {
    "name": "string name",
    "family": "string name.family",
    "given": "string name.given",
    "telecom": "token telecom",
    "phone": "token telecom",
    "email": "token telecom",
    "address": "string address",
    "address-city": "string address.city",
    "address-state": "string address.state",
    "address-postalcode": "string address.postalCode",
    "gender": "token gender",
    "active": "token active",
} | IDENTIFIED
PLACED = {
    "name": "string name|alias",
    "address": "string address",
    "address-city": "string address.city",
    "address-state": "string address.state",
    "address-postalcode": "string address.postalCode",
    "type": "token type",
} | IDENTIFIED
CLAIM = (
    PATIENT
    | IDENTIFIED
    | STATUS
    | {"use": "token use", "created": "date created", "insurer": "reference insurer >Organization"}
)

SEARCH: dict[str, dict[str, str]] = {
    "Patient": NAMED | {"birthdate": "date birthDate"},
    "ClaimResponse": CLAIM
    | {
        "outcome": "token outcome",
        "request": "reference request >Claim",
        "requestor": "reference requestor",
        "disposition": "string disposition",
    },
    "Claim": CLAIM
    | {"provider": "reference provider", "care-team": "reference careTeam.provider", "priority": "token priority"},
    "ExplanationOfBenefit": CLAIM
    | {
        "claim": "reference claim >Claim",
        "coverage": "reference insurance.coverage >Coverage",
        "provider": "reference provider",
        "disposition": "string disposition",
        "type": "token type",
        "service-date": "date item.servicedDate|item.servicedPeriod|billablePeriod",
    },
    "Coverage": IDENTIFIED
    | STATUS
    | {
        "patient": "reference beneficiary >Patient",
        "beneficiary": "reference beneficiary >Patient",
        "subscriber": "reference subscriber",
        "payor": "reference payor",
        "type": "token type",
        "class-type": "token class.type",
        "class-value": "string class.value",
    },
    "Appointment": IDENTIFIED
    | STATUS
    | {
        "patient": "reference participant.actor >Patient",
        "practitioner": "reference participant.actor >Practitioner",
        "location": "reference participant.actor >Location",
        "actor": "reference participant.actor",
        "part-status": "token participant.status",
        "date": "date start",
        "-date-or-req-period": "date start|requestedPeriod",
        "service-type": "token serviceType",
        "service-category": "token serviceCategory",
        "appointment-type": "token appointmentType",
        "slot": "reference slot >Slot",
        "supporting-info": "reference supportingInformation",
    },
    "Slot": IDENTIFIED
    | STATUS
    | {
        "schedule": "reference schedule >Schedule",
        "schedule.actor": "chain schedule.actor",
        "start": "date start",
        "service-type": "token serviceType",
        "specialty": "token specialty",
        "appointment-type": "token appointmentType",
    },
    "Schedule": IDENTIFIED
    | {
        "actor": "reference actor",
        "date": "date planningHorizon",
        "active": "token active",
        "service-type": "token serviceType",
        "specialty": "token specialty",
    },
    "DocumentReference": SUBJECT
    | STATUS
    | CATEGORY
    | {
        "identifier": "token identifier|masterIdentifier",
        "type": "token type",
        "date": "date date",
        "encounter": "reference context.encounter >Encounter",
        "period": "date context.period",
        "related": "reference context.related",
        "author": "reference author",
        "docstatus": "token docStatus",
        "contenttype": "token content.attachment.contentType",
        "custodian": "reference custodian >Organization",
    },
    "Communication": EVENT
    | CATEGORY
    | {
        "received": "date received",
        "recipient": "reference recipient",
        "sender": "reference sender",
        "sent": "date sent",
        "medium": "token medium",
        "based-on": "reference basedOn",
        "part-of": "reference partOf",
        "-email-status": "token status",  # Oracle's read/unread; every message here is in its final status
    },
    "CommunicationRequest": EVENT | CATEGORY | {"recipient": "reference recipient", "authored": "date authoredOn"},
    "Condition": SUBJECT
    | IDENTIFIED
    | CODED
    | CATEGORY
    | ENCOUNTER
    | {
        "clinical-status": "token clinicalStatus",
        "verification-status": "token verificationStatus",
        "onset-date": "date onsetDateTime|onsetPeriod",
        "abatement-date": "date abatementDateTime|abatementPeriod",
        "recorded-date": "date recordedDate",
    },
    "Observation": EVENT
    | CODED
    | CATEGORY
    | {
        "date": "date effectiveDateTime|effectivePeriod|effectiveInstant",
        "issued": "date issued",
        "combo-code": "token code|component.code",
        "component-code": "token component.code",
        "performer": "reference performer",
        "based-on": "reference basedOn",
    },
    "DiagnosticReport": EVENT
    | CODED
    | CATEGORY
    | {
        "date": "date effectiveDateTime|effectivePeriod",
        "issued": "date issued",
        "result": "reference result >Observation",
        "based-on": "reference basedOn",
    },
    "Procedure": EVENT
    | CODED
    | CATEGORY
    | {"date": "date performedDateTime|performedPeriod", "based-on": "reference basedOn"},
    "MedicationRequest": EVENT
    | CATEGORY
    | {
        "code": "token medicationCodeableConcept",
        "medication": "reference medicationReference >Medication",
        "intent": "token intent",
        "authoredon": "date authoredOn",
        "date": "date authoredOn",
        "requester": "reference requester",
    },
    "MedicationStatement": SUBJECT
    | IDENTIFIED
    | STATUS
    | {
        "code": "token medicationCodeableConcept",
        "medication": "reference medicationReference >Medication",
        "effective": "date effectiveDateTime|effectivePeriod",
        "category": "token category",
    },
    "MedicationDispense": SUBJECT
    | IDENTIFIED
    | STATUS
    | {
        "code": "token medicationCodeableConcept",
        "medication": "reference medicationReference >Medication",
        "whenhandedover": "date whenHandedOver",
        "date": "date whenHandedOver",
        "prescription": "reference authorizingPrescription",
        "category": "token category",
        "type": "token type",
    },
    "MedicationAdministration": SUBJECT
    | IDENTIFIED
    | STATUS
    | {
        "code": "token medicationCodeableConcept",
        "medication": "reference medicationReference >Medication",
        "effective-time": "date effectiveDateTime|effectivePeriod",
        "performer": "reference performer.actor",
        "request": "reference request",
        "context": "reference context",
    },
    "Medication": CODED | IDENTIFIED | STATUS,
    "AllergyIntolerance": PATIENT
    | IDENTIFIED
    | CODED
    | CATEGORY
    | {
        "clinical-status": "token clinicalStatus",
        "verification-status": "token verificationStatus",
        "criticality": "token criticality",
        "date": "date recordedDate",
    },
    "Encounter": SUBJECT
    | IDENTIFIED
    | STATUS
    | {
        "class": "token class",
        "type": "token type",
        "date": "date period",
        "location": "reference location.location >Location",
        "participant": "reference participant.individual",
        "practitioner": "reference participant.individual >Practitioner",
        "appointment": "reference appointment >Appointment",
    },
    "ServiceRequest": EVENT
    | CODED
    | CATEGORY
    | {
        "authored": "date authoredOn",
        "occurrence": "date occurrenceDateTime|occurrencePeriod",
        "requester": "reference requester",
        "intent": "token intent",
        "based-on": "reference basedOn",
    },
    "Immunization": PATIENT
    | IDENTIFIED
    | STATUS
    | {"date": "date occurrenceDateTime", "vaccine-code": "token vaccineCode"},
    "CarePlan": EVENT | CATEGORY | {"date": "date period", "intent": "token intent"},
    "CareTeam": SUBJECT | IDENTIFIED | STATUS | CATEGORY | ENCOUNTER | {"participant": "reference participant.member"},
    "Goal": SUBJECT
    | IDENTIFIED
    | CATEGORY
    | {
        "lifecycle-status": "token lifecycleStatus",
        "target-date": "date target.dueDate",
        "start-date": "date startDate",
    },
    "Practitioner": NAMED,
    "PractitionerRole": IDENTIFIED
    | {
        "practitioner": "reference practitioner >Practitioner",
        "organization": "reference organization >Organization",
        "specialty": "token specialty",
        "role": "token code",
        "location": "reference location >Location",
        "active": "token active",
        "date": "date period",
    },
    "RelatedPerson": NAMED | PATIENT | {"relationship": "token relationship"},
    "Organization": PLACED | {"active": "token active", "partof": "reference partOf >Organization"},
    "Location": PLACED | STATUS | {"organization": "reference managingOrganization >Organization"},
    "HealthcareService": IDENTIFIED
    | {
        "name": "string name",
        "active": "token active",
        "organization": "reference providedBy >Organization",
        "location": "reference location >Location",
        "specialty": "token specialty",
        "service-type": "token type",
    },
    "Task": IDENTIFIED
    | STATUS
    | CODED
    | ENCOUNTER
    | {
        "patient": "reference for >Patient",
        "subject": "reference for",
        "owner": "reference owner",
        "requester": "reference requester",
        "focus": "reference focus",
        "intent": "token intent",
        "business-status": "token businessStatus",
        "based-on": "reference basedOn",
        "part-of": "reference partOf >Task",
        "authored-on": "date authoredOn",
        "modified": "date lastModified",
        "period": "date executionPeriod",
    },
    "Provenance": {
        "target": "reference target",
        "patient": "reference target >Patient",
        "agent": "reference agent.who",
        "recorded": "date recorded",
    },
    "QuestionnaireResponse": EVENT
    | {
        "questionnaire": "uri questionnaire",
        "authored": "date authored",
        "author": "reference author",
    },
    "Questionnaire": IDENTIFIED | STATUS | {"url": "uri url", "title": "string title"},
    "Device": PATIENT | IDENTIFIED | STATUS | {"type": "token type"},
    "Binary": {},
}
COMMON = {"_id": "token id", "_lastUpdated": "date meta.lastUpdated"}
FHIR_TYPES = tuple(SEARCH)
TYPE_OF_KIND = {"chain": "reference"}  # what the CapabilityStatement calls it


@dataclass(frozen=True, slots=True)
class Parameter:
    """One search parameter; paths are dotted, targets empty when any type may be referred to."""

    name: str
    kind: str  # token | reference | date | string | uri | chain
    paths: tuple[str, ...]
    targets: tuple[str, ...] = ()


def read_parameter(name: str, text: str) -> Parameter:
    """Read one line of the table above."""
    kind, paths, *targets = text.split()
    return Parameter(name, kind, tuple(paths.split("|")), tuple(targets[0][1:].split(",")) if targets else ())


@lru_cache
def parameters_of(fhir_type: str) -> dict[str, Parameter]:
    """Return every parameter of a type, by name; `_id` and `_lastUpdated` first."""
    lines = COMMON | SEARCH.get(fhir_type, {})
    return {name: read_parameter(name, text) for name, text in lines.items()}
