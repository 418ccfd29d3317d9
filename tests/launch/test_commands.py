"""The console command as whoever installs Parley meets it: what is missing is said in words, once, without a trace."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from app.settings import load_settings
from launch.__main__ import COMMANDS, FILE_COMMANDS, main
from launch.smart.keys import make_signing_keys
from launch.wsgi import build
from tests.house.source import ROOT

ISSUER = {"slug": "north", "fhir_base": "https://ehr.example/fhir", "client_id": "parley", "auth": "private_key_jwt"}


@pytest.fixture
def site_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """What a site sets, whole."""
    (tmp_path / "smart-config.json").write_text(json.dumps({"issuers": [ISSUER]}))
    (tmp_path / "keys.json").write_text(json.dumps(make_signing_keys()))
    for name, value in {
        "SMART_CONFIG": str(tmp_path / "smart-config.json"),
        "BASE_URL": "https://parley.example",
        "SECRET_KEY": "one-secret-of-a-test-0123456789abcdef",
        "SIGNING_KEYS": str(tmp_path / "keys.json"),
        "DATABASE_URL": f"sqlite:///{tmp_path / 'parley.db'}",
    }.items():
        monkeypatch.setenv(f"PARLEY_{name}", value)
    monkeypatch.setattr("launch.logs.set_up_logs", lambda: None)  # it keeps the stderr of this test for all others
    return monkeypatch


def test_without_a_command_all_are_told(capsys: pytest.CaptureFixture[str]):
    """With what each is for; a script that forgot it still fails."""
    assert 2 == main([])

    told = capsys.readouterr().out
    assert [] == [each for each in (*COMMANDS, *FILE_COMMANDS) if not re.search(rf"\n    {each}\s", told)]


def test_the_database_named_by_a_file_is_the_one_brought_up_to_date(tmp_path: Path, site_environment, capsys):
    """As every setting may be: or another would be made where the command was run, and said to be up to date."""
    site_environment.delenv("PARLEY_DATABASE_URL")
    (tmp_path / "url").write_text(f"sqlite:///{tmp_path / 'named.db'}\n")
    site_environment.setenv("PARLEY_DATABASE_URL_FILE", str(tmp_path / "url"))
    site_environment.chdir(tmp_path)

    assert 0 == main(["db", "upgrade"])
    assert (True, False) == ((tmp_path / "named.db").exists(), (tmp_path / "parley.db").exists())
    assert f"up to date: sqlite:///{tmp_path / 'named.db'}" in capsys.readouterr().out


@pytest.mark.parametrize("command", [["db", "upgrade"], ["serve"], ["worker"]], ids=" ".join)
@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("sqlite:////nowhere/at/all.db", "cannot be opened"),
        ("postgresql://parley:hunter2@127.0.0.1:1/parley", "no server answers"),
        ("postgresql://parley:hun@ter:2@127.0.0.1/parley", "is not a database URL"),
    ],
)
def test_a_database_that_cannot_be_used_stops_every_command(site_environment, capsys, command, url, words):
    """In one sentence and what to do, before any process is started; the password stays where it is."""
    site_environment.setenv("PARLEY_DATABASE_URL", url)

    assert 2 == main(command)
    told = capsys.readouterr()
    assert "PARLEY_DATABASE_URL: " in told.err and words in told.err
    assert [] == [each for each in ("Traceback", "hunter2", "hun@ter") if each in told.err + told.out]


def test_check_says_why_the_database_cannot_be_used(tmp_path: Path, site_environment, capsys):
    """Not that what one typed is still on the page: this is a console."""
    site_environment.setenv("PARLEY_DATABASE_URL", f"sqlite:///{tmp_path}")

    assert 1 == main(["check"])
    assert "FAULT   PARLEY_DATABASE_URL: cannot be opened" in capsys.readouterr().out


def test_readiness_is_told_in_json_while_the_database_is_away(tmp_path: Path, site_environment):
    """Monitoring reads which part fails, not a page for people."""
    house, app = build(load_settings(os.environ))
    house.database.close()
    for each in tmp_path.glob("parley.db*"):
        each.unlink()
    (tmp_path / "parley.db").mkdir()

    answer = app.test_client().get("/readyz")

    assert (503, {"database": False, "worker": False}) == (answer.status_code, answer.get_json())


def test_a_reader_that_has_seen_enough_ends_nothing_in_a_trace(site_environment):
    """`parley check | head`."""
    run = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m launch check | true; exit ${{PIPESTATUS[0]}}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )

    assert (0, "") == (run.returncode, run.stderr)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become somebody else")
def test_keys_that_may_not_be_read_are_not_to_be_made_anew(tmp_path: Path, site_environment):
    """The EHR knows the ones that are there: what is missing is a right, not a key."""
    keys = tmp_path / "keys.json"
    keys.chmod(0o600)
    for each in (tmp_path, *tmp_path.parents[:2]):
        each.chmod(0o755)
    nobody = "import os; from launch.smart.keys import SigningKeys; from pathlib import Path; os.setuid(65534)\n"
    nobody += f"try: SigningKeys.read(Path({str(keys)!r}))\nexcept Exception as error: print(error.say, error.next)"
    told = subprocess.run([sys.executable, "-c", nobody], cwd=ROOT, capture_output=True, text=True).stdout

    assert "PARLEY_SIGNING_KEYS: may not be read by Parley's user Let it read the file.\n" == told
