"""
The closed list of things that may be asked of the world. Each is saved with the state that causes it.

`key` names one logical write for ever ("tenant/case/what/number"); it becomes the identifier that travels to the
counterpart, so that twice is once. Effects that share a `target` are performed in order, others independently.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import get_args

from app.core.case import Booking
from app.core.interval import Interval
from app.core.people import Clinician, Patient
from app.errors import Permanent, Temporary


class WriteUnknown(Temporary):
    """
    A write was sent and no answer came that says what became of it: look before sending again.

    Also raised by a look-up that was told not to send (`may_send=False`) and found nothing, and by one that has no way
    to look. Whoever raises any other Temporary says by it that the write did not happen.
    """

    say = "The answer to this write was lost. It is being looked up before anything is sent again."
    next = "Wait; if it stays unknown, look in the EHR yourself."


class SignInNeeded(Temporary):
    """No token is left to act with; a person must launch again."""

    say = "Your session at the EHR has ended."
    next = "Open Parley again from the EHR. What you had saved is safe."


class Overtaken(Permanent):
    """What an effect would tell is no longer so, or nobody's use any more: it ends untold, and nobody has to act."""

    say = "The call was moved, cancelled or held meanwhile."
    next = "Nothing was sent."


@dataclass(frozen=True, slots=True)
class WriteAppointment:
    """The booked call stands in the EHR as an Appointment, the patient not a participant (portals show those)."""

    key: str
    target: str  # booking id
    case_number: str
    patient: Patient
    clinician: Clinician
    booking: Booking
    payer_name: str
    about: tuple[str, ...]  # ClaimResponse, Claim references


@dataclass(frozen=True, slots=True)
class ChangeAppointment:
    """The Appointment that `appointment_key` wrote moves, or becomes cancelled, fulfilled or noshow."""

    key: str
    target: str
    appointment_key: str
    change: str  # moved | cancelled | fulfilled | noshow
    patient: Patient
    booking: Booking
    case_number: str
    payer_name: str
    about: tuple[str, ...]
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class WriteDocument:
    """The note of the call stands in the EHR as a DocumentReference; `replaces_key` makes it a new version."""

    key: str
    target: str  # outcome id
    case_number: str
    patient: Patient
    author: str | None  # "Practitioner/ID"
    author_name: str
    title: str
    text: str
    at: datetime
    about: tuple[str, ...]
    encounter: str | None = None
    held_from: datetime | None = None
    held_to: datetime | None = None
    replaces_key: str | None = None
    topic: str = "Peer-to-peer review"


@dataclass(frozen=True, slots=True)
class WriteCommunication:
    """What was agreed with the payer stands in the EHR as a Communication."""

    key: str
    target: str
    case_number: str
    patient: Patient
    sender: str | None
    sender_name: str
    recipients: tuple[str, ...]
    topic: str
    text: str
    at: datetime
    about: tuple[str, ...]
    encounter: str | None = None
    replaces_key: str | None = None


@dataclass(frozen=True, slots=True)
class TellPayer:
    """The payer's published slot is taken (or given back) in the payer's own book. No PHI travels."""

    key: str
    target: str
    payer_slot: str
    case_number: str
    booking_id: str
    change: str  # booked | cancelled
    payer_reference: str | None = (
        None  # the payer's own number for the review, by which it knows what the call is about
    )


@dataclass(frozen=True, slots=True)
class AskPayer:
    """
    The payer is asked in writing for a call, in exactly these words.

    confidential: the words name the member, so they go only where nobody else can read them
    traceable: whoever carries it can be asked what became of it. A message cannot be looked up: when its answer is
    lost, a person decides whether it is sent again.
    """

    key: str
    target: str
    case_number: str
    payer_key: str  # of the rule book, "" where the payer is not known
    channel: str  # message | fax
    to: str
    subject: str
    text: str
    confidential: bool = False
    until: datetime | None = None  # it is not sent later: what it offers or asks for is over by then
    traceable: bool = False
    payer_name: str = ""


@dataclass(frozen=True, slots=True)
class WriteEvent:
    """
    A held time or the booked call stands in the clinician's own calendar, or no more. No PHI travels.

    event_key: names the event for ever, whatever becomes of it. change: held | booked | removed
    """

    key: str
    target: str
    event_key: str
    case_number: str
    clinician: Clinician
    interval: Interval
    change: str
    title: str
    text: str = ""
    revision: int = 0


@dataclass(frozen=True, slots=True)
class TellClinician:
    """
    Whoever takes the call, or the office, is told of it by a way they chose. No PHI travels (core.reminders).

    way: ehr | mail | sms; to: "Practitioner/ID", an address or a number; what: booked | moved | cancelled | reminder
    interval: of the call; subject, text: the words as they travel. It is told only while it is so, and before `until`
    """

    key: str
    target: str
    case_number: str
    way: str
    to: str
    what: str
    booking_id: str
    revision: int
    interval: Interval
    subject: str
    text: str
    until: datetime


Effect = (
    WriteAppointment
    | ChangeAppointment
    | WriteDocument
    | WriteCommunication
    | TellPayer
    | AskPayer
    | WriteEvent
    | TellClinician
)
KINDS: dict[str, type] = {each.__name__: each for each in get_args(Effect)}


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one write. state: as the outbox names it; change: of a ChangeAppointment."""

    key: str
    kind: str
    target: str
    state: str
    change: str | None = None


# What a person can do in the EHR in the place of Parley.
HANDED = frozenset(each.__name__ for each in (WriteAppointment, ChangeAppointment, WriteDocument, WriteCommunication))
FAILED = frozenset({"rejected", "dead"})
GIVEN_UP = "Given up after "  # begins what is said of a write of which every try certainly wrote nothing
_STANDS = frozenset({"confirmed", "by_hand"})


def left_to_people(fates: Sequence[Fate]) -> frozenset[str]:
    """
    Return the keys of what a person has to do in the EHR by hand: refused or given up, and not overtaken since.

    fates: of one case, in the order in which they were asked for. Of what shares a target only the latest counts: an
    older note need not be copied once a newer one exists. A call that never came to stand in the EHR need not be
    cancelled there, and nobody goes there to mark one as held or missed.
    """
    latest = {each.target: each for each in fates}
    return frozenset(
        each.key
        for each in latest.values()
        if each.kind in HANDED and each.state in FAILED and _is_owed(each, [one for one in fates if one is not each])
    )


def _is_owed(fate: Fate, others: Sequence[Fate]) -> bool:
    if fate.kind != ChangeAppointment.__name__ or fate.change == "moved":
        return True
    stood = any(each.target == fate.target and each.state in _STANDS for each in others)
    return fate.change == "cancelled" and stood
