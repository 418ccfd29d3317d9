"""Every clinician's calls as a plan grows: what stands where, what a new call would push out, and how it was before."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable

from app.core.plan.board import NEAR, Board, Call, Place


class Days:
    """The calls of a plan in the making. Nothing is checked here: who puts a call in has looked before."""

    __slots__ = ("board", "calls", "ends", "seated", "starts", "trail", "who")

    def __init__(self, board: Board) -> None:
        self.board = board
        self.calls: list[Call | None] = [None] * len(board.cases)
        self.starts: list[list[int]] = [[] for _ in board.clinicians]
        self.ends: list[list[int]] = [[] for _ in board.clinicians]
        self.who: list[list[int]] = [[] for _ in board.clinicians]
        self.seated: list[list[int]] = [[] for _ in board.seats]
        self.trail: list[tuple[int, Call | None]] = []  # of each step: whose, and the call that was taken out

    @property
    def booked(self) -> tuple[Call, ...]:
        """The calls that stand."""
        return tuple(call for call in self.calls if call is not None)

    def waiting(self) -> list[int]:
        """Return the cases that could have a call and have none."""
        return [case for case, call in enumerate(self.calls) if call is None and self.board.places[case]]

    def put(self, case: int, place: Place, start: int) -> None:
        """Let the case have its call there."""
        self._stand(Call(case, place, start))
        self.trail.append((case, None))

    def take(self, case: int) -> None:
        """Take the case's call out."""
        self.trail.append((case, self._take(case)))

    def undo(self, mark: int) -> None:
        """Take back every step after the first `mark` of them."""
        while len(self.trail) > mark:
            case, call = self.trail.pop()
            if call is None:
                self._take(case)
            else:
                self._stand(call)

    def put_free(self, case: int) -> bool:
        """Put the case where its call is over first and pushes nobody out; return whether there is such a place."""
        best: tuple[int, int, Place, int] | None = None
        seats, seated = self.board.seats, self.seated  # asked half a million times a plan
        for place in self.board.places[case]:
            if best is not None and place.opens >= best[0]:
                break
            seat = place.seat
            if seat >= 0 and len(seated[seat]) >= seats[seat]:
                continue
            if best is not None and place.opens + place.length > best[0]:
                continue
            start = self.first_free(place)
            if start is not None and (best is None or start + place.length <= best[0]):
                end, lonely = start + place.length, -self.joins(case, place, start)
                if best is None or (end, lonely) < best[:2]:
                    best = (end, lonely, place, start)
        if best is not None:
            self.put(case, best[2], best[3])
        return best is not None

    def is_full(self, place: Place) -> bool:
        """Whether the payer has no seat left there."""
        return place.seat >= 0 and len(self.seated[place.seat]) >= self.board.seats[place.seat]

    def first_free(self, place: Place) -> int | None:
        """Return the first start at this place that pushes nobody out; None where there is none. Seats aside."""
        starts, ends, length = self.starts[place.clinician], self.ends[place.clinician], place.length
        start = place.opens
        at = bisect_right(ends, start)
        while start <= place.latest:
            if at == len(starts) or starts[at] >= start + length:
                return start
            start = place.from_(ends[at])
            at += 1
        return None

    def in_the_way(self, place: Place, start: int) -> list[int]:
        """Return the cases whose calls a call there would overlap, in order of time. Seats aside."""
        day = place.clinician
        first = bisect_right(self.ends[day], start)
        return self.who[day][first : bisect_left(self.starts[day], start + place.length)]

    def starts_to_try(self, place: Place) -> list[int]:
        """Return the starts at this place worth a look: its first and last, beside and instead of each call."""
        if place.opens == place.latest:
            return [place.opens]  # as most payers' times are: as long as the call
        starts, ends = self.starts[place.clinician], self.ends[place.clinician]
        at = bisect_right(ends, place.opens)
        found = {place.opens, place.latest}
        while at < len(starts) and starts[at] < place.latest + place.length:
            found.update((place.from_(starts[at]), place.from_(ends[at])))
            at += 1
        return sorted(each for each in found if each <= place.latest)

    def pushed_by(self, place: Place, start: int) -> list[list[int]]:
        """Return the ways to make room for a call there: whom it would push out, in each."""
        there = self.in_the_way(place, start)
        seat = place.seat
        if seat < 0 or len(seated := self.seated[seat]) < self.board.seats[seat]:
            return [there]
        if there and not set(there).isdisjoint(seated):
            return [there]
        return [[*there, each] for each in seated]

    def joins(self, case: int, place: Place, start: int) -> int:
        """Return what a call there saves in interruptions: 1 for each call right beside it, 2 for one of its payer."""
        starts, ends, who = self.starts[place.clinician], self.ends[place.clinician], self.who[place.clinician]
        at = bisect_left(starts, start)
        payers, gain = self.board.payers, 0
        if at and 0 <= start - ends[at - 1] < NEAR:
            gain += 1 + (payers[case] == payers[who[at - 1]])
        if at < len(starts) and 0 <= starts[at] - start - place.length < NEAR:
            gain += 1 + (payers[case] == payers[who[at]])
        return gain

    def _stand(self, call: Call) -> None:
        case, place, start = call.case, call.place, call.start
        starts = self.starts[place.clinician]
        at = bisect_left(starts, start)
        starts.insert(at, start)
        self.ends[place.clinician].insert(at, start + place.length)
        self.who[place.clinician].insert(at, case)
        if place.seat >= 0:
            self.seated[place.seat].append(case)
        self.calls[case] = call

    def _take(self, case: int) -> Call:
        call = self.calls[case]
        assert call is not None  # noqa: S101 only what stands is taken out
        day = call.place.clinician
        at = bisect_left(self.starts[day], call.start)
        del self.starts[day][at], self.ends[day][at], self.who[day][at]
        if call.place.seat >= 0:
            self.seated[call.place.seat].remove(case)
        self.calls[case] = None
        return call


def days_of(board: Board, calls: Iterable[Call]) -> Days:
    """Return the days with these calls."""
    days = Days(board)
    for call in calls:
        days.put(call.case, call.place, call.start)
    days.trail.clear()
    return days
