"""The worker's loop: works, sleeps, survives a bad round, stops when it is told."""

import threading
from datetime import timedelta
from pathlib import Path

import pytest

from app.edges.store import SqlOutbox, SqlStore, open_database
from app.edges.store.heartbeats import beat, latest_beat
from app.flow.ports import Written
from launch.worker import HANDS, _pause, run_worker, utc_now
from tests.edges.store.builders import NOW, TENANT, a_case, an_effect


class Desk:
    """A payer that takes everything."""

    def perform(self, effect, *, seen: bool, may_send: bool = True) -> Written:
        return Written("Appointment/1", how="created")


@pytest.fixture
def database(tmp_path: Path):
    """A database with its tables."""
    opened = open_database(f"sqlite:///{tmp_path / 'worker.db'}")
    opened.upgrade()
    yield opened
    opened.close()


def start(outbox, database, stop: threading.Event) -> threading.Thread:
    """Run a worker in a thread, as the demo does."""
    thread = threading.Thread(
        target=run_worker,
        args=(outbox, Desk(), Desk()),
        kwargs={"stop": stop, "beat": lambda now: beat(database, "test", now=now)},
    )
    thread.start()
    return thread


def wait_for(condition) -> bool:
    """Wait up to ten seconds."""
    return any(condition() or threading.Event().wait(0.05) for _ in range(200))


def test_the_worker_writes_what_comes_and_stops_when_told(database):
    """An effect that is queued while it sleeps is written within about a second; it says that it is alive."""
    store, stop = SqlStore(database), threading.Event()
    thread = start(SqlOutbox(database), database, stop)
    store.save(a_case(), effects=[an_effect()], seen=None, now=utc_now())

    assert wait_for(lambda: store.effects_of(TENANT, "case-1")[0].state == "confirmed")
    assert utc_now() - latest_beat(database) < timedelta(seconds=15)
    stop.set()
    thread.join(5)
    assert not thread.is_alive()


def test_a_bad_round_does_not_end_the_worker(database):
    """The database is away for two rounds; the third goes on."""
    failures = [RuntimeError, RuntimeError]

    class Shaky(SqlOutbox):
        def lease(self, *, now, limit):
            if failures:
                raise failures.pop()("away")
            return super().lease(now=now, limit=limit)

    store, stop = SqlStore(database), threading.Event()
    store.save(a_case(), effects=[an_effect()], seen=None, now=NOW)
    thread = start(Shaky(database), database, stop)

    assert wait_for(lambda: store.effects_of(TENANT, "case-1")[0].state == "confirmed")
    stop.set()
    thread.join(5)
    assert not thread.is_alive()


class SlowDesk:
    """Takes a moment for each, and notes which of a case's writes it had begun and how many were begun at once."""

    def __init__(self) -> None:
        self.begun, self.now, self.most, self._lock = [], 0, 0, threading.Lock()

    def perform(self, effect, *, seen: bool, may_send: bool = True) -> Written:
        with self._lock:
            self.begun.append(effect.key)
            self.now += 1
            self.most = max(self.most, self.now)
        threading.Event().wait(0.03)
        with self._lock:
            self.now -= 1
        return Written("Slot/1", how="created")


def test_its_hands_write_many_cases_at_once_and_each_in_order(database):
    """Eight cases of three writes on targets of their own: several at a time, never two of a case, none twice."""
    store, stop, desk = SqlStore(database), threading.Event(), SlowDesk()
    for n in range(8):
        wanted = [an_effect(f"{n}/{step}", target=f"{n}/{step}") for step in range(3)]
        store.save(a_case(f"case-{n}"), effects=wanted, seen=None, now=NOW)
    thread = threading.Thread(
        target=run_worker, args=(SqlOutbox(database), desk, desk), kwargs={"stop": stop, "beat": lambda now: None}
    )
    thread.start()
    assert wait_for(lambda: all(store.effects_of(TENANT, f"case-{n}")[2].state == "confirmed" for n in range(8)))
    stop.set()
    thread.join(10)

    assert not thread.is_alive() and 2 <= desk.most <= HANDS
    assert sorted(desk.begun) == [f"{n}/{step}" for n in range(8) for step in range(3)]
    for n in range(8):
        assert [f"{n}/{step}" for step in range(3)] == [each for each in desk.begun if each.startswith(f"{n}/")]


def test_it_says_that_it_is_alive_while_all_hands_wait(database):
    """An EHR that hangs is no dead worker: /readyz goes on."""
    beats, stop, hang = [], threading.Event(), threading.Event()

    class Hanging:
        def perform(self, effect, *, seen: bool, may_send: bool = True) -> Written:
            hang.wait(10)
            return Written("Slot/1")

    store, clock = SqlStore(database), [NOW]
    for n in range(HANDS + 1):
        store.save(a_case(f"case-{n}"), effects=[an_effect(f"k{n}", target=f"k{n}")], seen=None, now=NOW)
    thread = threading.Thread(
        target=run_worker,
        args=(SqlOutbox(database), Hanging(), Hanging()),
        kwargs={"stop": stop, "beat": beats.append, "now": lambda: clock[0]},
    )
    thread.start()
    assert wait_for(lambda: len(beats) == 1)
    clock[0] += timedelta(seconds=20)
    assert wait_for(lambda: len(beats) == 2)
    stop.set()
    hang.set()
    thread.join(10)


@pytest.mark.parametrize(
    ("due_in", "pause"), [(None, 1.0), (timedelta(hours=1), 1.0), (timedelta(seconds=0.4), 0.4), (-timedelta(1), 0.05)]
)
def test_the_worker_sleeps_until_the_next_is_due(due_in, pause):
    """At most a second, because new effects come; never not at all, because a spinning worker starves the rest."""
    assert pause == pytest.approx(_pause(None if due_in is None else NOW + due_in, now=NOW))
