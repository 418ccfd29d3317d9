"""All that is told to payers, each by its own way."""

from datetime import datetime

from app.core.case import OfferedWindow
from app.core.effects import AskPayer, Effect
from app.core.interval import Interval
from app.core.windows.ask import PayerChannel
from app.edges.payers.desk import PublishedDesk
from app.edges.payers.fax import Faxer
from app.edges.payers.message import Mailer
from app.flow.ports import Written


class WrittenWays:
    """Implements flow.ports.Channels: by mail and by fax."""

    def __init__(self, mail: Mailer, fax: Faxer) -> None:
        self._mail, self._fax = mail, fax

    def of(self, payer_key: str | None) -> tuple[PayerChannel, ...]:
        """Return how this payer is written to: where only it can read, first; mail before fax."""
        found = (*self._mail.of(payer_key), *self._fax.of(payer_key))
        return tuple(sorted(found, key=lambda each: not each.confidential))

    def is_from(self, payer_key: str | None, address: str) -> bool:
        """Whether an address or a number is this payer's (None: any payer's), as it is set up here."""
        way = self._mail if "@" in address else self._fax
        return way.is_from(payer_key, address)

    def perform(self, effect: AskPayer, *, seen: bool, may_send: bool = True) -> Written:
        """Send one request by the way that its words were written for."""
        way = self._fax if effect.channel == "fax" else self._mail
        return way.perform(effect, seen=seen, may_send=may_send)


class PayerDesks:
    """Implements flow.ports.PayerDesk: published times in the payer's own book, requests in writing."""

    def __init__(self, published: PublishedDesk, ways: WrittenWays) -> None:
        self._published, self._ways = published, ways

    def windows(self, payer_key: str | None, span: Interval, *, now: datetime) -> tuple[OfferedWindow, ...]:
        """Return the payer's free slots in `span`."""
        return self._published.windows(payer_key, span, now=now)

    def perform(self, effect: Effect, *, seen: bool, may_send: bool = True) -> Written:
        """Do what `effect` says, once."""
        way = self._ways if isinstance(effect, AskPayer) else self._published
        return way.perform(effect, seen=seen, may_send=may_send)
