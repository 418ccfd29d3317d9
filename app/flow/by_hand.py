"""What the EHR did not take and a person does there: the words to copy, the note as a file, and that it was done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from app.core.case import Case
from app.core.effects import left_to_people
from app.core.outcome import note_of, summary_of
from app.core.outcome.form import SAID, topic_of
from app.core.outcome.note_paper import note_paper
from app.core.people import Act
from app.errors import Refused
from app.flow.cases import case_for
from app.flow.ports import EffectState, Ports

# After this long a write whose answer was lost may be settled by whoever looked in the EHR (I3).
UNKNOWN_TOO_LONG = timedelta(minutes=15)
_WHO_CALLS = {"payer": "The payer calls", "us": "We call"}


class NoNote(Refused):
    """There is no outcome yet, so nothing to file."""

    say = "This case has no outcome yet."
    next = "Record the outcome; its note can be downloaded then."


@dataclass(frozen=True, slots=True)
class Handed:
    """
    What people do in the EHR in the place of Parley. left: keys of writes still to do, lookable: of those that may be

    settled by whoever has looked; texts: by kind of write, what to copy
    """

    left: frozenset[str]
    lookable: frozenset[str]
    texts: dict[str, str]


def handed_of(ports: Ports, case: Case, writes: Sequence[EffectState], *, now: datetime) -> Handed:
    """Return what of the case's writes is left to people."""
    before = now - UNKNOWN_TOO_LONG
    left = left_to_people([each.fate for each in writes])
    lookable = frozenset(each.key for each in writes if each.unknown_since and each.unknown_since <= before)
    return Handed(left, lookable, _texts(ports, case))


def _texts(ports: Ports, case: Case) -> dict[str, str]:
    """Return the words of what the EHR is told, by kind of write: to be copied by hand where it does not take them."""
    texts = {}
    if case.booking is not None:
        texts["WriteAppointment"] = texts["ChangeAppointment"] = _call_words(ports, case)
    if case.outcome is not None:
        texts |= {"WriteDocument": note_of(case, zone=ports.site.zone), "WriteCommunication": summary_of(case)}
    return texts


def _call_words(ports: Ports, case: Case) -> str:
    """Return the call as a calendar needs it: no word of the patient, calendars are widely read."""
    booking = case.booking
    assert booking is not None  # noqa: S101 asked above
    zone = ZoneInfo(ports.site.zone)
    start, end = booking.interval.start.astimezone(zone), booking.interval.end.astimezone(zone)
    how = _WHO_CALLS.get(booking.who_calls or "", "Who calls whom was not told")
    lines = [
        f"Peer-to-peer review call, case {case.number}",
        f"{start:%a %d %b %Y, %H:%M} to {end:%H:%M %Z}",
        f"{booking.clinician.name} with {case.payer_name}",
        f"{how}: {booking.number}" if booking.number else f"{how}.",
    ]
    return "\n".join([*lines, "Cancelled."] if booking.state == "cancelled" else lines)


def done_by_hand(ports: Ports, case_id: str, key: str, *, now: datetime) -> Case:
    """Keep that this person did in the EHR what a write could not."""
    case = case_for(ports, case_id, Act.TAKE_ACT, now=now)
    ports.store.done_by_hand(case, key, by=ports.user, unknown_before=now - UNKNOWN_TOO_LONG, now=now)
    return case


def note_file(ports: Ports, case_id: str, form: str, *, now: datetime) -> tuple[Case, bytes]:
    """Return the outcome's note as a file."""
    case = case_for(ports, case_id, Act.SEE_CASE, now=now)
    outcome = case.outcome
    if outcome is None:
        raise NoNote()
    title = f"{topic_of(outcome.way)} {case.number}: {SAID[outcome.result]}"
    text = note_of(case, zone=ports.site.zone)
    paper = note_paper(text, title=title, patient=case.patient, at=outcome.recorded_at)
    return case, ports.papers.note(paper, form)
