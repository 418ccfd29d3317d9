"""
What the clinic waits for and what it does not: an outcome is saved while the EHR hangs; a queue drains when it is back.

The app is asked over HTTP and the worker is that of production, `python -m launch worker`; the EHR is the sandbox,
which waits 200 ms before each answer and then still has to search and to check. Without FULL=1 the same two thousand
writes are queued, the first two hundred are timed, and the row says that it is scaled.
"""

import os
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch
from urllib.parse import urljoin

import requests

from tests.bench.race import FULL, ROOT, Row

WRITES = 2_000
TIMED = WRITES if FULL else 200
POSTS = 100 if FULL else 40
HANGS_MS, ANSWERS_MS = 30_000, 200
PATIENT = "window-closes-today"  # the one case that can be booked at whatever hour this runs


def rows(folder: Path) -> list[Row]:
    """Return what was measured."""
    from tests.databases import databases

    return [*_acknowledged(), *(row for kind, url in databases(folder) for row in _drained(kind, url))]


def _acknowledged() -> list[Row]:
    from tests.journeys.guest import Guest
    from tests.journeys.town import open_town

    with open_town(begins=None) as town:
        guest = Guest(town, "ward", patient=PATIENT)
        path = f"cases/{town.case(PATIENT).id}"
        guest.send(guest.form(guest.get(f"{path}/slots"), "Book"))
        _answer_in(town, HANGS_MS)
        taken = []
        for number in range(POSTS + 1):
            form = guest.form(guest.get(f"{path}/outcome"), "Record outcome")
            fields = form.fields | {"result": "approved", "reference_number": f"R{number}"}
            headers = {"Origin": guest.app, "Sec-Fetch-Site": "same-origin"}
            begun = time.perf_counter()
            answer = guest.http.post(
                urljoin(guest.base, form.action), data=fields, headers=headers, allow_redirects=False, timeout=60
            )
            taken.append((time.perf_counter() - begun) * 1000)
            assert answer.status_code == 303, answer.status_code
        stands = [town.demo.house.store.case("sandbox", town.case(PATIENT).id).outcome.revision, len(taken) - 1]
        assert stands[0] == stands[1], f"revision {stands[0]} after {stands[1]} amendments"
        _answer_in(town, 0)
    warm = sorted(taken[1:])
    name = "outcome saved and acknowledged while the EHR hangs"
    return [_soon(f"{name}, median of {POSTS}", statistics.median(warm)), _soon(f"{name}, p95", warm[-len(warm) // 20])]


def _soon(name: str, ms: float) -> Row:
    return Row(name, round(ms, 1), "ms", goal="≤ 100 ms", met=ms <= 100)


def _drained(kind: str, url: str) -> list[Row]:
    with _a_town_on(url) as town:
        keys = _queue(town)
        _answer_in(town, ANSWERS_MS)
        with _worker(town):
            _await(town, 1)
            begun, first = time.monotonic(), len(_written(town))
            done = _await(town, first + TIMED) if TIMED < WRITES else _await(town, WRITES)
            seconds = (time.monotonic() - begun) / (done - first) * WRITES
        stands = _written(town)
    twice = sum(count - 1 for count in Counter(stands).values())
    order = {key: at for at, key in enumerate(stands)}
    late = sum(1 for note, message in keys if order.get(message, WRITES) < order.get(note, WRITES))
    how = "" if FULL else f", scaled from {done - first}"
    name = f"{WRITES:,} queued writes at an EHR of {ANSWERS_MS} ms, {kind}"
    return [
        Row(f"{name}{how}", round(seconds, 1), "s", goal="≤ 600 s", met=seconds <= 600),
        Row(f"{name}: twice", twice, "writes", goal="0", met=twice == 0),
        Row(f"{name}: out of a case's order", late, "cases", goal="0", met=late == 0),
    ]


@contextmanager
def _a_town_on(url: str):
    """Run a town without a worker, its database at `url`."""
    from launch import demo
    from tests.journeys.town import open_town

    plain = demo.demo_environment
    on_url = patch.object(
        demo, "demo_environment", lambda *each, **how: plain(*each, **how) | {"PARLEY_DATABASE_URL": url}
    )
    with on_url, open_town(begins=None, worker=False) as town:
        yield town


@contextmanager
def _worker(town):
    """Run what production runs."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PARLEY_")}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(
        [sys.executable, "-m", "launch", "worker"], cwd=ROOT, env=environ | town.demo.environ, **quiet
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def _queue(town) -> list[tuple[str, str]]:
    """Queue a note and a message of each of a thousand cases; returns the identifiers by which they will stand."""
    from app.edges.fhir.identifiers import value_of_key
    from tests.edges.effects import write_communication, write_document
    from tests.edges.store.builders import a_case
    from tests.journeys.guest import Guest

    guest = Guest(town, "ward", patient=PATIENT)
    known, store, session = town.case(PATIENT), town.demo.house.store, guest.base.rstrip("/").rpartition("/")[2]
    author = known.clinician.reference
    common = {"patient": known.patient, "about": (known.denial.reference,)}
    keys = []
    for n in range(WRITES // 2):
        case = replace(a_case(f"queued-{n}", tenant="sandbox"), patient=known.patient)
        root = f"sandbox/{case.id}"
        note = write_document(
            key=f"{root}/document/0", target=f"{n}/document", author=author, text=f"Result: approved, {n}.", **common
        )
        message = write_communication(
            key=f"{root}/communication/0", target=f"{n}/message", sender=author, recipients=(author,), **common
        )
        store.save(case, effects=[note, message], seen=None, session_id=session, now=town.now())
        keys.append((value_of_key(note.key), value_of_key(message.key)))
    return keys


def _written(town) -> list[str]:
    """Return the identifiers of what stands in the EHR, in the order in which it came."""
    stored = town.demo.sandbox.extensions["sandbox"].store
    found = [each for kind in ("DocumentReference", "Communication") for each in stored.all(kind)]
    ours = [
        (each["meta"]["lastUpdated"], one["value"])
        for each in found
        for one in each.get("identifier", ())
        if one.get("system") == "urn:parley:write"
    ]
    return [value for _, value in sorted(ours, key=lambda pair: pair[0])]


def _await(town, count: int) -> int:
    """Wait until so many stand there; return how many do."""
    until = time.monotonic() + 1_800
    while (now := len(_written(town))) < count:
        assert time.monotonic() < until, f"{now} of {count} after half an hour"
        threading.Event().wait(0.25)
    return now


def _answer_in(town, milliseconds: int) -> None:
    requests.post(f"{town.ehr}/sandbox/latency", json={"ms": milliseconds}, timeout=10).raise_for_status()
