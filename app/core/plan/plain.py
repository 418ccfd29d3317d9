"""The default: everybody at the earliest, then swaps and chains save more, then who and when are made better."""

from itertools import pairwise

from app.core.plan.board import Board, Call
from app.core.plan.bound import at_most
from app.core.plan.chains import push_all
from app.core.plan.days import Days
from app.core.plan.swaps import swap_on

_ROUNDS, _SWAPS, _CHAIN = 3, 1, 8
_NEAR_ENOUGH = 250  # no more rounds within one case in so many of what no plan exceeds
_SLACK = 2_000  # a round that helps no more than one case in so many is the last
_POLISHED = 2  # times that every call looks for an earlier place


def plan_plainly(board: Board) -> tuple[Days, int]:
    """
    Return a plan that saves nearly as many cases as can be, always one that can be kept; and how many no plan exceeds.

    Deterministic: it draws nothing by lot and looks at no clock; the order of the input decides nothing.
    """
    days = Days(board)
    for case in sorted(range(len(board.cases)), key=lambda each: _urgency(board, each)):
        days.put_free(case)
    days.trail.clear()
    most, failures = at_most(board), [0] * len(board.cases)
    for _ in range(_ROUNDS):
        before = len(days.booked)
        if before * _NEAR_ENOUGH >= most * (_NEAR_ENOUGH - 1):
            break
        swap_on(days, _SWAPS * len(board.cases), failures)
        push_all(days, _CHAIN)
        if len(days.booked) - before <= before // _SLACK:
            break
    polish(days)
    return days, most


def polish(days: Days) -> None:
    """Make a plan better without saving fewer: who waits gives way to who weighs more, and every call comes earlier."""
    while _weightier(days):
        pass
    for _ in range(_POLISHED):
        if not (_earlier(days) | _turned(days)):
            break
    days.trail.clear()


def _urgency(board: Board, case: int) -> tuple[int, int, int]:
    """Return the order of the first pass: whose last chance comes first, then who has the fewest places."""
    places = board.places[case]
    return (max((each.latest for each in places), default=0), len(places), case)


def _weightier(days: Days) -> bool:
    """Let waiting cases stand in for those that weigh less; return whether one did."""
    weights = days.board.weights
    changed = False
    for case in sorted(days.waiting(), key=lambda each: (-weights[each], each)):
        ways = [
            (weights[pushed[0]], pushed[0], place, start)
            for place in days.board.places[case]
            for start in days.starts_to_try(place)
            for pushed in days.pushed_by(place, start)
            if len(pushed) == 1 and weights[pushed[0]] < weights[case]
        ]
        if ways:
            _weight, other, place, start = min(ways, key=lambda each: (*each[:2], each[3], each[2]))
            days.take(other)
            days.put(case, place, start)
            days.put_free(other)
            changed = True
    return changed


def _earlier(days: Days) -> bool:
    """Let every call look for a place where it is over earlier, or as early and less alone; return whether one did."""
    changed = False
    for call in sorted(days.booked, key=lambda each: (each.start, each.case)):
        days.take(call.case)
        days.put_free(call.case)
        changed = changed or days.calls[call.case] != call
    return changed


def _turned(days: Days) -> bool:
    """Let neighbours choose anew, the later one first, where both are then over earlier; return whether any did."""
    changed = False
    for one, other in pairwise(sorted(days.booked, key=Call.by_time)):
        now = [days.calls[one.case], days.calls[other.case]]
        if one.place.clinician != other.place.clinician or now != [one, other]:
            continue
        mark = len(days.trail)
        days.take(one.case)
        days.take(other.case)
        if days.put_free(other.case) and days.put_free(one.case):
            if sum(days.calls[each].end for each in (one.case, other.case)) < one.end + other.end:
                changed = True
                continue
        days.undo(mark)
    return changed
