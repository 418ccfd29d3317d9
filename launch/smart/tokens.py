"""Access tokens: encrypted in the database, renewed by one at a time, and never seen outside the server."""

import json
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog

from app.core.effects import SignInNeeded
from app.edges.store.launches import Launches, LaunchSession
from app.errors import ParleyError
from app.settings import Issuer, Settings
from launch.smart.backend import FORCED_APART, ClientTokens, lifetime_seconds
from launch.smart.discovery import Discovery
from launch.smart.handshake import Handshake
from launch.smart.keys import Box
from launch.smart.payers import PayerTokens
from launch.smart.refusals import BackendRefused, EhrRefused, EhrSilent, NotTrusted, TokenBusy
from launch.smart.scopes import scopes_for

REFRESH_BEFORE = timedelta(seconds=90)
WAIT_SECONDS = 10.0  # for another's refresh; a token endpoint that takes longer has failed
WAIT_STEP_SECONDS = 0.05

log = structlog.get_logger("parley.smart")


class SmartTokens:
    """Access tokens (ports.Tokens). A session's token is refreshed by one process at a time, the others wait for it."""

    def __init__(
        self,
        settings: Settings,
        launches: Launches,
        box: Box,
        discovery: Discovery,
        handshake: Handshake,
        *,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._settings, self._launches, self._box = settings, launches, box
        self._discovery, self._handshake, self._sleep = discovery, handshake, sleep
        self._backend = ClientTokens(box)
        self._payers = PayerTokens(settings, box, discovery, handshake)
        self._forced: dict[str, datetime] = {}  # sessions whose token was renewed because of a 401, and when

    def of_session(self, session_id: str, *, now: datetime, rejected: str | None = None) -> str:
        """
        Return a token with some life left.

        rejected: a token that the EHR has just answered with 401; it is renewed whatever life it seems to have, but
            not twice within a minute. raises: SignInNeeded, TokenBusy, EhrSilent, NotTrusted
        """
        waited = 0.0
        while True:
            found = self._launches.session(session_id)
            if found is None or found.ended_at is not None or found.token_box is None or now >= found.expires_at:
                raise SignInNeeded()
            token, ends = self._opened(found), found.token_expires_at
            is_rejected = self._is_rejected(session_id, token, rejected, now=now)
            lives = not is_rejected and (ends is None or ends > now)
            if lives and (ends is None or ends - now > REFRESH_BEFORE):
                return token["access_token"]
            if not token.get("refresh_token"):
                if lives:
                    return token["access_token"]
                raise SignInNeeded()
            if self._launches.claim_refresh(session_id, now):
                renewed = self._renewed_once(session_id, now=now, rejected=rejected, lives=lives)
                if is_rejected:
                    self._forced[session_id] = now
                return renewed
            if lives:
                return token["access_token"]  # another renews it; this one still holds
            if waited >= WAIT_SECONDS:
                raise TokenBusy()
            self._sleep(WAIT_STEP_SECONDS)
            waited += WAIT_STEP_SECONDS

    def of_backend(self, tenant: str, *, now: datetime, rejected: str | None = None) -> str:
        """Return the backend's own token; raises SignInNeeded where no backend client is registered, else as above."""
        issuer = self._settings.issuer(tenant)
        if not issuer.backend_client_id:
            raise SignInNeeded()
        return self._backend.token_for(tenant, lambda: self._backend_token(issuer), now=now, rejected=rejected)

    def of_payer(self, key: str, *, now: datetime, rejected: str | None = None) -> str:
        """Return Parley's token at a payer's FHIR endpoint, by the rule book's key; raises PayerShut, PayerSilent."""
        return self._payers.of_payer(key, now=now, rejected=rejected)

    def _is_rejected(self, session_id: str, token: dict[str, Any], rejected: str | None, *, now: datetime) -> bool:
        """Return whether the EHR refused this token; raises SignInNeeded when it was renewed for that a moment ago."""
        if token["access_token"] != rejected:
            return False
        self._forced = {each: at for each, at in self._forced.items() if now - at < FORCED_APART}
        if session_id in self._forced:
            raise SignInNeeded()
        return True

    def revoke(self, found: LaunchSession) -> None:
        """Ask the EHR to forget the tokens of a session that ends; what it answers changes nothing for us."""
        text = self._box.unseal(found.token_box) if found.token_box else None
        if text is None:
            return
        token = json.loads(text)
        try:
            issuer = self._settings.issuer(found.issuer)
            server = self._discovery.server_of(issuer)
        except ParleyError:
            return
        self._handshake.revoke(issuer, server, token=token.get("refresh_token") or token["access_token"])

    def sealed(self, token: dict[str, Any]) -> bytes:
        """Return the secret parts of a token response, encrypted."""
        kept = {"access_token": token["access_token"], "refresh_token": token.get("refresh_token")}
        return self._box.seal(json.dumps(kept))

    def _opened(self, found: LaunchSession) -> dict[str, Any]:
        text = self._box.unseal(found.token_box or b"")
        if text is None:
            raise SignInNeeded()
        return json.loads(text)

    def _renewed_once(self, session_id: str, *, now: datetime, rejected: str | None, lives: bool) -> str:
        """
        Renew under the claim, unless another did so between our look and our claim.

        An old token that still lives is used on when the EHR's sign-in is silent; the next request tries again.
        """
        found = self._launches.session(session_id)
        if found is None or found.token_box is None:
            raise SignInNeeded()
        token = self._opened(found)
        ends = found.token_expires_at
        if token["access_token"] != rejected and (ends is None or ends - now > REFRESH_BEFORE):
            self._launches.end_refresh(session_id)
            return token["access_token"]
        try:
            return self._renewed(found, token, now=now)
        except EhrSilent as error:
            log.warning("refresh failed", issuer=found.issuer, error=type(error).__name__)
            if lives:
                return token["access_token"]  # the claim lapses by itself: half a minute in which nobody waits again
            self._launches.end_refresh(session_id)
            raise

    def _renewed(self, found: LaunchSession, token: dict[str, Any], *, now: datetime) -> str:
        issuer = self._settings.issuer(found.issuer)
        fresh = self._refresh(issuer, token["refresh_token"])
        if fresh is None or (fresh.get("patient") is not None and found.patient != f"Patient/{fresh['patient']}"):
            # Refused for good, or renewed for somebody else's chart: nothing of it is used.
            self._launches.drop_token(found.id)
            log.warning("refresh refused", issuer=found.issuer)
            raise SignInNeeded()
        # A server that rotates sends a new one; one that does not leaves the old in force.
        kept = {**fresh, "refresh_token": fresh.get("refresh_token") or token["refresh_token"]}
        self._launches.keep_token(
            found.id,
            token_box=self.sealed(kept),
            token_expires_at=expiry_of(fresh, now=now),
            scopes=fresh.get("scope") or found.scopes,
        )
        return fresh["access_token"]

    def _refresh(self, issuer: Issuer, refresh_token: str) -> dict[str, Any] | None:
        """
        Return the token response, None when the refresh token is no longer good; raises EhrSilent.

        Asked twice only when the first request cannot have arrived: a refresh token counts once.
        """
        try:
            for is_last in (False, True):
                server = self._discovery.server_of(issuer)
                try:
                    return self._handshake.refresh(issuer, server, refresh_token=refresh_token)
                except EhrSilent as error:
                    self._discovery.forget(issuer)
                    if is_last or not error.unsent:
                        raise
        except EhrRefused as error:
            if error.code == "invalid_grant":
                return None
            # Our client or the server is at fault, not the refresh token: it may serve later.
            raise EhrSilent(error.say) from error
        except NotTrusted as error:
            raise EhrSilent(error.say) from error
        raise AssertionError("unreachable")

    def _backend_token(self, issuer: Issuer) -> dict[str, Any]:
        server = self._discovery.server_of(issuer)
        capability = self._discovery.capability_of(issuer)
        scope = scopes_for("backend", issuer, server, capability=capability, ehr_launch=False)
        try:
            return self._handshake.backend_token(issuer, server, scope=scope)
        except EhrRefused as error:
            raise BackendRefused(f"The EHR does not let Parley's backend client in ({error.code}).") from error


def expiry_of(token: dict[str, Any], *, now: datetime) -> datetime:
    """Return when a token just received ends."""
    return now + timedelta(seconds=lifetime_seconds(token))
