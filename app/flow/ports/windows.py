"""Payers: their published slots, how they are written to, what they send, links given to them."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from app.core.case import OfferedWindow
from app.core.effects import Effect
from app.core.interval import Interval
from app.core.people import User
from app.core.windows.ask import PayerChannel
from app.core.windows.link import PayerLink
from app.core.windows.message import Delivery, Message, ReadBy
from app.errors import Refused
from app.flow.ports.ehr import Written


class PayerDesk(Protocol):
    """The payer's published slots, where it has any, and what is told to payers."""

    def windows(self, payer_key: str | None, span: Interval, *, now: datetime) -> tuple[OfferedWindow, ...]: ...
    def perform(self, effect: Effect, *, seen: bool, may_send: bool = True) -> Written: ...


@dataclass(frozen=True, slots=True)
class TimesRead:
    """
    What a feed of a payer's publishes now. warnings: what of it could not be read. stamp: the same as long as nothing
    has changed, whoever reads. wait: how long the payer asks to be left alone
    """

    windows: tuple[OfferedWindow, ...]
    stamp: str
    warnings: tuple[str, ...] = ()
    wait: timedelta | None = None


@dataclass(frozen=True, slots=True)
class KeptTimes:
    """What is kept of a payer's feed. read_at: None where it was never read. say: why it could not be read since."""

    windows: tuple[OfferedWindow, ...] = ()
    warnings: tuple[str, ...] = ()
    read_at: datetime | None = None
    failures: int = 0
    say: str | None = None


@dataclass(frozen=True, slots=True)
class FeedPace:
    """How a payer's feed is read (bulk, ics, caldav), and how often."""

    source: str
    every: timedelta


class Feeds(Protocol):
    """The feeds in which payers publish their times."""

    def paces(self) -> Mapping[str, FeedPace]:
        """Return them by the rule book's key."""
        ...

    def read(self, payer_key: str, *, now: datetime) -> TimesRead:
        """Ask the payer's server; what has not changed is not read again. Raises as edges.http."""
        ...


class FeedTimes(Protocol):
    """What was read of feeds, so that no page waits for a payer. One payer's are every tenant's."""

    def claim(self, payer_key: str, *, now: datetime, until: datetime) -> bool:
        """Return whether the feed is due and the caller alone reads it until then."""
        ...

    def keep(self, payer_key: str, read: TimesRead, *, at: datetime, due_at: datetime) -> bool:
        """Keep what was read; return whether it is other than what was kept before."""
        ...

    def fail(self, payer_key: str, say: str, *, due_at: datetime) -> None: ...
    def of(self, payer_key: str) -> KeptTimes: ...


class Channels(Protocol):
    """How payers are written to, by the rule book's key, the safest way first; none: not at all."""

    def of(self, payer_key: str | None) -> tuple[PayerChannel, ...]: ...
    def is_from(self, payer_key: str | None, address: str) -> bool:
        """Whether an address is this payer's (None: any payer's), as it is set up here; an address proves nothing."""
        ...


class NoSuchMessage(Refused):
    """There is no message with this id here."""

    say = "There is no such message."
    next = "Go back to the inbox."


class Messages(Protocol):
    """What payers sent and told, and who has read it."""

    def add(self, tenant: str, message: Message) -> Message:
        """Keep a message; return it, or the one of this name that is there already, as it is."""
        ...

    def one(self, tenant: str, message_id: str) -> Message: ...
    def change(self, tenant: str, message: Message) -> None: ...
    def all(self, tenant: str, *, state: str | None, case_ids: Sequence[str] | None) -> tuple[Message, ...]: ...
    def count_new(self, tenant: str) -> int: ...
    def mark_read(self, tenant: str, message_id: str, *, by: User, at: datetime) -> None: ...
    def readers(self, tenant: str, message_id: str) -> tuple[ReadBy, ...]: ...
    def case_numbered(self, tenant: str, number: str) -> str | None: ...


class Links(Protocol):
    """Links given to payers; only digests of their secrets are kept."""

    def add(self, link: PayerLink) -> None:
        """Keep a new link; those given out for the same case before are withdrawn."""
        ...

    def by_digest(self, digest: str) -> PayerLink | None: ...
    def use(self, link: PayerLink) -> bool:
        """Mark an open link as used; False when somebody was first."""
        ...

    def of_case(self, tenant: str, case_id: str, *, now: datetime) -> PayerLink | None: ...


@dataclass(frozen=True, slots=True)
class Mailed:
    """
    A message as a mailbox gave it, all of it data. name: what tells it from any other, however often it is delivered

    kind: of core.windows.message.KINDS. answers: what our own messages are known by that it answers, or tells of.
    calendars: (name, bytes) of calendar files that may offer times; papers: of PDFs that hold its words where it has no
    others. remarks: what a reader must know, in our words
    """

    name: str
    at: datetime
    sender: str | None
    subject: str
    text: str
    kind: str = "words"
    answers: tuple[str, ...] = ()
    attachments: tuple[str, ...] = ()
    calendars: tuple[tuple[str, bytes], ...] = ()
    papers: tuple[tuple[str, bytes], ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a mailbox was read: up to this uid of this validity, at this time."""

    validity: int
    uid: int
    at: datetime


class Mailbox(Protocol):
    """The site's mailbox, read and changed in nothing. name: of it, for people and for its mark."""

    name: str

    def letters(
        self, after: Mark | None, *, now: datetime
    ) -> AbstractContextManager[Iterator[tuple[Mark, Mailed | None]]]:
        """
        Open the mailbox; give what came after a mark, in order, each with the mark that stands behind it.

        None: somebody took it away meanwhile. raises, also while it is gone through: Temporary, Permanent
        """
        ...


@dataclass(frozen=True, slots=True)
class Named:
    """A case that a message may be about."""

    tenant: str
    case_id: str
    number: str


class MailBook(Protocol):
    """How far mailboxes were read, and which cases of any tenant a message names; it is no tenant's own."""

    def claim(self, mailbox: str, *, now: datetime, until: datetime) -> bool:
        """Whether the caller alone reads this mailbox until then, whoever else races."""
        ...

    def mark(self, mailbox: str) -> Mark | None: ...
    def move(self, mailbox: str, mark: Mark) -> None: ...
    def numbered(self, numbers: Collection[str]) -> tuple[Named, ...]: ...
    def sent_as(self, reference: str) -> tuple[str, Message] | None:
        """Return the tenant and the message of ours that is known by this reference outside."""
        ...

    def undelivered(self, *, limit: int) -> tuple[tuple[str, str, Message], ...]:
        """Return (tenant, reference, message) of ours that somebody took and nobody told more of, the oldest first."""
        ...

    def asked_in(self, references: Collection[str]) -> tuple[Named, ...]:
        """Return the cases of our messages that are known by these references outside."""
        ...

    def came_back(self, references: Collection[str], *, say: str, now: datetime) -> bool:
        """Say of notices to our own people that are known by these outside that they reached nobody; False for none."""
        ...


class NotTheirs(Refused):
    """Nobody whom we know signed this. Which of name, secret and time is wrong is not said."""

    say = "Not known."
    next = "Compare name, secret and clock with those of the service."


@dataclass(frozen=True, slots=True)
class Told:
    """What a carrier tells of one of ours. reference: by which ours is known there"""

    reference: str
    delivery: Delivery


class Carrier(Protocol):
    """Who carries faxes for us."""

    def look(self, reference: str) -> Told | None:
        """Return what became of one of ours, None where the carrier has none of this reference."""
        ...


@dataclass(frozen=True, slots=True)
class Posted:
    """What a service tells. origin: by whom it came, for people; channel: fax | message; home: as of a mailbox"""

    origin: str
    channel: str
    mailed: Mailed
    home: str | None


class Hooks(Protocol):
    """Services that tell us of what came."""

    def open(self, name: str, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Posted | Told | None:
        """Return what a service tells, None for what does not concern us; raises NotTheirs, BadInput."""
        ...
