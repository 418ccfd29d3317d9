"""The morning plan: keepable whatever is asked, near the best by itself, and every reason and advice true."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings

from app.core.interval import Interval
from app.core.plan import PlanCase, PlanWindow, Question, make_plan
from app.core.plan.board import board_of
from app.core.plan.bound import at_most
from app.core.plan.question import fitting_step
from tests.builders import MONDAY, hours
from tests.plans import best_score, faults, held_of, questions, worth

TEN = timedelta(minutes=10)


def span(start: float, end: float) -> Interval:
    """Return the time between two hours from Monday's start."""
    return Interval(MONDAY + hours(start), MONDAY + hours(end))


def a_case(id: str, *windows: PlanWindow | Interval, **more) -> PlanCase:
    """Return a case of twenty minutes that Dr A may take, due in eight hours."""
    offered = tuple(PlanWindow(each) if isinstance(each, Interval) else each for each in windows)
    base = PlanCase(id, timedelta(minutes=20), MONDAY + hours(8), ("a",), offered)
    return replace(base, **more)


def plan(*cases: PlanCase, free=None, **more):
    """Return the plan of these cases; Dr A is free for eight hours unless told otherwise."""
    return make_plan(Question(MONDAY, cases, free or {"a": [span(0, 8)]}, **more))


def times(made) -> dict[str, tuple[str, float]]:
    """Return who takes each call, and how many hours from Monday's start."""
    return {each.case: (each.clinician, (each.interval.start - MONDAY) / hours(1)) for each in made.booked}


@given(questions(cases=5))
@settings(max_examples=150, deadline=None)
def test_a_plan_can_be_kept_and_never_saves_more_than_its_bound(question: Question):
    """Every case once; nobody in two calls; in a window, in free time, before the deadline; no seat taken twice."""
    assert [] == faults(question, make_plan(question))


@given(questions(cases=3))
@settings(max_examples=120, deadline=None)
def test_a_small_plan_is_as_good_as_any(question: Question):
    """By trying every plan there is: none saves more, and none exceeds what was called the most."""
    made, best = make_plan(question), best_score(question)

    assert len(made.booked) == best[0] <= made.bound
    assert worth(question, held_of(question, made)) == (
        made.score.number, made.score.weight, made.score.spare, made.score.joins
    )  # fmt: skip


@given(questions(cases=5))
@settings(max_examples=60, deadline=None)
def test_the_order_of_the_input_decides_nothing(question: Question):
    """Cases, clinicians and windows the other way round: the same plan to the last word."""
    turned = [
        replace(each, windows=each.windows[::-1], clinicians=each.clinicians[::-1]) for each in reversed(question.cases)
    ]
    free = {name: told[::-1] for name, told in reversed(question.free.items())}
    one, other = make_plan(question), make_plan(replace(question, cases=turned, free=free))

    assert (one.booked, one.bound) == (other.booked, other.bound)
    assert [each.case for each in one.unbooked] == [each.case for each in other.unbooked]


def test_a_call_begins_where_the_other_ends():
    """Half-open: twenty minutes and twenty minutes fit into forty, for clinician, window and deadline alike."""
    hour = span(0, 2 / 3)
    made = plan(a_case("one", hour), a_case("two", hour, deadline=hour.end), free={"a": [hour]})

    assert {"one": ("a", 0.0), "two": ("a", 1 / 3)} == times(made)
    assert (2, True) == (made.bound, made.saves_most)


@pytest.mark.parametrize(
    ("window", "more"),
    [
        (span(-2, -1), {}),
        (span(1, 1.25), {}),
        (span(0, 1), {"deadline": MONDAY + TEN}),
        (span(0, 1), {"clinicians": ("b",)}),
        (span(0, 1), {"clinicians": ()}),
        (PlanWindow(span(0, 1), "payer", 0), {}),
        (PlanWindow(span(0, 0.25), "slot", 1, whole=True), {}),
    ],
    ids=["over", "too short", "due before it ends", "busy", "nobody", "no seat", "slot too short"],
)
def test_what_cannot_be_is_not_planned(window, more):
    """Not before now, not after the deadline, nobody who is not free, no seat that is not there; said why, and what."""
    made = plan(a_case("one", window, **more), free={"a": [span(0, 8)], "b": []})

    assert ((), 0) == (made.booked, made.bound)
    assert made.unbooked[0].because and made.unbooked[0].advice


def test_a_seat_is_taken_by_one_case_only():
    """Two cases name one capacity with one seat, and two clinicians have time: one call."""
    seat, day = PlanWindow(span(1, 2), "payer-1", 1), [span(0, 8)]
    made = plan(a_case("one", seat), a_case("two", seat, clinicians=("b",)), free={"a": day, "b": day})

    assert (1, 1) == (len(made.booked), made.bound)


def test_windows_of_one_hour_are_two_unless_they_have_one_name():
    """Two payers may talk from one to two; that both told it does not make it one payer's seat."""
    one, two = a_case("one", PlanWindow(span(1, 2), seats=1)), a_case("two", PlanWindow(span(1, 2), seats=1))

    assert 2 == len(plan(one, two).booked)


def test_a_published_slot_is_taken_whole():
    """Its start is the call's start and its end the call's end, though the call is shorter."""
    made = plan(a_case("one", PlanWindow(span(1, 1.5), "Slot/1", 1, whole=True)))

    assert span(1, 1.5) == made.booked[0].interval


def test_more_cases_go_before_a_weightier_one():
    """One long call of high priority in the way of two short ones: the two are saved."""
    hour = span(0, 2 / 3)
    long = a_case("long", hour, length=timedelta(minutes=40), priority=9)
    made = plan(long, a_case("one", hour), a_case("two", hour), free={"a": [hour]})

    assert {"one", "two"} == set(times(made))


def test_of_equally_many_the_weightier_is_saved():
    """One seat: priority decides, however late its window ends."""
    seat = PlanWindow(span(1, 2), "payer", 1)
    made = plan(a_case("a-first", seat), a_case("z-urgent", seat, priority=5))

    assert ["z-urgent"] == [each.case for each in made.booked]


def test_who_cannot_wait_for_tomorrows_plan_goes_first():
    """Equal priority: the case that is over by tomorrow is saved; the other has another chance, and less to lose."""
    seat = PlanWindow(span(1, 2), "payer", 1)
    made = plan(a_case("a-later", seat, deadline=MONDAY + hours(90)), a_case("z-today", seat))

    assert ["z-today"] == [each.case for each in made.booked]


def test_a_call_comes_as_early_as_it_can():
    """Minutes to spare: of two windows the earlier one, and in it the first five minutes that are free."""
    made = plan(a_case("one", span(5, 6), span(2, 3)), free={"a": [span(2.05, 8)]})

    assert {"one": ("a", 2 + 1 / 12)} == times(made)
    assert 340 - 5 == made.booked[0].minutes_to_spare
    assert "the earliest that both sides can keep" in made.booked[0].because


def test_calls_stand_side_by_side_where_that_costs_nothing():
    """Two clinicians could take the second call at the same minute: it goes where it is no further interruption."""
    first = a_case("1", span(0, 1))
    second = a_case("2", span(1 / 3, 1), clinicians=("a", "b"))
    made = plan(first, second, free={"b": [span(0, 8)], "a": [span(0, 8)]})

    assert {"1": ("a", 0.0), "2": ("a", 1 / 3)} == times(made)
    assert 1 == made.interruptions


def test_a_reason_names_who_has_the_earlier_time():
    """The later call says to whom the earlier time is given, by the name that people use."""
    hour = span(0, 1)
    made = plan(a_case("one", hour, priority=2), a_case("two", hour), names={"one": "P-1", "two": "P-2"}, zone="UTC")
    said = {each.case: each.because for each in made.booked}

    assert "Mon 23 Nov 2026, 15:00 would be earlier and is given to P-1" in said["two"]
    assert "in one go with 1 other call" in said["one"]


def test_a_case_left_out_is_told_who_has_its_times_and_that_no_plan_helps():
    """One free piece, two cases: the second knows whose it is, and that it is no oversight."""
    hour = span(0, 1 / 3)
    made = plan(a_case("one", hour, priority=2), a_case("two", hour), free={"a": [hour]})

    assert (
        "Each time that would fit is given to others: one.",
        "No plan saves this case without losing another.",
    ) == made.unbooked[0].because


def test_advice_names_the_window_and_the_hour():
    """Dr A is free from four to six and the payer talks from one to two: either may move, by name and time."""
    made = plan(a_case("one", span(1, 2)), free={"a": [span(4, 6)]}, names={"a": "Dr A"})

    assert [
        "Ask the payer for a further time: Dr A is free Mon 23 Nov 2026, 19:00–21:00.",
        "Free Dr A Mon 23 Nov 2026, 16:00–16:20, when the payer talks.",
    ] == [each.sentence for each in made.unbooked[0].advice]


def test_advice_is_small_before_it_is_large():
    """Five minutes of clinic to give before a whole further window to ask for."""
    made = plan(a_case("one", span(1, 2)), free={"a": [span(1.75, 2), span(4, 6)]}, names={"a": "Dr A"})

    assert ["hour", "window"] == [each.kind for each in made.unbooked[0].advice]
    assert span(5 / 3, 2) == made.unbooked[0].advice[0].interval


def test_no_case_no_plan():
    """Nothing to plan is no error."""
    made = plan()

    assert ((), (), 0, True) == (made.booked, made.unbooked, made.bound, made.saves_most)


@pytest.mark.parametrize(("minutes", "step"), [(5, 5), (7, 1)])
def test_the_step_loses_no_call(minutes: int, step: int):
    """Round times give round starts; where anything is odd, every full minute is tried."""
    cases = [a_case("one", span(0, 1), length=timedelta(minutes=minutes))]

    assert timedelta(minutes=step) == fitting_step(cases, {"a": [span(0, 1)]})


def test_an_odd_window_is_a_time_by_itself():
    """The payer said 12:07 to 12:27: that is a time for twenty minutes, on whatever grid others stand."""
    odd = Interval(MONDAY + timedelta(minutes=7), MONDAY + timedelta(minutes=27))

    assert odd == plan(a_case("one", odd)).booked[0].interval


def test_what_cannot_be_exceeded_is_counted_without_a_solver():
    """Three cases for one seat, three for one short hour: neither seats nor hours alone allow more."""
    seat, hour = PlanWindow(span(0, 8), "payer", 1), span(0, 0.5)
    three = [a_case(f"{each}", seat, clinicians=(each,)) for each in "abc"]
    rested = {each: [span(0, 8)] for each in "abc"}
    short = [a_case(each, hour) for each in "def"]

    assert 1 == at_most(board_of(Question(MONDAY, three, rested)))
    assert 1 == at_most(board_of(Question(MONDAY, short, {"a": [hour]})))
