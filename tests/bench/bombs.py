"""What each bomb of tests/bombs.py takes `parley route` beyond one good file: seconds of the processor, and memory."""

from collections.abc import Mapping
from itertools import islice
from pathlib import Path

from tests.bench.race import FULL, Row
from tests.bombs import GOOD, HEAVY, LIGHT, Bomb, Run, run

MOST_SECONDS, MOST_MIB = 2, 100


def rows(folder: Path) -> list[Row]:
    """Return a row for every heavy bomb and for some of the light ones; for all of them when full."""
    good = folder / "good.json"
    good.write_bytes(GOOD)
    plain = run(folder, "route", "--json", good)
    chosen: Mapping[str, Bomb] = {**HEAVY, **(LIGHT if FULL else dict(islice(LIGHT.items(), 0, None, 6)))}
    return [_row(name, _met(folder, bomb, good), plain) for name, bomb in chosen.items()]


def _met(folder: Path, bomb: Bomb, good: Path) -> Run:
    bad = folder / f"bad{bomb.suffix}"
    bad.write_bytes(bomb.make())
    done = run(folder, "route", "--json", bad, good)
    bad.unlink()
    assert bomb.said is None or bomb.said in done.err, done.err[:500]
    return done


def _row(name: str, done: Run, plain: Run) -> Row:
    seconds, mib = max(done.seconds - plain.seconds, 0), max(done.mib - plain.mib, 0)
    met = seconds < MOST_SECONDS and mib < MOST_MIB
    goal = f"< {MOST_SECONDS} s, < {MOST_MIB} MiB"
    return Row(f"bomb: {name}", round(seconds, 2), "s", goal=goal, met=met, memory_mib=round(mib, 1))
