"""
One database by URL: SQLite in a file (WAL) or PostgreSQL.

A read is a plain transaction. A write begins IMMEDIATE on SQLite, so that two writers queue instead of failing at
commit (reliability C: deferred transactions gave 265 "database is locked" of 400, immediate ones none).
"""

import os
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import sleep
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DatabaseError, DBAPIError, OperationalError, ProgrammingError

from app.edges.store import migrate
from app.edges.store.reasons import reason_of
from app.errors import Misconfigured, Temporary

SETTING = "PARLEY_DATABASE_URL"
BUSY_SECONDS = 15
# PostgreSQL's codes for "two transactions collided, run yours again": serialization failure, deadlock.
COLLIDED = frozenset({"40001", "40P01"})
NO_RIGHTS = "42501"  # PostgreSQL's code for a user who may not do this
RUNS = 4
PAUSE_SECONDS = 0.01
T = TypeVar("T")


class StoreDown(Temporary):
    """The database does not answer, or is held by another writer for too long."""

    say = "Parley's database does not answer. Nothing was saved."
    next = "Try again in a moment; what you typed is still on the page."

    def for_operators(self) -> Misconfigured:
        """Return the same for whoever set the database up: why it cannot be used, and what to do about it."""
        problem, what_next = reason_of(self.__cause__)
        return Misconfigured(SETTING, problem, next=what_next)


class Database:
    """An engine with the two kinds of transaction that the store uses."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @property
    def is_sqlite(self) -> bool:
        """Whether this is SQLite, which has one writer at a time."""
        return self.engine.dialect.name == "sqlite"

    @property
    def name(self) -> str:
        """Return its URL as a person may see it, without the password."""
        return self.engine.url.render_as_string(hide_password=True)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Yield a connection for reads; raises StoreDown."""
        with _named_errors(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """Yield a connection for reads that all see one moment, whatever is saved between them; raises StoreDown."""
        level = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}  # a read of SQLite always does
        with _named_errors(), self.engine.connect().execution_options(**level) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Yield a connection inside one write transaction: committed at the end, undone on any error."""
        with _named_errors(), self.engine.connect().execution_options(parley_writes=True) as connection:
            with connection.begin():
                yield connection

    def write(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in one write transaction and return its result; run it again when two of them collided."""
        for run in range(1, RUNS + 1):
            try:
                with self.writing() as connection:
                    return work(connection)
            except StoreDown as error:
                if run == RUNS or not _collided(error.__cause__):
                    raise
                # At once it would lock before the one it made way for, and be ended again.
                sleep(random.uniform(0.5, 1) * PAUSE_SECONDS * 2**run)  # noqa: S311 no secret
        raise AssertionError("unreachable")

    def upgrade(self) -> None:
        """
        Bring the tables up to date; safe when several processes start at once.

        raises: Misconfigured where the database cannot be used, saying why
        """
        try:
            with _named_errors():
                migrate.upgrade(self)
        except StoreDown as down:
            raise down.for_operators() from down

    def is_current(self) -> bool:
        """Whether the tables are those that this code was written for."""
        return migrate.is_current(self)

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def open_database(url: str) -> Database:
    """
    Return the database at `url`: "sqlite:////path/file.db" or "postgresql://user:password@host/name".

    Nothing is connected to yet. Raises Misconfigured for a URL that is neither, or for SQLite in memory, which each
    thread would see differently.
    """
    parsed = _read_url(url)
    # Parameters hold patients' names; an exception must not.
    common: dict[str, Any] = {"hide_parameters": True}
    if parsed.get_backend_name() == "sqlite":
        _keep_private(parsed.database or "")
        engine = create_engine(
            parsed, connect_args={"timeout": BUSY_SECONDS, "isolation_level": None}, max_overflow=30, **common
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        options = f"-c timezone=utc -c lock_timeout={BUSY_SECONDS}s"
        engine = create_engine(
            parsed,
            connect_args={"connect_timeout": 5, "options": options},
            max_overflow=20,
            pool_pre_ping=True,
            **common,
        )
    return Database(engine)


def is_absent(url: str) -> bool:
    """Whether it is a SQLite file that is not there; ask before opening, which makes it."""
    path = url.removeprefix("sqlite:///").partition("?")[0]
    return path != url and not Path(path).exists()


def _read_url(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # ValueError: a port that is no number
        how = "In a user's name or password, write @ : / ? # and % as %40 %3A %2F %3F %23 and %25."
        raise Misconfigured(SETTING, "is not a database URL", next=how) from None  # its words may hold the password
    if parsed.drivername in ("postgres", "postgresql", "postgresql+psycopg"):
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername != "sqlite":
        raise Misconfigured(SETTING, "must begin with sqlite:/// or postgresql://")
    if parsed.database in (None, "", ":memory:") or "mode=memory" in url:
        raise Misconfigured(SETTING, "needs a file: SQLite in memory is not shared by the worker")
    return parsed


def _keep_private(path: str) -> None:
    # SQLite would create it readable for everybody; its -wal and -shm files take over the mode of the file itself.
    with suppress(OSError):  # there already, or to be named by the connection that fails
        os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o600))


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")
    if cursor.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")  # NORMAL may lose the latest commits when the power goes
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("parley_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def _named_errors() -> Iterator[None]:
    try:
        yield
    except DatabaseError as error:
        if not _is_down(error):
            raise
        raise StoreDown from error


def _is_down(error: DatabaseError) -> bool:
    """Whether the database is at fault and not what was asked of it; it itself: a damaged file, no SQLite file."""
    lacks_rights = isinstance(error, ProgrammingError) and getattr(error.orig, "sqlstate", None) == NO_RIGHTS
    return isinstance(error, OperationalError) or type(error) is DatabaseError or lacks_rights


def _collided(error: BaseException | None) -> bool:
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) in COLLIDED
