"""Running things: the app under a production server, the worker, both beside each other in the demo."""

import random
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial

import structlog

from app.edges.ehr.learned import REMEMBERED
from app.edges.store.heartbeats import beat
from app.errors import ParleyError
from app.flow.detect import detect_denials
from app.flow.feeds import cases_of, read_feeds
from app.flow.mailroom import collect, follow
from app.flow.ports import Ports
from app.flow.publish import is_behind, refresh
from app.flow.reminders import remind
from app.flow.tick import (
    ask_pended,
    climb,
    count_for_learn,
    forget_arrivals,
    forget_drafts,
    lapse_overdue,
    look_again,
    recount_open,
    release_expired,
)
from app.flow.windows import follow_feed, read_published_windows
from app.settings import Issuer, Settings
from app.wire import House
from launch.logs import place_of
from launch.signals import event_of_end_signals
from launch.worker import run_worker

log = structlog.get_logger("parley.run")
TICK_EVERY = timedelta(seconds=30)
PURGE_EVERY = timedelta(hours=1)
# For how long a change of the rules is looked for in every open case: a page that was being made when it came may have
# opened a case by the rules of a moment ago.
RECOUNT_FOR = timedelta(minutes=2)


class Ticker:
    """What time alone causes, as often as the site says; each pass may be repeated without harm."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._purged_at: datetime | None = None
        self._synced_at: dict[str, datetime] = {}
        self._published_at: dict[str, datetime] = {}
        self._rules_seen: dict[str, tuple[int, datetime]] = {}  # version of the rules and when it was first seen

    def __call__(self, now: datetime) -> None:
        """Do what is due at `now`."""
        if self._purged_at is None or now - self._purged_at >= PURGE_EVERY:
            self._purged_at = now
            self._house.launches.purge(now=now)
            self._house.refusals.forget(before=now - REMEMBERED)
            if self._house.accounts is not None:
                self._house.accounts.forget_unconfirmed(now=now)
        published = self._read_feeds(now=now)
        for issuer in self._house.settings.smart.issuers:
            self._alone(issuer.slug, partial(self._tick, issuer, published, now=now))

    def _alone(self, slug: str, work: Callable[[], object]) -> None:
        """Do this; a record that breaks it stops neither the rest of its hospital's clock nor another hospital's."""
        try:
            work()
        except Exception as error:
            log.error("tick failed", issuer=slug, error=type(error).__name__, place=place_of(error))

    def _tick(self, issuer: Issuer, published: tuple[str, ...], *, now: datetime) -> None:
        for each in self._passes(issuer, published, now=now):
            self._alone(issuer.slug, each)

    def _passes(self, issuer: Issuer, published: tuple[str, ...], *, now: datetime) -> Iterator[Callable[[], object]]:
        """Yield what time causes at one hospital, in the order in which it is done."""
        ports = self._house.ports_of_backend(issuer)
        yield lambda: release_expired(ports, now=now)
        yield lambda: self._recount(ports, now=now)
        yield lambda: lapse_overdue(ports, now=now)
        yield lambda: climb(ports, now=now)
        yield lambda: look_again(ports, now=now)
        yield lambda: self._remind(ports, now=now)
        yield lambda: self._forget(ports, now=now)
        yield lambda: self._count(ports)
        yield lambda: self._follow_feeds(ports, published, now=now)
        if not issuer.backend_client_id:
            return
        synced = self._synced_at.get(issuer.slug)
        if synced is None or now - synced >= timedelta(minutes=issuer.sync.denials_min):
            self._synced_at[issuer.slug] = now
            yield lambda: self._sync(issuer.slug, ports, now=now)
        yield lambda: self._ask(issuer.slug, ports, now=now)
        yield lambda: self._publish(issuer, ports, now=now)

    def _follow_feeds(self, ports: Ports, published: tuple[str, ...], *, now: datetime) -> None:
        for case_id in cases_of(ports, published):
            follow_feed(ports, case_id, now=now)

    def _remind(self, ports: Ports, *, now: datetime) -> None:
        if count := remind(ports, now=now):
            log.info("reminders asked for", issuer=ports.tenant, count=count)

    def _forget(self, ports: Ports, *, now: datetime) -> None:
        if count := forget_arrivals(ports, now=now):
            log.info("forgot denials that nobody settled", issuer=ports.tenant, count=count)
        if count := forget_drafts(ports, now=now):
            log.info("forgot drafts of calls that nobody went on with", issuer=ports.tenant, count=count)

    def _count(self, ports: Ports) -> None:
        if count := count_for_learn(ports):
            log.info("counted cases for Learn", issuer=ports.tenant, cases=count)

    def _read_feeds(self, *, now: datetime) -> tuple[str, ...]:
        changed, failed = read_feeds(self._house.feeds, self._house.feed_times, now=now, jitter=random.random)
        for key, error in failed:
            log.warning("could not read a payer's published times", payer=key, error=error)
        return changed

    def _publish(self, issuer: Issuer, ports: Ports, *, now: datetime) -> None:
        latest, told = self._published_at.get(issuer.slug), issuer.publishing
        if told is None:
            return
        if latest is not None and now - latest < timedelta(minutes=told.every_min) and not is_behind(ports):
            return
        self._published_at[issuer.slug] = now
        try:
            refresh(ports, now=now)
        except ParleyError as error:
            log.warning("could not publish free times", issuer=issuer.slug, error=type(error).__name__)

    def _ask(self, slug: str, ports: Ports, *, now: datetime) -> None:
        try:
            if count := ask_pended(ports, now=now, jitter=random.random):
                log.info("asked payers", issuer=slug, count=count)
        except ParleyError as error:
            log.warning("could not ask payers", issuer=slug, error=type(error).__name__)

    def _recount(self, ports: Ports, *, now: datetime) -> None:
        version = ports.rules.version
        seen, since = self._rules_seen.get(ports.tenant, (0, now))
        if version != seen:
            since = now
        self._rules_seen[ports.tenant] = (version, since)
        if version and now - since <= RECOUNT_FOR and (count := recount_open(ports, now=now)):
            log.info("counted open cases again by changed rules", issuer=ports.tenant, cases=count)

    def _sync(self, slug: str, ports, *, now: datetime) -> None:
        try:
            found = detect_denials(ports, patient=None, now=now)
            log.info("looked for denials", issuer=slug, new=len(found.new), known=len(found.known))
            for problem in found.problems:
                log.warning("some denials could not be read", issuer=slug, problem=problem)
            if found.problems:
                # What could not be read now is asked for at the next tick, not at the next sync.
                self._synced_at.pop(slug, None)
            for case in (*found.new, *found.known):
                read_published_windows(ports, case.id, now=now)
        except ParleyError as error:
            log.warning("could not look for denials", issuer=slug, error=type(error).__name__)


class Postman:
    """Brings what came to the mailbox, and asks for faxes, at its own pace: a slow server holds up no clock."""

    def __init__(self, house: House) -> None:
        self._house = house

    def __call__(self, now: datetime) -> None:
        """Look into the mailbox, and after faxes, where there are any."""
        house = self._house
        if house.mailbox is not None:
            self._collect(house, now=now)
        if house.faxer.carrier is not None:
            self._follow(house, now=now)

    def _collect(self, house: House, *, now: datetime) -> None:
        home = house.settings.mail_home
        try:
            if count := collect(house.mailbox, house.mailbook, house.hospitals(), home=home, now=now):
                log.info("read messages of payers", count=count)
        except ParleyError as error:
            log.warning("could not read the mailbox", error=type(error).__name__, say=error.say)

    def _follow(self, house: House, *, now: datetime) -> None:
        try:
            if count := follow(house.faxer.carrier, house.mailbook, house.hospitals(), now=now):
                log.info("heard of faxes", count=count)
        except ParleyError as error:
            log.warning("could not ask after faxes", error=type(error).__name__, say=error.say)


def work(house: House, stop: threading.Event) -> None:
    """Run the worker until `stop` is set; a long look for denials does not hold up the writes."""
    passes = (("tick", Ticker(house)), ("post", Postman(house)))
    ticking = [
        threading.Thread(target=_tick_until, args=(each, house, stop), name=name, daemon=True) for name, each in passes
    ]
    for each in ticking:
        each.start()
    run_worker(
        house.outbox,
        house,
        house.payers,
        house.calendars,
        house.notices,
        stop=stop,
        beat=lambda now: beat(house.database, "worker", now=now),
        now=house.clock,
    )
    for each in ticking:
        each.join(timeout=5)


def _tick_until(tick: Callable[[datetime], None], house: House, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            tick(house.clock())
        except Exception as error:  # a clock that stops at one bad pass lapses no window ever after
            log.error("tick failed", error=type(error).__name__, place=place_of(error))
        stop.wait(TICK_EVERY.total_seconds())


def work_until_told(house: House) -> None:
    """Run the worker until SIGINT or SIGTERM."""
    work(house, event_of_end_signals())


def serve(settings: Settings) -> None:
    """Serve the app with gunicorn: two processes of four threads; raises what stops them, before they are started."""
    from gunicorn.app.base import BaseApplication

    from launch.wsgi import build

    build(settings)[0].database.close()  # each process opens its own; a fault is told once here, by its setting

    class Server(BaseApplication):
        """gunicorn, configured here and nowhere else; no access log, it would hold URLs."""

        def load_config(self) -> None:
            for name, value in {
                "bind": f"{settings.host}:{settings.port}",
                "workers": 2,
                "threads": 4,
                "worker_class": "gthread",
                "timeout": 60,
                "accesslog": None,
                "loglevel": "warning",
            }.items():
                self.cfg.set(name, value)

        def load(self):
            return build(settings)[1]

    Server().run()
