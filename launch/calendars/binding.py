"""What a clinician has connected → calendars that can be read and written; one that cannot be opened is in doubt."""

import json
from base64 import b64encode
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.core.interval import Interval
from app.core.people import Clinician
from app.core.slots.calendars import CalendarRead
from app.edges.calendars import Connected
from app.edges.calendars.caldav import CalDavCalendar, dav_endpoint
from app.edges.calendars.feed import IcsFeed
from app.edges.calendars.google import GoogleCalendar
from app.edges.calendars.graph import GraphCalendar
from app.edges.calendars.reading import Shelf, SignInAgain
from app.edges.http import Endpoint, Transport
from app.edges.store.calendar_accounts import AccountRow, CalendarRow, SqlAccounts
from app.flow.ports import CalendarEvent, Written
from launch.calendars.providers import Provider
from launch.calendars.tokens import AccountTokens
from launch.smart.keys import Box


@dataclass(frozen=True, slots=True)
class Lost:
    """A calendar whose connection has ended: in doubt when it is read, and a person's task when it is written to."""

    name: str

    def busy(self, span: Interval, *, now: datetime, but: Collection[CalendarEvent] = ()) -> CalendarRead:
        """Return nothing, not verified."""
        return CalendarRead(self.name, (), False, now, (SignInAgain.say,))

    def put(self, event: CalendarEvent, *, now: datetime, seen: bool, may_send: bool = True) -> Written:
        """Raise SignInAgain."""
        raise SignInAgain()

    def remove(self, event: CalendarEvent, *, may_send: bool = True) -> Written:
        """Raise SignInAgain."""
        raise SignInAgain()


class Binding:
    """Opens accounts; busy time that was read is kept between questions, by calendar."""

    def __init__(
        self,
        rows: SqlAccounts,
        box: Box,
        providers: Mapping[str, Provider],
        tokens: AccountTokens,
        transport: Transport,
    ) -> None:
        self._rows, self._box, self._providers, self._tokens = rows, box, providers, tokens
        self._transport, self._shelf = transport, Shelf()

    def of(self, tenant: str, clinician: Clinician) -> Connected:
        """Return what a clinician of a tenant has connected."""
        accounts = self._rows.of(tenant, clinician.reference)
        found = [
            (each, self.calendar(account, each, zone=clinician.zone))
            for account in accounts
            for each in account.calendars
            if each.use != "off" or each.took_calls
        ]
        takes = next((calendar for row, calendar in found if row.use == "takes"), None)
        took = [calendar for row, calendar in found if row.took_calls and row.use != "takes"]
        return Connected([calendar for row, calendar in found if row.use != "off"], takes, took)

    def calendar(self, account: AccountRow, row: CalendarRow, *, zone: str) -> Any:
        """Return one calendar as its kind is spoken to. zone: IANA name, for times that tell none"""
        how = {"name": row.name, "zone": zone}
        kept = self._shelf.of((row.id, zone))
        if account.kind in ("ics", "caldav"):
            secret = self._opened(account)
            if secret is None:
                return Lost(row.name)
            if account.kind == "ics":
                return IcsFeed(secret["url"], self._transport, owner=row.owner, kept=kept, **how)
            endpoint = dav_endpoint(row.address, self._transport, basic_token(secret))
            return CalDavCalendar(row.address, endpoint, owner=row.owner, kept=kept, **how)
        if account.state != "connected" or account.kind not in self._providers:
            return Lost(row.name)
        endpoint = self.endpoint(account)
        if account.kind == "google":
            return GoogleCalendar(row.address, endpoint, kept=kept, **how)
        return GraphCalendar(endpoint, calendar=row.address, address=row.owner, **how)

    def endpoint(self, account: AccountRow) -> Endpoint:
        """Return the provider of an account, spoken to with its tokens."""
        return self._providers[account.kind].endpoint(self._transport, self._tokens.of(account.id))

    def _opened(self, account: AccountRow) -> dict[str, str] | None:
        text = self._box.unseal(account.secret_box) if account.secret_box else None
        return None if text is None else json.loads(text)


def basic_token(secret: Mapping[str, str]) -> Any:
    """Return what gives name and password as HTTP's Basic wants them; another pair there is not."""
    if not secret.get("user"):
        return None
    told = b64encode(f"{secret['user']}:{secret['password']}".encode()).decode()
    return lambda _: told
