"""What a source shows when opened: the text unchanged, the quoted words alone marked, handles that tell nothing."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from app.core.brief.facts import Evidence
from app.core.brief.opened import Opened, grouped, handle_of, marked_in, passages_of, spans_of, whole_of

TEXTS = st.text(alphabet="ab .\n", max_size=400)
QUOTES = st.lists(st.text(alphabet="ab .", min_size=1, max_size=6), max_size=4)


def told(pieces) -> str:
    """Return what pieces say."""
    return "".join(each.text for each in pieces)


@given(text=TEXTS, quotes=QUOTES)
def test_marking_changes_no_letter_and_marks_every_quote(text, quotes):
    """Whatever is quoted, the pieces are the text; every place of every quote lies in a marked one."""
    spans = spans_of(text, quotes)
    pieces = marked_in(text, spans)

    assert text == told(pieces)
    assert all(left[1] < right[0] for left, right in pairwise(spans))
    marked = [text[opens:ends] for opens, ends in spans]
    assert marked == [each.text for each in pieces if each.marked]
    assert all(any(quote in each for each in marked) for quote in quotes if quote in text)


@given(before=st.integers(0, 4_000), after=st.integers(0, 4_000))
def test_the_words_around_a_quote_hold_it_whole(before, after):
    """However long the note: the quote marked, the words on both sides whole, and each cut told."""
    quote = "No relief after six weeks."
    text = "word " * (before // 5) + quote + " word" * (after // 5)
    (passage,) = passages_of(text, spans_of(text, [quote]))
    shown = told(passage)

    assert [quote] == [each.text for each in passage if each.marked]
    assert shown.strip("… ") in text
    assert set(shown.replace(quote, "").replace("…", "").split()) <= {"word"}
    inner = shown.strip("… ")
    assert (shown.startswith("…"), shown.endswith("…")) == (not text.startswith(inner), not text.endswith(inner))


def test_a_long_text_can_be_unfolded_whole_and_a_short_one_is_whole_already():
    """Nothing stands twice on the page."""
    short, long = "Pain. Worse.", "Pain. Worse. " + "word " * 400

    assert ((), False) == whole_of(short, spans_of(short, ["Worse."]))
    assert long == told(whole_of(long, spans_of(long, ["Worse."]))[0])


def test_a_handle_names_one_quote_and_says_nothing_without_the_session():
    """The same words at another place have another handle; another session gives all of them other handles."""
    here = Evidence("Observation/1", "valueQuantity.value", "2026-01-01", "7.2")
    there = Evidence("Observation/2", "valueQuantity.value", "2026-01-01", "7.2")
    handles = {handle_of(each, key=key) for each in (here, there) for key in ("one", "two")}

    assert 4 == len(handles)
    assert not any("7.2" in each or "Obs" in each for each in handles)


def test_the_visits_of_a_course_stand_together_and_hide_nothing_else():
    """Fourteen visits and one note: two things to read, in the order of the evidence."""
    visits = [Opened(f"Procedure/{n}", "Procedure", "Therapy visit", None, ()) for n in range(14)]
    note = Opened("DocumentReference/n", "Document", "Clinic note", None, ())
    found = grouped([*visits[:2], note, *visits[2:]])

    assert [14, 1] == [len(each) for each in found]
    assert [*visits, note] == [one for each in found for one in each]
