"""An open case is counted again when its payer's rule was changed: nearer at once, later only if the edit says so."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.case import Case
from app.core.deadlines.again import STANDS
from app.core.denial import Path
from app.core.people import Role
from app.core.rulebook.edits import PAYER
from app.flow import detect
from app.flow.cases import Overlooked
from app.flow.tick import recount_open
from app.flow.worklist import take_over
from launch.run import RECOUNT_FOR
from tests.fakes.office import Office, an_answer, book_best, bring, detected, keep_window
from tests.rule_edits import add, form, hours, one_window, windows
from tests.rule_edits import keep as keep_edit
from tests.rule_edits import put_back as put_back_edit

TIME = "p2p_window"
# Three business days from the decision, whatever the setting: an end that the payer itself states.
VAYA = {"payer": "Vaya Health", "line_of_business": "medicaid", "notes": ()}
KEY = "vaya"


def keep(office: Office, name: str, told: dict, **more):
    """Put a value into Vaya's rule."""
    return keep_edit(office, name, told, **({"rule": KEY} | more))


def put_back(office: Office, name: str, number: int, **more):
    """Put a value of Vaya's rule back."""
    return put_back_edit(office, name, number, rule=KEY, **more)


def opened(office: Office, id: str = "cr1", **more) -> Case:
    """Return an open case of Vaya whose letter offers nothing by itself."""
    return detected(office, an_answer(id, **(VAYA | more)))


def tick(office: Office) -> int:
    """Let the worker look at the rules."""
    return recount_open(office.ports(), now=office.now)


def clock(office: Office, case: Case, name: str = TIME):
    """Return a clock as it stands, None when it does not run."""
    return next((each for each in office.case(case.id).clocks if each.name == name), None)


def happened(office: Office, case: Case) -> list[dict]:
    """Return what is kept of the recounts."""
    return [dict(each.data) for each in office.story(case) if each.kind == "rule_changed"]


def test_a_shorter_time_counts_at_the_next_tick_and_says_so(office: Office):
    """Clock, last safe moment and history; a form that was shown before is not taken any more."""
    case = opened(office)
    edit = keep(office, "windows", one_window(1))
    assert (1, 0) == (tick(office), tick(office))

    after, end = office.case(case.id), clock(office, case)
    assert end.ends_at < next(each for each in case.clocks if each.name == TIME).ends_at
    assert "1 business day from" in end.because and "https://payer.example/manual" == end.source
    assert (after.last_safe_at < case.last_safe_at, edit.number) == (True, after.rules_version)
    assert [{"rule": KEY, "edit": 1, "end": "nearer"}] == happened(office, case)
    with pytest.raises(Overlooked):
        take_over(office.ports(), case.id, seen=case.version, now=office.now)


def test_a_longer_time_is_for_new_cases_only_unless_the_edit_says_so(office: Office):
    """The payer's own stated end stands, and says that it does; with the tick it moves, for the edit alone."""
    case = opened(office)
    before = clock(office, case)
    keep(office, "windows", one_window(5))
    tick(office)
    stands = clock(office, case)
    assert (before.ends_at, True) == (stands.ends_at, stands.because.endswith(STANDS))
    assert [{"rule": KEY, "edit": 1, "end": "same"}] == happened(office, case)
    fresh = opened(office, "cr2", patient="p2")
    assert clock(office, fresh).ends_at > before.ends_at

    keep(office, "windows", one_window(5, later="yes"))
    tick(office)
    assert clock(office, fresh).ends_at == clock(office, case).ends_at
    assert "later" == happened(office, case)[-1]["end"]


def test_an_edit_that_says_so_does_not_carry_a_later_one_with_it(office: Office):
    """Two edits between two ticks: it speaks of the rule as it was then, whatever came after."""
    case = opened(office)
    keep(office, "windows", one_window(4, later="yes"))
    keep(office, "windows", one_window(9))
    tick(office)
    told = clock(office, case)
    assert "4 business days from" in told.because and told.because.endswith(STANDS)

    keep(office, "windows", one_window(2))
    keep(office, "windows", one_window(9, later="yes"))
    tick(office)
    assert "9 business days from" in clock(office, case).because


def test_taking_a_slip_back_brings_the_end_back_if_told(office: Office):
    """Typed one for three: the way back is an edit like any other, and asks the same question."""
    case = opened(office)
    before = clock(office, case).ends_at
    keep(office, "windows", one_window(1))
    tick(office)
    put_back(office, "windows", 0)
    tick(office)
    assert clock(office, case).ends_at < before

    keep(office, "windows", one_window(1))
    put_back(office, "windows", 0, later="yes")
    tick(office)
    assert before == clock(office, case).ends_at


def test_what_moves_nothing_is_not_saved_at_all(office: Office):
    """A telephone number, another payer's rule, the same value looked up again: no version, no event."""
    case = opened(office)
    keep(office, "phone", form(phone="800-555-0100"))
    keep(office, "windows", one_window(1), rule="cigna")
    assert 0 == tick(office)

    assert (case.version, []) == (office.case(case.id).version, happened(office, case))


def test_a_change_that_moves_no_end_is_quiet(office: Office):
    """The same end by another rule's words: the page is behind in nothing that matters, so its form is taken."""
    case = opened(office)
    keep(office, "windows", windows(("3", "business_days", "denial_posted", "inpatient")))
    keep(office, "windows", one_window(3))
    keep(office, "names", form(names="Vaya Health\nVaya"))
    assert 1 == tick(office)

    assert clock(office, case).ends_at == next(each for each in case.clocks if each.name == TIME).ends_at
    assert take_over(office.ports(), case.id, seen=case.version, now=office.now).owner_name


def test_hours_move_the_last_safe_moment(office: Office):
    """The payer answers in the morning only: booking must begin earlier, by the same clock."""
    case = opened(office)
    keep(office, "hours", hours(hours_closes="10:00"))
    tick(office)

    assert office.case(case.id).last_safe_at < case.last_safe_at


def test_a_payer_that_no_longer_talks_after_a_denial_reroutes_the_case(office: Office):
    """The lane is read again with the clocks: no window runs, an appeal is what is left."""
    case = opened(office)
    keep(office, "windows", windows(("24", "hours", "plan_outreach", "any"), lane="pre_denial"))
    tick(office)

    after = office.case(case.id)
    assert (Path.APPEAL, None, "appeal") == (after.routing.route, clock(office, case), after.next_action.kind)
    assert "none" == happened(office, case)[-1]["end"]


def test_an_unknown_payers_cases_are_adopted(office: Office):
    """Added, or known by another name from now on: the caution gives way to the rule, also where that ends later."""
    case = detected(office, an_answer(notes=()))
    assert (None, False) == (case.payer_key, clock(office, case).firm)
    added = add(office, "Payer Test")
    keep(office, "windows", one_window(10), rule=added.rule)
    assert 1 == tick(office)

    after = office.case(case.id)
    assert (added.rule, True) == (after.payer_key, clock(office, case).firm)
    assert "10 business days from" in clock(office, case).because


def test_a_payer_that_is_taken_out_leaves_its_cases_to_caution_if_told(office: Office):
    """Added with a slip in its time: taken out, its cases are an unknown payer's again; else the end stands, early."""
    case = detected(office, an_answer(notes=()))
    caution = clock(office, case)
    added = add(office, "Payer Test")
    keep(office, "windows", one_window(1), rule=added.rule)
    tick(office)
    put_back_edit(office, PAYER, 0, rule=added.rule, later="yes")
    tick(office)

    assert (None, caution) == (office.case(case.id).payer_key, clock(office, case))


@pytest.mark.parametrize("state", ["decided", "confirmed", "closed"])
def test_what_is_decided_is_not_counted_again(office: Office, state: str):
    """Nor what is closed."""
    case = bring(office, state, **VAYA)
    before = office.case(case.id)
    keep(office, "windows", one_window(1, sure="yes"))
    tick(office)

    assert before == office.case(case.id)


def test_a_booked_call_that_now_comes_too_late_is_to_be_moved(office: Office):
    """The window was made shorter than the booking: the next action says so, by the new end."""
    case = opened(office)
    case = keep_window(office, office.case(case.id), day="2026-11-25")
    booked = book_best(office, case)
    keep(office, "windows", one_window(1))
    tick(office)

    action = office.case(case.id).next_action
    assert ("rebook", "us", clock(office, case).ends_at) == (action.kind, action.waits_on, action.due_at)
    assert office.case(case.id).booking == booked.booking, "nothing is cancelled by itself"


def test_an_open_page_looks_at_the_payers_answer_by_the_rules_of_now(office: Office):
    """Before the tick came: a look at the EHR counts the case again first, and does not call it the payer's change."""
    case = opened(office)
    keep(office, "windows", one_window(1))
    detect.detect_denials(office.ports(), patient="Patient/p1", now=office.now)

    assert ["denied", "rule_changed"] == office.events(case)
    assert 0 == tick(office)


def test_the_payers_next_word_does_not_put_off_an_end_that_was_held(office: Office):
    """Held at three days by an unsaid edit; a changed answer of the same day is read by five, and still held."""
    case = opened(office)
    before = clock(office, case).ends_at
    keep(office, "windows", one_window(5))
    tick(office)
    changed = an_answer("cr1", **VAYA, reference_number="REF-NEW")
    office.ehr.tell(changed)
    detect.detect_denials(office.ports(), patient="Patient/p1", now=office.now)

    assert "payer_changed" in office.events(case)
    assert before == clock(office, case).ends_at


def test_a_decision_of_another_day_has_an_end_of_its_own(office: Office):
    """What was held belonged to the first decision; the payer decided anew, and its time runs from then."""
    case = opened(office)
    keep(office, "windows", one_window(5))
    tick(office)
    office.push(days=1)
    office.ehr.tell(an_answer("cr1", **VAYA, created_at=office.now))
    detect.detect_denials(office.ports(), patient="Patient/p1", now=office.now)

    end = clock(office, case)
    assert "5 business days from" in end.because and not end.because.endswith(STANDS)


def test_a_case_that_somebody_works_on_waits_for_the_next_tick(office: Office, monkeypatch):
    """Saved between reading and counting: left as it was left, counted at the next pass; the others are not held up."""
    case, other = opened(office), opened(office, "cr2", patient="p2")
    keep(office, "windows", one_window(1))
    stale = replace(office.case(case.id), version=0)
    real = office.store.open_cases
    monkeypatch.setattr(
        office.store,
        "open_cases",
        lambda tenant, **page: tuple(stale if each.id == case.id else each for each in real(tenant, **page)),
    )
    assert 1 == tick(office)
    monkeypatch.undo()

    assert 1 == tick(office)
    assert {1} == {office.case(each.id).rules_version for each in (case, other)}


def test_cases_are_counted_page_by_page(office: Office, monkeypatch):
    """However many there are, each once."""
    monkeypatch.setattr("app.flow.tick.PAGE_ROWS", 2)
    for n in range(5):
        opened(office, f"cr{n}", patient=f"p{n}")
    keep(office, "windows", one_window(1))

    assert (5, 0) == (tick(office), tick(office))


def test_another_hospitals_cases_stay_as_they_are(office: Office):
    """Its own rules did not change."""
    case = opened(office)
    keep(office, "windows", one_window(1), tenant="elsewhere")

    assert 0 == tick(office)
    assert case == office.case(case.id)


def test_a_manager_may_do_all_of_it_too(office: Office):
    """The other role with the right."""
    opened(office)
    keep(office, "windows", one_window(1), role=Role.MANAGER)

    assert 1 == tick(office)
    assert RECOUNT_FOR >= timedelta(minutes=1)
