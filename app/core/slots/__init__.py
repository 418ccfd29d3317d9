"""Payer windows ∩ a caller's free time ∩ clocks → the times that both sides can keep, best first."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from app.core.case import Clock, OfferedWindow
from app.core.interval import Interval
from app.core.people import Clinician
from app.core.slots.diary import Diary, Habits, diary_of
from app.core.slots.misses import NearestMiss, nearest_misses
from app.core.slots.search import find_best, rank_of
from app.core.slots.terms import Terms, minutes_of, terms_of
from app.core.slots.words import words_of
from app.errors import Refused

__all__ = ("Diary", "Habits", "NearestMiss", "NothingLeft", "RankedSlot", "diary_of", "rank_slots")


class RankedSlot(NamedTuple):
    """
    One bookable time, and why it stands where it stands: put in words for those alone that are shown.

    window: of the payer, in which it lies; diary: of who calls; rank: as core.slots.search has it
    """

    interval: Interval
    window: OfferedWindow
    diary: Diary
    terms: Terms
    rank: int

    @property
    def minutes_to_spare(self) -> int | None:
        """Minutes before the earliest clock; None where no clock runs, negative after one that is not firm."""
        return None if self.terms.due_at is None else minutes_of(self.terms.due_at - self.interval.end)

    @property
    def because(self) -> tuple[str, ...]:
        """The reasons, shown to the user."""
        return words_of(rank_of(self.rank), self.minutes_to_spare, self.window, self.diary, self.terms)

    @property
    def clinician(self) -> Clinician:
        """Who calls."""
        return self.diary.clinician

    @property
    def stands_in(self) -> bool:
        """Whether that is somebody else than the case's own clinician."""
        return self.diary.stands_in is not None

    @property
    def window_id(self) -> str:
        """The window's id."""
        return self.window.id

    @property
    def payer_slot(self) -> str | None:
        """The payer's reference, where it published the time."""
        return self.window.slot


class NothingLeft(Refused):
    """No time fits both sides; `nearest_misses` are up to three that almost do, and what blocks each."""

    say = "No time is left that both sides can keep."
    next = "Ask the payer for another time, free one of the times below, or ask a colleague to take the call."

    def __init__(self, misses: tuple[NearestMiss, ...] = ()) -> None:
        super().__init__()
        self.nearest_misses = misses


def rank_slots(
    windows: Sequence[OfferedWindow],
    diaries: Sequence[Diary],
    clocks: Sequence[Clock],
    *,
    length: timedelta,
    notice: timedelta,
    now: datetime,
    specialty: str | None = None,
    limit: int = 50,
) -> tuple[RankedSlot, ...]:
    """
    Return the mutually free slots, best first.

    windows: as the payer offered them; a slot lies inside one. In a block it starts on the 5-minute grid and lasts
    `length`; an exact slot (one with the payer's reference) is taken whole, if it is long enough
    diaries: of everybody who may call, the case's own clinician first; each made for the span of the windows
    clocks: a slot must end before the earliest firm one; none means no deadline
    specialty: of the case's clinician, for reviewers that share it
    returns: 1 to `limit` slots by spare time in steps (24 h, 4 h, 1 h, less, after a clock that is not firm), then the
    own clinician before a colleague, what the call does to the day, near another call with the payer or not, the
    reviewer's specialty, start; the order never depends on that of the windows, the busy times or the clocks
    raises: NothingLeft, carrying the three nearest misses and what blocks each
    """
    terms = terms_of(clocks, length=length, notice=notice, now=now, specialty=specialty)
    found = find_best(windows, diaries, terms, limit)
    if not found:
        raise NothingLeft(nearest_misses(windows, diaries, terms))
    return tuple(
        RankedSlot(Interval(start, end), windows[window], diaries[diary], terms, rank)
        for rank, (start, diary, end, window) in found
    )
