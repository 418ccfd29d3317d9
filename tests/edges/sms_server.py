"""A text message service on this machine, that speaks docs/text-messages.md, has a memory, and moods."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

TOKEN = "token-of-the-service"


@dataclass
class Texts:
    """
    What it was sent: by key, once each. answers: given in turn, (status, body, headers); None: as the contract says.

    drop: it takes the message and hangs up
    """

    kept: dict[str, dict] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    answers: list[tuple[int, dict | str, dict]] = field(default_factory=list)
    drop: bool = False

    def __call__(self, environ, start):
        """Answer one request (WSGI)."""
        request = Request(environ)
        self.asked.append(request.method)
        return self._answer(request)(environ, start)

    def _answer(self, request: Request) -> Response:
        if self.answers:
            status, body, headers = self.answers.pop(0)
            text = body if isinstance(body, str) else json.dumps(body)
            return Response(text, status, headers, mimetype="application/json" if text != body else "text/html")
        if request.method != "POST":
            return Response("", 405)
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return Response("", 401)
        told, key = json.loads(request.get_data()), request.headers["Idempotency-Key"]
        self.kept.setdefault(key, told)
        if self.drop:
            raise ConnectionResetError
        return Response(json.dumps({"id": f"m-{len(self.kept)}"}), 201, mimetype="application/json")


@contextmanager
def text_service(texts: Texts) -> Iterator[str]:
    """Run it; give its address."""
    http = make_server("127.0.0.1", 0, texts, threaded=True)
    thread = threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{http.server_port}/messages"
    finally:
        http.shutdown()
        thread.join()
        http.server_close()
