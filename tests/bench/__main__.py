"""
`python -m tests.bench`: run all races, print the table, write .bench/latest.json.

`python -m tests.bench answers letters` runs those alone, and writes nothing.
"""

import json
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from tests.bench import (
    answers,
    bombs,
    calendar,
    chart,
    clocks,
    cold,
    confusion,
    detect,
    ics,
    learn,
    letters,
    look,
    outbox,
    papers,
    plan,
    worklist,
)
from tests.bench.race import FULL, ROOT, Row

RACES = (
    answers,
    calendar,
    ics,
    plan,
    clocks,
    detect,
    worklist,
    look,
    chart,
    papers,
    cold,
    learn,
    letters,
    bombs,
    outbox,
)
LATEST = ROOT / ".bench/latest.json"
HEAD = ("", "value", "", "peer", "ratio", "goal", "met", "MiB")


def main(wanted: Sequence[str] = ()) -> int:
    """Run everything, or the races of these names; a goal that is not met is shown, and is no failure."""
    begun, rows = time.monotonic(), []
    races = [each for each in RACES if not wanted or each.__name__.rpartition(".")[2] in wanted]
    for each in races:
        with tempfile.TemporaryDirectory(prefix="parley-bench-") as folder:
            rows += each.rows(Path(folder))
    print(table(rows))
    if wanted:
        return 0
    write(rows, LATEST)
    print()
    confusion.main()
    print(f"\n{'full' if FULL else 'quick'}, {time.monotonic() - begun:.0f} s; written to {LATEST.relative_to(ROOT)}")
    return 0


def write(rows: list[Row], path: Path) -> None:
    """Write the rows as JSON."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps([{**asdict(row), "name": row.name.strip()} for row in rows], indent=1) + "\n")


def table(rows: list[Row]) -> str:
    """Return the rows as aligned columns."""
    cells = [HEAD, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(HEAD))]
    right = {1, 4, 7}
    lines = (
        "  ".join(
            cell.rjust(width) if n in right else cell.ljust(width)
            for n, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in cells
    )
    return "\n".join(line.rstrip() for line in lines)


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.name,
        f"{row.value:,}",
        row.unit,
        row.peer or "",
        "" if row.ratio is None else f"{row.ratio:g}x",
        row.goal or "",
        {True: "yes", False: "NO", None: ""}[row.met],
        "" if row.memory_mib is None else f"{row.memory_mib:.0f}",
    )


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
