"""The site's mailbox on a real server: all that came is read once and in order, and nothing in it is changed."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from app.edges.http import (
    BlockedAddress,
    Down,
    Limits,
    MailFolder,
    NotAuthorised,
    NotFhir,
    OpenFolder,
    TooLarge,
    Transport,
)
from app.edges.payers import MailToken, PayerMailbox, Reader
from app.edges.payers.mailbox import BEYOND, MOST_TRIES
from app.errors import ParleyError
from app.flow.ports import Mark
from tests.edges.imap_server import USER, Dovecot, dovecot, speaking
from tests.edges.mail_server import Papers, papers

NOW = datetime.now(UTC).replace(microsecond=0)
GREETING, READY = b"* OK [CAPABILITY IMAP4rev1] hello\r\n", b"* CAPABILITY IMAP4rev1\r\n"


@pytest.fixture(scope="module")
def own(tmp_path_factory) -> Papers:
    """The server's certificate, which we trust."""
    return papers(tmp_path_factory.mktemp("tls"), "server")


@pytest.fixture(scope="module")
def running(own: Papers) -> Iterator[Dovecot]:
    """One server for all."""
    with dovecot(own) as server:
        yield server


@pytest.fixture
def server(running: Dovecot) -> Dovecot:
    """The server, its mailbox empty."""
    running.clear()
    return running


def a_letter(text: str = "words", subject: str = "Re: case") -> bytes:
    """Return a message."""
    return f"From: p2p@payer.example\r\nSubject: {subject}\r\nMessage-ID: <{text}@x>\r\n\r\n{text}\r\n".encode()


def mailbox(folder: MailFolder) -> PayerMailbox:
    """Return a mailbox as flow sees it."""
    return PayerMailbox(USER, folder, Reader("hospital.example"))


def read(server: Dovecot, after: Mark | None = None, **more):
    """Return the marks, and the words that came."""
    with mailbox(server.at(**more)).letters(after, now=NOW) as letters:
        told = list(letters)
    return [each[0] for each in told], [each[1] and each[1].text.strip() for each in told]


@pytest.mark.parametrize("security", ["implicit", "starttls"])
def test_what_came_is_read_in_order_and_once(server: Dovecot, security: str):
    """From the mark on, also where nothing is new; the flags and the place of each message stay as they were."""
    more = {"security": security, "port": getattr(server, security)}
    for each in ("one", "two"):
        server.bring(a_letter(each))
    marks, words = read(server, **more)
    assert ["one", "two"] == words
    assert ([], []) == read(server, marks[-1], **more)

    server.bring(a_letter("three"))
    assert ["two", "three"] == read(server, marks[0], **more)[1]
    assert ["", "", ""] == server.flags() and 3 == len(list(server.maildir.glob("new/*")))


def test_numbers_given_anew_lose_nothing(server: Dovecot):
    """UIDVALIDITY changed: what is gone through again is what came in the last thirty days; its names are the same."""
    server.bring(a_letter("old"), at=NOW - timedelta(days=90))
    server.bring(a_letter("new"), at=NOW - timedelta(days=3))
    marks, words = read(server)
    assert ["new"] == words
    server.number_anew()
    again, words = read(server, marks[-1])

    assert ["new"] == words and again[0].validity != marks[0].validity
    away = replace(marks[0], at=NOW - timedelta(days=80))  # nobody looked for so long
    assert ["old", "new"] == read(server, away)[1]


def test_a_message_that_is_too_large_is_told_and_not_fetched(server: Dovecot):
    """By its header; the ones behind it are read."""
    server.bring(a_letter("x" * 200_000, subject="Re: case P-ABCDEF"))
    server.bring(a_letter("small"))
    with mailbox(server.at(most_bytes=100_000)).letters(None, now=NOW) as letters:
        large, small = [each for _, each in letters]

    assert ("sealed", "Re: case P-ABCDEF", "") == (large.kind, large.subject, large.text)
    assert "too large" in large.remarks[0] and "small" == small.text.strip()


def test_a_message_that_somebody_took_away_meanwhile_is_passed_over(server: Dovecot):
    """People read this mailbox too."""
    for each in ("one", "two"):
        server.bring(a_letter(each))
    with mailbox(server.at()).letters(None, now=NOW) as letters:
        first = next(letters)
        server.clear()
        with mailbox(server.at()).letters(None, now=NOW) as others:
            assert [] == list(others)
        assert "one" == first[1].text.strip()
        assert {None, "two"} >= {each[1] and each[1].text.strip() for each in letters}  # it may still be shown to us


def test_it_says_when_it_came_not_when_it_claims_to_be_from(server: Dovecot):
    """“Tomorrow” counts from the arrival; a Date header may say anything."""
    at = NOW - timedelta(days=2)
    server.bring(b"Date: Mon, 1 Jan 2035 00:00:00 +0000\r\n" + a_letter(), at=at)
    with mailbox(server.at()).letters(None, now=NOW) as letters:
        (came,) = [each for _, each in letters]

    assert at == came.at


def test_nobody_is_let_in_by_a_wrong_password(server: Dovecot):
    """A person's task; neither password is told."""
    with pytest.raises(NotAuthorised) as caught:
        mailbox(server.at(password="wrong-secret")).greet()
    assert "wrong-secret" not in caught.value.say + caught.value.next
    assert "wrong-secret" not in repr(server.at(password="wrong-secret"))


def test_a_folder_that_is_not_there_is_said(server: Dovecot):
    """Also one whose name holds quotes."""
    for name in ("Nowhere", 'a"b\\c'):
        with pytest.raises(NotAuthorised, match="folder"):
            mailbox(server.at(folder=name)).greet()


def test_a_certificate_that_nobody_vouches_for_is_refused(server: Dovecot, tmp_path):
    """No password is told to a stranger."""
    other = papers(tmp_path, "other")
    for ca_file in (None, str(other.certificate)):
        for security in ("implicit", "starttls"):
            with pytest.raises(Down, match="certificate"):
                mailbox(server.at(ca_file=ca_file, security=security, port=getattr(server, security))).greet()
    with pytest.raises(Down, match="certificate"):
        mailbox(replace(server.at(), host="127.0.0.1")).greet()  # the certificate is localhost's


def test_in_clear_only_on_this_machine_and_only_when_told(server: Dovecot):
    """For development; elsewhere nothing is asked."""
    for more in ({}, {"allow_loopback": True, "host": "mail.example"}):
        with pytest.raises(BlockedAddress):
            mailbox(replace(server.at(security="none"), **more)).greet()


def test_a_server_that_offers_no_protection_hears_no_password():
    """Somebody took STARTTLS out of what it says."""
    with speaking(GREETING, READY) as port, pytest.raises(Down, match="no protected connection"):
        mailbox(MailFolder("127.0.0.1", port, USER, "secret", security="starttls", seconds=5)).greet()


def in_clear(port: int, **more) -> PayerMailbox:
    """Return a mailbox on a server that says what a test wants."""
    told = {"security": "none", "allow_loopback": True, "seconds": 1.0} | more
    return mailbox(MailFolder("127.0.0.1", port, USER, "secret", **told))


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [b"HTTP/1.1 200 OK\r\n\r\n"],
        [GREETING],
        [b"* BYE no\r\n"],
        [GREETING, READY, b"x" * 2_000_000 + b"\r\n"],
        [GREETING, b"* CAPABILITY {999999999999}\r\n"],
        [GREETING, READY, b"* OK\r\n", b"* OK [UIDVALIDITY x]\r\n"],
        [GREETING, b"\xff\xfe\x00\r\n" * 50],
        [b"* " + b"OK " * 1_000 + b"\r\n"],
    ],
    ids=["silent", "http", "gone", "bye", "line", "literal", "validity", "noise", "long"],
)
def test_a_server_that_talks_nonsense_is_told_by_name(lines: list[bytes]):
    """Silence, another protocol, lines and literals without end: an error of ours, and soon."""
    with speaking(*lines, then_hang=True) as port, pytest.raises(ParleyError) as caught:
        in_clear(port).greet()
    assert isinstance(caught.value, Down | NotAuthorised | TooLarge)
    assert "secret" not in caught.value.say


def test_a_server_that_drips_is_left():
    """A byte now and then is progress for the socket and none for us."""

    with speaking(GREETING, READY) as port, pytest.raises(Down, match="too slow"):
        in_clear(port, total_seconds=0.0).greet()


def test_nobody_listens():
    """Tried again by itself."""
    with speaking() as port:
        pass
    with pytest.raises(Down):
        in_clear(port).greet()


def test_a_message_at_which_the_server_fails_each_time_does_not_hold_up_the_others(server: Dovecot, monkeypatch):
    """After five looks it is told as one that cannot be fetched, and the next is read."""
    for each in ("one", "two"):
        server.bring(a_letter(each))
    box, whole = mailbox(server.at()), OpenFolder.whole

    def fails(folder: OpenFolder, uid: int) -> bytes | None:
        if b"one" in (raw := whole(folder, uid)):
            raise Down("The mailbox's server does not answer as it should.")
        return raw

    monkeypatch.setattr(OpenFolder, "whole", fails)
    for _ in range(MOST_TRIES):
        with pytest.raises(Down), box.letters(None, now=NOW) as letters:
            list(letters)
    with box.letters(None, now=NOW) as letters:
        one, two = [each for _, each in letters]

    assert ("sealed", (BEYOND,), "two") == (one.kind, one.remarks, two.text.strip())


class Tokens:
    """Where tokens are given, and where the mailbox's server asks whose they are (WSGI)."""

    def __init__(self) -> None:
        self.asked: list[dict] = []
        self.answer: tuple[int, dict] | None = None

    def __call__(self, environ, start):
        """Answer one request."""
        request = Request(environ)
        if request.method == "GET":
            good = request.args.get("token") == "good-token"
            told = (200, {"active": "true", "email": USER}) if good else (200, {"active": "false"})
        else:
            self.asked.append(dict(request.form))
            told = self.answer or (200, {"access_token": "good-token", "token_type": "Bearer", "expires_in": 3600})
        return Response(json.dumps(told[1]), told[0], mimetype="application/json")(environ, start)


@pytest.fixture
def tokens() -> Iterator[tuple[Tokens, str]]:
    """A running sign-in, and its address."""
    giver = Tokens()
    http = make_server("127.0.0.1", 0, giver, threaded=True)
    thread = threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield giver, f"http://127.0.0.1:{http.server_port}/token"
    http.shutdown()
    thread.join()
    http.server_close()


def by_token(url: str, *, clock=lambda: NOW) -> MailToken:
    """Return what gives a token."""
    transport = Transport(allow_loopback=True, limits=Limits(tries=1))
    return MailToken(url, transport, client_id="parley", secret="s3cret", scope="mail/.default", clock=clock)


def test_a_server_that_takes_no_password_is_opened_by_a_token(own: Papers, tokens):
    """Client credentials, XOAUTH2; asked for once while it is good; a server that does not know it is told by name."""
    giver, url = tokens
    with dovecot(own, asks=url) as server:
        server.bring(a_letter("one"))
        token = by_token(url)
        for _ in range(2):
            assert ["one"] == read(server, token=token, password="")[1]
        with pytest.raises(NotAuthorised, match="does not let Parley in") as caught:
            read(server, token=lambda: "other-token", password="")

    (asked,) = giver.asked
    assert ("client_credentials", "parley", "s3cret", "mail/.default") == tuple(
        asked[each] for each in ("grant_type", "client_id", "client_secret", "scope")
    )
    assert "other-token" not in caught.value.say + caught.value.next


def test_a_token_is_renewed_before_it_is_over_and_its_refusal_is_told(tokens):
    """Five minutes before; a wrong secret is a person's task, and is not told."""
    giver, url = tokens
    times = iter([NOW, NOW + timedelta(minutes=54), NOW + timedelta(minutes=56)])
    token = by_token(url, clock=lambda: next(times))
    assert ["good-token"] * 3 == [token() for _ in range(3)] and 2 == len(giver.asked)
    for answer, kind in (
        ((401, {"error": "invalid_client"}), NotAuthorised),
        ((400, {"error": "invalid_scope"}), NotAuthorised),
        ((200, {"token": "x"}), NotFhir),
        ((503, {}), Down),
    ):
        giver.answer = answer
        with pytest.raises(kind) as caught:
            by_token(url)()
        assert "s3cret" not in caught.value.say + caught.value.next
