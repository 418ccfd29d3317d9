"""
A note that no place takes is copied by a person: the EHR's own list of tasks asks for it too, where it takes tasks.

It is asked for once, whatever becomes of the note's versions: an open request stays, one that was done is opened again.
The task names the patient and the case, and opens Parley; the note itself is not in it.
"""

from typing import Any

from app.core.effects import WriteDocument, WriteUnknown
from app.edges.ehr.ladder import REFUSALS
from app.edges.ehr.lookup import look_for
from app.edges.ehr.places import ASKS_TOO
from app.edges.ehr.reading import Reading
from app.edges.ehr.writeback import create
from app.edges.fhir.datatypes import as_dict, local_reference, string_of
from app.edges.fhir.task import asked_again, copy_key, done_with, write_copy_task
from app.edges.fhir.validate import BadResource
from app.errors import ParleyError, Temporary

MAYBE_ASKED = "A task in the EHR may ask for it too."


def ask_for_copy(reading: Reading, effect: WriteDocument, *, launch_url: str | None, seen: bool) -> str:
    """
    Ask with a Task that the note be copied, and return what is told of it; "" where none stands.

    It is sent once: the copy is owed now and stands on the case's page, whatever becomes of the task.
    """
    if not reading.profile.tasks or not reading.may("Task", "c"):
        return ""
    task = write_copy_task(effect, launch_url=launch_url)
    try:
        written = create(reading, copy_key(effect), task, seen=seen, may_send=True)
        if written.how.startswith("found"):
            _open_again(reading, written.reference, task)
    except WriteUnknown:
        return MAYBE_ASKED
    except (*REFUSALS, BadResource, Temporary):
        return ""
    return ASKS_TOO


def withdraw(reading: Reading, effect: WriteDocument) -> None:
    """Close the request to copy an earlier version, now that a later one stands; where that fails it says to look."""
    if not (reading.profile.tasks and all(reading.may("Task", each) for each in "cu")):
        return
    try:
        task = write_copy_task(effect, launch_url=None)
        for each in look_for(reading, copy_key(effect), task, thorough=False).found:
            if (closed := done_with(each)) is not None:
                version = string_of(as_dict(each.get("meta")).get("versionId"))
                match = f'W/"{version}"' if version else None
                reading.counterpart.write("PUT", local_reference(each) or "", closed, if_match=match)
    except ParleyError:
        return


def _open_again(reading: Reading, reference: str, newer: dict[str, Any]) -> None:
    if not (reading.may("Task", "r") and reading.may("Task", "u")):
        return
    standing, etag = reading.counterpart.get_with_version(reference)
    again = asked_again(standing, newer) if local_reference(standing) == reference else None
    if again is not None and standing.get("lastModified") != newer["lastModified"]:
        reading.counterpart.write("PUT", reference, again, if_match=etag)
