"""One request to the FHIR server, freed of HTTP, and what is read from its headers and body."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime

from launch.sandbox.outcome import invalid
from launch.sandbox.search import Pairs


@dataclass(frozen=True, slots=True)
class Call:
    """One request. parts: the path below the base; headers: names in lower case; body: parsed JSON."""

    method: str
    parts: tuple[str, ...]
    base: str
    pairs: Pairs = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: object = None
    reserved: str | None = None  # the id a transaction has promised to a create
    pending: frozenset[str] = frozenset()  # `Type/id` that the same transaction will have made

    def prefers(self, word: str) -> bool:
        """Tell whether the Prefer header says so."""
        return word in re.split(r"[;,]\s*", self.headers.get("prefer", ""))


def versioned(resource: dict) -> dict[str, str]:
    """Return the ETag and Last-Modified of a stored resource."""
    at = datetime.fromisoformat(resource["meta"]["lastUpdated"]).astimezone(UTC)
    return {"ETag": f'W/"{resource["meta"]["versionId"]}"', "Last-Modified": format_datetime(at, usegmt=True)}


def body_of(call: Call, kind: str) -> dict:
    """Return a copy of the resource in the body. raises: FhirError 400"""
    if not isinstance(call.body, dict):
        raise invalid("a JSON resource is needed", code="structure")
    if call.body.get("resourceType") != kind:
        raise invalid(f"resourceType must be {kind}")
    return dict(call.body)


def if_match(call: Call) -> str | None:
    """Return the version of If-Match, or None. raises: FhirError 400"""
    text = call.headers.get("if-match")
    if text is None:
        return None
    found = re.fullmatch(r'(?:W/)?"([^"]*)"', text.strip())
    if not found:
        raise invalid('If-Match is W/"version"')
    return found[1]
