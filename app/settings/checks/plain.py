"""Addresses, numbers, zones and hosts: what a single value must look like, whatever it is for."""

import re
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.errors import Misconfigured
from app.settings.checks.choices import CHOICES
from app.settings.smart import Mail, MailInbox

LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


def check_number(name: str, number: str) -> None:
    """Demand a telephone number as networks dial it, "+15125550134"."""
    if not re.fullmatch(r"\+[1-9][0-9]{7,14}", number):
        raise Misconfigured(name, "must hold numbers as +15125550134")


def check_server(place: str, server: Mail | MailInbox, *, allow_loopback: bool) -> None:
    """Demand a host, a port and a security; none of the last on this machine in development only."""
    if not re.fullmatch(r"[A-Za-z0-9.-]+|[0-9A-Fa-f:]+", server.host):
        raise Misconfigured(f"{place}.host", "must be a host's name or address")
    if not 0 < server.port < 65536:
        raise Misconfigured(f"{place}.port", "must be a number from 1 to 65535")
    if server.security not in CHOICES["security"]:
        raise Misconfigured(f"{place}.security", f"must be one of {', '.join(sorted(CHOICES['security']))}")
    if server.security == "none" and not (allow_loopback and server.host in LOOPBACK_HOSTS):
        raise Misconfigured(f"{place}.security", "may be none for this machine and PARLEY_ALLOW_LOOPBACK=1 only")


def check_address(name: str, address: str) -> None:
    """Demand one plain mail address, without a name beside it."""
    if not re.fullmatch(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,200}", address):
        raise Misconfigured(name, "must be a plain mail address, name@host")


def check_zone(name: str, zone: str) -> None:
    """Demand an IANA time zone, "America/Chicago"."""
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise Misconfigured(name, "is not an IANA time zone") from error


def check_feed_url(name: str, url: str, *, allow_loopback: bool) -> None:
    """Demand an https address; a query is allowed, since many feeds keep their key there."""
    check_url(name, url.partition("?")[0], allow_loopback=allow_loopback)


def check_url(name: str, url: str, *, allow_loopback: bool) -> None:
    """Demand an https URL without user, query or fragment; this machine in development only."""
    try:
        parts = urlsplit(url)
        is_plain = parts.port != 0 and not any((parts.username, parts.query, parts.fragment))
    except ValueError:  # a port that is none, a bracket that is not closed
        is_plain = False
    if not is_plain or parts.scheme not in ("http", "https") or not parts.hostname:
        raise Misconfigured(name, "must be an https URL without user, query or fragment")
    if parts.hostname in LOOPBACK_HOSTS:
        if not allow_loopback:
            raise Misconfigured(name, "names this machine; set PARLEY_ALLOW_LOOPBACK=1 for development only")
    elif parts.scheme != "https":
        raise Misconfigured(name, "must begin with https://")
