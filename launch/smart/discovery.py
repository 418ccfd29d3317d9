"""What an EHR says of its sign-in (.well-known/smart-configuration), its keys, its FHIR server; each kept a while."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import urljoin

from app.edges.fhir.capability import Capability, read_capability
from app.edges.http import Transport
from app.errors import ParleyError, Permanent, Temporary
from app.settings import Issuer
from launch.smart.carrier import LARGEST_BYTES
from launch.smart.hosts import Party, distrust
from launch.smart.refusals import EhrSilent, NotTrusted

KEPT = timedelta(hours=1)
CAPABILITY_KEPT = timedelta(hours=24)
CAPABILITY_SILENT = timedelta(minutes=5)
FRESH_KEYS_AFTER = timedelta(minutes=1)  # a flood of unknown kids must not become a flood of requests
SECONDS = 8.0
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SmartServer:
    """The authorization server of an EHR or a payer. All URLs absolute and on trusted hosts."""

    token_endpoint: str
    authorization_endpoint: str | None = None
    issuer: str | None = None
    jwks_uri: str | None = None
    revocation_endpoint: str | None = None
    capabilities: frozenset[str] = frozenset()
    scopes_supported: frozenset[str] = frozenset()
    names_itself: bool = False  # sends `iss` with every authorization response (RFC 9207)

    @property
    def has_v2_scopes(self) -> bool:
        """Whether scopes are asked in SMART v2 form."""
        return "permission-v2" in self.capabilities

    @property
    def has_online_access(self) -> bool:
        """Whether online_access may be asked."""
        return "permission-online" in self.capabilities or "online_access" in self.scopes_supported


class Discovery:
    """What was asked of each EHR; thread-safe. Failures are not kept, so the next launch asks again."""

    def __init__(self, transport: Transport, *, allow_loopback: bool, clock: Callable[[], datetime]) -> None:
        self._transport, self._allow_loopback, self._clock = transport, allow_loopback, clock
        self._kept: dict[tuple[str, str], tuple[datetime, Any]] = {}
        self._lock = threading.Lock()

    def server_of(self, party: Party) -> SmartServer:
        """Return the authorization server of an EHR or a payer; raises EhrSilent, NotTrusted."""
        return self._once("server", party.slug, KEPT, lambda: self._read_server(party))

    def forget(self, party: Party) -> None:
        """Ask again next time: what it said did not work."""
        with self._lock:
            self._kept.pop(("server", party.slug), None)

    def keys_of(self, server: SmartServer, *, fresh: bool = False) -> dict[str, Any]:
        """Return the server's JWKS; `fresh` asks again for a kid that is not there, at most once a minute."""
        if server.jwks_uri is None:
            raise NotTrusted("The EHR names no keys to check who signed in.")
        url = server.jwks_uri
        life = FRESH_KEYS_AFTER if fresh else KEPT
        return self._once("keys", url, life, lambda: self._get(url, whose="The EHR", what="keys"))

    def capability_of(self, issuer: Issuer) -> Capability | None:
        """Return what the FHIR server offers; None while that cannot be read: then no scope is left out."""
        return self._once(
            "capability", issuer.slug, CAPABILITY_KEPT, lambda: self._read_capability(issuer), silent=CAPABILITY_SILENT
        )

    def _once(
        self, kind: str, name: str, life: timedelta, read: Callable[[], T], *, silent: timedelta = timedelta()
    ) -> T:
        """Return what is kept and younger than `life` (a None: than `silent`), else read it and keep it."""
        now = self._clock()
        with self._lock:
            kept = self._kept.get((kind, name))
        if kept and timedelta() <= now - kept[0] < (silent if kept[1] is None else life):
            return kept[1]
        value = read()
        with self._lock:
            self._kept[(kind, name)] = (now, value)
        return value

    def _read_server(self, party: Party) -> SmartServer:
        url = f"{party.fhir_base}/.well-known/smart-configuration"
        told = self._get(url, whose=party.who, what="smart-configuration")
        return read_server(told, party, allow_loopback=self._allow_loopback)

    def _read_capability(self, issuer: Issuer) -> Capability | None:
        try:
            url = f"{issuer.fhir_base}/metadata"
            statement = self._get(url, whose=issuer.who, what="CapabilityStatement", largest=None)
        except ParleyError:
            return None
        read = read_capability(statement)
        return read if read.types else None

    def _get(self, url: str, *, whose: str, what: str, largest: int | None = LARGEST_BYTES) -> dict[str, Any]:
        """Return the JSON object at `url`; redirects are not followed. raises: EhrSilent, NotTrusted."""
        headers = {"Accept": "application/json, application/fhir+json;q=0.9"}
        try:
            answer = self._transport.exchange(
                "GET", url, headers=headers, ends_at=time.monotonic() + SECONDS, kind="discovery"
            )
            if answer.status != 200:
                raise EhrSilent(f"{whose}'s {what} cannot be read (HTTP {answer.status}).")
            if largest and len(answer.body) > largest:
                raise NotTrusted(f"{whose}'s {what} is too large to be one.")
            return answer.json()
        except (EhrSilent, NotTrusted):
            raise
        except Temporary as error:
            raise EhrSilent(f"{whose}'s {what} cannot be read.") from error
        except Permanent as error:
            raise NotTrusted(error.say, next=error.next) from error


def read_server(told: dict[str, Any], party: Party, *, allow_loopback: bool) -> SmartServer:
    """
    Return the server that a smart-configuration describes, every address checked.

    raises: NotTrusted when an address is not https on the server's own or a pinned host, or S256 is not offered
    source: SMART App Launch 2.2, conformance; an absent method list is tolerated (seen at one vendor's preview), and
        PKCE is used all the same
    """
    if told.get("code_challenge_methods_supported") and "S256" not in _words(told, "code_challenge_methods_supported"):
        raise NotTrusted(f"{party.who}'s sign-in does not offer PKCE with S256.")

    def address(name: str) -> str | None:
        value = told.get(name)
        if not isinstance(value, str) or not value:
            return None
        url = urljoin(party.fhir_base + "/", value)
        if problem := distrust(url, party, allow_loopback=allow_loopback):
            raise NotTrusted(f"{party.who}'s {name} {problem}.")
        return url

    token_endpoint = address("token_endpoint")
    if token_endpoint is None:
        raise NotTrusted(f"{party.who}'s smart-configuration has no token_endpoint.")
    return SmartServer(
        token_endpoint=token_endpoint,
        authorization_endpoint=address("authorization_endpoint"),
        issuer=told["issuer"] if isinstance(told.get("issuer"), str) else None,
        jwks_uri=address("jwks_uri"),
        revocation_endpoint=address("revocation_endpoint"),
        capabilities=_words(told, "capabilities"),
        scopes_supported=_words(told, "scopes_supported"),
        names_itself=told.get("authorization_response_iss_parameter_supported") is True,
    )


def _words(told: dict[str, Any], name: str) -> frozenset[str]:
    value = told.get(name)
    return frozenset(each for each in value if isinstance(each, str)) if isinstance(value, list) else frozenset()
