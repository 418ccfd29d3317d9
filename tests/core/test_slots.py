"""Slots are times both sides keep: inside windows, worked, free, noticed, before the clock; best first, explained."""

import os
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import groupby, permutations
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.case import Clock, OfferedWindow
from app.core.interval import WEEKDAYS, Interval, span_of
from app.core.people import Clinician, Reviewer, WorkingHours
from app.core.slots import Habits, NothingLeft, diary_of, rank_slots

MINUTE = timedelta(minutes=1)
MONDAY = datetime(2026, 11, 23, 14, tzinfo=UTC)  # 09:00 in New York
NEW_YORK = ZoneInfo("America/New_York")


def at(words, end=None):
    """Return an instant, or an interval, of that Monday in New York."""
    start = datetime.combine(MONDAY.date(), time.fromisoformat(words), NEW_YORK).astimezone(UTC)
    return start if end is None else Interval(start, at(end))


def told(start, end, **more):
    """Return a window told by telephone."""
    return OfferedWindow(more.pop("id", f"{start}-{end}"), at(start, end), "phone", **more)


def published(start, end, slot):
    """Return an exact slot of the payer."""
    return OfferedWindow(slot, at(start, end), "published", slot=slot)


def ends(words, name="p2p_window", *, firm=True):
    """Return a clock that ends then."""
    return Clock(name, None, at(words), "rule", "https://source.example", "because", firm)


def rank(
    windows, busy=(), clocks=(), *, hours=("09:00", "17:00"), length=20, notice=0, now=MONDAY, verified=True, **more
):
    """Return the slots for a clinician of New York."""
    kept = () if hours is None else weekdays(*hours)
    clinician = Clinician("Practitioner/1", "Dr Test", "America/New_York", kept)
    told = {each: more.pop(each) for each in ("habits", "places", "calls") if each in more}
    span = span_of(each.interval for each in windows)
    diaries = [diary_of(clinician, busy, span, verified=verified, **told), *more.pop("others", ())]
    return rank_slots(windows, diaries, clocks, length=length * MINUTE, notice=notice * MINUTE, now=now, **more)


def weekdays(start, end):
    """Return the same hours from Monday to Friday."""
    return tuple(WorkingHours(day, time.fromisoformat(start), time.fromisoformat(end)) for day in WEEKDAYS[:5])


def starts(slots):
    """Return where slots start, as clocks in New York show it."""
    return [f"{each.interval.start.astimezone(NEW_YORK):%H:%M}" for each in slots]


def misses(*args, **more):
    """Return the near misses of a search that finds nothing."""
    with pytest.raises(NothingLeft) as nothing:
        rank(*args, **more)
    return nothing.value.nearest_misses


def test_slot_must_end_before_the_clock():
    """A call that ends after the P2P window no longer counts; one that ends with it does."""
    slots = rank([told("09:00", "10:00")], clocks=[ends("09:20")], length=15)

    assert ["09:00", "09:05"] == starts(slots)
    assert [5, 0] == [each.minutes_to_spare for each in slots]


def test_slot_lies_inside_one_window():
    """Two windows that do not touch are not one."""
    assert ["10:00", "10:30"] == starts(rank([told("10:00", "10:20"), told("10:30", "10:50")]))


def test_slot_is_never_over_busy_time():
    """Touching is free, overlapping is not."""
    assert ["10:00", "10:40"] == starts(rank([told("10:00", "11:00")], [at("10:20", "10:40")]))


def test_slot_keeps_to_working_hours_in_the_clinicians_zone():
    """A window from eight to ten; the clinician begins at half past nine."""
    assert ["09:30", "09:35", "09:40"] == starts(rank([told("08:00", "10:00")], hours=("09:30", "17:00")))


def test_slot_needs_notice():
    """Half an hour's notice from 09:03."""
    assert ["09:35", "09:40"] == starts(rank([told("09:00", "10:00")], notice=30, now=MONDAY + 3 * MINUTE))


def test_slots_start_on_five_minutes():
    """A window from 10:02 to 10:33 holds 10:05 and 10:10."""
    assert ["10:05", "10:10"] == starts(rank([told("10:02", "10:33")]))


def test_a_told_time_of_just_the_calls_length_is_offered_as_told():
    """12:07 to 12:27 is a time, not a block: the grid would lose it."""
    assert ["12:07"] == starts(rank([told("12:07", "12:27")]))


def test_a_published_slot_is_taken_whole_where_it_stands():
    """Thirty minutes from 10:07 stay thirty minutes from 10:07, though the call needs twenty."""
    (slot,) = rank([published("10:07", "10:37", "Slot/1")])

    assert (at("10:07", "10:37"), "Slot/1", "Slot/1") == (slot.interval, slot.payer_slot, slot.window_id)


def test_a_published_slot_partly_busy_or_too_short_is_not_offered():
    """It cannot be cut."""
    kinds = [
        each.blocks
        for each in misses([published("10:00", "10:30", "a"), published("11:00", "11:10", "b")], [at("10:25", "10:26")])
    ]

    assert ("busy",) in kinds and ("too_short",) in kinds


def test_one_time_offered_twice_is_one_slot_and_the_published_one():
    """The payer's own slot is surer than a word on the telephone."""
    (slot,) = rank([told("10:00", "10:20"), published("10:00", "10:20", "Slot/1")])

    assert "Slot/1" == slot.payer_slot


def test_more_spare_time_goes_first_then_the_undisturbed_then_the_earlier():
    """
    Steps of spare time first, what the call does to the day second, time last.

    Beside one appointment nothing else is interrupted; free on both sides work is; wedged in, the next one waits.
    """
    windows = [told("10:00", "10:20"), told("11:00", "11:20"), told("12:00", "12:20"), told("15:00", "15:20")]
    busy = [at("09:30", "10:00"), at("10:20", "10:40"), at("12:20", "12:30")]

    slots = rank(windows, busy, [ends("16:30")])

    assert ["12:00", "11:00", "10:00", "15:00"] == starts(slots)
    assert "right next to another appointment, which interrupts least" == slots[0].because[1]
    assert "free before and after" == slots[1].because[1]
    assert "wedged between two appointments" == slots[2].because[1]


def test_the_order_never_depends_on_the_inputs_order():
    """Every order of windows and busy times gives the same list."""
    windows = [
        told("10:00", "10:40"),
        told("10:20", "11:00"),
        published("10:20", "10:40", "s1"),
        published("10:20", "10:40", "s2"),
    ]
    busy = [at("09:00", "09:30"), at("10:55", "11:30"), at("11:00", "11:10")]
    expected = rank(windows, busy, [ends("16:00"), ends("12:00", "offer")])

    for mixed in permutations(windows):
        assert expected == rank(mixed, busy[::-1], [ends("12:00", "offer"), ends("16:00")])


def test_each_slot_says_why():
    """Spare time and which clock, what it touches, where the time comes from."""
    (slot,) = rank([told("10:00", "10:20", told_by="the payer's scheduler")], clocks=[ends("11:30", "offer")])

    assert (
        "70 min to spare before the payer's own deadline",
        "free before and after, in a free half-day",
        "in the window told by the payer's scheduler",
    ) == slot.because


def test_an_unread_calendar_and_unknown_hours_are_said():
    """Nothing is offered as if it were sure."""
    (slot,) = rank([told("20:00", "20:20")], hours=None, verified=False)

    assert "the calendar could not be read: check that this time is free" == slot.because[0]
    assert "working hours are not known" in slot.because
    assert "no deadline is known" in slot.because
    assert slot.minutes_to_spare is None


def test_a_clock_that_is_not_firm_warns_and_does_not_forbid():
    """What the payer offers after our cautious reading is offered, last, and says so."""
    slots = rank(
        [told("10:00", "10:20"), told("15:00", "15:20")], clocks=[ends("12:00", firm=False), ends("16:00", "offer")]
    )

    assert ["10:00", "15:00"] == starts(slots)
    assert -200 == slots[1].minutes_to_spare
    assert slots[1].because[0].startswith("3 h after the cautious deadline")


def test_limit_keeps_the_best():
    """The limit cuts at the end."""
    windows = [told("09:00", "12:00")]

    assert rank(windows)[:3] == rank(windows, limit=3)


def minutes(**told):
    """Return habits of so many minutes."""
    return Habits(**{name: each * MINUTE for name, each in told.items()})


def test_a_call_is_prepared_for_and_wrapped_up():
    """Ten minutes before and five after it are free as well, inside working hours; the window holds the call alone."""
    busy, kept = [at("10:20", "10:40")], minutes(prepare=10, wrap_up=5)

    assert ["09:55", "10:50", "10:55"] == sorted(starts(rank([told("09:55", "11:15")], busy, habits=kept)))
    assert ["09:10", "09:15"] == starts(rank([told("09:00", "09:35")], habits=kept))
    (before, *_) = misses([told("10:00", "10:20")], busy, habits=minutes(wrap_up=5))
    assert "no time to prepare or wrap up: busy 10:20–10:40" in before.sentence


def test_who_goes_to_another_place_needs_the_way():
    """Half an hour between two places is gone before the call or after it; within one place it is not."""
    busy = [at("09:00", "10:00"), at("11:00", "12:00")]
    apart, window = dict(zip(busy, ("clinic", "hospital"), strict=True)), [told("10:00", "11:00")]

    slots = rank(window, busy, places=apart, habits=minutes(travel=30))
    assert ["10:00", "10:05", "10:10", "10:30", "10:35", "10:40"] == sorted(starts(slots))
    assert 9 == len(rank(window, busy, places=dict.fromkeys(busy, "clinic"), habits=minutes(travel=30)))
    (miss, *_) = misses([told("10:10", "10:40")], busy, places=apart, habits=minutes(travel=50))
    assert ("travel",) == miss.blocks and "no 50 min left to get to the next place" in miss.sentence


def test_protected_time_goes_first_and_clinic_is_left_alone():
    """Clinic all morning but for the half hour that is kept for calls; what is not clinic comes after it."""
    kept = Habits(clinic=weekdays("09:00", "12:00"), protected=weekdays("11:00", "11:30"))
    slots = rank([told("10:00", "12:30")], habits=kept)

    assert ["11:00", "11:05", "11:10", "12:00", "12:05", "12:10"] == starts(slots)
    assert "in time kept for such calls" in slots[0].because
    assert ("clinic",) == misses([told("10:00", "10:20")], habits=kept)[0].blocks


def test_calls_with_one_payer_are_grouped():
    """Of times that are alike otherwise, the one near another call with this payer goes first, and says so."""
    other = at("12:50", "13:00")
    windows = [told("10:00", "10:20"), told("13:50", "14:10")]
    slots = rank(windows, [other], calls=[other], hours=None)

    assert ["13:50", "10:00"] == starts(slots)
    assert "near another call with this payer" in slots[0].because
    assert ["10:00", "13:50"] == starts(rank(windows, [other], hours=None))


def test_a_reviewer_of_our_specialty_goes_first():
    """Same, then unknown, then another; the words are the payer's own."""
    who = {"10:00": "Internal medicine", "11:00": None, "12:00": "orthopaedic surgery"}
    windows = [replace(told(at_, f"{at_[:3]}20"), reviewer=Reviewer(specialty=each)) for at_, each in who.items()]
    slots = rank(windows, specialty="Orthopaedic Surgery")

    assert ["12:00", "11:00", "10:00"] == starts(slots)
    assert "the reviewer is of the same specialty" in slots[0].because
    assert "the reviewer is of another specialty (Internal medicine)" in slots[2].because


def test_a_colleague_stands_in_after_the_clinician_and_before_less_time_to_spare():
    """Alike to spare, the own clinician goes first; a colleague with hours to spare before a last hour."""
    window = [told("10:00", "10:20"), told("15:00", "15:20")]
    colleague = Clinician("Practitioner/2", "Dr Cover", "America/New_York", weekdays("09:00", "17:00"))
    cover = diary_of(colleague, (), span_of(each.interval for each in window), verified=True, stands_in="covers")

    slots = rank(window, clocks=[ends("16:00")], others=[cover])
    assert [("10:00", "Dr Test"), ("10:00", "Dr Cover"), ("15:00", "Dr Test"), ("15:00", "Dr Cover")] == [
        (when, each.clinician.name) for when, each in zip(starts(slots), slots, strict=True)
    ]
    assert [False, True] == [each.stands_in for each in slots[:2]]
    assert "Dr Cover calls: covers" == slots[1].because[0]
    taken = rank(window, [at("10:00", "10:20")], [ends("16:00")], others=[cover])
    assert ("10:00", "Dr Cover") == (starts(taken)[0], taken[0].clinician.name)


@pytest.mark.parametrize(
    ("windows", "busy", "clocks", "more", "blocks", "words"),
    [
        ([("10:00", "10:20")], [("10:10", "10:15")], [], {}, ("busy",), "busy 10:10–10:15"),
        ([("18:00", "18:20")], [], [], {}, ("outside_hours",), "outside working hours"),
        ([("10:00", "10:20")], [], ["10:10"], {}, ("after_deadline",), "ends 10 min after the deadline"),
        ([("09:10", "09:30")], [], [], {"notice": 30}, ("too_soon",), "begins 20 min sooner than the notice allows"),
        ([("10:00", "10:15")], [], [], {}, ("too_short",), "5 min shorter than the call"),
    ],
)
def test_nothing_left_names_what_blocks(windows, busy, clocks, more, blocks, words):
    """Each near miss says what stands in its way."""
    found = misses(
        [told(*each) for each in windows], [at(*each) for each in busy], [ends(each) for each in clocks], **more
    )

    assert blocks == found[0].blocks
    assert found[0].interval.start == at(windows[0][0])
    assert words in found[0].sentence and "Mon 23 Nov 2026" in found[0].sentence


def test_near_misses_are_the_nearest_apart_and_name_free_time_that_is_not_offered():
    """Least in the way first, no two over the same time; the last is free time the payer does not offer."""
    found = misses([told("10:00", "12:00")], [at("09:00", "11:45"), at("11:50", "16:30")], [ends("17:00")])

    assert [("busy",), ("busy",), ("payer_closed",)] == [each.blocks for each in found]
    assert "11:30" == starts(found)[0]
    assert "16:30" == starts(found)[2]
    assert not any(a.interval.overlaps(b.interval) for a, b in permutations(found, 2))


def test_no_window_at_all_still_says_when_we_could():
    """The payer offered nothing: the first free time is named."""
    (miss,) = misses([])

    assert (("payer_closed",), ["09:00"]) == (miss.blocks, starts([miss]))


def test_past_windows_are_no_near_miss():
    """What is over helps nobody."""
    assert all(each.interval.start >= MONDAY for each in misses([told("08:00", "08:30")]))


# Against a brute-force grid of minutes.

NIGHTLY = os.environ.get("PARLEY_NIGHTLY") == "1"
SPRING = datetime(2026, 3, 7, 12, tzinfo=UTC)  # the clocks go forward in the night to Sunday
AUTUMN = datetime(2026, 10, 31, 18, tzinfo=UTC)  # and back
DAYS = 2
AROUND = 300  # minutes beside the windows that the grid reaches
ZONES = ("America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Europe/London")


@st.composite
def hours_of_a_day(draw):
    """The same hours on every day of the week: up to three blocks of them, by quarters of an hour."""
    blocks = draw(st.lists(st.tuples(st.integers(0, 95), st.integers(1, 40)), max_size=3))
    walls = [(_wall(begin), _wall(min(begin + length, 96))) for begin, length in blocks]
    return tuple(WorkingHours(day, *each) for each in walls for day in WEEKDAYS)


def _wall(quarters):
    return time(quarters % 96 // 4, quarters % 4 * 15)


@st.composite
def situations(draw):
    """Windows, busy time somewhere, a clinician's hours and habits, a length, notice and a deadline, in some zone."""
    begins = draw(st.sampled_from((SPRING, AUTUMN)))
    pieces = st.tuples(st.integers(0, DAYS * 24 * 60), st.integers(1, 240))
    interval = pieces.map(lambda each: Interval(begins + each[0] * MINUTE, begins + (each[0] + each[1]) * MINUTE))
    busy = draw(st.lists(interval, max_size=8))
    minutes = st.integers(0, 40).map(lambda each: each * MINUTE)
    return {
        "now": begins,
        "windows": draw(st.lists(st.tuples(interval, st.booleans()), min_size=1, max_size=5)),
        "busy": busy,
        "places": {each: place for each in busy if (place := draw(st.sampled_from((None, "east", "west"))))},
        "zone": draw(st.sampled_from(ZONES)),
        "hours": draw(hours_of_a_day()),
        "habits": Habits(
            *(draw(st.just(0 * MINUTE) | minutes) for _ in "pwt"), draw(hours_of_a_day()), draw(hours_of_a_day())
        ),
        "length": draw(st.integers(5, 60)),
        "notice": draw(st.integers(0, 120)),
        "due": draw(st.none() | st.integers(0, DAYS * 24 * 60)),
    }


class Grid:
    """Every minute of a situation, each asked by itself."""

    def __init__(self, of):
        self.of, self.zone = of, ZoneInfo(of["zone"])
        habits, self.before = of["habits"], of["habits"].prepare // MINUTE
        self.after, self.way = habits.wrap_up // MINUTE, habits.travel // MINUTE
        self.earliest = max(of["notice"], self.before)
        span = range(-AROUND, DAYS * 24 * 60 + 240 + AROUND)
        self.free = {minute for minute in span if self._is_free(of["now"] + minute * MINUTE)}

    def _is_free(self, instant):
        of = self.of
        if any(each.contains(instant) for each in of["busy"]):
            return False
        if self._runs(of["habits"].protected, instant):
            return True
        return (not of["hours"] or self._runs(of["hours"], instant)) and not self._runs(of["habits"].clinic, instant)

    def _runs(self, hours, instant):
        wall = instant.astimezone(self.zone).time()
        return any(each.start <= wall and (each.end == time(0) or wall < each.end) for each in hours)

    def slots(self):
        """Return (start, end) of every slot."""
        return {slot for window, exact in self.of["windows"] for slot in self._slots_in(window, exact)}

    def _slots_in(self, window, exact):
        begins, ends = ((each - self.of["now"]) // MINUTE for each in (window.start, window.end))
        length = ends - begins if exact else self.of["length"]
        if length < self.of["length"]:
            return
        due = self.of["due"]
        last = min(ends, ends if due is None else due) - length
        for first in (True, False):  # the way to the next place is gone first, or last
            starts = [
                each for each in range(max(begins, self.earliest), last + 1) if self._has_room(each, length, first)
            ]
            for run in consecutive(starts):
                on_grid = [each for each in run if (self.of["now"] + each * MINUTE).minute % 5 == 0]
                for start in run if exact else on_grid or run[:1]:
                    if not exact or start == begins:
                        yield self.of["now"] + start * MINUTE, self.of["now"] + (start + length) * MINUTE

    def _has_room(self, start, length, first):
        since, until = start - self.before, start + length + self.after
        if not self.free.issuperset(range(since, until)):
            return False
        edge, end = since, until
        while edge - 1 in self.free:
            edge -= 1
        while end in self.free:
            end += 1
        if not self.way or not self._is_elsewhere(edge, end):
            return True
        return since - edge >= self.way if first else end - until >= self.way

    def _is_elsewhere(self, edge, end):
        left = {place for each, place in self.of["places"].items() if each.end == self.of["now"] + edge * MINUTE}
        right = {place for each, place in self.of["places"].items() if each.start == self.of["now"] + end * MINUTE}
        return len(left) == len(right) == 1 and left != right


def consecutive(numbers):
    """Return the unbroken runs of sorted numbers."""
    return [[n for _, n in run] for _, run in groupby(enumerate(numbers), key=lambda each: each[1] - each[0])]


@pytest.mark.timeout(3600 if NIGHTLY else 120)
@settings(max_examples=10_000 if NIGHTLY else 120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(situations())
def test_slots_are_those_of_a_minute_grid(of):
    """Every five-minute start whose every minute is offered, worked, free, noticed and in time; no other, none lost."""
    offers = [
        OfferedWindow(str(n), each, "phone", slot=f"s{n}" if exact else None)
        for n, (each, exact) in enumerate(of["windows"])
    ]
    expected = Grid(of).slots()
    due = None if of["due"] is None else of["now"] + of["due"] * MINUTE
    clinician = Clinician("P/1", "Dr Test", of["zone"], of["hours"])
    span = span_of(each.interval for each in offers)
    try:
        slots = rank_slots(
            offers,
            [diary_of(clinician, of["busy"], span, verified=True, habits=of["habits"], places=of["places"])],
            [] if due is None else [Clock("p2p_window", None, due, "", "", "")],
            length=of["length"] * MINUTE,
            notice=of["notice"] * MINUTE,
            now=of["now"],
            limit=100_000,
        )
    except NothingLeft as nothing:
        slots = ()
        assert len(nothing.nearest_misses) <= 3

    assert expected == {(each.interval.start, each.interval.end) for each in slots}
    assert len(expected) == len(slots)
    assert due is None or all((due - each.interval.end) // MINUTE == each.minutes_to_spare >= 0 for each in slots)
    assert all(each.because for each in slots)
