"""Payers that publish their reviewers' times and take them back again."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.core.case import OfferedWindow
from app.core.detect.person import AnswersTold, ToldAnswer
from app.core.effects import AskPayer, Effect
from app.core.interval import Interval
from app.core.windows.ask import PayerChannel
from app.errors import ParleyError, Temporary
from app.flow.ports import FeedPace, Pace, RequestRead, TimesRead, Written


@dataclass
class FakeDesk:
    """Implements flow.ports.PayerDesk. slots: by the rule book's key, those that are free now."""

    slots: dict[str, list[OfferedWindow]] = field(default_factory=dict)
    trouble: ParleyError | None = None
    asked: list[str | None] = field(default_factory=list)
    told: dict[str, Effect] = field(default_factory=dict)

    def publish(self, key: str, *slots: OfferedWindow) -> None:
        """Let these, and only these, be free."""
        self.slots[key] = list(slots)

    def go_away(self) -> None:
        """Stop answering."""
        self.trouble = Temporary("The payer does not answer.", next="Call it, or try again later.")

    def windows(self, payer_key: str | None, span: Interval, *, now: datetime) -> tuple[OfferedWindow, ...]:
        """Return the free slots that touch the span."""
        self.asked.append(payer_key)
        if self.trouble is not None:
            raise self.trouble
        return tuple(each for each in self.slots.get(payer_key or "", []) if each.interval.overlaps(span))

    def perform(self, effect: Effect, *, seen: bool, may_send: bool = True) -> Written:
        """Keep what was told."""
        self.told[effect.key] = effect
        if isinstance(effect, AskPayer):
            return Written("f-1", how="sent")
        return Written(f"Appointment/{effect.booking_id}", how="created")


@dataclass
class FakeFeeds:
    """Implements flow.ports.Feeds. tells: by the rule book's key, what is read next; what is read last stays."""

    tells: dict[str, list[TimesRead | ParleyError]] = field(default_factory=dict)
    every: timedelta = timedelta(minutes=5)
    asked: list[str] = field(default_factory=list)

    def publish(self, key: str, *windows: OfferedWindow, **more) -> None:
        """Let these, and only these, be published from now on."""
        self.tells[key] = [TimesRead(windows, repr(windows), **more)]

    def fail(self, key: str, error: ParleyError) -> None:
        """Let the feed not be readable from now on."""
        self.tells[key] = [error]

    def paces(self) -> dict[str, FeedPace]:
        """Return the payers that publish in a feed."""
        return {key: FeedPace("bulk", self.every) for key in self.tells}

    def read(self, payer_key: str, *, now: datetime) -> TimesRead:
        """Return what is published."""
        self.asked.append(payer_key)
        told = self.tells[payer_key]
        said = told.pop(0) if len(told) > 1 else told[0]
        if isinstance(said, ParleyError):
            raise said
        return said


@dataclass
class FakeInquiries:
    """Implements flow.ports.Inquiries. says: by the rule book's key, what is told, or raised, at each question."""

    says: dict[str, list[ToldAnswer | ParleyError | AnswersTold]] = field(default_factory=dict)
    pace: dict[str, Pace] = field(default_factory=dict)
    asked: list[tuple[str | None, str]] = field(default_factory=list)

    def tell(self, key: str, *told: ToldAnswer | ParleyError | AnswersTold) -> None:
        """Answer the next questions so, one each; the last one from then on."""
        self.says[key] = list(told)

    def may_ask(self, payer_key: str | None) -> bool:
        """Whether anything is told at this payer."""
        return payer_key in self.says

    def paces(self) -> dict[str, Pace]:
        """Return how often each may be asked."""
        return self.pace

    def ask(self, payer_key: str | None, request: RequestRead, *, bundle_id: str, now: datetime) -> AnswersTold:
        """Return what is told next."""
        self.asked.append((payer_key, request.claim["id"]))
        script = self.says[payer_key or ""]
        said = script.pop(0) if len(script) > 1 else script[0]
        if isinstance(said, ParleyError):
            raise said
        return said if isinstance(said, AnswersTold) else AnswersTold((said,))


@dataclass
class FakeChannels:
    """How payers are written to (ports.Channels); by default the one that publishes its times."""

    more: dict[str, tuple[PayerChannel, ...]] = field(default_factory=dict)  # ways beside the first
    known: dict[str, PayerChannel] = field(
        default_factory=lambda: {"uhc_general": PayerChannel("message", "p2p@payer.example", confidential=False)}
    )

    def of(self, payer_key: str | None) -> tuple[PayerChannel, ...]:
        """Return how this payer is written to."""
        first = self.known.get(payer_key or "")
        return ((first,) if first else ()) + self.more.get(payer_key or "", ())

    def is_from(self, payer_key: str | None, address: str) -> bool:
        """Whether an address is the one that this payer, or any, is written to at."""
        asked = self.known.values() if payer_key is None else [self.known.get(payer_key)]
        return any(each is not None and each.to == address for each in asked)
