"""The id_token's attacks (smart.md §1.6, reliability E15): who signed in is believed only when everything holds."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta

import pytest
from joserfc import jws
from joserfc.jwk import ECKey, OctKey, RSAKey

from app.settings import Issuer
from launch.smart.discovery import SmartServer
from launch.smart.identity import read_identity
from launch.smart.keys import hash_of
from launch.smart.refusals import NotTrusted
from tests.launch.smart.world import NOW

BASE, AUTH, CLIENT = "https://ehr.example/fhir", "https://ehr.example/auth", "parley"
SERVER = SmartServer(f"{AUTH}/token", f"{AUTH}/authorize", AUTH, f"{AUTH}/jwks", None, frozenset(), frozenset())
STAMP = int(NOW.timestamp())
CLAIMS = {
    "iss": AUTH,
    "sub": "spine",
    "aud": CLIENT,
    "iat": STAMP,
    "exp": STAMP + 300,
    "nonce": "ours",
    "fhirUser": f"{BASE}/Practitioner/p-1",
}
KEYS = {
    "rsa": RSAKey.generate_key(2048, {"kid": "rsa"}, private=True),
    "ec": ECKey.generate_key("P-256", {"kid": "ec"}, private=True),
    "ec384": ECKey.generate_key("P-384", {"kid": "ec384"}, private=True),
    "stranger": RSAKey.generate_key(2048, {"kid": "rsa"}, private=True),
}
PUBLISHED = [KEYS[name].as_dict(private=False) for name in ("rsa", "ec", "ec384")]


class Keys:
    """Stands where Discovery does: gives key sets, and counts how often they were asked for anew."""

    def __init__(self, *key_sets):
        self.key_sets, self.asked = list(key_sets) or [{"keys": PUBLISHED}], []

    def keys_of(self, server, *, fresh=False):
        """Return the first set, then, asked anew, the next."""
        assert server is SERVER
        self.asked.append(fresh)
        return self.key_sets[min(sum(self.asked), len(self.key_sets) - 1)]


def signed(claims, *, key="rsa", alg="RS256", **header) -> str:
    """Return the claims signed; header changes, None leaves out."""
    header = {"alg": alg, "typ": "JWT", "kid": KEYS[key].kid} | header
    header = {name: value for name, value in header.items() if value is not None}
    return jws.serialize_compact(header, json.dumps(claims), KEYS[key], algorithms=[alg])


def read(id_token, *, keys=None, nonce="require", server=SERVER):
    """Return the identity as a launch with the nonce "ours" would."""
    issuer = Issuer(slug="x", fhir_base=BASE, client_id=CLIENT, auth="public", nonce=nonce)
    keys = keys or Keys()
    return read_identity(id_token, issuer, server, discovery=keys, nonce_hash=hash_of("ours"), now=NOW)


@pytest.mark.parametrize(("key", "alg"), [("rsa", "RS256"), ("rsa", "RS384"), ("ec", "ES256"), ("ec384", "ES384")])
def test_a_sign_in_that_holds_is_believed(key, alg):
    """The four algorithms that EHRs use; fhirUser within the FHIR base becomes relative."""
    identity = read(signed(CLAIMS, key=key, alg=alg))

    assert ("spine", "Practitioner/p-1", None, None) == (
        identity.subject,
        identity.fhir_user,
        identity.name,
        identity.ignored,
    )


CHANGED = {
    "another issuer": {"iss": "https://evil.example"},
    "the FHIR base as issuer": {"iss": BASE},
    "an issuer with a slash more": {"iss": f"{AUTH}/"},
    "no issuer": {"iss": None},
    "another app": {"aud": "other"},
    "no audience": {"aud": None},
    "several apps and no azp": {"aud": [CLIENT, "other"]},
    "several apps, issued to another": {"aud": [CLIENT, "other"], "azp": "other"},
    "issued to another": {"azp": "other"},
    "expired": {"exp": STAMP - 60},
    "no end": {"exp": None},
    "an end that is text": {"exp": "9999999999"},
    "an end that is no number": {"exp": float("nan")},
    "made in the future": {"iat": STAMP + 60},
    "no beginning": {"iat": None},
    "another launch's nonce": {"nonce": "theirs"},
    "a nonce that is no text": {"nonce": ["ours"]},
    "an empty nonce": {"nonce": ""},
    "no nonce": {"nonce": None},
    "nobody": {"sub": None},
    "an empty name": {"sub": ""},
    "too long a name": {"sub": "a" * 256},
    "a name that is a number": {"sub": 7},
}


@pytest.mark.parametrize("change", CHANGED.values(), ids=CHANGED.keys())
def test_a_claim_that_does_not_hold_is_refused(change):
    """Properly signed, and still not for us, not now, or not this launch."""
    claims = {name: value for name, value in (CLAIMS | change).items() if value is not None}

    with pytest.raises(NotTrusted):
        read(signed(claims))


@pytest.mark.parametrize("change", [{"aud": [CLIENT]}, {"aud": [CLIENT, "other"], "azp": CLIENT}, {"azp": CLIENT}])
def test_several_audiences_are_fine_when_it_was_issued_to_us(change):
    """OpenID Connect Core §3.1.3.7: aud may be a list; azp then says to whom."""
    assert "spine" == read(signed(CLAIMS | change)).subject


@pytest.mark.parametrize("change", [{"exp": STAMP - 59}, {"iat": STAMP + 59}])
def test_clocks_may_differ_by_a_minute(change):
    """Two servers' clocks differ; a minute is let pass, not more (see the refusals at 60)."""
    assert "spine" == read(signed(CLAIMS | change)).subject


def test_an_absent_nonce_passes_only_where_the_site_says_so():
    """One simulator sends none (smart.md finding 9); a wrong one never passes."""
    without = {name: value for name, value in CLAIMS.items() if name != "nonce"}

    assert "spine" == read(signed(without), nonce="if-present").subject
    with pytest.raises(NotTrusted):
        read(signed(CLAIMS | {"nonce": "theirs"}), nonce="if-present")


def unsecured(claims) -> str:
    """Return an id_token with alg none."""
    parts = [json.dumps({"alg": "none", "typ": "JWT"}), json.dumps(claims)]
    return ".".join(base64.urlsafe_b64encode(each.encode()).rstrip(b"=").decode() for each in parts) + "."


def confused(claims) -> str:
    """Return an id_token signed with HS256, its secret the EHR's public key."""
    public = KEYS["rsa"].as_pem(private=False)
    header = {"alg": "HS256", "typ": "JWT", "kid": "rsa"}
    parts = [base64.urlsafe_b64encode(json.dumps(each).encode()).rstrip(b"=") for each in (header, claims)]
    digest = hmac.new(public, b".".join(parts), hashlib.sha256).digest()
    return b".".join([*parts, base64.urlsafe_b64encode(digest).rstrip(b"=")]).decode()


def tampered(claims) -> str:
    """Return an id_token whose claims were changed after signing."""
    head, _, tail = signed(claims).split(".")
    changed = base64.urlsafe_b64encode(json.dumps(claims | {"sub": "boss"}).encode()).rstrip(b"=").decode()
    return f"{head}.{changed}.{tail}"


FORGED = {
    "not signed": unsecured,
    "signed with the public key as secret": confused,
    "changed after signing": tampered,
    "signed by a stranger": lambda claims: signed(claims, key="stranger"),
    "an algorithm not allowed": lambda claims: signed(claims, alg="PS256"),
    "another curve's algorithm": lambda claims: signed(claims, key="ec384", alg="ES384", kid="ec"),
    "its own key set": lambda claims: signed(claims, jku="https://evil.example/jwks"),
    "its own key": lambda claims: signed(claims, jwk=PUBLISHED[0]),
    "its own certificate": lambda claims: signed(claims, x5u="https://evil.example/x5u"),
    "an unknown key": lambda claims: signed(claims, kid="other"),
    "a key that is a path": lambda claims: signed(claims, kid="../../dev/null"),
    "no key where there are several": lambda claims: signed(claims, key="ec", alg="ES256", kid=None),
    "not a token": lambda claims: "a.b",
    "nothing": lambda claims: None,
    "an empty text": lambda claims: "",
    "letters of another alphabet": lambda claims: "é.ü.ñ",
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED.keys())
def test_a_forged_sign_in_is_refused(forge):
    """Neither algorithm nor key is the token's to choose."""
    with pytest.raises(NotTrusted):
        read(forge(CLAIMS))


def test_a_published_secret_is_no_key():
    """An oct key in the JWKS does not make HS256 acceptable, nor RS256 with it."""
    secret = OctKey.import_key("s" * 32, {"kid": "rsa"}).as_dict()

    with pytest.raises(NotTrusted):
        read(signed(CLAIMS), keys=Keys({"keys": [secret]}))


def test_a_new_key_is_fetched_once():
    """The EHR has rotated its keys: an unknown kid asks once more, and only then is refused."""
    rotated = Keys({"keys": PUBLISHED[1:]}, {"keys": PUBLISHED})

    assert "spine" == read(signed(CLAIMS), keys=rotated).subject
    assert [False, True] == rotated.asked


def test_a_known_key_is_not_fetched_again_for_a_bad_signature():
    """A flood of forgeries must not become a flood of requests to the EHR."""
    keys = Keys()
    with pytest.raises(NotTrusted):
        read(tampered(CLAIMS), keys=keys)

    assert [False] == keys.asked


@pytest.mark.parametrize(
    "junk", [{"kty": "AKP", "kid": "pq"}, {"kty": "RSA", "kid": "x", "n": "!", "e": 1}, "text", None, {"kid": "rsa"}]
)
def test_one_bad_key_hides_only_itself(junk):
    """A key of a kind we do not read stands beside the one that counts."""
    assert "spine" == read(signed(CLAIMS), keys=Keys({"keys": [junk, *PUBLISHED]})).subject


@pytest.mark.parametrize("key_set", [{}, {"keys": None}, {"keys": "text"}, {"keys": []}])
def test_an_unreadable_key_set_is_refused(key_set):
    """No keys, no sign-in; and no trace."""
    with pytest.raises(NotTrusted):
        read(signed(CLAIMS), keys=Keys(key_set))


def test_a_key_for_encryption_is_not_one_for_signatures():
    """`use` is honoured (RFC 7517 §4.2)."""
    with pytest.raises(NotTrusted):
        read(signed(CLAIMS), keys=Keys({"keys": [{**PUBLISHED[0], "use": "enc"}]}))


def test_a_key_without_a_kid_is_the_only_one_of_its_kind():
    """Some servers publish one key and name none."""
    bare = {name: value for name, value in PUBLISHED[0].items() if name != "kid"}

    assert "spine" == read(signed(CLAIMS, kid=None), keys=Keys({"keys": [bare, PUBLISHED[1]]})).subject
    with pytest.raises(NotTrusted):
        read(signed(CLAIMS, kid=None), keys=Keys({"keys": [bare, KEYS["stranger"].as_dict(private=False)]}))


def test_a_server_that_names_no_issuer_signs_nobody_in():
    """Without `issuer` in the smart-configuration there is nothing to compare with."""
    nameless = SmartServer(f"{AUTH}/token", None, None, f"{AUTH}/jwks", None, frozenset(), frozenset())
    keys = Keys()
    keys.keys_of = lambda server, *, fresh=False: {"keys": PUBLISHED}

    with pytest.raises(NotTrusted):
        read(signed({**CLAIMS, "iss": None}), keys=keys, server=nameless)


USERS = {
    f"{BASE}/Practitioner/p-1": "Practitioner/p-1",
    "Practitioner/p-1": "Practitioner/p-1",
    "PractitionerRole/r.1": "PractitionerRole/r.1",
    "https://evil.example/fhir/Practitioner/p-1": None,
    "https://ehr.example/other/Practitioner/p-1": None,
    "Practitioner/../Patient/1": None,
    "Practitioner/..": None,
    "Practitioner/": None,
    "Device/d-1": None,
    "javascript:alert(1)": None,
    7: None,
}


@pytest.mark.parametrize(("told", "used"), USERS.items())
def test_a_user_elsewhere_is_ignored(told, used):
    """fhirUser of another host, tenant or kind is not used and never fetched; the sign-in itself stands."""
    identity = read(signed(CLAIMS | {"fhirUser": told}))

    assert used == identity.fhir_user
    assert (used is None) is (identity.ignored is not None)


def test_a_sign_in_just_before_its_end_is_believed_at_its_time():
    """The instant is an argument: the same token a moment later is refused."""
    issuer = Issuer(slug="x", fhir_base=BASE, client_id=CLIENT, auth="public")
    token = signed(CLAIMS)

    def at(seconds):
        now = NOW + timedelta(seconds=seconds)
        return read_identity(token, issuer, SERVER, discovery=Keys(), nonce_hash=hash_of("ours"), now=now)

    assert "spine" == at(359).subject
    with pytest.raises(NotTrusted):
        at(360)
