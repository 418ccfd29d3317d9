"""The contact log: what an attempt may say, and what it does to a case."""

from datetime import timedelta

import pytest

from app.core.call import AttemptRefused, attempt_sentence, log_attempt
from app.core.case import CaseState
from app.core.people import specialty_match
from tests.builders import MONDAY, a_booked_case, a_case, an_attempt


def test_a_call_with_the_reviewer_connects_the_case():
    """Reaching the reviewer moves a booked case to connected and keeps the attempt."""
    after = log_attempt(a_booked_case(), an_attempt(), now=MONDAY)

    assert CaseState.CONNECTED == after.state
    assert ("a1",) == tuple(each.id for each in after.attempts)


def test_reaching_staff_does_not_count_as_the_call():
    """The front desk answering is an attempt, not a peer-to-peer."""
    after = log_attempt(a_booked_case(), an_attempt(reached="staff"), now=MONDAY)

    assert CaseState.BOOKED == after.state


@pytest.mark.parametrize("result", ["payer_no_show", "our_no_show"])
def test_a_missed_call_frees_its_booking(result):
    """A no-show on either side leaves a case that owes a new booking, and the old time no longer occupies anyone."""
    after = log_attempt(a_booked_case(), an_attempt(reached="nobody", result="payer_no_show"), now=MONDAY)

    assert CaseState.MISSED == after.state
    assert not after.booking.is_live
    assert "noshow" == after.booking.state


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"result": "connected", "reached": "nobody"}, "reached"),
        ({"result": "message_left", "reached": "reviewer"}, "reached"),
        ({"result": "no_answer", "reached": "reviewer"}, "reached"),
        ({"direction": "sideways"}, "direction"),
        ({"reached": "the dog"}, "reached"),
        ({"result": "great"}, "result"),
        ({"at": MONDAY + timedelta(hours=1)}, "at"),
        ({"at": MONDAY - timedelta(days=400)}, "at"),
        ({"hold_minutes": -1}, "hold_minutes"),
        ({"hold_minutes": 9_000}, "hold_minutes"),
    ],
)
def test_a_contradiction_is_refused_by_field(wrong, field):
    """What cannot be true is not kept, and the form can say where."""
    with pytest.raises(AttemptRefused) as refused:
        log_attempt(a_booked_case(), an_attempt(**wrong), now=MONDAY)

    assert field == refused.value.field


def test_a_no_show_needs_a_booking():
    """Nobody can miss a call that was not booked."""
    with pytest.raises(AttemptRefused):
        log_attempt(a_case(), an_attempt(reached="nobody", result="payer_no_show"), now=MONDAY)


def test_the_sentence_says_when_who_and_where_in_the_zone_of_the_site():
    """Contact rules ask for date, time with zone, number, whom (source 004)."""
    said = attempt_sentence(an_attempt(), zone="America/Chicago")

    assert said.startswith("On 23 Nov 2026 at 09:00 CST we called the payer (800-555-0100): ")
    assert said.endswith(": spoke with the reviewer, Dr Reviewer; 12 min on hold.")


def test_specialties_match_only_when_both_are_told():
    """Not told is not a match and not a mismatch."""
    assert specialty_match("Orthopaedic Surgery", "orthopaedic  surgery") is True
    assert specialty_match("Orthopaedic surgery", "Internal medicine") is False
    assert specialty_match("Orthopaedic surgery", None) is None
