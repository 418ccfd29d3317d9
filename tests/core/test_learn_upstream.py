"""What requests lacked that calls then won: counted by hand, hidden where few, never of what nobody knows."""

from collections import Counter
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from app.core.learn.share import FLOOR
from app.core.learn.upstream import FEWEST, Requested, advice_of, lacked_by
from tests.rules.charts import brief_of, cases
from tests.rules.test_criteria import DENIALS
from tests.rules.test_criteria_charts import SERVICES

KIND = ("Payer", "clinical", "lumbar_fusion")


def asked(result: str, *lacked: str, count: int = 1) -> Requested:
    """Return requests of one kind."""
    return Requested(*KIND, frozenset(lacked), result, count)


def test_what_most_of_the_overturned_lacked_stands_first():
    """Nine of twelve lacked the therapy, four the films; the upheld lacked therapy once in two."""
    told = advice_of(
        [
            asked("approved", "therapy", count=6),
            asked("modified", "therapy", "films", count=3),
            asked("approved", "films"),
            asked("partial", count=2),
            asked("upheld", "therapy"),
            asked("upheld"),
        ]
    )

    assert [("therapy", 9, 12, 1, 2), ("films", 4, 12, 0, 2)] == [
        (each.criterion, each.share.count, each.share.n, each.upheld.count, each.upheld.n) for each in told
    ]
    assert told[0].upheld.value is None, "two say nothing"


def test_what_the_upheld_lacked_as_often_is_marked_and_what_few_lacked_is_no_advice():
    """Films: four of twelve won lacked them, and eight of twelve upheld; a note that two lacked is not spoken of."""
    told = advice_of(
        [
            asked("approved", "therapy", "films", count=4),
            asked("approved", "therapy", "note", count=2),
            asked("modified", count=6),
            asked("upheld", "films", count=8),
            asked("upheld", count=4),
        ]
    )

    assert [("therapy", False), ("films", True)] == [(each.criterion, each.is_as_often_upheld) for each in told]


def test_nothing_is_advised_of_few():
    """Below the floor somebody could be worked out, and it says little."""
    assert () == advice_of([asked("approved", "therapy", count=FLOOR - 1), asked("upheld", "therapy", count=90)])
    assert 1 == len(advice_of([asked("approved", "therapy", count=FLOOR)]))


@given(
    st.lists(
        st.builds(
            Requested,
            st.sampled_from("AB"),
            st.sampled_from(("clinical", "")),
            st.sampled_from(("one", "two")),
            st.frozensets(st.sampled_from(("x", "y", "z"))),
            st.sampled_from(("approved", "partial", "modified", "upheld", "withdrawn")),
            st.integers(1, 30),
        ),
        max_size=20,
    )
)
def test_each_share_is_what_counting_one_by_one_gives(requests: list[Requested]):
    """However they are counted together, and in whatever order they come."""
    lacked, won = Counter(), Counter()
    for each in requests:
        if each.result in ("approved", "partial", "modified"):
            kind = (each.payer, each.reason, each.rule)
            won[kind] += each.count
            lacked.update({(*kind, key): each.count for key in each.lacked})
    expected = {key: (count, won[key[:3]]) for key, count in lacked.items() if won[key[:3]] >= FLOOR}
    expected = {key: told for key, told in expected.items() if told[0] >= FEWEST}
    told = advice_of(reversed(requests))

    assert expected == {(a.payer, a.reason, a.rule, a.criterion): (a.share.count, a.share.n) for a in told}


def test_only_what_the_payer_cannot_have_had_is_lacked():
    """Evidence that went with the request, or of which nobody knows, is no advice."""
    case = cases()["lumbar_fusion/met"][1]
    brief = brief_of(case, services=SERVICES, rules=DENIALS)
    met = [each for each in brief.criteria if each.status.value == "met" and each.evidence]
    late = met[0]
    new = replace(brief, submitted="2026-11-01", fresh=frozenset(each.reference for each in late.evidence))

    assert lacked_by(brief) is None, "nothing is known of what was sent"
    assert late.criterion.key in lacked_by(new)
    assert frozenset() == lacked_by(replace(new, fresh=frozenset()))
    assert lacked_by(replace(new, rule=replace(new.rule, generic=True))) is None
