"""A payer's calendar read over sockets: a file by its address, a collection at two real CalDAV servers."""

from base64 import b64encode
from datetime import timedelta

import pytest

from app.edges.calendars import published
from app.edges.calendars.ics.offers import Convention
from app.edges.calendars.published import PublishedCollection, PublishedFile
from app.edges.http import Down, NotFhir, OutsideBase, Transport
from tests.edges.calendars.calls import NOW
from tests.edges.calendars.servers import AUTH
from tests.edges.calendars.test_caldav import fresh
from tests.edges.calendars.writing import CHICAGO, calendar, event
from tests.edges.ehr_server import QUICK
from tests.edges.publisher import publishing

CREDENTIAL = b64encode(":".join(AUTH).encode()).decode()
FIRST = event(f"DTSTART:{NOW + timedelta(hours=2):%Y%m%dT%H%M%SZ}", "DURATION:PT20M", uid="first")
LATER = event(f"DTSTART:{NOW + timedelta(days=3):%Y%m%dT%H%M%SZ}", "DURATION:PT4H", uid="later")


def the_file(url: str, **more) -> PublishedFile:
    transport = Transport(allow_loopback=True, limits=QUICK)
    return PublishedFile(url, transport, key="payer_a", convention=Convention(CHICAGO), **more)


def test_a_file_is_read_and_not_again_until_it_changes(monkeypatch):
    """Exact times and hours; a 304 costs no parse, nor do the same bytes; a new version is read; no address is kept."""
    with publishing() as publisher:
        publisher.files["/s3cret.ics"] = calendar(FIRST, LATER)
        feed = the_file(f"{publisher.base}/s3cret.ics", token=lambda _: "key")
        first = feed.read(now=NOW)
        monkeypatch.setattr(published, "read_offers", None)
        assert first == feed.read(now=NOW + timedelta(minutes=5))
        publisher.mark = "none"
        assert first == feed.read(now=NOW + timedelta(minutes=10))
        monkeypatch.undo()
        publisher.files["/s3cret.ics"] = calendar(LATER)
        second = feed.read(now=NOW + timedelta(minutes=15))
        assert [200, 304, 200, 200] == publisher.statuses()

    exact, hours = first.windows
    assert ("ics", NOW + timedelta(hours=2)) == (exact.source, exact.interval.start)
    assert exact.slot.startswith("feed:payer_a/")
    assert hours.slot is None
    assert [hours] == list(second.windows)
    assert "s3cret" not in repr(first)
    assert {"Bearer key"} == {each["authorization"] for each in publisher.seen}


def test_what_is_ahead_comes_nearer():
    """After a day the file is read again though it is the same: its horizon has moved."""
    far = event(f"DTSTART:{NOW + timedelta(days=63):%Y%m%dT%H%M%SZ}", "DURATION:PT20M")
    with publishing() as publisher:
        publisher.files["/a.ics"] = calendar(far)
        feed = the_file(f"{publisher.base}/a.ics")
        counts = [len(feed.read(now=NOW + timedelta(days=days)).windows) for days in (0, 2)]

    assert [0, 1] == counts


def test_a_file_that_cannot_be_read_is_an_error():
    """A login page, a server that is down, a redirect to another host."""
    with publishing() as publisher, publishing() as other:
        publisher.files["/a.ics"] = b"<html>"
        publisher.status["/b.ics"] = 503
        publisher.moved["/c.ics"] = f"{other.base}/a.ics"
        for name, error in (("a", NotFhir), ("b", Down), ("c", OutsideBase)):
            with pytest.raises(error):
                the_file(f"{publisher.base}/{name}.ics").read(now=NOW)
        assert [] == other.asked


def test_a_collection_is_read_and_not_again_until_it_changes(dav, monkeypatch):
    """Two servers that nobody here wrote: both events, nothing asked for while its version stays, then the change."""
    url = fresh(dav, "offers")
    dav.put(f"{url}first.ics", calendar(FIRST))
    dav.put(f"{url}later.ics", calendar(LATER))
    transport = Transport(allow_loopback=True)
    how = {"key": "payer_a", "convention": Convention(CHICAGO), "token": lambda _: CREDENTIAL, "scheme": "Basic"}
    feed = PublishedCollection(url, transport, **how)
    first = feed.read(now=NOW)
    assert ["caldav", "caldav"] == [each.source for each in first.windows]
    assert () == first.warnings
    monkeypatch.setattr(published, "read_offers", None)
    assert first == feed.read(now=NOW + timedelta(minutes=5))
    monkeypatch.undo()
    dav.put(f"{url}more.ics", calendar(FIRST.replace("first", "more")))

    assert 3 == len(feed.read(now=NOW + timedelta(minutes=10)).windows)
