"""
The patient's chart for the brief: every type it reads, in one round of searches, then what those point to.

Whatever the server sends, a resource of another patient is dropped and told.
"""

from typing import Any

from app.edges.ehr.reading import Found, Query, Reading
from app.edges.fhir.datatypes import as_dict, as_list, dicts_of, local_reference, string_of
from app.flow.ports import ChartRead

TYPES = (
    "Condition",
    "AllergyIntolerance",
    "Observation",
    "DiagnosticReport",
    "Procedure",
    "MedicationRequest",
    "MedicationStatement",
    "MedicationDispense",
    "MedicationAdministration",
    "DocumentReference",
    "Encounter",
    "ServiceRequest",
)
_MOST_OF_A_TYPE = 2_000


def read_chart_resources(reading: Reading, patient: str) -> ChartRead:
    """
    Return the raw resources of one patient ("Patient/ID") by reference, and what was left out, in words.

    raises: SignInNeeded
    """
    kinds = [each for each in TYPES if reading.may(each, "s") and _by(reading, each)]
    found = reading.search_all([Query(each, ((_by(reading, each), patient),)) for each in kinds], most=_MOST_OF_A_TYPE)
    resources: dict[str, dict[str, Any]] = {}
    left_out = [f"{each}: this EHR does not show it to Parley" for each in TYPES if each not in kinds]
    for kind, each in zip(kinds, found, strict=True):
        ours = [resource for resource in each.matches if _is_of(reading, resource, patient)]
        resources |= {reference: resource for resource in ours if (reference := local_reference(resource))}
        left_out += _left_out(kind, each, strangers=len(each.matches) - len(ours))
    leads = {patient, *_leads(reading, resources)} - resources.keys()
    resources |= reading.read_all(sorted(leads))
    return ChartRead(resources, tuple(left_out))


def _by(reading: Reading, kind: str) -> str:
    """Return the parameter that names the patient, "" where the server lists none."""
    return next((each for each in ("patient", "subject") if reading.capability.searches_by(kind, each)), "")


def _is_of(reading: Reading, resource: dict[str, Any], patient: str) -> bool:
    return reading.local(resource.get("subject") or resource.get("patient")) == patient


def _left_out(kind: str, found: Found, *, strangers: int) -> list[str]:
    said = [f"{kind}: {found.problem}"] if found.problem else []
    if found.warned:
        said.append(f"{kind}: the EHR says that it keeps some back")
    if strangers:
        said.append(f"{kind}: {strangers} of another patient were sent and dropped")
    return said


def _leads(reading: Reading, resources: dict[str, dict[str, Any]]) -> set[str]:
    """Return the medications, and the texts of notes, that the chart only points to."""
    leads: set[str] = set()
    for resource in resources.values():
        pointers: list[object] = [resource.get("medicationReference")]
        for content in dicts_of(resource.get("content")):
            attachment = as_dict(content.get("attachment"))
            kind = (string_of(attachment.get("contentType")) or "").lower()
            if "data" not in attachment and kind.startswith(("text/plain", "text/html")):
                pointers.append(attachment.get("url"))
        leads |= {local for each in as_list(pointers) if (local := reading.local(each))}
    return {each for each in leads if each.startswith(("Medication/", "Binary/"))}
