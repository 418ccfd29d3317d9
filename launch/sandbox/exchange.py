"""
The token endpoint: codes, refresh tokens and backend assertions in; tokens, context and identity out.

Source: SMART App Launch 2.2; RFC 6749, 7009, 7523, 7662; OpenID Connect Core.
"""

from __future__ import annotations

import secrets
from datetime import timedelta

from launch.sandbox.client_auth import ClientAuth
from launch.sandbox.config import Client, SandboxConfig
from launch.sandbox.grants import BadScope, narrow, parse_scopes, written
from launch.sandbox.keys import SigningKey
from launch.sandbox.refusals import OAuthError, needed, only_once
from launch.sandbox.tokens import SignIn, Tokens

ID_TOKEN_LIFE = timedelta(minutes=5)


class Exchange:
    """Answers token, introspection and revocation requests. Safe for threads."""

    def __init__(self, config: SandboxConfig, *, auth: ClientAuth, tokens: Tokens, key: SigningKey, types) -> None:
        """Take the parts. types: the FHIR types that scopes may name (frozenset); None is any."""
        self.config = config
        self.key = key
        self.tokens = tokens
        self._auth = auth
        self._types = types

    def token(self, form, *, authorization: str | None) -> dict:
        """
        Answer a token request.

        form: MultiDict of the body; authorization: the header, if any
        raises: OAuthError
        """
        only_once(form)
        grants = {
            "authorization_code": self._by_code,
            "refresh_token": self._by_refresh,
            "client_credentials": self._by_backend,
        }
        kind = needed(form, "grant_type")
        if kind not in grants:
            raise OAuthError("unsupported_grant_type", "this grant_type is not supported")
        return grants[kind](form, self._auth.authenticate(form, authorization))

    def _by_code(self, form, client: Client) -> dict:
        sign_in = self.tokens.redeem(
            needed(form, "code"),
            client_id=client.client_id,
            redirect_uri=needed(form, "redirect_uri"),
            verifier=needed(form, "code_verifier"),
        )
        answer = self.tokens.grant(sign_in) | self._context(sign_in)
        if sign_in.has("openid"):
            answer["id_token"] = self.key.sign(self._identity(sign_in))
        return answer

    def _by_refresh(self, form, client: Client) -> dict:
        # Context and id_token are left out, as many servers do: a client must keep them itself.
        return self.tokens.refresh(
            needed(form, "refresh_token"), client_id=client.client_id, scope=form.get("scope", "")
        )

    def _by_backend(self, form, client: Client) -> dict:
        if not client.backend or client.auth != "private_key_jwt":
            raise OAuthError("unauthorized_client", "this client is not registered as a backend service")
        try:
            asked = parse_scopes(needed(form, "scope"))
            limit = parse_scopes(" ".join(client.scopes))
        except BadScope as error:
            raise OAuthError("invalid_scope", "a scope cannot be read") from error
        if any(scope.context != "system" for scope in asked):
            raise OAuthError("invalid_scope", "a backend service asks for system/ scopes only")
        scopes = narrow(asked, limit=limit, types=self._types)
        if not scopes:
            raise OAuthError("invalid_scope", "none of the scopes can be granted")
        return self.tokens.grant(SignIn(secrets.token_urlsafe(12), client.client_id, scopes), refresh=False)

    def _context(self, sign_in: SignIn) -> dict:
        told = sign_in.launch.context()
        told["smart_style_url"] = f"{self.config.ehr_base}/smart-style.json"
        if not (sign_in.has("launch") or sign_in.has("launch/encounter")):
            told.pop("encounter", None)
        return told

    def _identity(self, sign_in: SignIn) -> dict:
        now = self.config.wall()
        claims = {
            "iss": self.config.issuer,
            "sub": sign_in.launch.user,
            "aud": sign_in.client_id,
            "iat": int(now.timestamp()),
            "exp": int((now + ID_TOKEN_LIFE).timestamp()),
        }
        if sign_in.nonce:
            claims["nonce"] = sign_in.nonce
        if sign_in.has("fhirUser"):
            claims["fhirUser"] = f"{self.config.fhir_base}/{sign_in.fhir_user}"
        return claims

    def introspect(self, form, *, authorization: str | None) -> dict:
        """Tell a client what became of one of its own tokens (RFC 7662). raises: OAuthError."""
        only_once(form)
        client = self._auth.authenticate(form, authorization)
        kept = self.tokens.look(needed(form, "token"))
        if not kept or kept.sign_in.client_id != client.client_id:
            return {"active": False}
        told = {
            "active": True,
            "scope": written(kept.scopes),
            "client_id": client.client_id,
            "iss": self.config.issuer,
            "iat": int(kept.issued_at.timestamp()),
            "exp": int(kept.expires_at.timestamp()),
        }
        if kept.sign_in.launch:
            told |= {"sub": kept.sign_in.launch.user} | self._context(kept.sign_in)
            told["fhirUser"] = f"{self.config.fhir_base}/{kept.sign_in.fhir_user}"
        return told

    def revoke(self, form, *, authorization: str | None) -> None:
        """Revoke one of the client's own tokens; an unknown one is no error (RFC 7009). raises: OAuthError."""
        only_once(form)
        client = self._auth.authenticate(form, authorization)
        token = needed(form, "token")
        kept = self.tokens.look(token)
        if kept and kept.sign_in.client_id != client.client_id:
            raise OAuthError("unauthorized_client", "the token was given to another client")
        self.tokens.revoke(token)
