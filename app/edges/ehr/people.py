"""Patients by record number, or by name and birth date; what the server sends is compared again here."""

from app.core.people import Patient
from app.edges.ehr.reading import Query, Reading
from app.edges.fhir.datatypes import local_reference
from app.edges.fhir.patient import read_patient
from app.errors import Permanent

MOST_FOUND = 10


class NoPatientSearch(Permanent):
    """This EHR, or this token, does not let patients be looked for."""

    say = "The EHR does not let Parley look for this patient."
    next = "Open the patient's chart, launch Parley from there, and take the denial in there."


def find_patients(
    reading: Reading, *, mrn: str | None, name: str | None, birth_date: str | None
) -> tuple[Patient, ...]:
    """
    Return at most ten patients of this record number, else of this name and birth date (YYYY-MM-DD).

    raises: SignInNeeded, NoPatientSearch
    """
    ways = []
    if mrn and reading.capability.searches_by("Patient", "identifier"):
        ways.append((("identifier", mrn),))
    elif name and birth_date and reading.capability.searches_by("Patient", "birthdate"):
        by = next((each for each in ("name", "family") if reading.capability.searches_by("Patient", each)), None)
        # One word: servers differ in what they make of a whole name. Who else was born that day is for a person to see.
        words = name.replace(",", " ").split()[-1:]
        ways.append(((by, words[0]), ("birthdate", birth_date)) if by and words else (("birthdate", birth_date),))
    if not ways or not reading.may("Patient", "s"):
        raise NoPatientSearch
    found = reading.search_all([Query("Patient", ways[0])])[0]
    if found.problem and not found.matches:
        raise NoPatientSearch(found.problem)
    people = [read_patient(each, reference=local_reference(each) or "") for each in found.matches]
    fitting = [each for each in people if _fits(each, mrn=mrn, birth_date=birth_date)]
    return tuple(fitting[:MOST_FOUND])


def _fits(patient: Patient, *, mrn: str | None, birth_date: str | None) -> bool:
    # Servers ignore parameters and send everybody; an identifier may be another hospital's number.
    if mrn:
        return patient.mrn is not None and patient.mrn.strip().casefold() == mrn.strip().casefold()
    return patient.birth_date == birth_date
