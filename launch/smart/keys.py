"""Our own keys: what we sign client assertions with, the public half of them, and the box that tokens lie in."""

import base64
import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from authlib.oauth2.rfc7523 import PrivateKeyJWT, private_key_jwt_sign
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from app.errors import Misconfigured

SETTING = "PARLEY_SIGNING_KEYS"
ANEW = "Put the copy from your vault back. New ones (`parley keys`) sign nothing until the EHR has read them."
ASSERTION_SECONDS = 240  # SMART allows 300 at most; a minute is left for clocks that differ
SHORTEST_RSA = 2048
PUBLIC = frozenset("kty kid alg use crv x y n e".split())
_ALGS = {"EC": ("ES384", "P-384"), "RSA": ("RS384", None)}


class SigningKeys:
    """The private keys of PARLEY_SIGNING_KEYS, by kid; a client SHALL support RS384 and ES384 (SMART 2.2)."""

    def __init__(self, document: dict) -> None:
        self._keys: dict[str, ECKey | RSAKey] = {}
        members = document.get("keys")
        for index, member in enumerate(members if isinstance(members, list) else ()):
            self._add(index, member)
        if not self._keys:
            raise Misconfigured(SETTING, "holds no key", next=ANEW)

    @classmethod
    def read(cls, path: Path) -> "SigningKeys":
        """Return the keys of a JWKS file; raises Misconfigured naming the member at fault."""
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
        except PermissionError as error:
            raise Misconfigured(SETTING, "may not be read by Parley's user", next="Let it read the file.") from error
        except (OSError, ValueError) as error:
            raise Misconfigured(SETTING, "is not a readable JWKS file", next=ANEW) from error
        if not isinstance(document, dict):
            raise Misconfigured(SETTING, "is not a JWKS object", next=ANEW)
        return cls(document)

    def _add(self, index: int, member: dict) -> None:
        place = f"{SETTING} keys[{index}]"
        kind = member.get("kty") if isinstance(member, dict) else None
        if kind not in _ALGS or not isinstance(member.get("kid"), str) or not member["kid"]:
            raise Misconfigured(place, "must be an EC or RSA key with a kid")
        alg, curve = _ALGS[kind]
        if member.get("alg", alg) != alg or (curve and member.get("crv") != curve):
            raise Misconfigured(place, f"must be for {alg}")
        if "d" not in member:
            raise Misconfigured(place, "has no private part")
        if member["kid"] in self._keys:
            raise Misconfigured(place, f"kid {member['kid']} stands twice")
        try:
            kept = {**member, "alg": alg, "use": "sig"}
            kept.pop("key_ops", None)  # says "sign", which is not true of the public half
            key = (ECKey if kind == "EC" else RSAKey).import_key(kept)
            is_long_enough = kind == "EC" or key.private_key.key_size >= SHORTEST_RSA
        except (JoseError, ValueError, TypeError) as error:
            raise Misconfigured(place, "is not a valid key") from error
        if not is_long_enough:
            raise Misconfigured(place, f"is shorter than {SHORTEST_RSA} bits")
        self._keys[member["kid"]] = key

    def key_for(self, alg: str, kid: str | None) -> tuple[str, ECKey | RSAKey]:
        """Return (kid, key) for an issuer's alg and kid; without a kid, the first key of that alg."""
        for own_kid, key in self._keys.items():
            if key.alg == alg and kid in (None, own_kid):
                return own_kid, key
        raise Misconfigured(SETTING, f"has no {alg} key{f' with kid {kid}' if kid else ''}")

    def public(self) -> dict:
        """Return the JWKS that EHRs fetch: public members only."""
        keys = (key.as_dict(private=False) for key in self._keys.values())
        return {"keys": [{name: value for name, value in each.items() if name in PUBLIC} for each in keys]}


def make_signing_keys() -> dict:
    """Return a fresh private JWKS, one ES384 and one RS384 key, for PARLEY_SIGNING_KEYS."""
    ec = ECKey.generate_key("P-384", parameters={"use": "sig", "alg": "ES384"}, private=True)
    rsa = RSAKey.generate_key(3072, parameters={"use": "sig", "alg": "RS384"}, private=True)
    keys = []
    for key in (ec, rsa):
        members = key.as_dict(private=True)
        keys.append({**members, "kid": key.thumbprint()})
    return {"keys": keys}


class SmartPrivateKeyJWT(PrivateKeyJWT):
    """
    Authlib's private_key_jwt as SMART wants it: kid, typ, at most 300 s, a fresh jti for every request.

    The library's own default lives an hour, names no key, and reuses one jti when claims are passed
    (SMART App Launch 2.2, client-confidential-asymmetric).
    """

    def __init__(
        self, token_endpoint: str, *, key: ECKey | RSAKey, kid: str, alg: str, clock: Callable[[], datetime]
    ) -> None:
        super().__init__(token_endpoint=token_endpoint, alg=alg)
        self._key, self._kid, self._clock = key, kid, clock

    def sign(self, auth, token_endpoint: str) -> str:
        """Return a signed assertion."""
        return private_key_jwt_sign(
            self._key,
            client_id=auth.client_id,
            token_endpoint=token_endpoint,
            alg=self.alg,
            header={"kid": self._kid, "typ": "JWT"},
            issued_at=int(self._clock().timestamp()),
            expires_in=ASSERTION_SECONDS,
        )


class Box:
    """Encryption at rest: the first key seals, all open, so that keys can be rotated (PARLEY_SECRET_KEY_FALLBACKS)."""

    def __init__(self, secret_keys: Sequence[str]) -> None:
        self._fernet = MultiFernet([Fernet(_derived(each)) for each in secret_keys])

    def seal(self, text: str) -> bytes:
        """Return the text encrypted and authenticated."""
        return self._fernet.encrypt(text.encode())

    def unseal(self, sealed: bytes) -> str | None:
        """Return the text, or None when no key of ours sealed it: then a person signs in again."""
        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken:
            return None


def _derived(secret: str) -> bytes:
    kdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"parley tokens at rest")
    return base64.urlsafe_b64encode(kdf.derive(secret.encode()))


def hash_of(secret: str) -> str:
    """Return what the database keeps of a random secret (at least 128 bits, so no salt is needed)."""
    return hashlib.sha256(secret.encode()).hexdigest()
