"""
The identifier that every resource of ours carries, so that one logical write can be found again and never twice.

system urn:parley:write; value the UUID (v5) of the effect's key: the same on every try, telling nothing.
"""

import uuid

from app.edges.fhir.datatypes import identifiers_of

SYSTEM = "urn:parley:write"
_SPACE = uuid.uuid5(uuid.NAMESPACE_URL, SYSTEM)


def value_of_key(key: str) -> str:
    """Return the identifier value of an effect's key."""
    return str(uuid.uuid5(_SPACE, key))


def write_identifier(key: str) -> dict[str, str]:
    """Return the Identifier of an effect's key."""
    return {"system": SYSTEM, "value": value_of_key(key)}


def token_of(key: str) -> str:
    """Return "system|value", as search and If-None-Exist want it (not yet percent-encoded)."""
    return f"{SYSTEM}|{value_of_key(key)}"


def carries(resource: dict, key: str) -> bool:
    """Whether a resource is the one that the effect of this key wrote, by any of its identifiers."""
    ours = (SYSTEM, value_of_key(key))
    return ours in identifiers_of(resource.get("identifier")) or ours in identifiers_of(
        resource.get("masterIdentifier")
    )
