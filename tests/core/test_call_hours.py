"""Calls outside the other side's hours, by its own clock and not by ours."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from app.core.call.hours import outside_hours
from app.core.people import WorkingHours
from app.edges.rulebook import RuleBook
from tests.builders import CLINICIAN, MONDAY, an_attempt, hours

USUAL = RuleBook.load(Path(__file__).parents[2] / "app" / "rules").calendar.usual_hours
EAST, HERE, WEST = USUAL("America/New_York"), USUAL("America/Chicago"), USUAL("America/Los_Angeles")


def outside(attempt, *, payer=EAST, clinician=CLINICIAN, usual=HERE):
    """Return whose hours an entry lies outside of, None for nobody's."""
    found = outside_hours(attempt, payer=payer, known=True, clinician=clinician, usual=usual)
    return found and found.whose


@pytest.mark.parametrize(
    ("after", "zone", "whose"),
    [
        (0, EAST, None),  # 10:00 there
        (0, WEST, "payer"),  # 07:00 there, though 09:00 here
        (2, WEST, None),
        (6.99, EAST, None),  # 16:59 there
        (7, EAST, "payer"),  # 17:00 there, though 16:00 here
        (7, HERE, None),
        (-24, HERE, "payer"),  # a Sunday
        (72, HERE, "payer"),  # Thanksgiving
    ],
)
def test_a_call_of_ours_counts_by_the_payers_clock(after, zone, whose):
    """Nine to five where the payer is, its holidays left out."""
    assert whose == outside(an_attempt(at=MONDAY + hours(after)), payer=zone)


@pytest.mark.parametrize(("after", "whose"), [(0, None), (-1, "us"), (8, "us"), (-24, "us")])
def test_a_call_of_theirs_counts_by_our_clinicians_clock(after, whose):
    """The payer-side guidance: nine to five in the provider's zone, where no hours are given (source 004)."""
    assert whose == outside(an_attempt(direction="theirs", reached="ma", at=MONDAY + hours(after)), payer=WEST)


def test_the_clinicians_own_hours_go_before_the_usual_ones():
    """Who works from seven to noon may be called at seven and not at one; on a day off not at all."""
    early = replace(CLINICIAN, hours=(WorkingHours("MO", time(7), time(12)),))
    for after, whose in ((-2, None), (2.9, None), (3, "us"), (24, "us")):
        call = an_attempt(direction="theirs", reached="clinician", at=MONDAY + hours(after))
        assert whose == outside(call, clinician=early), after


def test_the_hour_of_a_clock_change_is_the_hour_there():
    """The Sunday on which clocks go back is a Sunday; the Monday after begins at nine by the new time."""
    nine = datetime(2026, 11, 2, 14, 0, tzinfo=UTC)  # 09:00 EST; the Friday before it was 13:00 UTC
    assert None is outside(an_attempt(at=nine))
    assert "payer" == outside(an_attempt(at=nine - timedelta(hours=1)))
    assert None is outside(an_attempt(at=nine - timedelta(days=3, hours=1)))


def test_where_nobody_placed_a_call_nothing_is_marked():
    """A booked call that nobody came to, and what was asked on a portal."""
    sunday = MONDAY - hours(24)
    assert None is outside(an_attempt(at=sunday, result="payer_no_show", reached="nobody"))
    assert None is outside(an_attempt(at=sunday, result="refused", reached="staff", channel="portal"))
