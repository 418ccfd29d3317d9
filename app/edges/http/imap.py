"""
One folder of the site's mailbox, read over TLS and changed in nothing: no message is marked, moved or deleted.

Whatever goes wrong is Temporary or Permanent, and nothing was changed by it. The server's own words may name people and
are never repeated.
source: RFC 3501 §2.3.1.1 (UID, UIDVALIDITY), §6.3.2 (EXAMINE), §6.4.5 (BODY.PEEK); RFC 8314 (TLS)
"""

import imaplib
import re
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime

from app.edges.http.errors import BlockedAddress, Down, NotAuthorised, TooLarge
from app.errors import ParleyError

_AGAIN = "Nothing is lost: messages stay in the mailbox, and it is tried again by itself."
_TELL = "Messages stay in the mailbox; tell your administrator."
_SIZE = re.compile(rb"RFC822\.SIZE (\d{1,18})", re.IGNORECASE)
_ARRIVED = re.compile(rb'INTERNALDATE "([^"]{1,40})"', re.IGNORECASE)
_LONGEST_LINE = 1_000_000  # imaplib's own limit
_MOST_IN_ALL = 400 * 1024 * 1024  # of one look


@dataclass(frozen=True, slots=True)
class MailFolder:
    """
    Where messages are read. security: implicit | starttls | none (in clear: this machine, and only where allowed)

    seconds: for each step; total_seconds: for one look; most_bytes: of one message; token: opens it in place of the
    password, where it is given
    """

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    security: str = "implicit"
    folder: str = "INBOX"
    ca_file: str | None = None
    allow_loopback: bool = False
    seconds: float = 20.0
    total_seconds: float = 120.0
    most_bytes: int = 15 * 1024 * 1024
    token: Callable[[], str] | None = field(default=None, repr=False)

    @contextmanager
    def opened(self) -> Iterator["OpenFolder"]:
        """
        Connect, sign in and open the folder for reading only.

        raises, also while it is read: Down, NotAuthorised, BlockedAddress, TooLarge
        """
        if self.security == "none" and not (self.allow_loopback and self.host in ("localhost", "127.0.0.1", "::1")):
            raise BlockedAddress("Messages of payers do not travel in clear. Nothing was read.")
        with _told():
            server = self._connected()
        try:
            with _told():
                yield self._examined(server)
        finally:
            _leave(server)

    def _connected(self) -> "_Imap | _ImapTls":
        context = ssl.create_default_context(cafile=self.ca_file)
        if self.security == "implicit":
            return _ImapTls(self, ssl_context=context)
        server = _Imap(self)
        try:
            if self.security == "starttls":
                server.starttls(context)
        except imaplib.IMAP4.error as error:
            _drop(server)
            raise Down("The mailbox's server offers no protected connection.", next=_TELL) from error
        except BaseException:
            _drop(server)
            raise
        return server

    def _examined(self, server: "_Imap | _ImapTls") -> "OpenFolder":
        try:
            if self.token is not None:
                server.sign_in_by(self.user, self.token())
            else:
                server.sign_in(self.user, self.password)
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as error:
            raise NotAuthorised("The mailbox's server does not let Parley in.", next=_TELL) from error
        quoted = '"' + self.folder.replace("\\", "\\\\").replace('"', '\\"') + '"'
        if server.select(quoted, readonly=True)[0] != "OK":
            raise NotAuthorised("The mailbox has no such folder, or it may not be read.", next=_TELL)
        return OpenFolder(server, _number(server.response("UIDVALIDITY")[1]), self.most_bytes)


@dataclass(frozen=True, slots=True)
class Kept:
    """A message as its server describes it, before it is fetched."""

    uid: int
    size: int
    arrived_at: datetime | None  # aware, as the server tells


class OpenFolder:
    """A folder that is open for reading. validity: while it stays the same, a uid names one message for ever."""

    def __init__(self, server: "_Imap | _ImapTls", validity: int, most_bytes: int) -> None:
        self._server, self.validity, self.most_bytes = server, validity, most_bytes

    def after(self, uid: int) -> tuple[int, ...]:
        """Return the uids above one, in order."""
        # n:* names the newest message even where its uid is below n
        return tuple(each for each in self._search("UID", f"{uid + 1}:*") if each > uid)

    def since(self, day: date) -> tuple[int, ...]:
        """Return the uids of what arrived on a day or later, in order."""
        month = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()[day.month - 1]
        return self._search("SINCE", f"{day.day}-{month}-{day.year}")

    def describe(self, uid: int) -> Kept | None:
        """Return a message's size and arrival; None where somebody has taken it away."""
        told = b" ".join(_flat(self._asked("FETCH", str(uid), "(RFC822.SIZE INTERNALDATE)")))
        size, arrived = _SIZE.search(told), _ARRIVED.search(told)
        return Kept(uid, int(size[1]), _instant(arrived[1]) if arrived else None) if size else None

    def whole(self, uid: int) -> bytes | None:
        """Return a message, its beginning where it is larger than is read; None where somebody has taken it away."""
        return self._literal(uid, f"(BODY.PEEK[]<0.{self.most_bytes}>)")

    def head(self, uid: int) -> bytes | None:
        """Return a message's header, the first 64 KiB of it; None where somebody has taken the message away."""
        return self._literal(uid, "(BODY.PEEK[HEADER]<0.65536>)")

    def _literal(self, uid: int, what: str) -> bytes | None:
        parts = self._asked("FETCH", str(uid), what)
        return next((each[1] for each in parts if isinstance(each, tuple)), None)

    def _search(self, *words: str) -> tuple[int, ...]:
        found = b" ".join(_flat(self._asked("SEARCH", *words))).split()
        return tuple(sorted({int(each) for each in found if each.isdigit()}))

    def _asked(self, command: str, *words: str) -> list:
        status, parts = self._server.uid(command, *words)
        if status != "OK":
            raise Down("The mailbox's server refused a question.", next=_AGAIN)
        return parts


class _Bounded:
    """What no server may exceed, however it answers."""

    def __init__(self, folder: MailFolder, **more) -> None:
        self._most, self._left = folder.most_bytes, _MOST_IN_ALL
        self._ends_at = time.monotonic() + folder.total_seconds
        super().__init__(folder.host, folder.port, timeout=folder.seconds, **more)

    def sign_in(self, user: str, password: str) -> None:
        """Sign in; PLAIN takes letters of any language, LOGIN does not."""
        if "AUTH=PLAIN" in self.capabilities:
            self.authenticate("PLAIN", lambda _: b"\0" + user.encode() + b"\0" + password.encode())
        else:
            self.login(user, password)

    def sign_in_by(self, user: str, token: str) -> None:
        """Sign in with a token (XOAUTH2); a refusal comes as a question, to which the answer is nothing."""
        answers = iter([f"user={user}\1auth=Bearer {token}\1\1".encode()])
        self.authenticate("XOAUTH2", lambda _: next(answers, b""))

    def read(self, size: int) -> bytes:
        """Read a literal of the length that the server announced."""
        self._count(size)
        pieces, left = [], size
        while left and (piece := self._stream.read1(min(left, 65_536))):
            self._look()
            pieces.append(piece)
            left -= len(piece)
        return b"".join(pieces)

    def readline(self) -> bytes:
        """Read a line."""
        line = super().readline()
        self._count(len(line))
        return line

    @property
    def _stream(self):
        return self.__dict__.get("_file") or self.file  # its name since Python 3.14, and before

    def _count(self, size: int) -> None:
        self._look()
        self._left -= size
        if size > max(self._most, _LONGEST_LINE) or self._left < 0:
            raise TooLarge("The mailbox's server sends more than Parley reads at once.", next=_TELL)

    def _look(self) -> None:
        if time.monotonic() > self._ends_at:
            raise Down("The mailbox's server is too slow.", next=_AGAIN)


class _Imap(_Bounded, imaplib.IMAP4):
    """A connection in clear, or one that goes over to TLS."""


class _ImapTls(_Bounded, imaplib.IMAP4_SSL):
    """A connection that is protected from its first byte."""


@contextmanager
def _told() -> Iterator[None]:
    """Say what a failure means."""
    try:
        yield
    except ParleyError:
        raise
    except ssl.SSLCertVerificationError as error:
        raise Down("The certificate of the mailbox's server is not one that is trusted here.", next=_TELL) from error
    except (OSError, imaplib.IMAP4.error) as error:
        raise Down("The mailbox's server does not answer as it should.", next=_AGAIN) from error


def _flat(parts: list) -> Iterator[bytes]:
    for each in parts:
        if isinstance(each, tuple):
            yield from (piece for piece in each if isinstance(piece, bytes))
        elif isinstance(each, bytes):
            yield each


def _number(parts: list) -> int:
    told = b" ".join(_flat(parts or [])).strip()
    if not told.isdigit():
        raise Down("The mailbox's server does not tell its messages apart (UIDVALIDITY).", next=_TELL)
    return int(told)


def _instant(told: bytes) -> datetime | None:
    try:
        return datetime.strptime(told.decode("ascii").strip(), "%d-%b-%Y %H:%M:%S %z")
    except ValueError:
        return None


def _leave(server: "_Imap | _ImapTls") -> None:
    with suppress(OSError, imaplib.IMAP4.error, ParleyError):
        server.logout()
    _drop(server)


def _drop(server: "_Imap | _ImapTls") -> None:
    with suppress(OSError):
        server.shutdown()
