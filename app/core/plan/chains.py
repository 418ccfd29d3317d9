"""A case without a call pushes others on, if they find another place, pushing in their turn: no case is lost by it."""

from app.core.plan.board import Place
from app.core.plan.days import Days

_MOST_PUSHED = 2  # calls that one call may push out at once


def push_all(days: Days, depth: int) -> None:
    """Let every case without a call push, `depth` calls one after the other, until a whole round helps nobody."""
    while True:
        stuck: set[int] = set()
        waiting = days.waiting()
        helped = [case for case in waiting if days.put_free(case) or _push(days, case, depth, stuck, set())]
        days.trail.clear()
        if not helped or len(helped) == len(waiting):
            return


def _push(days: Days, case: int, depth: int, stuck: set[int], path: set[int]) -> bool:
    """Make room for the case. stuck: cases found to have nowhere to go; nobody asks them again in this round."""
    path = path | {case}
    for place in days.board.places[case]:
        for start in days.starts_to_try(place):
            for pushed in days.pushed_by(place, start):
                if len(pushed) > _MOST_PUSHED or not (stuck.isdisjoint(pushed) and path.isdisjoint(pushed)):
                    continue
                if _make_way(days, (case, place, start), pushed, depth, stuck, path):
                    return True
    stuck.add(case)
    return False


def _make_way(
    days: Days, wanted: tuple[int, Place, int], pushed: list[int], depth: int, stuck: set[int], path: set[int]
) -> bool:
    mark = len(days.trail)
    for each in pushed:
        days.take(each)
    days.put(*wanted)
    for each in pushed:
        if not (days.put_free(each) or (depth > 1 and _push(days, each, depth - 1, stuck, path))):
            days.undo(mark)
            return False
    return True
