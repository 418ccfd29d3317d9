"""
Measures to give away: nobody in them, and no cell from which somebody could be worked out.

Cells of one to ten cases are left out (the rule of CMS for its own data releases), with what they could be worked out
from: the rest of a share, and the next smallest group where a single one is left out.
source: https://resdac.org/articles/cms-cell-size-suppression-policy
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from app.core.learn.counted import Counted
from app.core.learn.measures import GROUPS, Measure
from app.core.learn.sums import Added, add_by, groups_of
from app.errors import Refused

LEAST = 11  # the smallest cell that is shown
FREE_GROUPS = tuple(each for each in GROUPS if each != "clinician")  # colleagues are named to nobody outside


class NotAGroup(Refused):
    """An export was asked for by something that is no group, or that names people."""

    say = "Measures are exported by payer, reason, service and lane."
    next = "Choose among these."


@dataclass(frozen=True, slots=True)
class ExportRow:
    """One measure of one group. hidden: that it was left out for being small, and then every number is None."""

    names: tuple[tuple[str, str], ...]
    key: str
    unit: str
    n: int | None
    count: int | None
    value: float | None
    low: float | None
    high: float | None
    hidden: bool = False


def export_rows(counted: Iterable[Counted], names: Sequence[str]) -> tuple[ExportRow, ...]:
    """
    Return every measure of every group, or of all where no group is named.

    names: of FREE_GROUPS. raises: NotAGroup
    """
    if any(each not in FREE_GROUPS for each in names) or len(set(names)) < len(names):
        raise NotAGroup()
    if not names:
        return tuple(_row((), each) for each in Added(counted).measures(floor=LEAST))
    groups = groups_of(add_by(counted, names), names, floor=LEAST)
    columns = [
        _beside([_row(group.names, each) for group, each in column])
        for column in zip(*([(group, each) for each in group.measures] for group in groups), strict=True)
    ]
    return tuple(row for rows in zip(*columns, strict=True) for row in rows)


def whole_rows(measures: Iterable[Measure]) -> tuple[ExportRow, ...]:
    """Return measures over all cases of a site as they may be given away; taken with LEAST for their floor."""
    return tuple(_row((), each) for each in measures)


def _row(names: tuple[tuple[str, str], ...], each: Measure) -> ExportRow:
    small = _is_small(each.n) or (each.count is not None and (_is_small(each.count) or _is_small(each.n - each.count)))
    if small:
        return _hidden(ExportRow(names, each.key, each.unit, None, None, None, None, None))
    return ExportRow(names, each.key, each.unit, each.n, each.count, each.value, each.low, each.high)


def _is_small(cases: int) -> bool:
    return 0 < cases < LEAST


def _hidden(row: ExportRow) -> ExportRow:
    return replace(row, n=None, count=None, value=None, low=None, high=None, hidden=True)


def _beside(rows: list[ExportRow]) -> list[ExportRow]:
    """Return one measure's rows; a single hidden one takes the smallest other with it, else the sum would tell it."""
    if sum(each.hidden for each in rows) != 1:
        return rows
    shown = [each for each in rows if each.n]
    smallest = min(shown, key=lambda each: (each.n or 0, each.names), default=None)
    return [_hidden(each) if each is smallest else each for each in rows]
