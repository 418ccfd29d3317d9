"""What a service's file must carry beside its criteria: questions, fallbacks, literature; and nothing licensed."""

import re
from datetime import date
from pathlib import Path

import pytest

from app.edges.rulebook.criteria import load_criteria
from app.edges.rulebook.denials import load_denial_rules
from tests.rules.charts import brief_of, cases

RULES = Path(__file__).parents[2] / "app" / "rules"
FILES = [path for path in (RULES / "criteria").glob("*.toml") if path.name != "systems.toml"]
SERVICES = [each for each in load_criteria(RULES / "criteria") if not each.generic]
DENIALS = load_denial_rules(RULES / "denials.toml")
CASES = cases()
LICENSED = re.compile(
    r"interqual|milliman|(?-i:\bMCG\b)|\bnccn\b|american medical association|cpt(?:®| is a)|[®©™]|all rights reserved",
    re.I,
)


def test_the_services_that_lead_p2p_lists_are_there():
    """Twelve at least, each with charts that try it."""
    assert len(SERVICES) >= 12
    assert {each.key for each in SERVICES} <= {owner for owner, _ in CASES.values()}


@pytest.mark.parametrize("service", SERVICES, ids=lambda each: each.key)
def test_a_service_knows_its_questions_and_what_is_held_against_it(service):
    """Four questions at least and two counters, each resting on facts of the chart, each saying what to ask for."""
    asked = [each for each in service.questions if not each.counters]
    held = [each for each in service.questions if each.counters]

    assert 4 <= len(asked) <= 7
    assert 2 <= len(held) <= 4
    assert all(each.rests_on or each.tells for each in service.questions)
    assert all(each.text.endswith(("?", ".")) and each.missing.endswith(".") for each in service.questions)
    assert all(each.text.endswith("?") for each in asked)


@pytest.mark.parametrize("service", SERVICES, ids=lambda each: each.key)
def test_every_criterion_is_asked_for_or_answers_something(service):
    """A criterion that no question rests on and no denial names would never be spoken of."""
    rested = {key for each in service.questions for key in each.rests_on}

    assert {each.key for each in service.criteria} <= rested | {each.key for each in service.criteria if each.asked}


@pytest.mark.parametrize("service", SERVICES, ids=lambda each: each.key)
def test_a_service_has_two_fallbacks_and_literature_that_leads_somewhere(service):
    """What was not looked up says so by its missing day; what speaks against us is there as well."""
    assert len(service.fallbacks) >= 2
    assert len(service.literature) >= 2
    assert any(each.contrary for each in service.literature)
    for each in service.literature:
        assert each.pmid or each.doi or each.url
        assert each.checked is None or each.checked >= date(2026, 12, 1)
        assert len(each.sentence.split()) <= 45
        assert not each.doi or each.doi.startswith("10.")


@pytest.mark.parametrize("path", FILES, ids=lambda each: each.stem)
def test_no_licensed_text_is_in_the_file(path):
    """Bare codes and our own words: no descriptor beside a code, no text of a licensed guideline."""
    text = path.read_text()
    outside = re.sub(r"\[[^\[\]]*\]", "", re.sub(r'"[^"\n]*10\.\d{4}/[^"\n]*"|\b(?:pmid|url) = .*', "", text))

    assert not LICENSED.search(text)
    assert not re.search(r"(?<![\w.-])\d{5}(?!\d)", outside), "a code outside a list of codes"


@pytest.mark.parametrize("service", [each.key for each in SERVICES])
def test_a_chart_that_meets_the_criteria_answers_the_questions(service):
    """Asked on the phone, each answer rests on evidence; at most one question of a good chart stays open."""
    brief = brief_of(CASES[f"{service}/met"][1], services=load_criteria(RULES / "criteria"), rules=DENIALS)
    asked = [each for each in brief.questions if not each.question.counters]

    assert len(asked) >= 4
    assert sum(each.answer is None for each in asked) <= 1
    assert all(each.answer.evidence for each in brief.questions if each.answer)


@pytest.mark.parametrize("service", [each.key for each in SERVICES])
def test_a_chart_that_meets_nothing_names_what_to_ask_for(service):
    """Where the chart is silent the caller hears what to bring, and never an answer without evidence."""
    brief = brief_of(CASES[f"{service}/unmet"][1], services=load_criteria(RULES / "criteria"), rules=DENIALS)

    assert brief.missing
    assert all(each.answer.evidence if each.answer else each.missing for each in brief.questions)
