"""The worklist's page of 200 cases, from a store of 200 and of 5,000: milliseconds, and requests to the EHR."""

import json
import random
import statistics
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.bench.race import FULL, Laps, Row, race

NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
SIZES, SHOWN, SESSION = (200, 5_000), 200, "bench0123456789"
DECIDED = 1_000  # calls of the past, by which like cases are told how theirs may go
EHR, APP = "http://127.0.0.1:9/fhir", "http://127.0.0.1:8572"  # nobody listens at port 9: a page must not mind


def prepare(folder: Path) -> None:
    """Write settings, and a database of each size with one coordinator's session in it."""
    from launch.demo import demo_environment

    environ = demo_environment(folder, ehr_base=EHR.removesuffix("/fhir"), app_base=APP)
    (folder / "environ.json").write_text(json.dumps(environ))
    for size in SIZES:
        _fill(_url(folder, size), size)


def rows(folder: Path) -> list[Row]:
    """Return what the race gave."""
    prepare(folder)
    runners = tuple(f"worklist:page_of_{size}" for size in SIZES)
    small, large = race(runners, folder, rounds=5 if FULL else 2).values()
    name = f"worklist page of {SHOWN} cases"
    return [
        _row(f"{name}, {SIZES[0]} in the store", small),
        _row(f"{name}, {SIZES[1]:,} in the store", large, f"{SIZES[0]} in the store", small),
        Row(
            f"{name}: requests to the EHR",
            large.told["requests"],
            "requests",
            goal="0",
            met=large.told["requests"] == 0,
        ),
    ]


def _row(name: str, ours: Laps, peer: str | None = None, theirs: Laps | None = None) -> Row:
    ratio = round(theirs.each / ours.each, 2) if theirs else None
    return Row(name, round(ours.each * 1000, 1), "ms", peer, ratio, memory_mib=ours.memory_mib)


def page_of_200(folder: Path) -> dict:
    """Read the page where it is all there is."""
    return _page(folder, 200)


def page_of_5000(folder: Path) -> dict:
    """Read the first page of many."""
    return _page(folder, 5_000)


def _page(folder: Path, size: int) -> dict:
    asked: list[str] = []
    browser = _browser(folder, size, seen=lambda exchange: asked.append(exchange.kind))
    path = f"/s/{SESSION}/worklist"
    html = browser.get(path).get_data(as_text=True)
    assert html.count("data-row") == SHOWN
    seconds = []
    for _ in range(50 if FULL else 15):
        begun = time.perf_counter()
        answer = browser.get(path)
        seconds.append(time.perf_counter() - begun)
        assert answer.status_code == 200, answer.status
    requests = len(asked)
    if size == SIZES[0]:
        # The count can count: opening one case asks the EHR whether this person may see the patient.
        opened = html.partition(f"/s/{SESSION}/cases/")[2].partition('"')[0]
        browser.get(f"/s/{SESSION}/cases/{opened}")
        assert len(asked) > requests, "the page of a case was expected to ask the EHR"
    return {"seconds": statistics.median(seconds), "count": 1, "requests": requests}


def _browser(folder: Path, size: int, *, seen):
    """Return a test client of the app as production builds it, with its exchanges counted."""
    from app.edges.http import Transport
    from app.edges.store.database import open_database
    from app.settings import load_settings
    from app.web.session import cookie_name
    from app.wire import House, create_app
    from launch.smart import Smart

    settings = load_settings(json.loads((folder / "environ.json").read_text()))
    database = open_database(_url(folder, size))
    transport = Transport(allow_loopback=True, seen=seen)
    smart = Smart(settings, database, transport, clock=lambda: NOW)
    app = create_app(House(settings, database, transport, lambda: NOW, smart.sessions, smart.tokens))
    app.register_blueprint(smart.blueprint)
    browser = app.test_client(use_cookies=False)
    browser.environ_base["HTTP_COOKIE"] = f"{cookie_name(SESSION)}=secret"
    return browser


def _url(folder: Path, size: int) -> str:
    return f"sqlite:///{folder / f'worklist-{size}.db'}"


def _fill(url: str, size: int) -> None:
    from app.edges.store import open_database
    from app.edges.store.cases import insert_case
    from app.edges.store.launches import Launches
    from launch.smart.keys import hash_of
    from tests.edges.store.builders import a_session

    database = open_database(url)
    database.upgrade()
    draw = random.Random(size)
    cases = [_case(number, draw) for number in range(size)]
    cases += [_decided(number, draw) for number in range(size, size + DECIDED)]
    # In one transaction: what is measured is reading, and five thousand saves would take longer than all laps.
    database.write(lambda connection: [insert_case(connection, case) for case in cases] and None)
    session = a_session(
        SESSION,
        secret_hash=hash_of("secret"),
        issuer="sandbox",
        created_at=NOW,
        last_seen_at=NOW,
        idle_expires_at=NOW + timedelta(hours=1),
        expires_at=NOW + timedelta(hours=1),
    )
    Launches(database).open(session)
    database.close()


def _decided(number: int, draw: random.Random):
    from app.core.case import CaseState, Outcome

    outcome = Outcome(f"o{number}", draw.choice(("approved", "modified", "upheld")), True, NOW, "Coordinator")
    return replace(_case(number, draw), state=CaseState.CLOSED, outcome=outcome)


def _case(number: int, draw: random.Random):
    from app.core.case import CaseState
    from app.core.people import Clinician, Patient
    from tests.builders import a_case, a_denial

    patient = Patient(f"Patient/p{number}", f"Synthetic Person {number}", "1960-02-03", "female", f"MRN-{number}")
    mine, service = draw.random() < 0.3, draw.choice(("spinal fusion", "infliximab", "PET-CT", "knee MRI"))
    return a_case(
        id=f"{number:032x}",
        number=f"P-{number:06}",
        patient=patient,
        denial=a_denial(reference=f"ClaimResponse/cr{number}", patient=patient.reference),
        service_label=service,
        service_key=service,
        payer_name=f"Example Mutual {draw.randrange(40)}",
        state=draw.choice((CaseState.OPEN, CaseState.OFFERED)),
        clinician=Clinician(f"Practitioner/d{draw.randrange(60)}", "Dr Synthetic", "America/Chicago"),
        owner_key="demo|coordinator" if mine else None,
        owner_name="Coordinator" if mine else None,
        last_safe_at=NOW + timedelta(minutes=draw.randrange(-600, 20_000)),
        version=1,
    )
