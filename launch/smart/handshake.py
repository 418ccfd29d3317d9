"""The protocol: authorize URL, code for token, refresh, client credentials. Authlib does OAuth, we what SMART adds."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import requests
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.base import OAuth2Error

from app.edges.http import Transport
from app.errors import Permanent, Temporary
from app.settings import Issuer, Settings
from launch.smart.carrier import Carrier
from launch.smart.discovery import SmartServer
from launch.smart.hosts import Party, is_id
from launch.smart.keys import SigningKeys, SmartPrivateKeyJWT
from launch.smart.refusals import EhrRefused, EhrSilent, NotTrusted

PUBLIC = "none"  # RFC 7591: a client without a secret names itself in the body
SECONDS = 12.0  # two tries at a refresh fit into the half minute for which one process holds it
REVOKE_SECONDS = 3.0
CODE = re.compile(r"[a-z_]{1,40}")


class Handshake:
    """OAuth with one EHR at a time; one short-lived Authlib session a request, so nothing is shared between users."""

    def __init__(
        self, settings: Settings, transport: Transport, keys: SigningKeys | None, *, clock: Callable[[], datetime]
    ) -> None:
        self._settings, self._transport, self._keys, self._clock = settings, transport, keys, clock

    @property
    def redirect_uri(self) -> str:
        """Return the one redirect URI that every EHR registers."""
        return f"{self._settings.base_url}/callback"

    def authorize_url(
        self,
        issuer: Issuer,
        server: SmartServer,
        *,
        scope: str,
        state: str,
        nonce: str,
        verifier: str,
        launch: str | None,
    ) -> str:
        """Return where the browser goes to be let in: PKCE S256 always, aud the FHIR base, launch echoed."""
        if server.authorization_endpoint is None:
            raise NotTrusted("The EHR's smart-configuration has no authorization_endpoint.")
        more = {"aud": issuer.fhir_base, "nonce": nonce}
        if launch is not None:
            more["launch"] = launch
        with self._session(issuer, server, scope=scope) as session:
            url, _ = session.create_authorization_url(
                server.authorization_endpoint, state=state, code_verifier=verifier, **more
            )
        return url

    def exchange_code(self, issuer: Issuer, server: SmartServer, *, code: str, verifier: str) -> dict[str, Any]:
        """Return the token response for a code; raises EhrRefused, EhrSilent, NotTrusted."""
        return self._fetch(
            issuer,
            server,
            grant_type="authorization_code",
            code=code,
            code_verifier=verifier,
            redirect_uri=self.redirect_uri,
        )

    def refresh(self, issuer: Issuer, server: SmartServer, *, refresh_token: str) -> dict[str, Any]:
        """
        Return the token response for a refresh token; raises as exchange_code does.

        No scope is sent: the library would send the one configured, which may be wider than what was granted.
        """
        return self._fetch(issuer, server, grant_type="refresh_token", refresh_token=refresh_token)

    def backend_token(self, party: Party, server: SmartServer, *, scope: str) -> dict[str, Any]:
        """Return a token of Parley's own (SMART backend services); raises as exchange_code does."""
        return self._fetch(party, server, backend=True, grant_type="client_credentials", scope=scope)

    def revoke(self, issuer: Issuer, server: SmartServer, *, token: str) -> None:
        """Tell the EHR to forget a token, where it listens; a failure changes nothing for us."""
        if server.revocation_endpoint is None:
            return
        try:
            with self._session(issuer, server, seconds=REVOKE_SECONDS) as session:
                session.revoke_token(server.revocation_endpoint, token=token, allow_redirects=False)
        except (OAuth2Error, OAuthError, requests.RequestException, Temporary, Permanent, ValueError):
            return

    def _fetch(
        self, party: Issuer | Party, server: SmartServer, *, backend: bool = False, **body: str
    ) -> dict[str, Any]:
        who = party.who
        try:
            with self._session(party, server, backend=backend) as session:
                token = session.fetch_token(
                    server.token_endpoint, headers={"Accept": "application/json"}, allow_redirects=False, **body
                )
        except (OAuth2Error, OAuthError) as error:
            code = error.error if isinstance(error.error, str) and CODE.fullmatch(error.error) else "no reason told"
            raise EhrRefused(f"{who} did not let Parley in ({code}).", code=code) from error
        except requests.RequestException as error:
            raise EhrSilent(f"{who}'s sign-in does not answer.") from error
        except Temporary as error:
            unsent = getattr(error, "sent", True) is False
            raise EhrSilent(f"{who}'s sign-in does not answer.", unsent=unsent) from error
        except Permanent as error:
            raise NotTrusted(error.say, next=error.next) from error
        except ValueError as error:
            raise NotTrusted(f"{who}'s answer to the sign-in could not be read.") from error
        return checked_token(dict(token), who=who)

    def _session(
        self,
        issuer: Issuer | Party,
        server: SmartServer,
        *,
        scope: str | None = None,
        backend: bool = False,
        seconds: float = SECONDS,
    ) -> OAuth2Session:
        how = "private_key_jwt" if backend else issuer.auth
        secret, method = None, PUBLIC
        if how == "client_secret_basic":
            secret, method = self._settings.client_secrets[issuer.slug], how
        elif how == "private_key_jwt":
            secret, method = "", self._signer(issuer, server)
        session = OAuth2Session(
            client_id=issuer.backend_client_id if backend else issuer.client_id,
            client_secret=secret,
            scope=scope,
            redirect_uri=None if backend else self.redirect_uri,
            code_challenge_method="S256",
            token_endpoint_auth_method=method,
            revocation_endpoint_auth_method=method,
        )
        for scheme in ("https://", "http://"):
            session.mount(scheme, Carrier(self._transport, seconds=seconds))
        return session

    def _signer(self, party: Party, server: SmartServer) -> SmartPrivateKeyJWT:
        if self._keys is None:
            raise NotTrusted("Parley has no signing keys (PARLEY_SIGNING_KEYS).")
        kid, key = self._keys.key_for(party.alg, party.kid)
        return SmartPrivateKeyJWT(server.token_endpoint, key=key, kid=kid, alg=party.alg, clock=self._clock)


def checked_token(token: dict[str, Any], *, who: str = "The EHR") -> dict[str, Any]:
    """Return a token response that has what SMART demands; raises NotTrusted."""
    if not isinstance(token.get("access_token"), str) or not token["access_token"]:
        raise NotTrusted(f"{who} answered the sign-in without a token.")
    if str(token.get("token_type", "")).lower() != "bearer":
        raise NotTrusted(f"{who} answered with a token of an unknown type.")
    for name in ("patient", "encounter"):
        if token.get(name) is not None and not is_id(token[name]):
            raise NotTrusted(f"{who} answered with a {name} that is not an id.")
    for name in ("scope", "refresh_token"):
        if token.get(name) is not None and not isinstance(token[name], str):
            raise NotTrusted(f"{who} answered with a {name} that is not text.")
    return token
