"""
The patient's chart for the brief: every type it reads, in one round of searches, then what those point to (files.py).

Whatever the server sends, a resource of another patient is dropped and told.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from app.edges.ehr.files import read_files
from app.edges.ehr.reading import Found, Query, Reading
from app.edges.fhir.datatypes import local_reference
from app.flow.ports import ChartRead

TYPES = (
    "Condition",
    "AllergyIntolerance",
    "Observation",
    "DiagnosticReport",
    "Procedure",
    "MedicationRequest",
    "MedicationStatement",
    "MedicationDispense",
    "MedicationAdministration",
    "DocumentReference",
    "Encounter",
    "ServiceRequest",
)
_MOST_OF_A_TYPE = 2_000
# A chart of 2,000 resources in few requests: what is small comes many at once, what may carry files does not.
_AT_ONCE = {"DocumentReference": 100, "DiagnosticReport": 200}
_OTHERS_AT_ONCE = 500
# Some refuse a search that finds too many, whatever its pages (Epic): then what is recent is asked for.
_DAYS = (730, 180, 45)
_SINCE = {
    "Condition": ("recorded-date", "onset-date"),
    "AllergyIntolerance": ("date",),
    "MedicationRequest": ("authoredon", "date"),
    "MedicationStatement": ("effective",),
    "MedicationDispense": ("whenhandedover",),
    "MedicationAdministration": ("effective-time",),
    "ServiceRequest": ("authored",),
}


def read_chart_resources(reading: Reading, patient: str, *, now: datetime) -> ChartRead:
    """
    Return the raw resources of one patient ("Patient/ID") by reference, and what was left out, in words.

    raises: SignInNeeded
    """
    kinds = [each for each in TYPES if reading.may(each, "s") and _by(reading, each)]
    queries = [
        Query(each, ((_by(reading, each), patient),), at_once=_AT_ONCE.get(each, _OTHERS_AT_ONCE)) for each in kinds
    ]
    found = dict(zip(kinds, reading.search_all(queries, most=_MOST_OF_A_TYPE), strict=True))
    recent = _read_recent(reading, {each.kind: each for each in queries}, found, now=now)
    resources: dict[str, dict[str, Any]] = {}
    left_out = [f"{each}: this EHR does not show it to Parley" for each in TYPES if each not in kinds]
    left_out += [
        f"{kind}: of the last {days} days only, as this EHR gives no more at once" for kind, days in recent.items()
    ]
    for kind, each in found.items():
        ours = [resource for resource in each.matches if _is_of(reading, resource, patient)]
        resources |= {reference: resource for resource in ours if (reference := local_reference(resource))}
        left_out += _left_out(kind, each, strangers=len(each.matches) - len(ours))
    leads = {patient, *_medications(reading, resources)} - resources.keys()
    resources |= reading.read_all(sorted(leads))
    files, unread = read_files(reading, resources)
    return ChartRead(resources | files, (*left_out, *unread))


def _read_recent(
    reading: Reading, queries: Mapping[str, Query], found: dict[str, Found], *, now: datetime
) -> dict[str, int]:
    """Ask again, for ever fewer days, where a search found too many; return the days of each kind that came of it."""
    recent: dict[str, int] = {}
    for turn, days in enumerate(_DAYS):
        day = f"ge{(now - timedelta(days=days)).date()}"
        again = [
            Query(kind, (*queries[kind].params, (since, day)), queries[kind].at_once)
            for kind, each in found.items()
            if each.too_many and (since := _since(reading, kind, turn))
        ]
        for query, each in zip(again, reading.search_all(again, most=_MOST_OF_A_TYPE), strict=True):
            if not each.refused and each.matches:  # none may mean that the day is of something else
                found[query.kind] = each
                recent[query.kind] = days
    return recent


def _since(reading: Reading, kind: str, turn: int) -> str | None:
    """Return a parameter by which a type is searched from a day on, another one each turn; None without any."""
    known = [each for each in _SINCE.get(kind, ("date",)) if reading.capability.searches_by(kind, each)]
    return known[turn % len(known)] if known else None


def _by(reading: Reading, kind: str) -> str:
    """Return the parameter that names the patient, "" where the server lists none."""
    return next((each for each in ("patient", "subject") if reading.capability.searches_by(kind, each)), "")


def _is_of(reading: Reading, resource: dict[str, Any], patient: str) -> bool:
    return reading.local(resource.get("subject") or resource.get("patient")) == patient


def _left_out(kind: str, found: Found, *, strangers: int) -> list[str]:
    said = [f"{kind}: {found.problem}"] if found.problem else []
    if found.warned:
        said.append(f"{kind}: the EHR says that it keeps some back")
    if strangers:
        said.append(f"{kind}: {strangers} of another patient were sent and dropped")
    return said


def _medications(reading: Reading, resources: dict[str, dict[str, Any]]) -> set[str]:
    """Return the medications that the chart only points to."""
    pointers = (reading.local(each.get("medicationReference")) for each in resources.values())
    return {each for each in pointers if each and each.startswith("Medication/")}
