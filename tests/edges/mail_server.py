"""A payer's mail server: a real one (aiosmtpd) with a certificate of its own, and a memory, or in a bad mood."""

import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

NOW = datetime.now(UTC).replace(microsecond=0)


@dataclass(frozen=True)
class Papers:
    """A key and its certificate, as PEM files."""

    key: Path
    certificate: Path

    @property
    def both(self) -> bytes:
        """Return them as one text."""
        return self.key.read_bytes() + self.certificate.read_bytes()


def papers(folder: Path, name: str, *, host: str = "localhost", days: int = 30) -> Papers:
    """Return a self-made certificate for a host (or a mailbox), valid for so many days from yesterday."""
    key = rsa.generate_private_key(65537, 2048)
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    begins = NOW - timedelta(days=max(1, 1 - days))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(NOW + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    made = Papers(folder / f"{name}.key", folder / f"{name}.pem")
    made.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    made.certificate.write_bytes(certificate.public_bytes(Encoding.PEM))
    return made


@dataclass
class Mood:
    """What the server answers, by step ("MAIL", "RCPT", "DATA"); drop: it hangs up after the text, having kept it."""

    answers: dict[str, str] = field(default_factory=dict)
    drop: bool = False
    drop_early: bool = False
    kept: list[tuple[str, list[str], bytes]] = field(default_factory=list)

    async def handle_MAIL(self, server, session, envelope, address, options):
        if self.drop_early:
            server.transport.close()
        envelope.mail_from = address
        return self.answers.get("MAIL", "250 OK")

    async def handle_RCPT(self, server, session, envelope, address, options):
        envelope.rcpt_tos.append(address)
        return self.answers.get("RCPT", "250 OK")

    async def handle_DATA(self, server, session, envelope):
        answer = self.answers.get("DATA", "250 OK")
        if answer.startswith("2"):
            self.kept.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        if self.drop:
            server.transport.close()
        return answer


@contextmanager
def mail_server(mood: Mood, own: Papers | None, *, implicit: bool = False, user: str | None = None) -> Iterator[int]:
    """Run a server on this machine; give its port. own: None for one that offers no TLS."""
    context = None
    if own is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(own.certificate, own.key)
    more = {"ssl_context": context} if implicit else {"tls_context": context, "require_starttls": context is not None}
    if user:
        more["auth_require_tls"] = not implicit  # it does not see a TLS that was there from the first byte
        more["authenticator"] = lambda server, session, envelope, mechanism, data: AuthResult(
            success=(data.login, data.password) == (user.encode(), b"right"), handled=False
        )
    with socket.create_server(("localhost", 0)) as drawn:
        port = drawn.getsockname()[1]
    controller = Controller(mood, hostname="localhost", port=port, **more)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


def openssl(*words: str | Path, given: bytes) -> bytes:
    """Return what openssl makes of it: another's reading of S/MIME than the one that wrote it."""
    done = subprocess.run(["openssl", *map(str, words)], input=given, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout
