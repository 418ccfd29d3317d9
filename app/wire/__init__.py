"""The only file that knows every room: edges bound to ports, ports bound to a launch, pages mounted on Flask."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask
from flask_wtf.csrf import CSRFProtect

from app.core.away import AT_ONCE
from app.core.effects import SignInNeeded
from app.core.learn.export import ExportRow
from app.core.people import Role, User
from app.core.windows.link import PayerLink
from app.edges.ehr import FhirEhr, fetch_capability
from app.edges.ehr.learned import Learned
from app.edges.fhir.capability import Capability
from app.edges.http import Token, Transport
from app.edges.letters import text_and_warnings
from app.edges.papers import PaperMaker
from app.edges.payers import Inquirer, PayerDesks, PayerEndpoint, PublishedDesk, WrittenWays
from app.edges.rulebook import RuleBook
from app.edges.rulebook.policies import SitePolicies
from app.edges.rulebook.site import SiteRules
from app.edges.solver import HighsSolver
from app.edges.store import SqlAsks, SqlOutbox, SqlStore
from app.edges.store.database import Database, StoreDown
from app.edges.store.feed_times import SqlFeedTimes
from app.edges.store.heartbeats import latest_beat
from app.edges.store.launches import Launches
from app.edges.store.links import SqlLinks
from app.edges.store.literature import SqlLiterature
from app.edges.store.mailbook import SqlMailBook
from app.edges.store.messages import SqlMessages
from app.edges.store.outbox import open_writes
from app.edges.store.policies import SqlPolicies
from app.edges.store.publications import SqlPublications
from app.edges.store.refusals import SqlRefusals
from app.edges.store.reminders import SqlReminders
from app.edges.store.talks import SqlTalks
from app.edges.store.wordings import SqlWordings
from app.flow.learn import monitored
from app.flow.ports import Accounts, Calendars, Ehr, EhrSession, Ports, Sessions, Tokens
from app.settings import IntakeKey, Issuer, Settings
from app.web import add_pages, desk, door, hooks, published
from app.web.errors import add_errors
from app.web.filters import add_filters
from app.web.guard import check_origin
from app.web.headers import add_headers
from app.web.health import add_health
from app.web.session import LaunchSessions
from app.wire.own import FileSources, LateEhr, OurPublisher, RandomIds, forms_of, pubmed_of, wording_of
from app.wire.payers import (
    PayerFeeds,
    ReadsTimes,
    fax_line_of,
    faxer_of,
    feed_of,
    hooks_of,
    inquiry_of,
    mailbox_of,
    mailer_of,
    relay_of,
    teller_of,
)
from app.wire.site import habits_of, profile_of, publishing_of, site_of

ROOT = Path(__file__).resolve().parents[2]


RULES = ROOT / "app/rules"


CAPABILITY_KEPT = timedelta(hours=24)


# A worker that has not been heard of for this long is taken to be gone.
WORKER_SILENT = timedelta(seconds=60)


MEGABYTE = 1_048_576


@dataclass
class House:
    """All edges of one process, and the ways to bind them."""

    settings: Settings
    database: Database
    transport: Transport
    clock: Callable[[], datetime]
    sessions: Sessions
    tokens: Tokens
    calendars: Calendars | None = None
    accounts: Accounts | None = None

    def __post_init__(self) -> None:
        self.store, self.asks = SqlStore(self.database), SqlAsks(self.database)
        self.outbox = SqlOutbox(self.database, at_once=AT_ONCE)
        self.messages, self.links = SqlMessages(self.database), SqlLinks(self.database)
        self.launches, self.reminders = Launches(self.database), SqlReminders(self.database)
        self.notices = teller_of(self.settings, self.transport, standing=self.store.case, clock=self.clock)
        self.ids, self.sources = RandomIds(), FileSources()
        self.papers = PaperMaker(forms=forms_of(self.settings), read_file=text_and_warnings)
        payers = self.settings.smart.payers
        endpoints = {each.key: PayerEndpoint(each.slots_base, each.books) for each in payers if each.slots_base}
        self.faxer = faxer_of(self.settings, self.transport, print_fax=self.papers.fax, clock=self.clock)
        self.channels = WrittenWays(mailer_of(self.settings, clock=self.clock), self.faxer)
        self.hooks = hooks_of(self.settings)
        self.mailbox = mailbox_of(self.settings, self.transport, clock=self.clock)
        self.mailbook = SqlMailBook(self.database)
        self.payers = PayerDesks(PublishedDesk(endpoints, self.transport), self.channels)
        self.inquiries = Inquirer(
            {each.key: inquiry_of(each.inquire) for each in payers if each.inquire},
            self.transport,
            token=lambda key, rejected: self.tokens.of_payer(key, now=self.clock(), rejected=rejected),
        )
        self.publications, self.publisher = SqlPublications(self.database), OurPublisher()
        self.talks, self.refusals = SqlTalks(self.database), SqlRefusals(self.database)
        self.feeds, self.feed_times = PayerFeeds(self.settings, self.transport), SqlFeedTimes(self.database)
        self.literature, self.literature_shelf = pubmed_of(self.settings, self.transport), SqlLiterature(self.database)
        self.wording, self.wording_shelf = wording_of(self.settings, self.transport), SqlWordings(self.database)
        self.policies = SitePolicies(SqlPolicies(self.database), lambda: self.rules.beneath)
        self._capabilities: dict[str, tuple[datetime, Capability]] = {}
        self._lock = threading.Lock()

    @cached_property
    def rules(self) -> SiteRules:
        """The rule book; raises Misconfigured. Who starts the house asks for it at once (launch/wsgi.py)."""
        book = RuleBook.load(RULES, self.settings.site_rules)
        len(book.calendar.closed)  # worked out now: a country whose holidays nobody knows stops the start
        return SiteRules(book, self.store)

    def ports_for(self, session: EhrSession) -> Ports:
        """Return the ports of one launch."""
        issuer = self.settings.issuer(session.tenant)
        return replace(
            self._ports(
                issuer,
                session.user,
                lambda: self._ehr(
                    issuer,
                    token=lambda rejected: self.tokens.of_session(session.id, now=self.clock(), rejected=rejected),
                    scopes=session.scopes,
                    fhir_user=session.user.reference,
                    patient=session.patient,
                    encounter=session.encounter,
                ),
            ),
            solver=HighsSolver(),
            accounts=self.accounts,
            patient=session.patient,
            session_id=session.id,
        )

    def ports_of_backend(self, issuer: Issuer) -> Ports:
        """Return the ports of Parley itself at one EHR, for what time alone causes."""
        return self._ports(
            issuer,
            User(f"{issuer.slug}|parley", "Parley", Role.COORDINATOR),
            lambda: self._ehr(
                issuer,
                token=lambda rejected: self.tokens.of_backend(issuer.slug, now=self.clock(), rejected=rejected),
                scopes=BACKEND_SCOPES,
                fhir_user=None,
                patient=None,
            ),
        )

    def _ports(self, issuer: Issuer, user: User, ehr: Callable[[], Ehr]) -> Ports:
        """Return what everybody may touch who does anything at this EHR, a person or Parley itself."""
        return Ports(
            tenant=issuer.slug,
            user=user,
            site=site_of(issuer),
            store=self.store,
            rules=self.rules.of(issuer.slug),
            ids=self.ids,
            payers=self.payers,
            papers=self.papers,
            ehr=LateEhr(ehr),
            links=self.links,
            messages=self.messages,
            sources=self.sources,
            inquiries=self.inquiries,
            asks=self.asks,
            channels=self.channels,
            calendars=self.calendars,
            reminders=self.reminders,
            notices=self.notices,
            feeds=self.feeds,
            feed_times=self.feed_times,
            publications=self.publications,
            policies=self.policies,
            literature=self.literature,
            literature_shelf=self.literature_shelf,
            wording=self.wording,
            wording_shelf=self.wording_shelf,
            talks=self.talks,
        )

    def hospitals(self) -> Mapping[str, Ports]:
        """Return the ports of Parley itself at every EHR, by slug."""
        return {each.slug: self.ports_of_backend(each) for each in self.settings.smart.issuers}

    def ports_of_sender(self, key: IntakeKey) -> Ports:
        """Return the ports of an interface that sends denials: Parley's own token, the sender's name."""
        ports = self.ports_of_backend(self.settings.issuer(key.tenant))
        return replace(ports, user=User(f"{key.tenant}|sender:{key.sender}", key.sender, Role.COORDINATOR))

    def ports_of_link(self, link: PayerLink) -> Ports:
        """Return the ports of a payer's link: its maker's session reads the calendar where Parley itself may not."""
        issuer = self.settings.issuer(link.tenant)
        ports = self.ports_of_backend(issuer)
        if not issuer.backend_client_id and link.session_id:
            ports = replace(ports, ehr=LateEhr(lambda: self.for_effect(link.tenant, link.session_id, now=self.clock())))
        user = User(f"{link.tenant}|payer-link", "The payer, by link", Role.DELEGATE)
        return replace(ports, user=user, session_id=link.session_id, acts_for=link.made_by)

    def for_effect(self, tenant: str, session_id: str | None, *, now: datetime) -> Ehr:
        """Return the EHR as the session that caused an effect sees it (ports.Ehrs); raises SignInNeeded."""
        found = self.launches.session(session_id) if session_id else None
        if found is None:
            raise SignInNeeded()
        self.tokens.of_session(found.id, now=now)
        return self._ehr(
            self.settings.issuer(tenant),
            token=lambda rejected: self.tokens.of_session(found.id, now=self.clock(), rejected=rejected),
            scopes=found.scopes,
            fhir_user=found.fhir_user,
            patient=found.patient,
            encounter=found.encounter,
        )

    def is_ready(self) -> Mapping[str, bool]:
        """Return what /readyz asks: database reachable and current, a worker heard of lately."""
        try:
            current = self.database.is_current()
            beat = latest_beat(self.database) if current else None
        except StoreDown:
            return {"database": False, "worker": False}  # whether one works is read there
        return {"database": current, "worker": beat is not None and self.clock() - beat < WORKER_SILENT}

    def monitored(self) -> Mapping[str, tuple[ExportRow, ...]]:
        """Return what /metrics tells of each hospital's calls: no person is in it, and no cell that could name one."""
        return {each.slug: monitored(self.store, each.slug) for each in self.settings.smart.issuers}

    def open_writes(self) -> tuple[tuple[str, str, int, datetime], ...]:
        """Return what /metrics tells of the outbox: tenant, state, how many, since when the oldest."""
        return open_writes(self.database)

    def capability_of(self, issuer: Issuer) -> Capability:
        """Return what the EHR says it does, read once a day."""
        now = self.clock()
        with self._lock:
            kept = self._capabilities.get(issuer.slug)
        if kept and now - kept[0] < CAPABILITY_KEPT:
            return kept[1]
        read = fetch_capability(issuer.fhir_base, self.transport)
        with self._lock:
            self._capabilities[issuer.slug] = (now, read)
        return read

    def _ehr(
        self,
        issuer: Issuer,
        *,
        token: Token,
        scopes: str,
        fhir_user: str | None,
        patient: str | None,
        encounter: str | None = None,
    ) -> Ehr:
        return FhirEhr(
            issuer.fhir_base,
            self.transport,
            token,
            capability=self.capability_of(issuer),
            scopes=scopes,
            profile=profile_of(issuer),
            fhir_user=fhir_user,
            patient=patient,
            zone=issuer.zone,
            encounter=encounter,
            launch_url=f"{self.settings.base_url}/launch",
            print_note=self.papers.note_pdf,
            refusals=lambda under: Learned(self.refusals, issuer.slug, under, self.clock),
        )


BACKEND_SCOPES = "system/*.rs"


def create_app(house: House) -> Flask:
    """Return the pages of one house."""
    app = Flask("parley", static_folder=str(ROOT / "static"), template_folder=str(ROOT / "templates"))
    app.config.update(
        SECRET_KEY=house.settings.secret_keys[0],
        SECRET_KEY_FALLBACKS=list(house.settings.secret_keys[1:]),
        MAX_CONTENT_LENGTH=MEGABYTE,
        MAX_FORM_PARTS=500,
        WTF_CSRF_SSL_STRICT=False,  # it reads the Referer; app/web/guard.py checks Origin and Sec-Fetch-Site
        WTF_CSRF_TIME_LIMIT=None,  # a form lives as long as its session
    )
    app.extensions["parley"] = house
    app.session_interface = LaunchSessions()
    csrf = CSRFProtect(app)
    csrf.exempt(door.bp)  # a machine's bearer token is no cookie
    csrf.exempt(hooks.bp)  # what is signed is signed whole, and no cookie is asked for
    csrf.exempt(desk.bp)  # the secret in the address is all there is, and no cookie could be ridden on
    add_errors(app)
    add_filters(app)
    check_origin(app, public_host=urlsplit(house.settings.base_url).netloc)
    origins = tuple(dict.fromkeys(o for each in house.settings.smart.issuers for o in each.frame_ancestors))
    add_headers(app, all_ancestors=origins, secure=house.settings.base_url.startswith("https://"))
    add_pages(app)
    add_health(app, is_proxied=house.settings.proxy_count > 0)
    app.register_blueprint(door.bp)
    app.register_blueprint(desk.bp)
    app.register_blueprint(hooks.bp)
    app.register_blueprint(published.bp)
    return app


__all__ = [
    "BACKEND_SCOPES",
    "CAPABILITY_KEPT",
    "MEGABYTE",
    "ROOT",
    "RULES",
    "WORKER_SILENT",
    "FileSources",
    "House",
    "LateEhr",
    "OurPublisher",
    "PayerFeeds",
    "RandomIds",
    "ReadsTimes",
    "RuleBook",
    "create_app",
    "fax_line_of",
    "faxer_of",
    "feed_of",
    "forms_of",
    "habits_of",
    "hooks_of",
    "mailbox_of",
    "mailer_of",
    "profile_of",
    "publishing_of",
    "pubmed_of",
    "relay_of",
    "site_of",
    "teller_of",
    "wording_of",
]
