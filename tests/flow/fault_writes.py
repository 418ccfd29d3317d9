"""
Every write that Parley makes in an EHR, at each profile that takes it: what goes before, what follows it there.

A row says by which request the write is made there, so that a fault can meet that one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from app.core.effects import Effect, TellClinician, WriteAppointment, WriteCommunication, WriteDocument
from app.core.interval import Interval
from tests.edges.effects import (
    ABOUT,
    DOC,
    a_booking,
    change_appointment,
    write_appointment,
    write_communication,
    write_document,
)

BARE = {"bare": True, "appointment": "oracle-slot"}
NO_CALENDAR = {"overrides": {"Appointment.c": False}}
NO_TASK = {"overrides": {"Appointment.c": False, "Task.c": False}}
FORM = "https://ehr.example/Questionnaire/p2p-outcome"
ONLY_FORMS = {"questionnaire": FORM, "overrides": {"DocumentReference.c": False, "Communication.c": False}}
SITES: dict[str, tuple[str, Mapping[str, object]]] = {
    "full": ("full", {}),
    "full, tasks": ("full", NO_CALENDAR),
    "full, messages": ("full", {**NO_TASK, "communication_files": True}),
    "full, forms": ("full", ONLY_FORMS),
    "epic-like": ("epic-like", {}),
    "full, forms kept": (
        "full",
        {**ONLY_FORMS, "overrides": {**ONLY_FORMS["overrides"], "QuestionnaireResponse.u": False}},
    ),
    "oracle-like": ("oracle-like", BARE),
    "oracle-like, slots": ("oracle-like", {**BARE, "slot_type": "P2P"}),
}


@dataclass(frozen=True)
class WriteKind:
    """What is written: by which request, after which effects, and what follows it on the same target."""

    name: str
    method: str
    kind: str
    before: tuple[str, ...] = ()
    after: str | None = None
    effect: str = ""  # which effect it is where the name tells the request instead

    @property
    def makes(self) -> str:
        """Return the name of the effect."""
        return self.effect or self.name


def _call(kind: str, after: str | None = "moved") -> list[WriteKind]:
    return [
        WriteKind("booked", "POST", kind, after=after),
        WriteKind("moved", "PUT", kind, ("booked",), "cancelled"),
        WriteKind("cancelled", "PUT", kind, ("booked",)),
        WriteKind("fulfilled", "PUT", kind, ("booked",)),
        WriteKind("noshow", "PUT", kind, ("booked",)),
    ]


_SLOTTED = [  # a moved call is booked anew, then the old one is cancelled
    WriteKind("booked", "POST", "Appointment", after="moved"),
    WriteKind("moved", "POST", "Appointment", ("booked",), "cancelled"),
    WriteKind("cancelled", "PATCH", "Appointment", ("booked",)),
    WriteKind("fulfilled", "PATCH", "Appointment", ("booked",)),
    WriteKind("noshow", "PATCH", "Appointment", ("booked",)),
]
_TOLD = [
    WriteKind("booked", "POST", "Communication", after="moved"),
    WriteKind("moved", "POST", "Communication", ("booked",), "cancelled"),
    WriteKind("cancelled", "POST", "Communication", ("booked",)),
]
_SAID = [
    WriteKind("note", "POST", "DocumentReference", after="note amended"),
    WriteKind("note amended", "POST", "DocumentReference", ("note",), "note amended again"),
    WriteKind("message", "POST", "Communication", after="message following"),
    WriteKind("message following", "POST", "Communication", ("message",), "message following again"),
]
_SAID_BARE = [  # a later version changes the document itself
    _SAID[0],
    WriteKind("note amended", "PUT", "DocumentReference", ("note",), "note amended again"),
    *_SAID[2:],
]
_SUPERSEDED = [WriteKind("older note superseded", "PUT", "DocumentReference", ("note",), None, "note amended")]
_ANSWERED = [
    WriteKind("note", "POST", "QuestionnaireResponse", after="note amended"),
    WriteKind("note amended", "PUT", "QuestionnaireResponse", ("note",), "note amended again"),
]
_ANSWERED_ANEW = [_ANSWERED[0], WriteKind("note amended", "POST", "QuestionnaireResponse", ("note",))]
_NOTICE = [WriteKind("notice", "POST", "Communication")]
WRITES: dict[str, list[WriteKind]] = {
    "full": [*_call("Appointment"), *_SAID, *_SUPERSEDED, *_NOTICE],
    "full, tasks": _call("Task"),
    "full, messages": _TOLD,
    "full, forms": _ANSWERED,
    "full, forms kept": _ANSWERED_ANEW,
    "epic-like": [*_TOLD, *_SAID, *_SUPERSEDED],
    "oracle-like, slots": _SLOTTED,
    "oracle-like": [*_TOLD, *_SAID_BARE, *_NOTICE],
}


def effects_of(case: str, site: str) -> Mapping[str, Callable[[], Effect]]:
    """Return how each effect of a case is made, by its name; all have keys and targets of that case."""
    about = ABOUT if site.startswith("full") else ()
    root, booking = f"demo/{case}", replace(a_booking(), id=f"{case}/b-1")
    later = Interval(booking.interval.start + timedelta(hours=2), booking.interval.end + timedelta(hours=2))
    first: WriteAppointment = write_appointment(
        key=f"{root}/appointment", target=booking.id, booking=booking, about=about
    )

    def change(what: str) -> Effect:
        at = replace(booking, interval=later, revision=1) if what == "moved" else booking
        key = f"{first.key}/{1 if what == 'moved' else what}"
        return change_appointment(what, key=key, target=booking.id, appointment_key=first.key, booking=at, about=about)

    def note(revision: int) -> WriteDocument:
        earlier = f"{root}/document/{revision - 1}" if revision else None
        words = f"Result: overturned, version {revision} of {case}."
        return write_document(
            key=f"{root}/document/{revision}",
            target=f"{case}/document",
            about=about,
            text=words,
            encounter="Encounter/enc-1",
            replaces_key=earlier,
        )

    def message(revision: int) -> WriteCommunication:
        earlier = f"{root}/communication/{revision - 1}" if revision else None
        return write_communication(
            key=f"{root}/communication/{revision}", target=f"{case}/message", about=about, replaces_key=earlier
        )

    return {
        "booked": lambda: first,
        **{each: (lambda each=each: change(each)) for each in ("moved", "cancelled", "fulfilled", "noshow")},
        "note": lambda: note(0),
        "note amended": lambda: note(1),
        "note amended again": lambda: note(2),
        "message": lambda: message(0),
        "message following": lambda: message(1),
        "message following again": lambda: message(2),
        "notice": lambda: a_notice(case, booking),
    }


def a_notice(case: str, booking) -> TellClinician:
    """Return the word to a clinician, in the EHR, that the call is booked; nobody's use after ten days."""
    return TellClinician(
        key=f"demo/{case}/booked/ehr/own",
        target=f"{case}/notice",
        case_number="4821",
        way="ehr",
        to=DOC.reference,
        what="booked",
        booking_id=booking.id,
        revision=0,
        interval=booking.interval,
        subject="Booked: peer-to-peer call 4821",
        text="A peer-to-peer call is booked.\nDial: 800-555-0142\n",
        until=booking.interval.start + timedelta(days=10),
    )
