"""What a note denies, leaves open or says of others is never taken for so; what it says is so stays so."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.brief.words import Stance, fold, stance_of

CUE = re.compile(r"fever\w*|physical therapy")
DENIED = (
    "No fever.",
    "Denies fever.",
    "Denies fever, chills, or weight loss.",
    "Denies chills, night sweats, weight loss, cough, rash, dysuria and fever.",
    "Afebrile, no fevers at home.",
    "Fever: none.",
    "Fever - no",
    "Fever: no",
    "(-) fever",
    "Neg for fever.",
    "Negative for chills and fever.",
    "There is no evidence of fever.",
    "Fever absent.",
    "Fever was not present.",
    "Without fever.",
    "w/o fever",
    "Never had fever.",
    "Fever denied.",
    "Patient denied any fever.",
    "Pt. reports no recent fever or chills.",
    "Not febrile, fever ruled out.",
    "Fever not reported.",
    "Fever was denied by the patient.",
    "Unlikely fever.",
    "No longer has fever.",
    "Fever is no longer present.",
    "Fever is no longer a problem.",
    "Absence of fever.",
    "Patient is without any signs of fever.",
    "Hasn't had a fever.",
    "Did not have fever.",
    "Doesn't have fever.",
    "Fever (-).",
    "ROS: fever no, chills no.",
    "Fever/chills: denies",
    "Constitutional: negative for fever",
    "Constitutional: no weight loss, fever or chills",
    "Constitutional: No fevers, chills.",
    "Physical therapy not yet started.",
    "Has not started physical therapy.",
    "Physical therapy was declined.",
    "Patient declined physical therapy.",
    "Physical therapy cancelled.",
    "No-showed for physical therapy.",
    "Did not attend physical therapy.",
    "Physical therapy never begun.",
    "Has yet to begin physical therapy.",
    "Physical therapy deferred.",
    "Patient has no access to physical therapy.",
    "Unable to do physical therapy.",
    "Physical therapy did not start.",
    "Not a candidate for physical therapy.",
    "Physical therapy is not indicated.",
)
OPEN = (
    "Fever has resolved.",
    "Resolved fever.",
    "Return if fever develops.",
    "Call if you have fever.",
    "Fever precautions given.",
    "Risk of fever discussed.",
    "Possible fever.",
    "? fever",
    "Fever cannot be excluded.",
    "Mother had fever.",
    "Wife reports fever in her son.",
    "Monitor for fever.",
    "Watch for fever.",
    "Fever?",
    "Cannot rule out fever.",
    "Non-fever visit",
    "Defer physical therapy.",
    "Trial of physical therapy recommended.",
    "Physical therapy ordered.",
    "Start physical therapy.",
    "Begin physical therapy next week.",
    "Referral placed to physical therapy.",
    "Refer to physical therapy.",
    "Needs physical therapy.",
    "Will need physical therapy.",
    "Advised physical therapy.",
    "Encouraged to do physical therapy.",
    "Insurance denied physical therapy.",
)
SO = (
    "History of fever.",
    "Has fever.",
    "Fever for three days.",
    "No relief; fever persists.",
    "Not only fever but chills.",
    "No cough but fever.",
    "No change in fever.",
    "Continue physical therapy.",
    "Could not tolerate physical therapy.",
    "Failed physical therapy.",
    "Physical therapy failed.",
    "Completed physical therapy without relief.",
    "Completed six weeks of physical therapy; no improvement.",
    "Physical therapy gave no relief.",
    "Physical therapy did not help.",
)


def heard(sentence):
    """Return how a sentence holds the cue."""
    return stance_of(fold(sentence), CUE)


@pytest.mark.parametrize("sentence", DENIED)
def test_what_is_denied_is_denied(sentence):
    """ "No fever" is not fever, in every way that charts write it (issue 5, 1)."""
    assert Stance.DENIED is heard(sentence)


@pytest.mark.parametrize("sentence", OPEN)
def test_what_is_left_open_is_no_fact(sentence):
    """Possible, feared, sought, advised, planned, over, or somebody else's: neither met nor denied."""
    assert heard(sentence) is None


@pytest.mark.parametrize("sentence", SO)
def test_what_is_so_is_affirmed(sentence):
    """A therapy without relief was a therapy; a denial of something else denies nothing here."""
    assert Stance.AFFIRMED is heard(sentence)


SIGNS = st.lists(
    st.sampled_from(
        ("chills", "night sweats", "weight loss", "cough", "rash", "joint pain", "blurry vision", "nausea")
    ),
    min_size=1,
    max_size=8,
    unique=True,
)


@given(
    signs=SIGNS,
    place=st.integers(0, 8),
    head=st.sampled_from(("Denies ", "Patient denied ", "Negative for ", "ROS: denies ")),
    joiner=st.sampled_from((" or ", " and ", ", or ", ", and ")),
)
def test_a_list_is_denied_to_its_end(signs, place, head, joiner):
    """The twelfth sign of a review of systems is as much denied as the first."""
    signs.insert(min(place, len(signs)), "fever")
    listed = ", ".join(signs[:-1]) + joiner + signs[-1]

    assert Stance.DENIED is heard(f"{head}{listed}.")


@given(signs=SIGNS, verb=st.sampled_from(("but has", "but reports", "; has", ", but today shows")))
def test_a_denial_ends_where_something_is_affirmed(signs, verb):
    """ "Denies chills but has fever" is fever."""
    assert Stance.AFFIRMED is heard(f"Denies {', '.join(signs)} {verb} fever.")


@pytest.mark.parametrize(
    "piece",
    ["a", "a ", "a, ", "no a, ", "denies ", "no weight loss, ", "/a", "call ", "risk of ", ": - ", "? ", "not yet "],
)
def test_no_sentence_takes_long(piece):
    """Sentences are cut at 600 characters; these would take the square of that, or worse, if words gave back."""
    for sentence in (piece * 600 + "fever", "fever " + piece * 600):
        stance_of(fold(sentence)[:5_000] + " fever", CUE)
