"""What is kept of a call that was held: inside the window or not, of our field or not; unknown stays unknown."""

from dataclasses import replace

import pytest

from app.core.call.connected import how_connected
from app.core.case import Clock
from app.core.people import Reviewer
from tests.builders import MONDAY, a_case, hours


def ends(name: str, after: float) -> Clock:
    """Return a clock that ends so many hours after Monday morning."""
    return Clock(name, MONDAY, MONDAY + hours(after), "rule", "source", "because")


@pytest.mark.parametrize(
    ("clocks", "inside"),
    [
        ((ends("p2p_window", 5),), True),
        ((ends("p2p_window", 4),), False),
        ((ends("p2p_window", 9), ends("offer", 3)), False),
        ((ends("appeal", 3), ends("determination", 2)), None),
    ],
)
def test_inside_is_before_the_earliest_end_of_the_window(clocks, inside):
    """Half-open; other clocks are no window, and without one nobody knows."""
    case = replace(a_case(), clocks=clocks)

    assert inside is how_connected(case, at=MONDAY + hours(4), reviewer=None).get("inside")


@pytest.mark.parametrize(
    ("ours", "theirs", "match"),
    [
        ("Spine surgery", "spine-surgery", True),
        ("Spine surgery", "Internal medicine", False),
        ("Spine surgery", None, None),
        (None, "Internal medicine", None),
    ],
)
def test_the_field_is_known_only_where_both_are(ours, theirs, match):
    """Not told is neither a match nor a mismatch."""
    case = a_case()
    case = replace(case, clinician=replace(case.clinician, specialty=ours))
    found = how_connected(case, at=MONDAY, reviewer=Reviewer(name="Dr Peer Example", specialty=theirs))

    assert match is found.get("specialty_match")
