"""A finding that says no is not one, and an order is not what was ordered."""

import re
from datetime import UTC, datetime

import pytest

from app.core.brief.facts import Chart, Evidence, Finding, Procedure
from app.core.brief.hits import find_hits
from app.core.rulebook.criteria import Need

NOW = datetime(2026, 9, 1, tzinfo=UTC)
AT = datetime(2026, 8, 1, tzinfo=UTC)


def fact(sort, label, **more):
    """Return a fact of August."""
    evidence = (Evidence("Observation/o", "valueString", "2026-08-01", "x"),)
    return sort(label=label, at=AT, day="2026-08-01", evidence=evidence, **more)


def holds(need, chart):
    """Return what each hit says."""
    return [each.holds for each in find_hits(need, chart, diagnoses=(), now=NOW)]


@pytest.mark.parametrize(
    "words", ["no", "No", "None", "Absent", "Negative", "not detected", "Denies", "False", "Never"]
)
def test_a_finding_that_says_no_speaks_against(words):
    """ "Fever: no" met a criterion that asked for fever."""
    asked = Need(kind="finding", cues=re.compile("fever"))

    assert [False] == holds(asked, Chart(findings=(fact(Finding, "Fever", words=words),)))
    assert [True] == holds(asked, Chart(findings=(fact(Finding, "Fever", words="38.9 in the evening"),)))


def test_a_criterion_that_asks_for_a_no_still_gets_it():
    """A negative test is what some criteria want."""
    asked = Need(kind="finding", cues=re.compile("tuberculosis"), says=re.compile("negative"))

    assert [True] == holds(asked, Chart(findings=(fact(Finding, "Tuberculosis test", words="Negative"),)))


def test_an_order_meets_only_what_asks_for_an_order():
    """That therapy was ordered is no proof that anybody went."""
    chart = Chart(procedures=(fact(Procedure, "Physical therapy", kind="order"),))
    asked = {
        each: Need(kind=each, cues=re.compile("physical therapy")) for each in ("procedure", "visit", "report", "order")
    }

    assert {"procedure": [], "visit": [], "report": [], "order": [True]} == {
        kind: holds(need, chart) for kind, need in asked.items()
    }
