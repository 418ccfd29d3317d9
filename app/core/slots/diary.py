"""A clinician's time for calls: worked, not taken, with what a call needs around it; laid out once, asked often."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import NamedTuple

from app.core.interval import Interval, crossing, normalise, subtract, weekly
from app.core.people import Clinician, WorkingHours

HALF_DAY = timedelta(hours=4)  # a stretch of free time so long is one that a clinician hates to have cut
# What a call does to a clinician's day, the gentlest first.
KEPT_FOR_CALLS, BESIDE, BETWEEN, CUTS_HALF_DAY, WEDGED = range(5)
_TOUCHES = timedelta(minutes=5)  # so near to another appointment that nothing is done between
_NONE = timedelta(0)
_NEVER, _ALWAYS = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
_START, _END = attrgetter("start"), attrgetter("end")


@dataclass(frozen=True, slots=True)
class Habits:
    """
    What a clinician, or the site for all of them, keeps around calls.

    prepare, wrap_up: free before and after a call; travel: to get from one place to the next, beside the call
    protected: weekly hours kept for calls: they count as worked whatever clinic lies there, and are offered first
    clinic: weekly hours in which patients are seen; no call is put there
    """

    prepare: timedelta = _NONE
    wrap_up: timedelta = _NONE
    travel: timedelta = _NONE
    protected: tuple[WorkingHours, ...] = ()
    clinic: tuple[WorkingHours, ...] = ()

    @property
    def rests(self) -> bool:
        """Whether there is a pause on both sides of a call."""
        return self.prepare > _NONE and self.wrap_up > _NONE

    def around(self, calls: Sequence[Interval]) -> tuple[Interval, ...]:
        """Return calls of ours with what they need around them; the next one needs its own beside that."""
        return tuple(Interval(each.start - self.prepare, each.end + self.wrap_up) for each in calls)


class Piece(NamedTuple):
    """
    A call may lie in [opens, closes).

    beside_till, beside_from: a call that starts before the one, or ends after the other, leaves no time to do anything
    between it and the appointment there. levels: what a call is that is beside none, one or two of them
    """

    opens: datetime
    closes: datetime
    beside_till: datetime
    beside_from: datetime
    levels: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Room:
    """Where calls may lie, in order; opens and closes by themselves, to be looked up."""

    pieces: tuple[Piece, ...] = ()
    opens: list[datetime] = field(default_factory=list)
    closes: list[datetime] = field(default_factory=list)

    def within(self, start: datetime, end: datetime) -> Iterator[Interval]:
        """Yield where calls may lie between two instants; they may overlap where a clinician travels."""
        for each in self.pieces[bisect_right(self.closes, start) : bisect_left(self.opens, end)]:
            yield Interval(max(start, each.opens), min(end, each.closes))


@dataclass(frozen=True, slots=True)
class Diary:
    """
    One possible caller, and when they can be on the telephone. Make it with diary_of.

    worked: hours and protected time without clinic; None where nothing is known that would restrict it
    taken: busy time, merged. calls: theirs with the same payer, booked already
    stands_in: why somebody else than the case's own clinician may call; None for the own one
    """

    clinician: Clinician
    habits: Habits
    verified: bool
    span: Interval | None
    hours: tuple[Interval, ...] | None
    worked: tuple[Interval, ...] | None
    protected: tuple[Interval, ...]
    taken: Sequence[Interval]
    places: Mapping[Interval, str]
    room: Room
    calls: tuple[Interval, ...] = ()
    stands_in: str | None = None

    def over(self, span: Interval) -> "Diary":
        """Return the same diary laid out over another span; of what is not known there nothing is busy."""
        return diary_of(
            self.clinician,
            self.taken,
            span,
            verified=self.verified,
            habits=self.habits,
            places=self.places,
            calls=self.calls,
            stands_in=self.stands_in,
        )


def diary_of(
    clinician: Clinician,
    busy: Sequence[Interval],
    span: Interval | None,
    *,
    verified: bool,
    habits: Habits | None = None,
    places: Mapping[Interval, str] | None = None,
    calls: Sequence[Interval] = (),
    stands_in: str | None = None,
) -> Diary:
    """
    Return a clinician's diary for calls that lie in `span`, the payer's windows' own; None when there are no windows.

    busy: in any order; places: where some of it is. clinician.hours are local to clinician.zone; none known restricts
    nothing
    """
    kept = habits or Habits()
    wide = None if span is None else Interval(span.start - HALF_DAY, span.end + HALF_DAY)
    hours, worked, protected = _worked(clinician, kept, wide)
    taken = _merged(busy)
    told = places or {}
    room = Room() if wide is None else _room((wide,) if worked is None else worked, taken, kept, _Places(told))
    return Diary(clinician, kept, verified, wide, hours, worked, protected, taken, told, room, tuple(calls), stands_in)


def working_hours(clinician: Clinician, span: Interval) -> tuple[Interval, ...] | None:
    """Return the clinician's working hours within `span`; None where they are not known."""
    return _weekly(clinician.hours, clinician.zone, span) if clinician.hours else None


def _worked(
    clinician: Clinician, habits: Habits, span: Interval | None
) -> tuple[tuple[Interval, ...] | None, tuple[Interval, ...] | None, tuple[Interval, ...]]:
    """Return working hours, what of them is open to calls, and the protected time."""
    if span is None:
        return None, None, ()
    hours = working_hours(clinician, span)
    if not habits.protected and not habits.clinic:
        return hours, hours, ()
    protected = _weekly(habits.protected, clinician.zone, span)
    clinic = subtract(_weekly(habits.clinic, clinician.zone, span), protected)
    if hours is None and not clinic:
        return None, None, protected
    return hours, subtract((*(hours if hours is not None else (span,)), *protected), clinic), protected


def _weekly(hours: tuple[WorkingHours, ...], zone: str, span: Interval) -> tuple[Interval, ...]:
    return weekly(((each.day, each.start, each.end) for each in hours), zone, span)


class _Places:
    """Where the clinician is when a stretch of busy time begins or ends; nowhere where two calendars disagree."""

    def __init__(self, places: Mapping[Interval, str]) -> None:
        self._ends: dict[datetime, str | None] = {}
        self._starts: dict[datetime, str | None] = {}
        for each, place in places.items():
            for known, edge in ((self._ends, each.end), (self._starts, each.start)):
                known[edge] = place if known.get(edge, place) == place else None

    def differ(self, free: Interval) -> bool:
        """Whether a stretch leads from one place to another; one that is not told asks for no way."""
        left, right = self._ends.get(free.start), self._starts.get(free.end)
        return left is not None and right is not None and left != right


def _room(worked: Sequence[Interval], taken: Sequence[Interval], habits: Habits, places: _Places) -> Room:
    """Return where calls may lie, with what they need around them kept free."""
    pieces: list[Piece] = []
    for each in worked:
        since, after = each.start, _ends_at(taken, each.start)
        for hole in crossing(taken, each.start, each.end):
            if hole.start > since:
                pieces += _pieces(Interval(since, hole.start), (after, True), habits, places)
            since, after = hole.end, True
        if since < each.end:
            pieces += _pieces(Interval(since, each.end), (after, _starts_at(taken, each.end)), habits, places)
    return Room(tuple(pieces), [each.opens for each in pieces], [each.closes for each in pieces])


def _ends_at(taken: Sequence[Interval], instant: datetime) -> bool:
    """Whether busy time ends just where a stretch begins."""
    at = bisect_right(taken, instant, key=_END) - 1
    return at >= 0 and taken[at].end == instant


def _starts_at(taken: Sequence[Interval], instant: datetime) -> bool:
    at = bisect_left(taken, instant, key=_START)
    return at < len(taken) and taken[at].start == instant


def _pieces(free: Interval, busy: tuple[bool, bool], habits: Habits, places: _Places) -> Iterator[Piece]:
    """Yield where calls may lie in a free stretch. busy: whether it begins and ends at busy time."""
    opens, closes = free.start + habits.prepare, free.end - habits.wrap_up
    till, beyond = (opens + _TOUCHES if busy[0] else _NEVER), (closes - _TOUCHES if busy[1] else _ALWAYS)
    alone = CUTS_HALF_DAY if free.length >= HALF_DAY else BETWEEN
    levels = (alone, BESIDE, BESIDE if habits.rests else WEDGED)
    way = habits.travel if habits.travel and places.differ(free) else _NONE
    # The way to the next place is gone before the call or after it.
    for opened, closed in ((opens, closes - way), (opens + way, closes)) if way else ((opens, closes),):
        if opened < closed:
            yield Piece(opened, closed, till, beyond, levels)


def _merged(busy: Sequence[Interval]) -> Sequence[Interval]:
    """Return busy time sorted and disjoint, without work when it is so already."""
    if all(busy[i].end < busy[i + 1].start for i in range(len(busy) - 1)):
        return busy
    return normalise(busy)
