"""
A worker in a process of its own that kills itself (SIGKILL) at one step; run by test_crash.py, never by the product.

Arguments: database URL, port of the counterpart, minutes since the tests' NOW, the step to die at, and "ladder" or
"blind" (which sends again without looking: the control).
"""

import json
import os
import signal
import sys
from datetime import datetime, timedelta
from http.client import HTTPConnection

from app.core.effects import WriteUnknown
from app.edges.store import Database, SqlOutbox, open_database
from app.flow.outbox import drain
from app.flow.ports import DueEffect, Written
from tests.edges.store.builders import NOW


def reach(step: str, fatal: str) -> None:
    """Die here when this is the step."""
    if step == fatal:
        os.kill(os.getpid(), signal.SIGKILL)


class DyingOutbox(SqlOutbox):
    """The real outbox with a step before and after each of its commits."""

    def __init__(self, database: Database, fatal: str) -> None:
        super().__init__(database)
        self.fatal = fatal

    def lease(self, *, now: datetime, limit: int) -> tuple[DueEffect, ...]:
        reach("before lease", self.fatal)
        leased = super().lease(now=now, limit=limit)
        reach("after lease", self.fatal)
        return leased

    def mark_sent(self, due: DueEffect, *, now: datetime, sends: bool = True) -> None:
        reach("before mark", self.fatal)
        super().mark_sent(due, now=now, sends=sends)
        reach("after mark", self.fatal)

    def confirm(self, due: DueEffect, written: Written, *, now: datetime) -> None:
        reach("before confirm", self.fatal)
        super().confirm(due, written, now=now)


class Counterpart:
    """Talks to the test's server: GET finds by key, POST creates."""

    def __init__(self, port: int, *, looks: bool = True, fatal: str = "never") -> None:
        self.port, self.looks, self.fatal = port, looks, fatal

    def for_effect(self, tenant: str, session_id: str | None, *, now: datetime) -> "Counterpart":
        return self

    def perform(self, effect, *, seen: bool, wrote=None, may_send: bool = True) -> Written:
        if self.looks and seen:
            if self._call("GET", effect.key)["found"]:
                return Written("Appointment/found", how="found")
            if not may_send:
                raise WriteUnknown
        reach("before send", self.fatal)
        if self.fatal == "in send":
            self._send_and_die(effect.key)
        self._call("POST", effect.key)
        return Written("Appointment/created", how="created")

    def _call(self, method: str, key: str) -> dict:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request(method, "/" + key)
        return json.loads(connection.getresponse().read())

    def _send_and_die(self, key: str) -> None:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("POST", "/" + key)
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    url, port, minutes, fatal, ladder = sys.argv[1:]
    counterpart = Counterpart(int(port), looks=ladder == "ladder", fatal=fatal)
    time = NOW + timedelta(minutes=float(minutes))
    outbox = DyingOutbox(open_database(url), fatal)
    drain(outbox, counterpart, counterpart, now=lambda: time, jitter=lambda: 0.0)
