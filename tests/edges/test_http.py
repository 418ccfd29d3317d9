"""What the transport promises, tried over real sockets against a server that misbehaves."""

import gzip
import json
import ssl
import threading
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from app.core.effects import SignInNeeded, WriteUnknown
from app.edges.http import (
    BlockedAddress,
    Busy,
    Conflict,
    Counterpart,
    CutShort,
    Down,
    Limits,
    NotAuthorised,
    NotFhir,
    NotFound,
    OutsideBase,
    Rejected,
    Seen,
    TooLarge,
    Transport,
    Unsupported,
)
from app.edges.http.wire import Gate
from app.errors import Misconfigured, ParleyError
from tests.edges.wire import answer, bytes_then_close, drip, wire

PATIENT = {"resourceType": "Patient", "id": "p1"}
NOTE = {"resourceType": "Communication", "status": "completed"}
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\n"


def counterpart(base, *, waits=None, limits=None, seen=None, token=lambda _: "t-1", **more):
    transport = Transport(allow_loopback=True, limits=limits, seen=seen)
    return Counterpart(base, transport, token=token, sleep=(waits if waits is not None else []).append, **more)


def test_a_read_returns_the_resource_and_carries_the_bearer():
    """The token travels as a bearer, and FHIR JSON is asked for."""
    with wire(answer(200, PATIENT)) as server:
        read = counterpart(server.base).get("Patient/p1")

    assert read == PATIENT
    assert server.requests[0].headers["authorization"] == "Bearer t-1"
    assert server.requests[0].headers["accept"] == "application/fhir+json"


def test_parameters_are_encoded_whole():
    """Bars, slashes and colons in a token system are percent-encoded: a proxy may collapse // in a query."""
    with wire(answer(200, PATIENT)) as server:
        counterpart(server.base).get("Claim", [("identifier", "http://x.example/y|a b")])

    assert server.requests[0].target == "/fhir/Claim?identifier=http%3A%2F%2Fx.example%2Fy%7Ca%20b"


@pytest.mark.parametrize(
    "url",
    [
        "https://elsewhere.example/fhir/Patient/1",
        "http://127.0.0.1:1/fhir/Patient/1",
        "{origin}/other/Patient/1",
        "{origin}/fhirx/Patient/1",
        "{base}/../other",
        "{base}/%2e%2e/other",
        "//elsewhere.example/fhir",
        "urn:uuid:0000",
        "http://user@{host}/fhir/Patient/1",
        "{base}/..\\other",
    ],
)
def test_the_bearer_never_leaves_the_base(url):
    """A link outside the registered base is refused before a byte leaves (SMART: token leak by absolute URL)."""
    with wire(answer(200, PATIENT)) as server:
        host = server.base.removeprefix("http://").removesuffix("/fhir")
        url = url.format(origin=f"http://{host}", base=server.base, host=host)
        with pytest.raises(OutsideBase):
            counterpart(server.base).get(url)

    assert server.requests == []


def test_an_absolute_url_inside_the_base_is_followed():
    """Next links are absolute, and written with or without the default port."""
    spoken = Counterpart("https://ehr.example/fhir", Transport())

    assert spoken.url_of("https://ehr.example:443/fhir?page=2") == "https://ehr.example:443/fhir?page=2"


def test_redirects_are_not_followed():
    """A redirect to a login page is told as such; nothing is sent there."""
    with wire(answer(302, Location="http://127.0.0.1:1/login")) as server:
        with pytest.raises(NotFhir):
            counterpart(server.base).get("Patient/p1")

    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "base", ["http://ehr.example/fhir", "ftp://ehr.example", "ehr.example", "https://u@ehr.example/"]
)
def test_a_base_that_is_not_https_is_refused(base):
    """Only loopback may be plain, and only where that was allowed."""
    with pytest.raises(Misconfigured):
        Counterpart(base, Transport())


@pytest.mark.parametrize(
    "name", ["127.0.0.1", "localhost", "[::1]", "169.254.169.254", "10.0.0.8", "0.0.0.0", "[::ffff:10.0.0.8]"]
)
def test_private_addresses_are_not_connected_to(name):
    """A host that leads inside the network is refused before anything is sent (SSRF)."""
    with pytest.raises(BlockedAddress):
        Counterpart(f"https://{name}/fhir", Transport()).get("Patient/p1")


def test_an_inside_host_must_be_named():
    """A hospital's own server may lie in a private network when it is named; loopback and link-local never by that."""
    gate = Gate(allow_loopback=False, inside_hosts=frozenset({"fhir.hospital.example"}))

    gate.check("FHIR.hospital.example", "10.0.0.8")
    for host, address in [
        ("other.example", "10.0.0.8"),
        ("fhir.hospital.example", "169.254.169.254"),
        ("fhir.hospital.example", "127.0.0.1"),
        ("fhir.hospital.example", "0.0.0.0"),
    ]:
        with pytest.raises(BlockedAddress):
            gate.check(host, address)


@pytest.mark.parametrize(
    "address",
    (
        "127.0.0.1 ::1 ::ffff:127.0.0.1 ::127.0.0.1 64:ff9b::7f00:1 64:ff9b:1::7f00:1 2002:7f00:1:: ::ffff:0:a9fe:a9fe"
        " 10.0.0.1 100.64.0.1 169.254.169.254 192.0.0.8 198.18.0.1 0.0.0.0 :: fe80::1 fe80::1%eth0 fec0::1 fd00::1"
        " 224.0.0.1 ff02::1 2001:db8::1"
    ).split(),
)
def test_no_spelling_of_an_inside_address_is_public(address):
    """An address of IPv6 that a translator turns into one of the inside is one of the inside."""
    with pytest.raises(BlockedAddress):
        Gate(allow_loopback=False, inside_hosts=frozenset()).check("calendar.example", address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808", "2002:808:808::"])
def test_public_addresses_are_open(address):
    """Translated addresses of the outside are the outside."""
    Gate(allow_loopback=False, inside_hosts=frozenset()).check("calendar.example", address)


@pytest.mark.parametrize(
    "status, kind",
    [
        (400, Rejected),
        (401, SignInNeeded),
        (403, NotAuthorised),
        (404, NotFound),
        (405, Unsupported),
        (409, Conflict),
        (410, NotFound),
        (412, Conflict),
        (422, Rejected),
        (406, Rejected),
    ],
)
def test_a_refusal_is_named_and_not_asked_again(status, kind):
    """A refusal that will not change is raised by name after one request."""
    with wire(answer(status)) as server:
        with pytest.raises(kind):
            counterpart(server.base).get("Patient/p1")

    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_read_is_tried_three_times(status):
    """What may pass is asked again, three times in all, with jitter between."""
    waits = []
    with wire(answer(status)) as server:
        with pytest.raises(Down):
            counterpart(server.base, waits=waits).get("Patient/p1")

    assert len(server.requests) == 3
    assert len(waits) == 2 and all(0 <= wait <= 1 for wait in waits)


def test_a_read_that_recovers_is_returned():
    """One bad answer costs nothing but time."""
    with wire(answer(503), answer(200, PATIENT)) as server:
        assert counterpart(server.base).get("Patient/p1") == PATIENT


@pytest.mark.parametrize(
    "asked, waited",
    [("1", [1.0, 1.0]), ("-5", [0.0, 0.0]), ("9999999", []), ("60", [])],
)
def test_retry_after_is_obeyed_as_far_as_a_request_may_wait(asked, waited):
    """A short wait is slept; a long one is handed to the outbox, never slept (urllib3 would sleep six hours)."""
    waits = []
    with wire(answer(429, Retry_After=asked)) as server:
        with pytest.raises(Busy) as caught:
            counterpart(server.base, waits=waits).get("Patient/p1")

    assert waits == waited
    assert caught.value.retry_after_seconds == min(max(float(asked), 0), 86_400)


def test_retry_after_as_a_date_is_read_against_the_answers_own_date():
    """The machine's clock may be wrong; the server's two dates agree with each other."""
    dated = answer(503, Retry_After="Wed, 21 Oct 2026 07:28:30 GMT", Date="Wed, 21 Oct 2026 07:28:00 GMT")
    with wire(dated) as server, pytest.raises(Down) as caught:
        counterpart(server.base).get("Patient/p1")

    assert caught.value.retry_after_seconds == 30


@pytest.mark.parametrize(
    "asked",
    ["soon", "--5", "1.5e3", "", "Mon, 02 Mar 99999999999999999999 15:00:00 GMT", "Mon, 99 Foo 2026", "٣x", "-"],
)
def test_a_retry_after_that_nobody_can_read_is_none(asked):
    """Nonsense in a header is no fault of ours: the write waits its usual pause, and is never thought to be lost."""
    with wire(answer(429, Retry_After=asked)) as server, pytest.raises(Busy) as caught:
        counterpart(server.base).get("Patient/p1")

    assert caught.value.retry_after_seconds is None


def test_a_dead_port_is_down_and_not_sent():
    """A connection that never stood carried nothing, so a write may safely be tried again."""
    with wire(answer()) as server:
        base = server.base
    limits = Limits(connect_seconds=0.5, tries=1)

    with pytest.raises(Down) as caught:
        counterpart(base, limits=limits).write("POST", "Communication", NOTE)
    assert caught.value.sent is False


@pytest.mark.parametrize(
    "act",
    [
        bytes_then_close(b"", reset=True),
        bytes_then_close(b"HTTP/1.1 20", reset=True),
        bytes_then_close(b""),
        answer(500),
        answer(502, raw=b"<html>", kind="text/html"),
        answer(503),
        answer(504),
        answer(200, raw=b"<html>Sign in</html>", kind="text/html"),
        answer(302, Location="/login"),
    ],
    ids=["reset", "reset in headers", "closed", "500", "502 html", "503", "504", "login page", "redirect"],
)
def test_a_write_without_a_clear_answer_is_unknown_and_sent_once(act):
    """A POST is never sent again blindly: it may have been done."""
    with wire(act) as server:
        with pytest.raises(WriteUnknown):
            counterpart(server.base).write("POST", "Communication", NOTE)

    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "status, kind",
    [(400, Rejected), (403, NotAuthorised), (409, Conflict), (412, Conflict), (422, Rejected), (429, Busy)],
)
def test_a_refused_write_is_known_to_be_refused(status, kind):
    """A refusal is an answer: nothing was written, nothing needs looking up."""
    with wire(answer(status)) as server, pytest.raises(kind):
        counterpart(server.base).write("POST", "Communication", NOTE)

    assert len(server.requests) == 1


def test_a_created_answer_may_come_without_a_body_or_with_half_of_one():
    """201 is an answer even when its body is empty (Oracle) or lost; the id is in Location."""
    half = b'HTTP/1.1 201 X\r\nLocation: Communication/7\r\nContent-Length: 99\r\n\r\n{"res'
    with wire(answer(201, Location="Communication/6"), bytes_then_close(half)) as server:
        spoken = counterpart(server.base)
        empty, cut = (spoken.write("POST", "Communication", NOTE) for _ in range(2))

    assert (empty.status, empty.headers["location"], empty.whole) == (201, "Communication/6", True)
    assert (cut.status, cut.headers["location"], cut.whole) == (201, "Communication/7", False)


@pytest.mark.parametrize(
    "content",
    [
        HEAD + b'Content-Length: 99\r\n\r\n{"resourceType"',
        HEAD + b'Transfer-Encoding: chunked\r\n\r\n10\r\n{"resourceType":\r\n',
        HEAD + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(json.dumps(PATIENT).encode())[:-12],
    ],
    ids=["length", "chunked", "gzip"],
)
def test_an_answer_cut_short_is_never_taken_for_whole(content):
    """Truncation is noticed in every framing and asked again."""
    with wire(bytes_then_close(content)) as server:
        with pytest.raises(CutShort):
            counterpart(server.base).get("Patient/p1")

    assert len(server.requests) == 3


def test_an_answer_without_length_that_ends_early_is_not_a_resource():
    """Without any framing only the JSON can tell."""
    with wire(bytes_then_close(HEAD + b'Connection: close\r\n\r\n{"resourceType": "Pat')) as server:
        with pytest.raises(NotFhir):
            counterpart(server.base).get("Patient/p1")


@pytest.mark.parametrize(
    "act",
    [
        answer(200, raw=b"<html>Sign in</html>", kind="text/html"),
        answer(200, raw=b"<Patient/>", kind="application/fhir+xml"),
        answer(200),
        answer(204),
        answer(200, [PATIENT]),
        answer(200, raw=b'{"a": NaN}'),
        answer(200, raw=b'{"a": ' + b"9" * 5000 + b"}"),
        answer(200, raw=b"[" * 200_000),
        answer(200, raw=b'{"a": "\xff"}'),
    ],
    ids=["html", "xml", "empty", "204", "array", "nan", "5000 digits", "deep", "not utf-8"],
)
def test_what_is_not_fhir_is_refused_by_name(act):
    """Wrong types and unreadable JSON are one typed error, never a traceback of the parser's."""
    with wire(act) as server, pytest.raises(NotFhir):
        counterpart(server.base).get("Patient/p1")


def test_an_answer_larger_than_we_read_is_refused():
    """60 MB of Bundle and a gzip bomb both stop at the limit."""
    limits = Limits(wire_bytes=100_000, decoded_bytes=300_000)
    bomb = answer(200, raw=gzip.compress(b" " * 50_000_000), Content_Encoding="gzip")
    with wire(answer(200, raw=b" " * 200_000), bomb) as server:
        for _ in range(2):
            with pytest.raises(TooLarge):
                counterpart(server.base, limits=limits).get("Patient/p1")


@pytest.mark.parametrize("status", [200, 422])
def test_an_answer_of_a_million_values_is_refused(status):
    """Ten million empty objects fit into the 30 MB that we read, and would take 900 as objects; errors tell nothing."""
    bomb = answer(status, raw=gzip.compress(b'{"x":[' + b"{}," * 1_000_000 + b"{}]}"), Content_Encoding="gzip")
    with wire(bomb) as server, pytest.raises(TooLarge if status == 200 else Rejected):
        counterpart(server.base, explain=lambda body: ("", None)).get("Patient/p1")


def test_a_gzipped_answer_is_read():
    """Compression is asked for and undone."""
    with wire(answer(200, raw=gzip.compress(json.dumps(PATIENT).encode()), Content_Encoding="gzip")) as server:
        assert counterpart(server.base).get("Patient/p1") == PATIENT


@pytest.mark.timeout(20)  # the answer has no end, so that returning at all is what is asked
@pytest.mark.parametrize(
    "head", [b"HTTP/1.1 200 OK\r\nX-Slow: ", HEAD + b"Content-Length: 999999\r\n\r\n"], ids=["headers", "body"]
)
def test_a_dripping_answer_is_cut_at_the_total(head):
    """A byte now and then keeps requests' own timeouts happy for ever; ours counts the whole exchange."""
    stop = threading.Event()
    limits = Limits(read_seconds=0.4, total_seconds=0.8)
    with wire(drip(head, every=0.05, stop=stop)) as server:
        with pytest.raises((Down, CutShort)):
            counterpart(server.base, limits=limits).get("Patient/p1")
        assert not stop.is_set()
        stop.set()


@pytest.mark.timeout(20)
def test_a_silent_server_is_left_after_the_read_time():
    """Silence ends after read_seconds, and the tries together after total_seconds."""
    stop = threading.Event()
    with wire(lambda *_: stop.wait(60)) as server:
        with pytest.raises(Down):
            counterpart(server.base, limits=Limits(read_seconds=0.2, total_seconds=0.7)).get("Patient/p1")
        assert not stop.is_set()
        stop.set()


def test_an_expired_token_is_renewed_once():
    """401 with a token that has been renewed meanwhile is one more request; with the same token it is the end."""
    tokens = iter(["old", "new"])
    with wire(answer(401), answer(200, PATIENT)) as server:
        assert counterpart(server.base, token=lambda _: next(tokens)).get("Patient/p1") == PATIENT

    assert [each.headers["authorization"] for each in server.requests] == ["Bearer old", "Bearer new"]


def test_cookies_of_one_exchange_are_not_sent_with_the_next():
    """One user's load-balancer or session cookie never travels with another's token."""
    with wire(answer(200, PATIENT, Set_Cookie="sid=1; Path=/")) as server:
        spoken = counterpart(server.base)
        spoken.get("Patient/p1")
        spoken.get("Patient/p1")

    assert all("cookie" not in each.headers for each in server.requests)


def test_exchanges_are_counted_without_their_content(monkeypatch):
    """The count knows method, first word, status and time; not the id, the query or the host."""
    counted: list[Seen] = []
    with wire(answer(200, PATIENT)) as server:
        counterpart(server.base, seen=counted.append).get("Patient/p1", [("name", "secret")])

    assert [(each.method, each.kind, each.status) for each in counted] == [("GET", "Patient", 200)]


def test_connections_are_kept_alive():
    """Two reads travel over one connection."""
    ports = []
    with wire(lambda sock, request: (ports.append(sock.getpeername()), answer(200, PATIENT)(sock, request))) as server:
        spoken = counterpart(server.base)
        spoken.get("Patient/p1")
        spoken.get("Patient/p1")

    assert len(ports) == 2 and len(set(ports)) == 1


def test_no_error_and_no_log_line_tells_url_token_or_body(caplog):
    """Whatever goes wrong, words, causes and log lines hold no PHI, even when everything is logged."""
    caplog.set_level("DEBUG")
    acts = [
        answer(422, {"secret": "Jane"}),
        answer(500, {"secret": "Jane"}),
        bytes_then_close(b"HTTP/1.1 20", reset=True),
    ]
    for act in acts:
        with wire(act) as server, pytest.raises(ParleyError) as caught:
            counterpart(server.base, token=lambda _: "hush").get("Patient/p1", [("name", "Jane")])
        told = f"{caught.value!r} {caught.value.say} {caught.value.next} {caught.value.__cause__!r}"
        assert not any(word in told + caplog.text for word in ("Jane", "hush", "p1", "127.0.0.1"))


@pytest.fixture(scope="module")
def own_certificate(tmp_path_factory):
    """A certificate for 127.0.0.1 that no authority signed: (server's context, its file)."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "server.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(private + certificate.public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context, str(file)


def test_a_certificate_nobody_signed_is_refused_at_once(own_certificate):
    """The certificate is never skipped, and asking again does not help (A3)."""
    context, _ = own_certificate
    with wire(answer(200, PATIENT), tls=context) as server:
        with pytest.raises(Down, match="certificate") as caught:
            counterpart(server.base).write("POST", "Communication", NOTE)

    assert (False, False, []) == (caught.value.again, caught.value.sent, server.requests)


@pytest.mark.timeout(20)
def test_a_hospitals_own_authority_can_be_trusted(own_certificate):
    """With the site's CA bundle the same server is read, and the deadline holds over TLS too."""
    context, file = own_certificate
    stop = threading.Event()
    transport = Transport(allow_loopback=True, ca_bundle=file, limits=Limits(read_seconds=0.3, total_seconds=0.6))
    with wire(answer(200, PATIENT), drip(HEAD, every=0.05, stop=stop), tls=context) as server:
        spoken = Counterpart(server.base, transport, sleep=lambda _: None)
        assert PATIENT == spoken.get("Patient/p1")
        with pytest.raises((Down, CutShort)):
            spoken.get("Patient/p1")
        assert not stop.is_set()
        stop.set()


@pytest.mark.parametrize("act", [bytes_then_close(b""), bytes_then_close(b"", reset=True)], ids=["closed", "reset"])
def test_a_write_whose_tls_connection_breaks_is_unknown(own_certificate, act):
    """A break after sending looks like any TLS failure to requests; it is not "never sent"."""
    context, file = own_certificate
    transport = Transport(allow_loopback=True, ca_bundle=file)
    with wire(act, tls=context) as server:
        with pytest.raises(WriteUnknown):
            Counterpart(server.base, transport).write("POST", "Communication", NOTE)

    assert 1 == len(server.requests)
