"""
Claim, the request for authorization: what was asked, for whom, by whom. Read only; PAS and plain R4.

An answer names its lines by Claim.item.sequence alone, so services, diagnoses and quantities come from here.
Source: http://hl7.org/fhir/us/davinci-pas (profile-claim), https://hl7.org/fhir/R4/claim.html
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from app.core.denial import Code
from app.edges.fhir.datatypes import (
    as_dict,
    as_list,
    bool_of,
    codings_of,
    dicts_of,
    extension_value,
    identifiers_of,
    number_of,
    reference_of,
    string_of,
    whole_of,
)

_LEVEL_OF_SERVICE = ("extension-levelOfServiceCode", "levelOfServiceCode")
_URGENT_LEVELS = frozenset({"U", "03"})  # X12 1338: urgent, emergency
_ORDERING_ROLES = frozenset({"primary", "ordering", "DK", "DN", "requesting"})  # FHIR and X12 98
_MOST_DIAGNOSES = 100  # of one line; X12 278 has room for twelve, and lines times diagnoses would fill the memory


@dataclass(frozen=True, slots=True)
class RequestLine:
    """One line of the request. `label`: the requester's own words, else the code; never a licensed descriptor."""

    sequence: int
    service: Code | None = None
    label: str | None = None
    diagnoses: tuple[Code, ...] = ()
    quantity: float | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """A request as far as an answer needs it. `urgent` None where the Claim does not say."""

    lines: Mapping[int, RequestLine] = field(default_factory=dict)
    ordering: str | None = None
    urgent: bool | None = None


def read_request(claim: dict) -> Request:
    """Return what a Claim (or an ExplanationOfBenefit, which repeats it) asked for; never raises."""
    diagnoses = {whole_of(each.get("sequence")): each for each in dicts_of(claim.get("diagnosis"))}
    lines = {}
    for item in dicts_of(claim.get("item")):
        if (sequence := whole_of(item.get("sequence"))) is not None:
            lines[sequence] = _line(item, sequence, diagnoses)
    return Request(lines=lines, ordering=_ordering(claim), urgent=_urgent(claim))


def continued_by(claim: dict | None) -> tuple[str, ...]:
    """Return the earlier requests that a Claim takes up (Claim.related): each "Claim/ID" once."""
    found = (reference_of(each.get("claim")) for each in dicts_of(as_dict(claim).get("related")))
    return tuple(dict.fromkeys(each for each in found if each and each.startswith("Claim/")))


def claim_of(resource: dict, neighbours: Mapping[str, dict]) -> dict | None:
    """
    Return the Claim that an answer answers: contained, by reference, by identifier, or the only one beside it.

    The only one counts just where the answer names no request at all, as PAS 2.0.1 allowed. For neighbours see
    bundle.neighbours_of.
    """
    request = as_dict(resource.get("request")) or as_dict(resource.get("claim"))
    if (reference := string_of(request.get("reference"))) is not None:
        return _resolved(reference, resource, neighbours)
    for _, value in identifiers_of(request.get("identifier")):
        if (found := neighbours.get(f"Claim?identifier={value}")) is not None:
            return found
    return None if request else neighbours.get("Claim")


def _resolved(reference: str, resource: dict, neighbours: Mapping[str, dict]) -> dict | None:
    if reference.startswith("#"):
        inside = (each for each in dicts_of(resource.get("contained")) if each.get("id") == reference[1:])
        return next(inside, None)
    found = neighbours.get(reference) or neighbours.get(reference_of(reference) or "")
    return found if found is not None and _is_claim(found) else None


def _is_claim(resource: dict) -> bool:
    return resource.get("resourceType") == "Claim"


def _line(item: dict, sequence: int, diagnoses: Mapping[int | None, dict]) -> RequestLine:
    concept = as_dict(item.get("productOrService"))
    codes = codings_of(concept) if concept else ()
    service = codes[0] if codes else None
    return RequestLine(
        sequence=sequence,
        service=service,
        label=string_of(concept.get("text")) or (service.code if service else None),
        diagnoses=tuple(islice(_diagnoses(item, diagnoses), _MOST_DIAGNOSES)),
        quantity=number_of(item.get("quantity")),
        unit=_unit(item.get("quantity")),
    )


def _unit(quantity: object) -> str | None:
    """Return the unit in the requester's words; "1" is UCUM's word for none."""
    unit = string_of(as_dict(quantity).get("unit"))
    return None if unit == "1" else unit


def _diagnoses(item: dict, diagnoses: Mapping[int | None, dict]) -> Iterator[Code]:
    named = [whole_of(each) for each in as_list(item.get("diagnosisSequence"))]
    for sequence in named or list(diagnoses):
        if sequence in diagnoses:
            yield from codings_of(diagnoses[sequence].get("diagnosisCodeableConcept"))


def _ordering(claim: dict) -> str | None:
    team = [(each, reference_of(each.get("provider"))) for each in dicts_of(claim.get("careTeam"))]
    people = [(each, who) for each, who in team if who and who.startswith("Practitioner")]
    for each, who in people:
        if bool_of(each.get("responsible")) or _ORDERING_ROLES & {code.code for code in codings_of(each.get("role"))}:
            return who
    if people:
        return people[0][1]
    provider = reference_of(claim.get("provider"))
    return provider if provider and provider.startswith("Practitioner") else None


def _urgent(claim: dict) -> bool | None:
    # PAS's own example carries level U with priority normal, so priority alone proves nothing
    levels = {code.code for code in codings_of(extension_value(claim, *_LEVEL_OF_SERVICE))}
    if levels:
        return bool(levels & _URGENT_LEVELS)
    priority = {code.code for code in codings_of(claim.get("priority"))}
    return "stat" in priority if priority else None
