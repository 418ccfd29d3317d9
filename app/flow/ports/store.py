"""Cases, their history and their effects."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from app.core.brief.entries import Entry
from app.core.case import Case
from app.core.detect.person import ToldAnswer
from app.core.effects import GIVEN_UP, Effect, Fate, WriteEvent
from app.core.interval import Interval
from app.core.learn import Counted
from app.core.learn.counted import Place
from app.core.learn.lessons import MedianAt, Middles, Sums
from app.core.learn.odds import History, Likeness, Odds
from app.core.learn.upstream import Requested
from app.core.people import User
from app.core.rulebook.edits import RuleEdit
from app.core.windows.message import Message
from app.errors import Refused, Temporary
from app.flow.ports.detect import Arrival
from app.flow.ports.ehr import Written


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
class EffectState:
    """
    Where one effect stands: queued | leased | sent | waiting | unknown | confirmed | rejected | dead | by_hand | void.

    how: what became of it, in the counterpart's words; event: of a write into a calendar, what it is about
    change: of a booked call; unknown_since: when the send whose answer was lost began
    handled_by, handled_at: who did it by hand, and when
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

    @property
    def is_given_up(self) -> bool:
        """Whether every try certainly wrote nothing, and none follows."""
        return self.state == "dead" and (self.say or "").startswith(GIVEN_UP)

    @property
    def fate(self) -> Fate:
        """What became of it, as core reads it."""
        return Fate(self.key, self.kind, self.target, self.state, self.change)


@dataclass(frozen=True, slots=True)
class WorklistRow:
    """One open case as the worklist shows it."""

    case_id: str
    number: str
    patient_name: str
    service_label: str
    payer_name: str
    reason: str
    state: str
    stage: str
    route: str
    lane: str | None
    act_by: datetime | None  # the last safe moment to book, else when the next action is due
    last_safe_at: datetime | None
    next_kind: str
    next_text: str
    next_due_at: datetime | None
    waits_on: str
    owner_key: str | None
    owner_name: str | None
    clinician_name: str | None
    unwritten: int  # effects the EHR has not taken yet
    version: int
    like: Likeness | None = None  # None: no call is to be booked
    to_get: int = 0  # before the call, when the brief was last read
    by_hand: int = 0  # what the EHR did not take and a person has yet to do there
    untold: bool = False  # somebody who chose to be told of the call ahead could not be, or nobody knows


MOST_COUNTED = 1_000


@dataclass(frozen=True, slots=True)
class WorklistPage:
    """
    Rows in order of last safe booking time, with the counts of every filter.

    counts: those of the filters that are not of open cases alone (unwritten, closed) end at MOST_COUNTED, where they
    are not the filter that is shown
    """

    rows: tuple[WorklistRow, ...]
    counts: Mapping[str, int]
    total: int
    odds: Mapping[str, Odds] = field(default_factory=dict)  # by case id, where enough is known


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


class NotLeft(Refused):
    """The write was taken, is on its way, or was done by hand already."""

    say = "This is no longer left to do by hand."
    next = "Look at what became of it; nothing was changed."


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

    def journey(
        self, tenant: str, *, cases: Sequence[str] | None = None, payer: str | None = None
    ) -> tuple[JourneyEvent, ...]:
        """Return what happened, in order of time: in all cases, in these alone, or in those of one payer."""
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


class LeaseLost(Temporary):
    """A lease ended and another worker may hold the effect; nothing was changed."""

    say = "Another worker took this write over."


class Outbox(Protocol):
    """The effects that are due; leasing is exclusive and expires; the word of an older lease raises LeaseLost."""

    def lease(self, *, now: datetime, limit: int) -> tuple[DueEffect, ...]: ...
    def mark_sent(self, due: DueEffect, *, now: datetime, sends: bool = True) -> None: ...
    def confirm(self, due: DueEffect, written: Written, *, now: datetime) -> None: ...
    def put_back(self, due: DueEffect, *, state: str, say: str, due_at: datetime, now: datetime) -> None: ...
    def wrote(self, tenant: str, case_id: str) -> Mapping[str, str]: ...
    def earliest_due(self) -> datetime | None: ...
