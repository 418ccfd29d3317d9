"""Which server the sandbox plays: `full`, or what Epic's and Oracle's public statements offer, refusals included.

The statements behind epic-like and oracle-like: epic-fhir-r4-capabilitystatement.json (2026-07-24) and
cerner-capability-statement-r4-secure.json (2026-08-14), both from the public api-evangelist mirror; prose rules
of Oracle's public documentation. Real sites differ; these are the shapes a client must survive.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from launch.sandbox.outcome import not_supported
from launch.sandbox.search import Query, Rules
from launch.sandbox.search_parameters import COMMON, FHIR_TYPES, parameters_of

LETTERS = {
    "R": "read",
    "V": "vread",
    "H": "history-instance",
    "S": "search-type",
    "C": "create",
    "U": "update",
    "P": "patch",
    "D": "delete",
}


@dataclass(frozen=True, slots=True)
class Write:
    """A write as a profile's rules see it. before: what stands there now; user: fhirUser of the token."""

    interaction: str  # create | update | patch
    resource: dict
    before: dict | None
    user: str | None
    store: object


def _no_search_rule(query: Query, pairs: tuple[tuple[str, str], ...]) -> None:
    """Accept every search."""


def _no_write_rule(write: Write) -> dict:
    """Take the resource as it came."""
    return write.resource


def _no_effect(write: Write, stored: dict) -> None:
    """Leave everything else as it is."""


@dataclass(frozen=True, slots=True)
class Profile:
    """
    What one kind of server offers.

    interactions: by type, as CapabilityStatement codes. rules: what searches honour, by type.
    check_search and check_write raise FhirError; check_write returns the resource as the server completes it.
    effect: what a stored write changes elsewhere (a booked Slot becomes busy).
    """

    name: str
    software: str
    interactions: Mapping[str, frozenset[str]]
    rules: Mapping[str, Rules]
    conditional_create: bool = False
    update_create: bool = False
    batch: bool = False
    transaction: bool = False
    numbered: bool = False  # says Epic's numbers in OperationOutcomes
    most_matches: int | None = None
    empty_answers: bool = False  # 201 and 200 to a write have no body
    form_only: bool = False  # POST _search ignores the query string
    unacceptable_empty: bool = False  # 406 without a body
    stale: int = 412
    invalid: int = 400  # the status of a resource that breaks a rule
    patch_needs_match: bool = False
    patch_formats: tuple[str, ...] = ()
    check_search: Callable = _no_search_rule
    check_write: Callable = _no_write_rule
    effect: Callable = _no_effect
    system_interactions: tuple[str, ...] = field(default=())

    @property
    def types(self) -> frozenset[str]:
        """Return every FHIR type the server serves."""
        return frozenset(self.interactions)

    def offers(self, kind: str, interaction: str) -> bool:
        """Tell whether the server has the interaction on the type."""
        return interaction in self.interactions.get(kind, ())

    def require(self, kind: str, interaction: str) -> None:
        """Refuse what the server does not offer: 404 for a type it lacks, 405 for an interaction."""
        if kind not in self.interactions:
            raise not_supported(kind)
        if interaction not in self.interactions[kind]:
            raise not_supported(f"{interaction} of {kind}", status=405)


def letters(table: Mapping[str, str]) -> dict[str, frozenset[str]]:
    """Read a table like {"Slot": "RSP"} into interaction codes."""
    return {kind: frozenset(LETTERS[letter] for letter in text) for kind, text in table.items()}


def rules_of(table: Mapping[str, str], **all_alike) -> dict[str, Rules]:
    """
    Read a table like {"Slot": "_id start / identifier"} into search rules.

    Names after the slash stand in the server's statement and are ignored all the same.
    """
    made = {}
    for kind, text in table.items():
        honoured, _, ignored = text.partition("/")
        known = parameters_of(kind)
        made[kind] = Rules({name: known[name] for name in honoured.split()}, frozenset(ignored.split()), **all_alike)
    return made


def _everything() -> Profile:
    """Return `full`: every interaction and parameter this code has."""
    never_deleted = frozenset({"Patient"})
    return Profile(
        name="full",
        software="Sandbox EHR",
        interactions={
            kind: frozenset(LETTERS.values()) - (frozenset({"delete"}) if kind in never_deleted else frozenset())
            for kind in FHIR_TYPES
        },
        rules={kind: Rules(_public_parameters(kind)) for kind in FHIR_TYPES},
        conditional_create=True,
        update_create=True,
        batch=True,
        transaction=True,
        patch_formats=("application/json-patch+json",),
    )


def _public_parameters(kind: str) -> dict:
    """Return a type's parameters without Oracle's own, whose names begin with a dash."""
    return {name: parameter for name, parameter in parameters_of(kind).items() if not name.startswith("-")}


def read_only(types: tuple[str, ...]) -> Profile:
    """Return a server that lets anyone read and search these types: a payer's published slots."""
    return Profile(
        name="published",
        software="Sandbox payer",
        interactions=letters(dict.fromkeys(types, "RS")),
        rules={kind: Rules(_public_parameters(kind)) for kind in types},
    )


def profile_named(name: str) -> Profile:
    """Return the profile of that name. raises: ValueError"""
    # Imported here: both are written in this module's words.
    from launch.sandbox.epic_like import EPIC_LIKE
    from launch.sandbox.oracle_like import ORACLE_LIKE

    known = {"full": FULL, "epic-like": EPIC_LIKE, "oracle-like": ORACLE_LIKE}
    if name not in known:
        raise ValueError(f"profile is one of {', '.join(known)}")
    return known[name]


FULL = _everything()
ALWAYS = " ".join(COMMON)
