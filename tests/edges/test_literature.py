"""
PubMed's E-utilities at a server of our own, in the shapes that NCBI documents; and what an odd answer does.

source: https://www.ncbi.nlm.nih.gov/books/NBK25497/ and NBK25499 (esearch, esummary, retmode=json)
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from app.core.brief.literature import Article
from app.edges.http import Transport
from app.edges.literature import Pace, PubMed
from app.edges.store.literature import SqlLiterature
from app.errors import Misconfigured, ParleyError, Temporary
from tests.databases import database, database_url
from tests.edges.ehr_server import QUICK

__all__ = ["database", "database_url"]  # fixtures of the store's tests

KEY = "k3y0fncbi00"
ENTRIES = {
    "26865379": {
        "uid": "26865379",
        "pubdate": "2016 Apr 14",
        "source": "N Engl J Med",
        "title": "Invented title on <i>fusion</i> of the spine.",
        "pubtype": ["Journal Article", "Randomized Controlled Trial"],
        "articleids": [
            {"idtype": "pubmed", "idtypen": 1, "value": "26865379"},
            {"idtype": "doi", "idtypen": 3, "value": "10.1000/xyz"},
        ],
        "fulljournalname": "The invented journal",
        "sortpubdate": "2016/04/14 00:00",
    },
    "30000001": {"uid": "30000001", "title": "Only a title", "sortpubdate": "2023/07/01 00:00", "articleids": []},
    "999999999": {"uid": "999999999", "error": "cannot get document summary"},
}


@dataclass
class Utilities:
    """The server: what it was asked, and answers to be given in its place."""

    asked: list[tuple[str, dict[str, str], str]] = field(default_factory=list)
    answers: list[Response] = field(default_factory=list)
    numbers: tuple[str, ...] = ("30000001", "26865379", "999999999")

    def __call__(self, environ, start):
        """Answer one request (WSGI)."""
        request = Request(environ)
        self.asked.append((request.path.rpartition("/")[2], request.form.to_dict(), request.query_string.decode()))
        return self._answer(request)(environ, start)

    def _answer(self, request: Request) -> Response:
        if self.answers:
            return self.answers.pop(0)
        if request.path.endswith("esearch.fcgi"):
            told = {"header": {"type": "esearch", "version": "0.3"}, "esearchresult": {}}
            told["esearchresult"] = {"count": "3", "retmax": "10", "retstart": "0", "idlist": list(self.numbers)}
        else:
            wanted = request.form["id"].split(",")
            told = {"header": {"type": "esummary", "version": "0.3"}, "result": {"uids": wanted}}
            told["result"] |= {each: ENTRIES[each] for each in wanted}
        return Response(json.dumps(told), mimetype="application/json")


@contextmanager
def utilities(made: Utilities) -> Iterator[str]:
    """Run it; give its address."""
    http = make_server("127.0.0.1", 0, made, threaded=True)
    thread = threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{http.server_port}/entrez/eutils"
    finally:
        http.shutdown()
        thread.join()
        http.server_close()


def a_pubmed(url: str, **more) -> PubMed:
    """Return one that asks this server without waiting."""
    transport = Transport(allow_loopback=True, limits=QUICK)
    pace = Pace(1000)
    return PubMed(transport, email="office@hospital.example", url=url, pace=pace, **more)


def test_what_was_found_comes_in_pubmeds_order():
    """Titles without their tags, full journal, year from either date, DOI; what has no summary is left out."""
    with utilities(Utilities()) as url:
        first, second = a_pubmed(url).find("fusion*[tiab]")

    assert Article("30000001", "Only a title", "", 2023) == first
    kinds = ("Journal Article", "Randomized Controlled Trial")
    title = "Invented title on fusion of the spine"
    assert Article("26865379", title, "The invented journal", 2016, kinds, "10.1000/xyz") == second


def test_who_asks_is_told_and_no_address_holds_a_key():
    """tool and email with every request; question, key and numbers in the body."""
    made = Utilities()
    with utilities(made) as url:
        a_pubmed(url, key=KEY).find("fusion*[tiab]")

    assert ["esearch.fcgi", "esummary.fcgi"] == [each[0] for each in made.asked]
    for _, form, query in made.asked:
        assert ("parley", "office@hospital.example", KEY, "pubmed", "json", "") == (
            *(form[name] for name in ("tool", "email", "api_key", "db", "retmode")),
            query,
        )


def test_nothing_found_asks_for_no_summary():
    """An empty list is an answer."""
    made = Utilities(numbers=())
    with utilities(made) as url:
        assert () == a_pubmed(url).find("nothing")

    assert 1 == len(made.asked)


@pytest.mark.parametrize(
    "answer",
    [
        Response('{"error":"API rate limit exceeded","count":"11"}', mimetype="application/json"),
        Response('{"esearchresult":{"ERROR":"Search Backend failed"}}', mimetype="application/json"),
        Response('{"esearchresult":[1]}', mimetype="application/json"),
        Response("[]", mimetype="application/json"),
        Response("<html>maintenance</html>", mimetype="text/html"),
        Response("{", mimetype="application/json"),
    ],
    ids=["rate limit", "error", "wrong shape", "list", "page", "cut"],
)
def test_an_answer_that_is_none_is_no_empty_result(answer: Response):
    """It is an error to try again, never "nothing found"."""
    with utilities(Utilities(answers=[answer] * 3)) as url, pytest.raises(Temporary):
        a_pubmed(url).find("fusion")


def test_an_odd_entry_hurts_no_other():
    """Wrong kinds of values, control characters, endless titles, markup: read as far as they are words."""
    odd = {
        "uids": ["1", "2", "3"],
        "1": {"title": ["x"], "pubtype": "y"},
        "2": {"title": "A\x00<script>b</script>" + "c" * 9000, "pubtype": [1, "Review"], "articleids": [None, {}, 3]},
        "3": None,
    }
    search = Response('{"esearchresult":{"idlist":["1","2","3","x; drop",7]}}', mimetype="application/json")
    made = Utilities(answers=[search, Response(json.dumps({"result": odd}), mimetype="application/json")])
    with utilities(made) as url:
        (found,) = a_pubmed(url).find("odd")

    assert ("2", ("Review",), None, None) == (found.pmid, found.kinds, found.year, found.doi)
    assert 600 >= len(found.title) and "\x00" not in found.title
    assert "1,2,3" == made.asked[1][1]["id"]


def test_requests_are_apart_by_the_pace():
    """Three a second: the fourth of a burst waits a second; who comes late waits no more."""
    now, slept = [10.0], []
    pace = Pace(3, clock=lambda: now[0], sleep=slept.append)
    for _ in range(4):
        pace.wait()
    now[0] = 20.0
    pace.wait()

    assert [round(each, 3) for each in slept] == [0.333, 0.667, 1.0]


def test_an_inside_address_is_refused():
    """The transport's guard holds: PubMed is not found in the hospital's own network, nor without TLS."""
    with pytest.raises(Misconfigured):
        PubMed(Transport(), email="a@b.example", url="http://eutils.example/entrez")
    with pytest.raises(ParleyError):
        PubMed(Transport(limits=QUICK), email="a@b.example", url="https://127.0.0.1/entrez").find("x")


def test_an_answer_is_kept_by_its_question(database):
    """On both databases; a newer answer takes its place, another question has its own."""
    shelf = SqlLiterature(database)
    first, later = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
    article = Article("1", "Odd \u202e title", "J", None, ("Review",))
    shelf.keep("q" * 3000, (article,), at=first)
    shelf.keep("other", (), at=first)

    assert ((article,), first) == (shelf.looked("q" * 3000).articles, shelf.looked("q" * 3000).at)
    shelf.keep("q" * 3000, (), at=later)
    assert ((), later) == (shelf.looked("q" * 3000).articles, shelf.looked("q" * 3000).at)
    assert None is shelf.looked("unknown")
