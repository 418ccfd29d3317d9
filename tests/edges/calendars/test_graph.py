"""Outlook by Microsoft Graph: every page or none, whole days on the owner's wall, our call once."""

from datetime import UTC, datetime, timedelta

import pytest

from app.core.effects import WriteUnknown
from app.core.slots.calendars import BusyKind
from app.edges.calendars.graph import GraphCalendar, graph_endpoint
from app.edges.http import Busy, Transport
from tests.edges.calendars.calls import NOW, WEEK, call, hours
from tests.edges.calendars.graph_like import GraphLike, refused
from tests.edges.calendars.json_server import Told, json_server
from tests.edges.calendars.writing import CHICAGO, span


@pytest.fixture
def graph():
    """One mailbox, empty yet."""
    mailbox = GraphLike()
    with json_server(mailbox) as base:
        mailbox.base = f"{base}/v1.0"
        yield mailbox


def connect(base: str, **how) -> GraphCalendar:
    """Return a calendar as the product connects it; loopback allowed."""
    endpoint = graph_endpoint(Transport(allow_loopback=True), lambda _: "token", base=base)
    endpoint._sleep = lambda _: None
    return GraphCalendar(endpoint, name="clinic", zone=CHICAGO, **how)


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        ({}, BusyKind.BUSY),
        ({"showAs": "tentative"}, BusyKind.TENTATIVE),
        ({"showAs": "oof"}, BusyKind.UNAVAILABLE),
        ({"showAs": "free"}, None),
        ({"showAs": "workingElsewhere"}, None),
        ({"showAs": "unknown"}, BusyKind.BUSY),
        ({"isCancelled": True}, None),
        ({"responseStatus": {"response": "declined"}}, None),
        ({"responseStatus": {"response": "notResponded"}}, BusyKind.TENTATIVE),
        ({"responseStatus": {"response": "organizer"}}, BusyKind.BUSY),
        ({"responseStatus": {"response": "accepted"}, "showAs": "free"}, None),
    ],
)
def test_event_blocks_as_outlook_means_it(graph, event: dict, kind):
    """showAs has the first word, the owner's answer the last; a word that is new blocks."""
    graph.add("a", "2026-11-02T16:00:00+00:00", "2026-11-02T17:00:00+00:00", **event)

    read = connect(graph.base).busy(WEEK, now=NOW)

    assert ([each.kind for each in read.busy], read.verified) == ([kind] if kind else [], True)


def test_times_are_asked_for_in_utc(graph):
    """Without Prefer they come in the mailbox's zone under Windows' name for it."""
    graph.add("a", "2026-11-02T16:00:00+00:00", "2026-11-02T17:00:00+00:00")

    assert hours(connect(graph.base).busy(WEEK, now=NOW)) == ["02 16:00-17:00"]
    assert all('outlook.timezone="UTC"' in each.headers["prefer"] for each in graph.asked)


def test_whole_days_hang_on_the_owners_wall(graph):
    """Graph tells them at midnight UTC whatever is asked for; the day is the owner's, at the span's edge too."""
    graph.add("a", "2026-11-04T00:00:00+00:00", "2026-11-05T00:00:00+00:00", isAllDay=True)
    edge = span("2026-11-05", "2026-11-06")

    assert hours(connect(graph.base).busy(WEEK, now=NOW)) == ["04 06:00-06:00"]
    assert hours(connect(graph.base).busy(edge, now=NOW)) == ["05 00:00-06:00"]


def test_every_page_is_read(graph):
    """The next page is a whole address, gone to only where it is Graph's own."""
    graph.page_size = 100
    for n in range(250):
        start = datetime(2026, 11, 2, tzinfo=UTC) + n * timedelta(minutes=30)
        graph.add(f"e{n}", start.isoformat(), (start + timedelta(minutes=5)).isoformat())

    read = connect(graph.base).busy(WEEK, now=NOW)

    assert (len(read.busy), read.verified, len(graph.asked)) == (250, True, 3)


@pytest.mark.parametrize(
    "link", ["https://graph.example.org/v1.0/me/next", "{base}/me/calendar/calendarView?again", 17, ""]
)
def test_half_a_list_is_no_answer(graph, link):
    """A next page elsewhere, in a circle, or that is no address; a list ends only where none is told."""
    link = link.format(base=graph.base) if isinstance(link, str) else link
    page = Told(200, {"value": [], "@odata.nextLink": link})
    graph.next_answers = [page] * 5

    read = connect(graph.base).busy(WEEK, now=NOW)

    assert read.verified == (link == "")


@pytest.mark.parametrize(
    "told",
    [
        {"start": {"dateTime": "soon", "timeZone": "UTC"}},
        {"start": None},
        {"isAllDay": True, "start": {"dateTime": "2026-11-0"}},
    ],
)
def test_event_that_cannot_be_read_makes_the_hours_unverified(graph, told: dict):
    """The others block all the same."""
    times = {"start": {"dateTime": "2026-11-02T16:00:00"}, "end": {"dateTime": "2026-11-02T17:00:00"}, "showAs": "busy"}
    graph.next_answers = [Told(200, {"value": [times, {**times, **told}]})]

    read = connect(graph.base).busy(WEEK, now=NOW)

    assert (hours(read), read.verified, len(read.warnings)) == (["02 16:00-17:00"], False, 1)


def test_mailbox_that_shares_busy_time_only_is_asked_for_it(graph):
    """getSchedule, in pieces as long as it answers for."""
    graph.may_view = False
    graph.add("a", "2026-11-02T16:00:00+00:00", "2026-11-02T17:00:00+00:00")
    graph.add("b", "2026-11-03T16:00:00+00:00", "2026-11-03T17:00:00+00:00", showAs="free")
    ours = connect(graph.base, mailbox="users/dr@example.org", address="Dr@Example.org")

    read, long = ours.busy(WEEK, now=NOW), ours.busy(span("2026-11-02", "2027-03-02"), now=NOW)

    assert (hours(read), read.verified) == (["02 16:00-17:00"], True)
    assert (hours(long), len(graph.asked)) == (["02 16:00-17:00"], 2 + 3)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"left_out": True}, "did not answer for this calendar"),
        ({"schedule_error": "ErrorMailRecipientNotFound"}, "ErrorMailRecipientNotFound"),
        ({"schedule_error": "Dr. Somebody"}, "could not read this calendar"),
    ],
)
def test_mailbox_left_out_of_the_answer_is_not_a_free_one(graph, change: dict, why: str):
    """An error for one mailbox comes with status 200."""
    graph.may_view = False
    for name, value in change.items():
        setattr(graph, name, value)

    read = connect(graph.base, address="dr@example.org").busy(WEEK, now=NOW)

    assert (read.verified, why in read.warnings[0], "Somebody" in read.warnings[0]) == (False, True, False)


def test_throttled_questions_wait_as_long_as_they_are_told(graph):
    """429 with Retry-After, then the answer."""
    graph.next_answers = [refused(429, "ApplicationThrottled", Retry_After="3")]
    waits: list[float] = []
    ours = connect(graph.base)
    ours._endpoint._sleep = waits.append

    assert (ours.busy(WEEK, now=NOW).verified, waits) == (True, [3.0])


def test_throttled_write_is_tried_again_later(graph):
    """Nothing was written; the outbox is told how long to wait."""
    graph.next_answers = [refused(429, "ApplicationThrottled", Retry_After="120")]
    with pytest.raises(Busy) as busy:
        connect(graph.base).put(call(), now=NOW, seen=False)

    assert busy.value.retry_after_seconds == 120.0


def test_call_stands_once_by_its_transaction(graph):
    """A POST that is repeated makes no second event; what stands is found by our own property."""
    told, ours = call(), connect(graph.base)

    ways = [ours.put(told, now=NOW, seen=seen).how for seen in (False, False, True)]

    assert ways == ["created", "created", "found"]
    (standing,) = graph.events.values()
    assert (standing["sensitivity"], standing["subject"]) == ("private", "P2P call, case P-7KMQ2D")


def test_move_changes_the_event_and_a_late_word_does_not(graph):
    """The revision stands in the event; an older one that comes late is found to be over."""
    told, ours = call(tentative=True), connect(graph.base)
    ours.put(told, now=NOW, seen=False)
    moved = call(3, revision=1, id=told.id)

    ways = [ours.put(each, now=NOW, seen=True).how for each in (moved, moved, told)]

    assert ways == ["updated", "found", "found"]
    read = ours.busy(WEEK, now=NOW)
    assert (hours(read), read.busy[0].kind) == (["02 19:00-19:20"], BusyKind.BUSY)


def test_owners_change_in_between_is_seen_first(graph):
    """If-Match: what its owner changed since we looked is looked at again, then changed."""
    told, ours = call(), connect(graph.base)
    ours.put(told, now=NOW, seen=False)
    stale = graph.shown(next(iter(graph.events.values())), graph.asked[0]) | {"@odata.etag": 'W/"0"'}
    graph.next_answers = [Told(200, {"value": [stale]})]

    assert ours.put(call(3, revision=1, id=told.id), now=NOW, seen=True).how == "updated"
    assert [each.method for each in graph.asked][-4:] == ["GET", "PATCH", "GET", "PATCH"]


def test_removed_call_is_gone_and_stays_gone(graph):
    """Cancelling twice, or after the owner did, is as good as once; a call booked again stands again."""
    told, ours = call(), connect(graph.base)
    ours.put(told, now=NOW, seen=False)

    ways = [ours.remove(told).how for _ in range(2)]

    assert (ways, graph.events) == (["removed", "found"], {})
    assert ours.put(told, now=NOW, seen=True).how == "created"


@pytest.mark.parametrize("lost", [Told(504), Told(201, "not an object"), Told(201, {})])
def test_answer_that_says_nothing_leaves_the_write_in_doubt(graph, lost: Told):
    """It may stand: looked up before anything is sent again."""
    graph.next_answers = [lost]
    with pytest.raises(WriteUnknown):
        connect(graph.base).put(call(), now=NOW, seen=False)


def test_another_calendar_of_the_mailbox_is_named_by_its_id(graph):
    """Ids hold slashes and equal signs, which are encoded."""
    connect(graph.base, calendar="AA/B=").busy(WEEK, now=NOW)

    assert graph.asked[0].target.startswith("/v1.0/me/calendars/AA%2FB%3D/calendarView?")
