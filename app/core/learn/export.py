"""
Measures to give away: nobody in them, and no cell from which somebody could be worked out.

Cells of one to ten cases are left out (the rule of CMS for its own data releases), with what they could be worked out
from: the rest of a share; what adds up with it inside its family of measures; and where the whole is told, as much of
the other groups as makes what is left out no small cell either. A table by several groups is told only where nothing in
it is small: its cells could be set against the tables by each group alone. Groups of few cases are told together and
not by name: names are payers' own words, and a rare one could say whose case it was.
source: https://resdac.org/articles/cms-cell-size-suppression-policy
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from app.core.learn.counted import Counted
from app.core.learn.measures import GROUPS, Measure
from app.core.learn.sums import Added, add_by, groups_of
from app.errors import Refused

LEAST = 11  # the smallest cell that is shown
OTHERS = f"fewer than {LEAST} cases each"  # the groups that are told together: a rare name could be somebody's
FREE_GROUPS = tuple(each for each in GROUPS if each != "clinician")  # colleagues are named to nobody outside
_CAUSES = ("missed_by_payer", "missed_by_us", "missed_lapsed", "missed_withdrawn", "missed_untold")
_LANES = (("shift_pre_for", "shift_pre_against"), ("shift_post_for", "shift_post_against"))
_SHIFTS = tuple(key for lane in _LANES for key in lane)
_ENDS = ("offer_to_connect", "time_to_connect", "missed", *_CAUSES, "appeal_after_missed")
_HELD = ("appeal_after_held", "kept_by_us", "kept_by_payer", "attempts_per_connection", "inside_window")
_JUDGED = ("overturn", *_SHIFTS)
# What tells a measure's number in a group, and so is left out with it.
_TELLING = {
    **dict.fromkeys(_HELD, _HELD),
    **dict.fromkeys(("offer_to_connect", "time_to_connect", "missed"), _ENDS),
    **dict.fromkeys(_CAUSES, _CAUSES),
    **dict.fromkeys(_SHIFTS, _SHIFTS),
    "overturn": _JUDGED,
}


class NotAGroup(Refused):
    """An export was asked for by something that is no group, or that names people."""

    say = "Measures are exported by payer, reason, service and lane."
    next = "Choose among these."


class TooSmall(Refused):
    """Groups were asked for together, of which some are small."""

    say = "Some cells by these groups together are small, and could be worked out from the tables by each alone."
    next = "Take the measures by one of them at a time."


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

    names: of FREE_GROUPS. raises: NotAGroup; TooSmall
    """
    if any(each not in FREE_GROUPS for each in names) or len(set(names)) < len(names):
        raise NotAGroup()
    added = _with_others(add_by(counted, names), names)
    whole = Added.of(added.values()).measures(floor=LEAST)
    if not names:
        return whole_rows(whole)
    groups = groups_of(added, names, floor=LEAST)
    cells = [{each.key: each for each in group.measures} for group in groups]
    left_out = [_small_in(each) for each in cells]
    if len(names) > 1 and any(left_out):
        raise TooSmall()
    _leave_more_out(whole, cells, left_out)
    return tuple(
        _row(group.names, each, left_out=out)
        for group, out in zip(groups, left_out, strict=True)
        for each in group.measures
    )


def _with_others(added: Mapping[tuple[str, ...], Added], names: Sequence[str]) -> Mapping[tuple[str, ...], Added]:
    """Return the groups with those of few cases as one, unnamed; raises TooSmall where several were asked for."""
    few = [key for key, each in added.items() if names and each.case_count < LEAST]
    if few and len(names) > 1:
        raise TooSmall()
    told = {key: each for key, each in added.items() if key not in few}
    return told | ({(OTHERS,): Added.of(added[key] for key in few)} if few else {})


def whole_rows(measures: Iterable[Measure]) -> tuple[ExportRow, ...]:
    """Return measures over all cases of a site as they may be given away; taken with LEAST for their floor."""
    told = {each.key: each for each in measures}
    left_out = _small_in(told)
    return tuple(_row((), each, left_out=left_out) for each in told.values())


def _row(names: tuple[tuple[str, str], ...], each: Measure, *, left_out: set[str]) -> ExportRow:
    row = ExportRow(names, each.key, each.unit, each.n, each.count, each.value, each.low, each.high)
    if each.key not in left_out:
        return row
    return replace(row, n=None, count=None, value=None, low=None, high=None, hidden=True)


def _small_in(measures: Mapping[str, Measure]) -> set[str]:
    """Return the keys of what is small in one group, with what in its family would tell it."""
    small = {each.key for each in measures.values() if _is_small(*_cells(each))}
    # All that was missed is what was missed for each cause: one small cause is the sum without the others.
    if small & {"missed", *_CAUSES}:
        small |= set(_CAUSES)
    if small & set(_SHIFTS) or _is_small(*_between(measures)):
        small |= set(_SHIFTS)
    return small


def _cells(each: Measure) -> tuple[int, ...]:
    """Return how many cases each part of a measure's row is of."""
    return (each.n,) if each.count is None else (each.n, each.count, each.n - each.count)


def _between(measures: Mapping[str, Measure]) -> Iterable[int]:
    """Yield how many cases the shifts tell beside their own rows: without one in a lane, and decided in no lane."""
    judged = measures["overturn"]
    n, count = judged.n, judged.count or 0
    for forth, back in ((measures[one], measures[other]) for one, other in _LANES):
        yield forth.n - (forth.count or 0) - (back.count or 0)
        n, count = n - forth.n, count - (forth.count or 0)
    yield from (n, count, n - count)


def _is_small(*cells: int) -> bool:
    return any(0 < each < LEAST for each in cells)


def _leave_more_out(
    whole: Iterable[Measure], cells: Sequence[Mapping[str, Measure]], left_out: Sequence[set[str]]
) -> None:
    """Leave out more groups of each measure whose whole is told, until what is left out together is no small cell."""
    told = {each.key: each for each in whole}
    keys = [key for key in told if key not in _small_in(told)]
    before = -1
    while before != (before := sum(map(len, left_out))):  # what one measure takes with it may stand alone in another
        for key in keys:
            _leave_out(key, [_cells(each[key]) for each in cells], left_out)


def _leave_out(key: str, cells: Sequence[tuple[int, ...]], left_out: Sequence[set[str]]) -> None:
    while out := [number for number, each in enumerate(left_out) if key in each]:
        rest = [number for number in range(len(cells)) if number not in out]
        if not rest or (len(out) > 1 and not _is_small(*_sum(cells, out))):
            return
        some = [number for number in rest if cells[number][0]] or rest
        enough = [number for number in some if not _is_small(*_sum(cells, [*out, number]))] or some
        left_out[min(enough, key=lambda number: cells[number])].update(_TELLING.get(key, (key,)))


def _sum(cells: Sequence[tuple[int, ...]], numbers: Sequence[int]) -> Iterable[int]:
    return map(sum, zip(*(cells[number] for number in numbers), strict=True))
