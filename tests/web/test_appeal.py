"""The appeal's page: the packet as it would go, what it lacks, what filing would cost, and each way on from it."""

import pytest

from app.core.people import Role
from app.web.show import DOCX, PDF
from tests.flow.test_appeal import FILED, an_upheld_case
from tests.flow.test_packet import an_answered_case
from tests.web.markup import faults_of_page, read
from tests.web.test_act import main_form
from tests.web.test_own import surgeon
from tests.web.visit import Site, shown, where_to

KINDS = {"docx": DOCX, "pdf": PDF, "md": "text/markdown"}


def page(visit, case, said: str = "") -> str:
    """Return the appeal's page; it keeps the house's rules."""
    html = shown(visit.get(f"cases/{case.id}/appeal?said={said}"))
    assert [] == faults_of_page(html)
    return html


@pytest.mark.parametrize("form", KINDS)
def test_a_packet_is_named_by_case_number(site: Site, form: str):
    """A browser's list of downloads names no person."""
    case = an_upheld_case(site.office)
    answer = site.visit().get(f"cases/{case.id}/appeal.{form}")

    assert (200, KINDS[form]) == (answer.status_code, answer.mimetype)
    assert f'attachment; filename="appeal-{case.number}.{form}"' == answer.headers["Content-Disposition"]


def test_the_case_leads_to_the_packet_and_the_packet_to_the_filing(site: Site):
    """One step from the next action; the filing ends in the case, which watches for the decision."""
    case = an_upheld_case(site.office)
    visit = site.visit()
    assert f"cases/{case.id}/appeal" in shown(visit.get(f"cases/{case.id}"))
    assert "15 of 16 physical therapy visits" in page(visit, case)

    answer = visit.post(f"cases/{case.id}/appeal/filed", FILED | {"version": str(case.version)})
    assert 303 == answer.status_code
    html = shown(visit.get(where_to(answer)))
    assert "By fax on 2026-11-23; confirmation OK 4417." in html and "on the appeal" in html
    assert "marked as done already" in page(visit, case)


def test_what_was_told_on_the_call_is_taken_over_by_one_button(site: Site):
    """The page offers it under its words; pressed, it stands in the packet, and is offered no more."""
    told = "Appeals by fax to 800-555-0188, no later than 15 January 2027."
    case = an_upheld_case(site.office, appeal_told=told)
    visit = site.visit()
    html = page(visit, case)
    assert told in html
    path, form = main_form(html, "Take over for")
    assert 303 == visit.post(path.split("/", 3)[-1], form).status_code

    html = page(visit, case)
    assert "Take over for" not in html and "To be filed by <strong>2027-01-15</strong>" in html


def test_what_it_would_cost_is_said_on_the_page_and_asked_for(site: Site):
    """While the call is open the page says what is lost and until when; filing takes a reason and keeps the form."""
    case = an_answered_case(site.office)
    visit = site.visit()
    html = page(visit, case)
    assert "holds no call once an appeal is filed" in html and "The call may still be had until" in html

    stopped = visit.post(f"cases/{case.id}/appeal/filed", FILED | {"version": str(case.version)})
    assert 409 == stopped.status_code
    fields = {each.attributes.get("name"): each.attributes.get("value") for each in read(shown(stopped)).all("input")}
    assert FILED.items() <= fields.items()
    again = FILED | {"version": str(case.version), "why": "The service is tomorrow."}
    assert 303 == visit.post(f"cases/{case.id}/appeal/filed", again).status_code


def test_what_is_not_ready_is_offered_as_a_draft_only(site: Site):
    """The links say draft, and the address without it refuses."""
    case = an_upheld_case(site.office)
    visit = site.visit()
    assert "draft=yes" not in page(visit, case)
    visit.post(f"cases/{case.id}/appeal", {"line": "1", "level": "second"})

    assert "appeal.docx?draft=yes" in page(visit, case)
    assert 409 == visit.get(f"cases/{case.id}/appeal.docx").status_code


def test_a_choice_that_cannot_be_is_told_beside_its_field(site: Site):
    """What was typed stays."""
    case = an_upheld_case(site.office)
    visit = site.visit()
    answer = visit.post(f"cases/{case.id}/appeal", {"line": "1", "way": "fax", "to": "", "where": "page <2>"})

    assert 422 == answer.status_code
    assert "Say both how it is sent and where to" in shown(answer) and "page &lt;2&gt;" in shown(answer)
    for wrong in ({"filed_on": "soon", "filed_way": "fax"}, {"filed_on": "2026-11-23", "filed_way": ""}):
        assert 422 == visit.post(f"cases/{case.id}/appeal/filed", wrong | {"version": str(case.version)}).status_code


def test_a_clinician_signs_that_the_patient_cannot_wait(site: Site):
    """The office cannot; the clinician's sentence stands in the packet with their name, until it is taken back."""
    case = an_upheld_case(site.office)
    office, doctor = site.visit(), surgeon(site, case)
    told = {"grounds": "yes", "why": "She may lose <b>the leg</b>."}
    path = f"cases/{case.id}/appeal/expedite"
    assert 403 == office.post(path, told).status_code
    assert 422 == doctor.post(path, told | {"grounds": ""}).status_code

    assert 303 == doctor.post(path, told).status_code
    html = page(office, case, "expedited")
    assert "She may lose &lt;b&gt;the leg&lt;/b&gt;." in html and "signed Test Clinician" in html
    doctor.post(path, {"off": "yes"})
    assert "She may lose" not in page(office, case)


def test_a_tab_of_another_chart_gets_no_packet(site: Site):
    """The same wall as before every page of a case."""
    case = an_upheld_case(site.office)
    visit = site.visit(Role.CLINICIAN, patient="Patient/other")
    for path in ("appeal", "appeal.docx", "appeal.pdf?draft=yes"):
        assert visit.get(f"cases/{case.id}/{path}").status_code in (403, 409), path
