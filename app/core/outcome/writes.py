"""What an outcome asks of the world: its note, its message, the appointment's end, the payer's slot given back."""

from datetime import datetime

from app.core.case import Case
from app.core.effects import ChangeAppointment, Effect, TellPayer, WriteCommunication, WriteDocument
from app.core.outcome.form import SAID, topic_of
from app.core.outcome.note import note_of, summary_of
from app.core.people import User


def outcome_effects(before: Case, after: Case, *, by: User, zone: str, now: datetime) -> tuple[Effect, ...]:
    """Return the writes that tell the EHR, and the payer, of what was settled."""
    outcome = after.outcome
    assert outcome is not None  # noqa: S101 settle has just set it
    root = f"{after.tenant}/{after.id}"
    about = after.about
    document_key = f"{root}/document/{outcome.id}/{outcome.revision}"
    message_key = f"{root}/communication/{outcome.id}/{outcome.revision}"
    text, topic = note_of(after, zone=zone), topic_of(outcome.way)
    first = outcome.revision == 0
    effects: list[Effect] = [
        WriteDocument(
            key=document_key,
            target=f"{outcome.id}/document",
            case_number=after.number,
            patient=after.patient,
            author=by.reference,
            author_name=by.name,
            title=f"{topic} {after.number}: {SAID[outcome.result]}",
            text=text,
            at=now,
            about=about,
            encounter=after.encounter,
            held_from=outcome.held_at,
            held_to=_held_to(after),
            replaces_key=None if first else f"{root}/document/{outcome.id}/{outcome.revision - 1}",
            topic=topic,
        ),
        WriteCommunication(
            key=message_key,
            target=f"{outcome.id}/communication",
            case_number=after.number,
            patient=after.patient,
            sender=by.reference,
            sender_name=by.name,
            recipients=(after.clinician.reference,) if after.clinician else (),
            topic=topic,
            text=summary_of(after),
            at=now,
            about=about,
            encounter=after.encounter,
            replaces_key=None if first else f"{root}/communication/{outcome.id}/{outcome.revision - 1}",
        ),
    ]
    change = _appointment_change(before, after, root=root, about=about)
    if change is None:
        return tuple(effects)
    return (*effects, change, *_given_back(after, change))


def _appointment_change(before: Case, after: Case, *, root: str, about: tuple[str, ...]) -> ChangeAppointment | None:
    booking = after.booking
    if booking is None or booking == before.booking:
        return None
    return ChangeAppointment(
        key=f"{root}/appointment/{booking.id}/{booking.state}",
        target=booking.id,
        appointment_key=f"{root}/appointment/{booking.id}",
        change=booking.state,
        patient=after.patient,
        booking=booking,
        case_number=after.number,
        payer_name=after.payer_name,
        about=about,
    )


def _given_back(after: Case, change: ChangeAppointment) -> tuple[TellPayer, ...]:
    """Return the word to the payer that its published slot is free again, so that no reviewer waits for nobody."""
    booking = change.booking
    if change.change != "cancelled" or booking.payer_slot is None:
        return ()
    return (
        TellPayer(
            key=f"{after.tenant}/{after.id}/payer-slot/{booking.id}/{booking.revision}/settled",
            target=f"{booking.id}/payer",
            payer_slot=booking.payer_slot,
            case_number=after.number,
            booking_id=booking.id,
            change="cancelled",
            payer_reference=after.denial.reference_number,
        ),
    )


def _held_to(case: Case) -> datetime | None:
    """Return the booked end, where the call was held at the booked time."""
    booking, held_at = case.booking, case.outcome and case.outcome.held_at
    within = booking and held_at and booking.interval.start <= held_at < booking.interval.end
    return booking.interval.end if within else None
