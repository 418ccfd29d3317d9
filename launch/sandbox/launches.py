"""The launch values an EHR hands out: what each stands for, and that each counts once."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from launch.sandbox.clock import Clock

LIFE = timedelta(minutes=10)
CONTEXT_NAMES = ("patient", "encounter", "intent", "tenant")


@dataclass(frozen=True, slots=True)
class Launch:
    """What the EHR user was looking at when the app was opened."""

    client_id: str
    user: str  # login of the EHR user
    patient: str | None = None  # id; None for the worklist
    encounter: str | None = None  # id
    fhir_context: tuple[str, ...] = ()  # references, such as "ClaimResponse/x"
    intent: str | None = None
    tenant: str | None = None
    app_context: str | None = None  # of the Task it was launched from
    banner: bool = True  # the app must show the patient banner itself

    def context(self) -> dict:
        """Return the launch context as the token response carries it; absent things are left out."""
        told = {name: getattr(self, name) for name in CONTEXT_NAMES if getattr(self, name)}
        told["need_patient_banner"] = self.banner
        if self.app_context:
            told["appContext"] = self.app_context
        if self.fhir_context:
            told["fhirContext"] = [
                {"reference": reference, "type": reference.partition("/")[0]} for reference in self.fhir_context
            ]
        return told


class Launches:
    """The launch values issued and not yet used. Safe for threads."""

    def __init__(self, clock: Clock) -> None:
        """Start with none."""
        self._clock = clock
        self._waiting: dict[str, tuple[Launch, datetime]] = {}
        self._lock = Lock()

    def issue(self, launch: Launch) -> str:
        """Return a fresh opaque value that stands for the launch for ten minutes."""
        value = secrets.token_urlsafe(24)
        with self._lock:
            now = self._clock.now()
            self._waiting = {old: kept for old, kept in self._waiting.items() if now < kept[1]}
            self._waiting[value] = (launch, now + LIFE)
        return value

    def look(self, value: str) -> Launch | None:
        """Return what the value stands for without using it up; None when unknown, used or too old."""
        with self._lock:
            launch, until = self._waiting.get(value, (None, None))
        return launch if launch and self._clock.now() < until else None

    def take(self, value: str) -> Launch | None:
        """Use the value up and return what it stood for; of two takers one gets None."""
        launch = self.look(value)
        with self._lock:
            return launch if self._waiting.pop(value, None) else None
