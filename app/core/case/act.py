"""What was done outside the call, or in spite of what it may cost."""

from dataclasses import dataclass
from datetime import date, datetime

from app.core.case.clock import Clock
from app.core.case.outcome import Authorization
from app.core.case.state import CaseState


@dataclass(frozen=True, slots=True)
class TakenBack:
    """Who said that an act was not done after all, and why."""

    at: datetime
    by: str
    why: str


@dataclass(frozen=True, slots=True)
class Filing:
    """How an appeal was filed: on which day, which way (fax | portal | mail, "" not known), the payer's number."""

    on: date
    way: str = ""
    number: str | None = None


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
    filing: Filing | None = None  # of an appeal
    on: date | None = None  # of a service that was scheduled: for which day
    extends: Authorization | None = None  # of an authorization that was extended: what the payer granted

    @property
    def awaits(self) -> bool:
        """Whether its answer is still to come."""
        return self.answer is not None and self.answered_at is None and self.taken_back is None
