"""
Every time at which a call could be had, with what ranks it; light here, put in words when it is shown.

Times are found in runs: starts on the grid that rank alike. Only those that are shown become times.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from app.core.case import OfferedWindow
from app.core.people import specialty_match
from app.core.slots.diary import KEPT_FOR_CALLS, Diary, Piece
from app.core.slots.terms import GRID, Terms, first_start

# Spare time is compared in these steps: beyond a day more of it is worth less than an undisturbed clinic.
_COMFORT = (timedelta(hours=24), timedelta(hours=4), timedelta(hours=1), timedelta(0))  # the most first
_TOGETHER = timedelta(hours=1)  # calls with one payer so near to one another are made in one go
_SPECIALTY = {True: 0, None: 1, False: 2}
_UNKNOWN = _SPECIALTY[None]
# A rank as one number: these many of each, the first counts most.
_DAYS, _COMPANY, _REVIEWERS = 5, 2, 3
_COLLEAGUE = _DAYS * _COMPANY * _REVIEWERS
_DAY = _COMPANY * _REVIEWERS
_STEP = 2 * _COLLEAGUE
_ALWAYS, _NEVER = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
_TIMES = tuple(n * GRID for n in range(288))


class Rank(NamedTuple):
    """
    What ranks a call, the first first, each the better the smaller.

    comfort: step of spare time; colleague: whether somebody stands in; day: what it does to it (diary.BESIDE …)
    alone: not near another call with the payer; specialty: the reviewer's is ours (0), not known (1), another (2)
    """

    comfort: int
    colleague: bool
    day: int
    alone: bool
    specialty: int


def rank_of(number: int) -> Rank:
    """Return a rank that was one number."""
    comfort, rest = divmod(number, _STEP)
    colleague, rest = divmod(rest, _COLLEAGUE)
    day, rest = divmod(rest, _DAY)
    alone, specialty = divmod(rest, _REVIEWERS)
    return Rank(comfort, bool(colleague), day, bool(alone), specialty)


_Run = tuple[datetime, int, int, int]  # first start, how many, diary, window
_Call = tuple[datetime, int, datetime, int]  # start, diary, end, window
Found = tuple[int, _Call]  # with its rank; diary and window by their index


def find_best(windows: Sequence[OfferedWindow], diaries: Sequence[Diary], terms: Terms, limit: int) -> list[Found]:
    """
    Return up to `limit` calls that can be had, best first, of equal ones the earlier.

    Of one time with one clinician that several windows hold, the best window's stands.
    """
    runs: defaultdict[int, list[_Run]] = defaultdict(list)
    for number, diary in enumerate(diaries):
        _find_runs(runs, windows, diary, number, terms)
    best: list[Found] = []
    known: set[tuple] = set()
    for rank in sorted(runs):
        found = _first(sorted(runs[rank]), windows, terms, known, limit - len(best))
        best += [(rank, each) for each in found]
        if len(best) >= limit:
            break
        known.update(each[:3] for each in found)
    return best


def _first(
    runs: Sequence[_Run], windows: Sequence[OfferedWindow], terms: Terms, known: set[tuple], limit: int
) -> list[_Call]:
    """Return the earliest `limit` calls of runs that rank alike, runs in order, without those that are known."""
    found: list[_Call] = []
    latest, most, apart = _ALWAYS, limit + len(known), 0
    for start, count, diary, index in runs:
        if start > latest:  # none of what was found before is told again here
            if apart >= most:
                break
            apart += count
        window = windows[index]
        length = terms.length if window.slot is None else window.interval.length
        found.append((start, diary, start + length, index))
        if count > 1:
            starts = [start + step for step in _steps(min(count, most))]
            found += [(each, diary, each + length, index) for each in starts[1:]]
            start = starts[-1]
        if start > latest:
            latest = start
    found.sort()
    return _without(known, found, windows, limit)


def _steps(count: int) -> Sequence[timedelta]:
    return _TIMES[:count] if count <= len(_TIMES) else [n * GRID for n in range(count)]


def _without(known: set[tuple], calls: Sequence[_Call], windows: Sequence[OfferedWindow], limit: int) -> list[_Call]:
    """Return the first calls, each once: of the same one in several windows the surer."""
    kept: list[_Call] = []
    for each in calls:
        if kept and kept[-1][:3] == each[:3]:
            if _name(windows[each[3]]) < _name(windows[kept[-1][3]]):
                kept[-1] = each
        elif len(kept) == limit:
            break
        elif not known or each[:3] not in known:
            kept.append(each)
    return kept


def _name(window: OfferedWindow) -> tuple[bool, str, str]:
    """Return what tells windows of the same time apart: the payer's own slot is surer than a word on the telephone."""
    return window.slot is None, window.id, window.slot or ""


def _find_runs(
    runs: defaultdict[int, list[_Run]], windows: Sequence[OfferedWindow], diary: Diary, number: int, terms: Terms
) -> None:
    """Add every call of one clinician. The crux, run for each look at a case: plain, and nothing made in vain."""
    opens, closes, pieces = diary.room.opens, diary.room.closes, diary.room.pieces
    ranks = _Ranks(diary, terms)
    even_until, bare, there = ranks.even_until, terms.specialty is None, len(pieces)
    for index, since, until, length, exact in _reaches(windows, diary, terms):
        base, at = ranks.base if bare else ranks.of_window(windows[index]), bisect_right(closes, since)
        while at < there and opens[at] < until:
            start, last, till, beyond, levels = piece = pieces[at]
            at += 1
            if start < since:
                start = since
            last = (last if last < until else until) - length
            if not exact and (start.minute % 5 or start.second or start.microsecond):
                start = first_start(start, last)
            if start > last:
                continue
            if last + length > even_until:
                ranks.add_one_by_one(runs, base, piece, (start, last, length), (number, index))
                continue
            # Of starts on the grid at most the first and the last lie beside an appointment.
            left = last - start
            count = left.seconds // 300 + left.days * 288
            end = start + (_TIMES[count] if count < 288 else count * GRID)
            if end + length > beyond:
                runs[base + levels[1 + (end < till)] * _DAY].append((end, 1, number, index))
                count -= 1
            if count >= 0 and start < till:
                runs[base + levels[1] * _DAY].append((start, 1, number, index))
                start, count = start + GRID, count - 1
            if count >= 0:
                runs[base + levels[0] * _DAY].append((start, count + 1, number, index))


def _reaches(
    windows: Sequence[OfferedWindow], diary: Diary, terms: Terms
) -> Iterator[tuple[int, datetime, datetime, timedelta, bool]]:
    """Yield of each window that can hold a call: its index, from when and until when, the length, whether exact."""
    earliest, latest, needed = terms.opens(diary.habits.prepare), terms.ends or _NEVER, terms.length
    for index, window in enumerate(windows):
        interval, exact = window.interval, window.slot is not None
        length = interval.length if exact else needed
        since, until = interval.start, interval.end
        if since < earliest:
            since = earliest
        if until > latest:
            until = latest
        if since + length <= until and length >= needed:
            yield index, since, until, length, exact


class _Ranks:
    """
    The ranks of one clinician's calls.

    even_until: the calls of a piece that end before it rank alike, but for those beside an appointment
    base: what of it is the window's, where nothing is known of reviewers
    """

    def __init__(self, diary: Diary, terms: Terms) -> None:
        self._diary, self._specialty = diary, terms.specialty
        self._steps = () if terms.due_at is None else tuple(terms.due_at - least for least in _COMFORT)
        self._own = (diary.stands_in is not None) * _COLLEAGUE + _REVIEWERS
        self.base = self._own + _UNKNOWN
        self.even_until = self._steps[0] if self._steps else _NEVER
        if diary.protected or diary.calls:
            self.even_until = _ALWAYS

    def of_window(self, window: OfferedWindow) -> int:
        """Return what of a call's rank is its window's."""
        reviewer = window.reviewer.specialty if window.reviewer else None
        return self._own + _SPECIALTY[specialty_match(self._specialty, reviewer)]

    def add_one_by_one(
        self,
        runs: defaultdict[int, list[_Run]],
        base: int,
        piece: Piece,
        times: tuple[datetime, datetime, timedelta],
        names: tuple[int, int],
    ) -> None:
        """Add each call from a first start to a last, of a length, by itself. names: diary and window"""
        start, last, length = times
        while start <= last:
            runs[base + self._of_time(piece, start, start + length)].append((start, 1, *names))
            start += GRID

    def _of_time(self, piece: Piece, start: datetime, end: datetime) -> int:
        diary = self._diary
        day = piece.levels[(start < piece.beside_till) + (end > piece.beside_from)]
        if any(each.start <= start and end <= each.end for each in diary.protected):
            day = KEPT_FOR_CALLS
        near = any(each.start - end < _TOGETHER and start - each.end < _TOGETHER for each in diary.calls)
        return bisect_left(self._steps, end) * _STEP + day * _DAY - near * _REVIEWERS
