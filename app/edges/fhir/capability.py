"""
CapabilityStatement: what a server says it does. Said is not done, but what is not said is not asked for.

We read: rest[server].interaction, resource.interaction, searchParam, searchInclude, searchRevInclude,
conditionalCreate, versioning.
source: https://hl7.org/fhir/R4/capabilitystatement.html
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.edges.fhir.datatypes import as_dict, as_list, dicts_of, string_of

_INTERACTIONS = {
    "read": "r",
    "search-type": "s",
    "create": "c",
    "update": "u",
    "patch": "p",
    "delete": "d",
}


@dataclass(frozen=True, slots=True)
class Offered:
    """What is offered for one resource type: interaction letters (c r u d s p), parameters, includes both ways."""

    letters: frozenset[str] = frozenset()
    params: frozenset[str] = frozenset()
    includes: frozenset[str] = frozenset()
    back_includes: frozenset[str] = frozenset()
    conditional_create: bool = False


@dataclass(frozen=True, slots=True)
class Capability:
    """
    A server's statement. types: by resource type; batch: whether batches are taken at the base.

    digest: changes when what it offers or its software does, and not with the statement's date
    """

    types: Mapping[str, Offered] = field(default_factory=dict)
    batch: bool = False
    software: str | None = None
    version: str | None = None
    digest: str = ""

    def offers(self, kind: str, letter: str) -> bool:
        """Whether an interaction (c r u s) is offered for a type."""
        return letter in self.of(kind).letters

    def searches_by(self, kind: str, *params: str) -> bool:
        """Whether a type can be searched by all of these parameters."""
        offered = self.of(kind)
        return "s" in offered.letters and offered.params.issuperset(params)

    def brings(self, kind: str, include: str) -> bool:
        """Whether a search for `kind` can bring along what "Type:parameter" names: forth from it, or back to it."""
        offered = self.of(kind)
        if include.partition(":")[0] == kind:
            return include in offered.includes  # "*" says that all may be asked for at once, not that it knows this one
        return not {include, "*"}.isdisjoint(offered.back_includes)

    def of(self, kind: str) -> Offered:
        """Return what is offered for a type; nothing for one that is not listed."""
        return self.types.get(kind, _NOTHING)


_NOTHING = Offered()


def read_capability(statement: dict[str, Any]) -> Capability:
    """Return what a CapabilityStatement offers; anything unreadable in it is not offered."""
    types: dict[str, Offered] = {}
    batch = False
    for rest in dicts_of(statement.get("rest")):
        if string_of(rest.get("mode")) not in ("server", None):
            continue
        batch = batch or any(string_of(each.get("code")) == "batch" for each in dicts_of(rest.get("interaction")))
        for each in dicts_of(rest.get("resource")):
            if kind := string_of(each.get("type")):
                types[kind] = _offered(each)
    software = statement.get("software")
    name, version = (string_of(as_dict(software).get(each)) for each in ("name", "version"))
    told = json.dumps([software, statement.get("rest")], sort_keys=True)
    digest = hashlib.sha256(told.encode(errors="replace")).hexdigest()
    return Capability(types=types, batch=batch, software=name, version=version, digest=digest)


def _offered(resource: dict[str, Any]) -> Offered:
    codes = (string_of(each.get("code")) for each in dicts_of(resource.get("interaction")))
    params = (string_of(each.get("name")) for each in dicts_of(resource.get("searchParam")))
    return Offered(
        letters=frozenset(_INTERACTIONS[code] for code in codes if code in _INTERACTIONS),
        params=frozenset(each for each in params if each),
        includes=_texts(resource.get("searchInclude")),
        back_includes=_texts(resource.get("searchRevInclude")),
        conditional_create=resource.get("conditionalCreate") is True,
    )


def _texts(value: object) -> frozenset[str]:
    return frozenset(text for each in as_list(value) if (text := string_of(each)))
