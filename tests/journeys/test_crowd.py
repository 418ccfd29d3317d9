"""
Fifty coordinators on one clinician's time, at two server processes on one database: nobody is ever booked twice.

A round: all send their form at one moment; one wins, or as many as do not overlap; every other is told the next three
times. 200 rounds a night, a sample with every run. The control takes the uniqueness out of the schema and must collide.
"""

import http.client
import os
import re
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote, urlencode

import pytest
from sqlalchemy import text

from app.core.case import Case
from app.core.interval import Interval
from app.edges.store import open_database
from app.flow import book as flow_book
from app.wire import RandomIds
from tests.builders import MONDAY
from tests.databases import KINDS, new_url
from tests.fakes.office import TENANT, Office, detected, keep_window
from tests.journeys.server import PEOPLE, the_answers
from tests.journeys.town import await_true, free_port
from tests.web.visit import HOST, OWN, SWAP, Visit, cookie_name, site_over

pytestmark = [pytest.mark.xdist_group("crowd")]
NIGHTLY = os.environ.get("PARLEY_NIGHTLY") == "1"
ROOT = Path(__file__).parents[2]
ROUNDS = 200 if NIGHTLY else 5
SERVERS = 2
LENGTH = timedelta(minutes=20)
FIRST = MONDAY + timedelta(hours=1)  # where the payer's window opens
TIMES = 36  # five-minute starts in it
_OFFERED = re.compile(r'name="slot" value="([^"/]+)/([^"]+)"')


@dataclass
class Coordinator:
    """One person: a launch, a case, a connection to one of the servers."""

    visit: Visit
    case_id: str
    port: int
    wire: http.client.HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        self.wire = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)

    def book(self, start: datetime, seen: int) -> tuple[int, str]:
        """Send the form that books a time; return the status and what the page says."""
        form = {"csrf_token": self.visit.token, "version": str(seen)}
        form["slot"] = f"{start.isoformat()}/{(start + LENGTH).isoformat()}"
        cookie = f"{cookie_name(self.visit.id)}={self.visit.secret}"
        told = OWN | SWAP | {"Host": HOST, "Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
        self.wire.request("POST", self.visit.path(f"cases/{self.case_id}/book"), urlencode(form), told)
        answer = self.wire.getresponse()
        return answer.status, answer.read().decode()


class Crowd:
    """Everybody, the database they race on, and the servers' processes."""

    def __init__(self, url: str) -> None:
        self.office = Office(open_database(url), ids=RandomIds())
        self.ports = [free_port() for _ in range(SERVERS)]
        site = site_over(self.office)
        site.begin_anew(self.office)
        cases = [keep_window(self.office, detected(self.office, each)) for each in the_answers()]
        self.people = [
            Coordinator(site.visit(), case.id, self.ports[number % SERVERS]) for number, case in enumerate(cases)
        ]

    def round(self, starts: list[datetime]) -> list[tuple[int, str]]:
        """Have everybody send their form at the same moment; return the answers."""
        seen = [self.case(each).version for each in self.people]
        gun = threading.Barrier(PEOPLE)

        def send(number: int) -> tuple[int, str]:
            gun.wait()
            return self.people[number].book(starts[number % len(starts)], seen[number])

        with ThreadPoolExecutor(PEOPLE) as pool:
            return list(pool.map(send, range(PEOPLE)))

    def case(self, person: Coordinator) -> Case:
        """Return a person's case as it stands."""
        return self.office.store.case(TENANT, person.case_id)

    def booked(self) -> list[Interval]:
        """Return the times that are booked, as the cases tell."""
        found = [self.case(each).booking for each in self.people]
        return sorted(each.interval for each in found if each is not None and each.is_live)

    def give_back(self) -> None:
        """Cancel what is booked."""
        for each in self.people:
            case = self.case(each)
            if case.booking is not None and case.booking.is_live:
                flow_book.cancel(
                    self.office.ports(), case.id, reason="next round", why="a test", seen=case.version, now=MONDAY
                )


@contextmanager
def crowd_at(url: str, *, guarded: bool = True) -> Iterator[Crowd]:
    """Run two server processes on a fresh database, everybody signed in. guarded: False takes the uniqueness out."""
    database = open_database(url)
    database.upgrade()
    if not guarded:
        take_out_uniqueness(database)
    crowd = Crowd(url)
    processes = [
        subprocess.Popen([sys.executable, "-m", "tests.journeys.server", url, str(port)], cwd=ROOT)
        for port in crowd.ports
    ]
    try:
        for port in crowd.ports:
            await_true(lambda port=port: _listens(port), seconds=100)
        yield crowd
    finally:
        for each in processes:
            each.terminate()
        for each in processes:
            each.wait(timeout=30)
        database.close()
        crowd.office.database.close()


def _listens(port: int) -> bool:
    try:
        http.client.HTTPConnection("127.0.0.1", port, timeout=5).request("GET", "/livez")
    except OSError:
        return False
    return True


def take_out_uniqueness(database) -> None:
    """Put tables without keys into the place of those that make a double booking impossible."""
    columns = "tenant TEXT, case_id TEXT, booking_id TEXT, expires_at TIMESTAMP"
    with database.writing() as connection:
        for table, more in (("busy_quanta", "clinician TEXT, quantum INTEGER"), ("payer_slots", "slot TEXT")):
            connection.execute(text(f"DROP TABLE {table}"))
            connection.execute(text(f"CREATE TABLE {table} ({columns}, {more})"))


def time_of(number: int) -> datetime:
    """Return the start that a round races for."""
    return FIRST + timedelta(minutes=5 * (number % TIMES))


def next_times(page: str) -> list[Interval]:
    """Return the times that a page offers to book."""
    return [Interval(*map(datetime.fromisoformat, map(unquote, each))) for each in _OFFERED.findall(page)]


def overlaps(times: list[Interval]) -> list[tuple[Interval, Interval]]:
    """Return neighbours that share time, of sorted times."""
    return [(one, other) for one, other in pairwise(times) if one.overlaps(other)]


@pytest.fixture(scope="module", params=KINDS)
def crowd(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crowd]:
    """The crowd before two servers on one database, of each kind in turn."""
    with crowd_at(new_url(request.param, tmp_path_factory.mktemp("crowd"))) as running:
        yield running


@pytest.mark.timeout(14_400 if NIGHTLY else 240)
def test_of_fifty_on_one_time_one_wins_and_every_other_is_told_the_next_three(crowd: Crowd):
    """In every round one is booked, forty-nine are refused (409) with three other free times first; no 500."""
    began = time.monotonic()
    for number in range(ROUNDS):
        wanted = time_of(number)
        answers = crowd.round([wanted])
        won = Interval(wanted, wanted + LENGTH)
        assert {409: PEOPLE - 1, 303: 1} == Counter(status for status, _ in answers)
        assert [won] == crowd.booked()
        for page in (page for status, page in answers if status == 409):
            following = next_times(page)[:3]
            assert 3 == len({*following}) and not any(each.overlaps(won) for each in following)
        crowd.give_back()
    print(f"{ROUNDS} rounds of {PEOPLE} at {SERVERS} servers in {time.monotonic() - began:.0f} s")


@pytest.mark.timeout(14_400 if NIGHTLY else 240)
def test_times_that_overlap_and_are_not_equal_are_booked_apart(crowd: Crowd):
    """Everybody wants one of five starts, five minutes apart, so that only the first and the last can both stand."""
    for number in range(max(2, ROUNDS // 10)):
        answers = crowd.round([time_of(number % 30) + timedelta(minutes=5 * step) for step in range(5)])
        booked = crowd.booked()
        assert {303, 409} == {status for status, _ in answers}
        assert 1 <= len(booked) <= 2 and not overlaps(booked)
        assert len(booked) == Counter(status for status, _ in answers)[303]
        crowd.give_back()


@pytest.mark.timeout(14_400 if NIGHTLY else 240)
@pytest.mark.parametrize("kind", KINDS)
def test_without_the_uniqueness_the_same_crowd_collides(kind: str, tmp_path: Path):
    """The control: what is looked for above is found where the schema lets it through."""
    with crowd_at(new_url(kind, tmp_path), guarded=False) as crowd:
        collided = 0
        for number in range(5):
            crowd.round([time_of(number)])
            collided += bool(overlaps(crowd.booked()))
            crowd.give_back()
            if collided:
                break
        assert collided
