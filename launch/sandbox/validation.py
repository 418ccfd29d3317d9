"""Strict on writes: fhirclient's R4 models (an outside library) and the invariants and codes they do not check."""

import re
from collections.abc import Callable, Iterator

from fhirclient.models.fhirabstractbase import FHIRValidationError
from fhirclient.models.fhirelementfactory import FHIRElementFactory

from launch.sandbox.outcome import FhirError, invalid
from launch.sandbox.search_values import date_range, relative
from launch.sandbox.store import walk

PARTICIPATION = {"accepted", "declined", "tentative", "needs-action"}
EVENT = {"preparation", "in-progress", "not-done", "on-hold", "stopped", "completed", "entered-in-error", "unknown"}
FINANCIAL = {"active", "cancelled", "draft", "entered-in-error"}
REQUEST = {"draft", "active", "on-hold", "revoked", "completed", "entered-in-error", "unknown"}
USE = {"claim", "preauthorization", "predetermination"}
BOUND: dict[str, dict[str, set[str]]] = {  # required bindings (R4) of what a client may write here
    "Appointment": {
        "status": {"proposed", "pending", "booked", "arrived", "fulfilled", "cancelled", "noshow"}
        | {"entered-in-error", "checked-in", "waitlist"},
        "participant.status": PARTICIPATION,
        "participant.required": {"required", "optional", "information-only"},
    },
    "Slot": {"status": {"busy", "free", "busy-unavailable", "busy-tentative", "entered-in-error"}},
    "DocumentReference": {
        "status": {"current", "superseded", "entered-in-error"},
        "docStatus": {"preliminary", "final", "amended", "entered-in-error"},
        "relatesTo.code": {"replaces", "transforms", "signs", "appends"},
    },
    "Communication": {"status": EVENT, "priority": {"routine", "urgent", "asap", "stat"}},
    "CommunicationRequest": {"status": REQUEST},
    "ServiceRequest": {"status": REQUEST},
    "Task": {
        "status": {"draft", "requested", "received", "accepted", "rejected", "ready", "cancelled", "in-progress"}
        | {"on-hold", "failed", "completed", "entered-in-error"},
        "intent": {"unknown", "proposal", "plan", "order", "original-order", "reflex-order", "filler-order"}
        | {"instance-order", "option"},
    },
    "Claim": {"status": FINANCIAL, "use": USE},
    "ClaimResponse": {"status": FINANCIAL, "use": USE, "outcome": {"queued", "complete", "error", "partial"}},
    "ExplanationOfBenefit": {
        "status": FINANCIAL,
        "use": USE,
        "outcome": {"queued", "complete", "error", "partial"},
    },
    "Coverage": {"status": FINANCIAL},
    "Observation": {
        "status": {"registered", "preliminary", "final", "amended", "corrected", "cancelled"}
        | {"entered-in-error", "unknown"}
    },
    "Procedure": {"status": EVENT},
    "Patient": {"gender": {"male", "female", "other", "unknown"}},
}
UNTIMED = {"proposed", "cancelled", "waitlist"}


def check_rules(resource: dict, *, status: int = 400) -> None:
    """
    Refuse codes outside a required value set, and broken invariants, of a resource whose shape is right.

    status: the HTTP status of the refusal; raises: FhirError naming the element, never its value
    """
    for path, codes in BOUND.get(resource["resourceType"], {}).items():
        for code in walk(resource, path):
            if code not in codes:
                raise invalid(f"{resource['resourceType']}.{path}: not a code of the required value set", status=status)
    for problem in _broken(resource):
        raise invalid(problem, status=status, code="invariant")


def check_shape(resource: dict, *, status: int = 400) -> None:
    """Refuse unknown, missing and empty elements, wrong types, and dates that are none. raises: FhirError"""
    for name in _empty(resource):
        raise invalid(f"{name} is empty, which FHIR JSON does not allow", status=status, code="structure")
    try:
        FHIRElementFactory.instantiate(resource["resourceType"], resource)
    except FHIRValidationError as error:
        raise invalid("; ".join(_element_names(error)), status=status, code="structure") from error
    except (TypeError, ValueError, AttributeError, KeyError) as error:
        raise invalid("an element has the wrong type", status=status, code="structure") from error


def _empty(node: object, name: str = "resource") -> Iterator[str]:
    """Yield the names of empty objects, lists and strings, and of nulls (R4 §2.6.2)."""
    if node is None or (isinstance(node, (dict, list, str)) and not node):
        yield name
    elif isinstance(node, dict):
        for key, value in node.items():
            yield from _empty(value, key)
    elif isinstance(node, list):
        for item in node:
            # A null in a list stands for a primitive whose extension is in the list beside it.
            yield from _empty(item, name) if item is not None else ()


def _element_names(error: FHIRValidationError, path: str = "") -> Iterator[str]:
    """Yield what is wrong with which element; fhirclient nests errors, and puts values in some messages."""
    here = ".".join(part for part in (path, getattr(error, "path", None)) if part)
    inner = [one for one in error.errors if isinstance(one, FHIRValidationError)]
    for one in inner:
        yield from _element_names(one, here)
    for one in error.errors:
        if one not in inner:
            yield f"{here or 'resource'}: {_without_value(str(one))}"


def _without_value(message: str) -> str:
    found = re.search(r'(Non-optional property|Superfluous entry) "([^"]+)"', message)
    if not found:
        return "wrong type or format"
    return f"{found[2]} is {'missing' if found[1].startswith('Non') else 'not an element here'}"


def _broken(resource: dict) -> Iterator[str]:
    """Yield the invariants that do not hold."""
    if resource["resourceType"] == "Appointment":
        yield from _broken_appointment(resource)
    for _ in _found(resource, _is_bare_data):
        yield "att-1: an attachment with data has a contentType"
    for period in _found(resource, lambda node: "start" in node and "end" in node):
        if _after(period["start"], period["end"]):
            yield "per-1: start is not after end"


def _is_bare_data(node: dict) -> bool:
    """Tell an Attachment with data and no contentType from SampledData, Signature and Binary."""
    return isinstance(node.get("data"), str) and not {"contentType", "origin", "who", "resourceType"} & set(node)


def _broken_appointment(appointment: dict) -> Iterator[str]:
    if ("start" in appointment) != ("end" in appointment):
        yield "app-2: start and end are given together"
    if "start" not in appointment and appointment.get("status") not in UNTIMED:
        yield "app-3: only a proposed, cancelled or waitlisted appointment has no start and end"
    if "cancelationReason" in appointment and appointment.get("status") not in ("cancelled", "noshow"):
        yield "app-4: only a cancelled or missed appointment has a cancelationReason"
    if any("actor" not in one and "type" not in one for one in appointment.get("participant", ())):
        yield "app-1: a participant has a type or an actor"


def _found(node: object, fits: Callable[[dict], bool]) -> Iterator[dict]:
    if isinstance(node, dict):
        if fits(node):
            yield node
        for value in node.values():
            yield from _found(value, fits)
    elif isinstance(node, list):
        for item in node:
            yield from _found(item, fits)


def _after(start: object, end: object) -> bool:
    try:
        return date_range(str(start))[0] >= date_range(str(end))[1]
    except ValueError:
        return False  # not dates: the shape check has had its say


def check_references(resource: dict, *, base: str, knows: Callable[[str, str], bool], status: int = 422) -> None:
    """Refuse a reference to a resource of ours that does not exist (a contained one and other servers' pass)."""
    for node in _found(resource, lambda one: isinstance(one.get("reference"), str)):
        target = relative(node["reference"], base)
        kind, _, key = target.partition("/")
        if target.startswith(("#", "urn:")) or ":" in kind or not kind[:1].isupper():
            continue
        if "/" in key or not knows(kind, key):
            raise FhirError(status, "not-found", f"reference to a {kind} that does not exist here")
