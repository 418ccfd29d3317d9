"""Which rules a call broke: only what the log shows or somebody on it says, since it stands on the payer's record."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.call import REACHED, RESULTS
from app.core.call.problems import problems_of, problems_of_outcome
from app.core.case import CaseState, OfferedWindow, Outcome
from app.core.interval import Interval
from app.core.people import Reviewer
from app.core.rulebook.calls import BROKEN, MARKED
from app.edges.rulebook import RuleBook
from tests.builders import CLINICIAN, MONDAY, a_booked_case, a_booking, a_case, an_attempt, hours

BOOK = RuleBook.load(Path(__file__).parents[2] / "app" / "rules")
RULES = BOOK.calls
OPEN = BOOK.calendar.usual_hours("America/New_York")  # 9 to 17 on business days
START = MONDAY + hours(2)  # of the booked call of a_booked_case
OTHER = Reviewer("Dr Reviewer", "MD", "Dermatology")


def broken(case, attempt, *, marked=(), told=None, now=None):
    """Return what an attempt broke, written down when it happened unless `now` says otherwise."""
    return problems_of(case, attempt, RULES, marked=marked, hours=told, now=now or attempt.at)


def theirs(**after):
    """Return a call of the payer that reached our clinician, so long after the booked start."""
    return an_attempt(direction="theirs", at=START + timedelta(**after))


@pytest.mark.parametrize(
    ("minutes", "told"),
    [
        (-16, ("outside_window",)),
        (-15, ()),
        (0, ()),
        (5, ()),
        (6, ("late",)),
        (19, ("late",)),
        (20, ("outside_window",)),
        (24 * 60, ("outside_window",)),
    ],
)
def test_a_call_of_the_payer_is_held_to_the_booked_time(minutes, told):
    """Five minutes are none; past the booked time it is no late call but another time than agreed."""
    assert told == broken(a_booked_case(), theirs(minutes=minutes))


def test_our_own_call_breaks_no_rule_of_time():
    """What we do is not on the payer's record."""
    assert () == broken(a_booked_case(), an_attempt(at=START + hours(3)))


def test_a_payer_that_called_in_time_is_not_late_when_it_calls_again():
    """Nobody here took its first call, or it is we who were to call: neither is its doing."""
    first = replace(theirs(minutes=1), id="first", reached="nobody", result="no_answer")
    early = replace(first, at=START - hours(3))
    we_call = replace(a_booked_case(), booking=a_booking(who_calls="us"))

    assert () == broken(a_booked_case(attempts=(first,)), theirs(minutes=9))
    assert ("late",) == broken(a_booked_case(attempts=(early,)), theirs(minutes=9))
    assert () == broken(we_call, theirs(minutes=9))
    again = replace(theirs(minutes=9), corrects="first")
    assert ("late",) == broken(a_booked_case(attempts=(first,)), again), "what is corrected was no call"


def test_without_a_booking_it_is_held_to_the_windows_that_it_gave():
    """And to none where it gave none, or calls back after a message of ours."""
    window = OfferedWindow("w1", Interval(MONDAY + hours(1), MONDAY + hours(4)), "phone")
    offered = a_case(state=CaseState.OFFERED, windows=(window,))
    call = an_attempt(direction="theirs", at=MONDAY + hours(6))
    waiting = replace(offered, attempts=(an_attempt(result="message_left", reached="voicemail"),))

    assert ("outside_window",) == broken(offered, call)
    assert () == broken(offered, replace(call, at=MONDAY + hours(2)))
    assert () == broken(a_case(), call)
    assert () == broken(waiting, call)
    booked = a_booked_case(attempts=waiting.attempts)
    assert () == broken(booked, replace(call, at=START - hours(1))), "it calls back, booked or not"
    later = replace(booked, attempts=(replace(waiting.attempts[0], at=START - hours(0.5)),))
    assert ("outside_window",) == broken(later, replace(call, at=START - hours(1))), "no message was left by then"
    theirs_left = replace(booked, attempts=(replace(waiting.attempts[0], direction="theirs"),))
    assert ("outside_window",) == broken(theirs_left, replace(call, at=START - hours(1))), (
        "its own message is none of ours"
    )


@pytest.mark.parametrize(
    ("after", "reached", "told"),
    [(14, "nobody", ()), (15, "nobody", ("payer_no_show",)), (-30, "staff", ("payer_no_show",))],
)
def test_a_payer_has_missed_a_call_only_after_its_minutes(after, reached, told):
    """Unless somebody of the payer says before that nobody will come."""
    missed = an_attempt(at=START, result="payer_no_show", reached=reached)

    assert told == broken(a_booked_case(), missed, now=START + timedelta(minutes=after))


def test_another_specialty_is_wrong_only_where_both_are_told_and_they_spoke():
    """Unknown is no claim, and the front desk has no specialty; two spellings are one."""
    call = an_attempt(reviewer=OTHER)
    spelled = replace(a_booked_case(), clinician=replace(CLINICIAN, specialty="Orthopaedic Surgery"))

    assert ("wrong_specialty",) == broken(a_booked_case(), call)
    assert () == broken(a_booked_case(), an_attempt(reviewer=replace(OTHER, specialty=None)))
    assert () == broken(a_booked_case(), replace(call, reached="staff"))
    assert () == broken(spelled, an_attempt(reviewer=replace(OTHER, specialty="orthopedic surgery")))


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ({"hold_minutes": 29}, ()),
        ({"hold_minutes": 30}, ("held_too_long",)),
        ({"result": "gave_up_holding", "reached": "nobody", "hold_minutes": 3}, ("held_too_long",)),
        ({"result": "closed", "reached": "nobody"}, ("closed_in_hours",)),
        ({"result": "no_answer", "reached": "nobody"}, ("closed_in_hours",)),
        ({"result": "no_answer", "reached": "voicemail"}, ()),
        ({"result": "closed", "reached": "nobody", "at": MONDAY + hours(12)}, ()),
    ],
)
def test_waiting_and_closed_doors_are_told_by_the_log(told, found):
    """Half an hour on hold, or nobody there in the hours that the payer itself gives; after hours it is nothing."""
    assert found == broken(a_case(), an_attempt(**told), told=OPEN)


def test_hours_that_the_payer_never_told_are_not_held_against_it():
    """Those that are usual are our own assumption."""
    assert () == broken(a_case(), an_attempt(result="closed", reached="nobody"), told=None)


def test_a_person_marks_what_no_log_shows_and_nothing_else():
    """A late call is reckoned, never claimed by hand."""
    call = an_attempt(reviewer=None)

    assert ("not_identified", "ended_early") == broken(
        a_booked_case(), call, marked=("ended_early", "late", "not_identified", "x")
    )


def test_the_outcome_shows_the_specialty_and_a_call_that_was_cut_short():
    """Upheld after two minutes is ended early; approved after one is a good call."""
    case = a_booked_case(attempts=(an_attempt(talk_minutes=2),))
    upheld = Outcome("o1", "upheld", False, MONDAY, "Ann", reviewer=OTHER)

    assert ("wrong_specialty", "ended_early") == problems_of_outcome(case, upheld, RULES)
    assert ("wrong_specialty",) == problems_of_outcome(case, replace(upheld, result="approved"), RULES)
    longer = replace(case, attempts=(an_attempt(talk_minutes=3),))
    assert () == problems_of_outcome(longer, replace(upheld, reviewer=None), RULES)
    assert ("not_identified",) == problems_of_outcome(longer, replace(upheld, reviewer=None), RULES, marked=MARKED[:1])


attempts = st.builds(
    lambda minutes, direction, reached, result, hold, specialty: an_attempt(
        at=START + timedelta(minutes=minutes),
        direction=direction,
        reached=reached,
        result=result,
        hold_minutes=hold,
        reviewer=Reviewer("Dr Reviewer", "MD", specialty),
    ),
    st.integers(-3000, 3000),
    st.sampled_from(["ours", "theirs"]),
    st.sampled_from(REACHED["ours"] + REACHED["theirs"]),
    st.sampled_from(RESULTS),
    st.none() | st.integers(0, 120),
    st.none() | st.sampled_from([CLINICIAN.specialty or "x", "Dermatology"]),
)


@given(attempts, st.sampled_from([a_case(), a_booked_case()]), st.sets(st.sampled_from(MARKED)), st.booleans())
def test_problems_are_told_once_in_the_books_order(attempt, case, marked, told):
    """Whatever is logged: no rule twice, none unknown, every mark kept, and ours never beside theirs."""
    found = broken(case, attempt, marked=marked, told=OPEN if told else None)

    assert list(found) == [key for key in BROKEN if key in found]
    assert marked <= set(found)
    assert not {"late", "outside_window"} <= set(found)
    assert attempt.direction == "theirs" or not {"late", "outside_window"} & set(found)
    assert "closed_in_hours" not in found or told


@given(attempts)
def test_a_longer_hold_never_breaks_less(attempt):
    """More minutes on hold leave every other rule as it was."""
    longer = replace(attempt, hold_minutes=(attempt.hold_minutes or 0) + 60)

    assert set(broken(a_case(), attempt)) | {"held_too_long"} == set(broken(a_case(), longer)) | {"held_too_long"}
