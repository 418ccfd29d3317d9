"""A server that behaves as Oracle Health Millennium's public R4 statement and documentation say (2026-08-14).

No Claim, ClaimResponse or Task. An Appointment can only be booked into a Slot, for exactly one Patient. Answers to
writes have no body. Searches need certain parameters, and date ranges both their ends.
What a write may carry is a closed list per type; `identifier` is let through, as the documentation is silent on it.
"""

from launch.sandbox.oracle_appointments import effect
from launch.sandbox.oracle_writes import check_write
from launch.sandbox.outcome import invalid
from launch.sandbox.profiles import Profile, letters, rules_of
from launch.sandbox.search import Query

INTERACTIONS = {
    "AllergyIntolerance": "RSCU",
    "Appointment": "RSCP",
    "Binary": "R",
    "CarePlan": "RS",
    "CareTeam": "RS",
    "Communication": "RSCP",
    "Condition": "RSCU",
    "Coverage": "RSCPD",
    "Device": "RS",
    "DiagnosticReport": "RSC",
    "DocumentReference": "RSCU",
    "Encounter": "RSCP",
    "Goal": "RS",
    "Immunization": "RSCU",
    "Location": "RS",
    "MedicationAdministration": "RS",
    "MedicationDispense": "RS",
    "MedicationRequest": "RSCP",
    "Observation": "RSCU",
    "Organization": "RSC",
    "Patient": "RSCP",
    "Practitioner": "RSC",
    "Procedure": "RSC",
    "Provenance": "RSC",
    "Questionnaire": "RS",
    "QuestionnaireResponse": "RSU",
    "RelatedPerson": "RSCP",
    "Schedule": "RS",
    "ServiceRequest": "RS",
    "Slot": "RSP",
}
SEARCH = {
    "AllergyIntolerance": "_id _lastUpdated patient clinical-status",
    "Appointment": "_id date -date-or-req-period patient practitioner location status",
    "Binary": "",
    "CarePlan": "_id date patient category",
    "CareTeam": "_id category encounter patient status",
    "Communication": "_id category received recipient -email-status",
    "Condition": "_id _lastUpdated patient encounter subject clinical-status category",
    "Coverage": "_id patient",
    "Device": "_id patient",
    "DiagnosticReport": "_id _lastUpdated category code encounter patient date",
    "DocumentReference": "_id _lastUpdated patient encounter period type category date",
    "Encounter": "_id _lastUpdated patient subject status date identifier",
    "Goal": "_id patient target-date",
    "Immunization": "_id _lastUpdated patient date",
    "Location": "_id identifier address address-city address-state address-postalcode name organization type",
    "MedicationAdministration": "_id patient status performer effective-time",
    "MedicationDispense": "_id _lastUpdated patient date",
    "MedicationRequest": "_id _lastUpdated patient intent status",
    "Observation": "_id _lastUpdated patient subject category code date",
    "Organization": "_id identifier type name address",
    "Patient": "_id identifier name given family address-postalcode birthdate phone email gender",
    "Practitioner": "_id identifier given family name active",
    "Procedure": "_id _lastUpdated patient subject date",
    "Provenance": "_id target",
    "Questionnaire": "_id",
    "QuestionnaireResponse": "_id patient",
    "RelatedPerson": "_id identifier patient",
    "Schedule": "_id",
    "ServiceRequest": "_id _lastUpdated patient subject code",
    "Slot": "_id start service-type schedule.actor",
}
ONE_OF = {  # at least one of these must be sent; the rest need `_id` or `patient`
    "Appointment": ("_id", "patient", "practitioner", "location"),
    "Communication": ("_id", "category"),
    "Encounter": ("_id", "patient", "subject", "identifier"),
    "Location": ("_id", "identifier", "type", "name", "address", "address-state", "organization"),
    "Organization": ("_id", "identifier", "type", "name", "address"),
    "Patient": ("_id", "identifier", "birthdate", "name", "given", "family", "address-postalcode", "phone", "email"),
    "Practitioner": ("_id", "identifier", "name", "active", "family"),
    "Provenance": ("_id", "target"),
    "Questionnaire": ("_id",),
    "RelatedPerson": ("_id", "identifier", "patient"),
    "Schedule": ("_id",),
    "Slot": ("_id", "service-type"),
}
RANGES = {"date", "-date-or-req-period", "start", "period", "_lastUpdated"}
RANGED = {"Appointment", "CarePlan", "DocumentReference", "Observation", "Procedure", "Slot"}


# -- searching -----------------------------------------------------------------------------------------------
def check_search(query: Query, pairs: tuple[tuple[str, str], ...]) -> None:
    """Refuse a search without the parameters that the statement's documentation says it needs."""
    sent = [name.partition(":")[0] for name, _ in query.used]
    needed = ONE_OF.get(query.kind, ("_id", "patient", "subject"))
    found = [name for name in sent if name in needed]
    if not found:
        raise invalid("No supported search parameters provided", code="required")
    if query.kind == "Appointment":
        _check_appointment_search(sent, found)
    if query.kind == "Communication" and "_id" not in sent:
        missing = [name for name in ("category", "received", "recipient", "-email-status") if name not in sent]
        if missing:
            raise invalid(f"{', '.join(missing)} must be sent together with the others", code="required")
    if query.kind == "Slot" and "_id" not in sent and "start" not in sent:
        raise invalid("start is required with service-type", code="required")
    if query.kind in RANGED:
        for name in RANGES & set(sent):
            _check_range(name, [value for key, value in query.used if key == name], always=query.kind == "Slot")


def _check_appointment_search(sent: list[str], found: list[str]) -> None:
    if len(found) > 1:
        raise invalid("only one of _id, patient, practitioner or location may be sent, and once")
    dates = [name for name in sent if name in ("date", "-date-or-req-period")]
    if found != ["_id"] and not dates:
        raise invalid("date or -date-or-req-period is required", code="required")
    if len(set(dates)) > 1:
        raise invalid("date and -date-or-req-period cannot be combined")


def _check_range(name: str, values: list[str], *, always: bool) -> None:
    """Accept one value without prefix, or a lower and an upper end. always: Slot.start takes only a pair of times."""
    prefixes = sorted(value[:2] for value in values if value[:2].isalpha())
    pair = len(values) == 2 and prefixes and prefixes[0][0] == "g" and prefixes[-1][0] == "l"
    if always and not (pair and all("T" in value for value in values)):
        raise invalid(f"{name} must be sent twice, with ge and lt and a time")
    if not pair and (prefixes or len(values) != 1):
        raise invalid(f"{name} must be one value without prefix, or a closed range")


ORACLE_LIKE = Profile(
    name="oracle-like",
    software="Oracle Health Millennium",
    interactions=letters(INTERACTIONS),
    rules=rules_of(
        SEARCH,
        includes=("Slot:schedule", "Schedule:actor"),
        revincludes=("Provenance:target",),
        refuses_unknown=False,
    ),
    batch=True,
    empty_answers=True,
    unacceptable_empty=True,
    stale=409,
    invalid=422,
    patch_needs_match=True,
    patch_formats=("application/json-patch+json",),
    check_search=check_search,
    check_write=check_write,
    effect=effect,
)
