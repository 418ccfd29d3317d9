"""Asking for a call by telephone: who answers when, what is said, and when it is tried again."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.call import attempt_sentence, log_attempt
from app.core.call.phone import (
    TAPS,
    CallBackRefused,
    Retry,
    check_call_back,
    held_minutes,
    hours_now,
    numbers_of,
    read_dialled,
    retry_of,
    script_of,
    tapped,
)
from app.core.case import CaseState
from app.core.deadlines import open_hours
from app.core.denial import Offer
from app.core.interval import Interval
from app.core.next_action import next_action_of
from app.core.rulebook.payers import PayerHours
from app.core.windows.ask import NumberRefused
from tests.builders import CLINICIAN, COORDINATOR, MONDAY, a_case, a_denial, a_routing, an_attempt, hours
from tests.fakes.office import the_rules

USUAL = PayerHours("America/Chicago", ("MO", "TU", "WE", "TH", "FR"), time(8), time(17))
MOLINA = the_rules().payer_by_key("molina_wa")  # 09:00 to 16:00 Pacific
TEN_PACIFIC = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)


def retry(tap: str, *, now=TEN_PACIFIC, last_safe_at=None, rule=MOLINA, **more) -> Retry | None:
    """Return when a result is tried again at Molina."""
    return retry_of(TAPS[tap], rule=rule, usual=USUAL, last_safe_at=last_safe_at, now=now, **more)


def tap(name: str, case=None, **more):
    """Return the case after a tap on Monday."""
    case = case or a_case()
    told = {"number": "800-555-0100", "reached_name": None, "hold_minutes": None, "note": None, "retry": None} | more
    return log_attempt(case, tapped(TAPS[name], attempt_id="t1", by=COORDINATOR, now=MONDAY, **told), now=MONDAY)


def test_open_hours_are_the_payers_own():
    """Nine to four in Seattle is eleven to six in Chicago; ours do not count."""
    early = hours_now(MOLINA, usual=USUAL, now=MONDAY)  # seven in Seattle
    assert (False, True) == (early.is_open, early.known)
    assert datetime(2026, 11, 23, 17, 0, tzinfo=UTC) == early.opens_at

    late = hours_now(MOLINA, usual=USUAL, now=TEN_PACIFIC)
    assert (True, datetime(2026, 11, 24, 0, 0, tzinfo=UTC), None) == (late.is_open, late.open_until, late.opens_at)


@pytest.mark.parametrize(
    "typed",
    [
        "1-800-FLOWERS",
        "800-555-0101, ext. 3",
        "(800) 555-0101 option 2",
        "+44 20 7946 0958",
        "800 555 0101 x42",
        "5550101",
    ],
)
def test_a_number_is_kept_as_it_was_dialled(typed):
    """In letters, with an extension or abroad: nobody stops between two calls to type it otherwise."""
    assert typed == read_dialled(f" {typed} ")


@pytest.mark.parametrize("typed", ["none", "call me", "12", "ask for Pat in scheduling"])
def test_words_are_no_number_that_was_dialled(typed):
    """The wrong field, most likely."""
    with pytest.raises(NumberRefused):
        read_dialled(typed)


def test_the_number_that_the_payer_left_with_us_is_called_first():
    """Its reviewer asks for a call back: that line, and not the queue; the latest one, and none of ours."""
    left = an_attempt(direction="theirs", result="message_left", reached="front_desk", callback_number="800-555-0188")
    older = replace(left, id="a0", at=MONDAY - hours(20), callback_number="800-555-0177")
    ours = replace(left, id="a2", direction="ours", reached="voicemail", callback_number="312-555-0100")
    case = a_case(
        attempts=(left, older, ours), routing=replace(a_routing(), offer=Offer(None, "800-555-0101", None, ""))
    )

    assert [("800-555-0188", "left with us"), ("800-555-0101", "on the notice")] == [
        (each.number, each.where) for each in numbers_of(case, None)
    ]


def test_hours_that_are_not_known_say_so():
    """The usual ones are assumed, and it is said that they are."""
    found = hours_now(None, usual=USUAL, now=MONDAY)

    assert (False, True) == (found.known, found.is_open)


def test_a_holiday_is_no_open_day():
    """On Thanksgiving nobody answers; the next opening is on Friday."""
    found = hours_now(MOLINA, usual=USUAL, now=datetime(2026, 11, 26, 18, 0, tzinfo=UTC))

    assert (False, datetime(2026, 11, 27, 17, 0, tzinfo=UTC)) == (found.is_open, found.opens_at)


def test_each_result_is_tried_again_in_its_time():
    """A message left waits two hours, a queue one, closed until it opens; what is settled is not tried again."""
    assert TEN_PACIFIC + hours(2) == retry("voicemail").at
    assert TEN_PACIFIC + hours(1) == retry("on_hold").at
    assert datetime(2026, 11, 24, 17, 0, tzinfo=UTC) == retry("closed").at, "it said so in its own hours"
    assert [None] * 4 == [retry(each) for each in ("offered", "waiting", "wrong_number", "refused")]
    assert MONDAY + hours(30) == retry("call_back", told_at=MONDAY + hours(30)).at


def test_a_try_after_hours_waits_for_the_opening():
    """A message left at three in the afternoon is followed up the next morning."""
    three = datetime(2026, 11, 23, 23, 0, tzinfo=UTC)

    assert datetime(2026, 11, 24, 17, 0, tzinfo=UTC) == retry("voicemail", now=three).at


def test_a_try_comes_before_the_last_safe_moment():
    """Two hours of patience are too many when one is left; then half of what is left is waited."""
    found = retry("voicemail", last_safe_at=TEN_PACIFIC + hours(1))
    assert TEN_PACIFIC + hours(0.5) == found.at and "runs out" in found.because

    last = retry("closed", last_safe_at=TEN_PACIFIC + hours(1))
    assert TEN_PACIFIC + hours(0.5) == last.at, "said closed in its hours: tried once more before it is too late"

    three = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
    now = retry("closed", now=three + hours(1), last_safe_at=three + hours(2))
    assert three + hours(1) == now.at and "does not open again" in now.because


@given(
    st.sampled_from(["voicemail", "on_hold", "closed"]),
    st.integers(0, 60 * 24 * 14),
    st.none() | st.integers(-600, 60 * 24 * 10),
    st.booleans(),
)
def test_a_try_is_never_late_and_never_past(name: str, at: int, left: int | None, known: bool):
    """Whatever the hour: not before now, before the last safe moment or at once, and when somebody answers."""
    now = MONDAY + timedelta(minutes=at)
    safe = now + timedelta(minutes=left) if left is not None else None
    rule = MOLINA if known else None
    found = retry(name, now=now, last_safe_at=safe, rule=rule)

    assert found.at >= now
    assert safe is None or found.at < safe or found.at == now
    open_then = open_hours(MOLINA.hours if known else USUAL, Interval(found.at, found.at + hours(1)))
    assert found.at == now or any(each.contains(found.at) for each in open_then)


def test_the_next_action_follows_the_result():
    """So the worklist says when to call again, that a number is to be found, or that somebody decides."""
    again = next_action_of(tap("voicemail", retry=Retry(MONDAY + hours(2), "")), now=MONDAY)
    assert ("call_again", MONDAY + hours(2), "us") == (again.kind, again.due_at, again.waits_on)
    assert "find_number" == next_action_of(tap("wrong_number"), now=MONDAY).kind
    assert "refused" == next_action_of(tap("refused"), now=MONDAY).kind
    assert "ask_windows" == next_action_of(tap("offered"), now=MONDAY).kind, "until the times are there"


def test_a_missed_call_is_rebooked_until_somebody_calls_about_it():
    """A try to arrange the next one moves it."""
    missed = a_case(state=CaseState.MISSED)

    assert "rebook" == next_action_of(missed, now=MONDAY).kind
    tried = tap("on_hold", missed, retry=Retry(MONDAY + hours(1), ""))
    assert "call_again" == next_action_of(tried, now=MONDAY).kind


def test_no_tap_counts_as_a_call_that_was_held():
    """Speaking to a scheduler is no peer-to-peer: the one call that a payer gives is still to come."""
    for name in TAPS:
        assert CaseState.OPEN is tap(name).state
        assert "connected" != TAPS[name].result


def test_every_result_has_its_sentence():
    """The note and the inbox say what happened, to whom, at which number, after how long on hold."""
    for name in TAPS:
        attempt = tap(name, hold_minutes=17).attempts[-1]
        said = attempt_sentence(attempt, zone="America/Chicago")
        assert "a call was placed to the payer (800-555-0100) by Coordinator Test" in said and "17 min on hold" in said
        assert "_" not in said


def test_a_message_has_the_number_that_was_left():
    """On a voicemail it was; where nobody took a message, none was."""
    left = {name: tap(name, callback_number="312-555-0100").attempts[-1].callback_number for name in TAPS}

    assert {"voicemail": "312-555-0100"} == {name: number for name, number in left.items() if number}


def test_minutes_on_hold_add_up():
    """Started minutes count; what was waited before the queue was left counts too."""
    assert None is held_minutes(None, 0, now=MONDAY)
    assert 12 == held_minutes(None, 12, now=MONDAY)
    assert 7 + 12 == held_minutes(MONDAY - timedelta(minutes=6, seconds=10), 12, now=MONDAY)
    assert 0 == held_minutes(MONDAY + hours(1), 0, now=MONDAY), "a clock that went back"
    assert (240, 480) == tuple(held_minutes(MONDAY - hours(4), each, now=MONDAY) for each in (0, 300))
    assert (None, 12) == tuple(held_minutes(MONDAY - hours(16), each, now=MONDAY) for each in (0, 12)), "left open"


def test_a_time_to_call_back_lies_ahead():
    """None, a past one and one a year off are slips."""
    assert MONDAY + hours(1) == check_call_back(MONDAY + hours(1), now=MONDAY)
    for wrong in (None, MONDAY, MONDAY - hours(1), MONDAY + timedelta(days=365)):
        with pytest.raises(CallBackRefused):
            check_call_back(wrong, now=MONDAY)


def test_the_notices_number_goes_first_and_none_is_told_twice():
    """The notice is the newest word; an extension is dialled apart."""
    offer = Offer(None, "1-800-555-0101 ext. 2", None, "call us")
    case = a_case(routing=replace(a_routing(), offer=offer))
    rule = replace(MOLINA, phone="425-398-2603")

    told = [(each.number, each.extension, each.where) for each in numbers_of(case, rule)]
    assert [("1-800-555-0101", "2", "on the notice"), ("425-398-2603", None, "rule book")] == told
    same = replace(rule, phone="1 800 555 0101 ext 2")
    assert 1 == len(numbers_of(case, same))
    assert () == numbers_of(a_case(), None)


@pytest.mark.parametrize(
    ("text", "number", "extension"),
    [
        ("732-744-6304 x12", "732-744-6304", "12"),
        ("732-744-6304, extension 7", "732-744-6304", "7"),
        ("1-800-88-CIGNA", "1-800-88-CIGNA", None),
        ("1-800-EXTRA-99", "1-800-EXTRA-99", None),
    ],
)
def test_an_extension_is_told_apart(text: str, number: str, extension: str | None):
    """Letters of a number that spells a word are no extension."""
    (found,) = numbers_of(a_case(), replace(MOLINA, phone=text))

    assert (number, extension) == (found.number, found.extension)


def test_the_script_asks_what_the_rule_leaves_open():
    """Who calls whom, whether it can overturn; what is known is not asked again."""
    known = " ".join(script_of(a_case(clinician=CLINICIAN), MOLINA, by=COORDINATOR))
    assert "your reference REF-1" in known and "Dr Test" in known
    assert "Your reviewer calls us" in known and "overturn" not in known

    unknown = " ".join(script_of(a_case(denial=a_denial(reference_number=None)), None, by=COORDINATOR))
    assert "Who calls whom" in unknown and "overturn" in unknown and "which time zone" in unknown
    regence = " ".join(script_of(a_case(), the_rules().payer_by_key("regence_med"), by=COORDINATOR))
    assert "We can offer you 2 times" in regence and "reconsideration" in regence


def test_the_script_names_no_patient_before_it_is_asked():
    """Whoever answers is told a reference; name and birth date follow when they ask."""
    said = " ".join(script_of(a_case(), None, by=COORDINATOR))

    assert "Test Patient" not in said and "1960" not in said
