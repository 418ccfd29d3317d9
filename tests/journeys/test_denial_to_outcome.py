"""From the denial in the chart to the written outcome in the EHR, in a browser, inside the cross-site frame."""

import pytest
from playwright.sync_api import expect

from tests.journeys.steps import book_best_slot, heard, open_chart, record_outcome
from tests.journeys.town import await_true
from tests.journeys.walks import walk_as_clinician, walk_as_coordinator

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("denial_to_outcome")]


def test_a_clinician_walks_a_denial_to_its_outcome_from_the_chart(screen, town):
    """In the patient's chart, times that the payer publishes, overturned: one of each resource stands in the EHR."""
    walk_as_clinician(screen, town)


def test_a_coordinator_walks_a_case_from_the_worklist_to_its_outcome(screen, town):
    """From the worklist tab, a payer that publishes no times, moved once, partly approved: still one of each."""
    walk_as_coordinator(screen, town)


def test_each_line_in_dispute_gets_its_own_outcome(screen, town):
    """Eight of 24 visits were approved; the call brings 16: the quantity stands on the line, in message and note."""
    patient = "therapy-visits"
    app = open_chart(screen, town, patient, "spine")
    expect(app.locator("#detect .route")).to_contain_text("Review what was changed")
    record_outcome(app, "partly approved", {1: ("modified", "16")})
    heard(app, "The outcome is kept. The EHR is being told.")
    (message,) = town.await_written("Communication", patient)
    assert "16 of 24" in message["payload"][0]["contentString"]
    assert [(1, "modified", 16.0)] == [(o.sequence, o.result, o.quantity) for o in town.case(patient).outcome.lines]


def test_only_the_denied_line_of_a_mixed_answer_is_asked_about(screen, town):
    """One line approved, one denied, one pended: the form asks of the denied one alone."""
    patient = "mixed-lines"
    app = open_chart(screen, town, patient, "spine")
    book_best_slot(app)
    heard(app, "Booked. The EHR is being told.")
    record_outcome(app, "denial upheld")
    heard(app, "The outcome is kept. The EHR is being told.")
    assert [(2, "upheld")] == [(each.sequence, each.result) for each in town.case(patient).outcome.lines]
    expect(app.locator(".clocks")).to_contain_text("Ask for the letter")
    await_true(lambda: ["fulfilled"] == [each["status"] for each in town.written("Appointment", patient)])
