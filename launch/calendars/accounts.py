"""How calendars are connected (ports.Accounts): tried before they are kept, secrets sealed, forgotten on request."""

import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import structlog

from app.core.effects import SignInNeeded
from app.core.interval import Interval
from app.core.people import Clinician
from app.core.slots.calendars import CalendarRead
from app.edges.calendars import ConnectedCalendars
from app.edges.calendars.caldav import dav_endpoint
from app.edges.calendars.discovery import Found, FoundCalendar, find_calendars
from app.edges.calendars.feed import IcsFeed
from app.edges.calendars.reading import calendar_url
from app.edges.http import Transport
from app.edges.store.calendar_accounts import AccountRow, CalendarRow, SqlAccounts
from app.errors import BadInput, ParleyError
from app.flow.ports import Account, OwnCalendar, Whose
from app.settings import Settings
from launch.calendars.binding import Binding, basic_token
from launch.calendars.consent import Consent
from launch.calendars.providers import Provider
from launch.calendars.refusals import CodeWrong, ConsentOver, ConsentRefused, NotConnected
from launch.calendars.tokens import ends_at, sealed_tokens
from launch.smart.keys import Box, hash_of
from launch.smart.sessions import new_secret

CONSENT_LIFE = timedelta(minutes=15)
CODE_LIFE = timedelta(minutes=10)
MOST_TRIES = 5
LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # none that looks like another
CODE_LENGTH = 6
TRIED = timedelta(days=7)
MOST_CALENDARS = 50
LONGEST = 200  # of a name that somebody gave

log = structlog.get_logger("parley.calendars")


class CalendarAccounts:
    """ports.Accounts, and the way back from a provider (`answered`)."""

    def __init__(
        self,
        settings: Settings,
        rows: SqlAccounts,
        box: Box,
        providers: Mapping[str, Provider],
        consent: Consent,
        binding: Binding,
        bound: ConnectedCalendars,
        transport: Transport,
    ) -> None:
        self._rows, self._box, self._providers, self._consent = rows, box, providers, consent
        self._binding, self._bound, self._transport = binding, bound, transport
        typed = ("ics", "caldav") if settings.smart.calendars.typed else ()
        self.ways = (*typed, *providers)

    def of(self, tenant: str, clinician: str) -> tuple[Account, ...]:
        """Return a clinician's accounts; one whose secret cannot be opened any more has ended."""
        return tuple(_shown(each, is_open=self._is_open(each)) for each in self._rows.of(tenant, clinician))

    def connect_feed(self, whose: Whose, url: str, *, name: str, now: datetime) -> Account:
        """Connect a published file, after it was read once. Its address is a secret: whoever has it can read it."""
        self._demand("ics")
        url = self._address(url, field="url")
        called = name.strip()[:LONGEST] or urlsplit(url).hostname or "Calendar"
        read = IcsFeed(url, self._transport, name=called, zone=whose.clinician.zone).busy(_ahead(now), now=now)
        if not read.verified and not read.busy:
            why = next(iter(read.warnings), "it could not be read")
            raise NotConnected(f"Nothing could be read at this address: {why}", field="url")
        row = CalendarRow(secrets.token_hex(16), "", called, writable=False)
        return self._added(whose, "ics", urlsplit(url).hostname or "", {"url": url}, [row], now=now)

    def connect_server(self, whose: Whose, url: str, *, user: str, password: str, now: datetime) -> Account:
        """Connect a CalDAV server: sign in once and find its calendars; those that count as busy are read."""
        self._demand("caldav")
        url = self._address(url, field="server")
        secret = {"user": user.strip(), "password": password}
        found = self._found(url, secret)
        owner = next(iter(found.addresses), None)
        rows = [_row(each, owner=owner) for each in found.calendars[:MOST_CALENDARS]]
        who = f"{secret['user']} at " if secret["user"] else ""
        label = f"{who}{urlsplit(url).hostname}"
        return self._added(whose, "caldav", label[:LONGEST], secret, rows, now=now)

    def begin(self, whose: Whose, kind: str, *, now: datetime) -> tuple[str, str]:
        """Remember who asks, and return (account, address to sign in at); see ports.Accounts."""
        self._demand(kind)
        provider = self._providers[kind]
        state, verifier, id_ = new_secret(), new_secret(), secrets.token_hex(16)
        account = replace(
            _new(id_, whose, kind, provider.who, "asked", now=now),
            secret_box=self._box.seal(json.dumps({"verifier": verifier})),
            state_hash=hash_of(state),
            session_id=whose.session_id,
            lapses_at=now + CONSENT_LIFE,
        )
        self._rows.add(account)
        return id_, self._consent.authorize_url(provider, state=state, verifier=verifier)

    def answered(self, told: Mapping[str, str], *, now: datetime) -> str:
        """
        Take a provider's answer and return the code that the person types where they began.

        The browser that comes back is not known to be theirs: inside the EHR's frame no cookie of ours reaches this
        window. Whoever types the code has seen both. raises: ConsentOver, ConsentRefused, and what http's errors list
        """
        account = self._rows.answered(hash_of(told.get("state", "")), now=now, lapses_at=now + CODE_LIFE)
        text = self._box.unseal(account.secret_box or b"") if account else None
        if account is None or text is None or account.kind not in self._providers:
            raise ConsentOver()
        try:
            return self._taken(account, json.loads(text)["verifier"], told, now=now)
        except ParleyError as error:
            log.warning("calendar not connected", kind=account.kind, error=type(error).__name__)
            self._rows.drop(account.id)
            raise

    def confirm(self, whose: Whose, account_id: str, code: str, *, now: datetime) -> Account:
        """Connect an answered account by its code; raises CodeWrong, ConsentOver."""
        waiting = self._rows.one(account_id)
        ours = (whose.tenant, whose.clinician.reference, whose.session_id)
        if waiting is None or (waiting.tenant, waiting.clinician, waiting.session_id) != ours:
            raise ConsentOver(next="Connect the calendar again.")
        typed = "".join(each for each in code.upper() if each.isalnum())
        session_id = whose.session_id or ""
        if self._rows.confirm(
            account_id, session_id=session_id, code_hash=_code_hash(account_id, typed), most=MOST_TRIES, now=now
        ):
            return self._one(whose, account_id)
        if waiting.state == "asked":
            raise CodeWrong("The sign-in in the other window is not through yet.", field="code")
        if waiting.tries + 1 >= MOST_TRIES or waiting.lapses_at is None or waiting.lapses_at <= now:
            self._rows.drop(account_id)
            self._revoke(waiting)
            raise ConsentOver(next="Connect the calendar again.")
        raise CodeWrong(field="code")

    def choose(self, tenant: str, clinician: str, uses: Mapping[str, str]) -> None:
        """Say what each of these calendars is for; raises NotConnected for one that cannot be written to."""
        known = {each.id: each for account in self._rows.of(tenant, clinician) for each in account.calendars}
        wanted = {id_: use for id_, use in uses.items() if id_ in known and use in ("off", "reads", "takes")}
        takes = [known[id_] for id_, use in wanted.items() if use == "takes"]
        if len(takes) > 1:
            raise NotConnected("Calls go into one calendar.", next="Choose one of them; nothing was changed.")
        if takes and not takes[0].writable:
            raise NotConnected("Parley may not write to this calendar.", next="Choose another for calls.")
        self._rows.choose(tenant, clinician, wanted)

    def disconnect(self, tenant: str, clinician: str, account_id: str) -> None:
        """Forget an account and its secrets; see ports.Accounts."""
        gone = self._rows.remove(tenant, clinician, account_id)
        if gone is not None:
            self._revoke(gone)

    def forget_unconfirmed(self, *, now: datetime) -> int:
        """Forget the sign-ins that nobody confirmed in time, and give their access back; return how many."""
        gone = self._rows.lapse(now=now)
        for each in gone:
            self._revoke(each)
        return len(gone)

    def read(self, tenant: str, clinician: Clinician, span: Interval, *, now: datetime) -> Mapping[str, CalendarRead]:
        """Return what each calendar that counts says now, by its id."""
        found = {
            each.id: self._binding.calendar(account, each, zone=clinician.zone)
            for account in self._rows.of(tenant, clinician.reference)
            for each in account.calendars
            if each.use != "off"
        }
        return dict(zip(found, self._bound.read(list(found.values()), span, now=now), strict=True))

    def _revoke(self, gone: AccountRow) -> None:
        provider = self._providers.get(gone.kind)
        text = self._box.unseal(gone.secret_box) if gone.secret_box else None
        kept = json.loads(text) if text else {}
        if provider is not None and (token := kept.get("refresh_token") or kept.get("access_token")):
            self._consent.revoke(provider, token=token)

    def _demand(self, kind: str) -> None:
        if kind not in self.ways:
            raise NotConnected("This kind of calendar is not set up here.", next="Ask your administrator.")

    def _address(self, typed: str, *, field: str) -> str:
        try:
            return calendar_url(typed, allow_loopback=self._transport.allow_loopback)
        except BadInput as error:
            raise NotConnected(f"This is {error.what}.", next=error.next, field=field) from error

    def _found(self, url: str, secret: Mapping[str, str]) -> Found:
        try:
            return find_calendars(url, dav_endpoint(url, self._transport, basic_token(secret)))
        except SignInNeeded as error:
            raise NotConnected(
                "The server does not take this name and password.",
                next="Many want a password made for one app; type it again.",
                field="password",
            ) from error
        except ParleyError as error:
            raise NotConnected(error.say, next=error.next, field="server") from error

    def _taken(self, account: AccountRow, verifier: str, told: Mapping[str, str], *, now: datetime) -> str:
        provider = self._providers[account.kind]
        if "error" in told or not told.get("code"):
            raise ConsentRefused(f"{provider.who} did not give Parley access.", code=told.get("error", "")[:40])
        token = self._consent.exchange_code(provider, code=told["code"], verifier=verifier)
        box, ends = sealed_tokens(self._box, token), ends_at(token, now=now)
        found = provider.calendars(provider.endpoint(self._transport, lambda _: token["access_token"]))
        rows = [_row(each, owner=each.owner) for each in found[:MOST_CALENDARS]]
        code = "".join(secrets.choice(LETTERS) for _ in range(CODE_LENGTH))
        owner = next((each.owner for each in found if each.owner), provider.who)
        self._rows.keep_answer(
            account,
            rows,
            label=owner[:LONGEST],
            code_hash=_code_hash(account.id, code),
            secret_box=box,
            token_expires_at=ends,
        )
        return code

    def _added(
        self,
        whose: Whose,
        kind: str,
        label: str,
        secret: Mapping[str, str],
        found: list[CalendarRow],
        *,
        now: datetime,
    ) -> Account:
        account = _new(secrets.token_hex(16), whose, kind, label, "connected", now=now)
        sealed = self._box.seal(json.dumps(dict(secret)))
        self._rows.add(replace(account, secret_box=sealed, calendars=tuple(found)))
        return self._one(whose, account.id)

    def _one(self, whose: Whose, account_id: str) -> Account:
        return next(each for each in self.of(whose.tenant, whose.clinician.reference) if each.id == account_id)

    def _is_open(self, account: AccountRow) -> bool:
        is_known = account.kind in ("ics", "caldav") or account.kind in self._providers
        sealed = account.secret_box
        return account.state == "connected" and is_known and bool(sealed and self._box.unseal(sealed) is not None)


def _new(id: str, whose: Whose, kind: str, label: str, state: str, *, now: datetime) -> AccountRow:
    clinician = whose.clinician.reference
    return AccountRow(id, whose.tenant, clinician, kind, label, state, now, whose.by.key, whose.by.name)


def _row(found: FoundCalendar, *, owner: str | None) -> CalendarRow:
    use = "reads" if found.blocks else "off"
    return CalendarRow(secrets.token_hex(16), found.url, found.name[:LONGEST], found.writable, owner, use)


def _shown(row: AccountRow, *, is_open: bool) -> Account:
    calendars = tuple(OwnCalendar(each.id, each.name, each.use, each.writable) for each in row.calendars)
    state = "connected" if is_open else "ended"
    return Account(row.id, row.kind, row.label, state, row.made_by_name, row.made_at, calendars)


def _code_hash(account_id: str, code: str) -> str:
    """Return what is kept of a short code: keyed by its account, so that no table of codes finds it."""
    return hmac.new(account_id.encode(), code.encode(), "sha256").hexdigest()


def _ahead(now: datetime) -> Interval:
    return Interval(now, now + TRIED)
