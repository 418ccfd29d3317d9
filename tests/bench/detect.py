"""
Two hundred denials read from an EHR thirty milliseconds away, beside one warm round trip for the same answers.

Seconds are the clock's: what is measured is waiting. The server is a process of its own (far_ehr.py) and answers at
once beside its distance; connections are open before the clock starts, as they are in a house that runs.
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.far_ehr import AWAY, CASES
from tests.bench.race import FULL, ROOT, Laps, Row, race

WAYS = {
    "include": "with _include forth and back",
    "forth": "with _include of requests and patients alone",
    "batch": "with batches alone",
    "reads": "with single reads alone",
}


def rows(folder: Path) -> list[Row]:
    """Return what the race gave."""
    runners = ("detect:trip", *(f"detect:{way}" for way in WAYS), "detect:one_by_one")
    trip, include, forth, batch, reads, one = race(runners, folder, rounds=7 if FULL else 3).values()
    name = f"{CASES} denials of an EHR at {AWAY * 1000:.0f} ms"
    quicker = one.each / reads.each
    return [
        _against(f"{name}, {WAYS['include']}", include, trip, 2),
        _against(f"{name}, {WAYS['forth']}", forth, trip, 4),
        _against(f"{name}, {WAYS['batch']}", batch, trip, 8),
        Row(f"{name}, {WAYS['reads']} ({reads.told['asked']} requests)", round(reads.each * 1000), "ms",
            "one read after the other", round(quicker, 1), ">= 6x faster", quicker >= 6, reads.memory_mib),
        Row("  one warm round trip, its bytes parsed", round(trip.each * 1000), "ms"),
    ]  # fmt: skip


def _against(name: str, ours: Laps, trip: Laps, most: float) -> Row:
    ratio = ours.each / trip.each
    said = f"{name} ({ours.told['asked']} requests)"
    return Row(said, round(ours.each * 1000), "ms", "one warm round trip", round(ratio, 1), f"<= {most:g}x",
               ratio <= most, ours.memory_mib)  # fmt: skip


def trip(_: Path) -> dict:
    """Ask for all answers with what the server includes, and parse them, once more than to open the connection."""
    import json

    import requests

    with _server("include") as base, requests.Session() as session:
        session.get(f"{base}/metadata")
        begun = time.perf_counter()
        held = json.loads(session.get(f"{base}/ClaimResponse?_revinclude:iterate=Coverage:beneficiary").content)
        seconds = time.perf_counter() - begun
    assert held["total"] == CASES
    return {"seconds": seconds, "count": 1}


def include(_: Path) -> dict:
    """Read them where the server includes all that stands around them, in turn."""
    return _read("include")


def forth(_: Path) -> dict:
    """Read them where it includes requests and patients alone: R4 names no way from a request to its plan."""
    return _read("forth")


def batch(_: Path) -> dict:
    """Read them where the server takes batches."""
    return _read("batch")


def reads(_: Path) -> dict:
    """Read them where the server gives one resource at a time."""
    return _read("reads")


def one_by_one(_: Path) -> dict:
    """Read them so, each when the one before has come."""
    from app.edges.ehr import reading

    reading.AT_ONCE = 1
    return _read("reads")


def _read(way: str) -> dict:
    from datetime import UTC, datetime

    from app.edges.ehr import FhirEhr, SiteProfile, fetch_capability
    from app.edges.http import Transport

    with _server(way) as base:
        transport = Transport(allow_loopback=True)
        capability = fetch_capability(base, transport)
        ehr = FhirEhr(base, transport, lambda _: "token", capability=capability, scopes="user/*.cruds",
                      profile=SiteProfile(), fhir_user=None, patient=None, zone="America/Chicago")  # fmt: skip
        now = datetime(2026, 11, 21, 15, tzinfo=UTC)
        ehr.denials(patient=None, now=now)  # opens the connections
        before = _asked(base)
        begun = time.perf_counter()
        read = ehr.denials(patient=None, now=now)
        seconds = time.perf_counter() - begun
        asked = _asked(base) - before
    assert len(read.found) == CASES and not read.problems, (len(read.found), read.problems)
    return {"seconds": seconds, "count": 1, "asked": asked}


def _asked(base: str) -> int:
    import requests

    return int(requests.get(f"{base}/asked", timeout=5).text)


@contextmanager
def _server(way: str) -> Iterator[str]:
    command = [sys.executable, "-m", "tests.bench.far_ehr", way]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.stdin.close()
            process.wait(10)
