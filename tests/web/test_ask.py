"""The page that asks a payer by message: its words are read before they go, without script, and what became of them."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.case import CaseState
from app.core.interval import Interval
from app.core.people import Role
from app.core.windows.ask import PayerChannel
from app.core.windows.message import Delivery
from app.edges.store import SqlOutbox
from app.flow.inbox import inbox
from app.flow.outbox import drain
from tests.builders import CLINICIAN, MONDAY
from tests.fakes.office import PUBLISHER, detected, keep_window
from tests.web.markup import faults_of_page, read
from tests.web.test_desk import offer
from tests.web.visit import Site, shown


def form_of(page, **more) -> dict[str, str]:
    """Return what the page's form would send."""
    fields = {each.attributes.get("name"): each.attributes.get("value", "") for each in read(shown(page)).all("input")}
    fields.pop("csrf_token", None)
    return {name: value for name, value in fields.items() if name} | {"do": "send"} | more


def test_the_words_are_shown_and_then_sent(site: Site):
    """From the case's windows, through the page, back to the case: plain forms."""
    case, visit = detected(site.office, payer=PUBLISHER[1]), site.visit()
    assert f"cases/{case.id}/message" in shown(visit.get(f"cases/{case.id}/windows"))
    page = visit.get(f"cases/{case.id}/message")
    assert (200, []) == (page.status_code, faults_of_page(shown(page)))
    assert "REF-cr1" in shown(page) and "X1" not in shown(page).split("<textarea")[1].split("</textarea>")[0]

    sent = visit.post(f"cases/{case.id}/message", form_of(page))
    assert (303, CaseState.REQUESTED) == (sent.status_code, site.office.case(case.id).state)
    assert "Request to the payer" in shown(visit.get(f"cases/{case.id}"))


def test_a_further_time_goes_from_the_page_without_slots_into_the_words(site: Site):
    """No time fits: the page tells the smallest changes; one tap asks the payer for the hour; it is sent."""
    office, visit = site.office, site.visit()
    case = keep_window(office, detected(office, payer=PUBLISHER[1]))
    office.ehr.calendars[CLINICIAN.reference] = [Interval(MONDAY, MONDAY + timedelta(hours=6))]
    page = visit.get(f"cases/{case.id}/slots")
    assert [] == faults_of_page(shown(page))
    assert "Any one of these would make a call fit" in shown(page) and "Words for the clinician" in shown(page)

    free = re.search(r'name="free" value="([^"]+)"', shown(page))[1]
    words = visit.post(f"cases/{case.id}/message", {"do": "show", "free": free})
    assert (200, []) == (words.status_code, faults_of_page(shown(words)))
    assert "This would suit us: Monday, November 23, 2026, 03:00 PM" in shown(words)
    assert 303 == visit.post(f"cases/{case.id}/message", form_of(words)).status_code
    texts = [each.text for each in inbox(office.ports(), show="all", now=office.now)]
    assert 1 == sum("This would suit us" in each for each in texts)
    assert 400 <= visit.post(f"cases/{case.id}/message", {"do": "show", "free": "soon/later"}).status_code < 500


def test_a_number_that_was_typed_is_read_before_it_is_sent(site: Site):
    """Pressing send with a number that the words do not hold yet shows them again; then it goes."""
    case, visit = detected(site.office, payer=PUBLISHER[1]), site.visit()
    first = visit.get(f"cases/{case.id}/message")
    again = visit.post(f"cases/{case.id}/message", form_of(first, number="512-555-0134"))
    assert (422, CaseState.OPEN) == (again.status_code, site.office.case(case.id).state)
    assert "Direct number: 512-555-0134" in shown(again) and "Read them" in shown(again)

    assert 303 == visit.post(f"cases/{case.id}/message", form_of(again)).status_code


def test_a_number_that_is_none_is_said_beside_its_field(site: Site):
    """And what was typed stays."""
    case, visit = detected(site.office, payer=PUBLISHER[1]), site.visit()
    page = visit.get(f"cases/{case.id}/message")
    wrong = visit.post(f"cases/{case.id}/message", form_of(page, number="call me"))

    assert (422, []) == (wrong.status_code, faults_of_page(shown(wrong)))
    assert "not a telephone number" in shown(wrong) and 'value="call me"' in shown(wrong)


def test_offered_times_go_out_from_the_page_that_made_their_link(site: Site):
    """The link is shown there once; the message carries it, no address does."""
    site.office.channels.known[None or ""] = site.office.channels.known[PUBLISHER[0]]
    case, path = offer(site)
    visit = site.visit()
    version = str(site.office.case(case.id).version)
    told = {"secret": path.removeprefix("/p/"), "version": version}
    page = visit.post(f"cases/{case.id}/message", told | {"do": "show"})
    assert (200, []) == (page.status_code, faults_of_page(shown(page)))
    assert path in shown(page)

    sent = visit.post(f"cases/{case.id}/message", form_of(page))
    assert 303 == sent.status_code and path.removeprefix("/p/") not in sent.headers["Location"]
    assert CaseState.HELD is site.office.case(case.id).state


def test_a_payer_that_takes_faxes_too_is_asked_by_the_way_that_is_chosen(site: Site):
    """Each way has its link and its words; what a fax says of the patient is said beforehand."""
    case, visit = detected(site.office, payer=PUBLISHER[1]), site.visit()
    site.office.channels.more[PUBLISHER[0]] = (PayerChannel("fax", "+15125550134", confidential=False, traceable=True),)
    windows = shown(visit.get(f"cases/{case.id}/windows"))
    assert f"cases/{case.id}/message?by=fax" in windows and [] == faults_of_page(windows)
    page = visit.get(f"cases/{case.id}/message?by=fax")
    assert (200, []) == (page.status_code, faults_of_page(shown(page)))
    assert "by fax</h1>" in shown(page) and "A fax lies open" in shown(page) and "?by=message" in shown(page)

    assert 303 == visit.post(f"cases/{case.id}/message", form_of(page)).status_code
    (message,) = inbox(site.office.ports(), show="all", now=site.office.now)
    assert ("fax", "waiting") == (message.channel, message.delivery.state)
    assert 409 == visit.get(f"cases/{case.id}/message?by=pigeon").status_code


def test_times_of_ours_go_by_either_way(site: Site):
    """The page that made the link offers each."""
    site.office.channels.known[""] = site.office.channels.known[PUBLISHER[0]]
    site.office.channels.more[""] = (PayerChannel("fax", "+15125550134", confidential=True),)
    case, path = offer(site)
    told = {"secret": path.removeprefix("/p/"), "version": str(site.office.case(case.id).version), "do": "show"}
    page = site.visit().post(f"cases/{case.id}/message", told | {"by": "fax"})

    assert (200, []) == (page.status_code, faults_of_page(shown(page)))
    assert path in shown(page) and "X1" in shown(page) and "names the member id" in shown(page)


ON_CASE = {
    "waiting": "taken by the fax service",
    "delivered": "arrived, ",
    "failed": "did not arrive",
    "unknown": "not known whether it arrived",
}


@pytest.mark.parametrize(
    ("state", "words"), [("waiting", "The fax service took it"), ("delivered", "It arrived"),
                         ("failed", "It did not arrive."), ("unknown", "is not known")],
)  # fmt: skip
def test_whether_a_fax_arrived_stands_with_it(site: Site, state: str, words: str):
    """That a service took it is not that it arrived."""
    case, visit = detected(site.office, payer=PUBLISHER[1]), site.visit()
    fax = PayerChannel("fax", "+15125550134", confidential=False, traceable=True)
    site.office.channels.more[PUBLISHER[0]] = (fax,)
    visit.post(f"cases/{case.id}/message", form_of(visit.get(f"cases/{case.id}/message?by=fax")))
    drain(SqlOutbox(site.office.database), None, site.office.desk, now=lambda: site.office.now, jitter=lambda: 0.5)
    (message,) = inbox(site.office.ports(), show="all", now=site.office.now)
    told = replace(message, delivery=Delivery(state, site.office.now, "The line was busy."))
    site.office.ports().messages.change("sandbox", told)
    page = shown(visit.get(f"inbox/{message.id}"))

    assert words in page and [] == faults_of_page(page)
    on_case = shown(visit.get(f"cases/{case.id}/writes"))
    assert [] == faults_of_page(on_case) and ON_CASE[state] in on_case
    assert ("The line was busy." in page) == (state in ("failed", "unknown"))


def test_what_became_of_it_stands_in_the_inbox(site: Site):
    """To whom, by whom, and whether it went; it offers no times to confirm."""
    case, visit = detected(site.office, payer=PUBLISHER[1]), site.visit()
    visit.post(f"cases/{case.id}/message", form_of(visit.get(f"cases/{case.id}/message")))
    (message,) = inbox(site.office.ports(), show="all", now=site.office.now)
    page = visit.get(f"inbox/{message.id}")

    assert [] == faults_of_page(shown(page))
    assert "It is on its way" in shown(page) and "times it offers" not in shown(page)
    assert re.search(r"to\s+UnitedHealthcare", shown(visit.get("inbox?show=all")))
    assert "written by" not in shown(visit.get("inbox"))


def test_a_payer_that_is_not_written_to_has_no_such_page(site: Site):
    """No link leads there, and the address says what to do."""
    case, visit = detected(site.office), site.visit()

    assert "/message" not in shown(visit.get(f"cases/{case.id}/windows"))
    refused = visit.get(f"cases/{case.id}/message")
    assert refused.status_code in (409, 422) and "Call the payer" in shown(refused)


def test_a_delegate_asks_and_another_patients_chart_does_not(site: Site):
    """Office work; but never from the chart of somebody else."""
    case = detected(site.office, payer=PUBLISHER[1])
    delegate = site.visit(Role.DELEGATE)
    assert 200 == delegate.get(f"cases/{case.id}/message").status_code
    other = site.visit(patient="Patient/p9").get(f"cases/{case.id}/message")

    assert other.status_code >= 400 and "REF-cr1" not in shown(other)
