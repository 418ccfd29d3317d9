"""The main journey in a browser that runs no script: links, forms and redirects alone suffice."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests.journeys.steps import (
    book_best_slot,
    capture_window,
    heard,
    log_connected_attempt,
    open_chart,
    open_tab,
    record_outcome,
)
from tests.journeys.town import WRITTEN_KINDS, await_true

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("without_script")]


@pytest.fixture
def plain_screen(window):
    """A window in which no script runs."""
    return window(java_script_enabled=False)


def test_forms_alone_carry_a_case_to_its_outcome(plain_screen, town):
    """Free times behind a link, book, log, a refused outcome with what was typed, the outcome, one of each written."""
    patient = "infliximab-step"
    app = open_chart(plain_screen, town, patient, "gastro")
    app.get_by_role("link", name="Show the free times").click()
    book_best_slot(app)
    heard(app, "Booked. The EHR is being told.")
    town.await_written("Appointment", patient)

    app.get_by_role("link", name="Open the one-page brief").click()
    expect(app.locator("#brief blockquote, #brief q").first).to_be_visible()
    app.locator(".back a").click()
    log_connected_attempt(app)
    heard(app, "The attempt is kept.")

    record_outcome(app, "partly approved", {1: ("modified", "many")})
    expect(app.locator(".field__wrong")).to_contain_text("An approved quantity is a number, as 6 or 2.5.")
    expect(app.get_by_label("Payer’s reference number")).to_have_value("REF-OUT-1")
    app.locator("#f-quantity_1").fill("80")
    app.get_by_role("button", name="Record outcome for").click()
    heard(app, "The outcome is kept. The EHR is being told.")

    await_true(lambda: ["fulfilled"] == [each["status"] for each in town.written("Appointment", patient)])
    assert [1, 1, 1] == [len(town.await_written(kind, patient)) for kind in WRITTEN_KINDS]
    app.get_by_role("link", name="Learn").last.click()
    expect(app.locator("#learn")).to_contain_text("1 of 1")


def test_forms_alone_serve_the_worklist(plain_screen, town):
    """Take a case over, look for new denials, filter, open it, keep a told window, move and cancel its booking."""
    patient = "oncology-regimen"
    app = open_tab(plain_screen, town, "coordinator")
    app.get_by_role("button", name="Look for new denials").click()
    heard(app, "Looked for new answers from payers.")
    app.locator("[data-row]", has_text="Ibarra-Quill").get_by_role("button", name="Own").click()
    heard(app, "You own this case now.")
    app.get_by_role("link", name="Mine").click()
    expect(app.locator("[data-row]")).to_have_count(1)
    app.locator("[data-open]").click()

    capture_window(app, day=(town.now() + timedelta(days=2)).date(), start="10:00", end="16:00")
    heard(app, "The window is kept.")
    app.get_by_role("link", name="Show the free times").click()
    book_best_slot(app)
    heard(app, "Booked. The EHR is being told.")
    app.get_by_role("link", name="Move it").click()
    book_best_slot(app, "Move to")
    heard(app, "Moved. The EHR is being told.")
    app.get_by_text("Cancel it").click()
    app.get_by_label("Why", exact=True).fill("Patient asked for another day")
    app.get_by_role("button", name="Cancel the call for").click()
    heard(app, "Cancelled; the time is free again.")
    await_true(lambda: ["cancelled"] == [each["status"] for each in town.written("Appointment", patient)])
