"""
Twenty coordinators on one slot: one winner, whoever races whom, in threads and in processes, on both databases.

The last test is the control: the same race with the uniqueness taken out of the schema must double-book, or the others
prove nothing.
"""

import subprocess
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text

from app.core.book import SlotTaken
from app.core.case import CaseMoved, KnownDenial
from app.edges.store import SqlStore, open_database
from app.edges.store.database import Database
from tests.edges.store.builders import NOW, TENANT, a_case, at, booked

ROOT = Path(__file__).parents[3]
PEOPLE = 20
ROUNDS = 3
# One coordinator in a process of their own: waits for the starting gun, then books.
RACER = """
import sys
from app.core.book import SlotTaken
from app.edges.store import SqlStore, open_database
from tests.edges.store.builders import NOW, TENANT, at, booked
url, *names = sys.argv[1:]
store = SqlStore(open_database(url))
cases = [store.case(TENANT, name) for name in names]
print("ready", flush=True)
sys.stdin.readline()
for n, case in enumerate(cases):
    try:
        store.save(booked(case, at(9, n), at(9, 20)), seen=1, now=NOW)
        print("won")
    except SlotTaken:
        print("taken")
"""


def race(people: int, act) -> Counter:
    """Let `people` threads act at the same moment; return how often each result came."""
    gun = threading.Barrier(people)

    def run(n: int) -> str:
        gun.wait()
        try:
            act(n)
        except (SlotTaken, CaseMoved, KnownDenial) as error:
            return type(error).__name__
        return "won"

    with ThreadPoolExecutor(people) as pool:
        return Counter(pool.map(run, range(people)))


@pytest.mark.parametrize("shift", [0, 1], ids=["equal times", "overlapping times"])
def test_twenty_coordinators_on_one_slot_have_one_winner(database: Database, shift: int):
    """Everybody else is told that it is taken; nobody gets an error (reliability C)."""
    store = SqlStore(database)
    for turn in range(ROUNDS):
        waiting = [store.save(a_case(f"c{turn}-{n}"), seen=None, now=NOW) for n in range(PEOPLE)]
        start, end = at(9 + turn), at(9 + turn, 30)

        def book(n: int, waiting=waiting, start=start, end=end) -> None:
            # Each wants a little less than the other, so that no two want the same minutes.
            moved = start.replace(minute=n * shift)
            store.save(booked(waiting[n], moved, end), seen=1, now=NOW)

        assert Counter(won=1, SlotTaken=PEOPLE - 1) == race(PEOPLE, book)


def test_twenty_people_on_one_case_have_one_winner(database: Database):
    """All saw version 1; one decides, nineteen are shown what was decided."""
    store = SqlStore(database)
    case = store.save(a_case(), seen=None, now=NOW)

    def book(n: int) -> None:
        store.save(booked(case, at(9 + n % 10), at(10 + n % 10)), seen=1, now=NOW)

    assert Counter(won=1, CaseMoved=PEOPLE - 1) == race(PEOPLE, book)
    assert 2 == store.case(TENANT, "case-1").version


def test_one_denial_opened_twenty_times_at_once_has_one_case(database: Database):
    """Twenty launches of one chart find the same denial."""
    store = SqlStore(database)

    def open_case(n: int) -> None:
        store.save(a_case(number=f"N-{n}"), seen=None, now=NOW)

    assert Counter(won=1, KnownDenial=PEOPLE - 1) == race(PEOPLE, open_case)


def test_two_who_swap_their_times_never_share_one(database: Database):
    """Each gives back what the other wants: both may be refused, neither may hang, no minute has two owners."""
    store = SqlStore(database)
    mine = store.save(booked(a_case("a"), at(9), at(9, 20)), seen=None, now=NOW)
    yours = store.save(booked(a_case("b"), at(10), at(10, 20)), seen=None, now=NOW)
    moves = [booked(mine, at(10), at(10, 20)), booked(yours, at(9), at(9, 20))]

    results = race(2, lambda n: store.save(moves[n], seen=1, now=NOW))

    assert {"won", "SlotTaken"} >= set(results)
    bookings = [store.case(TENANT, each).booking.interval for each in ("a", "b")]
    assert not bookings[0].overlaps(bookings[1])


def test_processes_race_as_threads_do(database_url: str):
    """Four processes, five slots each wants: every slot has one winner."""
    database = open_database(database_url)
    database.upgrade()
    store = SqlStore(database)
    names = [[f"p{process}-{n}" for n in range(5)] for process in range(4)]
    for each in names:
        for name in each:
            store.save(a_case(name), seen=None, now=NOW)
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", RACER, database_url, *each],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for each in names
    ]
    assert ["ready\n"] * 4 == [each.stdout.readline() for each in racers]
    for each in racers:
        each.stdin.write("go\n")
        each.stdin.flush()
    said = "".join(each.communicate(timeout=60)[0] for each in racers).split()

    # The five overlap one another too: all end at 9:20, so that one booking of twenty can stand.
    assert Counter(won=1, taken=19) == Counter(said)
    database.close()


def test_without_the_uniqueness_the_same_race_double_books(database: Database):
    """The control: the harness above does find a double booking where the schema lets one through."""
    with database.writing() as connection:
        connection.execute(text("DROP TABLE busy_quanta"))
        columns = "tenant TEXT, clinician TEXT, quantum INTEGER, case_id TEXT, booking_id TEXT, expires_at TIMESTAMP"
        connection.execute(text(f"CREATE TABLE busy_quanta ({columns})"))
    store = SqlStore(database)
    waiting = [store.save(a_case(f"c{n}"), seen=None, now=NOW) for n in range(PEOPLE)]

    def book(n: int) -> None:
        store.save(booked(waiting[n], at(9), at(9, 30)), seen=1, now=NOW)

    assert Counter(won=PEOPLE) == race(PEOPLE, book)
