"""The two main journeys from end to end: what the clinician does in the chart, and the coordinator in the worklist."""

import io
from datetime import timedelta

from docx import Document
from playwright.sync_api import FrameLocator, Page, expect

from tests.journeys.steps import (
    book_best_slot,
    capture_window,
    case_row,
    heard,
    log_connected_attempt,
    open_chart,
    open_tab,
    record_outcome,
)
from tests.journeys.town import WRITTEN_KINDS, Town, await_true


def read_brief(screen: Page, app: FrameLocator) -> None:
    """Read the brief on screen and open it in Word."""
    app.get_by_role("link", name="Open the one-page brief").click()
    expect(app.locator("#brief blockquote, #brief q").first).to_be_visible()
    with screen.expect_download() as download:
        app.get_by_role("link", name="Word document").click()
    with open(download.value.path(), "rb") as file:
        assert Document(io.BytesIO(file.read())).paragraphs, "the Word document opens"
    app.locator(".back a").click()


def everything_written(app: FrameLocator, town: Town, patient: str) -> tuple[dict, dict, dict]:
    """Return the three resources, exactly one of each, once the EHR has taken them and the page says so."""
    town.await_written("DocumentReference", patient)
    town.await_written("Communication", patient)
    await_true(lambda: ["fulfilled"] == [each["status"] for each in town.written("Appointment", patient)])
    expect(app.locator("#writes .waiting, #writes :text('on its way')")).to_have_count(0)
    found = [town.written(kind, patient) for kind in WRITTEN_KINDS]
    assert [1, 1, 1] == [len(each) for each in found]
    return tuple(each[0] for each in found)


def walk_as_clinician(screen: Page, town: Town) -> None:
    """Launch in the frame, route with its because, window, slot, Appointment, brief, attempt, outcome, Learn."""
    app = open_chart(screen, town, "lumbar-fusion", "spine")
    expect(app.locator("#detect .route")).to_contain_text("Peer-to-peer call")
    expect(app.locator("#detect .because li").first).to_be_visible()
    expect(app.locator("#detect blockquote").first).to_be_visible()
    expect(app.locator("#windows")).to_contain_text("published time")

    book_best_slot(app)
    heard(app, "Booked. The EHR is being told.")
    (appointment,) = town.await_written("Appointment", "lumbar-fusion")
    assert "booked" == appointment["status"]
    assert not any("Patient/" in str(each.get("actor")) for each in appointment["participant"])

    read_brief(screen, app)
    log_connected_attempt(app)
    heard(app, "The attempt is kept.")
    record_outcome(app, "approved as asked")
    heard(app, "The outcome is kept. The EHR is being told.")
    _, note, message = everything_written(app, town, "lumbar-fusion")
    assert ("current", "completed") == (note["status"], message["status"])

    app.locator("#learn").get_by_role("link", name="Learn").click()
    expect(app.locator("#learn")).to_contain_text("1 of 1")


def walk_as_coordinator(screen: Page, town: Town) -> None:
    """Keyboard from the list, a window told by phone, book, move (still one Appointment), partial outcome, Learn."""
    patient = "oncology-regimen"
    app = open_tab(screen, town, "coordinator")
    case_row(app, "Ibarra-Quill").locator("[data-open]").focus()
    screen.keyboard.press("Enter")
    expect(app.locator("#windows")).to_contain_text("has offered no time yet")

    day = (town.now() + timedelta(days=1)).date()
    capture_window(app, day=day, start="10:00", end="16:00")
    heard(app, "The window is kept.")
    booked = book_best_slot(app)
    heard(app, "Booked. The EHR is being told.")
    (first,) = town.await_written("Appointment", patient)

    app.get_by_role("link", name="Move it").click()
    moved = book_best_slot(app, "Move to")
    heard(app, "Moved. The EHR is being told.")
    assert booked.split()[1] != moved.split()[2]
    (second,) = await_true(lambda: [a for a in town.written("Appointment", patient) if a["start"] != first["start"]])
    assert (first["id"], "booked") == (second["id"], second["status"])
    assert 1 == len(town.written("Appointment", patient)), "moved, not written again"

    read_brief(screen, app)
    log_connected_attempt(app)
    record_outcome(app, "partly approved", {1: ("modified", "600")})
    heard(app, "The outcome is kept. The EHR is being told.")
    _, note, message = everything_written(app, town, patient)
    assert "modified, 600" in message["payload"][0]["contentString"]
    assert ("current", "completed") == (note["status"], message["status"])

    app.locator("#learn").get_by_role("link", name="Learn").click()
    expect(app.locator("#learn")).to_contain_text("BCBS South Carolina")
