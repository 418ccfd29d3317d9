"""One part of the board as rows and columns: a column for each call that may be, a row for each thing to be kept."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from app.core.plan.board import NEAR, Board, Call


@dataclass(frozen=True, slots=True)
class Model:
    """
    columns: of each, the rows in which it counts as one; ~row: in which it is taken off. most: of each row

    The first columns are `calls`, the others joins: a join is a pause that does not happen, between a call that ends
    and one that begins there.
    """

    calls: tuple[Call, ...]
    columns: tuple[tuple[int, ...], ...]
    most: tuple[float, ...]

    @property
    def joins(self) -> int:
        """How many columns are joins."""
        return len(self.columns) - len(self.calls)


def model_of(board: Board, calls: Sequence[Call], *, seats: Sequence[int], joined: bool = False) -> Model:
    """Return the model: one call a case, so many a seat, one at a time for each clinician. joined: with the joins."""
    rows = _Rows()
    columns = [[rows.number(("case", call.case), 1)] for call in calls]
    ticks = _ticks(calls)
    for column, call in zip(columns, calls, strict=True):
        clinician, seat = call.place.clinician, call.place.seat
        if seat >= 0:
            column.append(rows.number(("seat", seat), seats[seat]))
        # Whatever calls are on at one time are all on when the latest of them starts.
        found = ticks[clinician]
        for tick in found[bisect_left(found, call.start) : bisect_left(found, call.end)]:
            column.append(rows.number(("time", clinician, tick), 1))
    if joined:
        columns += _join(board, calls, columns, rows)
    return Model(tuple(calls), tuple(map(tuple, columns)), tuple(rows.most))


class _Rows:
    """Rows by what they keep."""

    def __init__(self) -> None:
        self.most: list[float] = []
        self._numbers: dict[tuple, int] = {}

    def number(self, name: tuple, most: int) -> int:
        """Return the row of this name; a new one holds so many at most."""
        if name not in self._numbers:
            self._numbers[name] = len(self.most)
            self.most.append(float(most))
        return self._numbers[name]


def _ticks(calls: Sequence[Call]) -> dict[int, list[int]]:
    found: dict[int, set[int]] = {}
    for call in calls:
        found.setdefault(call.place.clinician, set()).add(call.start)
    return {clinician: sorted(each) for clinician, each in found.items()}


def _join(board: Board, calls: Sequence[Call], columns: list[list[int]], rows: _Rows) -> list[list[int]]:
    """Return the joins' columns; each stands in two rows "not more joins than calls on this side of it"."""
    by_end: dict[tuple[int, int], list[int]] = {}
    by_start: dict[tuple[int, int], list[int]] = {}
    for number, call in enumerate(calls):
        by_end.setdefault((call.place.clinician, call.end), []).append(number)
        by_start.setdefault((call.place.clinician, call.start), []).append(number)
    payer_of = [board.payers[call.case] for call in calls]
    joins: list[list[int]] = []
    for clinician, end in sorted(by_end):
        before = by_end[clinician, end]
        after = [each for start in range(end, end + NEAR) for each in by_start.get((clinician, start), ())]
        for payer in (None, *sorted({payer_of[each] for each in after})):
            sides = [[each for each in side if payer in (None, payer_of[each])] for side in (before, after)]
            if all(sides):
                join = [rows.number((name, clinician, end, payer), 0) for name in ("before", "after")]
                joins.append(join)
                for row, side in zip(join, sides, strict=True):
                    for each in side:
                        columns[each].append(~row)
    return joins
