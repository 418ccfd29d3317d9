"""
Writing to the EHR: each logical write once, whatever gets lost on the way.

The ladder: look (by identifier, then by hand), create on condition where the server says it can, send once, take the
id from the body, else from Location inside the base, else look again. A write that may have been done and cannot be
looked for is WriteUnknown for ever: it is never sent blindly a second time.
source: shared rules of reliability, §3
"""

from collections.abc import Callable
from typing import Any, TypeVar

from app.core.effects import ChangeAppointment, SignInNeeded, WriteDocument, WriteUnknown
from app.edges.ehr.lookup import is_ours, look_for
from app.edges.ehr.reading import Reading
from app.edges.fhir.datatypes import as_dict, local_reference, string_of
from app.edges.fhir.identifiers import SYSTEM, value_of_key
from app.edges.fhir.validate import check_resource
from app.edges.http import Answer, Conflict, CutShort, Down, NotFhir, NotFound
from app.errors import Permanent, Temporary
from app.flow.ports import Written

_WORDS = {
    "Appointment": "appointments",
    "DocumentReference": "notes",
    "Communication": "messages",
    "QuestionnaireResponse": "filled forms",
    "Task": "tasks",
}
E = TypeVar("E", ChangeAppointment, WriteDocument)
BEYOND_PATIENT = frozenset({"Appointment"})


class NotOffered(Permanent):
    """Server, token or site do not allow this write; nothing was sent."""

    next = "Copy the text by hand into the chart; it is on the case's page."

    def __init__(self, kind: str, *, why: str = "This EHR does not take {what} from Parley.") -> None:
        super().__init__(why.format(what=_WORDS.get(kind, kind)))


class NothingToChange(Permanent):
    """The appointment to be changed never came to stand in the EHR, or a person ended it there."""

    next = "Look in the EHR's calendar and change it there by hand."


def create(
    reading: Reading, key: str, resource: dict[str, Any], *, seen: bool, may_send: bool, how: str = "created"
) -> Written:
    """
    Make `resource` stand in the EHR once, and return where.

    seen: an earlier try may have reached it. may_send False: only look, WriteUnknown when nothing is found
    raises: NotOffered, BadResource, WriteUnknown, and the refusals of app.edges.http
    """
    kind = resource["resourceType"]
    offered = reading.may(kind, "c", beyond_patient=kind in BEYOND_PATIENT)
    if not offered and not seen:
        raise NotOffered(kind)
    looked = look_for(reading, key, resource, thorough=seen)
    if looked.found:
        return found_as(looked.found)
    if not may_send or (seen and not looked.sure):
        raise WriteUnknown from (Down(looked.problem) if looked.problem else None)
    if looked.possible and not looked.sure:
        raise Down(f"Parley could not look first whether this already stands: {looked.problem}")
    if not offered:
        raise NotOffered(kind)
    check_resource(resource)
    reading.check_time()
    try:
        answer = reading.counterpart.write("POST", kind, resource, if_none_exist=_condition(reading, kind, key))
    except Conflict:
        again = look_for(reading, key, resource, thorough=True)
        if again.found:
            return found_as(again.found)
        raise
    return _created(reading, key, resource, answer, how=how)


def _condition(reading: Reading, kind: str, key: str) -> str | None:
    offered = reading.capability.of(kind)
    if offered.conditional_create and "identifier" in offered.params:
        return f"identifier={SYSTEM}%7C{value_of_key(key)}"
    return None


def _created(reading: Reading, key: str, resource: dict[str, Any], answer: Answer, *, how: str) -> Written:
    kind = resource["resourceType"]
    body = _body(answer)
    if body.get("resourceType") == kind and local_reference(body) and is_ours(body, key, resource):
        return Written(local_reference(body) or "", _version(body, answer), "found" if answer.status == 200 else how)
    location = answer.headers.get("Location") or answer.headers.get("Content-Location")
    where = reading.local(location) if location else None
    if where and where.startswith(f"{kind}/"):
        return Written(where, _version({}, answer), how)
    try:
        looked = look_for(reading, key, resource, thorough=True)
    except SignInNeeded as ended:  # of the look: it says nothing of the write
        raise WriteUnknown from ended
    if looked.found:
        return found_as(looked.found, how=how)
    raise WriteUnknown


def change(
    reading: Reading,
    effect: E,
    reference: str,
    has_change: Callable[[dict[str, Any], E], bool],
    changed_by: Callable[[dict[str, Any], E], dict[str, Any]],
    *,
    seen: bool,
    may_send: bool,
) -> Written:
    """
    Make the change stand at what our earlier write left, and return its new version.

    reference: where that stands. seen: an earlier try may have changed it, so a refused look settles nothing
    raises: NotOffered, NothingToChange, Conflict, WriteUnknown
    """
    kind = reference.partition("/")[0]
    for attempt in (1, 2):
        standing, etag = _standing(reading, reference, seen=seen)
        if has_change(standing, effect):
            return Written(reference, _version_of(standing), "found")
        if not may_send:
            raise WriteUnknown
        if standing.get("status") in ("cancelled", "entered-in-error"):
            what = {"Task": "task"}.get(kind, "appointment")
            raise NothingToChange(f"Someone has cancelled this {what} in the EHR; it was left as it is.")
        if not reading.may(kind, "u", beyond_patient=kind in BEYOND_PATIENT):
            raise NotOffered(kind, why="This EHR does not let Parley change {what}.")
        changed = changed_by(standing, effect)
        check_resource(changed, from_ehr=True)
        reading.check_time()
        try:
            answer = reading.counterpart.write("PUT", reference, changed, if_match=etag)
        except Conflict:
            if attempt == 2:
                raise
            continue
        return Written(reference, _version(_body(answer), answer), "updated")
    raise AssertionError("unreachable: the second try returns or raises")


def patch(
    reading: Reading,
    effect: ChangeAppointment,
    reference: str,
    has_change: Callable[[dict[str, Any], ChangeAppointment], bool],
    operations: Callable[[dict[str, Any], ChangeAppointment], list[dict[str, Any]]],
    *,
    seen: bool,
    may_send: bool,
) -> Written:
    """Make a change stand by a JSON Patch, where the server takes no whole resource back. As `change` otherwise."""
    for attempt in (1, 2):
        standing, etag = _standing(reading, reference, seen=seen)
        if has_change(standing, effect):
            return Written(reference, _version_of(standing), "found")
        if not may_send:
            raise WriteUnknown
        if standing.get("status") in ("cancelled", "entered-in-error"):
            raise NothingToChange("Someone has cancelled this appointment in the EHR; it was left as it is.")
        if not reading.may(reference.partition("/")[0], "p", beyond_patient=True):
            raise NotOffered("Appointment", why="This EHR does not let Parley change {what}.")
        reading.check_time()
        try:
            told = operations(standing, effect)
            answer = reading.counterpart.write("PATCH", reference, told, if_match=etag)
        except Conflict:
            if attempt == 2:
                raise
            continue
        return Written(reference, _version(_body(answer), answer), "updated")
    raise AssertionError("unreachable: the second try returns or raises")


def _standing(reading: Reading, reference: str, *, seen: bool) -> tuple[dict[str, Any], str | None]:
    try:
        return _read(reading, reference)
    except NotFound as problem:
        what = {"Appointment": "appointment", "Task": "task"}.get(reference.partition("/")[0], "note")
        raise NothingToChange(f"The {what} was removed from the EHR.") from problem
    except Permanent as problem:
        if seen:
            raise WriteUnknown from problem
        raise


def _read(reading: Reading, reference: str) -> tuple[dict[str, Any], str | None]:
    standing, etag = reading.counterpart.get_with_version(reference)
    if local_reference(standing) != reference:  # changed and sent back, it would overwrite with something else
        raise NotFhir("The EHR answered with something else than what was asked for.")
    return standing, etag


def supersede(reading: Reading, reference: str, *, key: str, newer: dict[str, Any]) -> str:
    """
    Mark an older note as superseded where the EHR lets us; return "" or, in words, why it still stands as current.

    key, newer: of the new note, which stands already and says itself what it replaces. It is tried again later only
    where the new one is found again now; else a second try might send that one twice.
    raises: WriteUnknown when a later try may help
    """
    if not (reading.may("DocumentReference", "r") and reading.may("DocumentReference", "u")):
        return "the older note stays marked as current"
    for attempt in (1, 2):
        try:
            _mark_superseded(reading, reference)
            return ""
        except Conflict as problem:
            if attempt == 2 and _is_found(reading, key, newer):
                raise _half_done(problem) from problem
        except Temporary as problem:
            if _is_found(reading, key, newer):
                raise _half_done(problem) from problem
            break
        except Permanent:
            break
    return "the older note could not be marked superseded: do it in the EHR"


def _mark_superseded(reading: Reading, reference: str) -> None:
    standing, etag = _read(reading, reference)
    if standing.get("status") == "current":
        reading.counterpart.write("PUT", reference, {**standing, "status": "superseded"}, if_match=etag)


def _half_done(problem: Temporary) -> WriteUnknown:
    return WriteUnknown(
        "The new note stands; the older one could not be marked superseded yet.",
        next="It is tried again by itself.",
        retry_after_seconds=problem.retry_after_seconds,
    )


def _is_found(reading: Reading, key: str, resource: dict[str, Any]) -> bool:
    try:
        return bool(look_for(reading, key, resource, thorough=True).found)
    except SignInNeeded:
        return False


def find_reference(reading: Reading, key: str, like: dict[str, Any]) -> str | None:
    """Return where the resource of an earlier key stands, None when it cannot be found."""
    found = look_for(reading, key, like, thorough=False).found
    return local_reference(found[0]) if found else None


def found_as(found: tuple[dict[str, Any], ...], *, how: str = "found") -> Written:
    """Return where a resource of ours stands already, the oldest where the EHR holds it several times."""
    several = f"; the EHR holds it {len(found)} times" if len(found) > 1 else ""
    return Written(local_reference(found[0]) or "", _version_of(found[0]), how + several)


def _body(answer: Answer) -> dict[str, Any]:
    try:
        return answer.json() if answer.body else {}
    except (NotFhir, CutShort):
        return {}


def _version(body: dict[str, Any], answer: Answer) -> str | None:
    return _version_of(body) or answer.headers.get("ETag", "").removeprefix("W/").strip('"') or None


def _version_of(resource: dict[str, Any]) -> str | None:
    return string_of(as_dict(resource.get("meta")).get("versionId"))
