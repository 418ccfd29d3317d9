"""
Task: the booked call in somebody's work list, where the EHR's calendar takes no appointment from us; and the request to
copy a note into the chart, where the EHR takes no note.

We write: identifier, status accepted (requested of a copy), intent order, priority, code, description, focus, for,
authoredOn, lastModified, requester, owner, restriction.period, note, and input by which an EHR may launch Parley from
it. The description tells what lists of tasks show of it; it names no patient.
source: https://hl7.org/fhir/R4/task.html; restriction.period is the time within which the work is asked for
"""

from typing import Any

from app.core.case import Booking
from app.core.effects import ChangeAppointment, WriteAppointment, WriteDocument
from app.edges.fhir.appointment import SERVICE, booking_comment, call_title, fhir_instant, references_to
from app.edges.fhir.datatypes import as_dict, instant_of, string_of
from app.edges.fhir.identifiers import write_identifier
from app.edges.fhir.smart_launch import case_of_key, opens_parley

# What becomes of the Task at each change of the call; `moved` leaves its status alone.
STATUSES = {"cancelled": "cancelled", "fulfilled": "completed", "noshow": "failed"}
_CLOSED = ("completed", "cancelled", "rejected", "failed", "entered-in-error")
_REASONS = {"cancelled": "Call cancelled", "noshow": "The call was not held"}


def write_task(
    effect: WriteAppointment, *, requester: str | None, zone: str, launch_url: str | None = None
) -> dict[str, Any]:
    """
    Return the Task of a booking, ready for POST.

    requester: "Practitioner/ID" of who booked; zone: of its words; launch_url: at which an EHR opens Parley
    """
    task: dict[str, Any] = {
        "resourceType": "Task",
        "identifier": [write_identifier(effect.key)],
        "status": "accepted",
        "intent": "order",
        "priority": "routine",
        "code": SERVICE,
        "for": {"reference": effect.patient.reference},
        "authoredOn": fhir_instant(effect.booking.made_at),
        "owner": {"reference": effect.clinician.reference, "display": effect.clinician.name},
        **_when(effect.booking, effect.case_number, effect.payer_name, zone=zone),
    }
    if requester:
        task["requester"] = {"reference": requester}
    if effect.about:
        task["focus"] = references_to(effect.about[0])[0]
    return opens_parley(task, launch_url=launch_url, case_id=case_of_key(effect.key))


def copy_key(effect: WriteDocument) -> str:
    """Return the key of the request to copy a note: one for all versions of it."""
    return f"{effect.key.rpartition('/')[0]}/copy"


def write_copy_task(effect: WriteDocument, *, launch_url: str | None) -> dict[str, Any]:
    """Return the Task that asks a person to copy a note into the chart, ready for POST; it does not hold the note."""
    asked = f"Copy the note of {effect.topic.lower()} {effect.case_number} from Parley into the chart."
    task: dict[str, Any] = {
        "resourceType": "Task",
        "identifier": [write_identifier(copy_key(effect))],
        "status": "requested",
        "intent": "order",
        "priority": "routine",
        "code": {"text": "Copy a note into the chart"},
        "description": asked,
        "for": {"reference": effect.patient.reference},
        "authoredOn": fhir_instant(effect.at),
        "lastModified": fhir_instant(effect.at),
        "note": [{"text": "The case in Parley shows the note, and whether this is still to be done."}],
    }
    if effect.author:
        task["requester"] = {"reference": effect.author}
        task["owner"] = {"reference": effect.author, "display": effect.author_name}
    return opens_parley(task, launch_url=launch_url, case_id=case_of_key(effect.key))


def asked_again(standing: dict[str, Any], newer: dict[str, Any]) -> dict[str, Any] | None:
    """Return the request to copy opened again for a later version, None where it is still open."""
    if string_of(standing.get("status")) not in _CLOSED:
        return None
    return {**standing, "status": "requested", "lastModified": newer["lastModified"]}


def done_with(standing: dict[str, Any]) -> dict[str, Any] | None:
    """Return the request to copy closed, as the note stands in the chart now; None where somebody has closed it."""
    if string_of(standing.get("status")) in _CLOSED:
        return None
    return {
        **standing,
        "status": "cancelled",
        "statusReason": {"text": "A later version of the note stands in the chart"},
    }


def _when(booking: Booking, number: str, payer_name: str, *, zone: str) -> dict[str, Any]:
    return {
        "description": call_title(booking, number, zone=zone),
        "lastModified": fhir_instant(booking.made_at),
        "restriction": {
            "period": {"start": fhir_instant(booking.interval.start), "end": fhir_instant(booking.interval.end)}
        },
        "note": [{"text": booking_comment(booking, payer_name)}],
    }


def change_task(standing: dict[str, Any], effect: ChangeAppointment, *, zone: str) -> dict[str, Any]:
    """Return the Task as the EHR holds it with our change made; what others wrote into it stays, notes included."""
    changed = dict(standing)
    if effect.change == "moved":
        when = _when(effect.booking, effect.case_number, effect.payer_name, zone=zone)
        period = as_dict(when.pop("restriction"))["period"]
        notes = [each for each in standing.get("note") or () if each not in when["note"]]
        changed.update(when, note=[*notes, *when["note"]])
        changed["restriction"] = {**as_dict(standing.get("restriction")), "period": period}
        return changed
    changed["status"] = STATUSES[effect.change]
    changed["lastModified"] = fhir_instant(effect.booking.made_at)
    if words := _REASONS.get(effect.change):
        changed["statusReason"] = {"text": words}
    return changed


def has_task_change(standing: dict[str, Any], effect: ChangeAppointment) -> bool:
    """Whether the Task already stands as the effect wants it."""
    if effect.change != "moved":
        return string_of(standing.get("status")) == STATUSES[effect.change]
    period = as_dict(as_dict(standing.get("restriction")).get("period"))
    return (instant_of(period.get("start")), instant_of(period.get("end"))) == (
        effect.booking.interval.start,
        effect.booking.interval.end,
    )
