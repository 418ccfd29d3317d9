"""What was let in stands until it is taken out; a paper speaks of it where it cites it and nowhere else."""

from hypothesis import given
from hypothesis import strategies as st

from app.core.brief.entries import Entry, EntryKind
from app.core.brief.facts import Evidence, HeldBack
from app.core.brief.held import added_of, care_for, notices_for, step_to_add
from tests.builders import MONDAY

STEPS = st.lists(st.tuples(st.sampled_from([EntryKind.ADDED, EntryKind.REVOKED]), st.sampled_from("abc")), max_size=12)


def an_addition(number: int, kind: EntryKind, thing: str, why: str = "psychotherapy note") -> Entry:
    """Return a step."""
    told = step_to_add([HeldBack(thing, "note", None, why)], thing, "Consent of Friday.")
    return Entry(number, kind, thing, MONDAY, "k", "Dr Example", told if kind is EntryKind.ADDED else {})


@given(steps=STEPS)
def test_the_latest_step_of_each_thing_decides(steps):
    """Whatever the order: a thing stands added exactly when nobody took it out after it was last added."""
    entries = [an_addition(number, kind, thing) for number, (kind, thing) in enumerate(steps, start=1)]
    latest = {thing: kind for kind, thing in steps}

    assert {thing for thing, kind in latest.items() if kind is EntryKind.ADDED} == {
        each.reference for each in added_of(entries)
    }


def test_the_notice_says_what_the_kind_of_thing_asks_for_and_only_where_it_is_cited():
    """A program's record, a psychotherapy note and a restricted label each have their own words."""
    cited = Evidence("DocumentReference/n1", "content[0].attachment.data", None, "words")
    other = Evidence("DocumentReference/n2", "content[0].attachment.data", None, "words")
    whys = ("record of a substance use program", "psychotherapy note", "labelled restricted")
    for why, law in zip(whys, ("42 CFR Part 2", "45 CFR 164.508", "labels as specially protected"), strict=True):
        (added,) = added_of([an_addition(1, EntryKind.ADDED, "a", why)])
        care = care_for(added, only_with_it=frozenset({cited}))
        (notice,) = notices_for([care, care], [cited, other])
        assert law in notice
        assert () == notices_for([care], [other])
