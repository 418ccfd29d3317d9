"""The case itself: one denial and all that was done about it."""

from dataclasses import dataclass
from datetime import datetime

from app.core.case.act import TakenAct
from app.core.case.attempt import Attempt, as_corrected
from app.core.case.booking import Booking, Hold
from app.core.case.clock import Clock
from app.core.case.escalation import Escalation
from app.core.case.outcome import Letter, Outcome
from app.core.case.state import CALL_OPEN, CALL_ROUTES, CaseState
from app.core.case.window import OfferedWindow
from app.core.denial import Coverage, Decision, Denial, Routing, Telling, Way
from app.core.people import Clinician, Patient


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
        return as_corrected(self.attempts)

    @property
    def awaited(self) -> TakenAct | None:
        """The latest act whose answer is still to come."""
        return next((each for each in reversed(self.acts) if each.awaits), None)

    @property
    def is_call_open(self) -> bool:
        """Whether a call may still be had."""
        offered = self.routing.route.value in CALL_ROUTES or bool(self.windows)
        return offered and self.state in CALL_OPEN

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
