"""Reminders: whoever takes a call chooses how, and how long before, they are told of it; no patient is ever named."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core.case import Booking, Case
from app.core.effects import ChangeAppointment, Effect, Overtaken, TellClinician, WriteAppointment
from app.core.reminders.choice import (
    LEADS,
    MOST_COPIES,
    WAYS,
    Choice,
    ChoiceRefused,
    Typed,
    choice_said,
    read_address,
    read_choice,
    read_mobile,
)
from app.core.reminders.words import long_words, notice_title, number_said, payer_said, short_words, subject_of

__all__ = (
    "LEADS",
    "MOST_COPIES",
    "WAYS",
    "Choice",
    "ChoiceRefused",
    "Typed",
    "check_still_so",
    "choice_said",
    "due_lead",
    "long_words",
    "notice_title",
    "notices_of",
    "number_said",
    "payer_said",
    "read_address",
    "read_choice",
    "read_mobile",
    "reminders_of",
    "short_words",
    "subject_of",
)


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


def _mark(address: str) -> str:
    """Return what tells one address from another in a key, without being it."""
    return hashlib.sha256(address.encode()).hexdigest()[:12]
