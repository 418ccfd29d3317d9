"""What time alone causes: a window that closed without a call lapses once, and the case owes its appeal."""

from datetime import timedelta

import pytest

from app.core.case import CaseState
from app.edges.store import SqlStore
from app.flow import tick
from app.flow.tick import lapse_overdue
from app.flow.worklist import take_over
from tests.fakes.office import Office, an_answer, bring, detected, keep_window

LATER = timedelta(days=3, hours=8)  # behind the payer's own last moment, three days from Monday at five


def lapse(office: Office, **more) -> int:
    """Let the worker look at the clock."""
    return lapse_overdue(office.ports(**more), now=office.now)


@pytest.mark.parametrize("state", ["open", "offered"])
def test_a_window_that_closed_without_a_call_lapses(office: Office, state: str):
    """From then on the case owes its appeal, and the history says when it lapsed."""
    case = bring(office, state)
    office.now += LATER
    assert (1, 0) == (lapse(office), lapse(office))

    stands = office.case(case.id)
    assert (CaseState.LAPSED, "appeal") == (stands.state, stands.next_action.kind)
    assert 1 == office.events(case).count("lapsed")


def test_nothing_lapses_before_its_last_moment(office: Office):
    """The clock is half-open: at its end it is over, a second before it is not."""
    case = detected(office)
    ends = min(clock.ends_at for clock in case.clocks)
    office.now = ends - timedelta(seconds=1)
    assert 0 == lapse(office)

    office.now = ends
    assert 1 == lapse(office)


@pytest.mark.parametrize("state", ["booked", "connected", "decided", "closed", "no_call"])
def test_what_is_arranged_decided_or_another_path_does_not_lapse(office: Office, state: str):
    """A call that is booked may still be held; an excluded benefit never had a window to lose."""
    case = bring(office, state)
    office.now += LATER
    lapse(office)

    assert case.state == office.case(case.id).state


def test_a_cautious_clock_ends_no_case(office: Office):
    """Where the window is only assumed, it warns; only the payer's own word or the law ends a case."""
    case = detected(office, an_answer(notes=()))
    assert not any(clock.firm for clock in case.clocks if clock.name != "appeal")
    office.now += LATER

    assert 0 == lapse(office)
    assert CaseState.OPEN == office.case(case.id).state


def test_another_hospitals_cases_are_left_alone(office: Office):
    """The worker looks at one tenant at a time."""
    case = detected(office)
    office.now += LATER

    assert 0 == lapse(office, tenant="elsewhere")
    assert CaseState.OPEN == office.case(case.id).state


def test_a_case_that_somebody_works_on_is_left_for_the_next_look(office: Office):
    """A person's click goes first; the others lapse all the same."""
    for number in (1, 2):
        detected(office, an_answer(f"cr{number}", patient=f"p{number}"))
    office.now += LATER
    worked_on = []

    class Meanwhile(SqlStore):
        def case(self, tenant: str, case_id: str):
            found = super().case(tenant, case_id)
            if not worked_on:
                worked_on.append(case_id)
                take_over(office.ports(), case_id, seen=found.version, now=office.now)
            return found

    assert 1 == lapse(office, store=Meanwhile(office.database))
    assert CaseState.OPEN == office.case(worked_on[0]).state
    assert 1 == lapse(office)


def test_a_long_list_of_what_cannot_lapse_hides_nothing(office: Office, monkeypatch: pytest.MonkeyPatch):
    """Overdue cases that wait for something else fill a page of the list: those behind them lapse all the same."""
    for number in (1, 2, 3):
        keep_window(office, detected(office, an_answer(f"cr{number}", patient=f"p{number}", notes=())))
    last = detected(office, an_answer("cr9", patient="p9"))
    monkeypatch.setattr(tick, "PAGE_ROWS", 2)
    office.now += timedelta(days=30)

    assert 1 == lapse(office)
    assert CaseState.LAPSED == office.case(last.id).state
