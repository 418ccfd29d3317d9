"""What Oracle's server refuses of a write: 422 for anything its documentation does not list."""

import base64
import binascii
import re
from collections.abc import Iterator

from launch.sandbox.forms import check_answers
from launch.sandbox.oracle_appointments import check_appointment
from launch.sandbox.outcome import FhirError, invalid
from launch.sandbox.profiles import Write
from launch.sandbox.store import patients_of, walk

DOCUMENT_FORMATS = (
    "application/pdf",
    "text/plain",
    "text/rtf",
    "application/rtf",
    "text/html",
    "application/xhtml+xml",
)
COMMON_FIELDS = {"resourceType", "id", "meta", "text", "language", "contained", "extension", "identifier"}
FIELDS = {
    "DocumentReference": {"status", "docStatus", "type", "category", "subject", "date", "author", "content", "context"}
    | {"description"},
    "Communication": {"status", "category", "priority", "subject", "encounter", "sender", "recipient", "payload"}
    | {"sent", "note", "topic"},
    "Appointment": {"status", "serviceType", "reasonCode", "slot", "participant", "requestedPeriod", "comment"}
    | {"start", "end", "description", "minutesDuration"},
}


def check_write(write: Write) -> dict:
    """Refuse what Millennium answers 422 to; complete an Appointment from its Slot."""
    kind = write.resource["resourceType"]
    if "implicitRules" in write.resource or any(_keys(write.resource, "modifierExtension")):
        raise _refused("implicitRules and modifierExtension are not supported", code="extension")
    extra = set(write.resource) - COMMON_FIELDS - FIELDS.get(kind, set(write.resource))
    if extra and write.interaction == "create":
        raise _refused(f"unsupported: {', '.join(sorted(extra))}", code="not-supported")
    if kind == "Appointment":
        return check_appointment(write)
    if kind == "DocumentReference":
        _check_document(write)
    if kind == "QuestionnaireResponse":
        check_answers(write, status=422)
    if kind == "Communication" and write.interaction == "create":
        _check_message(write.resource)
    return write.resource


def _refused(text: str, *, code: str = "business-rule") -> FhirError:
    return invalid(text, status=422, code=code)


def _keys(node: object, name: str) -> Iterator[bool]:
    if isinstance(node, dict):
        if name in node:
            yield True
        for value in node.values():
            yield from _keys(value, name)
    elif isinstance(node, list):
        for item in node:
            yield from _keys(item, name)


def _check_document(write: Write) -> None:
    document = write.resource
    if document.get("status") != "current" or document.get("docStatus") != "final":
        raise _refused("status is current and docStatus final")
    if not list(walk(document, "type.coding")) or not patients_of(document):
        raise _refused("type with a coding and a Patient as subject are required", code="required")
    authors = [str(leaf.get("reference", "")) for leaf in walk(document, "author")]
    person = (write.user or "").partition("/")[0] == "Practitioner"
    if not authors or (person and write.user not in authors):
        raise _refused("author must be the authorized provider", code="required")
    attachments = list(walk(document, "content.attachment"))
    if len(attachments) != 1 or not attachments[0].get("data"):
        raise _refused("exactly one content with data is required", code="required")
    if attachments[0].get("contentType", "").partition(";")[0] not in DOCUMENT_FORMATS:
        raise _refused("contentType is not supported", code="not-supported")
    ends = list(walk(document, "context.period.end"))
    if not ends or not re.match(r"\d{4}-\d\d-\d\dT", str(ends[0])):
        raise _refused("context.period.end with a time is required", code="required")


def _check_message(message: dict) -> None:
    if message.get("status") != "completed":
        raise _refused("Communication.status is completed")
    categories = {coding.get("code") for coding in walk(message, "category.coding")}
    if not categories & {"notification", "reminder"}:
        raise _refused("category is notification or reminder", code="required")
    if not str((message.get("sender") or {}).get("reference", "")).startswith("Practitioner/"):
        raise _refused("sender must be a Practitioner", code="required")
    recipients = [str(leaf.get("reference", "")).partition("/")[0] for leaf in walk(message, "recipient")]
    if not recipients or not set(recipients) <= {"Practitioner", "Group"}:
        raise _refused("recipient must be Practitioners or Groups", code="required")
    if message.get("priority", "routine") not in ("routine", "urgent"):
        raise _refused("priority is routine or urgent")
    _check_payload(list(walk(message, "payload")))


def _check_payload(payload: list[dict]) -> None:
    attachment = (payload[0].get("contentAttachment") or {}) if len(payload) == 1 else {}
    if attachment.get("contentType", "").partition(";")[0] not in ("text/plain", "application/xhtml+xml"):
        raise _refused("payload is one contentAttachment of text/plain or application/xhtml+xml", code="required")
    try:
        base64.b64decode(attachment.get("data", ""), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise _refused("payload data is not base64 text") from error
