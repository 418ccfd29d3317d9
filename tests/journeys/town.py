"""A whole town for a journey: EHR, payer, app and worker on ports of their own, at a moment of our choosing."""

import itertools
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import requests

from app.core.case import CaseState, Outcome
from launch.demo import Demo
from launch.sandbox.upstream import seed_upstream

WROTE = "urn:parley:write"
WRITTEN_KINDS = ("Appointment", "DocumentReference", "Communication")
PAGE = 500
# Nine in the morning in Chicago, on a Tuesday without a holiday near it.
MORNING = datetime(2026, 9, 15, 14, 0, tzinfo=UTC)


class TownClock:
    """A clock that begins at a fixed moment, runs, and can be pushed ahead: the same for every part of the town."""

    def __init__(self, begins: datetime) -> None:
        self._begins, self._started, self._ahead = begins, time.monotonic(), timedelta()

    def __call__(self) -> datetime:
        """Return the town's time, UTC."""
        return self._begins + self._ahead + timedelta(seconds=time.monotonic() - self._started)

    def push(self, by: timedelta) -> None:
        """Let time pass at once."""
        self._ahead += by


class Town:
    """One demo with its test controls."""

    def __init__(self, demo: Demo, now: Callable[[], datetime], folder: Path, upstream: str | None) -> None:
        self.demo, self.now, self.folder, self.upstream = demo, now, folder, upstream
        self.ehr, self.app = demo.ehr_base, demo.app_base

    def stored(self, kind: str) -> list[dict]:
        """Return every resource of a type that stands in the EHR."""
        if self.upstream is None:
            return requests.get(f"{self.ehr}/sandbox/store/{kind}", timeout=10).json()
        pages = (self._page(kind, offset) for offset in itertools.count(0, PAGE))
        return [each for page in itertools.takewhile(bool, pages) for each in page]

    def _page(self, kind: str, offset: int) -> list[dict]:
        asked = {"_count": PAGE, "_offset": offset}
        found = requests.get(f"{self.upstream}/{kind}", params=asked, timeout=10).json()
        return [each["resource"] for each in found.get("entry", [])]

    def put(self, resource: dict) -> None:
        """Store a resource in the EHR, as someone else would."""
        url = f"{self.ehr}/sandbox/store/{resource['resourceType']}/{resource['id']}"
        requests.put(url, json=resource, timeout=10).raise_for_status()

    def written(self, kind: str, patient: str | None = None) -> list[dict]:
        """Return what Parley wrote of a type, of one patient or of all."""
        ours = [each for each in self.stored(kind) if is_ours(each)]
        return ours if patient is None else [each for each in ours if self.is_about(each, patient)]

    def is_about(self, resource: dict, patient: str) -> bool:
        """Whether a resource names the patient, itself or by the denial it is about."""
        if f"'Patient/{patient}'" in str(resource):
            return True
        answers = [each["id"] for each in self.stored("ClaimResponse") if f"Patient/{patient}" in str(each["patient"])]
        return any(f"'ClaimResponse/{each}'" in str(resource) for each in answers)

    def fault(self, **fault) -> None:
        """Have the EHR fail once or more."""
        requests.post(f"{self.ehr}/sandbox/faults", json=fault, timeout=10).raise_for_status()

    def forget_faults(self) -> None:
        """Let the EHR work as it should; a request that is held stays so."""
        requests.delete(f"{self.ehr}/sandbox/faults", timeout=10).raise_for_status()

    def requests_made(self) -> list[dict]:
        """Return the requests that reached the EHR and the payer, in order."""
        return requests.get(f"{self.ehr}/sandbox/requests", timeout=10).json()

    def reset(self) -> None:
        """Put the EHR and the payer back; what the app keeps stays."""
        requests.post(f"{self.ehr}/sandbox/reset", timeout=10).raise_for_status()

    def await_written(self, kind: str, patient: str | None = None, count: int = 1, seconds: float = 20) -> list[dict]:
        """Return what Parley wrote of a type as soon as there are `count`."""
        return await_true(lambda: len(found := self.written(kind, patient)) >= count and found, seconds=seconds)

    def is_settled(self, patient: str) -> bool:
        """Whether nothing of a patient's cases is on its way any more."""
        store = self.demo.house.store
        states = [each.state for case in self.cases(patient) for each in store.effects_of("sandbox", case.id)]
        return not {"queued", "leased", "sent"} & set(states)

    def cases(self, patient: str):
        """Return the cases that the app keeps of one patient."""
        return self.demo.house.store.cases_of_patient("sandbox", f"Patient/{patient}")

    def remember_calls(self, patient: str, **results: int) -> None:
        """Keep decided calls of the past that were like the patient's: so many of each result."""
        like, store, now = self.case(patient), self.demo.house.store, self.now() - timedelta(days=30)
        for number, result in enumerate(result for result, count in results.items() for _ in range(count)):
            name = f"past-{patient}-{number}"
            past = replace(
                like,
                id=name,
                number=f"P-PAST{number:02}",
                patient=replace(like.patient, reference=f"Patient/{name}", name=f"Past Patient {number}"),
                denial=replace(like.denial, reference=f"ClaimResponse/{name}"),
                state=CaseState.CLOSED,
                outcome=Outcome(name, result, True, now, "Past Coordinator"),
            )
            store.save(past, seen=None, now=now)

    def case(self, patient: str):
        """Return the one case that the app keeps of a patient."""
        (found,) = self.cases(patient)
        return found


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_ours(resource: dict) -> bool:
    """Whether Parley wrote it."""
    identifiers = resource.get("identifier") or []
    return any(each.get("system") == WROTE for each in identifiers if isinstance(each, dict))


def await_true(ask, *, seconds: float = 20):
    """Return the first truthy answer; fail when there is none in time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := ask():
            return found
        threading.Event().wait(0.05)
    raise AssertionError("did not happen in time")


@contextmanager
def open_town(*, begins: datetime | None = MORNING, upstream: str | None = None, **more) -> Iterator[Town]:
    """
    Run a town for as long as the block lasts.

    begins: the moment at which it begins; None for the machine's own time. upstream: base of another FHIR server that
    stands behind the sandbox's scopes in place of its own, filled here. more: as launch.demo.Demo
    """
    now = TownClock(datetime.now(UTC) if begins is None else begins)
    with tempfile.TemporaryDirectory(prefix="parley-town-") as folder:
        ports = {"ehr_port": free_port(), "port": free_port()}
        more |= {"profile": "full", "control": True, "now": now, "fhir_upstream": upstream}
        demo = Demo(**ports, folder=Path(folder), **more)
        if upstream is not None:
            seed_upstream(demo.sandbox.extensions["sandbox"].store, upstream)
        demo.start()
        try:
            yield Town(demo, now, Path(folder), upstream)
        finally:
            demo.stop()
