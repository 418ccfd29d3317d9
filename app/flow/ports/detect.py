"""Denials from outside the EHR: what waits for a person, files read, payers asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from app.core.detect.person import AnswersTold, ToldAnswer
from app.core.interval import Interval
from app.errors import Refused
from app.flow.ports.ehr import RequestRead


@dataclass(frozen=True, slots=True)
class Arrival:
    """A denial from outside the EHR that waits for a person; `name` is its denial's own, `why` why it waits."""

    id: str
    name: str
    way: str
    at: datetime
    by: str
    why: str
    told: ToldAnswer


class NoSuchArrival(Refused):
    """A denial from outside the EHR waits no more, or never did."""

    say = "This denial does not wait here any more."
    next = "Go back to the intake page; somebody may have settled it."


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a payer may be asked: `every` between two questions about one case, `per_minute` over all cases."""

    every: timedelta
    per_minute: int


class Inquiries(Protocol):
    """Payers that say how a request stands (PAS Claim/$inquire), by the rule book's key."""

    def may_ask(self, payer_key: str | None) -> bool: ...
    def paces(self) -> Mapping[str, Pace]:
        """Return the payers that are asked without a person, and how often each may be."""
        ...

    def ask(self, payer_key: str | None, request: RequestRead, *, bundle_id: str, now: datetime) -> AnswersTold:
        """Return what the payer says now; asking changes nothing there. No answers: it knows of no such request."""
        ...


@dataclass(frozen=True, slots=True)
class Ask:
    """
    The latest question to a payer about one case, and what became of it.

    how: changed | same | nothing | doubt | other | failed; say: in plain words, without PHI; by: a name
    due_at: when the case is asked about again without a person; failures: in a row
    """

    case_id: str
    payer_key: str
    at: datetime
    by: str
    how: str
    say: str
    due_at: datetime
    failures: int = 0


LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Rest:
    """
    Until when a payer is left alone: by the ticker (`free_at`), and by everybody because it asked (`closed_until`).

    failures: in a row
    """

    free_at: datetime = LONG_AGO
    closed_until: datetime = LONG_AGO
    failures: int = 0


class Asks(Protocol):
    """When payers were asked about which case, and when they may be asked again."""

    def of_case(self, tenant: str, case_id: str) -> Ask | None: ...
    def note(self, tenant: str, ask: Ask) -> None: ...
    def due(self, tenant: str, payer_key: str, *, now: datetime, limit: int) -> tuple[str, ...]:
        """Return the cases of this payer that wait for it and are due to be asked about, the longest waiting first."""
        ...

    def claim_round(self, payer_key: str, *, now: datetime, until: datetime) -> bool:
        """Return whether the caller alone may ask this payer until then; no when somebody does or it is left alone."""
        ...

    def rest_of(self, payer_key: str) -> Rest: ...
    def rest(self, payer_key: str, rest: Rest) -> None: ...


class Sources(Protocol):
    """What comes as a file, read. All raise BadInput naming the place."""

    def answers(self, data: bytes) -> AnswersTold: ...
    def text(self, data: bytes) -> tuple[str, tuple[str, ...]]:
        """Return the text of a letter, and what a person should know before trusting it."""
        ...

    def times(self, data: bytes, span: Interval, *, zone: str) -> tuple[tuple[Interval, ...], tuple[str, ...]]:
        """Return the times in a span that a calendar file sets apart, in order, and what is not sure of it."""
        ...
