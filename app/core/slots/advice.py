"""
Bookability: when nothing fits, the smallest single change of each kind that makes one call fit, and the words to ask.

Each minute at which a call could begin is asked what stands in its way; where that is of one kind, removing it is a
change, and the one that takes the fewest minutes stands.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from app.core.case import OfferedWindow
from app.core.deadlines import day_words
from app.core.interval import Interval, crossing, intersect
from app.core.slots.diary import Diary, Habits
from app.core.slots.misses import clock_words
from app.core.slots.search import find_best
from app.core.slots.terms import MINUTE, Terms, next_minute, span_words

KINDS = ("colleague", "notice", "prepare", "block", "protect", "window", "later")
_SEARCH = 20_000  # starts that are looked at for each caller
_NONE = timedelta(0)


@dataclass(frozen=True, slots=True)
class Change:
    """
    One change that makes a call fit, by itself.

    kind: one of KINDS; interval: the call that it makes possible; clinician: who would take it
    minutes: what it takes, in the kind's own measure: of notice, of pauses, of busy time freed, of time worked beyond
    hours or in clinic, of time the payer adds, of a later deadline; 0 for a colleague
    habits: what is kept around the call then, where that is the change
    sentence: what, and what it costs; draft: the words that ask for it; to: payer | clinician
    """

    kind: str
    interval: Interval
    clinician: str
    minutes: int
    sentence: str
    draft: str
    to: str
    habits: Habits | None = None


def ask_for_time(who: str, when: str) -> str:
    """Return the advice to ask a payer for a time that it does not offer yet."""
    return f"Ask the payer for a further time: {who} is free {when}."


def free_hour(who: str, when: str) -> str:
    """Return the advice to free a clinician while the payer talks."""
    return f"Free {who} {when}, when the payer talks."


def let_colleague(who: str, when: str) -> str:
    """Return the advice to let a colleague take the call."""
    return f"Let {who} take the call, who is free {when}, if the payer lets a colleague speak."


def changes_for(
    windows: Sequence[OfferedWindow],
    diaries: Sequence[Diary],
    terms: Terms,
    *,
    asked: Sequence[Diary] = (),
    ahead: Sequence[Diary] = (),
    open_hours: Sequence[Interval] = (),
) -> tuple[Change, ...]:
    """
    Return the smallest change of each kind that makes one call fit, the cheapest for us first.

    diaries: of all who may call, when nothing fits; asked: of colleagues whom the payer is not known to take, each with
    why in stands_in; ahead: of who may call, laid out as far as a further time may be asked for; open_hours: when the
    payer works, in order
    """
    best = [_best(windows, each, terms) for each in diaries]
    found: list[Change] = [*_colleague(windows, asked, terms), *_window(windows, ahead, terms, open_hours)]
    for kind in ("notice", "prepare", "block", "protect", "later"):
        few = [(each[kind], number) for number, each in enumerate(best) if kind in each]
        if few:
            need, number = min(few, key=lambda each: (each[0].amount, each[1]))
            found.append(_change(kind, need, diaries[number], terms))
    return tuple(sorted(found, key=lambda each: KINDS.index(each.kind)))


@dataclass(frozen=True, slots=True)
class _Need:
    """What a call needs that is not there. amount: of the kind's measure; spare: before and after it, where shorter."""

    amount: timedelta
    interval: Interval
    spare: tuple[timedelta, timedelta] = (_NONE, _NONE)


def _best(windows: Sequence[OfferedWindow], diary: Diary, terms: Terms) -> dict[str, _Need]:
    """Return by kind what the call needs that needs the least, of equal ones the earlier."""
    best: dict[str, _Need] = {}
    for interval in _tries(windows, terms):
        for kind, need in _needs(interval, diary, terms):
            if kind not in best or (need.amount, need.interval) < (best[kind].amount, best[kind].interval):
                best[kind] = need
    return best


def _tries(windows: Sequence[OfferedWindow], terms: Terms) -> Iterator[Interval]:
    """Yield every call that the windows would hold from now on, minute by minute; exact slots as they stand."""
    left = _SEARCH
    for window in sorted(windows, key=lambda each: (each.interval.start, each.interval.end, each.id)):
        if window.slot is not None:
            if window.interval.length >= terms.length and window.interval.start >= terms.now:
                yield window.interval
            continue
        start, latest = next_minute(max(window.interval.start, terms.now)), window.interval.end - terms.length
        while left and start <= latest:
            yield Interval(start, start + terms.length)
            start += MINUTE
            left -= 1


def _needs(call: Interval, diary: Diary, terms: Terms) -> Iterator[tuple[str, _Need]]:
    """Yield the changes of which each by itself makes room for this call; nothing where two are needed."""
    (needed,) = diary.habits.around((call,))
    soon = terms.now + terms.notice - call.start
    late = _NONE if terms.ends is None else call.end - terms.ends
    hasty = diary.habits.prepare - (call.start - terms.now)
    blocks = crossing(diary.taken, needed.start, needed.end)
    outside = _NONE if diary.worked is None else needed.length - _shared(needed, diary.worked)
    ways = {"soon": soon > _NONE, "late": late > _NONE, "pause": hasty > _NONE, "busy": blocks, "off": outside}
    wrong = {name for name, is_so in ways.items() if is_so}
    if wrong == {"soon"}:
        yield "notice", _Need(soon, call)
    elif wrong == {"late"}:
        yield "later", _Need(late, call)
    elif wrong == {"busy"} and len(blocks) == 1:
        yield "block", _Need(_shared(needed, blocks), call)
    elif wrong == {"off"}:
        yield "protect", _Need(outside, call)
    if wrong and wrong <= {"pause", "busy", "off"} and (pauses := _pauses(call, diary, terms)):
        yield "prepare", pauses


def _pauses(call: Interval, diary: Diary, terms: Terms) -> _Need | None:
    """Return what is left before and after a call that is free itself; None where it is not."""
    if crossing(diary.taken, call.start, call.end):
        return None
    if diary.worked is not None and _shared(call, diary.worked) < call.length:
        return None
    (needed,) = diary.habits.around((call,))
    since, until = max(needed.start, terms.now), needed.end
    for each in crossing(diary.taken, needed.start, needed.end):
        since, until = (max(since, each.end), until) if each.end <= call.start else (since, min(until, each.start))
    for each in () if diary.worked is None else crossing(diary.worked, call.start, call.end):
        since, until = max(since, each.start), min(until, each.end)
    left = (call.start - since, until - call.end)
    return _Need(needed.length - call.length - left[0] - left[1], call, left)


def _shared(interval: Interval, others: Iterable[Interval]) -> timedelta:
    return sum((each.length for each in intersect((interval,), others)), _NONE)


def _colleague(windows: Sequence[OfferedWindow], asked: Sequence[Diary], terms: Terms) -> Iterator[Change]:
    for _rank, (start, number, end, _window) in find_best(windows, asked, terms, 1):
        diary, call = asked[number], Interval(start, end)
        who, when = diary.clinician.name, _when(call, diary)
        sentence = f"{let_colleague(who, when)} Ask first: {diary.stands_in}"
        draft = f"May our colleague {who} take the call in place of the ordering clinician, {when}?"
        yield Change("colleague", call, diary.clinician.reference, 0, sentence, draft, "payer")


def _window(
    windows: Sequence[OfferedWindow], ahead: Sequence[Diary], terms: Terms, open_hours: Sequence[Interval]
) -> Iterator[Change]:
    """Yield the further time of the payer that adds the fewest minutes to what it offers, of equal ones the earlier."""
    blocks = _Blocks(each.interval for each in windows if each.slot is None)
    found = [
        (more, number, call)
        for number, diary in enumerate(ahead)
        for more, call in _calls_ahead(blocks, diary, terms, open_hours)
    ]
    if found:
        more, number, call = min(found)
        diary = ahead[number]
        who, when, minutes = diary.clinician.name, _when(call, diary), -(-more // MINUTE)
        sentence = f"{ask_for_time(who, when)} It adds {minutes} min to what the payer offers."
        draft = f"Could your reviewer take the peer-to-peer call {when} ({diary.clinician.zone})?"
        if until := _until(call, diary, terms, open_hours):
            draft += f" Any other time until {until} that day suits us as well."
        yield Change("window", call, diary.clinician.reference, minutes, sentence, draft, "payer")


class _Blocks:
    """What a payer offers, to be looked up by time; blocks may overlap."""

    def __init__(self, blocks: Iterable[Interval]) -> None:
        self._blocks = sorted(blocks)
        self._starts = [each.start for each in self._blocks]
        self._longest = max((each.length for each in self._blocks), default=_NONE)

    def within(self, piece: Interval) -> Iterator[Interval]:
        """Yield the parts of blocks that lie in a piece of time."""
        first = bisect_right(self._starts, piece.start - self._longest)
        for each in self._blocks[first : bisect_left(self._starts, piece.end)]:
            if each.end > piece.start:
                yield Interval(max(each.start, piece.start), min(each.end, piece.end))


def _calls_ahead(
    blocks: _Blocks, diary: Diary, terms: Terms, open_hours: Sequence[Interval]
) -> Iterator[tuple[timedelta, Interval]]:
    """Yield the calls worth asking for with what each adds: in each free piece the first, and one for each block."""
    opens, length = terms.opens(diary.habits.prepare), terms.length
    for hours in open_hours:
        start = max(opens, hours.start)
        end = hours.end if terms.ends is None else min(hours.end, terms.ends)
        for piece in diary.room.within(start, end) if start < end else ():
            first, last = next_minute(piece.start), piece.end - length
            if first > last:
                continue
            yield length, Interval(first, first + length)
            for part in blocks.within(piece):
                # The earliest call that holds as much of the block as it can.
                begins = min(max(first, next_minute(part.end - length)), _full_minute(last))
                shared = min(begins + length, part.end) - max(begins, part.start)
                yield length - shared, Interval(begins, begins + length)


def _until(call: Interval, diary: Diary, terms: Terms, open_hours: Sequence[Interval]) -> str | None:
    """Return until when on its day the call could be as well, None where it could not be later."""
    zone = ZoneInfo(diary.clinician.zone)
    for hours in crossing(open_hours, call.start, call.end):
        end = hours.end if terms.ends is None else min(hours.end, terms.ends)
        for each in diary.room.within(call.start, end):
            last = each.end.astimezone(zone)
            if each.covers(call) and each.end > call.end and last.date() == call.start.astimezone(zone).date():
                return f"{last:%H:%M}"
    return None


def _change(kind: str, need: _Need, diary: Diary, terms: Terms) -> Change:
    minutes = -(-need.amount // MINUTE)
    call, who, when = need.interval, diary.clinician.name, _when(need.interval, diary)
    habits = None
    if kind == "notice":
        left = (terms.notice - need.amount) // MINUTE
        sentence = f"Book {when} at shorter notice: {who} would hear of it {left} min ahead, {minutes} less than usual."
    elif kind == "prepare":
        habits = replace(diary.habits, prepare=need.spare[0], wrap_up=need.spare[1])
        before, after = (each // MINUTE for each in need.spare)
        sentence = f"Book {when} with shorter pauses: {before} min to prepare, {after} to wrap up, {minutes} min less."
    elif kind == "block":
        (needed,) = diary.habits.around((call,))
        block = crossing(diary.taken, needed.start, needed.end)[0]
        sentence = f"{free_hour(who, when)} It takes {minutes} min of what is taken {_when(block, diary)}."
    elif kind == "protect":
        sentence = f"Keep {when} for the call: {minutes} min of it are outside {who}'s hours for calls, or in clinic."
    else:
        sentence = f"Have the deadline moved by {span_words(minutes)}: {when} would fit. It takes the payer's word."
    to, draft = "payer" if kind == "later" else "clinician", _draft(kind, who, when, call.length)
    return Change(kind, call, diary.clinician.reference, minutes, sentence, draft, to, habits)


def _draft(kind: str, who: str, when: str, length: timedelta) -> str:
    if kind == "later":
        return (
            f"Our reading is that the time for this call ends before {when}. Please confirm in writing that a call at "
            "that time still counts, or give us the date that does; we will add what supports the request."
        )
    ask = f"{who}: could you take a peer-to-peer call of {length // MINUTE} min {when}?"
    return (
        ask
        + {
            "notice": " It is sooner than you asked to be told.",
            "prepare": " There is less time beside it than you usually keep.",
            "block": " Something stands in your calendar then that would have to move.",
            "protect": " It lies outside the hours that you keep for calls.",
        }[kind]
    )


def _when(interval: Interval, diary: Diary) -> str:
    zone = diary.clinician.zone
    day = day_words(interval.start, zone)
    words = clock_words(interval, zone)
    return words if words.startswith("from") else f"{day}, {words}"


def _full_minute(instant: datetime) -> datetime:
    return instant.replace(second=0, microsecond=0)
