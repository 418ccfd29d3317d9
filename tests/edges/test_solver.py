"""The exact solver: the best plan by brute force is its plan, and what it advises saves one case more."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings

from app.core.plan import Advice, PlanCase, PlanWindow, Question, make_plan
from app.core.plan.board import Board, Call, board_of
from app.core.plan.parts import Solved, calls_of, is_kept, parts_of
from app.edges.solver import HighsSolver, exact
from tests.builders import MONDAY
from tests.core.test_plan import a_case, span
from tests.plans import best_score, faults, held_of, questions, worth

SOLVER = HighsSolver()


@given(questions(cases=4))
@settings(max_examples=150, deadline=None)
def test_its_plan_is_the_best_there_is(question: Question):
    """Number, weight, minutes to spare, interruptions: as good as the best of all plans, and proven so."""
    made, best = make_plan(question, solver=SOLVER), best_score(question)

    assert [] == faults(question, made)
    assert best == worth(question, held_of(question, made))
    assert (4, best[0]) == (made.proven, made.bound)


@given(questions(cases=5))
@settings(max_examples=60, deadline=None)
def test_a_part_too_large_for_all_that_counts_is_proven_in_number(question: Question):
    """The way of the large parts (relaxed, rounded, closed) finds the same number, and says what it did not prove."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exact, "ORDER", 0)
        made = make_plan(question, solver=SOLVER)

    assert [] == faults(question, made)
    assert make_plan(question, solver=SOLVER).bound == made.bound == len(made.booked)
    assert made.proven >= 1


@given(questions(cases=4))
@settings(max_examples=60, deadline=None)
def test_a_part_too_large_for_interruptions_is_proven_in_all_else(question: Question):
    """Number, weight and minutes to spare are the best there are, and nothing is claimed of the rest."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exact, "ALL", 0)
        made = make_plan(question, solver=SOLVER)

    assert [] == faults(question, made)
    assert best_score(question)[:3] == worth(question, held_of(question, made))[:3]
    assert made.proven in (3, 4)


@given(questions(cases=4))
@settings(max_examples=60, deadline=None)
def test_each_advice_saves_the_case_beside_all_the_others(question: Question):
    """One change as it was advised, and one case more is saved: advice that does not help is worse than none."""
    made = make_plan(question, solver=SOLVER)
    for case, advice in [(each.case, advice) for each in made.unbooked for advice in each.advice]:
        if advice.kind not in ("name", "late"):
            followed = make_plan(follow(question, case, advice), solver=SOLVER)
            assert len(followed.booked) > len(made.booked), advice


def follow(question: Question, id: str, advice: Advice) -> Question:
    """Return the question after the advice was taken."""
    case = next(each for each in question.cases if each.id == id)
    if advice.kind == "hour":
        free = {**question.free, advice.clinician: (*question.free[advice.clinician], advice.interval)}
        return replace(question, free=free)
    if advice.kind == "window":
        return _changed(question, replace(case, windows=(*case.windows, PlanWindow(advice.interval))))
    if advice.kind == "colleague":
        return _changed(question, replace(case, clinicians=(*case.clinicians, advice.clinician)))
    full = {each.capacity for each in case.windows if each.seats is not None and each.interval.covers(advice.interval)}
    return replace(question, cases=[_roomier(each, full) for each in question.cases])


def _changed(question: Question, case: PlanCase) -> Question:
    return replace(question, cases=[case if each.id == case.id else each for each in question.cases])


def _roomier(case: PlanCase, full: set[str | None]) -> PlanCase:
    windows = (replace(each, seats=each.seats + 1) if each.capacity in full else each for each in case.windows)
    return replace(case, windows=tuple(windows))


@given(questions(cases=5))
@settings(max_examples=60, deadline=None)
def test_parts_have_nothing_to_do_with_one_another(question: Question):
    """What each part solves alone can be held together; every case with a place is in one part."""
    board = board_of(question)
    parts = parts_of(board)
    alone = [SOLVER.solve(replace(board, places=_only(board, part)), ()) for part in parts]

    assert sorted(case for part in parts for case in part) == [n for n, each in enumerate(board.places) if each]
    assert is_kept(board, [call for each in alone for call in each.calls])
    assert set(calls_of(board, [case for part in parts for case in part])) >= {c for each in alone for c in each.calls}


def _only(board: Board, part: Sequence[int]) -> tuple:
    return tuple(each if case in part else () for case, each in enumerate(board.places))


class Liar:
    """A solver that answers with the calls it is told, whatever the question."""

    def __init__(self, *calls: Call) -> None:
        self.calls = calls

    def solve(self, board: Board, known: Sequence[Call]) -> Solved:
        """Answer."""
        return Solved(self.calls, len(known), 4)


@given(questions(cases=3))
@settings(max_examples=30, deadline=None)
def test_an_answer_that_cannot_be_held_is_not_taken(question: Question):
    """A solver that puts a call where it cannot be, or saves fewer, is not believed: the default's plan stands."""
    plain = make_plan(question)
    for wrong in ((), tuple(Call(0, replace(each, clinician=99), each.opens) for each in board_of(question).places[0])):
        made = make_plan(question, solver=Liar(*wrong))
        assert ([], plain.booked) == (faults(question, made), made.booked)


def test_more_columns_than_can_be_held_are_not_proven():
    """A part beyond all measure keeps the plan that is known, with a bound that holds."""
    free = {"a": [span(0, 8)]}
    question = Question(MONDAY, [a_case("one", span(0, 8)), a_case("two", span(0, 8))], free)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exact, "MOST", 3)
        made = make_plan(question, solver=SOLVER)

    assert ([], 2, 2, 0) == (faults(question, made), len(made.booked), made.bound, made.proven)
