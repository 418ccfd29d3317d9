"""Production runs without the sandbox: its folder may be deleted from an image."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.house.source import ROOT

# Run in a fresh process. What the finder refuses is as good as deleted.
START = '''
import json, os, pathlib, sys

GONE = ("launch.sandbox", "launch.demo", "tests")


class Gone:
    """The sandbox is not there."""

    def find_spec(self, name, path=None, target=None):
        if any(name == each or name.startswith(each + ".") for each in GONE):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


sys.meta_path.insert(0, Gone())
from launch.smart.keys import make_signing_keys

folder = pathlib.Path(sys.argv[1])
(folder / "keys.json").write_text(json.dumps(make_signing_keys()))
environ = {
    "PARLEY_SMART_CONFIG": str(folder / "smart-config.json"),
    "PARLEY_BASE_URL": "https://parley.example.org",
    "PARLEY_DATABASE_URL": f"sqlite:///{folder / 'parley.db'}",
    "PARLEY_SECRET_KEY": "one-secret-of-a-test-0123456789abcdef",
    "PARLEY_SIGNING_KEYS": str(folder / "keys.json"),
}
import launch.__main__, launch.run, launch.worker
from launch.wsgi import from_environment

browser = from_environment(environ).test_client()
answers = {path: browser.get(path).status_code for path in ("/livez", "/.well-known/jwks.json", "/s/nobody/worklist")}
try:
    launch.__main__.main(["demo"])
except ModuleNotFoundError as error:
    answers["demo"] = error.name
print(json.dumps({"answers": answers, "loaded": [name for name in sys.modules if name.startswith(GONE)]}))
'''
CONFIG = """{"issuers": [{
  "slug": "hospital", "fhir_base": "https://fhir.example.org/r4", "client_id": "parley", "auth": "private_key_jwt",
  "backend_client_id": "parley-backend", "zone": "America/Chicago"}]}"""


def test_production_starts_with_the_sandbox_gone(tmp_path: Path):
    """The app answers, the worker can be imported, and nothing of the sandbox is loaded (house.md §5)."""
    (tmp_path / "smart-config.json").write_text(CONFIG)

    run = subprocess.run(
        [sys.executable, "-c", START, str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert run.returncode == 0, run.stderr
    told = json.loads(run.stdout.splitlines()[-1])
    assert told["loaded"] == []
    assert told["answers"]["/livez"] == 200
    assert told["answers"]["/.well-known/jwks.json"] == 200
    assert told["answers"]["/s/nobody/worklist"] in (401, 403, 404, 410)
    assert told["answers"]["demo"] == "launch.demo"
