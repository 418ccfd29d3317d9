"""What `parley check` asks of one EHR: its sign-in, its FHIR server, what of Parley works there, what to register."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime

from app.edges.fhir.capability import Capability, read_capability
from app.edges.http import Transport
from app.errors import ParleyError
from app.settings import Issuer, Settings
from launch.check.finding import FAULT, GOOD, NOTE, WARNING, Finding
from launch.smart.discovery import Discovery, SmartServer
from launch.smart.handshake import Handshake
from launch.smart.identity import ALGS
from launch.smart.refusals import EhrRefused
from launch.smart.scopes import scopes_for

SKEW_SECONDS = 30  # id_tokens are refused at 60
CLIENT_CAPABILITY = {
    "public": "client-public",
    "client_secret_basic": "client-confidential-symmetric",
    "private_key_jwt": "client-confidential-asymmetric",
}
WORDS = {"r": "read", "s": "search", "c": "create", "u": "update", "p": "patch"}
# (type, the letter that matters, what is lost without it)
WORKS = (
    ("ClaimResponse", "s", "payers' answers are not found by themselves"),
    ("Appointment", "s", "clinicians' calendars cannot be checked; every proposed time is marked unverified"),
    ("Appointment", "c", "a booked call stands as a task, else as a message, else in Parley only"),
    ("DocumentReference", "c", "the outcome's note is carried by a message, else copied into the chart by hand"),
    ("Communication", "c", "no message about the outcome is left in the EHR, and no clinician told of a call there"),
)


@dataclass(frozen=True, slots=True)
class EhrCheck:
    """What is asked of one EHR."""

    issuer: Issuer
    settings: Settings
    transport: Transport
    discovery: Discovery
    handshake: Handshake
    clock: Callable[[], datetime]

    def findings(self) -> Iterator[Finding]:
        """Yield everything about this EHR."""
        yield from self._record()
        capability = yield from self._fhir()
        try:
            server = self.discovery.server_of(self.issuer)
        except ParleyError as error:
            yield self._found(FAULT, error.say, "Correct fhir_base or pinned_hosts, or ask those who run the EHR.")
            return
        yield from self._sign_in(server)
        yield from self._registration(server, capability)
        if self.issuer.backend_client_id:
            yield self._backend(server, capability)

    def _found(self, level: str, say: str, next: str = "") -> Finding:
        return Finding(level, f"EHR {self.issuer.slug} ({self.issuer.fhir_base})", say, next)

    def _record(self) -> Iterator[Finding]:
        if not self.issuer.frame_ancestors:
            yield self._found(WARNING, "frame_ancestors is empty: no EHR page may show Parley in a frame")
        if self.issuer.cookieless:
            yield self._found(WARNING, "cookieless has no effect: a launch without its cookie is always refused")
        if told := self.issuer.publishing:
            when = f"{told.days} days ahead, {told.notice_hours} hours at least, to be booked at {told.phone}"
            yield self._found(NOTE, f"Free times can be published to payers under {self.settings.base_url}/f/: {when}")
            if not self.issuer.backend_client_id:
                yield self._found(
                    WARNING, "published times need backend_client_id, or a person reads calendars each time"
                )
        if not self.issuer.roles:
            yield self._found(NOTE, f"roles is empty: everybody is a {self.issuer.default_role}")

    def _fhir(self) -> Iterator[Finding]:
        """Yield what the FHIR server does for us; return its capability, None when it cannot be read."""
        headers = {"Accept": "application/fhir+json, application/json;q=0.9"}
        try:
            answer = self.transport.exchange("GET", f"{self.issuer.fhir_base}/metadata", headers=headers)
            statement = answer.json() if answer.status == 200 else {}
        except ParleyError as error:
            yield self._found(FAULT, f"The FHIR server: {error.say}")
            return None
        if statement.get("resourceType") != "CapabilityStatement":
            yield self._found(FAULT, f"The FHIR server gives no CapabilityStatement (HTTP {answer.status})")
            return None
        yield from self._skew(answer.headers.get("Date", ""))
        version = str(statement.get("fhirVersion"))
        if not version.startswith("4.0"):
            yield self._found(FAULT, f"speaks FHIR {version}; Parley speaks R4 (4.0)")
        capability = read_capability(statement)
        yield from self._works(capability)
        return capability

    def _skew(self, date: str) -> Iterator[Finding]:
        try:
            apart = abs((parsedate_to_datetime(date) - self.clock()).total_seconds())
        except (TypeError, ValueError):
            return
        if apart > SKEW_SECONDS:
            yield self._found(WARNING, f"Its clock and ours are {apart:.0f} s apart; sign-ins are refused at 60")

    def _works(self, capability: Capability) -> Iterator[Finding]:
        for kind in dict.fromkeys(kind for kind, _, _ in WORKS):
            offered = [word for letter, word in WORDS.items() if capability.offers(kind, letter)]
            yield self._found(NOTE, f"{kind}: {', '.join(offered) or 'not offered'}")
        for kind, letter, lost in WORKS:
            if kind == "ClaimResponse" and capability.offers("ExplanationOfBenefit", "s"):
                continue
            is_off = self.issuer.overrides.get(f"{kind}.{letter}", True) is False
            if is_off or not capability.offers(kind, letter):
                why = "switched off by overrides" if is_off else "not offered"
                yield self._found(WARNING, f"{WORDS[letter]} of {kind} is {why}: {lost}")
        yield self._found(NOTE, f"Where each write will stand, and why: parley check --ehr {self.issuer.slug}")

    def _sign_in(self, server: SmartServer) -> Iterator[Finding]:
        if server.authorization_endpoint is None:
            yield self._found(FAULT, "The smart-configuration has no authorization_endpoint")
        if server.issuer is None:
            yield self._found(FAULT, "The smart-configuration has no issuer: nobody can be signed in")
        try:
            members = self.discovery.keys_of(server).get("keys")
            kinds = {each.get("kty") for each in members if isinstance(each, dict)} if isinstance(members, list) else ()
            if not {each.key_type for each in ALGS.values()} & set(kinds):
                yield self._found(FAULT, "The EHR's keys (jwks_uri) hold none that Parley can check a sign-in with")
        except ParleyError as error:
            yield self._found(FAULT, error.say, error.next)
        for needed in ("launch-ehr", "sso-openid-connect", CLIENT_CAPABILITY[self.issuer.auth]):
            if needed not in server.capabilities:
                yield self._found(WARNING, f"The smart-configuration does not list the capability {needed}")
        if self.issuer.refresh == "online" and not server.has_online_access:
            yield self._found(NOTE, "offers no online_access: a session lasts as long as one access token")
        if self.issuer.refresh == "offline" and "permission-offline" not in server.capabilities:
            yield self._found(WARNING, "does not list permission-offline, which refresh: offline asks for")
        yield self._found(GOOD, f"Its sign-in answers ({'SMART v2' if server.has_v2_scopes else 'SMART v1'} scopes)")

    def _registration(self, server: SmartServer, capability: Capability | None) -> Iterator[Finding]:
        base = self.settings.base_url
        yield self._found(NOTE, f"Registered there as {self.issuer.client_id} ({self.issuer.auth}) must be:")
        yield self._found(NOTE, f"  redirect URI     {self.handshake.redirect_uri}")
        yield self._found(NOTE, f"  launch URL       {base}/launch (chart), {base}/launch/worklist (worklist tab)")
        if self.issuer.auth == "private_key_jwt" or self.issuer.backend_client_id:
            yield self._found(NOTE, f"  JWKS URL         {base}/.well-known/jwks.json ({self.issuer.alg})")
        wants = ("chart", "worklist", *(("backend",) if self.issuer.backend_client_id else ()))
        for want in wants:
            scope = scopes_for(want, self.issuer, server, capability=capability, ehr_launch=True)
            yield self._found(NOTE, f"  {want:<9} scopes {scope}")

    def _backend(self, server: SmartServer, capability: Capability | None) -> Finding:
        scope = scopes_for("backend", self.issuer, server, capability=capability, ehr_launch=False)
        try:
            self.handshake.backend_token(self.issuer, server, scope=scope)
        except EhrRefused as error:
            return self._found(
                WARNING,
                f"The backend client {self.issuer.backend_client_id} is not let in ({error.code})",
                "The EHR reads our keys from the JWKS URL: check again while Parley is being served there.",
            )
        except ParleyError as error:
            return self._found(WARNING, f"The backend client could not be tried: {error.say}", error.next)
        return self._found(GOOD, f"The backend client {self.issuer.backend_client_id} is let in")
