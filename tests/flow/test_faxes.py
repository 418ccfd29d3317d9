"""A fax that was taken has not arrived: what became of it is kept, and what did not arrive is put before a person."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.case import CaseState
from app.core.windows.ask import PayerChannel
from app.core.windows.message import Delivery, Message, with_delivery
from app.edges.fhir.identifiers import value_of_key
from app.edges.store import SqlOutbox
from app.edges.store.mailbook import SqlMailBook
from app.flow import ask
from app.flow.ask import NotWritten
from app.flow.inbox import inbox, open_message
from app.flow.mailroom import PATIENCE, PAUSE, follow, note
from app.flow.outbox import drain
from app.flow.ports import Told
from tests.builders import MONDAY
from tests.fakes.office import PUBLISHER, Office, detected
from tests.fakes.post import FakeCarrier
from tests.flow.test_ask import send, shown

NUMBER = "+15125550134"
FAX = PayerChannel("fax", NUMBER, confidential=False, traceable=True, answer_to="+15125550100")
WHY = "The payer's fax was busy at every try. Call the payer."


@pytest.fixture
def faxing(office: Office) -> Office:
    """An office whose payer takes faxes beside mail."""
    office.channels.more[PUBLISHER[0]] = (FAX,)
    return office


def faxed(office: Office, *, taken: bool = True):
    """Return a case whose payer was asked by fax, our message, and its reference. taken: the service has it"""
    case = detected(office, payer=PUBLISHER[1])
    case = send(office, case, shown(office, case, by="fax"))
    if taken:
        how = {"now": lambda: office.now, "jitter": random.random}
        drain(SqlOutbox(office.database), None, office.desk, **how)
    (message,) = [each for each in messages(office) if each.direction == "out"]
    return case, message, value_of_key(message.effect)


def messages(office: Office):
    """Return all messages."""
    return inbox(office.ports(), show="all", now=office.now)


def tell(office: Office, reference: str, state: str, *, minutes: int = 1, say: str = "") -> bool:
    """Let it be told what became of a fax."""
    told = Told(reference, Delivery(state, office.now + timedelta(minutes=minutes), say))
    return note(told, SqlMailBook(office.database), {"sandbox": office.ports()}, now=office.now)


def look(office: Office, carrier: FakeCarrier, **later: float) -> int:
    """Let the worker ask after faxes, later."""
    office.push(**(later or {"seconds": PAUSE.total_seconds() + 1}))
    return follow(carrier, SqlMailBook(office.database), {"sandbox": office.ports()}, now=office.now)


def test_the_person_chooses_the_way_and_the_words_follow(faxing: Office):
    """To a fax is not answered by answering; the first way is the payer's safest."""
    case = detected(faxing, payer=PUBLISHER[1])
    by_mail = ask.draft(faxing.ports(), case.id, ask.WantedAsk("https://x"), now=faxing.now)
    by_fax = ask.draft(faxing.ports(), case.id, ask.WantedAsk("https://x", by="fax"), now=faxing.now)

    assert ("message", (FAX,), FAX) == (by_mail.channel.kind, by_mail.others, by_fax.channel)
    assert "Answer this message" in by_mail.words.text and "Answer by fax to +15125550100" in by_fax.words.text
    with pytest.raises(NotWritten):
        ask.draft(faxing.ports(), case.id, ask.WantedAsk("https://x", by="pigeon"), now=faxing.now)


def test_a_fax_is_asked_for_once_and_waits_to_arrive(faxing: Office):
    """With its number, its reference and what the words were written for."""
    case, message, _ = faxed(faxing)
    (effect,) = [each for each in faxing.desk.told.values()]

    assert CaseState.REQUESTED is case.state and ("fax", NUMBER, True) == (effect.channel, effect.to, effect.traceable)
    assert ("waiting", PUBLISHER[1]) == (message.delivery.state, effect.payer_name)
    assert "confirmed" == open_message(faxing.ports(), message.id, now=faxing.now).delivery.state


def test_what_arrived_is_said_and_puts_nothing_before_anybody(faxing: Office):
    """Told twice it is news once."""
    _, message, reference = faxed(faxing)

    assert [True, False] == [tell(faxing, reference, "delivered") for _ in range(2)]
    assert "delivered" == faxing.ports().messages.one("sandbox", message.id).delivery.state
    assert 1 == len(messages(faxing))


def test_what_did_not_arrive_is_put_before_a_person_once(faxing: Office):
    """With its case and what to do; a delivery after it is believed, one before it is not."""
    case, message, reference = faxed(faxing)
    assert [True, False] == [tell(faxing, reference, "failed", minutes=5, say=WHY) for _ in range(2)]
    (notice,) = [each for each in messages(faxing) if each.direction == "in"]

    assert ("undelivered", "new", case.id, (WHY,), ()) == (
        notice.kind, notice.state, notice.case_id, notice.remarks, notice.offers)  # fmt: skip
    assert "fax" in notice.subject and "did not arrive" in notice.subject
    assert not tell(faxing, reference, "delivered", minutes=4)
    assert not tell(faxing, reference, "waiting", minutes=9)
    assert tell(faxing, reference, "delivered", minutes=10)
    assert "delivered" == faxing.ports().messages.one("sandbox", message.id).delivery.state


def test_the_worker_asks_until_it_knows(faxing: Office):
    """One worker at a time, and no more after that."""
    _, _, reference = faxed(faxing)
    carrier = FakeCarrier()
    assert 0 == look(faxing, carrier)
    assert 0 == follow(carrier, SqlMailBook(faxing.database), {"sandbox": faxing.ports()}, now=faxing.now)
    carrier.told[reference] = Told(reference, Delivery("failed", faxing.now, WHY))
    assert [1, 0] == [look(faxing, carrier) for _ in range(2)]

    assert 2 == carrier.asked
    assert ["undelivered"] == [each.kind for each in messages(faxing) if each.direction == "in"]


@pytest.mark.parametrize("told", [False, True])
def test_a_day_of_silence_is_said(faxing: Office, told: bool):
    """The service knows nothing of it, or says “sending” for ever: somebody asks the payer; said once."""
    _, message, reference = faxed(faxing)
    carrier = FakeCarrier({reference: Told(reference, Delivery("waiting", faxing.now))} if told else {})
    look(faxing, carrier, hours=23)
    assert 1 == len(messages(faxing))

    assert [1, 0] == [look(faxing, carrier, hours=2) for _ in range(2)]
    assert "unknown" == faxing.ports().messages.one("sandbox", message.id).delivery.state
    (notice,) = [each for each in messages(faxing) if each.direction == "in"]
    assert "may not have arrived" in notice.subject and "Ask the payer" in notice.remarks[0]
    assert PATIENCE == timedelta(days=1)


def test_what_was_never_taken_is_not_asked_after(faxing: Office):
    """It is queued still: the service knows nothing of it, and a day without it says nothing."""
    faxed(faxing, taken=False)
    carrier = FakeCarrier()
    look(faxing, carrier, hours=30)

    assert (0, 1) == (carrier.asked, len(messages(faxing)))


def test_a_fax_of_nobody_is_no_news(faxing: Office):
    """Another sender's at the same service, or of a hospital that is set up no more."""
    _, _, reference = faxed(faxing)
    told = Told(reference, Delivery("failed", faxing.now + timedelta(minutes=1), WHY))

    assert not tell(faxing, "another", "failed")
    assert not note(told, SqlMailBook(faxing.database), {}, now=faxing.now)


TELLINGS = st.lists(
    st.builds(
        Delivery,
        st.sampled_from(["waiting", "delivered", "failed", "unknown"]),
        st.integers(0, 5).map(lambda minutes: MONDAY + timedelta(minutes=minutes)),
        st.sampled_from(["", "busy"]),
    )
)


@settings(deadline=None)
@given(TELLINGS)
def test_what_is_told_in_any_order_never_goes_back(tellings: list[Delivery]):
    """Time never runs back, an end that is known is never forgotten, and telling the last thing again is no news."""
    ours = Message("m", "m", MONDAY, "out", "fax", None, "", "", delivery=Delivery("waiting", MONDAY))
    for told in tellings:
        before, ours = ours, with_delivery(ours, told)
        assert ours.delivery.at >= before.delivery.at
        assert before.delivery.state == "waiting" or ours.delivery.state != "waiting"
        assert with_delivery(ours, told) is ours

    assert with_delivery(replace(ours, delivery=None), Delivery("failed", MONDAY)).delivery is None
