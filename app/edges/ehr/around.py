"""
What stands around payers' answers in the EHR, brought along with the search for them or read in rounds after it.

A server that lists what it brings along is asked for all of it at once; what it leaves out all the same is read
together, in at most three rounds.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from app.edges.ehr.reading import Found, Params, Query, Reading
from app.edges.fhir.claim import claim_of
from app.edges.fhir.datatypes import as_dict, as_list, dicts_of, local_reference, reference_of, string_of
from app.edges.fhir.practitioner import practitioner_of_role

# A whole worklist is asked for this far back; no payer keeps a call open longer. One patient is asked for whole.
LOOK_BACK = timedelta(days=180)
# What the answers' neighbours bring along in turn. R4 has no search parameter from a Claim to its Coverage, so the plan
# comes from the patient, back; what a server leaves out is read in rounds. (resource searched or brought, include)
_FURTHER = (
    ("Claim", "Claim:provider"),
    ("Claim", "Claim:care-team"),
    ("Patient", "Coverage:beneficiary"),
    ("Coverage", "Coverage:payor"),
    ("Practitioner", "PractitionerRole:practitioner"),
)
_ROLES = ("_revinclude:iterate", "PractitionerRole:practitioner")
_ROUNDS = 3  # of reading together: the request, its plan and clinician, the plan's payer
Pool = Mapping[str, dict[str, Any]]
Roles = Mapping[str, list[dict[str, Any]]]


def search_answers(reading: Reading, kind: str, patient: str | None, now: datetime) -> Found:
    """Return the answers, with all that can come along; without it where a server refuses what it lists."""
    query, further = _query(reading, kind, patient, now), _further(reading)
    if further:
        found = reading.search_all([Query(kind, (*query.params, *further))])[0]
        if not found.refused:
            return found
    return reading.search_all([query])[0]


def _further(reading: Reading) -> Params:
    return tuple(
        ("_include:iterate" if include.startswith(f"{kind}:") else "_revinclude:iterate", include)
        for kind, include in _FURTHER
        if reading.capability.brings(kind, include) and reading.may(include.partition(":")[0], "s")
    )


def _query(reading: Reading, kind: str, patient: str | None, now: datetime) -> Query:
    offered = reading.capability.of(kind)
    params: list[tuple[str, str]] = []
    if patient and "patient" in offered.params:
        params.append(("patient", patient))
    if "use" in offered.params:
        params.append(("use", "preauthorization"))
    if not patient and "created" in offered.params:
        params.append(("created", f"ge{(now - LOOK_BACK).astimezone(UTC):%Y-%m-%d}"))
    includes = (f"{kind}:{each}" for each in ("request", "claim", "patient", "coverage", "insurer"))
    params += [("_include", each) for each in includes if each in offered.includes]
    return Query(kind, tuple(params))


def gather_around(reading: Reading, answers: list[dict[str, Any]], found: Found) -> dict[str, dict[str, Any]]:
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
    _add_roles(reading, pool, along=found.others if _ROLES in _further(reading) else {})
    return pool


def _leads(reading: Reading, answers: list[dict[str, Any]], pool: Pool) -> Iterator[object]:
    """Yield what the answers, and what they led to so far, point at; what a server included is followed at once."""
    requests = [claim for each in answers if (claim := claim_of(each, pool) or likely_request(reading, each, pool))]
    for answer in answers:
        yield from first_leads(answer)
    for each in (*answers, *requests):
        yield from second_leads(each)
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


def likely_request(reading: Reading, answer: dict[str, Any], pool: Pool) -> dict[str, Any] | None:
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


def first_leads(answer: dict[str, Any]) -> list[object]:
    """Return the references by which an answer names its request, patient and payer."""
    return [answer.get("request"), answer.get("claim"), answer.get("patient"), answer.get("insurer")]


def second_leads(resource: dict[str, Any]) -> list[object]:
    """Return the references by which an answer or a request names its plan and clinicians."""
    insurances = [each.get("coverage") for each in dicts_of(resource.get("insurance"))]
    team = [each.get("provider") for each in dicts_of(resource.get("careTeam"))]
    return [lead for lead in (*insurances, *team, resource.get("provider")) if _is_read(lead)]


def _is_read(lead: object) -> bool:
    reference = reference_of(as_dict(lead)) or ""
    return reference.partition("/")[0] in ("Coverage", "Practitioner", "PractitionerRole")


def _add_roles(reading: Reading, pool: dict[str, dict[str, Any]], *, along: Pool) -> None:
    """Add the roles of every practitioner who came without any: they hold working hours and specialty."""
    held = roles_in(along)  # roles that an answer names are one of several; those that came along are all
    practitioners = sorted(each for each in pool if each.startswith("Practitioner/") and each not in held)
    if (
        practitioners
        and reading.may("PractitionerRole", "s")
        and reading.capability.searches_by("PractitionerRole", "practitioner")
    ):
        params: Params = (("practitioner", ",".join(practitioners)),)
        for role in reading.search_all([Query("PractitionerRole", params)])[0].matches:
            pool[local_reference(role) or ""] = role


def roles_in(pool: Pool) -> Roles:
    """Return the roles by the practitioner who has them."""
    found: dict[str, list[dict[str, Any]]] = {}
    for each in pool.values():
        if each.get("resourceType") == "PractitionerRole" and (whose := practitioner_of_role(each)):
            found.setdefault(whose, []).append(each)
    return found
