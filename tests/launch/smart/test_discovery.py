"""What an EHR says of itself is checked before it is used, kept for a while, and asked again after a failure."""

import threading
from datetime import timedelta

import pytest

from app.edges.http import Limits, Transport
from app.settings import Issuer
from launch.smart.discovery import Discovery, read_server
from launch.smart.refusals import EhrSilent, NotTrusted
from tests.edges.wire import answer, bytes_then_close, wire
from tests.launch.smart.world import NOW

BASE = "https://ehr.example/tenant/fhir"
TOLD = {
    "issuer": "https://ehr.example/auth",
    "token_endpoint": "https://ehr.example/token",
    "authorization_endpoint": "https://ehr.example/authorize",
    "jwks_uri": "https://ehr.example/jwks",
    "code_challenge_methods_supported": ["S256"],
    "capabilities": ["launch-ehr", "permission-v2"],
}


def read(told, *, base=BASE, allow_loopback=False, **issuer):
    """Return the server that an EHR at `base` describes."""
    record = Issuer(slug="x", fhir_base=base, client_id="parley", auth="public", **issuer)
    return read_server(told, record, allow_loopback=allow_loopback)


def test_relative_endpoints_are_resolved_against_the_base():
    """SMART 2.2: relative URLs are resolved against the FHIR base, path included (X-10)."""
    server = read(TOLD | {"token_endpoint": "oauth/token", "authorization_endpoint": "/authorize"})

    assert f"{BASE}/oauth/token" == server.token_endpoint
    assert "https://ehr.example/authorize" == server.authorization_endpoint


ADDRESSES = {
    "https://elsewhere.example/token": False,
    "http://ehr.example/token": False,
    "//elsewhere.example/token": False,
    "https://ehr.example:8443/token": False,
    "https://ehr.example.evil.example/token": False,
    "https://user@ehr.example/token": False,
    "https://ehr.example@evil.example/token": False,
    "https://ehr.example/token#part": False,
    "https://ehr.example:port/token": False,
    "ftp://ehr.example/token": False,
    "javascript:alert(1)": False,
    "https://ehr.example:443/token": True,
    "https://EHR.example/token": True,
    "https://login.example/token": True,
    "https://login.example:8443/token": False,
    "https://other.example:8443/token": True,
    "https://other.example/token": False,
}


@pytest.mark.parametrize(("url", "taken"), ADDRESSES.items())
@pytest.mark.parametrize("name", ["token_endpoint", "authorization_endpoint", "jwks_uri", "revocation_endpoint"])
def test_endpoints_lie_on_the_ehrs_own_or_a_pinned_host(name, url, taken):
    """https, host and port: what a smart-configuration says elsewhere is refused, not followed (checklist 1)."""
    pinned = ("login.example", "other.example:8443")
    if taken:
        assert read(TOLD | {name: url}, pinned_hosts=pinned)
        return
    with pytest.raises(NotTrusted, match=name):
        read(TOLD | {name: url}, pinned_hosts=pinned)


@pytest.mark.parametrize(("allowed", "taken"), [(True, True), (False, False)])
def test_plain_http_is_for_loopback_in_development(allowed, taken):
    """PARLEY_ALLOW_LOOPBACK=1 lets http on this machine pass, and nothing else."""
    told = {"token_endpoint": "http://localhost:8571/token"}
    if taken:
        assert read(told, base="http://localhost:8571/fhir", allow_loopback=allowed)
        return
    with pytest.raises(NotTrusted):
        read(told, base="http://localhost:8571/fhir", allow_loopback=allowed)


@pytest.mark.parametrize("methods", [["plain"], "S256", ["s256"], {"S256": True}])
def test_a_sign_in_without_s256_is_refused(methods):
    """PKCE downgrade: a list without S256 is refused (checklist 5)."""
    with pytest.raises(NotTrusted, match="S256"):
        read(TOLD | {"code_challenge_methods_supported": methods})


@pytest.mark.parametrize("methods", [["S256"], ["plain", "S256"], [], None])
def test_an_absent_list_is_tolerated(methods):
    """One vendor's preview sends none; PKCE is used all the same."""
    assert read(TOLD | {"code_challenge_methods_supported": methods})


def test_a_token_endpoint_is_the_least():
    """Everything else may be missing; reading it raises nothing."""
    server = read({"token_endpoint": "https://ehr.example/token", "capabilities": "launch-ehr", "issuer": 7})

    assert (None, None, None, frozenset()) == (
        server.issuer,
        server.jwks_uri,
        server.authorization_endpoint,
        server.capabilities,
    )
    with pytest.raises(NotTrusted, match="token_endpoint"):
        read({})


class Ehr:
    """An issuer on the wire, and the discovery that asks it; `now` may be moved."""

    def __init__(self, base):
        self.now = NOW
        self.issuer = Issuer(slug="x", fhir_base=base, client_id="parley", auth="public")
        self.discovery = Discovery(
            Transport(allow_loopback=True, limits=Limits(total_seconds=2, read_seconds=1)),
            allow_loopback=True,
            clock=lambda: self.now,
        )

    def server(self):
        """Ask for the server."""
        return self.discovery.server_of(self.issuer)


def told_by(base):
    """Return a configuration with endpoints at `base`."""
    return {"token_endpoint": f"{base}/token", "jwks_uri": f"{base}/jwks", "issuer": base}


def test_a_configuration_is_asked_for_once_an_hour():
    """Kept an hour by issuer, then asked for again; `forget` asks at once."""
    with wire(answer(200, {})) as ehr:
        ehr.script[:] = [answer(200, told_by(ehr.base), kind="application/json")]
        asked = Ehr(ehr.base)
        for minutes in (0, 59, 1):
            asked.now += timedelta(minutes=minutes)
            asked.server()
        assert 2 == len(ehr.requests)
        asked.discovery.forget(asked.issuer)
        asked.server()

        assert 3 == len(ehr.requests)
        assert "/fhir/.well-known/smart-configuration" == ehr.requests[0].target


FAILURES = {
    "an outage": answer(503, {}),
    "a redirect": answer(302, None, Location="http://127.0.0.1:1/"),
    "a page": answer(200, raw=b"<title>Sign in</title>", kind="text/html"),
    "a list": answer(200, [1], kind="application/json"),
    "half an answer": bytes_then_close(
        b"HTTP/1.1 200 X\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"
    ),
    "nothing": bytes_then_close(b""),
    "not a number": answer(200, raw=b'{"a": NaN}', kind="application/json"),
}


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES.keys())
def test_a_failure_is_not_kept(failure):
    """Whatever goes wrong, the person is told so in a sentence, and the next launch asks again."""
    with wire(failure) as ehr:
        ehr.script.append(answer(200, told_by(ehr.base), kind="application/json"))
        asked = Ehr(ehr.base)
        with pytest.raises(EhrSilent, match="smart-configuration"):
            asked.server()

        assert asked.server().token_endpoint


def test_a_configuration_of_a_megabyte_is_none():
    """Size is bounded: 1 MB is a hundred times what the largest vendor sends."""
    with wire(answer(200, {"a": "b" * 1_000_001}, kind="application/json")) as ehr:
        with pytest.raises(NotTrusted, match="too large"):
            Ehr(ehr.base).server()


def test_keys_are_asked_for_anew_at_most_once_a_minute():
    """An unknown kid asks again; a flood of them does not (checklist 9)."""
    with wire(answer(200, {"keys": []}, kind="application/json")) as ehr:
        asked = Ehr(ehr.base)
        server = read_server(told_by(ehr.base), asked.issuer, allow_loopback=True)
        for _ in range(5):
            asked.discovery.keys_of(server, fresh=True)
        assert 1 == len(ehr.requests)
        asked.now += timedelta(minutes=1)
        asked.discovery.keys_of(server)
        assert 1 == len(ehr.requests)
        asked.discovery.keys_of(server, fresh=True)

        assert 2 == len(ehr.requests)


def test_what_the_fhir_server_offers_is_read_once_a_day():
    """The CapabilityStatement decides which scopes are asked; a launch waits for it once a day at most."""
    statement = {
        "resourceType": "CapabilityStatement",
        "rest": [{"mode": "server", "resource": [{"type": "Claim", "interaction": [{"code": "read"}]}]}],
    }
    with wire(answer(200, statement)) as ehr:
        asked = Ehr(ehr.base)
        assert asked.discovery.capability_of(asked.issuer).offers("Claim", "r")
        asked.now += timedelta(hours=23)
        asked.discovery.capability_of(asked.issuer)

        assert ["/fhir/metadata"] == [each.target for each in ehr.requests]


def test_a_silent_fhir_server_is_asked_again_after_five_minutes():
    """Launches in between do not wait for it, and leave no scope out."""
    with wire(answer(503, {})) as ehr:
        asked = Ehr(ehr.base)
        assert [None, None] == [asked.discovery.capability_of(asked.issuer) for _ in range(2)]
        assert 1 == len(ehr.requests)
        asked.now += timedelta(minutes=5)
        asked.discovery.capability_of(asked.issuer)

        assert 2 == len(ehr.requests)


def test_an_address_inside_the_network_is_not_asked():
    """Without the development flag, a registered name that leads to this machine is not connected to (SSRF)."""
    with wire(answer(200, {})) as ehr:
        discovery = Discovery(Transport(), allow_loopback=False, clock=lambda: NOW)
        issuer = Issuer(slug="x", fhir_base=ehr.base, client_id="parley", auth="public")
        with pytest.raises(NotTrusted):
            discovery.server_of(issuer)

        assert [] == ehr.requests


@pytest.mark.timeout(30)
def test_a_slow_ehr_is_given_up():
    """A launch does not hang: the whole exchange has an end, whether the EHR answers or not."""
    answered = threading.Event()
    with wire(lambda *_: answered.wait(60)) as ehr:
        with pytest.raises(EhrSilent):
            Ehr(ehr.base).server()
        assert not answered.is_set()
        answered.set()
