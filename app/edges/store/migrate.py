"""Migrations: run in one transaction under one lock, so that two processes that start at once do the work once."""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from app.errors import Misconfigured

if TYPE_CHECKING:
    from alembic.config import Config

    from app.edges.store.database import Database

FOLDER = Path(__file__).parent
VERSIONS = FOLDER / "migrations" / "versions"
# Any constant that no other program takes as PostgreSQL advisory lock.
LOCK = 7_051_977_002
PATIENCE_SECONDS = 120  # the other process may be moving 50,000 cases


class MadeByNewer(Misconfigured):
    """The database stands at a revision that this code does not know; nothing was changed."""

    def __init__(self) -> None:
        what_next = "Install the Parley that it ran with last, or restore the backup made before that."
        super().__init__("PARLEY_DATABASE_URL", "was brought up to date by a newer Parley", next=what_next)


def config_for(connection: Connection | None) -> "Config":
    """Return Alembic's configuration, bound to this connection when there is one."""
    from alembic.config import Config  # half of a cold start; only migrations need it

    config = Config(str(FOLDER / "alembic.ini"))
    config.set_main_option("script_location", str(FOLDER / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def upgrade(database: "Database", revision: str = "head") -> None:
    """
    Run what is missing up to `revision`. The second of two processes waits, then finds nothing to do.

    raises: MadeByNewer
    """
    from alembic import command

    with _locked(database) as connection, connection.begin():
        _take_lock(connection)
        if inspect(connection).has_table("alembic_version") and _stands_at(connection) not in known():
            raise MadeByNewer()
        command.upgrade(config_for(connection), revision)


def downgrade(database: "Database", revision: str) -> None:
    """Undo down to `revision` ("base" for nothing left)."""
    from alembic import command

    with _locked(database) as connection, connection.begin():
        _take_lock(connection)
        command.downgrade(config_for(connection), revision)


def is_current(database: "Database") -> bool:
    """Whether the database stands at the newest revision of this code; never changes it."""
    with database.reading() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return False
        return _stands_at(connection) == newest()


def newest() -> str:
    """Return the newest revision of this code: each file of migrations begins with its own, and each follows one."""
    return max(known() - {None})


def known() -> frozenset[str | None]:
    """Return every revision that this code can stand at; None: before the first."""
    return frozenset((None, *(path.name.partition("_")[0] for path in VERSIONS.glob("[0-9]*_*.py"))))


def _stands_at(connection: Connection) -> str | None:
    return connection.scalar(text("SELECT version_num FROM alembic_version"))


def _locked(database: "Database") -> Connection:
    connection = database.engine.connect().execution_options(parley_writes=True)
    connection.detach()  # its patience is for migrations only
    if database.is_sqlite:
        connection.connection.cursor().execute(f"PRAGMA busy_timeout={PATIENCE_SECONDS * 1000}")
    return connection


def _take_lock(connection: Connection) -> None:
    # SQLite is locked already: its write transactions begin IMMEDIATE.
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SET LOCAL lock_timeout = '{PATIENCE_SECONDS}s'"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
