"""What `parley check` asks of one payer: whether its times can be searched, whether it lets Parley ask, and answers."""

from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from app.edges.fhir.capability import read_capability
from app.edges.http import Transport
from app.errors import ParleyError
from app.settings import PayerEndpoint, PayerFeed, Settings
from app.wire import feed_of
from launch.check.finding import FAULT, GOOD, NOTE, WARNING, Finding
from launch.smart.discovery import Discovery
from launch.smart.handshake import Handshake
from launch.smart.payers import ask_token, payer_client
from launch.smart.refusals import EhrRefused

FHIR = "application/fhir+json"


@dataclass(frozen=True, slots=True)
class PayerCheck:
    """What is asked of one payer. known: the rule book's keys."""

    payer: PayerEndpoint
    settings: Settings
    transport: Transport
    discovery: Discovery
    handshake: Handshake
    known: Container[str]
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def findings(self) -> Iterator[Finding]:
        """Yield everything about this payer."""
        if self.payer.key not in self.known:
            yield self._found(
                FAULT, "no payer of the rule book has this key", "Each payer's page under Rules shows its key."
            )
        if self.payer.slots_base is not None:
            yield self._slots(self.payer.slots_base)
        if self.payer.feed is not None:
            yield self._feed(self.payer.feed)
        if self.payer.inquire is not None:
            yield from self._registration()
            yield from self._asked()
        if self.payer.message is not None:
            yield self._written()
        if self.payer.fax is not None:
            yield self._faxed()

    def _written(self) -> Finding:
        to, closed = self.payer.message.to, self.payer.key in self.settings.certificates
        how = "encrypted to its certificate" if closed else "not encrypted end to end: they leave the member id out"
        return self._found(GOOD if closed else NOTE, f"Requests for a call are written to {to}, {how}")

    def _faxed(self) -> Finding:
        to, marked = self.payer.fax.to, self.payer.fax.confidential
        how = "marked as read by the payer alone: they name the member id" if marked else "without the member id"
        return self._found(NOTE, f"Requests for a call may be faxed to {to}, {how}")

    def _found(self, level: str, say: str, next: str = "") -> Finding:
        return Finding(level, f"Payer {self.payer.key}", say, next)

    def _slots(self, base: str) -> Finding:
        try:
            headers = {"Accept": f"{FHIR}, application/json;q=0.9"}
            answer = self.transport.exchange("GET", f"{base}/metadata", headers=headers)
            capability = read_capability(answer.json() if answer.status == 200 else {})
        except ParleyError as error:
            return self._found(WARNING, f"Its published times ({base}): {error.say}", error.next)
        if not capability.offers("Slot", "s"):
            return self._found(WARNING, f"Its published times ({base}): Slots cannot be searched there")
        return self._found(GOOD, f"Its published times can be searched ({base})")

    def _feed(self, feed: PayerFeed) -> Finding:
        """Read the feed once, as the worker does; its address may be secret and is not printed."""
        host = urlsplit(self.settings.feeds[self.payer.key].url).hostname
        about = f"Its published times ({feed.kind}, at {host})"
        try:
            source = feed_of(self.payer.key, feed, self.settings.feeds[self.payer.key], self.transport)
            read = source.read(now=self.clock())
        except ParleyError as error:
            return self._found(WARNING, f"{about}: {error.say}", "Correct its address, or ask those who publish it.")
        if read.warnings:
            return self._found(WARNING, f"{about}: {len(read.windows)} free times. {' '.join(read.warnings)}")
        return self._found(GOOD, f"{about} can be read: {len(read.windows)} free times, every {feed.every_min} minutes")

    def _registration(self) -> Iterator[Finding]:
        told = self.payer.inquire
        yield self._found(NOTE, f"Asked how requests stand at {told.fhir_base}; registered there must be:")
        yield self._found(NOTE, f"  client           {told.client_id} (backend services, private_key_jwt)")
        yield self._found(NOTE, f"  JWKS URL         {self.settings.base_url}/.well-known/jwks.json ({told.alg})")
        yield self._found(NOTE, f"  scopes           {told.scopes}")
        often = f"every {told.every_min} minutes, at most {told.per_minute} a minute" if told.every_min else ""
        by_itself = often if any(each.backend_client_id for each in self.settings.smart.issuers) else ""
        yield self._found(NOTE, f"  asked            {by_itself or 'only when a person asks'}")

    def _asked(self) -> Iterator[Finding]:
        """Ask for one token, and with it a question about nothing: what refuses only that is there and lets us in."""
        client = payer_client(self.payer)
        try:
            token = ask_token(client, self.discovery, self.handshake)["access_token"]
        except EhrRefused as error:
            advice = "The payer reads our keys from the JWKS URL: check again while Parley is being served there."
            say = f"Parley's client {client.backend_client_id} is not let in ({error.code})"
            yield self._found(WARNING, say, advice)
            return
        except ParleyError as error:
            advice = "Correct fhir_base, token_endpoint or pinned_hosts, or ask those who run the payer's server."
            yield self._found(WARNING, f"Its sign-in could not be tried: {error.say}", advice)
            return
        yield self._found(GOOD, f"Parley's client {client.backend_client_id} is let in")
        yield self._operation(client.fhir_base, token)

    def _operation(self, base: str, token: str) -> Finding:
        headers = {"Accept": FHIR, "Content-Type": FHIR, "Authorization": f"Bearer {token}"}
        body = b'{"resourceType": "Bundle", "type": "collection"}'
        try:
            status = self.transport.exchange("POST", f"{base}/Claim/$inquire", headers=headers, body=body).status
        except ParleyError as error:
            return self._found(WARNING, f"Claim/$inquire could not be tried: {error.say}", error.next)
        if 200 <= status < 300 or status in (400, 422):
            return self._found(GOOD, "Claim/$inquire answers")
        why = {401: "refuses its own token", 403: "is not allowed with these scopes"}.get(status, "is not there")
        return self._found(WARNING, f"Claim/$inquire {why} (HTTP {status})", "Correct scopes or fhir_base.")
