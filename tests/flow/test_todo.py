"""The list of what to get, through the real store and rules: it lives by the chart, not by what people say."""

import pytest

from app.core.brief.todo import NothingLacks
from app.flow import worklist
from app.flow.brief import brief_of, todo
from tests.fakes.office import Office, bring
from tests.flow.test_unsent import THERAPY, a_note

THERAPY_KEY = "criterion.therapy"


@pytest.fixture
def case(office: Office):
    """A booked case of a lumbar fusion whose chart is empty."""
    return bring(office, "booked")


def listed(office: Office, case) -> todo.TodoRead:
    """Return the list as it stands."""
    ports = office.ports()
    return todo.todo(ports, brief_of(ports, case.id, now=office.now), now=office.now)


def settle(office: Office, case, key: str, do: str, **told) -> None:
    """Send the form."""
    words = {"owner": "", "why": ""} | told
    todo.settle(office.ports(), case.id, key, do, **words, now=office.now)


def test_a_thing_leaves_the_list_when_the_chart_answers_it(office: Office, case):
    """Nobody ticks it off: the therapy note came in. Given to somebody before, it is not theirs any more."""
    assert THERAPY_KEY in [each.key for each in listed(office, case).tasks]
    settle(office, case, THERAPY_KEY, "give", owner="Cory Example")
    assert {"Cory Example"} == {each.owner for each in listed(office, case).tasks if each.key == THERAPY_KEY}

    office.ehr.charts["Patient/p1"] = {"DocumentReference/n1": a_note(THERAPY)}
    assert THERAPY_KEY not in [each.key for each in listed(office, case).tasks]
    with pytest.raises(NothingLacks):
        settle(office, case, THERAPY_KEY, "done")


def test_what_was_settled_does_not_count_and_what_was_said_is_audited(office: Office, case):
    """Done by one, with a word; by when all of it is due is the booked call."""
    before = listed(office, case)
    settle(office, case, THERAPY_KEY, "not_needed", why="the payer has it")
    after = listed(office, case)

    assert before.open_count - 1 == after.open_count
    assert case.booking.interval.start == after.due_at
    assert f"brief not_needed {THERAPY_KEY}" in [act for _, act, *_ in office.audited()]


def test_another_case_keeps_its_own_list(office: Office, case):
    """What was said of one case's therapy is not said of another's."""
    settle(office, case, THERAPY_KEY, "not_needed", why="the payer has it")
    other = bring(office, "open", id="cr9", patient="p9")

    assert "open" in [each.state for each in listed(office, other).tasks if each.key == THERAPY_KEY]


def rows(office: Office) -> dict[str, int]:
    """Return how much the worklist says is to get, by case."""
    page = worklist.worklist(office.ports(), show="open", search="", page=0, now=office.now)
    return {row.case_id: row.to_get for row in page.rows}


def test_the_worklist_says_how_much_is_to_get_as_last_read(office: Office, case):
    """Nothing before anybody read the brief; then the open things; one less as one is settled."""
    assert {case.id: 0} == rows(office)
    count = listed(office, case).open_count
    assert {case.id: count} == rows(office) and count > 1
    settle(office, case, THERAPY_KEY, "not_needed", why="the payer has it")
    listed(office, case)

    assert {case.id: count - 1} == rows(office)
