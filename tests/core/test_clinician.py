"""Who takes the call: changed by a person, never while a promise in another's name stands."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.case import CaseState, Hold, OfferedWindow
from app.core.clinician import CallBooked, CaseOver, choose_clinician, is_called, name_words, npi_in
from app.core.detect.provider import provider_of
from app.core.interval import Interval
from app.core.next_action import next_action_of
from app.core.people import Clinician
from tests.builders import CLINICIAN, MONDAY, a_booked_case, a_case, hours

OTHER = Clinician("Practitioner/cover", "Felix Brandauer-Nkemelu, DO", "America/Chicago")


def a_hold(clinician: Clinician = CLINICIAN) -> Hold:
    """Return a time that is kept for a while."""
    when = Interval(MONDAY + hours(2), MONDAY + hours(2) + timedelta(minutes=20))
    return Hold("h1", when, clinician, None, None, MONDAY + hours(1), "payer", MONDAY, "Coordinator Test")


def test_a_case_gets_the_clinician_who_was_chosen():
    """Nobody before, or another: from then on it is this one's call."""
    for before in (None, CLINICIAN):
        assert OTHER == choose_clinician(a_case(clinician=before), OTHER, now=MONDAY).clinician


def test_a_call_that_is_booked_keeps_its_clinician():
    """A promise in somebody's name is not moved to another's calendar behind their back."""
    booked = a_booked_case()
    with pytest.raises(CallBooked, match="The call is booked with Dr Test"):
        choose_clinician(booked, OTHER, now=MONDAY)

    assert booked.booking == choose_clinician(booked, CLINICIAN, now=MONDAY).booking, "read afresh, the same person"
    cancelled = replace(booked, booking=replace(booked.booking, state="cancelled"), state=CaseState.OFFERED)
    assert OTHER == choose_clinician(cancelled, OTHER, now=MONDAY).clinician


def test_times_held_for_the_one_before_are_given_back():
    """A colleague's day is not kept for a call that is not theirs; one's own held times stay."""
    held = a_case(state=CaseState.HELD, holds=(a_hold(),))

    assert ((), CaseState.REQUESTED) == (lambda c: (c.holds, c.state))(choose_clinician(held, OTHER, now=MONDAY))
    assert held.holds == choose_clinician(held, CLINICIAN, now=MONDAY).holds


def test_a_closed_case_takes_nobody():
    """What is over is left as it was."""
    with pytest.raises(CaseOver):
        choose_clinician(a_case(state=CaseState.CLOSED), OTHER, now=MONDAY)


def test_choosing_comes_before_booking():
    """Times are offered and nobody can take them: that is the next thing, by the last safe moment."""
    window = OfferedWindow("w1", Interval(MONDAY + hours(1), MONDAY + hours(4)), "phone")
    case = a_case(clinician=None, windows=(window,), state=CaseState.OFFERED)
    action = next_action_of(case, now=MONDAY)

    assert ("choose_clinician", case.last_safe_at, "us") == (action.kind, action.due_at, action.waits_on)
    assert "book" == next_action_of(replace(case, clinician=OTHER), now=MONDAY).kind


@pytest.mark.parametrize(
    ("typed", "is_they"),
    [
        ("Brandauer", True),
        ("felix brand", True),
        ("Dr. Felix Brandauer-Nkemelu, D.O.", True),
        ("Nkemelu Felix", True),
        ("Felix Meyer", False),
        ("auer", False),
        ("Dr.", False),
        ("", False),
    ],
)
def test_a_name_is_compared_by_its_words(typed: str, is_they: bool):
    """Servers ignore parameters and send everybody; every word that was typed must begin one of the name."""
    assert is_they == is_called(OTHER, typed)


def test_titles_are_no_names():
    """Dr, MD and their like are shared by all."""
    assert ("ada", "lindqvist", "moreau") == name_words("Dr. Ada Lindqvist-Moreau, M.D., FACS")


@pytest.mark.parametrize(
    ("typed", "npi"),
    [("1234567893", "1234567893"), (" 123-456-7893 ", "1234567893"), ("123456789", None), ("Ada 1234567893", None)],
)
def test_ten_digits_are_an_npi(typed: str, npi: str | None):
    """Nothing else is."""
    assert npi == npi_in(typed)


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("Ordering physician: Dr. Ada Lindqvist-Moreau, MD", "Ada Lindqvist-Moreau"),
        ("Requesting Provider: OMAR CASTELLANE", "OMAR CASTELLANE"),
        ("Provider: Mei Tanabe-Rourke MD", "Mei Tanabe-Rourke"),
        ("Provider Name: Tanabe, Mei", "Tanabe, Mei"),
        ("Requested by: Ada Q. Lindqvist", "Ada Q. Lindqvist"),
        ("Your doctor: Ada Lindqvist", "Ada Lindqvist"),
        ("Provider: Prairie Clinic", None),
        ("Requesting provider: North Orthopedics Group LLC", None),
        ("Provider: ada lindqvist", None),
        ("Provider phone: 555-0100", None),
        ("Reviewed by: Alex Morgan, MD", None),
        ("Your provider may request a peer-to-peer discussion: Call Alex Morgan", None),
    ],
)
def test_a_letter_names_who_asked_beside_a_label_only(line: str, name: str | None):
    """A person after a label that admits no doubt; an organisation, a reviewer or running text is nobody."""
    text = f"Example Health Plan\nNovember 20, 2026\n{line}\nYour request was denied."
    found = provider_of(text)

    assert name == (found.value if found else None)
    if found:
        assert text[found.start : found.end] == found.words


def test_the_one_who_orders_goes_before_any_provider():
    """A hospital's surgeon may perform what somebody else ordered and must speak for."""
    text = "Provider: Sam Surgeon\nReferring provider: Rita Referrer\nOrdering provider: Olga Orderer\n"

    assert "Olga Orderer" == provider_of(text).value
    assert "Rita Referrer" == provider_of(text.replace("Ordering", "Other")).value
