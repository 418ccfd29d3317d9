"""The first look into an EHR that holds 200 denials: how often it is asked, beside reading one thing at a time."""

import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.bench.race import FULL, Row, race

DENIALS, PAYERS, CLINICIANS = 200, 8, 20
LATENCY_SECONDS = 0.030 if FULL else 0.005
MOST_REQUESTS = 8
TERMS = "http://terminology.hl7.org/CodeSystem"
X12 = "https://codesystem.x12.org"


def rows(folder: Path) -> list[Row]:
    """Return what the race gave."""
    runners = ("look:together", "look:one_by_one")
    ours, naive = race(runners, folder, rounds=3 if FULL else 1).values()
    asked, peer = ours.told["requests"], "one read at a time"
    name = f"first look at {DENIALS} denials, EHR at {LATENCY_SECONDS * 1000:g} ms"
    ratio = round(naive.told["requests"] / asked, 1)
    return [
        Row(f"{name}: requests", asked, "requests", peer, ratio, f"<= {MOST_REQUESTS}", asked <= MOST_REQUESTS),
        Row(name, round(ours.each, 2), "s", peer, round(naive.each / ours.each, 1), memory_mib=ours.memory_mib),
        Row(f"  {peer}", naive.told["requests"], "requests", memory_mib=naive.memory_mib),
    ]


def together(folder: Path) -> dict:
    """Detect as the worker does; opening the cases is among the seconds."""
    from app.flow.detect import detect_denials

    with _town(folder / "together") as (demo, log):
        issuer = demo.settings.smart.issuers[0]
        begun = time.perf_counter()
        found = detect_denials(demo.house.ports_of_backend(issuer), patient=None, now=demo.house.clock())
        seconds = time.perf_counter() - begun
        assert not found.problems, found.problems
        answer = sorted([case.denial.reference, case.patient.reference, case.coverage.member_id] for case in found.new)
        return {"seconds": seconds, "count": 1, "answer": answer, "requests": _count(log)}


def one_by_one(folder: Path) -> dict:
    """Read what each denial refers to by itself, nothing twice; which is what one writes first."""
    import requests

    with _town(folder / "one_by_one") as (demo, log):
        begun = time.perf_counter()
        token = demo.house.tokens.of_backend("sandbox", now=demo.house.clock())
        base, session, memo = f"{demo.ehr_base}/fhir", requests.Session(), {}
        session.headers["Authorization"] = f"Bearer {token}"

        def read(reference: str) -> dict:
            if reference not in memo:
                memo[reference] = session.get(f"{base}/{reference}", timeout=20).json()
            return memo[reference]

        url, answer = f"{base}/ClaimResponse?use=preauthorization&_count=100", []
        while url:
            page = session.get(url, timeout=20).json()
            for entry in page["entry"]:
                answer.append(_follow(entry["resource"], read))
            url = next((link["url"] for link in page.get("link", ()) if link["relation"] == "next"), None)
        return {
            "seconds": time.perf_counter() - begun,
            "count": 1,
            "answer": sorted(answer),
            "requests": _count(log),
        }


def _count(log: Iterable[dict]) -> int:
    """Return how many requests were for data; metadata and token are fetched once a day and once an hour."""
    paths = [line["path"].removeprefix("/fhir") for line in log if line["path"].startswith("/fhir")]
    return sum(path != "/metadata" and not path.startswith("/.well-known/") for path in paths)


def _follow(denial: dict, read) -> list[str]:
    patient, claim = read(denial["patient"]["reference"]), read(denial["request"]["reference"])
    read(denial["insurer"]["reference"])
    read(claim["provider"]["reference"])
    coverage = read(claim["insurance"][0]["coverage"]["reference"])
    return [f"ClaimResponse/{denial['id']}", f"Patient/{patient['id']}", coverage["subscriberId"]]


@contextmanager
def _town(folder: Path) -> Iterator[tuple]:
    """Run the sandbox with nothing in it but the denials; give it and the log of its requests, empty yet."""
    from launch.demo import Demo
    from tests.journeys.town import free_port

    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    demo = Demo(
        ehr_port=free_port(),
        port=free_port(),
        profile="full",
        folder=folder,
        control=True,
        worker=False,
        load_stories=False,
    )
    sandbox = demo.sandbox.extensions["sandbox"]
    for resource in _resources(datetime.now(UTC)):
        sandbox.store.put(resource)
    sandbox.faults.latency_seconds = LATENCY_SECONDS
    demo.start()
    sandbox.faults.log.clear()
    try:
        yield demo, sandbox.faults.log
    finally:
        demo.stop()


def _resources(now: datetime) -> Iterator[dict]:
    for number in range(PAYERS):
        yield {"resourceType": "Organization", "id": f"payer-{number}", "name": f"Example Mutual {number}"}
    for number in range(CLINICIANS):
        yield {"resourceType": "Practitioner", "id": f"doc-{number}", "name": [{"family": "Synthetic"}]}
    for number in range(DENIALS):
        yield from _denial(number, now - timedelta(hours=number % 60 + 1))


def _denial(number: int, decided: datetime) -> Iterator[dict]:
    patient, payer = {"reference": f"Patient/p-{number}"}, {"reference": f"Organization/payer-{number % PAYERS}"}
    kind = {"coding": [{"system": f"{TERMS}/claim-type", "code": "professional"}]}
    about = {"status": "active", "type": kind, "use": "preauthorization", "patient": patient, "insurer": payer}
    plan = {"resourceType": "Coverage", "id": f"plan-{number}", "status": "active", "subscriberId": f"M{number}"}
    yield {"resourceType": "Patient", "id": f"p-{number}", "name": [{"family": "Synthetic", "given": [str(number)]}]}
    yield plan | {"beneficiary": patient, "payor": [payer]}
    yield about | {
        "resourceType": "Claim",
        "id": f"claim-{number}",
        "created": decided.isoformat(),
        "provider": {"reference": f"Practitioner/doc-{number % CLINICIANS}"},
        "priority": {"coding": [{"code": "normal"}]},
        "insurance": [{"sequence": 1, "focal": True, "coverage": {"reference": f"Coverage/plan-{number}"}}],
        "item": [{"sequence": 1, "productOrService": {"text": "a service"}}],
    }
    yield about | {
        "resourceType": "ClaimResponse",
        "id": f"cr-{number}",
        "created": decided.isoformat(),
        "request": {"reference": f"Claim/claim-{number}"},
        "outcome": "complete",
        "item": [{"itemSequence": 1, "adjudication": [{"category": {"text": "submitted"}, "extension": [_action()]}]}],
    }


def _action() -> dict:
    url = "http://hl7.org/fhir/us/davinci-pas/StructureDefinition/extension-reviewAction"
    action = {"coding": [{"system": f"{X12}/005010/306", "code": "A3"}]}
    reason = {"coding": [{"system": f"{X12}/external/886", "code": "0F"}]}
    inner = [
        {"url": f"{url}Code", "valueCodeableConcept": action},
        {"url": "reasonCode", "valueCodeableConcept": reason},
    ]
    return {"url": url, "extension": inner}
