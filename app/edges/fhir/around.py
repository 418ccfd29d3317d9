"""What the reader of one resource may use of the chart around it, and where it says what it left out."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from app.core.brief.facts import HeldBack
from app.edges.fhir.attachment import Files
from app.edges.fhir.datatypes import local_reference

Lookup = Callable[[str], tuple[str, dict] | None]
KINDS = {
    "AllergyIntolerance": "allergy",
    "Condition": "diagnosis",
    "DiagnosticReport": "report",
    "DocumentReference": "note",
    "Encounter": "visit",
    "Observation": "result",
    "Procedure": "procedure",
    "ServiceRequest": "order",
}  # everything else of a chart is a medicine


@dataclass(frozen=True, slots=True)
class Around:
    """
    The chart around a resource while it is read.

    lookup: a reference -> (its "Type/ID", the resource), None where it is not in the chart
    added: references of sensitive things that a person added
    files: who reads its PDFs, and how many more
    problems: what could not be read or was not used, counted by why; held: what was held back, by reference
    """

    lookup: Lookup
    added: frozenset[str] = frozenset()
    files: Files = field(default_factory=Files)
    problems: Counter[str] = field(default_factory=Counter)
    held: dict[str, HeldBack] = field(default_factory=dict)

    def hold(self, reference: str, *, day: str | None, why: str, kind: str = "") -> None:
        """Note that something is held back; what is held whole is not also held in part."""
        named = kind or KINDS.get(reference.partition("/")[0], "medicine")
        self.held.setdefault(reference, HeldBack(reference, named, day, why))


def lookup_in(resources: Mapping[str, dict]) -> Lookup:
    """Return how a reference leads to (its local name, the resource), None where it is not among these."""

    def lookup(reference: str) -> tuple[str, dict] | None:
        found = resources.get(reference)
        if not isinstance(found, dict) or (name := local_reference(found)) is None:
            return None
        return name, found

    return lookup
