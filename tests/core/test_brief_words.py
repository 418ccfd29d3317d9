"""Sentences, negation, plans, durations and numbers as clinical notes write them."""

import re

import pytest

from app.core.brief.words import (
    Stance,
    change,
    days_told,
    fold,
    number,
    shorten,
    split_sentences,
    stance_of,
    visits_told,
)

THERAPY = re.compile(r"\bphysical therap\w*|\bpt\b")


@pytest.mark.parametrize(
    "sentence",
    [
        "Completed 8 weeks of physical therapy without improvement.",
        "No relief from physical therapy.",
        "Physical therapy did not help.",
        "Not improved after PT, 12 visits.",
        "She denies fever; physical therapy was completed in March.",
        "No fracture, but physical therapy failed.",
        "Could not tolerate physical therapy.",
        "Pain is not controlled on physical therapy.",
        "Physical therapy: 12 visits.",
        "Physical therapy: no relief.",
        "Cannot take more tablets. s/p physical therapy in May.",
        "No fever on arrival and a temperature that was normal on the next day, or physical therapy was begun.",
    ],
)
def test_a_therapy_that_did_not_help_was_still_given(sentence):
    """ "No relief from X" says X was tried; reading it as a denial of X would lose the case its best fact."""
    assert stance_of(fold(sentence), THERAPY) is Stance.AFFIRMED


@pytest.mark.parametrize(
    "sentence",
    [
        "The patient has not had physical therapy.",
        "No physical therapy so far.",
        "Patient declined physical therapy.",
        "Physical therapy was not done.",
        "Has never attended PT.",
        "Didn't start physical therapy.",
        "Physical therapy: none.",
        "Denies a course of injections, a brace, any tablets of gabapentin or physical therapy.",
    ],
)
def test_what_was_not_done_is_denied(sentence):
    """Negation before or after the word turns the fact into its contrary."""
    assert stance_of(fold(sentence), THERAPY) is Stance.DENIED


@pytest.mark.parametrize(
    "sentence",
    [
        "We will start physical therapy next week.",
        "Referred to physical therapy.",
        "Consider physical therapy if pain persists.",
        "Physical therapy would help.",
        "Physical therapy is expected to help.",
        "She plans to join a gym, to lose some weight and see a clinic for physical therapy.",
        "Physical therapy helped her mother.",
        "The insurer says physical therapy is missing.",
        "Recommend PT for six weeks.",
        "Physical therapy for nine weeks is planned.",
        "Physical therapy, twice a week, was ordered today.",
        "Walks with a cane.",
    ],
)
def test_plans_family_and_the_payers_words_are_no_facts(sentence):
    """What is planned, conditional, of a relative, or said by the payer proves nothing of the patient."""
    assert stance_of(fold(sentence), THERAPY) is None


def test_what_was_ordered_and_then_done_is_a_fact():
    """An order that was followed is history."""
    assert stance_of("physical therapy was ordered in may and completed in july", THERAPY) is Stance.AFFIRMED


def test_a_plan_section_holds_plans_unless_it_tells_the_past():
    """Under the heading Plan a bare noun is an intention; "completed" is history wherever it stands."""
    assert stance_of("physical therapy twice a week", THERAPY, heading="assessment and plan") is None
    assert stance_of("physical therapy was completed", THERAPY, heading="plan") is Stance.AFFIRMED


@pytest.mark.parametrize(
    ("sentence", "stance"),
    [
        ("McMurray positive, Lachman negative.", Stance.AFFIRMED),
        ("McMurray is +, drawer neg.", Stance.AFFIRMED),
        ("Lachman, drawer and McMurray negative.", Stance.DENIED),
        ("McMurray neg.", Stance.DENIED),
        ("McMurray (-), Lachman (+).", Stance.DENIED),
        ("Full motion w/o pain on McMurray.", Stance.DENIED),
        ("Neg for pain on McMurray.", Stance.DENIED),
    ],
)
def test_a_denial_reaches_back_over_a_list_but_not_over_what_is_affirmed(sentence, stance):
    """Examinations list signs in one breath; the negative one must not take the positive one with it."""
    assert stance_of(fold(sentence), re.compile(r"\bmcmurray")) is stance


def test_a_plan_in_one_line_is_a_plan_like_one_under_a_heading():
    """Most notes write it so; read as done, six planned weeks of therapy would meet a criterion."""
    assert stance_of("plan: physical therapy twice weekly for 6 weeks.", THERAPY) is None
    assert stance_of("2. plan: physical therapy", THERAPY) is None
    assert stance_of("plan: she completed physical therapy, now refer", THERAPY) is Stance.AFFIRMED
    assert stance_of("treatment plan reviewed: physical therapy helps", THERAPY) is Stance.AFFIRMED
    assert stance_of("plan: physical therapy twice weekly", THERAPY, plans=True) is Stance.AFFIRMED


def test_a_date_in_may_is_no_possibility():
    """ "May 2026" is a month."""
    assert stance_of(fold("In May 2026 physical therapy ended."), THERAPY) is Stance.AFFIRMED


@pytest.mark.parametrize(
    ("sentence", "days"),
    [
        ("14 visits of physical therapy over 9 weeks", 63),
        ("physical therapy for six weeks", 42),
        ("physical therapy for 3 months", 90),
        ("leg pain for 9 months; physical therapy started", None),
        ("pain for 9 months despite physical therapy", None),
        ("physical therapy 3 weeks ago", None),
        ("a 12-week course of physical therapy", 84),
    ],
)
def test_only_the_duration_of_the_therapy_counts(sentence, days):
    """How long there was pain, and how long ago something was, are not how long it lasted."""
    assert days_told(sentence, THERAPY) == days


def test_visits_are_counted_beside_the_therapy():
    """ "14 of 16 visits" is fourteen."""
    assert visits_told("attended 14 of 16 visits of physical therapy", THERAPY) == 14
    assert visits_told("12 clinic visits; physical therapy planned", THERAPY) is None


def test_sentences_keep_the_words_of_the_note():
    """A quote must stand verbatim in its source, wrapped lines and all; headings are told apart."""
    text = "# Assessment\nSeen by Dr. Low today. Leg pain 8\nof 10, worse.\n\nPlan:\n- MRI ordered\n"

    found = list(split_sentences(text))

    assert [
        ("assessment", "Seen by Dr. Low today."),
        ("assessment", "Leg pain 8\nof 10, worse."),
        ("plan", "- MRI ordered"),
    ] == found
    assert all(sentence in text for _, sentence in found)


def test_folding_ignores_what_the_eye_does_not_see():
    """One laboratory name differs from another by a zero-width space only."""
    assert fold("[Mass/\u200bvolume]  in\nBlood") == fold("[mass/volume] in blood")
    assert fold("Don’t") == "don't"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (5, "5"),
        (38.0, "38"),
        (61.5, "61.5"),
        (1.0462302735743512, "1.05"),
        (174.32615021802977, "174.3"),
        (-0.001, "0"),
    ],
)
def test_numbers_are_short_and_not_falsely_exact(value, shown):
    """As recorded up to two decimals; longer ones are rounded."""
    assert number(value) == shown


def test_a_change_always_has_its_sign():
    """A delta without a sign cannot be read on the phone."""
    assert ["+18", "−0.9", "±0"] == [change(18), change(-0.9), change(0.0)]


def test_a_cut_text_says_that_it_was_cut():
    """An ellipsis marks what is left out."""
    assert shorten("one two three", 8) == "one two…"
    assert shorten("one", 8) == "one"


@pytest.mark.parametrize("piece", [" ", "\n", " \n", "\r\n", ". ", '."', "# ", "a", "Dr. A"], ids=repr)
def test_a_text_without_end_is_split_in_one_pass(piece):
    """Two million blanks, lines or dots in a note: no step is taken twice (issue 3, bad input)."""
    text = f"# a{piece * (2_000_000 // len(piece))}b"
    *_, (_, latest) = split_sentences(text)

    assert latest.endswith("b")
