"""Sentences of their own on the brief's page: written, refused beside the field, signed by those who may, withdrawn."""

import pytest

from app.core.people import Role
from tests.fakes.office import bring
from tests.web.markup import faults_of_page, read
from tests.web.visit import Site, shown, where_to

SAID = "She cannot carry her <b>grandchild</b> any more."


@pytest.fixture
def case(site: Site):
    """A booked case whose call the clinician of the tests takes."""
    return bring(site.office, "booked")


def surgeon(site: Site, case):
    """Return a launch of the clinician who takes the call."""
    return site.visit(Role.CLINICIAN, fhir_user=case.clinician.reference)


def brief(visit, case, said: str = "") -> str:
    """Return the brief's page; it keeps the house's rules."""
    html = shown(visit.get(f"cases/{case.id}/brief?said={said}"))
    assert [] == faults_of_page(html)
    return html


def path_of(html: str, end: str) -> str:
    """Return where the form of this step goes."""
    (form,) = [each for each in read(html).all("form") if each.attributes["action"].endswith(end)]
    return form.attributes["action"]


def test_the_office_writes_it_down_and_the_clinician_signs_it(site: Site, case):
    """A draft waits on the page and not on the brief; signed it stands there with name and time, its markup as text."""
    office, doctor = site.visit(), surgeon(site, case)
    answer = office.post(f"cases/{case.id}/brief/own", {"text": SAID, "place": "Why now", "sign": ""})
    assert (303, f"cases/{case.id}/brief") == (answer.status_code, where_to(answer))
    html = brief(office, case, "drafted")
    assert "Kept as a draft." in html and "not signed" in html
    assert "brief__own" not in html and not any("/sign" in each.attributes["action"] for each in read(html).all("form"))

    doctor.post(path_of(brief(doctor, case), "/sign"))
    html = brief(doctor, case, "signed")
    (section,) = [each for each in read(html).all("div") if "brief__own" in each.attributes.get("class", "")]
    assert SAID in section.text and "Why now." in section.text
    assert "signed Test Clinician, 2026-11-23" in section.text
    assert [] == section.all("i") and "&lt;b&gt;grandchild" in html

    doctor.post(path_of(html, "/withdraw"))
    html = brief(doctor, case, "withdrawn")
    assert "brief__own" not in html and "1 withdrawn" in html


def test_what_cannot_be_kept_is_told_beside_the_field_with_what_was_typed(site: Site, case):
    """Too long, and without a place: 422, the words still there, nothing kept."""
    visit = site.visit()
    answer = visit.post(f"cases/{case.id}/brief/own", {"text": "x" * 301, "place": "Story"})
    html = shown(answer)

    assert (422, []) == (answer.status_code, faults_of_page(html))
    assert "It has 301 characters" in html and "x" * 301 in html
    assert 422 == visit.post(f"cases/{case.id}/brief/own", {"text": "So.", "place": "Top"}).status_code
    assert [] == site.office.rows("brief_entries")


def test_only_those_who_may_sign_are_offered_to(site: Site, case):
    """No button that would be refused; a forged one is."""
    form = {"text": SAID, "place": "Story", "sign": "yes"}
    for visit, status in ((site.visit(), 403), (site.visit(Role.CLINICIAN, fhir_user="Practitioner/x"), 422)):
        buttons = [each.text for each in read(brief(visit, case)).all("button")]
        assert not any(each.startswith("Sign as") for each in buttons)
        assert "Keep as a draft" in buttons
        assert status == visit.post(f"cases/{case.id}/brief/own", form).status_code
    assert [] == site.office.rows("brief_entries")


def test_a_sentence_that_is_gone_is_told_on_the_brief(site: Site, case):
    """Signed from a page that somebody else's withdrawal made old."""
    doctor = surgeon(site, case)
    doctor.post(f"cases/{case.id}/brief/own", {"text": SAID, "place": "Story"})
    sign = path_of(brief(doctor, case), "/sign")
    doctor.post(sign.replace("/sign", "/withdraw"))
    answer = doctor.post(sign)

    assert 422 == answer.status_code
    assert "does not wait here any more" in shown(answer)
