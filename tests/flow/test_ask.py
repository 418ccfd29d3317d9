"""A payer is asked in writing: once, in the words that were shown, with all that is kept of it in one transaction."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.acts import AtStake
from app.core.case import CaseMoved, CaseState
from app.core.interval import Interval
from app.flow import ask, inbox, offers
from app.flow.ask import NotShown, NotWritten, OfferOver, WantedAsk
from tests.builders import MONDAY
from tests.fakes.office import PUBLISHER, Office, bring, detected, settle

BASE = "https://parley.example"


def shown(office: Office, case, **wanted) -> WantedAsk:
    """Return what a person sends after having read the words."""
    told = WantedAsk(BASE, **wanted)
    return replace(told, shown=ask.draft(office.ports(), case.id, told, now=office.now).words.digest)


def send(office: Office, case, wanted: WantedAsk, *, seen: int | None = None):
    """Send it, from the page as it stands."""
    seen = office.case(case.id).version if seen is None else seen
    return ask.send(office.ports(), case.id, wanted, seen=seen, now=office.now)


def offered(office: Office, case):
    """Return the case with two times of ours held for the payer, and the link's secret."""
    times = offers.our_times(office.ports(), case.id, now=office.now).slots[:2]
    wanted = offers.WantedOffer([each.interval for each in times], BASE, hours=24)
    made = offers.offer_times(office.ports(), case.id, wanted, seen=case.version, now=office.now)
    return made.case, made.secret


def test_the_case_waits_for_the_payer_and_the_inbox_keeps_what_was_asked(office: Office):
    """State, effect, event, act and message: all or none (decision 0003)."""
    case = detected(office, payer=PUBLISHER[1])
    asked = send(office, case, shown(office, case, number="512-555-0134"))
    (message,) = inbox.inbox(office.ports(), show="all", now=office.now)
    opened = inbox.open_message(office.ports(), message.id, now=office.now)

    assert (CaseState.REQUESTED, "payer") == (asked.state, asked.next_action.waits_on)
    assert ("AskPayer", "asked", "ask_for_call") == (
        office.effects(asked)[-1],
        office.events(asked)[-1],
        asked.acts[-1].kind,
    )
    assert ("out", "done", case.id) == (message.direction, message.state, message.case_id)
    assert "512-555-0134" in message.text and "queued" == opened.delivery.state
    assert 0 == inbox.count_new(office.ports())


def test_the_same_form_sent_twice_asks_once(office: Office):
    """A double click, or a browser that sends again."""
    case = detected(office, payer=PUBLISHER[1])
    wanted = shown(office, case)
    send(office, case, wanted, seen=case.version)
    send(office, case, wanted, seen=case.version)

    assert (1, 1) == (office.effects(case).count("AskPayer"), len(office.rows("messages")))


@pytest.mark.parametrize("shown_digest", [None, "", "0" * 32])
def test_words_that_nobody_has_read_are_not_sent(office: Office, shown_digest):
    """What was shown is what is sent, to the letter."""
    case = detected(office, payer=PUBLISHER[1])
    before = office.photo()
    with pytest.raises(NotShown):
        send(office, case, WantedAsk(BASE, shown=shown_digest))
    with pytest.raises(NotShown):
        send(office, case, replace(shown(office, case), number="512-555-0134"))

    assert before == office.photo() and [] == office.rows("messages")


def test_nothing_is_kept_when_the_case_has_moved(office: Office):
    """Somebody else was first: no message stands in the inbox that was never sent."""
    case = detected(office, payer=PUBLISHER[1])
    wanted = shown(office, case)
    send(office, case, wanted)
    with pytest.raises(CaseMoved):
        ask.send(office.ports(), case.id, replace(wanted, why="again"), seen=case.version - 1, now=office.now)

    assert 1 == len(office.rows("messages"))


def test_times_of_ours_go_out_with_their_link_and_stay_held(office: Office):
    """The payer gets two times and a direct number; the secret is in the message alone."""
    case, secret = offered(office, detected(office, payer=PUBLISHER[1]))
    asked = send(office, case, shown(office, case, secret=secret))
    (message,) = inbox.inbox(office.ports(), show="all", now=office.now)

    assert (CaseState.HELD, 2) == (asked.state, len(asked.holds))
    assert secret not in message.text and "We can take the call at one of these times" in message.text
    assert any(secret in str(row) for row in office.rows("effects"))


def test_a_link_that_is_over_or_anothers_offers_nothing(office: Office):
    """A newer link ended it, another case's was pasted, or its hours are over."""
    case, secret = offered(office, detected(office, payer=PUBLISHER[1]))
    other = detected(office, id="cr2", patient="p2", payer=PUBLISHER[1])
    for about, wanted in ((other, secret), (case, "guess")):
        with pytest.raises(OfferOver):
            ask.draft(office.ports(), about.id, WantedAsk(BASE, secret=wanted), now=office.now)
    office.push(hours=25)
    with pytest.raises(OfferOver):
        ask.draft(office.ports(), case.id, WantedAsk(BASE, secret=secret), now=office.now)


def test_a_payer_without_an_address_is_not_written_to(office: Office):
    """It says so, and what to do instead."""
    case = detected(office)
    with pytest.raises(NotWritten):
        ask.draft(office.ports(), case.id, WantedAsk(BASE), now=office.now)


def test_a_second_request_that_may_cost_the_next_stops_here_too(office: Office):
    """The guards hold whatever the channel; with a reason it goes on, and the reason is kept."""
    talked = bring(office, "connected", payer=PUBLISHER[1])
    case = settle(office, talked, result="upheld", reviewer_reason="Criteria are not met.", final=True)
    wanted, before = shown(office, case), office.rows("messages")
    with pytest.raises(AtStake):
        send(office, case, wanted)
    assert "AskPayer" not in office.effects(case) and before == office.rows("messages")

    asked = send(office, case, replace(wanted, why="The reviewer asked for it."))
    assert 1 == office.effects(asked).count("AskPayer") and "went_on" in office.events(asked)


def test_a_time_of_ours_that_would_suit_stands_in_the_words(office: Office):
    """Named in the payer's zone where no times are held for it; another time is another message."""
    case = bring(office, "offered", payer=PUBLISHER[1])
    free = Interval(MONDAY + timedelta(hours=7), MONDAY + timedelta(hours=7, minutes=20))
    plain, named = (
        ask.draft(office.ports(), case.id, WantedAsk(BASE, free=each), now=office.now).words for each in (None, free)
    )

    assert "This would suit us: Monday, November 23, 2026, 04:00 PM to 04:20 PM CST" in named.text
    assert "would suit us" not in plain.text and plain.digest != named.digest
