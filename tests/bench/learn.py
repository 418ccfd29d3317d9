"""
Learn over 1,000,000 events (100,000 quick): the page beside DuckDB's scan of the same events in memory (goal 7).

Both give the same measures, medians and intervals, or there is no race. Besides: what a plain insert of an event costs
and one that is counted; how long it takes to count every case again; a history from a file.
"""

import io
import json
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from tests.bench import learn_sql
from tests.bench.past import NOW, TENANT, as_csv, as_lines, fill, past
from tests.bench.race import FULL, Laps, Row, race

COUNT = 1_000_000 if FULL else 100_000
LAPS, WRITES = 7, 400
MOST_MIB = 300


def prepare(folder: Path) -> list[str]:
    """Write the events everywhere; return the kinds of database that can be had here."""
    from tests.databases import PostgresServer, find_postgres, new_url

    as_csv(COUNT, folder)
    as_lines(COUNT, folder / "events.jsonl")
    urls = {"sqlite": new_url("sqlite", folder)}
    if binaries := find_postgres():
        urls["postgresql"] = PostgresServer(binaries, durable=True).new_url()
    for url in urls.values():
        fill(url, COUNT)
    (folder / "urls.json").write_text(json.dumps(urls))
    return list(urls)


def rows(folder: Path) -> list[Row]:
    """Return what the races gave."""
    kinds = prepare(folder)
    again = race([f"learn:again_{kind}" for kind in kinds], folder, rounds=1)
    pages = race(["learn:page_duckdb", *(f"learn:page_{kind}" for kind in kinds)], folder, rounds=3 if FULL else 1)
    names = [f"learn:{how}_{kind}" for kind in kinds for how in ("plain", "counted")]
    writes = race(names, folder, rounds=3)
    line = race(["learn:lines"], folder, rounds=1)["learn:lines"]
    found = []
    for kind in kinds:
        found += [
            _page(kind, pages["learn:page_duckdb"], pages[f"learn:page_{kind}"]),
            _write(kind, writes[f"learn:plain_{kind}"], writes[f"learn:counted_{kind}"]),
            _again(kind, again[f"learn:again_{kind}"]),
        ]
    return [*found, _lines(line)]


def _page(kind: str, theirs: Laps, ours: Laps) -> Row:
    ratio = round(ours.each / theirs.each, 3)
    peer = f"DuckDB over the events ({theirs.each * 1000:.0f} ms)"
    goal, met = f"<= 0.5x, <= {MOST_MIB} MiB", ratio <= 0.5 and ours.memory_mib <= MOST_MIB
    return Row(f"Learn over {COUNT:,} events, {kind}", _ms(ours), "ms", peer, ratio, goal, met, ours.memory_mib)


def _write(kind: str, plain: Laps, counted: Laps) -> Row:
    ratio = round(counted.each / plain.each, 2)
    peer = f"insert alone ({plain.each * 1000:.2f} ms)"
    return Row(f"  an event kept and counted, {kind}", _ms(counted, 2), "ms", peer, ratio, "<= 2.5x", ratio <= 2.5)


def _again(kind: str, laps: Laps) -> Row:
    goal, met = f"<= 10 s, <= {MOST_MIB} MiB", laps.each <= 10 and laps.memory_mib <= MOST_MIB
    cases = laps.told["cases"]
    name = f"  all {cases:,} cases counted again, {kind}"
    return Row(name, round(laps.each, 1), "s", None, None, goal, met, laps.memory_mib)


def _lines(laps: Laps) -> Row:
    goal, met = f"<= {MOST_MIB} MiB", laps.memory_mib <= MOST_MIB
    return Row(f"  parley learn, {COUNT:,} lines", round(laps.each, 1), "s", None, None, goal, met, laps.memory_mib)


def _ms(laps: Laps, digits: int = 1) -> float:
    return round(laps.each * 1000, digits)


def page_duckdb(folder: Path) -> dict:
    """Ask DuckDB; what it is given and what the page makes of its numbers is not in its time."""
    database = learn_sql.load(folder)
    seconds, found = _timed(lambda: learn_sql.page(database))
    return {"seconds": seconds, "count": 1, "answer": _answer(_lessons(found["sums"], found["middles"]))}


def page_sqlite(folder: Path) -> dict:
    """Ask Parley, from the database to the numbers of the page."""
    return _parley(folder, "sqlite")


def page_postgresql(folder: Path) -> dict:
    """Ask Parley on PostgreSQL."""
    return _parley(folder, "postgresql")


def _parley(folder: Path, kind: str) -> dict:
    from app.core.learn.lessons import TABLED, lessons_from, medians_wanted
    from app.edges.store import SqlStore

    store = SqlStore(_database(folder, kind))
    seconds, found = _timed(lambda: lessons_from(*store.learned(TENANT, medians_wanted, grouped=TABLED)))
    return {"seconds": seconds, "count": 1, "answer": _answer(found)}


def _timed(ask: Callable) -> tuple[float, object]:
    ask()  # connections and compiled statements, on both sides
    seconds = []
    for _ in range(LAPS):
        begun = time.perf_counter()
        found = ask()
        seconds.append(time.perf_counter() - begun)
    return statistics.median(seconds), found


def _lessons(sums, middles):
    from app.core.learn.counted import Sum
    from app.core.learn.lessons import lessons_from

    told = {place: {key: Sum(*three) for key, three in each.items() if three[0]} for place, each in sums.items()}
    return lessons_from(told, middles)


def _answer(lessons) -> list:
    """Return every number that the page shows."""
    by = [
        [group, key, name, each.count, each.n]
        for group in lessons.by
        for key in learn_sql.GROUPED
        for name, each in lessons.rows(group, key)
    ]
    trends = [[key, each.month, *_numbers(each.measure)] for key, told in lessons.trends.items() for each in told]
    return [lessons.case_count, [[key, *_numbers(each)] for key, each in lessons.whole.items()], by, trends]


def _numbers(each) -> list:
    return [each.n, each.count, *(None if at is None else round(at, 9) for at in (each.value, each.low, each.high))]


def again_sqlite(folder: Path) -> dict:
    """Count every case, from nothing."""
    return _again_on(folder, "sqlite")


def again_postgresql(folder: Path) -> dict:
    """The same on PostgreSQL."""
    return _again_on(folder, "postgresql")


def _again_on(folder: Path, kind: str) -> dict:
    from app.edges.store.catch_up import catch_up

    database = _database(folder, kind)
    begun = time.perf_counter()
    cases = catch_up(database, TENANT)
    return {"seconds": time.perf_counter() - begun, "count": 1, "cases": cases}


def plain_sqlite(folder: Path) -> dict:
    """Insert events, each in a transaction of its own, as each comes."""
    return _writes(folder, "sqlite", counted=False)


def counted_sqlite(folder: Path) -> dict:
    """Insert events likewise, and let each count."""
    return _writes(folder, "sqlite", counted=True)


def plain_postgresql(folder: Path) -> dict:
    """The same on PostgreSQL."""
    return _writes(folder, "postgresql", counted=False)


def counted_postgresql(folder: Path) -> dict:
    """The same on PostgreSQL, counted."""
    return _writes(folder, "postgresql", counted=True)


def _writes(folder: Path, kind: str, *, counted: bool) -> dict:
    from app.edges.store.events import add_events
    from app.edges.store.journeys import keep_journey
    from app.flow.ports import Event

    database, cases = _database(folder, kind), _some_cases()

    def write(case, happened) -> None:
        def work(connection) -> None:
            add_events(connection, case, happened)
            if counted:
                keep_journey(connection, case, happened)

        database.write(work)

    seconds = []
    for number, case in enumerate(cases):
        data = ({"hold_minutes": number % 60}, {"result": "upheld", "way": "call", "final": True})[number % 2]
        happened = (Event(("attempt", "decided")[number % 2], NOW, "bench", data),)
        begun = time.perf_counter()
        write(case, happened)
        seconds.append(time.perf_counter() - begun)
    return {"seconds": statistics.median(seconds), "count": 1}


def _some_cases() -> list:
    from app.core.denial import Lane
    from app.core.people import Clinician
    from tests.builders import a_case

    base, found = a_case(), []
    for _, (id, about, _) in zip(range(WRITES), past(COUNT), strict=False):
        routing = replace(base.routing, reason=about["reason"], lane=Lane(about["lane"]) if about["lane"] else None)
        case = replace(base, id=id, tenant=TENANT, payer_name=about["payer"], service_label=about["service"])
        who = Clinician("Practitioner/d", about["clinician"], "America/Chicago")
        found.append(replace(case, routing=routing, clinician=who))
    return found


def lines(folder: Path) -> dict:
    """Run `parley learn FILE --json` on as many lines."""
    from launch.files import learn

    out, errors = io.StringIO(), io.StringIO()
    begun = time.perf_counter()
    status = learn.run([str(folder / "events.jsonl"), "--json"], stdin=io.StringIO(), stdout=out, stderr=errors)
    assert status == 0, errors.getvalue()
    return {"seconds": time.perf_counter() - begun, "count": 1, "cases": json.loads(out.getvalue())["cases"]}


def _database(folder: Path, kind: str):
    from app.edges.store import open_database

    return open_database(json.loads((folder / "urls.json").read_text())[kind])
