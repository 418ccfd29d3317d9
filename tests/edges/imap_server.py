"""The site's mailbox on a real server (Dovecot), and one that says whatever a test wants it to."""

import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from app.edges.http import MailFolder
from tests.edges.mail_server import Papers

USER, PASSWORD = "calls@hospital.example", "right"
MISSING = "Dovecot is not installed here, or may not be run (as root: apt-get install dovecot-imapd)"
CONFIG = """
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1, ::1
first_valid_uid = 1
mail_location = maildir:{folder}/mail/%u
ssl = required
ssl_cert = <{certificate}
ssl_key = <{key}
disable_plaintext_auth = yes
auth_mechanisms = plain{mechanism}
{oauth}passdb {{
  driver = static
  args = user={user} password={password}
}}
userdb {{
  driver = static
  args = uid={owner} gid={group} home={folder}/mail/%u
}}
service imap-login {{
  inet_listener imap {{
    port = {starttls}
  }}
  inet_listener imaps {{
    port = {implicit}
    ssl = yes
  }}
}}
service stats {{
  unix_listener stats-writer {{
    mode = 0666
  }}
}}
"""
OAUTH = """
introspection_url = {url}?token=
introspection_mode = get
username_attribute = email
active_attribute = active
active_value = true
"""
OAUTH_PASSDB = """passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {folder}/oauth
}}
"""
OWNER, GROUP = 65534, 65534  # Dovecot gives no mail to root


def find_dovecot() -> str | None:
    """Return the server's program where it can be run: it changes users, which root may."""
    return shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin") if os.geteuid() == 0 else None


@dataclass
class Dovecot:
    """A server with one mailbox. implicit, starttls: its ports."""

    folder: Path
    own: Papers
    implicit: int
    starttls: int

    @property
    def maildir(self) -> Path:
        """Return where its messages lie."""
        return self.folder / "mail" / USER

    def at(self, **more) -> MailFolder:
        """Return the way to it."""
        told = {"ca_file": str(self.own.certificate), "seconds": 10.0} | more
        return MailFolder("localhost", told.pop("port", self.implicit), USER, told.pop("password", PASSWORD), **told)

    def bring(self, raw: bytes, *, at: datetime | None = None) -> Path:
        """Let a message come, as a delivery agent does: written whole, then moved."""
        for each in ("tmp", "new", "cur"):
            (self.maildir / each).mkdir(parents=True, exist_ok=True)
        count = sum(1 for each in ("new", "cur") for _ in (self.maildir / each).iterdir())
        place = self.maildir / "tmp" / f"{time.time_ns()}.{count}.test"
        place.write_bytes(raw)
        if at is not None:
            os.utime(place, (at.timestamp(), at.timestamp()))
        come = place.rename(self.maildir / "new" / place.name)
        self._give()
        return come

    def number_anew(self) -> None:
        """Lose the numbers it gave: UIDVALIDITY changes."""
        for each in self.maildir.glob("dovecot*"):
            each.unlink()
        time.sleep(1.1)  # the new one is made of the second it is made in

    def flags(self) -> list[str]:
        """Return where each message lies and which flags it bears: reading must change neither."""
        return sorted(each.name.partition(":2,")[2] for each in self.maildir.glob("*/*") if each.is_file())

    def clear(self) -> None:
        """Take every message away."""
        for each in (*self.maildir.glob("new/*"), *self.maildir.glob("cur/*")):
            each.unlink()

    def _give(self) -> None:
        for each in (self.folder / "mail", *(self.folder / "mail").rglob("*")):
            with suppress(FileNotFoundError):
                os.chown(each, OWNER, GROUP)


@contextmanager
def dovecot(own: Papers, *, asks: str | None = None) -> Iterator[Dovecot]:
    """Run a server until the end. asks: where it asks whose a token is (XOAUTH2)"""
    program = find_dovecot()
    if program is None:
        pytest.skip(MISSING)
    folder = Path(tempfile.mkdtemp(prefix="parley-imap-"))
    folder.chmod(0o755)
    (folder / "mail").mkdir()
    server = Dovecot(folder, own, _free_port(), _free_port())
    server._give()
    more = {"mechanism": "", "oauth": ""}
    if asks:
        (folder / "oauth").write_text(OAUTH.format(url=asks))
        more = {"mechanism": " xoauth2", "oauth": OAUTH_PASSDB.format(folder=folder)}
    told = more | {"user": USER, "password": PASSWORD, "owner": OWNER, "group": GROUP}
    ports = {"implicit": server.implicit, "starttls": server.starttls}
    config = CONFIG.format(folder=folder, certificate=own.certificate, key=own.key, **told, **ports)
    (folder / "dovecot.conf").write_text(config)
    running = subprocess.Popen(
        [program, "-F", "-c", str(folder / "dovecot.conf")],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=(folder / "errors").open("wb"),
    )
    try:
        _wait_for(server.implicit, running, folder)
        yield server
    finally:
        running.terminate()
        running.wait(timeout=20)
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def speaking(*lines: bytes, then_hang: bool = False) -> Iterator[int]:
    """Run a server that says the first line, then one and OK at each thing that it is told; give its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        done = threading.Event()

        def talk() -> None:
            with suppress(OSError):
                guest, _ = listener.accept()
                with guest:
                    heard = guest.makefile("rb")
                    guest.sendall(lines[0] if lines else b"")
                    for line in lines[1:]:
                        tag = heard.readline().partition(b" ")[0]
                        guest.sendall(line + tag + b" OK done\r\n")
                    if then_hang:
                        done.wait(30)

        thread = threading.Thread(target=talk, daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            done.set()


def _wait_for(port: int, running: subprocess.Popen, folder: Path) -> None:
    while running.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise AssertionError((folder / "errors").read_text() + (folder / "log").read_text())


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as drawn:
        return drawn.getsockname()[1]
