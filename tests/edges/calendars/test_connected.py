"""All calendars of a clinician as one: read at once, none waited for too long; our call goes into one."""

import threading

from app.core.people import Clinician
from app.edges.calendars import Connected, ConnectedCalendars
from tests.edges.calendars.calls import NOW, WEEK, call
from tests.edges.calendars.writing import span
from tests.fakes.calendars import FakeCalendar

DOCTOR = Clinician("Practitioner/1", "Dr. A", "America/Chicago")


def test_every_connected_calendar_counts():
    """Time taken in any of them is taken; whoever has none is not in doubt."""
    calendars = [FakeCalendar("Outlook", [span("2026-11-02T16:00", "2026-11-02T17:00")]), FakeCalendar("home")]
    calendars[1].taken.append(span("2026-11-02T16:30", "2026-11-02T18:00"))
    ours = ConnectedCalendars(lambda tenant, _: Connected(calendars if tenant == "a" else ()))

    assert ours.busy("a", DOCTOR, WEEK, now=NOW).blocks == (span("2026-11-02T16:00", "2026-11-02T18:00"),)
    assert ours.busy("b", DOCTOR, WEEK, now=NOW).verified


def test_calendar_that_does_not_answer_is_not_waited_for():
    """The page comes with what the others say, and names the one that is missing."""
    gate = threading.Event()
    slow, quick = FakeCalendar("slow", gate=gate), FakeCalendar("quick", [span("2026-11-02", "2026-11-03")])
    ours = ConnectedCalendars(lambda *_: Connected([slow, quick]), patience_seconds=0.05)

    read = ours.busy("a", DOCTOR, WEEK, now=NOW)
    gate.set()

    assert (read.unverified, read.warnings) == (("slow",), ("slow: it did not answer in time",))
    assert read.blocks == (span("2026-11-02", "2026-11-03"),)


def test_calendars_are_asked_at_once():
    """Two that wait for one another are both answered."""
    meeting = threading.Barrier(2, timeout=20)

    class Waiting(FakeCalendar):
        def busy(self, within, *, now, but=()):
            meeting.wait()
            return super().busy(within, now=now)

    ours = ConnectedCalendars(lambda *_: Connected([Waiting("a"), Waiting("b")]))

    assert ours.busy("a", DOCTOR, WEEK, now=NOW).verified


def test_call_goes_to_the_calendar_that_takes_calls():
    """One of them, or none; then it is said that there was nothing to do."""
    takes, told = FakeCalendar(), call()
    ours = ConnectedCalendars(lambda *_: Connected([takes], takes))
    none = ConnectedCalendars(lambda *_: Connected([takes]))

    ours.put("a", DOCTOR, told, now=NOW, seen=False)
    assert list(takes.events) == [told.id]
    assert "takes calls" in none.put("a", DOCTOR, told, now=NOW, seen=False).how
    ours.remove("a", DOCTOR, told, now=NOW)
    assert (takes.events, "takes calls" in none.remove("a", DOCTOR, told, now=NOW).how) == ({}, True)
