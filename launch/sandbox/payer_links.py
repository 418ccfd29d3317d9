"""
A payer's times as SMART Scheduling Links: one manifest, three files of lines, each with its ETag.

For a payer that publishes and takes no bookings over the wire: each time says at which number it is booked.
source: https://github.com/smart-on-fhir/smart-scheduling-links/blob/master/specification.md
"""

import json

from flask import Blueprint, Response, request

from launch.sandbox.outcome import FhirError
from launch.sandbox.payer_desk import Payer
from launch.sandbox.payer_roster import Desk

KINDS = {"locations.ndjson": "Location", "schedules.ndjson": "Schedule", "slots.ndjson": "Slot"}
PHONE = "http://fhir-registry.smarthealthit.org/StructureDefinition/booking-phone"


def add_links(blueprint: Blueprint, payer: Payer) -> None:
    """Add the published set of every payer that publishes times."""

    @blueprint.get("/<slug>/published/$bulk-publish")
    def manifest(slug: str) -> Response:
        """Name the files."""
        payer.publish(slug)
        base = request.base_url.rpartition("/")[0]
        told = {
            "transactionTime": payer.clock.now().replace(second=0, microsecond=0).isoformat(),
            "request": request.base_url,
            "output": [{"type": kind, "url": f"{base}/{name}"} for name, kind in KINDS.items()],
            "error": [],
        }
        return _file(json.dumps(told), "application/json")

    @blueprint.get("/<slug>/published/<name>")
    def lines(slug: str, name: str) -> Response:
        """Return one file, a resource a line."""
        if name not in KINDS:
            raise FhirError(404, "not-found", "there is no such file")
        store, desk = payer.publish(slug), payer.desk(slug)
        if KINDS[name] == "Location":
            resources = [_line(desk)]
        else:
            resources = [_told(each, desk) for each in store.scan(KINDS[name])]
        return _file("".join(json.dumps(each) + "\n" for each in resources), "application/fhir+ndjson")


def _line(desk: Desk) -> dict:
    """Return where the desk is: a telephone line."""
    telecom = [{"system": "phone", "value": desk.phone}]
    return {"resourceType": "Location", "id": desk.slug, "name": f"{desk.name}: review desk", "telecom": telecom}


def _told(resource: dict, desk: Desk) -> dict:
    """Return a resource as it is published: a reviewer by name, a time with the number at which it is booked."""
    if resource["resourceType"] == "Slot":
        return resource | {"extension": [{"url": PHONE, "valueString": desk.phone}]}
    name = resource["actor"][0]["display"]
    where = {"reference": f"Location/{desk.slug}", "display": f"{desk.name}: review desk"}
    return resource | {"actor": [where, {"reference": f"Practitioner/{resource['id']}", "display": name}]}


def _file(text: str, kind: str) -> Response:
    response = Response(text, content_type=kind)
    response.add_etag()
    response.headers["Cache-Control"] = "max-age=60"
    return response.make_conditional(request)
