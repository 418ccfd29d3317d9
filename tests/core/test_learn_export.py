"""What is given away names nobody, and no small cell can be worked out from it."""

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.learn import GROUPS, Journey, counted_of, measure
from app.core.learn.export import LEAST, OTHERS, ExportRow, NotAGroup, TooSmall, export_rows
from app.core.learn.sums import Added
from tests.builders import MONDAY, hours


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
    found = overturn([*calls("A", 40, 40), *calls("B", 20, 20), *calls("C", 3, 9)], "payer")

    assert [("A", False), ("B", True), ("C", True)] == [(name, each.hidden) for name, each in sorted(found.items())]


@pytest.mark.parametrize("by", [("clinician",), ("payer", "payer"), ("case_id",)])
def test_colleagues_and_cases_are_no_groups(by):
    """Nobody is exported by name."""
    with pytest.raises(NotAGroup):
        export_rows(map(counted_of, calls("A", 20, 20)), by)


def test_a_rare_name_is_not_told():
    """A service that three cases asked for could name whose they were; all that are rare are told together."""
    few = [replace_service(each, f"{each.payer} for Ann Example") for each in [*calls("B", 2, 1), *calls("C", 5, 5)]]
    rows = export_rows(map(counted_of, [*calls("A", 40, 40), *few]), ("service",))

    assert "Ann" not in repr(rows)
    assert {"s", OTHERS} == {each.names[0][1] for each in rows}
    with pytest.raises(TooSmall):
        export_rows(map(counted_of, [*calls("A", 40, 40), *few]), ("service", "lane"))


def replace_service(journey: Journey, service: str) -> Journey:
    """Return the same of another service."""
    return journey._replace(service=service)


@given(st.lists(st.tuples(st.sampled_from("ABC"), st.sampled_from(["approved", "upheld", None])), max_size=90))
def test_no_small_cell_is_ever_shown(cases):
    """Whatever the history: every number shown is none, or at least eleven, on both sides of a share."""
    some = [
        Journey(f"c{n}", payer, "r", "Dr Secret", "s", "post_denial", offered_at=MONDAY, result=result)
        for n, (payer, result) in enumerate(cases)
    ]
    for by in ((), ("payer",), ("service",)):
        rows = export_rows(map(counted_of, some), by)
        cells = [each.n for each in rows if not each.hidden]
        cells += [part for each in rows if each.count is not None for part in (each.count, each.n - each.count)]
        assert all(each == 0 or each >= LEAST for each in cells)
        assert "Dr Secret" not in repr(rows)


# -- taken apart -----------------------------------------------------------------------------------------------
def ways(count: int) -> list[dict]:
    """Return ways that cases can go: so many that no two measures agree but by what they are."""
    draw = random.Random(7)
    found = []
    for _ in range(count):
        offered, held = draw.random() < 0.8, draw.random() < 0.6
        way: dict = {"offered_at": MONDAY if offered else None, "connected_at": MONDAY + hours(3) if held else None}
        if held:
            way |= {"inside": draw.choice((True, False, None)), "calls_to_connect": draw.choice((0, 2))}
            way |= {"specialty_match": draw.choice((True, False, None))}
        if draw.random() < 0.7:
            result = draw.choice(("approved", "modified", "upheld", "withdrawn"))
            way |= {"result": result, "verbal": draw.choice((result, None)), "written": draw.choice(("upheld", None))}
            way |= {"shift": draw.choice((None, None, "against", "none"))}
        way |= {"closed_at": draw.choice((MONDAY, None)), "appealed_at": draw.choice((MONDAY + hours(9), None))}
        way |= {"cause": draw.choice(("payer", "us", "lapsed", "withdrawn", None))}
        way |= {"appeal_result": draw.choice(("approved", "upheld", None))}
        way |= {f"missed_by_{side}": draw.choice((0, 0, 1)) for side in ("us", "payer")}
        way |= {f"{kind}_minutes": draw.choice((None, 3)) for kind in ("hold", "prep", "talk")}
        found.append(way)
    return found


LANES = ("pre_denial", "post_denial", "not told")
GROUPED: tuple[tuple[str, ...], ...] = ((), ("payer",), ("lane",))
WAYS = ways(64)
# All that can be in a cell, as whoever takes the tables apart would suppose it.
ATOMS = [(payer, lane, way) for payer in "ABC" for lane in LANES for way in range(len(WAYS))]
PRIME = (1 << 61) - 1


def _parts(each) -> tuple[int, ...]:
    return (each.n,) if each.count is None else (each.n, each.count, each.n - each.count)


def told_of(atom) -> dict[str, tuple[int, ...]]:
    """Return what one case of this kind adds to each measure: (n,) or (n, count, the rest)."""
    return {each.key: _parts(each) for each in measure([journey_of_atom(atom)], floor=1)}


def journey_of_atom(atom, number: int = 0) -> Journey:
    """Return a case of this kind."""
    payer, lane, way = atom
    return Journey(f"{atom}{number}", payer, "r", "Dr", "s", None if lane == "not told" else lane, **WAYS[way])


ADDS = [told_of(atom) for atom in ATOMS]


def vectors(key: str, names, rare=frozenset()) -> list[dict[int, int]]:
    """Return each number of a row as the sum of kinds of cases that it is. rare: the groups that are told together."""
    among = [
        number
        for number, (payer, lane, _) in enumerate(ATOMS)
        for told in [
            {
                (group, OTHERS if (group, value) in rare else value)
                for group, value in (("payer", payer), ("lane", lane))
            }
        ]
        if told >= set(names)
    ]
    width = len(ADDS[0][key])
    return [{number: ADDS[number][key][part] for number in among if ADDS[number][key][part]} for part in range(width)]


class Known:
    """What follows from numbers by adding and subtracting: their span, in echelon form modulo a prime."""

    def __init__(self):
        self.rows: dict[int, dict[int, int]] = {}

    def left_of(self, vector):
        """Return what of a number does not follow; nothing where it does."""
        left = dict(vector)
        while (pivot := next((each for each in sorted(left) if each in self.rows), None)) is not None:
            self._take(left, pivot)
        return left

    def _take(self, left, pivot):
        times = left[pivot]
        for at, value in self.rows[pivot].items():
            if (now := (left.get(at, 0) - times * value) % PRIME) == 0:
                left.pop(at, None)
            else:
                left[at] = now

    def add(self, vector):
        """Learn one more number."""
        if left := self.left_of(vector):
            pivot = min(left)
            inverse = pow(left[pivot], -1, PRIME)
            self.rows[pivot] = {at: value * inverse % PRIME for at, value in left.items()}


def leaks(some, tables) -> list[tuple]:
    """Return every small number that was left out of a table of these cases, and follows from what all of them tell."""
    known, true = Known(), {}
    cases = Counter(each for one in some for each in zip(("payer", "lane"), (one.names[0], one.names[4]), strict=True))
    rare = {each for each, count in cases.items() if count < LEAST}
    for by in GROUPED:
        added: dict = {}
        for one in some:
            names = [(name, one.names[GROUPS.index(name)]) for name in by]
            added.setdefault(tuple((each[0], OTHERS) if each in rare else each for each in names), Added()).add(one)
        for names, held in added.items():
            true |= {(names, each.key): _parts(each) for each in held.measures(floor=1)}
    rows = [row for each in tables for row in each]
    for row in rows:
        for vector in () if row.hidden else vectors(row.key, row.names, rare):
            known.add(vector)
    return [
        (row.names, row.key, value)
        for row in rows
        if row.hidden
        for vector, value in zip(vectors(row.key, row.names, rare), true[row.names, row.key], strict=True)
        if 0 < value < LEAST and not known.left_of(vector)
    ]


@pytest.mark.parametrize("seed", range(8))
def test_no_small_number_can_be_worked_out_from_all_the_tables(seed):
    """Of the whole and of the tables by each group, added and subtracted in whatever way: no small cell follows."""
    draw = random.Random(seed)
    full = draw.choice((0.02, 0.1, 0.4, 0.9))  # a small hospital's cells are mostly empty
    counts = [draw.choice((1, 3, 11, 12, 25)) if draw.random() < full else 0 for _ in ATOMS]
    some = [counted_of(journey_of_atom(at, n)) for at, count in zip(ATOMS, counts, strict=True) for n in range(count)]

    assert [] == leaks(some, [export_rows(some, by) for by in GROUPED])


def test_the_check_sees_what_follows():
    """Were the whole told and all payers but a small one, every small number of that one would be found out."""
    some = [counted_of(journey_of_atom(at, n)) for at in ATOMS for n in range(at[2] < 5 if at[0] == "C" else 12)]
    groups = [((), some), *(((("payer", name),), [each for each in some if each.names[0] == name]) for name in "ABC")]
    rows = [
        ExportRow(names, each.key, each.unit, each.n, None, None, None, None, hidden=names == (("payer", "C"),))
        for names, among in groups
        for each in Added(among).measures(floor=1)
    ]

    assert {"missed", "overturn"} <= {key for _, key, _ in leaks(some, [rows])}
    assert [] == leaks(some, [[each for each in rows if each.names]])


def test_what_was_decided_in_no_lane_is_not_told_by_the_others():
    """40 before the denial, 40 after it, 3 in no lane: all 83 are told, the lanes are not."""
    lanes = ["pre_denial"] * 40 + ["post_denial"] * 40 + [None] * 3
    some = [
        Journey(f"{n}", "A", "r", "d", "s", lane, result=("approved", "upheld")[n % 2]) for n, lane in enumerate(lanes)
    ]
    found = {each.key: each for each in export_rows(map(counted_of, some), ())}

    assert (83, False) == (found["overturn"].n, found["overturn"].hidden)
    assert all(each.hidden for key, each in found.items() if key.startswith("shift_"))


@pytest.mark.parametrize("by", [("payer", "service"), ("service", "payer", "lane")])
def test_groups_together_are_told_whole_or_not_at_all(by):
    """Cells that cross could be set against the tables by each group alone."""
    clean = [*calls("A", 40, 40), *calls("B", 20, 20)]

    assert [40, 80] == sorted(each.n for each in export_rows(map(counted_of, clean), by) if each.key == "overturn")
    with pytest.raises(TooSmall):
        export_rows(map(counted_of, [*clean, *calls("C", 3, 30)]), by)


def test_what_is_left_out_together_is_no_small_cell_either():
    """Two groups of which three were won: both are hidden, and their sum would be six; a third goes with them."""
    found = overturn([*calls("A", 90, 90), *calls("B", 40, 40), *calls("C", 3, 11), *calls("D", 3, 12)], "payer")

    assert ["B", "C", "D"] == sorted(name for name, each in found.items() if each.hidden)


def test_a_small_cause_is_not_told_by_the_others():
    """Missed for the payer 20 times, for us 3: all that were missed are told, why they were is not."""
    causes = ["payer"] * 20 + ["us"] * 3
    some = [
        Journey(f"{n}", "A", "r", "d", "s", None, offered_at=MONDAY, closed_at=MONDAY, cause=cause)
        for n, cause in enumerate(causes)
    ]
    found = {each.key: each for each in export_rows(map(counted_of, some), ())}

    assert (23, False) == (found["missed"].count, found["missed"].hidden)
    assert all(each.hidden for key, each in found.items() if key.startswith("missed_"))
