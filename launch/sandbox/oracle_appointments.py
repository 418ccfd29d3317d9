"""Oracle's Appointment: booked into a Slot for exactly one Patient; changed by JSON Patch, its status only."""

from launch.sandbox.outcome import FhirError, invalid
from launch.sandbox.profiles import Write
from launch.sandbox.store import walk

MOVES = {  # status → what it may become
    "proposed": {"booked", "cancelled", "pending"},
    "pending": {"booked", "cancelled"},
    "booked": {"arrived", "checked-in", "cancelled", "fulfilled", "noshow"},
    "arrived": {"checked-in", "fulfilled", "cancelled", "noshow"},
    "checked-in": {"fulfilled", "cancelled"},
}
CHANGEABLE = {"status", "cancelationReason", "slot", "comment", "meta", "participant"}


def check_appointment(write: Write) -> dict:
    """Return the Appointment as Millennium completes it. raises: FhirError 422, 409 when the Slot is taken"""
    if write.interaction == "patch":
        return _check_change(write)
    appointment = write.resource
    people = _people(appointment)
    if appointment.get("status") == "proposed":
        return _check_request(appointment, people)
    if appointment.get("status") != "booked":
        raise _refused("status is proposed or booked")
    if people != ["Patient"] or appointment["participant"][0].get("status") != "accepted":
        raise _refused("participant must be exactly one Patient, accepted")
    slot = _slot_of(appointment, write.store)
    if slot.get("status") != "free":
        raise FhirError(409, "conflict", "the slot is not free")
    for edge in ("start", "end"):
        if appointment.get(edge, slot[edge]) != slot[edge]:
            raise _refused(f"{edge} is the slot's")
    return {
        **appointment,
        "start": slot["start"],
        "end": slot["end"],
        "participant": _with_actors(appointment, slot, write),
    }


def _refused(text: str) -> FhirError:
    return invalid(text, status=422, code="business-rule")


def _people(appointment: dict) -> list[str]:
    """Return the types of the actors. raises: FhirError 422 for a participant.type, which is forbidden"""
    if list(walk(appointment, "participant.type")):
        raise _refused("participant.type is not supported")
    return [str(actor.get("reference", "")).partition("/")[0] for actor in walk(appointment, "participant.actor")]


def _check_request(appointment: dict, people: list[str]) -> dict:
    if len(appointment.get("serviceType", [])) != 1 or len(appointment.get("requestedPeriod", [])) != 1:
        raise _refused("a proposal needs one serviceType and one requestedPeriod")
    places = people.count("Location")
    if people.count("Patient") != 1 or not places or len(people) != places + 1:
        raise _refused("a proposal has one Patient and its Locations")
    if {one.get("status") for one in appointment["participant"]} != {"needs-action"}:
        raise _refused("participants of a proposal need action")
    return appointment


def _slot_of(appointment: dict, store) -> dict:
    slots = [str(leaf.get("reference", "")) for leaf in walk(appointment, "slot")]
    key = slots[0].partition("/")[2] if len(slots) == 1 else ""
    if not key or not store.knows("Slot", key):
        raise _refused("slot is needed, exactly one, and must exist")
    return store.stored("Slot", key)


def _with_actors(appointment: dict, slot: dict, write: Write) -> list[dict]:
    """Add the Slot's own practitioner and place, as the scheduling engine does."""
    key = str((slot.get("schedule") or {}).get("reference", "")).partition("/")[2]
    schedule = write.store.stored("Schedule", key) if write.store.knows("Schedule", key) else {}
    actors = [{"actor": actor, "required": "required", "status": "accepted"} for actor in schedule.get("actor", ())]
    return [*appointment["participant"], *actors]


def _check_change(write: Write) -> dict:
    before, after = write.before or {}, write.resource
    touched = {name for name in set(before) | set(after) if before.get(name) != after.get(name)}
    if touched - CHANGEABLE:
        raise _refused(f"cannot be changed: {', '.join(sorted(touched - CHANGEABLE))}")
    old, new = before.get("status"), after.get("status")
    if new != old and new not in MOVES.get(old, ()):
        raise _refused(f"status cannot move from {old} to {new}")
    if new == "booked" and old != "booked":
        slot = _slot_of(after, write.store)
        if slot.get("status") != "free":
            raise FhirError(409, "conflict", "the slot is not free")
        return {**after, "start": slot["start"], "end": slot["end"]}
    return after


def effect(write: Write, stored: dict) -> None:
    """Take the Slot of a booking, give back that of a cancellation."""
    if stored["resourceType"] != "Appointment" or stored.get("status") not in ("booked", "cancelled"):
        return
    was = (write.before or {}).get("status")
    if was == stored["status"] or (stored["status"] == "cancelled" and was != "booked"):
        return
    status = "busy" if stored["status"] == "booked" else "free"
    for reference in walk(stored, "slot"):
        key = str(reference.get("reference", "")).partition("/")[2]
        if write.store.knows("Slot", key):
            write.store.update({**write.store.read("Slot", key), "status": status})
