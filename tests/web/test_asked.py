"""Asking the payer from the case's page: a button, what was answered or why not, when and by whom."""

from datetime import timedelta

import pytest

from app.core.denial import Code
from app.core.detect.person import AnswersTold
from app.core.people import Role
from app.errors import Temporary
from tests.fakes.office import ACTION, PUBLISHER, Office, an_answer, detected
from tests.flow.test_inquire import says
from tests.web.markup import read
from tests.web.visit import Site, shown, where_to

KEY, PAYER = PUBLISHER
PENDED = Code(ACTION, "A4")
BUTTON = "Ask the payer now"


def waiting(office: Office):
    """Return a case that waits at a payer that can be asked."""
    office.inquiries.tell(KEY, says(office))
    return detected(office, an_answer(action=PENDED, reason=None, notes=(), payer=PAYER, reference_number=None))


def section(text: str):
    """Return the part of the page that speaks of the payer, None where it has none."""
    found = [each for each in read(text).all("section") if each.attributes.get("id") == "asked"]
    return found[0] if found else None


def test_a_payer_that_cannot_be_asked_shows_no_button(site: Site):
    """Most payers have no such endpoint; nothing on the page speaks of it."""
    case = detected(site.office, an_answer(action=PENDED))

    assert None is section(shown(site.visit().get(f"cases/{case.id}")))


@pytest.mark.parametrize("hx", [False, True], ids=["page", "swap"])
@pytest.mark.parametrize("role", Role)
def test_a_click_asks_and_the_case_says_what_came_of_it(site: Site, role: Role, hx: bool):
    """Every role that sees the case may ask; the answer stands there with its moment and its asker."""
    case = waiting(site.office)
    visit = site.visit(role)
    before = section(shown(visit.get(f"cases/{case.id}")))
    answer = visit.post(f"cases/{case.id}/ask", hx=hx)
    after = section(shown(visit.get(f"cases/{case.id}")))

    assert BUTTON in before.text and "has not been asked about this one yet" in before.text
    assert (303, f"cases/{case.id}") == (answer.status_code, where_to(answer))
    assert "The payer's answer: denied." in after.text
    assert f"by Test {role.value.title()}" in after.text
    assert ["2026-11-23T09:00-06:00"] == [each.attributes["datetime"] for each in after.all("time")]


def test_a_failure_is_told_in_place_of_an_answer(site: Site):
    """In plain words, with what to do; the page itself works."""
    case = waiting(site.office)
    site.office.inquiries.tell(KEY, Temporary("The payer is busy.", next="It is asked again by itself."))
    visit = site.visit()
    visit.post(f"cases/{case.id}/ask")
    told = section(shown(visit.get(f"cases/{case.id}")))

    assert all(words in told.text for words in ("No answer.", "The payer is busy.", "It is asked again by itself."))


def test_two_clicks_say_that_it_was_asked_a_moment_ago(site: Site):
    """No second question, and no error page."""
    case = waiting(site.office)
    site.office.inquiries.tell(KEY, AnswersTold(()))
    visit = site.visit()
    visit.post(f"cases/{case.id}/ask")
    page = shown(visit.get(f"/{visit.post(f'cases/{case.id}/ask').headers['Location'].partition('/')[2]}"))

    assert "The payer was asked a moment ago" in page
    assert 1 == len(site.office.inquiries.asked)


def test_a_payer_that_asked_for_time_is_said(site: Site):
    """The button does not knock through a Retry-After."""
    case = waiting(site.office)
    site.office.inquiries.tell(KEY, Temporary("The payer is busy.", retry_after_seconds=900))
    visit = site.visit()
    visit.post(f"cases/{case.id}/ask")
    site.office.now += timedelta(minutes=5)
    visit = site.visit()

    assert "said=payer_rests" in visit.post(f"cases/{case.id}/ask").headers["Location"]
    assert 1 == len(site.office.inquiries.asked)


def test_a_case_without_a_request_says_why_there_is_no_button(site: Site):
    """Forged all the same, the form is refused in words."""
    site.office.inquiries.tell(KEY, AnswersTold(()))
    case = detected(site.office, an_answer(action=PENDED, payer=PAYER, request=None))
    visit = site.visit()
    told = section(shown(visit.get(f"cases/{case.id}")))
    answer = visit.post(f"cases/{case.id}/ask")

    assert ("does not stand in this EHR" in told.text, BUTTON in told.text) == (True, False)
    assert (409, True) == (answer.status_code, "does not stand in this EHR" in shown(answer))
