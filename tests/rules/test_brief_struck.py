"""Every chart of every service, each cited resource struck out of it in turn: what rested on it must go."""

from dataclasses import replace
from pathlib import Path

import pytest

from app.edges.rulebook.criteria import load_criteria
from app.edges.rulebook.denials import load_denial_rules
from tests.rules.charts import brief_of, cases

RULES = Path(__file__).parents[2] / "app" / "rules"
SERVICES = load_criteria(RULES / "criteria")
DENIALS = load_denial_rules(RULES / "denials.toml")
CASES = cases()
PARTS = ("Answer", "Story", "Criteria", "Questions")


def sentences_of(brief):
    """Return title -> the sentences under it, as (text, references)."""
    return {
        section.title: {(each.text, frozenset(one.reference for one in each.evidence)) for each in section.sentences}
        for section in brief.sections
    }


def without(case, reference):
    """Return the case with one resource struck out; the rest keep their names."""
    left = [each for name, each in case.chart.items() if name != reference and each["resourceType"] != "Patient"]
    return replace(case, resources=tuple(left))


@pytest.mark.parametrize("name", CASES)
def test_no_sentence_outlives_what_it_rested_on(name):
    """The story, the answers to questions and what speaks against the alternative go with their sources, too."""
    _, case = CASES[name]
    before = sentences_of(brief_of(case, services=SERVICES, rules=DENIALS))
    cited = {each for told in before.values() for _, references in told for each in references}

    for struck in cited:
        after = sentences_of(brief_of(without(case, struck), services=SERVICES, rules=DENIALS))

        assert struck not in {each for told in after.values() for _, references in told for each in references}
        for title, told in before.items():
            alone = {text for text, references in told if references == {struck}}
            left = {text for text, references in after.get(title, set()) if references <= {struck}}
            assert not alone & left, (title, struck)


def test_the_charts_reach_every_part_that_could_be_struck():
    """Story, questions and alternatives are among what the charts above put to the test."""
    titles = {
        title for _, case in CASES.values() for title in sentences_of(brief_of(case, services=SERVICES, rules=DENIALS))
    }

    assert {*PARTS, "Against the alternative", "Measures", "Tried so far", "Weak points", "Why now"} <= titles
