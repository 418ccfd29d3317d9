"""
A site's policies: what is in force on a day, and excerpts that are the document's own words and nothing else.

A reviewer who is read a sentence that the policy does not hold stops listening: the property is that none ever is.
"""

from dataclasses import replace
from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from app.core.brief.ambiguity import ambiguities_of
from app.core.brief.policy import Policy, excerpts_of, tell_policies, unread_of
from app.core.rulebook.policies import (
    MARKDOWN,
    TEXT,
    PolicyVersion,
    in_force,
    is_for,
    of_payer,
    read_sections,
    with_own,
)
from tests.fakes.office import the_rules

DAY = date(2026, 3, 1)
FUSION = next(each for each in the_rules().criteria if each.key == "lumbar_fusion")
DOCUMENT = """# Spine surgery

This policy is for commercial plans.

## When fusion is covered

Lumbar fusion is covered when ALL of the following are met:

- Failure of an adequate trial of conservative
  care, including physical therapy
- Imaging shows instability of at least 4 mm

## Nicotine

Patients must be free of nicotine for 6 weeks before surgery.
"""
REASON = "Six weeks of physical therapy were not shown."


def a_version(**changes) -> PolicyVersion:
    """Return a version of a policy of one payer for lumbar fusion."""
    base = PolicyVersion(
        id="d1",
        version=1,
        title="Spine surgery",
        payer="Payer Test",
        services=("lumbar_fusion",),
        codes=(),
        number="SP-014",
        source="https://payer.example/sp-014",
        effective=DAY,
        form=MARKDOWN,
        why="The payer's site.",
        by="sandbox|coordinator",
        by_name="Test Coordinator",
        at=datetime(2026, 3, 2, tzinfo=UTC),
    )
    return replace(base, **changes)


def a_policy(text: str = DOCUMENT, **changes) -> Policy:
    """Return a policy with this text."""
    told = a_version(**changes)
    return Policy(told, read_sections(text, form=told.form))


def test_an_excerpt_is_chosen_by_the_criterion_at_issue():
    """The list that names therapy, whole, with what leads it in; not the paragraph on nicotine."""
    (found,) = excerpts_of([a_policy()], FUSION, words=REASON)

    assert ("When fusion is covered", "Spine surgery") == (found.section, found.title)
    assert found.quote.startswith("Lumbar fusion is covered when ALL") and found.quote in DOCUMENT
    assert "nicotine" not in found.quote
    assert "“adequate trial”" in found.ambiguity


def test_a_policy_that_says_nothing_to_the_reason_is_not_quoted():
    """Silence is not filled with the nearest paragraph."""
    assert () == excerpts_of([a_policy("# Billing\n\nClaims are sent within a year.")], FUSION, words=REASON)
    assert () == excerpts_of([a_policy("")], FUSION, words=REASON)


def test_a_general_denial_is_answered_by_every_criterion():
    """“Not medically necessary” asks for nothing: each criterion's place in the policy is shown, each place once."""
    found = excerpts_of([a_policy()], FUSION, words="The request is not medically necessary.")
    quotes = [each.quote for each in found]

    assert 2 == len(set(quotes)) == len(quotes)
    assert any("conservative" in each for each in quotes) and any("nicotine" in each for each in quotes)


def test_a_policy_in_force_that_says_nothing_is_named():
    """Somebody may find in it what was not found for them."""
    silent = a_policy("# Billing\n\nClaims are sent within a year.", id="d9", title="Billing")
    told = tell_policies([a_policy(), silent], FUSION, words=REASON, known=(), on=DAY)

    assert (1, ["Billing"]) == (len(told.excerpts), [each.title for each in told.silent])


def test_without_a_known_service_the_payers_own_words_choose():
    """No criteria, a code that nobody knows: what shares at least two telling words is quoted, for no criterion."""
    words = "The bone growth stimulator lacks radiographic nonunion."
    text = "A bone growth stimulator needs radiographic evidence of nonunion.\n\nOther devices are not listed."
    (found,) = excerpts_of([a_policy(text)], None, words=words)

    assert (None, "A bone growth stimulator needs radiographic evidence of nonunion.") == (
        found.criterion_key,
        found.quote,
    )


@given(
    st.lists(
        st.one_of(
            st.sampled_from(DOCUMENT.splitlines()),
            st.text(max_size=60),
            st.sampled_from(
                ["physical therapy for 6 weeks " * 40, "<script>therapy</script>", "| therapy | x |", "---"]
            ),
        ),
        max_size=25,
    ),
    st.sampled_from([MARKDOWN, TEXT]),
    st.sampled_from(["\n", "\r\n", "\n\n"]),
)
def test_every_excerpt_is_a_piece_of_the_document(lines: list[str], form: str, end: str):
    """Quote and heading stand in the stored text, character for character, whatever the document is made of."""
    text = end.join(lines)
    for found in excerpts_of([a_policy(text, form=form)], FUSION, words=REASON):
        assert found.quote and found.quote in text
        assert found.section in text
        assert len(found.quote) <= 700


@given(st.text(max_size=400) | st.lists(st.sampled_from(DOCUMENT.split()), max_size=40).map(" ".join))
def test_what_an_ambiguity_quotes_stands_in_the_excerpt(quote: str):
    """Words in “ ” are the policy's."""
    for said in ambiguities_of(quote):
        quoted = [each.partition("”")[0] for each in said.removeprefix("“And” stands beside “or”").split("“")[1:]]
        assert quoted and all(each in quote for each in quoted)


def test_what_a_policy_leaves_open_is_told_in_a_plain_sentence():
    """How long, how many, how much, who decides, which belong together, which of two lengths."""
    told = {
        "Failure of an adequate trial of care is shown.": "does not say how long “adequate trial” is",
        "A trial of conservative therapy was made.": "does not say how long “trial of conservative therapy” is",
        "Multiple relapses are on record.": "does not say how many “Multiple relapses” are",
        "There is significant functional loss on examination.": "how “significant functional loss” is measured",
        "It may be considered.": "“may be considered”",
        "It is covered when clinically appropriate.": "“when clinically appropriate”",
        "Therapy and injections or medication were tried.": "which belong together",
        "Therapy and/or injections were tried.": "whether one is enough",
        "Six weeks of therapy are needed. Members need 3 months of therapy.": "“Six weeks” and “3 months” of therapy",
    }
    assert [] == [quote for quote, words in told.items() if words not in " ".join(ambiguities_of(quote))]


def test_a_clear_sentence_is_not_called_open():
    """A length, a score, a look back, a month and a prohibition are clear."""
    clear = (
        "At least 6 weeks of physical therapy within the last 12 months are shown.",
        "The score is 40 or more.",
        "This holds from May 2025.",
        "The drug may not be given twice.",
        "Fusion may be considered when ALL of the following are met:",
        "One of the following is met: therapy and exercise, or injection.",
        "Six weeks of therapy or three months of medication were given.",
    )
    assert [] == [(each, found) for each in clear if (found := ambiguities_of(each))]


def test_the_version_of_the_day_holds():
    """A newer version holds from its own day; of two of one day the later put in; a retirement ends all before it."""
    first = a_version()
    second = a_version(version=2, effective=date(2026, 9, 1))
    fixed = a_version(version=3, effective=date(2026, 9, 1))
    gone = a_version(version=4, effective=date(2026, 11, 1), is_retired=True)
    again = a_version(version=5, effective=date(2026, 12, 1))
    versions = (again, gone, fixed, second, first)
    days = (date(2026, 2, 28), DAY, date(2026, 8, 31), date(2026, 9, 1), date(2026, 10, 31), date(2026, 11, 1))

    assert [None, 1, 1, 3, 3, None] == [found and found.version for found in (in_force(versions, day) for day in days)]
    assert 5 == in_force(versions, date(2027, 1, 1)).version


def test_a_retirement_also_ends_a_version_that_was_to_come():
    """What was put in by mistake for next year does not come back when the policy was retired before."""
    later = a_version(version=2, effective=date(2027, 1, 1))
    gone = a_version(version=3, effective=date(2026, 6, 1), is_retired=True)

    assert None is in_force((a_version(), later, gone), date(2027, 2, 1))
    assert 1 == in_force((a_version(), later, gone), date(2026, 5, 1)).version


def test_another_payers_policy_never_counts():
    """The payer's own comes first, then those of any payer; a name is compared without its company form."""
    ours, any_payer = a_version(), a_version(id="d2", payer=None, title="A national one")
    other = a_version(id="d3", payer="Another Payer")
    found = of_payer((other, any_payer, ours), payers=("PAYER TEST, Inc.",), on=DAY)

    assert ["d1", "d2"] == [each.id for each in found]
    assert ["d2"] == [each.id for each in of_payer((other, any_payer, ours), payers=("",), on=DAY)]
    assert () == of_payer((ours,), payers=("Payer Test",), on=date(2026, 2, 1))


def test_a_policy_is_for_its_services_and_codes():
    """By our key, by a code, by the beginning of one."""
    told = a_version(services=("knee_mri",), codes=("22612", "J17*"))

    assert is_for(told, service="knee_mri", codes=())
    assert is_for(told, service=None, codes=["22612"]) and is_for(told, service="x", codes=["j1745"])
    assert not is_for(told, service="lumbar_fusion", codes=["22630"])


def test_a_policy_that_nobody_read_is_named_and_not_quoted():
    """The citation is the payer's; what to do is said; nothing stands in its place."""
    words = "Not medically necessary under Medical Policy SP-099. " + REASON
    told = tell_policies([], FUSION, words=words, known=(), on=DAY)

    assert () == told.excerpts
    (unread,) = told.unread
    assert "SP-099" in unread.cited and "not read here" in unread.said and "Get the policy" in unread.todo


def test_a_cited_policy_that_was_read_is_no_to_do():
    """By number or by title; one of another day is asked for as of the denial's day."""
    words = "Not medically necessary under Medical Policy SP-014."
    ours = a_version()

    assert () == unread_of(words, [ours], known=[ours], on=DAY)
    (unread,) = unread_of(words, [], known=[ours], on=date(2026, 1, 5))
    assert "2026-01-05" in unread.todo and "Spine surgery" in unread.todo


def test_a_site_criterion_takes_the_place_of_the_shipped_one_of_its_key():
    """What the site says nothing of stays; a question that rests on a criterion taken out goes with it."""
    first, second = FUSION.criteria[:2]
    own = replace(FUSION, source="site", criteria=(replace(second, text="Ours"), replace(first, key="new", text="New")))
    policy = Policy(a_version(), (), own, (first.key,))
    (merged,) = [each for each in with_own(the_rules().criteria, [policy]) if each.key == FUSION.key]

    assert [each.key for each in merged.criteria] == [*(each.key for each in FUSION.criteria[1:]), "new"]
    assert "Ours" == merged.criteria[0].text
    assert all(set(each.rests_on) <= {one.key for one in merged.criteria} for each in merged.questions)
    assert len(the_rules().criteria) == len(with_own(the_rules().criteria, [policy]))


def test_own_criteria_of_one_use_stay_with_that_use():
    """A site's criterion for a medicine with several uses must not judge the others."""
    shipped = next(each for each in the_rules().criteria if each.key == "dupilumab")
    policy = Policy(
        a_version(services=("dupilumab",)), (), replace(shipped, diagnoses=(), criteria=shipped.criteria[:1])
    )

    (merged,) = [each for each in with_own(the_rules().criteria, [policy]) if each.key == "dupilumab"]

    assert shipped.diagnoses == merged.diagnoses != ()
