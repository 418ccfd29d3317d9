"""
What the payers' desks know: which reviews to expect, what was asked, what was booked. Never who the patient is.

One Payer stands for all payers of the sandbox; each of those that publish times has a FHIR store of its own.
"""

import re
import threading
from dataclasses import dataclass, replace
from datetime import datetime

from launch.sandbox.clock import Clock
from launch.sandbox.outcome import FhirError
from launch.sandbox.patients.story import Expected
from launch.sandbox.payer_bookings import Booking, confirmed, key_of, slot_of
from launch.sandbox.payer_records import Records
from launch.sandbox.payer_replies import ics, offer, unknown, wording
from launch.sandbox.payer_roster import BY_SLUG, DESKS, Desk
from launch.sandbox.payer_slots import published
from launch.sandbox.store import Store

SEARCHED = ("Slot", "Schedule", "Location", "HealthcareService")


@dataclass(frozen=True, slots=True)
class Request:
    """One fax or message that a desk received; its words are not kept, as they may name a patient."""

    id: str
    slug: str
    channel: str
    reference: str | None
    callback: str
    received_at: datetime
    reply_at: datetime | None


@dataclass(frozen=True, slots=True)
class Reply:
    """The desk's answer to a request, from `at` on."""

    id: str
    reference: str | None
    channel: str
    at: datetime
    text: str
    ics: str | None


class Payer:
    """All payers' desks. Thread-safe; answers follow the clock, so pushing it lets replies arrive and slots pass."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.stores = {desk.slug: Store(clock) for desk in DESKS if desk.reviewers}
        self._lock = threading.RLock()
        self._expected: dict[tuple[str, str], Expected] = {}
        self._published: dict[str, datetime] = {}
        self._blank = {slug: store.snapshot() for slug, store in self.stores.items()}
        self._requests: list[Request] = []
        self._bookings: list[Booking] = []
        self.records = Records()

    def expect(self, review: Expected) -> None:
        """Tell a payer of a review it has under way; telling it again replaces what was told."""
        with self._lock:
            self._expected[review.payer, review.reference] = review

    def forget(self) -> None:
        """Drop every request and booking, as at the start; the reviews to expect stay known."""
        with self._lock:
            self._requests.clear()
            self._bookings.clear()
            self._published.clear()
            self.records.forget()
            for slug, blank in self._blank.items():
                self.stores[slug].restore(blank)

    # -- published times -----------------------------------------------------------------------------------
    def publish(self, slug: str) -> Store:
        """Bring a desk's published times up to the clock and return its store; raises FhirError 404 for others."""
        desk = self.desk(slug)
        if slug not in self.stores:
            raise FhirError(404, "not-found", f"{desk.name} publishes no times: ask by fax, message or telephone")
        store, now = self.stores[slug], self.clock.now()
        with self._lock:
            minute = now.replace(second=0, microsecond=0)
            if self._published.get(slug) == minute:
                return store
            self._published[slug] = minute
            for slot in store.scan("Slot"):
                if datetime.fromisoformat(slot["start"]) <= now and not self._held(slug, slot["id"]):
                    store.delete("Slot", slot["id"])
            for resource in published(desk, now):
                # A slot keeps what became of it; only a Schedule's horizon moves on.
                if resource["resourceType"] != "Slot" or not store.knows("Slot", resource["id"]):
                    store.put(resource)
        return store

    def book(self, slug: str, appointment: dict) -> tuple[dict, bool]:
        """
        Give a free slot to the caller: (the Appointment, whether it is new).

        appointment: an Appointment with one slot reference and an identifier (system and value) of the caller's
        raises: FhirError 409 when the slot is taken or gone, 422 when it is unreadable or names a patient
        """
        store = self.publish(slug)
        slot_id, key = slot_of(appointment), key_of(appointment)
        with self._lock:
            known = next((b for b in self._bookings if (b.slug, b.key) == (slug, key) and not b.cancelled_at), None)
            if known and known.slot != slot_id:
                raise FhirError(409, "conflict", "this identifier already holds another slot")
            if known:
                return store.read("Appointment", known.id), False
            slot = store.read("Slot", slot_id) if store.knows("Slot", slot_id) else None
            if slot is None or slot["status"] != "free":
                raise FhirError(409, "conflict", f"Slot/{slot_id} is no longer free")
            store.update({**slot, "status": "busy"})
            start, end = (datetime.fromisoformat(slot[name]) for name in ("start", "end"))
            made = store.create(confirmed(appointment, slot))
            reference = self._reference_in(slug, str(appointment))
            self._bookings.append(Booking(made["id"], slug, key, slot_id, reference, start, end))
            return made, True

    def change(self, slug: str, booking_id: str, appointment: dict) -> dict:
        """Cancel a booking and free its slot; raises FhirError 404 for the unknown, 422 for any other change."""
        store = self.publish(slug)
        with self._lock:
            known = next((b for b in self._bookings if (b.slug, b.id) == (slug, booking_id)), None)
            if known is None:
                raise FhirError(404, "not-found", f"Appointment/{booking_id} is not known here")
            if appointment.get("status") != "cancelled":
                raise FhirError(422, "not-supported", "a booking can only be cancelled; cancel it and book another")
            now, stored = self.clock.now(), store.read("Appointment", booking_id)
            if known.cancelled_at:
                return stored
            self._bookings[self._bookings.index(known)] = replace(known, cancelled_at=now)
            if known.start > now:
                store.update({**store.read("Slot", known.slot), "status": "free"})
            return store.update({**stored, "status": "cancelled"})

    def booked(self, slug: str, identifier: str) -> list[dict]:
        """Return the caller's own bookings by identifier, `system|value` or the value alone."""
        store = self.publish(slug)
        system, _, value = identifier.rpartition("|")
        mine = [b for b in self._bookings if b.slug == slug and b.key[1] == value and system in ("", b.key[0])]
        return [store.read("Appointment", b.id) for b in mine]

    # -- asked by fax or message ---------------------------------------------------------------------------
    def receive(self, slug: str, *, channel: str, reference: str | None, callback: str, text: str) -> Request:
        """Take a request; the reference may stand in its own field or in the text."""
        desk, now = self.desk(slug), self.clock.now()
        with self._lock:
            reference = reference or self._reference_in(slug, text)
            review = self._expected.get((slug, reference or ""))
            # A clerk who finds no such case says so at once; for a known case the story says how long it takes.
            wait = desk.reply_after if review is None else review.reply_after
            silent = wait is None or desk.reply_after is None
            reply_at = None if silent else now + max(wait, desk.reply_after)
            made = Request(f"{slug}-{len(self._requests) + 1}", slug, channel, reference, callback, now, reply_at)
            self._requests.append(made)
        return made

    def replies(self, slug: str, reference: str | None = None) -> list[Reply]:
        """Return what the desk has answered up to now, oldest first."""
        desk, now = self.desk(slug), self.clock.now()
        return [
            self._reply(desk, request)
            for request in tuple(self._requests)
            if request.slug == slug
            and request.reply_at is not None
            and request.reply_at <= now
            and reference in (None, request.reference)
        ]

    # -- the call itself -----------------------------------------------------------------------------------
    def call(self, slug: str, reference: str) -> dict:
        """
        Say whether the reviewer keeps the next, or the latest booked, call of a review; raises FhirError 404.

        A call counts when it was booked and not called off before it began; the story says how many are missed.
        """
        review = self._expected.get((self.desk(slug).slug, reference))
        if review is None:
            raise FhirError(404, "not-found", "no such review")
        held = [
            b
            for b in self._bookings
            if (b.slug, b.reference) == (slug, reference) and not (b.cancelled_at and b.cancelled_at < b.start)
        ]
        latest = held[-1] if held else None
        number = max(1, len(held))
        return {
            "reference": reference,
            "call": number,
            "keeps": number > review.misses,
            "start": latest.start.isoformat() if latest else None,
        }

    # -- what the desk's page shows ------------------------------------------------------------------------
    def overview(self) -> list[dict]:
        """Return, for each desk, what it knows: counts, requests and bookings; nothing about any patient."""
        now = self.clock.now()
        return [
            {
                "desk": desk,
                "expected": [e for (slug, _), e in self._expected.items() if slug == desk.slug],
                "requests": [r for r in self._requests if r.slug == desk.slug],
                "bookings": [b for b in self._bookings if b.slug == desk.slug],
                "free": self._free(desk.slug),
                "now": now.astimezone(desk.tz),
            }
            for desk in DESKS
        ]

    def desk(self, slug: str) -> Desk:
        """Return the payer's desk; raises FhirError 404."""
        if slug not in BY_SLUG:
            raise FhirError(404, "not-found", "no such payer")
        return BY_SLUG[slug]

    def _free(self, slug: str) -> int:
        """Count a desk's free published times."""
        return sum(s["status"] == "free" for s in self.publish(slug).scan("Slot")) if slug in self.stores else 0

    def _held(self, slug: str, slot_id: str) -> bool:
        """Say whether a slot is somebody's booking, and so must stay readable after its time."""
        return any((b.slug, b.slot) == (slug, slot_id) for b in self._bookings)

    def _reference_in(self, slug: str, text: str) -> str | None:
        """Return the reference of an expected review that stands in the text as a word of its own."""
        known = (reference for of, reference in self._expected if of == slug)
        return next((r for r in known if re.search(rf"(?<![\w-]){re.escape(r)}(?![\w])", text)), None)

    def _reply(self, desk: Desk, request: Request) -> Reply:
        """Return the answer to a request, as it was at the time of answering."""
        review = self._expected.get((desk.slug, request.reference or ""))
        if review is None:
            said, calendar = unknown(desk, request.reference), None
        else:
            windows = offer(desk, at=request.reply_at, closes=review.closes)
            said = wording(desk, reference=review.reference, windows=windows)
            calendar = ics(desk, reference=review.reference, windows=windows, at=request.reply_at) if windows else None
        return Reply(request.id, request.reference, request.channel, request.reply_at, said, calendar)
