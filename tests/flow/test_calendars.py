"""A clinician's calendars outside the EHR count like its own: what they take is taken, unread they are in doubt."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.book import CalendarUnverified
from app.core.interval import Interval
from app.core.slots.calendars import BusyKind
from app.edges.calendars import Connected, ConnectedCalendars
from app.flow.book import SlotGone, Wanted, book
from app.flow.calendars import busy_of
from app.flow.slots import propose_slots
from tests.builders import CLINICIAN, MONDAY, hours
from tests.fakes.calendars import FakeCalendar
from tests.fakes.office import Office, bring

WHOLE_DAY = Interval(MONDAY, MONDAY + hours(10))


@pytest.fixture
def outlook() -> FakeCalendar:
    """The clinician's calendar outside the EHR, empty yet."""
    return FakeCalendar("Outlook")


def ports_with(office: Office, *calendars: FakeCalendar):
    """Return the office's ports with these calendars connected."""
    return office.ports(calendars=ConnectedCalendars(lambda *_: Connected(calendars)))


def test_time_taken_outside_the_ehr_is_not_offered(office: Office, outlook: FakeCalendar):
    """Both calendars together, tentative time as well: nobody books over a colleague's hold."""
    case = bring(office, "offered")
    outlook.taken.append(Interval(MONDAY + hours(0), MONDAY + hours(3)))
    outlook.kind = BusyKind.TENTATIVE

    found = propose_slots(ports_with(office, outlook), case.id, now=office.now)

    assert min(each.interval.start for each in found.slots) == MONDAY + hours(3)
    assert found.busy.verified


def test_unread_calendar_outside_the_ehr_puts_the_hours_in_doubt(office: Office, outlook: FakeCalendar):
    """Each time says so, and none is booked without a person's word for it."""
    case, outlook.readable = bring(office, "offered"), False
    ports = ports_with(office, outlook)
    found = propose_slots(ports, case.id, now=office.now)
    slot = found.slots[0].interval
    wanted = Wanted(slot.start, slot.end)

    assert (found.busy.verified, found.busy.warnings) == (False, ("Outlook: it could not be read",))
    assert all("could not be read" in each.because[0] for each in found.slots)
    with pytest.raises(CalendarUnverified):
        book(ports, case.id, wanted, seen=case.version, now=office.now)
    booked = book(ports, case.id, replace(wanted, accept_unverified=True), seen=case.version, now=office.now)
    assert booked.booking is not None


def test_calendar_is_read_again_when_the_call_is_booked(office: Office, outlook: FakeCalendar):
    """What was taken since the page was shown is found to be gone."""
    case = bring(office, "offered")
    ports = ports_with(office, outlook)
    slot = propose_slots(ports, case.id, now=office.now).slots[0].interval
    outlook.taken.append(Interval(slot.start - timedelta(minutes=10), slot.start + timedelta(minutes=1)))

    with pytest.raises(SlotGone):
        book(ports, case.id, Wanted(slot.start, slot.end), seen=case.version, now=office.now)


def test_oldest_reading_and_every_warning_are_told(office: Office, outlook: FakeCalendar):
    """One answer for the page; without calendars outside it is the EHR's alone."""
    office.ehr.unreadable.add(CLINICIAN.reference)
    outlook.readable = False

    both = busy_of(ports_with(office, outlook), CLINICIAN, WHOLE_DAY, now=office.now)
    alone = busy_of(office.ports(), CLINICIAN, WHOLE_DAY, now=office.now)

    assert (len(both.warnings), len(alone.warnings), both.verified) == (2, 1, False)
