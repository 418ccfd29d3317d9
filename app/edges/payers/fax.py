"""Requests to payers as fax: a first page and the words, by a fax service or by a gateway that takes mail."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from typing import Protocol

from app.core.effects import AskPayer, Effect, WriteUnknown
from app.core.windows.ask import PayerChannel
from app.core.windows.fax import FaxPaper
from app.edges.fhir.identifiers import value_of_key
from app.edges.http import MailRelay
from app.edges.payers.carrier import DO, FaxService
from app.edges.payers.message import NoAddress, TooLate
from app.errors import Permanent, Temporary
from app.flow.ports import Told, Written


class NotMeant(Permanent):
    """The words name the member, and this number is not one to which they may go any more."""

    say = "This fax names the member, and the payer's number is not marked as one for that. Nothing was sent."
    next = "Ask again from the case: the member id is left out then. Or call the payer."


@dataclass(frozen=True, slots=True)
class FaxNumber:
    """Where a payer takes faxes. confidential: the site has made sure that only the payer's desk reads them there"""

    to: str  # E.164
    attention: str = ""
    confidential: bool = False
    senders: tuple[str, ...] = ()  # numbers from which it answers, beside `to`


@dataclass(frozen=True, slots=True)
class FaxSender:
    """Who we are on a fax."""

    name: str
    number: str
    phone: str


class Line(Protocol):
    """What carries a fax. traceable: it can be asked what became of one"""

    traceable: bool

    def send(self, pdf: bytes, *, to: str, reference: str, about: str) -> str:
        """Hand one fax over, once; return its name there."""
        ...

    def look(self, reference: str) -> Told | None:
        """Return what became of one."""
        ...


class ServiceLine:
    """A fax service."""

    traceable = True

    def __init__(self, service: FaxService, *, number: str) -> None:
        self._service, self._number = service, number

    def send(self, pdf: bytes, *, to: str, reference: str, about: str) -> str:
        """Hand one fax over; see FaxService."""
        return self._service.send(pdf, to=to, sender=self._number, reference=reference)

    def look(self, reference: str) -> Told | None:
        """Return what became of one."""
        return self._service.look(reference)


class GatewayLine:
    """A gateway that faxes what is mailed to number@host. It cannot be asked; what it cannot do it tells by mail."""

    traceable = False

    def __init__(self, relay: MailRelay, *, host: str, sender: str) -> None:
        self._relay, self._host, self._sender = relay, host, sender

    def send(self, pdf: bytes, *, to: str, reference: str, about: str) -> str:
        """Mail one fax; see MailRelay."""
        address = f"{to.removeprefix('+')}@{self._host}"
        message = EmailMessage(policy=SMTP)
        message["From"], message["To"], message["Subject"] = self._sender, address, about
        message["Message-ID"] = f"<{reference}@{self._sender.rpartition('@')[2]}>"
        message.set_content("The fax is attached.\n")
        message.add_attachment(pdf, maintype="application", subtype="pdf", filename="request.pdf")
        self._relay.send(bytes(message), sender=self._sender, to=address)
        return message["Message-ID"]

    def look(self, reference: str) -> Told | None:
        """Return nothing: nobody can be asked."""
        return None


class Faxer:
    """Performs AskPayer by fax. payers: by the rule book's key; line: None where nothing is faxed."""

    def __init__(
        self,
        line: Line | None,
        payers: Mapping[str, FaxNumber],
        *,
        sender: FaxSender | None,
        print_fax: Callable[[FaxPaper], bytes],
        clock: Callable[[], datetime],
    ) -> None:
        self._line, self._sender, self._print, self._clock = line, sender, print_fax, clock
        self._payers = dict(payers) if line and sender else {}

    @property
    def carrier(self) -> Line | None:
        """Return who can be asked what became of a fax, None where nobody can."""
        return self._line if self._line is not None and self._line.traceable else None

    def of(self, payer_key: str | None) -> tuple[PayerChannel, ...]:
        """Return how this payer takes faxes."""
        found = self._payers.get(payer_key or "")
        if found is None:
            return ()
        more = {"traceable": self._line.traceable, "answer_to": self._sender.number}
        return (PayerChannel("fax", found.to, confidential=found.confidential, **more),)

    def is_from(self, payer_key: str | None, number: str) -> bool:
        """Whether a number is this payer's, or any payer's that is faxed from here."""
        asked = self._payers.values() if payer_key is None else [self._payers.get(payer_key)]
        wanted = _digits(number)
        return bool(wanted) and any(
            wanted in (_digits(known), _digits(known)[1:] if known.startswith("+1") else "")
            for each in asked
            if each is not None
            for known in (each.to, *each.senders)
        )

    def perform(self, effect: Effect, *, seen: bool, may_send: bool = True) -> Written:
        """
        Send one fax; what may have been sent is looked up by our reference before it is sent again.

        raises: NoAddress, NotMeant, TooLate, NoPdf, WriteUnknown, and the errors of edges.http
        """
        if not isinstance(effect, AskPayer) or self._line is None or self._sender is None:
            raise NoAddress
        reference = value_of_key(effect.key)
        with _said_for_payers():
            if (seen or not may_send) and self._line.traceable and self._line.look(reference) is not None:
                return Written(reference, how="found")
            if not may_send:
                raise WriteUnknown
            return self._sent(effect, reference, self._payers.get(effect.payer_key))

    def _sent(self, effect: AskPayer, reference: str, found: FaxNumber | None) -> Written:
        now = self._clock()
        if found is None or found.to != effect.to:
            raise NoAddress
        if effect.confidential and not found.confidential:
            raise NotMeant
        if effect.until is not None and effect.until <= now:
            raise TooLate
        paper = FaxPaper(
            to=" · ".join(filter(None, (effect.payer_name, found.attention))) or effect.to,
            to_number=found.to,
            sender=self._sender.name,
            sender_number=self._sender.number,
            call_number=self._sender.phone,
            about=effect.subject,
            text=effect.text,
            at=now,
        )
        return Written(
            self._line.send(self._print(paper), to=found.to, reference=reference, about=effect.subject), how="sent"
        )


@contextmanager
def _said_for_payers() -> Iterator[None]:
    """Say of a failure what a person does about a request to a payer: what stands there may be about a chart."""
    try:
        yield
    except WriteUnknown:
        raise
    except (NoAddress, NotMeant, TooLate):
        raise
    except Permanent as error:
        error.next = f"Nothing was sent. {DO}"
        raise
    except Temporary as error:
        error.next = "Nothing was sent. It is tried again by itself; if it cannot wait, call the payer."
        raise


def _digits(number: str) -> str:
    return "".join(each for each in number if each.isascii() and each.isdigit())
