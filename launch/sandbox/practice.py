"""The practice as FHIR resources: organization, place, people, roles, and four weeks of calendars from a moment on."""

from collections.abc import Iterator
from datetime import datetime

from launch.sandbox.patients.dates import Dates
from launch.sandbox.people import CLINIC, CLINICIANS, LOCAL, NPI, NUCC, PEOPLE, WORKWEEK, Person, npi

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HORIZON_DAYS = 28


def practice(now: datetime) -> list[dict]:
    """Return the practice as resources: organization, places, people, roles and four weeks of calendars from `now`."""
    dates = Dates(now)
    found = [_organization(), _location()]
    for person in PEOPLE:
        found += [_practitioner(person), _role(person)]
    for person in CLINICIANS:
        found.append(_schedule(person, dates))
        found += _appointments(person, dates)
        found += _admin_slots(person, dates)
    return found


def _organization() -> dict:
    """Return the practice itself."""
    return {
        "resourceType": "Organization",
        "id": "prairie-clinic",
        "identifier": [{"system": NPI, "value": npi("200000100")}],
        "active": True,
        "name": "Prairie Clinic (synthetic)",
        "telecom": [{"system": "phone", "value": "312-555-0100"}, {"system": "fax", "value": "312-555-0101"}],
    }


def _location() -> dict:
    """Return the one place where everybody works."""
    return {
        "resourceType": "Location",
        "id": "prairie-main",
        "status": "active",
        "name": "Prairie Clinic, main building",
        "managingOrganization": {"reference": CLINIC},
    }


def _practitioner(person: Person) -> dict:
    """Return the person; only those who treat or direct carry an NPI."""
    number = {"system": NPI, "value": npi(person.npi_base)} if person.npi_base else None
    name = {"use": "official", "text": person.name, "family": person.family, "given": [person.given]}
    if person.suffix:
        name["suffix"] = [person.suffix]
    extension = 110 + PEOPLE.index(person)
    return {
        "resourceType": "Practitioner",
        "id": person.id,
        "identifier": [{"system": "http://sandbox.example/staff", "value": person.login}]
        + ([number] if number else []),
        "active": True,
        "name": [name],
        "telecom": [{"system": "phone", "use": "work", "value": f"312-555-0{extension}"}],
    }


def _role(person: Person) -> dict:
    """Return what the person does here and when they work."""
    role = {
        "resourceType": "PractitionerRole",
        "id": f"{person.id}-role",
        "active": True,
        "practitioner": {"reference": f"Practitioner/{person.id}", "display": person.name},
        "organization": {"reference": CLINIC},
        "location": [{"reference": "Location/prairie-main"}],
        "code": [{"coding": [{"system": LOCAL, "code": person.login}], "text": person.title}],
    }
    if person.specialty:
        code, text = person.specialty
        role["specialty"] = [{"coding": [{"system": NUCC, "code": code}], "text": text}]
    if person.round_the_clock:
        role["availableTime"] = [{"daysOfWeek": list(WEEKDAYS), "allDay": True}]
    elif person.hours:
        role["availableTime"] = [
            {
                "daysOfWeek": [WEEKDAYS[day] for day in days],
                "availableStartTime": f"{starts}:00",
                "availableEndTime": f"{ends}:00",
            }
            for days, starts, ends in person.hours
        ]
    return role


def _schedule(person: Person, dates: Dates) -> dict:
    """Return the calendar that the person's appointments and free slots belong to."""
    return {
        "resourceType": "Schedule",
        "id": f"{person.id}-schedule",
        "active": True,
        "actor": [{"reference": f"Practitioner/{person.id}", "display": person.name}],
        "planningHorizon": {"start": dates.on(0, "00:00"), "end": dates.on(HORIZON_DAYS, "00:00")},
    }


def _appointments(person: Person, dates: Dates) -> Iterator[dict]:
    """Yield the person's commitments, from today over four weeks, out of the template of the week."""
    for offset in range(HORIZON_DAYS):
        day = dates.day(offset)
        for block in person.busy:
            if day.weekday() not in block.days:
                continue
            for starts, ends in dates.steps(offset, block.starts, block.ends, block.minutes):
                yield {
                    "resourceType": "Appointment",
                    "id": f"{person.id}-{starts:%Y%m%d-%H%M}{'' if block.status == 'booked' else '-off'}",
                    "status": block.status,
                    "description": block.what,
                    "start": starts.isoformat(),
                    "end": ends.isoformat(),
                    "participant": [
                        {
                            "actor": {"reference": f"Practitioner/{person.id}", "display": person.name},
                            "required": "required",
                            "status": "declined" if block.status == "cancelled" else "accepted",
                        }
                    ],
                }


def _admin_slots(person: Person, dates: Dates) -> Iterator[dict]:
    """Yield the free slots that the practice itself keeps for desk work; some EHRs book only into such slots."""
    for offset in range(HORIZON_DAYS // 2):
        if dates.day(offset).weekday() not in WORKWEEK:
            continue
        for at in person.admin_at:
            starts, ends = dates.span(offset, at, 30)
            yield {
                "resourceType": "Slot",
                "id": f"{person.id}-desk-{starts.strftime('%Y%m%d-%H%M')}",
                "schedule": {"reference": f"Schedule/{person.id}-schedule"},
                "serviceType": [{"coding": [{"system": LOCAL, "code": "p2p-review"}], "text": "Peer-to-peer review"}],
                "status": "free",
                "start": starts.isoformat(),
                "end": ends.isoformat(),
            }
