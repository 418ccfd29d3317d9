"""What a journey leaves behind where others may look: nothing of the patient, and no token."""

import json
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest
import requests

from tests.journeys.gallery import launch
from tests.journeys.steps import book_best_slot, heard
from tests.journeys.town import MORNING, Town, TownClock, free_port
from tests.journeys.walks import walk_as_clinician, walk_as_coordinator

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("privacy")]
ROOT = Path(__file__).parents[2]
JWT = re.compile(r"eyJ[\w-]{10,}\.")
STORED = "() => JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage), document.cookie])"


class Watch:
    """Sees what a browser window asks for, is answered and complains of."""

    def __init__(self, context) -> None:
        self.requests, self.responses, self.console = [], [], []
        context.on("request", lambda each: self.requests.append((each.url, each.headers.get("referer") or "")))
        context.on("response", lambda each: self.responses.append(each))
        context.on("console", lambda each: self.console.append(each.text))
        context.on("weberror", lambda each: self.console.append(str(each.error)))

    def headers(self) -> list[tuple[str, dict]]:
        """Return address and headers of every answer."""
        return [(each.url, each.all_headers()) for each in self.responses]


@dataclass(repr=False)
class Left:
    """All that was left where others may look. texts: by place; words: what tells who a patient is."""

    app: str
    texts: dict[str, str]
    words: set[str]
    requests: list[tuple[str, str]]
    headers: list[tuple[str, dict]]
    cookies: list[dict]
    database: bytes
    tokens: list[str]


def words_of(town: Town) -> set[str]:
    """Return every patient's names, birth date and numbers as they stand in the EHR."""
    words = {each["subscriberId"] for each in town.stored("Coverage") if each.get("subscriberId")}
    for patient in town.stored("Patient"):
        words |= {patient["birthDate"], *(each["value"] for each in patient["identifier"])}
        for name in patient["name"]:
            words |= {name["family"], *name["given"]}
    return words


@contextmanager
def heard_town() -> Iterator[tuple[Town, subprocess.Popen]]:
    """Run a town in a process of its own."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.journeys.loud_demo"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            ehr, app, folder = json.loads(process.stdout.readline())
            yield Town(SimpleNamespace(ehr_base=ehr, app_base=app), TownClock(MORNING), Path(folder), None), process
        finally:
            process.kill()


@pytest.fixture(scope="module")
def left(browser):
    """A clinician's and a coordinator's journey, with bad moments of the EHR, in a town that is heard."""
    with heard_town() as (town, process):
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        context.set_default_timeout(15_000)
        watch, screen = Watch(context), context.new_page()
        town.fault(do="commit-then-drop", method="POST", type="DocumentReference")
        town.fault(do="html-200", method="GET", type="Communication")
        walk_as_clinician(screen, town)
        walk_as_coordinator(screen, town)
        # In the frame a browser that blocks third parties gives no storage at all; in a window it would.
        launch(screen, town, "spine", patient="two-reviews")
        screen.get_by_role("link", name="MRI of the neck").click()
        book_best_slot(screen)
        heard(screen, "Booked. The EHR is being told.")
        words, headers, cookies = words_of(town), watch.headers(), context.cookies()
        texts = {
            "URLs": "\n".join(url for url, _ in watch.requests),
            "Referers": "\n".join(referer for _, referer in watch.requests),
            "cookies": json.dumps(cookies),
            "storage": screen.evaluate(STORED),
            "console": "\n".join(watch.console),
            "metrics": requests.get(f"{town.app}/metrics", timeout=10).text,
        }
        context.close()
        database = b"".join(path.read_bytes() for path in town.folder.glob("demo.db*"))
        out, texts["log"] = process.communicate(timeout=30)
        assert 0 == process.returncode, texts["log"][-2000:]
    return Left(town.app, texts, words, watch.requests, headers, cookies, database, json.loads(out))


def test_the_journey_was_seen_and_heard(left):
    """The control: there is a log, there are URLs, cookies, counts and tokens, so that what follows means something."""
    assert "effect confirmed" in left.texts["log"]
    assert "effect put back" in left.texts["log"]
    assert "/s/" in left.texts["URLs"]
    assert "/s/" in left.texts["Referers"]
    assert "__Secure-parley-" in left.texts["cookies"]
    assert "parley_requests_total" in left.texts["metrics"]
    assert 4 <= len(left.tokens)
    assert 60 <= len(left.words)


@pytest.mark.parametrize("place", ["log", "URLs", "Referers", "cookies", "storage", "metrics", "console"])
def test_nothing_of_a_patient_and_no_token_is_left_there(left, place):
    """No name, birth date, record or member number of any patient, no token and no JWT."""
    text = left.texts[place]
    found = {word for word in left.words | set(left.tokens) if word in text}
    assert set() == found
    assert not JWT.search(text)


def test_the_browser_keeps_nothing_but_one_cookie_a_launch(left):
    """No storage but htmx's note of its address; each cookie secure, out of scripts' reach, of one launch's path."""
    local, of_window, cookie = json.loads(left.texts["storage"])
    assert ([], "") == (local, cookie)
    assert {"htmx-current-path-for-history"} >= {name for name, _ in of_window}
    ours = [each for each in left.cookies if each["domain"] == "127.0.0.1"]
    assert 3 == len(ours)
    for each in ours:
        assert (True, True, "None") == (each["secure"], each["httpOnly"], each["sameSite"])
        assert each["path"].startswith("/s/") and each.get("partitionKey")


def test_tokens_lie_sealed_in_the_database(left):
    """Whoever takes the database file away has no token of the EHR's."""
    assert len(left.database) > 10_000
    assert [] == [token for token in left.tokens if token.encode() in left.database]


def test_no_page_is_kept_and_none_runs_what_is_not_ours(left):
    """Every answer but the static files is no-store; no policy allows inline; nothing was reported against one."""
    assert "Content Security Policy" not in left.texts["console"]
    ours = [(url, headers) for url, headers in left.headers if url.startswith(left.app)]
    assert 30 <= len(ours)
    for url, headers in ours:
        if "/static/" in url:
            assert "public" in headers["cache-control"]
            continue
        assert "no-store" in headers["cache-control"]
        assert "unsafe" not in headers["content-security-policy"]
        assert "default-src 'none'" in headers["content-security-policy"]


def test_the_ehr_is_never_told_where_in_the_app_somebody_was(left):
    """A Referer goes to the app itself only."""
    told = [referer for url, referer in left.requests if not url.startswith(left.app)]
    assert [] == [each for each in told if each.startswith(left.app)]


def test_the_demo_says_one_url_and_ends_without_a_trace():
    """`python -m launch demo`: one URL that answers, Ctrl-C ends it, both ports are free again."""
    ehr_port, port = free_port(), free_port()
    command = [sys.executable, "-m", "launch", "demo", "--ehr-port", str(ehr_port), "--port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    said = iter(process.stdout.readline, "")
    url = next(line for line in said if "http" in line).split()[-1]
    assert 200 == requests.get(url, timeout=10).status_code
    process.send_signal(2)
    rest, log = process.communicate(timeout=60)
    assert 0 == process.returncode
    assert "nothing is left running" in rest and "http" not in rest
    assert "Traceback" not in log
    for each in (ehr_port, port):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", each))
