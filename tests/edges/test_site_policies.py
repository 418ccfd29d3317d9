"""
A site's TOML is read strictly: what is wrong is named by line and place, and nothing in it can be slow.

Its cues are plain words: a pattern is refused, so that no form can bring every brief to a halt.
"""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.rulebook.edits import RuleRefused
from app.core.rulebook.policies import LONGEST_TEXT, TOML, Policy
from app.edges.rulebook.policies import read_toml
from tests.core.test_policy import a_version
from tests.fakes.office import the_rules
from tests.house.source import ROOT

HEAD = """key = "lumbar_fusion"
label = "Lumbar fusion"
source = "Letter of the payer, filed under Policies"
reviewed = 2026-11-02
"""
CRITERION = """
[[criteria]]
key = "therapy"
text = "Three months of therapy"
short = "three months of therapy"
missing = "When therapy was."
asked = 'therap*|exercise'

[[criteria.needs]]
kind = "note"
cues = 'physical therapy|home exercise*'
days = 90
"""


def read(text: str) -> Policy:
    """Return what a TOML says."""
    shipped = {each.key: each for each in the_rules().criteria}
    return read_toml(a_version(form=TOML), text, shipped=shipped, systems=the_rules().systems)


def refusal(text: str) -> str:
    """Return why a TOML is refused."""
    with pytest.raises(RuleRefused) as caught:
        read(text)
    assert "text" == caught.value.field
    return caught.value.say


def test_criteria_of_a_known_service_need_no_codes():
    """They are laid over the shipped ones, which know which services are meant."""
    found = read(HEAD + CRITERION)
    (criterion,) = found.criteria.criteria

    assert ("lumbar_fusion", "therapy", 90) == (found.criteria.key, criterion.key, criterion.needs[0].days)


def test_what_the_documents_show_is_taken():
    """Both examples of docs/site-rules.md, as they stand there."""
    shown = (ROOT / "docs/site-rules.md").read_text("utf-8").split("## Policies")[1].split("```toml\n")[1:]
    sections, criteria = (read(each.partition("```")[0]) for each in shown)

    assert (1, ("mood",)) == (len(sections.sections), criteria.without)


def test_words_are_searched_as_they_are_written():
    """Whole words, any ending after an asterisk, nothing in between."""
    (criterion,) = read(HEAD + CRITERION).criteria.criteria

    assert [True, True, False, False] == [
        criterion.asked.search(each) is not None
        for each in ("therapies", "an exercise", "exercises", "a psychotherapy")
    ]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("'therap*|exercise'", ""),
        ("'(a+)+b'", "Line 11: criteria[0].asked: holds a pattern"),
        ("'a.*b'", "holds a pattern"),
        ("'one||two'", "an empty word"),
        ("'a*b'", "an asterisk that is not at a word's end"),
        ("'" + "|".join(["word"] * 61) + "'", "more than 60 words"),
        ("'" + "a" * 81 + "'", "one of more than 80 letters"),
    ],
)
def test_a_pattern_is_refused_by_its_place(change: str, words: str):
    """Line and place are named; a harmless one passes."""
    text = (HEAD + CRITERION).replace("'therap*|exercise'", change)
    if words:
        assert words in refusal(text)
    else:
        assert read(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("not toml", "Line 1: not TOML"),
        ("", "missing required field"),
        (HEAD + CRITERION + 'colour = "red"', "colour"),
        (HEAD.replace('source = "Letter of the payer, filed under Policies"\n', "") + CRITERION, "source"),
        (HEAD.replace("lumbar_fusion", "own") + CRITERION, "nothing says which services are meant"),
        (HEAD + 'without = ["nothing"]\n' + CRITERION, "without[0]: no shipped criterion"),
        (HEAD + "generic = true\n" + CRITERION, "generic"),
        (HEAD + CRITERION.replace('kind = "note"', 'kind = "guess"'), "criteria[0].needs[0].kind"),
        ('[[sections]]\nheading = "A"\ntext = " "', "sections[0].text: empty"),
        ('[[sections]]\ntext = "# A heading\\n\\nwords"', "a section of its own"),
        ("a = " + "[" * 5000, "nested deeper"),
        ("a = " + "[ " * 5000, "nested deeper"),
        ("a." * 4000 + "b = 1", "nested deeper"),
        ("a = 2026-13-45", "not TOML"),
    ],
)
def test_what_does_not_fit_is_named(text: str, words: str):
    """No traceback, no silence: the place and what is wrong there."""
    assert words in refusal(text)


def test_sections_are_quoted_and_criteria_are_not():
    """Criteria are the site's own words about a policy: nothing of them may pass for the policy's."""
    text = '[[sections]]\nheading = "Therapy"\ntext = """\nSix weeks of therapy.\n\n- at home\n- or not\n"""'

    assert [("Therapy", 3)] == [(each.heading, len(each.words)) for each in read(text).sections]
    assert () == read(HEAD + CRITERION).sections


@given(st.text(max_size=300) | st.lists(st.sampled_from([*HEAD.splitlines(), *CRITERION.splitlines()])).map("\n".join))
def test_any_text_is_read_or_refused(text: str):
    """Whatever is uploaded, it is one or the other."""
    try:
        read(text)
    except RuleRefused as error:
        assert "text" == error.field and error.say


def test_nothing_of_the_allowed_length_is_slow():
    """The largest document of each hostile kind is done before anybody waits; ten seconds is no limit but an alarm."""
    hostile = ("[a]\n", "[[a]]\n", "a = [\n", '"' * 3, "'\n", "a.b = 1\n", "{", "[[sections]]\n", "#\n", "a=[[\n")
    started = time.perf_counter()
    for each in hostile:
        try:
            read(each * (LONGEST_TEXT // len(each)))
        except RuleRefused:
            continue

    assert time.perf_counter() - started < 10 * len(hostile)
