"""What a payer is told when it is asked for a call: enough to find the request, and nothing that may not be read."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.acts import Told, take_act
from app.core.case import CaseState, Clock, Hold
from app.core.interval import Interval
from app.core.windows.ask import (
    LINK_KEPT_NOWHERE,
    Asking,
    NumberRefused,
    PayerChannel,
    ask_payer,
    read_number,
    request_words,
    sent_message,
)
from tests.builders import CLINICIAN, COORDINATOR, MONDAY, a_case, a_denial, hours

ZONE = "America/New_York"
OPEN = PayerChannel("message", "p2p@payer.example", confidential=False)
CLOSED = replace(OPEN, confidential=True)
NAMES = ("Test Patient", "1960", "MRN-1", "Lumbar", "fusion", "therapy")
URL = "https://parley.example/p/0123456789abcdef"


def the_case(**more):
    """Return a case with a member id and a clinician."""
    case = a_case(clinician=CLINICIAN, **more)
    return replace(case, coverage=replace(case.coverage, member_id="MEMBER-77"))


def held(case, *, after: float = 24):
    """Return the case with one time of ours held for the payer."""
    start = MONDAY + hours(after)
    hold = Hold("h1", Interval(start, start + hours(0.5)), CLINICIAN, None, None, start, "payer", MONDAY, "Coordinator")
    return replace(case, state=CaseState.HELD, holds=(hold,))


def words(case, asking: Asking | None = None, *, channel=OPEN, rule=None):
    """Return the words that are sent on Monday."""
    return request_words(case, asking or Asking(), channel=channel, rule=rule, zone=ZONE, now=MONDAY)


def test_the_payer_learns_what_finds_the_request_and_who_takes_the_call():
    """Our number, its own, our clinician, where they are reached, until when (product F17)."""
    clock = Clock("p2p_window", None, MONDAY + hours(30), "r", "s", "b")
    said = words(the_case(clocks=(clock,)), Asking(number="512-555-0134")).text

    for wanted in ("REF-1", "Dr Test, Orthopaedic surgery", "512-555-0134", "Tuesday, November 24, 2026, 04:00 PM EST"):
        assert wanted in said
    assert "2 or more times" in said


def test_a_deadline_of_our_own_caution_is_not_told():
    """A payer that allows more than we dare to count on is not told less."""
    clock = Clock("p2p_window", None, MONDAY + hours(30), "r", "s", "b", firm=False)

    assert "The time for this call ends" not in words(the_case(clocks=(clock,))).text


@pytest.mark.parametrize("channel", [OPEN, CLOSED])
def test_the_patient_is_never_named(channel):
    """Minimum necessary: the member id where only the payer reads it; name, birth date and service nowhere."""
    said = words(the_case(), channel=channel)

    assert [] == [name for name in NAMES if name in said.text + said.subject]
    assert (channel.confidential, channel.confidential) == ("MEMBER-77" in said.text, said.confidential)


@given(st.text(max_size=40), st.text(max_size=40), st.booleans())
def test_what_came_from_outside_adds_no_line_and_no_subject(reference, member, confidential):
    """A reference number with a line break in it does not become a header or a sentence of ours."""
    case = the_case(denial=a_denial(reference_number=reference or None))
    case = replace(case, coverage=replace(case.coverage, member_id=member or None))
    said = words(case, channel=replace(OPEN, confidential=confidential))
    plain = words(replace(case, denial=a_denial(reference_number="R"), coverage=replace(case.coverage, member_id="M")))

    assert f"Peer-to-peer review, our case {case.number}" == said.subject
    assert len(said.text.splitlines()) <= len(plain.text.splitlines()) + 1


def test_times_of_ours_are_offered_with_the_link():
    """Both directions: the payer picks one, or answers with others."""
    case = held(the_case())
    said = words(case, Asking(url=URL, until=MONDAY + hours(24))).text

    assert URL in said and "Tuesday, November 24, 2026, 10:00 AM EST" in said
    assert "Please tell us" not in said


def test_the_inbox_keeps_what_was_asked_without_the_links_secret():
    """A link is kept as a digest only (decision 0022); what was sent must not undo that for whoever reads the inbox."""
    case, asking = held(the_case()), Asking(url=URL, until=MONDAY + hours(24))
    effect = ask_payer(case, words(case, asking), asking, channel=OPEN, act_id="a1", now=MONDAY)
    kept = sent_message(case, effect, asking, message_id="m1", by="Coordinator", now=MONDAY)

    assert URL in effect.text and URL not in kept.text and LINK_KEPT_NOWHERE in kept.text
    assert ("out", "done", effect.key) == (kept.direction, kept.state, kept.effect)


@pytest.mark.parametrize(
    ("link", "clock", "ends"), [(None, None, None), (24, None, 24), (None, 30, 30), (24, 30, 24), (24, 3, 3)]
)
def test_a_request_is_not_sent_after_what_it_names_is_over(link, clock, ends):
    """A mail server that was away for a night does not offer yesterday's times."""
    case = held(the_case(clocks=(Clock("p2p_window", None, MONDAY + hours(clock), "r", "s", "b"),) if clock else ()))
    asking = Asking(url=URL, until=MONDAY + hours(link)) if link else Asking()
    effect = ask_payer(case, words(case, asking), asking, channel=OPEN, act_id="a1", now=MONDAY)

    assert (MONDAY + hours(ends) if ends else None) == effect.until


def test_asking_again_keeps_the_times_that_are_held_for_the_payer():
    """Who offers times and then asks by message has not given the times back by it."""
    case = held(the_case())
    asked, _ = take_act(
        case, "ask_for_call", told=Told(), forfeits=(), answer=None, act_id="a1", by=COORDINATOR, seen=1, now=MONDAY
    )
    later = MONDAY + timedelta(days=3)
    late, _ = take_act(
        case, "ask_for_call", told=Told(), forfeits=(), answer=None, act_id="a1", by=COORDINATOR, seen=1, now=later
    )

    assert (CaseState.HELD, case.holds) == (asked.state, asked.holds)
    assert (CaseState.REQUESTED, ()) == (late.state, late.holds)


@pytest.mark.parametrize("typed", ["512-555-0134", "+1 (512) 555-0134 ext. 12", "512.555.0134 x9", " 5125550134 "])
def test_a_direct_number_is_taken_as_it_is_written(typed):
    """Many ways to write one; a desk has an extension."""
    assert read_number(typed) == typed.strip()


@pytest.mark.parametrize("typed", ["call me", "12", "512-555-0134\nBcc: x@y.example", "555 0134 <b>"])
def test_what_is_no_number_is_refused(typed):
    """Nothing else travels in the number's place."""
    with pytest.raises(NumberRefused):
        read_number(typed)


def test_no_number_is_none():
    """It may be left out."""
    assert read_number("  ") is None
