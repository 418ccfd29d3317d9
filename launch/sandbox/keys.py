"""Keys: the one that signs our id_tokens, and those that our clients publish."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock

import requests
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, Key, RSAKey

from launch.sandbox.refusals import OAuthError

CACHE = timedelta(seconds=60)
LARGEST_JWKS = 100_000
KEY_OF_ALG = {"RS384": RSAKey, "ES384": ECKey}
PRIVATE_MEMBERS = frozenset("d p q dp dq qi oth k".split())


class SigningKey:
    """An RS256 key made when the sandbox starts; it lives as long as the process."""

    def __init__(self) -> None:
        """Make the key; its id is its thumbprint."""
        self._key = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, private=True, auto_kid=True)

    def sign(self, claims: dict) -> str:
        """Return the claims as a signed JWT."""
        return jwt.encode({"alg": "RS256", "typ": "JWT", "kid": self._key.kid}, claims, self._key)

    def jwks(self) -> dict:
        """Return the public key set."""
        return {"keys": [self._key.as_dict(private=False)]}


def fetch_jwks(url: str) -> dict:
    """Fetch a key set over HTTP, without following redirects. raises: requests and JSON errors."""
    answer = requests.get(url, timeout=3, allow_redirects=False, headers={"Accept": "application/json"})
    if answer.status_code != 200 or len(answer.content) > LARGEST_JWKS:
        raise requests.HTTPError(f"the key set answered {answer.status_code}")
    return answer.json()


class ClientKeys:
    """The public keys of our clients, from their JWKS URLs; kept a minute, fetched again for an unknown kid."""

    def __init__(self, wall: Callable[[], datetime], *, fetch: Callable[[str], dict] = fetch_jwks) -> None:
        """Start with none known."""
        self._wall = wall
        self._fetch = fetch
        self._known: dict[str, tuple[list[dict], datetime]] = {}
        self._lock = Lock()

    def find(self, url: str, *, kid: str, alg: str) -> Key:
        """
        Return the one key of that kid, fit for the algorithm.

        raises: OAuthError invalid_client when the set cannot be read, or holds no such key, two of them,
            a private one, or one of another kind
        """
        kept, until = self._known.get(url, ([], None))
        found = [key for key in kept if key.get("kid") == kid] if until and self._wall() < until else []
        if not found:
            found = [key for key in self._fetched(url) if key.get("kid") == kid]
        if len(found) != 1:
            raise _refusal(f"the JWKS has {len(found)} keys with this kid, not one")
        return _public_key(found[0], alg)

    def _fetched(self, url: str) -> list[dict]:
        try:
            keys = self._fetch(url)["keys"]
        except (requests.RequestException, ValueError, KeyError, TypeError) as error:
            raise _refusal(f"the JWKS could not be read ({type(error).__name__})") from error
        if not isinstance(keys, list) or not all(isinstance(key, dict) for key in keys):
            raise _refusal("the JWKS is not a list of keys")
        with self._lock:
            self._known[url] = (keys, self._wall() + CACHE)
        return keys


def _public_key(key: dict, alg: str) -> Key:
    if PRIVATE_MEMBERS & key.keys():
        raise _refusal("the JWKS publishes a private key")
    if key.get("use", "sig") != "sig" or key.get("alg", alg) != alg:
        raise _refusal("the key is not for this use or algorithm")
    try:
        read = JWKRegistry.import_key(key)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise _refusal("the key cannot be read") from error
    if not isinstance(read, KEY_OF_ALG[alg]):
        raise _refusal("the key is not of the algorithm's kind")
    return read


def _refusal(description: str) -> OAuthError:
    return OAuthError("invalid_client", description, status=401)
