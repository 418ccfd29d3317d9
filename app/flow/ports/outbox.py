"""Effects: where each stands, and those that are due."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.core.effects import GIVEN_UP, Effect, Fate, WriteEvent
from app.errors import Refused, Temporary
from app.flow.ports.ehr import Written


@dataclass(frozen=True, slots=True)
class EffectState:
    """
    Where one effect stands: queued | leased | sent | waiting | unknown | confirmed | rejected | dead | by_hand | void.

    how: what became of it, in the counterpart's words; event: of a write into a calendar, what it is about
    change: of a booked call; unknown_since: when the send whose answer was lost began
    handled_by, handled_at: who did it by hand, and when
    away_since, asked_at: since when its counterpart gives no answer, and when that is asked again
    """

    key: str
    kind: str
    state: str
    attempts: int
    say: str | None  # why it waits or was refused, in plain words
    reference: str | None  # where it stands in the EHR
    due_at: datetime
    updated_at: datetime
    how: str | None = None
    event: WriteEvent | None = None
    target: str = ""
    change: str | None = None
    unknown_since: datetime | None = None
    handled_by: str | None = None
    handled_at: datetime | None = None
    away_since: datetime | None = None
    asked_at: datetime | None = None

    @property
    def is_given_up(self) -> bool:
        """Whether every try certainly wrote nothing, and none follows."""
        return self.state == "dead" and (self.say or "").startswith(GIVEN_UP)

    @property
    def is_unsure(self) -> bool:
        """Whether nobody tries it any more, and nobody knows whether it was written."""
        return self.state == "dead" and "not known whether" in (self.say or "")

    @property
    def fate(self) -> Fate:
        """What became of it, as core reads it."""
        return Fate(self.key, self.kind, self.target, self.state, self.change)


class NotLeft(Refused):
    """The write was taken, is on its way, or was done by hand already."""

    say = "This is no longer left to do by hand."
    next = "Look at what became of it; nothing was changed."


@dataclass(frozen=True, slots=True)
class DueEffect:
    """A leased effect. `fence` must be handed back; `seen`: an earlier try may have reached the counterpart."""

    id: str
    tenant: str
    case_id: str
    session_id: str | None
    effect: Effect
    attempts: int
    seen: bool
    fence: int
    created_at: datetime
    doubt_since: datetime | None = None  # when a send whose fate is not known was begun
    looks: int = 0  # how often it was looked for since, in vain
    first_sent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Missed:
    """Nobody answered, or only to say that nobody is there. asked_seconds: how long it asked to be left alone."""

    asked_seconds: float | None = None


class LeaseLost(Temporary):
    """A lease ended and another worker may hold the effect; nothing was changed."""

    say = "Another worker took this write over."


class Outbox(Protocol):
    """The effects that are due; leasing is exclusive and expires; the word of an older lease raises LeaseLost."""

    def lease(self, *, now: datetime, limit: int) -> tuple[DueEffect, ...]: ...
    def mark_sent(self, due: DueEffect, *, now: datetime, sends: bool = True) -> None: ...
    def confirm(self, due: DueEffect, written: Written, *, now: datetime) -> None: ...
    def put_back(
        self, due: DueEffect, *, state: str, say: str, due_at: datetime, now: datetime, missed: Missed | None = None
    ) -> None: ...
    def wrote(self, tenant: str, case_id: str) -> Mapping[str, str]: ...
    def earliest_due(self) -> datetime | None: ...
