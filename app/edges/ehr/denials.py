"""
Payers' answers in the EHR, with what stands around them: request, patient, plan, payer, clinician, encounter.

One search, then at most three rounds of reading together, however many answers there are. Servers without
ClaimResponse but with ExplanationOfBenefit (Epic) are read through that.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from app.core.denial import Denial
from app.core.people import Clinician
from app.edges.ehr.reading import Found, Params, Query, Reading
from app.edges.fhir.claim import claim_of
from app.edges.fhir.claim_response import read_denial
from app.edges.fhir.coverage import coverage_of, read_coverage
from app.edges.fhir.datatypes import as_dict, as_list, dicts_of, local_reference, reference_of, string_of
from app.edges.fhir.explanation_of_benefit import read_denial_of_eob
from app.edges.fhir.patient import read_patient
from app.edges.fhir.practitioner import practitioner_of_role, read_clinician
from app.errors import BadInput
from app.flow.ports import DenialFound, DenialsRead

# A whole worklist is asked for this far back; no payer keeps a call open longer. One patient is asked for whole.
LOOK_BACK = timedelta(days=180)
JOINED_BY_PAYER = "The answer names no request; it was joined to the only request of this patient to this payer."
_DENIED_SCOPE = "Parley was not given the right to read payers' answers here."
_ROUNDS = 3  # of reading together: the request, its plan and clinician, the plan's payer
_Pool = Mapping[str, dict[str, Any]]
_Roles = Mapping[str, list[dict[str, Any]]]


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
    found = reading.search_all([_query(reading, kind, patient, now)])[0]
    answers = [each for each in found.matches if _is_wanted(reading, each, patient)]
    pool = _gather(reading, answers, found)
    roles = _roles_in(pool)
    read = [_read_one(reading, each, pool, roles, zone=zone) for each in answers]
    problems = [each for each in read if isinstance(each, str)]
    if found.problem:
        problems.append(f"Not every answer could be read: {found.problem}")
    if found.warned:
        problems.append("The EHR says that it keeps some answers back from you.")
    ready = tuple(each for each in read if isinstance(each, DenialFound))
    return DenialsRead(ready, tuple(dict.fromkeys(problems)))


def _query(reading: Reading, kind: str, patient: str | None, now: datetime) -> Query:
    offered = reading.capability.of(kind)
    params: list[tuple[str, str]] = []
    if patient and "patient" in offered.params:
        params.append(("patient", patient))
    if "use" in offered.params:
        params.append(("use", "preauthorization"))
    if not patient and "created" in offered.params:
        params.append(("created", f"ge{(now - LOOK_BACK).astimezone(UTC):%Y-%m-%d}"))
    includes = (f"{kind}:request", f"{kind}:claim", f"{kind}:patient", f"{kind}:coverage")
    params += [("_include", each) for each in includes if each in offered.includes]
    return Query(kind, tuple(params))


def _is_wanted(reading: Reading, answer: dict[str, Any], patient: str | None) -> bool:
    use, status = string_of(answer.get("use")), string_of(answer.get("status"))
    if use not in (None, "preauthorization") or status in ("draft", "entered-in-error"):
        return False
    return patient is None or reading.local(answer.get("patient")) == patient


def _gather(reading: Reading, answers: list[dict[str, Any]], found: Found) -> dict[str, dict[str, Any]]:
    """Return everything the answers lead to, by "Type/ID", in few rounds of reading together."""
    pool: dict[str, dict[str, Any]] = dict(found.others)
    asked: set[str] = set()
    _add_requests(reading, answers, pool)
    for _ in range(_ROUNDS):
        leads = {local for each in _leads(reading, answers, pool) if (local := reading.local(each))}
        if not (wanted := leads - pool.keys() - asked):
            break
        asked |= wanted
        pool.update(reading.read_all(sorted(wanted)))
    _add_roles(reading, pool)
    return pool


def _leads(reading: Reading, answers: list[dict[str, Any]], pool: _Pool) -> Iterator[object]:
    """Yield what the answers, and what they led to so far, point at; what a server included is followed at once."""
    requests = [claim for each in answers if (claim := claim_of(each, pool) or _likely_request(reading, each, pool))]
    for answer in answers:
        yield from _first_leads(answer)
    for each in (*answers, *requests):
        yield from _second_leads(each)
    for each in pool.values():
        if each.get("resourceType") == "PractitionerRole":
            yield each.get("practitioner")
        elif each.get("resourceType") == "Coverage":
            yield from as_list(each.get("payor"))


def _add_requests(reading: Reading, answers: list[dict[str, Any]], pool: dict[str, dict[str, Any]]) -> None:
    """Add the requests of patients whose answer names none (PAS 2.0.1 leaves `request` optional)."""
    patients = sorted({p for each in answers if not each.get("request") and (p := reading.local(each.get("patient")))})
    if not (patients and reading.may("Claim", "s") and reading.capability.searches_by("Claim", "patient")):
        return
    for found in reading.search_all([Query("Claim", (("patient", each),)) for each in patients]):
        for claim in found.matches:
            if string_of(claim.get("use")) == "preauthorization" and (reference := local_reference(claim)):
                pool.setdefault(reference, claim)


def _likely_request(reading: Reading, answer: dict[str, Any], pool: _Pool) -> dict[str, Any] | None:
    """
    Return the one request that an answer without `request` can belong to, None when none or several can.

    Same patient, same payer (or none named), made before the answer, holding every line that the answer names
    (facts B.1: match also by patient, insurer and date).
    """
    if answer.get("request") or answer.get("resourceType") != "ClaimResponse":
        return None
    sequences = {each.get("itemSequence") for each in dicts_of(answer.get("item"))}
    fitting = [
        claim
        for claim in pool.values()
        if claim.get("resourceType") == "Claim"
        and reading.local(claim.get("patient")) == reading.local(answer.get("patient"))
        and reading.local(claim.get("insurer")) in (None, reading.local(answer.get("insurer")))
        and (string_of(claim.get("created")) or "")[:10] <= (string_of(answer.get("created")) or "9999")[:10]
        and sequences <= {each.get("sequence") for each in dicts_of(claim.get("item"))}
    ]
    return fitting[0] if len(fitting) == 1 else None


def _first_leads(answer: dict[str, Any]) -> list[object]:
    return [answer.get("request"), answer.get("claim"), answer.get("patient"), answer.get("insurer")]


def _second_leads(resource: dict[str, Any]) -> list[object]:
    insurances = [each.get("coverage") for each in dicts_of(resource.get("insurance"))]
    team = [each.get("provider") for each in dicts_of(resource.get("careTeam"))]
    return [lead for lead in (*insurances, *team, resource.get("provider")) if _is_read(lead)]


def _is_read(lead: object) -> bool:
    reference = reference_of(as_dict(lead)) or ""
    return reference.partition("/")[0] in ("Coverage", "Practitioner", "PractitionerRole")


def _add_roles(reading: Reading, pool: dict[str, dict[str, Any]]) -> None:
    """Add the roles of every practitioner found: they hold working hours and specialty."""
    practitioners = sorted(each for each in pool if each.startswith("Practitioner/"))
    if (
        practitioners
        and reading.may("PractitionerRole", "s")
        and reading.capability.searches_by("PractitionerRole", "practitioner")
    ):
        params: Params = (("practitioner", ",".join(practitioners)),)
        for role in reading.search_all([Query("PractitionerRole", params)])[0].matches:
            pool[local_reference(role) or ""] = role


@dataclass(frozen=True, slots=True)
class _Around:
    """What one answer leads to, by reference; only what its own references name, so no namesake elsewhere is taken."""

    answer: dict[str, Any]
    claim: dict[str, Any] | None
    neighbours: _Pool


def _read_one(reading: Reading, answer: dict[str, Any], pool: _Pool, roles: _Roles, *, zone: str) -> DenialFound | str:
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


def _around(reading: Reading, answer: dict[str, Any], pool: _Pool) -> _Around:
    def named_by(leads: Iterable[object]) -> dict[str, dict[str, Any]]:
        named = (local for each in leads if (local := reading.local(each)))
        return {each: pool[each] for each in named if each in pool}

    near = named_by(_first_leads(answer))
    claim = claim_of(answer, near) or _likely_request(reading, answer, pool)
    for source in (answer, claim or {}):
        near |= named_by(_second_leads(source))
    for coverage in [each for each in near.values() if each.get("resourceType") == "Coverage"]:
        near |= named_by(as_list(coverage.get("payor")))
    return _Around(answer, claim, near)


def _clinician(reading: Reading, denial: Denial, pool: _Pool, roles: _Roles, *, zone: str) -> Clinician | None:
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


def _roles_in(pool: _Pool) -> _Roles:
    """Return the roles by the practitioner who has them."""
    found: dict[str, list[dict[str, Any]]] = {}
    for each in pool.values():
        if each.get("resourceType") == "PractitionerRole" and (whose := practitioner_of_role(each)):
            found.setdefault(whose, []).append(each)
    return found


def _encounter(reading: Reading, claim: dict[str, Any] | None) -> str | None:
    for item in dicts_of(as_dict(claim).get("item")):
        for each in as_list(item.get("encounter")):
            if local := reading.local(each):
                return local
    return None
