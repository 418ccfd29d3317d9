"""The authorization server refuses, case by case, what a strict EHR refuses; and gives what SMART promises."""

import base64
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from launch.sandbox.grants import Unauthorized
from tests.launch.sandbox.visitor import APP, NOW, SCOPE, Visitor, s256


def basic(name, secret):
    """Return an Authorization header, unescaped."""
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()}


def refused(answer, error, status=400):
    """Check that a token answer is this refusal, in OAuth's JSON and kept by no cache."""
    assert (status, error) == (answer.status_code, answer.json["error"]), answer.json
    assert "no-store" == answer.headers["Cache-Control"]
    assert answer.json["error_description"]
    return True


def grant_of(visitor, answer):
    """Return what the access token of an answer may do."""
    return visitor.server.grant_of(f"Bearer {answer.json['access_token']}")


# -- authorize -------------------------------------------------------------------------------------------------


def test_a_right_launch_gives_a_code_without_a_screen(visitor):
    """The EHR user is signed in already: one redirect, with state echoed and the issuer named (RFC 9207)."""
    told = visitor.authorize()

    assert {"code", "state", "iss"} == told.keys()
    assert ("a-state", "http://localhost:8571/auth") == (told["state"], told["iss"])


def test_authorize_may_be_posted_and_answers_303(visitor):
    """authorize-post: the same by form; 303 so that the form is not sent on to the app (RFC 9700 §4.12)."""
    answer = visitor.http.post("/auth/authorize", data=visitor.request())

    assert 303 == answer.status_code
    assert "code=" in answer.location


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": "plain-verifier", "code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "p" * 43, "code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "too-short"}, "invalid_request"),
        ({"aud": "http://localhost:8571/fhir/"}, "invalid_request"),
        ({"aud": None}, "invalid_request"),
        ({"scope": None}, "invalid_request"),
        ({"scope": "launch patient/Observation.sr"}, "invalid_scope"),
        ({"scope": "launch system/*.rs"}, "invalid_scope"),
        ({"scope": "patient/Observation.rs"}, "invalid_scope"),
        ({"scope": "launch banana"}, None),
        ({"launch": None}, "invalid_request"),
        ({"launch": "not-ours"}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
    ],
)
def test_a_wrong_request_is_refused_by_redirect(visitor, changes, error):
    """Each SHALL of the authorization request on its own; the state comes back with the error."""
    told = visitor.authorize(**changes)

    assert error == told.get("error")
    assert "a-state" == told["state"]
    assert ("code" in told) == (error is None)


def test_a_request_without_state_is_refused(visitor):
    """Without state the app could not tie the answer to the user's session."""
    told = visitor.authorize(state=None)

    assert "invalid_request" == told["error"]
    assert "state" not in told


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uri": f"{APP}/callback/"},
        {"redirect_uri": f"{APP}/callback?more=1"},
        {"redirect_uri": "https://evil.example/callback"},
        {"redirect_uri": None},
        {"client_id": "nobody"},
        {"client_id": None},
    ],
)
def test_a_wrong_redirect_or_client_is_told_on_a_page(visitor, changes):
    """Nothing is ever sent to an address that is not exactly the registered one."""
    answer = visitor.http.get("/auth/authorize", query_string=visitor.request(**changes))

    assert 400 == answer.status_code
    assert "Location" not in answer.headers
    assert "Request refused" in answer.text


def test_a_repeated_parameter_is_refused(visitor):
    """RFC 6749 §3.1: request parameters are not included more than once."""
    twice = [*visitor.request().items(), ("scope", "launch")]
    answer = visitor.http.get("/auth/authorize", query_string=twice)

    assert ["invalid_request"] == parse_qs(urlsplit(answer.location).query)["error"]


def test_a_launch_value_counts_once(visitor):
    """A launch seen twice is a replay."""
    launch = visitor.launch()

    assert "code" in visitor.authorize(launch=launch)
    assert "invalid_request" == visitor.authorize(launch=launch)["error"]


def test_a_launch_value_is_for_one_app_and_ten_minutes(visitor):
    """Another app's launch, or an old one, opens nothing."""
    old = visitor.launch()
    others = visitor.launch(client_id="basic")
    visitor.clock.push(timedelta(minutes=10))

    assert "invalid_request" == visitor.authorize(launch=others)["error"]
    assert "invalid_request" == visitor.authorize(launch=old)["error"]


# -- code to token ---------------------------------------------------------------------------------------------


def test_a_code_becomes_tokens_with_their_context(visitor):
    """SMART 2.2 §token response: life, scope, patient, encounter, banner, style, fhirContext, intent, tenant."""
    launch = visitor.launch(
        encounter="enc-1", fhir_context=("ClaimResponse/cr-1",), intent="p2p", tenant="north", banner=False
    )
    answer = visitor.token(code=visitor.code(launch=launch))
    told = answer.json

    assert (200, "no-store") == (answer.status_code, answer.headers["Cache-Control"])
    assert ("Bearer", 600, SCOPE) == (told["token_type"], told["expires_in"], told["scope"])
    assert ("pat-1", "enc-1", "p2p", "north") == tuple(
        told[name] for name in ("patient", "encounter", "intent", "tenant")
    )
    assert told["need_patient_banner"] is False
    assert [{"reference": "ClaimResponse/cr-1", "type": "ClaimResponse"}] == told["fhirContext"]
    assert "http://localhost:8571/smart-style.json" == told["smart_style_url"]


def test_a_launch_without_patient_grants_no_patient_scope(visitor):
    """The worklist: no patient in the answer, and patient/ scopes, which would mean nothing, are not granted."""
    told = visitor.token(code=visitor.code(launch=visitor.launch(patient=None))).json

    assert "patient" not in told
    assert "launch openid fhirUser online_access user/Practitioner.r" == told["scope"]


def test_scopes_beyond_the_registration_are_not_granted(box):
    """Asking for more than the client is registered for gives the registered part only."""
    narrow = Visitor(box, client_id="narrow")
    told = narrow.token(code=narrow.code(), client_id="narrow").json

    assert "launch patient/Observation.r user/Practitioner.r" == told["scope"]
    assert "id_token" not in told
    assert "refresh_token" not in told


def test_a_replayed_code_is_refused_and_revokes_what_it_gave(visitor):
    """RFC 6749 §4.1.2: a code used twice has leaked; its tokens fall."""
    code = visitor.code()
    given = visitor.token(code=code)
    assert "pat-1" == grant_of(visitor, given).patient

    assert refused(visitor.token(code=code), "invalid_grant")
    with pytest.raises(Unauthorized, match="revoked"):
        grant_of(visitor, given)
    assert refused(visitor.refresh(given.json["refresh_token"]), "invalid_grant")


def test_a_code_expires_after_sixty_seconds(visitor):
    """59 seconds pass, 60 do not (SMART 2.2 recommends about a minute)."""
    early, late = visitor.code(), visitor.code()
    visitor.clock.push(timedelta(seconds=59))
    assert 200 == visitor.token(code=early).status_code

    visitor.clock.push(timedelta(seconds=1))
    assert refused(visitor.token(code=late), "invalid_grant")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": "another-verifier-that-is-long-enough-for-rfc-7636"}, "invalid_grant"),
        ({"code_verifier": None}, "invalid_request"),
        ({"code_verifier": s256("the challenge is not the verifier")}, "invalid_grant"),
        ({"redirect_uri": f"{APP}/callback/"}, "invalid_grant"),
        ({"redirect_uri": None}, "invalid_request"),
        ({"code": "not-ours"}, "invalid_grant"),
        ({"code": None}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": None}, "invalid_request"),
    ],
)
def test_a_wrong_exchange_is_refused(visitor, changes, error):
    """Each member of the exchange on its own."""
    assert refused(visitor.token(**changes), error)


def test_a_wrong_verifier_spends_the_code(visitor):
    """Nobody may try verifiers until one fits."""
    code = visitor.code()
    visitor.token(code=code, code_verifier="another-verifier-that-is-long-enough-for-rfc-7636")

    assert refused(visitor.token(code=code), "invalid_grant")


def test_a_code_of_another_client_is_refused_and_stays_good(box, visitor):
    """A stranger can neither use a code nor spend it."""
    code = visitor.code()

    assert refused(Visitor(box, client_id="narrow").token(code=code, client_id="narrow"), "invalid_grant")
    assert 200 == visitor.token(code=code).status_code


def test_the_token_endpoint_takes_a_form_only(visitor):
    """JSON, or parameters in the URL (which end in logs), are refused."""
    assert refused(visitor.http.post("/auth/token", json={"grant_type": "authorization_code"}), "invalid_request")
    assert refused(visitor.http.post("/auth/token?code=x", data={"grant_type": "refresh_token"}), "invalid_request")
    assert 405 == visitor.http.get("/auth/token").status_code


# -- who is asking ---------------------------------------------------------------------------------------------


def test_an_unknown_or_silent_client_is_refused(visitor):
    """A public client says who it is; 401 with a challenge otherwise."""
    answer = visitor.token(client_id=None)

    assert refused(answer, "invalid_client", 401)
    assert answer.headers["WWW-Authenticate"].startswith("Basic")
    assert refused(visitor.token(client_id="nobody"), "invalid_client", 401)


def test_a_secret_goes_into_the_header_as_it_is(box):
    """client_secret_basic, unescaped as SMART servers read it; the wrong one is refused."""
    app = Visitor(box, client_id="basic")

    assert 200 == app.token(headers=basic("basic", "a-secret:with colon")).status_code
    assert refused(app.token(headers=basic("basic", "another")), "invalid_client", 401)
    assert refused(app.token(headers={"Authorization": "Basic %%%"}), "invalid_client", 401)
    assert refused(app.token(headers=basic("nobody", "a-secret:with colon")), "invalid_client", 401)


@pytest.mark.parametrize("headers", [None, basic("basic", "a-secret:with colon")])
def test_a_secret_in_the_body_is_refused(box, headers):
    """client_secret_post is not offered, not even beside the right header."""
    app = Visitor(box, client_id="basic")
    answer = app.token(client_id="basic", client_secret="a-secret:with colon", headers=headers)

    assert refused(answer, "invalid_client", 401)
    assert "body" in answer.json["error_description"]


def test_a_confidential_client_cannot_come_as_a_public_one(box, signed):
    """A client is held to the way it is registered for."""
    assert refused(Visitor(box, client_id="basic").token(client_id="basic"), "invalid_client", 401)
    assert refused(signed.token(client_id="signed"), "invalid_client", 401)
    assert refused(signed.token(headers=basic("signed", "x")), "invalid_client", 401)


@pytest.mark.parametrize("alg", ["ES384", "RS384"])
def test_a_signed_assertion_of_both_obligatory_algorithms_is_taken(signed, alg):
    """SMART: clients and servers support RS384 and ES384."""
    assert 200 == signed.token(**signed.assertion(alg=alg)).status_code


def _seconds(ahead):
    return int((NOW + timedelta(seconds=ahead)).timestamp())


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"exp": _seconds(301)}, "more than 300 seconds"),
        ({"exp": _seconds(0)}, "expired"),
        ({"exp": None}, "no exp"),
        ({"exp": str(_seconds(200))}, "no exp"),
        ({"iss": "basic"}, "iss and sub"),
        ({"sub": "basic"}, "iss and sub"),
        ({"iss": "nobody", "sub": "nobody"}, "iss and sub"),
        ({"aud": "http://localhost:8571/fhir"}, "aud"),
        ({"aud": ["http://localhost:8571/auth/token"]}, "aud"),
        ({"aud": None}, "aud"),
        ({"jti": None}, "no jti"),
        ({"jti": ""}, "no jti"),
        ({"iat": _seconds(60)}, "iat is in the future"),
        ({"nbf": _seconds(60)}, "nbf is in the future"),
        ({"header": {"kid": "nobody"}}, "0 keys"),
        ({"header": {"kid": None}}, "no kid"),
        ({"header": {"kid": "rs"}}, "not of the algorithm's kind"),
        ({"header": {"typ": "at+jwt"}}, "typ"),
        ({"header": {"typ": None}}, "typ"),
        ({"header": {"jku": "https://evil.example/jwks.json"}}, "jku"),
        ({"alg": "RS256"}, "alg"),
    ],
)
def test_a_wrong_assertion_is_refused(signed, changes, reason):
    """Each SHALL of the assertion on its own, and for that reason (SMART 2.2, asymmetric authentication)."""
    answer = signed.token(**signed.assertion(**changes))

    assert refused(answer, "invalid_client", 401)
    assert reason in answer.json["error_description"]


def test_an_assertion_may_live_three_hundred_seconds(signed):
    """The limit itself is allowed."""
    assert 200 == signed.token(**signed.assertion(exp=_seconds(300))).status_code


def test_an_assertion_counts_once(signed):
    """A jti seen before is a replay, even with a fresh code."""
    once = signed.assertion()

    assert 200 == signed.token(**once).status_code
    assert refused(signed.token(**once), "invalid_client", 401)


def test_a_changed_assertion_does_not_verify(signed):
    """The signature covers the claims."""
    form = signed.assertion()
    head, _, signature = form["client_assertion"].split(".")
    other = signed.assertion()["client_assertion"].split(".")[1]
    form["client_assertion"] = f"{head}.{other}.{signature}"

    assert refused(signed.token(**form), "invalid_client", 401)


@pytest.mark.parametrize(
    "changes",
    [{"client_assertion_type": "urn:other"}, {"client_assertion": "not.a.jwt"}, {"client_assertion": None}],
)
def test_a_malformed_assertion_is_refused(signed, changes):
    """Type and form are checked before anything is fetched."""
    assert refused(signed.token(**(signed.assertion() | changes)), "invalid_client", 401)
    assert 0 == signed.keys.asked


def test_two_ways_to_authenticate_are_refused(signed):
    """RFC 6749 §2.3: not more than one per request."""
    assert refused(signed.token(headers=basic("signed", "x"), **signed.assertion()), "invalid_request")


def test_the_client_id_must_be_the_one_that_signed(signed):
    """A client_id beside an assertion names the same client."""
    assert refused(signed.token(client_id="public", **signed.assertion()), "invalid_client", 401)


def test_keys_are_kept_a_minute_and_fetched_again_for_a_new_kid(signed):
    """Rotation works without a restart, and a right kid does not cost a fetch each time."""
    signed.keys.published = ["rs"]
    for _ in range(2):
        assert 200 == signed.token(**signed.assertion(alg="RS384")).status_code
    assert 1 == signed.keys.asked

    signed.keys.published = ["rs", "es"]
    assert 200 == signed.token(**signed.assertion(alg="ES384")).status_code
    assert 2 == signed.keys.asked


@pytest.mark.parametrize("document", [{}, [], {"keys": {}}, {"keys": ["x"]}, {"keys": [{"kid": "es", "kty": "EC"}]}])
def test_an_unreadable_key_set_refuses_the_client(signed, document):
    """What the client publishes is its own; a broken set is its refusal, not our failure."""
    signed.keys.document = document

    assert refused(signed.token(**signed.assertion()), "invalid_client", 401)


@pytest.mark.parametrize(("private", "times", "reason"), [(True, 1, "private key"), (False, 2, "2 keys")])
def test_published_private_keys_and_doubles_are_refused(signed, private, times, reason):
    """A key whose private half is public proves nothing; two with one kid are ambiguous."""
    signed.keys.document = {"keys": times * [signed.keys.keys["es"].as_dict(private=private)]}
    answer = signed.token(**signed.assertion())

    assert refused(answer, "invalid_client", 401)
    assert reason in answer.json["error_description"]


# -- refresh, backend, inspection ------------------------------------------------------------------------------


def test_refresh_rotates_and_a_reused_token_ends_the_sign_in(visitor):
    """Each refresh token counts once; its reuse means that somebody else has it."""
    first = visitor.token().json["refresh_token"]
    second = visitor.refresh(first)
    assert (200, SCOPE) == (second.status_code, second.json["scope"])
    assert {first} != {second.json["refresh_token"]}

    assert refused(visitor.refresh(first), "invalid_grant")
    assert refused(visitor.refresh(second.json["refresh_token"]), "invalid_grant")
    with pytest.raises(Unauthorized, match="revoked"):
        grant_of(visitor, second)


def test_a_refresh_tells_the_context_no_second_time(visitor):
    """Many servers leave it out, so a client must have kept it."""
    told = visitor.refresh(visitor.token().json["refresh_token"]).json

    assert {"access_token", "token_type", "expires_in", "scope", "refresh_token"} == told.keys()


def test_a_refresh_may_narrow_but_never_widen(visitor):
    """scope is a subset of what was granted; the refused token stays good."""
    token = visitor.token().json["refresh_token"]

    assert refused(visitor.refresh(token, scope="user/*.cruds"), "invalid_scope")
    assert refused(visitor.refresh(token, scope="patient/Patient.rs"), "invalid_scope")
    assert "patient/Patient.r" == visitor.refresh(token, scope="patient/Patient.r").json["scope"]


def test_no_refresh_token_without_the_scope_for_it(visitor):
    """Only online_access or offline_access gives one."""
    assert "refresh_token" not in visitor.token(code=visitor.code(scope="launch patient/Patient.r")).json


def test_a_refresh_token_ends(visitor):
    """online_access lasts as long as a user's day, offline_access for months."""
    online = visitor.token().json["refresh_token"]
    offline = visitor.token(code=visitor.code(scope="launch offline_access patient/Patient.r")).json["refresh_token"]
    visitor.clock.push(timedelta(hours=12))

    assert refused(visitor.refresh(online), "invalid_grant")
    assert 200 == visitor.refresh(offline).status_code


def test_a_refresh_token_of_another_client_is_refused(box, visitor):
    """A stolen refresh token is of no use to another client."""
    token = visitor.token().json["refresh_token"]

    assert refused(visitor.refresh(token, client_id="narrow"), "invalid_grant")
    assert 200 == visitor.refresh(token).status_code


def test_an_access_token_ends_by_the_clock(visitor):
    """599 seconds are allowed, 600 are not."""
    given = visitor.token()
    visitor.clock.push(timedelta(seconds=599))
    assert "pat-1" == grant_of(visitor, given).patient

    visitor.clock.push(timedelta(seconds=1))
    with pytest.raises(Unauthorized, match="expired"):
        grant_of(visitor, given)


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer not-ours", "Basic x", "Bearer  "])
def test_no_token_is_no_grant(visitor, header):
    """Whoever brings nothing, or something else, is nobody."""
    with pytest.raises(Unauthorized):
        visitor.server.grant_of(header)


def test_a_backend_service_gets_a_short_token_for_the_system(backend):
    """client_credentials: system/ scopes, 300 seconds, no refresh token, no patient and no user."""
    form = {"grant_type": "client_credentials", "scope": "system/ClaimResponse.rs", "client_id": None}
    answer = backend.http.post("/auth/token", data=_filled(form) | backend.assertion())
    held = grant_of(backend, answer)

    assert {"access_token", "token_type", "expires_in", "scope"} == answer.json.keys()
    assert (300, "system/ClaimResponse.rs") == (answer.json["expires_in"], answer.json["scope"])
    assert (None, None, True) == (held.patient, held.user, held.system)
    assert held.allows("ClaimResponse", "s")
    assert held.compartment("ClaimResponse", "s") is None


def _filled(form):
    return {name: value for name, value in form.items() if value is not None}


@pytest.mark.parametrize(
    ("scope", "error"),
    [
        ("user/ClaimResponse.rs", "invalid_scope"),
        ("system/ClaimResponse.rs openid", "invalid_scope"),
        ("system/ClaimResponse.sr", "invalid_scope"),
        (None, "invalid_request"),
    ],
)
def test_a_backend_service_asks_for_system_scopes_only(backend, scope, error):
    """A token without a user speaks for no user and no patient."""
    form = _filled({"grant_type": "client_credentials", "scope": scope})

    assert refused(backend.http.post("/auth/token", data=form | backend.assertion()), error)


def test_an_app_for_users_is_no_backend_service(signed):
    """client_credentials needs its own registration."""
    form = {"grant_type": "client_credentials", "scope": "system/*.rs"}

    assert refused(signed.http.post("/auth/token", data=form | signed.assertion()), "unauthorized_client")


def test_introspection_tells_a_client_of_its_own_tokens_only(visitor):
    """RFC 7662: active, scope, context; another client learns nothing."""
    token = visitor.token().json["access_token"]
    own = visitor.http.post("/auth/introspect", data={"token": token, "client_id": "public"}).json
    others = visitor.http.post("/auth/introspect", data={"token": token, "client_id": "narrow"}).json

    assert (True, SCOPE, "pat-1") == (own["active"], own["scope"], own["patient"])
    assert own["exp"] == _seconds(600)
    assert {"active": False} == others


def test_revoking_a_refresh_token_ends_its_access_tokens(visitor):
    """RFC 7009 §2.1; an unknown token is no error; another client's is refused."""
    given = visitor.token()
    form = {"token": given.json["refresh_token"]}

    assert refused(visitor.http.post("/auth/revoke", data=form | {"client_id": "narrow"}), "unauthorized_client")
    assert 200 == visitor.http.post("/auth/revoke", data=form | {"client_id": "public"}).status_code
    with pytest.raises(Unauthorized, match="revoked"):
        grant_of(visitor, given)
    assert 200 == visitor.http.post("/auth/revoke", data={"token": "x", "client_id": "public"}).status_code


def _at_once(act, times=12):
    """Do the same at the same moment in many threads; return the answers' statuses, sorted."""
    gate = threading.Barrier(times)

    def go(_):
        gate.wait()
        return act()

    with ThreadPoolExecutor(times) as pool:
        return sorted(pool.map(go, range(times)))


def test_of_many_at_once_one_wins(visitor, signed):
    """Codes, refresh tokens, launch values and assertions count once also when everybody comes together."""
    code, launch, once = visitor.code(), visitor.launch(), signed.assertion()
    refresh = visitor.token().json["refresh_token"]
    codes = [signed.code() for _ in range(12)]
    alone = [200] + 11 * [400]

    assert alone == _at_once(lambda: visitor.token(code=code).status_code)
    assert alone == _at_once(lambda: visitor.refresh(refresh).status_code)
    assert 1 == _at_once(lambda: "code" in visitor.authorize(launch=launch)).count(True)
    assert [200] + 11 * [401] == _at_once(lambda: signed.token(code=codes.pop(), **once).status_code)


# -- identity and discovery ------------------------------------------------------------------------------------


def _identity(visitor, token):
    keys = KeySet.import_key_set(visitor.http.get("/auth/jwks.json").json)
    return jwt.decode(token, keys, algorithms=["RS256"])


def test_the_id_token_says_who_for_whom_and_answers_the_nonce(visitor):
    """RS256 by the published key; iss, aud, sub, nonce, times, and fhirUser as an absolute URL."""
    token = _identity(visitor, visitor.token().json["id_token"])

    assert "http://localhost:8571/auth" == token.claims["iss"]
    assert ("public", "spine", "a-nonce") == tuple(token.claims[name] for name in ("aud", "sub", "nonce"))
    assert (_seconds(0), _seconds(300)) == (token.claims["iat"], token.claims["exp"])
    assert token.claims["fhirUser"].startswith("http://localhost:8571/fhir/Practitioner/")
    assert {"RS256"} == {key["alg"] for key in visitor.http.get("/auth/jwks.json").json["keys"]}


def test_the_id_token_stays_true_when_the_sandbox_clock_is_pushed(visitor):
    """The app's clock is not pushed with it: an id_token by sandbox time would lie in its future."""
    visitor.clock.push(timedelta(days=1))

    assert _seconds(0) == _identity(visitor, visitor.token().json["id_token"]).claims["iat"]


def test_no_identity_is_given_that_was_not_asked_for(visitor):
    """openid gives the id_token, fhirUser the claim in it."""
    without = visitor.token(code=visitor.code(scope="launch fhirUser patient/Patient.r")).json
    anonymous = visitor.token(code=visitor.code(scope="launch openid patient/Patient.r", nonce=None)).json

    assert "id_token" not in without
    assert {"fhirUser", "nonce"}.isdisjoint(_identity(visitor, anonymous["id_token"]).claims)


def test_the_published_key_set_holds_no_private_member(visitor):
    """Whoever had `d` could sign as this EHR."""
    assert {"kty", "n", "e", "use", "alg", "kid"} == visitor.http.get("/auth/jwks.json").json["keys"][0].keys()


def test_discovery_names_only_what_is_served(visitor):
    """Every endpoint answers something other than 404, S256 is the only method, any page may read it."""
    answer = visitor.http.get("/fhir/.well-known/smart-configuration", headers={"Accept": "text/html"})
    told = answer.json

    assert ("application/json", "*") == (answer.mimetype, answer.headers["Access-Control-Allow-Origin"])
    assert ["S256"] == told["code_challenge_methods_supported"]
    assert {"launch-ehr", "authorize-post", "permission-v1", "permission-v2"} <= set(told["capabilities"])
    for name in [name for name in told if name.endswith("_endpoint") or name == "jwks_uri"]:
        assert 404 != visitor.http.get(urlsplit(told[name]).path).status_code, name
    openid = visitor.http.get(urlsplit(told["issuer"]).path + "/.well-known/openid-configuration").json
    assert (told["issuer"], ["RS256"]) == (openid["issuer"], openid["id_token_signing_alg_values_supported"])


def test_the_style_is_what_smart_allows(visitor):
    """smart_style_url names a JSON of colours and sizes."""
    style = visitor.http.get("/smart-style.json").json

    assert {"color_background", "color_text", "dim_font_size", "font_family_body"} <= style.keys()


@pytest.mark.parametrize(
    ("profile", "capability", "inspects", "rotates"),
    [("full", True, True, True), ("epic-like", False, False, True), ("oracle-like", True, True, False)],
)
def test_a_profile_says_and_does_the_same(make_box, profile, capability, inspects, rotates):
    """Epic offers neither online access nor introspection; Oracle never rotates a refresh token."""
    app = Visitor(make_box(profile=profile))
    told = app.http.get("/fhir/.well-known/smart-configuration").json
    given = app.token(code=app.code(scope="launch offline_access online_access patient/Patient.r")).json
    again = app.refresh(given["refresh_token"]).json

    assert capability == ("permission-online" in told["capabilities"])
    assert capability == ("online_access" in given["scope"])
    assert inspects == ("introspection_endpoint" in told)
    assert inspects == (
        404 != app.http.post("/auth/introspect", data={"token": "x", "client_id": "public"}).status_code
    )
    assert rotates == ("refresh_token" in again)
    assert rotates == (200 != app.refresh(given["refresh_token"]).status_code)


def test_oracle_refuses_wildcards(make_box):
    """Its registered apps name each type."""
    app = Visitor(make_box(profile="oracle-like"))

    assert "invalid_scope" == app.authorize(scope="launch patient/*.rs")["error"]


# -- outside the EHR -------------------------------------------------------------------------------------------


def _sign_in(visitor, *, answer="allow", **choice):
    """Open the sign-in page, send its form; return what the redirect tells."""
    page = visitor.http.get("/auth/authorize", query_string=visitor.request(launch=None, scope=choice.pop("scope")))
    value = page.text.split('name="request" value="')[1].split('"')[0]
    sent = visitor.http.post("/auth/sign-in", data={"request": value, "answer": answer} | choice)
    assert 303 == sent.status_code, sent.text
    told = {name: values[0] for name, values in parse_qs(urlsplit(sent.location).query).items()}
    return page, value, told


def test_outside_the_ehr_the_user_signs_in_and_picks_a_patient(visitor):
    """Standalone: one page, no script; patient in the answer, because launch/patient or patient/ was asked for."""
    scope = "launch/patient openid fhirUser patient/Patient.r"
    page, value, told = _sign_in(visitor, scope=scope, user="gastro", patient="pat-2")
    given = visitor.token(code=told["code"]).json

    assert "Family-pat-2" in page.text
    assert "<script" not in page.text
    assert ("pat-2", scope) == (given["patient"], given["scope"])
    assert "gastro" == _identity(visitor, given["id_token"]).claims["sub"]
    assert 400 == visitor.http.post("/auth/sign-in", data={"request": value, "answer": "allow"}).status_code


def test_outside_the_ehr_a_worklist_needs_no_patient(visitor):
    """user/ scopes alone: no picker, no patient."""
    page, _, told = _sign_in(visitor, scope="openid user/Practitioner.r", user="coordinator")

    assert 'name="patient"' not in page.text
    assert "patient" not in visitor.token(code=told["code"]).json


@pytest.mark.parametrize(
    "choice",
    [
        {"answer": "cancel", "user": "spine", "patient": "pat-1"},
        {"user": "nobody", "patient": "pat-1"},
        {"user": "spine", "patient": "nobody"},
        {"user": "spine"},
    ],
)
def test_a_user_who_declines_or_chooses_nobody_gives_no_code(visitor, choice):
    """access_denied goes back to the app with its state."""
    _, _, told = _sign_in(visitor, scope="launch/patient patient/Patient.r", **choice)

    assert ("access_denied", "a-state") == (told["error"], told["state"])
