"""A server that misbehaves as told: each request is answered by the next act of a script, byte for byte."""

import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

FHIR = "application/fhir+json"


@dataclass
class Request:
    """What arrived: the first line's parts, headers in lower case, the body."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


Act = Callable[[socket.socket, Request], None]


@dataclass
class Wire:
    """A running server: `base` to call, `requests` that arrived; the script's last act is repeated."""

    base: str
    script: list[Act]
    requests: list[Request] = field(default_factory=list)


def answer(
    status: int = 200, body: object = None, *, kind: str = FHIR, raw: bytes | None = None, **headers: str
) -> Act:
    """Answer whole and well-formed; headers by keyword, _ for -."""
    content = raw if raw is not None else b"" if body is None else json.dumps(body).encode()

    def act(sock: socket.socket, _: Request) -> None:
        lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(content)}"]
        if content:
            lines.append(f"Content-Type: {kind}")
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        sock.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + content)

    return act


def bytes_then_close(content: bytes, *, reset: bool = False) -> Act:
    """Send these bytes and hang up, politely or not."""

    def act(sock: socket.socket, _: Request) -> None:
        sock.sendall(content)
        if reset:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raise ConnectionAbortedError("hung up, as told")

    return act


def drip(head: bytes, *, every: float, stop: threading.Event) -> Act:
    """Send a first part, then a byte now and then, for ever."""

    def act(sock: socket.socket, _: Request) -> None:
        sock.sendall(head)
        while not stop.wait(every):
            sock.sendall(b"a")

    return act


@contextmanager
def wire(*script: Act, tls: ssl.SSLContext | None = None) -> Iterator[Wire]:
    """Listen on a loopback port and play the script."""
    listener = socket.create_server(("127.0.0.1", 0))
    scheme = "https" if tls else "http"
    running = Wire(f"{scheme}://127.0.0.1:{listener.getsockname()[1]}/fhir", list(script))
    lock = threading.Lock()

    def serve(sock: socket.socket) -> None:
        try:
            sock = tls.wrap_socket(sock, server_side=True) if tls else sock
        except OSError:  # the client did not like our certificate
            return
        with sock, sock.makefile("rb") as file:
            while request := _read(file):
                with lock:
                    running.requests.append(request)
                    act = running.script.pop(0) if len(running.script) > 1 else running.script[0]
                try:
                    act(sock, request)
                except OSError:
                    return

    def accept() -> None:
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(sock,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield running
    finally:
        listener.shutdown(socket.SHUT_RDWR)  # wakes accept, or the port would stay open
        listener.close()


def _read(file) -> Request | None:
    try:
        first = file.readline().decode().split()
        if len(first) < 2:
            return None
        headers = {}
        while line := file.readline().decode().strip():
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        return Request(first[0], first[1], headers, file.read(int(headers.get("content-length", 0))))
    except OSError:
        return None
