"""What the EHR lately said of a chart, so that a page that asks every two seconds does not ask the EHR as often."""

import threading
from datetime import datetime, timedelta

from flask import Flask

# How long an answer is good for: access may be taken away meanwhile; an EHR that is away may be back.
KEPT = {"open": timedelta(minutes=5), "unanswered": timedelta(seconds=30)}


class RecentDoors:
    """flow.ports.Doors in this process's memory; a refusal is never kept, so that access given is access at once."""

    def __init__(self) -> None:
        self._noted: dict[tuple[str, str], tuple[str, datetime]] = {}
        self._lock = threading.Lock()

    def lately(self, session_id: str, patient: str, *, now: datetime) -> str | None:
        """Return what was noted and still holds, else None."""
        with self._lock:
            how, until = self._noted.get((session_id, patient), (None, now))
        return how if now < until else None

    def note(self, session_id: str, patient: str, *, how: str, now: datetime) -> None:
        """Keep what the EHR said; what no longer holds is forgotten."""
        with self._lock:
            self._noted = {key: each for key, each in self._noted.items() if now < each[1]}
            self._noted[(session_id, patient)] = (how, now + KEPT[how])


def doors_of(app: Flask) -> RecentDoors:
    """Return the doors of this app."""
    return app.extensions.setdefault("parley_doors", RecentDoors())
