"""
Who signed in: the id_token, believed only when signature, issuer, audience, times and nonce all hold.

source: SMART App Launch 2.2, scopes for requesting identity data; OpenID Connect Core §3.1.3.7
"""

import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from app.settings import Issuer
from launch.smart.discovery import Discovery, SmartServer
from launch.smart.hosts import inside
from launch.smart.keys import hash_of
from launch.smart.refusals import NotTrusted

ALGS = {"RS256": RSAKey, "RS384": RSAKey, "ES256": ECKey, "ES384": ECKey}
OWN_KEYS = frozenset({"jku", "jwk", "x5u", "x5c"})
SKEW_SECONDS = 60
LONGEST_SUBJECT = 255
USERS = frozenset({"Practitioner", "PractitionerRole", "Patient", "RelatedPerson", "Person"})


@dataclass(frozen=True, slots=True)
class Identity:
    """
    Who signed in. fhir_user: "Practitioner/ID" within the FHIR base, None when absent or elsewhere.

    ignored: why a fhirUser that was sent is not used, None when it is
    """

    subject: str
    fhir_user: str | None
    name: str | None
    ignored: str | None = None


def read_identity(
    id_token: object, issuer: Issuer, server: SmartServer, *, discovery: Discovery, nonce_hash: str, now: datetime
) -> Identity:
    """
    Return who signed in.

    nonce_hash: of the nonce that this launch sent; one that is absent passes only where the site says so (if-present)
    raises: NotTrusted; EhrSilent when the keys cannot be fetched
    """
    if not isinstance(id_token, str):
        raise NotTrusted("The EHR did not say who signed in (openid, fhirUser).")
    claims = _signed_claims(id_token, server, discovery)
    if server.issuer is None or claims.get("iss") != server.issuer:
        raise NotTrusted("The sign-in names another issuer than the EHR's.")
    _check_audience(claims, issuer.client_id)
    _check_times(claims, now=now)
    if not _nonce_holds(claims.get("nonce"), nonce_hash, required=issuer.nonce == "require"):
        raise NotTrusted("The sign-in does not belong to this launch.")
    subject, name = claims.get("sub"), claims.get("name")
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT:
        raise NotTrusted("The sign-in names nobody.")
    fhir_user, ignored = _user_of(claims.get("fhirUser"), issuer.fhir_base)
    return Identity(subject, fhir_user, name if isinstance(name, str) else None, ignored)


def _signed_claims(id_token: str, server: SmartServer, discovery: Discovery) -> dict[str, Any]:
    """Return the claims, their signature checked with a key of the server's own; keys are asked for again once."""
    try:
        header = jws.extract_compact(id_token.encode()).headers()
    except (JoseError, ValueError) as error:
        raise NotTrusted("The sign-in could not be read.") from error
    if header.get("alg") not in ALGS:
        raise NotTrusted("The sign-in is not signed as Parley demands.")
    if OWN_KEYS & header.keys():
        raise NotTrusted("The sign-in names its own keys.")
    for fresh in (False, True):
        key = _key_of(discovery.keys_of(server, fresh=fresh), header)
        if key is None:
            continue
        try:
            return jwt.decode(id_token, key, algorithms=[header["alg"]]).claims
        except (JoseError, ValueError) as error:
            raise NotTrusted("The signature of the sign-in does not hold.") from error
    raise NotTrusted("The EHR's keys hold none for this sign-in.")


def _key_of(key_set: dict[str, Any], header: dict[str, Any]) -> RSAKey | ECKey | None:
    """Return the one key that the header means; without a kid, the only one of its kind. One bad key hides itself."""
    kind, kid = ALGS[header["alg"]], header.get("kid")
    members = key_set.get("keys")
    found = []
    for each in members if isinstance(members, list) else ():
        if not isinstance(each, dict) or each.get("kty") != kind.key_type or each.get("use", "sig") != "sig":
            continue
        if each.get("alg", header["alg"]) != header["alg"] or (kid is not None and each.get("kid") != kid):
            continue
        try:
            found.append(kind.import_key(each))
        except (JoseError, ValueError, TypeError):
            continue
    return found[0] if len(found) == 1 else None


def _check_audience(claims: dict[str, Any], client_id: str) -> None:
    told, authorized = claims.get("aud"), claims.get("azp")
    audience = told if isinstance(told, list) else [told]
    if client_id not in audience or (authorized is None and len(audience) > 1) or authorized not in (None, client_id):
        raise NotTrusted("The sign-in was made for another app.")


def _check_times(claims: dict[str, Any], *, now: datetime) -> None:
    ends, made, instant = claims.get("exp"), claims.get("iat"), now.timestamp()
    # Asked the way that NaN fails.
    if not isinstance(ends, int | float) or not ends > instant - SKEW_SECONDS:
        raise NotTrusted("The sign-in has expired.")
    if not isinstance(made, int | float) or not made < instant + SKEW_SECONDS:
        raise NotTrusted("The sign-in lies in the future; compare the clocks of both servers.")


def _nonce_holds(told: object, ours: str, *, required: bool) -> bool:
    if told is None:
        return not required
    return isinstance(told, str) and hmac.compare_digest(hash_of(told), ours)


def _user_of(told: object, fhir_base: str) -> tuple[str | None, str | None]:
    """Return fhirUser as "Type/ID" within the FHIR base and None, or None and why it is ignored: it is not fetched."""
    if told is None:
        return None, "absent"
    reference = inside(told, fhir_base)
    if reference is None:
        return None, "outside the FHIR base, or not a reference"
    if reference.partition("/")[0] not in USERS:
        return None, "not a person"
    return reference, None
