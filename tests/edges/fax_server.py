"""A fax service on this machine, that speaks docs/fax.md by the letter, has a memory, and moods."""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

SECRET = "secret-of-the-fax-service"


@dataclass
class Faxes:
    """
    What it was given: by reference, once each. answers: given in turn to POSTs, (status, body, headers)

    drop: it takes the fax and hangs up; blind: its list lags behind, and shows nothing yet
    """

    kept: dict[str, dict] = field(default_factory=dict)
    pages: dict[str, bytes] = field(default_factory=dict)
    posts: int = 0
    answers: list[tuple[int, dict | str, dict]] = field(default_factory=list)
    drop: bool = False
    blind: bool = False
    user: str | None = None

    def tell(self, reference: str, state: str, at: str, reason: str | None = None) -> dict:
        """Let a fax have become something; return what the service tells of it."""
        self.kept[reference] |= {"state": state, "at": at} | ({"reason": reason} if reason else {})
        return self.kept[reference]

    def __call__(self, environ, start):
        """Answer one request (WSGI)."""
        return self._answer(Request(environ))(environ, start)

    def _answer(self, request: Request) -> Response:
        given = base64.b64encode(f"{self.user}:{SECRET}".encode()).decode() if self.user else SECRET
        if request.headers.get("Authorization") != f"{'Basic' if self.user else 'Bearer'} {given}":
            return Response("", 401)
        if request.path != "/v1/faxes":
            return Response("", 404)
        if request.method == "GET":
            return self._listed(request.args["reference"])
        self.posts += 1
        if self.answers:
            status, body, headers = self.answers.pop(0)
            return Response(json.dumps(body), status, headers, mimetype="application/json")
        told = self._told(request)
        if told["reference"] in self.kept:
            return Response(json.dumps({"error": "duplicate"}), 409, mimetype="application/json")
        assert request.headers["Idempotency-Key"] == told["reference"]
        self.kept[told["reference"]] = told | {"state": "queued", "at": "2026-11-23T15:00:00Z"}
        if self.drop:
            raise ConnectionResetError
        return Response(json.dumps({"id": told["id"], "state": "queued"}), 202, mimetype="application/json")

    def _listed(self, reference: str) -> Response:
        found = [] if self.blind or reference not in self.kept else [self.kept[reference]]
        return Response(json.dumps({"faxes": found}), 200, mimetype="application/json")

    def _told(self, request: Request) -> dict:
        if request.mimetype == "multipart/form-data":
            told = dict(request.form)
            self.pages[told["reference"]] = request.files["file"].read()
            assert request.files["file"].mimetype == "application/pdf"
        else:
            told = json.loads(request.get_data())
            self.pages[told["reference"]] = base64.b64decode(told.pop("file")["content"], validate=True)
        assert set(told) == {"reference", "to", "from"}, told
        return told | {"id": f"f-{len(self.kept) + 1}"}


@contextmanager
def fax_service(faxes: Faxes) -> Iterator[str]:
    """Run it; give its address."""
    http = make_server("127.0.0.1", 0, faxes, threaded=True)
    thread = threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{http.server_port}/v1"
    finally:
        http.shutdown()
        thread.join()
        http.server_close()
