"""
Where each thing that is to be told will stand in one EHR: its ladder of places, what speaks for and against each, and
the first that takes it. FhirEhr.perform climbs by this plan and `parley check --ehr` prints it, so that plan and deed
are the same.

    booked call   Appointment (in a slot of the EHR's own where it books so) → Task → message to the clinician
                  → document where the site says so → by hand
    its change    where the call stands; a message is followed by another → by hand
    note          DocumentReference → message that carries the note → answers to the site's form → by hand
    message       Communication → by hand
    notice        Communication in nobody's chart → by hand, or another way of core.reminders

Where the note is copied by hand, a Task asks for it there too, where tasks are taken.
source: shared rules of SMART, §2.2
"""

from dataclasses import dataclass

from app.core.effects import (
    ChangeAppointment,
    Effect,
    TellClinician,
    WriteAppointment,
    WriteCommunication,
    WriteDocument,
)
from app.edges.ehr.allowed import Allowed, Ruling, Verdict
from app.edges.ehr.places import (
    ASKS_TOO,
    BY_HAND,
    LOST,
    LOST_BY_HAND,
    MOVES,
    NO_VISITS,
    VISITS,
    WITHIN,
    Told,
)
from app.edges.ehr.visits import NO_VISIT
from app.edges.ehr.writeback import BEYOND_PATIENT

_KINDS: dict[type, Told] = {
    WriteAppointment: Told.BOOKING,
    ChangeAppointment: Told.CHANGE,
    WriteDocument: Told.NOTE,
    WriteCommunication: Told.MESSAGE,
    TellClinician: Told.NOTICE,
}


@dataclass(frozen=True, slots=True)
class Rung:
    """One place where a thing may stand: FHIR type, letter (c u), the ruling, and what is lost where it stands here."""

    kind: str
    letter: str
    ruling: Ruling
    lost: str = ""

    @property
    def may(self) -> bool:
        """Whether it is tried."""
        return self.ruling.may


@dataclass(frozen=True, slots=True)
class Plan:
    """
    Where one thing will stand.

    why_not: why nowhere, where that is one sentence; asks_too: how the EHR asks a person for it, where it does
    """

    told: Told
    rungs: tuple[Rung, ...]
    why_not: str = ""
    asks_too: str = ""

    @property
    def chosen(self) -> Rung | None:
        """The first place that takes it, None where a person does it by hand."""
        return next((each for each in self.rungs if each.may), None)

    @property
    def by_hand(self) -> str:
        """What a person does where no place takes it."""
        return BY_HAND[self.told]

    @property
    def lost(self) -> str:
        """What is lost by this plan against the best place."""
        return self.chosen.lost if self.chosen else LOST_BY_HAND[self.told]

    def rung(self, kind: str) -> Rung | None:
        """Return the rung of a type."""
        return next((each for each in self.rungs if each.kind == kind), None)


@dataclass(frozen=True, slots=True)
class Facts:
    """What of a single write decides too; None: not known yet, as before go-live."""

    has_encounter: bool | None = None
    has_recipient: bool | None = None
    where: str | None = None  # of a change: the type as which the call stands
    has_slot: bool | None = None  # whether a slot of the EHR's own is free for the call, where it books so


def told_by(effect: Effect) -> Told | None:
    """Return what kind of thing an effect tells the EHR; None for what is told elsewhere."""
    return _KINDS.get(type(effect))


def facts_of(effect: Effect) -> Facts:
    """Return what an effect itself decides."""
    encounter = getattr(effect, "encounter", None)
    return Facts(has_encounter=bool(encounter), has_recipient=bool(getattr(effect, "recipients", ())))


def plan_of(told: Told, allowed: Allowed, facts: Facts = Facts()) -> Plan:
    """
    Return where a thing will stand.

    errs: a place that is not ruled out is tried; what the server then says of it is remembered (edges.ehr.learned)
    """
    if told is Told.BOOKING:
        return _booking(allowed, facts)
    if told is Told.CHANGE:
        return _change(allowed, facts)
    if told is Told.NOTE:
        asks = allowed.profile.tasks and allowed.rule("Task", "c").may
        rungs = (_document(allowed, facts), _carrier(allowed), _answers(allowed))
        return Plan(told, rungs, asks_too=ASKS_TOO if asks else "")
    if told is Told.MESSAGE:
        return Plan(told, (_message(allowed, facts),))
    return _notice(allowed)


def _booking(allowed: Allowed, facts: Facts = Facts()) -> Plan:
    site = allowed.profile
    if site.appointment == "none":
        return Plan(Told.BOOKING, (), "This site keeps appointments of calls out of the EHR.")
    calendar = _rung(Told.BOOKING, allowed, "Appointment", "c")
    if site.appointment == "oracle-slot":
        calendar = _slotted(calendar, allowed, facts)
    task = _rung(Told.BOOKING, allowed, "Task", "c")
    if not site.tasks:
        task = Rung("Task", "c", Ruling(Verdict.UNSUPPORTED, "the site's record wants no tasks"))
    message = _styled(_rung(Told.BOOKING, allowed, "Communication", "c"), allowed)
    if site.communication_files and not site.bare:
        message = _with(message, ["with a calendar file"])
    return Plan(Told.BOOKING, (calendar, task, message, _call_document(allowed, facts)))


def _call_document(allowed: Allowed, facts: Facts, told: Told = Told.BOOKING) -> Rung:
    if not allowed.profile.call_document:
        why = "the site's record wants no call among the documents"
        return Rung("DocumentReference", "c", Ruling(Verdict.UNSUPPORTED, why), LOST[(told, "DocumentReference")])
    return _document(allowed, facts, told)


def _change(allowed: Allowed, facts: Facts) -> Plan:
    if allowed.profile.appointment == "none":
        return Plan(Told.CHANGE, (), "This site keeps appointments of calls out of the EHR.")
    booked = _booking(allowed).chosen
    where = facts.where or (booked.kind if booked else None)
    if where is None:
        return Plan(Told.CHANGE, (), "The call does not stand in the EHR.")
    if where == "Communication":
        return Plan(Told.CHANGE, (_styled(_rung(Told.CHANGE, allowed, where, "c"), allowed),))
    if where == "Appointment" and _is_patched(allowed):
        moves = [MOVES] if allowed.profile.appointment == "oracle-slot" else []
        return Plan(Told.CHANGE, (_with(_rung(Told.CHANGE, allowed, where, "p"), moves),))
    if where == "DocumentReference":
        return Plan(Told.CHANGE, (_call_document(allowed, facts, Told.CHANGE),))
    # No message beside a calendar that still shows the old time: it would look as if all were done.
    return Plan(Told.CHANGE, (_rung(Told.CHANGE, allowed, where, "u"),))


def _is_patched(allowed: Allowed) -> bool:
    """Whether an Appointment is changed by a patch: where the server takes, or lists, no whole one back."""
    whole, part = (allowed.rule("Appointment", each, beyond_patient=True).may for each in "up")
    listed = allowed.capability_offers("Appointment", "p") and not allowed.capability_offers("Appointment", "u")
    return not whole and (part or listed)


def _slotted(rung: Rung, allowed: Allowed, facts: Facts) -> Rung:
    """Return the calendar's rung where it books into slots of its own only, with the patient as participant."""
    why = ""
    if not allowed.profile.slot_type:
        why = "its calendar books into its own slots only, and the site's record names none for such calls"
    elif rung.may and not (slots := allowed.rule("Slot", "s", beyond_patient=True)).may:
        why = f"its slots cannot be searched: {slots.because}"
    elif rung.may and not allowed.searches("Slot", "service-type", "start"):
        why = "its slots cannot be searched by type and time"
    elif rung.may and facts.has_slot is False:
        why = "no slot of the clinician's that is meant for such calls is free then"
    if why:
        return Rung(rung.kind, "c", Ruling(Verdict.UNSUPPORTED, why))
    told = Rung(rung.kind, "c", rung.ruling, "the patient is named in it as taking part: a portal may show it to them")
    return _with(told, ["in a free slot that is meant for such calls; where none is, the next place"])


def _document(allowed: Allowed, facts: Facts, told: Told = Told.NOTE) -> Rung:
    rung, site = _rung(told, allowed, "DocumentReference", "c"), allowed.profile
    if not rung.may:
        return rung
    because = []
    if site.document_needs_encounter:
        if facts.has_encounter is False:
            return Rung(rung.kind, "c", Ruling(Verdict.UNSUPPORTED, NO_VISIT), rung.lost)
        looks = allowed.rule("Encounter", "s").may
        because.append(f"of an encounter only: {VISITS if looks else NO_VISITS}")
    if told is Told.NOTE and (forms := [each for each in site.document_mimes if each]):
        because.append(f"as {' and '.join(forms)}")
    if site.bare:
        because.append("only the elements that it documents; a later version changes the document itself")
    return _with(rung, because)


def _carrier(allowed: Allowed) -> Rung:
    return _styled(_rung(Told.NOTE, allowed, "Communication", "c"), allowed)


def _answers(allowed: Allowed) -> Rung:
    kind = "QuestionnaireResponse"
    if allowed.profile.questionnaire is None:
        lost = LOST[(Told.NOTE, kind)]
        return Rung(kind, "c", Ruling(Verdict.UNSUPPORTED, "the site's record names no form of Parley's"), lost)
    return _with(_rung(Told.NOTE, allowed, kind, "c"), ["as answers to the form that the site installed"])


def _message(allowed: Allowed, facts: Facts) -> Rung:
    rung = _styled(_rung(Told.MESSAGE, allowed, "Communication", "c"), allowed)
    if rung.may and allowed.profile.bare and not allowed.profile.communication_recipient:
        if facts.has_recipient is False:
            why = "it takes a message to somebody named only, and the case has no clinician"
            return Rung(rung.kind, "c", Ruling(Verdict.UNSUPPORTED, why))
        return _with(rung, ["to a named clinician only", rung.ruling.because])
    return rung


def _notice(allowed: Allowed) -> Plan:
    rung = _rung(Told.NOTICE, allowed, "Communication", "c", beyond_patient=True)
    if rung.may and allowed.profile.messages_need_patient:
        why = "it takes no message that is in no patient's chart"
        return Plan(Told.NOTICE, (Rung(rung.kind, "c", Ruling(Verdict.UNSUPPORTED, why)),))
    within = not rung.may and allowed.rule("Communication", "c").may
    return Plan(Told.NOTICE, (_styled(rung, allowed),), WITHIN if within else "")


def _rung(told: Told, allowed: Allowed, kind: str, letter: str, *, beyond_patient: bool = False) -> Rung:
    ruling = allowed.rule(kind, letter, beyond_patient=beyond_patient or kind in BEYOND_PATIENT)
    return Rung(kind, letter, ruling, LOST.get((told, kind), ""))


def _styled(rung: Rung, allowed: Allowed) -> Rung:
    """Return a message's rung as the site's server takes it."""
    bare = ["the text as an attachment; its links to the request are left out"] if allowed.profile.bare else []
    return _with(rung, bare)


def _with(rung: Rung, because: list[str]) -> Rung:
    told = [each for each in because if each]
    if not rung.may or not told:
        return rung
    return Rung(rung.kind, rung.letter, Ruling(Verdict.WITH_PROFILE, "; ".join(told)), rung.lost)
