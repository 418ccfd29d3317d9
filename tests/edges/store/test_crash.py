"""
Kill -9 at every step of a write, then go on: exactly one Appointment, never none, never two.

The worker is a process of its own; the counterpart is a server in this one, which counts what was created. The control
at the end sends again without looking, and must be caught making two.
"""

import json
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from app.edges.store import SqlOutbox, SqlStore
from app.edges.store.database import Database
from app.flow.outbox import drain
from tests.edges.store.builders import NOW, TENANT, a_case, an_appointment, at, booked
from tests.edges.store.crash_worker import Counterpart

ROOT = Path(__file__).parents[3]
SIGKILLED = -9
# What stands at the counterpart when the worker has died at this step.
STEPS = {
    "before lease": 0,
    "after lease": 0,
    "before mark": 0,
    "after mark": 0,
    "before send": 0,
    "in send": 1,
    "before confirm": 1,
}


@pytest.fixture
def created() -> Iterator[tuple[int, Counter]]:
    """A counterpart over a socket: its port, and how often each key was created."""
    count: Counter = Counter()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer({"found": count[self.path] > 0})

        def do_POST(self) -> None:
            count[self.path] += 1
            self._answer({"created": True})

        def _answer(self, body: dict) -> None:
            raw = json.dumps(body).encode()
            try:
                self.send_response(200)
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)
            except OSError:
                pass  # the worker is dead, as it should be

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_address[1], count
    server.shutdown()
    thread.join()
    server.server_close()


def die(database: Database, port: int, step: str, *, minutes: float = 0, ladder: str = "ladder") -> None:
    """Run a worker in a process of its own until it kills itself at this step."""
    url = database.engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "tests.edges.store.crash_worker", url, str(port), str(minutes), step, ladder]
    ended = subprocess.run(command, cwd=ROOT, timeout=60, stdout=subprocess.DEVNULL)
    assert SIGKILLED == ended.returncode


def go_on(database: Database, port: int, *, minutes: float, looks: bool = True) -> None:
    """Let another worker drain what the dead one left, so many minutes after the start."""
    counterpart, time = Counterpart(port, looks=looks), NOW + timedelta(minutes=minutes)
    drain(SqlOutbox(database), counterpart, counterpart, now=lambda: time, jitter=lambda: 0.0)


def book(database: Database) -> SqlStore:
    """Save a booking with the effect that writes it."""
    store = SqlStore(database)
    case = booked(a_case(), at(16), at(16, 20))
    store.save(case, effects=[an_appointment(case)], seen=None, now=NOW)
    return store


@pytest.mark.parametrize("step", STEPS)
def test_a_worker_killed_at_any_step_leaves_exactly_one_appointment(database: Database, created, step: str):
    """The lease ends, another worker goes on: it looks before it sends (reliability B; issue 2, judged points)."""
    port, count = created
    store = book(database)
    die(database, port, step)
    for _ in range(50):  # the server may still be storing what a dead worker sent
        if count.total() >= STEPS[step]:
            break
        threading.Event().wait(0.1)
    assert STEPS[step] == count.total()

    for minutes in (1.1, 2.2, 3.3, 4.4):
        go_on(database, port, minutes=minutes)

    (written,) = store.effects_of(TENANT, "case-1")
    assert (1, "confirmed") == (count.total(), written.state)


def test_a_worker_that_dies_again_and_again_still_makes_one(database: Database, created):
    """Killed at a different step each time it comes back."""
    port, count = created
    store = book(database)
    for n, step in enumerate(["after lease", "in send", "after mark", "before confirm"]):
        die(database, port, step, minutes=2.2 * n)
    go_on(database, port, minutes=10)

    assert (1, "confirmed") == (count.total(), store.effects_of(TENANT, "case-1")[0].state)


def test_without_looking_first_the_same_kill_makes_two(database: Database, created):
    """The control: the harness above does see a duplicate where the ladder is off."""
    port, count = created
    book(database)
    die(database, port, "before confirm", ladder="blind")
    go_on(database, port, minutes=3, looks=False)

    assert 2 == count.total()
