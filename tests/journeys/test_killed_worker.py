"""
The worker is killed at each step of a booking, and answers get lost: exactly one of everything in the EHR, always.

The worker is a real process on the town's database; the EHR's delays hold it at the step at which it is killed.
"""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from launch.run import work
from tests.journeys.guest import Guest
from tests.journeys.town import WRITTEN_KINDS, Town, await_true, open_town

pytestmark = [pytest.mark.xdist_group("killed_worker")]
ROOT = Path(__file__).parents[2]
PATIENT = "window-closes-today"  # the one case that can be booked at whatever hour this runs
LEASE = timedelta(seconds=61)
EFFECTS = ("WriteAppointment", "ChangeAppointment", "WriteDocument", "WriteCommunication", "TellPayer")


@pytest.fixture
def town():
    """A town at the machine's own time, as its worker is a process of its own; none runs yet."""
    with open_town(begins=None, worker=False) as running:
        yield running


@contextmanager
def worker(town: Town, *command: str) -> Iterator[subprocess.Popen]:
    """Run a worker process on the town's database for as long as the block lasts."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PARLEY_")}
    process = subprocess.Popen(
        [sys.executable, *command],
        cwd=ROOT,
        env=environ | town.demo.environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def the_worker(town: Town):
    """Run what production runs."""
    return worker(town, "-m", "launch", "worker")


def a_later_worker(town: Town):
    """Run the worker when the dead one's lease is over."""
    town.now.push(LEASE)
    return worker(town, "-m", "tests.journeys.late_worker", str(LEASE.total_seconds()))


def book(town: Town) -> Guest:
    """Book the first slot; nothing is written yet."""
    guest = Guest(town, "ward", patient=PATIENT)
    page = guest.get(f"cases/{town.case(PATIENT).id}/slots")
    assert "Booked. The EHR is being told." in guest.send(guest.form(page, "Book")).text
    assert [] == town.written("Appointment")
    return guest


def state(town: Town, kind: str = "WriteAppointment") -> str:
    """Return where the latest write of that kind stands."""
    states = town.demo.house.store.effects_of("sandbox", town.case(PATIENT).id)
    return [each.state for each in states if each.kind == kind][-1]


def reached(town: Town, method: str, path: str) -> bool:
    """Whether such a request has reached the EHR."""
    return any((method, path) == (each["method"], each["path"]) for each in town.requests_made())


@contextmanager
def held_before_sending(town: Town) -> Iterator[Callable]:
    """The lease is taken, and the worker still reads what the EHR can do."""
    town.fault(do="delay", type="metadata", seconds=5, times=9)
    yield lambda: state(town) == "leased" and reached(town, "GET", "/fhir/metadata")


@contextmanager
def held_while_looking(town: Town) -> Iterator[Callable]:
    """The try is marked as begun, and the worker looks whether the Appointment stands already."""
    town.fault(do="delay", method="GET", type="Appointment", seconds=5, times=9)
    yield lambda: state(town) == "sent" and reached(town, "GET", "/fhir/Appointment")


@contextmanager
def held_before_the_answer(town: Town) -> Iterator[Callable]:
    """The Appointment is sent; the EHR takes its time and stores it only when nobody listens any more."""
    town.fault(do="delay", method="POST", type="Appointment", seconds=3)
    yield lambda: reached(town, "POST", "/fhir/Appointment")


@contextmanager
def held_after_the_answer(town: Town) -> Iterator[Callable]:
    """The EHR has answered; the database is busy, so the worker cannot yet write down what it knows."""
    town.fault(do="delay", method="POST", type="Appointment", seconds=0.5)
    database = sqlite3.connect(town.folder / "demo.db", isolation_level=None)

    def is_answered() -> bool:
        if reached(town, "POST", "/fhir/Appointment") and not database.in_transaction:
            database.execute("BEGIN IMMEDIATE")
        return any(("/fhir/Appointment", 201) == (each["path"], each["status"]) for each in town.requests_made())

    yield is_answered
    database.close()


# How it is held, how many Appointments stand then, and what the app holds true of the write.
STEPS = {
    "before sending": (held_before_sending, 0, "leased"),
    "while looking": (held_while_looking, 0, "sent"),
    "sent, before the answer": (held_before_the_answer, 0, "sent"),
    "after the answer": (held_after_the_answer, 1, "sent"),
}


@pytest.mark.parametrize("held, stands, known", STEPS.values(), ids=STEPS)
def test_a_worker_killed_at_this_step_leaves_exactly_one_appointment(town, held, stands, known):
    """Killed with -9 and started again: never none, never two, and the case's page says where it stands."""
    guest = book(town)
    with held(town) as is_held, the_worker(town) as first:
        await_true(is_held)
        first.send_signal(signal.SIGKILL)
        assert -signal.SIGKILL == first.wait()
        town.forget_faults()
        assert (stands, known) == (len(town.written("Appointment")), state(town))
    with a_later_worker(town):
        await_true(lambda: state(town) == "confirmed", seconds=30)
    (appointment,) = town.written("Appointment")
    assert "booked" == appointment["status"]
    assert f"stands as Appointment/{appointment['id']}" in guest.get(f"cases/{town.case(PATIENT).id}").text


@contextmanager
def working(town: Town) -> Iterator[None]:
    """Run the worker in this process, on the town's own clock."""
    stop = threading.Event()
    thread = threading.Thread(target=work, args=(town.demo.house, stop), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=10)


@pytest.mark.parametrize("lost_looks", [0, 4])
def test_a_lost_answer_makes_no_second_resource(lost_looks):
    """Stored, then the line is dropped, once and five times: shown as unknown in between, one of each in the end."""
    with open_town(worker=False) as town:
        guest = book(town)
        case_url = f"cases/{town.case(PATIENT).id}"
        guest.send(guest.form(guest.get(f"{case_url}/outcome"), "Record outcome"), result="approved")
        for kind in WRITTEN_KINDS:
            town.fault(do="commit-then-drop", method="POST", type=kind, times=5)
            if lost_looks:  # the first look comes before anything is sent
                town.fault(do="drop-before", method="GET", type=kind, nth=2, times=lost_looks)
        with working(town):
            for effect in ("WriteAppointment", "WriteDocument", "WriteCommunication"):
                await_true(lambda effect=effect: state(town, effect) == "unknown")
            assert 3 <= guest.get(f"{case_url}/writes").text.count("The answer to this write was lost")

            def is_settled() -> bool:
                town.now.push(timedelta(seconds=30))
                return {"confirmed"} == {state(town, kind) for kind in EFFECTS}

            await_true(is_settled, seconds=30)
        assert [1, 1, 1] == [len(town.written(each)) for each in WRITTEN_KINDS]
        assert "fulfilled" == town.written("Appointment")[0]["status"]
        assert "The answer to this write was lost" not in guest.get(f"{case_url}/writes").text
