"""
A clinician connects calendars on the page, and from then on they count; real servers, and simulators where none is.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from app.flow.book import SlotGone, book, cancel, move
from tests.edges.calendars.google_like import GoogleLike
from tests.edges.calendars.graph_like import GraphLike
from tests.edges.calendars.json_server import json_server
from tests.edges.calendars.servers import google_emulator
from tests.web.markup import faults_of_page
from tests.web.oauth_like import OAuthLike
from tests.web.own_calendars import (
    Peer,
    Town,
    at,
    calls_into,
    connect_at,
    dav_peer,
    google_peer,
    graph_peer,
    offered,
    open_town,
    times,
    written,
)


@pytest.fixture(params=["radicale", "xandikos", "google", "graph"])
def peer(request, town: Town) -> Peer:
    """A calendar of each kind."""
    if request.param in ("radicale", "xandikos"):
        return dav_peer(request.getfixturevalue(request.param))
    if request.param == "google":
        return google_peer(town.google.calendars, town.google)
    return graph_peer(town.graph.calendars, town.graph)


def test_life_of_a_call_in_a_calendar_of_every_kind(town: Town, peer: Peer):
    """Connected, read, kept free of what is busy, booked, moved, cancelled: on the server each time as it should be."""
    walk_through(town, peer)


def walk_through(town: Town, peer: Peer) -> None:
    """Connect, book, move, cancel."""
    case, office = offered(town), town.site.office
    busy = times(town, case)[0]
    peer.take(busy, busy + timedelta(hours=1))
    page = peer.connect(town)
    assert "Read just now: 1.0 busy hours in the coming 7 days" in page
    assert faults_of_page(page) == []
    calls_into(town.me, peer.name)

    free = times(town, case)
    assert free
    assert all(each >= busy + timedelta(hours=1) for each in free)
    booked = book(town.ports, case.id, at(town, case, free[0]), seen=case.version, now=office.now)
    town.work()
    assert (peer.standing(), written(town, booked)) == ([free[0]], "confirmed")

    if peer.can_move:
        later = free[-1]
        booked = move(town.ports, case.id, at(town, case, later), seen=booked.version, now=office.now)
        town.work()
        assert (peer.standing(), written(town, booked)) == ([later], "confirmed")

    cancel(town.ports, case.id, reason="Asked to", seen=booked.version, now=office.now)
    town.work()
    assert (peer.standing(), written(town, booked)) == ([], "confirmed")


def test_time_taken_between_the_page_and_the_booking_is_refused(town: Town, peer: Peer):
    """The calendar is read again inside the booking; without that reading two would stand at one time."""
    case, office = offered(town), town.site.office
    peer.connect(town)
    start = times(town, case)[0]
    wanted = at(town, case, start)
    peer.take(start, wanted.end)

    with pytest.raises(SlotGone) as refused:
        book(town.ports, case.id, wanted, seen=case.version, now=office.now)
    assert refused.value.next
    assert office.case(case.id).booking is None

    blind = replace(town.ports, calendars=None)
    booked = book(blind, case.id, wanted, seen=case.version, now=office.now)
    assert booked.booking.interval.start == start  # what the reading prevents


@pytest.mark.node
def test_life_of_a_call_at_the_google_emulator(tmp_path: Path, tmp_path_factory):
    """A server nobody here wrote signs the person in, lists, gives and takes; it cannot change an event."""
    with google_emulator(tmp_path_factory.mktemp("google")) as base:
        origin = base.removesuffix("/calendar/v3")
        changes = {
            "api_base": base,
            "authorize_endpoint": f"{origin}/o/oauth2/v2/auth",
            "token_endpoint": f"{origin}/oauth2/token",
            "revoke_endpoint": f"{origin}/oauth2/revoke",
        }
        emulator = Emulated(origin)
        with emulated_town(tmp_path, changes) as town:
            walk_through(town, emulator.peer())


@contextmanager
def emulated_town(folder: Path, changes: dict[str, str]) -> Iterator[Town]:
    """Run the app with the emulator for Google."""
    with json_server(GraphLike()) as nobody:
        yield from open_town(folder, OAuthLike(GoogleLike()), OAuthLike(GraphLike()), nobody, nobody, **changes)


@dataclass
class Emulated:
    """The emulator of npm, as a person and as another program meet it."""

    origin: str

    def sign_in(self, address: str) -> dict[str, str]:
        """Choose the first account at its page; return what the browser brings back."""
        page = requests.get(address, timeout=20).text
        form = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page))
        form = {name: value.replace("&amp;", "&") for name, value in form.items()}
        answer = requests.post(f"{self.origin}/o/oauth2/v2/auth/callback", data=form, allow_redirects=False, timeout=20)
        return dict(each.split("=", 1) for each in urlsplit(answer.headers["Location"]).query.split("&"))

    def peer(self) -> Peer:
        """Return its primary calendar."""
        events = f"{self.origin}/calendar/v3/calendars/primary/events"
        bearer = {"Authorization": "Bearer t"}

        def take(start: datetime, end: datetime) -> None:
            body = {
                "summary": "x",
                "start": {"dateTime": start.isoformat()},
                "end": {"dateTime": end.isoformat()},
            }
            assert requests.post(events, json=body, headers=bearer, timeout=20).ok

        def standing() -> list[datetime]:
            found = requests.get(events, headers=bearer, params={"maxResults": "250"}, timeout=20).json()["items"]
            ours = [each for each in found if "Peer-to-peer" in each.get("summary", "")]
            return sorted(datetime.fromisoformat(each["start"]["dateTime"]) for each in ours)

        def connect(town: Town) -> str:
            return connect_at(town.me, self, "google")

        listed = requests.get(f"{self.origin}/calendar/v3/users/me/calendarList", headers=bearer, timeout=20).json()
        name = next(each["summary"] for each in listed["items"] if each.get("primary"))
        return Peer(connect, name, take, standing, can_move=False)
