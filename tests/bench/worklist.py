"""
The worklist's page of 200 cases, 50,000 in the store: beside a plain Jinja page over dict rows (goal 5).

The peer answers the same as one writes it first: rows as dicts from the bare driver, a count for each filter, each
address made where it stands, nothing kept. Ours is measured drawing every row, and where 19 of 20 did not change.
"""

import json
import random
import re
import sqlite3
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.flow.ports import MOST_COUNTED
from tests.bench.race import FULL, Laps, Row, race

NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
OPEN, STORED, SHOWN, SESSION = 5_000, 50_000, 200, "bench0123456789"
DECIDED = 1_000  # calls of the past, told in full; the closed cases beyond them are copies of these under other names
EHR, APP = "http://127.0.0.1:9/fhir", "http://127.0.0.1:8572"  # nobody listens at port 9: a page must not mind
CHANGED = SHOWN // 20
PATH, NEXT = f"/s/{SESSION}/worklist", "Book a time"
DRAWN = "{{ drawn(row) }}"


def rows(folder: Path) -> list[Row]:
    """Return what the race gave."""
    from launch.demo import demo_environment

    environ = demo_environment(folder, ehr_base=EHR.removesuffix("/fhir"), app_base=APP)
    (folder / "environ.json").write_text(json.dumps(environ))
    _fill(_url(folder))
    drawn, kept, plain = race(
        ("worklist:drawn", "worklist:kept", "worklist:plain"), folder, rounds=5 if FULL else 2
    ).values()
    name = f"worklist page of {SHOWN} cases, {STORED:,} in the store, {OPEN:,} open"
    asked = drawn.told["requests"]
    return [
        _row(f"{name}: every row drawn", drawn, plain, least=1.4),
        _row(f"{name}: {CHANGED} rows changed", kept, plain, least=4),
        Row("  plain Jinja over dict rows", round(plain.each * 1000, 1), "ms", memory_mib=plain.memory_mib),
        Row(f"{name}: requests to the EHR", asked, "requests", goal="0", met=asked == 0),
    ]


def _row(name: str, ours: Laps, peer: Laps, *, least: float) -> Row:
    ratio = peer.each / ours.each
    told = ("plain Jinja over dict rows", round(ratio, 1), f">= {least:g}x", ratio >= least)
    return Row(name, round(ours.each * 1000, 1), "ms", *told, memory_mib=ours.memory_mib)


def drawn(folder: Path) -> dict:
    """Show the page where nothing of it was shown before."""
    from app.web.rows import DrawnRows

    asked: list[str] = []
    app, browser = _browser(folder, seen=lambda exchange: asked.append(exchange.kind))

    def forget() -> None:
        app.extensions["parley.rows"] = DrawnRows()

    told = _shown(browser, PATH, before=forget) | {"requests": len(asked)}
    # The count can count: opening one case asks the EHR whether this person may see the patient.
    html = browser.get(PATH).get_data(as_text=True)
    browser.get(re.search(rf"/s/{SESSION}/cases/\w{{32}}", html)[0])
    assert len(asked) > told["requests"], "the page of a case was expected to ask the EHR"
    return told


def kept(folder: Path) -> dict:
    """Show the page again and again while a few of its cases change in between."""
    from sqlalchemy import update

    from app.edges.store.cases import cases
    from app.edges.store.database import open_database

    _, browser = _browser(folder, seen=lambda exchange: None)
    database, draw, turn = open_database(_url(folder)), random.Random(7), iter(range(10_000))
    shown = re.findall(rf"/s/{SESSION}/cases/(\w{{32}})\"", browser.get(PATH).get_data(as_text=True))

    def change() -> None:
        words = {"next_text": f"Call Example Mutual again, turn {next(turn)}"}
        some = cases.c.id.in_(draw.sample(shown, CHANGED))
        database.write(lambda connection: connection.execute(update(cases).where(some).values(words)) and None)

    told = _shown(browser, PATH, before=change)
    same = cases.c.id.in_(shown)
    database.write(lambda connection: connection.execute(update(cases).where(same).values(next_text=NEXT)) and None)
    return {key: value for key, value in told.items() if key != "answer"}


def plain(folder: Path) -> dict:
    """Show the same as one writes it first, over the bare driver; the odds of its calls are given to it."""
    from flask import Blueprint, render_template_string

    from app.flow import worklist as flow_worklist
    from app.web.session import here
    from app.web.worklist import FILTERS

    bp, known = Blueprint("plain", __name__), {}
    template, connection = _plain_template(), sqlite3.connect(folder / "worklist.db")
    connection.row_factory = lambda cursor, row: dict(zip((each[0] for each in cursor.description), row, strict=True))

    @bp.get("/plain")
    def worklist() -> str:
        at = here()
        if not known:
            known.update(flow_worklist.worklist(at.ports, show="open", search="", page=0, now=at.now).odds)
        rows, counts = _plainly_read(connection, at.session.user.key)
        page = {"rows": rows, "counts": counts, "total": counts["open"], "odds": known}
        told = {"session": at.session, "now": at.now, "zone": at.session.zone, "page": page, "page_number": 0}
        told |= {
            "page_rows": flow_worklist.PAGE_ROWS,
            "most_counted": MOST_COUNTED,
            "filters": FILTERS,
            "shown": "open",
            "search": "",
        }
        return render_template_string(template, said=None, notice=None, **told)

    _, browser = _browser(folder, seen=lambda exchange: None, more=bp)
    return _shown(browser, f"/s/{SESSION}/plain", before=lambda: None)


def _plainly_read(connection: sqlite3.Connection, user_key: str) -> tuple[list[dict], dict[str, int]]:
    """Return the rows as dicts, and what each filter counts, each asked by itself."""
    unbooked = "state IN ('open', 'requested', 'offered', 'held', 'missed')"
    told = {
        "now": f"{NOW:%Y-%m-%d %H:%M:%S}",
        "night": f"{NOW + timedelta(hours=15):%Y-%m-%d %H:%M:%S}",
        "me": user_key,
    }
    late = f"(next_due_at < :now OR ({unbooked} AND last_safe_at < :now))"
    filters = {
        "open": "is_open",
        "mine": "is_open AND owner_key = :me",
        "unowned": "is_open AND owner_key IS NULL",
        "today": f"is_open AND (next_due_at < :night OR call_at < :night OR {unbooked} AND last_safe_at < :night)",
        "waiting_payer": "is_open AND waits_on = 'payer'",
        "no_time": "is_open AND next_kind IN ('ask_windows', 'call_again', 'find_number', 'rebook')",
        "verbal": "is_open AND state = 'decided'",
        "unwritten": "id IN (SELECT case_id FROM effects WHERE tenant = 'sandbox' AND state != 'confirmed')",
        "overdue": f"is_open AND {late}",
        "closed": "NOT is_open",
    }
    mine = "FROM cases WHERE tenant = 'sandbox' AND"
    counts = {
        name: connection.execute(f"SELECT count(*) AS n {mine} {where}", told).fetchone()["n"]
        for name, where in filters.items()
    }
    counts["closed"] = min(counts["closed"], MOST_COUNTED)  # ours counts no further
    rows = connection.execute(f"SELECT * {mine} is_open ORDER BY sort_at, opened_at, id LIMIT {SHOWN}").fetchall()
    for row in rows:
        row |= {"case_id": row["id"], "act_by": _instant(row["sort_at"]), "unwritten": 0, "untold": False, "to_get": 0}
        row |= {name: _instant(row[name]) for name in ("last_safe_at", "next_due_at")}
    return rows, counts


def _text(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M:%S.%f}"


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).replace(tzinfo=UTC) if text else None


def _plain_template() -> str:
    """Return the page's own template with its row in it, every address made where it stands."""
    parts = Path(__file__).parents[2] / "templates/worklist"
    whole, row = ((parts / name).read_text(encoding="utf-8") for name in ("_worklist.html", "row.html"))
    row = row.partition("zone, now) -%}")[2].partition("{%- endmacro")[0]
    row = row.replace("addresses.of(", "url_for(").replace(", row.case_id)", ", case_id=row.case_id)")
    row = row.replace("addresses.next(row.next_kind, case_id=row.case_id)", "row.next_kind|next_page(row.case_id)")
    row = row.replace("user_key", "session.user.key").replace("if share", "if row.case_id in page.odds")
    row = row.replace("share.", "page.odds[row.case_id].share.")
    assert DRAWN in whole and "addresses" not in row
    main = '{% from "_macros.html" import safe_by %}<div class="page">' + whole.replace(DRAWN, row) + "</div>"
    return '{% extends "base.html" %}{% block main %}' + main + "{% endblock %}"


def _shown(browser, path: str, *, before: Callable[[], None]) -> dict:
    """Return the seconds for one page, and the words that stand in its table."""
    before()
    html = browser.get(path).get_data(as_text=True)
    assert html.count("data-row") == SHOWN, html[:2000]
    seconds = []
    for _ in range(60 if FULL else 20):
        before()
        begun = time.process_time()
        answer = browser.get(path)
        seconds.append(time.process_time() - begun)
        assert answer.status_code == 200, answer.status
    return {"seconds": statistics.median(seconds), "count": 1, "answer": _words(html)}


def _words(html: str) -> str:
    """Return what a reader sees of the filters and of the table."""
    parts = (
        html.partition(begin)[2].partition(end)[0] for begin, end in (("Filters", "</nav>"), ("<tbody>", "</tbody>"))
    )
    return " ".join(re.sub(r"<[^>]*>", " ", "".join(parts)).split())


def _browser(folder: Path, *, seen, more=None):
    """Return the app as production builds it and a test client of it, with its exchanges counted."""
    from app.edges.http import Transport
    from app.edges.store.database import open_database
    from app.settings import load_settings
    from app.web.session import cookie_name
    from app.wire import House, create_app
    from launch.smart import Smart

    settings = load_settings(json.loads((folder / "environ.json").read_text()))
    database = open_database(_url(folder))
    transport = Transport(allow_loopback=True, seen=seen)
    smart = Smart(settings, database, transport, clock=lambda: NOW)
    app = create_app(House(settings, database, transport, lambda: NOW, smart.sessions, smart.tokens))
    app.register_blueprint(smart.blueprint)
    if more is not None:
        app.register_blueprint(more, url_prefix="/s/<session_id>")
    browser = app.test_client(use_cookies=False)
    browser.environ_base["HTTP_COOKIE"] = f"{cookie_name(SESSION)}=secret"
    return app, browser


def _url(folder: Path) -> str:
    return f"sqlite:///{folder / 'worklist.db'}"


def _fill(url: str) -> None:
    from app.edges.store import open_database
    from app.edges.store.cases import insert_case
    from app.edges.store.launches import Launches
    from launch.smart.keys import hash_of
    from tests.edges.store.builders import a_session

    database = open_database(url)
    database.upgrade()
    draw = random.Random(OPEN)
    told = [_case(number, draw) for number in range(OPEN)]
    told += [_decided(number, draw) for number in range(OPEN, OPEN + DECIDED)]
    # In one transaction: what is measured is reading, and all these saves would take longer than all laps.
    database.write(lambda connection: [insert_case(connection, case) for case in told] and None)
    database.write(_copy_decided)
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


def _copy_decided(connection) -> None:
    """Fill the store up with closed cases like those that are there, each with a number and a denial of its own."""
    from sqlalchemy import insert, literal, select

    from app.edges.store.cases import cases

    c = cases.c
    for copy in range(1, (STORED - OPEN) // DECIDED):
        own = {"id", "number", "denial_reference"}
        values = [(literal(f"{copy}-") + each if each.name in own else each).label(each.name) for each in c]
        closed = select(*values).where(c.is_open.is_(False), ~c.id.contains("-"))
        connection.execute(insert(cases).from_select([each.name for each in c], closed))


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
        # No two at once: of two, ours puts the likelier first, which is not what is measured.
        last_safe_at=NOW + timedelta(minutes=draw.randrange(-600, 20_000), milliseconds=number),
        version=1,
    )
