"""
Our free times as a published set of FHIR resources, by SMART Scheduling Links: a manifest and files of lines.

We write: Location (the office), PractitionerRole (name, specialty), Schedule and Slot, free ones only: what is not
free is nobody's business. Extensions stand twice, by the specification's first address and by HL7's.
source: https://github.com/smart-on-fhir/smart-scheduling-links; HL7 SMART Scheduling Links 1.0.0
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from app.core.interval import Interval
from app.core.slots.offered import Offered, Place, Publication
from app.edges.fhir.appointment import fhir_instant
from app.edges.fhir.slot import LINKS

MANIFEST = "$bulk-publish"
SERVICE = [{"text": "Peer-to-peer review call"}]
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_FILES = {
    "Location": "locations.ndjson",
    "PractitionerRole": "practitioner-roles.ndjson",
    "Schedule": "schedules.ndjson",
    "Slot": "slots.ndjson",
}


def write_availability(place: Place, publication: Publication, *, base: str) -> dict[str, bytes]:
    """Return the manifest and its files by name. base: the address that they lie under, with no slash at its end"""
    offered = publication.offered
    resources = {
        "Location": [_location(place)],
        "PractitionerRole": [_role(each) for each in offered],
        "Schedule": [_schedule(each, place) for each in offered],
        "Slot": [_slot(each, time, place) for each in offered for time in each.times],
    }
    files = {_FILES[kind]: b"".join(_lines(each)) for kind, each in resources.items()}
    return {MANIFEST: _manifest(place, publication, base=base)} | files


def _manifest(place: Place, publication: Publication, *, base: str) -> bytes:
    told = {
        "transactionTime": fhir_instant(publication.changed_at or _NEVER),
        "request": f"{base}/{MANIFEST}",
        "output": [
            {"type": kind, "url": f"{base}/{name}", "extension": {"state": [place.state]}}
            for kind, name in _FILES.items()
        ],
        "error": [],
    }
    return json.dumps(told, indent=1).encode()


def _lines(resources: list[dict[str, Any]]) -> Iterator[bytes]:
    for each in resources:
        yield json.dumps(each, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _location(place: Place) -> dict[str, Any]:
    return {
        "resourceType": "Location",
        "id": "office",
        "status": "active",
        "name": place.name,
        "telecom": [{"system": "phone", "value": place.phone, "use": "work"}],
        "address": {
            "line": [place.line],
            "city": place.city,
            "state": place.state,
            "postalCode": place.postal_code,
        },
    }


def _role(offered: Offered) -> dict[str, Any]:
    return {
        "resourceType": "PractitionerRole",
        "id": offered.id,
        "active": True,
        "practitioner": {"display": offered.name},
        "location": [{"reference": "Location/office"}],
    } | _specialty(offered)


def _schedule(offered: Offered, place: Place) -> dict[str, Any]:
    return {
        "resourceType": "Schedule",
        "id": offered.id,
        "active": True,
        "serviceType": SERVICE,
        "actor": [
            {"reference": "Location/office", "display": place.name},
            {"reference": f"PractitionerRole/{offered.id}", "display": offered.name},
        ],
    } | _specialty(offered)


def _specialty(offered: Offered) -> Mapping[str, Any]:
    return {"specialty": [{"text": offered.specialty}]} if offered.specialty else {}


def _slot(offered: Offered, time: Interval, place: Place) -> dict[str, Any]:
    phone = [{"url": f"{base}/StructureDefinition/booking-phone", "valueString": place.phone} for base in LINKS]
    return {
        "resourceType": "Slot",
        "id": f"{offered.id}-{time.start.astimezone(UTC):%Y%m%dT%H%MZ}",
        "extension": phone,
        "schedule": {"reference": f"Schedule/{offered.id}"},
        "status": "free",
        "start": fhir_instant(time.start),
        "end": fhir_instant(time.end),
    }
