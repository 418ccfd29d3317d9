"""
One in, one out: a case without a call takes another's place, and that one looks for the next.

The number stays; it rises when one of them finds a free place. Each failure of a case is remembered, and who failed
often is not pushed out by who failed less often, so that the search leaves no corner for ever.

source: Y. Nagata, O. Bräysy, A powerful route minimization heuristic for the vehicle routing problem with time windows,
Operations Research Letters 37 (2009): ejection pool and penalty counters
"""

from collections import deque

from app.core.plan.board import Place
from app.core.plan.days import Days


def swap_on(days: Days, steps: int, failures: list[int]) -> None:
    """Try `steps` cases, each the one that waits longest. failures: of each case, kept from call to call."""
    shortest = [min((place.length for place in places), default=0) for places in days.board.places]
    pushed_at = [0] * len(failures)
    waiting = deque(sorted(days.waiting(), key=lambda each: (shortest[each], each)))
    for step in range(1, steps + 1):
        if not waiting:
            break
        case = waiting.popleft()
        if days.put_free(case):
            continue
        failures[case] += 1
        found = _gentlest(days, case, failures, pushed_at, shortest)
        if found is None:
            waiting.append(case)
            continue
        place, start, other = found
        days.take(other)
        days.put(case, place, start)
        pushed_at[other] = step
        waiting.append(other)
    days.trail.clear()


def _gentlest(
    days: Days, case: int, failures: list[int], pushed_at: list[int], shortest: list[int]
) -> tuple[Place, int, int] | None:
    """Return where the case may stand and whom alone it pushes out: who failed least, then was pushed longest ago."""
    best: tuple[tuple[int, int, int, int], Place, int, int] | None = None
    for place in days.board.places[case]:
        for start in days.starts_to_try(place):
            for pushed in days.pushed_by(place, start):
                if len(pushed) != 1 or failures[pushed[0]] > failures[case]:
                    continue
                other = pushed[0]
                key = (failures[other], pushed_at[other], -shortest[other], other)
                if best is None or key < best[0]:
                    best = (key, place, start, other)
    return best[1:] if best else None
