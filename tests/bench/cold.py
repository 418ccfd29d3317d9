"""Starting cold: `create_app()` without a request, beside importing flask and nothing else."""

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from tests.bench.race import FULL, Row, race

HEAVY = (
    *("docx", "weasyprint", "scipy", "numpy", "highspy", "fhirclient.models", "playwright", "pypdf"),
    *("icalendar", "holidays", "sqlalchemy.dialects.postgresql"),
)


def prepare(folder: Path) -> None:
    """Write settings, and a database that is up to date."""
    from app.edges.store.database import open_database
    from launch.demo import demo_environment

    environ = demo_environment(folder, ehr_base="http://localhost:8571", app_base="http://127.0.0.1:8572")
    (folder / "environ.json").write_text(json.dumps(environ))
    database = open_database(environ["PARLEY_DATABASE_URL"])
    database.upgrade()
    database.close()


def rows(folder: Path) -> list[Row]:
    """Return what the race gave."""
    prepare(folder)
    with _bytecode(folder):
        laps = race(("cold:make_app", "cold:start", "cold:import_flask"), folder, rounds=1)  # what an installation has
        laps = race(("cold:make_app", "cold:start", "cold:import_flask"), folder, rounds=9 if FULL else 3)
    app, started, flask = laps.values()
    ratio, heavy = app.each / flask.each, app.told["heavy"]
    return [
        Row(
            "create_app() cold, its rules loaded at the start below",
            round(app.each * 1000),
            "ms",
            "import flask",
            round(ratio, 2),
            "<= 2.5x",
            ratio <= 2.5,
            app.memory_mib,
        ),
        Row(f"  heavy libraries loaded: {', '.join(heavy) or 'none'}", len(heavy), "packages", goal="0", met=not heavy),
        Row("production start cold (settings, rules, database, SMART)", round(started.each * 1000), "ms",
            "import flask", round(started.each / flask.each, 2), memory_mib=started.memory_mib),
        Row("  import flask", round(flask.each * 1000), "ms", memory_mib=flask.memory_mib),
    ]  # fmt: skip


@contextmanager
def _bytecode(folder: Path) -> Iterator[None]:
    """Let laps leave their bytecode in a folder: what is installed has it, though a workshop may keep none."""
    with patch.dict(os.environ, {"PYTHONPYCACHEPREFIX": str(folder / "bytecode")}):
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        yield


def make_app(folder: Path) -> dict:
    """Import and build the app on its own."""
    environ = json.loads((folder / "environ.json").read_text())
    begun = time.process_time()
    from datetime import UTC, datetime

    from app.edges.http import Transport
    from app.edges.store.database import open_database
    from app.settings import load_settings
    from app.wire import House, create_app

    settings = load_settings(environ)
    database = open_database(settings.database_url)
    app = create_app(House(settings, database, Transport(allow_loopback=True), lambda: datetime.now(UTC), None, None))
    seconds = time.process_time() - begun
    assert app.url_map
    return {"seconds": seconds, "count": 1, "heavy": [name for name in HEAVY if name in sys.modules]}


def start(folder: Path) -> dict:
    """Start as `parley serve` does in each of its processes."""
    environ = json.loads((folder / "environ.json").read_text())
    begun = time.process_time()
    from launch.wsgi import from_environment

    app = from_environment(environ)
    seconds = time.process_time() - begun
    assert app.url_map
    return {"seconds": seconds, "count": 1}


def import_flask(folder: Path) -> dict:
    """Import flask."""
    begun = time.process_time()
    import flask

    seconds = time.process_time() - begun
    assert flask.Flask
    return {"seconds": seconds, "count": 1}
