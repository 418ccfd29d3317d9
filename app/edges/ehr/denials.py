"""
Payers' answers in the EHR, with what stands around them: request, patient, plan, payer, clinician, encounter.

One search, then at most three rounds of reading together, however many answers there are. A server that lists what it
brings along is asked for all of it with that search, so that no round is left. Servers without ClaimResponse but with
ExplanationOfBenefit (Epic) are read through that.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from app.core.denial import Denial
from app.core.people import Clinician
from app.edges.ehr.around import (
    Pool,
    Roles,
    first_leads,
    gather_around,
    likely_request,
    roles_in,
    search_answers,
    second_leads,
)
from app.edges.ehr.reading import Reading
from app.edges.fhir.claim import claim_of
from app.edges.fhir.claim_response import read_denial
from app.edges.fhir.coverage import coverage_of, read_coverage
from app.edges.fhir.datatypes import as_dict, as_list, dicts_of, local_reference, string_of
from app.edges.fhir.explanation_of_benefit import read_denial_of_eob
from app.edges.fhir.patient import read_patient
from app.edges.fhir.practitioner import practitioner_of_role, read_clinician
from app.errors import BadInput
from app.flow.ports import DenialFound, DenialsRead

JOINED_BY_PAYER = "The answer names no request; it was joined to the only request of this patient to this payer."
_DENIED_SCOPE = "Parley was not given the right to read payers' answers here."


def read_denials(reading: Reading, *, patient: str | None, zone: str, now: datetime) -> DenialsRead:
    """
    Return the payers' answers of one patient ("Patient/ID"), or of all that the token shows.

    Answers of other patients and for other uses are dropped whatever the server sends. raises: SignInNeeded
    """
    kind = next(
        (each for each in ("ClaimResponse", "ExplanationOfBenefit") if reading.capability.offers(each, "s")), None
    )
    if kind is None:
        return DenialsRead((), supported=False)
    if not reading.may(kind, "s"):
        return DenialsRead((), problems=(_DENIED_SCOPE,))
    found = search_answers(reading, kind, patient, now)
    answers = [each for each in found.matches if _is_wanted(reading, each, patient)]
    pool = gather_around(reading, answers, found)
    roles = roles_in(pool)
    read = [_read_one(reading, each, pool, roles, zone=zone) for each in answers]
    problems = [each for each in read if isinstance(each, str)]
    if found.problem:
        problems.append(f"Not every answer could be read: {found.problem}")
    if found.warned:
        problems.append("The EHR says that it keeps some answers back from you.")
    ready = tuple(each for each in read if isinstance(each, DenialFound))
    return DenialsRead(ready, tuple(dict.fromkeys(problems)))


def _is_wanted(reading: Reading, answer: dict[str, Any], patient: str | None) -> bool:
    use, status = string_of(answer.get("use")), string_of(answer.get("status"))
    if use not in (None, "preauthorization") or status in ("draft", "entered-in-error"):
        return False
    return patient is None or reading.local(answer.get("patient")) == patient


@dataclass(frozen=True, slots=True)
class _Around:
    """What one answer leads to, by reference; only what its own references name, so no namesake elsewhere is taken."""

    answer: dict[str, Any]
    claim: dict[str, Any] | None
    neighbours: Pool


def _read_one(reading: Reading, answer: dict[str, Any], pool: Pool, roles: Roles, *, zone: str) -> DenialFound | str:
    """Return the denial with what stands around it, or the sentence that tells why it is not shown."""
    try:
        around = _around(reading, answer, pool)
        denial = _reader_of(answer)(answer, around.claim)
        if around.claim and not answer.get("request") and denial.request is None:
            denial = replace(
                denial, request=local_reference(around.claim), warnings=(*denial.warnings, JOINED_BY_PAYER)
            )
    except BadInput as problem:
        return f"One of the payers' answers could not be read ({problem.path or 'not a payer answer'})."
    patient = reading.local(answer.get("patient"))
    person = pool.get(patient or "")
    if patient is None or person is None:
        return "One of the payers' answers is not shown: its patient could not be read."
    coverage, payer = coverage_of(answer, around.neighbours, claim=around.claim)
    return DenialFound(
        denial=denial,
        coverage=read_coverage(coverage, payer=payer, insurer=denial.insurer),
        patient=read_patient(person, reference=patient),
        clinician=_clinician(reading, denial, pool, roles, zone=zone),
        encounter=_encounter(reading, around.claim),
    )


def _reader_of(answer: dict[str, Any]) -> Callable[[dict[str, Any], dict[str, Any] | None], Denial]:
    if answer.get("resourceType") == "ExplanationOfBenefit":
        return lambda resource, _: read_denial_of_eob(resource)
    return lambda resource, claim: read_denial(resource, claim=claim)


def _around(reading: Reading, answer: dict[str, Any], pool: Pool) -> _Around:
    def named_by(leads: Iterable[object]) -> dict[str, dict[str, Any]]:
        named = (local for each in leads if (local := reading.local(each)))
        return {each: pool[each] for each in named if each in pool}

    near = named_by(first_leads(answer))
    claim = claim_of(answer, near) or likely_request(reading, answer, pool)
    for source in (answer, claim or {}):
        near |= named_by(second_leads(source))
    for coverage in [each for each in near.values() if each.get("resourceType") == "Coverage"]:
        near |= named_by(as_list(coverage.get("payor")))
    return _Around(answer, claim, near)


def _clinician(reading: Reading, denial: Denial, pool: Pool, roles: Roles, *, zone: str) -> Clinician | None:
    reference = denial.ordering
    if reference is None:
        return None
    if reference.startswith("PractitionerRole/"):
        reference = practitioner_of_role(pool.get(reference, {}))
    practitioner = pool.get(reference or "")
    if reference is None or practitioner is None:
        return None
    return read_clinician(
        practitioner, reference=reference, roles=roles.get(reference, ()), zone=zone, hours=reading.profile.hours
    )


def _encounter(reading: Reading, claim: dict[str, Any] | None) -> str | None:
    for item in dicts_of(as_dict(claim).get("item")):
        for each in as_list(item.get("encounter")):
            if local := reading.local(each):
                return local
    return None
