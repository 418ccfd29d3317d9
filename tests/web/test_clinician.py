"""The page on which the clinician is chosen: one tap for whoever is signed in, a search, nothing taken for granted."""

import pytest

from app.core.people import Clinician, Role
from tests.builders import CLINICIAN
from tests.fakes.office import an_answer, bring, detected
from tests.web.markup import faults_of_page, read
from tests.web.visit import Site, shown, where_to

ADA = Clinician("Practitioner/ada", "Ada Lindqvist-Moreau, MD", "America/Chicago", specialty="Spine surgery", npi="1")


@pytest.fixture
def clinic(site: Site) -> Site:
    """A site whose EHR knows one more clinician."""
    site.office.ehr.staff[ADA.reference] = ADA
    return site


def buttons(text: str) -> list[str]:
    """Return what the page's buttons say."""
    return [each.text for each in read(text).all("button")]


@pytest.mark.parametrize("hx", [False, True], ids=["page", "swap"])
def test_a_case_without_a_clinician_leads_to_the_choice(clinic: Site, hx: bool):
    """From the case by a link, found by name, chosen with one button that names patient and clinician."""
    case = bring(clinic.office, "offered", clinician=None)
    visit = clinic.visit()
    assert f"/cases/{case.id}/clinician" in shown(visit.get(f"cases/{case.id}"))
    page = shown(visit.get(f"cases/{case.id}/clinician?name=ada", hx=hx))
    assert "Nobody of ours is known for this call." in page
    assert "Ada Lindqvist-Moreau, MD takes the call for Synthetic-p1" in buttons(page)
    assert hx or [] == faults_of_page(page)
    form = {"clinician": ADA.reference, "version": str(case.version)}
    answer = visit.post(f"cases/{case.id}/clinician", form, hx=hx)

    assert (303, f"cases/{case.id}") == (answer.status_code, where_to(answer))
    assert ADA == clinic.office.case(case.id).clinician
    after = shown(visit.get(f"cases/{case.id}?said=chosen"))
    assert "Ada Lindqvist-Moreau, MD takes the call" in after
    assert "Free times are read from this clinician" in after


def test_the_clinician_who_is_signed_in_takes_it_with_one_tap(clinic: Site):
    """First on the page, without a search."""
    me = Clinician("Practitioner/clinician", "Test Clinician", "America/Chicago")
    clinic.office.ehr.staff[me.reference] = me
    case = detected(clinic.office, an_answer(clinician=None))
    page = shown(clinic.visit(Role.CLINICIAN).get(f"cases/{case.id}/clinician"))

    assert "I take the call for Synthetic-p1" in buttons(page)
    assert "I take the call" not in shown(clinic.visit(Role.COORDINATOR).get(f"cases/{case.id}/clinician"))


def test_a_booked_call_is_not_taken_from_its_clinician(clinic: Site):
    """Said before, refused after: 409 on the same page, with what to do first."""
    case = bring(clinic.office, "booked")
    visit = clinic.visit()
    assert "The call is booked with Dr Test. Cancel it before" in shown(visit.get(f"cases/{case.id}/clinician"))
    form = {"clinician": ADA.reference, "version": str(clinic.office.case(case.id).version)}
    answer = visit.post(f"cases/{case.id}/clinician", form)

    assert 409 == answer.status_code
    assert "Cancel the call first" in shown(answer)
    assert [] == faults_of_page(shown(answer))
    assert CLINICIAN == clinic.office.case(case.id).clinician


@pytest.mark.parametrize("reference", ["", "Patient/p1", "Practitioner/nobody", "<script>", "x" * 5000])
def test_a_forged_choice_is_refused_in_words(clinic: Site, reference: str):
    """Nobody whom the EHR does not know as a clinician."""
    case = detected(clinic.office, an_answer(clinician=None))
    form = {"clinician": reference, "version": str(case.version)}
    answer = clinic.visit().post(f"cases/{case.id}/clinician", form)

    assert (409, None) == (answer.status_code, clinic.office.case(case.id).clinician)
    assert "The EHR knows no such clinician." in shown(answer)
    assert "<script>" not in shown(answer)


@pytest.mark.parametrize("name", ["<b>x</b>", "%", "x" * 3000, "‮", "Ada' OR 1=1"])
def test_whatever_is_looked_for_is_shown_as_words(clinic: Site, name: str):
    """A name is data; too long a one is cut; nobody found is said."""
    case = detected(clinic.office)
    answer = clinic.visit().get(f"cases/{case.id}/clinician", query_string={"name": name})

    assert 200 == answer.status_code
    assert "<b>x</b>" not in shown(answer)
    assert "The EHR knows no active clinician called" in shown(answer)
    assert [] == faults_of_page(shown(answer))


def test_an_ehr_that_shows_no_staff_leaves_the_one_tap_choice(clinic: Site):
    """The search says that the EHR does not allow it; the page works."""
    clinic.office.ehr.shows_staff = False
    case = detected(clinic.office, an_answer(clinician=None))
    page = shown(clinic.visit().get(f"cases/{case.id}/clinician?name=ada"))

    assert "The EHR does not let Parley look for clinicians." in page
    assert [] == faults_of_page(page)


def test_another_version_of_the_case_is_not_overlooked(clinic: Site):
    """A form shown before somebody else's change is refused like every other."""
    case = detected(clinic.office)
    visit = clinic.visit()
    visit.post(f"cases/{case.id}/own", {"version": str(case.version)})
    answer = visit.post(f"cases/{case.id}/clinician", {"clinician": ADA.reference, "version": str(case.version)})

    assert (409, CLINICIAN) == (answer.status_code, clinic.office.case(case.id).clinician)
