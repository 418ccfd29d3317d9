"""A payer's web server that publishes files over a socket: ETag, 304, redirects, and whatever else it is told."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Publisher:
    """What it serves by path; `asked`: (path, status) of every request; `headers` of every answer."""

    base: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    status: dict[str, int] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    mark: str = "etag"  # etag | modified | none
    asked: list[tuple[str, int]] = field(default_factory=list)
    seen: list[dict[str, str]] = field(default_factory=list)

    def statuses(self) -> list[int]:
        """Return the answers since this was last asked."""
        told = [status for _, status in self.asked]
        self.asked.clear()
        return told

    def answer(self, path: str, given: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and body."""
        if path in self.moved:
            return 302, {"Location": self.moved[path]}, b""
        if path in self.status:
            return self.status[path], {}, b""
        if path not in self.files:
            return 404, {}, b""
        body = self.files[path]
        etag = f'"{sha256(body).hexdigest()[:16]}"'
        if self.mark == "etag" and given.get("If-None-Match") == etag:
            return 304, {"ETag": etag}, b""
        if self.mark == "modified" and given.get("If-Modified-Since"):
            return 304, {}, b""
        told = {"etag": {"ETag": etag}, "modified": {"Last-Modified": "Mon, 02 Mar 2026 10:00:00 GMT"}}
        return 200, told.get(self.mark, {}), body


@contextmanager
def publishing() -> Iterator[Publisher]:
    """Serve on a loopback port."""
    publisher = Publisher()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            status, headers, body = publisher.answer(self.path, dict(self.headers.items()))
            publisher.asked.append((self.path, status))
            publisher.seen.append({name.lower(): value for name, value in self.headers.items()})
            self.send_response(status)
            for name, value in (publisher.headers | headers | {"Content-Length": str(len(body))}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    publisher.base = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield publisher
    finally:
        server.shutdown()
        server.server_close()
