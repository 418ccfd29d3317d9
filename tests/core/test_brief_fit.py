"""What the one printed page holds: never more than fits; what it does not hold is told."""

import re
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.brief.fit import PAGE, Fit, _height, fit_page
from app.core.denial import DenialLine, Quote
from tests.builders import a_denial
from tests.core.test_brief_page import FILMS, FUSION, GENERIC, THERAPY, brief_of, note
from tests.core.test_brief_story import SLIP, medicine

WORDS = st.text("abcdefgh  ", min_size=1, max_size=400)


@settings(max_examples=40)
@given(
    st.lists(WORDS, max_size=12),
    st.lists(WORDS, max_size=30),
    st.text("abcdefgh  .", max_size=9_000),
    st.lists(st.text("abcdefg ", min_size=1, max_size=90), max_size=15, unique=True),
)
def test_the_page_is_never_reckoned_longer_than_a_sheet(outcomes, notes, reason, services):
    """However much the chart holds, the payer writes and the request lists."""
    tried = tuple(medicine(f"drug {n}", words) for n, words in enumerate(outcomes))
    remarks = [note(f"New weakness, worse: {words}", days + 1) for days, words in enumerate(notes)]
    lines = tuple(DenialLine(n + 1, service_label=each) for n, each in enumerate(services))
    denial = a_denial(notes=(Quote(f"Therapy not shown. {reason}", "processNote[0].text"),))
    denial = replace(denial, lines=lines or denial.lines)

    brief = brief_of(THERAPY, FILMS, *remarks, medicines=tried, problems=(SLIP,) * 3, denial=denial)

    assert _height(brief, brief.fit) <= PAGE


def test_a_short_brief_is_not_cut():
    """The rules cut only where there is no room."""
    assert brief_of(THERAPY, FILMS).fit == Fit()


def test_what_is_cut_is_told_by_number_and_name():
    """Nobody takes the page for all there is."""
    notes = [note(f"New weakness of the foot, worse than before, visit {n}. " * 4, n + 1) for n in range(60)]
    rule = replace(FUSION, criteria=FUSION.criteria * 40)
    brief = brief_of(THERAPY, *notes, rules=(rule, GENERIC))

    told = " ".join(brief.fit.said)
    assert brief.fit.is_cut
    assert re.search(r"\d\d criteria", told) and "why now" in told and "the words quoted of each source" in told


def test_the_payers_words_are_cut_at_a_word_and_say_so():
    """What stands on the page is still the payer's, from its first word on."""
    reason = " ".join(f"word{n}" for n in range(1_500))
    brief = brief_of(THERAPY, denial=a_denial(notes=(Quote(reason, "processNote[0].text"),)))

    (shown,) = brief.page_words
    assert shown.text.endswith(" […]") and reason.startswith(shown.text.removesuffix(" […]"))
    assert "some of the payer's words" in brief.fit.said
    assert brief.verbatim[0].text == reason


def test_the_payers_words_answer_and_ask_always_stay():
    """They are what the page is for."""
    notes = [note("New weakness of the foot. " * 10, n + 1) for n in range(40)]
    brief = brief_of(THERAPY, *notes)

    assert brief.page_words and fit_page(brief).denied > 0
