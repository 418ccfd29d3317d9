"""What a reviewer may be bound to on a call: dated, sourced, and beside it where a state says otherwise."""

from datetime import date
from pathlib import Path

import pytest

from app.core.rulebook.duties import duties_for
from app.edges.rulebook.duties import load_duties
from app.errors import Misconfigured

FILE = Path(__file__).parents[2] / "app" / "rules" / "duties.toml"
TODAY = date(2026, 12, 1)


@pytest.mark.parametrize(
    ("state", "said"),
    [("IL", [()]), ("TX", [(), ("TX",)]), (None, [(), ("TX",)])],
)
def test_a_states_own_is_an_exception_and_lifts_nothing_else(state, said):
    """Source 004 excepts Texas modifications and partial certifications: a denial is not told there either."""
    assert said == [each.states for each in duties_for(load_duties(FILE), state=state, today=TODAY)]


def test_nothing_is_told_before_it_is_in_effect():
    """A duty has its first day."""
    assert () == duties_for(load_duties(FILE), state="TX", today=date(2026, 11, 20))


@pytest.mark.parametrize(
    ("good", "bad", "place"),
    [
        ('states = ["TX"]', 'states = ["Texas"]', "duties[1].states"),
        ('states = ["TX"]', "", "duties[1].key"),
        ('grade = "S"', 'grade = "sure"', "duties[1].grade"),
        ("verified_on = 2026-11-21", "", "verified_on"),
        ("effective = 2026-11-21", "", "effective"),
        ('key = "determination"', 'key = " "', "duties[0].key"),
    ],
)
def test_what_is_wrong_is_refused_by_its_place(tmp_path: Path, good: str, bad: str, place: str):
    """An editor learns where to look, before any patient is."""
    text = FILE.read_text("utf-8")
    assert good in text
    (tmp_path / "duties.toml").write_text(text.replace(good, bad, 1))
    with pytest.raises(Misconfigured) as refused:
        load_duties(tmp_path / "duties.toml")

    assert place in refused.value.say
