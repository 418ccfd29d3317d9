"""What must not succeed (reliability E15; smart.md §5.2 and §7), and what each attempt must leave untouched."""

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from urllib.parse import urlencode, urlsplit

import pytest
import structlog

from launch.sandbox.faults import Fault
from launch.smart import Smart
from launch.smart.keys import Box
from tests.edges.wire import answer as wire_answer
from tests.edges.wire import wire
from tests.launch.smart.world import bare_app, query_of

STRANGERS = {
    "another host": lambda base: "https://ehr.example/fhir",
    "user information": lambda base: base.replace("//", "//user@"),
    "another port": lambda base: "http://localhost:1/fhir",
    "a trailing dot": lambda base: base.replace("localhost", "localhost."),
    "upper case": lambda base: base.replace("localhost", "LOCALHOST"),
    "an escaped dot": lambda base: base.replace("localhost", "127%2e0.0.1"),
    "the other name of the host": lambda base: base.replace("localhost", "127.0.0.1"),
    "another scheme": lambda base: base.replace("http:", "https:"),
    "a longer path": lambda base: f"{base}/other",
    "two slashes": lambda base: f"{base}//",
    "a query": lambda base: f"{base}?x=1",
    "a space": lambda base: f" {base}",
    "nothing": lambda base: "",
}


@pytest.mark.parametrize("change", STRANGERS.values(), ids=STRANGERS.keys())
def test_an_unknown_issuer_is_asked_nothing(world, browser, change):
    """An iss that is not exactly a registered one is refused before any packet leaves us (X-11)."""
    iss = change(f"{world.ehr_base}/fhir")
    answer = browser.get("/launch", iss=iss, launch="x")

    assert 400 == answer.status_code
    assert "not registered" in answer.text
    assert [] == world.recorder.requests
    assert "Set-Cookie" not in answer.headers


def test_a_canary_as_issuer_hears_nothing(browser):
    """An attacker's server named as iss receives no connection (SSRF)."""
    with wire(wire_answer(200, {})) as canary:
        assert 400 == browser.get("/launch", iss=canary.base, launch="x").status_code
        assert 400 == browser.get("/standalone", iss=canary.base).status_code
        assert [] == canary.requests


def test_one_trailing_slash_is_the_same_issuer(world, browser):
    """Some EHRs send their base with a slash; aud is still the base as registered."""
    out = browser.set_out(iss=f"{world.ehr_base}/fhir/")

    assert f"{world.ehr_base}/fhir" == query_of(out.headers["Location"])["aud"]


@pytest.mark.parametrize("query", ["iss={iss}", "iss={iss}&launch=", "iss={iss}&launch=a&launch=b", "launch=a"])
def test_an_incomplete_or_doubled_launch_is_refused(world, browser, query):
    """A launch has one iss and one launch value; of two, none is taken."""
    answer = browser.get(f"/launch?{query.format(iss=f'{world.ehr_base}/fhir')}")

    assert 400 == answer.status_code
    assert [] == world.recorder.requests


def back_with(browser, **changes):
    """Go out and come back with changed parameters; None leaves one away. Return the answer."""
    url = browser.sign_in(browser.set_out().headers["Location"])
    told = {name: value for name, value in (query_of(url) | changes).items() if value is not None}
    return browser.come_back(f"{url.partition('?')[0]}?{urlencode(told)}")


@pytest.mark.parametrize("state", [None, "", "guessed", "A" * 43])
def test_an_answer_with_no_state_of_ours_is_refused(world, browser, state):
    """Missing, empty or guessed: nothing is exchanged (X-2)."""
    answer = back_with(browser, state=state)

    assert 400 == answer.status_code
    assert "used already or has expired" in answer.text
    assert [] == world.token_requests


def test_an_answer_cannot_be_replayed(world, browser):
    """The same callback again, as the back button does: no second exchange, no session, a page that says so."""
    url = browser.sign_in(browser.set_out().headers["Location"])
    first, second = browser.come_back(url), browser.come_back(url)

    assert [303, 400] == [first.status_code, second.status_code]
    assert "used already" in second.text
    assert 1 == len(world.token_requests)


def test_of_many_answers_with_one_state_one_is_used(world, browser):
    """Ten at once: the state is used up before the code is, whoever races."""
    url = browser.sign_in(browser.set_out().headers["Location"])
    cookies = [(each.key, each.value) for each in browser.http._cookies.values()]

    def come_back(_):
        other = world.app.test_client()
        for name, value in cookies:
            other.set_cookie(name, value, domain="127.0.0.1", path="/callback")
        parts = urlsplit(url)
        return other.get(f"{parts.path}?{parts.query}", base_url=world.app_base).status_code

    with ThreadPoolExecutor(10) as pool:
        statuses = sorted(pool.map(come_back, range(10)))

    assert [303, *[400] * 9] == statuses
    assert 1 == len(world.token_requests)


def test_a_launch_must_come_back_within_ten_minutes(world, browser):
    """An old answer is worth nothing (X-2), whatever the EHR thinks of its code."""
    url = browser.sign_in(browser.set_out().headers["Location"])
    world.pass_time(minutes=10)

    assert 400 == browser.come_back(url).status_code
    assert [] == world.token_requests


def test_a_launch_begun_under_a_lost_key_is_spent(world, browser):
    """The secret key was changed without a fallback while the user signed in: a new launch, not an error page."""
    url = browser.sign_in(browser.set_out().headers["Location"])
    world.smart.box = Box(("another-secret-of-more-than-32-characters",))

    assert 400 == browser.come_back(url).status_code
    assert [] == world.token_requests


def test_the_answer_of_another_browser_is_not_taken(world, browser):
    """Login CSRF: the attacker's own answer in the victim's browser. The code is not spent, and the page explains."""
    url = browser.sign_in(browser.set_out().headers["Location"])
    victim = world.browser()
    victim.set_out()
    refused = victim.come_back(url)

    assert 400 == refused.status_code
    assert [] == world.token_requests
    assert not any(
        each.startswith("__Secure-parley-") and "Path=/s/" in each for each in refused.headers.getlist("Set-Cookie")
    )
    assert 303 == browser.come_back(url).status_code


def test_where_cookies_are_blocked_the_page_says_so(world, browser):
    """No loop and no silent failure: what is the matter, and a window of its own as the way out."""
    url = browser.sign_in(browser.set_out(path="/launch/worklist").headers["Location"])
    answer = world.browser().come_back(url)

    assert 400 == answer.status_code
    assert "did not keep Parley&#39;s cookie" in answer.text
    assert 'target="_blank"' in answer.text
    assert "want=worklist" in answer.text


def test_the_cookie_of_another_launch_does_not_bind(world, browser):
    """Each launch has its own cookie; another one of the same browser will not do."""
    url = browser.sign_in(browser.set_out().headers["Location"])
    other = world.browser()
    other.set_out()
    (wrong,) = other.http._cookies.values()
    (right,) = browser.http._cookies.values()
    other.http.set_cookie(right.key, wrong.value, domain="127.0.0.1", path="/callback")

    assert 400 == other.come_back(url).status_code
    assert [] == world.token_requests


MIXED_UP = {"another server": "https://evil.example", "the FHIR base": "{ehr}/fhir", "nothing": None, "empty": ""}


@pytest.mark.parametrize("told", MIXED_UP.values(), ids=MIXED_UP.keys())
def test_the_answer_of_another_server_is_not_taken(world, browser, told):
    """Mix-up: `iss` is compared with the authorization server's issuer, and must be there when promised (RFC 9207)."""
    answer = back_with(browser, iss=told and told.format(ehr=world.ehr_base))

    assert 502 == answer.status_code
    assert "RFC 9207" in answer.text
    assert [] == world.token_requests


def test_a_server_that_does_not_name_itself_need_not(world, browser):
    """RFC 9207 is optional: where it is not promised, its absence is no attack."""
    world.change_configuration(lambda told: told.pop("authorization_response_iss_parameter_supported"))

    assert 303 == back_with(browser, iss=None).status_code


def test_the_code_of_another_launch_is_not_taken(world, browser):
    """A code injected from another session fails at the EHR, because its PKCE verifier is not ours."""
    other = query_of(browser.sign_in(browser.set_out(patient="pat-2").headers["Location"]))["code"]
    answer = back_with(browser, code=other)

    assert 403 == answer.status_code
    assert "invalid_grant" in answer.text


def test_an_answer_without_a_code_is_refused(world, browser):
    """Neither code nor error: a page, no exchange."""
    assert 400 == back_with(browser, code=None).status_code
    assert [] == world.token_requests


SAYS_NO = {
    "access_denied": "did not give Parley access",
    "invalid_scope": "refused a scope",
    "<script>": "refused the launch",
}


@pytest.mark.parametrize(("error", "said"), SAYS_NO.items())
def test_an_error_of_the_ehr_is_shown_as_text(world, browser, error, said):
    """The EHR's words are shown, escaped and short; nothing is exchanged (X-15)."""
    words = "<img src=x onerror=alert(1)>\x00\x1b Try again." + "a" * 1000
    answer = back_with(browser, code=None, error=error, error_description=words)

    assert 403 == answer.status_code
    assert said in answer.text
    assert "&lt;img src=x onerror=alert(1)&gt; Try again.aaa" in answer.text
    assert "<img" not in answer.text
    assert "<script>alert" not in answer.text
    assert "\x1b" not in answer.text
    assert "a" * 300 not in answer.text
    assert [] == world.token_requests


@pytest.mark.parametrize(
    ("uri", "shown"),
    [("{ehr}/why?tid=1", True), ("https://evil.example/", False), ("javascript:alert(1)", False), ("//x", False)],
)
def test_more_information_is_linked_at_the_ehr_only(world, browser, uri, shown):
    """error_uri (Oracle sends one) is a link only when it leads to the EHR."""
    uri = uri.format(ehr=world.ehr_base)
    answer = back_with(browser, code=None, error="access_denied", error_uri=uri)

    assert shown is ("More from the EHR" in answer.text)
    assert shown is (uri in answer.text)


def test_parameters_of_the_callback_lead_nowhere(browser):
    """No parameter chooses where the browser goes next (X-16)."""
    answer = back_with(browser, next="https://evil.example", redirect_uri="https://evil.example", target="//evil")

    assert 303 == answer.status_code
    assert "evil" not in answer.headers["Location"]
    assert answer.headers["Location"].startswith("/s/")


BAD_TOKENS = {
    "no token": lambda told: told.pop("access_token"),
    "an empty token": lambda told: told.update(access_token=""),
    "a token that is no text": lambda told: told.update(access_token=["a"]),
    "another type": lambda told: told.update(token_type="mac"),
    "no type": lambda told: told.pop("token_type"),
    "a patient that is a path": lambda told: told.update(patient="../Practitioner/x"),
    "a patient that is a parent": lambda told: told.update(patient=".."),
    "a patient that is a list": lambda told: told.update(patient=["pat-1"]),
    "a patient that is a URL": lambda told: told.update(patient="https://evil.example/Patient/1"),
    "an encounter that is no id": lambda told: told.update(encounter="a b"),
    "scopes that are no text": lambda told: told.update(scope=["openid"]),
    "a refresh token that is no text": lambda told: told.update(refresh_token={"a": 1}),
    "no identity": lambda told: told.pop("id_token"),
}


@pytest.mark.parametrize("change", BAD_TOKENS.values(), ids=BAD_TOKENS.keys())
def test_a_token_response_that_does_not_hold_opens_nothing(world, browser, change):
    """Each part of the answer that is used must be what SMART says it is."""
    world.change_token(change)
    answer = back_with(browser)

    assert 502 == answer.status_code
    assert "Nobody was signed in" in answer.text
    assert not any("Path=/s/" in each for each in answer.headers.getlist("Set-Cookie"))


BAD_ANSWERS = {
    "a page": (200, "text/html", b"<title>Sign in</title>", 502),
    "a list": (200, "application/json", b"[]", 502),
    "an outage": (503, "application/json", b'{"error": "temporarily_unavailable"}', 503),
    "a gateway's refusal": (429, "text/html", b"slow down", 503),
    "a refusal": (401, "application/json", b'{"error": "invalid_client", "error_description": "secret-words"}', 403),
    "a refusal of no known form": (400, "application/json", b'{"error": {"a": "<b>"}}', 403),
}


@pytest.mark.parametrize("status, kind, body, said".split(", "), BAD_ANSWERS.values(), ids=BAD_ANSWERS.keys())
def test_a_token_endpoint_that_misbehaves_opens_nothing(world, browser, status, kind, body, said):
    """A page in place of JSON, an outage, a refusal: a page of ours each, with our status and nobody signed in."""
    world.recorder.instead = lambda seen: (status, kind, body) if seen.path == "/auth/token" else None
    answer = back_with(browser)

    assert said == answer.status_code
    assert 1 == answer.text.count("<h1>")
    assert "secret-words" not in answer.text


def test_half_a_token_response_is_silence(new_world):
    """An answer that breaks off says nothing about whom to trust: the EHR did not answer, and may the next time."""
    world = new_world(sandbox={"control": True})
    world.sandbox.extensions["sandbox"].faults.add(Fault("truncate", "POST", "/auth/token"))

    assert 503 == back_with(world.browser()).status_code


def test_a_token_of_a_megabyte_is_not_read(world, browser):
    """Size is bounded before anything is parsed."""
    body = b'{"access_token": "' + b"a" * 1_000_000 + b'"}'
    world.recorder.instead = lambda seen: (200, "application/json", body) if seen.path == "/auth/token" else None
    answer = back_with(browser)

    assert 502 == answer.status_code
    assert "larger than Parley reads" in answer.text


def test_a_redirect_of_the_token_endpoint_is_not_followed(world, browser):
    """Code, verifier and assertion go to the token endpoint and nowhere else."""
    with wire(wire_answer(200, {})) as canary:
        real = world.recorder.app

        def redirecting(environ, start_response):
            if environ["PATH_INFO"] != "/auth/token":
                return real(environ, start_response)
            start_response("307 X", [("Location", canary.base), ("Content-Length", "0")])
            return [b""]

        world.recorder.app = redirecting
        assert 502 == back_with(browser).status_code
        assert [] == canary.requests


def test_nothing_secret_stands_in_the_database_in_clear(world, browser, database, database_path):
    """Token, refresh token, verifier, state, nonce, launch, binding and session secret: hashed or encrypted (F4)."""
    out = browser.set_out()
    asked = query_of(out.headers["Location"])
    (binding,) = browser.http._cookies.values()
    back = browser.come_back(browser.sign_in(out.headers["Location"]))
    session_id = back.headers["Location"].split("/")[2]
    form = world.token_requests[0].form
    token = world.smart.tokens.of_session(session_id, now=world.now)
    secrets = [asked[name] for name in ("state", "nonce", "launch")] + [form["code"], form["code_verifier"]]
    secrets += [binding.value, token, next(iter(browser.http._cookies.values())).value]
    database.close()
    files = b"".join(each.read_bytes() for each in database_path.parent.iterdir() if each.is_file())

    assert session_id.encode() in files
    assert [] == [each for each in secrets if each.encode() in files]


def test_nothing_secret_stands_in_logs_or_pages(world, browser, caplog):
    """A launch that succeeds and launches that fail log kinds and slugs; the pages hold no token (X-17)."""
    caplog.set_level(logging.DEBUG)
    with structlog.testing.capture_logs() as lines:
        landed = browser.launch()
        out = browser.set_out()
        back = browser.come_back(browser.sign_in(out.headers["Location"]))
        again = back_with(browser, state="guessed")
        denied = back_with(browser, error="access_denied", error_description="about Family-pat-1")
    asked = query_of(out.headers["Location"])
    token = world.smart.tokens.of_session(landed.id, now=world.now)
    written = repr(lines) + caplog.text
    secrets = [asked["state"], asked["launch"], asked["nonce"], landed.secret, landed.id, token, "pat-1", "Lindqvist"]

    assert ["launch opened", "launch opened", "launch refused", "launch refused"] == [each["event"] for each in lines]
    assert [] == [each for each in secrets if each in written]
    assert [] == [each for each in (back, again, denied) if token in each.text or asked["state"] in each.text]


@pytest.mark.parametrize("path", ["/launch", "/callback", "/standalone"])
def test_knocking_too_often_is_refused(world, database, path):
    """/launch, /callback and /standalone answer one address so often a minute (checklist 20)."""
    settings = replace(world.settings, launches_a_minute=3)
    smart = Smart(settings, database, world.smart.transport, clock=lambda: world.now)
    http = bare_app(smart).test_client()
    statuses = [http.get(path).status_code for _ in range(4)]

    assert 429 == statuses[3]
    assert 429 not in statuses[:3]
    assert 200 == http.get("/.well-known/jwks.json").status_code
