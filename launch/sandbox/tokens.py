"""Codes and tokens: each opaque, each with an end, each traced to the sign-in that gave it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import RLock

from launch.sandbox.clock import Clock
from launch.sandbox.grants import BadScope, Grant, Scope, Unauthorized, narrow, parse_scopes, written
from launch.sandbox.launches import Launch
from launch.sandbox.refusals import OAuthError

CODE_LIFE = timedelta(seconds=60)
BACKEND_LIFE = timedelta(seconds=300)
REFRESH_LIFE = {"online_access": timedelta(hours=12), "offline_access": timedelta(days=90)}
VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


@dataclass(frozen=True, slots=True)
class SignIn:
    """What a user (or a backend service) was granted, once; all its tokens fall together."""

    id: str
    client_id: str
    scopes: tuple[Scope, ...]
    launch: Launch | None = None  # None for a backend service
    fhir_user: str | None = None  # "Practitioner/x"
    redirect_uri: str = ""
    challenge: str = ""  # S256
    nonce: str | None = None

    def has(self, name: str) -> bool:
        """Tell whether the named scope was granted."""
        return any(scope.text == name for scope in self.scopes)

    def refresh_life(self) -> timedelta | None:
        """Return how long it may be refreshed; None when it may not."""
        lives = [life for name, life in REFRESH_LIFE.items() if self.has(name)]
        return max(lives) if lives else None


@dataclass(frozen=True, slots=True)
class Token:
    """One code, access token or refresh token as kept."""

    sign_in: SignIn
    scopes: tuple[Scope, ...]
    issued_at: datetime
    expires_at: datetime


class Tokens:
    """All codes and tokens of one sandbox, in memory. Safe for threads."""

    def __init__(self, clock: Clock, *, access_life: timedelta, rotate: bool) -> None:
        """Start with none. rotate: whether a refresh token counts once."""
        self._clock = clock
        self._access_life = access_life
        self._rotate = rotate
        self._codes: dict[str, Token] = {}
        self._access: dict[str, Token] = {}
        self._refresh: dict[str, Token] = {}
        self._spent: dict[str, str] = {}  # a used code or refresh token -> its sign-in
        self._revoked: set[str] = set()
        self._lock = RLock()

    def issue_code(self, sign_in: SignIn) -> str:
        """Return a code for the sign-in, good once and for 60 seconds."""
        with self._lock:
            return self._keep(self._codes, sign_in, sign_in.scopes, CODE_LIFE)

    def redeem(self, code: str, *, client_id: str, redirect_uri: str, verifier: str) -> SignIn:
        """
        Use a code up and return its sign-in.

        A code seen twice revokes all that it gave (RFC 6749 §4.1.2); a failed proof spends the code.
        raises: OAuthError invalid_grant
        """
        with self._lock:
            if code in self._spent:
                self._revoked.add(self._spent[code])
                raise _bad_grant("the code was used before; what it gave is revoked")
            kept = self._codes.get(code)
            if not kept or kept.sign_in.client_id != client_id:
                raise _bad_grant("the code is unknown to this client")
            del self._codes[code]
            self._spent[code] = kept.sign_in.id
        if self._clock.now() >= kept.expires_at:
            raise _bad_grant("the code has expired")
        if redirect_uri != kept.sign_in.redirect_uri:
            raise _bad_grant("redirect_uri is not the one of the authorization")
        if not _proves(verifier, kept.sign_in.challenge):
            raise _bad_grant("code_verifier does not fit the code_challenge")
        return kept.sign_in

    def grant(self, sign_in: SignIn, *, scopes: tuple[Scope, ...] | None = None, refresh: bool = True) -> dict:
        """Return the token members of an answer: access token, its life and scopes, and a refresh token if due."""
        scopes = sign_in.scopes if scopes is None else scopes
        life = self._access_life if sign_in.launch else BACKEND_LIFE
        with self._lock:
            answer = {
                "access_token": self._keep(self._access, sign_in, scopes, life),
                "token_type": "Bearer",
                "expires_in": int(life.total_seconds()),
                "scope": written(scopes),
            }
            if refresh and (refresh_life := sign_in.refresh_life()):
                answer["refresh_token"] = self._keep(self._refresh, sign_in, sign_in.scopes, refresh_life)
        return answer

    def refresh(self, token: str, *, client_id: str, scope: str) -> dict:
        """
        Answer a refresh; the old token is spent where tokens rotate, and its reuse revokes the sign-in.

        scope: the parameter, "" for the same as before; never more than was granted
        raises: OAuthError invalid_grant, invalid_scope
        """
        with self._lock:
            if token in self._spent:
                self._revoked.add(self._spent[token])
                raise _bad_grant("the refresh token was used before; the sign-in is revoked")
            kept = self._refresh.get(token)
            if not kept or kept.sign_in.client_id != client_id or kept.sign_in.id in self._revoked:
                raise _bad_grant("the refresh token is unknown to this client, or revoked")
            if self._clock.now() >= kept.expires_at:
                raise _bad_grant("the refresh token has expired")
            scopes = _subset(scope, kept.scopes) if scope else kept.scopes
            if self._rotate:
                del self._refresh[token]
                self._spent[token] = kept.sign_in.id
            return self.grant(kept.sign_in, scopes=scopes, refresh=self._rotate)

    def grant_of(self, access_token: str) -> Grant:
        """Return what the access token may do. raises: Unauthorized, saying why not."""
        kept = self._access.get(access_token)
        if not kept:
            raise Unauthorized("the token is unknown")
        if kept.sign_in.id in self._revoked:
            raise Unauthorized("the token is revoked")
        if self._clock.now() >= kept.expires_at:
            raise Unauthorized("the token has expired")
        launch = kept.sign_in.launch
        return Grant(
            kept.sign_in.client_id,
            frozenset(kept.scopes),
            patient=launch.patient if launch else None,
            user=kept.sign_in.fhir_user,
            system=launch is None,
        )

    def look(self, token: str) -> Token | None:
        """Return a living access or refresh token; None when unknown, spent, revoked or expired."""
        kept = self._access.get(token) or self._refresh.get(token)
        if not kept or kept.sign_in.id in self._revoked or self._clock.now() >= kept.expires_at:
            return None
        return kept

    def revoke(self, token: str) -> None:
        """End one access token; or with a refresh token the whole sign-in (RFC 7009 §2.1)."""
        with self._lock:
            if token in self._refresh:
                self._revoked.add(self._refresh[token].sign_in.id)
            self._access.pop(token, None)

    def _keep(self, into: dict[str, Token], sign_in: SignIn, scopes: tuple[Scope, ...], life: timedelta) -> str:
        value, now = secrets.token_urlsafe(32), self._clock.now()
        into[value] = Token(sign_in, scopes, now, now + life)
        return value


def _proves(verifier: str, challenge: str) -> bool:
    if not VERIFIER.fullmatch(verifier):
        return False
    digest = hashlib.sha256(verifier.encode()).digest()
    return hmac.compare_digest(base64.urlsafe_b64encode(digest).rstrip(b"=").decode(), challenge)


def _subset(scope: str, granted: tuple[Scope, ...]) -> tuple[Scope, ...]:
    try:
        asked = parse_scopes(scope)
    except BadScope as error:
        raise OAuthError("invalid_scope", "a scope cannot be read") from error
    if not asked or narrow(asked, limit=granted) != asked:
        raise OAuthError("invalid_scope", "a refresh may not ask for more than was granted")
    return asked


def _bad_grant(description: str) -> OAuthError:
    return OAuthError("invalid_grant", description)
