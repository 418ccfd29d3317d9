"""PubMed is asked in words of our own rules; a curated citation is compared with what PubMed says it is."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.brief.literature import Article, faults_of, query_of
from app.core.denial import Code
from app.core.rulebook.criteria import Citation
from tests.fakes.office import the_rules

ICD10 = "http://hl7.org/fhir/sid/icd-10-cm"
RULES = {each.key: each for each in the_rules().criteria}
CITED = Citation(
    title="Infliximab for induction of remission in Crohn disease",
    sentence="It helped.",
    grade="randomized trial",
    year=2016,
    pmid="12345678",
    doi="10.1000/ABC",
    checked=date(2026, 12, 1),
)
ENTRY = Article("12345678", "Infliximab for induction of remission in Crohn's disease.", "J", 2016, (), "10.1000/abc")


def test_the_question_holds_the_service_and_the_diagnosis_in_our_words():
    """The request's code chooses our own words for it."""
    asked = query_of(RULES["infliximab"], [Code(ICD10, "K50.90")])

    assert "infliximab*[tiab]" in asked and "crohn*[tiab]" in asked and '"systematic review"[pt]' in asked
    assert "crohn" not in query_of(RULES["infliximab"], [Code(ICD10, "Z99.9")])


@given(
    st.sampled_from(sorted(RULES)),
    st.lists(
        st.builds(
            Code,
            st.sampled_from([ICD10, None, "urn:canary-system"]),
            st.sampled_from(["K50.90", "M43.16", "CANARY-code", "K50.CANARY"]),
            st.sampled_from([None, "CANARY name of a patient", "crohn CANARY"]),
        ),
        max_size=4,
    ),
)
def test_no_word_of_the_denial_is_in_the_question(key: str, diagnoses: list[Code]):
    """Whatever the codes of a request carry, displays and codes that nobody knows included."""
    asked = query_of(RULES[key], diagnoses) or ""

    assert "canary" not in asked.lower()
    for each in diagnoses:
        assert each.code not in asked


@pytest.mark.parametrize("key", sorted(RULES))
def test_every_service_of_ours_can_be_asked_about(key: str):
    """No sign of a pattern is left in it; the generic one is not asked about."""
    asked = query_of(RULES[key], [])

    assert (asked is None) == RULES[key].generic
    assert not asked or not set(asked) & set("\\?+|{}^$<>;")


def test_a_citation_that_is_what_it_says_has_no_fault():
    """A title is written a little otherwise, a DOI in capitals, a year ahead of print: it is the same."""
    assert () == faults_of(CITED, ENTRY)
    assert () == faults_of(CITED, replace(ENTRY, year=2015))


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (None, "no entry"),
        (replace(ENTRY, kinds=("Journal Article", "Retracted Publication")), "retracted"),
        (replace(ENTRY, year=2011), "its year is 2011"),
        (replace(ENTRY, doi="10.1000/other"), "its DOI is"),
        (replace(ENTRY, title="Growth of barley in dry soil"), "its title is “Growth of barley in dry soil”"),
    ],
)
def test_what_pubmed_does_not_confirm_is_named(found, words):
    """A number that leads to another publication is worse than none."""
    assert words in "; ".join(faults_of(CITED, found))
