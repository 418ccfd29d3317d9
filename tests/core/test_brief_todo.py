"""What to get before the call: on the list while the brief lacks it, whoever said what; each with who gets it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.brief.entries import Entry, EntryKind
from app.core.brief.gate import Todo
from app.core.brief.todo import NotATask, Task, due_before, people_of, step_of, tasks_of
from app.core.people import Role, User
from tests.builders import MONDAY, hours
from tests.edges.store.builders import a_case

REASON = Todo("reason", "The payer's reason in words.", True)
NICOTINE = Todo("criterion.nicotine", "Nicotine status.", False)
FILMS = Todo("criterion.films", "Bending films.", False)
STEPS = st.lists(
    st.tuples(st.sampled_from(EntryKind), st.sampled_from([REASON.key, NICOTINE.key, FILMS.key, "gone"])), max_size=12
)


def steps(*done: tuple[EntryKind, str], **told: str) -> list[Entry]:
    """Return steps in order, an hour apart."""
    return [
        Entry(number, kind, thing, MONDAY + hours(number), "k", "Ann Example", told or {"owner": "Cory", "why": "w"})
        for number, (kind, thing) in enumerate(done, start=1)
    ]


@given(done=STEPS, lacks=st.lists(st.sampled_from([REASON, NICOTINE, FILMS]), unique=True))
def test_the_list_is_what_the_brief_lacks_and_what_blocks_stays_open(done, lacks):
    """Whatever people said: nothing is added or lost by it, and no word settles what no brief goes out without."""
    tasks = tasks_of(lacks, steps(*done), owner="Owner")

    assert {each.key for each in lacks} == {each.key for each in tasks}
    assert all(each.state == "open" for each in tasks if each.blocks)
    assert all(each.owner for each in tasks)
    states = [each.state == "open" for each in tasks]
    assert sorted(states, reverse=True) == states, "settled things stand last"
    if REASON in lacks:
        assert tasks[0].key == REASON.key, "what blocks stands first"


def test_what_was_given_is_its_owners_until_given_again():
    """By default the case's owner gets everything."""
    given_twice = [
        *steps((EntryKind.GIVEN, NICOTINE.key), owner="Cory"),
        Entry(2, EntryKind.GIVEN, NICOTINE.key, MONDAY, "k", "Ann", {"owner": "Dee"}),
    ]
    found = {each.key: each.owner for each in tasks_of([NICOTINE, FILMS], given_twice, owner="Olive Owner")}

    assert {NICOTINE.key: "Dee", FILMS.key: "Olive Owner"} == found


def test_settled_says_why_by_whom_and_when_and_can_be_opened_again():
    """The word and the name stay; opening again takes them off."""
    settled = steps((EntryKind.NOT_NEEDED, NICOTINE.key), why="never smoked")
    (task,) = tasks_of([NICOTINE], settled, owner=None)
    assert ("not needed", "never smoked", "Ann Example", MONDAY + hours(1)) == (task.state, task.why, task.by, task.at)

    again = [*settled, Entry(2, EntryKind.REOPENED, NICOTINE.key, MONDAY, "k", "Ann")]
    assert [("open", "")] == [(each.state, each.why) for each in tasks_of([NICOTINE], again, owner=None)]


@pytest.mark.parametrize(
    ("do", "blocks", "owner", "why", "field"),
    [
        ("give", False, " \n", "", "owner"),
        ("not_needed", False, "", " ", "why"),
        ("done", True, "", "got it", None),
        ("not_needed", True, "", "no use", None),
        ("explode", False, "", "", None),
    ],
)
def test_what_cannot_be_kept_is_refused_beside_its_field(do, blocks, owner, why, field):
    """No owner, no reason, a settled necessity, an unknown button."""
    with pytest.raises(NotATask) as refused:
        step_of(do, Task("x", "X.", blocks), owner=owner, why=why)
    assert field == refused.value.field


def test_the_people_of_the_case_can_be_named_at_once_and_it_is_due_before_the_call():
    """The user, the owner, who takes the call, each once; the booked call, else the last safe moment."""
    case = a_case(owner_name="Olive Owner", last_safe_at=MONDAY)

    assert ("Ann", "Olive Owner", "Dr Example Surgeon") == people_of(case, User("k", "Ann", Role.COORDINATOR))
    assert MONDAY == due_before(case)
