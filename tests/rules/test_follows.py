"""What follows an outcome is data: dated, sourced or marked as our own, and refused by its line where it is wrong."""

from pathlib import Path

import pytest

from app.edges.rulebook.follows import load_follows
from app.errors import Misconfigured

FILE = Path(__file__).parents[2] / "app" / "rules" / "follows.toml"
ROOT = Path(__file__).parents[2]


def test_the_shipped_steps_are_marked_as_our_own():
    """No payer set them: grade I, and the decision that says why is there to be read."""
    read = load_follows(FILE)

    assert ("I", True) == (read.grade, (ROOT / read.source).is_file())
    assert (24, "hours") == (read.chase[0].amount, read.chase[0].unit)
    assert (30, 14, 7) == read.authorization


@pytest.mark.parametrize(
    ("good", "bad", "said"),
    [
        ("notice from {payer}", "notice from it", "chase[0].do"),
        ("notice from {payer}", "notice from {payer} {phone}", "chase[0].do"),
        ("amount = 24", "amount = 0", "chase[0].amount"),
        ("[30, 14, 7]", "[7, 14, 30]", "authorization.days"),
        ("[30, 14, 7]", "[]", "authorization.days"),
        ('grade = "I"', 'grade = "V"', "source"),
        ("verified_on = 2026-12-01", "", "missing required field `verified_on`"),
        ("[dispute]", "[disputes]", "disputes"),
        ('unit = "hours"', 'unit = "weeks"', "chase[0].unit"),
    ],
)
def test_what_is_wrong_is_refused_by_its_line(tmp_path: Path, good: str, bad: str, said: str):
    """An editor learns where to look, before any patient is."""
    text = FILE.read_text("utf-8")
    assert good in text
    (tmp_path / "follows.toml").write_text(text.replace(good, bad, 1))

    with pytest.raises(Misconfigured) as refused:
        load_follows(tmp_path / "follows.toml")

    assert refused.value.setting.startswith("follows.toml")
    assert said in str(refused.value)
