"""The smallest changes, each by itself, that would save a case beside all that the plan saves already."""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from app.core.interval import Interval
from app.core.plan.board import Spans, cut, instant, minute_of
from app.core.plan.days import Days
from app.core.plan.question import PlanCase, Question
from app.core.plan.words import between_words, who_words
from app.core.slots.advice import ask_for_time, free_hour, let_colleague

_SHOWN = 3
_AHEAD = timedelta(days=14)  # how far free time is looked for where no deadline ends
_ASKED = 40  # colleagues whose time is looked at


@dataclass(frozen=True, slots=True)
class Advice:
    """
    One change.

    kind: seat (one more in a window), hour (of the clinician, in a window), window (a further one, in which the
    clinician is free), colleague (who is free in a window), name (nobody is named), late (nothing else is left)
    """

    kind: str
    sentence: str
    clinician: str | None = None
    interval: Interval | None = None


class Adviser:
    """What a finished plan leaves free, asked for each case that it does not save."""

    def __init__(self, days: Days, question: Question) -> None:
        self._days, self._board, self._question = days, days.board, question
        self._left: tuple[Spans, ...] = tuple(map(self._left_of, range(len(days.board.clinicians))))
        self._numbers = {each: number for number, each in enumerate(days.board.clinicians)}

    def advise(self, number: int) -> tuple[Advice, ...]:
        """Return up to three changes, the smallest first: by the minutes that somebody has to give for it."""
        case = self._board.cases[number]
        if not case.clinicians:
            return (Advice("name", "Choose who takes the call."),)
        ends = case.deadline or self._question.now + _AHEAD
        if ends - self._question.now < case.length:
            return (Advice("late", "No time is left before the deadline: ask the payer for more, or appeal."),)
        mine = sorted(self._numbers[each] for each in set(case.clinicians))
        span = (self._board.finder.now, minute_of(ends))
        found = [*self._seat(number), *self._window(case, mine, span), *self._hour(case, mine, span)]
        found += self._colleague(case, mine)
        found.sort(key=lambda each: each[0])
        none = Advice("late", "Neither side has time left before the deadline: ask the payer to move it.")
        return tuple(advice for _, advice in found[:_SHOWN]) or (none,)

    def _left_of(self, clinician: int) -> Spans:
        """Return what the plan leaves of a clinician's free time."""
        left: list[tuple[int, int]] = []
        starts, ends = self._days.starts[clinician], self._days.ends[clinician]
        for start, end in self._board.free[clinician]:
            for call in range(bisect_left(starts, start), bisect_left(starts, end)):
                if start < starts[call]:
                    left.append((start, starts[call]))
                start = ends[call]
            if start < end:
                left.append((start, end))
        return left

    def _seat(self, number: int) -> Iterator[tuple[int, Advice]]:
        """Yield a full window in which a clinician has time."""
        for place in self._board.places[number]:
            start = self._days.first_free(place) if self._days.is_full(place) else None
            if start is not None:
                when = between_words(start, start + place.length, self._question)
                sentence = f"Ask the payer to take one more call in its time around {when}."
                yield 0, self._advice("seat", sentence, place.clinician, start, place.length)
                return

    def _window(self, case: PlanCase, mine: list[int], span: tuple[int, int]) -> Iterator[tuple[int, Advice]]:
        """Yield the longest time that a clinician has left, in which the payer does not talk yet."""
        length = -(-case.length // timedelta(minutes=1))
        found = [
            (start - end, start, end, clinician)
            for clinician in mine
            for start, end in cut(self._left[clinician], *span)
            if self._board.finder.first(start) + length <= end
        ]
        if found:
            _, start, end, clinician = min(found)
            who, when = self._name(clinician), between_words(start, end, self._question)
            sentence = ask_for_time(who, when)
            yield length, self._advice("window", sentence, clinician, start, end - start)

    def _hour(self, case: PlanCase, mine: list[int], span: tuple[int, int]) -> Iterator[tuple[int, Advice]]:
        """Yield the time in a window that takes the fewest minutes of a clinician that are not free."""
        found = []
        for place in self._board.finder.find(case, {each: [span] for each in mine}):
            if self._days.is_full(place):
                continue
            left = self._left[place.clinician]
            near = {edge for span_ in cut(left, place.opens, place.latest + place.length) for edge in span_}
            tries = {place.from_(each) for each in near | {each - place.length for each in near}}
            for start in sorted(tries.union(self._days.starts_to_try(place))):
                if start <= place.latest and not self._days.in_the_way(place, start):
                    free = sum(end - begin for begin, end in cut(left, start, start + place.length))
                    found.append((place.length - free, start, place.length, place.clinician))
        found = [each for each in found if each[0] > 0]
        if found:
            cost, start, length, clinician = min(found)
            who, when = self._name(clinician), between_words(start, start + length, self._question)
            sentence = free_hour(who, when)
            yield cost, self._advice("hour", sentence, clinician, start, length)

    def _colleague(self, case: PlanCase, mine: list[int]) -> Iterator[tuple[int, Advice]]:
        """Yield somebody else who has time in a window."""
        others = [each for each in range(len(self._left)) if each not in mine and self._left[each]]
        for clinician in sorted(others, key=lambda each: -len(self._left[each]))[:_ASKED]:
            for place in self._board.finder.find(case, {clinician: self._left[clinician]}):
                if not self._days.is_full(place):
                    start, length = place.opens, place.length
                    who, when = self._name(clinician), between_words(start, start + length, self._question)
                    sentence = let_colleague(who, when)
                    yield length + 1, self._advice("colleague", sentence, clinician, start, length)
                    return

    def _advice(self, kind: str, sentence: str, clinician: int, start: int, length: int) -> Advice:
        interval = Interval(instant(start), instant(start + length))
        return Advice(kind, sentence, self._board.clinicians[clinician], interval)

    def _name(self, clinician: int) -> str:
        return who_words(self._board.clinicians[clinician], self._question)
