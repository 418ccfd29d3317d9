"""Which addresses of an EHR or payer may be used: https, on the FHIR base's own host or on one pinned for it."""

from typing import Protocol
from urllib.parse import SplitResult, urlsplit

from app.settings import LOOPBACK_HOSTS

PORTS = {"https": 443, "http": 80}


class Party(Protocol):
    """A FHIR server that Parley signs in to as itself: an EHR (settings.Issuer) or a payer (payers.PayerClient)."""

    slug: str  # names it among all of them
    fhir_base: str
    pinned_hosts: tuple[str, ...]
    backend_client_id: str | None
    alg: str
    kid: str | None
    who: str  # in sentences: "The EHR", "The payer"


def distrust(url: str, party: Party, *, allow_loopback: bool) -> str | None:
    """
    Return why an address that a server names is not used, as the end of a sentence; None when it may be.

    A pinned host without a port means the scheme's own port: another service of that machine is another party.
    """
    try:
        parts = urlsplit(url)
        trusted = [party.fhir_base, *(f"{parts.scheme}://{each}" for each in party.pinned_hosts)]
        is_ours = _place(parts) in [_place(urlsplit(each)) for each in trusted]
    except ValueError:
        return "cannot be read"
    if parts.scheme != "https" and not (parts.scheme == "http" and allow_loopback and parts.hostname in LOOPBACK_HOSTS):
        return "is not an https address"
    if parts.username or parts.password or parts.fragment:
        return "has a user or a fragment in it"
    if not is_ours:
        return "lies on a host that is not pinned for it (pinned_hosts)"
    return None


def inside(reference: object, fhir_base: str) -> str | None:
    """Return a reference as "Type/ID" when it is relative or lies within the FHIR base, else None."""
    if not isinstance(reference, str):
        return None
    kind, _, identifier = reference.removeprefix(f"{fhir_base}/").partition("/")
    if kind.isascii() and kind.isalpha() and kind[:1].isupper() and is_id(identifier):
        return f"{kind}/{identifier}"
    return None


def is_id(value: object) -> bool:
    """Whether the value is a FHIR id (R4 datatypes: [A-Za-z0-9-.]{1,64})."""
    return (
        isinstance(value, str)
        and 0 < len(value) <= 64
        and value not in (".", "..")  # as a step of a path it would lead elsewhere
        and all(c.isascii() and (c.isalnum() or c in "-.") for c in value)
    )


def _place(parts: SplitResult) -> tuple[str, int | None]:
    return (parts.hostname or "").rstrip("."), parts.port or PORTS.get(parts.scheme)
