"""
The words of a notice: our case number, the payer's name, the time and the number to call.

Screens show them, mail servers log them, telephone companies keep them: nothing of the patient, the service, the
diagnosis or the member is in them.
"""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from app.core.case import Booking, Case
from app.core.reminders.choice import BY, LEADS

_DIALLED = re.compile(
    r"(?:\+[1-9][\d\s().-]{6,18}\d|(?:1[\s.-]*)?\(?\d{3}\)?[\s.-]*\d{3}[\s.-]*\d{4}|\d{3}[.-]\d{4})(?!\d)"
    r"(?:[\s,;]*(?:x|ext\.?|extension|opt\.?|option|press|#)\s*\d{1,6}(?!\d)){0,3}",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]{2,}")
_TITLES = {
    "booked": "Notice of the booking",
    "moved": "Notice of the move",
    "cancelled": "Notice of the cancellation",
    "reminder": "Reminder",
}
_SUBJECTS = {"booked": "Booked", "moved": "Moved", "cancelled": "Cancelled", "reminder": "Reminder"}
_OPENINGS = {
    "booked": "A peer-to-peer call is booked.",
    "moved": "A peer-to-peer call was moved to another time.",
    "cancelled": "A peer-to-peer call was cancelled. Nobody calls at this time.",
    "reminder": "Reminder of a peer-to-peer call.",
}


def notice_title(key: str) -> str:
    """Return what a notice is, by its effect's key: "Reminder 60 minutes before, by e-mail to the office"."""
    about, way, who = key.split("/")[-3:]
    what, _, lead = about.partition("-")
    before = f" {LEADS.get(int(lead), '').lower()}" if lead.isdigit() else ""
    to = {"own": "", "booker": " to whoever booked"}.get(who, " to the office")
    return f"{_TITLES.get(what, 'Notice')}{before}, by {BY.get(way, way)}{to}"


def subject_of(case: Case, booking: Booking, what: str) -> str:
    """Return the subject line: what happened, our number, when."""
    when = _said(booking.interval.start, booking.clinician.zone)
    return f"{_SUBJECTS[what]}: peer-to-peer call {case.number}, {when}"


def long_words(case: Case, booking: Booking, what: str, *, payer_zone: str) -> str:
    """Return the words of a mail or an EHR message. payer_zone: in which the payer reads a clock."""
    lines = [
        _OPENINGS[what],
        "",
        f"Case: {case.number}",
        f"Payer: {payer_said(case)}",
        f"When: {_when(booking, payer_zone)}",
    ]
    if what != "cancelled":
        lines.append(_how(booking))
    lines += ["", "What the call is about stands in Parley: open it from the EHR."]
    return "\n".join(lines) + "\n"


def short_words(case: Case, booking: Booking, what: str, *, payer_zone: str) -> str:
    """Return the words of a text message, on one line."""
    said = f"Parley: {_SUBJECTS[what].lower()}: peer-to-peer call {case.number}, {payer_said(case)}, "
    how = "" if what == "cancelled" else f" {_how(booking)}."
    return f"{said}{_when(booking, payer_zone)}.{how}"


def payer_said(case: Case) -> str:
    """
    Return the payer's name on one line; "the payer" where it holds a word of the patient's own.

    Who pays may be the patient, or a plan that somebody named after its member.
    """
    name = " ".join(case.payer_name.split())[:60]
    patient = case.patient
    own = " ".join(filter(None, (patient.name, patient.mrn, case.coverage.member_id, patient.birth_date)))
    if not name or _words(name) & _words(own):
        return "the payer"
    return name


def number_said(booking: Booking) -> str | None:
    """Return the number to dial where all of it is one: what a payer wrote beside it stays out."""
    found = _DIALLED.match((booking.number or "").strip())
    return " ".join(found[0].split()) if found else None


def _how(booking: Booking) -> str:
    number = number_said(booking)
    if booking.who_calls == "payer":
        return f"The payer calls you; its number: {number}" if number else "The payer calls you"
    return f"Dial: {number}" if number else "The number to dial stands in Parley"


def _when(booking: Booking, payer_zone: str) -> str:
    """Return the time in the clinician's zone, with the payer's beside it where its clock shows another."""
    start, own = booking.interval.start, booking.clinician.zone
    there = start.astimezone(ZoneInfo(payer_zone))
    same = there.utcoffset() == start.astimezone(ZoneInfo(own)).utcoffset()
    return _said(start, own) if same else f"{_said(start, own)} ({_said(start, payer_zone)} at the payer)"


def _said(instant: datetime, zone: str) -> str:
    at = instant.astimezone(ZoneInfo(zone))
    return f"{at:%a} {at.day} {at:%b %Y}, {at:%H:%M %Z}"


def _words(text: str) -> set[str]:
    return {each.casefold() for each in _WORD.findall(text)}
