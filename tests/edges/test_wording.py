"""A language model at a server of our own that speaks the OpenAI-compatible shape; and odd answers."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from app.edges.http import Transport
from app.edges.store.wordings import SqlWordings
from app.edges.wording import OpenAiWording
from app.errors import Misconfigured, ParleyError, Temporary
from tests.databases import database, database_url
from tests.edges.ehr_server import QUICK

__all__ = ["database", "database_url"]  # fixtures of the store's tests

ASKED = ("therapy was tried from [1].", "stopped: [1].")


@dataclass
class Model:
    """The server: what it was asked; answer: what it says instead of the sentences with an article before them."""

    answer: str | None = None
    status: int = 200
    asked: list[tuple[str, dict, str | None]] = field(default_factory=list)

    def __call__(self, environ, start):
        """Answer one request (WSGI)."""
        request = Request(environ)
        told = json.loads(request.get_data())
        self.asked.append((request.path, told, request.headers.get("Authorization")))
        said = json.dumps([f"The {each}" for each in json.loads(told["messages"][-1]["content"])])
        content = said if self.answer is None else self.answer
        body = {"choices": [{"index": 0, "message": {"role": "assistant", "content": content}}]}
        return Response(json.dumps(body), self.status, mimetype="application/json")(environ, start)


@contextmanager
def model_at(made: Model) -> Iterator[str]:
    """Run it; give its address."""
    http = make_server("127.0.0.1", 0, made, threaded=True)
    thread = threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{http.server_port}/v1"
    finally:
        http.shutdown()
        thread.join()
        http.server_close()


def say(url: str, *, token: str | None = "t0ken") -> tuple[object, ...]:
    """Ask it about two sentences."""
    transport = Transport(allow_loopback=True, limits=QUICK)
    return OpenAiWording(url, transport, model="small", token=token).say(ASKED)


def test_each_sentence_has_an_answer_and_nothing_else_is_sent():
    """One question; the sentences alone stand in the user's part, the token in the header."""
    made = Model()
    with model_at(made) as url:
        assert tuple(f"The {each}" for each in ASKED) == say(url)
    ((path, told, token),) = made.asked

    assert ("/v1/chat/completions", "Bearer t0ken", "small", 0) == (path, token, told["model"], told["temperature"])
    assert list(ASKED) == json.loads(told["messages"][1]["content"])
    assert {"model", "temperature", "messages"} == told.keys() and 2 == len(told["messages"])


def test_a_fence_around_the_list_is_no_matter():
    """Models like to wrap what they say."""
    fenced = 'Sure! ```json\n["a", 7]\n```'
    with model_at(Model(answer=fenced)) as url:
        assert ("a", 7) == say(url, token=None)


@pytest.mark.parametrize(
    "answer", ["", "no list", "[]", '["one"]', '["a","b","c"]', '{"a": 1}', "[" * 5000 + "]" * 5000, "[1,"]
)
def test_an_answer_of_another_shape_is_none(answer: str):
    """Then every sentence is ours."""
    with model_at(Model(answer=answer)) as url, pytest.raises(Temporary):
        say(url)


@pytest.mark.parametrize("status", [401, 403, 429, 500])
def test_a_refusal_is_an_error(status: int):
    """Never an empty answer."""
    with model_at(Model(status=status)) as url, pytest.raises(ParleyError):
        say(url)


def test_an_open_connection_is_refused():
    """https, and no inside address that nobody allowed."""
    with pytest.raises(Misconfigured):
        OpenAiWording("http://llm.example/v1", Transport(), model="x")
    with pytest.raises(ParleyError):
        OpenAiWording("https://127.0.0.1/v1", Transport(limits=QUICK), model="x").say(ASKED)


def test_answers_are_kept_by_model_and_sentence(database):
    """On both databases; forgotten when somebody wants our own back."""
    shelf, at = SqlWordings(database), datetime(2026, 1, 1, tzinfo=UTC)
    shelf.keep("small", {"a [1].": "The a [1].", "b [1].": "The b [1]."}, at=at)
    shelf.keep("small", {"a [1].": "An a [1]."}, at=at)

    assert {"a [1].": "An a [1].", "b [1].": "The b [1]."} == shelf.said("small", ["a [1].", "b [1].", "c"])
    assert {} == shelf.said("large", ["a [1]."]) == shelf.said("small", [])
    shelf.forget("small", ["a [1]."])
    assert {"b [1].": "The b [1]."} == shelf.said("small", ["a [1].", "b [1]."])
