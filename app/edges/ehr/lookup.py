"""
Looking for what we may have written: by identifier where the server lists it, else among the patient's or clinician's.

Whatever comes back is matched here, by our identifier or by the note's own hash or words: servers ignore parameters and
send all, and some drop identifiers.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from app.edges.ehr.reading import Query, Reading
from app.edges.fhir.appointment import FREE_STATUSES
from app.edges.fhir.datatypes import as_dict, dicts_of, instant_of, reference_of, string_of
from app.edges.fhir.identifiers import carries, token_of
from app.edges.fhir.questionnaire import read_answered_note

_BEYOND_PATIENT = frozenset({"Appointment"})


@dataclass(frozen=True, slots=True)
class Looked:
    """
    What a look brought. possible: whether this server lets us look at all; sure: whether nothing found means absent.

    found: raw resources that carry our identifier, the oldest first
    """

    possible: bool
    sure: bool
    found: tuple[dict[str, Any], ...] = ()
    problem: str | None = None


def look_for(reading: Reading, key: str, resource: dict[str, Any], *, thorough: bool) -> Looked:
    """
    Look for the resource that the effect of `key` may have written.

    resource: as it would be sent, for its patient, clinician and hash
    thorough: look in the second way too when the first finds nothing (an earlier try is in doubt)
    raises: SignInNeeded
    """
    kind = resource["resourceType"]
    queries = _queries(reading, kind, key, resource)
    problem, possible = None, False
    for query in queries if thorough else queries[:1]:
        answer = reading.search_all([query])[0]
        if answer.refused:
            continue
        possible = True
        found = [each for each in answer.matches if is_ours(each, key, resource)]
        if found:
            return Looked(True, True, tuple(sorted(found, key=_written_at)))
        problem = problem or answer.problem
    return Looked(possible, possible and problem is None, problem=problem)


def is_ours(standing: dict[str, Any], key: str, resource: dict[str, Any]) -> bool:
    """Whether a resource in the EHR is the one we sent: by identifier, or by the same patient's same note."""
    if carries(standing, key):
        return True
    same = _marks(resource) & _marks(standing)
    return bool(same) and reference_of(standing.get("subject")) == reference_of(resource.get("subject"))


def _queries(reading: Reading, kind: str, key: str, resource: dict[str, Any]) -> list[Query]:
    if not reading.may(kind, "s", beyond_patient=kind in _BEYOND_PATIENT):
        return []
    ways = []
    if reading.capability.searches_by(kind, "identifier"):
        ways.append(Query(kind, (("identifier", token_of(key)),)))
    if kind == "Appointment":
        return ways + _by_calendar(reading, resource)
    patient = reference_of(resource.get("subject") or resource.get("for"))
    by = next((each for each in ("patient", "subject") if reading.capability.searches_by(kind, each)), None)
    if by and patient:
        ways.append(Query(kind, ((by, patient),)))
    return ways


def _by_calendar(reading: Reading, appointment: dict[str, Any]) -> list[Query]:
    actors = [reference_of(each.get("actor")) for each in dicts_of(appointment.get("participant"))]
    whose = "patient" if (actors or [None])[0] == _patient_of(appointment) is not None else "practitioner"
    by = next((each for each in (whose, "actor") if reading.capability.searches_by("Appointment", each, "date")), None)
    start = instant_of(appointment.get("start"))
    if by is None or not actors or actors[0] is None or start is None:
        return []
    days = (f"ge{_stamp(start - timedelta(days=1))}", f"lt{_stamp(start + timedelta(days=1))}")
    return [Query("Appointment", ((by, actors[0]), *(("date", each) for each in days)))]


def _stamp(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _marks(resource: dict[str, Any]) -> frozenset[str]:
    """
    Return by what a thing of ours is known whose identifier was dropped.

    A note by its attachments' hashes, or by the answer it is; a call by its slot and patient, as long as it holds it
    """
    if resource.get("resourceType") == "Appointment":
        patient = _patient_of(resource)
        if patient is None or string_of(resource.get("status")) in FREE_STATUSES:
            return frozenset()
        return frozenset(f"{slot} {patient}" for each in dicts_of(resource.get("slot")) if (slot := reference_of(each)))
    if resource.get("resourceType") == "QuestionnaireResponse":
        note = read_answered_note(resource)
        return frozenset((note,)) if note else frozenset()
    attachments = (as_dict(each.get("attachment")) for each in dicts_of(resource.get("content")))
    return frozenset(text for each in attachments if (text := string_of(each.get("hash"))))


def _patient_of(appointment: dict[str, Any]) -> str | None:
    actors = (reference_of(each.get("actor")) for each in dicts_of(appointment.get("participant")))
    return next((each for each in actors if each and each.startswith("Patient/")), None)


def _written_at(resource: dict[str, Any]) -> str:
    return string_of(as_dict(resource.get("meta")).get("lastUpdated")) or ""
