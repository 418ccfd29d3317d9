"""Cases and their history: each save is one transaction."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from app.core.brief.entries import Entry
from app.core.case import Case
from app.core.detect.person import ToldAnswer
from app.core.effects import Effect
from app.core.interval import Interval
from app.core.learn import Counted
from app.core.learn.counted import Place
from app.core.learn.lessons import MedianAt, Middles, Sums
from app.core.learn.odds import History
from app.core.learn.upstream import Requested
from app.core.people import User
from app.core.rulebook.edits import RuleEdit
from app.core.windows.message import Message
from app.flow.ports.detect import Arrival
from app.flow.ports.outbox import EffectState
from app.flow.ports.worklist import WorklistPage


@dataclass(frozen=True, slots=True)
class Promised:
    """
    What live bookings and holds of other cases own: a clinician's time, and payers' slots by their references.

    payers: with whom each of the times is
    """

    busy: tuple[Interval, ...] = ()
    slots: frozenset[str] = frozenset()
    payers: tuple[str, ...] = ()

    def with_payer(self, name: str) -> tuple[Interval, ...]:
        """Return the times that are with this payer."""
        return tuple(when for when, payer in zip(self.busy, self.payers, strict=True) if payer == name)


@dataclass(frozen=True, slots=True)
class Event:
    """
    One thing that happened in a case, for the audit of the case and for Learn.

    data: PHI-free; audited: what a person wrote of it, which the audit alone keeps
    """

    kind: str  # denied offered booked moved cancelled attempt connected missed decided confirmed appealed closed ...
    at: datetime
    by: str
    data: Mapping[str, str | int | float | bool | None] = field(default_factory=dict)
    audited: str = ""


@dataclass(frozen=True, slots=True)
class JourneyEvent:
    """One event as Learn reads it: who the case was about is not in it."""

    case_id: str
    at: datetime
    kind: str
    payer: str
    reason: str
    clinician: str
    service: str
    lane: str | None
    data: Mapping[str, str | int | float | bool | None]


@dataclass(frozen=True, slots=True)
class Saving:
    """One case of several that are saved together. seen: the version that the decision was made on."""

    case: Case
    seen: int | None
    effects: Sequence[Effect] = ()
    events: Sequence[Event] = ()
    messages: Sequence[Message] = ()


class Store(Protocol):
    """Cases, their effects and their history; every save is one transaction."""

    def case(self, tenant: str, case_id: str) -> Case: ...
    def case_of_denial(self, tenant: str, denial_reference: str) -> Case | None: ...
    def cases_of_patient(self, tenant: str, patient: str) -> tuple[Case, ...]: ...
    def save(
        self,
        case: Case,
        *,
        effects: Sequence[Effect] = (),
        events: Sequence[Event] = (),
        messages: Sequence[Message] = (),
        seen: int | None,
        session_id: str | None = None,
        acts_for: str | None = None,
        among: int | None = None,
        now: datetime,
    ) -> Case:
        """
        Save state, effects, events, messages of ours and the booking's claim on time in one transaction; return the
        case saved.

        seen: the version that the decision was made on; None for a new case. Raises CaseMoved when it has changed,
        SlotTaken when the live booking overlaps another of this clinician or takes a payer slot that is taken,
        and KnownDenial when a new case's denial already has one.
        acts_for: key of the user whose token the effects want, where no session of theirs is at hand.
        among: with a new case, how many cases of its patient it was compared with; CaseMoved when there are more now.
        """
        ...

    def save_together(
        self, savings: Sequence[Saving], *, session_id: str | None = None, acts_for: str | None = None, now: datetime
    ) -> tuple[Case, ...]:
        """Save several known cases in one transaction, as save: all of them or none."""
        ...

    def worklist(
        self,
        tenant: str,
        *,
        user_key: str,
        show: str,
        search: str,
        now: datetime,
        limit: int,
        offset: int,
        today_ends_at: datetime | None = None,
    ) -> WorklistPage:
        """Return one page of one filter; today_ends_at: midnight of the reader's day, None 24 h from now."""
        ...

    def promised(self, tenant: str, *, clinician: str, span: Interval, but_case: str, now: datetime) -> Promised:
        """Return what all cases but this one have booked or hold, whether the EHR has been told of it or not."""
        ...

    def add_arrival(self, tenant: str, arrival: Arrival, *, again: bool = True) -> Arrival:
        """
        Keep a denial that waits for a person; the one of this name that is there already is brought up to date.

        again: whether one that was settled or set aside waits once more
        """
        ...

    def arrival(self, tenant: str, arrival_id: str) -> Arrival: ...
    def arrivals(self, tenant: str) -> tuple[Arrival, ...]: ...
    def complete_arrival(self, tenant: str, arrival_id: str, told: ToldAnswer) -> None: ...
    def settle_arrival(self, tenant: str, name: str, *, state: str, case_id: str | None) -> None: ...
    def drop_arrivals(self, tenant: str, *, before: datetime) -> tuple[str, ...]:
        """Forget what the denials that came before then say, where they still wait; return their ids."""
        ...

    def rules_version(self, tenant: str) -> int:
        """Return the number of the tenant's latest edit of the rule book, 0 for none."""
        ...

    def rule_edits(self, tenant: str) -> tuple[RuleEdit, ...]: ...
    def add_rule_edit(self, tenant: str, edit: RuleEdit) -> None:
        """Keep an edit and audit it in one transaction; raises NumberPassed when its number is not the next one."""
        ...

    def brief_entries(self, tenant: str, case_id: str) -> tuple[Entry, ...]:
        """Return what people added to the case's brief by hand, the oldest first."""
        ...

    def add_brief_entry(self, case: Case, entry: Entry) -> None:
        """Keep a step and audit it in one transaction; raises EntryPassed when its number is not the next one."""
        ...

    def note_gaps(
        self,
        tenant: str,
        case_id: str,
        to_get: int,
        *,
        rule: str | None = None,
        lacked: frozenset[str] | None = None,
        at: datetime,
    ) -> None:
        """Keep what the brief lacked before the call when it was read just now, and what the request had lacked."""
        ...

    def requests_decided(self, tenant: str) -> tuple[Requested, ...]:
        """Return what was lacked by the requests of decided calls, counted by likeness."""
        ...

    def open_cases(self, tenant: str, *, after: str, limit: int) -> tuple[Case, ...]:
        """Return open cases in the order of their ids, those after this one."""
        ...

    def cases_to_look_at(self, tenant: str, *, now: datetime, limit: int) -> tuple[Case, ...]:
        """Return cases, closed ones too, for which time alone has changed what they owe (Case.look_at)."""
        ...

    def effects_of(self, tenant: str, case_id: str) -> tuple[EffectState, ...]: ...
    def done_by_hand(self, case: Case, key: str, *, by: User, unknown_before: datetime, now: datetime) -> None:
        """
        Keep, audited, that a person did in the EHR what this write could not; raises NotLeft where none is left.

        unknown_before: a write that has been unknown since before then may be a person's too
        """
        ...

    def history(self, tenant: str, *, now: datetime) -> History:
        """Return how calls have gone; at most a minute old, and never older than this process's own save."""
        ...

    def journey(self, tenant: str, *, cases: Sequence[str] | None = None) -> tuple[JourneyEvent, ...]:
        """Return what happened, in order of time: in all cases, or in these alone."""
        ...

    def journeys_of_payer(self, tenant: str, payer: str) -> Iterator[tuple[JourneyEvent, ...]]:
        """Yield what happened in each case of a payer, case by case; few are held at once."""
        ...

    def learned(
        self,
        tenant: str,
        wanted: Callable[[Sums], Sequence[MedianAt]],
        *,
        place: Place | None = None,
        grouped: Sequence[str] | None = None,
    ) -> tuple[Sums, Middles]:
        """
        Return what the cases come to, in every place or in one, and the values of the medians wanted of these.

        grouped: the measures that are wanted group by group, None for all
        """
        ...

    def catch_up(self, tenant: str) -> int:
        """Count the cases that are not counted as Learn counts now; return how many."""
        ...

    def names_in(self, tenant: str, group: str) -> tuple[str, ...]: ...
    def counted(self, tenant: str) -> Iterator[Counted]:
        """Yield every case as it counts."""
        ...

    def behind(
        self, tenant: str, number: int, place: Place, *, now: datetime, limit: int
    ) -> tuple[tuple[Counted, ...], int]:
        """Return the cases that the measure of this number counts, the latest first, and how many there are."""
        ...

    def audit(
        self, tenant: str, *, at: datetime, who: str, act: str, case_id: str | None, patient: str | None
    ) -> None: ...
