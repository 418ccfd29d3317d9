"""Requests to payers by mail: over TLS or not at all, once or a person is asked, closed where they name the member."""

import email
import email.policy
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from app.core.effects import AskPayer, WriteUnknown
from app.edges.http import BlockedAddress, Busy, Down, MailRelay, NotAuthorised, Rejected
from app.edges.payers import Mailer, Recipient, read_certificate, read_signer
from app.edges.payers.message import NoAddress, NotClosed, TooLate
from app.errors import BadInput, Permanent
from tests.edges.mail_server import NOW, Mood, Papers, mail_server, openssl, papers

TO, SENDER = "p2p@payer.example", "calls@hospital.example"
TEXT = "We ask for a call.\n.\n..two dots\nMember ID: MEMBER-77\nDr Müller, Freitag – ja\n"
ASK = AskPayer("t/c/ask/1", "1/payer", "P-1", "payer", "message", TO, "Peer-to-peer review, our case P-1", TEXT)


@pytest.fixture(scope="module")
def own(tmp_path_factory) -> Papers:
    """The mail server's certificate, which we trust."""
    return papers(tmp_path_factory.mktemp("tls"), "server")


@pytest.fixture(scope="module")
def theirs(tmp_path_factory) -> Papers:
    """The payer's S/MIME certificate."""
    return papers(tmp_path_factory.mktemp("payer"), "payer", host="payer.example")


@pytest.fixture(scope="module")
def ours(tmp_path_factory) -> Papers:
    """Our S/MIME certificate."""
    return papers(tmp_path_factory.mktemp("ours"), "ours", host="hospital.example")


def relay(port: int, own: Papers | None, **more) -> MailRelay:
    """Return the way to a server on this machine."""
    base = MailRelay(
        "localhost", port, ca_file=str(own.certificate) if own else None, seconds=5, name="hospital.example"
    )
    return replace(base, **more)


def mailer(
    port: int, own: Papers | None, recipient: Recipient | None = None, *, signer=None, now=NOW, **more
) -> Mailer:
    """Return what writes to one payer."""
    known = {"payer": recipient or Recipient(TO)}
    return Mailer(relay(port, own, **more), known, sender=SENDER, signer=signer, clock=lambda: now)


def read(raw: bytes):
    """Return a message as a mail program shows it."""
    return email.message_from_bytes(raw, policy=email.policy.default)


def test_the_payer_gets_the_words_as_they_were_shown(own: Papers):
    """Letters, dots at the beginning of a line, and the names of servers: nothing is changed on the way."""
    mood = Mood()
    with mail_server(mood, own) as port:
        written = mailer(port, own).perform(ASK, seen=False)
    ((sender, to, raw),) = mood.kept
    got = read(raw)

    assert (SENDER, [TO], TEXT) == (sender, to, got.get_content().replace("\r\n", "\n"))
    assert (ASK.subject, SENDER, SENDER, TO) == (got["Subject"], got["From"], got["Reply-To"], got["To"])
    assert written.reference == got["Message-ID"] and got["Message-ID"].endswith("@hospital.example>")
    assert "case" not in got["Message-ID"] and got["Date"]


def test_a_repeat_can_be_recognised(own: Papers):
    """The same request carries the same name on every try, another one another."""
    mood = Mood()
    with mail_server(mood, own) as port:
        names = [mailer(port, own).perform(replace(ASK, key=key), seen=False).reference for key in ("a", "a", "b")]

    assert names[0] == names[1] != names[2]


@pytest.mark.parametrize("security", ["starttls", "implicit"])
def test_both_ways_to_protect_a_connection_and_a_sign_in(own: Papers, security: str):
    """A wrong password is a person's task and sends nothing."""
    mood = Mood()
    with mail_server(mood, own, implicit=security == "implicit", user="parley") as port:
        mailer(port, own, security=security, user="parley", password="right").perform(ASK, seen=False)
        relay(port, own, security=security, user="parley", password="right").greet()
        with pytest.raises(NotAuthorised, match="535"):
            mailer(port, own, security=security, user="parley", password="wrong").perform(ASK, seen=False)

    assert 1 == len(mood.kept)


def test_an_answer_that_was_lost_after_the_text_is_unknown(own: Papers):
    """The server has it and hung up: nobody can say so, and nobody may send it again by himself."""
    mood = Mood(drop=True)
    with mail_server(mood, own) as port:
        way = mailer(port, own)
        with pytest.raises(WriteUnknown):
            way.perform(ASK, seen=False)
        with pytest.raises(WriteUnknown):
            way.perform(ASK, seen=True, may_send=False)

    assert 1 == len(mood.kept)


def test_a_connection_that_ends_before_the_text_sent_nothing(own: Papers):
    """So that it is tried again by itself."""
    mood = Mood(drop_early=True)
    with mail_server(mood, own) as port, pytest.raises(Down) as caught:
        mailer(port, own).perform(ASK, seen=False)

    assert not isinstance(caught.value, WriteUnknown) and not mood.kept


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize(("answer", "kind"), [("451 P-1 MEMBER-77 later", Busy), ("550 no MEMBER-77 here", Rejected)])
def test_not_now_is_tried_again_and_not_so_is_a_persons(own: Papers, step: str, answer: str, kind: type):
    """4xx and 5xx at any step; the server's words may name people and are not repeated (RFC 5321 §4.2)."""
    mood = Mood({step: answer})
    with mail_server(mood, own) as port, pytest.raises(kind) as caught:
        mailer(port, own).perform(ASK, seen=False)

    assert answer[:3] in caught.value.say and caught.value.next
    assert "MEMBER" not in caught.value.say + caught.value.next and not mood.kept


def test_a_certificate_that_nobody_vouches_for_is_refused(own: Papers, theirs: Papers):
    """A stranger between us and the mail server gets nothing."""
    mood = Mood()
    for trusted in (None, theirs):
        with mail_server(mood, own) as port, pytest.raises(Down, match="certificate"):
            mailer(port, trusted).perform(ASK, seen=False)
    with mail_server(mood, own) as port, pytest.raises(Down, match="certificate"):
        mailer(port, own, host="127.0.0.1").perform(ASK, seen=False)  # the certificate is localhost's

    assert not mood.kept


def test_nothing_is_sent_where_the_connection_cannot_be_protected():
    """A server without STARTTLS, or one from whose greeting somebody took it out."""
    mood = Mood()
    with mail_server(mood, None) as port, pytest.raises(Down, match="no protected connection"):
        mailer(port, None).perform(ASK, seen=False)

    assert not mood.kept


def test_in_clear_only_on_this_machine_and_only_when_told():
    """For development."""
    mood = Mood()
    with mail_server(mood, None) as port:
        with pytest.raises(BlockedAddress):
            mailer(port, None, security="none").perform(ASK, seen=False)
        with pytest.raises(BlockedAddress):
            mailer(port, None, security="none", allow_loopback=True, host="mail.example").perform(ASK, seen=False)
        mailer(port, None, security="none", allow_loopback=True).perform(ASK, seen=False)

    assert 1 == len(mood.kept)


def test_a_server_that_is_away_is_tried_again(own: Papers):
    """Nobody listens."""
    with mail_server(Mood(), own) as port:
        pass
    with pytest.raises(Down, match="does not answer"):
        mailer(port, own).perform(ASK, seen=False)


def test_words_that_name_the_member_are_read_by_the_payer_alone(own: Papers, theirs: Papers, ours: Papers):
    """Signed, then encrypted; openssl opens it with the payer's key and finds our signature and the words."""
    mood, closed = Mood(), Recipient(TO, read_certificate(theirs.certificate.read_bytes()))
    with mail_server(mood, own) as port:
        way = mailer(port, own, closed, signer=read_signer(ours.both))
        assert way.of("payer")[0].confidential
        way.perform(replace(ASK, confidential=True), seen=False)
    raw = mood.kept[0][2]
    opened = openssl("smime", "-decrypt", "-inkey", theirs.key, "-recip", theirs.certificate, given=raw)
    words = openssl("smime", "-verify", "-CAfile", ours.certificate, "-purpose", "any", given=opened)

    assert b"MEMBER-77" not in raw and read(raw)["Subject"] == ASK.subject
    assert TEXT == read(words).get_content().replace("\r\n", "\n")


def test_a_signed_message_can_be_read_without_checking(own: Papers, ours: Papers):
    """By a person whose mail program knows no S/MIME; and one changed letter breaks the signature."""
    mood = Mood()
    with mail_server(mood, own) as port:
        mailer(port, own, signer=read_signer(ours.both)).perform(ASK, seen=False)
    raw = mood.kept[0][2]
    check = ("smime", "-verify", "-CAfile", ours.certificate, "-purpose", "any")

    assert "multipart/signed" == read(raw).get_content_type()
    assert TEXT == next(read(raw).iter_parts()).get_content().replace("\r\n", "\n")
    assert openssl(*check, given=raw)
    with pytest.raises(AssertionError):
        openssl(*check, given=raw.replace(b"We ask", b"We beg"))


def test_confidential_words_stay_here_when_the_certificate_is_gone(own: Papers, theirs: Papers, tmp_path: Path):
    """It was taken out of the configuration, or ran out, after the request was written."""
    over = papers(tmp_path, "over", days=-2)
    mood, secret = Mood(), replace(ASK, confidential=True)
    with mail_server(mood, own) as port:
        for recipient in (Recipient(TO), Recipient(TO, read_certificate(over.certificate.read_bytes()))):
            way = mailer(port, own, recipient)
            assert not way.of("payer")[0].confidential
            with pytest.raises(NotClosed):
                way.perform(secret, seen=False)
        late = Recipient(TO, read_certificate(theirs.certificate.read_bytes()))
        with pytest.raises(NotClosed):
            mailer(port, own, late, now=NOW + timedelta(days=31)).perform(secret, seen=False)

    assert not mood.kept and issubclass(NotClosed, Permanent)


def test_a_request_goes_to_the_address_it_was_shown_with(own: Papers):
    """A payer's address changed meanwhile is looked at by a person."""
    mood = Mood()
    with mail_server(mood, own) as port:
        with pytest.raises(NoAddress):
            mailer(port, own, Recipient("other@payer.example")).perform(ASK, seen=False)
        with pytest.raises(NoAddress):
            mailer(port, own).perform(replace(ASK, payer_key="unknown"), seen=False)

    assert not mood.kept
    assert () == mailer(port, own).of("unknown") == Mailer(None, {}, clock=lambda: NOW).of("payer")


def test_times_that_are_over_are_not_offered_any_more(own: Papers):
    """The mail server was away for too long; a person hears of it and nothing is sent."""
    mood = Mood()
    with mail_server(mood, own) as port:
        with pytest.raises(TooLate):
            mailer(port, own).perform(replace(ASK, until=NOW), seen=True)
        mailer(port, own).perform(replace(ASK, until=NOW + timedelta(minutes=1)), seen=True)

    assert 1 == len(mood.kept)


def test_keys_that_cannot_serve_are_refused(ours: Papers, theirs: Papers):
    """Found at the start."""
    for pem in (b"", ours.key.read_bytes(), ours.certificate.read_bytes()):
        with pytest.raises(BadInput):
            read_signer(pem)
    with pytest.raises(BadInput, match="another key"):
        read_signer(ours.key.read_bytes() + theirs.certificate.read_bytes())
