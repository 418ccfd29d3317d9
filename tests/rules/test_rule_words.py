"""Every rule reads in plain words: each value with its source, what is unknown with what is assumed."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from app.core.rulebook.payers import Evidence, PayerRule
from app.core.rulebook.phrases import ROWS
from app.core.rulebook.words import rule_in_words
from app.edges.rulebook import RuleBook
from app.edges.rulebook.shapes import VALUES

BOOK = RuleBook.load(Path(__file__).parents[2] / "app" / "rules")
# Values that say whose rule it is, and those that are told inside another's sentence.
UNSAID = {
    "names", "identifiers", "lines_of_business", "states", "services", "vendor", "funding", "settings", "reasons",
    "for_payers", "vendors", "report", "effective", "until", "closed", "notes", "missed_call_business_days",
}  # fmt: skip


def words(rule):
    """Return the lines by the value that they are about."""
    return {each.name: each for each in rule_in_words(rule, calendar=BOOK.calendar)}


@pytest.mark.parametrize("rule", BOOK.payers, ids=lambda rule: rule.key)
def test_every_value_of_every_rule_is_said_with_its_source(rule: PayerRule):
    """A coordinator reads no code word, and sees where each sentence comes from and how old it is."""
    for name, line in words(rule).items():
        known = getattr(rule, name) not in (None, (), "")
        assert (known, line.sentence.startswith("Unknown. ")) == (line.known, not known)
        said = line.sentence.replace(rule.hours.zone if rule.hours else " ", " ")
        assert "_" not in said and "{" not in said and said.endswith(".")
        assert line.source.startswith("http") and line.verified_on and line.grade in "VSGI"


def test_no_value_is_forgotten():
    """A value that is added to the rules is said, or is named here as told elsewhere."""
    assert {name for name, _, _ in ROWS} == VALUES - UNSAID


@pytest.mark.parametrize(
    ("key", "name", "sentence"),
    [
        ("bcbssc", "windows", "The call: 2 business days from the posting of the denial (concurrent); "),
        ("wellpoint_nj", "missed_call", "Who asked in time and was not reached gets 1 business day more."),
        ("molina_wa", "hours", "Monday to Friday from 09:00 to 16:00, America/Los_Angeles; not on holidays."),
        ("humana_ma", "windows", "The call: until it decides."),
        (
            "priority_health",
            "new_information",
            "New information after the denial becomes an appeal and cancels the call.",
        ),
        ("regence_med", "effect", "The call explains; it is not meant to overturn."),
        ("moffitt_anecdote", "speakers_refused", "Turned away: nurses, office staff."),
    ],
)
def test_a_value_in_words(key, name, sentence):
    """Facts C, in our own words."""
    assert words(BOOK.payer_by_key(key))[name].sentence.startswith(sentence)


def test_an_unknown_payer_is_all_assumption():
    """Facts C.1: ask within a business day, two as the deadline, a physician speaks, nothing new is sent."""
    lines = words(None)

    assert not any(each.known for each in lines.values())
    assert "Ask within 1 business day; 2 business days from the notice" in lines["windows"].sentence
    assert "A physician speaks." in lines["who_may_speak"].sentence
    assert "Send nothing new" in lines["new_information"].sentence


def test_a_sites_own_value_says_why():
    """What a site put in the place of a shipped value carries its own source, date, grade and reason."""
    own = Evidence("a letter", date(2026, 11, 2), "S", "Our own line.")
    rule = replace(BOOK.payer_by_key("uhc_general"), phone="555-0100", evidence=(("phone", own),))
    line = words(rule)["phone"]

    assert ("555-0100.", "a letter", date(2026, 11, 2), "S", "Our own line.") == (
        line.sentence,
        line.source,
        line.verified_on,
        line.grade,
        line.why,
    )
    assert words(rule)["effect"].why is None
