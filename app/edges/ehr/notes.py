"""
Notes and messages about an outcome: each stands once, and a later version takes the place of the one before.

Where the older version stands is known by our own record, else by a look; a version that never came to stand is passed
over, so that what it should have replaced is replaced by the next. A note of the chart's documents is named by the new
one and marked superseded where the EHR lets us; where it knows neither (Oracle), the document itself is changed. A
message is answered by the next, and stays. Where the EHR takes notes of a visit only, the newest that fits is looked
for (edges.ehr.visits).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from app.core.effects import WriteCommunication, WriteDocument
from app.edges.ehr.ladder import REFUSALS, Mend, Shapes, climb
from app.edges.ehr.lookup import is_ours
from app.edges.ehr.planner import Told, facts_of, plan_of
from app.edges.ehr.reading import Reading
from app.edges.ehr.visits import FILE_IT, GUESSED, named_visit, newest_visit
from app.edges.ehr.writeback import NothingToChange, change, find_reference, supersede
from app.edges.fhir.communication import MessageStyle, write_communication, write_note_message
from app.edges.fhir.document_reference import PDF, NoteStyle, revise_document, write_document
from app.edges.http import NeedsVisit, Withheld
from app.errors import Permanent
from app.flow.ports import Written


@dataclass(frozen=True, slots=True)
class Notes:
    """
    What is written of outcomes into one EHR.

    user: "Practitioner/ID" of whose token it is. visit: "Encounter/ID" from which Parley was opened
    """

    reading: Reading
    notes: NoteStyle
    messages: MessageStyle
    user: str | None
    print_note: Callable[[WriteDocument], bytes] | None = None
    visit: str | None = None

    def write_note(self, effect: WriteDocument, *, seen: bool, wrote: Mapping[str, str], may_send: bool) -> Written:
        """Make the note stand once, as a document, else as a message that carries it. raises: as ladder.climb"""
        named = named_visit(effect.encounter, self.visit)
        signed = replace(effect, author=effect.author or self.user, encounter=named)
        printed, unprinted = self._printed(signed)
        older = self._older(effect, wrote, write_document(effect), write_note_message(signed))
        document, message = (older if older and older.startswith(kind) else None for kind in _BOTH)
        if document and (changed := self._in_place(signed, document, printed, seen=seen, may_send=may_send)):
            return replace(changed, how="; ".join(each for each in (changed.how, unprinted) if each))
        filed = self._filed(signed) if may_send else signed

        def as_document(told: WriteDocument) -> dict[str, Any]:
            return write_document(told, replaces=document, style=self.notes, printed=printed)

        shapes: Shapes = {
            "DocumentReference": lambda: as_document(filed),
            "Communication": lambda: write_note_message(signed, follows=message, style=self.messages),
        }
        plan = plan_of(Told.NOTE, self.reading.allowed, facts_of(filed))
        mends = {"DocumentReference": self._refiled(filed, as_document)}
        written = climb(self.reading, effect.key, plan, shapes, seen=seen, may_send=may_send, mends=mends)
        said = [written.how, *self._replaced(older, written.reference, key=effect.key, note=shapes)]
        said += self._of_visit(named, written)
        if written.reference.startswith("DocumentReference/"):
            said.append(unprinted)
        return replace(written, how="; ".join(each for each in said if each))

    def _filed(self, effect: WriteDocument) -> WriteDocument:
        """Return the note under the patient's newest visit, where the EHR takes none without and none is named."""
        allowed = self.reading.allowed
        if effect.encounter or not allowed.profile.document_needs_encounter or not allowed.rule(*_CREATE).may:
            return effect
        return replace(effect, encounter=newest_visit(self.reading, effect.patient.reference, at=effect.at))

    def _refiled(self, effect: WriteDocument, as_document: Callable[[WriteDocument], dict[str, Any]]) -> Mend:
        """Return what stands in for a document that was refused for its visit: the same under the newest that fits."""

        def mend(refusal: Permanent) -> tuple[dict[str, Any], str] | None:
            if not isinstance(refusal, NeedsVisit):
                return None
            at, besides = effect.at, effect.encounter
            visit = newest_visit(self.reading, effect.patient.reference, at=at, besides=besides)
            return (as_document(replace(effect, encounter=visit)), GUESSED) if visit else None

        return mend

    def _of_visit(self, named: str | None, written: Written) -> tuple[str, ...]:
        """Return what the case says of the visit under which the note stands, or for want of which it does not."""
        if named or not self.reading.profile.document_needs_encounter:
            return ()
        if written.reference.startswith("DocumentReference/"):
            return (GUESSED,)
        return (FILE_IT,) if self.reading.may(*_CREATE) else ()

    def _printed(self, effect: WriteDocument) -> tuple[bytes | None, str]:
        """Return the note's PDF where the site takes one; where none can be made, why it goes as text instead."""
        if not any(each.startswith(PDF) for each in self.notes.mimes):
            return None, ""
        if self.print_note is None:
            return None, _AS_TEXT
        try:
            return self.print_note(effect), ""
        except Permanent:
            return None, _AS_TEXT

    def _in_place(
        self, effect: WriteDocument, standing: str, printed: bytes | None, *, seen: bool, may_send: bool
    ) -> Written | None:
        """
        Change the document that holds the version before, where a site's server takes later versions no other way.

        Returns None where it may not be changed: then the new version becomes a document of its own.
        """
        if not self.notes.bare or not self.reading.may("DocumentReference", "u"):
            return None
        newer = write_document(effect, style=self.notes, printed=printed)
        try:
            return change(
                self.reading,
                effect,
                standing,
                lambda there, _: is_ours(there, effect.key, newer),
                lambda there, _: revise_document(there, newer),
                seen=seen,
                may_send=may_send,
            )
        except Withheld:
            raise
        except (*REFUSALS, NothingToChange):
            return None

    def write_message(
        self, effect: WriteCommunication, *, seen: bool, wrote: Mapping[str, str], may_send: bool
    ) -> Written:
        """Make the message stand once. raises: as ladder.climb"""
        older = self._older(effect, wrote, write_communication(effect))
        shapes = {"Communication": lambda: write_communication(effect, follows=older, style=self.messages)}
        plan = plan_of(Told.MESSAGE, self.reading.allowed, facts_of(effect))
        return climb(self.reading, effect.key, plan, shapes, seen=seen, may_send=may_send)

    def _older(
        self, effect: WriteDocument | WriteCommunication, wrote: Mapping[str, str], *likes: dict[str, Any]
    ) -> str | None:
        """Return where the latest version before this one stands, None where none does."""
        if effect.replaces_key is None:
            return None
        if known := latest_before(effect.key, wrote) or wrote.get(effect.replaces_key):
            return known
        # The text of the version before is not at hand, so only its identifier tells it.
        found = (find_reference(self.reading, effect.replaces_key, {**each, "content": []}) for each in likes)
        return next((each for each in found if each), None)

    def _replaced(self, older: str | None, newer: str, *, key: str, note: Shapes) -> tuple[str, ...]:
        if older is None or older == newer:
            return ()
        if older.startswith("DocumentReference/"):
            return (supersede(self.reading, older, key=key, newer=note[newer.partition("/")[0]]()),)
        if newer.startswith("DocumentReference/"):
            return ("the older version stays among the messages",)
        return ()


_AS_TEXT = "it went as text: no PDF can be made here"
_CREATE = ("DocumentReference", "c")
_BOTH = ("DocumentReference/", "Communication/")


def latest_before(key: str, wrote: Mapping[str, str]) -> str | None:
    """
    Return where the latest version before that of `key` stands; "…/2" comes after "…/1", whatever was never written.

    wrote: effect key → reference in the EHR
    """
    stem, _, number = key.rpartition("/")
    if not number.isdecimal():
        return None
    versions = {
        int(tail): reference
        for each, reference in wrote.items()
        if each.rpartition("/")[0] == stem and (tail := each.rpartition("/")[2]).isdecimal() and int(tail) < int(number)
    }
    return versions[max(versions)] if versions else None
