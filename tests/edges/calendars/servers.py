"""Calendar servers that nobody here wrote, each in a process of its own on loopback."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from tests import setup

_STARTS_SECONDS = 30


@dataclass(frozen=True)
class DavServer:
    """A running CalDAV server: where it is, and the calendar collection that tests may fill."""

    name: str
    base: str
    calendar: str

    def make(self, path: str) -> str:
        """Make another calendar; return its address."""
        url = f"{self.base}{path}"
        answer = requests.request("MKCALENDAR", url, auth=AUTH, timeout=20)
        assert answer.status_code == 201, answer.text
        return url

    def put(self, url: str, text: bytes) -> None:
        """Put an event there by hand, as another program would."""
        answer = requests.put(url, data=text, headers={"Content-Type": "text/calendar"}, auth=AUTH, timeout=20)
        assert answer.status_code in (201, 204), answer.text

    def get(self, url: str) -> requests.Response:
        """Return what stands there."""
        return requests.get(url, auth=AUTH, timeout=20)


AUTH = ("doc", "secret")


def free_port() -> int:
    """Return a port that nobody listens on just now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@contextmanager
def running(command: list[str], port: int, log: Path) -> Iterator[None]:
    """Run a server until the tests are through; raises when it does not listen in time."""
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, cwd=log.parent)
    try:
        wait_for(port, process, log)
        yield
    finally:
        process.terminate()
        process.wait(timeout=20)


def wait_for(port: int, process: subprocess.Popen, log: Path) -> None:
    """Wait until somebody listens."""
    ends_at = time.monotonic() + _STARTS_SECONDS
    while time.monotonic() < ends_at and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"{process.args[:4]} did not start: {log.read_text()[-2000:]}")


@contextmanager
def radicale(folder: Path) -> Iterator[DavServer]:
    """Radicale, with one calendar."""
    port = free_port()
    told = {"server-hosts": f"127.0.0.1:{port}", "auth-type": "none", "storage-filesystem-folder": str(folder / "data")}
    options = [word for name, value in told.items() for word in (f"--{name}", value)]
    with running([sys.executable, "-m", "radicale", "--config", "", *options], port, folder / "radicale.log"):
        server = DavServer("radicale", f"http://127.0.0.1:{port}", f"http://127.0.0.1:{port}/doc/calls/")
        server.make("/doc/calls/")
        yield server


@contextmanager
def xandikos(folder: Path) -> Iterator[DavServer]:
    """Xandikos, with the calendar that it makes by itself."""
    port = free_port()
    where = ["-d", str(folder / "data"), "--state-dir", str(folder / "state"), "-l", "127.0.0.1", "-p", str(port)]
    command = [sys.executable, "-m", "xandikos", "serve", "--defaults", "--current-user-principal", "/doc/", *where]
    with running(command, port, folder / "xandikos.log"):
        base = f"http://127.0.0.1:{port}"
        yield DavServer("xandikos", base, f"{base}/doc/calendars/calendar/")


@contextmanager
def google_emulator(folder: Path) -> Iterator[str]:
    """The Google emulator of npm; give the address of its calendar interface."""
    with emulator(folder, "google") as origin:
        yield f"{origin}/calendar/v3"


@contextmanager
def emulator(folder: Path, service: str) -> Iterator[str]:
    """One service of npm's emulator; give its origin."""
    machine = setup.Machine()
    with setup.alone(machine.cache):
        node = setup.make_sure_of_newer_node(machine)
        packages = setup.make_sure_of_packages(machine, setup.GOOGLE)
    port = free_port()
    command = [node, f"{packages}/emulate/dist/index.js", "--service", service, "--port", str(port)]
    with running(command, port, folder / f"{service}.log"):
        yield f"http://127.0.0.1:{port}"
