"""
One message through the site's mail server: over TLS or not at all, and it is told whether it was taken.

Until the server says that it wants the text nothing was sent, and whatever goes wrong is Temporary or Permanent. From
then on a lost answer is WriteUnknown: the server may have taken the message.
source: RFC 5321 §4.2 (4yz: not now, 5yz: not so), §4.5.2 (lines that begin with a dot); RFC 3207 (STARTTLS)
"""

import re
import smtplib
import ssl
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from app.core.effects import WriteUnknown
from app.edges.http.errors import BlockedAddress, Busy, Down, NotAuthorised, Rejected
from app.errors import ParleyError

_BY_ITSELF = "Nothing was sent. It is tried again by itself; if it cannot wait, call the payer."
_LOOK = "Call the payer, or use its portal; tell your administrator."
_WANTS_TEXT = 354


@dataclass(frozen=True, slots=True)
class MailRelay:
    """
    The mail server that takes our messages. security: starttls | implicit | none

    none: in clear, on this machine only and only where `allow_loopback` says so; ca_file: of the authority that signs
    the server's certificate, None for those that the system trusts
    """

    host: str
    port: int
    security: str = "starttls"
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: str | None = None
    allow_loopback: bool = False
    seconds: float = 20.0  # for each step
    name: str = "localhost"  # how we greet

    def greet(self) -> None:
        """Connect, protect the connection and sign in; raises as `send`, nothing is sent."""
        _leave(self._open())

    def send(self, message: bytes, *, sender: str, to: str) -> None:
        """
        Hand over one message, once.

        raises: Down, Busy (not taken), Rejected, NotAuthorised (refused for good), BlockedAddress, WriteUnknown
        """
        server = self._open()
        try:
            with _before_the_text():
                _expect(server.mail(sender), 250)
                _expect(server.rcpt(to), 250, 251)
                _expect(server.docmd("DATA"), _WANTS_TEXT)
            try:
                server.send(_on_the_wire(message))
                code, _ = server.getreply()
            except OSError as error:
                raise WriteUnknown("The mail server's answer was lost.", next=_LOOK) from error
            if not 200 <= code < 300 and not 400 <= code < 600:
                raise WriteUnknown("The mail server's answer cannot be read.", next=_LOOK)
            _expect((code, b""), *range(200, 300))
        finally:
            _leave(server)

    def _open(self) -> smtplib.SMTP:
        if self.security == "none" and not (self.allow_loopback and self.host in ("localhost", "127.0.0.1", "::1")):
            raise BlockedAddress("Messages to payers do not travel in clear. Nothing was sent.")
        context = ssl.create_default_context(cafile=self.ca_file)
        where = {"host": self.host, "port": self.port, "local_hostname": self.name, "timeout": self.seconds}
        with _before_the_text():
            if self.security == "implicit":
                return self._signed_in(smtplib.SMTP_SSL(**where, context=context))
            server = smtplib.SMTP(**where)
            if self.security == "starttls":
                _protect(server, context)
            return self._signed_in(server)

    def _signed_in(self, server: smtplib.SMTP) -> smtplib.SMTP:
        try:
            server.ehlo_or_helo_if_needed()  # after STARTTLS everything said before is void
            if self.user:
                server.login(self.user, self.password or "")
        except BaseException:
            server.close()
            raise
        return server


def _protect(server: smtplib.SMTP, context: ssl.SSLContext) -> None:
    """Go over to TLS; a server that does not offer it gets nothing."""
    try:
        server.starttls(context=context)
    except smtplib.SMTPNotSupportedError as error:
        server.close()
        raise Down("The mail server offers no protected connection.", next=_BY_ITSELF) from error
    except BaseException:
        server.close()
        raise


@contextmanager
def _before_the_text():
    """Say what a failure means while no text was sent."""
    try:
        yield
    except ParleyError:
        raise
    except ssl.SSLCertVerificationError as error:
        raise Down(
            "The mail server's certificate is not one that is trusted here.",
            next="Nothing was sent. Tell your administrator (mail.ca_file); call the payer meanwhile.",
        ) from error
    except smtplib.SMTPAuthenticationError as error:
        _expect((error.smtp_code, b""))
    except smtplib.SMTPNotSupportedError as error:
        raise NotAuthorised("The mail server takes no sign-in.", next=_LOOK) from error
    except smtplib.SMTPResponseException as error:
        _expect((error.smtp_code, b""))
    except OSError as error:
        raise Down("The mail server does not answer.", next=_BY_ITSELF) from error


def _expect(reply: tuple[int, bytes], *good: int) -> None:
    """Pass a good reply; the server's own words may name people, so they are not repeated."""
    code = reply[0]
    if code in good:
        return
    if code in (530, 534, 535, 538):
        raise NotAuthorised(f"The mail server does not let Parley in ({code}).", next=_LOOK)
    if 500 <= code < 600:
        raise Rejected(
            f"The mail server refused the message ({code}).",
            next="Nothing was sent. Call the payer, and have its address in smart-config.json checked.",
        )
    raise Busy(f"The mail server does not take messages just now ({code}).", next=_BY_ITSELF)


def _on_the_wire(message: bytes) -> bytes:
    """Return a message as it travels: lines end with CR LF, those that begin with a dot get another, a dot ends it."""
    lines = re.sub(rb"\r\n|\r|\n", b"\r\n", message).removesuffix(b"\r\n")
    return re.sub(rb"(?m)^\.", b"..", lines) + b"\r\n.\r\n"


def _leave(server: smtplib.SMTP) -> None:
    with suppress(OSError):
        server.quit()
    server.close()
