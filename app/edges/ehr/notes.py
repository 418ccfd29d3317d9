"""
Notes and messages about an outcome: each stands once, and a later version takes the place of the one before.

Where the older version stands is known by our own record, else by a look; a version that never came to stand is passed
over, so that what it should have replaced is replaced by the next. A note of the chart's documents is named by the new
one and marked superseded where the EHR lets us; where it knows neither (Oracle), the document itself is changed. A
message is answered by the next, and stays. Answers to the site's form are changed themselves. Where the EHR takes notes
of a visit only, the newest that fits is looked for (edges.ehr.visits).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from app.core.effects import WriteCommunication, WriteDocument
from app.edges.ehr.chore import ask_for_copy, withdraw
from app.edges.ehr.ladder import REFUSALS, Mend, Shapes, climb
from app.edges.ehr.lookup import is_ours
from app.edges.ehr.planner import Told, facts_of, plan_of
from app.edges.ehr.reading import Reading
from app.edges.ehr.visits import FILE_IT, GUESSED, UNFILED, named_visit, newest_visit
from app.edges.ehr.writeback import NothingToChange, change, find_reference, supersede
from app.edges.fhir.communication import MessageStyle, write_communication, write_note_message
from app.edges.fhir.document_reference import PDF, NoteStyle, revise_document, write_document
from app.edges.fhir.questionnaire import revise_answers, write_answers
from app.edges.http import NeedsVisit, Withheld
from app.errors import Permanent
from app.flow.ports import Written


@dataclass(frozen=True, slots=True)
class Notes:
    """
    What is written of outcomes into one EHR.

    user: "Practitioner/ID" of whose token it is. visit: "Encounter/ID" from which Parley was opened
    launch_url: opens Parley from a task. told: what they are, a call's document (Told.CHANGE) too
    """

    reading: Reading
    notes: NoteStyle
    messages: MessageStyle
    user: str | None
    print_note: Callable[[WriteDocument], bytes] | None = None
    visit: str | None = None
    launch_url: str | None = None
    told: Told = Told.NOTE

    def write_note(self, effect: WriteDocument, *, seen: bool, wrote: Mapping[str, str], may_send: bool) -> Written:
        """Make the note stand once, by its plan: as a document, a message, or answers. raises: as ladder.climb"""
        named = named_visit(effect.encounter, self.visit)
        signed = replace(effect, author=effect.author or self.user, encounter=named)
        printed, unprinted = self._printed(signed)
        older = self._older(effect, wrote, *self._likes(signed))
        if older and (changed := self._in_place(signed, older, printed, seen=seen, may_send=may_send)):
            self._withdraw(effect, wrote)
            said = (changed.how, unprinted if older.startswith("DocumentReference/") else "")
            return replace(changed, how="; ".join(each for each in said if each))
        filed = self.filed(signed) if may_send else signed

        replaces = _if_of("DocumentReference", older)

        def as_document(told: WriteDocument) -> dict[str, Any]:
            return write_document(told, replaces=replaces, style=self.notes, printed=printed)

        shapes = self._shapes(signed, older) | {"DocumentReference": lambda: as_document(filed)}
        plan = plan_of(self.told, self.reading.allowed, replace(facts_of(filed), where="DocumentReference"))
        mends = {kind: _unfiled(shape) for kind, shape in shapes.items()}
        mends["DocumentReference"] = self.refiled(filed, as_document)
        try:
            written = climb(self.reading, effect.key, plan, shapes, seen=seen, may_send=may_send, mends=mends)
        except REFUSALS as error:
            raise self._asked_for(filed, error, seen=seen) from None
        self._withdraw(effect, wrote)
        said = [written.how, *self._replaced(older, written.reference, key=effect.key, note=shapes)]
        said += self._of_visit(named, written)
        if written.reference.startswith("DocumentReference/"):
            said.append(unprinted)
        return replace(written, how="; ".join(each for each in said if each))

    def _withdraw(self, effect: WriteDocument, wrote: Mapping[str, str]) -> None:
        """Take back the request to copy the version before, where that one never came to stand and this one does."""
        if effect.replaces_key and effect.replaces_key not in wrote and self.told is Told.NOTE:
            withdraw(self.reading, effect)

    def _asked_for(self, effect: WriteDocument, error: Permanent, *, seen: bool) -> Permanent:
        """Return the refusal; the copy that is owed is asked for in the EHR too, but where the patient is withheld."""
        if self.told is Told.NOTE and not isinstance(error, Withheld):
            asked = ask_for_copy(self.reading, effect, launch_url=self.launch_url, seen=seen)
            error.next = " ".join(each for each in (error.next, asked) if each)
        return error

    def _shapes(self, effect: WriteDocument, older: str | None) -> dict[str, Callable[[], dict[str, Any]]]:
        """Return the note as each rung below the document would hold it. older: where the version before stands"""
        follows, replaces = _if_of("Communication", older), _if_of("QuestionnaireResponse", older)
        return {
            "Communication": lambda: write_note_message(effect, follows=follows, style=self.messages),
            "QuestionnaireResponse": lambda: write_answers(effect, canonical=self._form or "", replaces=replaces),
        }

    def _likes(self, effect: WriteDocument) -> Iterator[dict[str, Any]]:
        """Yield what the version before may be like, for a look."""
        yield write_document(effect)
        yield write_note_message(effect)
        if self._form:
            yield write_answers(effect, canonical=self._form)

    @property
    def _form(self) -> str | None:
        return self.reading.profile.questionnaire

    def filed(self, effect: WriteDocument) -> WriteDocument:
        """Return the note under the patient's newest visit, where the EHR takes none without and none is named."""
        allowed = self.reading.allowed
        if effect.encounter or not allowed.profile.document_needs_encounter or not allowed.rule(*_CREATE).may:
            return effect
        return replace(effect, encounter=newest_visit(self.reading, effect.patient.reference, at=effect.at))

    def refiled(
        self, effect: WriteDocument, as_document: Callable[[WriteDocument], dict[str, Any]] | None = None
    ) -> Mend:
        """Return what stands in for a document that was refused for its visit: the same under the newest that fits."""

        def mend(refusal: Permanent) -> tuple[dict[str, Any], str] | None:
            if not isinstance(refusal, NeedsVisit):
                return None
            at, besides = effect.at, effect.encounter
            visit = newest_visit(self.reading, effect.patient.reference, at=at, besides=besides)
            if visit is None and (not besides or self.reading.profile.document_needs_encounter):
                return None
            filed = replace(effect, encounter=visit)
            made = as_document(filed) if as_document else write_document(filed, style=self.notes)
            return made, GUESSED if visit else UNFILED

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
        Change what holds the version before itself: answers, and a document of a server that takes no other way.

        Returns None where it may not be changed: then the new version becomes a thing of its own.
        """
        newer, revise = self._revision(effect, standing.partition("/")[0], printed)
        if newer is None or not self.reading.may(newer["resourceType"], "u"):
            return None
        try:
            return change(
                self.reading,
                effect,
                standing,
                lambda there, _: is_ours(there, effect.key, newer),
                lambda there, _: revise(there, newer),
                seen=seen,
                may_send=may_send,
            )
        except Withheld:
            raise
        except (*REFUSALS, NothingToChange):
            return None

    def _revision(
        self, effect: WriteDocument, kind: str, printed: bytes | None
    ) -> tuple[dict[str, Any] | None, Callable[[dict[str, Any], dict[str, Any]], dict[str, Any]]]:
        """Return the version as what stands would hold it, and how it gets in; None where it stands beside instead."""
        if kind == "QuestionnaireResponse" and self._form:
            return write_answers(effect, canonical=self._form), revise_answers
        if kind == "DocumentReference" and self.notes.bare:
            return write_document(effect, style=self.notes, printed=printed), revise_document
        return None, revise_document

    def write_message(
        self, effect: WriteCommunication, *, seen: bool, wrote: Mapping[str, str], may_send: bool
    ) -> Written:
        """Make the message stand once. raises: as ladder.climb"""
        older = self._older(effect, wrote, write_communication(effect))
        shapes = {"Communication": lambda: write_communication(effect, follows=older, style=self.messages)}
        plan = plan_of(Told.MESSAGE, self.reading.allowed, facts_of(effect))
        mends = {"Communication": _unfiled(shapes["Communication"])}
        return climb(self.reading, effect.key, plan, shapes, seen=seen, may_send=may_send, mends=mends)

    def _older(
        self, effect: WriteDocument | WriteCommunication, wrote: Mapping[str, str], *likes: dict[str, Any]
    ) -> str | None:
        """Return where the latest version before this one stands, None where none does."""
        if effect.replaces_key is None:
            return None
        if known := latest_before(effect.key, wrote) or wrote.get(effect.replaces_key):
            return known
        # The text of the version before is not at hand, so only its identifier tells it.
        found = (
            find_reference(self.reading, effect.replaces_key, {**each, "content": [], "item": []}) for each in likes
        )
        return next((each for each in found if each), None)

    def _replaced(self, older: str | None, newer: str, *, key: str, note: Shapes) -> tuple[str, ...]:
        if older is None or older == newer:
            return ()
        if older.startswith("DocumentReference/"):
            return (supersede(self.reading, older, key=key, newer=note[newer.partition("/")[0]]()),)
        if older.startswith("QuestionnaireResponse/"):
            return ("the older version stays among the filled forms: mark it there as replaced",)
        return () if newer.startswith("Communication/") else ("the older version stays among the messages",)


def _unfiled(shape: Callable[[], dict[str, Any]]) -> Mend:
    """Return what stands in for a message or answers that were refused for the visit they name: the same without it."""

    def mend(refusal: Permanent) -> tuple[dict[str, Any], str] | None:
        made = shape()
        if not isinstance(refusal, NeedsVisit) or "encounter" not in made:
            return None
        return {name: each for name, each in made.items() if name != "encounter"}, UNFILED

    return mend


def _if_of(kind: str, reference: str | None) -> str | None:
    return reference if reference and reference.startswith(f"{kind}/") else None


_AS_TEXT = "it went as text: no PDF can be made here"
_CREATE = ("DocumentReference", "c")


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
