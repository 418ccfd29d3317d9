"""What is late says so wherever it stands, no time stands twice in a row of the list, and days are told once."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.web.filters import groupby_day, local
from tests.builders import MONDAY
from tests.fakes.office import a_slot, bring
from tests.web.markup import read
from tests.web.visit import Site, shown

FAR = {"expires_at": MONDAY + timedelta(days=90), "idle_expires_at": MONDAY + timedelta(days=90)}


def text_of(html: str, mark: str) -> str:
    """Return the words of the element of this class."""
    (found,) = [each for each in read(html).all() if mark in each.attributes.get("class", "").split()]
    return found.text


def test_a_case_that_is_late_says_so_on_its_own_page(site: Site):
    """The list said "Overdue" and the case's own page said only "by": whoever opened it saw a day, and no alarm."""
    case = bring(site.office, "open")
    visit = site.visit(**FAR)
    before = text_of(shown(visit.get(f"cases/{case.id}")), "todo__what")
    site.office.now += timedelta(days=20)
    late = text_of(shown(visit.get(f"cases/{case.id}")), "todo__what")

    assert "by" in before and "overdue" not in before
    assert "overdue" in late


def test_a_row_tells_its_time_once(site: Site):
    """The time by which to act led each row and stood behind the next action again."""
    case = bring(site.office, "open")
    html = shown(site.visit().get("worklist"))
    (row,) = [each for each in read(html).all("tr") if "data-row" in each.attributes]
    (when,) = row.all("time")

    assert case.next_action.due_at == case.last_safe_at
    assert 1 == row.text.count(when.text)
    assert "Chicago time" in html, "the list says whose clock it is"


def test_the_last_safe_moment_is_told_once(site: Site):
    """The next action and the last safe moment named one instant twice, the second time without its zone."""
    case = bring(site.office, "offered")
    html = shown(site.visit().get(f"cases/{case.id}"))
    told = text_of(html, "todo")

    assert 1 == told.lower().count("last safe moment to book")
    assert local(case.last_safe_at, "America/Chicago") in told


@given(st.lists(st.integers(0, 40), min_size=1, max_size=12, unique=True), st.randoms())
def test_times_stand_under_their_local_day(hours: list[int], shuffle):
    """Whatever order they come in: each day once, in order, each time in the day that it has in the reader's zone."""
    slots = [a_slot(hour, after=hour) for hour in hours]
    shuffle.shuffle(slots)
    days = groupby_day(slots, "Pacific/Honolulu")
    flat = [slot for _, those in days for slot in those]

    assert sorted(slots, key=lambda slot: slot.interval.start) == flat
    assert len({day for day, _ in days}) == len(days)
    assert all(local(slot.interval.start, "Pacific/Honolulu", "day") == day for day, those in days for slot in those)
