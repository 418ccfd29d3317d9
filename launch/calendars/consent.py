"""OAuth with one provider at a time: code with PKCE, refresh, revocation; by Authlib over the house's Transport."""

from typing import Any

import requests
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.base import OAuth2Error

from app.edges.http import Transport
from app.errors import Permanent, Temporary
from launch.calendars.providers import Provider
from launch.calendars.refusals import ConsentRefused, ProviderSilent
from launch.smart.carrier import Carrier
from launch.smart.handshake import CODE, REVOKE_SECONDS, SECONDS

_POST = "client_secret_post"  # both take it; of "basic" Microsoft reads the percent-signs its own way


class Consent:
    """One short-lived Authlib session a request, so that nothing is shared between people."""

    def __init__(self, transport: Transport, *, redirect_uri: str) -> None:
        self._transport, self.redirect_uri = transport, redirect_uri

    def authorize_url(self, provider: Provider, *, state: str, verifier: str) -> str:
        """Return where the person signs in."""
        with self._session(provider, scope=provider.scope) as session:
            url, _ = session.create_authorization_url(
                provider.authorize, state=state, code_verifier=verifier, **provider.more
            )
        return url

    def exchange_code(self, provider: Provider, *, code: str, verifier: str) -> dict[str, Any]:
        """Return the tokens for a code, with lasting access. raises: ConsentRefused, ProviderSilent"""
        token = self._fetch(provider, grant_type="authorization_code", code=code, code_verifier=verifier)
        if provider.lacks(str(token.get("scope", provider.scope))):
            raise ConsentRefused(f"{provider.who} did not give access to the calendar: its box was not ticked.")
        if not isinstance(token.get("refresh_token"), str) or not token["refresh_token"]:
            raise ConsentRefused(f"{provider.who} gave access for an hour only, so the calendar is not connected.")
        return token

    def refresh(self, provider: Provider, *, refresh_token: str) -> dict[str, Any]:
        """
        Return a fresh token response. raises: ProviderSilent; ConsentRefused (invalid_grant: it was taken back)

        No scope is sent: what was granted is what is renewed.
        """
        return self._fetch(provider, grant_type="refresh_token", refresh_token=refresh_token)

    def revoke(self, provider: Provider, *, token: str) -> None:
        """Tell the provider to forget a token, where it listens; a failure changes nothing for us."""
        if provider.revoke is None:
            return
        try:
            with self._session(provider, seconds=REVOKE_SECONDS) as session:
                session.revoke_token(provider.revoke, token=token, allow_redirects=False)
        except (OAuth2Error, OAuthError, requests.RequestException, Temporary, Permanent, ValueError):
            return

    def _fetch(self, provider: Provider, **body: Any) -> dict[str, Any]:
        who = provider.who
        try:
            with self._session(provider) as session:
                token = dict(
                    session.fetch_token(
                        provider.token,
                        headers={"Accept": "application/json"},
                        allow_redirects=False,
                        redirect_uri=self.redirect_uri,
                        **body,
                    )
                )
        except (OAuth2Error, OAuthError) as error:
            code = error.error if isinstance(error.error, str) and CODE.fullmatch(error.error) else "no reason told"
            raise ConsentRefused(f"{who} did not let Parley in ({code}).", code=code) from error
        except (requests.RequestException, Temporary) as error:
            raise ProviderSilent(f"{who}'s sign-in does not answer.") from error
        except (Permanent, ValueError) as error:
            raise ProviderSilent(f"{who}'s answer to the sign-in could not be read.") from error
        is_bearer = str(token.get("token_type", "")).lower() == "bearer"
        if not isinstance(token.get("access_token"), str) or not token["access_token"] or not is_bearer:
            raise ProviderSilent(f"{who}'s answer to the sign-in could not be read.")
        return token

    def _session(self, provider: Provider, *, scope: str | None = None, seconds: float = SECONDS) -> OAuth2Session:
        session = OAuth2Session(
            client_id=provider.client_id,
            client_secret=provider.secret,
            scope=scope,
            redirect_uri=self.redirect_uri,
            code_challenge_method="S256",
            token_endpoint_auth_method=_POST,
            revocation_endpoint_auth_method=_POST,
        )
        for scheme in ("https://", "http://"):
            session.mount(scheme, Carrier(self._transport, seconds=seconds))
        return session
