"""
The SMART App Launch 2.2 authorization server, strict on purpose: a lenient one proves nothing about a client.

Source: SMART App Launch 2.2; RFC 6749, 7636, 9207.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from launch.sandbox.client_auth import ClientAuth
from launch.sandbox.config import Client, SandboxConfig
from launch.sandbox.discovery import has_online_access
from launch.sandbox.exchange import Exchange
from launch.sandbox.grants import BadScope, Grant, Scope, Unauthorized, narrow, parse_scopes
from launch.sandbox.keys import ClientKeys, SigningKey
from launch.sandbox.launches import Launch, Launches
from launch.sandbox.refusals import OAuthError, needed, only_once
from launch.sandbox.tokens import SignIn, Tokens

__all__ = ["Asked", "AuthorizationServer", "Unauthorized"]

CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
SIGN_IN_LIFE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Asked:
    """One authorization request that passed every check."""

    client: Client
    redirect_uri: str
    state: str
    scopes: tuple[Scope, ...]
    challenge: str
    nonce: str | None
    launch_value: str | None  # None when the app was opened outside the EHR

    def wants(self, name: str) -> bool:
        """Tell whether the named scope is asked for."""
        return any(scope.text == name for scope in self.scopes)

    def wants_patient(self) -> bool:
        """Tell whether it can be granted only with a patient chosen."""
        return self.wants("launch/patient") or any(scope.context == "patient" for scope in self.scopes)


class AuthorizationServer:
    """Hands out launches, codes and tokens, and says what a token may do. Safe for threads."""

    def __init__(self, config: SandboxConfig, *, users, key: SigningKey, types=None) -> None:
        """
        Set up with no launch and no token.

        users: the EHR's users, each with login, name, fhir_user, title
        key: signs id_tokens
        types: the FHIR types that scopes may name (frozenset); None is any
        """
        self.config = config
        self.users = {user.login: user for user in users}
        self.key = key
        self.launches = Launches(config.clock)
        # Oracle never rotates; its refresh token stays good.
        self.tokens = Tokens(
            config.clock, access_life=timedelta(seconds=config.access_seconds), rotate=config.profile != "oracle-like"
        )
        auth = ClientAuth(config, keys=ClientKeys(config.wall))
        self.exchange = Exchange(config, auth=auth, tokens=self.tokens, key=self.key, types=types)
        self._types = types
        self._signing_in: dict[str, tuple[Asked, datetime]] = {}
        self._lock = Lock()

    def redirect_target(self, params) -> tuple[Client, str]:
        """
        Return the client and where it may be answered; only then is an error told by redirect.

        params: MultiDict of the authorization request
        raises: OAuthError, which is shown on a page
        """
        for name in ("client_id", "redirect_uri"):
            if len(params.getlist(name)) > 1:
                raise OAuthError("invalid_request", f"{name} is given more than once")
        client = self.config.client(needed(params, "client_id"))
        if not client:
            raise OAuthError("invalid_client", "client_id is not registered here")
        redirect_uri = needed(params, "redirect_uri")
        if redirect_uri not in client.redirect_uris:
            raise OAuthError("invalid_request", "redirect_uri is not exactly a registered one")
        return client, redirect_uri

    def check(self, params, *, client: Client, redirect_uri: str) -> Asked:
        """Check everything else of an authorization request. raises: OAuthError, told by redirect."""
        only_once(params)
        if needed(params, "response_type") != "code":
            raise OAuthError("unsupported_response_type", "response_type is code")
        state = needed(params, "state")
        if needed(params, "aud") != self.config.fhir_base:
            raise OAuthError("invalid_request", "aud is not exactly this FHIR base")
        challenge = needed(params, "code_challenge")
        if needed(params, "code_challenge_method") != "S256" or not CHALLENGE.fullmatch(challenge):
            raise OAuthError("invalid_request", "PKCE with S256 is obligatory")
        asked = Asked(
            client,
            redirect_uri,
            state,
            scopes=self._readable(needed(params, "scope")),
            challenge=challenge,
            nonce=params.get("nonce"),
            launch_value=params.get("launch"),
        )
        self._check_launch(asked)
        return asked

    def _readable(self, scope: str) -> tuple[Scope, ...]:
        """Read the scopes a user can grant; those of a backend service are not among them."""
        try:
            scopes = parse_scopes(scope)
        except BadScope as error:
            raise OAuthError("invalid_scope", "a scope cannot be read") from error
        if any(scope.context == "system" for scope in scopes):
            raise OAuthError("invalid_scope", "system/ scopes are for backend services")
        if self.config.profile == "oracle-like" and any(scope.resource_type == "*" for scope in scopes):
            raise OAuthError("invalid_scope", "wildcard scopes are not supported")
        return scopes

    def _check_launch(self, asked: Asked) -> None:
        if asked.wants("launch") and not asked.launch_value:
            raise OAuthError("invalid_request", "the launch scope needs the launch parameter")
        if asked.launch_value is None:
            return
        if not asked.wants("launch"):
            raise OAuthError("invalid_scope", "the launch parameter needs the launch scope")
        launch = self.launches.look(asked.launch_value)
        if not launch or launch.client_id != asked.client.client_id:
            raise OAuthError("invalid_request", "the launch value is not one we gave this app, was used or is too old")

    def launch_of(self, asked: Asked) -> Launch:
        """Use up the launch value of a request. raises: OAuthError when another request was quicker."""
        launch = self.launches.take(asked.launch_value)
        if not launch:
            raise OAuthError("invalid_request", "the launch value was used before")
        return launch

    def hold(self, asked: Asked) -> str:
        """Keep a request while the user signs in; return the value that names it."""
        value = secrets.token_urlsafe(24)
        with self._lock:
            now = self.config.clock.now()
            self._signing_in = {old: kept for old, kept in self._signing_in.items() if now < kept[1]}
            self._signing_in[value] = (asked, now + SIGN_IN_LIFE)
        return value

    def resume(self, value: str) -> Asked:
        """Take up a held request, once. raises: OAuthError, shown on a page."""
        with self._lock:
            asked, until = self._signing_in.pop(value, (None, None))
        if not asked or self.config.clock.now() >= until:
            raise OAuthError("invalid_request", "this sign-in was finished before, or took too long")
        return asked

    def agree(self, asked: Asked, launch: Launch) -> str:
        """
        Grant what may be granted of the request in this launch; return the code.

        raises: OAuthError invalid_scope when nothing is left to grant
        """
        limit = self._readable(" ".join(asked.client.scopes)) if asked.client.scopes else ()
        scopes = narrow(asked.scopes, limit=limit, types=self._types)
        scopes = tuple(scope for scope in scopes if self._can_keep(scope, launch))
        if not scopes:
            raise OAuthError("invalid_scope", "none of the scopes can be granted")
        sign_in = SignIn(
            id=secrets.token_urlsafe(12),
            client_id=asked.client.client_id,
            scopes=scopes,
            launch=launch,
            fhir_user=self.users[launch.user].fhir_user,
            redirect_uri=asked.redirect_uri,
            challenge=asked.challenge,
            nonce=asked.nonce,
        )
        return self.tokens.issue_code(sign_in)

    def _can_keep(self, scope: Scope, launch: Launch) -> bool:
        """Tell whether this launch can fulfil the scope; the IG lets an EHR not grant what means nothing in it."""
        if scope.context == "patient" or scope.text == "launch/patient":
            return launch.patient is not None
        if scope.text == "launch/encounter":
            return launch.encounter is not None
        return scope.text != "online_access" or has_online_access(self.config)

    def grant_of(self, authorization_header: str | None) -> Grant:
        """Return what the bearer of this header may do. raises: Unauthorized(reason)."""
        scheme, _, token = (authorization_header or "").partition(" ")
        if not token.strip():
            raise Unauthorized("no token")
        if scheme.lower() != "bearer":
            raise Unauthorized("the Authorization header is not Bearer")
        return self.tokens.grant_of(token.strip())
