"""Which acts the case takes now, and what stands against the others."""

from datetime import datetime

from app.core.acts.kinds import ACTS, COMPLETES, act_kind
from app.core.acts.refused import NotNow, OutcomeFirst, TakenAlready
from app.core.afterwards import AFTERWARDS, is_open_after
from app.core.book import AlreadyBooked
from app.core.case import Case, CaseState
from app.errors import Refused

# What may be done over and over: more was sent, and asked for again.
_REPEATED = {"ask_for_call", "send_new_information", "chase_letter", "extend_authorization"}
# What leaves a call that was begun as it is.
_BESIDE_A_CALL = {"send_new_information", "wait_for_written"}


def acts_open(case: Case, *, now: datetime) -> tuple[str, ...]:
    """Return the acts that the case takes now, in the order in which they are shown."""
    return tuple(kind for kind in ACTS if refusal_of(case, kind, now=now) is None)


def refusal_of(case: Case, kind: str, *, now: datetime) -> Refused | None:
    """Return what stands against an act in this case, None when nothing does; raises NotNow for one there is not."""
    act_kind(kind)
    if kind in AFTERWARDS:
        return None if is_open_after(case, kind) else NotNow()
    owed = kind == "send_new_information" and case.outcome is not None and case.outcome.in_writing
    won = case.outcome is not None and case.outcome.result == "approved" and not owed
    if case.state is CaseState.CLOSED or won:
        return NotNow()
    booking = case.booking if case.booking is not None and case.booking.is_live else None
    begun = case.state is CaseState.CONNECTED or (booking is not None and booking.interval.start <= now)
    if begun and kind not in _BESIDE_A_CALL:
        return OutcomeFirst()
    if kind == "ask_for_call":
        withdrawn = case.state is CaseState.WITHDRAWN
        return AlreadyBooked() if booking is not None else NotNow() if withdrawn else None
    if kind not in _REPEATED and any(each.kind == kind and each.awaits for each in case.acts):
        return TakenAlready()
    return None


def next_act(case: Case, *, now: datetime) -> str | None:
    """Return the act that completes the case's next action, None where that is no act."""
    kind = COMPLETES.get(case.next_action.kind)
    return kind if kind in acts_open(case, now=now) else None
