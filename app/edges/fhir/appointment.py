"""
Appointment: the booked call as the EHR's calendar shows it, and what blocks a clinician's time.

We write: identifier, status, serviceType, appointmentType, description, comment, supportingInformation, start, end,
minutesDuration, created, one Practitioner participant. Never a patient participant: many portals show those to the
patient; the patient stands in supportingInformation. Description and comment hold no PHI: calendars are widely read.
Where the EHR books into its own slots only, and the site named which: identifier, status, slot, start, end, comment,
one Patient participant without a type, and nothing else (Oracle answers 422).
We read: status, start, end, minutesDuration, participant.
source: https://hl7.org/fhir/R4/appointment.html (app-1 … app-4)
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.core.case import Booking
from app.core.effects import ChangeAppointment, WriteAppointment
from app.core.interval import Interval
from app.core.people import Clinician, Patient
from app.edges.fhir.datatypes import dicts_of, instant_of, local_reference, number_of, reference_of, string_of
from app.edges.fhir.identifiers import write_identifier

# A status that does not hold the time. Any other, known to us or not, holds it: errs busy.
FREE_STATUSES = frozenset({"proposed", "cancelled", "noshow", "entered-in-error", "waitlist"})
_DEFAULT_MINUTES = 60
SERVICE = {
    "coding": [{"system": "urn:parley:service-type", "code": "p2p-review", "display": "Peer-to-peer review"}],
    "text": "Peer-to-peer review",
}
_WHO_CALLS = {"payer": "The payer calls us", "us": "We call the payer"}


def fhir_instant(instant: datetime) -> str:
    """Return an aware datetime as FHIR wants an instant: UTC, whole seconds."""
    return instant.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def references_to(*references: str) -> list[dict[str, str]]:
    """Return References, in order and without repeats."""
    return [{"reference": each} for each in dict.fromkeys(references) if each]


def write_appointment(effect: WriteAppointment) -> dict[str, Any]:
    """Return the Appointment of a booking, ready for POST."""
    return _appointment(
        key=effect.key,
        booking=effect.booking,
        clinician=effect.clinician,
        patient=effect.patient,
        case_number=effect.case_number,
        payer_name=effect.payer_name,
        about=effect.about,
    )


def _appointment(
    *,
    key: str,
    booking: Booking,
    clinician: Clinician,
    patient: Patient,
    case_number: str,
    payer_name: str,
    about: tuple[str, ...],
) -> dict[str, Any]:
    return {
        "resourceType": "Appointment",
        "identifier": [write_identifier(key)],
        "status": "booked",
        "serviceType": [SERVICE],
        "appointmentType": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0276", "code": "ROUTINE"}]},
        "description": f"Peer-to-peer review call, case {case_number}",
        "supportingInformation": references_to(*about, patient.reference),
        **_times(booking),
        "created": fhir_instant(booking.made_at),
        "comment": booking_comment(booking, payer_name),
        "participant": [
            {
                "actor": {"reference": clinician.reference, "display": clinician.name},
                "required": "required",
                "status": "accepted",
            }
        ],
    }


def write_slot_appointment(effect: WriteAppointment | ChangeAppointment, slot: dict[str, Any]) -> dict[str, Any]:
    """Return the Appointment of a call in a slot of the EHR's own, ready for POST. slot: as just read there."""
    return {
        "resourceType": "Appointment",
        "identifier": [write_identifier(effect.key)],
        "status": "booked",
        "slot": references_to(local_reference(slot) or ""),
        "start": slot["start"],
        "end": slot["end"],
        "comment": booking_comment(effect.booking, effect.payer_name),
        "participant": [{"actor": {"reference": effect.patient.reference}, "status": "accepted"}],
    }


def appointment_patch(standing: dict[str, Any], effect: ChangeAppointment) -> list[dict[str, Any]]:
    """Return the JSON Patch that makes our change at the Appointment as the EHR holds it, and touches nothing else."""
    changed = change_appointment(standing, effect)
    made = [
        {"op": "replace" if name in standing else "add", "path": f"/{name}", "value": value}
        for name, value in changed.items()
        if value != standing.get(name)
    ]
    return made + [{"op": "remove", "path": f"/{name}"} for name in standing if name not in changed]


def _times(booking: Booking) -> dict[str, Any]:
    return {
        "start": fhir_instant(booking.interval.start),
        "end": fhir_instant(booking.interval.end),
        "minutesDuration": max(1, round(booking.interval.length / timedelta(minutes=1))),
    }


def call_title(booking: Booking, number: str, *, zone: str) -> str:
    """Return what a list shows of a call: whose case, day and time in `zone`; no PHI."""
    start, end = (each.astimezone(ZoneInfo(zone)) for each in (booking.interval.start, booking.interval.end))
    return f"Peer-to-peer review call, case {number}: {start:%a %d %b %Y, %H:%M} to {end:%H:%M %Z}"


def booking_comment(booking: Booking, payer_name: str) -> str:
    """Return whose call it is, who places it and at which number; no PHI, calendars are widely read."""
    parts = [f"{payer_name}.", f"{_WHO_CALLS.get(booking.who_calls or '', 'Who calls whom was not told')}."]
    if booking.number:
        parts.append(f"Number: {booking.number}.")
    return " ".join(parts)


def change_appointment(standing: dict[str, Any], effect: ChangeAppointment) -> dict[str, Any]:
    """
    Return the Appointment as the EHR holds it with our change made, and everything else left as it is.

    standing: the raw resource just read; what others added to it stays
    """
    changed = dict(standing)
    if effect.change == "moved":
        changed.update(
            _times(effect.booking), status="booked", comment=booking_comment(effect.booking, effect.payer_name)
        )
        changed.pop("cancelationReason", None)
        return changed
    changed["status"] = effect.change
    if effect.change in ("cancelled", "noshow"):  # cancelationReason is allowed with these two only (app-4)
        # The payer has no code of its own in the value set; the words tell it.
        words = {"noshow": "The call was not held"}.get(effect.change, "Call cancelled")
        changed["cancelationReason"] = {
            "coding": [
                {"system": "http://terminology.hl7.org/CodeSystem/appointment-cancellation-reason", "code": "other"}
            ],
            "text": words,
        }
    return changed


def has_change(standing: dict[str, Any], effect: ChangeAppointment) -> bool:
    """Whether the Appointment already stands as the effect wants it, so that a repeated change changes nothing."""
    if effect.change != "moved":
        return standing.get("status") == effect.change
    same = instant_of(standing.get("start")), instant_of(standing.get("end"))
    return same == (effect.booking.interval.start, effect.booking.interval.end) and standing.get("status") == "booked"


@dataclass(frozen=True, slots=True)
class Busyness:
    """
    What one Appointment takes of somebody's time.

    interval None: it takes none (cancelled, waiting list) or says no time; warning: what was taken for granted
    """

    interval: Interval | None
    actors: tuple[str, ...]
    warning: str | None = None

    @property
    def place(self) -> str | None:
        """Where it is, None where it names no place or several."""
        places = {each for each in self.actors if each.startswith("Location/")}
        return places.pop() if len(places) == 1 else None


def read_busyness(resource: dict[str, Any]) -> Busyness:
    """
    Return the time that an Appointment takes of those who take part and have not declined.

    errs: busy; a booked appointment without an end takes an hour, and says so
    """
    actors = tuple(
        actor
        for each in dicts_of(resource.get("participant"))
        if string_of(each.get("status")) != "declined" and (actor := reference_of(each.get("actor")))
    )
    if string_of(resource.get("status")) in FREE_STATUSES:
        return Busyness(None, actors)
    start, end = instant_of(resource.get("start")), instant_of(resource.get("end"))
    if start is None:
        return Busyness(None, actors, "An appointment without a readable time was left out of the calendar.")
    if end is not None and end > start:
        return Busyness(Interval(start, end), actors)
    minutes = number_of(resource.get("minutesDuration"))
    if minutes and 0 < minutes <= 24 * 60:
        return Busyness(Interval(start, start + timedelta(minutes=minutes)), actors)
    taken = Interval(start, start + timedelta(minutes=_DEFAULT_MINUTES))
    return Busyness(taken, actors, f"An appointment without an end is taken for {_DEFAULT_MINUTES} minutes.")
