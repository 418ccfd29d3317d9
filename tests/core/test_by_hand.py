"""What a person has to do in the EHR by hand: never more than is owed, never less."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.effects import FAILED, HANDED, Fate, left_to_people
from app.core.outcome.note_paper import note_paper
from app.core.people import Patient
from tests.builders import MONDAY

STATES = ("queued", "sent", "unknown", "waiting", "confirmed", "rejected", "dead", "by_hand", "void")
KINDS = (*sorted(HANDED), "TellPayer", "AskPayer", "TellClinician", "WriteEvent")


def note(number: int, state: str) -> Fate:
    return Fate(f"t/c/document/o/{number}", "WriteDocument", "o/document", state)


def call(state: str) -> Fate:
    return Fate("t/c/appointment/b", "WriteAppointment", "b", state)


def changed(change: str, state: str) -> Fate:
    return Fate(f"t/c/appointment/b/{change}", "ChangeAppointment", "b", state, change)


@pytest.mark.parametrize(
    "fates, left",
    [
        ([note(0, "confirmed")], 0),
        ([note(0, "rejected")], 1),
        ([note(0, "dead")], 1),
        ([note(0, "by_hand")], 0),
        ([note(0, "unknown")], 0),
        ([note(0, "rejected"), note(1, "confirmed")], 0),
        ([note(0, "rejected"), note(1, "queued")], 0),
        ([note(0, "rejected"), note(1, "rejected")], 1),
        ([note(0, "confirmed"), note(1, "rejected")], 1),
        ([call("rejected")], 1),
        ([call("rejected"), changed("moved", "rejected")], 1),
        ([call("rejected"), changed("cancelled", "rejected")], 0),
        ([call("by_hand"), changed("cancelled", "rejected")], 1),
        ([call("confirmed"), changed("cancelled", "rejected")], 1),
        ([call("confirmed"), changed("fulfilled", "rejected")], 0),
        ([call("by_hand"), changed("noshow", "rejected")], 0),
        ([call("rejected"), note(0, "rejected")], 2),
    ],
)
def test_what_is_left_to_people(fates, left):
    """The latest of its kind counts; a call that never stood there is not cancelled there."""
    assert left == len(left_to_people(fates))


A_FATE = st.builds(
    Fate,
    st.uuids().map(str),
    st.sampled_from(KINDS),
    st.sampled_from("abc"),
    st.sampled_from(STATES),
    st.none() | st.sampled_from(["moved", "cancelled", "noshow"]),
)


@given(st.lists(A_FATE, max_size=8))
def test_only_what_failed_and_can_be_done_there_is_left(fates):
    """At most one thing for each target, its latest."""
    left = left_to_people(fates)
    by_key = {each.key: each for each in fates}

    assert all(by_key[key].state in FAILED and by_key[key].kind in HANDED for key in left)
    targets = [by_key[key].target for key in left]
    assert len(targets) == len(set(targets))
    assert all({each.target: each.key for each in fates}[by_key[key].target] == key for key in left)


ANN = Patient("Patient/1", "Ann Family", "1980-05-06", mrn="M-1")
TEXT = "CALL\nCase 1, Payer A: MRI\n\nHeld: Monday\n\nRESULT\nApproved.\nLine 1: approved.\n\nNOTE\nFilms found.\n\nNPO"


def test_a_note_on_paper_says_all_that_the_text_says():
    """Parts under their headings, whose note it is above; not a word more or less."""
    paper = note_paper(TEXT, title="Call 1: approved", patient=ANN, at=MONDAY)

    assert ["Note", "RESULT", "NOTE"] == [each.title for each in paper.parts]
    assert "Ann Family, born 1980-05-06, MRN M-1" == paper.head[0].text
    said = [
        word.text
        for part in paper.parts
        for block in part.blocks
        for word in getattr(block, "items", None) or block.words
    ]
    assert ["Held: Monday", "Approved.", "Line 1: approved.", "Films found.", "NPO"] == said


@given(st.text(alphabet="aB c.\n", max_size=80))
def test_any_text_makes_a_paper_with_every_line_in_it(text):
    """A note is what somebody typed: no line of it is lost on the way to paper."""
    paper = note_paper(text, title="T", patient=ANN, at=MONDAY)
    said = [
        word.text
        for part in paper.parts
        for block in part.blocks
        for word in getattr(block, "items", None) or block.words
    ]
    said += [each.text for each in paper.head] + [each.title for each in paper.parts]
    lines = [line for line in text.split("\n") if line.strip()]

    assert all(line in said for line in lines[1:])
