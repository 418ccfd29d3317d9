"""What is known before the call of the reviewer's specialty: known, disclosed or unknown, and never guessed."""

from dataclasses import replace

import pytest

from app.core.book.match import match_before
from app.core.case import OfferedWindow
from app.core.interval import Interval
from app.core.people import Reviewer
from tests.builders import CLINICIAN, MONDAY, a_booked_case, a_booking, a_case, hours

OURS = replace(CLINICIAN, specialty="Orthopedic surgery")


def a_window(number, specialty):
    """Return a window whose reviewer is of this specialty; None where the payer told none."""
    span = Interval(MONDAY + hours(number), MONDAY + hours(number + 1))
    return OfferedWindow(f"w{number}", span, "phone", reviewer=Reviewer("R", None, specialty) if specialty else None)


@pytest.mark.parametrize(
    ("theirs", "state"),
    [
        ("Orthopaedic Surgery", "known"),
        ("Internal medicine", "disclosed"),
        ("Orthopedic spine", "unknown"),
        (None, "unknown"),
    ],
)
def test_the_booked_calls_reviewer_is_what_counts(theirs, state):
    """Two spellings are one specialty; what is told beforehand is disclosed, and said so."""
    reviewer = Reviewer("R", "MD", theirs) if theirs else None
    case = replace(a_booked_case(), clinician=OURS, booking=a_booking(reviewer=reviewer))
    found = match_before(case)

    assert state == found.state
    assert (theirs or "Orthopedic surgery") in found.words


def test_before_it_is_booked_all_windows_must_agree():
    """One window of a surgeon and one of nobody knows leave it unknown."""
    case = replace(a_case(), clinician=OURS)

    assert "unknown" == match_before(case).state
    assert "known" == match_before(replace(case, windows=(a_window(1, "orthopedic surgery"),))).state
    mixed = (a_window(1, "orthopedic surgery"), a_window(2, "Cardiology"))
    assert "unknown" == match_before(replace(case, windows=mixed)).state
    assert "unknown" == match_before(replace(case, windows=(mixed[0], a_window(3, None)))).state
    assert (
        "disclosed" == match_before(replace(case, windows=(a_window(1, "Cardiology"), a_window(2, "Cardiology")))).state
    )


def test_without_our_own_specialty_nothing_is_known():
    """And the page says which of the two is missing."""
    case = replace(a_case(), clinician=replace(OURS, specialty=None), windows=(a_window(1, "Cardiology"),))

    assert "unknown" == match_before(case).state
    assert "our clinician's own" in match_before(case).words
