"""The measures once more, by somebody else: plain SQL over the same events, on a thousand random histories."""

import os
import random
import sqlite3
from datetime import timedelta

import pytest

from app.core.learn import Happened, journeys_of, measure
from tests.builders import MONDAY

HISTORIES, SEEDS = 1_000, 20
RESULTS = ("approved", "partial", "modified", "upheld", "withdrawn", "not_held")
ENTRIES = ("l1", "l2", "l3", "l4")  # of the log
SCHEMA = """
CREATE TABLE told (n INTEGER PRIMARY KEY, c TEXT, at REAL, kind TEXT, lane TEXT, result TEXT, way TEXT, final INT,
                by TEXT, inside INT, ends REAL, hold REAL, prep REAL, talk REAL, fits INT, shift TEXT, cause TEXT,
                entry TEXT, corrects TEXT, differs INT);
CREATE TABLE e AS SELECT * FROM told WHERE NOT EXISTS
    (SELECT 1 FROM told x WHERE x.c = told.c AND x.corrects = told.entry);
CREATE VIEW ranked AS SELECT *, CASE kind WHEN 'denied' THEN 0 WHEN 'offered' THEN 1 WHEN 'booked' THEN 2
    WHEN 'attempt' THEN 3 WHEN 'connected' THEN 4 WHEN 'missed' THEN 5 WHEN 'decided' THEN 6 WHEN 'confirmed' THEN 7
    WHEN 'appealed' THEN 8 WHEN 'appeal_decided' THEN 9 ELSE 10 END AS k FROM e;
CREATE VIEW said AS SELECT * FROM ranked WHERE result IS NOT NULL AND (way IS NULL OR way = 'call');
CREATE VIEW met AS SELECT * FROM ranked r WHERE kind = 'connected'
    AND NOT EXISTS (SELECT 1 FROM ranked o WHERE o.c = r.c AND o.kind = 'connected' AND (o.at, o.n) < (r.at, r.n));
CREATE TABLE j AS SELECT c,
  (SELECT lane FROM ranked x WHERE x.c = a.c AND lane IS NOT NULL ORDER BY at DESC, k DESC, n DESC LIMIT 1) lane,
  (SELECT min(at) FROM e x WHERE x.c = a.c AND kind = 'offered') offered,
  (SELECT at FROM met x WHERE x.c = a.c) held,
  (SELECT coalesce(m.fits, (SELECT x.fits FROM e x WHERE x.c = a.c AND x.kind = 'decided' AND x.fits IS NOT NULL
      ORDER BY at DESC, n DESC LIMIT 1)) FROM met m WHERE m.c = a.c) fits,
  (SELECT coalesce(m.inside, (SELECT m.at < x.ends FROM ranked x WHERE x.c = a.c AND x.ends IS NOT NULL AND x.at <= m.at
      ORDER BY at DESC, k DESC, n DESC LIMIT 1)) FROM met m WHERE m.c = a.c) inside,
  (SELECT count(*) FROM e x, met m WHERE x.c = a.c AND m.c = a.c AND x.kind = 'attempt' AND x.at <= m.at) calls,
  (SELECT result FROM said x WHERE x.c = a.c AND kind IN ('decided', 'confirmed')
      ORDER BY at DESC, k DESC, n DESC LIMIT 1) result,
  (SELECT CASE WHEN result IN ('approved', 'partial', 'modified', 'upheld') THEN result END FROM said x
      WHERE x.c = a.c AND kind = 'decided' AND coalesce(final, 0) = 0 ORDER BY at DESC, n DESC LIMIT 1) verbal,
  (SELECT result FROM said x WHERE x.c = a.c AND kind = 'confirmed' ORDER BY at DESC, n DESC LIMIT 1) written,
  (SELECT coalesce(differs, 0) FROM said x WHERE x.c = a.c AND kind = 'confirmed' ORDER BY at DESC, n DESC LIMIT 1) cut,
  (SELECT result FROM said x WHERE x.c = a.c AND kind = 'decided' ORDER BY at DESC, n DESC LIMIT 1) spoke,
  (SELECT shift FROM said x WHERE x.c = a.c AND kind = 'decided' ORDER BY at DESC, n DESC LIMIT 1) shift,
  (SELECT count(*) FROM e x WHERE x.c = a.c AND kind = 'missed' AND by = 'payer') theirs,
  (SELECT count(*) FROM e x WHERE x.c = a.c AND kind = 'missed' AND by = 'us') ours,
  (SELECT max(at) FROM e x WHERE x.c = a.c AND kind = 'appealed') appealed,
  (SELECT max(at) FROM e x WHERE x.c = a.c AND kind = 'closed') closed,
  (SELECT result FROM ranked x WHERE x.c = a.c AND kind = 'appeal_decided' AND result IS NOT NULL
      ORDER BY at DESC, n DESC LIMIT 1) appeal,
  coalesce((SELECT cause FROM e x WHERE x.c = a.c AND kind = 'closed' AND cause IS NOT NULL ORDER BY at DESC, n DESC
      LIMIT 1), (SELECT by FROM e x WHERE x.c = a.c AND kind = 'missed' AND by IS NOT NULL ORDER BY at DESC, n DESC
      LIMIT 1)) cause,
  (SELECT sum(hold) FROM e x WHERE x.c = a.c) hold, (SELECT sum(prep) FROM e x WHERE x.c = a.c) prep,
  (SELECT sum(talk) FROM e x WHERE x.c = a.c) talk
  FROM (SELECT DISTINCT c FROM e) a;
"""
WON = "result IN ('approved', 'partial', 'modified')"
JUDGED = "result IN ('approved', 'partial', 'modified', 'upheld') AND lane IS NOT 'informational'"
OVER = "offered IS NOT NULL AND (held IS NOT NULL OR closed IS NOT NULL OR appealed IS NOT NULL)"
MISSED = "offered IS NOT NULL AND held IS NULL AND (closed IS NOT NULL OR appealed IS NOT NULL)"
TOWARDS = f"coalesce(CASE WHEN spoke = result THEN shift END, CASE WHEN {WON} THEN 'for' ELSE 'none' END)"
MINUTES = "CASE WHEN hold IS NULL AND prep IS NULL AND talk IS NULL THEN NULL ELSE "
MINUTES += "coalesce(hold, 0) + coalesce(prep, 0) + coalesce(talk, 0) END"
SHARES = {
    "offer_to_connect": ("held IS NOT NULL", "offered IS NOT NULL"),
    "inside_window": ("inside = 1", "inside IS NOT NULL"),
    "specialty_match": ("fits = 1", "fits IS NOT NULL"),
    "shift_pre_for": (f"{TOWARDS} = 'for'", f"{JUDGED} AND lane = 'pre_denial'"),
    "shift_pre_against": (f"{TOWARDS} = 'against'", f"{JUDGED} AND lane = 'pre_denial'"),
    "shift_post_for": (f"{TOWARDS} = 'for'", f"{JUDGED} AND lane = 'post_denial'"),
    "shift_post_against": (f"{TOWARDS} = 'against'", f"{JUDGED} AND lane = 'post_denial'"),
    "appeal_after_held": ("coalesce(appealed >= held, 0)", "held IS NOT NULL"),
    "appeal_after_missed": ("appealed IS NOT NULL", MISSED),
    "overturn": (WON, JUDGED),
    "appeal_overturn": (WON.replace("result", "appeal"), "appeal IN ('approved', 'partial', 'modified', 'upheld')"),
    "missed": (MISSED, OVER),
    "missed_by_payer": (f"{MISSED} AND cause = 'payer'", OVER),
    "missed_by_us": (f"{MISSED} AND cause = 'us'", OVER),
    "missed_lapsed": (f"{MISSED} AND cause = 'lapsed'", OVER),
    "missed_withdrawn": (f"{MISSED} AND cause = 'withdrawn'", OVER),
    "missed_untold": (f"{MISSED} AND cause IS NULL", OVER),
    "mismatch": ("verbal <> written OR cut", "verbal IS NOT NULL AND written IS NOT NULL"),
}
VALUES = {
    "time_to_connect": "CASE WHEN held >= offered THEN (held - offered) / 3600 END",
    "hold_minutes": "hold",
    "prep_minutes": "prep",
    "talk_minutes": "talk",
    "minutes": MINUTES,
    "minutes_saved": f"CASE WHEN held IS NOT NULL THEN 33.5 - ({MINUTES}) END",
}


def history(draw: random.Random) -> list[Happened]:
    """Return what happened in a few cases: impossible orders, repeats and silence included."""
    return [_event(draw, f"c{draw.randrange(12)}") for _ in range(draw.randrange(90))]


def _event(draw: random.Random, case: str) -> Happened:
    def maybe(*values):
        return draw.choice(values) if draw.random() < 0.6 else None

    kind = draw.choice(
        ("denied", "offered", "booked", "attempt", "connected", "missed", "decided", "confirmed", "appealed",
         "appeal_decided", "closed", "denied", "offered", "connected", "decided")
    )  # fmt: skip
    at = MONDAY + timedelta(minutes=draw.randrange(0, 6000))
    told: dict = {"payer": "P", "reason": "r", "clinician": "d", "service": "s"}
    told["lane"] = maybe("pre_denial", "post_denial", "informational")
    if kind in ("denied", "offered"):
        told["ends_at"] = maybe(MONDAY + timedelta(minutes=draw.randrange(0, 6000)))
    elif kind in ("attempt", "connected"):
        told |= {f"{each}_minutes": maybe(draw.randrange(60)) for each in ("hold", "prep", "talk")}
        told |= {"inside": maybe(True, False), "specialty_match": maybe(True, False)} if kind == "connected" else {}
    elif kind == "missed":
        told["by"] = maybe("payer", "us")
    elif kind == "closed":
        told["cause"] = maybe("payer", "us", "lapsed", "withdrawn")
    elif kind in ("decided", "confirmed", "appeal_decided"):
        told |= {"result": maybe(*RESULTS), "way": maybe("call", "call", "file_appeal")}
        decided = {"final": maybe(True, False), "shift": maybe("for", "against"), "specialty_match": maybe(True, False)}
        told |= decided if kind == "decided" else {}
        told |= {"differs": maybe(True, False)} if kind == "confirmed" else {}
    if kind in ("attempt", "connected", "missed"):
        told |= {"entry": maybe(*ENTRIES), "corrects": draw.choice(ENTRIES) if draw.random() < 0.2 else None}
    return Happened(case=case, at=at, kind=kind, **told)


def in_sql(events: list[Happened]) -> sqlite3.Connection:
    """Return a database that holds the events and, worked out in SQL alone, the journeys."""
    rows = [
        (n, e.case, e.at.timestamp(), e.kind, e.lane, e.result, e.way, e.final, e.by, e.inside,
         e.ends_at and e.ends_at.timestamp(), e.hold_minutes, e.prep_minutes, e.talk_minutes, e.specialty_match,
         e.shift, e.cause, e.entry, e.corrects, e.differs)
        for n, e in enumerate(events)
    ]  # fmt: skip
    tables, _, counted = SCHEMA.partition("CREATE TABLE e")
    database = sqlite3.connect(":memory:")
    database.executescript(tables)
    database.executemany(f"INSERT INTO told VALUES ({','.join('?' * 20)})", rows)
    database.executescript("CREATE TABLE e" + counted)
    return database


def one(database: sqlite3.Connection, query: str):
    """Return the first row of a query."""
    return database.execute(query).fetchone()


def by_sql(database: sqlite3.Connection) -> dict[str, tuple]:
    """Return (n, count, value) of every measure."""
    found = {}
    for key, (counts, among) in SHARES.items():
        count, n = one(
            database, f"SELECT coalesce(sum(CASE WHEN {counts} THEN 1 ELSE 0 END), 0), count(*) FROM j WHERE {among}"
        )
        found[key] = (n, count, count / n if n else None)
    for key, missed in (("kept_by_us", "ours"), ("kept_by_payer", "theirs")):
        count, n = one(database, f"SELECT count(held), count(held) + coalesce(sum({missed}), 0) FROM j")
        found[key] = (n, count, count / n if n else None)
    for key, value in VALUES.items():
        n = one(database, f"SELECT count({value}) FROM j")[0]
        middle = one(
            database,
            f"SELECT avg(v) FROM (SELECT {value} AS v FROM j WHERE ({value}) IS NOT NULL ORDER BY v "
            f"LIMIT {2 - n % 2} OFFSET {max(n - 1, 0) // 2})",
        )[0]
        found[key] = (n, None, middle if n > 1 else None)
    n, mean = one(database, "SELECT count(*), avg(calls) FROM j WHERE held IS NOT NULL AND calls > 0")
    found["attempts_per_connection"] = (n, None, mean if n > 1 else None)
    return found


def differing(events: list[Happened]) -> list[str]:
    """Return the measures that SQL tells differently."""
    theirs = by_sql(in_sql(events))
    ours = {each.key: (each.n, each.count, each.value) for each in measure(journeys_of(events), floor=1)}
    assert set(ours) == set(theirs)
    return [key for key in ours if not _alike(ours[key], theirs[key])]


def _alike(ours: tuple, theirs: tuple) -> bool:
    return ours[:2] == theirs[:2] and ours[2] == (
        theirs[2] if theirs[2] is None else pytest.approx(theirs[2], abs=1e-6)
    )


@pytest.mark.parametrize("seed", range(SEEDS))
def test_sql_agrees_on_a_thousand_histories(seed):
    """Every n, numerator and value; other histories each night."""
    draw = random.Random(seed if "PARLEY_NIGHTLY" not in os.environ else random.SystemRandom().random())
    for number in range(HISTORIES // SEEDS):
        events = history(draw)
        assert [] == differing(events), (number, events)


def test_the_check_can_tell():
    """A history with one decision changed is told differently by the two."""
    events = [
        Happened(case="a", at=MONDAY, kind="decided", result="approved", lane="post_denial"),
        Happened(case="b", at=MONDAY, kind="decided", result="upheld", lane="post_denial"),
    ]
    theirs, ours = by_sql(in_sql(events)), measure(journeys_of(events[:1]), floor=1)

    assert theirs["overturn"][:2] != next((each.n, each.count) for each in ours if each.key == "overturn")


def test_the_check_sees_a_correction():
    """An entry that was corrected counts in neither computation, and its correction in both."""
    events = [
        Happened(case="a", at=MONDAY, kind="attempt", hold_minutes=40, entry="l1"),
        Happened(case="a", at=MONDAY, kind="attempt", hold_minutes=4, entry="l2", corrects="l1"),
        Happened(case="a", at=MONDAY, kind="connected", entry="l2"),
    ]
    database = in_sql(events)

    assert (1, 4.0) == one(database, "SELECT calls, hold FROM j")
    assert [] == differing(events)
