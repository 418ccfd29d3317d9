"""
Sockets with a deadline and a gate.

requests' timeouts are per read: a byte a second holds a call for ever. Here every read, of headers too, ends at the
exchange's own deadline. The gate looks at the address that is really connected to, so that no name leads inside.
"""

import http.client
import io
import ipaddress
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util.connection import create_connection

from app.edges.http.errors import BlockedAddress

_exchange = threading.local()
# IPv4 inside IPv6, in its last 32 bits: mapped, and translated (NAT64, SIIT).
_TRANSLATED = tuple(
    ipaddress.IPv6Network(each) for each in ("::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48")
)
_PROTOCOLS = ipaddress.IPv4Network("192.0.0.0/24")


@contextmanager
def deadline(ends_at: float, *, read_seconds: float) -> Iterator[None]:
    """Let every read of this thread's exchange end at `ends_at` (monotonic seconds) or after `read_seconds`."""
    _exchange.ends_at, _exchange.read_seconds = ends_at, read_seconds
    try:
        yield
    finally:
        del _exchange.ends_at, _exchange.read_seconds


class _TimedReader(io.RawIOBase):
    """A socket's file whose every read waits no longer than the exchange may."""

    def __init__(self, sock: socket.socket, file: io.BufferedReader) -> None:
        self._sock, self._file = sock, file

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: memoryview) -> int:
        """Read what is there, once. raises: TimeoutError at the deadline."""
        left = _exchange.ends_at - time.monotonic()
        if left <= 0:
            raise TimeoutError("the exchange took too long")
        self._sock.settimeout(min(left, _exchange.read_seconds))
        return self._file.readinto1(buffer)

    def close(self) -> None:
        """Close the file under it too, or the socket would stay open."""
        self._file.close()
        super().close()


class _TimedResponse(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: object, **kwargs: object) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_TimedReader(sock, self.fp))


class Gate:
    """Which addresses may be connected to: public ones, `inside_hosts` anywhere, loopback only where allowed."""

    def __init__(self, *, allow_loopback: bool, inside_hosts: frozenset[str]) -> None:
        self.allow_loopback = allow_loopback
        self.inside_hosts = inside_hosts

    def check(self, host: str, address: str) -> None:
        """Refuse an address that is not public. raises: BlockedAddress."""
        ip = _embedded(ipaddress.ip_address(address.partition("%")[0]))
        if ip.is_loopback and self.allow_loopback:
            return
        if host.lower() in self.inside_hosts and not (ip.is_loopback or ip.is_link_local or ip.is_unspecified):
            return
        if not ip.is_global or ip.is_multicast or getattr(ip, "is_site_local", False) or ip in _PROTOCOLS:
            raise BlockedAddress


def _embedded(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Return the IPv4 address that one of IPv6 stands for: ::ffff:127.0.0.1 and 64:ff9b::7f00:1 are 127.0.0.1."""
    if ip.version == 4:
        return ip
    if any(ip in network for network in _TRANSLATED) or 1 < int(ip) < 2**32:  # the latter: the old "compatible" form
        return ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
    return ip.sixtofour or ip


def _connect(connection: HTTPConnection, gate: Gate) -> socket.socket:
    """Resolve, check every address, then connect to one of those that were checked."""
    try:
        infos = socket.getaddrinfo(connection.host, connection.port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as problem:
        raise NameResolutionError(connection.host, connection, problem) from problem
    addresses = tuple(dict.fromkeys(info[4][0] for info in infos))
    for address in addresses:
        gate.check(connection.host, address)
    ends_at = time.monotonic() + float(connection.timeout)
    failure: OSError | None = None
    for address in addresses:
        left = max(0.05, ends_at - time.monotonic())
        try:
            return create_connection((address, connection.port), left, socket_options=connection.socket_options)
        except OSError as problem:
            failure = problem
    if isinstance(failure, TimeoutError):
        raise ConnectTimeoutError(connection, "connecting took too long") from failure
    raise NewConnectionError(connection, "no address could be connected to") from failure


class GatedAdapter(HTTPAdapter):
    """A requests adapter with a pool of timed, gated connections and no retries of its own."""

    def __init__(self, gate: Gate, *, size: int) -> None:
        self._gate = gate
        super().__init__(pool_connections=size, pool_maxsize=size, max_retries=0)

    def init_poolmanager(self, *args: object, **kwargs: object) -> None:
        """Build the pools from our connections."""
        super().init_poolmanager(*args, **kwargs)
        gate = self._gate

        class Plain(HTTPConnection):
            response_class = _TimedResponse

            def _new_conn(self) -> socket.socket:
                return _connect(self, gate)

        class Secure(HTTPSConnection):
            response_class = _TimedResponse

            def _new_conn(self) -> socket.socket:
                return _connect(self, gate)

        plain = type("PlainPool", (HTTPConnectionPool,), {"ConnectionCls": Plain})
        secure = type("SecurePool", (HTTPSConnectionPool,), {"ConnectionCls": Secure})
        self.poolmanager.pool_classes_by_scheme = {"http": plain, "https": secure}
