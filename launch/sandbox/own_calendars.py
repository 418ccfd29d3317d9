"""
Clinicians' private calendars, published as files at addresses of their own: to be connected in Parley.

Each can be taken down and put up again, so that one sees what a calendar that cannot be read does.
"""

from __future__ import annotations

import threading
from datetime import timedelta

from flask import Blueprint, Response, abort, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from launch.sandbox.clock import Clock
from launch.sandbox.people import CLINICIANS

ZONE = "America/Chicago"
# Local start, length, days, what it is; outside the mornings in which most calls are had.
WEEK = (
    ("121500", "PT45M", "TU,TH", "Lunch with the residents"),
    ("153000", "PT1H30M", "WE", "School run"),
    ("180000", "PT2H", "MO", "Choir"),
)


class OwnCalendars:
    """Which of them are down just now. Thread-safe."""

    def __init__(self) -> None:
        self._lock, self._down = threading.Lock(), set[str]()

    def forget(self) -> None:
        """Put them all up again."""
        with self._lock:
            self._down.clear()

    def is_down(self, person: str) -> bool:
        """Whether this one cannot be read just now."""
        with self._lock:
            return person in self._down

    def turn(self, person: str) -> None:
        """Take it down, or put it up again."""
        with self._lock:
            self._down ^= {person}


def own_calendars_blueprint(calendars: OwnCalendars, clock: Clock, *, base: str) -> Blueprint:
    """Return the files and the page that lists them. base: the address under which the sandbox is reached"""
    bp = Blueprint("own_calendars", __name__, url_prefix="/own-calendars", template_folder="templates")
    people = {each.id: each.name for each in CLINICIANS}

    @bp.get("/")
    def read() -> str:
        """Show the addresses."""
        shown = [(id_, name, f"{base}/own-calendars/{id_}.ics", calendars.is_down(id_)) for id_, name in people.items()]
        styles = url_for("ehr.static", filename="ehr.css")
        return render_template("own_calendars/list.html", calendars=shown, styles=styles)

    @bp.get("/<person>.ics")
    def file(person: str) -> Response:
        """Give one calendar as a file."""
        if person not in people:
            abort(404)
        if calendars.is_down(person):
            abort(503)
        return Response(calendar_of(person, clock), content_type="text/calendar; charset=utf-8")

    @bp.post("/<person>/turn")
    def turn(person: str) -> AnyResponse:
        """Take one down, or put it up again."""
        if person not in people:
            abort(404)
        calendars.turn(person)
        return redirect(url_for("own_calendars.read"), code=303)

    return bp


def calendar_of(person: str, clock: Clock) -> str:
    """Return a person's week as iCalendar, since four weeks ago."""
    day = (clock.now() - timedelta(days=28)).date()
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Sandbox//Own calendars//EN"]
    for number, (starts, lasts, days, what) in enumerate(WEEK):
        # A series begins on a day that is one of its own, whatever day it is today.
        first = next(day + timedelta(days=n) for n in range(7) if _two_letters(day + timedelta(days=n)) in days)
        lines += [
            "BEGIN:VEVENT",
            f"UID:{person}-{number}@sandbox.example",
            f"DTSTAMP:{first:%Y%m%d}T000000Z",
            f"DTSTART;TZID={ZONE}:{first:%Y%m%d}T{starts}",
            f"DURATION:{lasts}",
            f"RRULE:FREQ=WEEKLY;BYDAY={days}",
            f"SUMMARY:{what}",
            "END:VEVENT",
        ]
    return "\r\n".join([*lines, "END:VCALENDAR", ""])


def _two_letters(day) -> str:
    return f"{day:%a}"[:2].upper()
