"""Notices by text message, over sockets, to a service that speaks our contract: once, or a person is told."""

from dataclasses import replace

import pytest

from app.core.effects import WriteUnknown
from app.edges.http import Busy, Down, Limits, NotAuthorised, Rejected, Transport
from app.edges.notices import SmsService, Teller
from app.errors import Misconfigured, Permanent
from tests.edges.sms_server import TOKEN, Texts, text_service
from tests.edges.test_notices import TOLD

SMS = replace(TOLD, way="sms", to="+15125550134", text="Parley: booked: peer-to-peer call P-7KMQ2D, Müller Health.")
QUICK = Limits(connect_seconds=4, read_seconds=3, total_seconds=8)


def perform(url: str, effect=SMS, *, token: str = TOKEN, may_send: bool = True, **more):
    """Send one notice to a service."""
    way = SmsService(url, Transport(allow_loopback=True, limits=QUICK), token=token, **more)
    return Teller({"sms": way}, standing=lambda *_: None).perform(effect, seen=not may_send, may_send=may_send)


def test_a_message_arrives_as_it_was_worded():
    """To one number, in these words, as the site's own sender; the service's name of it is kept."""
    texts = Texts()
    with text_service(texts) as url:
        written = perform(url, sender="Parley")

    assert [{"to": SMS.to, "text": SMS.text, "from": "Parley"}] == list(texts.kept.values())
    assert ("m-1", "sent") == (written.reference, written.how)


def test_a_repeat_carries_the_same_name_and_says_nothing():
    """So that a service that hears twice sends once; the name tells neither case nor hospital."""
    texts = Texts()
    with text_service(texts) as url:
        for key in ("north/case1/notice/b1/0/booked/sms/own",) * 2 + ("north/case1/notice/b1/1/moved/sms/own",):
            perform(url, replace(SMS, key=key))

    assert 2 == len(texts.kept) and not any("case1" in key or "north" in key for key in texts.kept)


@pytest.mark.parametrize(
    ("code", "words"),
    [("invalid_number", "no number"), ("opted_out", "asked to get no messages"), ("blocked", "barred")],
)
@pytest.mark.parametrize("status", [400, 422])
def test_a_refused_number_is_told_by_its_reason(status: int, code: str, words: str):
    """In our words, with what to do; never tried again."""
    with text_service(Texts(answers=[(status, {"error": code}, {})])) as url, pytest.raises(Rejected) as caught:
        perform(url)

    assert words in caught.value.say and "Tell them of the call yourself" in caught.value.next


def test_words_of_the_service_are_not_repeated():
    """They may hold the number, or whatever else it was told."""
    body = {"error": f"cannot reach {SMS.to}", "message": SMS.text}
    with text_service(Texts(answers=[(400, body, {})])) as url, pytest.raises(Rejected) as caught:
        perform(url)

    assert SMS.to not in caught.value.say and "P-7KMQ2D" not in caught.value.say


@pytest.mark.parametrize("status", [401, 403, 404, 405])
def test_a_wrong_token_or_address_is_a_persons_task(status: int):
    """And is not asked for at the EHR's sign-in."""
    texts = Texts(answers=[(status, {}, {})])
    with text_service(texts) as url, pytest.raises(Permanent) as caught:
        perform(url)

    assert isinstance(caught.value, NotAuthorised | Rejected) and 1 == len(texts.asked)


def test_not_now_is_tried_later():
    """429: nothing was sent; when it asked to wait, it is waited."""
    with text_service(Texts(answers=[(429, {}, {"Retry-After": "90"})])) as url, pytest.raises(Busy) as caught:
        perform(url)

    assert 90 == caught.value.retry_after_seconds and "until the call begins" in caught.value.next


@pytest.mark.parametrize("status", [302, 409, 500, 502, 503, 504])
def test_an_answer_that_says_nothing_certain_is_unknown(status: int):
    """It may have gone out before the service fell over; it is not followed elsewhere either."""
    texts = Texts(answers=[(status, "<html>", {"Location": "https://elsewhere.example/"})])
    with text_service(texts) as url, pytest.raises(WriteUnknown):
        perform(url)

    assert 1 == len(texts.asked)


def test_a_lost_answer_is_unknown_and_is_not_sent_again():
    """The message went out; a second look asks nobody."""
    texts = Texts(drop=True)
    with text_service(texts) as url:
        with pytest.raises(WriteUnknown):
            perform(url)
        with pytest.raises(WriteUnknown):
            perform(url, may_send=False)

    assert (1, ["POST"]) == (len(texts.kept), texts.asked)


def test_nobody_at_the_address_sent_nothing():
    """Tried again by itself."""
    with text_service(Texts()) as url:
        pass
    with pytest.raises(Down) as caught:
        perform(url)

    assert not isinstance(caught.value, WriteUnknown)


@pytest.mark.parametrize("body", ["", "<p>taken</p>", {"id": 7}, {"id": "a b"}, {"id": "x" * 81}, {"other": "x"}])
def test_a_taken_message_needs_no_words(body):
    """What is no plain name of it is not kept."""
    with text_service(Texts(answers=[(202, body, {})])) as url:
        written = perform(url)

    assert len(written.reference) == 36 and "sent" == written.how


def test_in_clear_nothing_goes_further_than_this_machine():
    """The token and the number are nobody else's."""
    with pytest.raises(Misconfigured, match=r"sms\.url"):
        SmsService("http://sms.example/messages", Transport(), token=TOKEN)
