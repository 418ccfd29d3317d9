"""
The whole app on a test client: real pages, sessions, store and rules; the EHR and the payers are those of an Office.

A Visit is one launch in one browser, as its callback would have left it: a session and its secret in a cookie.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask
from itsdangerous import URLSafeTimedSerializer
from werkzeug.test import TestResponse

from app.core.people import Role
from app.edges.http import Transport
from app.edges.store.launches import LaunchSession
from app.settings import Calendars, Issuer, Profile, Publishing, Settings, SmartConfig
from app.web.session import cookie_name
from app.wire import House, create_app
from launch.calendars import OwnCalendars
from launch.smart import Smart
from launch.smart.keys import hash_of
from tests.fakes.office import TENANT, ZONE, Office, a_database, a_user

HOST = "parley.example"
BASE = f"https://{HOST}"
ELSEWHERE = "elsewhere"
SECRET_KEY = "a-secret-of-the-tests-that-is-long-enough"
OWN = {"Origin": BASE, "Sec-Fetch-Site": "same-origin"}  # what a browser says of a form of our own page
SWAP = {"HX-Request": "true", "HX-Target": "case"}  # what htmx says when it swaps the case


class HouseOfFakes(House):
    """The real house; whatever launch asks, the EHR that answers is the office's."""

    office: Office

    def _ehr(self, issuer, **bound):
        return self.office.ehr

    def for_effect(self, tenant, session_id, *, now):
        return self.office.ehr


@dataclass
class Site:
    """One app, and the office behind it."""

    office: Office
    app: Flask
    house: HouseOfFakes
    visits: int = 0

    def begin_anew(self, office: Office) -> None:
        """Serve another office: a fresh database (in the same place) and counterparts that remember nothing."""
        self.office = office
        self.house.office, self.house.payers, self.house.ids = office, office.desk, office.ids
        self.house.inquiries, self.house.channels = office.inquiries, office.channels
        self.house.notices = office.notices
        self.house.feeds, self.house.feed_times = office.feeds, office.feed_times
        self.house.rules, self.house.policies = office.rules, office.policies
        self.house.literature, self.house.wording = office.literature, office.wording
        self.house.store = office.store  # what one remembers of its tallies is not another's

    def visit(self, role: Role = Role.COORDINATOR, *, patient: str | None = None, **session) -> "Visit":
        """Return a fresh launch. patient: of a chart launch; session: further fields of the LaunchSession."""
        self.visits += 1
        tenant = session.get("issuer", TENANT)
        user = a_user(role, tenant=tenant)
        now = self.office.now
        base = {
            "id": f"{self.visits:08x}" + "5e" * 12,
            "secret_hash": hash_of(f"secret-{self.visits}"),
            "issuer": tenant,
            "user_key": user.key,
            "user_name": user.name,
            "role": role.value,
            "fhir_user": user.reference,
            "patient": patient,
            "scopes": "openid fhirUser user/*.cruds",
            "csrf_secret": f"csrf-{self.visits}" * 4,
            "created_at": now,
            "last_seen_at": now,
            "idle_expires_at": now + timedelta(minutes=15),
            "expires_at": now + timedelta(hours=10),
        }
        self.house.launches.open(LaunchSession(**(base | session)))
        return Visit(self, base["id"], f"secret-{self.visits}", base["csrf_secret"])

    def rules(self) -> list:
        """Return the app's routes, each once."""
        return sorted(self.app.url_map.iter_rules(), key=lambda rule: (rule.endpoint, rule.rule))


@dataclass
class Visit:
    """
    One launch in a browser of its own. Paths are relative to it; "/x" is the app's own.

    headers: added to what a browser says; None takes one away. hx: asked by htmx
    """

    site: Site
    id: str
    secret: str | None
    csrf_secret: str
    sent: dict[str, str] = field(default_factory=lambda: dict(OWN))

    @property
    def token(self) -> str:
        """Return the CSRF token that this launch's pages put into their forms."""
        return URLSafeTimedSerializer(SECRET_KEY, salt="wtf-csrf-token").dumps(self.csrf_secret)

    def get(self, path: str, **more) -> TestResponse:
        """Ask for a page."""
        return self._ask("GET", path, **more)

    def post(self, path: str, form: dict | None = None, *, token: str | None = "", **more) -> TestResponse:
        """Send a form as the page would: with its token (another where given, none for None) and its origin."""
        told = {"csrf_token": self.token if token == "" else token} | (form or {})
        data = {name: value for name, value in told.items() if value is not None}
        headers = self.sent | (more.pop("headers", None) or {})
        return self._ask("POST", path, data=data, headers=headers, **more)

    def path(self, path: str) -> str:
        """Return where a path of this launch is in the app."""
        return path if path.startswith("/") else f"/s/{self.id}/{path}"

    def session(self) -> LaunchSession:
        """Return the launch's session as it stands."""
        return self.site.house.launches.session(self.id)

    def _ask(self, method: str, path: str, *, hx: bool = False, headers: dict | None = None, **more) -> TestResponse:
        http = self.site.app.test_client()
        if self.secret is not None:
            http.set_cookie(cookie_name(self.id), self.secret, domain=HOST, path=f"/s/{self.id}/", secure=True)
        told = (SWAP if hx else {}) | (headers or {})
        headers = {name: value for name, value in told.items() if value is not None}
        return http.open(self.path(path), method=method, base_url=BASE, headers=headers, **more)


def make_site(folder: Path, **more) -> Site:
    """Return an app over a fresh office, known to two EHRs. more: as site_over"""
    return site_over(Office(a_database(folder)), **more)


def site_over(office: Office, *, calendars: Calendars | None = None, viewer: str = "", **more) -> Site:
    """Return an app over this office, known to two EHRs. calendars: of SmartConfig; more: of Settings."""

    def clock():
        return made.office.now

    issuers = (
        Issuer(**_record(TENANT, "https://ehr.example"), profile=Profile(viewer=viewer)),
        Issuer(**_record(ELSEWHERE, "https://other.example"), profile=Profile(viewer=viewer)),
    )
    settings = Settings(
        smart=SmartConfig(issuers=issuers, calendars=calendars or Calendars()),
        base_url=BASE,
        database_url="sqlite:///unused",
        secret_keys=(SECRET_KEY,),
        client_secrets={},
        signing_keys_path=None,
        launches_a_minute=100_000,
        **more,
    )
    transport = Transport()
    smart = Smart(settings, office.database, transport, clock=clock)
    own = OwnCalendars(settings, office.database, clock=clock)
    house = HouseOfFakes(
        settings, office.database, transport, clock, smart.sessions, smart.tokens, own.bound, own.accounts
    )
    app = create_app(house)
    app.register_blueprint(smart.blueprint)
    app.register_blueprint(own.blueprint)
    made = Site(office, app, house)
    made.begin_anew(office)
    return made


def _record(slug: str, origin: str) -> dict:
    return {
        "slug": slug,
        "fhir_base": f"{origin}/fhir",
        "client_id": "parley",
        "auth": "public",
        "frame_ancestors": (origin,),
        "zone": ZONE,
        "publishing": Publishing("312-555-0100", "1 Main Street", "Chicago", "IL", "60601"),
    }


def shown(answer: TestResponse) -> str:
    """Return the text of an answer."""
    return answer.get_data(as_text=True)


def where_to(answer: TestResponse) -> str:
    """Return the path that an answer redirects to, without the launch's own part."""
    return urlsplit(answer.headers["Location"]).path.partition("/s/")[2].partition("/")[2]
