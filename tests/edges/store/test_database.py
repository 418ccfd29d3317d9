"""Opening, migrating and sharing a database."""

import subprocess
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, make_url, select, text, update

from app.edges.store import StoreDown, open_database
from app.edges.store.columns import metadata
from app.edges.store.database import Database
from app.edges.store.heartbeats import beat, heartbeats, latest_beat
from app.edges.store.migrate import config_for, downgrade, newest, upgrade
from app.errors import Misconfigured
from tests.databases import new_url
from tests.edges.store.builders import NOW

ROOT = Path(__file__).parents[3]


def test_upgrade_makes_the_tables_that_the_code_describes(database: Database):
    """Migrations and metadata agree: nothing is left for Alembic to find."""
    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})

        assert [] == compare_metadata(context, metadata)


def test_upgrade_downgrade_upgrade_ends_where_it_began(database_url: str):
    """Every revision can be undone and done again (reliability G6)."""
    database = open_database(database_url)
    assert not database.is_current()
    upgrade(database)
    assert database.is_current()
    downgrade(database, "base")
    assert not database.is_current()
    assert ["alembic_version"] == inspect(database.engine).get_table_names()
    upgrade(database)
    upgrade(database)

    assert database.is_current()
    database.close()


def test_processes_that_start_at_once_upgrade_once(database_url: str):
    """Four processes upgrade one empty database: all succeed, the tables are made once."""
    code = f"from app.edges.store import open_database; open_database({database_url!r}).upgrade()"
    running = [
        subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stderr=subprocess.PIPE, text=True) for _ in range(4)
    ]

    assert [(0, "")] * 4 == [(each.wait(60), each.stderr.read()) for each in running]
    database = open_database(database_url)
    assert database.is_current()
    database.close()


def test_an_upgrade_waits_for_a_long_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Another process holds the write lock for longer than an ordinary write would wait."""
    monkeypatch.setattr("app.edges.store.database.BUSY_SECONDS", 0.2)
    database = open_database(f"sqlite:///{tmp_path / 'busy.db'}")
    with ThreadPoolExecutor(1) as pool, database.writing():
        waiting = pool.submit(upgrade, database)
        threading.Event().wait(0.8)
        assert not waiting.done()

    assert waiting.result(10) is None
    assert database.is_current()
    database.close()


def test_an_upgrade_that_fails_leaves_nothing_behind(database_url: str):
    """DDL is one transaction on both databases: a table in the way undoes the tables before it."""
    database = open_database(database_url)
    with database.writing() as connection:
        connection.execute(text("CREATE TABLE launch_sessions (id INTEGER)"))

    with pytest.raises(Exception, match="launch_sessions"):
        upgrade(database)

    assert ["launch_sessions"] == inspect(database.engine).get_table_names()
    database.close()


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://host/db", "no url at all", "sqlite:///"])
def test_a_database_that_cannot_serve_is_refused_by_its_setting(url: str):
    """The message names PARLEY_DATABASE_URL and says nothing of the URL, which may hold a password."""
    with pytest.raises(Misconfigured) as refused:
        open_database(url)

    assert "PARLEY_DATABASE_URL" == refused.value.setting
    assert url not in refused.value.say


UNUSABLE = {
    "no folder": ("sqlite:///{folder}/nowhere/p.db", "cannot be opened"),
    "a folder": ("sqlite:///{folder}", "cannot be opened"),
    "another file": ("sqlite:///{folder}/other.db", "no SQLite database"),
    "nobody listens": ("postgresql://u:hunter2@127.0.0.1:1/x", "no server answers"),
    "no such host": ("postgresql://u:hunter2@nowhere.invalid/x", "no server answers"),
    "a wrong sslmode": ("postgresql://u:hunter2@127.0.0.1:1/x?sslmode=bogus", "over TLS"),
    "a port in words": ("postgresql://u:hunter2@127.0.0.1:port/x", "is not a database URL"),
    "a password with signs": ("postgresql://u:hunter2@x:w/rd@127.0.0.1/x", "is not a database URL"),
}


@pytest.mark.parametrize(("url", "words"), UNUSABLE.values(), ids=UNUSABLE.keys())
def test_whoever_sets_it_up_is_told_why_it_cannot_be_used(tmp_path: Path, url: str, words: str):
    """In words and by its setting, without the password; never as a trace."""
    (tmp_path / "other.db").write_text("no database at all" * 100)

    with pytest.raises(Misconfigured, match=words) as refused:
        open_database(url.format(folder=tmp_path)).upgrade()

    assert refused.value.say.startswith("PARLEY_DATABASE_URL: ")
    assert "hunter2" not in f"{refused.value.say} {refused.value.next}"


@pytest.mark.postgres
def test_whoever_sets_postgresql_up_is_told_what_the_server_refused(tmp_path: Path):
    """A user or a database that it does not know; a user who owns nothing there, since version 15 the usual slip."""
    url = make_url(new_url("postgresql", tmp_path))
    with psycopg.connect(url.render_as_string(), autocommit=True) as connection:
        connection.execute("CREATE ROLE guest LOGIN")
        connection.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")

    def refusal(**changes: str) -> str:
        with pytest.raises(Misconfigured) as refused:
            open_database(url.set(**changes).render_as_string(hide_password=False)).upgrade()
        return refused.value.say

    assert "no such user" in refusal(username="nobody")
    assert "no such database" in refusal(database="nowhere")
    assert "may not make tables" in refusal(username="guest")


def test_a_database_of_a_newer_parley_is_left_alone(database: Database):
    """Whoever goes back a version is told so, not shown a trace: it would write what the newer cannot read."""
    with database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(Misconfigured, match="by a newer Parley"):
        database.upgrade()
    assert not database.is_current()
    with database.reading() as connection:
        assert "9999" == connection.scalar(text("SELECT version_num FROM alembic_version"))


def test_a_damaged_file_is_named_as_the_database_that_does_not_answer(tmp_path: Path):
    """Not as a fault of Parley's: pages say that nothing was saved, /readyz that it is not ready."""
    path = tmp_path / "damaged.db"
    database = open_database(f"sqlite:///{path}")
    database.upgrade()
    database.close()
    path.write_bytes(path.read_bytes()[:4096] + b"\x55" * 200_000)

    with pytest.raises(StoreDown):
        latest_beat(database)


def test_naive_instants_are_refused(database: Database):
    """A time without a zone would be read as UTC by one database and as local by another."""
    with pytest.raises(Exception, match="aware instants only"):
        beat(database, "worker", now=datetime(2026, 3, 2, 15, 0))  # noqa: DTZ001


def test_instants_come_back_as_the_same_utc_instant(database: Database):
    """Another zone goes in, the same instant comes out, aware."""
    from zoneinfo import ZoneInfo

    beat(database, "worker", now=NOW.astimezone(ZoneInfo("America/Chicago")))

    found = latest_beat(database)
    assert (NOW, "UTC") == (found, found.tzname())
    with database.reading() as connection:
        assert 1 == len(connection.execute(select(heartbeats)).all())


def test_a_database_that_is_away_is_named_without_its_parameters(tmp_path: Path):
    """StoreDown is Temporary and carries neither SQL nor values."""
    database = open_database(f"sqlite:///{tmp_path / 'missing' / 'folder.db'}")

    with pytest.raises(StoreDown) as down:
        beat(database, "secret-worker-name", now=NOW)

    assert "secret-worker-name" not in f"{down.value} {down.value.__cause__}"


def test_the_file_is_its_owners_alone(tmp_path: Path):
    """It holds patients and encrypted tokens; so do the files that SQLite keeps beside it."""
    path = tmp_path / "private.db"
    database = open_database(f"sqlite:///{path}")
    database.upgrade()
    with database.writing() as connection:
        connection.execute(text("DELETE FROM heartbeats"))
        modes = {each.name: each.stat().st_mode & 0o777 for each in tmp_path.iterdir()}

    assert {"private.db": 0o600, "private.db-shm": 0o600, "private.db-wal": 0o600} == modes
    database.close()


@pytest.mark.postgres
def test_transactions_that_deadlock_are_run_again(tmp_path: Path):
    """PostgreSQL ends one of two that wait for each other; its work is done after all. SQLite has one writer."""
    database = open_database(new_url("postgresql", tmp_path))
    database.upgrade()
    for name in ("a", "b"):
        beat(database, name, now=NOW)
    both_hold_one, runs = threading.Barrier(2), Counter()

    def touch(first: str, second: str) -> None:
        def work(connection: Connection) -> None:
            runs[first] += 1
            connection.execute(update(heartbeats).where(heartbeats.c.worker == first).values(at=NOW))
            if runs[first] == 1:
                both_hold_one.wait(10)
            connection.execute(update(heartbeats).where(heartbeats.c.worker == second).values(at=NOW))

        database.write(work)

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(touch, "a", "b"), pool.submit(touch, "b", "a")]:
            done.result(30)

    # One of the two ran once, the other again: once, or oftener where a busy machine let it lock first again.
    assert [1, True] == [min(runs.values()), max(runs.values()) >= 2]
    database.close()


def test_the_latest_of_several_workers_counts(database: Database):
    """/readyz asks whether any worker is alive."""
    assert latest_beat(database) is None
    beat(database, "one", now=NOW)
    beat(database, "two", now=NOW.replace(hour=16))
    beat(database, "two", now=NOW.replace(hour=15, minute=30))

    assert NOW.replace(hour=15, minute=30) == latest_beat(database)


def test_the_newest_revision_is_the_head_of_the_chain():
    """/readyz asks by the files' names, without loading the migrations; Alembic walks the chain itself."""
    assert [newest()] == ScriptDirectory.from_config(config_for(None)).get_heads()
