"""
One exchange: a request out, a whole answer back, within the limits, or a typed error. No policy, no retries.

source: shared rules of transport: connect 5 s, read 10 s, 20 s in all; 10 MB on the wire, 30 MB decoded; no redirects
"""

import json
import logging
import ssl
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import HTTPError

from app.edges.http.errors import CutShort, Down, NotFhir, TooLarge
from app.edges.http.wire import Gate, GatedAdapter, deadline

_CHUNK = 65_536
_DAY = 86_400.0
_MOST_VALUES = 700_000  # of one answer; ten million empty objects fit into 30 MB, and take 900 as Python's
logging.getLogger("urllib3").setLevel(logging.ERROR)  # its lines hold URLs, and URLs hold patients' ids


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds and bytes that one exchange may take; `tries` that one question may."""

    connect_seconds: float = 5.0
    read_seconds: float = 10.0
    total_seconds: float = 20.0
    wire_bytes: int = 10_000_000
    decoded_bytes: int = 30_000_000
    tries: int = 3


@dataclass(frozen=True, slots=True)
class Seen:
    """One exchange as it is counted: no path beyond the first word, no query, no PHI. `status` 0: no answer."""

    method: str
    kind: str
    status: int
    milliseconds: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `whole` False: the status line came, the body did not come to its end."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    whole: bool = True

    @property
    def is_json(self) -> bool:
        """Whether it says that it is JSON (FHIR's or plain)."""
        kind = self.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        return kind == "application/json" or kind.endswith("+json")

    @property
    def retry_after_seconds(self) -> float | None:
        """Seconds asked for, 0 to one day; a date is read against the answer's own Date; None when unreadable."""
        asked = self.headers.get("Retry-After", "").strip()
        if asked.removeprefix("-").isdecimal():
            return min(max(float(asked[:12]), 0.0), _DAY)
        try:
            until, at = parsedate_to_datetime(asked), parsedate_to_datetime(self.headers.get("Date", ""))
            return min(max((until - at).total_seconds(), 0.0), _DAY)
        except (TypeError, ValueError, OverflowError):  # the last: a year of twenty digits
            return None

    def json(self) -> dict[str, Any]:
        """Return the body as one JSON object. raises: CutShort, NotFhir, TooLarge."""
        if not self.whole:
            raise CutShort("The answer ended before it was whole.")
        if not self.is_json:
            raise NotFhir("The answer is a page, not data. The session at the EHR may have ended.")
        if sum(map(self.body.count, (b",", b"]", b"}"))) > _MOST_VALUES:
            raise TooLarge("The answer holds more than Parley reads.")
        try:
            read = json.loads(self.body, parse_constant=_refuse_constant)
        except (
            ValueError,
            RecursionError,
        ):  # bad UTF-8, huge numbers and NaN are ValueErrors; the text stays out of logs
            raise NotFhir("The answer could not be read.") from None
        if not isinstance(read, dict):
            raise NotFhir("The answer is not a resource.")
        return read


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


class Transport:
    """
    The process's connections. Thread-safe; nothing of one exchange (cookie, token) stays for the next.

    seen: called once per exchange, for counting. inside_hosts: hosts that may lie in a private network.
    """

    def __init__(
        self,
        *,
        allow_loopback: bool = False,
        inside_hosts: frozenset[str] = frozenset(),
        ca_bundle: str | None = None,
        limits: Limits | None = None,
        seen: Callable[[Seen], None] | None = None,
        pool_size: int = 16,
    ) -> None:
        self.limits = limits or Limits()
        self.allow_loopback = allow_loopback
        self._seen = seen
        self._session = requests.Session()
        self._session.trust_env = False  # or ~/.netrc would replace our Authorization, and proxies appear unasked
        self._session.verify = ca_bundle or True
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # one user's cookie is not another's
        gate = Gate(allow_loopback=allow_loopback, inside_hosts=inside_hosts)
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, GatedAdapter(gate, size=pool_size))

    def exchange(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None = None,
        ends_at: float | None = None,
        kind: str = "",
    ) -> Answer:
        """
        Send one request and return the answer, whatever its status.

        ends_at: monotonic seconds, when a series of tries has one deadline; else 20 s from now
        raises: Down (`sent` says whether it may have arrived), TooLarge, BlockedAddress
        """
        started = time.monotonic()
        latest = started + self.limits.total_seconds
        status = 0
        try:
            answer = self._exchange(method, url, headers, body, min(ends_at or latest, latest))
            status = answer.status
            return answer
        finally:
            if self._seen:
                self._seen(Seen(method, kind, status, (time.monotonic() - started) * 1000))

    def _exchange(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, ends_at: float
    ) -> Answer:
        limits = self.limits
        with deadline(ends_at, read_seconds=limits.read_seconds):
            try:
                response = self._session.request(
                    method,
                    url,
                    data=body,
                    headers={"Accept-Encoding": "gzip", **headers},
                    timeout=(limits.connect_seconds, limits.read_seconds),
                    allow_redirects=False,
                    stream=True,
                )
            except requests.exceptions.SSLError as problem:
                if _is_certificate(problem):
                    raise Down("The certificate of the server is not valid.", again=False) from _nameless(problem)
                # A connection that breaks after the request was sent is an SSLError too.
                raise Down("The secure connection broke.", sent=True) from _nameless(problem)
            except requests.exceptions.ConnectTimeout as problem:
                raise Down("The server cannot be reached.") from _nameless(problem)
            except requests.exceptions.ConnectionError as problem:
                raise Down("The server cannot be reached.", sent=_was_sent(problem)) from _nameless(problem)
            except (requests.exceptions.RequestException, HTTPError, OSError) as problem:
                raise Down("The server did not answer in time.", sent=True) from _nameless(problem)
            with response:
                return self._read(response)

    def _read(self, response: requests.Response) -> Answer:
        headers = CaseInsensitiveDict(response.headers)
        gzipped = headers.get("Content-Encoding", "").strip().lower() == "gzip"
        decoder = zlib.decompressobj(16 + zlib.MAX_WBITS) if gzipped else None
        parts: list[bytes] = []
        wire = decoded = 0
        try:
            while chunk := response.raw.read(_CHUNK, decode_content=False):
                wire += len(chunk)
                part = decoder.decompress(chunk, self.limits.decoded_bytes + 1 - decoded) if decoder else chunk
                decoded += len(part)
                if wire > self.limits.wire_bytes or decoded > self.limits.decoded_bytes:
                    raise TooLarge("The answer is larger than Parley reads.")
                parts.append(part)
        except (HTTPError, OSError, zlib.error):
            return Answer(response.status_code, headers, b"", whole=False)
        whole = decoder is None or decoder.eof or not wire
        return Answer(response.status_code, headers, b"".join(parts), whole=whole)


def _was_sent(problem: requests.exceptions.ConnectionError) -> bool:
    """Whether a request may have arrived: not when no connection ever stood."""
    reason = getattr(problem.args[0] if problem.args else None, "reason", None)
    return type(reason).__name__ not in ("NewConnectionError", "NameResolutionError", "ConnectTimeoutError")


def _is_certificate(problem: BaseException | None) -> bool:
    """Whether a TLS failure is about the certificate: then nothing was sent."""
    while problem is not None and not isinstance(problem, ssl.SSLCertVerificationError):
        problem = problem.__cause__ or problem.__context__
    return problem is not None


def _nameless(problem: Exception) -> Exception:
    """Return the kind of a problem without its words: they hold the URL, and so may hold PHI."""
    return ConnectionError(type(problem).__name__)
