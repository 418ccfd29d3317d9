"""Feeds of payers: read at their pace by one worker, kept for every page, believed only as long as they are fresh."""

from dataclasses import replace
from datetime import timedelta

from app.core.case import CaseState
from app.edges.store.feed_times import SqlFeedTimes
from app.errors import Temporary
from app.flow import feeds, windows
from app.flow.ports import FeedPace
from tests.builders import MONDAY, hours
from tests.fakes.office import PUBLISHER, Office, a_slot, an_answer, book_best, detected

KEY, PAYER = PUBLISHER


def a_time(number: int, **more):
    """Return a time that is published in a feed."""
    return replace(a_slot(number, **more), slot=f"feed:{KEY}/Slot/{number}", source="bulk")


def poll(office: Office, *, jitter: float = 0.0):
    """Read what is due, as the worker does."""
    return feeds.read_feeds(office.feeds, office.feed_times, now=office.now, jitter=lambda: jitter)


def read(office: Office, case):
    """Read the payer's times as a page does."""
    return windows.read_published_windows(office.ports(), case.id, now=office.now)


def test_a_page_shows_what_the_worker_has_read_and_asks_nobody(office: Office):
    """New times come, withdrawn ones go; neither the payer's server nor its book is asked by a page."""
    case = detected(office, an_answer(payer=PAYER))
    office.feeds.publish(KEY, a_time(1, after=2), a_time(2, after=4))
    assert ((KEY,), ()) == poll(office)
    shown = read(office, case)

    assert [1, 2] == [int(each.slot[-1]) for each in shown.case.windows]
    assert {office.now} == {each.captured_at for each in shown.case.windows}
    assert (CaseState.OFFERED, None) == (shown.case.state, shown.problem)
    office.feeds.publish(KEY, a_time(2, after=4))
    office.push(minutes=6)
    poll(office)
    assert [2] == [int(each.slot[-1]) for each in read(office, case).case.windows]
    assert [KEY] * 2 == office.feeds.asked
    assert [] == office.desk.asked


def test_times_that_were_never_read_are_not_an_empty_book(office: Office):
    """Before the first reading, and where it fails, the page says so."""
    case = detected(office, an_answer(payer=PAYER))
    office.feeds.fail(KEY, Temporary("The payer does not answer."))
    assert "could not be read" in read(office, case).problem
    poll(office)

    assert "The payer does not answer." in read(office, case).problem


def test_one_worker_reads_a_feed_and_not_before_it_is_due(office: Office):
    """Two workers, two databases' connections: asked once; again when the pace, or the payer, says so."""
    office.feeds.publish(KEY, a_time(1, after=2), wait=timedelta(minutes=20))
    other = SqlFeedTimes(office.database)
    poll(office)
    assert ((), ()) == feeds.read_feeds(office.feeds, other, now=office.now, jitter=lambda: 0.0)
    office.push(minutes=19)
    poll(office)
    assert [KEY] == office.feeds.asked
    office.push(minutes=1)

    assert ((), ()) == poll(office), "read, and nothing is new"
    assert [KEY] * 2 == office.feeds.asked


def test_a_payer_that_fails_is_left_alone_ever_longer(office: Office):
    """Five minutes, ten, twenty, up to six hours; its own Retry-After goes before; one success and it is as ever."""
    pace = FeedPace("bulk", timedelta(minutes=5))
    pauses = [feeds.pause_after(number, pace, None, 0.0) for number in (0, 1, 2, 30)]
    assert [timedelta(minutes=5), timedelta(minutes=10), timedelta(minutes=20), timedelta(hours=6)] == pauses
    assert timedelta(hours=7) == feeds.pause_after(0, pace, 7 * 3600.0, 0.9)
    office.feeds.fail(KEY, Temporary("It is down.", retry_after_seconds=600))
    assert ((), ((KEY, "Temporary"),)) == poll(office)
    office.push(minutes=9)
    poll(office)
    assert 1 == office.feed_times.of(KEY).failures
    office.push(minutes=1)
    office.feeds.publish(KEY, a_time(1, after=2))
    poll(office)

    kept = office.feed_times.of(KEY)
    assert (0, None, office.now) == (kept.failures, kept.say, kept.read_at)


def test_what_was_read_long_ago_is_offered_no_more(office: Office):
    """For six hours the last reading stands while the payer is away; then its times may be anybody's."""
    case = detected(office, an_answer(payer=PAYER))
    office.feeds.publish(KEY, a_time(1, after=9))
    poll(office)
    read(office, case)
    office.feeds.fail(KEY, Temporary("It is down."))
    office.push(hours=6)
    poll(office)
    assert read(office, case).problem is None
    office.push(hours=1)
    assert ((KEY,), ((KEY, "Temporary"),)) == poll(office), "the worker looks at the cases, whoever does not"

    shown = read(office, case)
    assert "It is down." in shown.problem
    assert () == shown.case.windows


def test_a_booked_time_stays_when_the_payer_publishes_it_no_more(office: Office):
    """The booking stands, and what the feed says of its time is told: still free, or gone."""
    case = detected(office, an_answer(payer=PAYER))
    office.feeds.publish(KEY, a_time(1, after=4), a_time(2, after=5))
    poll(office)
    read(office, case)
    booked = book_best(office, office.case(case.id))
    assert "free" == read(office, booked).of_the_booked
    office.feeds.publish(KEY, a_time(2 if booked.booking.payer_slot.endswith("1") else 1, after=5))
    office.push(minutes=6)
    poll(office)
    shown = read(office, booked)

    assert "gone" == shown.of_the_booked
    assert (CaseState.BOOKED, booked.booking) == (shown.case.state, shown.case.booking)
    assert booked.booking.payer_slot in {each.slot for each in shown.case.windows}


def test_hours_in_which_calls_are_taken_stay_while_they_last(office: Office):
    """A window of hours that has begun still has room for a call; an exact time that has begun has not."""
    case = detected(office, an_answer(payer=PAYER))
    desk = replace(a_time(1, after=-1, minutes=480), slot=None, seats=3)
    office.feeds.publish(KEY, desk, a_time(2, after=-0.1))
    poll(office)
    (window,) = read(office, case).case.windows

    assert (MONDAY + hours(7), 3) == (window.interval.end, window.seats)
    booked = book_best(office, office.case(case.id))
    assert booked.booking.interval.start >= office.now
    assert "hours" == read(office, booked).of_the_booked, "nobody has told the payer of it"


def test_the_worker_brings_times_to_a_case_without_looking_at_it(office: Office):
    """A feed may change every minute: no entry of the audit says that somebody saw the case."""
    case = detected(office, an_answer(payer=PAYER))
    office.feeds.publish(KEY, a_time(1, after=2))
    poll(office)
    before = [act for _, act, _, _ in office.audited()]
    followed = windows.follow_feed(office.ports(), case.id, now=office.now)
    windows.follow_feed(office.ports(), case.id, now=office.now)

    assert 1 == len(followed.case.windows)
    assert [*before, "case offered"] == [act for _, act, _, _ in office.audited()]


def test_the_cases_of_a_payer_are_found_when_its_times_change(office: Office):
    """Its own open cases, nobody else's."""
    ours = detected(office, an_answer(payer=PAYER))
    detected(office, an_answer("cr2", patient="p2"))

    assert [ours.id] == list(feeds.cases_of(office.ports(), (KEY,)))
    assert [] == list(feeds.cases_of(office.ports(), ()))
