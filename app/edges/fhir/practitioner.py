"""
Practitioner and PractitionerRole: who takes the call, when they work, when they are away.

We read: name with its suffix, qualification, NPI; specialty, code, practitioner, active, availableTime, notAvailable.
source: https://hl7.org/fhir/R4/practitionerrole.html
"""

import re
from collections.abc import Iterable
from datetime import time, tzinfo
from typing import Any

from app.core.interval import Interval
from app.core.people import Clinician, WorkingHours
from app.edges.fhir.datatypes import (
    as_dict,
    as_list,
    codings_of,
    dicts_of,
    identifiers_of,
    period_of,
    reference_of,
    string_of,
    text_of,
)
from app.edges.fhir.patient import name_of

# What a degree behind a name makes of a caller, in the words of core.rulebook.guards.CREDENTIALS; the surest first.
_DEGREES = {
    "MD": "physician", "DO": "physician", "MBBS": "physician", "MBCHB": "physician",
    "PA": "pa", "PAC": "pa",
    "NP": "np", "ARNP": "np", "CRNP": "np", "FNP": "np", "FNPBC": "np", "FNPC": "np", "CNP": "np", "CANP": "np",
    "DNP": "doctoral_degree", "PHD": "doctoral_degree", "PSYD": "doctoral_degree", "PHARMD": "doctoral_degree",
    "DDS": "doctoral_degree", "DMD": "doctoral_degree", "DPM": "doctoral_degree", "DPT": "doctoral_degree",
    "RN": "rn", "BSN": "rn",
}  # fmt: skip
_SURE = ("physician", "pa", "np", "doctoral_degree", "resident", "rn")
# Beginnings of NUCC taxonomy codes: physicians, physician assistants, nurse practitioners, in training, nurses.
_TAXONOMY = "http://nucc.org/provider-taxonomy"
_TAXA = {"20": "physician", "363A": "pa", "363L": "np", "390200000X": "resident", "163W": "rn"}
_NPI = "http://hl7.org/fhir/sid/us-npi"
_DAYS = {"mon": "MO", "tue": "TU", "wed": "WE", "thu": "TH", "fri": "FR", "sat": "SA", "sun": "SU"}
_LAST_MOMENT = time(23, 59, 59)


def read_clinician(
    practitioner: dict[str, Any],
    *,
    reference: str,
    roles: Iterable[dict[str, Any]],
    zone: str,
    hours: tuple[WorkingHours, ...],
) -> Clinician:
    """
    Return the clinician at `reference` with the hours of their active roles.

    hours: the site's, taken when no role tells any
    """
    active = [role for role in roles if role.get("active") is not False]
    told = tuple(dict.fromkeys(each for role in active for each in working_hours(role)))
    specialty = next(
        (text for role in active for each in as_list(role.get("specialty")) if (text := text_of(each))), None
    )
    npi = next((value for system, value in identifiers_of(practitioner.get("identifier")) if system == _NPI), None)
    return Clinician(
        reference=reference,
        name=name_of(practitioner.get("name")) or "Name not given",
        zone=zone,
        hours=told or hours,
        specialty=specialty,
        npi=npi,
        credential=credential_of(practitioner, active),
    )


def credential_of(practitioner: dict[str, Any], roles: Iterable[dict[str, Any]]) -> str | None:
    """
    Return what this clinician is to a payer (core.rulebook.guards.CREDENTIALS), None where nothing read says it.

    By the degrees of qualification and name suffix, and by the roles' NUCC taxonomy; somebody in training is that first
    """
    told = [code for role in roles for name in ("specialty", "code") for code in codings_of(role.get(name))]
    nucc = [each.code for each in told if each.system == _TAXONOMY and each.code]
    taxa = {word for code in nucc for begins, word in _TAXA.items() if code.startswith(begins)}
    degrees = {_DEGREES[word] for word in _degree_words(practitioner) if word in _DEGREES}
    if "resident" in taxa:
        return "resident"
    return next((each for each in _SURE if each in degrees), None) or next(
        (each for each in _SURE if each in taxa), None
    )


def _degree_words(practitioner: dict[str, Any]) -> list[str]:
    """Return the degrees as letters alone: "M.D., Ph.D." as MD and PHD."""
    told = [string_of(each) for name in dicts_of(practitioner.get("name")) for each in as_list(name.get("suffix"))]
    qualified = [each.get("code") for each in dicts_of(practitioner.get("qualification"))]
    told += [text_of(each) for each in qualified] + [code.code for each in qualified for code in codings_of(each)]
    words = [word for text in told if text for word in re.split(r"[,;/\s]+", text)]
    return ["".join(c for c in word.upper() if c.isalpha()) for word in words]


def working_hours(role: dict[str, Any]) -> tuple[WorkingHours, ...]:
    """Return the weekly hours of a PractitionerRole (or of anything with availableTime); unreadable ones left out."""
    found = []
    for each in dicts_of(role.get("availableTime")):
        start, end = _time(each.get("availableStartTime")), _time(each.get("availableEndTime"))
        if each.get("allDay") is True:
            start, end = time(0), _LAST_MOMENT
        if start is None or end is None or start >= end:
            continue
        days = [_DAYS[day] for raw in as_list(each.get("daysOfWeek")) if (day := string_of(raw)) in _DAYS]
        found += [WorkingHours(day, start, end) for day in days]
    return tuple(found)


def away(role: dict[str, Any], *, zone: tzinfo) -> tuple[Interval, ...]:
    """Return when a PractitionerRole is not available (notAvailable.during); days are local to `zone`."""
    found = []
    for each in dicts_of(role.get("notAvailable")):
        start, end = period_of(each.get("during"), zone=zone)
        if start is not None and end is not None and end > start:
            found.append(Interval(start, end))
    return tuple(found)


def practitioner_of_role(role: dict[str, Any]) -> str | None:
    """Return "Practitioner/ID" of a PractitionerRole."""
    return reference_of(as_dict(role.get("practitioner")))


def _time(value: object) -> time | None:
    text = string_of(value)
    try:
        return time.fromisoformat(text[:8]) if text else None
    except ValueError:
        return None
