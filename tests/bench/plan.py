"""The morning plan of 50, 500 and 5,000 cases: what it saves, beside its bound, two plain rules and plain HiGHS."""

import json
import random
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.bench.race import FULL, Laps, Row, race

SIZES = (50, 500, 5_000)
NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)
TIMES, PER_CLINICIAN, PER_PAYER = 80, 8, 60  # half hours of five days
_MOST_SECONDS = {500: 0.5, 5_000: 10.0}


def prepare(folder: Path) -> None:
    """Write one question a size: half hours, payers' seats and clinicians both scarce, deadlines spread."""
    for size in SIZES:
        (folder / f"plan-{size}.json").write_text(json.dumps(_question(size, random.Random(size))))


def _question(size: int, draw: random.Random) -> dict:
    halves = [day * 1440 + 480 + 30 * at for day in range(TIMES // 16) for at in range(16)]
    clinicians, payers = size // PER_CLINICIAN, max(3, size // PER_PAYER)
    seats = max(1, round(size / payers / TIMES))
    open_ = [[at for at in halves if draw.random() < 1.6 * size / payers / TIMES] for _ in range(payers)]
    cases = []
    for _ in range(size):
        payer, due = draw.randrange(payers), draw.choice(halves) + 30 * draw.randint(4, 40)
        fitting = [at for at in open_[payer] if at + 30 <= due]
        chosen = draw.sample(fitting, min(len(fitting), draw.randint(3, 20)))
        who = draw.sample(range(clinicians), draw.choice((1, 1, 1, 2, 2, 3)))
        cases.append([due, draw.randint(1, 5), who, [[payer, at] for at in sorted(chosen)]])
    free = [[at for at in halves if draw.random() < 0.4] for _ in range(clinicians)]
    return {"cases": cases, "free": free, "seats": seats}


def rows(folder: Path) -> list[Row]:
    """Return what each way saves and takes."""
    prepare(folder)
    found = []
    for size in SIZES:
        names = tuple(f"plan:{way}_{size}" for way in ("default", "exact", "first_come", "earliest_due"))
        found += _rows(size, *race(names, folder, rounds=3 if FULL else 1).values())
    return found


def _rows(size: int, default: Laps, exact: Laps, first_come: Laps, earliest_due: Laps) -> list[Row]:
    saved, best, bound = default.told["saved"], exact.told["saved"], exact.told["bound"]
    share, ratio = round(100 * saved / bound, 2), round(default.each / exact.each, 2)
    name, limit = f"plan of {size:,} cases", _MOST_SECONDS.get(size)
    told = f"bound {default.told['bound']:,}; by HiGHS {bound:,}"
    goal = size > SIZES[0]
    return [
        Row(f"{name}: saved by default ({told})", saved, "cases", "bound", round(saved / bound, 4),
            ">= 99.5 %" if goal else None, share >= 99.5 if goal else None, default.memory_mib),
        Row("  time of it", round(default.each * 1000), "ms", "exact", ratio,
            "<= 0.3x" if goal else None, ratio <= 0.3 if goal else None),
        Row("  exact (HiGHS), its proof included", round(exact.each * 1000), "ms", None, None,
            f"<= {limit:g} s, proven" if limit else None,
            exact.each <= limit and best == bound if limit else None, exact.memory_mib),
        Row("  saved by it", best, "cases", "bound", round(best / bound, 4)),
        Row("  first come, first served", first_come.told["saved"], "cases", "bound",
            round(first_come.told["saved"] / bound, 4), memory_mib=first_come.memory_mib),
        Row("  earliest deadline first", earliest_due.told["saved"], "cases", "bound",
            round(earliest_due.told["saved"] / bound, 4), memory_mib=earliest_due.memory_mib),
    ]  # fmt: skip


def _board(folder: Path, size: int):
    from app.core.interval import Interval
    from app.core.plan import PlanCase, PlanWindow, Question
    from app.core.plan.board import board_of

    told = json.loads((folder / f"plan-{size}.json").read_text())

    def half(at: int) -> Interval:
        start = NOW + timedelta(minutes=at)
        return Interval(start, start + timedelta(minutes=30))

    cases = [
        PlanCase(
            id=f"{number:05}",
            length=timedelta(minutes=30),
            deadline=NOW + timedelta(minutes=due),
            clinicians=tuple(map(str, who)),
            windows=tuple(PlanWindow(half(at), f"{payer}-{at}", told["seats"]) for payer, at in windows),
            priority=priority,
        )
        for number, (due, priority, who, windows) in enumerate(told["cases"])
    ]
    free = {str(number): [half(at) for at in each] for number, each in enumerate(told["free"])}
    return board_of(Question(NOW, cases, free))


def _timed(folder: Path, size: int, solve) -> dict:
    """Time the solving alone, by the processor: one thread does it, whatever else the machine is busy with."""
    board = _board(folder, size)
    if solve is _exact:
        import highspy

        assert highspy.Highs
    begun = time.process_time()
    saved, bound = solve(board)
    return {"seconds": time.process_time() - begun, "count": 1, "saved": saved, "bound": bound}


def _default(board) -> tuple[int, int]:
    from app.core.plan.plain import plan_plainly

    days, most = plan_plainly(board)
    return len(days.booked), most


def _exact(board) -> tuple[int, int]:
    from app.core.plan.plain import plan_plainly
    from app.edges.solver import HighsSolver

    solved = HighsSolver().solve(board, plan_plainly(board)[0].booked)
    return len(solved.calls), solved.bound


def _in_turn(board, order) -> tuple[int, int]:
    from app.core.plan.days import Days

    days = Days(board)
    for case in order:
        days.put_free(case)
    return len(days.booked), len(board.cases)


def _come(board) -> tuple[int, int]:
    return _in_turn(board, range(len(board.cases)))


def _due(board) -> tuple[int, int]:
    return _in_turn(board, sorted(range(len(board.cases)), key=lambda case: (board.due[case], case)))


def __getattr__(name: str):
    """Return the runner of a way and a size: "default_500"."""
    way, _, size = name.rpartition("_")
    solve = {"default": _default, "exact": _exact, "first_come": _come, "earliest_due": _due}.get(way)
    if solve is None:
        raise AttributeError(name)
    return lambda folder: _timed(folder, int(size), solve)
