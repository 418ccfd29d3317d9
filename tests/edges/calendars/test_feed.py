"""A published file: asked for whether it has changed, refused where it leads away, never free for want of an answer."""

from datetime import UTC, datetime

import pytest

from app.edges.calendars.feed import IcsFeed
from app.edges.calendars.reading import Kept, Shelf, calendar_url, horizon_of
from app.edges.http import Transport
from app.errors import BadInput
from tests.edges.calendars.writing import CHICAGO, NOVEMBER, calendar, event, span
from tests.edges.wire import answer, wire

NOW = datetime(2026, 11, 1, tzinfo=UTC)
ICS = "text/calendar"
TEN = calendar(event("DTSTART:20261102T160000Z", "DURATION:PT1H"))


def feed(base: str, *, kept: Kept | None = None) -> IcsFeed:
    """Return a feed as the product reads it; loopback allowed."""
    return IcsFeed(f"{base}/secret.ics", Transport(allow_loopback=True), name="shared", zone=CHICAGO, kept=kept)


def test_unchanged_file_is_not_sent_again():
    """Its ETag goes with the question; "not modified" is answered from what was laid out."""
    kept = Kept()
    with wire(answer(200, raw=TEN, kind=ICS, ETag='"1"'), answer(304)) as server:
        reads = [feed(server.base, kept=kept).busy(NOVEMBER, now=NOW) for _ in range(2)]

    assert [len(each.busy) for each in reads] == [1, 1] and all(each.verified for each in reads)
    assert [each.headers.get("if-none-match") for each in server.requests] == [None, '"1"']


def test_question_beyond_what_is_kept_asks_for_the_whole_file():
    """ "Not modified" would say nothing of December."""
    kept, december = Kept(), span("2026-12-01", "2027-01-01")
    with wire(answer(200, raw=TEN, kind=ICS, ETag='"1"')) as server:
        for within in (NOVEMBER, december):
            feed(server.base, kept=kept).busy(within, now=NOW)

    assert "if-none-match" not in server.requests[1].headers
    assert kept.horizon == horizon_of(december)


def test_file_without_etag_is_known_by_what_it_holds():
    """It is fetched each time, and laid out when it differs."""
    kept, other = Kept(), TEN.replace(b"T16", b"T18")
    with wire(*(answer(200, raw=each, kind=ICS) for each in (TEN, TEN, other))) as server:
        reads = [feed(server.base, kept=kept).busy(NOVEMBER, now=NOW) for _ in range(3)]

    assert [each.busy[0].interval.start.hour for each in reads] == [16, 16, 18]


def test_redirect_inside_the_server_is_followed_and_no_other():
    """Many publishers move their files; what leads to another host, or inside the network, is not gone to (F109)."""
    with wire(answer(302, Location="/moved.ics"), answer(200, raw=TEN, kind=ICS)) as server:
        found = feed(server.base).busy(NOVEMBER, now=NOW)
    with wire(answer(302, Location="https://169.254.169.254/latest/meta-data")) as server:
        led_away = feed(server.base).busy(NOVEMBER, now=NOW)
    with wire(answer(302, Location="/round.ics")) as server:
        round_ = feed(server.base).busy(NOVEMBER, now=NOW)

    assert [each.verified for each in (found, led_away, round_)] == [True, False, False]
    assert "outside the registered address" in led_away.warnings[0]


@pytest.mark.parametrize(
    "act", [answer(404), answer(200, raw=b"<html>", kind="text/html"), answer(200, raw=TEN[:-20], kind=ICS)]
)
def test_no_file_is_no_free_month(act):
    """Gone, a page, half a file: the hours are not verified, and the next look asks again in full."""
    kept = Kept()
    with wire(act) as server:
        read = feed(server.base, kept=kept).busy(NOVEMBER, now=NOW)

    assert (read.verified, len(read.warnings), kept.version) == (False, 1, None)


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        (" webcal://Cal.example.org/a.ics ", "https://Cal.example.org/a.ics"),
        ("https://cal.example.org", "https://cal.example.org/"),
        ("https://cal.example.org:8443/a?key=1#x", "https://cal.example.org:8443/a?key=1"),
    ],
)
def test_address_of_a_calendar_is_https(typed: str, url: str):
    """webcal: is another name of it."""
    assert calendar_url(typed) == url


@pytest.mark.parametrize(
    "typed",
    [
        *("", "calendar", "http://cal.example.org/", "file:///etc/passwd", "ftp://cal.example.org/a", "https:///a"),
        *("https://user:pass@cal.example.org/", "https://cal.example.org:bad/", "https://cal.example.org/a b"),
        *("gopher://cal.example.org", "http://127.0.0.1/", "javascript:alert(1)"),
    ],
)
def test_other_addresses_are_refused(typed: str):
    """No other protocol, no secret in the address."""
    with pytest.raises(BadInput):
        calendar_url(typed)


def test_loopback_is_for_development():
    """PARLEY_ALLOW_LOOPBACK opens http on the machine itself, and nowhere else."""
    assert calendar_url("http://127.0.0.1:5232/c/", allow_loopback=True) == "http://127.0.0.1:5232/c/"
    with pytest.raises(BadInput):
        calendar_url("http://10.0.0.1/c/", allow_loopback=True)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_inside_address_is_not_connected_to(host: str):
    """Whatever was typed, the address that a name leads to is looked at before anything is sent."""
    read = IcsFeed(f"https://{host}/a.ics", Transport(), name="shared", zone=CHICAGO).busy(NOVEMBER, now=NOW)

    assert (read.verified, read.warnings) == (
        False,
        ("The address leads inside the network and is not allowed. Nothing was sent.",),
    )


def test_shelf_gives_up_what_was_asked_for_longest_ago():
    """A process keeps so many calendars and no more."""
    shelf = Shelf(most=2)
    one, two = shelf.of("1"), shelf.of("2")
    assert shelf.of("1") is one
    shelf.of("3")

    assert (shelf.of("1") is one, shelf.of("2") is two) == (True, False)


def test_horizon_is_whole_days_and_five_weeks_at_least():
    """The next question mostly falls into what is kept; a longer one is kept whole."""
    assert horizon_of(span("2026-11-02T10:00", "2026-11-02T11:00")) == span("2026-11-02", "2026-12-07")
    assert horizon_of(span("2026-11-02T10:00", "2027-03-01T11:00")) == span("2026-11-02", "2027-03-02")
