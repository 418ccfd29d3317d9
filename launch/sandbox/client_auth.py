"""Who is asking: the three ways a client proves itself at the token endpoint, each strictly."""

from __future__ import annotations

import binascii
import hmac
from base64 import b64decode
from threading import Lock

from joserfc import jws, jwt
from joserfc.errors import JoseError

from launch.sandbox.config import Client, SandboxConfig
from launch.sandbox.keys import ClientKeys
from launch.sandbox.refusals import OAuthError

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ALGS = ("RS384", "ES384")
LONGEST = 300  # seconds an assertion may live
SKEW = 30  # seconds a client's clock may be ahead


class ClientAuth:
    """Authenticates clients; remembers each assertion's jti until it would have expired. Safe for threads."""

    def __init__(self, config: SandboxConfig, *, keys: ClientKeys) -> None:
        """Start with no assertion seen."""
        self._config = config
        self._keys = keys
        self._seen: dict[tuple[str, str], int] = {}
        self._lock = Lock()

    def authenticate(self, form, authorization: str | None) -> Client:
        """
        Return the client that sent this form.

        form: MultiDict of the body; authorization: the header, if any
        raises: OAuthError invalid_client (401), or invalid_request when two ways are mixed
        """
        asserted = "client_assertion" in form or "client_assertion_type" in form
        if "client_secret" in form:
            raise _refusal("a secret in the body is not accepted; use the Authorization header")
        if asserted and authorization:
            raise OAuthError("invalid_request", "more than one way to authenticate is used")
        if asserted:
            client = self._by_assertion(form)
        elif authorization:
            client = self._by_secret(authorization)
        else:
            client = self._public(form)
        if form.get("client_id", client.client_id) != client.client_id:
            raise _refusal("client_id is not the client that authenticated")
        return client

    def _public(self, form) -> Client:
        client = self._config.client(form.get("client_id"))
        if not client:
            raise _refusal("the client is unknown or did not say who it is")
        return self._of_kind(client, "public")

    def _by_secret(self, authorization: str) -> Client:
        scheme, _, encoded = authorization.partition(" ")
        try:
            name, colon, secret = b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError) as error:
            raise _refusal("the Authorization header cannot be read") from error
        if scheme.lower() != "basic" or not colon:
            raise _refusal("the Authorization header is not Basic")
        client = self._config.client(name)
        if not client:
            raise _refusal("the client is unknown")
        self._of_kind(client, "client_secret_basic")
        if not hmac.compare_digest(secret.encode(), client.secret.encode()):
            raise _refusal("the secret is wrong")
        return client

    def _by_assertion(self, form) -> Client:
        if form.get("client_assertion_type") != ASSERTION_TYPE:
            raise _refusal("client_assertion_type is not the JWT bearer one")
        header, claims, client = self._claimed(form.get("client_assertion", ""))
        key = self._keys.find(client.jwks_uri, kid=header["kid"], alg=header["alg"])
        try:
            jwt.decode(form["client_assertion"], key, algorithms=list(ALGS))
        except (JoseError, ValueError) as error:
            raise _refusal("the assertion's signature is wrong") from error
        self._check_claims(claims, client)
        return client

    def _claimed(self, assertion: str) -> tuple[dict, dict, Client]:
        """Read, without trusting them yet, the header, the claims, and the client that they name."""
        try:
            header = jws.extract_compact(assertion.encode()).headers()
            claims = jwt.json.loads(jws.extract_compact(assertion.encode()).payload)
        except (JoseError, ValueError) as error:
            raise _refusal("the assertion is not a JWT") from error
        if header.get("typ") != "JWT" or header.get("alg") not in ALGS:
            raise _refusal("the assertion's typ is JWT and its alg RS384 or ES384")
        if not isinstance(header.get("kid"), str) or not isinstance(claims, dict):
            raise _refusal("the assertion has no kid, or no claims")
        client = self._config.client(claims.get("iss"))
        if not client or claims.get("sub") != client.client_id:
            raise _refusal("iss and sub are not both the client's id")
        self._of_kind(client, "private_key_jwt")
        if header.get("jku", client.jwks_uri) != client.jwks_uri:
            raise _refusal("jku is not the registered JWKS URL")
        return header, claims, client

    def _check_claims(self, claims: dict, client: Client) -> None:
        now = self._config.wall().timestamp()
        expires, jti = claims.get("exp"), claims.get("jti")
        if claims.get("aud") != self._config.token_url:
            raise _refusal("aud is not exactly the token endpoint")
        if isinstance(expires, bool) or not isinstance(expires, int) or expires <= now:
            raise _refusal("the assertion has expired, or has no exp")
        if expires > now + LONGEST:
            raise _refusal(f"exp is more than {LONGEST} seconds ahead")
        for name in ("iat", "nbf"):
            if name in claims and (not isinstance(claims[name], int | float) or claims[name] > now + SKEW):
                raise _refusal(f"{name} is in the future")
        if not isinstance(jti, str) or not jti:
            raise _refusal("the assertion has no jti")
        self._use_up(client.client_id, jti, until=expires, now=now)

    def _use_up(self, client_id: str, jti: str, *, until: int, now: float) -> None:
        with self._lock:
            self._seen = {seen: end for seen, end in self._seen.items() if now < end}
            if (client_id, jti) in self._seen:
                raise _refusal("this jti was used before")
            self._seen[(client_id, jti)] = until

    def _of_kind(self, client: Client, auth: str) -> Client:
        if client.auth != auth:
            raise _refusal(f"the client is registered for {client.auth}")
        return client


def _refusal(description: str) -> OAuthError:
    return OAuthError("invalid_client", description, status=401)
