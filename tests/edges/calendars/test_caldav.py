"""CalDAV at two real servers: what their calendars hold is read whole, and our call stands in them once."""

import threading
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from uuid import uuid4

import pytest

from app.core.effects import WriteUnknown
from app.core.slots.calendars import BusyKind
from app.edges.calendars.caldav import CalDavCalendar, dav_endpoint
from app.edges.calendars.dav import NotDav, parse, read_multistatus
from app.edges.calendars.discovery import ElsewhereHome, NoCalendars, find_calendars
from app.edges.calendars.ours import has_event, move_ics, write_ics
from app.edges.calendars.reading import Kept
from app.edges.http import Transport
from tests.edges.calendars.calls import NOW, WEEK, call, hours
from tests.edges.calendars.servers import AUTH
from tests.edges.calendars.writing import CHICAGO, calendar, event, span
from tests.edges.wire import answer, bytes_then_close, wire

XML = "application/xml"
CREDENTIAL = b64encode(":".join(AUTH).encode()).decode()


def connect(url: str, *, kept: Kept | None = None, owner: str | None = None) -> CalDavCalendar:
    """Return a calendar as the product connects it; loopback allowed."""
    endpoint = dav_endpoint(url, Transport(allow_loopback=True), lambda _: CREDENTIAL)
    return CalDavCalendar(url, endpoint, name="calls", zone=CHICAGO, owner=owner, kept=kept)


def fresh(dav, name: str) -> str:
    """Return the address of an empty calendar of this test's own."""
    home = "/doc/" if dav.name == "radicale" else "/doc/calendars/"
    return dav.make(f"{home}{name}-{uuid4().hex[:8]}/")


HELD = {
    "plain": (event("DTSTART:20261102T160000Z", "DTEND:20261102T170000Z"), ["02 16:00-17:00"]),
    "weekly since 2020": (
        event("DTSTART;TZID=America/Chicago:20200106T090000", "DURATION:PT30M", "RRULE:FREQ=WEEKLY"),
        ["02 15:00-15:30"],
    ),
    "one of a series moved": (
        event("DTSTART:20261026T160000Z", "DURATION:PT1H", "RRULE:FREQ=WEEKLY;COUNT=3")
        + "\n"
        + event("RECURRENCE-ID:20261102T160000Z", "DTSTART:20261103T180000Z", "DURATION:PT1H"),
        ["03 18:00-19:00"],
    ),
    "all day": (event("DTSTART;VALUE=DATE:20261104", "DTEND;VALUE=DATE:20261105"), ["04 06:00-06:00"]),
    "cancelled": (event("DTSTART:20261105T160000Z", "DURATION:PT1H", "STATUS:CANCELLED"), []),
    "transparent": (event("DTSTART:20261105T160000Z", "DURATION:PT1H", "TRANSP:TRANSPARENT"), []),
    "begun before": (event("DTSTART:20261101T230000Z", "DTEND:20261102T010000Z"), ["02 00:00-01:00"]),
}


@pytest.mark.parametrize("kind", HELD)
def test_what_a_calendar_holds_is_read(dav, kind: str):
    """Both servers return cancelled and transparent events to a search; what blocks is decided here."""
    text, expected = HELD[kind]
    url = fresh(dav, "held")
    dav.put(f"{url}one.ics", calendar(text))

    read = connect(url).busy(WEEK, now=NOW)

    assert (hours(read), read.verified, read.warnings) == (expected, True, ())


def test_tentative_events_are_told_apart(dav):
    """A hold of somebody else's blocks, but not firmly."""
    url = fresh(dav, "tentative")
    dav.put(f"{url}one.ics", calendar(event("DTSTART:20261102T160000Z", "DURATION:PT1H", "STATUS:TENTATIVE")))

    assert [each.kind for each in connect(url).busy(WEEK, now=NOW).busy] == [BusyKind.TENTATIVE]


def test_empty_calendar_is_free_and_verified(dav):
    """Nothing in it is an answer too."""
    read = connect(fresh(dav, "empty")).busy(WEEK, now=NOW)

    assert (read.busy, read.verified, read.warnings) == ((), True, ())


def test_calendar_that_is_not_there_is_not_verified(dav):
    """An address that leads nowhere is no free week."""
    read = connect(f"{dav.calendar}nothing/here/").busy(WEEK, now=NOW)

    assert (read.busy, read.verified, len(read.warnings)) == ((), False, 1)


def test_unchanged_calendar_is_not_fetched_again(dav):
    """A question for the state alone; a change of it is seen at once."""
    url, kept = fresh(dav, "kept"), Kept()
    dav.put(f"{url}one.ics", calendar(event("DTSTART:20261102T160000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY")))
    seen: list[str] = []
    transport = Transport(allow_loopback=True, seen=lambda told: seen.append(told.method))
    ours = CalDavCalendar(
        url, dav_endpoint(url, transport, lambda _: CREDENTIAL), name="calls", zone=CHICAGO, kept=kept
    )

    first, second = ours.busy(WEEK, now=NOW), ours.busy(span("2026-11-02", "2026-12-01"), now=NOW)
    dav.put(f"{url}two.ics", calendar(event("DTSTART:20261102T190000Z", "DURATION:PT1H", uid="two")))
    third = ours.busy(WEEK, now=NOW)

    assert seen == ["PROPFIND", "REPORT", "PROPFIND", "PROPFIND", "REPORT"]
    assert (len(first.busy), len(second.busy), len(third.busy)) == (7, 29, 8)
    assert len(kept.memo) == 2


def test_call_stands_once_however_often_it_is_put(dav):
    """An answer that was lost, an event that stands already: found, never doubled."""
    url, told = fresh(dav, "once"), call()
    ours = connect(url)

    ways = [ours.put(told, now=NOW, seen=seen).how for seen in (False, False, True)]

    assert ways == ["created", "found", "found"]
    assert hours(ours.busy(WEEK, now=NOW)) == ["02 16:00-16:20"]


def test_eight_workers_put_one_event(dav):
    """If-None-Match: * lets one of them in; all say that it stands."""
    url, told, start = fresh(dav, "race"), call(), threading.Barrier(8)

    def put(_: int) -> str:
        ours = connect(url)
        start.wait()
        return ours.put(told, now=NOW, seen=False).how

    with ThreadPoolExecutor(8) as pool:
        ways = list(pool.map(put, range(8)))

    assert sorted(ways) == ["created", *["found"] * 7]


def test_move_takes_the_place_of_the_old_time_and_keeps_what_the_owner_added(dav):
    """SEQUENCE rises, the alarm stays; an older word that comes late changes nothing (RFC 5546)."""
    url, told = fresh(dav, "move"), call()
    ours = connect(url)
    where = ours.put(told, now=NOW, seen=False).reference
    dav.put(where, dav.get(where).content.replace(b"END:VEVENT", b"X-COLOUR:blue\r\nEND:VEVENT"))
    moved = call(3, revision=1, id=told.id)

    ways = [ours.put(each, now=NOW, seen=True).how for each in (moved, moved, told)]

    assert ways == ["updated", "found", "found"]
    assert hours(ours.busy(WEEK, now=NOW)) == ["02 19:00-19:20"]
    standing = dav.get(where).content
    assert (b"X-COLOUR:blue" in standing, b"SEQUENCE:1" in standing) == (True, True)


def test_moved_call_that_its_owner_deleted_is_put_again(dav):
    """The call is still booked."""
    ours, told = connect(fresh(dav, "again")), call()
    ours.put(told, now=NOW, seen=False)
    ours.remove(told)

    assert ours.put(replace(told, revision=1), now=NOW, seen=True).how == "created"


def test_removed_call_is_gone_and_stays_gone(dav):
    """Cancelling twice, or after the owner did, is as good as once."""
    url, told = fresh(dav, "gone"), call()
    ours = connect(url)
    ours.put(told, now=NOW, seen=False)

    ways = [ours.remove(told).how for _ in range(2)]

    assert (ways, hours(ours.busy(WEEK, now=NOW))) == (["removed", "found"], [])


def test_hold_is_tentative_until_it_is_booked(dav):
    """Other programs see it so, and it blocks."""
    ours, told = connect(fresh(dav, "hold")), call(tentative=True)
    ours.put(told, now=NOW, seen=False)
    held = ours.busy(WEEK, now=NOW).busy
    ours.put(replace(told, revision=1, tentative=False), now=NOW, seen=True)

    assert [each.kind for each in (*held, *ours.busy(WEEK, now=NOW).busy)] == [BusyKind.TENTATIVE, BusyKind.BUSY]


@pytest.mark.parametrize("start", ["server", "person", "home", "calendar"])
def test_calendars_are_found_from_whatever_address_was_typed(dav, start: str):
    """The server's own address, a person's, or that of one calendar."""
    person = f"{dav.base}/doc/"
    home = person if dav.name == "radicale" else f"{dav.base}/doc/calendars/"
    url = {"server": f"{dav.base}/", "person": person, "home": home, "calendar": dav.calendar}[start]

    found = find_calendars(url, dav_endpoint(url, Transport(allow_loopback=True), lambda _: CREDENTIAL)).calendars

    ours = next(each for each in found if each.url == dav.calendar)
    assert (bool(ours.name), ours.writable, ours.blocks) == (True, True, True)
    assert (len(found) == 1) == (start == "calendar")


def test_address_without_calendars_says_so():
    """A web server that knows no calendars."""
    with wire(answer(404), answer(404)) as server, pytest.raises(NoCalendars):
        find_calendars(f"{server.base}/", dav_endpoint(server.base, Transport(allow_loopback=True), None))


MULTISTATUS = (
    """<?xml version="1.0"?><d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">{}</d:multistatus>"""
)
STATE = MULTISTATUS.format(
    "<d:response><d:href>/c/</d:href><d:propstat><d:prop><d:sync-token>1</d:sync-token>{}</d:prop>"
    "<d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>"
)
ONE = (
    "<d:response><d:href>/c/1.ics</d:href><d:propstat><d:prop><c:calendar-data>{}</c:calendar-data></d:prop>"
    "<d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>"
).format(calendar(event("DTSTART:20261102T160000Z", "DURATION:PT1H")).decode())

REFUSED = "<d:response><d:href>/c/2.ics</d:href><d:status>HTTP/1.1 {} X</d:status></d:response>"


def xml(text: str, status: int = 207):
    """Answer with XML."""
    return answer(status, raw=text.encode(), kind=XML)


def test_credential_does_not_leave_the_server():
    """A home at another host is named to the person and not gone to; nor is a redirect there (F109)."""
    principal = STATE.format(
        "<d:current-user-principal><d:href>/me/</d:href></d:current-user-principal>"
        "<c:calendar-home-set><d:href>https://p34.example.org/1/</d:href></c:calendar-home-set>"
    )
    with wire(xml(principal)) as server, pytest.raises(ElsewhereHome, match=r"https://p34\.example\.org"):
        find_calendars(f"{server.base}/", dav_endpoint(server.base, Transport(allow_loopback=True), lambda _: "x"))

    away = answer(302, Location="https://p34.example.org/")
    with wire(away) as server:
        read = connect(f"{server.base}/c/").busy(WEEK, now=NOW)

    assert (read.verified, len(server.requests)) == (False, 1)


@pytest.mark.parametrize(
    ("acts", "why"),
    [
        ([xml("<html>sign in</html>", 200)], "not a calendar server's"),
        ([xml("<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>")], "not a calendar server's"),
        ([answer(401)], "The connection to this calendar has ended"),
        ([answer(403)], "does not allow this"),
        ([answer(503)] * 3, "has a problem of its own"),
        ([bytes_then_close(b"HTTP/1.1 207 X\r\nContent-Length: 9999\r\n\r\n<d:")] * 3, "ended before it was whole"),
        ([xml(STATE.format("")), xml(MULTISTATUS.format(ONE)[:-20])], "not a calendar server's"),
        (
            [
                xml(STATE.format("")),
                xml(
                    MULTISTATUS.format(
                        ONE + "<d:response><d:href>/c/</d:href><d:status>HTTP/1.1 507 X</d:status></d:response>"
                    )
                ),
            ],
            "a part of the calendar only",
        ),
        (
            [
                xml(STATE.format("")),
                xml(
                    MULTISTATUS.format(
                        ONE + "<d:response><d:href>/c/2.ics</d:href><d:status>HTTP/1.1 403 X</d:status></d:response>"
                    )
                ),
            ],
            "kept an event back",
        ),
        ([xml(STATE.format("")), xml(MULTISTATUS.format(ONE.replace("DTSTART:2026", "DTSTART:soon")))], "its start"),
    ],
)
def test_whatever_is_wrong_makes_the_hours_unverified(acts, why: str):
    """A login page, no right, no answer, half an answer, one page of several: none of these is a free week."""
    with wire(*acts) as server:
        endpoint = dav_endpoint(server.base, Transport(allow_loopback=True), lambda _: CREDENTIAL)
        endpoint._sleep = lambda _: None
        read = CalDavCalendar(f"{server.base}/c/", endpoint, name="calls", zone=CHICAGO).busy(WEEK, now=NOW)

    assert (read.verified, why in " ".join(read.warnings)) == (False, True)


def test_calendar_that_shares_busy_time_only_is_read_by_it():
    """Where the events may not be seen, the free-busy report may be asked for."""
    told = b"""BEGIN:VCALENDAR\r\nBEGIN:VFREEBUSY\r\nDTSTART:20261102T000000Z\r\nDTEND:20261208T000000Z\r
FREEBUSY:20261102T160000Z/PT1H\r\nEND:VFREEBUSY\r\nEND:VCALENDAR\r\n"""
    with wire(xml(STATE.format("")), answer(403), answer(200, raw=told, kind="text/calendar")) as server:
        read = connect(f"{server.base}/c/").busy(WEEK, now=NOW)

    assert (hours(read), read.verified) == (["02 16:00-17:00"], True)
    assert b"free-busy-query" in server.requests[2].body


def test_calendar_set_not_to_count_blocks_nothing():
    """RFC 6638: its owner has said that it does not make them busy."""
    told = STATE.format("<c:schedule-calendar-transp><c:transparent/></c:schedule-calendar-transp>")
    with wire(xml(told)) as server:
        read = connect(f"{server.base}/c/").busy(WEEK, now=NOW)

    assert (read.busy, read.verified, read.warnings) == ((), True, ("it is set not to count as busy",))


def test_floating_time_hangs_on_the_calendars_own_zone():
    """CALDAV:calendar-timezone names it, where the event does not."""
    zone = (
        "<c:calendar-timezone>BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nTZID:Europe/Berlin\nEND:VTIMEZONE</c:calendar-timezone>"
    )
    floating = ONE.replace("20261102T160000Z", "20261102T160000")
    with wire(xml(STATE.format(zone)), xml(MULTISTATUS.format(floating))) as server:
        read = connect(f"{server.base}/c/").busy(WEEK, now=NOW)

    assert hours(read) == ["02 15:00-16:00"]


@pytest.mark.parametrize("lost", ["connection", "server"])
def test_lost_answer_to_a_write_is_in_doubt(lost: str):
    """It may have arrived: looked up before anything is sent again."""
    act = bytes_then_close(b"", reset=True) if lost == "connection" else answer(502)
    with wire(act) as server, pytest.raises(WriteUnknown):
        connect(f"{server.base}/c/").put(call(), now=NOW, seen=False)


def test_our_event_tells_nothing_of_the_patient():
    """Title, times, and that it is private; whoever shares the calendar sees no more."""
    text = write_ics(call(), now=NOW).decode()

    assert sorted(line.partition(":")[0].partition(";")[0] for line in text.split("\r\n") if line) == [
        *("BEGIN", "BEGIN", "CLASS", "DTEND", "DTSTAMP", "DTSTART", "END", "END", "LAST-MODIFIED", "PRODID"),
        *("SEQUENCE", "STATUS", "SUMMARY", "TRANSP", "UID", "VERSION"),
    ]


def test_what_cannot_be_read_is_written_anew():
    """Another program's wreck at our address is no reason to lose the call."""
    told = call()

    assert has_event(move_ics(b"BEGIN:VCALENDAR\nnonsense", told, now=NOW), told)
    assert not has_event(b"BEGIN:VCALENDAR\nnonsense", told)


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"<a/>", b"<a>" * 60, b"<!DOCTYPE a><a/>", b"<d:multistatus xmlns:d='DAV:'>", b"<a>&lol;</a>"],
)
def test_only_a_multistatus_is_one(body: bytes):
    """No XML, another document, entities, depth: refused as what it is not."""
    with pytest.raises(NotDav):
        read_multistatus(body)
    assert parse(b"<a/>").name == ("", "a")
