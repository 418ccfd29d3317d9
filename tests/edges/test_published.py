"""The payer's published book: read, taken, given back; the sandbox's payers over sockets, and payers that lie."""

from datetime import datetime, timedelta

import pytest

from app.core.effects import WriteUnknown
from app.core.interval import Interval
from app.edges.http import Down, Transport
from app.edges.payers import PayerEndpoint, PublishedDesk
from app.edges.payers.desk import CallThePayer, SlotGone
from tests.edges.effects import tell_payer
from tests.edges.ehr_server import NOW, QUICK, serve
from tests.edges.wire import answer, wire
from tests.fhir_validation import errors_of

WEEK = Interval(NOW, NOW + timedelta(days=7))
SLUG = "unitedhealthcare"


@pytest.fixture
def server():
    with serve("full") as running:
        yield running


def desk(base, *, books=True):
    return PublishedDesk({"payer-a": PayerEndpoint(base, books)}, Transport(allow_loopback=True, limits=QUICK))


def the_desk(server, **more):
    return desk(f"{server.origin}/payer/{SLUG}/fhir", **more)


def booked(server):
    return [each for each in server.payer.stores[SLUG].all("Appointment") if each["status"] == "booked"]


# -- reading -------------------------------------------------------------------------------------------------
def test_free_slots_of_every_page_become_windows(server):
    """All free slots of the week, each once, none that is taken or past."""
    windows = the_desk(server).windows("payer-a", WEEK, now=NOW)

    free = [
        each
        for each in server.payer.publish(SLUG).all("Slot")
        if each["status"] == "free" and datetime.fromisoformat(each["start"]) < WEEK.end
    ]
    assert len(free) == len(windows) > 10
    assert len(windows) == len({each.id for each in windows}) == len({each.slot for each in windows})
    assert all("published" == each.channel and each.interval.start >= NOW for each in windows)


def test_a_window_names_its_reviewer_and_specialty(server):
    """Who will call, and from which specialty, as the payer publishes it."""
    reviewers = {each.reviewer for each in the_desk(server).windows("payer-a", WEEK, now=NOW)}

    assert any(each.name and each.name.startswith("Dr.") and each.specialty for each in reviewers)


def test_a_payer_that_publishes_nothing_is_not_asked(server):
    """An unknown payer has no windows here, and nobody else's."""
    assert () == the_desk(server).windows("other", WEEK, now=NOW)
    assert () == the_desk(server).windows(None, WEEK, now=NOW)
    assert [] == server.asked()


def a_slot(key, start, end, status="free", **more):
    return {"resourceType": "Slot", "id": key, "status": status, "start": start, "end": end, **more}


def published(*slots):
    entries = [{"resource": each} for each in slots]
    bundle = answer(200, {"resourceType": "Bundle", "type": "searchset", "entry": entries})
    with wire(bundle) as server:
        return desk(server.base).published("payer-a", WEEK, now=NOW)


def test_offsets_are_honoured_and_times_without_one_refused():
    """10:00-05:00 is 15:00 UTC; 10:00 alone is nobody's time."""
    read = published(
        a_slot("s-1", "2026-03-02T10:00:00-05:00", "2026-03-02T10:20:00-05:00"),
        a_slot("s-2", "2026-03-02T10:00:00", "2026-03-02T10:20:00"),
        a_slot("s-3", "2026-03-03", "2026-03-03"),
        a_slot("s-4", "2026-03-02T11:00:00-05:00", "2026-03-02T10:20:00-05:00"),
    )

    assert [Interval(NOW, NOW + timedelta(minutes=20))] == [each.interval for each in read.windows]
    assert 2 == len(read.warnings)


def test_one_id_with_two_starts_is_two_windows_that_can_be_told_apart():
    """A payer that numbers by reviewer and not by time: both times are kept, each with its own name."""
    read = published(
        a_slot("s-1", "2026-03-02T16:00:00Z", "2026-03-02T16:20:00Z"),
        a_slot("s-1", "2026-03-02T17:00:00Z", "2026-03-02T17:20:00Z"),
        a_slot("s-2", "2026-03-02T18:00:00Z", "2026-03-02T18:20:00Z"),
        a_slot("s-2", "2026-03-02T18:00:00Z", "2026-03-02T18:20:00Z", status="busy"),
    )

    assert (
        2 == len(read.windows) == len({each.slot for each in read.windows}) == len({each.id for each in read.windows})
    )
    assert all("#" in each.slot for each in read.windows)


def test_only_free_slots_in_the_span_are_windows():
    """The server's own filter is not trusted: busy, past and far slots are left out here."""
    read = published(
        a_slot("s-1", "2026-03-02T16:00:00Z", "2026-03-02T16:20:00Z", status="busy"),
        a_slot("s-2", "2026-03-02T14:00:00Z", "2026-03-02T14:20:00Z"),
        a_slot("s-3", "2026-04-02T14:00:00Z", "2026-04-02T14:20:00Z"),
        a_slot("s-4", "2026-03-02T16:00:00Z", "2026-03-02T16:20:00Z", status="odd"),
    )

    assert () == read.windows


def test_a_payer_that_refuses_our_parameters_is_asked_without_them():
    """400 to an unknown parameter; what comes without it is sifted here."""
    slot = a_slot("s-1", "2026-03-02T16:00:00Z", "2026-03-02T16:20:00Z")
    whole = answer(200, {"resourceType": "Bundle", "entry": [{"resource": slot}]})
    with wire(answer(400), whole) as server:
        assert 1 == len(desk(server.base).windows("payer-a", WEEK, now=NOW))


def test_a_payer_that_is_down_is_told_as_down():
    """An unreachable payer is an error, not an empty book."""
    with wire(answer(503)) as server, pytest.raises(Down):
        desk(server.base).windows("payer-a", WEEK, now=NOW)


# -- taking and giving back ----------------------------------------------------------------------------------
def a_window(server, which=0):
    return the_desk(server).windows("payer-a", WEEK, now=NOW)[which]


def test_a_slot_is_taken_once(server):
    """The first try books, the second finds the same booking."""
    effect = tell_payer(a_window(server).slot)
    first, second = (the_desk(server).perform(effect, seen=False) for _ in range(2))

    assert ("created", "found") == (first.how, second.how)
    assert first.reference == second.reference
    assert 1 == len(booked(server))


@pytest.mark.parametrize("do", ["commit-then-drop", "drop-before", "empty-201", "html-200", "truncate"])
def test_a_lost_answer_never_takes_a_slot_twice(server, do):
    """The payer's answer is lost; the next tries bring exactly one booking (A13)."""
    effect, seen = tell_payer(a_window(server).slot), False
    server.fault(do, method="POST", type=f"/payer/{SLUG}/fhir/Appointment", without=("Location",))

    for _ in range(3):
        try:
            the_desk(server).perform(effect, seen=seen)
            break
        except WriteUnknown:
            seen = True

    assert 1 == len(booked(server))


def test_a_look_alone_books_nothing(server):
    """may_send False looks and says unknown."""
    with pytest.raises(WriteUnknown):
        the_desk(server).perform(tell_payer(a_window(server).slot), seen=True, may_send=False)

    assert [] == booked(server)


def test_a_slot_that_someone_else_took_is_gone(server):
    """Taken between reading and booking: a person must choose again."""
    slot = a_window(server).slot
    the_desk(server).perform(tell_payer(slot), seen=False)

    with pytest.raises(SlotGone):
        the_desk(server).perform(tell_payer(slot, booking_id="b-2", key="other"), seen=False)


def test_a_slot_is_given_back_and_can_be_taken_again(server):
    """Cancelling frees the payer's slot; once is enough, twice is quiet."""
    slot = a_window(server).slot
    the_desk(server).perform(tell_payer(slot), seen=False)
    given = [the_desk(server).perform(tell_payer(slot, "cancelled"), seen=False).how for _ in range(2)]

    assert ["updated", "found"] == given
    assert [] == booked(server)
    assert slot in {each.slot for each in the_desk(server).windows("payer-a", WEEK, now=NOW)}
    assert "created" == the_desk(server).perform(tell_payer(slot, key="again"), seen=False).how


def test_giving_back_what_was_never_taken_is_done_already(server):
    """Nothing stands at the payer, so nothing is owed."""
    assert "found" == the_desk(server).perform(tell_payer(a_window(server).slot, "cancelled"), seen=False).how


@pytest.mark.node
def test_no_phi_travels_and_what_travels_is_valid(server):
    """The payer gets slot, times, our case number and its own reference; two validators find no error."""
    effect = tell_payer(a_window(server).slot, payer_reference="REF-1")
    sent = []
    original = server.payer.book
    server.payer.book = lambda slug, resource: (sent.append(resource), original(slug, resource))[1]
    the_desk(server).perform(effect, seen=False)

    [resource] = sent
    assert "Your reference REF-1" == resource["comment"]
    assert not {"supportingInformation", "patientInstruction"} & resource.keys()
    assert [] == errors_of(resource)


def test_a_payer_that_takes_no_bookings_is_a_call_for_a_person(server):
    """It publishes times only; the person is told to call, nothing is sent."""
    slot = a_window(server).slot
    server.faults.log.clear()

    with pytest.raises(CallThePayer):
        the_desk(server, books=False).perform(tell_payer(slot), seen=False)
    with pytest.raises(CallThePayer):
        the_desk(server).perform(tell_payer("https://elsewhere.example/fhir/Slot/1"), seen=False)
    assert [] == server.asked()


@pytest.mark.parametrize("change", ["booked", "cancelled"])
def test_a_time_from_a_feed_is_booked_by_a_person(server, change):
    """A feed takes no booking: nothing is sent anywhere, and what to do by hand is said."""
    with pytest.raises(CallThePayer) as caught:
        the_desk(server).perform(tell_payer("feed:payer-a/Slot/1#20260302T160000Z", change), seen=False)

    assert [] == server.asked()
    assert ("give this time back" in caught.value.next) == (change == "cancelled")
