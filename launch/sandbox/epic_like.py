"""A server that behaves as Epic's public R4 sandbox says it does (statement of 2026-07-24, software "May 2026").

No ClaimResponse, Slot or Schedule; Appointment is read-only; a document needs an encounter; conditional create is
not offered (the header is ignored, so a repeated POST makes a second resource); unknown parameters are ignored, and
so are those the statement lists without documentation, behind the slash below.
"""

from launch.sandbox.forms import check_answers
from launch.sandbox.outcome import invalid
from launch.sandbox.profiles import Profile, Write, letters, rules_of
from launch.sandbox.store import patients_of, walk

NOTE_FORMATS = ("text/plain", "text/rtf", "application/rtf", "text/html", "application/pdf")
INTERACTIONS = {
    "AllergyIntolerance": "RSC",
    "Appointment": "RS",
    "Binary": "R",
    "CarePlan": "RS",
    "CareTeam": "RS",
    "Claim": "RS",
    "Communication": "RSC",
    "Condition": "RSC",
    "Coverage": "RS",
    "Device": "RS",
    "DiagnosticReport": "RSU",
    "DocumentReference": "RSCU",
    "Encounter": "RS",
    "ExplanationOfBenefit": "RS",
    "Goal": "RS",
    "Immunization": "RS",
    "Location": "RS",
    "Medication": "RS",
    "MedicationAdministration": "RS",
    "MedicationDispense": "RS",
    "MedicationRequest": "RS",
    "Observation": "RSCU",
    "Organization": "RS",
    "Patient": "RSC",
    "Practitioner": "RS",
    "PractitionerRole": "RS",
    "Procedure": "RSCU",
    "Provenance": "R",
    "Questionnaire": "RS",
    "QuestionnaireResponse": "RSC",
    "RelatedPerson": "RS",
    "ServiceRequest": "RSCU",
    "Task": "RSU",
}
SEARCH = {
    "AllergyIntolerance": "_id clinical-status patient / category code criticality date identifier verification-status",
    "Appointment": "_id date identifier patient service-category status"
    " / actor appointment-type location part-status practitioner service-type slot supporting-info",
    "Binary": "_id",
    "CarePlan": "_id category date encounter patient status subject / identifier intent",
    "CareTeam": "_id patient status subject / category encounter identifier participant",
    "Claim": "_id",
    "Communication": "_id based-on category encounter part-of patient subject"
    " / identifier medium received recipient sender sent status",
    "Condition": "_id abatement-date category clinical-status code encounter onset-date patient recorded-date subject"
    " / identifier verification-status",
    "Coverage": "_id beneficiary patient / class-type class-value identifier payor status subscriber type",
    "Device": "_id patient / identifier status type",
    "DiagnosticReport": "_id category code date identifier patient subject / based-on encounter issued result status",
    "DocumentReference": "_id _lastUpdated author category date docstatus encounter patient period status subject type"
    " / contenttype custodian identifier related",
    "Encounter": "_id class date identifier patient subject"
    " / appointment location participant practitioner status type",
    "ExplanationOfBenefit": "_id created identifier patient service-date type use"
    " / claim coverage disposition provider status",
    "Goal": "_id category lifecycle-status patient start-date subject / identifier target-date",
    "Immunization": "_id date patient status / identifier vaccine-code",
    "Location": "_id type / address address-city address-postalcode address-state identifier name organization status",
    "Medication": "_id",
    "MedicationAdministration": "_id context effective-time patient performer request status subject"
    " / code identifier medication",
    "MedicationDispense": "_id category patient subject / code identifier medication prescription status type",
    "MedicationRequest": "_id category date intent patient status subject"
    " / authoredon code encounter identifier medication requester",
    "Observation": "_id based-on category code date issued patient subject"
    " / combo-code component-code encounter identifier performer status",
    "Organization": "_id",
    "Patient": "_id address address-city address-postalcode address-state birthdate family gender given identifier"
    " name telecom / active email phone",
    "Practitioner": "_id address address-city address-postalcode address-state family given identifier name"
    " / active email gender phone telecom",
    "PractitionerRole": "_id identifier location organization practitioner role specialty / active date",
    "Procedure": "_id category code date identifier patient subject / based-on encounter status",
    "Questionnaire": "_id",
    "QuestionnaireResponse": "_id encounter patient subject / author authored identifier questionnaire status",
    "RelatedPerson": "_id patient / active address email gender identifier name phone relationship telecom",
    "ServiceRequest": "_id authored category code encounter identifier patient requester status subject"
    " / based-on intent occurrence",
    "Task": "_id code encounter focus patient status subject"
    " / authored-on based-on business-status identifier intent modified owner part-of period requester",
}


def check_write(write: Write) -> dict:
    """Refuse a document without an encounter, a type or a body; a message about no patient, answers to no form."""
    kind = write.resource["resourceType"]
    if kind == "DocumentReference" and write.interaction == "create":
        _check_document(write)
    if kind == "Communication" and not patients_of(write.resource):
        raise invalid("Communication.subject must name a patient", code="required")
    if kind == "QuestionnaireResponse":
        check_answers(write)
    return write.resource


def _check_document(write: Write) -> None:
    encounters = [str(leaf.get("reference", "")) for leaf in walk(write.resource, "context.encounter")]
    if len(encounters) != 1:
        raise invalid("DocumentReference.context.encounter is needed, exactly one", code="required")
    key = encounters[0].rpartition("/")[2]
    known = write.store.knows("Encounter", key)
    if not known or patients_of(write.store.stored("Encounter", key)) != patients_of(write.resource):
        raise invalid("the encounter is not one of this patient's", code="business-rule")
    if not list(walk(write.resource, "type.coding")):
        raise invalid("DocumentReference.type needs a coding", code="required")
    attachments = list(walk(write.resource, "content.attachment"))
    if len(attachments) != 1 or not attachments[0].get("data"):
        raise invalid("exactly one attachment with data is needed", code="required")
    if attachments[0].get("contentType", "").partition(";")[0] not in NOTE_FORMATS:
        raise invalid("the attachment's contentType is not accepted", code="not-supported")


EPIC_LIKE = Profile(
    name="epic-like",
    software="Epic",
    interactions=letters(INTERACTIONS),
    rules=rules_of(SEARCH, revincludes=("Provenance:target",), refuses_unknown=False),
    numbered=True,
    most_matches=100,
    form_only=True,
    check_write=check_write,
)
