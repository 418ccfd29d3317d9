"""
Schedule: whose Slots they are.

We read: actor, specialty, active. source: https://hl7.org/fhir/R4/schedule.html; SMART Scheduling Links
"""

from dataclasses import dataclass
from typing import Any

from app.edges.fhir.datatypes import as_list, dicts_of, local_reference, reference_of, text_of

_SPECIALTY = "http://hl7.org/fhir/uv/smart-scheduling-links/StructureDefinition/schedule-specialty"
_PEOPLE = ("Practitioner/", "PractitionerRole/")


@dataclass(frozen=True, slots=True)
class ReadSchedule:
    """A schedule's reference, those it is the schedule of, a specialty in words. person: the first that is somebody."""

    reference: str | None
    actors: tuple[str, ...]
    actor_names: tuple[str, ...]
    specialty: str | None
    person: str | None = None


def read_schedule(resource: dict[str, Any]) -> ReadSchedule:
    """Return what a Schedule says of its owner."""
    actors = dicts_of(resource.get("actor"))
    return ReadSchedule(
        reference=local_reference(resource),
        actors=tuple(each for actor in actors if (each := reference_of(actor))),
        actor_names=tuple(each for actor in actors if (each := text_of(actor))),
        specialty=specialty_of(resource),
        person=next((text for each in actors if _is_person(each) and (text := text_of(each))), None),
    )


def _is_person(actor: dict[str, Any]) -> bool:
    return (reference_of(actor) or "").startswith(_PEOPLE)


def specialty_of(resource: dict[str, Any]) -> str | None:
    """Return the first specialty of a Schedule, Slot or PractitionerRole in words, None when none is told."""
    told = [each.get("valueCoding") for each in dicts_of(resource.get("extension")) if each.get("url") == _SPECIALTY]
    return next((text for each in (*as_list(resource.get("specialty")), *told) if (text := text_of(each))), None)
