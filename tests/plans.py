"""Plans checked and made by somebody who knows nothing of the board: question in, faults or the best plan out."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import strategies as st

from app.core.interval import Interval
from app.core.plan import Plan, PlanCase, PlanWindow, Question
from tests.builders import MONDAY

FIVE = timedelta(minutes=5)


@dataclass(frozen=True)
class Held:
    """A call as anybody sees it."""

    case: PlanCase
    clinician: str
    start: datetime
    end: datetime
    window: PlanWindow


def faults(question: Question, plan: Plan) -> list[str]:
    """Return what is wrong with a plan, in words; nothing when it can be kept."""
    cases = {each.id: each for each in question.cases}
    found = []
    told = [each.case for each in plan.booked] + [each.case for each in plan.unbooked]
    if sorted(told) != sorted(cases):
        found.append("not every case once")
    if len(plan.booked) > plan.bound:
        found.append("more than can be")
    by_clinician: dict[str, list[Interval]] = {}
    for each in plan.booked:
        case, when = cases[each.case], each.interval
        by_clinician.setdefault(each.clinician, []).append(when)
        if each.clinician not in case.clinicians:
            found.append(f"{case.id}: somebody else's call")
        if not is_free(question, each.clinician, when):
            found.append(f"{case.id}: not free")
        if when.start < question.now or (case.deadline is not None and when.end > case.deadline):
            found.append(f"{case.id}: too early or too late")
        if not any(fits(window, case, when) for window in case.windows):
            found.append(f"{case.id}: in no window")
    for clinician, calls in by_clinician.items():
        calls.sort()
        if any(one.end > next_.start for one, next_ in pairwise(calls)):
            found.append(f"{clinician}: in two calls")
    return found + _overbooked([(cases[each.case], each.interval) for each in plan.booked])


def is_free(question: Question, clinician: str, when: Interval) -> bool:
    """Whether every minute of a call is free."""
    minutes = range(int(when.length.total_seconds()) // 60)
    told = question.free.get(clinician, ())
    return all(any(each.contains(when.start + minute * timedelta(minutes=1)) for each in told) for minute in minutes)


def fits(window: PlanWindow, case: PlanCase, when: Interval) -> bool:
    """Whether a call of this case may be then, by this window alone."""
    if window.whole:
        return window.interval == when and when.length >= case.length
    return window.interval.covers(when) and when.length == case.length


def _overbooked(calls: Sequence[tuple[PlanCase, Interval]]) -> list[str]:
    """Return whether no choice of a window for each call keeps the seats (few have two to choose from)."""

    def seat(left: Sequence[tuple[PlanCase, Interval]], taken: Counter) -> bool:
        if not left:
            return True
        case, when = left[0]
        for window in case.windows:
            if not fits(window, case, when) or window.seats == 0:
                continue
            if window.capacity is None or window.seats is None:
                return seat(left[1:], taken)
            if taken[window.capacity] < window.seats:
                if seat(left[1:], taken + Counter([window.capacity])):
                    return True
        return False

    return [] if seat(calls, Counter()) else ["a payer's seats are taken twice"]


def best_score(question: Question) -> tuple[int, int, int, int]:
    """Return what the best plan is worth, by trying all of them: number, weight, minutes to spare, joins."""
    return max(worth(question, plan) for plan in _all(question, 0, ()))


def worth(question: Question, held: Sequence[Held]) -> tuple[int, int, int, int]:
    """Return what calls are worth together, the first first."""
    weight = spare = joins = 0
    for each in held:
        due = each.case.due_at or each.case.deadline
        urgent = due is not None and due <= question.now + timedelta(days=1)
        weight += each.case.priority * (len(question.cases) + 1) + urgent
        spare += (due - each.end) // timedelta(minutes=1)
        for other in held:
            if other.clinician == each.clinician and timedelta() <= other.start - each.end < FIVE:
                joins += 1 + (other.case.payer == each.case.payer)
    return len(held), weight, spare, joins


def held_of(question: Question, plan: Plan) -> list[Held]:
    """Return a plan's calls as this file sees them."""
    cases = {each.id: each for each in question.cases}
    return [
        Held(cases[each.case], each.clinician, each.interval.start, each.interval.end, cases[each.case].windows[0])
        for each in plan.booked
    ]


def _all(question: Question, at: int, held: tuple[Held, ...]) -> Iterator[tuple[Held, ...]]:
    if at == len(question.cases):
        yield held
        return
    yield from _all(question, at + 1, held)
    for each in _ways(question, question.cases[at]):
        if not any(_clash(each, other) for other in held) and _has_seat(each, held):
            yield from _all(question, at + 1, (*held, each))


def _ways(question: Question, case: PlanCase) -> Iterator[Held]:
    for window in case.windows:
        length = window.interval.length if window.whole else case.length
        for clinician in case.clinicians:
            start = window.interval.start
            while start + length <= window.interval.end:
                when = Interval(start, start + length)
                free = is_free(question, clinician, when)
                if free and fits(window, case, when) and start >= question.now and when.end <= case.deadline:
                    yield Held(case, clinician, when.start, when.end, window)
                start += FIVE


def _clash(one: Held, other: Held) -> bool:
    return one.clinician == other.clinician and one.start < other.end and other.start < one.end


def _has_seat(each: Held, held: Sequence[Held]) -> bool:
    window = each.window
    if window.seats is None:
        return True
    if window.capacity is None:
        return window.seats > 0
    return sum(other.window.capacity == window.capacity for other in held) < window.seats


def spans(most: int) -> st.SearchStrategy[Interval]:
    """Return stretches of time on Monday morning, on the five minutes."""
    return st.builds(
        lambda start, length: Interval(MONDAY + start * FIVE, MONDAY + (start + length) * FIVE),
        st.integers(-2, 8),
        st.integers(1, most),
    )


@st.composite
def questions(draw, *, cases: int = 4) -> Question:
    """Return a small question in which people get into one another's way."""
    seats = {name: draw(st.sampled_from([None, 0, 1, 1, 1, 2])) for name in (None, "A", "B")}
    windows = draw(
        st.lists(
            st.builds(
                lambda span, name, whole: PlanWindow(span, name, seats[name], whole),
                spans(6),
                st.sampled_from([None, "A", "B"]),
                st.sampled_from([False, False, True]),
            ),
            min_size=1,
            max_size=4,
        )
    )
    clinicians = ("dr-a", "dr-b")
    made = [
        PlanCase(
            id=f"case-{number}",
            length=draw(st.sampled_from([10, 10, 15, 20])) * timedelta(minutes=1),
            deadline=MONDAY + draw(st.integers(1, 12)) * FIVE + draw(st.sampled_from([0, 0, 3])) * timedelta(days=1),
            clinicians=tuple(draw(st.sets(st.sampled_from(clinicians), max_size=2))),
            windows=tuple(draw(st.lists(st.sampled_from(windows), max_size=2, unique=True))),
            priority=draw(st.integers(0, 3)),
            payer=draw(st.sampled_from(["A", "B"])),
        )
        for number in range(draw(st.integers(1, cases)))
    ]
    free = {each: tuple(draw(st.lists(spans(8), max_size=2))) for each in clinicians}
    return Question(MONDAY, made, free)
