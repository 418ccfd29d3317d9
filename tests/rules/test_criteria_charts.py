"""Synthetic charts against the criteria: each answer as a reader worked it out, each sentence verbatim in the chart."""

import re
from base64 import b64decode
from html import unescape
from pathlib import Path

import pytest

from app.edges.rulebook.criteria import load_criteria
from app.edges.rulebook.denials import load_denial_rules
from tests.rules.charts import PATIENT, brief_of, cases

RULES = Path(__file__).parents[2] / "app" / "rules"
SERVICES = load_criteria(RULES / "criteria")
DENIALS = load_denial_rules(RULES / "denials.toml")
CASES = cases()
KINDS = ("met", "unmet", "contradictory")


@pytest.fixture(params=CASES)
def told(request):
    """One case: its service, itself, and its brief."""
    service, case = CASES[request.param]
    return service, case, brief_of(case, services=SERVICES, rules=DENIALS)


def test_each_criterion_is_answered_as_a_reader_would(told):
    """The expectation was written by hand from the chart, before the program read it."""
    service, case, brief = told
    rule = next(each for each in SERVICES if each.key == service)

    assert brief.rule.label == rule.label, "the denied line leads to other criteria"
    assert case.expected | case.missed == {each.criterion.key: each.status.value for each in brief.criteria}
    assert case.answered in (None, brief.answered)


def test_no_chart_is_known_to_meet_what_a_reader_would_not():
    """What is missed is missed towards silence: nothing that is false is told to a reviewer."""
    assert not [name for name, (_, case) in CASES.items() if "met" in case.missed.values()]


def test_every_sentence_stands_verbatim_in_the_resource_it_cites(told):
    """Walks the page: no sentence about the patient without a quote, no quote that the chart does not hold."""
    _, case, brief = told
    sentences = [each for section in brief.sections for each in section.sentences]

    assert sentences
    for sentence in sentences:
        assert sentence.evidence, sentence.text
        for cited in sentence.evidence:
            assert cited.reference != PATIENT
            assert _plain(cited.quote) in _plain(_said(case.chart[cited.reference], cited.path)), cited


def test_each_service_has_a_chart_that_meets_one_that_does_not_and_one_that_says_both():
    """Three at least, by name, for each service that has charts at all."""
    for service in {each for each, _ in CASES.values()}:
        assert set(KINDS) <= {case.name for owner, case in CASES.values() if owner == service}, service


def _said(resource: dict, path: str) -> str:
    """Return what stands at the path; an attachment is decoded, and HTML read without its tags."""
    value, form = resource, {}
    for step in re.findall(r"\w+", path):
        form = value if isinstance(value, dict) else form
        value = value[int(step)] if isinstance(value, list) else value[step]
    if path.endswith("data"):
        value = b64decode(value).decode()
        value = unescape(re.sub(r"<[^>]+>", "\n", value)) if form["contentType"] == "text/html" else value
    return str(value)


def _plain(text: str) -> str:
    return " ".join(text.split())
