"""A text is searched for the few patterns that can be found in it, and for none too few."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.detect.words import fold_text
from app.core.rulebook.index import Index, found_in
from app.core.rulebook.needs import Expression, words_of
from app.edges.rulebook import RuleBook
from tests.answers import ROOT
from tests.texts import DENIED, OTHER

DENIALS = RuleBook.load(ROOT / "app" / "rules").denials
CUES = [cue.expression.regex for cue in DENIALS.cues]
INDEX = DENIALS.index
# Every word that some cue can hold, cut into the pieces that its pattern is written in.
WORDS = sorted({word for cue in CUES for word in re.findall(r"[a-z]{2,}", cue.pattern)})


def found_by(patterns, text):
    """Return the numbers of the patterns that are found."""
    return {number for number, each in enumerate(patterns) if each.search(text)}


@given(
    st.lists(st.sampled_from([*WORDS, "0", "the", "-", "\n", "s", "ed"]), max_size=25),
    st.sampled_from([" ", "-", "  ", "\n"]),
)
@settings(max_examples=1_500, deadline=None)
def test_no_cue_that_stands_in_a_text_is_left_untried(words, between):
    """Texts made of the rule book's own words: whatever a pattern finds, the index names."""
    text = fold_text(between.join(words))

    assert found_by(CUES, text) <= set(INDEX.tried(set(words_of(text))))


@pytest.mark.parametrize("text", [text for _, text in DENIED + OTHER])
def test_every_written_denial_meets_its_cues_and_few_others(text):
    """Sentences as payers write them: all that is found is tried, and a tenth of the book at most."""
    folded = fold_text(text)

    assert found_by(CUES, folded) <= set(INDEX.tried(set(words_of(folded))))
    assert len(INDEX.tried(set(words_of(folded)))) < len(CUES) / 10


PATTERNS = (
    *(
        "ab(?:c|d)e",
        "a?bc",
        "(?:ab)?cd",
        "a+b",
        "(?:abc|bcd)(?:e|f)?",
        "x[ab]y",
        "x[^a]y",
        ".b.",
        r"\bab\b",
        "a(?=b)",
        "a(?!b)c",
    ),
    *(
        "(?<=a)b",
        "(?:a|b|)c",
        "(?:ab|a)(?:c|bc)",
        "a{2,3}b",
        "(?:ab){2}",
        "(?P<n>ab)c",
        "(?:a b|c)d",
        r"a\s*b",
        "a|b",
        "",
        "(?i:AB)",
    ),
)


BEFORE = ("", r"\b", "(?<![a-z])", r"(?:^|(?<=b))", r"\s*", r"\W\b", "(?:ab|c)? ?")


def spans(found):
    """Return the places of matches."""
    return [each.span() for each in found]


@given(st.text(alphabet="abcdefxy \n0_\u00e9-", max_size=12))
@settings(max_examples=1_500, deadline=None)
def test_patterns_of_every_form_are_taken_apart_rightly(text):
    """Branches, options, classes, repeats, looks ahead and behind: errs only towards trying."""
    taken_apart = [Expression(before + each) for before in BEFORE for each in PATTERNS]
    patterns = [each.regex for each in taken_apart]
    tried = Index(taken_apart).tried(set(words_of(text)))

    assert found_by(patterns, text) <= set(tried)
    for number, begins in tried.items():
        assert spans(found_in(text, patterns[number], begins)) == spans(patterns[number].finditer(text))


def test_a_cue_is_tried_where_its_first_words_stand_and_nowhere_else():
    """A text is not gone through letter by letter; a word behind a number is met too."""
    pattern = Expression(r"(?<![a-z])(?:not|(?:is|are) no[tr]?)[\s\-]+\w+")

    assert pattern.openings == {"<not", "<is", "<are"}
    assert Index([pattern]).tried({"it", "is", "not", "knot"}) in ({0: ["is", "not"]}, {0: ["not", "is"]})
    assert Index([pattern]).tried({"0not", "x"}) == {0: None}
    assert Expression(r"\W*not").openings == Expression("not").openings == frozenset()


def test_a_cue_needs_its_rarest_words_first():
    """What is chosen is what tells most; a pattern without words of its own is always tried."""
    pattern = Expression(r"not[\s\-]+(?:\w+[\s\-]+)?medically[\s\-]+necess(?:ary|ity)")

    assert pattern.factors[:2] == (frozenset({"medically>"}), frozenset({"<necessary", "<necessity"}))
    assert () == Expression(r"\w+").factors == Expression("(?i)x").factors


@pytest.mark.parametrize("wrong", ["(", "a**", "(?<=a+)b", "(?:a|(?<!no|never)b)", "[z-a]", r"\1"])
def test_what_is_no_regular_expression_is_refused_before_it_is_compiled(wrong):
    """The rule book's mistakes are told when it is loaded, not when the first letter with those words comes."""
    with pytest.raises(re.error):
        Expression(wrong)
