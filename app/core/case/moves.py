"""Where a case may go, and by when somebody must have acted."""

from dataclasses import replace
from datetime import datetime

from app.core.case.case import Case
from app.core.case.refused import MoveRefused
from app.core.case.state import MOVES, UNBOOKED, CaseState


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
