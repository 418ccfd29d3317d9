"""The plan's page: the bound in words, a box for each call, and of each accepted one what became of it."""

from datetime import datetime

import pytest

from app.core.interval import Interval
from tests.builders import CLINICIAN
from tests.fakes.office import an_answer, detected, keep_window
from tests.web.markup import faults_of_page, read
from tests.web.visit import Site, shown


@pytest.fixture
def three(site: Site):
    """Return three cases: two with the same hours, one whose payer has offered none."""
    cases = [detected(site.office, an_answer(f"cr{n}", patient=f"p{n}")) for n in (1, 2, 3)]
    return [keep_window(site.office, each) for each in cases[:2]] + cases[2:]


def boxes(page: str, name: str) -> list[str]:
    """Return the values of the ticked boxes of a name."""
    found = [each.attributes for each in read(page).all("input") if each.attributes.get("name") == name]
    return [each["value"] for each in found if "checked" in each]


def test_the_plan_waits_and_then_stands_alone_or_as_a_part(site: Site, three):
    """First what is being read, with a link for browsers without script; then the whole page, or the part alone."""
    visit = site.visit()
    waiting, whole = shown(visit.get("plan")), shown(visit.get("plan?read=yes"))
    part = shown(visit.get("plan", headers={"HX-Request": "true"}))

    assert [] == faults_of_page(waiting) + faults_of_page(whole)
    assert "Show the plan" in waiting and "can be saved" not in waiting
    assert "2 of 3 can be saved" in whole and "no plan saves more." in whole
    assert part.lstrip().startswith("<section") and "2 of 3 can be saved" in part
    assert "The payer has offered no time." in whole and "Ask the payer for a further time" in whole


def test_ticked_calls_are_booked_and_each_is_reported(site: Site, three):
    """As a whole: two booked, each by number; the plan then has only the third."""
    visit = site.visit()
    page = shown(visit.get("plan?read=yes"))
    answer = visit.post("plan", {"call": boxes(page, "call")})

    assert (200, []) == (answer.status_code, faults_of_page(shown(answer)))
    assert "<h1>2 of 2 booked</h1>" in shown(answer)
    assert all(site.office.case(each.id).booking for each in three[:2])
    assert "0 of 1 can be saved" in shown(visit.get("plan?read=yes"))


def test_one_that_is_taken_meanwhile_is_told(site: Site, three):
    """In part, and too late for one: said which, and why; the other stands."""
    visit = site.visit()
    calls = boxes(shown(visit.get("plan?read=yes")), "call")
    site.office.ehr.calendars[CLINICIAN.reference] = [_time(calls[0])]
    answer = shown(visit.post("plan", {"call": calls}))

    assert "<h1>1 of 2 booked</h1>" in answer and "Not booked." in answer


def _time(call: str) -> Interval:
    start, end = (datetime.fromisoformat(each) for each in call.split(" ")[2].split("/"))
    return Interval(start, end)


def test_an_unread_calendar_is_not_ticked(site: Site, three):
    """Said in words, nothing ticked; a box says that somebody asked."""
    site.office.ehr.unreadable.add(CLINICIAN.reference)
    page = shown(site.visit().get("plan?read=yes"))

    assert [] == boxes(page, "call")
    assert "not verified" in page and "I have asked Dr Test" in page


@pytest.mark.parametrize("call", ["", "x", "a 1 b c", "a 1 2026-11-23T15:00/2026-11-23T16:00 Practitioner/doc"])
def test_a_call_that_no_page_showed_is_refused(site: Site, three, call: str):
    """A form of somebody's own: nothing is booked, and it is no failure of ours."""
    before = site.office.photo()
    answer = site.visit().post("plan", {"call": call})

    assert 400 <= answer.status_code < 500
    assert before == site.office.photo()


def test_nothing_ticked_books_nothing(site: Site, three):
    """Said so."""
    assert "No call was ticked" in shown(site.visit().post("plan", {}))


def test_a_chart_launch_has_no_plan(site: Site, three):
    """One chart shows no others."""
    page = shown(site.visit(patient="Patient/p1").get("plan?read=yes"))

    assert "worklist tab" in page and "Synthetic-p2" not in page
