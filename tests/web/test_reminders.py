"""The page on which reminders are chosen: a clinician's own, and everybody's for the office; works without script."""

import pytest

from app.core.people import Role
from app.edges.store.reminders import SqlReminders
from tests.builders import CLINICIAN
from tests.fakes.office import TENANT, bring, detected
from tests.web.markup import faults_of_page, read
from tests.web.visit import Site, shown, where_to

FORM = {"ways": "mail", "mail": "dr@hospital.example", "sms": "", "leads": "60", "copies": "", "version": "0"}
PLACE = f"reminders/{CLINICIAN.reference.partition('/')[2]}"


def kept(site: Site):
    """Return what stands chosen for the clinician of all cases."""
    return SqlReminders(site.office.database).choice(TENANT, CLINICIAN.reference)


def test_the_office_finds_who_takes_calls_and_chooses_for_them(site: Site):
    """From the list to the form to the list, which says what was chosen."""
    detected(site.office)
    visit = site.visit()
    listed = shown(visit.get("reminders"))
    assert f"/{PLACE}" in listed and "nothing chosen yet" in listed
    page = shown(visit.get(PLACE))
    answer = visit.post(PLACE, FORM)

    assert [] == faults_of_page(listed) == faults_of_page(page)
    assert (303, PLACE) == (answer.status_code, where_to(answer).partition("?")[0])
    assert (("mail",), "dr@hospital.example", (60,)) == (kept(site).ways, kept(site).mail, kept(site).leads)
    assert "E-mail with a calendar entry" in shown(visit.get("reminders"))
    assert "These reminders are kept." in shown(visit.get(f"{PLACE}?said=kept"))


def test_a_clinician_comes_to_their_own_form_and_to_no_other(site: Site):
    """Without a list; another's is refused."""
    detected(site.office)
    visit = site.visit(Role.CLINICIAN)
    page = shown(visit.get("reminders"))

    assert "Reminders of Test Clinician" in page and "/reminders/clinician" in page
    assert 403 == visit.get(PLACE).status_code == visit.post(PLACE, FORM).status_code
    assert kept(site) is None


@pytest.mark.parametrize("hx", [False, True], ids=["page", "swap"])
def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_is_kept(site: Site, hx: bool):
    """422, nothing kept."""
    detected(site.office)
    answer = site.visit().post(PLACE, FORM | {"mail": "dr@hospital", "sms": "(512) 555-0134"}, hx=hx)
    page = shown(answer)

    assert (422, None) == (answer.status_code, kept(site))
    assert "This is no plain mail address" in page and "(512) 555-0134" in page and 'value="dr@hospital"' in page
    assert hx or [] == faults_of_page(page)


def test_what_another_saved_meanwhile_is_shown_and_not_written_over(site: Site):
    """409, with what stands now."""
    detected(site.office)
    visit = site.visit()
    visit.post(PLACE, FORM)
    answer = visit.post(PLACE, FORM | {"mail": "other@hospital.example"})

    assert 409 == answer.status_code and "dr@hospital.example" in shown(answer)
    assert "dr@hospital.example" == kept(site).mail


def test_a_way_that_the_site_has_not_cannot_be_ticked(site: Site):
    """It is said what to ask for."""
    detected(site.office)
    site.office.notices.ways = ("mail",)
    page = shown(site.visit().get(PLACE))
    ticks = [each.attributes.get("value") for each in read(page).all("input") if each.attributes.get("name") == "ways"]

    assert "sms" not in ticks and "mail" in ticks and "Not set up here" in page


def test_a_case_says_what_became_of_each_notice(site: Site):
    """In plain words, among what is written."""
    detected(site.office, patient="p2", id="cr2")
    site.visit().post(PLACE, FORM)
    case = bring(site.office, "booked")

    page = shown(site.visit().get(f"cases/{case.id}"))

    assert "Notice of the booking, by e-mail" in page
    assert "is told of it by e-mail; reminded 60 minutes before." in page and f"/{PLACE}" in page
    assert f"/{PLACE}" not in shown(site.visit(Role.CLINICIAN).get(f"cases/{case.id}"))
    assert "is not told of it by Parley" not in page


def test_a_booking_says_that_nobody_is_told(site: Site):
    """With the way to choose."""
    case = bring(site.office, "booked")
    page = shown(site.visit().get(f"cases/{case.id}"))

    assert "is not told of it by Parley. " in page and f"/{PLACE}" in page


def test_the_office_chooses_copies_of_what_it_books(site: Site):
    """Without a clinician's way and without copies of copies."""
    visit = site.visit()
    page = shown(visit.get("copies"))
    answer = visit.post("copies", FORM | {"ways": "sms", "sms": "512-555-0134"})
    wrong = visit.post("copies", FORM | {"version": "1", "mail": "nobody"})

    assert [] == faults_of_page(page) and "EHR message" not in page and "to the office" not in page
    assert (303, "copies", 422) == (answer.status_code, where_to(answer).partition("?")[0], wrong.status_code)
    assert "+15125550134" in shown(visit.get("copies?said=kept")) and [] == faults_of_page(shown(wrong))
    assert "+15125550134" not in shown(site.visit(Role.DELEGATE).get("copies"))


@pytest.mark.parametrize("person", ["nobody", "<script>", "..%2Fp1", "x" * 3000, "Ω", "%00"])
def test_a_clinician_who_is_none_has_no_reminders(site: Site, person: str):
    """Neither shown nor kept; the answer is a page with words."""
    visit = site.visit()
    for answer in (visit.get(f"reminders/{person}"), visit.post(f"reminders/{person}", FORM)):
        assert 400 <= answer.status_code < 500 and "<script>" not in shown(answer)
    assert () == SqlReminders(site.office.database).choices(TENANT)
