"""What an exact solver needs: what counts, which cases have nothing to do with others, and which calls to weigh."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from app.core.plan.board import Board, Call, Place


@dataclass(frozen=True, slots=True, order=True)
class Score:
    """
    What a plan is worth, the first first: cases saved, what they weigh, minutes to spare, calls that join others.

    joins: 1 for each call that follows another of its clinician without a pause, 2 where the payer is the same
    """

    number: int = 0
    weight: int = 0
    spare: int = 0
    joins: int = 0


@dataclass(frozen=True, slots=True)
class Solved:
    """
    What a solver found: the calls, and how many cases no plan can save more than.

    proven: in how many of the things that a Score counts, from the first on, no plan is better
    """

    calls: tuple[Call, ...]
    bound: int
    proven: int = 0


def score_of(board: Board, calls: Iterable[Call]) -> Score:
    """Return what the calls are worth together."""
    found = sorted(calls, key=Call.by_time)
    joins = 0
    for one, next_ in pairwise(found):
        if one.is_beside(next_):
            joins += 1 + (board.payers[one.case] == board.payers[next_.case])
    return Score(
        number=len(found),
        weight=sum(board.weights[each.case] for each in found),
        spare=sum(board.due[each.case] - each.end for each in found),
        joins=joins,
    )


def is_kept(board: Board, calls: Sequence[Call]) -> bool:
    """Whether all of these calls can be held: each at a place of its own case, none twice, none at another's time."""
    if len({each.case for each in calls}) != len(calls):
        return False
    taken: dict[int, int] = {}
    for each in calls:
        place = each.place
        fits = place.opens <= each.start <= place.latest and (each.start - place.opens) % place.step == 0
        if place not in board.places[each.case] or not fits:
            return False
        taken[place.seat] = taken.get(place.seat, 0) + 1
    found = sorted(calls, key=Call.by_time)
    apart = all(
        one.place.clinician != next_.place.clinician or one.end <= next_.start for one, next_ in pairwise(found)
    )
    return apart and all(seat < 0 or count <= board.seats[seat] for seat, count in taken.items())


def parts_of(board: Board) -> tuple[tuple[int, ...], ...]:
    """Return the cases that can have a call in groups that share neither a clinician's day nor a payer's seat."""
    leader = list(range(len(board.cases)))

    def lead(case: int) -> int:
        while leader[case] != case:
            leader[case] = leader[leader[case]]
            case = leader[case]
        return case

    first: dict[tuple[str, int, int], int] = {}
    for case, places in enumerate(board.places):
        for shared in {key for place in places for key in _shared(board, place)}:
            leader[lead(case)] = lead(first.setdefault(shared, case))
    groups: dict[int, list[int]] = {}
    for case, places in enumerate(board.places):
        if places:
            groups.setdefault(lead(case), []).append(case)
    return tuple(tuple(each) for each in groups.values())


def calls_of(board: Board, cases: Sequence[int], *, most: int = 1_000_000) -> tuple[Call, ...] | None:
    """
    Return every call of these cases that a best plan may need; None where that is more than `most`.

    Calls of a best plan can be moved earlier until each begins with its place or right after another; starts that
    cannot come about so are left out.
    """
    places: dict[int, set[Place]] = {}
    for each in (place for case in cases for place in board.places[case]):
        places.setdefault(each.clinician, set()).add(each)
    starts = {clinician: _reached(sorted(found)) for clinician, found in places.items()}
    wanted = [(case, place) for case in cases for place in board.places[case]]
    within = [_within(starts[place.clinician], place) for _, place in wanted]
    if sum(map(len, within)) > most:
        return None
    return tuple(
        Call(case, place, start) for (case, place), found in zip(wanted, within, strict=True) for start in found
    )


def _shared(board: Board, place: Place) -> Iterable[tuple[str, int, int]]:
    # A clinician's hours: calls of two places may meet when both reach into the same one, or one crosses it.
    for hour in range(place.opens // 60, (place.latest + place.length - 1) // 60 + 1):
        yield "hour", place.clinician, hour
    if place.seat >= 0:
        yield "seat", place.seat, 0


def _reached(places: Sequence[Place]) -> list[int]:
    """Return the starts that come about on one clinician's days: of places, and after calls, and after those."""
    found = {each.opens for each in places}
    left = sorted(found, reverse=True)
    while left:
        start = left.pop()
        ends = {start + each.length for each in places if each.opens <= start <= each.latest}
        after = {each.from_(end) for end in ends for each in places if each.opens < end <= each.latest}
        fresh = after - found
        found |= fresh
        left.extend(fresh)
    return sorted(found)


def _within(starts: Sequence[int], place: Place) -> Sequence[int]:
    """Return those of sorted starts that are this place's."""
    found = starts[bisect_left(starts, place.opens) : bisect_right(starts, place.latest)]
    return [each for each in found if not (each - place.opens) % place.step]
