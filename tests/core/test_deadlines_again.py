"""A changed rule brings an open case's ends nearer; it puts a firm one off only where somebody says so."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.case import Clock
from app.core.deadlines.again import STANDS, clocks_again, held_ends
from tests.builders import MONDAY, hours


def a_clock(ends: float, *, name: str = "p2p_window", firm: bool = True) -> Clock:
    """Return a clock that ends so many hours after Monday."""
    return Clock(name, MONDAY, MONDAY + hours(ends), "a rule", "https://payer.example", "Said.", firm)


clocks = st.builds(a_clock, st.integers(1, 400), name=st.sampled_from(["p2p_window", "appeal"]), firm=st.booleans())
sets = st.lists(clocks, max_size=2, unique_by=lambda each: each.name)


@pytest.mark.parametrize(
    ("old", "new", "later", "ends", "firm"),
    [
        (a_clock(72), a_clock(48), False, 48, True),
        (a_clock(72), a_clock(96), False, 72, True),
        (a_clock(72), a_clock(96), True, 96, True),
        (a_clock(72), a_clock(48, firm=False), False, 72, True),
        (a_clock(72), a_clock(48, firm=False), True, 48, False),
        (a_clock(72, firm=False), a_clock(96), False, 96, True),
        (a_clock(72, firm=False), a_clock(48), False, 48, True),
    ],
    ids=["nearer", "held", "said so", "firm stays firm", "loose if said so", "caution gives way", "caution nearer"],
)
def test_an_end_comes_nearer_and_goes_further_only_if_told(old, new, later, ends, firm):
    """The payer's own stated end is never put off by a slip in a form."""
    (found,) = clocks_again([old], [new], later=later)

    assert (MONDAY + hours(ends), firm) == (found.ends_at, found.firm)
    assert found.because.endswith(STANDS) is (found.ends_at == old.ends_at)


def test_a_call_that_can_no_longer_be_had_has_no_clock():
    """The rule now says that the payer talks before it decides only: the window goes, the appeal stays."""
    appeal = a_clock(400, name="appeal")

    assert (appeal,) == clocks_again([a_clock(72), appeal], [appeal], later=False)


@given(sets, sets)
def test_nothing_firm_is_ever_put_off_unsaid(before, fresh):
    """Whatever the two rules say; and counted twice is counted once."""
    found = clocks_again(before, fresh, later=False)

    firm = {each.name: each.ends_at for each in before if each.firm}
    assert all(each.ends_at <= firm.get(each.name, each.ends_at) for each in found)
    assert {each.name for each in fresh} == {each.name for each in found}
    assert found == clocks_again(found, fresh, later=False)
    assert tuple(sorted(fresh, key=lambda each: (each.ends_at, each.name))) == clocks_again(before, fresh, later=True)


def test_a_held_end_is_not_put_off_by_the_payers_next_word():
    """An answer that is read anew later does not bring the longer time in by the back door; others move."""
    held = replace(a_clock(72), because=f"Said. {STANDS}")
    appeal = a_clock(100, name="appeal")
    found = held_ends([held, appeal], [a_clock(96), a_clock(200, name="appeal")])

    assert [held.ends_at, MONDAY + timedelta(hours=200)] == [each.ends_at for each in found]
