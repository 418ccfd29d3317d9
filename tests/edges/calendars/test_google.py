"""Google's calendars: every page or none of it, what has changed and no more, our call once under an id of ours."""

from datetime import UTC, datetime, timedelta

import pytest
import requests

from app.core.effects import WriteUnknown
from app.core.slots.calendars import BusyKind
from app.edges.calendars.google import GoogleCalendar, google_endpoint
from app.edges.calendars.reading import Kept
from app.edges.http import Busy, Transport
from tests.edges.calendars.calls import HOUR, NOW, WEEK, call, hours
from tests.edges.calendars.google_like import GoogleLike, refused
from tests.edges.calendars.json_server import Told, json_server
from tests.edges.calendars.servers import google_emulator
from tests.edges.calendars.writing import CHICAGO, span


@pytest.fixture
def google():
    """One account, empty yet."""
    account = GoogleLike()
    with json_server(account) as base:
        account.base = f"{base}/calendar/v3"
        yield account


def connect(base: str, *, id: str = "primary", kept: Kept | None = None) -> GoogleCalendar:
    """Return a calendar as the product connects it; loopback allowed."""
    endpoint = google_endpoint(Transport(allow_loopback=True), lambda _: "token", base=base)
    endpoint._sleep = lambda _: None
    return GoogleCalendar(id, endpoint, name="clinic", zone=CHICAGO, kept=kept)


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        ({}, BusyKind.BUSY),
        ({"status": "tentative"}, BusyKind.TENTATIVE),
        ({"transparency": "transparent"}, None),
        ({"eventType": "outOfOffice"}, BusyKind.UNAVAILABLE),
        ({"eventType": "workingLocation"}, None),
        ({"eventType": "focusTime"}, BusyKind.BUSY),
        ({"attendees": [{"self": True, "responseStatus": "declined"}]}, None),
        ({"attendees": [{"self": True, "responseStatus": "needsAction"}]}, BusyKind.TENTATIVE),
        ({"attendees": [{"responseStatus": "declined"}, {"self": True, "responseStatus": "accepted"}]}, BusyKind.BUSY),
    ],
)
def test_event_blocks_as_google_means_it(google, event: dict, kind):
    """Declined and free ones do not; an invitation without an answer may."""
    google.add("a", "2026-11-02T10:00:00-06:00", "2026-11-02T11:00:00-06:00", **event)

    read = connect(google.base).busy(WEEK, now=NOW)

    assert ([each.kind for each in read.busy], read.verified) == ([kind] if kind else [], True)


@pytest.mark.parametrize(
    ("start", "end", "times"),
    [
        ("2026-11-02T16:00:00Z", "2026-11-02T17:00:00Z", ["02 16:00-17:00"]),
        ("2026-11-02T10:00:00", "2026-11-02T11:00:00", ["02 16:00-17:00"]),
        ("2026-11-03", "2026-11-05", ["03 06:00-06:00"]),
        ("2026-11-02T10:00:00Z", "2026-11-02T10:00:00Z", []),
    ],
)
def test_times_are_read_in_the_calendars_zone(google, start: str, end: str, times: list[str]):
    """A day begins at its midnight in the calendar's own zone; an offset has the last word."""
    google.add("a", start, end)

    assert hours(connect(google.base).busy(WEEK, now=NOW)) == times


def test_every_page_is_read(google):
    """The default page ends after 250 events; the call must not be booked over the 251st."""
    google.page_size = 250
    for n in range(600):
        start = datetime(2026, 11, 2, tzinfo=UTC) + n * timedelta(minutes=15)
        google.add(f"e{n}", start.isoformat(), (start + timedelta(minutes=5)).isoformat())

    read = connect(google.base).busy(WEEK, now=NOW)

    assert (len(read.busy), read.verified, len(google.asked)) == (600, True, 3)


@pytest.mark.parametrize(
    "second", [refused(404, "notFound"), Told(200, {"items": "none"}), Told(200, {"nextPageToken": "1"})]
)
def test_half_a_list_is_no_answer(google, second: Told):
    """A page that cannot be had, or one that leads in a circle: nothing of it is used."""
    google.page_size = 1
    for n in range(3):
        google.add(f"e{n}", "2026-11-02T16:00:00Z", "2026-11-02T17:00:00Z")
    first = {"items": list(google.events["primary"].values())[:1], "nextPageToken": "1"}
    google.next_answers = [Told(200, first), second, second, Told(200, {"calendars": {}})]

    read = connect(google.base).busy(WEEK, now=NOW)

    assert (read.verified, read.busy) == (False, ())


def test_only_what_has_changed_is_fetched(google):
    """New, moved and deleted events by the sync token; nothing is listed twice."""
    kept = Kept()
    for n in range(3):
        google.add(f"e{n}", f"2026-11-0{n + 2}T16:00:00Z", f"2026-11-0{n + 2}T17:00:00Z")
    ours = connect(google.base, kept=kept)
    ours.busy(WEEK, now=NOW)
    google.add("e1", "2026-11-03T20:00:00Z", "2026-11-03T21:00:00Z")
    google.add("e2", "2026-11-04T16:00:00Z", "2026-11-04T17:00:00Z", status="cancelled")
    google.add("e3", "2026-11-05T16:00:00Z", "2026-11-05T17:00:00Z")

    read = ours.busy(WEEK, now=NOW)

    assert hours(read) == ["02 16:00-17:00", "03 20:00-21:00", "05 16:00-17:00"]
    assert ["syncToken" in each.query for each in google.asked] == [False, True]
    assert kept.version == str(google.version)


def test_sync_token_that_is_over_means_all_of_it_again(google):
    """410: what was kept is thrown away, and the calendar read anew."""
    google.add("old", "2026-11-02T16:00:00Z", "2026-11-02T17:00:00Z")
    ours = connect(google.base)
    ours.busy(WEEK, now=NOW)
    google.events["primary"].clear()
    google.add("new", "2026-11-03T16:00:00Z", "2026-11-03T17:00:00Z")
    google.oldest_token = google.version

    read = ours.busy(WEEK, now=NOW)

    assert (hours(read), read.verified) == (["03 16:00-17:00"], True)
    assert ["syncToken" in each.query for each in google.asked] == [False, True, False]


def test_changes_come_in_pages_too(google):
    """A busy week's changes do not fit on one."""
    ours = connect(google.base)
    ours.busy(WEEK, now=NOW)
    google.page_size = 2
    for n in range(5):
        google.add(f"e{n}", f"2026-11-0{n + 2}T16:00:00Z", f"2026-11-0{n + 2}T17:00:00Z")

    assert len(ours.busy(WEEK, now=NOW).busy) == 5


def test_calendar_that_shares_busy_time_only_is_asked_for_it(google):
    """freeBusy, where the events may not be listed; Google does not merge it."""
    google.may_list = False
    google.add("a", "2026-11-02T16:00:00Z", "2026-11-02T17:00:00Z")
    google.add("b", "2026-11-02T16:30:00Z", "2026-11-02T18:00:00Z")

    read = connect(google.base).busy(WEEK, now=NOW)

    assert (hours(read), read.verified) == (["02 16:00-18:00"], True)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"left_out": {"primary"}}, "did not answer for this calendar"),
        ({"busy_errors": {"primary": "internalError"}}, "internalError"),
        ({"busy_errors": {"primary": "<b>Somebody</b>"}}, "could not read this calendar"),
        ({"events": {}}, "notFound"),
    ],
)
def test_calendar_left_out_of_the_answer_is_not_a_free_one(google, change: dict, why: str):
    """An error for one calendar comes with status 200, and an unknown one may be missing without a word."""
    google.may_list = False
    for name, value in change.items():
        setattr(google, name, value)

    read = connect(google.base).busy(WEEK, now=NOW)

    assert (read.verified, why in read.warnings[0], "Somebody" in read.warnings[0]) == (False, True, False)


def test_event_that_cannot_be_read_makes_the_hours_unverified(google):
    """The others block all the same; the next look reads all again."""
    google.add("a", "2026-11-02T16:00:00Z", "2026-11-02T17:00:00Z")
    google.add("b", "2026-11-03", "soon")
    kept = Kept()
    google.next_answers = [Told(200, {"items": list(google.events["primary"].values()), "nextSyncToken": "1"})]

    read = connect(google.base, kept=kept).busy(WEEK, now=NOW)

    assert (hours(read), read.verified, kept.version) == (["02 16:00-17:00"], False, None)
    assert read.warnings == ("the days of an event could not be read",)


def test_call_stands_once_under_an_id_of_ours(google):
    """An answer that was lost, an event that stands already: found, never doubled."""
    told, ours = call(), connect(google.base)

    ways = [ours.put(told, now=NOW, seen=seen).how for seen in (False, False, True)]

    assert ways == ["created", "found", "found"]
    ((id_, standing),) = google.events["primary"].items()
    assert id_.isalnum() and set(id_) <= set("0123456789abcdefghijklmnopqrstuv") and 5 <= len(id_) <= 1024
    assert (standing["visibility"], standing["summary"]) == ("private", "P2P call, case P-7KMQ2D")
    assert all(each.query.get("sendUpdates") == "none" for each in google.asked if each.method == "POST")


def test_move_changes_the_event_and_a_late_word_does_not(google):
    """The revision stands in the event; an older one that comes late is found to be over."""
    told, ours = call(), connect(google.base)
    ours.put(told, now=NOW, seen=False)
    moved = call(3, revision=1, id=told.id)

    ways = [ours.put(each, now=NOW, seen=True).how for each in (moved, moved, told)]

    assert ways == ["updated", "found", "found"]
    assert hours(ours.busy(WEEK, now=NOW)) == ["02 19:00-19:20"]


def test_owners_change_in_between_is_seen_first(google):
    """If-Match: what its owner changed since we looked is looked at again, then changed."""
    told, ours = call(), connect(google.base)
    ours.put(told, now=NOW, seen=False)
    google.next_answers = [Told(200, {**next(iter(google.events["primary"].values())), "etag": '"0"'})]

    assert ours.put(call(3, revision=1, id=told.id), now=NOW, seen=True).how == "updated"
    assert [each.method for each in google.asked][-4:] == ["GET", "PATCH", "GET", "PATCH"]


def test_removed_call_is_gone_and_an_id_used_up_is_used_again(google):
    """Google keeps what was deleted as cancelled, and its id with it; a call booked again takes it back."""
    told, ours = call(), connect(google.base)
    ours.put(told, now=NOW, seen=False)
    ways = [ours.remove(told).how for _ in range(2)]

    again = ours.put(told, now=NOW, seen=False)

    assert (ways, again.how) == (["removed", "found"], "updated")
    assert hours(ours.busy(WEEK, now=NOW)) == ["02 16:00-16:20"]


@pytest.mark.parametrize("lost", [Told(502), Told(200, "not an object"), Told(200, {})])
def test_answer_that_says_nothing_leaves_the_write_in_doubt(google, lost: Told):
    """It may stand: looked up before anything is sent again."""
    google.next_answers = [lost]
    with pytest.raises(WriteUnknown):
        connect(google.base).put(call(), now=NOW, seen=False)


def test_too_many_questions_are_asked_again_later(google):
    """Google says so with 403 as well as with 429; neither is a lack of rights."""
    google.next_answers = [refused(403, "rateLimitExceeded"), Told(429, None, {"Retry-After": "7"})]
    ours = connect(google.base)

    for seconds in (None, 7.0):
        with pytest.raises(Busy) as busy:
            ours.put(call(), now=NOW, seen=False)
        assert busy.value.retry_after_seconds == seconds


@pytest.fixture(scope="session")
def emulator(tmp_path_factory):
    """The emulator of npm, which nobody here wrote."""
    with google_emulator(tmp_path_factory.mktemp("google")) as base:
        yield base


@pytest.mark.node
def test_emulators_events_are_read(emulator):
    """It knows no sync token: everything is listed each time, in pages of ten, and verified."""
    events = f"{emulator}/calendars/primary/events"
    for n in range(12):
        start = datetime(2027, 1, 4, 9, tzinfo=UTC) + n * HOUR
        body = {
            "summary": "x",
            "start": {"dateTime": start.isoformat()},
            "end": {"dateTime": (start + HOUR / 2).isoformat()},
        }
        assert requests.post(events, json=body, headers={"Authorization": "Bearer t"}, timeout=20).ok
    kept, day = Kept(), span("2027-01-04", "2027-01-05")

    read = connect(emulator, kept=kept).busy(day, now=NOW)

    assert (len(read.busy), read.verified, kept.version) == (12, True, None)
    assert read.busy == connect(emulator)._asked(day, NOW).busy


@pytest.mark.node
def test_emulators_unknown_calendar_is_not_a_free_one(emulator):
    """It leaves it out of the answer without a word."""
    read = connect(emulator, id="nobody@example.org").busy(WEEK, now=NOW)

    assert (read.verified, read.warnings) == (False, ("Google did not answer for this calendar",))


@pytest.mark.node
def test_call_stands_once_where_ids_of_ours_are_ignored(emulator):
    """The emulator gives its own ids and cannot be asked for one: the event is known by its time and words."""
    told, ours = call(7 * 24 * 10), connect(emulator)

    ways = [ours.put(told, now=NOW, seen=seen).how for seen in (False, True, True)]
    gone = [ours.remove(told).how for _ in range(2)]

    assert (ways, gone) == (["created", "found", "found"], ["removed", "found"])
