"""
The last look at a resource before it leaves: fhirclient's strict model, then what it does not check.

fhirclient accepts any code and misses invariants; the ones of the resources we write are here.
source: invariants of https://hl7.org/fhir/R4/ (app-1…4, att-1, ele-1), instants by its datatypes page
"""

import re
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

from app.errors import Permanent

_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})")
_REFERENCE = re.compile(r"[A-Z][A-Za-z]+/[A-Za-z0-9\-.]{1,64}|https://\S+|#\S+|urn:\S+")
_STATUSES = {
    "Appointment": frozenset(
        "proposed pending booked arrived fulfilled cancelled noshow entered-in-error checked-in waitlist".split()
    ),
    "Communication": frozenset(
        "preparation in-progress not-done on-hold stopped completed entered-in-error unknown".split()
    ),
    "DocumentReference": frozenset("current superseded entered-in-error".split()),
    "QuestionnaireResponse": frozenset("in-progress completed amended entered-in-error stopped".split()),
    "Task": frozenset(
        "draft requested received accepted rejected ready cancelled in-progress on-hold failed completed"
        " entered-in-error".split()
    ),
}

_INSTANTS = frozenset("start end sent created creation date authored authoredOn lastModified valueDateTime".split())
_INTENTS = frozenset(
    "unknown proposal plan order original-order reflex-order filler-order instance-order option".split()
)


class BadResource(Permanent):
    """We built something that is not FHIR; it does not leave. `path` names the element, never its value."""

    next = "Copy the text by hand into the chart, and tell your administrator: this is an error of Parley's."

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"Parley made a resource that is not right, and kept it back ({path}: {problem}).")
        self.path = path


def check_resource(resource: dict[str, Any], *, from_ehr: bool = False) -> None:
    """
    Return quietly when a resource may leave. raises: BadResource naming the first element at fault.

    from_ehr: the resource was read there and only changed by us, so what the strict model does not know stays its own
    """
    kind = str(resource.get("resourceType"))
    if kind not in _STATUSES:
        raise BadResource("resourceType", "is none that we write")
    if not from_ehr:
        _check_model(kind, resource)
        for path, value in _leaves(resource, kind):
            _check_leaf(path, value)
        if not resource.get("identifier"):
            raise BadResource(f"{kind}.identifier", "is missing")
    if resource.get("status") not in _STATUSES[kind]:
        raise BadResource(f"{kind}.status", "is not of its value set")
    _RULES[kind](resource)


def _check_model(kind: str, resource: dict[str, Any]) -> None:
    from fhirclient.models.fhirabstractbase import FHIRValidationError  # long to import; only writes need it

    model = getattr(import_module(f"fhirclient.models.{kind.lower()}"), kind)
    try:
        model(resource, strict=True)
    except FHIRValidationError as problem:
        names = [getattr(each, "path", None) for each in (problem, *(problem.errors or ()))]
        path = ".".join([kind, *dict.fromkeys(str(each) for each in names if each)][:3])
        raise BadResource(path, "does not fit its type") from None  # its own words quote values


def _leaves(node: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(node, dict) and node:
        for key, value in node.items():
            yield from _leaves(value, f"{path}.{key}")
    elif isinstance(node, list) and node:
        for value in node:
            yield from _leaves(value, path)
    else:
        yield path, node


def _check_leaf(path: str, value: Any) -> None:
    if value in ("", None) or value == {} or value == [] or (isinstance(value, str) and not value.strip()):
        raise BadResource(path, "is empty")
    name = path.rpartition(".")[2]
    if name == "reference" and not _REFERENCE.fullmatch(value):
        raise BadResource(path, "is not a reference")
    if name in _INSTANTS and not _INSTANT.fullmatch(value):
        raise BadResource(path, "is not an instant with its offset")


def _check_appointment(resource: dict[str, Any]) -> None:
    status, has_start, has_end = resource["status"], bool(resource.get("start")), bool(resource.get("end"))
    if has_start != has_end:
        raise BadResource("Appointment.start", "and end stand together (app-2)")
    if not has_start and status not in ("proposed", "cancelled", "waitlist"):
        raise BadResource("Appointment.start", "is missing (app-3)")
    if resource.get("cancelationReason") and status not in ("cancelled", "noshow"):
        raise BadResource("Appointment.cancelationReason", "belongs to cancelled or noshow (app-4)")
    participants = resource.get("participant") or []
    if not participants or not all(each.get("actor") or each.get("type") for each in participants):
        raise BadResource("Appointment.participant", "needs an actor or a type (app-1)")
    if has_start and resource["start"] >= resource["end"] and resource["start"][-1] == resource["end"][-1] == "Z":
        raise BadResource("Appointment.end", "is not after its start")


def _check_document(resource: dict[str, Any]) -> None:
    contents = resource.get("content") or []
    if not contents:
        raise BadResource("DocumentReference.content", "is missing")
    for content in contents:
        attachment = content.get("attachment") or {}
        if attachment.get("data") and not attachment.get("contentType"):
            raise BadResource("DocumentReference.content.attachment", "has data without contentType (att-1)")


def _check_communication(resource: dict[str, Any]) -> None:
    if not resource.get("payload"):
        raise BadResource("Communication.payload", "is missing")


def _check_answers(resource: dict[str, Any]) -> None:
    if not resource.get("questionnaire"):
        raise BadResource("QuestionnaireResponse.questionnaire", "is missing")
    if not resource.get("item") or any(not each.get("linkId") for each in resource["item"]):
        raise BadResource("QuestionnaireResponse.item", "needs a linkId each")


def _check_task(resource: dict[str, Any]) -> None:
    if resource.get("intent") not in _INTENTS:
        raise BadResource("Task.intent", "is not of its value set")
    period = (resource.get("restriction") or {}).get("period") or {}
    start, end = str(period.get("start", "")), str(period.get("end", ""))
    if start and end and start >= end and start[-1] == end[-1] == "Z":
        raise BadResource("Task.restriction.period", "ends before it starts (per-1)")


_RULES: dict[str, Callable[[dict[str, Any]], None]] = {
    "Appointment": _check_appointment,
    "DocumentReference": _check_document,
    "Communication": _check_communication,
    "QuestionnaireResponse": _check_answers,
    "Task": _check_task,
}
