"""A payer's reply becomes times with their quotes; what is doubtful is said, what is refused is not offered."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.interval import Interval
from app.core.windows.reply import ReplyRead, read_reply

FRIDAY = datetime(2026, 11, 20, 15, tzinfo=UTC)  # 09:00 in Chicago
SITE = "America/Chicago"
CALL = timedelta(minutes=20)


def read(text: str, *, at: datetime = FRIDAY) -> ReplyRead:
    """Return what a reply that came on Friday offers."""
    return read_reply(text, zone=SITE, received_at=at, length=CALL)


def told(text: str, zone: str = SITE, **more) -> list[str]:
    """Return the offers as "Tue 24 14:00-16:00" in a zone."""
    place = ZoneInfo(zone)
    return [
        f"{each.interval.start.astimezone(place):%a %d %H:%M}-{each.interval.end.astimezone(place):%H:%M}"
        for each in read(text, **more).offers
    ]


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("Dr. Poe can talk Tuesday 11/24 between 2 and 4 pm CT.", SITE, ["Tue 24 14:00-16:00"]),
        ("Mon Nov 23, 9:00-11:00 AM Eastern", "America/New_York", ["Mon 23 09:00-11:00"]),
        ("Monday 11/23:\n 9-11\n 1-2:30\nTuesday 11/24:\n noon to 2",
         SITE, ["Mon 23 09:00-11:00", "Mon 23 13:00-14:30", "Tue 24 12:00-14:00"]),
        ("tomorrow at 10:15am EST", "America/New_York", ["Sat 21 10:15-10:35"]),
        ("Mon and Tue 9-11 am MT", "America/Denver", ["Mon 23 09:00-11:00", "Tue 24 09:00-11:00"]),
        ("We can do 11/23 or 11/24, 8 to 10 a.m.", SITE, ["Mon 23 08:00-10:00", "Tue 24 08:00-10:00"]),
        ("2-4pm on Wed, Nov 25th", SITE, ["Wed 25 14:00-16:00"]),
        ("11 am-1 pm PT on 2026-11-24", "America/Los_Angeles", ["Tue 24 11:00-13:00"]),
        ("11-1pm on 11/24", SITE, ["Tue 24 11:00-13:00"]),
        ("Tuesday 14:00 to 15:30", SITE, ["Tue 24 14:00-15:30"]),
        ("Not Monday 9-11 am, but Tuesday 10-11 am works", SITE, ["Tue 24 10:00-11:00"]),
        ("the window is Nov 23 (Mon) 10am–12pm", SITE, ["Mon 23 10:00-12:00"]),
        ("All times Pacific\n11/24 9-10 am", "America/Los_Angeles", ["Tue 24 09:00-10:00"]),
    ],
)  # fmt: skip
def test_times_are_read_as_people_write_them(text: str, zone: str, expected: list[str]):
    """Ranges and single times, dates before and after them, a heading with times below, several days for one time."""
    assert expected == told(text, zone)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("We are not available Monday 9-11 am.", "not possible"),
        ("Closed on 11/26 from 8 am to 5 pm.", "not possible"),
        ("Please reply by 5 pm today.", "limit"),
        ("After 3 pm on Monday.", "limit"),
        ("Any time between 9 and 11 am.", "without a day"),
        ("11/19 9-10 am", "is over"),
        ("3/14/2027 2:30-2:45 am", "skipped"),
        ("11/1/2027 9 am to 11/1/2027", None),
    ],
)
def test_what_offers_no_time_is_said_and_not_offered(text: str, why: str | None):
    """A refusal, a limit, a time without a day or in the past never becomes an offer."""
    found = read(text)
    if why is None:
        assert not found.unread
        return
    assert () == found.offers
    assert [(text.rstrip("."), True)] == [(clause.rstrip("."), why in said) for clause, said in found.unread]


def test_what_is_quoted_of_our_own_message_is_not_read():
    """Our own offered times, sent back below the reply, are not the payer's."""
    text = (
        "Tuesday 10-11 am works.\n\nOn Fri, Nov 20, 2026 at 9:00 AM Parley <p2p@clinic.example> wrote:\n> Mon 9-10 am\n"
    )

    assert ["Tue 24 10:00-11:00"] == told(text)
    assert ["Tue 24 10:00-11:00"] == told("> Mon 9-10 am\nTuesday 10-11 am works.")
    assert [] == told("-----Original Message-----\nMon 11/23 9-10 am")


@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        ("Tuesday 11/24 9-11 ET", "Neither am nor pm"),
        ("Tuesday 11/24 9-11 am", "No zone was told"),
        ("Tuesday 11/24 at 9 am ET", "No end was told"),
        ("Thursday 11/24 9-11 am ET", "do not agree"),
        ("Friday 9-11 am ET", "today's own"),
        ("Next Tuesday 9-11 am ET", None),
    ],
)
def test_what_is_assumed_is_said(text: str, doubt: str | None):
    """A person confirms; they see beside the quote what the words left open."""
    (offer,) = read(text).offers
    assert ([doubt] if doubt else []) == [doubt for each in offer.doubts if doubt and doubt in each]
    assert bool(offer.doubts) == bool(doubt)
    assert text == offer.quote == text[offer.start : offer.end]


def test_numbers_that_are_no_times_are_left_alone():
    """Telephone numbers, references, codes, money and pages."""
    text = "Call 800-555-0100 ref 12-34 about lines 1 and 2, CPT 22633, pages 1-3, $9.30, fax (555) 010-0199 on 11/24."
    text += " We answer in 2-3 business days. Allow 9 to 11 visits from 11/24."
    assert ReplyRead() == read(text)


days = st.dates(date(2026, 11, 21), date(2027, 9, 15))  # a day without its year may lie sixty days back
minutes = st.integers(6 * 60, 20 * 60 - 1)
DATES = ("{:%m/%d/%Y}", "{:%A, %B %d, %Y}", "{:%a %b %d, %Y}", "{:%Y-%m-%d}", "{:%B %d}", "{:%m/%d}", "{:%A %m/%d}")
HALVES = ("{:%I:%M %p}", "{:%I:%M%p}", "{:%H:%M}")
PLACES = {
    "ET": "America/New_York",
    "CST": "America/Chicago",
    "Mountain time": "America/Denver",
    "PT": "America/Los_Angeles",
}


@given(
    day=days,
    begins=minutes,
    lasts=st.integers(5, 180),
    dated=st.sampled_from(DATES),
    timed=st.sampled_from(HALVES),
    joined=st.sampled_from(("{} - {}", "{} to {}", "between {} and {}", "from {} until {}")),
    place=st.sampled_from(sorted(PLACES)),
    order=st.sampled_from(("{0} {1} {2}", "{1} {2} on {0}", "Dr. A can talk {0}, {1} {2}.", "{0}:\n{1} {2}")),
)
def test_what_is_written_plainly_is_read_exactly(day, begins, lasts, dated, timed, joined, place, order):
    """However a full date, a range with halves and a zone are put together, the same instants come back."""
    there = ZoneInfo(PLACES[place])
    start = datetime.combine(day, time(begins // 60, begins % 60))
    end = min(start + timedelta(minutes=lasts), datetime.combine(day, time(23, 59)))
    text = order.format(dated.format(day), joined.format(timed.format(start), timed.format(end)), place)
    found = read(text)

    expected = Interval(start.replace(tzinfo=there), end.replace(tzinfo=there))
    assert [expected] == [each.interval for each in found.offers], text
    assert () == found.unread


@given(st.text(max_size=400))
def test_any_text_is_taken(text: str):
    """Whatever a fax says: no error, quotes are its own words, and nothing that is over is offered."""
    for each in read(text).offers:
        assert text[each.start : each.end] == each.quote
        assert each.interval.end > FRIDAY


PIECES = st.sampled_from(
    "mon tuesday next 11/24 nov 30th 9 9-11 am pm noon to and between until . , ; \n not but ET central 14:00 "
    "2026-11-24 > on wrote: by call at".split(" ")
)


@given(st.lists(PIECES, max_size=40).map(" ".join))
def test_any_jumble_of_time_words_is_taken(text: str):
    """The words of the grammar in any order."""
    for each in read(text).offers:
        assert each.interval.length <= timedelta(hours=24)
        assert text[each.start : each.end] == each.quote
