"""Call mode's draft: minutes by instants that the server kept, words that no second device loses, one attempt."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.call import attempt_sentence
from app.core.call.talk import (
    FIELDS,
    LONGEST_PHASE,
    MOST_MINUTES,
    Talk,
    attempt_of,
    minutes_on,
    npi_doubt,
    press,
    spend,
    stamp_of,
    stamps_of,
    type_words,
)
from tests.builders import COORDINATOR, MONDAY

FRESH = Talk("case1", COORDINATOR.key, "call-1")


def at(minutes: float):
    """Return so many minutes after Monday's start."""
    return MONDAY + timedelta(minutes=minutes)


def pressed(*presses: tuple[str, float], talk: Talk = FRESH) -> Talk:
    """Return the draft after these presses (what, minutes)."""
    for what, minutes in presses:
        talk = press(talk, what, call_id="call-2", now=at(minutes))
    return talk


def typed(talk: Talk, shown: Talk = FRESH, *, minutes: float = 0, **words: str) -> Talk:
    """Return the draft after a device that showed another one sent these words."""
    stamps = {name: stamp_of(shown.words.get(name, "")) for name in FIELDS}
    return type_words(talk, words, stamps, now=at(minutes))


# -- the timer ---------------------------------------------------------------------------------------------
def test_hold_and_talk_are_counted_apart_in_minutes_begun():
    """On hold 6:30, talk 11:00, on hold again for 30 seconds, talk again for one minute."""
    talk = pressed(("hold", 0), ("talk", 6.5), ("hold", 17.5), ("talk", 18), ("end", 19))

    assert (7, 12) == (minutes_on(talk, "hold", now=at(90)), minutes_on(talk, "talk", now=at(90)))


def test_a_phase_goes_on_until_the_next_press():
    """What runs is counted until now; what never began has no minutes."""
    talk = pressed(("hold", 0))

    assert (4, None) == (minutes_on(talk, "hold", now=at(3.2)), minutes_on(talk, "talk", now=at(3.2)))
    assert ("hold", at(0)) == (talk.phase, talk.since)


def test_the_same_press_twice_is_one():
    """A second device, or a form sent twice, does not begin the hold anew; nothing ends before it began."""
    assert pressed(("hold", 0)) == pressed(("hold", 0), ("hold", 5))
    assert FRESH == pressed(("end", 0), ("sing", 1))


def test_a_timer_that_nobody_stopped_is_cut():
    """A hold of days is a forgotten page."""
    talk = pressed(("hold", 0))

    assert LONGEST_PHASE.seconds // 60 == minutes_on(talk, "hold", now=at(5000))
    many = pressed(*(step for n in range(4) for step in (("hold", 500 * n), ("end", 500 * n + 400))))
    assert MOST_MINUTES == minutes_on(many, "hold", now=at(5000))


@given(st.lists(st.tuples(st.sampled_from(["hold", "talk", "end"]), st.integers(0, 60)), max_size=12))
def test_no_order_of_presses_counts_more_than_the_time_that_passed(steps):
    """Hold and talk together are never longer than from the first press to now, but for minutes begun."""
    minutes, marks = 0, []
    for what, pause in steps:
        marks.append((what, minutes))
        minutes += pause
    talk = pressed(*marks)
    spent = sum(minutes_on(talk, what, now=at(minutes)) or 0 for what in ("hold", "talk"))

    assert spent <= minutes + 2


def test_a_call_that_was_logged_leaves_its_words_to_the_next():
    """The reviewer's name stays; the timer begins anew, as another call."""
    logged = spend(typed(pressed(("talk", 0)), reviewer_name="Dr Peer Example"), connected=True)
    again = pressed(("hold", 9), talk=logged)

    assert (True, "", "call-1") == (logged.logged, logged.phase, logged.call_id)
    assert (False, "hold", "call-2") == (again.logged, again.phase, again.call_id)
    assert {"reviewer_name": "Dr Peer Example"} == again.words


# -- two devices -------------------------------------------------------------------------------------------
def test_what_two_devices_typed_into_different_fields_is_both_kept():
    """A phone in the hand and the screen on the desk, neither having heard of the other."""
    both = typed(typed(FRESH, reviewer_name="Dr Peer Example", note=""), reviewer_name="", note="Asked for the films.")

    assert {"reviewer_name": "Dr Peer Example", "note": "Asked for the films."} == both.words
    assert () == both.asides


def test_what_is_typed_over_stands_aside():
    """Both typed notes: the later ones stand in the field, the earlier beside it, and both reach the outcome."""
    first = typed(FRESH, note="Asked for the films.")
    second = typed(first, FRESH, note="Wants the PT log.", minutes=1)

    assert "Wants the PT log." == second.words["note"]
    assert ["Asked for the films."] == [each.text for each in second.asides]
    assert "Wants the PT log.\nAsked for the films." == second.note


def test_a_device_that_goes_on_typing_what_it_was_shown_sets_nothing_aside():
    """The common case, a pause after every few letters; a deletion of one's own is no loss."""
    talk = FRESH
    for text in ("As", "Asked", "Asked for films", "Asked", ""):
        talk = typed(talk, talk, note=text)

    assert ("", ()) == (talk.note, talk.asides)


def test_an_aside_that_was_taken_into_the_field_goes():
    """Whoever copies it over need not delete it."""
    second = typed(typed(FRESH, note="Films."), FRESH, note="PT log.")
    third = typed(second, second, note="PT log. Films.")

    assert () == third.asides


TYPED = st.one_of(*(st.tuples(st.just(n), st.text(letters, max_size=6)) for n, letters in enumerate(("ab ", "xy "))))


@given(st.lists(TYPED, max_size=12))
def test_nothing_that_a_device_kept_is_lost_to_another(steps):
    """Whatever two devices send in whatever order: the last text of each is in the field or beside it."""
    talk, has = FRESH, {0: "", 1: ""}
    for device, text in steps:
        talk = type_words(talk, {"note": text}, stamps_of({"note": has[device]}), now=MONDAY)
        has[device] = text
        everything = (talk.words.get("note", ""), *(each.text for each in talk.asides))
        assert all(any(text.rstrip() in kept for kept in everything) for text in has.values())


def test_a_field_that_this_device_left_alone_is_not_emptied_by_it():
    """It was shown nothing there, sends nothing there again and again, and what the other typed stands."""
    talk = typed(FRESH, note="Asked for the films.")
    for _ in range(2):
        talk = type_words(talk, {"note": ""}, stamps_of({"note": ""}), now=MONDAY)

    assert "Asked for the films." == talk.note


def test_texts_are_tidied_and_bounded():
    """A line is a line, a note no longer than notes are; line ends of a browser are no change."""
    talk = typed(FRESH, reviewer_name="  Dr \n Peer  ", note="a\r\nb\x00", number="9" * 900, other="x")

    assert {"reviewer_name": "Dr Peer", "note": "a\nb", "number": "9" * 200} == talk.words
    assert talk == typed(talk, talk, note="a\r\nb")


def test_a_field_that_was_filled_in_beforehand_is_not_kept_until_it_is_changed():
    """The booked number is shown and sent back: nothing was typed. Emptied by hand, it stays empty."""
    shown = stamps_of({"number": "800-555-0101"})
    left = type_words(FRESH, {"number": "800-555-0101"}, shown, now=MONDAY)
    emptied = type_words(FRESH, {"number": ""}, shown, now=MONDAY)

    assert ({}, {"number": ""}) == (left.words, emptied.words)
    assert (
        attempt_of(
            emptied, meant={"number": "800-555-0101"}, direction="ours", clinician="Dr Test", by=COORDINATOR, now=MONDAY
        ).number
        is None
    )


# -- the attempt -------------------------------------------------------------------------------------------
def test_the_call_becomes_an_attempt_with_its_minutes_and_reviewer():
    """Dated from when the talk began, with the number that was shown; the standard sentence tells both minutes."""
    talk = typed(
        pressed(("hold", 0), ("talk", 7), ("end", 19)), reviewer_name="Dr Peer Example", reviewer_credential="MD"
    )
    attempt = attempt_of(
        talk, meant={"number": "800-555-0101"}, direction="ours", clinician="Dr Test", by=COORDINATOR, now=at(20)
    )

    assert ("call-1", at(7), 7, 12) == (attempt.id, attempt.at, attempt.hold_minutes, attempt.talk_minutes)
    assert ("connected", "reviewer", "800-555-0101") == (attempt.result, attempt.reached, attempt.number)
    assert ("Dr Peer Example", "MD") == (attempt.reviewer.name, attempt.reviewer.credential)
    assert attempt_sentence(attempt, zone="America/Chicago") == (
        "On 23 Nov 2026 at 09:07 CST a call was placed to the payer (800-555-0101) by Coordinator Test: the case was"
        " discussed with the reviewer, Dr Peer Example, MD;"
        " 7 min on hold; 12 min of talk."
    )


def test_a_call_that_was_not_timed_is_of_now_and_claims_no_minutes():
    """Nobody pressed anything: there is no duration to tell, and no reviewer to name."""
    attempt = attempt_of(FRESH, meant={}, direction="theirs", clinician="Dr Test", by=COORDINATOR, now=at(20))

    assert (at(20), None, None, None, None) == (
        attempt.at, attempt.hold_minutes, attempt.talk_minutes, attempt.reviewer, attempt.number
    )  # fmt: skip


# -- the NPI -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("npi", ["1234567893", "123 456 7893", "1245319599", ""])
def test_an_npi_that_can_be_one_is_not_doubted(npi: str):
    """The published worked example of CMS among them; nothing typed is no doubt."""
    assert npi_doubt(npi) is None


@pytest.mark.parametrize(
    ("npi", "why"),
    [("1234567890", "check digit"), ("1234567983", "check digit"), ("12345", "ten"), ("abcdefghij", "ten")],
)
def test_an_npi_that_cannot_be_one_is_doubted(npi: str, why: str):
    """A wrong check digit, two digits turned about, too few, letters: said, and no more than said."""
    assert why in npi_doubt(npi)


@given(st.integers(10**8, 2 * 10**8 - 1), st.integers(0, 9), st.integers(1, 9))
def test_one_misheard_digit_is_always_noticed(nine: int, place: int, by: int):
    """The check digit finds every single wrong digit."""
    (npi,) = [f"{nine}{n}" for n in range(10) if npi_doubt(f"{nine}{n}") is None]
    wrong = f"{npi[:place]}{(int(npi[place]) + by) % 10}{npi[place + 1 :]}"

    assert npi_doubt(wrong)
