"""Requests to payers as mail: plain words, signed where we have a key, encrypted where the payer's certificate is."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP

from cryptography.x509 import Certificate

from app.core.effects import AskPayer, Effect, WriteUnknown
from app.core.windows.ask import PayerChannel
from app.edges.fhir.identifiers import value_of_key
from app.edges.http import MailRelay
from app.edges.payers.smime import Signer, encrypt, is_over, sign
from app.errors import Permanent
from app.flow.ports import Written


class NoAddress(Permanent):
    """The address to which a request was written is the payer's no more."""

    say = "This payer is not written to at this address any more. Nothing was sent."
    next = "Ask again from the case, or call the payer."


class NotClosed(Permanent):
    """The words name the member, and nothing closes them to others."""

    say = "The payer's certificate is missing or not valid now, and the words name the member. Nothing was sent."
    next = "Ask again from the case: without a certificate the member id is left out. Or call the payer."


class TooLate(Permanent):
    """The mail server was away until the times or the deadline that the words name were over."""

    say = "What this message offers or asks for was over before the mail server took it. Nothing was sent."
    next = "Call the payer; where time is left, ask again from the case."


@dataclass(frozen=True, slots=True)
class Recipient:
    """
    Where a payer takes messages; certificate: with it they are encrypted.

    senders: addresses (name@host) and hosts (@host) from which it writes, beside `to`
    """

    to: str
    certificate: Certificate | None = None
    senders: tuple[str, ...] = ()

    def writes_from(self, address: str) -> bool:
        """Whether it writes from this address, as far as an address tells."""
        wanted = address.lower()
        return any(
            wanted == each.lower() or (wanted.endswith(each.lower()) and each[0] == "@")
            for each in (self.to, *self.senders)
        )


class Mailer:
    """Performs AskPayer by mail. payers: by the rule book's key."""

    def __init__(
        self,
        relay: MailRelay | None,
        payers: Mapping[str, Recipient],
        *,
        sender: str = "",
        signer: Signer | None = None,
        clock: Callable[[], datetime],
    ) -> None:
        self._relay, self._sender, self._signer, self._clock = relay, sender, signer, clock
        self._payers = dict(payers) if relay else {}

    def of(self, payer_key: str | None) -> tuple[PayerChannel, ...]:
        """Return how this payer is written to by mail."""
        found = self._payers.get(payer_key or "")
        if found is None:
            return ()
        closed = found.certificate is not None and not is_over(found.certificate, now=self._clock())
        return (PayerChannel("message", found.to, confidential=closed),)

    def is_from(self, payer_key: str | None, address: str) -> bool:
        """Whether an address is this payer's, or any payer's that is written to from here."""
        asked = self._payers.values() if payer_key is None else [self._payers.get(payer_key)]
        return any(each is not None and each.writes_from(address) for each in asked)

    def perform(self, effect: Effect, *, seen: bool, may_send: bool = True) -> Written:
        """
        Send one request; a mail server cannot be asked what it took, so a second look finds nothing.

        raises: NoAddress, NotClosed, TooLate, WriteUnknown, and the errors of edges.http.mail
        """
        if not may_send:
            raise WriteUnknown
        found = self._payers.get(effect.payer_key) if isinstance(effect, AskPayer) else None
        if found is None or self._relay is None or found.to != effect.to:
            raise NoAddress
        if effect.until is not None and effect.until <= self._clock():
            raise TooLate
        name = f"<{value_of_key(effect.key)}@{self._sender.rpartition('@')[2]}>"
        self._relay.send(self._message(effect, found, name=name), sender=self._sender, to=found.to)
        return Written(name, how="sent")

    def _message(self, effect: AskPayer, recipient: Recipient, *, name: str) -> bytes:
        """Return the whole message. name: its Message-ID, the same on every try, so that a repeat is recognised."""
        now = self._clock()
        closed = recipient.certificate is not None and not is_over(recipient.certificate, now=now)
        if effect.confidential and not closed:
            raise NotClosed
        head = EmailMessage(policy=SMTP)
        head["From"] = head["Reply-To"] = self._sender
        head["To"], head["Subject"], head["Date"], head["Message-ID"] = recipient.to, effect.subject, now, name
        part = _part(effect.text)
        if self._signer is not None:
            part = _lines(sign(part, self._signer))
        if closed:
            part = _lines(encrypt(part, recipient.certificate))
        return bytes(head).rstrip(b"\r\n") + b"\r\n" + part


def _part(text: str) -> bytes:
    """Return words as a MIME part that any mail server carries unchanged."""
    body = EmailMessage(policy=SMTP)
    body.set_content(text.encode("utf-8", "replace").decode(), charset="utf-8", cte="quoted-printable")
    return bytes(body)


def _lines(part: bytes) -> bytes:
    """Return a part whose lines end as they travel: a signature is made over lines that end so."""
    return re.sub(rb"\r\n|\r|\n", b"\r\n", part)
