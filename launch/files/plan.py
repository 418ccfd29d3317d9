"""`parley plan FILE`: all open cases against all free time and the payers' seats, before their deadlines."""

import argparse
from datetime import datetime, timedelta
from functools import partial
from typing import IO, Any
from zoneinfo import ZoneInfo

from app.core.deadlines import day_words
from app.core.interval import Interval, span_of
from app.core.plan import EXACT_CASES, Plan, PlanCase, PlanWindow, Question, make_plan
from app.core.plan.question import fitting_step
from app.edges.solver import HighsSolver
from app.errors import BadInput
from launch.files.fields import (
    as_instant,
    as_interval,
    as_list,
    as_minutes,
    as_object,
    as_text,
    as_whole,
    as_zone,
    needed,
)
from launch.files.printing import print_answers

# FHIR's words for how urgent a request is, where no number is told.
PRIORITIES = {"routine": 1, "urgent": 2, "asap": 3, "stat": 4}
_MOST_CASES, _MOST_CLINICIANS, _MOST_WAYS = 20_000, 20_000, 2_000_000
_MOST_SEATS, _MOST_PRIORITY = 100_000, 1_000
_MOST_SPAN = timedelta(days=366)
_EPILOG = """
A file is one JSON object: {"now", "cases": [{"id", "deadline", "priority", "length_minutes", "clinicians": [id],
"windows": [{"start", "end", "seats"}]}], "clinicians": [{"id", "free": [{"start", "end"}]}]}, times with an offset.
"deadline" and "priority" (0-1000, the more the sooner; or routine, urgent, asap, stat) may be left out, and so may
"zone", in which times are shown. "seats" are the calls that the payer takes in a window in all. Windows of several
cases are the same seats when they have the same "id"; without one, when start, end and seats are the same. A window
without "seats" limits nothing. Counted first is the number of cases, then priority and who cannot wait a day, then
minutes to spare, then interruptions. "bound": no plan saves more cases.
"""


def run(argv: list[str], *, stdin: IO[Any], stdout: IO[str], stderr: IO[str]) -> int:
    """Print the plan of every file; return 0, or 2 when one of them could not be read."""
    options = _parser().parse_args(argv)
    answer = partial(_answer, exact={"exact": True, "quick": False}.get(options.how))
    return print_answers(options.files, answer, json=options.json, stdin=stdin, stdout=stdout, stderr=stderr)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="parley plan", description=__doc__, epilog=_EPILOG)
    parser.add_argument("files", nargs="+", metavar="FILE", help="a JSON file, or - for standard input")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    how = parser.add_mutually_exclusive_group()
    for name, what in (
        ("exact", f"prove the best plan, which is done anyway up to {EXACT_CASES} cases"),
        ("quick", "prove nothing, however few cases there are"),
    ):
        how.add_argument(f"--{name}", dest="how", action="store_const", const=name, help=what)
    return parser


class _Answer:
    """A plan, in the zone in which it is told."""

    def __init__(self, plan: Plan, zone: str) -> None:
        self.plan, self.zone = plan, ZoneInfo(zone)

    def as_json(self) -> dict[str, Any]:
        """Return the answer as the command's JSON."""
        return {
            "booked": [
                {
                    "case": each.case,
                    "clinician": each.clinician,
                    "start": each.interval.start.astimezone(self.zone).isoformat(),
                    "end": each.interval.end.astimezone(self.zone).isoformat(),
                }
                for each in self.plan.booked
            ],
            "unbooked": [
                {
                    "case": each.case,
                    "because": list(each.because),
                    "advice": [advice.sentence for advice in each.advice],
                }
                for each in self.plan.unbooked
            ],
            "bound": self.plan.bound,
        }

    def as_table(self) -> list[str]:
        """Return the answer as lines for people."""
        rows = [
            (self._when(each.interval), each.clinician, each.case, "; ".join(each.because)) for each in self.plan.booked
        ]
        widths = [max((len(row[column]) for row in rows), default=0) for column in range(3)]
        lines = [
            "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[3]]) for row in rows
        ]
        for each in self.plan.unbooked:
            lines += [f"{each.case} has no time. {' '.join(each.because)}"]
            lines += [f"    {advice.sentence}" for advice in each.advice]
        return [*lines, self._sum(), f"Times in {self.zone.key}."]

    def _sum(self) -> str:
        booked, bound = len(self.plan.booked), self.plan.bound
        cases = booked + len(self.plan.unbooked)
        limit = "no plan saves more" if self.plan.saves_most else f"no plan saves more than {bound}"
        times = self.plan.interruptions
        return f"{booked} of {cases} saved; {limit}. {times} interruption{'' if times == 1 else 's'}."

    def _when(self, interval: Interval) -> str:
        return f"{day_words(interval.start, self.zone.key, hour=True)}–{interval.end.astimezone(self.zone):%H:%M}"


def _answer(data: dict[str, Any], *, exact: bool | None) -> _Answer:
    """Return the plan of one file; raises BadInput naming the place inside it."""
    now = as_instant(needed(data, "now"), "now")
    zone = as_zone(data.get("zone") or "UTC", "zone")
    free = _free(data)
    cases = _cases(data, free)
    _refuse_too_much(cases, free, now)
    question = Question(now, cases, free, step=fitting_step(cases, free), zone=zone)
    return _Answer(make_plan(question, solver=HighsSolver(), exact=exact), zone)


def _free(data: dict[str, Any]) -> dict[str, tuple[Interval, ...]]:
    found: dict[str, tuple[Interval, ...]] = {}
    for index, each in enumerate(_few(data, "clinicians", _MOST_CLINICIANS)):
        path = f"clinicians[{index}]"
        given = as_object(each, path)
        told = enumerate(as_list(given.get("free"), f"{path}.free"))
        found[_fresh(given, path, found)] = tuple(as_interval(span, f"{path}.free[{at}]") for at, span in told)
    return found


def _cases(data: dict[str, Any], free: dict[str, tuple[Interval, ...]]) -> tuple[PlanCase, ...]:
    found: dict[str, PlanCase] = {}
    seats: dict[str, int] = {}
    for index, each in enumerate(_few(data, "cases", _MOST_CASES)):
        path = f"cases[{index}]"
        given = as_object(each, path)
        id_ = _fresh(given, path, found)
        deadline = given.get("deadline")
        found[id_] = PlanCase(
            id=id_,
            length=as_minutes(given, "length_minutes", path, least=1, most=24 * 60),
            deadline=None if deadline is None else as_instant(deadline, f"{path}.deadline"),
            clinicians=_clinicians(given, path, free),
            windows=tuple(
                _window(window, f"{path}.windows[{at}]", seats)
                for at, window in enumerate(as_list(given.get("windows"), f"{path}.windows"))
            ),
            priority=_priority(given.get("priority"), f"{path}.priority"),
        )
    return tuple(found.values())


def _clinicians(data: dict[str, Any], path: str, free: dict[str, tuple[Interval, ...]]) -> tuple[str, ...]:
    found = []
    for index, each in enumerate(as_list(data.get("clinicians"), f"{path}.clinicians")):
        if as_text(each, f"{path}.clinicians[{index}]") not in free:
            raise BadInput("nobody of this id stands among the clinicians", path=f"{path}.clinicians[{index}]")
        found.append(each)
    return tuple(dict.fromkeys(found))


def _window(value: Any, path: str, seats: dict[str, int]) -> PlanWindow:
    """Return a window. seats: of each capacity that was told before."""
    given, interval = as_object(value, path), as_interval(value, path)
    count = given.get("seats")
    if count is not None:
        count = as_whole(count, f"{path}.seats", least=0, most=_MOST_SEATS)
    name = given.get("id")
    if name is not None:
        name = f"id {as_text(name, f'{path}.id')}"
    elif count is not None:
        # A count of seats says something only where cases share them; the window itself is then all that names it.
        name = f"{interval.start.isoformat()}/{interval.end.isoformat()}/{count}"
    if name is not None and count is not None and seats.setdefault(name, count) != count:
        raise BadInput("not the seats that this window was told with before", path=f"{path}.seats")
    return PlanWindow(interval, name, count)


def _priority(value: Any, path: str) -> int:
    if value is None:
        return 1
    if isinstance(value, str):
        if value.strip().lower() not in PRIORITIES:
            raise BadInput(f"not a number, nor one of {', '.join(PRIORITIES)}", path=path)
        return PRIORITIES[value.strip().lower()]
    return as_whole(value, path, least=0, most=_MOST_PRIORITY)


def _fresh(data: dict[str, Any], path: str, known: dict[str, Any]) -> str:
    """Return the id; it is told once."""
    found = as_text(needed(data, "id", path), f"{path}.id")
    if not found.strip():
        raise BadInput("empty", path=f"{path}.id")
    if found in known:
        raise BadInput("said twice", path=f"{path}.id")
    return found


def _few(data: dict[str, Any], key: str, most: int) -> list[Any]:
    found = as_list(needed(data, key), key)
    if len(found) > most:
        raise BadInput(f"more than {most}", path=key, next="Plan a part of them.")
    return found


def _refuse_too_much(cases: tuple[PlanCase, ...], free: dict[str, tuple[Interval, ...]], now: datetime) -> None:
    """Refuse what nobody plans on one morning: it would only take long."""
    told = [window.interval for case in cases for window in case.windows]
    told += [span for spans in free.values() for span in spans]
    ahead = [each for each in told if each.end > now]
    span = span_of(ahead)
    if span is not None and span.end - max(span.start, now) > _MOST_SPAN:
        raise BadInput("windows and free time reach more than a year ahead", path="cases")
    if sum(len(case.windows) * sum(len(free[each]) for each in case.clinicians) for case in cases) > _MOST_WAYS:
        raise BadInput("more windows and free times than can be tried", path="cases", next="Plan a part of them.")
