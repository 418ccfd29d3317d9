"""What was held back, on the page: by kind and day, nothing of what it says; let in and taken out by a clinician."""

import pytest

from app.core.people import Role
from tests.fakes.office import bring
from tests.flow.test_unsent import THERAPY, a_note
from tests.web.markup import faults_of_page, read
from tests.web.visit import Site, shown, where_to

NOTE = "DocumentReference/n1"


@pytest.fixture
def case(site: Site):
    """A booked case with a sensitive note in its chart."""
    found = bring(site.office, "booked")
    site.office.ehr.charts["Patient/p1"] = {NOTE: a_note(THERAPY, meta={"security": [{"code": "42CFRPart2"}]})}
    return found


def surgeon(site: Site, case):
    """Return a launch of the clinician who takes the call."""
    return site.visit(Role.CLINICIAN, fhir_user=case.clinician.reference)


def page(visit, case, where: str = "brief") -> str:
    """Return a page; it keeps the house's rules."""
    html = shown(visit.get(f"cases/{case.id}/{where}"))
    assert [] == faults_of_page(html)
    return html


def section(html: str):
    """Return the list on a page."""
    (found,) = [each for each in read(html).all("section") if each.attributes.get("id") == "held"]
    return found


def test_the_list_names_kind_and_day_and_nothing_of_what_it_says(site: Site, case):
    """The office sees how many, the clinician also why; neither sees a word of it, and no form is the office's."""
    for visit, sees_why in ((site.visit(), False), (surgeon(site, case), True)):
        html = page(visit, case)
        told = section(html)
        assert "1 thing of sensitive categories was left out." in told.text
        assert "Note of 2026-11-20" in told.text
        assert sees_why == ("substance use program" in told.text) == bool(told.all("form"))
        assert "15 of 16" not in html


def test_it_is_let_in_with_a_reason_and_taken_out_again(site: Site, case):
    """Without a reason: told beside the field. With one: it is on the brief, with the notice; taken out it is gone."""
    visit = surgeon(site, case)
    answer = visit.post(f"cases/{case.id}/held", {"reference": NOTE, "reason": " "})
    html = shown(answer)
    assert (422, []) == (answer.status_code, faults_of_page(html))
    assert "Say why it is needed" in section(html).text

    answer = visit.post(f"cases/{case.id}/held", {"reference": NOTE, "reason": "Consent of <b>Friday</b>."})
    assert (303, f"cases/{case.id}/brief") == (answer.status_code, where_to(answer))
    html = page(visit, case)
    assert "15 of 16" in html and "42 CFR Part 2" in html and "Consent of &lt;b&gt;Friday" in html

    visit.post(f"cases/{case.id}/held/out", {"reference": NOTE})
    html = page(visit, case)
    assert "15 of 16" not in html and "42 CFR Part 2" not in html


def test_the_whole_text_of_what_was_let_in_opens_as_any_other(site: Site, case):
    """Its marks lead to its words."""
    visit = surgeon(site, case)
    visit.post(f"cases/{case.id}/held", {"reference": NOTE, "reason": "Consent of Friday."})
    links = [
        each.attributes["href"]
        for each in read(page(visit, case)).all("a")
        if "/source?" in each.attributes.get("href", "")
    ]

    assert any("15 of 16" in " ".join(one.text for one in read(shown(visit.get(each))).all("mark")) for each in links)


@pytest.mark.parametrize("where", ["held", "held/out"])
def test_a_forged_form_of_the_office_lets_nothing_in(site: Site, case, where: str):
    """The role is asked for before anything is looked at."""
    answer = site.visit().post(f"cases/{case.id}/{where}", {"reference": NOTE, "reason": "x"})

    assert (403, []) == (answer.status_code, site.office.rows("brief_entries"))
