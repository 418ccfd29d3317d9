"""Requests to payers by fax: once, looked up before anything is sent again, and nothing of the patient on its cover."""

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pypdf import PdfReader

from app.core.effects import AskPayer, WriteUnknown
from app.core.windows.fax import NOTICE, FaxPaper
from app.edges.fhir.identifiers import value_of_key
from app.edges.http import Busy, Down, Limits, NotAuthorised, NotFhir, Rejected, Transport
from app.edges.papers import PaperMaker
from app.edges.payers import (
    Faxer,
    FaxNumber,
    FaxSender,
    FaxService,
    GatewayLine,
    Mailer,
    Recipient,
    ServiceLine,
    WrittenWays,
)
from app.edges.payers.carrier import DO, WHY, read_fax
from app.edges.payers.fax import NotMeant
from app.edges.payers.message import NoAddress, TooLate
from app.errors import Permanent
from tests.edges.fax_server import SECRET, Faxes, fax_service
from tests.edges.mail_server import Mood, mail_server, papers
from tests.edges.test_message import read, relay

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
TO, OURS, PHONE = "+15125550134", "+15125550100", "+15125550199"
TEXT = "We ask for a peer-to-peer review call.\n\nOur case: P-1\nMember ID: MEMBER-77 <b>&\n"
ASK = AskPayer(
    "t/c/ask/1", "1/payer", "P-1", "payer", "fax", TO, "Peer-to-peer review, our case P-1", TEXT,
    traceable=True, payer_name="Payer Test",
)  # fmt: skip
REFERENCE = value_of_key(ASK.key)
SENDER = FaxSender("North Hospital", OURS, PHONE)


@pytest.fixture
def faxes() -> Faxes:
    """A fax service's memory."""
    return Faxes()


@pytest.fixture
def url(faxes: Faxes) -> Iterator[str]:
    """A running fax service."""
    with fax_service(faxes) as address:
        yield address


def service(url: str, **more) -> FaxService:
    """Return the way to a service on this machine."""
    return FaxService(url, Transport(allow_loopback=True, limits=Limits(tries=1)), **({"secret": SECRET} | more))


def faxer(url: str, *, number: FaxNumber | None = None, now: datetime = NOW, **more) -> Faxer:
    """Return what faxes to one payer."""
    known = {"payer": number or FaxNumber(TO, "P2P desk")}
    line = ServiceLine(service(url, **more), number=OURS)
    return Faxer(line, known, sender=SENDER, print_fax=lambda paper: f"%PDF-{paper.text}".encode(), clock=lambda: now)


@pytest.mark.parametrize("multipart", [False, True])
@pytest.mark.parametrize("user", [None, "parley"])
def test_the_service_gets_the_pages_once(faxes: Faxes, url: str, multipart: bool, user: str | None):
    """As JSON or as a form, with a token or a password; by our reference, from our number to the payer's."""
    faxes.user = user
    written = faxer(url, multipart=multipart, user=user).perform(ASK, seen=False)

    assert ("f-1", "sent") == (written.reference, written.how)
    assert (TO, OURS) == (faxes.kept[REFERENCE]["to"], faxes.kept[REFERENCE]["from"])
    assert f"%PDF-{TEXT}".encode() == faxes.pages[REFERENCE]


def test_what_may_have_been_sent_is_looked_up_and_not_sent_again(faxes: Faxes, url: str):
    """The service took it and hung up: the look finds it by our reference."""
    faxes.drop = True
    with pytest.raises(WriteUnknown):
        faxer(url).perform(ASK, seen=False)
    faxes.drop, faxes.blind = False, True
    with pytest.raises(WriteUnknown):
        faxer(url).perform(ASK, seen=True, may_send=False)
    faxes.blind = False
    for may_send in (False, True):
        assert "found" == faxer(url).perform(ASK, seen=True, may_send=may_send).how

    assert 1 == faxes.posts


def test_a_second_send_of_one_reference_is_told_by_the_service(faxes: Faxes, url: str):
    """Its list lagged behind: 409 is no second fax, and the next look finds the first."""
    faxer(url).perform(ASK, seen=False)
    faxes.blind = True
    with pytest.raises(WriteUnknown):
        faxer(url).perform(ASK, seen=True)
    faxes.blind = False

    assert "found" == faxer(url).perform(ASK, seen=True, may_send=False).how
    assert 1 == len(faxes.kept)


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        ((422, {"error": "invalid_number", "message": "MEMBER-77"}, {}), Rejected, "no number that it can reach"),
        ((400, {"error": "MEMBER-77"}, {}), Rejected, "refused this"),
        ((404, {}, {}), Rejected, "takes no faxes"),
        ((403, {}, {}), NotAuthorised, "does not allow"),
        ((429, {}, {"Retry-After": "7"}), Busy, "busy"),
    ],
)
def test_a_refusal_is_told_in_our_words(faxes: Faxes, url: str, answer, kind, words):
    """What to do is about the payer, not about a chart; the service's own words may name people."""
    faxes.answers.append(answer)
    with pytest.raises(kind, match=words) as caught:
        faxer(url).perform(ASK, seen=False)

    assert "Nothing was sent." in caught.value.next and "call" in caught.value.next.lower()
    assert "MEMBER" not in caught.value.say + caught.value.next and not faxes.kept


def test_a_wrong_secret_is_a_persons_task(faxes: Faxes, url: str):
    """Neither is told."""
    with pytest.raises(NotAuthorised, match="does not know Parley's secret") as caught:
        faxer(url, secret="wrong-one").perform(ASK, seen=False)
    with pytest.raises(NotAuthorised):
        service(url, secret="wrong-one").look(REFERENCE)
    assert "wrong-one" not in caught.value.say + caught.value.next and not faxes.kept


@pytest.mark.parametrize("status", [500, 502, 504, 301])
def test_a_service_that_answers_nothing_clear_is_looked_up(faxes: Faxes, url: str, status: int):
    """It may have taken it."""
    faxes.answers.append((status, {}, {}))
    with pytest.raises(WriteUnknown):
        faxer(url).perform(ASK, seen=False)


def test_a_service_that_is_away_is_tried_again(faxes: Faxes):
    """Nothing was sent."""
    with fax_service(faxes) as url:
        pass
    with pytest.raises(Down) as caught:
        faxer(url).perform(ASK, seen=False)
    assert "tried again by itself" in caught.value.next


def test_what_became_of_it_is_told(faxes: Faxes, url: str):
    """Queued and sending is waiting; each reason of a failure says what to do; another's fax is not taken for ours."""
    at = "2026-11-23T15:04:00+00:00"
    assert service(url).look(REFERENCE) is None
    faxer(url).perform(ASK, seen=False)
    told = []
    for state, reason in (
        ("queued", None),
        ("sending", None),
        ("delivered", None),
        ("failed", "busy"),
        ("failed", "x"),
    ):
        faxes.tell(REFERENCE, state, at, reason)
        told.append(service(url).look(REFERENCE).delivery)

    assert ["waiting", "waiting", "delivered", "failed", "failed"] == [each.state for each in told]
    assert f"{WHY['busy']} {DO}" == told[3].say and DO in told[4].say
    assert datetime.fromisoformat(at) == told[2].at
    faxes.kept[REFERENCE]["reference"] = "another"
    assert service(url).look(REFERENCE) is None


@pytest.mark.parametrize(
    "fax", [{}, {"reference": "r"}, {"reference": "r", "state": "delivered"}, {"reference": 7, "state": "failed"},
            {"reference": "r", "state": "lost", "at": "2026-11-23T15:04:00Z"},
            {"reference": "r", "state": "failed", "at": "2026-11-23T15:04:00"},
            {"reference": "r", "state": "failed", "at": "0001-01-01T00:00:00+14:00"},
            {"reference": "a\n", "state": "failed", "at": "2026-11-23T15:04:00Z"}],
)  # fmt: skip
def test_what_is_not_as_agreed_tells_nothing(fax: dict):
    """No time without a zone, no state that nobody knows."""
    assert read_fax(fax) is None


def test_a_list_that_is_none_is_told(faxes: Faxes, url: str, monkeypatch):
    """A proxy's page, or another API."""
    monkeypatch.setattr(
        Faxes, "_listed", lambda *_: __import__("werkzeug").Response('{"faxes": 7}', 200, mimetype="application/json")
    )
    with pytest.raises(NotFhir):
        service(url).look(REFERENCE)


def test_words_that_name_the_member_go_only_where_the_site_says_so(faxes: Faxes, url: str):
    """A number that is marked so; when the mark is gone by the time it is sent, nothing is."""
    secret, marked = replace(ASK, confidential=True), FaxNumber(TO, confidential=True)
    assert not faxer(url).of("payer")[0].confidential and faxer(url, number=marked).of("payer")[0].confidential
    with pytest.raises(NotMeant):
        faxer(url).perform(secret, seen=False)
    assert not faxes.kept and issubclass(NotMeant, Permanent)
    faxer(url, number=marked).perform(secret, seen=False)
    assert 1 == len(faxes.kept)


def test_nothing_goes_to_another_number_or_too_late(faxes: Faxes, url: str):
    """The payer's number was changed, the payer taken out, or the times are over."""
    for number, key in ((FaxNumber("+15125550135"), "payer"), (None, "other")):
        with pytest.raises(NoAddress):
            faxer(url, number=number).perform(replace(ASK, payer_key=key), seen=False)
    with pytest.raises(TooLate):
        faxer(url).perform(replace(ASK, until=NOW), seen=False)
    faxer(url).perform(replace(ASK, until=NOW + timedelta(minutes=1)), seen=False)
    assert 1 == len(faxes.kept)


def test_the_first_page_names_nobody_and_the_words_are_all_there():
    """Cover and request of a real PDF: from, to, pages, notice; letters of markup are letters."""
    paper = FaxPaper("Payer Test · P2P desk", TO, "North <Hospital>", OURS, PHONE, ASK.subject, TEXT * 12, NOW)
    pages = [each.extract_text() for each in PdfReader(io.BytesIO(PaperMaker().fax(paper))).pages]
    cover, words = " ".join(pages[0].split()), " ".join(" ".join(pages[1:]).split())

    for each in (
        "Payer Test · P2P desk",
        TO,
        "North <Hospital>",
        OURS,
        PHONE,
        ASK.subject,
        NOTICE,
        f"{len(pages)} with",
    ):
        assert " ".join(each.split()) in cover, each
    assert "MEMBER" not in cover and 12 == words.count("Member ID: MEMBER-77 <b>&") and len(pages) >= 3
    assert f"Page 2 of {len(pages)}" in words and "November 23, 2026, 15:00 UTC" in cover


def test_a_gateway_gets_the_pages_by_mail(tmp_path: Path):
    """number@host, the PDF attached, over TLS; it cannot be asked, so a lost answer stays unknown."""
    own, mood = papers(tmp_path, "server"), Mood()
    with mail_server(mood, own) as port:
        line = GatewayLine(relay(port, own), host="fax.example", sender="calls@hospital.example")
        way = Faxer(line, {"payer": FaxNumber(TO)}, sender=SENDER, print_fax=lambda _: b"%PDF-1", clock=lambda: NOW)
        way.perform(ASK, seen=False)
        with pytest.raises(WriteUnknown):
            way.perform(ASK, seen=True, may_send=False)
    ((_, to, raw),) = mood.kept
    got = read(raw)

    assert ["15125550134@fax.example"] == to and ASK.subject == got["Subject"]
    assert f"<{REFERENCE}@hospital.example>" == got["Message-ID"]
    assert b"%PDF-1" == next(got.iter_attachments()).get_content()
    assert way.carrier is None and not way.of("payer")[0].traceable


def test_the_safest_way_comes_first_and_each_knows_its_own(url: str):
    """Mail before fax, whatever only the payer reads before both; addresses by mail, numbers by fax."""
    mail = Mailer(relay(25, None), {"payer": Recipient("p2p@payer.example")}, sender="a@b.example", clock=lambda: NOW)
    ways = WrittenWays(mail, faxer(url))
    safe = WrittenWays(mail, faxer(url, number=FaxNumber(TO, confidential=True)))

    assert ["message", "fax"] == [each.kind for each in ways.of("payer")]
    assert ["fax", "message"] == [each.kind for each in safe.of("payer")] and () == ways.of("other") == ways.of(None)
    for sender in (TO, "(512) 555-0134", "1-512-555-0134", "P2P@payer.example"):
        assert ways.is_from("payer", sender) and ways.is_from(None, sender) and not ways.is_from("other", sender)
    for sender in ("+15125550135", "", "5550134", "p2p@payer.example.evil.example"):
        assert not ways.is_from("payer", sender)


def test_a_request_by_fax_is_refused_where_nothing_is_faxed():
    """The service was taken out of the configuration."""
    way = Faxer(None, {"payer": FaxNumber(TO)}, sender=None, print_fax=lambda _: b"", clock=lambda: NOW)

    assert () == way.of("payer") and way.carrier is None
    with pytest.raises(NoAddress):
        way.perform(ASK, seen=False)
