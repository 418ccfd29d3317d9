"""
The visit under which a note is filed: the request's, else that of the launch, else the patient's newest that fits.

The newest is looked for only where the EHR takes no note without a visit: it is a guess, and the case says so.
source: shared rules of SMART, §2.2 (Outcome)
"""

import re
from datetime import UTC, datetime

from app.edges.ehr.reading import Found, Query, Reading
from app.edges.fhir.datatypes import local_reference
from app.edges.fhir.encounter import NOT_LONG_AGO, begun_at
from app.edges.http import Down

GUESSED = "filed under the patient's newest visit that fits: move it in the EHR if it belongs to another"
UNFILED = "without the visit that the request or the launch named, which the EHR did not take"
NO_VISIT = "it takes notes of an encounter only, and neither request, launch nor the last 180 days name one"
FILE_IT = (
    "to have it as a document, open Parley from the visit it belongs to and save the outcome again, or file it by hand"
)


_VISIT = re.compile(r"Encounter/[A-Za-z0-9\-.]{1,64}")


def named_visit(*references: str | None) -> str | None:
    """Return the first of these that is a visit by its form: request and launch say what they like."""
    return next((each for each in references if each and _VISIT.fullmatch(each)), None)


def may_look(reading: Reading) -> bool:
    """Whether visits of one patient can be searched there."""
    return reading.may("Encounter", "s") and _by(reading) is not None


def newest_visit(reading: Reading, patient: str, *, at: datetime, besides: str | None = None) -> str | None:
    """
    Return "Encounter/ID" of the newest visit that fits a note of `at`, None where none does or none may be looked for.

    besides: one that the EHR refused already
    raises: SignInNeeded, Down where the look failed for now
    """
    if not may_look(reading):
        return None
    by = _by(reading) or "patient"
    day = f"ge{(at - NOT_LONG_AGO).astimezone(UTC):%Y-%m-%d}"
    found = Found(refused=True)
    if reading.capability.searches_by("Encounter", by, "date"):
        found = reading.search_all([Query("Encounter", ((by, patient), ("date", day)))])[0]
    if found.refused:
        found = reading.search_all([Query("Encounter", ((by, patient),))])[0]
    begun = [
        (begins, reference)
        for each in found.matches
        if (begins := begun_at(each, patient=patient, at=at)) and (reference := local_reference(each)) != besides
    ]
    if not begun and found.problem and not found.refused:
        raise Down(f"Parley could not look for the visit to file the note under: {found.problem}")
    return named_visit(max(begun)[1]) if begun else None


def _by(reading: Reading) -> str | None:
    return next((each for each in ("patient", "subject") if reading.capability.searches_by("Encounter", each)), None)
