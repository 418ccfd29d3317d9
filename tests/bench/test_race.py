"""The benchmark tells only what was asserted, in the form that others read."""

import json
from pathlib import Path

import pytest

from tests.bench import __main__ as bench
from tests.bench.race import AnswersDiffer, LapFailed, Row, race


def seven(folder: Path) -> dict:
    """A runner."""
    return {"seconds": 2.0, "count": 4, "answer": [7]}


def eight(folder: Path) -> dict:
    """A runner of another opinion."""
    return {"seconds": 1.0, "count": 1, "answer": [8]}


def broken(folder: Path) -> dict:
    """A runner that falls."""
    raise ValueError("fell")


def test_each_lap_runs_in_a_process_of_its_own(tmp_path: Path):
    """Times are of one thing, memory is the lap's own."""
    laps = race(["test_race:seven"], tmp_path, rounds=2)["test_race:seven"]

    assert (laps.seconds, laps.each, laps.rate) == ((2.0, 2.0), 0.5, 2.0)
    assert 5 < laps.memory_mib < 500


def test_different_answers_are_no_race(tmp_path: Path):
    """Who answers something else is not faster."""
    with pytest.raises(AnswersDiffer):
        race(["test_race:seven", "test_race:eight"], tmp_path, rounds=1)


def test_fallen_runner_is_told(tmp_path: Path):
    """A lap that breaks down stops the benchmark with its own words."""
    with pytest.raises(LapFailed, match="fell"):
        race(["test_race:broken"], tmp_path, rounds=1)


def test_latest_has_the_agreed_fields(tmp_path: Path):
    """.bench/latest.json is a list of objects with these fields, in the order of the table."""
    bench.write(
        [Row("  a peer", 1.5, "ms"), Row("ours", 1, "ms", "a peer", 1.5, "<= 2 ms", True, 12.0)], tmp_path / "l"
    )

    first, second = json.loads((tmp_path / "l").read_text())
    assert list(first) == ["name", "value", "unit", "peer", "ratio", "goal", "met", "memory_mib"]
    assert (first["name"], first["met"], second["met"], second["ratio"]) == ("a peer", None, True, 1.5)
