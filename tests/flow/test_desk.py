"""Times of ours are offered by a link: one pick books and frees the rest, what fails fails closed, no PHI is shown."""

from datetime import timedelta

import pytest

from app.core.book import SlotTaken
from app.core.book.holds import HoldGone
from app.core.case import CaseState
from app.core.people import Role, User
from app.core.windows import WindowRefused
from app.core.windows.link import LinkOver, digest_of
from app.edges.store.effects import effects
from app.errors import Temporary
from app.flow.desk import Answer, NothingProposed, desk_view, pick_by_payer, propose_by_payer
from app.flow.inbox import inbox
from app.flow.offers import NothingOffered, WantedOffer, offer_times, our_times
from app.flow.ports import Ports
from tests.fakes.office import TENANT, Office, an_answer, detected
from tests.flow.test_book import take

BASE = "https://parley.example"
ANSWER = Answer("Scheduler Example", "Dr Peer Example", "Spine surgery", "800-555-0199")
LINK_USER = User(f"{TENANT}|payer-link", "The payer, by link", Role.DELEGATE)


def by_link(office: Office) -> Ports:
    """Return what a payer's link may touch."""
    return office.ports(user=LINK_USER, session_id="s1", acts_for=f"{TENANT}|coordinator")


def offered(office: Office, count: int = 3, **more):
    """Return a case whose first free times are offered, its link, and what was offered."""
    case = detected(office, **more)
    times = our_times(office.ports(), case.id, now=office.now).slots
    made = offer_times(
        office.ports(session_id="s1"),
        case.id,
        WantedOffer([each.interval for each in times[:count]], BASE, 24),
        seen=case.version,
        now=office.now,
    )
    return made, made.words.rsplit("/", 1)[1]


def link(office: Office, secret: str):
    """Return the link of a secret."""
    return office.ports().links.by_digest(digest_of(secret))


def view(office: Office, secret: str):
    """Return what the payer sees."""
    return desk_view(by_link(office), link(office, secret), hospital="North Hospital", now=office.now)


def pick(office: Office, secret: str, hold_id: str):
    """Pick as the payer's staff do."""
    return pick_by_payer(by_link(office), link(office, secret), hold_id, ANSWER, now=office.now)


def test_what_is_offered_is_held_and_says_nothing_of_the_patient(office: Office):
    """Half-hours in the payer's hours; the words and the page carry our number and the payer's reference alone."""
    made, secret = offered(office)
    shown = view(office, secret)

    assert (CaseState.HELD, 3) == (made.case.state, len(shown.times))
    assert {0} == {each.interval.start.minute % 30 for each in shown.times}
    said = f"{made.words} {shown}"
    for word in ("Synthetic", "1960", "MRN", "X1", "Lumbar", "fusion"):
        assert word not in said, word
    assert made.case.number in made.words and "REF-cr1" in made.words
    assert len(secret) >= 32


def test_the_secret_is_kept_nowhere(office: Office):
    """Only its digest stands in the database; the link itself is shown once."""
    _, secret = offered(office)
    rows = str([office.rows(name) for name in ("payer_links", "effects", "events", "audit", "messages")])

    assert secret not in rows
    assert 1 == len(office.rows("payer_links"))


def test_one_pick_books_and_gives_the_rest_back(office: Office):
    """The Appointment is asked for in the name of who offered, the reviewer is kept, the inbox tells it as done."""
    made, secret = offered(office)
    chosen = view(office, secret).times[1]
    booked = pick(office, secret, chosen.id)

    assert (CaseState.BOOKED, chosen.interval, ()) == (booked.state, booked.booking.interval, booked.holds)
    assert "Dr Peer Example" == booked.booking.reviewer.name
    assert ["WriteAppointment"] == office.effects(made.case)
    names = [each.name for each in effects.columns]
    assert {("s1", f"{TENANT}|coordinator")} == {
        (row[names.index("session_id")], row[names.index("user_key")]) for row in office.rows("effects")
    }
    (told,) = inbox(office.ports(), show="all", now=office.now)
    assert ("link", "done", made.case.id) == (told.channel, told.state, told.case_id)
    assert chosen.interval == view(office, secret).booked


def test_a_link_is_picked_once(office: Office):
    """A second press, a second reader: told what was booked, and nothing changes."""
    made, secret = offered(office)
    first, second = view(office, secret).times[:2]
    pick(office, secret, first.id)
    with pytest.raises(LinkOver):
        pick(office, secret, second.id)

    assert first.interval == office.case(made.case.id).booking.interval


def test_a_link_ends(office: Office):
    """Expired, replaced by a newer one, or unknown: the same words for each."""
    _, secret = offered(office)
    office.now += timedelta(hours=24)
    for stranger in (secret, "no such secret", ""):
        with pytest.raises(LinkOver):
            view(office, stranger)


def test_a_newer_link_ends_the_older(office: Office):
    """Two links for one case would be two promises."""
    made, secret = offered(office)
    times = our_times(office.ports(), made.case.id, now=office.now).slots
    again = offer_times(
        office.ports(),
        made.case.id,
        WantedOffer([times[-1].interval], BASE, 4),
        seen=made.case.version,
        now=office.now,
    )
    with pytest.raises(LinkOver):
        view(office, secret)
    assert [times[-1].interval] == [each.interval for each in again.case.holds]


def test_a_time_that_our_calendar_lost_is_not_promised(office: Office):
    """Taken since it was offered: refused, given back, and the others are still there to pick."""
    made, secret = offered(office)
    gone = view(office, secret).times[0]
    take(office, gone.interval.start)
    with pytest.raises(SlotTaken):
        pick(office, secret, gone.id)

    left = [each.id for each in view(office, secret).times]
    assert gone.id not in left and 2 == len(left)
    assert CaseState.HELD == office.case(made.case.id).state
    with pytest.raises(HoldGone):
        pick(office, secret, gone.id)


def test_a_pick_over_an_unread_calendar_waits_for_a_person(office: Office):
    """Fails closed: nothing is booked, the picked time stays held until it begins, the inbox asks a person."""
    made, secret = offered(office)
    chosen = view(office, secret).times[0]
    office.ehr.busy = lambda *_, **__: (_ for _ in ()).throw(Temporary("away"))
    assert pick(office, secret, chosen.id) is None

    case = office.case(made.case.id)
    assert (CaseState.HELD, [(chosen.interval, chosen.interval.start)]) == (
        case.state,
        [(each.interval, each.expires_at) for each in case.holds],
    )
    (told,) = inbox(office.ports(), show="new", now=office.now)
    assert "could not be read again" in told.text
    with pytest.raises(LinkOver):
        view(office, secret)


def test_other_times_are_proposals_for_a_person(office: Office):
    """They stand in the inbox with the payer's zone; ours are free again; nothing is booked."""
    made, secret = offered(office)
    told = [("2026-11-24", "09:00", "10:00"), ("2026-11-25", "13:00", "14:30")]
    count = propose_by_payer(by_link(office), link(office, secret), told, "America/New_York", ANSWER, now=office.now)

    (message,) = inbox(office.ports(), show="new", now=office.now)
    assert (2, 2, "link") == (count, len(message.offers), message.channel)
    assert ["2026-11-24T14:00", "2026-11-25T18:00"] == [f"{o.interval.start:%Y-%m-%dT%H:%M}" for o in message.offers]
    assert ((), CaseState.REQUESTED) == (office.case(made.case.id).holds, office.case(made.case.id).state)


def test_what_cannot_be_a_proposal_changes_nothing(office: Office):
    """No time at all, or one that cannot be: the link stays open, our times stay held."""
    _, secret = offered(office)
    for told, refusal in (([], NothingProposed), ([("2026-02-30", "09:00", "10:00")], WindowRefused)):
        with pytest.raises(refusal):
            propose_by_payer(by_link(office), link(office, secret), told, "America/Chicago", ANSWER, now=office.now)
    assert 3 == len(view(office, secret).times)


def test_nothing_or_a_taken_time_is_not_offered(office: Office):
    """Chosen on a page that is old: all or none."""
    case = detected(office)
    times = our_times(office.ports(), case.id, now=office.now).slots
    take(office, times[0].interval.start)
    ask = {"seen": case.version, "now": office.now}
    with pytest.raises(NothingOffered):
        offer_times(office.ports(), case.id, WantedOffer([], BASE, 4), **ask)
    with pytest.raises(SlotTaken):
        offer_times(office.ports(), case.id, WantedOffer([each.interval for each in times[:2]], BASE, 4), **ask)
    assert [] == office.rows("payer_links") == office.rows("busy_quanta")


def test_two_cases_are_not_offered_the_same_time(office: Office):
    """What is held for one payer is not among our free times for the next."""
    made, _ = offered(office)
    other = detected(office, an_answer("cr2", patient="p2"))
    free = {each.interval for each in our_times(office.ports(), other.id, now=office.now).slots}

    assert free.isdisjoint(each.interval for each in made.case.holds)
