"""A sentence without evidence is signed by a clinician of the case, or it stands nowhere."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.brief.entries import Entry, EntryKind, next_number
from app.core.brief.own import (
    LONGEST,
    MOST,
    NoSuchSentence,
    NotASentence,
    check_sentence,
    draft_of,
    may_sign,
    signed_of,
    written_of,
)
from app.core.people import Role, User
from tests.builders import CLINICIAN, MONDAY, hours
from tests.edges.store.builders import a_case

STEPS = st.lists(st.tuples(st.sampled_from(EntryKind), st.sampled_from(["s1", "s2", "other"])), max_size=14)


def an_entry(number: int, kind: EntryKind, thing: str = "s1", *, by: str = "Ann Example", **told: str) -> Entry:
    """Return a step, an hour after the one before."""
    words = {"text": f"Sentence {thing}.", "place": "Why now"} if kind is EntryKind.DRAFTED else {}
    return Entry(number, kind, thing, MONDAY + hours(number), f"k|{by}", by, words | told)


def history(*kinds: EntryKind) -> list[Entry]:
    """Return the steps of one sentence."""
    return [an_entry(number, kind) for number, kind in enumerate(kinds, start=1)]


@given(steps=STEPS)
def test_what_stands_on_a_brief_was_signed_and_not_withdrawn_since(steps):
    """Whatever people did in whatever order: nothing unsigned or withdrawn is among the signed, nothing is lost."""
    entries = [an_entry(number, kind, thing) for number, (kind, thing) in enumerate(steps, start=1)]
    for each in signed_of(entries):
        mine = [step for step in entries if step.thing == each.id]
        since = max(step.number for step in mine if step.kind is EntryKind.DRAFTED)
        later = [step.kind for step in mine if step.number > since]
        assert EntryKind.SIGNED in later
        assert EntryKind.WITHDRAWN not in later
    drafted = {step.thing for step in entries if step.kind is EntryKind.DRAFTED}
    assert drafted == {each.id for each in written_of(entries)}
    assert next_number(entries) == len(entries) + 1


def test_a_signature_names_who_and_when_and_keeps_the_writer():
    """A coordinator wrote it, the clinician signed it."""
    steps = [an_entry(1, EntryKind.DRAFTED, by="Cory Coordinator"), an_entry(2, EntryKind.SIGNED, by="Dr Example")]
    (one,) = written_of(steps)

    assert ("Cory Coordinator", "Dr Example") == (one.drafted_by, one.signed.by)
    assert "signed Dr Example, 2026-11-23 17:00 UTC" == one.signed.signature
    assert ("Sentence s1.", "Why now") == (one.signed.text, one.signed.place)


def test_a_second_signature_does_not_replace_the_first():
    """Who signed first answers for it."""
    steps = [*history(EntryKind.DRAFTED, EntryKind.SIGNED), an_entry(3, EntryKind.SIGNED, by="Dr Second")]

    assert ["Ann Example"] == [each.by for each in signed_of(steps)]


def test_a_withdrawn_sentence_cannot_be_signed_any_more():
    """Its history stays, with who withdrew it; it waits for nobody."""
    steps = history(EntryKind.DRAFTED, EntryKind.WITHDRAWN, EntryKind.SIGNED)

    assert () == signed_of(steps)
    assert ["Ann Example"] == [each.withdrawn_by for each in written_of(steps)]
    with pytest.raises(NoSuchSentence):
        draft_of(steps, "s1")


@pytest.mark.parametrize(
    ("user", "owner", "takes", "signs"),
    [
        (User("k", "Dr A", Role.CLINICIAN, CLINICIAN.reference), None, True, True),
        (User("k", "Dr B", Role.CLINICIAN, "Practitioner/other"), None, True, False),
        (User("k", "Dr B", Role.CLINICIAN, "Practitioner/other"), "k", True, True),
        (User("k", "Dr B", Role.CLINICIAN, "Practitioner/other"), None, False, True),
        (User("k", "Cory", Role.COORDINATOR, CLINICIAN.reference), "k", True, False),
        (User("k", "Mana", Role.MANAGER, CLINICIAN.reference), "k", False, False),
        (User("k", "Del", Role.DELEGATE, CLINICIAN.reference), "k", False, False),
    ],
)
def test_who_signs(user, owner, takes, signs):
    """A clinician who takes the call or owns the case; any clinician while nobody takes it; the office never."""
    case = replace(a_case(), clinician=CLINICIAN if takes else None, owner_key=owner)

    assert signs == may_sign(user, case)


@pytest.mark.parametrize(
    ("text", "place", "field"),
    [
        ("", "Story", "text"),
        (" \n\u200b.", "Story", "text"),
        ("x" * (LONGEST + 1), "Story", "text"),
        ("So.", "Top", "place"),
    ],
)
def test_what_cannot_stand_on_the_page_is_refused_beside_its_field(text, place, field):
    """Nothing written, too much, or nowhere."""
    with pytest.raises(NotASentence) as refused:
        check_sentence(text, place, written=())
    assert field == refused.value.field


def test_a_sentence_stands_on_one_line_and_there_are_not_too_many():
    """Lines typed into the field become blanks; withdrawn ones make room."""
    many = [an_entry(number, EntryKind.DRAFTED, f"s{number}") for number in range(1, MOST + 1)]

    assert "He fell twice. At home." == check_sentence(" He fell\ntwice.\r\n At home. ", "Story", written=())
    with pytest.raises(NotASentence):
        check_sentence("One more.", "Story", written=written_of(many))
    assert check_sentence("One.", "Story", written=written_of([*many, an_entry(MOST + 1, EntryKind.WITHDRAWN, "s3")]))
