"""What is given away names nobody, and no small cell can be worked out from it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.learn import Journey, counted_of
from app.core.learn.export import LEAST, NotAGroup, export_rows
from tests.builders import MONDAY


def calls(payer: str, won: int, lost: int) -> list[Journey]:
    """Return so many decided calls of a payer."""
    results = ["approved"] * won + ["upheld"] * lost
    return [
        Journey(f"{payer}{n}", payer, "r", "Dr Secret", "s", "post_denial", offered_at=MONDAY, result=result)
        for n, result in enumerate(results)
    ]


def overturn(some, *by):
    """Return the rows of one measure, by the first group's name."""
    return {
        each.names[0][1] if by else "": each
        for each in export_rows(map(counted_of, some), by)
        if each.key == "overturn"
    }


def test_a_cell_of_ten_is_left_out_and_one_of_eleven_is_not():
    """Numerator, its rest and the whole: any of them of one to ten hides the row; none at all is no small cell."""
    assert 22 == overturn(calls("A", LEAST, LEAST))[""].n
    assert overturn(calls("A", LEAST - 1, 30))[""].hidden
    assert overturn(calls("A", 30, LEAST - 1))[""].hidden
    assert (0, False) == ((none := overturn(calls("A", 0, 30))[""]).count, none.hidden)


def test_a_single_hidden_group_takes_another_with_it():
    """With the sum known from elsewhere, one hidden group could be worked out; two cannot."""
    found = overturn([*calls("A", 40, 40), *calls("B", 20, 20), *calls("C", 3, 3)], "payer")

    assert [("A", False), ("B", True), ("C", True)] == [(name, each.hidden) for name, each in sorted(found.items())]


@pytest.mark.parametrize("by", [("clinician",), ("payer", "payer"), ("case_id",)])
def test_colleagues_and_cases_are_no_groups(by):
    """Nobody is exported by name."""
    with pytest.raises(NotAGroup):
        export_rows(map(counted_of, calls("A", 20, 20)), by)


@given(st.lists(st.tuples(st.sampled_from("ABC"), st.sampled_from(["approved", "upheld", None])), max_size=90))
def test_no_small_cell_is_ever_shown(cases):
    """Whatever the history: every number shown is none, or at least eleven, on both sides of a share."""
    some = [
        Journey(f"c{n}", payer, "r", "Dr Secret", "s", "post_denial", offered_at=MONDAY, result=result)
        for n, (payer, result) in enumerate(cases)
    ]
    for by in ((), ("payer",), ("payer", "service")):
        rows = export_rows(map(counted_of, some), by)
        cells = [each.n for each in rows if not each.hidden]
        cells += [part for each in rows if each.count is not None for part in (each.count, each.n - each.count)]
        assert all(each == 0 or each >= LEAST for each in cells)
        for key in {each.key for each in rows}:
            hidden = [each.hidden for each in rows if each.key == key]
            shown = [each for each in rows if each.key == key and each.n]
            assert sum(hidden) != 1 or not shown or not by
        assert "Dr Secret" not in repr(rows)
