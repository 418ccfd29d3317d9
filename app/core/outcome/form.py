"""What a person tells of a call, or of the answer to an act: the form, its words, what it may be about."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from app.core.acts import ACTS, CALL, COMPLETES
from app.core.case import Authorization, Case, CaseState
from app.core.people import Reviewer
from app.errors import Refused

RESCHEDULED = "rescheduled"
RESULTS = (
    "approved",
    "partial",
    "modified",
    "upheld",
    "informational",
    "converted_to_appeal",
    "withdrawn",
    RESCHEDULED,
    "not_held",
)
LINE_RESULTS = ("approved", "modified", "upheld", "withdrawn")
# The payer decided before anybody spoke: told with what was decided, in place of “not held”.
BEFORE_CALL = "resolved_before_call"
NOT_HELD = (
    "window_expired",
    "payer_no_show",
    "our_no_show",
    "attempts_exhausted",
    "cancelled_by_payer",
    "declined_by_us",
    "blocked_by_appeal",
    BEFORE_CALL,
)
HELD = frozenset({"approved", "partial", "modified", "upheld"})  # what a held call may decide
SPOKEN = HELD | {"informational"}  # what leaves no doubt that both sides spoke
SAID = {
    "approved": "overturned: approved as requested",
    "partial": "partly overturned",
    "modified": "modified",
    "upheld": "denial upheld",
    "informational": "explained only: nothing was decided, the denial stands",
    "converted_to_appeal": "turned into an appeal by the payer",
    "withdrawn": "request withdrawn by us",
    RESCHEDULED: "moved to another time",
    "not_held": "call not held",
}
# What a payer's rule on new information (PayerRule.new_information) means for what was told on the call.
_IN_WRITING = {"written_only": True, "as_appeal": True, "cancels_p2p": True, "allowed": False, "required": False}


class Contradiction(Refused):
    """The form contradicts itself. `field` names where."""

    next = "Correct the field and save again; what you typed is kept."

    def __init__(self, field: str, say: str) -> None:
        super().__init__(say)
        self.field = field


@dataclass(frozen=True, slots=True)
class OutcomeForm:
    """
    What the person told; what is not told is None.

    lines: line sequence → (result, quantity); empty when the whole answer is meant. changes: line sequence → what else
    was modified, in words. again_at: to when the call was moved. in_writing: None leaves it to the payer's rule
    """

    result: str
    final: bool = False
    lines: Mapping[int, tuple[str, float | None]] | None = None
    held_at: datetime | None = None
    reviewer: Reviewer | None = None
    reference_number: str | None = None
    reviewer_reason: str | None = None
    new_information: str | None = None
    not_held_reason: str | None = None
    note: str | None = None
    way: str = CALL  # what decided: the call, or the act that this answers (core.acts.ACTS)
    problems: tuple[str, ...] = ()  # call rules that were broken on it, as marked (rulebook.calls.MARKED)
    changes: Mapping[int, str] | None = None
    criterion: str | None = None
    in_writing: bool | None = None
    next_step: str | None = None
    authorization: Authorization | None = None
    notice_told: str | None = None
    appeal_told: str | None = None
    again_at: datetime | None = None
    prep_minutes: int | None = None

    @property
    def was_spoken(self) -> bool:
        """Whether what it tells came out of a call that both sides held."""
        return self.way == CALL and self.result in SPOKEN and self.not_held_reason is None


def wants_writing(known: str | None) -> bool | None:
    """Return whether a payer wants new information in writing (known: PayerRule.new_information), None: not known."""
    return _IN_WRITING.get(known or "")


def way_of(case: Case) -> str:
    """Return what an outcome told now is of: the act that is watched for, what it was of before, the path, a call."""
    if case.awaited is not None and case.next_action.kind == "await_answer":
        return case.awaited.kind
    if case.outcome is not None:
        return case.outcome.way
    if case.state is CaseState.OPEN and not case.is_call_open:
        return COMPLETES.get(case.next_action.kind, CALL)
    return CALL


def topic_of(way: str) -> str:
    """Return what was decided on, as a title: "Peer-to-peer review", "Appeal"."""
    return ACTS[way].title if way in ACTS else "Peer-to-peer review"


def disputed_lines(case: Case) -> tuple[int, ...]:
    """Return the sequences of the lines that a call is about: not those approved, pended or cancelled."""
    return tuple(
        line.sequence
        for line in case.routing.lines
        if line.decision.value in ("denied", "partial", "modified", "conflict", "unknown") and line.sequence
    )


def is_news(case: Case, way: str) -> bool:
    """Whether an outcome of this way is the answer to an act, and no amendment of what was told."""
    return any(each.awaits and each.kind == way for each in case.acts)
