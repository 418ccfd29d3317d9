"""The reviewer's questions: answered from facts with their evidence, or told as not documented."""

import re
from dataclasses import replace

import pytest

from app.core.brief.criteria import Status
from app.core.rulebook.criteria import Alternative, Need, ReviewQuestion
from tests.builders import a_denial, a_routing
from tests.core.test_brief_page import FILMS, FUSION, GENERIC, THERAPY, brief_of, note
from tests.core.test_brief_story import medicine

CONSERVATIVE = ReviewQuestion(
    key="conservative",
    text="Why not conservative care first?",
    missing="When therapy was and what came of it: ask before the call.",
    rests_on=("therapy",),
    tells=("therapies",),
)
CLINICAL = ReviewQuestion(
    key="films", text="Films?", missing="Bring.", rests_on=("films",), kinds=frozenset({"clinical"})
)
TRIALS = replace(CLINICAL, key="trials", text="What supports it?", kinds=frozenset({"experimental"}))
COUNTER = replace(CLINICAL, key="slow", text="It is not urgent.", kinds=frozenset(), counters=True)
BRACE = Alternative(
    key="brace",
    label="a brace",
    against=(Need(kind="note", cues=re.compile("brace"), against=re.compile("brace helped")),),
    asked=re.compile("brace"),
)
INJECTION = replace(
    BRACE,
    key="injection",
    label="an injection",
    asked=re.compile("inject"),
    against=(Need(kind="note", cues=re.compile("injection")),),
)


def rules(*questions, alternatives=()):
    """Return the rules with these questions."""
    tried = re.compile("naproxen|gabapentin")
    fusion = replace(FUSION, questions=questions, alternatives=alternatives, therapy_cues=tried)
    return (fusion, GENERIC)


def answers(brief):
    """Return question key → answer's text, None where the chart is silent."""
    return {each.question.key: each.answer and each.answer.text for each in brief.questions}


def test_why_not_conservative_care_is_answered_with_what_when_and_how_it_went():
    """Which, from when to when, with what result: the answer is what a reviewer writes down."""
    tried = medicine("naproxen", "no relief")

    brief = brief_of(THERAPY, medicines=(tried,), rules=rules(CONSERVATIVE))

    (answered,) = brief.questions
    assert answered.answer.text == (
        "Therapy: “Therapy for eight weeks.” (2026-10-31). "
        f"naproxen: {tried.day} to {tried.ended_day} (40 days); no relief."
    )
    assert answered.answer.evidence == THERAPY.evidence + tried.evidence
    assert answered.missing is None


def test_a_question_the_chart_is_silent_on_says_what_to_ask_for():
    """ "Not documented" before the call is worth more than a stammer in it."""
    (answered,) = brief_of(FILMS, rules=rules(CONSERVATIVE)).questions

    assert answered.answer is None
    assert answered.missing == "When therapy was and what came of it: ask before the call."


def test_a_criterion_that_falls_short_is_answered_as_falling_short():
    """The reviewer has the same chart: hiding the shortfall loses the call."""
    rule = rules(CLINICAL)[0]
    films = rule.criteria[1]
    fresh = replace(films, needs=(replace(films.needs[0], within_days=1),))
    strict = replace(rule, criteria=(rule.criteria[0], fresh))

    brief = brief_of(FILMS, rules=(strict, GENERIC))

    assert [Status.NOT_MET] == [each.status for each in brief.criteria if each.criterion.key == "films"]
    assert answers(brief)["films"].startswith("Films (falls short): “Bending films show motion.”")


@pytest.mark.parametrize(
    ("kind", "asked"),
    [
        ("clinical", ["conservative", "films", "slow"]),
        ("experimental", ["conservative", "trials", "slow"]),
        (None, ["conservative", "films", "trials", "slow"]),
        ("none", ["conservative", "films", "trials", "slow"]),
    ],
)
def test_questions_fit_the_reason_of_the_denial(kind, asked):
    """Where the payer gave no reason any of them may come."""
    routing = replace(a_routing(), reason_kind=kind)

    brief = brief_of(THERAPY, routing=routing, rules=rules(CONSERVATIVE, CLINICAL, TRIALS, COUNTER))

    assert asked == [each.question.key for each in brief.questions]


def test_what_speaks_against_the_payers_alternative_answers_it():
    """A question may be answered by the alternatives alone."""
    question = replace(CONSERVATIVE, rests_on=(), tells=("alternatives",))
    brace = note("The brace gave her sores.", 30)
    denial = a_denial(notes=(replace(a_denial().notes[0], text="A brace must be tried first."),))

    brief = brief_of(brace, denial=denial, rules=rules(question, alternatives=(BRACE, INJECTION)))

    assert ["A brace: “The brace gave her sores.” (2026-10-21)."] == [each.text for each in brief.against]
    assert answers(brief)["conservative"] == "A brace: “The brace gave her sores.” (2026-10-21)."


@pytest.mark.parametrize(
    ("words", "spoken"),
    [
        ("A brace must be tried first.", ["A brace"]),
        ("Step therapy was not followed.", ["A brace", "An injection"]),
        ("A preferred alternative is on the formulary.", ["A brace", "An injection"]),
        ("The notes were illegible.", []),
    ],
)
def test_only_the_alternatives_that_the_payer_may_mean_are_spoken_against(words, spoken):
    """Those the denial names; all, where it sends us to another treatment without naming one."""
    remarks = (note("The brace gave her sores.", 30), note("The injection gave no relief.", 20))
    denial = a_denial(notes=(replace(a_denial().notes[0], text=words),))

    brief = brief_of(*remarks, denial=denial, rules=rules(alternatives=(BRACE, INJECTION)))

    assert spoken == [each.text.split(":")[0] for each in brief.against]


def test_an_alternative_that_helped_later_is_not_spoken_against():
    """The chart's later word counts, as it does for the criteria."""
    remarks = (note("The brace gave her sores.", 30), note("The new brace helped.", 5))
    denial = a_denial(notes=(replace(a_denial().notes[0], text="A brace must be tried first."),))
    helped = replace(BRACE, against=(Need(kind="note", cues=re.compile("sores"), against=re.compile("brace helped")),))

    assert brief_of(*remarks, denial=denial, rules=rules(alternatives=(helped,))).against == ()
