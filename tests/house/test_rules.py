"""Rules are data with a source and a date, and the files as they stand can be loaded."""

import re
import shutil
import tomllib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from app.errors import Misconfigured
from app.wire import RULES, RuleBook

FILES = sorted(RULES.rglob("*.toml"))
DATES = ("reviewed", "verified_on")


def tables(value, place: str = "") -> list[tuple[str, dict]]:
    """Return every table of a TOML document with its place, the document itself first."""
    found = []
    if isinstance(value, dict):
        found.append((place, value))
        for key, inner in value.items():
            found += tables(inner, f"{place}.{key}".removeprefix("."))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            found += tables(inner, f"{place}[{index}]")
    return found


def read(path: Path) -> dict:
    """Return a rule file."""
    return tomllib.loads(path.read_text("utf-8"))


@pytest.fixture(scope="module")
def book() -> RuleBook:
    """The rules as they stand."""
    return RuleBook.load(RULES)


def test_rule_book_loads(book: RuleBook):
    """Every rule file of every kind is read by the loader that production uses."""
    kinds = (book.payers, book.criteria, book.calendar.rules, book.calendar.closed)

    assert all(kinds)
    assert {path.stem for path in (RULES / "payers").glob("*.toml")} == {rule.key for rule in book.payers}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_rule_file_is_dated_and_sourced(path: Path):
    """What a payer, a regulator or a calendar may change says where it was read and when (style.md)."""
    outer = read(path)
    sourced = [table for _, table in tables(outer) if "source" in table]

    assert sourced
    for table in sourced:
        assert str(table["source"]).strip()
        days = [table[name] for name in DATES if name in table] or [outer[name] for name in DATES if name in outer]
        assert days and all(isinstance(day, date) for day in days)


@pytest.mark.parametrize("path", sorted((RULES / "payers").glob("*.toml")), ids=lambda path: path.stem)
def test_payer_rule_names_a_public_source(path: Path):
    """A payer's rule can be looked up by whoever doubts it: its source is an address."""
    assert re.match(r"https?://", read(path)["source"])


@pytest.mark.parametrize("kind", ["undated", "unsourced"])
def test_rule_without_date_or_source_is_refused(kind: str, tmp_path: Path):
    """The loader refuses at start what cannot be checked, naming the file."""
    shutil.copytree(RULES, tmp_path / "rules")
    path = tmp_path / "rules/payers/evicore.toml"
    gone = "verified_on" if kind == "undated" else "source"
    path.write_text(re.sub(rf"^{gone} = .*$", "", path.read_text("utf-8"), flags=re.MULTILINE), "utf-8")

    with pytest.raises(Misconfigured) as refused:
        RuleBook.load(tmp_path / "rules")

    assert refused.value.say.startswith("evicore.toml")


def test_holidays_reach_a_year_ahead(book: RuleBook):
    """Business days are counted right for every clock that may begin within twelve months of the calendar's today."""
    today = datetime.now(UTC).date()
    ahead = today + timedelta(days=365)

    assert max(book.calendar.closed) >= ahead
    assert len([day for day in book.calendar.closed if today <= day < ahead]) >= 10


def test_no_rule_was_read_in_the_future():
    """A date after today is a typing error: nobody has read that source yet."""
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    days = [
        (path.name, place, table[name])
        for path in FILES
        for place, table in tables(read(path))
        for name in DATES
        if name in table
    ]

    assert [each for each in days if each[2] > tomorrow] == []
