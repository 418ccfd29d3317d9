"""
Reminders: whoever takes a call chooses how they are told of it, and how long before; what is told names no patient.

The words carry our case number, the payer's name, the time and the number to call. Screens show them, mail servers log
them, telephone companies keep them: nothing of the patient, the service, the diagnosis or the member is in them.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from app.core.case import Booking, Case
from app.core.effects import ChangeAppointment, Effect, Overtaken, TellClinician, WriteAppointment
from app.errors import Refused

WAYS = {"ehr": "EHR message", "mail": "E-mail with a calendar entry", "sms": "Text message (SMS)"}
# Minutes before the call, as people say them.
LEADS = {
    1440: "A day before",
    240: "4 hours before",
    60: "60 minutes before",
    30: "30 minutes before",
    15: "15 minutes before",
}
MOST_COPIES = 3
_MAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
)
_E164 = re.compile(r"\+[1-9]\d{7,14}")
_NANP = re.compile(r"1?([2-9]\d{2}[2-9]\d{6})")
_DIALLED = re.compile(
    r"(?:\+[1-9][\d\s().-]{6,18}\d|(?:1[\s.-]*)?\(?\d{3}\)?[\s.-]*\d{3}[\s.-]*\d{4}|\d{3}[.-]\d{4})(?!\d)"
    r"(?:[\s,;]*(?:x|ext\.?|extension|opt\.?|option|press|#)\s*\d{1,6}(?!\d)){0,3}",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]{2,}")


class ChoiceRefused(Refused):
    """What was typed is no address, no number, or contradicts itself. `field` names the form's field."""

    next = "Correct the field and save again; what you typed is kept."

    def __init__(self, field: str, say: str) -> None:
        super().__init__(say)
        self.field = field


@dataclass(frozen=True, slots=True)
class Choice:
    """
    How somebody is told of calls; ways: of WAYS, none for not at all

    person: "Practitioner/ID" of whoever takes them, or the key of a user, for those that they book themselves

    leads: minutes before a call, the longest first; copies: the office's mail addresses, which get all that is told
    """

    person: str
    name: str
    ways: tuple[str, ...] = ()
    mail: str = ""
    sms: str = ""
    leads: tuple[int, ...] = ()
    copies: tuple[str, ...] = ()
    version: int = 0


@dataclass(frozen=True, slots=True)
class Typed:
    """What a form says of a choice, as it was typed."""

    ways: tuple[str, ...] = ()
    mail: str = ""
    sms: str = ""
    leads: tuple[str, ...] = ()
    copies: str = ""


def read_choice(person: str, name: str, typed: Typed, *, seen: int) -> Choice:
    """Return a choice as a form gives it; raises ChoiceRefused, naming the field."""
    chosen = tuple(each for each in WAYS if each in typed.ways)
    address = read_address("mail", typed.mail) if typed.mail.strip() else ""
    number = read_mobile(typed.sms) if typed.sms.strip() else ""
    if "mail" in chosen and not address:
        raise ChoiceRefused("mail", "Give the address to which the e-mail goes.")
    if "sms" in chosen and not number:
        raise ChoiceRefused("sms", "Give the number to which the text message goes.")
    office = tuple(dict.fromkeys(read_address("copies", each) for each in re.split(r"[,;\s]+", typed.copies) if each))
    if len(office) > MOST_COPIES:
        raise ChoiceRefused("copies", f"At most {MOST_COPIES} addresses get a copy.")
    before = tuple(each for each in LEADS if str(each) in typed.leads)
    return Choice(person, name, chosen, address, number, before, office, seen)


def read_address(field: str, typed: str) -> str:
    """Return one plain mail address; raises ChoiceRefused."""
    address = typed.strip()
    if len(address) > 254 or not _MAIL.fullmatch(address) or ".." in address or address.startswith("."):
        raise ChoiceRefused(field, "This is no plain mail address, name@host.")
    return address


def read_mobile(typed: str) -> str:
    """Return a number as networks dial it, "+15125550134"; ten digits are North American. raises: ChoiceRefused."""
    bare = re.sub(r"[\s().-]", "", typed)
    if _E164.fullmatch(bare):
        national = bare.removeprefix("+1")
        if national != bare and not _NANP.fullmatch(national):
            raise ChoiceRefused("sms", "This is no North American number.")
        return bare
    if found := _NANP.fullmatch(bare):
        return f"+1{found[1]}"
    raise ChoiceRefused("sms", "Give a number of ten digits, or one with + and the country’s code.")


def notices_of(
    case: Case,
    effects: tuple[Effect, ...],
    choice: Choice | None,
    *,
    booker: Choice | None = None,
    payer_zone: str,
    now: datetime,
) -> tuple[TellClinician, ...]:
    """
    Return what is told at once of a call that these effects book, move or cancel; nothing of one that is over.

    choice: of whoever takes the call; booker: of whoever booked, moved or cancelled it
    """
    told: list[TellClinician] = []
    for each in effects:
        what = _what(each)
        if what is not None and each.booking.interval.end > now:
            wanted = [(whose, what) for whose in _readers(choice, booker)]
            told += _told(case, each.booking, wanted, payer_zone=payer_zone)
    return tuple(told)


def reminders_of(
    case: Case, choice: Choice | None, *, booker: Choice | None = None, payer_zone: str, now: datetime
) -> tuple[TellClinician, ...]:
    """Return the reminders of the live call whose time has come: for each reader of the shortest lead that has."""
    booking = case.booking
    if booking is None or not booking.is_live:
        return ()
    leads = [(whose, due_lead(booking, whose.choice.leads, now=now)) for whose in _readers(choice, booker)]
    wanted = [(whose, f"reminder-{lead}") for whose, lead in leads if lead is not None]
    return tuple(_told(case, booking, wanted, payer_zone=payer_zone))


def due_lead(booking: Booking, leads: tuple[int, ...], *, now: datetime) -> int | None:
    """
    Return the shortest lead that has come, None for none and once the call has begun.

    One that had come before the booking was made says nothing new: the notice of the booking was its reminder.
    """
    starts_at = booking.interval.start
    come = [each for each in leads if booking.made_at < starts_at - timedelta(minutes=each) <= now < starts_at]
    return min(come, default=None)


def notice_title(key: str) -> str:
    """Return what a notice is, by its effect's key: "Reminder 60 minutes before, by e-mail to the office"."""
    about, way, who = key.split("/")[-3:]
    what, _, lead = about.partition("-")
    before = f" {LEADS.get(int(lead), '').lower()}" if lead.isdigit() else ""
    to = {"own": "", "booker": " to whoever booked"}.get(who, " to the office")
    return f"{_TITLES.get(what, 'Notice')}{before}, by {_BY.get(way, way)}{to}"


def choice_said(choice: Choice | None) -> str:
    """Return how somebody is told, in words: "by e-mail and text message; reminded a day and 60 minutes before"."""
    if choice is None or not choice.ways:
        return ""
    leads = _listed([LEADS[each].removesuffix(" before").lower() for each in choice.leads if each in LEADS])
    ways = _listed([_BY[each] for each in choice.ways])
    return f"by {ways}; reminded {leads} before" if leads else f"by {ways}; no reminder"


def _listed(words: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def check_still_so(effect: TellClinician, case: Case, *, now: datetime) -> None:
    """Stop what is not so any more, just before it is sent; raises Overtaken. A cancelled call stays cancelled."""
    if effect.until <= now:
        raise Overtaken("The call had begun before this could be sent.")
    if effect.what == "cancelled":
        return
    booking = case.booking
    if booking is None or not booking.is_live or (booking.id, booking.revision) != (effect.booking_id, effect.revision):
        raise Overtaken()


def _what(effect: Effect) -> str | None:
    if isinstance(effect, WriteAppointment):
        return "booked"
    if isinstance(effect, ChangeAppointment) and effect.change in ("moved", "cancelled"):
        return effect.change
    return None


@dataclass(frozen=True, slots=True)
class _Reader:
    """Somebody who is told, and as what: own (takes the call) or booker."""

    who: str
    choice: Choice


def _readers(choice: Choice | None, booker: Choice | None) -> tuple[_Reader, ...]:
    return tuple(_Reader(who, each) for who, each in (("own", choice), ("booker", booker)) if each is not None)


def _told(
    case: Case, booking: Booking, wanted: list[tuple[_Reader, str]], *, payer_zone: str
) -> Iterator[TellClinician]:
    """Return what is told. wanted: to whom, and of what ("booked", "reminder-60"); one address gets it once."""
    addressed: set[tuple[str, str]] = set()
    for reader, about in wanted:
        for way, to, who in _addresses(reader):
            if (way, to) not in addressed:
                addressed.add((way, to))
                yield _notice(case, booking, about, way, to, who, payer_zone=payer_zone)


def _addresses(reader: _Reader) -> list[tuple[str, str, str]]:
    """Return (way, address, as what) of a reader: their own, then the copies."""
    choice, who = reader.choice, reader.who
    own = {"ehr": choice.person, "mail": choice.mail, "sms": choice.sms}
    return [
        *((way, own[way], who) for way in choice.ways),
        *(("mail", each, f"copy-{_mark(each)}") for each in choice.copies),
    ]


def _notice(case: Case, booking: Booking, about: str, way: str, to: str, who: str, *, payer_zone: str) -> TellClinician:
    what, words = about.partition("-")[0], short_words if way == "sms" else long_words
    return TellClinician(
        key=f"{case.tenant}/{case.id}/notice/{booking.id}/{booking.revision}/{about}/{way}/{who}",
        # In order for each reader: a cancellation does not overtake the invitation that it cancels.
        target=f"{booking.id}/notice/{way}/{who}",
        case_number=case.number,
        way=way,
        to=to,
        what=what,
        booking_id=booking.id,
        revision=booking.revision,
        interval=booking.interval,
        subject=subject_of(case, booking, what),
        text=words(case, booking, what, payer_zone=payer_zone),
        until=booking.interval.end if what == "cancelled" else booking.interval.start,
    )


_TITLES = {
    "booked": "Notice of the booking",
    "moved": "Notice of the move",
    "cancelled": "Notice of the cancellation",
    "reminder": "Reminder",
}
_BY = {"ehr": "EHR message", "mail": "e-mail", "sms": "text message"}
_SUBJECTS = {"booked": "Booked", "moved": "Moved", "cancelled": "Cancelled", "reminder": "Reminder"}
_OPENINGS = {
    "booked": "A peer-to-peer call is booked.",
    "moved": "A peer-to-peer call was moved to another time.",
    "cancelled": "A peer-to-peer call was cancelled. Nobody calls at this time.",
    "reminder": "Reminder of a peer-to-peer call.",
}


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


def _mark(address: str) -> str:
    """Return what tells one address from another in a key, without being it."""
    return hashlib.sha256(address.encode()).hexdigest()[:12]
