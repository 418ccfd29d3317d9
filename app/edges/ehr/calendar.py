"""
A clinician's busy time, as the EHR's Appointments, Slots and roles tell it.

Not verified means: do not rely on it. It is so whenever a part could not be read, was cut short, or the token reaches
one patient's appointments only, where an empty calendar would look like a free one.
"""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.core.interval import Interval
from app.core.people import Clinician
from app.edges.ehr.reading import Found, Params, Query, Reading
from app.edges.fhir.appointment import read_busyness
from app.edges.fhir.datatypes import local_reference
from app.edges.fhir.practitioner import away
from app.edges.fhir.slot import TAKEN_STATUSES, read_slot
from app.flow.ports import BusyRead

# Appointment.date is its start: one that began before the span may still run into it.
_LONGEST = timedelta(hours=24)
_NOT_OFFERED = "This EHR does not show clinicians' calendars to Parley."


def read_busy(reading: Reading, clinician: Clinician, span: Interval, *, now: datetime) -> BusyRead:
    """
    Return the clinician's busy intervals that touch `span`, sorted, not merged; and whether they are all.

    raises: SignInNeeded; any other trouble is a warning and verified False
    """
    by = next((each for each in ("actor", "practitioner") if _searchable(reading, "Appointment", each)), None)
    if by is None:
        return BusyRead((), False, now, (_NOT_OFFERED,))
    roles, schedules = _roles_and_schedules(reading, clinician)
    actors = (clinician.reference, *(reference for each in roles.matches if (reference := local_reference(each))))
    asked = actors if by == "actor" else actors[:1]
    queries = [Query("Appointment", ((by, ",".join(asked)), *_dates(reading, "Appointment", "date", span)))]
    if owned := [reference for each in schedules.matches if (reference := local_reference(each))]:
        queries.append(Query("Slot", (("schedule", ",".join(owned)), *_dates(reading, "Slot", "start", span))))
    appointments, *slots = reading.search_all(queries)

    busy, warnings, places = _of_appointments(appointments, actors)
    for found in slots:
        busy += _of_slots(found, owned)
    busy += [each for role in roles.matches for each in away(role, zone=ZoneInfo(clinician.zone))]
    whole = (appointments, roles, schedules, *slots)
    warnings += [f"The calendar could not be read whole: {each.problem}" for each in whole if each.problem]
    if appointments.warned:
        warnings.append("The EHR says that it keeps part of the calendar back.")
    verified = not appointments.warned and not any(each.problem for each in whole)
    kept = tuple(sorted({each for each in busy if each.overlaps(span)}))
    return BusyRead(kept, verified, now, tuple(dict.fromkeys(warnings)), places)


def _searchable(reading: Reading, kind: str, *params: str) -> bool:
    return reading.may(kind, "s", beyond_patient=True) and reading.capability.searches_by(kind, *params)


def _roles_and_schedules(reading: Reading, clinician: Clinician) -> tuple[Found, Found]:
    """Return the clinician's roles, and their schedules where Slots are searched by them; nothing where not offered."""
    asked: dict[str, Query] = {}
    if _searchable(reading, "PractitionerRole", "practitioner"):
        asked["roles"] = Query("PractitionerRole", (("practitioner", clinician.reference),))
    if _searchable(reading, "Schedule", "actor") and _searchable(reading, "Slot", "schedule", "start"):
        asked["schedules"] = Query("Schedule", (("actor", clinician.reference),))
    answers = dict(zip(asked, reading.search_all(list(asked.values())), strict=True))
    return answers.get("roles", Found()), answers.get("schedules", Found())


def _dates(reading: Reading, kind: str, name: str, span: Interval) -> Params:
    if not reading.capability.searches_by(kind, name):
        return ()
    begin, end = (
        (each.astimezone(UTC).isoformat(timespec="seconds")).replace("+00:00", "Z")
        for each in (span.start - _LONGEST, span.end)
    )
    return ((name, f"ge{begin}"), (name, f"lt{end}"))


def _of_appointments(found: Found, actors: tuple[str, ...]) -> tuple[list[Interval], list[str], dict[Interval, str]]:
    """Return what takes the time of one of the actors, and where; the server's own filter is not trusted."""
    busy: list[Interval] = []
    warnings: list[str] = []
    places: dict[Interval, set[str | None]] = {}
    for resource in found.matches:
        read = read_busyness(resource)
        if set(actors) & set(read.actors):
            warnings += [read.warning] if read.warning else []
            if read.interval:
                busy.append(read.interval)
                places.setdefault(read.interval, set()).add(read.place)
    return busy, warnings, {when: each for when, (each, *more) in places.items() if each is not None and not more}


def _of_slots(found: Found, schedules: list[str]) -> list[Interval]:
    read: list[Any] = [read_slot(each) for each in found.matches]
    return [
        each.interval for each in read if each.interval and each.status in TAKEN_STATUSES and each.schedule in schedules
    ]
