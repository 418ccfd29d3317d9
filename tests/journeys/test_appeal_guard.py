"""An appeal at a payer that then holds no call: stopped, justified, shown and taken back, in a browser."""

import pytest
from playwright.sync_api import expect

from tests.journeys.steps import book_best_slot, heard, open_chart
from tests.journeys.town import await_true

PATIENT = "lumbar-fusion"  # of a payer that holds no call once an appeal is filed
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("appeal_guard")]


def statuses(town) -> set[str]:
    """Return how the patient's calls stand in the EHR."""
    return {each["status"] for each in town.written("Appointment", PATIENT)}


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_an_appeal_is_stopped_until_somebody_says_why(window, town, script: bool):
    """The rule and its source, the call booked meanwhile; with a reason it goes, the call is given back, once (F7)."""
    app = open_chart(window(java_script_enabled=script), town, PATIENT, "spine")
    if not script:
        app.get_by_role("link", name="Show the free times").click()
    book_best_slot(app)
    heard(app, "Booked. The EHR is being told.")
    booked = town.case(PATIENT).booking.id
    await_true(lambda: "booked" in statuses(town))
    app.get_by_text("Something else was done").click()
    app.get_by_role("link", name="The appeal was filed").click()
    expect(app.get_by_role("heading", level=1)).to_have_text("File the appeal")
    expect(app.locator(".lost")).to_contain_text("holds no call once an appeal is filed")
    expect(app.locator(".lost__rule")).to_contain_text("verified on")
    expect(app.locator("#act")).to_contain_text("is cancelled with it")
    button = app.get_by_role("button", name="Done: the appeal was filed")
    app.get_by_label("Note (what, how, to whom)").fill("By fax, twelve pages.")
    app.get_by_label("Why it is done all the same").fill("   ")
    button.click()
    expect(app.locator("#wrong-why")).to_contain_text("Say why.")
    expect(app.get_by_label("Note (what, how, to whom)")).to_have_value("By fax, twelve pages.")
    app.get_by_label("Why it is done all the same").fill("The family filed it on Friday.")
    button.click()

    heard(app, "Marked as done.")
    history = app.locator("#acts")
    for words in ("The appeal was filed", "The family filed it on Friday.", "By fax, twelve pages."):
        expect(history).to_contain_text(words)
    await_true(lambda: statuses(town) == {"cancelled"})
    case = town.case(PATIENT)
    assert (booked, "cancelled") == (case.booking.id, case.booking.state)
    assert ["The family filed it on Friday."] == [each.why for each in case.acts if each.taken_back is None]

    app.get_by_text("Take it back").click()
    app.get_by_label("Why it was not done").fill("It was another patient's.")
    app.get_by_role("button", name="Take back for").click()
    heard(app, "Taken back.")
    expect(app.locator(".todo__what")).to_contain_text("Book a time")
