"""Inbox: the one queue of what payers send and tell; a person confirms what it offers, and who read it is kept."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import reduce

from app.core.case import Case, OfferedWindow
from app.core.interval import Interval
from app.core.people import Act
from app.core.windows import capture_window
from app.core.windows.message import Message, ReadBy, case_number_in, read_message
from app.core.windows.reply import OfferRead
from app.errors import BadInput, Refused
from app.flow.cases import case_for, demand, event, payer_zone, save_case
from app.flow.ports import EffectState, NoSuchMessage, Ports

MOST_CHARACTERS = 100_000
MOST_CALENDARS, MOST_TIMES = 5, 20  # of one message, of one file
CALENDAR_REACH = timedelta(days=120)


class NoSuchNumber(Refused):
    """No case is called so."""

    say = "No case here has this number."
    next = "Look it up in the worklist; it looks like P-7KMQ2D."


class NothingChosen(Refused):
    """No offered time was chosen."""

    say = "Choose the times that the payer offers."
    next = "Where it offers none, mark the message as done."


class Unassigned(Refused):
    """A message of no case offers times to nobody."""

    say = "This message belongs to no case yet."
    next = "Say which case it is about first."


@dataclass(frozen=True, slots=True)
class Incoming:
    """
    A message as its channel gave it. name: the channel's own for it (Message-ID, fax id); None: its content's

    kind, remarks: as of a Message. calendars: (name, bytes) of files that may offer times
    """

    channel: str
    counterpart: str | None
    subject: str
    text: str
    at: datetime
    name: str | None = None
    attachments: tuple[str, ...] = ()
    case_number: str | None = None  # where the channel itself knows it (an address of ours, a link)
    kind: str = "words"
    remarks: tuple[str, ...] = ()
    calendars: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class Opened:
    """
    A message with its case (None: of none yet), who has read it, and what became of one of ours.

    is_known: whether the sender's address is one that is set up for the case's payer, None where no address is told
    """

    message: Message
    case: Case | None
    readers: tuple[ReadBy, ...]
    delivery: EffectState | None = None
    is_known: bool | None = None


def receive(ports: Ports, incoming: Incoming, *, now: datetime) -> Message:
    """Keep what came, with its case where it names one and the times its words offer; twice is once."""
    number = incoming.case_number or case_number_in(incoming.subject, _clean(incoming.text)[:MOST_CHARACTERS])
    case_id = ports.messages.case_numbered(ports.tenant, number) if number else None
    return keep(ports, incoming, case=(case_id, number) if case_id and number else None, now=now)


def keep(ports: Ports, incoming: Incoming, *, case: tuple[str, str] | None, now: datetime) -> Message:
    """Keep what came for a case, by its id and number, or for none yet; twice is once."""
    text = _clean(incoming.text)[:MOST_CHARACTERS]
    subject = _clean(incoming.subject)[:300]
    content = "|".join((incoming.channel, incoming.counterpart or "", subject, text))
    case_id, number = case or (None, None)
    message = Message(
        id=ports.ids.new_id(),
        name=f"{incoming.channel}:{incoming.name or hashlib.sha256(content.encode()).hexdigest()}",
        at=min(incoming.at, now),
        direction="in",
        channel=incoming.channel,
        counterpart=_clean(incoming.counterpart or "")[:200] or None,
        subject=subject,
        text=text,
        case_id=case_id,
        case_number=number,
        attachments=tuple(_clean(each)[:120] for each in incoming.attachments[:50]),
        kind=incoming.kind,
        remarks=incoming.remarks,
    )
    return ports.messages.add(ports.tenant, _read(ports, message, incoming.calendars))


def inbox(ports: Ports, *, show: str, now: datetime) -> tuple[Message, ...]:
    """Return the messages of this tenant, or of the chart's patient, newest first. show: new | all."""
    demand(ports, Act.SEE_INBOX, now=now)
    case_ids = None
    if ports.patient is not None:
        case_ids = [each.id for each in ports.store.cases_of_patient(ports.tenant, ports.patient)]
    return ports.messages.all(ports.tenant, state=None if show == "all" else "new", case_ids=case_ids)


def count_new(ports: Ports) -> int:
    """Return how many messages nobody has dealt with, for the tab."""
    return ports.messages.count_new(ports.tenant) if ports.messages and ports.patient is None else 0


def open_message(ports: Ports, message_id: str, *, now: datetime) -> Opened:
    """Return a message and keep who read it; its case's access rules hold for it too."""
    message, case = _message(ports, message_id, now=now)
    ports.messages.mark_read(ports.tenant, message.id, by=ports.user, at=now)
    delivery = None
    if case is not None and message.effect is not None:
        states = ports.store.effects_of(ports.tenant, case.id)
        delivery = next((each for each in states if each.key == message.effect), None)
    readers = ports.messages.readers(ports.tenant, message.id)
    return Opened(message, case, readers, delivery, _is_known(ports, message, case))


def assign(ports: Ports, message_id: str, number: str, *, now: datetime) -> Message:
    """Say which case a message is about; raises NoSuchNumber."""
    message, _ = _message(ports, message_id, now=now)
    told = number.strip().upper()
    case_id = ports.messages.case_numbered(ports.tenant, told)
    if case_id is None:
        raise NoSuchNumber()
    case_for(ports, case_id, Act.CAPTURE_WINDOWS, now=now)
    assigned = replace(message, case_id=case_id, case_number=told)
    ports.messages.change(ports.tenant, assigned)
    return assigned


def confirm(ports: Ports, message_id: str, chosen: tuple[int, ...], *, seen: int, now: datetime) -> Case:
    """
    Keep the chosen offers as windows of the message's case, all or none, and the message as done.

    The windows come first: should the second write fail, the message is still new, and confirming again keeps the same
    windows once.
    """
    message, case = _message(ports, message_id, now=now)
    if case is None:
        raise Unassigned()
    offers = [message.offers[each] for each in sorted(set(chosen)) if 0 <= each < len(message.offers)]
    if not offers:
        raise NothingChosen()
    case = case_for(ports, case.id, Act.CAPTURE_WINDOWS, now=now)
    windows = [
        OfferedWindow(
            id=hashlib.sha256(f"{message.id}/{each.interval.start.isoformat()}".encode()).hexdigest()[:32],
            interval=each.interval,
            channel=message.channel,
            told_by=message.counterpart,
            captured_at=now,
            captured_by=ports.user.name,
        )
        for each in offers
    ]
    changed = reduce(lambda so_far, window: capture_window(so_far, window=window, now=now), windows, case)
    offered = event(ports, "offered", at=now, channel=message.channel, count=len(windows))
    saved = save_case(ports, changed, seen=seen, events=[offered], now=now)
    _done(ports, message, now=now)
    return saved


def settle(ports: Ports, message_id: str, *, now: datetime) -> Message:
    """Mark a message as dealt with."""
    message, _ = _message(ports, message_id, now=now)
    return _done(ports, message, now=now)


def _done(ports: Ports, message: Message, *, now: datetime) -> Message:
    done = replace(message, state="done", handled_by=ports.user.name, handled_at=now)
    ports.messages.change(ports.tenant, done)
    return done


def _message(ports: Ports, message_id: str, *, now: datetime) -> tuple[Message, Case | None]:
    demand(ports, Act.SEE_INBOX, now=now)
    message = ports.messages.one(ports.tenant, message_id)
    if message.case_id is not None:
        return message, case_for(ports, message.case_id, Act.SEE_CASE, now=now)
    if ports.patient is not None:
        raise NoSuchMessage()  # whose it is nobody knows yet, so no chart shows it
    ports.store.audit(ports.tenant, at=now, who=ports.user.key, act="see message", case_id=None, patient=None)
    return message, None


def _read(ports: Ports, message: Message, calendars: tuple[tuple[str, bytes], ...]) -> Message:
    zone = ports.site.zone
    if message.case_id is not None:
        zone = payer_zone(ports, ports.store.case(ports.tenant, message.case_id))
    for name, data in calendars[:MOST_CALENDARS]:
        message = _with_times(ports, message, name, data, zone=zone)
    return read_message(message, zone=zone, length=timedelta(minutes=ports.site.call_minutes))


def _with_times(ports: Ports, message: Message, name: str, data: bytes, *, zone: str) -> Message:
    """Return the message with what a calendar file of it offers."""
    try:
        times, doubts = ports.sources.times(data, Interval(message.at, message.at + CALENDAR_REACH), zone=zone)
    except BadInput as error:
        return replace(message, remarks=(*message.remarks, f"Its calendar file cannot be read: {error.what}."))
    more = len(times) > MOST_TIMES
    told = (*doubts[:3], *(("The file names more times than are shown here.",) if more else ()))
    quote = f"calendar file {_clean(name)[:120]}"
    offers = tuple(OfferRead(each, quote, 0, 0, told) for each in times[:MOST_TIMES])
    return replace(message, offers=(*message.offers, *offers))


def _is_known(ports: Ports, message: Message, case: Case | None) -> bool | None:
    """Whether its sender is the payer's, as set up here; None where there is nothing to compare it with."""
    told = message.direction == "in" and message.channel in ("message", "fax") and message.counterpart
    if not told or ports.channels is None:
        return None
    payer_key = case.payer_key if case else None
    known = (case is None or payer_key is not None) and ports.channels.is_from(payer_key, message.counterpart)
    if not known and message.channel == "fax" and all(each.kind != "fax" for each in ports.channels.of(payer_key)):
        return None
    return known


def _clean(text: str) -> str:
    """Return text that both databases can keep: no NUL, no half of a character."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()
