"""A hospital's past: so many events in the life of its cases, invented; in a database, as CSV, as lines of JSON."""

import csv
import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert

TENANT = "bench"
SINCE, NOW = datetime(2025, 1, 6, 14, tzinfo=UTC), datetime(2026, 11, 23, 15, tzinfo=UTC)
GROUPS = ("payer", "reason", "clinician", "service", "lane")
TOLD = ("result", "way", "final", "by", "inside", "specialty_match", "hold_minutes", "prep_minutes", "talk_minutes")
RESULTS = ("approved", "approved", "partial", "modified", "upheld", "upheld", "upheld", "withdrawn")
AT_ONCE = 20_000


def past(count: int, *, seed: int = 7) -> Iterator[tuple[str, dict, list[tuple[datetime, str, dict]]]]:
    """Yield (case id, what it is about, [(at, kind, data)]) until `count` events have happened."""
    draw, number = random.Random(seed), 0
    while count > 0:
        about = {
            "payer": f"Example Mutual {draw.randrange(25)}",
            "reason": f"reason {draw.randrange(8)}",
            "clinician": f"Dr Synthetic {draw.randrange(60)}",
            "service": f"service {draw.randrange(20)}",
            "lane": draw.choices(("pre_denial", "post_denial", "informational", None), (20, 70, 7, 3))[0],
        }
        told = [each for _, each in zip(range(count), _way(draw), strict=False)]
        yield f"{number:032x}", about, told
        count, number = count - len(told), number + 1


def _way(draw: random.Random) -> Iterator[tuple[datetime, str, dict]]:
    """Yield what happens in one case; no two things at one instant."""
    at = SINCE + timedelta(seconds=draw.randrange(650 * 86_400))

    def after(hours: float) -> datetime:
        nonlocal at
        at += timedelta(seconds=1 + draw.expovariate(1 / hours) * 3600)
        return at

    yield at, "denied", {"route": "p2p"}
    if draw.random() < 0.9:
        yield after(6), "offered", {"channel": "fax", "count": 2}
        yield after(3), "booked", {"minutes_to_spare": draw.randrange(3_000)}
        if draw.random() < 0.1:
            yield after(3), "moved", {}
        for _ in range(draw.choice((0, 1, 1, 2, 3))):
            yield after(5), "attempt", {"result": "voicemail", "hold_minutes": draw.choice((None, draw.randrange(60)))}
        if draw.random() < 0.2:
            yield after(5), "missed", {"by": draw.choice(("payer", "us"))}
        yield from _call(draw, after) if draw.random() < 0.8 else _no_call(draw, after)
    if draw.random() < 0.8:
        yield after(90), "closed", {}


def _call(draw: random.Random, after) -> Iterator[tuple[datetime, str, dict]]:
    yield after(9), "attempt", {"result": "connected", "hold_minutes": draw.randrange(45)}
    minutes = {"prep_minutes": draw.choice((None, draw.randrange(40))), "talk_minutes": draw.randrange(5, 40)}
    told = {"inside": draw.choice((True, True, False, None)), "specialty_match": draw.choice((True, False, None))}
    yield after(0.01), "connected", told | minutes
    result = draw.choice(RESULTS)
    yield after(0.4), "decided", {"result": result, "way": "call", "final": draw.random() < 0.3}
    if draw.random() < 0.7:
        yield after(30), "confirmed", {"result": result if draw.random() < 0.95 else "upheld", "way": "call"}
    if result == "upheld" and draw.random() < 0.5:
        yield after(50), "appealed", {"act": "file_appeal"}
        yield after(400), "decided", {"result": draw.choice(RESULTS[:5]), "way": "file_appeal", "final": True}


def _no_call(draw: random.Random, after) -> Iterator[tuple[datetime, str, dict]]:
    if draw.random() < 0.5:
        yield after(50), "lapsed", {}
    if draw.random() < 0.3:
        yield after(50), "appealed", {"act": "file_appeal"}


def as_csv(count: int, folder: Path) -> None:
    """Write events.csv and cases.csv, each thing that is told in a column of its own."""
    with (folder / "events.csv").open("w") as events, (folder / "cases.csv").open("w") as cases:
        happened, rows = csv.writer(events), csv.writer(cases)
        for case, about, told in past(count):
            rows.writerow([case, *(about[name] for name in GROUPS)])
            for at, kind, data in told:
                values = ("" if (value := data.get(name)) is None else value for name in TOLD)
                happened.writerow([case, at.strftime("%Y-%m-%d %H:%M:%S.%f"), kind, *values])


def as_lines(count: int, path: Path) -> None:
    """Write the events as `parley learn` reads them, in the order in which they happened."""
    events = ((at, case, kind, about, data) for case, about, told in past(count) for at, kind, data in told)
    with path.open("w") as lines:
        for at, case, kind, about, data in sorted(events, key=lambda each: each[:3]):
            by = {name: value for name, value in data.items() if name in TOLD}
            if kind == "decided" and data["way"] != "call":
                kind = "appeal_decided"
            if kind == "lapsed":
                kind, by = "closed", {"cause": "lapsed"}
            lines.write(json.dumps({"case": case, "at": at.isoformat(), "kind": kind, **about, **by}) + "\n")


def fill(url: str, count: int) -> None:
    """Put them into a new database, as saves would have, but nothing that is derived from them."""
    from app.edges.store import open_database
    from app.edges.store.cases import cases
    from app.edges.store.events import events

    database, number = open_database(url), 0
    database.upgrade()
    rows: dict = {cases: [], events: []}

    def put(connection) -> None:
        for table, some in rows.items():
            connection.execute(insert(table), some)

    for number, (case, about, told) in enumerate(past(count)):
        rows[cases].append(_case(case, number, about))
        rows[events] += [
            {"tenant": TENANT, "case_id": case, "kind": kind, "at": at, "by": "bench", "data": json.dumps(data)}
            for at, kind, data in told
        ]
        if len(rows[events]) >= AT_ONCE:
            database.write(put)
            rows = {cases: [], events: []}
    if rows[events]:
        database.write(put)
    database.close()


def _case(id: str, number: int, about: dict) -> dict:
    """Return the row that stands for a case; nothing of it but what it is about is read here."""
    plain = dict.fromkeys(("state", "stage", "route", "patient", "patient_name", "search_text", "next_kind"), "-")
    return plain | {
        "tenant": TENANT,
        "id": id,
        "version": 1,
        "number": f"P-{number}",
        "denial_reference": f"ClaimResponse/{number}",
        "is_open": False,
        "payer_name": about["payer"],
        "reason": about["reason"],
        "clinician_name": about["clinician"],
        "service_label": about["service"],
        "lane": about["lane"],
        "sort_at": NOW,
        "next_text": "-",
        "waits_on": "us",
        "opened_at": NOW,
        "updated_at": NOW,
    }
