"""POST /hooks/NAME: whoever signs with the secret may tell of a fax; nothing is changed on the way, late or twice."""

import base64
import hashlib
import hmac
import json
from types import SimpleNamespace

import pytest

from app.core.case import CaseState
from app.edges.payers import Hook, Hooks
from app.edges.store.mailbook import SqlMailBook
from app.flow.inbox import inbox
from app.settings import SmartConfig
from app.web.hooks import PER_MINUTE
from app.wire import create_app
from tests.fakes.office import Office, a_database, detected
from tests.letters import a_pdf
from tests.letters import shown as drawn

SECRET, OLDER = b"s" * 32, b"o" * 32
WORDS = "Dr. Poe can talk Tuesday 11/24 between 2 and 4 pm CT."


@pytest.fixture
def office(tmp_path):
    """An office whose fax service may tell what came."""
    database = a_database(tmp_path)
    yield Office(database)
    database.close()


@pytest.fixture
def browser(office: Office):
    """A machine that speaks to this office's app."""
    settings = SimpleNamespace(
        secret_keys=("k" * 40,),
        smart=SmartConfig(issuers=()),
        base_url="https://parley.example.org",
        proxy_count=0,
    )
    house = SimpleNamespace(
        settings=settings,
        clock=lambda: office.now,
        hooks=Hooks({"fax": Hook("fax", "fax", (SECRET, OLDER), "sandbox")}),
        mailbook=SqlMailBook(office.database),
        hospitals=lambda: {"sandbox": office.ports()},
    )
    return create_app(house).test_client()


def an_event(office: Office, *, type: str = "fax.received", **data) -> bytes:
    """Return what the service tells."""
    told = {"id": "fax-1", "from": "+1 512 555 0134", "at": office.now.isoformat(), "text": WORDS} | data
    return json.dumps({"type": type, "data": told}).encode()


def send(browser, office: Office, body: bytes, *, name: str = "fax", secret: bytes = SECRET, **changes):
    """Send a body, signed as Standard Webhooks says, with what a test changes after signing."""
    stamp = str(int(office.now.timestamp()) + changes.pop("late", 0))
    signed = hmac.digest(secret, f"msg-1.{stamp}.".encode() + body, hashlib.sha256)
    headers = {
        "webhook-id": "msg-1",
        "webhook-timestamp": stamp,
        "webhook-signature": "v1,AAAA v1," + base64.b64encode(signed).decode(),
    } | changes.pop("headers", {})
    headers = {key: value for key, value in headers.items() if value is not None}
    return browser.post(
        f"/hooks/{name}", data=changes.pop("sent", body), headers=headers, content_type="application/json"
    )


def came(office: Office):
    """Return what stands in the inbox."""
    return inbox(office.ports(), show="all", now=office.now)


def test_a_fax_reaches_its_case(browser, office: Office):
    """With its times for a person to confirm; nothing is booked."""
    case = detected(office)
    answer = send(browser, office, an_event(office, subject=f"Case {case.number}"))
    (message,) = came(office)

    assert (202, {"taken": True}) == (answer.status_code, answer.json)
    assert ("fax", "+1 512 555 0134", case.id, 1) == (
        message.channel, message.counterpart, message.case_id, len(message.offers))  # fmt: skip
    assert CaseState.OPEN == office.case(case.id).state


def test_what_is_told_twice_is_kept_once(browser, office: Office):
    """By the service's own id, also where it signs anew; another id is another fax."""
    for late, id in ((0, "fax-1"), (7, "fax-1"), (0, "fax-2")):
        assert 202 == send(browser, office, an_event(office, id=id), late=late).status_code

    assert 2 == len(came(office))


def test_while_a_secret_is_changed_both_sign(browser, office: Office):
    """The older one too."""
    assert 202 == send(browser, office, an_event(office), secret=OLDER).status_code


@pytest.mark.parametrize(
    "changes",
    [
        {"secret": b"x" * 32},
        {"name": "nobody"},
        {"name": "nobody", "secret": b"nobody's"},
        {"late": -301},
        {"late": 301},
        {"sent": b'{"type": "fax.received", "data": {"id": "other"}}'},
        {"headers": {"webhook-id": "msg-2"}},
        {"headers": {"webhook-id": ""}},
        {"headers": {"webhook-timestamp": "1"}},
        {"headers": {"webhook-timestamp": None}},
        {"headers": {"webhook-timestamp": "１２３"}},
        {"headers": {"webhook-signature": None}},
        {"headers": {"webhook-signature": "v1,"}},
        {"headers": {"webhook-signature": "v1," * 5_000}},
        {"headers": {"webhook-signature": "v1a,AAAA"}},
    ],
)
def test_nobody_else_is_heard(browser, office: Office, changes: dict):
    """401, always in the same words: neither which is wrong, nor whether the name is one of ours; nothing is kept."""
    answer = send(browser, office, an_event(office), **changes)

    assert (401, {"error": "unauthorized", "path": "", "say": "Not known."}) == (answer.status_code, answer.json)
    assert () == came(office)


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (b"", ""),
        (b"\xff", ""),
        (b"[]", ""),
        (b"[" * 100_000, ""),
        (b'{"type": "fax.received"}', ""),
        (b'{"type": "fax.received", "data": {}}', "data"),
        (b'{"type": "fax.received", "data": {"id": 7}}', "data.id"),
        (b'{"type": "fax.received", "data": {"id": ""}}', "data.id"),
        (b'{"type": "fax.received", "data": {"id": "1", "attachments": [{"content": "Jane Roe?"}]}}',
         "data.attachments.content"),
    ],
)  # fmt: skip
def test_what_is_not_as_agreed_is_named_by_its_place(browser, office: Office, body: bytes, path: str):
    """422, and none of its content."""
    answer = send(browser, office, body)

    assert (422, path, ()) == (answer.status_code, answer.json["path"], came(office))
    assert "Jane" not in answer.text


def test_an_event_that_does_not_concern_us_is_taken_and_left(browser, office: Office):
    """So that the service does not tell it again and again."""
    answer = send(browser, office, b'{"type": "number.bought", "data": {}}')

    assert (200, {"taken": False}, ()) == (answer.status_code, answer.json, came(office))


def test_pages_that_are_text_are_read_and_pictures_are_told(browser, office: Office):
    """A fax has its words on its pages; where they are pictures somebody must look, and is told where."""
    case = detected(office)
    pages = {"name": "fax.pdf", "content": base64.b64encode(a_pdf(drawn(f"Case {case.number}. {WORDS}"))).decode()}
    broken = {"name": "fax.pdf", "content": base64.b64encode(b"%PDF-1.7 broken").decode()}
    send(browser, office, an_event(office, id="1", text="", attachments=[pages]))
    send(browser, office, an_event(office, id="2", text="", attachments=[broken]))
    read, unread = sorted(came(office), key=lambda each: each.name)

    assert case.id == read.case_id and 1 == len(read.offers) and ("fax.pdf",) == read.attachments
    assert "" == unread.text and any("pictures" in each for each in unread.remarks)


def test_a_body_that_is_too_large_is_refused(browser, office: Office):
    """Before it is read whole."""
    assert 413 == send(browser, office, b"x" * 11_000_000).status_code


def test_there_is_an_end_to_trying(browser, office: Office):
    """A guesser is slowed down."""
    told = [send(browser, office, b"{}", secret=b"x" * 32).status_code for _ in range(PER_MINUTE + 1)]

    assert {401} == set(told[:-1]) and 429 == told[-1]
