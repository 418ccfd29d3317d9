"""How many cases any plan can save at most, by what can be proven without solving: a matching to one scarce thing."""

from collections.abc import Hashable, Sequence

from app.core.plan.board import Board

_FREE = ("free",)  # what is not scarce


def at_most(board: Board) -> int:
    """
    Return a number that no plan exceeds: the fewer of what the payers' seats and what the clinicians' hours allow.

    Each is counted as if the other were without end, so that it is a matching; a plan has to keep both.
    """
    by_seats = [{place.seat if place.seat >= 0 else _FREE for place in places} for places in board.places]
    seats = dict(enumerate(board.seats))
    stretches, hours = _stretches(board)
    return min(_most_matched(by_seats, seats), _most_matched(stretches, hours))


def _stretches(board: Board) -> tuple[list[set[Hashable]], dict[Hashable, int]]:
    """Return the unbroken stretches of a clinician's time that each case can use, and the calls each stretch holds."""
    spans: list[list[tuple[int, int, int, int]]] = [[] for _ in board.clinicians]
    for case, places in enumerate(board.places):
        for each in places:
            spans[each.clinician].append((each.opens, each.latest + each.length, each.length, case))
    used: list[set[Hashable]] = [set() for _ in board.cases]
    holds: dict[Hashable, int] = {}
    for clinician, found in enumerate(spans):
        start = end = shortest = 0
        for opens, closes, length, case in sorted(found):
            if opens >= end:
                start, end, shortest = opens, closes, length
            end, shortest = max(end, closes), min(shortest, length)
            used[case].add((clinician, start))
            holds[(clinician, start)] = (end - start) // shortest
    return used, holds


def _most_matched(wanted: Sequence[set], room: dict) -> int:
    """Return how many cases find room when each takes one of what it wants (augmenting paths, Kuhn 1955)."""
    held: dict[Hashable, list[int]] = {each: [] for each in room}
    wants = [sorted(each) if _FREE not in each else None for each in wanted]
    count = sum(each is None for each in wants)
    waiting = [case for case, each in enumerate(wants) if each]
    found = True
    while found and waiting:
        seen: set[Hashable] = set()
        helped = {case for case in waiting if _augment(case, wants, room, held, seen)}
        count += len(helped)
        waiting = [case for case in waiting if case not in helped]
        found = bool(helped)
    return count


def _augment(case: int, wants: list, room: dict, held: dict, seen: set) -> bool:
    """Give the case room, if need be by moving others; an explicit stack, as chains may be long."""
    came_from: dict[Hashable, tuple[int, Hashable | None]] = {}
    stack: list[tuple[int, Hashable | None]] = [(case, None)]
    while stack:
        who, out_of = stack.pop()
        for each in wants[who]:
            if each in seen:
                continue
            seen.add(each)
            came_from[each] = (who, out_of)
            if len(held[each]) < room[each]:
                _move_along(each, came_from, held)
                return True
            stack.extend((other, each) for other in held[each])
    return False


def _move_along(last: Hashable, came_from: dict, held: dict) -> None:
    into: Hashable | None = last
    while into is not None:
        who, out_of = came_from[into]
        held[into].append(who)
        if out_of is not None:
            held[out_of].remove(who)
        into = out_of
