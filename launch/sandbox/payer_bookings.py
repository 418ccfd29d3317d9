"""A booking at a payer's desk: what a caller must send, and what the payer keeps of it."""

import re
from dataclasses import dataclass
from datetime import datetime

from launch.sandbox.outcome import FhirError


@dataclass(frozen=True, slots=True)
class Booking:
    """A published slot given to a caller; key is the caller's own identifier, which makes a repeat harmless."""

    id: str
    slug: str
    key: tuple[str, str]
    slot: str
    reference: str | None
    start: datetime
    end: datetime
    cancelled_at: datetime | None = None


def slot_of(appointment: dict) -> str:
    """Return the id of the one slot asked for; raises FhirError 422."""
    references = [s.get("reference", "") for s in appointment.get("slot") or [] if isinstance(s, dict)]
    if appointment.get("resourceType") != "Appointment" or len(references) != 1 or "Slot/" not in references[0]:
        raise FhirError(422, "required", "an Appointment with exactly one slot reference is needed")
    return references[0].rsplit("/", 1)[-1]


def key_of(appointment: dict) -> tuple[str, str]:
    """Return the caller's identifier; raises FhirError 422 when there is none, or when a patient is named."""
    if re.search(r"\bPatient/", str(appointment)):
        raise FhirError(422, "business-rule", "leave the patient out: the reference number is enough")
    first = next((i for i in appointment.get("identifier") or [] if isinstance(i, dict) and i.get("value")), None)
    if first is None:
        raise FhirError(422, "required", "an identifier of your own is needed, so that a repeat books nothing twice")
    return first.get("system", ""), first["value"]


def confirmed(appointment: dict, slot: dict) -> dict:
    """Return the booking as the payer keeps it: the caller's words for it, the slot's times, booked."""
    taken = {key: appointment[key] for key in ("identifier", "description", "comment") if key in appointment}
    return {
        "resourceType": "Appointment",
        **taken,
        "status": "booked",
        "start": slot["start"],
        "end": slot["end"],
        "slot": [{"reference": f"Slot/{slot['id']}"}],
        "participant": [{"actor": {"display": slot["schedule"]["display"]}, "status": "accepted"}],
    }
