"""
Where a booked call stands in the EHR: as an Appointment, else as a Task, else as a message to the clinician.

By its plan (edges.ehr.planner) the first that is taken; where none is, it stands in Parley alone and a person is told.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from app.core.effects import ChangeAppointment, WriteAppointment
from app.edges.ehr.ladder import REFUSALS, Shapes, by_hand, climb, not_offered
from app.edges.ehr.lookup import look_for
from app.edges.ehr.planner import Facts, Plan, Told, plan_of
from app.edges.ehr.reading import Reading
from app.edges.ehr.writeback import NothingToChange, change
from app.edges.fhir.appointment import change_appointment, has_change, write_appointment
from app.edges.fhir.communication import MessageStyle, write_call_message
from app.edges.fhir.datatypes import local_reference
from app.edges.fhir.task import change_task, has_task_change, write_task
from app.edges.fhir.validate import BadResource
from app.edges.http import Down
from app.errors import Permanent
from app.flow.ports import Written


@dataclass(frozen=True, slots=True)
class Calls:
    """Booked calls in one EHR. zone: in which words tell a time; user: "Practitioner/ID" of whose token it is."""

    reading: Reading
    style: MessageStyle
    zone: str
    user: str | None

    def write(self, effect: WriteAppointment, *, seen: bool, may_send: bool) -> Written:
        """Make the call stand once, on the first rung that takes it. raises: as ladder.climb"""
        shapes: Shapes = {
            "Appointment": lambda: write_appointment(effect),
            "Task": lambda: write_task(effect, requester=self.user, zone=self.zone),
            "Communication": lambda: write_call_message(effect, sender=self.user, zone=self.zone, style=self.style),
        }
        plan = plan_of(Told.BOOKING, self.reading.allowed)
        return climb(self.reading, effect.key, plan, shapes, seen=seen, may_send=may_send)

    def change(self, effect: ChangeAppointment, *, where: str | None, seen: bool, may_send: bool) -> Written:
        """
        Make the change stand where the call does; a message is followed by another.

        where: its reference, None when only a look can tell
        raises: NotOffered, NothingToChange, Conflict, WriteUnknown
        """
        if self.reading.profile.appointment == "none":
            plan = plan_of(Told.CHANGE, self.reading.allowed)
            raise by_hand(not_offered(plan), plan)
        reference = where or self._reference_of(effect)
        plan = plan_of(Told.CHANGE, self.reading.allowed, Facts(where=reference.partition("/")[0]))
        if reference.startswith("Communication/"):
            return self._tell(effect, reference, plan, seen=seen, may_send=may_send)
        try:
            how = self._changer(reference)
            return change(self.reading, effect, reference, *how, seen=seen, may_send=may_send)
        except (*REFUSALS, BadResource) as error:
            self._remember(plan, error)
            raise by_hand(error, plan) from None

    def _remember(self, plan: Plan, error: Permanent) -> None:
        if self.reading.learned is not None:
            self.reading.learned.note(plan.rungs[0].kind, plan.rungs[0].letter, error)

    def _tell(self, effect: ChangeAppointment, follows: str, plan: Plan, *, seen: bool, may_send: bool) -> Written:
        if effect.change not in ("moved", "cancelled"):
            return Written(follows, how="nothing to tell: the message has done its work")

        def message() -> dict[str, Any]:
            return write_call_message(effect, sender=self.user, zone=self.zone, follows=follows, style=self.style)

        return climb(self.reading, effect.key, plan, {"Communication": message}, seen=seen, may_send=may_send)

    def _changer(self, reference: str) -> tuple[Callable[..., bool], Callable[..., dict[str, Any]]]:
        if reference.startswith("Task/"):
            return has_task_change, lambda standing, effect: change_task(standing, effect, zone=self.zone)
        return has_change, change_appointment

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
