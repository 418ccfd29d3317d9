"""Laps of several runners, shuffled, each in a process of its own; and rows of what came of them."""

import json
import os
import random
import statistics
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
FULL = os.environ.get("FULL") == "1"


class LapFailed(Exception):
    """A runner broke down; the message is what it said."""


class AnswersDiffer(Exception):
    """Two runners gave different answers to the same question, so their times mean nothing."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. goal in words; met None where there is no goal."""

    name: str
    value: float
    unit: str
    peer: str | None = None
    ratio: float | None = None
    goal: str | None = None
    met: bool | None = None
    memory_mib: float | None = None


@dataclass(frozen=True, slots=True)
class Laps:
    """All laps of one runner: seconds for `count` things a lap, what else it told, its largest memory."""

    seconds: tuple[float, ...]
    count: int
    told: dict[str, Any]
    memory_mib: float

    @property
    def each(self) -> float:
        """Return the seconds for one thing, the median of the laps."""
        return statistics.median(self.seconds) / self.count

    @property
    def rate(self) -> float:
        """Return things a second."""
        return 1 / self.each


def race(runners: Sequence[str], folder: Path, *, rounds: int) -> dict[str, Laps]:
    """
    Run every runner ("module:function") `rounds` times in shuffled order; raises LapFailed, AnswersDiffer.

    A lap tells {"seconds", "count", …}; an "answer" in it must be the same in all laps of all runners.
    """
    told: dict[str, list[dict[str, Any]]] = {each: [] for each in runners}
    order = [each for each in runners for _ in range(rounds)]
    random.shuffle(order)
    for each in order:
        told[each].append(_lap(each, folder))
    answers = {json.dumps(lap["answer"]) for laps in told.values() for lap in laps if "answer" in lap}
    if len(answers) > 1:
        raise AnswersDiffer(", ".join(runners))
    return {
        each: Laps(
            seconds=tuple(lap["seconds"] for lap in laps),
            count=laps[0]["count"],
            told=laps[0],
            memory_mib=max(lap["memory_mib"] for lap in laps),
        )
        for each, laps in told.items()
    }


def _lap(runner: str, folder: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.bench.lap", runner, str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=600)
    if done.returncode:
        raise LapFailed(f"{runner}: {done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])
