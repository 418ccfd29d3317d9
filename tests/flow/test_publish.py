"""Publishing: only whom we chose, only while their calendars are known, only to whom was given an open address."""

from dataclasses import replace
from datetime import time, timedelta

import pytest

from app.core.interval import WEEKDAYS, Interval
from app.core.people import Role, WorkingHours
from app.core.slots.offered import OutFeed, Place
from app.core.windows.link import digest_of
from app.flow import publish
from app.flow.cases import NotYours
from app.flow.ports import Publishing
from tests.builders import CLINICIAN, hours
from tests.fakes.office import PUBLISHER, TENANT, Office, book_best, detected, keep_window

KEY = PUBLISHER[0]
PLACE = Place("North Hospital", "312-555-0100", "1 Main Street", "Chicago", "IL", "60601")
WORKS = tuple(WorkingHours(day, time(9), time(17)) for day in WEEKDAYS[:5])
DOCTOR = replace(CLINICIAN, hours=WORKS)


@pytest.fixture
def open_office(office: Office) -> Office:
    """A site that publishes, with a clinician whose hours are known and who takes calls."""
    office.site = replace(office.site, publishing=Publishing(PLACE, days=7, notice_hours=1))
    office.ehr.staff[DOCTOR.reference] = DOCTOR
    detected(office)
    return office


def give_address(office: Office, *, people: tuple[str, ...] = (DOCTOR.reference,)) -> OutFeed:
    """Return a payer's address, these clinicians told of at it, their calendars read."""
    secret = publish.open_feed(office.ports(), KEY, now=office.now)
    publish.choose_people(office.ports(), people, now=office.now)
    publish.refresh(office.ports(), now=office.now)
    return office.ports().publications.by_digest(digest_of(secret))


def told(office: Office, feed: OutFeed) -> list[Interval]:
    """Return the times that the holder of an address sees now."""
    shown = publish.publication_of(office.ports(), feed, now=office.now)
    return [time for each in shown.offered for time in each.times]


def test_free_times_of_chosen_clinicians_are_told(open_office: Office):
    """After the notice, in working hours, without what is busy; nothing of anybody else."""
    open_office.ehr.calendars[DOCTOR.reference] = [Interval(open_office.now + hours(1), open_office.now + hours(4))]
    feed = give_address(open_office)
    times = told(open_office, feed)

    assert open_office.now + hours(4) == times[0].start
    assert {timedelta(minutes=20)} == {each.length for each in times}
    publish.choose_people(open_office.ports(), (), now=open_office.now)
    assert [] == told(open_office, feed), "taken off, and told of no more at once"


def test_nobody_is_told_of_who_was_not_chosen(open_office: Office):
    """An address alone tells nothing; a name that nobody knows cannot be chosen."""
    feed = give_address(open_office, people=("Practitioner/unknown",))

    assert [] == told(open_office, feed)
    assert {} == open_office.ports().publications.people(TENANT)


def test_a_booked_or_held_time_is_told_no_more_after_the_next_look(open_office: Office):
    """What a case has booked is taken, whether the EHR has heard of it or not."""
    feed = give_address(open_office)
    case = keep_window(open_office, open_office.store.case_of_denial(TENANT, "ClaimResponse/cr1"))
    booked = book_best(open_office, case)
    publish.refresh(open_office.ports(), now=open_office.now)

    assert not any(each.overlaps(booked.booking.interval) for each in told(open_office, feed))


def test_an_unread_calendar_tells_nothing_and_our_people_see_why(open_office: Office):
    """Not read whole, the EHR away, hours not known: no time; the page says whose and why."""
    feed = give_address(open_office)
    for trouble in ("unreadable", "away", "hours"):
        open_office.ehr.unreadable = {DOCTOR.reference} if trouble == "unreadable" else set()
        open_office.ehr.staff[DOCTOR.reference] = replace(DOCTOR, hours=() if trouble == "hours" else WORKS)
        open_office.ehr.trouble = None
        if trouble == "away":
            open_office.ehr.go_away()
        publish.refresh(open_office.ports(), now=open_office.now)
        assert [] == told(open_office, feed), trouble
        assert DOCTOR.name in publish.publish_page(open_office.ports(), now=open_office.now).problems[0], trouble


def test_what_nobody_looked_at_for_two_hours_is_told_no_more(open_office: Office):
    """The worker stands still, or nobody pressed the button: no time is free that was free then."""
    feed = give_address(open_office)
    open_office.push(hours=2)
    assert [] == told(open_office, feed)
    publish.refresh(open_office.ports(), now=open_office.now)

    assert told(open_office, feed)


def test_the_instant_of_change_stays_while_nothing_changes(open_office: Office):
    """Machines ask whether it has changed; looking again is no change."""
    open_office.push(minutes=5)
    feed = give_address(open_office)
    first = publish.publication_of(open_office.ports(), feed, now=open_office.now).changed_at
    open_office.push(minutes=20)
    publish.refresh(open_office.ports(), now=open_office.now)
    assert first == publish.publication_of(open_office.ports(), feed, now=open_office.now).changed_at
    open_office.ehr.calendars[DOCTOR.reference] = [Interval(open_office.now, open_office.now + hours(4))]
    publish.refresh(open_office.ports(), now=open_office.now)

    assert open_office.now == publish.publication_of(open_office.ports(), feed, now=open_office.now).changed_at


def test_a_newer_address_ends_the_older_and_an_ended_one_tells_nothing(open_office: Office):
    """One address a payer; closed by hand it is closed for good; all of it stands in the audit."""
    first = give_address(open_office)
    second = give_address(open_office)
    ports = open_office.ports()
    states = {each.id: each.state for each in ports.publications.feeds(TENANT)}
    assert {first.id: "ended", second.id: "open"} == states
    publish.end_feed(ports, second.id, now=open_office.now)
    with pytest.raises(publish.NoSuchFeed):
        publish.end_feed(ports, second.id, now=open_office.now)
    for each in ports.publications.feeds(TENANT):
        with pytest.raises(publish.NoSuchFeed):
            publish.publication_of(ports, each, now=open_office.now)

    acts = [act for _, act, _, _ in open_office.audited()]
    assert 2 == sum(act.startswith(f"address opened {KEY}") for act in acts)
    assert f"address ended {second.id}" in acts
    assert f"published {DOCTOR.reference}" in acts


def test_no_secret_is_kept(open_office: Office):
    """Of 256 random bits only the digest stands in the database and in the audit."""
    secret = publish.open_feed(open_office.ports(), KEY, now=open_office.now)
    rows = repr([open_office.rows(name) for name in ("out_feeds", "audit", "publications")])

    assert digest_of(secret) in rows
    assert secret not in rows


@pytest.mark.parametrize("role", [Role.CLINICIAN, Role.DELEGATE])
def test_only_coordinators_and_managers_publish(open_office: Office, role: Role):
    """Who of their colleagues is told of is not a clinician's to say."""
    feed = give_address(open_office)
    ports = open_office.ports(role)
    for act in (
        lambda: publish.publish_page(ports, now=open_office.now),
        lambda: publish.open_feed(ports, KEY, now=open_office.now),
        lambda: publish.end_feed(ports, feed.id, now=open_office.now),
        lambda: publish.choose_people(ports, (), now=open_office.now),
        lambda: publish.refresh_now(ports, now=open_office.now),
    ):
        with pytest.raises(NotYours):
            act()


def test_nothing_is_opened_where_the_site_has_no_place_or_the_payer_is_none(office: Office):
    """A sentence and what to do."""
    with pytest.raises(publish.NoPlace):
        publish.open_feed(office.ports(), KEY, now=office.now)
    office.site = replace(office.site, publishing=Publishing(PLACE))
    with pytest.raises(publish.NoSuchPayer):
        publish.open_feed(office.ports(), "nobody", now=office.now)
