"""The best plan, part by part, and the proof that there is none better."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from app.core.plan.board import Board, Call
from app.core.plan.bound import at_most
from app.core.plan.chains import push_all
from app.core.plan.days import Days, days_of
from app.core.plan.parts import Solved, calls_of, parts_of
from app.core.plan.plain import polish
from app.core.plan.swaps import swap_on
from app.edges.solver.model import Model, model_of
from app.edges.solver.programme import Answer, Effort, Programme, whole

# Columns up to which a part is proven in all that counts, then in all but interruptions, then in the number of cases.
ALL, ORDER = 600, 2_000
MOST = 250_000  # columns up to which a part is proven at all: a gigabyte
_SWAPS, _CHAIN = 2, 8
Worth = Callable[[Board, Call], int]


def solve_board(board: Board, known: Sequence[Call]) -> Solved:
    """
    Return the best plan. known: a plan to begin with, as of plain.py.

    What is not proven in a large part is made good there. Where even the number takes too long (programme.Effort), the
    bound tells how far it may be off.
    """
    effort = Effort()
    answers = [_solve_part(board, part, known, effort) for part in parts_of(board)]
    return Solved(
        calls=tuple(call for each in answers for call in each.calls),
        bound=sum(each.bound for each in answers),
        proven=min((each.proven for each in answers), default=4),
    )


def _solve_part(board: Board, part: Sequence[int], known: Sequence[Call], effort: Effort) -> Solved:
    calls, members = calls_of(board, part, most=MOST), set(part)
    alone = replace(board, places=tuple(each if case in members else () for case, each in enumerate(board.places)))
    start = tuple(call for call in known if call.case in members)
    if calls is None:
        return Solved(start, at_most(alone))
    if len(part) == 1:
        return Solved((min(calls, key=lambda each: (each.end, each.place)),), 1, 4)
    solve = _in_order if len(calls) <= ORDER else _by_number
    return solve(_Part(alone, effort), calls, start)


@dataclass(slots=True)
class _Part:
    """One part of a board, and what must be kept while it is solved: so much by each worth that was settled."""

    board: Board
    effort: Effort
    kept: list[tuple[Worth, int]]

    def __init__(self, board: Board, effort: Effort) -> None:
        self.board, self.effort, self.kept = board, effort, []

    def model(self, calls: Sequence[Call], *, joined: bool = False) -> Model:
        """Return the model of these calls."""
        return model_of(self.board, calls, seats=self.board.seats, joined=joined)

    def solve(
        self, model: Model, worths: Sequence[float], known: Sequence[Call] = (), *, relaxed: bool = False
    ) -> Answer:
        """Return the best answer by these worths of the model's columns that loses nothing that is kept."""
        programme = Programme(model, self.effort, relaxed=relaxed)
        for worth, least in self.kept:
            programme.keep([float(worth(self.board, each)) for each in model.calls], least)
        return programme.maximise(worths, start=_columns(model, known))


def _in_order(part: _Part, calls: tuple[Call, ...], start: tuple[Call, ...]) -> Solved:
    """Solve for the number, then who, then when, then interruptions, each without loss of the former."""
    chosen, left, bound = start, calls, 0
    for worth in (_one, _weight, _spare):
        level = _solve_level(part, left, chosen, worth)
        chosen, left = level.calls, level.left
        bound = bound if part.kept else level.bound
        if not level.proven:
            return Solved(chosen, bound, len(part.kept))
        part.kept.append((worth, sum(worth(part.board, each) for each in chosen)))
    if len(left) <= ALL:
        model = part.model(left, joined=True)
        answer = part.solve(model, [0.0] * len(left) + [1.0] * model.joins, chosen)
        if answer.proven:
            return Solved(_chosen(model, answer), bound, 4)
    days = days_of(part.board, chosen)
    polish(days)
    return Solved(days.booked, bound, 3)


@dataclass(frozen=True, slots=True)
class _Level:
    """What a level came to. left: the calls that its best answers may have; bound: no answer is worth more."""

    calls: tuple[Call, ...]
    left: tuple[Call, ...]
    bound: int
    proven: bool


def _solve_level(part: _Part, calls: tuple[Call, ...], known: tuple[Call, ...], worth: Worth) -> _Level:
    """
    Return the best answer by this worth.

    The relaxed programme mostly has a whole one. Where not, it still tells which calls no best answer can have: that
    makes the next level small.
    """
    model, worths = part.model(calls), [float(worth(part.board, each)) for each in calls]
    relaxed = part.solve(model, worths, relaxed=True)
    answer = relaxed if relaxed.proven and relaxed.is_whole(len(calls)) else part.solve(model, worths, known)
    if not (answer.proven and relaxed.proven):
        bound = min(whole(answer.most), whole(relaxed.most), len({each.case for each in calls}))
        return _Level(known, calls, bound, False)
    found = set(_chosen(model, answer))
    value = sum(worth(part.board, each) for each in found)
    gap = relaxed.most - value + 0.5
    left = tuple(each for each, loss in zip(calls, relaxed.losses, strict=True) if loss <= gap or each in found)
    return _Level(_chosen(model, answer), left, value, True)


def _by_number(part: _Part, calls: tuple[Call, ...], start: tuple[Call, ...]) -> Solved:
    """Solve for the number alone: the relaxed programme says what is the most, and mostly how to get there."""
    model, ones = part.model(calls), [1.0] * len(calls)
    best, most = days_of(part.board, start), len({each.case for each in calls})
    relaxed = part.solve(model, ones, relaxed=True)
    if relaxed.proven:
        most = min(most, whole(relaxed.most))
        if len(best.booked) < most:
            best = _better(best, _rounded(part, model, relaxed))
    if len(best.booked) < most:
        answer = part.solve(model, ones, best.booked)
        most = min(most, whole(answer.most))
        best = _better(best, days_of(part.board, _chosen(model, answer)))
    polish(best)
    return Solved(best.booked, most, int(len(best.booked) == most))


def _rounded(part: _Part, model: Model, relaxed: Answer) -> Days:
    """Return the whole columns of a relaxed answer, the best that fits beside them, and what chains add to that."""
    board = part.board
    days = days_of(board, _chosen(model, relaxed))
    left = [
        call
        for call in model.calls
        if days.calls[call.case] is None
        and not days.is_full(call.place)
        and not days.in_the_way(call.place, call.start)
    ]
    if left:
        seats = [most - len(seated) for most, seated in zip(board.seats, days.seated, strict=True)]
        beside = model_of(board, left, seats=seats)
        for call in _chosen(beside, part.solve(beside, [1.0] * len(left))):
            days.put(call.case, call.place, call.start)
    swap_on(days, _SWAPS * len(board.cases), [0] * len(board.cases))
    push_all(days, _CHAIN)
    return days


def _one(_board: Board, _call: Call) -> int:
    return 1


def _weight(board: Board, call: Call) -> int:
    return board.weights[call.case]


def _spare(board: Board, call: Call) -> int:
    return board.due[call.case] - call.end


def _better(one: Days, other: Days) -> Days:
    return other if len(other.booked) > len(one.booked) else one


def _chosen(model: Model, answer: Answer) -> tuple[Call, ...]:
    return tuple(model.calls[column] for column in answer.chosen(len(model.calls)))


def _columns(model: Model, calls: Sequence[Call]) -> list[int]:
    numbers = {call: column for column, call in enumerate(model.calls)}
    return [numbers[call] for call in calls if call in numbers]
