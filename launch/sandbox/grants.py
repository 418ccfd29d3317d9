"""
SMART scopes, version 1 and 2: reading them, narrowing them, and what a token with them may do.

Source: SMART App Launch 2.2, "Scopes and Launch Context".
"""

from __future__ import annotations

import re
from dataclasses import dataclass

ORDER = "cruds"
V1 = {"read": "rs", "write": "cud", "*": "cruds"}
NAMED = frozenset(
    {"openid", "fhirUser", "profile", "launch", "launch/patient", "launch/encounter", "online_access", "offline_access"}
)
RESOURCE = re.compile(r"(patient|user|system)/([A-Z][A-Za-z]*|\*)\.(read|write|\*|c?r?u?d?s?)(?:\?(.+))?")
CLINICAL = re.compile(r"(patient|user|system)/")


class BadScope(ValueError):
    """A scope that looks like a clinical one and cannot be read; carries the word itself."""


class Unauthorized(Exception):
    """No token, or one that no longer counts; `reason` is safe to show."""

    def __init__(self, reason: str) -> None:
        """Keep the reason for the WWW-Authenticate header."""
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Scope:
    """One scope as asked or granted; `context` is None for the named ones (openid, launch …)."""

    text: str
    context: str | None = None  # patient | user | system
    resource_type: str | None = None  # a FHIR type, or "*"
    can: frozenset[str] = frozenset()  # letters of "cruds"
    query: str | None = None  # of a query-restricted scope

    def covers(self, resource_type: str, interaction: str) -> bool:
        """Tell whether this scope alone allows the interaction on the type."""
        return self.resource_type in (resource_type, "*") and interaction in self.can


def parse_scope(word: str) -> Scope:
    """
    Read one scope word.

    raises: BadScope for a clinical scope that is malformed (letters out of order, unknown context …)
    """
    found = RESOURCE.fullmatch(word)
    if not found:
        if CLINICAL.match(word):
            raise BadScope(word)
        return Scope(word)
    context, kind, letters, query = found.groups()
    if not letters:
        raise BadScope(word)
    return Scope(word, context, kind, frozenset(V1.get(letters, letters)), query)


def parse_scopes(text: str) -> tuple[Scope, ...]:
    """Read a space-separated scope parameter, once each, in order. raises: BadScope."""
    return tuple(parse_scope(word) for word in dict.fromkeys(text.split()))


def written(scopes) -> str:
    """Write scopes as the `scope` parameter has them."""
    return " ".join(scope.text for scope in scopes)


def narrow(asked: tuple[Scope, ...], *, limit: tuple[Scope, ...], types: frozenset[str] | None = None) -> tuple:
    """
    Return what of the asked scopes may be granted, in the order asked; never more than was asked.

    limit: the most that may be granted; () is no limit. types: the FHIR types served; None is any.
    A query-restricted scope is dropped: its restriction is not enforced here, and without it it would be wider.
    A name that nobody knows is dropped too (OpenID Connect: unknown scopes SHOULD be ignored).
    """
    granted: dict[str, Scope] = {}
    for scope in asked:
        for given in _narrow_one(scope, limit):
            if types is None or given.context is None or given.resource_type == "*" or given.resource_type in types:
                granted.setdefault(given.text, given)
    return tuple(granted.values())


def _narrow_one(scope: Scope, limit: tuple[Scope, ...]) -> list[Scope]:
    if scope.context is None:
        known = scope.text in NAMED and (not limit or any(scope.text == most.text for most in limit))
        return [scope] if known else []
    if scope.query:
        return []
    if not limit:
        return [scope]
    same = [most for most in limit if most.context == scope.context and not most.query]
    if scope.resource_type == "*":
        kinds = [most.resource_type for most in same]
    else:
        kinds = [scope.resource_type]
    return [found for kind in dict.fromkeys(kinds) if (found := _limited(scope, kind, same))]


def _limited(scope: Scope, kind: str, same: list[Scope]) -> Scope | None:
    most = frozenset().union(*(limit.can for limit in same if limit.resource_type in (kind, "*")))
    can = scope.can & most
    if not can:
        return None
    if can == scope.can and kind == scope.resource_type:
        return scope
    letters = "".join(letter for letter in ORDER if letter in can)
    return Scope(f"{scope.context}/{kind}.{letters}", scope.context, kind, can)


@dataclass(frozen=True, slots=True)
class Grant:
    """What one access token may do, and in whose name."""

    client_id: str
    scopes: frozenset[Scope]
    patient: str | None = None  # id of the patient in context
    user: str | None = None  # "Practitioner/x"
    system: bool = False

    def allows(self, resource_type: str, interaction: str) -> bool:
        """Tell whether any scope allows the interaction (one of c r u d s) on the type."""
        return any(self._counts(scope) and scope.covers(resource_type, interaction) for scope in self.scopes)

    def compartment(self, resource_type: str, interaction: str) -> str | None:
        """Return the patient id to which access is limited; None when a user/ or system/ scope allows it freely."""
        wide = any(
            scope.context != "patient" and self._counts(scope) and scope.covers(resource_type, interaction)
            for scope in self.scopes
        )
        return None if wide else self.patient

    def _counts(self, scope: Scope) -> bool:
        """Tell whether the scope has what it speaks of: a patient, a user, or a system's own token."""
        if scope.context == "patient":
            return self.patient is not None
        if scope.context == "user":
            return self.user is not None
        return scope.context == "system" and self.system
