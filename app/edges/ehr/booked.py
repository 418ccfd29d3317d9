"""
Where a booked call stands in the EHR: as an Appointment, else as a Task, else as a message to the clinician.

By its plan (edges.ehr.planner) the first that is taken; where none is, it stands in Parley alone and a person is told.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from app.core.case import Booking
from app.core.effects import ChangeAppointment, WriteAppointment, WriteDocument, WriteUnknown
from app.edges.ehr.ladder import REFUSALS, Mend, Shapes, by_hand, climb, not_offered
from app.edges.ehr.lookup import look_for
from app.edges.ehr.notes import Notes
from app.edges.ehr.own_slots import is_free, slots_around
from app.edges.ehr.planner import Facts, Plan, Told, plan_of
from app.edges.ehr.reading import Reading
from app.edges.ehr.visits import named_visit
from app.edges.ehr.writeback import NothingToChange, NotOffered, change, create, found_as, patch
from app.edges.fhir.appointment import (
    appointment_patch,
    change_appointment,
    has_change,
    write_appointment,
    write_slot_appointment,
)
from app.edges.fhir.communication import MessageStyle, call_note, write_call_message
from app.edges.fhir.datatypes import local_reference
from app.edges.fhir.document_reference import write_document
from app.edges.fhir.task import change_task, has_task_change, write_task
from app.edges.fhir.validate import BadResource
from app.edges.http import Down, Rejected, Unsupported
from app.errors import Permanent, Temporary
from app.flow.ports import Written


@dataclass(frozen=True, slots=True)
class Calls:
    """
    Booked calls in one EHR.

    zone: in which words tell a time; user: "Practitioner/ID" of whose token it is; launch_url: opens Parley from a task
    documents: writes a call as a document, where the site says so
    """

    reading: Reading
    style: MessageStyle
    zone: str
    user: str | None
    documents: Notes
    launch_url: str | None = None

    def write(self, effect: WriteAppointment, *, seen: bool, may_send: bool) -> Written:
        """Make the call stand once, on the first rung that takes it. raises: as ladder.climb"""
        slots = self._slots(effect.booking)
        if seen and slots and (found := self._found_in(slots, effect)):
            return self._as_told(found)
        free = next((each for each in slots if is_free(each)), None)
        facts = Facts(has_slot=free is not None)
        note, facts = self._noted(effect, facts)
        shapes: Shapes = {
            "Appointment": lambda: self._appointment(effect, free),
            "Task": lambda: write_task(effect, requester=self.user, zone=self.zone, launch_url=self.launch_url),
            "Communication": lambda: self._message(effect, self.style),
            "DocumentReference": lambda: write_document(note, style=self.documents.notes),
        }
        plan = plan_of(Told.BOOKING, self.reading.allowed, facts)
        mends = {"Communication": self._without_file(effect), "DocumentReference": self.documents.refiled(note)}
        written = climb(self.reading, effect.key, plan, shapes, seen=seen, may_send=may_send, mends=mends)
        return self._as_told(written)

    def _as_told(self, written: Written) -> Written:
        """Return what the case is told: that the patient may see a call which their calendar's own slots hold."""
        slotted = self.reading.profile.appointment == "oracle-slot" and written.reference.startswith("Appointment/")
        return replace(written, how=f"{written.how}; {_SHOWN}") if slotted else written

    def _noted(self, effect: WriteAppointment, facts: Facts) -> tuple[WriteDocument, Facts]:
        """Return the call as the document that it may be; under a visit that is looked for only if it is to be one."""
        note = call_note(effect, author=self.user, zone=self.zone)
        note = replace(note, encounter=named_visit(self.documents.visit))
        chosen = plan_of(Told.BOOKING, self.reading.allowed, facts).chosen
        if chosen is None or chosen.kind != "DocumentReference":
            return note, facts
        note = self.documents.filed(note)
        return note, replace(facts, has_encounter=bool(note.encounter))

    def _message(
        self, effect: WriteAppointment | ChangeAppointment, style: MessageStyle, follows: str | None = None
    ) -> dict[str, Any]:
        return write_call_message(effect, sender=self.user, zone=self.zone, follows=follows, style=style)

    def _without_file(self, effect: WriteAppointment | ChangeAppointment, follows: str | None = None) -> Mend:
        """Return what stands in for a message that was refused with its calendar file: its words alone."""

        def mend(refusal: Permanent) -> tuple[dict[str, Any], str] | None:
            if not self.style.files or not isinstance(refusal, Rejected | Unsupported):
                return None
            plain = self._message(effect, replace(self.style, files=False), follows)
            return plain, "without the calendar file, which the EHR did not take"

        return mend

    def _slots(self, booking: Booking) -> list[dict[str, Any]]:
        """Return the EHR's own slots around a call, where its calendar books into no other time."""
        plan = plan_of(Told.BOOKING, self.reading.allowed)
        if self.reading.profile.appointment != "oracle-slot" or not plan.rungs[0].may:
            return []
        return slots_around(self.reading, booking.clinician, booking.interval)

    def _found_in(self, slots: list[dict[str, Any]], effect: WriteAppointment | ChangeAppointment) -> Written | None:
        """Return the call that an earlier try put into one of these slots: which was free then is not known now."""
        like = write_slot_appointment(effect, slots[0])
        like["slot"] = [{"reference": local_reference(each)} for each in slots]
        looked = look_for(self.reading, effect.key, like, thorough=True)
        return found_as(looked.found) if looked.found else None

    def _appointment(self, effect: WriteAppointment, slot: dict[str, Any] | None) -> dict[str, Any]:
        """Return the Appointment to send; where slots are booked and none is free, one to look for."""
        if self.reading.profile.appointment != "oracle-slot":
            return write_appointment(effect)
        when = write_appointment(effect)
        return write_slot_appointment(effect, slot or {"start": when["start"], "end": when["end"]})

    def change(self, effect: ChangeAppointment, *, wrote: Mapping[str, str], seen: bool, may_send: bool) -> Written:
        """
        Make the change stand where the call does; a message is followed by another.

        wrote: what of the case stands in the EHR by effect key; where it tells nothing of the call, a look can
        raises: NotOffered, NothingToChange, Conflict, WriteUnknown
        """
        if self.reading.profile.appointment == "none":
            plan = plan_of(Told.CHANGE, self.reading.allowed)
            raise by_hand(not_offered(plan), plan)
        reference = where_it_stands(effect, wrote) or self._reference_of(effect)
        plan = plan_of(Told.CHANGE, self.reading.allowed, Facts(where=reference.partition("/")[0]))
        if reference.startswith(("Communication/", "DocumentReference/")) and effect.change not in (
            "moved",
            "cancelled",
        ):
            return Written(reference, how="nothing to tell: what was told has done its work")
        if reference.startswith("Communication/"):
            return self._tell(effect, reference, plan, seen=seen, may_send=may_send)
        if reference.startswith("DocumentReference/"):
            return self._written_anew(effect, reference, wrote, seen=seen, may_send=may_send)
        try:
            return self._made(effect, reference, plan.rungs[0].letter, seen=seen, may_send=may_send)
        except (*REFUSALS, BadResource) as error:
            self._remember(plan, error)
            raise by_hand(error, plan) from None

    def _made(self, effect: ChangeAppointment, reference: str, letter: str, *, seen: bool, may_send: bool) -> Written:
        slotted = self.reading.profile.appointment == "oracle-slot" and reference.startswith("Appointment/")
        if slotted and effect.change == "moved":
            return self._booked_anew(effect, reference, seen=seen, may_send=may_send)
        if letter == "p":
            return patch(self.reading, effect, reference, has_change, appointment_patch, seen=seen, may_send=may_send)
        how = self._changer(reference)
        try:
            return change(self.reading, effect, reference, *how, seen=seen, may_send=may_send)
        except Unsupported as refusal:
            if reference.startswith("Task/") or not self.reading.may("Appointment", "p", beyond_patient=True):
                raise
            if self.reading.learned is not None:
                self.reading.learned.note("Appointment", "u", refusal)
            return patch(self.reading, effect, reference, has_change, appointment_patch, seen=seen, may_send=may_send)

    def _booked_anew(self, effect: ChangeAppointment, old: str, *, seen: bool, may_send: bool) -> Written:
        """Book the new time in a slot of its own, then cancel the old: no calendar is without the call in between."""
        slots = self._slots(effect.booking)
        written = self._found_in(slots, effect) if slots else None
        if written is None:
            free = next((each for each in slots if is_free(each)), None)
            if free is None:
                raise NotOffered("Appointment", why=_NO_SLOT)
            appointment = write_slot_appointment(effect, free)
            written = create(self.reading, effect.key, appointment, seen=seen, may_send=may_send)
        if written.reference == old:
            return written
        ends = replace(effect, change="cancelled")
        try:
            patch(self.reading, ends, old, has_change, appointment_patch, seen=seen, may_send=may_send)
        except NothingToChange:
            return written
        except Permanent:
            return replace(written, how=f"{written.how}; the old time stays in the calendar: cancel it there")
        except Temporary as problem:
            raise WriteUnknown("The new time stands; the old one could not be cancelled yet.") from problem
        return written

    def _remember(self, plan: Plan, error: Permanent) -> None:
        if self.reading.learned is not None:
            self.reading.learned.note(plan.rungs[0].kind, plan.rungs[0].letter, error)

    def _tell(self, effect: ChangeAppointment, follows: str, plan: Plan, *, seen: bool, may_send: bool) -> Written:
        shapes = {"Communication": lambda: self._message(effect, self.style, follows)}
        mends = {"Communication": self._without_file(effect, follows)}
        return climb(self.reading, effect.key, plan, shapes, seen=seen, may_send=may_send, mends=mends)

    def _written_anew(
        self, effect: ChangeAppointment, reference: str, wrote: Mapping[str, str], *, seen: bool, may_send: bool
    ) -> Written:
        """Write the call's document anew, in the place of the one that stands."""
        older = next((key for key, where in wrote.items() if where == reference), effect.appointment_key)
        note = call_note(effect, author=self.user, zone=self.zone, replaces_key=older)
        return self.documents.write_note(note, seen=seen, wrote=wrote, may_send=may_send)

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
        slotted = self.reading.profile.appointment == "oracle-slot"
        yield {
            "resourceType": "Appointment",
            "start": effect.booking.interval.start.isoformat(),
            "participant": [{"actor": subject if slotted else {"reference": effect.booking.clinician.reference}}],
        }
        yield {"resourceType": "Task", "for": subject}
        if self.reading.profile.call_document:
            yield {"resourceType": "DocumentReference", "subject": subject}
        yield {"resourceType": "Communication", "subject": subject}


def where_it_stands(effect: ChangeAppointment, wrote: Mapping[str, str]) -> str | None:
    """
    Return where the call stands by our own record: where it was written, or booked anew by the latest move before.

    wrote: effect key → reference in the EHR
    """
    stem = f"{effect.appointment_key}/"
    _, _, told = effect.key.removeprefix(stem).rpartition("/")
    limit = int(told) if told.isdecimal() else None
    moves = {
        int(tail): reference
        for key, reference in wrote.items()
        if key.startswith(stem) and (tail := key.removeprefix(stem)).isdecimal() and reference.startswith(_MADE_ANEW)
    }
    before = [number for number in moves if limit is None or number < limit]
    return moves[max(before)] if before else wrote.get(effect.appointment_key)


_TOLD = ("Communication/", "DocumentReference/")
_MADE_ANEW = ("Appointment/", "DocumentReference/")
_SHOWN = "the patient is named in it as taking part: a portal may show it to them"
_NO_SLOT = (
    "This EHR's calendar books into its own slots only, and none that is meant for such calls is free at the new time."
)
