"""When nothing fits: each change that is advised makes a call fit by itself, and nothing smaller of its kind does."""

import os
from dataclasses import replace
from datetime import datetime, time

import pytest
from hypothesis import HealthCheck, assume, given, settings

from app.core.case import Clock, OfferedWindow
from app.core.interval import WEEKDAYS, Interval, normalise, span_of, subtract
from app.core.people import Clinician, WorkingHours
from app.core.slots import Habits, NothingLeft, diary_of, rank_slots
from app.core.slots.advice import changes_for
from app.core.slots.terms import terms_of
from tests.builders import MONDAY
from tests.core.test_slots import DAYS, MINUTE, Grid, situations

NIGHTLY = os.environ.get("PARLEY_NIGHTLY") == "1"
HORIZON = DAYS * 24 * 60


def at(words, end):
    """Return an interval of that Monday in Chicago."""
    day = f"{MONDAY:%Y-%m-%d}"
    return Interval(*(datetime.fromisoformat(f"{day}T{each}-06:00") for each in (words, end)))


def advised(windows, busy=(), *, notice=0, due=None, habits=None, asked=()):
    """Return the changes for a clinician of Chicago at nine on Monday, by kind, in the order of showing."""
    kept = tuple(WorkingHours(day, time(9), time(17)) for day in WEEKDAYS[:5])
    clinician = Clinician("Practitioner/1", "Dr Test", "America/Chicago", kept)
    taken, horizon = [at(*each) for each in busy], at("09:00", "18:00")
    told = {"verified": True, "habits": habits}
    offered = [OfferedWindow(str(n), at(*each), "phone") for n, each in enumerate(windows)]
    clocks = [] if due is None else [Clock("p2p_window", None, at(due, "23:00").start, "", "", "")]
    terms = terms_of(clocks, length=20 * MINUTE, notice=notice * MINUTE, now=MONDAY)
    diary = diary_of(clinician, taken, span_of(each.interval for each in offered), **told)
    ahead = diary_of(clinician, taken, horizon, **told)
    found = changes_for(offered, [diary], terms, asked=asked, ahead=[ahead], open_hours=[horizon])
    return {each.kind: each for each in found}


def test_a_further_time_of_the_payer_is_asked_for_by_the_hour():
    """Ten minutes more would do; until when the clinician is free after that is told in the same breath."""
    change = advised([("10:00", "10:10")], [("09:00", "10:00"), ("11:00", "17:00")])["window"]

    assert (at("10:00", "10:20"), 10, "payer") == (change.interval, change.minutes, change.to)
    assert "Dr Test is free Mon 23 Nov 2026, 10:00–10:20. It adds 10 min" in change.sentence
    assert "Any other time until 11:00 that day" in change.draft


def test_shorter_notice_is_the_least_that_does():
    """The window ends at 09:40: twenty minutes ahead in place of an hour."""
    change = advised([("09:10", "09:40")], notice=60)["notice"]

    assert (at("09:20", "09:40"), 40, "clinician") == (change.interval, change.minutes, change.to)
    assert "20 min ahead, 40 less than usual" in change.sentence


def test_the_block_in_the_way_is_named_with_the_minutes_it_gives():
    """Of a meeting of an hour five minutes are enough; the note says that something has to move."""
    change = advised([("10:00", "10:30")], [("10:15", "11:15")])["block"]

    assert (at("10:00", "10:20"), 5) == (change.interval, change.minutes)
    assert "It takes 5 min of what is taken Mon 23 Nov 2026, 10:15–11:15" in change.sentence
    assert "would have to move" in change.draft


def test_shorter_pauses_are_told_as_they_would_be():
    """A gap of half an hour holds the call with ten minutes of pauses, not with twenty."""
    ten = Habits(10 * MINUTE, 10 * MINUTE)
    change = advised([("10:00", "11:00")], [("09:00", "10:10"), ("10:40", "12:00")], habits=ten)["prepare"]

    assert 10 == change.minutes
    assert 10 * MINUTE == change.habits.prepare + change.habits.wrap_up


def test_time_outside_hours_and_a_later_deadline_are_changes_too():
    """The window ends after the clinician goes home; it ends after the deadline."""
    evening = advised([("16:50", "17:30")])["protect"]
    assert (at("16:50", "17:10"), 10) == (evening.interval, evening.minutes)
    late = advised([("10:00", "11:00")], due="10:15")["later"]
    assert (at("10:00", "10:20"), 5, "payer") == (late.interval, late.minutes, late.to)


def test_a_colleague_whom_the_payer_is_not_known_to_take_is_asked_for_first():
    """It costs nobody anything but the question, which is told."""
    colleague = Clinician("Practitioner/2", "Dr Cover", "America/Chicago")
    cover = diary_of(colleague, (), at("10:00", "11:00"), verified=True, stands_in="Who may speak is not known.")
    changes = advised([("10:00", "11:00")], [("09:00", "17:00")], asked=[cover])

    assert "colleague" == next(iter(changes))
    assert "Practitioner/2" == changes["colleague"].clinician
    assert "Ask first: Who may speak is not known." in changes["colleague"].sentence


def test_where_two_things_are_in_the_way_no_single_change_is_told():
    """Busy and after the deadline: neither alone helps; a further time of the payer does."""
    assert {"window"} == set(advised([("11:00", "11:20")], [("11:00", "11:20")], due="10:30"))


class Asked:
    """A situation as it is asked, and asked again with one thing changed."""

    def __init__(self, of):
        self.of = of
        self.windows = [
            OfferedWindow(str(n), each, "phone", slot=f"s{n}" if exact else None)
            for n, (each, exact) in enumerate(of["windows"])
        ]
        self.clinician = Clinician("P/1", "Dr Test", of["zone"], of["hours"])
        self.horizon = Interval(of["now"], of["now"] + HORIZON * MINUTE)

    def diary(self, span=None, **changed):
        of = self.of | changed
        span = span or span_of(each.interval for each in self.windows)
        return diary_of(self.clinician, of["busy"], span, verified=True, habits=of["habits"])

    def clocks(self, due):
        return [] if due is None else [Clock("p2p_window", None, self.of["now"] + due * MINUTE, "", "", "")]

    def fits(self, *windows, **changed):
        """Whether any call can be had."""
        of = self.of | changed
        diary = self.diary(span_of(each.interval for each in (*self.windows, *windows)), **changed)
        terms = {"length": of["length"] * MINUTE, "notice": of["notice"] * MINUTE, "now": of["now"]}
        try:
            return bool(rank_slots([*self.windows, *windows], [diary], self.clocks(of["due"]), **terms))
        except NothingLeft:
            return False

    def changes(self):
        """Return what is advised, by kind."""
        of = self.of
        terms = terms_of(
            self.clocks(of["due"]), length=of["length"] * MINUTE, notice=of["notice"] * MINUTE, now=of["now"]
        )
        found = changes_for(
            self.windows, [self.diary()], terms, ahead=[self.diary(self.horizon)], open_hours=[self.horizon]
        )
        return {each.kind: each for each in found}


class Needs(Grid):
    """What every minute's call needs, counted minute by minute."""

    def __init__(self, of):
        super().__init__(of)
        self.worked = Grid(of | {"busy": []}).free if of["busy"] else self.free
        self.due = 10**6 if of["due"] is None else of["due"]

    def starts(self):
        """Yield (start, length) of every call that a window holds from now on."""
        for window, exact in self.of["windows"]:
            begins, ends = ((each - self.of["now"]) // MINUTE for each in (window.start, window.end))
            length = ends - begins if exact else self.of["length"]
            if length >= self.of["length"]:
                yield from (
                    (each, length) for each in range(max(begins, 0), ends - length + 1) if not exact or each == begins
                )

    def wrong(self, start, length):
        """Return (soon, late, hasty, busy minutes, minutes off, whether several blocks) of one call."""
        needed = range(start - self.before, start + length + self.after)
        busy = [each for each in needed if any(b.contains(self.of["now"] + each * MINUTE) for b in self.of["busy"])]
        off = sum(each not in self.worked for each in needed)
        gaps = bool(busy) and busy[-1] - busy[0] + 1 != len(busy)
        late = max(0, start + length - self.due)
        return max(0, self.of["notice"] - start), late, max(0, self.before - start), len(busy), off, gaps

    def least(self, kind):
        """Return the fewest minutes of one kind that make a call fit, None where no such change does."""
        at = {"notice": 0, "later": 1, "block": 3, "protect": 4}[kind]
        found = []
        for each in self.starts():
            amounts = self.wrong(*each)
            others = [n for i, n in enumerate(amounts[:5]) if i != at]
            if amounts[at] and not any(others) and not (kind == "block" and amounts[5]):
                found.append(amounts[at])
        return min(found, default=None)

    def least_more(self):
        """Return the fewest minutes that the payer must add to what it offers."""
        length, found = self.of["length"], []
        blocks = [each for each, exact in self.of["windows"] if not exact]
        for start in range(self.earliest, min(HORIZON, self.due) - length + 1):
            if self.free.issuperset(range(start - self.before, start + length + self.after)):
                call = Interval(*(self.of["now"] + each * MINUTE for each in (start, start + length)))
                shared = [min(call.end, each.end) - max(call.start, each.start) for each in blocks]
                found.append(length - max([each // MINUTE for each in shared if each > 0 * MINUTE], default=0))
        return min(found, default=None)


@pytest.mark.timeout(7200 if NIGHTLY else 120)
@settings(
    max_examples=2_000 if NIGHTLY else 60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(situations())
def test_each_change_makes_a_call_fit_and_nothing_smaller_of_its_kind_does(of):
    """Against the grid of minutes: the amount is the least there is; where a kind is not advised, none would do."""
    of |= {"places": {}, "habits": replace(of["habits"], travel=0 * MINUTE)}
    asked = Asked(of)
    assume(not asked.fits())
    changes, needs = asked.changes(), Needs(of)

    for kind in ("notice", "later", "block", "protect"):
        assert needs.least(kind) == (changes[kind].minutes if kind in changes else None), kind
    assert needs.least_more() == (changes["window"].minutes if "window" in changes else None)
    for kind, change in changes.items():
        assert applied(asked, kind, change), kind
        assert change.sentence and change.draft and change.to in ("payer", "clinician")
    pauses = (of["habits"].prepare, of["habits"].wrap_up)
    if "prepare" in changes:
        assert not any(asked.fits(habits=each) for each in shorter(of["habits"], changes["prepare"].minutes - 1))
    else:
        assert not any(pauses) or not asked.fits(habits=replace(of["habits"], prepare=0 * MINUTE, wrap_up=0 * MINUTE))


def applied(asked, kind, change):
    """Whether a call fits with this change made."""
    of, habits = asked.of, asked.of["habits"]
    (needed,) = habits.around((change.interval,))
    if kind == "notice":
        return asked.fits(notice=of["notice"] - change.minutes)
    if kind == "later":
        return asked.fits(due=of["due"] + change.minutes)
    if kind == "block":
        return asked.fits(busy=list(subtract(of["busy"], (needed,))))
    if kind == "prepare":
        return asked.fits(habits=change.habits)
    if kind == "window":
        return asked.fits(OfferedWindow("more", change.interval, "phone"))
    diary = asked.diary()
    closed = subtract((diary.span,), normalise((*diary.worked, needed)))
    return Asked(of | {"hours": ()}).fits(busy=[*of["busy"], *closed], habits=replace(habits, protected=(), clinic=()))


def shorter(habits, minutes):
    """Return the habits with so many minutes less of pauses, in every way."""
    for less in range(minutes + 1):
        before, after = habits.prepare - less * MINUTE, habits.wrap_up - (minutes - less) * MINUTE
        if before >= 0 * MINUTE and after >= 0 * MINUTE:
            yield replace(habits, prepare=before, wrap_up=after)
