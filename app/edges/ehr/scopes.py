"""
What the token was granted, as SMART scopes say it (versions 1 and 2).

source: SMART App Launch 2.2, "Scopes for requesting FHIR resources"; v1 read = rs, write = cud
"""

import re
from dataclasses import dataclass

_SCOPE = re.compile(r"(patient|user|system)/([A-Z][A-Za-z]*|\*)\.(read|write|\*|c?r?u?d?s?)(?:\?.*)?")
_V1 = {"read": "rs", "write": "cud", "*": "cruds"}


@dataclass(frozen=True, slots=True)
class Scopes:
    """Granted scopes: (context, type or *, letters of cruds)."""

    granted: tuple[tuple[str, str, frozenset[str]], ...] = ()

    def allow(self, kind: str, letter: str, *, beyond_patient: bool = False) -> bool:
        """
        Whether an interaction (c r u d s) on a type is granted.

        beyond_patient: it stands in no patient's compartment (a clinician's calendar), so patient/ scopes do not reach
        """
        return any(
            type_ in (kind, "*") and letter in letters and not (beyond_patient and context == "patient")
            for context, type_, letters in self.granted
        )


def read_scopes(text: str) -> Scopes:
    """Read the `scope` of a token response; words that are no resource scopes are left out."""
    found = (_SCOPE.fullmatch(word) for word in dict.fromkeys(text.split()))
    return Scopes(tuple((m[1], m[2], frozenset(_V1.get(m[3], m[3]))) for m in found if m))
