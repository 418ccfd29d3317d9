"""`parley audit`: whether the trail is whole, and who did or saw what of one patient."""

import argparse
import csv
import io
from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update

from app.edges.store import SqlStore
from app.edges.store.audit import BEGINNING, audit, audit_heads, hash_entry
from app.edges.store.database import Database
from launch.audit import add_options, run_audit
from tests import databases
from tests.edges.store.builders import NOW, TENANT

database, database_url = databases.database, databases.database_url
LATER = NOW + timedelta(days=2)


@pytest.fixture
def trail(database: Database) -> Database:
    """Two people at two patients of one EHR, and one at another EHR."""
    store = SqlStore(database)
    for who, act, case, patient in (
        ("a", "see_case", "case-1", "Patient/1"),
        ("b", "see_case", "case-2", "Patient/2"),
        ("b", "take_packet", "case-1", None),
    ):
        store.audit(TENANT, at=NOW, who=f"{TENANT}|{who}", act=act, case_id=case, patient=patient)
    store.audit(TENANT, at=NOW + timedelta(days=1), who="=1+1", act="book", case_id="case-1", patient="Patient/1")
    store.audit("other", at=NOW, who="other|c", act="see_case", case_id="case-1", patient="Patient/9")
    return database


def run(database: Database, *given: str) -> tuple[int, str]:
    """Return the status and what was printed."""
    parser, out = argparse.ArgumentParser(), io.StringIO()
    add_options(parser)
    return run_audit(database, parser.parse_args(given), now=LATER, out=out), out.getvalue()


def kept_of(told: str) -> list[str]:
    """Return the marks that a reading asked to keep."""
    return [line.rpartition(" ")[2] for line in told.splitlines()]


def rewrite(database: Database) -> None:
    """Take out the second entry and chain the others anew, as whoever may write everything could."""
    with database.writing() as connection:
        rows = connection.execute(select(audit).where(audit.c.tenant == TENANT).order_by(audit.c.n)).all()
        connection.execute(delete(audit).where(audit.c.tenant == TENANT))
        own = BEGINNING
        for n, row in enumerate((rows[0], *rows[2:]), start=1):
            fields = {"at": row.at, "who": row.who, "act": row.act, "case_id": row.case_id, "patient": row.patient}
            before, own = own, hash_entry(own, TENANT, n, **fields)
            connection.execute(audit.insert().values(tenant=TENANT, n=n, previous_hash=before, hash=own, **fields))
        connection.execute(update(audit_heads).where(audit_heads.c.tenant == TENANT).values(n=len(rows) - 1, hash=own))


def test_a_whole_trail_is_told_with_what_to_keep(trail: Database):
    """Each EHR's own; what it said last time is found in it again, however much came since."""
    status, told = run(trail)
    SqlStore(trail).audit(TENANT, at=LATER, who="x", act="see_case", case_id=None, patient=None)
    again = [part for mark in kept_of(told) for part in ("--kept", mark)]

    assert (0, 2) == (status, told.count("all as written"))
    assert 0 == run(trail, *again)[0]


def test_a_changed_entry_is_found(trail: Database):
    """And the status says so to whatever runs it."""
    with trail.writing() as connection:
        connection.execute(update(audit).where(audit.c.tenant == TENANT, audit.c.n == 2).values(who="nobody"))

    status, told = run(trail)
    assert (1, True) == (status, f"BROKEN  {TENANT}: Entry 2 is not what was written." in told)
    assert "ok      other" in told


def test_a_trail_written_anew_is_found_by_what_was_kept(trail: Database):
    """In itself it holds: only what lies elsewhere can tell."""
    marks = kept_of(run(trail)[1])
    rewrite(trail)

    assert 0 == run(trail)[0]
    assert 1 == run(trail, "--kept", next(each for each in marks if each.startswith(TENANT)))[0]


def test_a_trail_that_is_gone_is_found_by_what_was_kept(trail: Database):
    """Nothing left is not nothing done."""
    marks = kept_of(run(trail)[1])
    with trail.writing() as connection:
        for table in (audit, audit_heads):
            connection.execute(delete(table))

    assert 0 == run(trail)[0]
    assert 1 == run(trail, "--kept", marks[0])[0]


def test_who_touched_a_patient_is_told(trail: Database):
    """Those of the cases too, at every EHR that knows the number; and that it was asked stands in the trail."""
    rows = list(csv.DictReader(io.StringIO(run(trail, "--patient", "1")[1])))

    assert ["see_case", "take_packet", "book"] == [each["act"] for each in rows]
    assert {f"{TENANT}|a", f"{TENANT}|b", "'=1+1"} == {each["who"] for each in rows}
    assert "see_audit" == list(csv.DictReader(io.StringIO(run(trail, "--patient", "Patient/1")[1])))[-1]["act"]
    assert 0 == run(trail)[0]


def test_a_span_is_half_open(trail: Database):
    """From the first instant on, before the last."""
    told = run(trail, "--patient", "1", "--from", NOW.isoformat(), "--to", (NOW + timedelta(days=1)).isoformat())[1]

    assert ["see_case", "take_packet"] == [each["act"] for each in csv.DictReader(io.StringIO(told))]


@pytest.mark.parametrize("wrong", [("--kept", "x"), ("--kept", "a:b:c"), ("--from", "yesterday")])
def test_a_wrong_value_is_named(trail: Database, wrong, capsys):
    """By its option."""
    with pytest.raises(SystemExit):
        run(trail, *wrong)

    assert f"argument {wrong[0]}" in capsys.readouterr().err
