"""What the other patients' stories must come to on the screen: each ends in its own next step."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests.journeys.guest import Guest, forms_of
from tests.journeys.steps import app_frame, book_best_slot, case_row, heard, log_attempt, open_chart, open_tab
from tests.journeys.town import MORNING, await_true, open_town

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("stories")]
# Moments at which clinics, payers or clocks do something unusual; all UTC.
ODD_MOMENTS = {
    "sunday at three in the morning": MORNING.replace(day=20, hour=8),
    "half past eleven at night": MORNING.replace(day=16, hour=4, minute=30),
    "the night in which the clocks go back": MORNING.replace(month=11, day=1, hour=5, minute=30),
    "new year's eve": MORNING.replace(month=12, day=31, hour=23),
}


def test_a_launch_that_names_an_answer_opens_its_case(screen, town):
    """fhirContext names one of two ClaimResponses of a patient: that case, not the list of both."""
    wanted = [each for each in town.stored("ClaimResponse") if "two-reviews" in str(each["patient"])][1]
    screen.goto(f"{town.ehr}/launch?user=spine&patient=two-reviews&claimresponse={wanted['id']}")
    expect(screen.locator("#case h1")).to_be_visible()
    (opened,) = [each for each in town.cases("two-reviews") if each.id in screen.url]
    assert f"ClaimResponse/{wanted['id']}" == opened.denial.reference


def test_two_reviews_of_one_patient_are_both_shown(screen, town):
    """Two denials a day apart: neither hides the other, and each link opens its own case."""
    app = open_chart(screen, town, "two-reviews", "spine")
    expect(app.get_by_role("link", name="MRI of the neck")).to_be_visible()
    app.get_by_role("link", name="Nerve root injection, neck").click()
    expect(app.locator("#case h1")).to_have_text("Nerve root injection, neck")


def test_a_launch_without_a_patient_lands_on_the_worklist(screen, town):
    """No patient in context: all open cases; of the calls the one with the earliest last safe time stands on top."""
    app = open_tab(screen, town, "coordinator")
    expect(app.get_by_role("heading", level=1)).to_have_text("Worklist")
    expect(app.locator("[data-row]")).to_have_count(len(town.stored("ClaimResponse")))
    calls = app.locator("[data-row]").filter(has_not_text="Watch for the decision")
    expect(calls.first).to_contain_text("Bramwell-Otieno")


def test_a_benefit_exclusion_shows_its_own_path_and_offers_no_call(screen, town):
    """No call can win what the contract excludes: the other path with its reason, and nothing to book."""
    app = open_chart(screen, town, "benefit-exclusion", "gastro")
    expect(app.locator("#detect .route")).to_contain_text("Benefit exception")
    expect(app.locator("#detect .because")).to_contain_text("0M")
    expect(app.locator("#case")).to_contain_text("No call is planned")
    expect(app.get_by_role("button", name="Book")).to_have_count(0)
    assert not any(form.action.endswith("/book") for form in forms_of(app.locator("#case").inner_html()))


def test_a_window_that_closes_today_can_still_be_booked(screen, town):
    """The last hours are shown as such, and the booking ends before the payer's window does."""
    app = open_chart(screen, town, "window-closes-today", "ward")
    expect(app.locator(".todo")).to_contain_text("last safe moment to book")
    book_best_slot(app)
    heard(app, "Booked. The EHR is being told.")
    case = town.case("window-closes-today")
    assert case.booking.interval.end <= min(each.ends_at for each in case.clocks if each.firm)
    town.await_written("Appointment", "window-closes-today")


@pytest.mark.parametrize("begins", ODD_MOMENTS.values(), ids=ODD_MOMENTS)
def test_the_window_that_closes_today_can_be_booked_at_any_moment(begins):
    """At night, at the weekend, over a change of clocks and of years, the urgent case is booked and written once."""
    with open_town(begins=begins) as elsewhere:
        guest = Guest(elsewhere, "ward", patient="window-closes-today")
        slots = guest.get(f"cases/{elsewhere.case('window-closes-today').id}/slots")
        answer = guest.send(guest.form(slots, "Book"))
        assert "Booked. The EHR is being told." in answer.text
        assert 1 == len(elsewhere.await_written("Appointment", "window-closes-today"))


def test_an_impossible_calendar_shows_the_nearest_misses(screen, town):
    """No common time: said so, with what stands in the way of the nearest ones, and no button that could not work."""
    app = open_chart(screen, town, "impossible-calendar", "covering")
    expect(app.locator("#slots")).to_contain_text("No common time.")
    expect(app.locator("#slots .because li").first).to_contain_text("busy")
    assert 0 < app.locator("#slots .because li").count() <= 3
    expect(app.locator("#slots button")).to_have_count(0)


def test_the_time_that_is_booked_is_not_offered_as_one_to_move_to(town):
    """Before and after the EHR shows our own Appointment, the page offers other times or says that there are none."""
    patient = "oncology-regimen"
    guest = Guest(town, "onco", patient=patient)
    day = (town.now() + timedelta(days=2)).date().isoformat()
    form = guest.form(guest.landed, "Keep window")
    guest.send(form, day=day, start="10:00", end="12:00", zone="America/Chicago", channel="phone")
    slots = f"cases/{town.case(patient).id}/slots"
    guest.send(guest.form(guest.get(slots), "Book"))
    before = guest.get(slots).text
    town.await_written("Appointment", patient)
    after = guest.get(slots).text
    for page in (before, after):
        assert "The time that is booked is the only one both sides have free." in page
        assert not any(each.button.strip().startswith("Move to") for each in forms_of(page))


def test_a_write_whose_answer_was_lost_is_shown_as_unknown_until_it_is_found(screen, town):
    """Stored, but the line was cut: the open page says unknown, then that it stands, without being loaded again."""
    patient = "knee-mri"
    app = open_chart(screen, town, patient, "spine")
    town.fault(do="commit-then-drop", method="POST", type="Appointment")
    book_best_slot(app)
    expect(app.locator("#writes li").first).to_contain_text("unknown", timeout=10_000)
    town.now.push(timedelta(seconds=10))
    expect(app.locator("#writes li").first).to_contain_text("stands as Appointment/", timeout=10_000)
    assert 1 == len(town.written("Appointment", patient))


def test_a_window_that_cannot_be_true_is_refused_and_what_was_typed_stays(screen, town):
    """An end before its start: told beside the field, the other fields as typed, nothing kept."""
    app = open_chart(screen, town, "text-only", "gastro")
    app.get_by_label("From", exact=True).fill("15:00")
    app.get_by_label("To", exact=True).fill("10:00")
    app.get_by_label("Name of who said so").fill("Scheduler Example")
    app.get_by_role("button", name="Keep window for").click()
    expect(app.locator(".field__wrong")).to_contain_text("must end after it starts")
    expect(app.get_by_label("From", exact=True)).to_have_value("15:00")
    expect(app.get_by_label("Name of who said so")).to_have_value("Scheduler Example")
    assert () == town.case("text-only").windows


def test_taking_a_case_over_from_the_worklist_names_its_owner(screen, town):
    """One click, and the row says whose it is."""
    app = open_tab(screen, town, "coordinator")
    case_row(app, "Everhart-Diallo").get_by_role("button", name="Own").click()
    heard(app_frame(screen), "You own this case now.")
    expect(case_row(app, "Everhart-Diallo").locator(".list__owner")).to_have_text("me")
    assert "Tess Ortolani-Briggs" == town.case("knee-mri").owner_name


def test_a_call_that_the_payer_missed_is_told_to_the_ehr_and_booked_again(screen, town):
    """A payer no-show after the booked time: the Appointment says noshow, a second stands. Last: it lets a day pass."""
    patient = "missed-call"
    app = open_chart(screen, town, patient, "onco")
    book_best_slot(app)
    heard(app, "Booked. The EHR is being told.")
    (missed,) = town.await_written("Appointment", patient)

    town.now.push(town.case(patient).booking.interval.end - town.now() + timedelta(minutes=5))
    app = open_chart(screen, town, patient, "onco")
    app.get_by_role("link", name="Log an attempt").click()
    log_attempt(app, reached="nobody", result="payer missed the booked call")
    expect(app.get_by_role("status")).to_contain_text("booked again: the payer missed it")
    expect(app.locator("#book")).to_contain_text("the payer missed the booked call")

    found = town.await_written("Appointment", patient, count=2)
    await_true(lambda: "noshow" in [each["status"] for each in town.written("Appointment", patient)])
    found = town.written("Appointment", patient)
    assert {missed["id"]: "noshow"} == {each["id"]: each["status"] for each in found if each["id"] == missed["id"]}
    assert ["booked", "noshow"] == sorted(each["status"] for each in found)
