"""
Acts outside the call: an appeal filed, information sent, a call asked for.

What each may cost is asked of the guards before it is done. One whose answer is awaited says by when; the case's next
action follows from it (core.next_action).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from app.core.acts.allowed import acts_open, next_act, refusal_of
from app.core.acts.instead import Instead, instead_of
from app.core.acts.kinds import ACTS, CALL, COMPLETES, ActKind, act_kind
from app.core.acts.refused import AtStake, NotNow, OutcomeFirst, ReasonOwed, TakenAlready
from app.core.acts.standing import (
    calls_held,
    calls_missed,
    gives_up_call,
    is_further_call,
    may_lose_call,
    missed_at,
    risk_of,
    standing_of,
)
from app.core.afterwards import OF_AN_AUTHORIZATION
from app.core.book import cancel_booking
from app.core.case import Case, CaseState, Clock, Filing, TakenAct, TakenBack, move_case
from app.core.effects import Effect
from app.core.people import User
from app.core.rulebook.guards import Forfeit, Severity

__all__ = (
    "ACTS",
    "CALL",
    "COMPLETES",
    "ActKind",
    "AtStake",
    "Instead",
    "NotNow",
    "OutcomeFirst",
    "ReasonOwed",
    "TakenAlready",
    "Told",
    "act_kind",
    "acts_open",
    "answered",
    "calls_held",
    "calls_missed",
    "ends_call",
    "gives_up_call",
    "instead_of",
    "is_further_call",
    "is_replay",
    "may_lose_call",
    "missed_at",
    "next_act",
    "refusal_of",
    "risk_of",
    "standing_of",
    "take_act",
    "take_back",
    "went_on",
)

# Losing these two means that no call is held any more; the others cost time, a caller, or the next request.
_ENDS_CALL = {"file_appeal", "send_new_information"}


@dataclass(frozen=True, slots=True)
class Told:
    """What a person says of an act. why: why it is done all the same, where that was asked; filing: of an appeal."""

    note: str | None = None
    why: str | None = None
    filing: Filing | None = None
    on: date | None = None  # of a service that was scheduled: for which day


def _said(told: Told) -> dict[str, Any]:
    return {"note": told.note, "filing": told.filing, "on": told.on}


def ends_call(kind: str, forfeits: Sequence[Forfeit]) -> bool:
    """Whether with this act no call is held any more, by the rule."""
    return kind in _ENDS_CALL and any(each.severity is Severity.LOSES for each in forfeits)


def take_act(
    case: Case,
    kind: str,
    *,
    told: Told,
    forfeits: tuple[Forfeit, ...],
    answer: Clock | None,
    act_id: str,
    by: User,
    seen: int,
    now: datetime,
) -> tuple[Case, tuple[Effect, ...]]:
    """
    Return the case with the act done, and what must be told outside.

    forfeits: what the guards say of it; where one says that the call is lost, a booked one is cancelled
    answer: by when its answer is due (core.deadlines.answer_clock)
    raises: NotNow, TakenAlready, OutcomeFirst, AlreadyBooked, AtStake, MoveRefused
    """
    act = act_kind(kind)
    if (refusal := refusal_of(case, kind, now=now)) is not None:
        raise refusal
    if forfeits and not told.why:
        raise AtStake(forfeits[0].act, forfeits)
    ends = ends_call(kind, forfeits) and may_lose_call(case)
    effects: tuple[Effect, ...] = ()
    after = case
    if ends and case.booking is not None and case.booking.is_live:
        after, effects = cancel_booking(case, reason=f"{act.done}: the payer holds no call any more.", by=by, now=now)
    after = _asked_again(after, now=now) if kind == "ask_for_call" else _on_its_way(after, kind, ends=ends)
    taken = TakenAct(
        id=act_id,
        kind=kind,
        at=now,
        by=by.name,
        seen=seen,
        stood=case.state,
        led_to=after.state,
        **_said(told),
        lost=tuple(each.sentence for each in forfeits),
        why=told.why if forfeits else None,
        answer=answer if act.awaits else None,
        ends_call=ends,
        set_aside=case.outcome.id if case.outcome is not None and after.outcome is None else None,
    )
    return replace(after, acts=(*case.acts, taken), updated_at=now), effects


def went_on(
    case: Case, forfeits: Sequence[Forfeit], *, why: str | None, act_id: str, by: User, seen: int, now: datetime
) -> Case:
    """Return the case with the note that a step was taken in spite of what it may cost; raises AtStake without why."""
    if not forfeits:
        return case
    if not why:
        raise AtStake(forfeits[0].act, tuple(forfeits))
    taken = TakenAct(
        id=act_id,
        kind=forfeits[0].act.value,
        at=now,
        by=by.name,
        seen=seen,
        stood=case.state,
        led_to=case.state,
        lost=tuple(each.sentence for each in forfeits),
        why=why,
    )
    return replace(case, acts=(*case.acts, taken))


def is_replay(case: Case, kind: str, *, by: User, seen: int) -> bool:
    """Whether this very act, from this very page, is done already: a form that was sent twice."""
    return any((each.kind, each.by, each.seen) == (kind, by.name, seen) for each in case.acts)


def take_back(case: Case, act_id: str, *, why: str, by: User, now: datetime) -> Case:
    """
    Return the case as if the act had not been done; that it was marked, and taken back, stays to be read.

    A booking that the act cancelled is not made again: its time was given back.
    raises: NotNow, ReasonOwed
    """
    act = next((each for each in case.acts if each.id == act_id), None)
    over = case.state is CaseState.CLOSED and (act is None or act.kind not in OF_AN_AUTHORIZATION)
    if act is None or act.kind not in ACTS or act.taken_back is not None or over:
        raise NotNow("This cannot be taken back.")
    if not why.strip():
        raise ReasonOwed()
    undone = replace(act, taken_back=TakenBack(now, by.name, why.strip()))
    acts = tuple(undone if each.id == act_id else each for each in case.acts)
    back = _stood_before(case, act) if act is _mover(case) else case
    return replace(back, acts=acts, updated_at=now)


def answered(case: Case, *, now: datetime) -> Case:
    """Return the case after the payer changed its answer: what was awaited has come, and the answer is read anew."""
    acts = tuple(replace(each, answered_at=now) if each.awaits else each for each in case.acts)
    state = CaseState.OPEN if case.state is CaseState.REROUTED else case.state
    return replace(case, acts=acts, state=state)


def _asked_again(case: Case, *, now: datetime) -> Case:
    """Return the case as one that waits for times; the outcome of an earlier call stands behind the next one's."""
    windows = tuple(each for each in case.windows if each.interval.end > now)
    earlier = (*case.earlier, case.outcome) if case.outcome is not None else case.earlier
    asked = replace(case, windows=windows, earlier=earlier, outcome=None)
    offered = any(each.expires_at > now for each in case.holds)  # of ours, which the payer is asked about
    if case.state is CaseState.HELD and (windows or offered):
        return asked
    if windows and case.state is CaseState.OFFERED:
        return asked
    return move_case(asked, CaseState.REQUESTED)


def _on_its_way(case: Case, kind: str, *, ends: bool) -> Case:
    """Return the case on its other path, where no call is left or none was planned."""
    begins = case.state is CaseState.OPEN and not case.is_call_open and kind != "wait_for_written"
    return move_case(case, CaseState.REROUTED) if ends or begins else case


def _mover(case: Case) -> TakenAct | None:
    """Return the act that brought the case where it stands, None when something else did."""
    moves = [each for each in case.acts if each.led_to is not each.stood and each.taken_back is None]
    return moves[-1] if moves and moves[-1].led_to is case.state and case.outcome is None else None


def _stood_before(case: Case, act: TakenAct) -> Case:
    """Return the case in the state before the act; what was booked then is offered again."""
    state = act.stood
    if state in (CaseState.BOOKED, CaseState.HELD):
        state = CaseState.OFFERED if case.windows else CaseState.OPEN
    if case.earlier and case.earlier[-1].id == act.set_aside:
        return replace(case, state=state, outcome=case.earlier[-1], earlier=case.earlier[:-1])
    return replace(case, state=state)
