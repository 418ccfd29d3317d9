"""Access tokens of calendars: sealed in the database, renewed by one at a time, ended when the provider says so."""

import json
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog

from app.edges.calendars.reading import SignInAgain
from app.edges.http.endpoint import Token
from app.edges.store.calendar_accounts import AccountRow, SqlAccounts
from launch.calendars.consent import Consent
from launch.calendars.providers import Provider
from launch.calendars.refusals import ConsentRefused, ProviderSilent
from launch.smart.backend import lifetime_seconds
from launch.smart.keys import Box

REFRESH_BEFORE = timedelta(seconds=90)
WAIT_SECONDS = 10.0  # for another's refresh
WAIT_STEP_SECONDS = 0.05

log = structlog.get_logger("parley.calendars")


class AccountTokens:
    """Tokens by account; one process at a time refreshes, the others wait for it."""

    def __init__(
        self,
        rows: SqlAccounts,
        box: Box,
        providers: Mapping[str, Provider],
        consent: Consent,
        *,
        clock: Callable[[], datetime],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._rows, self._box, self._providers, self._consent = rows, box, providers, consent
        self._clock, self._sleep = clock, sleep

    def of(self, account_id: str) -> Token:
        """Return what gives the tokens of an account to an endpoint."""
        return lambda rejected: self.token(account_id, rejected=rejected)

    def token(self, account_id: str, *, rejected: str | None) -> str:
        """
        Return a token with some life left.

        rejected: one that was just answered with 401. raises: SignInAgain, ProviderSilent
        """
        waited = 0.0
        while True:
            account = self._rows.one(account_id)
            kept = self._opened(account)
            now = self._clock()
            ends = account.token_expires_at or now
            if kept["access_token"] != rejected and ends - now > REFRESH_BEFORE:
                return kept["access_token"]
            if self._rows.claim_refresh(account_id, now=now):
                return self._renewed(account_id, rejected)
            if waited >= WAIT_SECONDS:
                raise ProviderSilent("The connection to this calendar is being renewed.")
            self._sleep(WAIT_STEP_SECONDS)
            waited += WAIT_STEP_SECONDS

    def _opened(self, account: AccountRow | None) -> dict[str, Any]:
        text = self._box.unseal(account.secret_box) if account and account.secret_box else None
        if account is None or account.state != "connected" or text is None or account.kind not in self._providers:
            raise SignInAgain()
        return json.loads(text)

    def _renewed(self, account_id: str, rejected: str | None) -> str:
        """Renew under the claim, unless another did so between our look and our claim."""
        account = self._rows.one(account_id)
        kept, now = self._opened(account), self._clock()
        ends = account.token_expires_at or now
        if kept["access_token"] != rejected and ends - now > REFRESH_BEFORE:
            self._rows.end_refresh(account_id)
            return kept["access_token"]
        try:
            fresh = self._consent.refresh(self._providers[account.kind], refresh_token=kept["refresh_token"])
        except ProviderSilent:
            self._rows.end_refresh(account_id)
            raise
        except ConsentRefused as error:
            log.warning("calendar refresh refused", kind=account.kind, error=error.code)
            if error.code != "invalid_grant":  # our client is at fault, or the provider: it may serve later
                self._rows.end_refresh(account_id)
                raise ProviderSilent(error.say) from error
            self._rows.end(account_id)
            raise SignInAgain() from error
        # Microsoft gives a new refresh token each time, Google keeps the old in force.
        box = sealed_tokens(self._box, fresh, before=kept["refresh_token"])
        self._rows.keep_token(account_id, secret_box=box, token_expires_at=ends_at(fresh, now=now))
        return fresh["access_token"]


def sealed_tokens(box: Box, token: Mapping[str, Any], *, before: str | None = None) -> bytes:
    """Return the secret parts of a token response, encrypted."""
    refresh = token.get("refresh_token") if isinstance(token.get("refresh_token"), str) else None
    return box.seal(json.dumps({"access_token": token["access_token"], "refresh_token": refresh or before}))


def ends_at(token: dict[str, Any], *, now: datetime) -> datetime:
    """Return when a token just received ends."""
    return now + timedelta(seconds=lifetime_seconds(token))
