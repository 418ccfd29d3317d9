"""Our keys: read strictly, published without their secrets, made fresh; and the box that tokens lie in."""

import json
import warnings

import pytest
from authlib.oauth2.auth import ClientAuth
from joserfc import jws, jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

from app.errors import Misconfigured
from launch.smart.keys import Box, SigningKeys, SmartPrivateKeyJWT, make_signing_keys
from tests.launch.smart.world import NOW

EC = ECKey.generate_key("P-384", {"kid": "e"}, private=True).as_dict(private=True)
RSA = RSAKey.generate_key(2048, {"kid": "r"}, private=True).as_dict(private=True)


def short_key() -> dict:
    """Return a key that nobody should use any more; the library says so too."""
    with warnings.catch_warnings(action="ignore"):
        return RSAKey.generate_key(1024, {"kid": "s"}).as_dict(private=True)


FAULTS = {
    "a list": ([], "keys|object"),
    "no keys": ({}, "no key"),
    "keys that are no list": ({"keys": "x"}, "no key"),
    "text for a key": ({"keys": ["x"]}, r"keys\[0\]"),
    "a key of another kind": ({"keys": [EC, {"kty": "oct", "k": "eA", "kid": "o"}]}, r"keys\[1\].*EC or RSA"),
    "no kid": ({"keys": [{k: v for k, v in EC.items() if k != "kid"}]}, r"keys\[0\].*kid"),
    "a kid that is a number": ({"keys": [EC | {"kid": 1}]}, r"keys\[0\].*kid"),
    "another curve": ({"keys": [ECKey.generate_key("P-256", {"kid": "x"}).as_dict(private=True)]}, "ES384"),
    "another algorithm": ({"keys": [RSA | {"alg": "RS256"}]}, "RS384"),
    "the public half only": ({"keys": [{k: v for k, v in EC.items() if k != "d"}]}, "private part"),
    "one kid twice": ({"keys": [EC, RSA | {"kid": "e"}]}, r"keys\[1\].*twice"),
    "a broken key": ({"keys": [EC | {"x": "AAAA"}]}, r"keys\[0\].*not a valid key"),
    "a short key": ({"keys": [short_key()]}, "shorter than 2048"),
}


@pytest.mark.filterwarnings("ignore:Key size")
@pytest.mark.parametrize(("document", "words"), FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_in_the_key_file_is_named_by_its_place(tmp_path, document, words):
    """PARLEY_SIGNING_KEYS, the member, and what is wrong with it; never a part of the key."""
    path = tmp_path / "keys.json"
    path.write_text(json.dumps(document))
    with pytest.raises(Misconfigured, match=words) as caught:
        SigningKeys.read(path)

    assert "PARLEY_SIGNING_KEYS" in caught.value.say
    assert EC["d"] not in caught.value.say


@pytest.mark.parametrize("content", [b"\xff", b"{", None])
def test_an_unreadable_key_file_is_named(tmp_path, content):
    """Not there, not text, not JSON."""
    path = tmp_path / "keys.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(Misconfigured, match="not a readable JWKS file"):
        SigningKeys.read(path)


def test_kids_are_kept_and_nothing_private_is_published():
    """The kid that the EHR may have pinned stays; members that are private or say "sign" do not go out."""
    keys = SigningKeys({"keys": [EC | {"key_ops": ["sign"]}, RSA]})

    assert ["e", "r"] == [each["kid"] for each in keys.public()["keys"]]
    assert set() == {name for each in keys.public()["keys"] for name in each} & set("d p q dp dq qi key_ops".split())


def test_the_first_key_of_an_algorithm_signs_unless_a_kid_says_otherwise():
    """Rotation: the new key is published beside the old, and used when the site's record names it."""
    newer = ECKey.generate_key("P-384", {"kid": "e2"}, private=True).as_dict(private=True)
    keys = SigningKeys({"keys": [EC, newer, RSA]})

    assert ["e", "e2", "r"] == [
        keys.key_for(alg, kid)[0] for alg, kid in (("ES384", None), ("ES384", "e2"), ("RS384", None))
    ]
    with pytest.raises(Misconfigured, match="no ES384 key with kid r"):
        keys.key_for("ES384", "r")


def test_fresh_keys_can_be_used_at_once():
    """`parley keys`: one ES384 and one RS384 key with kids of their own, different every time."""
    one, other = make_signing_keys(), make_signing_keys()
    keys = SigningKeys(one)

    assert ["ES384", "RS384"] == [each["alg"] for each in keys.public()["keys"]]
    assert 4 == len({each["kid"] for each in [*one["keys"], *other["keys"]]})


@pytest.mark.parametrize("alg", ["ES384", "RS384"])
def test_each_assertion_is_its_own(alg):
    """kid and typ in the header, 240 s, aud the token URL as text, a fresh jti for every request (smart.md §1.3)."""
    keys = SigningKeys({"keys": [EC, RSA]})
    kid, key = keys.key_for(alg, None)
    signer = SmartPrivateKeyJWT("https://ehr.example/token", key=key, kid=kid, alg=alg, clock=lambda: NOW)
    auth = ClientAuth("parley", "", signer)
    assertions = [signer.sign(auth, "https://ehr.example/token") for _ in range(3)]
    public = KeySet.import_key_set(keys.public())
    claims = [jwt.decode(each, public, algorithms=[alg]).claims for each in assertions]
    header = jws.extract_compact(assertions[0].encode()).headers()

    assert {"alg": alg, "kid": kid, "typ": "JWT"} == header
    assert ("parley", "parley", "https://ehr.example/token") == (claims[0]["iss"], claims[0]["sub"], claims[0]["aud"])
    assert 240 == claims[0]["exp"] - NOW.timestamp()
    assert 3 == len({each["jti"] for each in claims})


OLD, NEW = "an-old-secret-of-at-least-32-characters", "a-new-secret-of-at-least-32-characters"


def test_a_rotated_secret_still_opens_what_the_old_one_sealed():
    """PARLEY_SECRET_KEY_FALLBACKS: the first seals, all open."""
    sealed = Box((OLD,)).seal("a token")

    assert "a token" == Box((NEW, OLD)).unseal(sealed)
    assert "a token" == Box((NEW,)).unseal(Box((NEW, OLD)).seal("a token"))


@pytest.mark.parametrize("spoil", [lambda sealed: sealed, lambda sealed: b"", lambda sealed: b"\xff" + sealed])
def test_a_box_without_its_key_stays_shut(spoil):
    """A lost key or a changed byte opens nothing, and raises nothing: the person signs in again."""
    assert None is Box((NEW,)).unseal(spoil(Box((OLD,)).seal("a token")))


def test_one_changed_byte_is_noticed():
    """What lies in the database is authenticated, not only encrypted."""
    sealed = bytearray(Box((NEW,)).seal("a token"))
    sealed[20] = sealed[20] ^ 1 if chr(sealed[20] ^ 1).isalnum() else sealed[20] ^ 3

    assert None is Box((NEW,)).unseal(bytes(sealed))
