"""The demo: sandbox EHR, payer, app and worker in one process, on this machine only; nothing stays behind."""

import json
import os
import secrets
import socket
import tempfile
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import NoReturn

from waitress import wasyncore
from waitress.server import create_server
from werkzeug.serving import WSGIRequestHandler, make_server

from app.errors import Misconfigured
from app.settings import load_settings
from app.wire import ROOT, House
from launch.logs import set_up_logs
from launch.run import work
from launch.sandbox import SandboxConfig, create_sandbox
from launch.sandbox.clock import Clock
from launch.signals import event_of_end_signals
from launch.smart.keys import make_signing_keys
from launch.wsgi import build, utc_now

DEFAULT_PORTS = (8571, 8572)
STOP_SECONDS = 10.0


class QuietHandler(WSGIRequestHandler):
    """The sandbox's request handler, without a line for every request."""

    def log(self, type: str, message: str, *args: object) -> None:
        """Say nothing."""


class Demo:
    """
    Everything the demo runs, started together and stopped together.

    now: what every part takes for the time. worker: False leaves the writes to a worker that runs elsewhere
    sandbox: further fields of SandboxConfig
    """

    def __init__(
        self,
        *,
        ehr_port: int,
        port: int,
        profile: str,
        folder: Path,
        control: bool = False,
        now: Callable[[], datetime] = utc_now,
        worker: bool = True,
        **sandbox,
    ) -> None:
        self.ehr_base, self.app_base = f"http://localhost:{ehr_port}", f"http://127.0.0.1:{port}"
        for each in (ehr_port, port):
            _demand_free(each)
        config = SandboxConfig(
            ehr_base=self.ehr_base,
            app_base=self.app_base,
            profile=profile,
            control=control,
            clock=Clock(now),
            wall=now,
            **sandbox,
        )
        self.sandbox = create_sandbox(config)
        self.environ = demo_environment(folder, ehr_base=self.ehr_base, app_base=self.app_base)
        self.settings = load_settings(self.environ)
        self.house, self.app = build(self.settings, clock=now)
        self._ehr_server = make_server("127.0.0.1", ehr_port, self.sandbox, threaded=True, request_handler=QuietHandler)
        self._sockets: dict[int, wasyncore.dispatcher] = {}
        self._app_server = create_server(
            self.app, map=self._sockets, host="127.0.0.1", port=port, threads=8, ident=None
        )
        self._stop = threading.Event()
        self._serving_ehr = threading.Thread(target=self._ehr_server.serve_forever, name="ehr", daemon=True)
        self._serving_app = threading.Thread(target=self._app_server.run, name="app", daemon=True)
        self._working = None
        if worker:
            self._working = threading.Thread(target=work, args=(self.house, self._stop), name="worker", daemon=True)

    def start(self) -> None:
        """Start serving."""
        for each in filter(None, (self._serving_ehr, self._serving_app, self._working)):
            each.start()

    def stop(self) -> None:
        """Stop all parts, those that ask before those that answer; returns when they have ended."""
        self._stop.set()
        if self._working is not None:
            self._working.join(timeout=5)
        self._app_server.trigger.pull_trigger(self._close_app)
        self._serving_app.join(timeout=5)
        self._ehr_server.shutdown()
        self._serving_ehr.join(timeout=5)
        self._ehr_server.server_close()
        self.house.database.close()

    def _close_app(self) -> None:
        """Close all sockets of the app; in its own thread, or one that is still answering writes to a closed file."""
        self._app_server.task_dispatcher.shutdown()
        wasyncore.close_all(self._sockets)


def demo_environment(folder: Path, *, ehr_base: str, app_base: str) -> dict[str, str]:
    """Return an environment like a site's own: the repository's smart-config.json, keys and secrets made here."""
    config = json.loads((ROOT / "smart-config.json").read_text(encoding="utf-8"))
    config["sms"] = {"url": f"{ehr_base}/telephone/messages", "sender": "Parley"}
    text = json.dumps(config).replace(f"http://localhost:{DEFAULT_PORTS[0]}", ehr_base)
    (folder / "smart-config.json").write_text(text, encoding="utf-8")
    (folder / "signing-keys.json").write_text(json.dumps(make_signing_keys()), encoding="utf-8")
    return {
        "PARLEY_SMART_CONFIG": str(folder / "smart-config.json"),
        "PARLEY_BASE_URL": app_base,
        "PARLEY_PORT": app_base.rpartition(":")[2],
        "PARLEY_DATABASE_URL": f"sqlite:///{folder / 'demo.db'}",
        "PARLEY_SECRET_KEY": secrets.token_urlsafe(48),
        "PARLEY_SIGNING_KEYS": str(folder / "signing-keys.json"),
        "PARLEY_ALLOW_LOOPBACK": "1",
        "PARLEY_SMS_TOKEN": secrets.token_urlsafe(24),
    }


def run_demo(*, ehr_port: int, port: int, profile: str) -> NoReturn:
    """Run until Ctrl-C, then end the process with status 0."""
    set_up_logs()
    told = event_of_end_signals()
    with tempfile.TemporaryDirectory(prefix="parley-demo-", ignore_cleanup_errors=True) as folder:
        demo = Demo(ehr_port=ehr_port, port=port, profile=profile, folder=Path(folder))
        demo.start()
        print(
            f"\n  Parley's demo is ready: {demo.ehr_base}/\n\n  All patients are invented. Ctrl-C ends it.\n",
            flush=True,
        )
        told.wait()
        stopping = threading.Thread(target=demo.stop, name="stop", daemon=True)
        stopping.start()
        stopping.join(timeout=STOP_SECONDS)
    print("Stopped; nothing is left running.", flush=True)
    # A reading that still waits for the EHR that has just gone must not keep the process: the process is the demo.
    os._exit(0)


def _demand_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise Misconfigured(
                f"port {port}", "is in use", next="Stop what uses it, or give --ehr-port and --port."
            ) from error


__all__ = ["Demo", "House", "demo_environment", "run_demo"]
