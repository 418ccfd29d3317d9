"""All clocks of 10,000 cases over every payer's rule, with their last safe moments, from JSON to answer."""

import json
import random
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.bench.race import FULL, Row, race

COUNT = 10_000
KINDS = ("denial_posted", "letter_date", "notice_received", "request_received", "verbal_notice")
LINES = ("commercial", "medicare_advantage", "medicaid", "marketplace", None)
PLACES = ("inpatient", "outpatient", "pre_service", "concurrent", None)


def prepare(folder: Path) -> None:
    """Write the cases; a quarter of every fact is not known."""
    keys = [path.stem for path in sorted((Path(__file__).parents[2] / "app/rules/payers").glob("*.toml"))]
    draw = random.Random(2560)
    (folder / "cases.json").write_text(json.dumps([_case(draw, [*keys, None]) for _ in range(COUNT)]))


def rows(folder: Path) -> list[Row]:
    """Return what the laps gave."""
    prepare(folder)
    laps = race(("clocks:count",), folder, rounds=7 if FULL else 3)["clocks:count"]
    seconds = laps.each * COUNT
    name = f"all clocks of {COUNT:,} cases, JSON to last safe moment"
    return [Row(name, round(seconds, 2), "s", goal="< 2 s", met=seconds < 2, memory_mib=laps.memory_mib)]


def count(folder: Path) -> dict:
    """Count the clocks of every case as `parley clocks` does."""
    from app.edges.rulebook import RuleBook
    from launch.files.clocks import RULES, answer_clocks

    rules, cases = RuleBook.load(RULES), json.loads((folder / "cases.json").read_text())
    begun = time.process_time()
    answers = [answer_clocks(each, rules=rules) for each in cases]
    seconds = time.process_time() - begun
    assert all(each.clocks and each.because for each in answers)
    return {"seconds": seconds, "count": COUNT, "answer": sum(len(each.clocks) for each in answers)}


def _case(draw: random.Random, keys: list[str | None]) -> dict:
    at = datetime(2026, 1, 5, 14, tzinfo=UTC) + timedelta(minutes=draw.randrange(500_000))
    kinds = draw.sample(KINDS, draw.randint(1, 3))
    return {
        "now": (at + timedelta(hours=5)).isoformat(),
        "payer": draw.choice(keys),
        "line_of_business": draw.choice(LINES),
        "funding": draw.choice(("fully_insured", "self_insured", None)),
        "state": draw.choice(("IN", "NY", "TX", "CA", None)),
        "lane": draw.choice(("pre_denial", "post_denial", None)),
        "setting": draw.choice(PLACES),
        "urgent": draw.choice((True, False, None)),
        "events": [{"kind": each, "at": (at - timedelta(minutes=draw.randrange(5000))).isoformat()} for each in kinds],
    }
