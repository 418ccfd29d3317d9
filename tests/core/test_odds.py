"""Own history: alike before widened, hidden below five, never a bare percentage; the order of work, and only that."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.case import CaseState, LineOutcome, Outcome
from app.core.learn import wilson
from app.core.learn.odds import (
    FEW,
    Likeness,
    Precedents,
    Tally,
    break_ties,
    count_history,
    decided_call,
    likeness_of,
    odds_of,
    precedents_of,
)
from tests.builders import MONDAY, a_case

LIKE = Likeness("uhc_general", "clinical", "lumbar_fusion", "post_denial")


def told(result: str, count: int, *, days: int = 30, **unlike) -> Tally:
    """Return so many calls of one result, alike but for what is named."""
    return Tally(replace(LIKE, **unlike), result, count, MONDAY - timedelta(days=days))


def odds(*tallies: Tally, like: Likeness = LIKE):
    """Return the odds of a call like this."""
    return odds_of(like, count_history(tallies))


def test_the_closest_likeness_that_is_enough_is_told():
    """Same payer, kind of reason and service: others are not asked."""
    found = odds(told("approved", 4), told("upheld", 2), told("upheld", 90, payer="other"))

    assert (4, 6, ("payer", "reason", "service")) == (found.share.count, found.share.n, found.same)
    assert wilson(4, 6) == (found.share.low, found.share.high)


@pytest.mark.parametrize(
    ("unlike", "same"),
    [
        ({"service": "knee_mri"}, ("payer", "reason")),
        ({"payer": "other"}, ("reason", "service")),
        ({"payer": "other", "service": "knee_mri"}, ("reason",)),
    ],
)
def test_what_is_given_up_is_told(unlike: dict, same: tuple[str, ...]):
    """One likeness after the other, never the kind of reason."""
    found = odds(told("approved", FEW - 1), told("upheld", 20, **unlike))

    assert (same, FEW - 1, FEW + 19) == (found.same, found.share.count, found.share.n)


def test_too_few_at_every_step_is_no_share():
    """n = 3 says nothing, and might name someone; how many there are is told."""
    found = odds(told("approved", 2), told("upheld", 1, payer="other"))

    assert (False, 3, None, None) == (found.is_known, found.share.n, found.share.value, found.share.low)


@pytest.mark.parametrize(
    "other",
    [
        told("upheld", 50, lane="pre_denial"),
        told("upheld", 50, lane="informational"),
        told("upheld", 50, lane=None),
        told("upheld", 50, reason="experimental", payer="other", service="knee_mri"),
        told("not_held", 50),
        told("withdrawn", 50),
    ],
)
def test_what_is_not_alike_is_not_counted(other: Tally):
    """Lanes stand apart; a call that could change nothing, or was not held, is neither won nor lost."""
    assert odds(told("modified", 3), told("partial", 3)) == odds(told("modified", 3), other, told("partial", 3))


@pytest.mark.parametrize(
    "like", [replace(LIKE, lane="informational"), replace(LIKE, lane=None), replace(LIKE, reason=None)]
)
def test_a_call_that_is_like_no_other_has_no_odds(like: Likeness):
    """In the informational lane nothing can be won; without a reason or a lane nothing can be compared."""
    assert odds(told("approved", 50), like=like) is None


def test_a_service_without_a_name_is_compared_by_the_rest():
    """Two unknown services are not one service."""
    found = odds(told("approved", 9, service=None), like=replace(LIKE, service=None))

    assert ("payer", "reason") == found.same


def test_precedents_are_counted_without_whose():
    """This payer, this service, this lane: how many were overturned whole and in part, of how many, since when."""
    history = count_history(
        [told("approved", 2, days=40), told("approved", 1, days=90, reason="experimental"), told("partial", 1),
         told("modified", 1), told("upheld", 3, days=200), told("approved", 9, payer="other"), told("not_held", 5),
         told("approved", 5, lane="informational"), told("approved", 7, lane="pre_denial")]
    )  # fmt: skip
    known = precedents_of(LIKE, history)

    assert Precedents(3, 2, 8, MONDAY - timedelta(days=200)) == known
    assert 5 == known.approved
    for unlike in ({"service": "knee_mri"}, {"service": None}, {"lane": "informational"}, {"lane": None}):
        assert precedents_of(replace(LIKE, **unlike), history) is None


def test_precedents_of_the_same_diagnosis_come_first_where_they_are_enough():
    """Three of the same group are told as such; two of it are told among those of any diagnosis, without naming it."""
    slipped, worn = replace(LIKE, diagnosis="M43"), replace(LIKE, diagnosis="M48")
    history = count_history(
        [told("approved", 2, diagnosis="M43"), told("upheld", 1, diagnosis="M43"), told("upheld", 2, diagnosis="M48")]
    )

    assert (2, 3, "M43") == ((known := precedents_of(slipped, history)).approved, known.n, known.diagnosis)
    assert (2, 5, None) == ((known := precedents_of(worn, history)).approved, known.n, known.diagnosis)
    assert (2, 5, None) == ((known := precedents_of(LIKE, history)).approved, known.n, known.diagnosis)


def test_fewer_than_three_calls_are_no_precedent():
    """One or two might name somebody."""
    few, enough = ([told("approved", 1), told("upheld", n)] for n in (1, 2))

    assert precedents_of(LIKE, count_history(few)) is None
    assert (1, 3) == ((known := precedents_of(LIKE, count_history(enough))).approved, known.n)


def an_outcome(result: str, **more) -> Outcome:
    """Return an outcome of a call."""
    return Outcome("o1", result, True, MONDAY, "Coordinator", lines=(LineOutcome(1, "approved"),), **more)


def test_what_an_appeal_decided_is_no_calls_result():
    """The call was upheld, the appeal won: of calls this one was lost."""
    call, appeal = an_outcome("upheld"), an_outcome("approved", way="file_appeal")
    case = a_case(state=CaseState.CONFIRMED, outcome=appeal, earlier=(call,))

    assert (call, None) == (decided_call(case), decided_call(replace(case, earlier=())))
    assert decided_call(a_case(outcome=an_outcome("not_held"))) is None


def test_a_payer_is_its_programme_where_one_is_known():
    """Two programmes of one payer have rules, reviewers and results of their own."""
    case = a_case(payer_key="evolent_ma", payer_name="Evolent", service_key="knee_mri")

    assert Likeness("evolent_ma", "clinical", "knee_mri", "post_denial") == likeness_of(case)
    assert "Evolent" == likeness_of(replace(case, payer_key=None)).payer


LIKENESSES = st.builds(
    Likeness,
    st.sampled_from(["a", "b"]),
    st.sampled_from(["clinical", "experimental", None]),
    st.sampled_from(["x", "y", None]),
    st.sampled_from(["pre_denial", "post_denial", "informational", None]),
)
TALLIES = st.lists(
    st.builds(
        Tally,
        LIKENESSES,
        st.sampled_from(["approved", "partial", "modified", "upheld", "withdrawn", "not_held"]),
        st.integers(1, 12),
        st.integers(0, 900).map(lambda days: MONDAY - timedelta(days=days)),
    ),
    max_size=12,
)


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_an_interval_holds_its_share_and_stays_a_share(of: tuple[int, int]):
    """Wilson's interval is in [0, 1], whatever was counted."""
    low, high = wilson(*of)

    assert 0 <= low <= of[0] / of[1] <= high <= 1


@given(st.integers(1, 300))
def test_more_won_of_as_many_is_never_worse(n: int):
    """Both ends rise with the count: the order by the lower end is an order by how often calls were won."""
    ends = [wilson(count, n) for count in range(n + 1)]

    assert all(one[0] <= other[0] and one[1] <= other[1] for one, other in pairwise(ends))


@given(st.integers(1, 60), st.integers(1, 60), st.integers(2, 9))
def test_as_good_a_share_of_more_is_surer(won: int, lost: int, times: int):
    """The same share of more cases has the narrower interval, so it goes before."""
    few, many = wilson(won, won + lost), wilson(won * times, (won + lost) * times)

    assert few[0] < many[0] and many[1] < few[1]


@given(TALLIES, LIKENESSES, st.randoms(use_true_random=False))
def test_odds_are_whole_or_hidden_and_do_not_depend_on_order(tallies, like, draw):
    """A share is told from five on, with its interval around it; the order of what was counted does not matter."""
    shuffled = draw.sample(tallies, len(tallies))
    found = odds(*tallies, like=like)

    assert (found, precedents_of(like, count_history(tallies))) == (
        odds(*shuffled, like=like),
        precedents_of(like, count_history(shuffled)),
    )
    if found is not None:
        share = found.share
        assert (share.n >= FEW) == found.is_known
        assert not found.is_known or 0 <= share.low <= share.value <= share.high <= 1


ROWS = st.lists(
    st.tuples(st.integers(0, 4), st.none() | st.floats(0, 1), st.integers()), max_size=30, unique_by=lambda row: row[2]
).map(lambda rows: sorted(rows, key=lambda row: row[0]))


@given(ROWS)
def test_no_case_passes_one_with_an_earlier_time(rows):
    """The last safe time rules; worth breaks ties among equals, hides nothing, and leaves the unknown where it was."""
    ordered = break_ties(rows, until=lambda row: row[0], worth=lambda row: row[1])

    assert [row[0] for row in rows] == [row[0] for row in ordered]
    assert sorted(rows) == sorted(ordered) if all(row[1] is not None for row in rows) else set(rows) == set(ordered)
    assert [at for at, row in enumerate(rows) if row[1] is None] == [
        at for at, row in enumerate(ordered) if row[1] is None
    ]
    for time in {row[0] for row in rows}:
        worths = [row[1] for row in ordered if row[0] == time and row[1] is not None]
        assert worths == sorted(worths, reverse=True)


def test_equal_worth_keeps_its_place():
    """Rows stand by age where nothing else tells them apart; that stays."""
    rows = [(1, 0.5, "old"), (1, 0.5, "new"), (1, 0.9, "best")]
    ordered = break_ties(rows, until=lambda row: row[0], worth=lambda row: row[1])

    assert ["best", "old", "new"] == [row[2] for row in ordered]
