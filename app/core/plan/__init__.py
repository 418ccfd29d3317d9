"""
The morning plan: all open cases against all free time and the payers' seats, before their deadlines.

What counts, the first first: the number of cases saved; what they weigh (their priority, then who cannot wait for
tomorrow's plan); minutes to spare before the deadlines; interruptions (calls side by side are one).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from app.core.interval import Interval
from app.core.plan.advice import Advice, Adviser
from app.core.plan.because import why_not, why_then
from app.core.plan.board import Board, Call, board_of, interval_of
from app.core.plan.days import Days, days_of
from app.core.plan.parts import Score, Solved, is_kept, score_of
from app.core.plan.plain import plan_plainly
from app.core.plan.question import PlanCase, PlanWindow, Question

__all__ = (
    "EXACT_CASES",
    "Advice",
    "Plan",
    "PlanCase",
    "PlanWindow",
    "PlannedCall",
    "Question",
    "Score",
    "Solver",
    "Unplanned",
    "make_plan",
)
# Up to so many cases the exact solver, where there is one, has the last word.
EXACT_CASES = 500


class Solver(Protocol):
    """Who can prove that a plan is the best."""

    def solve(self, board: Board, known: Sequence[Call]) -> Solved:
        """Return the best plan, with a plan that is known to begin with."""
        ...


@dataclass(frozen=True, slots=True)
class PlannedCall:
    """
    A case that is saved: by whom, when, and why then.

    minutes_to_spare: before its deadline; None where none runs. joins: it follows another call without a pause
    """

    case: str
    clinician: str
    interval: Interval
    minutes_to_spare: int | None
    because: tuple[str, ...]
    joins: bool


@dataclass(frozen=True, slots=True)
class Unplanned:
    """A case that is not: why, and which single change would save it beside all the others, the smallest first."""

    case: str
    because: tuple[str, ...]
    advice: tuple[Advice, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """
    booked: by clinician, then time; unbooked: by case. bound: no plan saves more cases.

    proven: in how many of the four things that count, from the first on, no plan is better
    """

    booked: tuple[PlannedCall, ...]
    unbooked: tuple[Unplanned, ...]
    bound: int
    proven: int
    score: Score

    @property
    def saves_most(self) -> bool:
        """Whether it is proven that no plan saves more."""
        return len(self.booked) == self.bound

    @property
    def interruptions(self) -> int:
        """How often a clinician is called away from other work."""
        return sum(not each.joins for each in self.booked)


def make_plan(question: Question, *, solver: Solver | None = None, exact: bool | None = None) -> Plan:
    """
    Return the plan; never one that cannot be kept.

    solver: proves and betters the default's plan: always with exact True, never with False, else up to EXACT_CASES.
    returns: every case once, booked or not; the same whatever the order of the input
    """
    board = board_of(question)
    solved = _solve(board, solver if exact or (exact is None and len(board.cases) <= EXACT_CASES) else None)
    days = days_of(board, solved.calls)
    adviser, most = Adviser(days, question), len(solved.calls) == solved.bound
    return Plan(
        booked=tuple(_planned(days, call, question) for call in sorted(solved.calls, key=Call.by_time)),
        unbooked=tuple(
            Unplanned(case.id, why_not(days, number, question, most=most), adviser.advise(number))
            for number, case in enumerate(board.cases)
            if days.calls[number] is None
        ),
        bound=solved.bound,
        proven=solved.proven,
        score=score_of(board, solved.calls),
    )


def _solve(board: Board, solver: Solver | None) -> Solved:
    days, most = plan_plainly(board)
    plain = Solved(days.booked, most)
    if solver is None:
        return plain
    found = solver.solve(board, plain.calls)
    if not is_kept(board, found.calls) or score_of(board, found.calls) < score_of(board, plain.calls):
        found = Solved(plain.calls, found.bound)
    return Solved(found.calls, max(len(found.calls), min(most, found.bound)), found.proven)


def _planned(days: Days, call: Call, question: Question) -> PlannedCall:
    board = days.board
    case, clinician = board.cases[call.case], call.place.clinician
    at = days.who[clinician].index(call.case)
    before = days.calls[days.who[clinician][at - 1]] if at else None
    clocked = case.due_at is not None or case.deadline is not None
    return PlannedCall(
        case=case.id,
        clinician=board.clinicians[clinician],
        interval=interval_of(call),
        minutes_to_spare=board.due[call.case] - call.end if clocked else None,
        because=why_then(days, call, question),
        joins=before is not None and before.is_beside(call),
    )
