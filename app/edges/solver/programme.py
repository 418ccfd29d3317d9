"""HiGHS as we use it: columns that are zero or one, rows "at most", one thing to maximise."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor
from typing import Any

import highspy

from app.edges.solver.model import Model

SECONDS = 20.0
_INFINITE = highspy.kHighsInf
_NEARLY = 1e-6
_ENDLESS = 10**9


@dataclass(slots=True)
class Effort:
    """How many seconds are left for one question; the answer is the same each time as long as they are not used up."""

    seconds: float = SECONDS


@dataclass(frozen=True, slots=True)
class Answer:
    """
    values: of each column. most: no answer is worth more. proven: this one is worth so much

    losses: of each column of a relaxed programme, by how much less than `most` every answer is worth that has it whole
    """

    values: tuple[float, ...]
    most: float
    proven: bool
    losses: tuple[float, ...] = ()

    def chosen(self, count: int) -> tuple[int, ...]:
        """Return which of the first `count` columns are one."""
        return tuple(column for column, value in enumerate(self.values[:count]) if value > 1 - _NEARLY)

    def is_whole(self, count: int) -> bool:
        """Whether each of the first `count` columns is zero or one."""
        return all(min(abs(each), abs(each - 1)) < _NEARLY for each in self.values[:count])


class Programme:
    """
    A model that HiGHS holds. The columns of calls are whole unless it is relaxed; those of joins need not be.

    No column has an upper bound of its own where a row holds it to one: the simplex method takes a tenth of the time.
    """

    def __init__(self, model: Model, effort: Effort, *, relaxed: bool = False) -> None:
        # The plain class: the one above it writes a line to standard output before it can be told not to.
        self._highs: Any = highspy.Highs.__base__()
        self._effort, self._count = effort, len(model.columns)
        options = {"output_flag": False, "threads": 1, "random_seed": 0, "mip_rel_gap": 0.0, "mip_abs_gap": 1e-6}
        for name, value in options.items():
            self._highs.setOptionValue(name, value)
        self._highs.passModel(_lp(model, relaxed=relaxed))

    def keep(self, worths: Sequence[float], least: int) -> None:
        """Let no answer be worth less than `least` by this worth of the first columns."""
        used = [column for column, each in enumerate(worths) if each]
        self._highs.addRow(least - 0.5, _INFINITE, len(used), used, [worths[each] for each in used])

    def maximise(self, worths: Sequence[float], *, start: Sequence[int] = ()) -> Answer:
        """Return the best answer by this worth of each column. start: columns of an answer that is known."""
        self._highs.changeColsCost(self._count, list(range(self._count)), list(worths))
        if start:
            known = highspy.HighsSolution()
            known.col_value = [0.0] * self._count
            for column in start:
                known.col_value[column] = 1.0
            self._highs.setSolution(known)
        self._highs.setOptionValue("time_limit", max(self._effort.seconds, 0.01))
        self._highs.run()
        self._effort.seconds -= self._highs.getRunTime()
        info, status = self._highs.getInfo(), self._highs.getModelStatus()
        proven = status == highspy.HighsModelStatus.kOptimal
        most = info.objective_function_value if proven else info.mip_dual_bound
        found = self._highs.getSolution()
        return Answer(tuple(found.col_value), most, proven, tuple(-each for each in found.col_dual))


def whole(most: float) -> int:
    """Return the largest whole number that a worth of whole columns can reach; very large where nothing bounds it."""
    return floor(most + 1e-4) if 0 <= most < _ENDLESS else _ENDLESS


def _lp(model: Model, *, relaxed: bool) -> Any:
    """Return the model as HiGHS takes it."""
    lp = highspy.HighsLp()
    count, rows = len(model.columns), len(model.most)
    lp.num_col_, lp.num_row_ = count, rows
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = [0.0] * count, [0.0] * count, [_INFINITE] * count
    lp.row_lower_, lp.row_upper_ = [-_INFINITE] * rows, list(model.most)
    starts, index, value = [0], [], []
    for each in model.columns:
        index += [row if row >= 0 else ~row for row in each]
        value += [1.0 if row >= 0 else -1.0 for row in each]
        starts.append(len(index))
    matrix = lp.a_matrix_
    matrix.format_ = highspy.MatrixFormat.kColwise
    matrix.start_, matrix.index_, matrix.value_ = starts, index, value
    lp.sense_ = highspy.ObjSense.kMaximize
    if not relaxed:
        kinds = highspy.HighsVarType
        lp.integrality_ = [kinds.kInteger] * len(model.calls) + [kinds.kContinuous] * model.joins
    return lp
