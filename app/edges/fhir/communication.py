"""
Communication: what was agreed with the payer, for the team's inbox and the chart.

We write: identifier, status completed, category notification, priority, medium PHONE, subject, topic, about, encounter,
sent, recipient, sender, reasonCode COVAUTH, payload, inResponseTo for a later version.
reasonReference cannot point at a ClaimResponse; `about` can. source: https://hl7.org/fhir/R4/communication.html
"""

import base64
import re
from dataclasses import dataclass
from typing import Any

from app.core.effects import (
    ChangeAppointment,
    TellClinician,
    WriteAppointment,
    WriteCommunication,
    WriteDocument,
)
from app.edges.fhir.appointment import booking_comment, call_title, fhir_instant, references_to
from app.edges.fhir.call_file import MIME, write_call_file
from app.edges.fhir.datatypes import dicts_of, string_of
from app.edges.fhir.identifiers import write_identifier

_V3 = "http://terminology.hl7.org/CodeSystem"
_LOCAL = re.compile(r"[A-Z][A-Za-z]+/[A-Za-z0-9\-.]{1,64}")


@dataclass(frozen=True, slots=True)
class MessageStyle:
    """
    What a site wants of messages: category code, and its own sender and further recipient, by reference.

    bare: the server answers 422 to elements it does not document (Oracle), and takes the text as an attachment only
    """

    category: str = "notification"
    sender: str | None = None
    recipient: str | None = None
    files: bool = False  # whether a message about a call carries it as a calendar file
    bare: bool = False


_BARE = frozenset(
    "resourceType identifier status category priority subject encounter sender recipient payload sent topic".split()
)


def write_communication(
    effect: WriteCommunication, *, follows: str | None = None, style: MessageStyle | None = None
) -> dict[str, Any]:
    """Return the Communication, ready for POST. follows: "Communication/ID" of the version that this one replaces."""
    style = style or MessageStyle()
    message: dict[str, Any] = {
        "resourceType": "Communication",
        "identifier": [write_identifier(effect.key)],
        "status": "completed",
        "category": [{"coding": [{"system": f"{_V3}/communication-category", "code": style.category}]}],
        "priority": "routine",
        "medium": [{"coding": [{"system": f"{_V3}/v3-ParticipationMode", "code": "PHONE"}]}],
        "subject": {"reference": effect.patient.reference},
        "topic": {"text": effect.topic},
        "sent": fhir_instant(effect.at),
        "sender": {"reference": style.sender} if style.sender else _who(effect.sender, effect.sender_name),
        "reasonCode": [
            {"coding": [{"system": f"{_V3}/v3-ActReason", "code": "COVAUTH"}], "text": "Coverage authorization"}
        ],
        "payload": [{"contentString": effect.text}],
    }
    if effect.about:
        message["about"] = references_to(*effect.about)
    if effect.encounter:
        message["encounter"] = {"reference": effect.encounter}
    if told := tuple(dict.fromkeys(each for each in (*effect.recipients, style.recipient) if each)):
        message["recipient"] = [_who(each if _LOCAL.fullmatch(each) else None, each) for each in told]
    if follows:
        message["inResponseTo"] = references_to(follows)
    return _styled(message, effect.text, style)


def write_note_message(
    effect: WriteDocument, *, follows: str | None = None, style: MessageStyle | None = None
) -> dict[str, Any]:
    """
    Return the Communication that carries a note where the chart takes no document from us, ready for POST.

    It goes to whoever wrote it, as some servers take none that goes to nobody. follows: as of write_communication
    """
    told = WriteCommunication(
        key=effect.key,
        target=effect.target,
        case_number=effect.case_number,
        patient=effect.patient,
        sender=effect.author,
        sender_name=effect.author_name,
        recipients=(effect.author,) if effect.author else (),
        topic=f"{effect.topic} note",
        text=effect.text,
        at=effect.at,
        about=effect.about,
        encounter=effect.encounter,
        replaces_key=effect.replaces_key,
    )
    return write_communication(told, follows=follows, style=style)


def write_notice(
    effect: TellClinician, *, sender: str | None = None, style: MessageStyle | None = None
) -> dict[str, Any]:
    """
    Return the Communication that tells a clinician of a call, ready for POST: no subject, it is in no patient's chart.

    sender: "Practitioner/ID" of whose token sends it
    """
    style = style or MessageStyle()
    message: dict[str, Any] = {
        "resourceType": "Communication",
        "identifier": [write_identifier(effect.key)],
        "status": "completed",
        "category": [{"coding": [{"system": f"{_V3}/communication-category", "code": style.category}]}],
        "priority": "routine",
        "medium": [{"coding": [{"system": f"{_V3}/v3-ParticipationMode", "code": "WRITTEN"}]}],
        "topic": {"text": effect.subject},
        "recipient": references_to(effect.to),
        "payload": [{"contentString": effect.text}],
    }
    if who := style.sender or sender:
        message["sender"] = {"reference": who}
    return _styled(message, effect.text, style)


def _styled(message: dict[str, Any], text: str, style: MessageStyle) -> dict[str, Any]:
    """Return a message as the site's server takes it."""
    if not style.bare:
        return message
    data = base64.b64encode(text.encode()).decode()
    message["payload"] = [{"contentAttachment": {"contentType": "text/plain", "data": data}}]
    return {key: value for key, value in message.items() if key in _BARE}


_CALL_WORDS = {"moved": "The call was moved.", "cancelled": "The call was cancelled."}


def write_call_message(
    effect: WriteAppointment | ChangeAppointment,
    *,
    sender: str | None,
    zone: str,
    follows: str | None = None,
    style: MessageStyle | None = None,
) -> dict[str, Any]:
    """
    Return the Communication that tells the clinician of a booked, moved or cancelled call, ready for POST.

    For an EHR that takes neither appointments nor tasks. sender: "Practitioner/ID" of who booked
    """
    booking = effect.booking
    words = _call_words(effect, zone=zone)
    told = WriteCommunication(
        key=effect.key,
        target=effect.target,
        case_number=effect.case_number,
        patient=effect.patient,
        sender=sender or booking.clinician.reference,
        sender_name=booking.made_by,
        recipients=(booking.clinician.reference,),
        topic="Peer-to-peer review call",
        text=words,
        at=booking.made_at,
        about=effect.about,
    )
    message = write_communication(told, follows=follows, style=style)
    if style and style.files and not style.bare:
        message["payload"] = [*message["payload"], {"contentAttachment": _call_file(effect)}]
    return message


def call_note(
    effect: WriteAppointment | ChangeAppointment, *, author: str | None, zone: str, replaces_key: str | None = None
) -> WriteDocument:
    """Return a booked, moved or cancelled call as a document, where a site wants it so. author: who booked."""
    booking = effect.booking
    return WriteDocument(
        key=effect.key,
        target=effect.target,
        case_number=effect.case_number,
        patient=effect.patient,
        author=author or booking.clinician.reference,
        author_name=booking.made_by,
        title=call_title(booking, effect.case_number, zone=zone),
        text=_call_words(effect, zone=zone),
        at=booking.made_at,
        about=effect.about,
        held_from=booking.interval.start,
        held_to=booking.interval.end,
        replaces_key=replaces_key,
        topic="Peer-to-peer review call",
    )


def _call_words(effect: WriteAppointment | ChangeAppointment, *, zone: str) -> str:
    said = _CALL_WORDS.get(effect.change, "") if isinstance(effect, ChangeAppointment) else ""
    title = call_title(effect.booking, effect.case_number, zone=zone)
    told = (said, f"{title}.", booking_comment(effect.booking, effect.payer_name))
    return " ".join(each for each in told if each)


def _call_file(effect: WriteAppointment | ChangeAppointment) -> dict[str, Any]:
    content = write_call_file(effect)
    return {
        "contentType": MIME,
        "data": base64.b64encode(content).decode(),
        "size": len(content),
        "title": f"Call of case {effect.case_number}.ics",
    }


def _who(reference: str | None, name: str) -> dict[str, str]:
    if reference is None:
        return {"display": name}
    return {"reference": reference} if reference == name else {"reference": reference, "display": name}


def read_message_text(resource: dict[str, Any]) -> str | None:
    """Return the first text payload of a Communication, None when it has none."""
    for payload in dicts_of(resource.get("payload")):
        if text := string_of(payload.get("contentString")):
            return text
    return None
