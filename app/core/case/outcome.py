"""What was decided, line by line, and the letter that says so."""

from dataclasses import dataclass
from datetime import date, datetime

from app.core.denial import Way
from app.core.people import Reviewer


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
    answers: str | None = None  # id of the act (TakenAct) that this is the answer to

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
