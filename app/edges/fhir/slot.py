"""
Slot: a time in somebody's book.

We read: status, start, end, schedule, specialty, and of SMART Scheduling Links the capacity and where it is booked.
Instants without an offset are refused: they name no time.
source: https://hl7.org/fhir/R4/slot.html; SMART Scheduling Links, by its first addresses and by HL7's of 2026
"""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from app.core.interval import Interval
from app.edges.fhir.datatypes import dicts_of, has_time, instant_of, reference_of, string_of, whole_of
from app.edges.fhir.schedule import specialty_of

TAKEN_STATUSES = frozenset({"busy", "busy-unavailable", "busy-tentative"})
LINKS = ("http://fhir-registry.smarthealthit.org", "http://hl7.org/fhir/uv/smart-scheduling-links")
_MOST_LINK, _MOST_PHONE, _MOST_SEATS = 2000, 40, 1000
# The examples of SMART Scheduling Links write 2021-03-10T15:00:00-05.
_HOUR_OFFSET = re.compile(r"(T[0-9:.]+[+-][0-9]{2})$")
_PHONE = re.compile(r"[0-9+()./ xX-]*[0-9][0-9+()./ xX-]*")


@dataclass(frozen=True, slots=True)
class ReadSlot:
    """
    One slot. interval None: its times cannot be read, `warning` says why.

    seats: how many it takes, 1 where nothing is said. link, phone: where it is booked, None where not told
    """

    id: str | None
    status: str | None
    interval: Interval | None
    schedule: str | None
    specialty: str | None
    version: str | None
    warning: str | None = None
    seats: int = 1
    link: str | None = None
    phone: str | None = None


def read_slot(resource: dict[str, Any]) -> ReadSlot:
    """Return what a Slot says; times without an offset, or that do not end after they start, are not times."""
    start, end = (_with_minutes(resource.get(name)) for name in ("start", "end"))
    warning = interval = None
    if not (has_time(start) and has_time(end)):
        warning = "A slot without an offset or a time was left out: nobody can tell when it is."
    else:
        begins, ends = instant_of(start), instant_of(end)
        if begins is not None and ends is not None and ends > begins:
            interval = Interval(begins, ends)
        else:
            warning = "A slot that does not end after it starts was left out."
    meta = resource.get("meta")
    return ReadSlot(
        id=string_of(resource.get("id")),
        status=string_of(resource.get("status")),
        interval=interval,
        schedule=reference_of(resource.get("schedule")),
        specialty=specialty_of(resource),
        version=string_of(meta.get("versionId")) if isinstance(meta, dict) else None,
        warning=warning,
        **_booking_of(resource),
    )


def _with_minutes(told: object) -> object:
    if not isinstance(told, str) or told[-3:-2] not in ("+", "-"):  # most need no rewriting
        return told
    return _HOUR_OFFSET.sub(r"\1:00", told)


def _booking_of(resource: dict[str, Any]) -> dict[str, Any]:
    """Return seats, link and phone as the extensions tell them; what is no https address, or no number, is not told."""
    if "extension" not in resource:
        return {}
    told = {string_of(each.get("url")): each for each in dicts_of(resource.get("extension"))}

    def value(name: str, kind: str) -> object:
        urls = (f"{base}/StructureDefinition/{name}" for base in LINKS)
        return next((told[url].get(kind) for url in urls if url in told), None)

    seats = whole_of(value("slot-capacity", "valueInteger"))
    phone = string_of(value("booking-phone", "valueString"))
    return {
        "seats": 1 if seats is None else min(max(seats, 0), _MOST_SEATS),
        "link": _link(string_of(value("booking-deep-link", "valueUrl"))),
        "phone": phone if phone and len(phone) <= _MOST_PHONE and _PHONE.fullmatch(phone) else None,
    }


def _link(told: str | None) -> str | None:
    if told is None or len(told) > _MOST_LINK or not told.isprintable() or " " in told:
        return None
    try:
        parts = urlsplit(told)
        port = parts.port
    except ValueError:
        return None
    plain = parts.hostname and not parts.username and not parts.password and port != 0
    return told if parts.scheme == "https" and plain else None
