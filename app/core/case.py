"""The case: one denial from the day it is seen to the day it is closed, and the moves it may make."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from app.core.denial import Coverage, Decision, Denial, Routing, Telling, Way
from app.core.interval import Interval
from app.core.people import SPEAK_FOR_PAYER, SPEAK_FOR_US, Clinician, Patient, Reviewer
from app.errors import Refused


class CaseState(StrEnum):
    """Where a case stands; the last four still owe a next action."""

    OPEN = "open"
    REQUESTED = "requested"
    OFFERED = "offered"
    HELD = "held"
    BOOKED = "booked"
    CONNECTED = "connected"
    DECIDED = "decided"  # verbal
    CONFIRMED = "confirmed"  # written
    CLOSED = "closed"
    MISSED = "missed"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"
    REROUTED = "rerouted"


_S = CaseState
_EXITS = {_S.WITHDRAWN, _S.REROUTED, _S.CLOSED}
# A written notice may come before anybody told us a verbal one, so wherever a case may be decided it may be confirmed.
_DECISIONS = {_S.DECIDED, _S.CONFIRMED}
MOVES: dict[CaseState, frozenset[CaseState]] = {
    _S.OPEN: frozenset({_S.REQUESTED, _S.OFFERED, _S.CONNECTED, _S.LAPSED} | _DECISIONS | _EXITS),
    _S.REQUESTED: frozenset({_S.OFFERED, _S.CONNECTED, _S.LAPSED} | _DECISIONS | _EXITS),
    _S.OFFERED: frozenset({_S.REQUESTED, _S.HELD, _S.BOOKED, _S.CONNECTED, _S.LAPSED} | _DECISIONS | _EXITS),
    _S.HELD: frozenset({_S.REQUESTED, _S.OFFERED, _S.BOOKED, _S.CONNECTED, _S.LAPSED} | _DECISIONS | _EXITS),
    _S.BOOKED: frozenset({_S.OFFERED, _S.CONNECTED, _S.MISSED, _S.LAPSED} | _DECISIONS | _EXITS),
    _S.CONNECTED: frozenset({_S.OFFERED, _S.BOOKED, _S.LAPSED} | _DECISIONS | _EXITS),
    _S.MISSED: frozenset({_S.REQUESTED, _S.OFFERED, _S.BOOKED, _S.CONNECTED, _S.LAPSED} | _DECISIONS | _EXITS),
    # After a decision a second call may be asked for.
    _S.DECIDED: frozenset({_S.REQUESTED, _S.CONFIRMED, _S.CLOSED, _S.WITHDRAWN}),
    _S.CONFIRMED: frozenset({_S.REQUESTED, _S.DECIDED, _S.CLOSED, _S.WITHDRAWN}),
    _S.LAPSED: frozenset({_S.REQUESTED, _S.OFFERED, _S.BOOKED, _S.CONNECTED} | _DECISIONS | _EXITS),
    _S.WITHDRAWN: frozenset({_S.CLOSED} | _DECISIONS),
    _S.REROUTED: frozenset({_S.OPEN, _S.REQUESTED, _S.OFFERED, _S.WITHDRAWN, _S.CLOSED} | _DECISIONS),
    _S.CLOSED: frozenset(),
}
# Routes in which the eight stages are open: the call itself, and two that may become one.
CALL_ROUTES = frozenset({"p2p", "review_modified", "ask_reason"})
_CALL_OPEN = frozenset({_S.OPEN, _S.REQUESTED, _S.OFFERED, _S.HELD, _S.BOOKED, _S.CONNECTED, _S.MISSED})


class MoveRefused(Refused):
    """A case cannot go from where it is to there."""

    next = "Open the case again to see where it stands now."


class CaseMoved(Refused):
    """Someone else changed the case since this page was shown."""

    say = "Someone changed this case while you were looking at it."
    next = "Look at the case as it is now, then decide again. Nothing of yours was written."


class NoSuchCase(Refused):
    """There is no case with this id at this issuer."""

    say = "There is no such case."
    next = "Go back to the worklist; it may have been opened at another hospital."


class KnownDenial(Refused):
    """The denial of a new case already has one; `case_id` names it."""

    say = "This denial already has a case."
    next = "Open the case that is there."

    def __init__(self, case_id: str | None = None) -> None:
        super().__init__()
        self.case_id = case_id


class NumberTaken(Refused):
    """The number drawn for a new case is another case's; draw again."""

    say = "This case number is taken."
    next = "Try again; another number will be drawn."


@dataclass(frozen=True, slots=True)
class Clock:
    """
    One deadline: half-open from `starts_at` to `ends_at` (UTC), by which rule, from which source, and why.

    firm: no call is booked after it. Not firm: a reading made early for want of a fact (it orders the work and warns,
    but a time that the payer itself offers after it proves it wrong)
    """

    name: str  # p2p_window | determination | appeal | offer
    starts_at: datetime | None
    ends_at: datetime
    rule: str
    source: str
    because: str
    firm: bool = True


@dataclass(frozen=True, slots=True)
class OfferedWindow:
    """
    Time in which the payer will talk. An exact slot carries `slot` (its reference at the payer).

    source: how a feed of the payer's is read (bulk, ics, caldav), None for what was told or searched. seats: how many
    calls it takes at once. link, phone: where the payer says this time is booked, as data; never followed by us
    """

    id: str
    interval: Interval
    channel: str  # published | phone | fax | portal | letter
    told_by: str | None = None  # who said so, on the payer's side
    slot: str | None = None  # "https://payer/fhir/Slot/ID" when the payer published it
    reviewer: Reviewer | None = None
    captured_at: datetime | None = None
    captured_by: str | None = None
    source: str | None = None
    seats: int = 1
    link: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """
    A clinician's time, and the payer's slot where it has one, kept for this case until `expires_at`.

    window_id: of the payer's window it lies in; None for a time of ours, which the payer has not agreed to
    waits_on: whose word decides, payer or clinician
    """

    id: str
    interval: Interval
    clinician: Clinician
    window_id: str | None
    payer_slot: str | None
    expires_at: datetime
    waits_on: str
    made_at: datetime
    made_by: str


@dataclass(frozen=True, slots=True)
class Booking:
    """A promised time. `state`: booked | cancelled | fulfilled | noshow. `revision` counts moves."""

    id: str
    interval: Interval
    clinician: Clinician
    payer_slot: str | None
    made_at: datetime
    made_by: str
    state: str = "booked"
    revision: int = 0
    who_calls: str | None = None  # payer | us | unknown
    number: str | None = None  # telephone to call or to be called at
    reviewer: Reviewer | None = None
    because: tuple[str, ...] = ()

    @property
    def is_live(self) -> bool:
        """Whether it still occupies the clinician and the payer's slot."""
        return self.state == "booked"


@dataclass(frozen=True, slots=True)
class Attempt:
    """
    One try to reach the other side; a correction is a new entry naming the old in `corrects`.

    callback_number: the number of ours that was left; problems: keys of the call rules that it broke (rules/calls.toml)
    stood: the state that it moved the case from, None where it moved nothing; a correction of it moves it back there
    """

    id: str
    at: datetime
    by: str  # who logged it, and placed it where it is ours
    direction: str  # ours | theirs
    number: str | None
    reached: str  # of people.PAYERS_SIDE, OUR_SIDE or NOBODY
    reached_name: str | None
    # connected | asked | message_left | no_answer | gave_up_holding | closed | call_back | wrong_number | refused
    # | rescheduled | payer_no_show | our_no_show
    result: str
    hold_minutes: int | None = None
    note: str | None = None
    reviewer: Reviewer | None = None
    corrects: str | None = None
    next_at: datetime | None = None  # when it is tried again
    channel: str = "phone"  # phone | portal
    talk_minutes: int | None = None
    callback_number: str | None = None
    problems: tuple[str, ...] = ()
    stood: CaseState | None = None

    @property
    def is_held(self) -> bool:
        """Whether on it a clinician of ours and who reviews for the payer spoke: the peer-to-peer itself."""
        # Before 2026-12 a call of the payer's named whom of its side we spoke with.
        sides = SPEAK_FOR_US | SPEAK_FOR_PAYER if self.direction == "theirs" else SPEAK_FOR_PAYER
        return self.result == "connected" and self.reached in sides


@dataclass(frozen=True, slots=True)
class LineOutcome:
    """
    What became of one line: approved | modified | upheld | withdrawn; quantity only for modified.

    change: what else was modified, in words (another service, site or time); answer: what we do about a line that is
    not approved: accepted | appealed, None while nobody has decided
    """

    sequence: int
    result: str
    quantity: float | None = None
    change: str | None = None
    answer: str | None = None


@dataclass(frozen=True, slots=True)
class Authorization:
    """What the payer authorized: its number, and the days on which it may be used, both included."""

    number: str | None = None
    starts_on: date | None = None
    ends_on: date | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    What was decided. `result`: approved | partial | modified | upheld | informational | converted_to_appeal |
    withdrawn | not_held.

    way: "call", or the act (TakenAct.kind) that this answers: an appeal's decision is none of the call's
    criterion: the one that the reviewer named; in_writing: whether the new information must also be sent in writing,
    None where nobody said; next_step: what was agreed; told: what was said on the phone before the letter, kept when
    the letter is recorded; notice_told, appeal_told: what was said of the letter's way, and of the right to appeal
    not_held_reason: why no call was held; resolved_before_call: what was decided came without one
    """

    id: str
    result: str
    final: bool  # False: told on the phone, the written notice is still owed
    recorded_at: datetime
    recorded_by: str
    lines: tuple[LineOutcome, ...] = ()
    held_at: datetime | None = None
    reviewer: Reviewer | None = None
    reference_number: str | None = None
    reviewer_reason: str | None = None
    new_information: str | None = None
    not_held_reason: str | None = None
    note: str | None = None
    revision: int = 0
    way: str = "call"
    criterion: str | None = None
    in_writing: bool | None = None
    next_step: str | None = None
    authorization: Authorization | None = None
    told: "Outcome | None" = None
    notice_told: str | None = None
    appeal_told: str | None = None
    prep_minutes: int | None = None

    @property
    def is_decided(self) -> bool:
        """Whether the payer decided, in place of the call falling away or explaining only."""
        return self.result in ("approved", "partial", "modified", "upheld")

    @property
    def was_held(self) -> bool:
        """Whether a call, or the way that this is of, came to its end, in place of falling away."""
        fell_away = self.result in ("withdrawn", "not_held", "converted_to_appeal")
        return not fell_away and self.not_held_reason is None


@dataclass(frozen=True, slots=True)
class Letter:
    """
    The payer's written answer to what was decided already, which no person has recorded yet.

    outcome: what it says, and of which way (Outcome.way) it is the answer; way: how it came; dated: its own day
    """

    outcome: Outcome
    way: Way
    at: datetime
    dated: date | None = None


@dataclass(frozen=True, slots=True)
class TakenBack:
    """Who said that an act was not done after all, and why."""

    at: datetime
    by: str
    why: str


@dataclass(frozen=True, slots=True)
class TakenAct:
    """
    What was done outside the call, or in spite of what it may cost; one that was taken back stays to be read.

    kind: of core.acts.ACTS, or the RiskyAct of another step (a booking, a cancellation) that somebody went on with
    lost, why: what the guard said may be lost, and why it was done all the same; seen: the version of the page it was
    done from, so that the same again is known; stood, led_to: the states before and after
    """

    id: str
    kind: str
    at: datetime
    by: str
    seen: int
    stood: CaseState
    led_to: CaseState
    note: str | None = None
    lost: tuple[str, ...] = ()
    why: str | None = None
    answer: Clock | None = None  # by when its answer is due; None: it awaits none
    answered_at: datetime | None = None
    ends_call: bool = False  # with it the right to a call was gone
    set_aside: str | None = None  # id of the outcome of an earlier call, behind which a next one is asked for
    taken_back: TakenBack | None = None

    @property
    def awaits(self) -> bool:
        """Whether its answer is still to come."""
        return self.answer is not None and self.answered_at is None and self.taken_back is None


@dataclass(frozen=True, slots=True)
class TakenStep:
    """One step of a ladder as it was taken. told: to whom, or what was said, as typed; None where nobody told."""

    step: int
    at: datetime
    by: str
    told: str | None = None


@dataclass(frozen=True, slots=True)
class Escalation:
    """
    A call rule that was broken, and the step of its ladder that stands (core.call.ladder); instants UTC.

    about: id of the attempt, or of the outcome, by which it was found; rule: its key (rules/calls.toml); found_at: when
    it was written down, from which the ladder runs; due_at: by when the step is due; next_at: when the next one falls
    due, None for the last; ended: why the rest of the ladder is needless, None while it stands
    """

    about: str
    rule: str
    label: str
    found_at: datetime
    step: int
    kind: str
    text: str
    owner: str  # clinician | coordinator | manager
    told_to: str
    fell_at: datetime
    due_at: datetime
    next_at: datetime | None
    taken: tuple[TakenStep, ...] = ()
    ended: str | None = None
    ended_at: datetime | None = None

    @property
    def stands(self) -> bool:
        """Whether it still asks for something."""
        return self.ended is None

    @property
    def is_taken(self) -> bool:
        """Whether the step that stands was taken, and what comes of it is watched for."""
        return any(each.step == self.step for each in self.taken)

    @property
    def acts_by(self) -> datetime:
        """When somebody must have acted: the step, or what it was to bring before the next one falls due."""
        return self.next_at if self.is_taken and self.next_at is not None else self.due_at


@dataclass(frozen=True, slots=True)
class NextAction:
    """What must happen next. `waits_on`: us | payer | ehr | clinician | nobody."""

    kind: str
    text: str
    due_at: datetime | None
    waits_on: str


@dataclass(frozen=True, slots=True)
class Case:
    """One denial and all that was done about it. `tenant` is the issuer's slug; `version` guards every save."""

    id: str
    tenant: str
    number: str  # said aloud and printed where no PHI may be
    patient: Patient
    denial: Denial
    coverage: Coverage
    routing: Routing
    service_label: str
    payer_key: str | None  # rule book key, None when the payer is unknown
    payer_name: str
    state: CaseState
    next_action: NextAction
    opened_at: datetime
    updated_at: datetime
    clinician: Clinician | None = None
    owner_key: str | None = None
    owner_name: str | None = None
    clocks: tuple[Clock, ...] = ()
    last_safe_at: datetime | None = None
    windows: tuple[OfferedWindow, ...] = ()
    holds: tuple[Hold, ...] = ()
    booking: Booking | None = None
    attempts: tuple[Attempt, ...] = ()
    outcome: Outcome | None = None
    encounter: str | None = None
    version: int = 0
    # The version of the latest change that a form must not overlook; a re-reading of the payer's book is none.
    mattered_version: int = 0
    rules_version: int = 0  # the latest edit of the rule book by which its clocks were counted (Rules.version)
    service_key: str | None = None  # one name for one service (core.brief.service), by which like cases are counted
    diagnosis_key: str | None = None  # the group of its diagnosis, likewise
    tellings: tuple[Telling, ...] = ()  # each way in which the denial came; empty when the EHR alone told it
    acts: tuple[TakenAct, ...] = ()  # in the order in which they were done
    earlier: tuple[Outcome, ...] = ()  # of calls and paths that came before the present one
    escalations: tuple[Escalation, ...] = ()  # of call rules that were broken, in the order in which they were found
    letter: Letter | None = None
    linked: tuple[str, ...] = ()  # answers to requests that take this one up, as they were last seen
    follows: tuple[Clock, ...] = ()  # by when what follows the outcome is owed (core.outcome.owed)
    look_at: datetime | None = None  # when time alone changes what is owed; None: it does not

    @property
    def tries(self) -> tuple[Attempt, ...]:
        """The attempts that count, in the order in which they were made; each corrected one as it was corrected."""
        ids = {each.id for each in self.attempts}
        corrections = {each.corrects: each for each in self.attempts if each.corrects in ids}
        found = (_as_corrected(each, corrections) for each in self.attempts if each.corrects not in ids)
        return tuple(sorted(found, key=lambda each: each.at))  # yesterday's call may be written down today

    @property
    def awaited(self) -> TakenAct | None:
        """The latest act whose answer is still to come."""
        return next((each for each in reversed(self.acts) if each.awaits), None)

    @property
    def is_call_open(self) -> bool:
        """Whether a call may still be had."""
        offered = self.routing.route.value in CALL_ROUTES or bool(self.windows)
        return offered and self.state in _CALL_OPEN

    @property
    def is_pended(self) -> bool:
        """Whether the payer still owes a decision on any line of an open case."""
        over = self.state in (CaseState.DECIDED, CaseState.CONFIRMED, CaseState.CLOSED, CaseState.WITHDRAWN)
        decisions = {self.routing.decision, *(each.decision for each in self.routing.lines)}
        return not over and Decision.PENDED in decisions

    @property
    def request(self) -> str | None:
        """Return the request ("Claim/ID") where it stands in this EHR, None where it does not."""
        return next((name for name in self.about if name.startswith("Claim/")), None)

    @property
    def about(self) -> tuple[str, ...]:
        """References of the answer and its request where they stand in this EHR; what we write may name no others."""
        told = [each.denial for each in self.tellings if each.way is Way.EHR] if self.tellings else [self.denial]
        return tuple(name for each in told for name in (each.reference, each.request) if name)


def _as_corrected(attempt: Attempt, corrections: Mapping[str | None, Attempt]) -> Attempt:
    while attempt.id in corrections:
        attempt = corrections[attempt.id]
    return attempt


# States in which a time is still to be booked, so that the last safe booking time still runs.
UNBOOKED = (CaseState.OPEN, CaseState.REQUESTED, CaseState.OFFERED, CaseState.HELD, CaseState.MISSED)


def act_by(case: Case) -> datetime | None:
    """
    Return when somebody must have acted: the last safe moment to book, else when the next action is due.

    A call that is to be tried again, and a step of a ladder, come at their own hour, where that is sooner.
    """
    due = case.next_action.due_at
    if case.state is CaseState.CLOSED:
        return due
    if case.state in UNBOOKED and case.last_safe_at is not None:
        again = due if case.next_action.kind == "call_again" else None
        due = min(case.last_safe_at, again or case.last_safe_at)
    steps = [each.acts_by for each in case.escalations if each.stands]
    return min([*steps, *([due] if due else [])], default=None)


def move_case(case: Case, to: CaseState) -> Case:
    """
    Return the case in state `to`, its holds given back unless it is held.

    Staying put is allowed; raises MoveRefused for a move that is not in MOVES.
    """
    if to == case.state or to in MOVES[case.state]:
        return replace(case, state=to, holds=case.holds if to is CaseState.HELD else ())
    raise MoveRefused(f"A case that is {case.state.value} cannot become {to.value}.")
