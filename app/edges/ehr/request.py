"""One request (Claim) with what it names, as a payer must be told to find it again."""

from collections.abc import Iterable, Iterator
from typing import Any

from app.edges.ehr.reading import Reading
from app.edges.fhir.datatypes import as_dict, as_list, dicts_of, identifiers_of, local_reference
from app.errors import Permanent
from app.flow.ports import RequestRead

_ROUNDS = 3  # Claim > PractitionerRole > Practitioner; Claim > Coverage > payor
_KINDS = frozenset({"Patient", "Coverage", "Organization", "Practitioner", "PractitionerRole"})


class OtherPatientsRequest(Permanent):
    """The request names another patient than the case; nothing of it is sent anywhere."""

    say = "The request in the EHR is another patient's."
    next = "Look in the EHR whether records were merged. Nothing was sent."


def read_request_held(reading: Reading, reference: str, *, patient: str) -> RequestRead:
    """
    Return the request at "Claim/ID" with patient, plan, payer and provider; what the token may not read is missing.

    raises: OtherPatientsRequest, SignInNeeded and the errors of app.edges.http
    """
    claim = reading.counterpart.get(reference)
    if reading.local(claim.get("patient")) != patient:
        raise OtherPatientsRequest
    beside: dict[str, dict[str, Any]] = {}
    leads = set(_leads(claim))
    for _ in range(_ROUNDS):
        wanted = {local for lead in leads if (local := reading.local(lead)) and local.partition("/")[0] in _KINDS}
        fresh = reading.read_all(sorted(wanted - beside.keys()))
        beside |= {name: each for name, each in fresh.items() if not _is_anothers(reading, each, patient)}
        leads = {lead for each in fresh.values() for lead in _leads(each)}
    return RequestRead(claim, beside, reading.counterpart.base, identifiers_of(claim.get("identifier")))


def _is_anothers(reading: Reading, resource: dict[str, Any], patient: str) -> bool:
    """Whether this is a plan, or a record, of somebody else that got into the request: it does not travel."""
    whose = {"Coverage": resource.get("beneficiary"), "Patient": {"reference": local_reference(resource)}}
    pointer = whose.get(resource.get("resourceType", ""))
    return pointer is not None and reading.local(pointer) != patient


def _leads(resource: dict[str, Any]) -> Iterator[str]:
    """Yield the references by which a payer knows whom and what a resource is about; care teams and notes are none."""
    named: Iterable[object] = (
        resource.get("patient"), resource.get("insurer"), resource.get("provider"), resource.get("beneficiary"),
        resource.get("practitioner"), resource.get("organization"), *as_list(resource.get("payor")),
        *(each.get("coverage") for each in dicts_of(resource.get("insurance"))),
    )  # fmt: skip
    for each in named:
        reference = as_dict(each).get("reference")
        if isinstance(reference, str):
            yield reference
