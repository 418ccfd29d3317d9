"""
A question about a request that waits: Claim/$inquire, Da Vinci PAS. Written; its answer is read by told.py.

All versions take a Bundle; 2.0.1 answers with a Bundle, 2.1 and 2.2 with Parameters whose `return` holds Bundles.
Only what names the request travels: no attachment, no supporting information, no diagnosis.
Source: http://hl7.org/fhir/us/davinci-pas (OperationDefinition Claim-inquiry, profile-pas-inquiry-request-bundle)
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from app.edges.fhir.datatypes import as_dict, as_list, dicts_of, reference_of
from app.errors import BadInput

_PAS = "http://hl7.org/fhir/us/davinci-pas/StructureDefinition/"
_CLAIM = (
    "id", "identifier", "status", "type", "use", "patient", "created", "insurer", "provider", "priority", "insurance",
)  # fmt: skip
_NEEDED = ("type", "patient", "created", "insurer", "provider", "priority", "insurance")
_ITEM = ("sequence", "category", "productOrService", "servicedDate", "servicedPeriod")
_KEPT = {
    "Patient": ("id", "identifier", "name", "birthDate", "gender"),
    "Coverage": ("id", "identifier", "status", "subscriberId", "beneficiary", "relationship", "payor"),
    "Organization": ("id", "identifier", "active", "type", "name"),
    "Practitioner": ("id", "identifier", "name"),
    "PractitionerRole": ("id", "identifier", "practitioner", "organization"),
}


def write_inquiry(
    claim: dict[str, Any], beside: Mapping[str, dict[str, Any]], *, base: str, bundle_id: str, now: datetime
) -> dict[str, Any]:
    """
    Return the Bundle that asks a payer how a request stands.

    claim: the request as the EHR holds it. beside: resources by "Type/ID"; only those that the question names travel
    base: of the EHR, under which the references resolve. raises: BadInput naming what the request lacks, or that its
        patient or plan could not be read, without whom no payer finds it
    """
    missing = [name for name in _NEEDED if not claim.get(name)]
    if missing or claim.get("resourceType") != "Claim" or claim.get("use") != "preauthorization" or not claim.get("id"):
        raise BadInput("the request cannot be asked about", path=f"Claim.{missing[0] if missing else 'use'}")
    question = _only(claim, _CLAIM) | {"meta": {"profile": [f"{_PAS}profile-claim-inquiry"]}}
    question["insurance"] = [_only(each, ("sequence", "focal", "coverage")) for each in dicts_of(claim["insurance"])]
    if items := [_only(each, _ITEM) for each in dicts_of(claim.get("item"))]:
        question["item"] = items
    named = list(_named(question, beside))
    for kind in ("Patient", "Coverage"):
        if not any(each["resourceType"] == kind for each in named):
            raise BadInput("cannot be read in the EHR, and no payer finds a request without it", path=kind)
    resources = [question, *named]
    return {
        "resourceType": "Bundle",
        "meta": {"profile": [f"{_PAS}profile-pas-inquiry-request-bundle"]},
        "identifier": {"system": "urn:parley:inquiry", "value": bundle_id},
        "type": "collection",
        "timestamp": now.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "entry": [{"fullUrl": f"{base}/{r['resourceType']}/{r['id']}", "resource": r} for r in resources],
    }


def _only(resource: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    kept = {name: resource[name] for name in names if resource.get(name) not in (None, [], {})}
    return {"resourceType": resource["resourceType"], **kept} if "resourceType" in resource else kept


def _named(question: dict[str, Any], beside: Mapping[str, dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield what the question leads to, each once, cut to what names it."""
    ahead, seen = list(_references(question)), set()
    while ahead:
        name = ahead.pop(0)
        resource = beside.get(name)
        kind = as_dict(resource).get("resourceType")
        if resource is None or name in seen or kind not in _KEPT:
            continue
        seen.add(name)
        cut = _only(resource, _KEPT[kind])
        ahead += _references(cut)
        yield cut


def _references(resource: dict[str, Any]) -> Iterator[str]:
    for value in resource.values():
        for each in as_list(value) if isinstance(value, list) else [value]:
            for pointer in (each, *as_dict(each).values()):
                if isinstance(pointer, dict) and (name := reference_of(pointer)):
                    yield name
