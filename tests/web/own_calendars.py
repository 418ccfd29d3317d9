"""What the tests of connected calendars share: a site with both providers, and a calendar of each kind as a peer."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import requests

from app.core.people import Role
from app.edges.store import SqlOutbox
from app.flow.book import Wanted
from app.flow.outbox import drain
from app.flow.ports import Ports
from app.flow.slots import propose_slots
from app.flow.worklist import writes_of
from app.settings import Calendars, GoogleCalendars, MicrosoftCalendars
from tests.builders import CLINICIAN
from tests.edges.calendars.google_like import GoogleLike
from tests.edges.calendars.graph_like import GraphLike
from tests.edges.calendars.json_server import json_server
from tests.edges.calendars.servers import AUTH, DavServer
from tests.edges.calendars.writing import calendar, event
from tests.fakes.office import bring
from tests.web.markup import faults_of_page
from tests.web.oauth_like import CLIENT, SECRET, OAuthLike
from tests.web.visit import Site, Visit, make_site, shown

ME = replace(CLINICIAN, reference="Practitioner/clinician")
CALLBACK = "/calendars/callback"


@dataclass
class Town:
    """A site with both providers, and the clinician's launch."""

    site: Site
    google: OAuthLike
    graph: OAuthLike
    me: Visit

    @property
    def ports(self) -> Ports:
        """Return the ports of a coordinator who books for the clinician."""
        house = self.site.house
        return self.site.office.ports(session_id="s1", calendars=house.calendars, accounts=house.accounts)

    def work(self, minutes: float = 0) -> None:
        """Let the worker do what is due then."""
        office = self.site.office
        office.push(minutes=minutes)
        outbox, calendars = SqlOutbox(office.database), self.site.house.calendars
        drain(outbox, self.site.house, office.desk, calendars, now=lambda: office.now, jitter=lambda: 0.5)

    def secrets_at_rest(self) -> str:
        """Return the two tables as text."""
        return repr((self.site.office.rows("calendar_accounts"), self.site.office.rows("calendars")))


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """The app with a Google and a Microsoft that live on loopback."""
    mailbox = GraphLike()
    google, graph = OAuthLike(GoogleLike()), OAuthLike(mailbox, rotates=True)
    with json_server(google) as g, json_server(graph) as m:
        mailbox.base = f"{m}/v1.0"
        yield from open_town(tmp_path, google, graph, g, m)


def open_town(folder: Path, google: OAuthLike, graph: OAuthLike, g: str, m: str, **changes: str) -> Iterator[Town]:
    """Run the app over these providers. changes: of GoogleCalendars"""
    addresses = {
        "api_base": f"{g}/calendar/v3",
        "authorize_endpoint": f"{g}/auth",
        "token_endpoint": f"{g}/token",
        "revoke_endpoint": f"{g}/revoke",
    }
    calendars = Calendars(
        google=GoogleCalendars(CLIENT, **(addresses | changes)),
        microsoft=MicrosoftCalendars(CLIENT, login_base=m, api_base=f"{m}/v1.0"),
    )
    site = make_site(
        folder,
        calendars=calendars,
        calendar_secrets={"google": SECRET, "microsoft": SECRET},
        allow_loopback=True,
    )
    site.office.ehr.staff[ME.reference] = ME
    site.office.ehr.staff[CLINICIAN.reference] = CLINICIAN
    yield Town(site, google, graph, site.visit(Role.CLINICIAN))
    site.office.database.close()


def sign_in_at(visit: Visit, kind: str) -> tuple[str, str]:
    """Begin on the page; return the account and the address of the other window."""
    page = shown(visit.post("calendars/sign-in", {"kind": kind}))
    assert [each for each in faults_of_page(page) if not each.startswith("href of a a leads to http")] == []
    address = re.search(r'<a class="button" href="([^"]+)" target="_blank" rel="noopener noreferrer"', page)[1]
    return re.search(r'name="account" value="([0-9a-f]+)"', page)[1], address.replace("&amp;", "&")


def come_back(visit: Visit, told: dict[str, str]) -> str:
    """Come to the callback in another window, without any cookie; return the code that it shows."""
    page = shown(visit.site.app.test_client().get(CALLBACK, query_string=told, base_url="https://parley.example"))
    return re.search(r"<strong>([A-Z0-9]{6})</strong>", page)[1]


def connect_at(visit: Visit, provider: OAuthLike, kind: str) -> str:
    """Connect by OAuth as a person does; return the page."""
    account, address = sign_in_at(visit, kind)
    code = come_back(visit, provider.sign_in(address))
    answer = visit.post("calendars/confirm", {"account": account, "kind": kind, "code": code.lower()})
    assert answer.status_code == 303, shown(answer)
    return shown(visit.get("calendars?read=1"))


def calls_into(visit: Visit, name: str) -> None:
    """Let the calendar of this name take the calls."""
    page = shown(visit.get("calendars"))
    chosen = re.search(rf'<label for="use-([0-9a-f]+)">[^<]*{re.escape(name)}[^<]*</label>', page)[1]
    assert visit.post("calendars/uses", {f"use-{chosen}": "takes"}).status_code == 303


@dataclass
class Peer:
    """A calendar of some kind: how it is connected, filled by others, and what of ours stands in it."""

    connect: Callable[[Town], str]
    name: str
    take: Callable[[datetime, datetime], None]
    standing: Callable[[], list[datetime]]
    can_move: bool = True


def dav_peer(dav: DavServer) -> Peer:
    """Return a fresh calendar of a CalDAV server."""
    home = "/doc/" if dav.name == "radicale" else "/doc/calendars/"
    name = f"own-{uuid4().hex[:8]}"
    url = dav.make(f"{home}{name}/")

    def connect(town: Town) -> str:
        told = {"server": url, "user": AUTH[0], "password": AUTH[1]}
        assert town.me.post("calendars/server", told).status_code == 303
        return shown(town.me.get("calendars?read=1"))

    def take(start: datetime, end: datetime) -> None:
        times = (f"DTSTART:{start:%Y%m%dT%H%M%SZ}", f"DTEND:{end:%Y%m%dT%H%M%SZ}")
        dav.put(f"{url}{uuid4().hex}.ics", calendar(event(*times, uid=uuid4().hex)))

    def standing() -> list[datetime]:
        listed = requests.request("PROPFIND", url, headers={"Depth": "1"}, auth=AUTH, timeout=20).text
        names = set(re.findall(r"[0-9a-f-]{32,36}\.ics", listed))
        texts = [dav.get(f"{url}{each}").text for each in names]
        ours = [re.search(r"DTSTART:(\d{8}T\d{6})Z", each)[1] for each in texts if "Peer-to-peer call" in each]
        return sorted(datetime.strptime(each, "%Y%m%dT%H%M%S").replace(tzinfo=UTC) for each in ours)

    return Peer(connect, name, take, standing)


def google_peer(account: GoogleLike, provider: OAuthLike) -> Peer:
    """Return the calendar of the Google simulator."""

    def standing() -> list[datetime]:
        live = [each for each in account.events["primary"].values() if each["status"] != "cancelled"]
        ours = [each for each in live if "Peer-to-peer" in each.get("summary", "")]
        return sorted(datetime.fromisoformat(each["start"]["dateTime"]) for each in ours)

    return Peer(
        lambda town: connect_at(town.me, provider, "google"),
        "doc@clinic.example",
        lambda start, end: account.add(uuid4().hex, start.isoformat(), end.isoformat()),
        standing,
    )


def graph_peer(mailbox: GraphLike, provider: OAuthLike) -> Peer:
    """Return the calendar of the Graph simulator."""

    def standing() -> list[datetime]:
        ours = [each for each in mailbox.events.values() if "Peer-to-peer" in each.get("subject", "")]
        return sorted(datetime.fromisoformat(each["start"]) for each in ours)

    return Peer(
        lambda town: connect_at(town.me, provider, "graph"),
        "Calendar",
        lambda start, end: mailbox.add(uuid4().hex, start.isoformat(), end.isoformat()),
        standing,
    )


def offered(town: Town):
    """Return a case of this clinician with times on the table."""
    return bring(town.site.office, "offered", clinician=ME)


def times(town: Town, case) -> list[datetime]:
    """Return when a call could begin, by every calendar."""
    return [each.interval.start for each in propose_slots(town.ports, case.id, now=town.site.office.now).slots]


def at(town: Town, case, start: datetime) -> Wanted:
    """Return the wish for a time."""
    return Wanted(start, start + timedelta(minutes=town.site.office.site.call_minutes))


def written(town: Town, case) -> str:
    """Return what became of the latest word to the calendar."""
    return next(each.state for each in writes_of(town.ports, case) if each.event)
