"""
Where a booked call stands in the EHR: as an Appointment, else as a Task, else as a message to the clinician.

By what server, token and site allow, the first that is taken; where none is, it stands in Parley alone and a person is
told. A lower rung is tried when the one above is not offered or refuses by name, never when its answer was lost.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from app.core.effects import ChangeAppointment, WriteAppointment, WriteUnknown
from app.edges.ehr.lookup import look_for
from app.edges.ehr.reading import Reading
from app.edges.ehr.writeback import BEYOND_PATIENT, NothingToChange, NotOffered, change, create, found_as
from app.edges.fhir.appointment import change_appointment, has_change, write_appointment
from app.edges.fhir.communication import MessageStyle, write_call_message
from app.edges.fhir.datatypes import local_reference
from app.edges.fhir.task import change_task, has_task_change, write_task
from app.edges.fhir.validate import BadResource
from app.edges.http import Down, NotAuthorised, Rejected, Unsupported
from app.errors import Permanent
from app.flow.ports import Written

IN_CALENDAR = "Put the call into the calendar by hand; its time is on the case's page."
CHANGED_IN_CALENDAR = "Change it in the calendar by hand; how the call stands is on the case's page."
_REFUSALS = (NotOffered, Unsupported, Rejected, NotAuthorised)


@dataclass(frozen=True, slots=True)
class Calls:
    """
    Booked calls in one EHR. zone: in which words tell a time; user: "Practitioner/ID" for whom the token was given.

    appointment: the site's word: generic | none | oracle-slot. tasks: whether the site wants any
    """

    reading: Reading
    appointment: str
    tasks: bool
    style: MessageStyle
    zone: str
    user: str | None

    def write(self, effect: WriteAppointment, *, seen: bool, may_send: bool) -> Written:
        """
        Make the call stand once, on the first rung that takes it.

        raises: NotOffered where none does, the first refusal where all refuse, WriteUnknown
        """
        rungs = self._rungs(effect)
        if seen and (found := self._found(effect.key, rungs)):
            return found
        if not may_send:
            raise WriteUnknown
        refusals: list[Permanent] = []
        for each in rungs:
            if not self._takes(each["resourceType"], "c"):
                continue
            try:
                return create(self.reading, effect.key, each, seen=seen, may_send=True)
            except _REFUSALS as refusal:
                refusals.append(refusal)
            except BadResource as error:
                raise _by_hand(error, IN_CALENDAR) from None
        raise _by_hand(refusals[0] if refusals else self._not_offered(), IN_CALENDAR)

    def change(self, effect: ChangeAppointment, *, where: str | None, seen: bool, may_send: bool) -> Written:
        """
        Make the change stand where the call does; a message is followed by another.

        where: its reference, None when only a look can tell
        raises: NotOffered, NothingToChange, Conflict, WriteUnknown
        """
        if self.appointment == "none":
            raise _by_hand(self._not_offered(), CHANGED_IN_CALENDAR)
        try:
            reference = where or self._reference_of(effect)
            if reference.startswith("Communication/"):
                return self._tell(effect, reference, seen=seen, may_send=may_send)
            return change(self.reading, effect, reference, *self._changer(reference), may_send=may_send)
        except (*_REFUSALS, BadResource) as error:
            raise _by_hand(error, CHANGED_IN_CALENDAR) from None

    def _tell(self, effect: ChangeAppointment, follows: str, *, seen: bool, may_send: bool) -> Written:
        if effect.change not in ("moved", "cancelled"):
            return Written(follows, how="nothing to tell: the message has done its work")
        message = write_call_message(effect, sender=self.user, zone=self.zone, follows=follows, style=self.style)
        return create(self.reading, effect.key, message, seen=seen, may_send=may_send)

    def _changer(self, reference: str) -> tuple[Callable[..., bool], Callable[..., dict[str, Any]]]:
        if reference.startswith("Task/"):
            return has_task_change, lambda standing, effect: change_task(standing, effect, zone=self.zone)
        return has_change, change_appointment

    def _rungs(self, effect: WriteAppointment) -> tuple[dict[str, Any], ...]:
        """Return the call as each rung would hold it, the best first; nothing where the site keeps calls out."""
        if self.appointment == "none":
            return ()
        rungs = [write_call_message(effect, sender=self.user, zone=self.zone, style=self.style)]
        if self.tasks:
            rungs.insert(0, write_task(effect, requester=self.user, zone=self.zone))
        if self.appointment != "oracle-slot":  # a calendar that books into its own slots only is not written to yet
            rungs.insert(0, write_appointment(effect))
        return tuple(rungs)

    def _found(self, key: str, rungs: tuple[dict[str, Any], ...]) -> Written | None:
        for each in rungs:
            looked = look_for(self.reading, key, each, thorough=True)
            if looked.found:
                return found_as(looked.found)
        return None

    def _reference_of(self, effect: ChangeAppointment) -> str:
        """Return where the call stands, by a look; raises NothingToChange, Down when a look failed."""
        problem = None
        for each in self._likes(effect):
            looked = look_for(self.reading, effect.appointment_key, each, thorough=True)
            if looked.found:
                return local_reference(looked.found[0]) or ""
            problem = problem or (looked.problem if looked.possible and not looked.sure else None)
        if problem:
            raise Down(f"Parley could not find the appointment: {problem}")
        raise NothingToChange("There is no appointment of this call in the EHR.")

    def _likes(self, effect: ChangeAppointment) -> Iterator[dict[str, Any]]:
        """Yield what the earlier write may have been like, for a look."""
        subject = {"reference": effect.patient.reference}
        yield {
            "resourceType": "Appointment",
            "start": effect.booking.interval.start.isoformat(),
            "participant": [{"actor": {"reference": effect.booking.clinician.reference}}],
        }
        yield {"resourceType": "Task", "for": subject}
        yield {"resourceType": "Communication", "subject": subject}

    def _takes(self, kind: str, letter: str) -> bool:
        return self.reading.may(kind, letter, beyond_patient=kind in BEYOND_PATIENT)

    def _not_offered(self) -> NotOffered:
        if self.appointment == "none":
            return NotOffered("Appointment", why="This site keeps {what} of calls out of the EHR.")
        if self.appointment == "oracle-slot":
            return NotOffered("Appointment", why="This EHR books {what} into its own slots only; Parley does not yet.")
        return NotOffered("Appointment")


def _by_hand(error: Permanent, what: str) -> Permanent:
    """Return the error with what a person does instead: a call has no text to copy into a chart."""
    error.next = what if isinstance(error, NotOffered) else f"{what} Then tell your administrator."
    return error
