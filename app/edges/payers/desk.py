"""
The payer's own book: its published slots read, our booking of one written, or given back.

Nothing about the patient travels: the slot, our identifier, our case number and the payer's own reference.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from app.core.case import OfferedWindow
from app.core.effects import Effect, TellPayer, WriteUnknown
from app.core.interval import Interval
from app.edges.fhir.appointment import fhir_instant
from app.edges.fhir.datatypes import as_dict, dicts_of, local_reference, string_of
from app.edges.fhir.identifiers import carries, token_of, write_identifier
from app.edges.fhir.operation_outcome import explain_outcome
from app.edges.fhir.schedule import ReadSchedule, read_schedule
from app.edges.fhir.slot import read_slot
from app.edges.fhir.validate import check_resource
from app.edges.http import Answer, Conflict, Counterpart, CutShort, NotFhir, NotFound, Rejected, Token, Transport
from app.edges.payers.slots import FEED, Published, read_windows
from app.errors import ParleyError, Permanent
from app.flow.ports import Written


class SlotGone(Permanent):
    """The payer gave the time to someone else."""

    say = "The payer no longer has this time free."
    next = "Book another time; tell the clinician that this one does not stand."


class CallThePayer(Permanent):
    """This payer publishes times and takes no bookings for them over the wire."""

    say = "This payer does not take bookings from Parley."
    next = "Call the payer and have this time put down for you."


@dataclass(frozen=True, slots=True)
class PayerEndpoint:
    """Where a payer publishes. books: whether it takes Appointments there."""

    base: str
    books: bool = False


class PublishedDesk:
    """
    flow.ports.PayerDesk over the FHIR endpoints of the payers that have one.

    payers: by the rule book's key. token: for payers that want one, None for open endpoints
    """

    def __init__(
        self, payers: Mapping[str, PayerEndpoint], transport: Transport, *, token: Token | None = None
    ) -> None:
        self._desks = {
            key: (
                endpoint,
                Counterpart(endpoint.base, transport, token=token, who="The payer", explain=explain_outcome),
            )
            for key, endpoint in payers.items()
        }

    def windows(self, payer_key: str | None, span: Interval, *, now: datetime) -> tuple[OfferedWindow, ...]:
        """Return the payer's free slots in `span`; none for a payer that publishes none. raises: as `published`."""
        return self.published(payer_key, span, now=now).windows

    def published(self, payer_key: str | None, span: Interval, *, now: datetime) -> Published:
        """Return the same with what was left out and why. raises: the errors of app.edges.http."""
        if payer_key is None or payer_key not in self._desks:
            return Published(())
        counterpart = self._desks[payer_key][1]
        slots = _slots(counterpart, span)
        schedules = _schedules(counterpart) if slots else {}
        return read_windows(slots, schedules, base=counterpart.base, span=span, now=now)

    def perform(self, effect: Effect, *, seen: bool, may_send: bool = True) -> Written:
        """
        Make the payer's book say what `effect` says, once.

        raises: SlotGone, CallThePayer, WriteUnknown, and the errors of app.edges.http
        """
        if not isinstance(effect, TellPayer):
            raise CallThePayer
        if effect.payer_slot.startswith(FEED):
            raise CallThePayer("This payer publishes times and takes no bookings by wire.", next=_by_hand(effect))
        counterpart = self._counterpart_of(effect.payer_slot)
        standing, sure = _our_booking(counterpart, effect)
        live = [each for each in standing if string_of(each.get("status")) != "cancelled"]
        if effect.change == "cancelled" and not live and sure:
            reference = local_reference(standing[0]) if standing else None
            return Written(reference or effect.payer_slot, how="found")
        if effect.change != "cancelled" and live:
            return Written(local_reference(live[0]) or "", _version(live[0]), "found")
        if not may_send or (seen and not sure):
            raise WriteUnknown
        if effect.change == "cancelled":
            return _give_back(counterpart, live)
        return _take(counterpart, effect)

    def _counterpart_of(self, slot: str) -> Counterpart:
        for endpoint, counterpart in self._desks.values():
            if slot.startswith(f"{counterpart.base}/"):
                if not endpoint.books:
                    raise CallThePayer
                return counterpart
        raise CallThePayer("The payer of this slot is not set up any more.")


def _by_hand(effect: TellPayer) -> str:
    if effect.change == "cancelled":
        return "Call the payer and give this time back, if it was put down for you."
    return "Book this time where the payer says: by the number or the link on the Windows page. It may go to others."


def _slots(counterpart: Counterpart, span: Interval) -> list[dict[str, Any]]:
    begin, end = (
        each.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") for each in (span.start, span.end)
    )
    asked = [("status", "free"), ("start", f"ge{begin}"), ("start", f"lt{end}"), ("_count", "100")]
    try:
        return list(_search(counterpart, "Slot", asked))
    except Rejected:  # it knows no such parameters; what comes is sifted here in any case
        return list(_search(counterpart, "Slot", []))


def _schedules(counterpart: Counterpart) -> dict[str, ReadSchedule]:
    """Return the schedules by reference; without them the windows only lack a name and a specialty."""
    try:
        read = [read_schedule(each) for each in _search(counterpart, "Schedule", [("_count", "100")])]
    except ParleyError:
        return {}
    return {each.reference: each for each in read if each.reference}


def _search(counterpart: Counterpart, kind: str, params: list[tuple[str, str]]) -> Iterator[dict[str, Any]]:
    for page in counterpart.pages(counterpart.get(kind, params)):
        for entry in dicts_of(page.get("entry")):
            resource = as_dict(entry.get("resource"))
            if resource.get("resourceType") == kind:
                yield resource


def _key(effect: TellPayer) -> str:
    """Return what names the booking at the payer: the same when it is taken and when it is given back."""
    return f"payer/{effect.payer_slot}/{effect.booking_id}"


def _our_booking(counterpart: Counterpart, effect: TellPayer) -> tuple[list[dict[str, Any]], bool]:
    """Return our Appointments at the payer for this booking, and whether none found means none there."""
    key = _key(effect)
    try:
        found = list(_search(counterpart, "Appointment", [("identifier", token_of(key))]))
    except Permanent:  # the payer's book cannot be searched
        return [], False
    return [each for each in found if carries(each, key)], True


def _take(counterpart: Counterpart, effect: TellPayer) -> Written:
    path, _, told_start = effect.payer_slot.partition("#")
    try:
        slot = read_slot(counterpart.get(path))
    except NotFound as problem:
        raise SlotGone from problem
    interval = slot.interval
    if slot.status != "free" or interval is None:
        raise SlotGone
    if told_start and told_start != interval.start.strftime("%Y%m%dT%H%M%SZ"):
        raise CallThePayer("The payer tells one slot with two times; only a call can say which one is meant.")
    booking = _appointment(effect, slot=f"Slot/{slot.id}", interval=interval)
    check_resource(booking)
    try:
        answer = counterpart.write("POST", "Appointment", booking)
    except Conflict as problem:
        raise SlotGone from problem
    reference = _reference(answer) or _looked_up(counterpart, effect)
    return Written(reference, how="created")


def _appointment(effect: TellPayer, *, slot: str, interval: Interval) -> dict[str, Any]:
    appointment = {
        "resourceType": "Appointment",
        "identifier": [write_identifier(_key(effect))],
        "status": "booked",
        "description": f"Peer-to-peer review call, case {effect.case_number}",
        "start": fhir_instant(interval.start),
        "end": fhir_instant(interval.end),
        "slot": [{"reference": slot}],
        "participant": [{"actor": {"display": "Provider's clinician"}, "required": "required", "status": "accepted"}],
    }
    if effect.payer_reference:
        appointment["comment"] = f"Your reference {effect.payer_reference}"
    return appointment


def _give_back(counterpart: Counterpart, live: list[dict[str, Any]]) -> Written:
    if not live:
        raise CallThePayer("Parley cannot find its booking in the payer's book.", next="Call the payer and cancel it.")
    reference, version = local_reference(live[0]) or "", _version(live[0])
    if_match = f'W/"{version}"' if version else None
    counterpart.write("PUT", reference, {**live[0], "status": "cancelled"}, if_match=if_match)
    return Written(reference, how="updated")


def _reference(answer: Answer) -> str | None:
    try:
        body = answer.json() if answer.body else {}
    except (NotFhir, CutShort):
        body = {}
    if body.get("resourceType") == "Appointment":
        return local_reference(body)
    parts = answer.headers.get("Location", "").split("/_history/")[0].rsplit("/", 2)
    return f"Appointment/{parts[2]}" if len(parts) == 3 and parts[1] == "Appointment" else None


def _looked_up(counterpart: Counterpart, effect: TellPayer) -> str:
    found, _ = _our_booking(counterpart, effect)
    if not found:
        raise WriteUnknown
    return local_reference(found[0]) or ""


def _version(resource: dict[str, Any]) -> str | None:
    return string_of(as_dict(resource.get("meta")).get("versionId"))
