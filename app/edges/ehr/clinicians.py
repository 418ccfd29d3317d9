"""Clinicians by name or NPI, each with the hours and specialty of their roles; what a server sends is sifted here."""

from collections.abc import Iterable
from typing import Any

from app.core.clinician import is_called, name_words, npi_in
from app.core.people import Clinician
from app.edges.ehr.reading import Query, Reading
from app.edges.fhir.datatypes import local_reference
from app.edges.fhir.practitioner import practitioner_of_role, read_clinician
from app.errors import Permanent

MOST_FOUND = 20
MOST_WORDS = 3
_NPI = "http://hl7.org/fhir/sid/us-npi"


class NoClinicianSearch(Permanent):
    """This EHR, or this token, does not let clinicians be looked for."""

    say = "The EHR does not let Parley look for clinicians."
    next = "Let the clinician open the case and take the call themself."


class NotAClinician(Permanent):
    """The reference leads to nobody who could take a call."""

    say = "The EHR knows no such clinician."
    next = "Look for them by name."


def find_clinicians(reading: Reading, *, name: str, zone: str) -> tuple[Clinician, ...]:
    """
    Return at most twenty clinicians of this name (or NPI), those with an NPI first.

    raises: SignInNeeded, NoClinicianSearch
    """
    queries = _asked(reading, name)
    if not queries or not reading.may("Practitioner", "s", beyond_patient=True):
        raise NoClinicianSearch
    found = reading.search_all(queries)
    raw = {local_reference(each) or "": each for answer in found for each in answer.matches}
    problem = next((answer.problem for answer in found if answer.problem), None)
    if problem and not raw:
        raise NoClinicianSearch(problem)
    people = [_read_one(reading, each, (), zone) for each in raw.values() if each.get("active") is not False]
    number = npi_in(name)
    fitting = [each for each in people if (each.npi == number if number else is_called(each, name))]
    first = sorted(fitting, key=lambda each: (each.npi is None, each.name, each.reference))[:MOST_FOUND]
    roles = _roles_of(reading, [each.reference for each in first])
    return tuple(_read_one(reading, raw[each.reference], roles, zone) for each in first)


def read_clinician_at(reading: Reading, reference: str, *, zone: str) -> Clinician:
    """Return the clinician at "Practitioner/ID" or "PractitionerRole/ID". raises: NotAClinician, SignInNeeded, …"""
    if reference.startswith("PractitionerRole/") and reading.local(reference) == reference:
        reference = practitioner_of_role(reading.counterpart.get(reference)) or ""
    if not reference.startswith("Practitioner/") or reading.local(reference) != reference:
        raise NotAClinician
    practitioner = reading.counterpart.get(reference)
    if local_reference(practitioner) != reference:
        raise NotAClinician
    return _read_one(reading, practitioner, _roles_of(reading, [reference]), zone)


def _read_one(reading: Reading, practitioner: dict[str, Any], roles: Iterable[dict[str, Any]], zone: str) -> Clinician:
    reference = local_reference(practitioner) or ""
    own = [each for each in roles if practitioner_of_role(each) == reference]
    return read_clinician(practitioner, reference=reference, roles=own, zone=zone, hours=reading.profile.hours)


def _asked(reading: Reading, name: str) -> list[Query]:
    """Return the searches that this server takes for what was typed, none when it takes none."""
    number = npi_in(name)
    if number is not None:
        by_number = reading.capability.searches_by("Practitioner", "identifier")
        return [Query("Practitioner", (("identifier", f"{_NPI}|{number}"),))] if by_number else []
    by = next((each for each in ("name", "family") if reading.capability.searches_by("Practitioner", each)), None)
    # A word each: servers differ in what they make of several, and many find only what a name begins with.
    words = sorted(name_words(name), key=len, reverse=True)[:MOST_WORDS]
    return [Query("Practitioner", ((by, each),)) for each in words] if by else []


def _roles_of(reading: Reading, references: list[str]) -> tuple[dict[str, Any], ...]:
    may = reading.may("PractitionerRole", "s", beyond_patient=True)
    if not references or not may or not reading.capability.searches_by("PractitionerRole", "practitioner"):
        return ()
    query = Query("PractitionerRole", (("practitioner", ",".join(sorted(references))),))
    return reading.search_all([query])[0].matches
