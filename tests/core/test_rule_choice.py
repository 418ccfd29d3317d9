"""Which payer's rule governs a case is told with its reasons, and with what would lead to another."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.denial import Coverage, Denial
from app.core.people import Party
from app.core.rulebook.choice import choose_rule
from app.core.rulebook.matching import match_payer
from app.core.rulebook.phrases import FUNDING, LINES
from app.edges.rulebook import RuleBook

BOOK = RuleBook.load(Path(__file__).parents[2] / "app" / "rules")
NAMES = sorted({name for each in BOOK.payers for name in (each.payer, *each.called)})


def answer(insurer=None):
    """Return an answer of an insurer."""
    return Denial("ClaimResponse/1", None, None, None, datetime(2026, 11, 20, tzinfo=UTC), None, Party(insurer))


def chosen(payer, line=None, state=None, *, insurer=None):
    """Return the choice for a plan."""
    return choose_rule(BOOK.payers, Coverage(None, Party(payer), line_of_business=line, state=state), answer(insurer))


@pytest.mark.parametrize(
    ("told", "key", "because", "change"),
    [
        (
            ("UHC", "commercial"),
            "uhc_general",
            "This rule is for every plan of this payer.",
            "Were the line of business Medicare Advantage: UnitedHealthcare (Medicare Advantage).",
        ),
        (
            ("UHC", "medicare_advantage", "MN"),
            "uhc_ma",
            "The rule is for Medicare Advantage; this is Medicare Advantage.",
            "Were the setting inpatient: UnitedHealthcare (commercial or Medicare Advantage · MN · inpatient).",
        ),
        (
            ("Cigna", None),
            None,
            "Cigna (commercial) is not for this case: the line of business is not known.",
            "Were the line of business commercial: Cigna (commercial).",
        ),
        (
            ("Cigna", "commercial"),
            "cigna",
            "The plan's payer is Cigna, known by name.",
            "Were the answer eviCore's, which decides for Cigna: eviCore (every plan).",
        ),
        (
            ("Superior HealthPlan TX", "medicaid"),
            "superior_tx",
            "The rule is for TX; the case's state is not known, and nothing speaks against it.",
            "Were the line of business commercial, Medicare Advantage or original Medicare: no known rule.",
        ),
        (
            ("Regence BlueShield", "commercial"),
            "regence_med",
            "The rule is for medical services; this is medical services.",
            "Were the service drugs: Regence (commercial · drugs).",
        ),
    ],
)
def test_a_choice_says_why_and_what_would_change_it(told, key, because, change):
    """Payer, line of business, state, service, setting, vendor: each with the case's own fact beside it."""
    found = chosen(*told)

    assert key == (found.rule and found.rule.key)
    assert because in found.because
    assert change in found.changes


def test_a_vendor_that_answered_is_asked_before_the_plans_payer():
    """Who decided talks; where the vendor's rules are for others, nothing is known."""
    serves = chosen("Humana", "medicare_advantage", insurer="Cohere Health")
    serves_not = chosen("Cigna", "commercial", insurer="Cohere Health")

    assert ("cohere_humana", None) == (serves.rule.key, serves_not.rule)
    assert "its own rule counts, not the plan's payer's" in serves.because[0]
    assert any("is not for this case: the line of business is commercial" in each for each in serves_not.because)


def test_an_unknown_payer_is_never_given_anothers_rule():
    """By likeness nothing is found; nobody named is said too."""
    alike, nobody = chosen("United Healthcare Choices"), chosen(None)

    assert (None, None) == (alike.rule, nobody.rule)
    assert "Another payer's rule is never used in its place." in alike.because[0]
    assert ("Neither the plan nor the answer names a payer.",) == nobody.because


def test_what_is_not_known_of_the_case_is_told():
    """The page shows each fact that decides, and which of them nobody knows."""
    facts = dict(chosen("UHC", "commercial").facts)

    assert ("UHC", "commercial", None, None) == tuple(
        facts[name] for name in ("Plan's payer", "Line of business", "State", "Setting")
    )


@given(
    st.sampled_from([None, "Nobody", *NAMES]),
    st.sampled_from([None, *LINES]),
    st.sampled_from([None, *FUNDING]),
    st.sampled_from([None, "TX", "WA", "MN", "NJ"]),
    st.sampled_from([None, *NAMES]),
)
def test_the_explained_rule_is_the_one_that_counts(payer, line, funding, state, insurer):
    """What the page explains is what the clocks use; every sentence is whole."""
    plan = Coverage(None, Party(payer), line_of_business=line, funding=funding, state=state)
    found = choose_rule(BOOK.payers, plan, answer(insurer))

    assert match_payer(BOOK.payers, plan, answer(insurer)) == found.rule
    assert found.because
    for each in (*found.because, *found.changes):
        assert each.endswith(".") and "None" not in each and "_" not in each
