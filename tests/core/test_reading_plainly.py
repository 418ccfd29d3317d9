"""
The quick reading of a text beside a plain one: every cue and every aside tried on all of it, nothing remembered.

What is quick (an index, guards, memories) must change no answer; the plain reading is the control.
"""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.denial import Decision
from app.core.detect import asides, words
from app.core.detect.words import Hit, fold_text
from app.core.rulebook.spelled import spell_short
from app.edges.rulebook import RuleBook
from tests.answers import ROOT
from tests.bench.answers import SENTENCES, WORDS
from tests.core.test_needs import WORDS as OF_CUES
from tests.readings import letter_readings, short_readings
from tests.texts import DENIED, OTHER

RULES = RuleBook.load(ROOT / "app" / "rules").denials
TEXTS = [text for _, text in DENIED + OTHER] + [
    each.text
    for each in (*short_readings(), *short_readings("last.txt"), *short_readings("fresh.txt"), *letter_readings())
]
# What asides, negations and guards are made of.
JOINTS = (
    *("although", "if", "not", "isn't", "cannot", "won't", "no", "without", "before", "until", "to be", "while", "but"),
    *("regardless of", "previously denied", "overturned", "approved", "covered", ".", ", ", "; ", "(", '"', "'s", "12"),
    *("04/12/2026", "p2p", "x-ray", "  ", "\n", "\t", "\u2019", "\u00e9", "\u0130", "_", "will be", "any denial"),
)


def read_plainly(text):
    """Return the cues found in a text, one cue after the other."""
    folded = words._NUMBER.sub(lambda found: "0" * len(found[0]), words._MARKS.sub(" ", fold_text(text)))
    folded, grown = words._spell_out(folded)
    folded, longer = spell_short(folded, RULES.short)
    if not words.is_english(folded, RULES):
        return ()
    plain = blank_plainly(folded)
    found = [hit for cue in RULES.cues for hit in hits_of(cue, folded if cue.says in ("offer", "refusal") else plain)]
    kept = sorted(words._without_lesser(found), key=lambda hit: (hit.start, -hit.end))
    return tuple(
        Hit(hit.cue, *(place(each, longer, grown) for each in (hit.start, hit.end)), hit.negated) for hit in kept
    )


def place(of, longer, grown):
    """Return a place of a text with all words written out in the text as written."""
    return words._place(words._place(of, longer), grown)


def blank_plainly(folded):
    """Return a text without its asides, each tried."""
    if asides._is_past(folded):
        folded = asides._blanked(folded, asides._BEFORE.finditer(folded))
    for pattern in asides._GRAMMAR:
        folded = asides._blanked(folded, pattern.regex.finditer(folded))
    return folded


def hits_of(cue, text):
    """Yield where a cue stands, negated or not."""
    for found in cue.expression.regex.finditer(text):
        before = max(0, found.start() - words._REACH)
        negated = bool(words._NEGATED.search(text, before, found.start()))
        delayed = cue.decision is Decision.APPROVED and words._NOT_YET.search(text, before, found.start())
        if negated or not delayed:
            yield Hit(cue, found.start(), found.end(), negated)


def read_quickly(text):
    """Return what is found with nothing remembered."""
    words._hits_in.cache_clear()
    return words._hits_in_part.__wrapped__(text, RULES)


@pytest.mark.parametrize("part", range(8))
def test_written_texts_say_the_same_read_quickly_and_plainly(part):
    """Every text and letter of ours, and each with its sentences in another order and its case changed."""
    for text in TEXTS[part::8]:
        shuffled = ". ".join(random.Random(text).sample(text.split(". "), text.count(". ") + 1)).upper()
        for each in (text, shuffled):
            assert read_quickly(each) == read_plainly(each), each


@given(
    st.lists(
        st.one_of(*map(st.sampled_from, (OF_CUES, JOINTS, [each[:90] for each in TEXTS]))),
        max_size=22,
    ),
    st.sampled_from([" ", " ", "-", "\n", "  "]),
)
@settings(max_examples=600, deadline=None)
def test_made_texts_say_the_same_read_quickly_and_plainly(pieces, between):
    """Texts made of the rule book's words, of what joins and negates them, and of what payers wrote."""
    text = between.join(pieces)

    assert read_quickly(text) == read_plainly(text)
    assert asides.blank_asides(fold_text(text)) == blank_plainly(fold_text(text))


@given(st.sampled_from(SENTENCES), st.lists(st.sampled_from(WORDS), min_size=12, max_size=12))
@settings(max_examples=200, deadline=None)
def test_texts_of_the_race_say_the_same_read_quickly_and_plainly(sentence, drawn):
    """What the race is run with is read as it would be without any hurry."""
    text = sentence.format(" ".join(drawn[:6]), " ".join(drawn[6:]))

    assert read_quickly(text) == read_plainly(text)
