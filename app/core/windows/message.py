"""What a payer sent, or told: one record for whatever channel, so that one queue holds it all (product F111)."""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.core.windows.reply import OfferRead, read_reply

CHANNELS = ("fax", "message", "phone", "portal", "link")
# words: somebody wrote it; program: something did; auto: an automatic answer; undelivered: one of ours did not arrive;
# report: a notice of delivery or reading; sealed: it came, and its words are not shown here
KINDS = ("words", "program", "auto", "undelivered", "report", "sealed")
_SPEAKS = ("words", "program")
BY_PROGRAM = "A program sent it."
MOST_NUMBERS = 20
# As the ids port draws them; whether a case has it is asked of the store.
_NUMBER = re.compile(r"(?<![A-Z0-9-])P-[A-Z0-9]{6}(?![A-Z0-9])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Delivery:
    """
    What became of one of ours after somebody took it. state: waiting | delivered | failed | unknown; at: as told

    say: in our words, why it failed
    """

    state: str
    at: datetime
    say: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """
    One message. name: what tells it apart at its channel for ever, so that coming twice is once

    offers: times read from its words or its calendar, for a person to confirm; unread: clauses that speak of a time
    and offer none that can be told, each with why. state: new | done
    """

    id: str
    name: str
    at: datetime
    direction: str  # in | out
    channel: str  # CHANNELS
    counterpart: str | None  # who wrote, as the channel tells it
    subject: str
    text: str
    case_id: str | None = None
    case_number: str | None = None
    offers: tuple[OfferRead, ...] = ()
    unread: tuple[tuple[str, str], ...] = ()
    attachments: tuple[str, ...] = ()  # names, as data
    kind: str = "words"  # KINDS; only the first two offer times
    remarks: tuple[str, ...] = ()  # what a reader must know of it, in sentences of ours
    state: str = "new"
    handled_by: str | None = None
    handled_at: datetime | None = None
    effect: str | None = None
    delivery: Delivery | None = None  # of one of ours, where its carrier tells


@dataclass(frozen=True, slots=True)
class ReadBy:
    """Who has read a message, and when first."""

    who: str
    at: datetime


def case_numbers_in(*texts: str | None) -> tuple[str, ...]:
    """Return all case numbers that the texts name, the first twenty."""
    return tuple(dict.fromkeys(each.upper() for text in texts for each in _NUMBER.findall(text or "")))[:MOST_NUMBERS]


def case_number_in(*texts: str | None) -> str | None:
    """Return the one case number that the texts name; None where they name none, or several."""
    found = {each.upper() for text in texts for each in _NUMBER.findall(text or "")}
    return found.pop() if len(found) == 1 else None


def read_message(message: Message, *, zone: str, length: timedelta) -> Message:
    """
    Return the message with the times that its words offer; see read_reply. Times it brought already stay first.

    What answers by itself, or tells of a delivery, offers nothing, whatever times it names.
    """
    if message.kind not in _SPEAKS:
        return replace(message, offers=(), unread=())
    read = read_reply(f"{message.subject}\n{message.text}", zone=zone, received_at=message.at, length=length)
    known = {each.interval for each in message.offers}
    offers = (*message.offers, *(each for each in read.offers if each.interval not in known))
    if message.kind == "program":
        offers = tuple(replace(each, doubts=(*each.doubts, BY_PROGRAM)) for each in offers)
    return replace(message, offers=offers, unread=read.unread)


def with_delivery(message: Message, told: Delivery) -> Message:
    """
    Return the message with what its carrier tells, itself where that is nothing new.

    What is told late changes nothing; a failure is not undone by "on its way", only by a delivery that came after it.
    """
    known = message.delivery
    if known is None or known == told or told.at < known.at:
        return message
    if told.state == "waiting" or (told.state == "unknown" and known.state != "waiting"):
        return message
    if (known.state, known.say) == (told.state, told.say):
        return message
    return replace(message, delivery=told)
