"""
What Inferno's SMART client suite (smart_client_stu2_2) looks at, asked of the requests that the sandbox received.

The check ids are those of smart.md §5.1 and §5.2; Inferno itself is not run here. Each test makes three launches, a
refresh each, and where there is one a backend token, and holds every request to the check.
"""

import base64
import hashlib

import pytest
from joserfc import jws, jwt
from joserfc.jwk import KeySet

from launch.sandbox.grants import parse_scopes
from tests.launch.smart.world import SECRET, query_of

AUTHS = ("public", "client_secret_basic", "private_key_jwt")
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@pytest.fixture(params=AUTHS)
def used(request, new_world):
    """A world after three launches and three refreshes; `.auth` is how the client authenticates."""
    world = new_world(auth=request.param)
    world.auth, world.outs = request.param, []
    for patient in ("pat-1", "pat-2", None):
        browser = world.browser()
        out = browser.set_out(patient=patient) if patient else browser.set_out(path="/launch/worklist")
        world.outs.append(query_of(out.headers["Location"]))
        back = browser.come_back(browser.sign_in(out.headers["Location"]))
        world.pass_time(seconds=595)
        world.smart.tokens.of_session(back.headers["Location"].split("/")[2], now=world.now)
    return world


def authorizations(world):
    """Return the authorization requests as received."""
    found = [each.query for each in world.recorder.of("/auth/authorize")]
    assert 3 == len(found)
    return found


def by_grant(world, grant_type):
    """Return the token requests of one grant."""
    found = [each for each in world.token_requests if each.form["grant_type"] == grant_type]
    assert found
    return found


def s256(verifier):
    """Return the S256 challenge of a verifier."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def test_authorization_requests(used):
    """AUTH-1 to AUTH-9: type, client, redirect URI, launch, state, aud, challenge, method, scope."""
    for asked in authorizations(used):
        assert "code" == asked["response_type"]
        assert "parley" == asked["client_id"]
        assert f"{used.app_base}/callback" == asked["redirect_uri"]
        assert asked["launch"].strip()
        assert len(asked["state"]) >= 43
        assert f"{used.ehr_base}/fhir" == asked["aud"]
        assert 43 == len(asked["code_challenge"])
        assert "S256" == asked["code_challenge_method"]
        assert parse_scopes(asked["scope"])
        assert "nonce" in asked


def test_what_is_random_is_random(used):
    """X-1, X-3, X-4: state, nonce and challenge differ at every launch."""
    asked = authorizations(used)
    for name in ("state", "nonce", "code_challenge", "launch"):
        assert 3 == len({each[name] for each in asked}), name
    assert 9 == len({each[name] for each in asked for name in ("state", "nonce", "code_challenge")})


def test_code_exchanges(used):
    """TOK-1, TOK-5, TOK-6, TOK-7: grant, code, the same redirect URI, the verifier of the challenge that was sent."""
    challenges = [each["code_challenge"] for each in authorizations(used)]
    exchanged = by_grant(used, "authorization_code")
    for sent in exchanged:
        assert sent.form["code"]
        assert f"{used.app_base}/callback" == sent.form["redirect_uri"]
        assert 43 <= len(sent.form["code_verifier"]) <= 128

    assert challenges == [s256(each.form["code_verifier"]) for each in exchanged]
    assert 3 == len({each.form["code"] for each in exchanged})


def test_refreshes(used):
    """REF-2, REF-4, X-9: grant, a token issued in this session, used once, no scope wider than granted."""
    refreshed = by_grant(used, "refresh_token")

    assert 3 == len({each.form["refresh_token"] for each in refreshed})
    assert [] == [each for each in refreshed if "scope" in each.form or "redirect_uri" in each.form]


def test_who_the_client_says_it_is(used):
    """TOK-2, TOK-4, BASIC, X-6: client_id in the body of public clients only, the secret in the header only."""
    for sent in used.token_requests:
        form, header = sent.form, sent.headers.get("authorization")
        if used.auth == "public":
            assert ("parley", None) == (form["client_id"], header)
        if used.auth == "client_secret_basic":
            assert f"Basic {base64.b64encode(f'parley:{SECRET}'.encode()).decode()}" == header
        if used.auth == "private_key_jwt":
            assert (ASSERTION_TYPE, None) == (form["client_assertion_type"], header)
        if used.auth != "public":
            assert "client_id" not in form
        assert ("client_assertion" in form) is (used.auth == "private_key_jwt")
        assert "client_secret" not in form
        assert "state" not in form


@pytest.mark.parametrize("used", ["private_key_jwt"], indirect=True)
def test_assertions(used):
    """ASSERT, X-5: typ, alg, kid; iss = sub = client; aud the token URL as text; short; a jti never seen; our key."""
    keys = KeySet.import_key_set(used.smart.keys.public())
    seen = set()
    for sent in used.token_requests:
        assertion = sent.form["client_assertion"]
        header = jws.extract_compact(assertion.encode()).headers()
        claims = jwt.decode(assertion, keys, algorithms=["ES384"]).claims
        assert {"typ": "JWT", "alg": "ES384", "kid": keys.keys[0].kid} == header
        assert ("parley", "parley", f"{used.ehr_base}/auth/token") == (claims["iss"], claims["sub"], claims["aud"])
        assert 0 < claims["exp"] - claims["iat"] <= 300
        assert claims["jti"] not in seen
        seen.add(claims["jti"])

    assert 6 == len(seen)


def test_a_standalone_launch_sends_neither_scope_nor_launch(world, browser):
    """X-7: the scope goes with the parameter, and both with the EHR's launch."""
    out = browser.get("/standalone", iss=f"{world.ehr_base}/fhir")
    asked = query_of(out.headers["Location"])

    assert "launch" not in asked
    assert "launch" not in asked["scope"].split()
    assert f"{world.ehr_base}/fhir" == asked["aud"]


def test_backend_requests(world):
    """TOK-1, TOK-3, REF-1: client_credentials with a scope and an assertion, no refresh."""
    world.smart.tokens.of_backend("sandbox", now=world.now)
    world.pass_time(seconds=290)
    world.smart.tokens.of_backend("sandbox", now=world.now)

    assert 2 == len(by_grant(world, "client_credentials")) == len(world.token_requests)
    for sent in world.token_requests:
        claims = jwt.decode(
            sent.form["client_assertion"], KeySet.import_key_set(world.smart.keys.public()), algorithms=["ES384"]
        ).claims
        assert "parley-backend" == claims["iss"] == claims["sub"]
        assert sent.form["scope"]


def test_the_bearer_is_used_where_it_was_issued(used):
    """USE, X-12: FHIR requests carry a token that was issued, in the header and never in a URL."""
    reads = used.recorder.of("/fhir/Practitioner/ada-lindqvist")

    assert 3 == len(reads)
    assert [] == [each for each in reads if not each.headers["authorization"].startswith("Bearer ")]
    assert [] == [each for each in used.recorder.requests if "access_token" in each.query]


def test_discovery_comes_first_and_once(used):
    """X-10: `.well-known` is appended to the base with its path; three launches in an hour ask once."""
    assert "/fhir/.well-known/smart-configuration" == used.recorder.requests[0].path
    assert 1 == len(used.recorder.of("/fhir/.well-known/smart-configuration"))
