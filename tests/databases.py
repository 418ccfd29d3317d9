"""
The databases that the store's tests run on: SQLite in a file, and a PostgreSQL of our own on a private port.

PostgreSQL comes from /usr/lib/postgresql/*/bin. Each test process starts its own server in a temporary folder when the
first test asks for it, and stops it at the end. As root it runs as the user `postgres`, which it insists on. Where it
is not installed, the tests that need it are skipped by name with the reason.
"""

import atexit
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from app.edges.store import Database, open_database

KINDS = ("sqlite", pytest.param("postgresql", marks=pytest.mark.postgres))
MISSING = "PostgreSQL is not installed here (apt-get install postgresql)"


class PostgresServer:
    """A running server that lives as long as the tests. durable: with fsync, as a hospital's has it."""

    def __init__(self, binaries: Path, *, durable: bool = False) -> None:
        self._binaries = binaries
        self._folder = Path(tempfile.mkdtemp(prefix="parley-pg-"))
        self._port = _free_port()
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(self._folder, user.pw_uid, user.pw_gid)
        self._run("initdb", "-D", str(self._folder / "data"), "-U", "parley", "-A", "trust", "-E", "UTF8", "-N")
        flags = f"-p {self._port} -k {self._folder} -c listen_addresses=127.0.0.1 -c max_connections=200"
        flags += "" if durable else " -c fsync=off"
        self._run(
            "pg_ctl", "-D", str(self._folder / "data"), "-l", str(self._folder / "log"), "-o", flags, "-w", "start"
        )
        atexit.register(self.stop)

    def new_url(self) -> str:
        """Create an empty database and return its URL."""
        name = f"t_{uuid.uuid4().hex}"
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        return self._url(name)

    def stop(self) -> None:
        """Stop the server and delete its files."""
        if self._folder.exists():
            self._run("pg_ctl", "-D", str(self._folder / "data"), "-m", "immediate", "-w", "stop")
            shutil.rmtree(self._folder)

    def _url(self, name: str) -> str:
        return f"postgresql://parley@127.0.0.1:{self._port}/{name}"

    def _run(self, program: str, *arguments: str) -> None:
        as_postgres = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        command = [*as_postgres, str(self._binaries / program), *arguments]
        # A server that is started inherits what we hold; pipes it keeps open would make us wait for ever.
        subprocess.run(command, check=True, cwd=self._folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def find_postgres() -> Path | None:
    """Return the folder of the newest PostgreSQL's programs, None where there is none."""
    found = [each.parent for each in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    return max(found, key=lambda each: int(each.parent.name), default=None)


_server: PostgresServer | None = None


def new_url(kind: str, folder: Path) -> str:
    """Return the URL of a new, empty database; skips the test where PostgreSQL is asked for and not installed."""
    global _server
    if kind == "sqlite":
        return f"sqlite:///{folder / uuid.uuid4().hex}.db"
    binaries = find_postgres()
    if binaries is None:
        pytest.skip(MISSING)
    if _server is None:
        _server = PostgresServer(binaries)
    return _server.new_url()


def databases(folder: Path) -> list[tuple[str, str]]:
    """Return (kind, URL) of a new, empty database of each kind that can be had here."""
    kinds = ["sqlite", "postgresql"] if find_postgres() else ["sqlite"]
    return [(kind, new_url(kind, folder)) for kind in kinds]


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A new, empty database, of each kind in turn."""
    return new_url(request.param, tmp_path)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A new database with its tables."""
    opened = open_database(database_url)
    opened.upgrade()
    yield opened
    opened.close()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]
