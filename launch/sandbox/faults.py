"""Scripted faults between a client and the sandbox: what networks and EHRs do on bad days, on request.

A fault is `{"method", "type", "nth", "times", "do", …}`: it counts the requests that match, and acts on the nth and
the `times - 1` after it. `type` is a FHIR type, "*", "metadata", or a path that begins with a slash (`/auth/token`).
"""

import gzip
import json
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http.client import responses

from werkzeug.test import run_wsgi_app

from launch.sandbox.outcome import issue, outcome

DO = (
    "status", "delay", "drop-before", "commit-then-drop", "commit-then-status", "truncate", "empty-201", "html-200",
    "reset-after-headers", "bad-gzip", "drip",
)  # fmt: skip
FHIR = "/fhir"
LOGIN_PAGE = b"<!doctype html><title>Sign in</title><h1>Your session has ended</h1>"
MOST_LOGGED = 10_000
LINGER = struct.pack("ii", 1, 0)  # close with a reset, not with a goodbye


@dataclass(slots=True)
class Fault:
    """One scripted fault; `seen` counts the requests that matched."""

    do: str
    method: str = "*"
    type: str = "*"
    nth: int = 1
    times: int = 1
    code: int = 503
    headers: dict[str, str] = field(default_factory=dict)
    body: str | None = None
    seconds: float = 0.0  # of a delay; between two bytes of what drips
    bytes: int = 20  # how much of a truncated body is sent
    without: tuple[str, ...] = ()  # headers an empty 201 leaves out, as Location
    seen: int = 0

    def __post_init__(self) -> None:
        """Refuse a fault that could never act."""
        if self.do not in DO:
            raise ValueError(f"do is one of {', '.join(DO)}")
        if self.nth < 1 or self.times < 1:
            raise ValueError("nth and times begin at 1")

    def matches(self, method: str, path: str) -> bool:
        """Tell whether the fault looks at this request."""
        if self.method not in ("*", method):
            return False
        if self.type.startswith("/"):
            return path == self.type or path.startswith(self.type + "/")
        first = path.removeprefix(FHIR).strip("/").partition("/")[0]
        return path.startswith(FHIR) and self.type in ("*", first)


class Faults:
    """WSGI middleware: logs every request, waits as long as told, and does what the script says."""

    def __init__(self, app: Callable, clock, *, spare: str = "/sandbox") -> None:
        self.app, self._clock, self._spare = app, clock, spare
        self._lock = threading.Lock()
        self.script: list[Fault] = []
        self.log: deque[dict] = deque(maxlen=MOST_LOGGED)
        self.latency_seconds = 0.0

    def add(self, fault: Fault) -> None:
        """Put one more fault into the script."""
        with self._lock:
            self.script.append(fault)

    def clear(self) -> None:
        """Forget script, log and latency."""
        with self._lock:
            self.script.clear()
            self.log.clear()
            self.latency_seconds = 0.0

    def forget_faults(self) -> None:
        """Forget the script."""
        with self._lock:
            self.script.clear()

    def __call__(self, environ: dict, start_response: Callable) -> Iterable[bytes]:
        """Serve one request, or spoil it."""
        method, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "")
        if path.startswith(self._spare):
            return self.app(environ, start_response)
        if self.latency_seconds and path.startswith(FHIR):
            time.sleep(self.latency_seconds)
        fault = self._due(method, path)
        line = self._logged(environ, method, path, fault)
        if fault is None or fault.do == "delay":
            time.sleep(fault.seconds if fault else 0)
            return self._served(environ, start_response, line)
        return self._spoiled(fault, environ, start_response, line)

    def _due(self, method: str, path: str) -> Fault | None:
        due = None
        with self._lock:
            for fault in self.script:
                if fault.matches(method, path):
                    fault.seen += 1
                    if due is None and fault.nth <= fault.seen < fault.nth + fault.times:
                        due = fault
        return due

    def _logged(self, environ: dict, method: str, path: str, fault: Fault | None) -> dict:
        line = {"at": self._clock.now().isoformat(), "method": method, "path": path, "status": None}
        line |= {"client": None, "patient": None, "fault": fault.do if fault else None}
        # Which parameters were asked is of use to a test; their values may be a patient's.
        line["query"] = sorted({pair.partition("=")[0] for pair in environ.get("QUERY_STRING", "").split("&")} - {""})
        self.log.append(line)
        return line

    def _served(self, environ: dict, start_response: Callable, line: dict) -> Iterable[bytes]:
        def note(status: str, headers: list, exc_info=None):
            line["status"] = int(status[:3])
            line["client"], line["patient"] = environ.get("sandbox.client"), environ.get("sandbox.patient")
            return start_response(status, headers, exc_info) if exc_info else start_response(status, headers)

        return self.app(environ, note)

    def _spoiled(self, fault: Fault, environ: dict, start_response: Callable, line: dict) -> Iterable[bytes]:
        if fault.do == "drop-before":
            raise _dropped(environ)
        if fault.do == "status":
            line["status"] = fault.code
            return _plain(start_response, fault.code, *_body_of(fault))
        if fault.do == "html-200":
            line["status"] = 200
            return _plain(start_response, 200, LOGIN_PAGE, {"Content-Type": "text/html; charset=utf-8"})
        body, status, headers = run_wsgi_app(lambda env, start: self._served(env, start, line), environ, buffered=True)
        data = b"".join(body)
        if fault.do == "commit-then-drop":
            raise _dropped(environ)
        if fault.do == "empty-201":
            left_out = {name.lower() for name in ("Content-Length", "Content-Type", *fault.without)}
            kept = {name: value for name, value in headers.items() if name.lower() not in left_out}
            return _plain(start_response, 201, b"", kept | fault.headers)
        if fault.do == "commit-then-status":
            line["status"] = fault.code
            return _plain(start_response, fault.code, *_body_of(fault))
        if fault.do == "bad-gzip":
            cut = gzip.compress(data)[: -9 if data else None]
            return _plain(start_response, int(status[:3]), cut, dict(headers.items()) | {"Content-Encoding": "gzip"})
        if fault.do == "drip":
            return _dripping(environ, start_response, status, dict(headers.items()), data, fault.seconds)
        kept = dict(headers.items()) | {"Content-Length": str(len(data) + 1)}
        sent = data[: fault.bytes] if fault.do == "truncate" else b""
        return _cut_short(environ, start_response, status, kept, sent, reset=fault.do == "reset-after-headers")


def _body_of(fault: Fault) -> tuple[bytes, dict[str, str]]:
    if fault.body is not None:
        return fault.body.encode(), {"Content-Type": "application/fhir+json"} | fault.headers
    body = json.dumps(outcome(issue("error", "transient", f"scripted fault {fault.code}"))).encode()
    return body, {"Content-Type": "application/fhir+json"} | fault.headers


def _plain(start_response: Callable, code: int, body: bytes, headers: dict[str, str]) -> list[bytes]:
    sent = {name: value for name, value in headers.items() if name.lower() != "content-length"}
    start_response(f"{code} {responses.get(code, 'Fault')}", [*sent.items(), ("Content-Length", str(len(body)))])
    return [body]


def _dropped(environ: dict, *, reset: bool = False) -> ConnectionResetError:
    """Close the caller's connection, and return the error that tells the server (or an in-process caller) so."""
    connection = environ.get("werkzeug.socket")
    if connection is not None:
        if reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER)
        else:
            connection.shutdown(socket.SHUT_RDWR)
    return ConnectionResetError("scripted fault: the connection was dropped")


def _dripping(
    environ: dict, start_response: Callable, status: str, headers: dict[str, str], data: bytes, seconds: float
) -> Iterable[bytes]:
    """Send the head, then a byte at a time, until whoever listens has had enough."""
    connection = environ.get("werkzeug.socket")
    if connection is None:
        start_response(status, list(headers.items()))
        return [data]
    head = "".join(f"{name}: {value}\r\n" for name, value in (headers | {"Content-Length": str(len(data))}).items())
    connection.sendall(f"HTTP/1.1 {status}\r\n{head}Connection: close\r\n\r\n".encode("latin-1"))
    for byte in data:
        time.sleep(seconds)
        connection.sendall(bytes([byte]))
    raise _dropped(environ)


def _cut_short(
    environ: dict, start_response: Callable, status: str, headers: dict[str, str], sent: bytes, *, reset: bool
) -> Iterable[bytes]:
    """Send the head with its full Content-Length, a part of the body, and no more."""
    connection = environ.get("werkzeug.socket")
    if connection is None:  # in process: the caller sees fewer bytes than were promised
        start_response(status, list(headers.items()))
        return [sent]
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    connection.sendall(f"HTTP/1.1 {status}\r\n{head}Connection: close\r\n\r\n".encode("latin-1") + sent)
    raise _dropped(environ, reset=reset)
