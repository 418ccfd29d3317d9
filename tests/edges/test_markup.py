"""The words of an HTML note come out whole and in order, and no note holds a worker."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.edges.fhir.markup import text_of_html

LONG = 2_000_000  # characters, as many as are read of one document
PIECES = (
    *("<p>", "</p>", "<br/>", "<b class='x>y'>", "</b>", '<A HREF="q">', "</a>", "<td>", "<h1>T</h1>"),
    *("<!-- c -->", "<!DOCTYPE html>", "<?x?>", "<script>x<1</script>", "<style>p{}</style>"),
    *("pain", " < 5 ", " & ", "&amp;", "&lt;", "&#233;", "\n", "a > b"),
)


def lines(source):
    """Return the lines of the words."""
    return [" ".join(line.split()) for line in text_of_html(source).split("\n\n") if line.strip()]


def test_blocks_stand_on_lines_of_their_own():
    """Paragraphs, cells and breaks part sentences; bold does not; entities are characters."""
    source = (
        "<html><head><title>Note</title></head><body><p>Pain &lt; 4,\n<b>no</b> relief.</p>ODI<br>42 &amp; more</body>"
    )

    assert ["Pain < 4, no relief.", "ODI", "42 & more"] == lines(source)


def test_what_is_not_shown_is_left_out():
    """Scripts, styles and comments are no words of a clinician, whatever they hold."""
    source = "<script>if (a<b) {'<p>no</p>'}</script>yes<style>p:after{content:'no'}</style><!-- <p>no</p> --><p>too"

    assert ["yes", "too"] == lines(source)


@pytest.mark.parametrize("source", ["Pain <", "Pain < 5 of 10", "Pain <b", "Pain <b class='x", "<p title=5'>Pain</p>"])
def test_words_beside_broken_markup_are_not_lost(source):
    """An open quote, a tag cut short, a sign that is no tag."""
    assert "Pain" in text_of_html(source)


class Plain(HTMLParser):
    """The standard library's reading."""

    def __init__(self):
        super().__init__()
        self.found, self.silent = [], False

    def handle_starttag(self, tag, attrs):
        self.silent = self.silent or tag in ("script", "style")

    def handle_endtag(self, tag):
        self.silent = self.silent and tag not in ("script", "style")

    def handle_data(self, data):
        self.found += [] if self.silent else [data]


@given(st.lists(st.sampled_from(PIECES), max_size=15))
@settings(max_examples=300, deadline=None)
def test_well_formed_markup_reads_as_the_standard_library_reads_it(pieces):
    """The same words in the same order."""
    plain = Plain()
    plain.feed("".join(pieces))
    plain.close()

    assert re.sub(r"\s", "", "".join(plain.found)) == re.sub(r"\s", "", text_of_html("".join(pieces)))


@given(st.text(alphabet="<>/!?-ab'\"= &;\n", max_size=60))
@settings(max_examples=500, deadline=None)
def test_any_text_is_read(source):
    """No other end than words."""
    assert isinstance(text_of_html(source), str)


@pytest.mark.parametrize(
    "piece", ["<!--", "<", "<a ", '<a "', "<a '\"", "<div>", "<script>", "</a", "&lt", "<!", "<?", "<a b=c "], ids=repr
)
def test_a_hostile_note_is_read_in_one_pass(piece):
    """Two million characters; the standard library's parser takes hours for the first (CVE-2025-6069)."""
    assert len(text_of_html(piece * (LONG // len(piece)) + "'>")) <= LONG + 2
