"""The worker's loop: works, sleeps, survives a bad round, stops when it is told."""

import threading
from datetime import timedelta
from pathlib import Path

import pytest

from app.edges.store import SqlOutbox, SqlStore, open_database
from app.edges.store.heartbeats import beat, latest_beat
from app.flow.ports import Written
from launch.worker import _pause, run_worker, utc_now
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


@pytest.mark.parametrize(
    ("due_in", "pause"), [(None, 1.0), (timedelta(hours=1), 1.0), (timedelta(seconds=0.4), 0.4), (-timedelta(1), 0.05)]
)
def test_the_worker_sleeps_until_the_next_is_due(due_in, pause):
    """At most a second, because new effects come; never not at all, because a spinning worker starves the rest."""
    assert pause == pytest.approx(_pause(None if due_in is None else NOW + due_in, now=NOW))
