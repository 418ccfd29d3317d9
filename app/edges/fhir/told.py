"""
Payers' answers in a document from outside the EHR: a PAS response Bundle, Parameters, a bare ClaimResponse or EOB.

References in it are the sender's own and mean nothing in the EHR, so an answer is named by a digest of what it is.
Source: http://hl7.org/fhir/us/davinci-pas (profile-pas-response-bundle, profile-pas-inquiry-response-bundle)
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from app.core.denial import Denial
from app.core.detect.person import AnswersTold, ToldAnswer, ToldPatient
from app.edges.fhir.claim import claim_of
from app.edges.fhir.claim_response import read_denial
from app.edges.fhir.coverage import coverage_of, read_coverage
from app.edges.fhir.datatypes import as_dict, dicts_of, identifiers_of, reference_of, string_of
from app.edges.fhir.explanation_of_benefit import read_denial_of_eob
from app.edges.fhir.feed import pieces_in
from app.edges.fhir.patient import name_of, read_patient
from app.errors import BadInput

_MOST_ANSWERS = 1_000  # of one document; for each its patient is looked for in the EHR
_SET_APART = ("id", "meta", "text", "contained")  # what a server writes into the same answer anew each time
_NO_NAME = "Name not given"


class TooMany(BadInput):
    """A document holds more answers than are taken in at once."""


def read_told(data: bytes, *, may_be_empty: bool = False) -> AnswersTold:
    """
    Return every answer in the bytes of a document, with what could not be read, by path; one fault hides no other.

    raises: BadInput when nothing of it can be read, or it holds no answer at all (unless it may be empty); TooMany
    """
    told: list[ToldAnswer] = []
    faults: list[tuple[str, str]] = []
    unread: list[BadInput] = []
    for piece in pieces_in(data):
        try:
            if isinstance(piece, BadInput):
                raise piece
            for path, resource, neighbours in piece.answers():
                if len(told) >= _MOST_ANSWERS:
                    raise TooMany(f"more than {_MOST_ANSWERS:,} answers", path=path, next="Send fewer at once.")
                if _stands(resource):
                    told.append(_told(path, resource, neighbours))
                else:
                    faults.append((path, "no answer to a prior authorization that stands"))
        except TooMany:
            raise
        except BadInput as fault:
            where = fault.within(piece.path)
            unread.append(where)
            faults.append((where.path, where.what))
    if not told and len(faults) == len(unread) and not (may_be_empty and not unread):
        raise unread[0] if unread else BadInput("holds no ClaimResponse and no ExplanationOfBenefit", path="Bundle")
    return AnswersTold(tuple(told), tuple(faults))


def _stands(resource: dict[str, Any]) -> bool:
    use, status = string_of(resource.get("use")), string_of(resource.get("status"))
    return use in (None, "preauthorization") and status not in ("draft", "entered-in-error")


def _told(path: str, resource: dict[str, Any], neighbours: Mapping[str, dict]) -> ToldAnswer:
    claim = claim_of(resource, neighbours)
    # Without its id: a server may give the same answer another one each time, and its words would seem new.
    denial = _denial({key: value for key, value in resource.items() if key != "id"}, claim)
    coverage, payer = coverage_of(resource, neighbours, claim=claim)
    # Who orders stands there by the sender's own reference, which would be somebody else's in the EHR: the name stays.
    who = _provider(denial.ordering, resource, neighbours)
    denial = replace(denial, reference=_name_of(resource), patient=None, ordering=None, provider_name=who)
    return ToldAnswer(
        path=path,
        denial=denial,
        coverage=replace(read_coverage(coverage, payer=payer, insurer=denial.insurer), reference=None),
        patient=_patient(resource, neighbours),
        request=tuple(_request(resource)),
    )


def _denial(resource: dict[str, Any], claim: dict[str, Any] | None) -> Denial:
    if resource.get("resourceType") == "ExplanationOfBenefit":
        return read_denial_of_eob(resource)
    return read_denial(resource, claim=claim)


def _name_of(resource: dict[str, Any]) -> str:
    """Return the same name each time: by the answer's identifiers, else by all it says."""
    told = sorted((system, value) for system, value in identifiers_of(resource.get("identifier")) if system)
    what: Any = told or {key: value for key, value in resource.items() if key not in _SET_APART}
    return "told:" + hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()[:32]


def _provider(reference: str | None, resource: dict[str, Any], neighbours: Mapping[str, dict]) -> str | None:
    """Return the name of the clinician who asked, None where the document does not tell it."""
    found = neighbours.get(reference or "") or {}
    if found.get("resourceType") == "PractitionerRole":
        found = neighbours.get(reference_of(found.get("practitioner")) or "") or {}
    pointer = as_dict(resource.get("requestor")) or as_dict(resource.get("provider"))
    shown = string_of(pointer.get("display")) if (reference_of(pointer) or "") == reference else None
    return (name_of(found.get("name")) if found.get("resourceType") == "Practitioner" else None) or shown


def _request(resource: dict[str, Any]) -> Iterator[tuple[str | None, str]]:
    """Yield the names that an answer gives its request; a relative reference is the sender's own and names nothing."""
    pointer = as_dict(resource.get("request")) or as_dict(resource.get("claim"))
    yield from identifiers_of([pointer.get("identifier")])
    url = string_of(pointer.get("reference")) or ""
    if "://" in url:
        yield None, url.partition("/_history/")[0]


def _patient(resource: dict[str, Any], neighbours: Mapping[str, dict]) -> ToldPatient:
    pointer = as_dict(resource.get("patient"))
    raw = string_of(pointer.get("reference")) or ""
    inside = next((each for each in dicts_of(resource.get("contained")) if raw == f"#{each.get('id')}"), None)
    found = inside or neighbours.get(raw) or neighbours.get(reference_of(pointer) or "") or {}
    if found.get("resourceType") != "Patient":
        return ToldPatient(name=string_of(pointer.get("display")))
    read = read_patient(found, reference=raw)
    return ToldPatient(None if read.name == _NO_NAME else read.name, read.birth_date, read.mrn)
