"""A broken call rule asks for one step after another, in the payer's working hours, until something settles it."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.call.ladder import (
    NoSuchLadder,
    begin_ladders,
    climb_ladders,
    leave_ladder,
    open_after,
    settle_ladders,
    take_step,
)
from app.core.case import CaseState, Outcome, TakenAct, act_by
from app.core.next_action import next_action_of
from app.core.people import Reviewer
from app.core.rulebook.calls import BROKEN
from app.edges.rulebook import RuleBook
from tests.builders import CLINICIAN, MONDAY, a_booked_case, a_booking, a_case, an_attempt, hours

BOOK = RuleBook.load(Path(__file__).parents[2] / "app" / "rules")
RULES = BOOK.calls
OPEN = BOOK.calendar.usual_hours("America/New_York")  # 9 to 17 on business days
FRIDAY = datetime(2026, 11, 20, 16, 0, tzinfo=ZoneInfo("America/New_York"))


def begun(key, case=None, *, now=MONDAY, about="a1"):
    """Return a case whose attempt a1 broke this rule."""
    told = case or a_case(state=CaseState.OFFERED, last_safe_at=None, attempts=(an_attempt(result="x"),))
    return begin_ladders(told, about, (key,), RULES, hours=OPEN, now=now)


def climbed(case, now):
    """Return the case as it stands by then."""
    return climb_ladders(case, RULES, hours=OPEN, now=now)[0]


def settled(case, **changes):
    """Return why the case's ladder is over after these changes, None while it stands."""
    return settle_ladders(replace(case, **changes), RULES, now=MONDAY + hours(1)).escalations[0].ended


def test_a_call_back_in_the_same_minute_takes_the_step():
    """A form tells minutes: whoever calls back at once, and logs it, is not asked to call back."""
    case = begun("outside_window", now=MONDAY + timedelta(seconds=40))
    called = replace(
        case, attempts=(*case.attempts, an_attempt(id="a2", at=MONDAY, result="no_answer", reached="nobody"))
    )

    assert settle_ladders(called, RULES, now=MONDAY + hours(1)).escalations[0].is_taken


@pytest.mark.parametrize(
    ("amount", "ends"),
    [(0, "2026-11-20 16:00"), (1, "2026-11-20 17:00"), (2, "2026-11-23 10:00"), (9, "2026-11-23 17:00")],
)
def test_hours_are_the_payers_working_hours(amount, ends):
    """From Friday at four nothing falls due on the weekend, when nobody is there to be told."""
    zone = ZoneInfo("America/New_York")

    assert ends == f"{open_after(OPEN, FRIDAY, amount).astimezone(zone):%Y-%m-%d %H:%M}"


def test_a_missed_call_is_booked_again_then_told_a_supervisor_then_the_medical_director():
    """Issue 6, point 2: at once, after some hours, and at last the medical director and the complaint channel."""
    case = begun("payer_no_show")
    (first,) = case.escalations
    (second,) = climbed(case, first.next_at).escalations
    (third,) = climbed(case, second.next_at).escalations

    assert [("rebook", "coordinator"), ("escalate", "coordinator"), ("escalate", "manager")] == [
        (each.kind, each.owner) for each in (first, second, third)
    ]
    assert first.fell_at == MONDAY and third.next_at is None
    assert ["scheduling", "supervisor", "medical director"] == [
        next(word for word in ("scheduling", "supervisor", "medical director") if word in each.told_to)
        for each in (first, second, third)
    ]
    assert case.payer_name in first.text and "{" not in first.text + second.text + third.text


def test_before_a_step_falls_due_nothing_rises_and_twice_is_once():
    """A minute early is early; the same pass again changes nothing."""
    case = begun("payer_no_show")
    due = case.escalations[0].next_at
    higher, rose = climb_ladders(case, RULES, hours=OPEN, now=due)

    assert (case, ()) == climb_ladders(case, RULES, hours=OPEN, now=due - timedelta(minutes=1))
    assert 1 == len(rose)
    assert (higher, ()) == climb_ladders(higher, RULES, hours=OPEN, now=due)


@given(st.sampled_from(BROKEN), st.lists(st.integers(0, 400), max_size=6), st.none() | st.integers(1, 90))
def test_how_often_it_is_looked_does_not_matter(key, looks, left):
    """A worker that slept comes to the same step, due at the same time, as one that looked all along."""
    safe = None if left is None else MONDAY + hours(left)
    case = begun(key, a_case(state=CaseState.OFFERED, last_safe_at=safe, attempts=(an_attempt(),)))
    last = MONDAY + hours(max(looks, default=0))
    often = case
    for each in sorted(looks):
        often = climbed(often, MONDAY + hours(each))

    assert climbed(case, last) == often


@given(st.sampled_from(BROKEN), st.integers(1, 2000))
def test_the_whole_ladder_fits_into_the_time_that_is_left(key, minutes):
    """Where the time to book runs out, no step waits for a moment at which it is of no use any more."""
    safe = MONDAY + timedelta(minutes=minutes)
    case = begun(key, a_case(state=CaseState.OFFERED, last_safe_at=safe, attempts=(an_attempt(),)))
    falls = []
    while case.escalations[0].next_at is not None:
        found = case.escalations[0]
        assert found.fell_at <= found.due_at <= found.next_at
        falls.append(found.next_at)
        case = climbed(case, found.next_at)

    assert sorted(falls) == falls
    assert all(each < safe for each in falls)


def test_a_rule_that_is_broken_again_goes_on_where_it_stands():
    """Five times on hold are five entries of the log and one ladder."""
    case = begun("held_too_long")
    again = begin_ladders(case, "a2", ("held_too_long",), RULES, hours=OPEN, now=MONDAY + hours(3))

    assert case == again


@pytest.mark.parametrize(
    ("key", "changes", "why"),
    [
        ("payer_no_show", {"booking": a_booking(made_at=MONDAY)}, "a call is booked"),
        ("payer_no_show", {"state": CaseState.CLOSED}, "the case is closed"),
        ("payer_no_show", {"attempts": (an_attempt(result="x"), an_attempt(id="a2"))}, "the call was held"),
        (
            "payer_no_show",
            {"attempts": (an_attempt(result="x"), an_attempt(id="a2", result="x", corrects="a1"))},
            "the entry was corrected",
        ),
        ("outside_window", {"attempts": (an_attempt(),)}, "the call was held"),
        (
            "wrong_specialty",
            {"outcome": Outcome("o", "approved", False, MONDAY, "Ann")},
            "it was approved",
        ),
        (
            "wrong_specialty",
            {
                "attempts": (
                    an_attempt(),
                    an_attempt(id="a2", reviewer=Reviewer("R", "MD", CLINICIAN.specialty)),
                ),
            },
            "a reviewer of the specialty was had",
        ),
        (
            "not_identified",
            {"outcome": Outcome("o", "upheld", False, MONDAY, "Ann", reviewer=Reviewer("Dr R"))},
            "the reviewer's name is known",
        ),
        (
            "ended_early",
            {"acts": (TakenAct("t", "file_appeal", MONDAY, "Ann", 1, CaseState.DECIDED, CaseState.DECIDED),)},
            "an appeal was filed",
        ),
        ("held_too_long", {"attempts": (an_attempt(), an_attempt(id="a2", reached="staff"))}, "somebody was reached"),
    ],
)
def test_what_settles_a_rule_ends_its_ladder(key, changes, why):
    """And what does not leaves it standing."""
    case = begun(key, a_case(clinician=replace(CLINICIAN, specialty="Cardiology"), attempts=(an_attempt(result="x"),)))
    told = {"clinician": case.clinician, **changes}
    if key == "wrong_specialty" and "attempts" in told:
        told["attempts"] = (
            told["attempts"][0],
            replace(told["attempts"][1], reviewer=Reviewer("R", "MD", "cardiology")),
        )

    assert settled(case) is None
    assert why == settled(case, **told)


def test_a_cut_call_is_not_settled_by_itself():
    """It connected: only speaking again settles it."""
    case = begun("ended_early", a_booked_case(attempts=(an_attempt(),)))

    assert settled(case) is None
    assert "both sides spoke again" == settled(case, attempts=(an_attempt(), an_attempt(id="a2")))


def test_a_step_taken_is_kept_and_the_next_is_waited_for():
    """Told to whom, when, by whom; the last one ends the ladder; the same form twice is one step."""
    case = begun("wrong_specialty")
    taken = take_step(case, "a1", "wrong_specialty", 0, by="Ann", told="Pat at scheduling", now=MONDAY + hours(1))
    twice = take_step(taken, "a1", "wrong_specialty", 0, by="Ann", told="again", now=MONDAY + hours(2))
    (found,) = taken.escalations
    higher = climbed(taken, found.next_at)
    over = take_step(higher, "a1", "wrong_specialty", 1, by="Ann", told=None, now=found.next_at)

    assert taken == twice
    assert ("Pat at scheduling", "Ann") == (found.taken[0].told, found.taken[0].by)
    assert found.acts_by == found.next_at and found.stands
    assert ("every step of it was taken", 2) == (over.escalations[0].ended, len(over.escalations[0].taken))
    with pytest.raises(NoSuchLadder):
        take_step(case, "a1", "wrong_specialty", 1, by="Ann", told=None, now=MONDAY)
    with pytest.raises(NoSuchLadder):
        leave_ladder(over, "a1", "wrong_specialty", by="Ann", why="enough", now=MONDAY)


def test_a_ladder_may_be_left_for_a_reason():
    """By whom and why stands with it."""
    case = leave_ladder(begun("wrong_specialty"), "a1", "wrong_specialty", by="Ann", why="Same group.", now=MONDAY)

    assert "left by Ann: Same group." == case.escalations[0].ended


def test_calling_again_takes_the_step_that_asks_for_it():
    """Nobody marks by hand what the log shows."""
    case = begun("held_too_long")
    later = case.escalations[0].fell_at + timedelta(minutes=5)
    again = an_attempt(id="a2", at=later, result="gave_up_holding", reached="nobody")
    after = settle_ladders(replace(case, attempts=(*case.attempts, again)), RULES, now=later)

    assert (later, 0) == (after.escalations[0].taken[0].at, after.escalations[0].taken[0].step)
    assert after.escalations[0].stands


def test_the_step_is_what_the_case_must_do_next_where_it_is_due_first():
    """With its due time; a case is never without a next action, and an earlier one of the path is not pushed aside."""
    case = begun("wrong_specialty", a_case(state=CaseState.DECIDED, outcome=Outcome("o", "upheld", False, MONDAY, "A")))
    step, found = next_action_of(case, now=MONDAY), case.escalations[0]
    soon = replace(case, outcome=replace(case.outcome, recorded_at=MONDAY - hours(23.5)))
    waiting = take_step(case, "a1", "wrong_specialty", 0, by="Ann", told=None, now=MONDAY)

    assert ("reviewer", found.due_at, "us") == (step.kind, step.due_at, step.waits_on)
    assert found.due_at == act_by(replace(case, next_action=step))
    assert "chase" == next_action_of(soon, now=MONDAY).kind
    final = {"state": CaseState.CONFIRMED, "outcome": replace(case.outcome, final=True)}
    watched = next_action_of(replace(waiting, **final), now=MONDAY)
    assert ("await_step", "payer", found.next_at) == (watched.kind, watched.waits_on, watched.due_at)
    assert "chase" == next_action_of(replace(case, escalations=()), now=MONDAY).kind


def test_a_call_that_was_held_is_recorded_first_unless_it_is_to_be_gone_on_with():
    """Another specialty does not stand before what was decided; a call that was cut short does."""
    held = a_booked_case(attempts=(an_attempt(),))
    held = replace(held, state=CaseState.CONNECTED)

    assert "outcome" == next_action_of(begun("wrong_specialty", held), now=MONDAY).kind
    assert "redial" == next_action_of(begun("ended_early", held), now=MONDAY).kind
