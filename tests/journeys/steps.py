"""The steps of a journey, as a person at the screen takes them."""

import re
from datetime import date

from playwright.sync_api import FrameLocator, Locator, Page, expect

from tests.journeys.town import Town


def open_chart(screen: Page, town: Town, patient: str, user: str, *, width: str = "full") -> FrameLocator:
    """Open a patient's chart in the EHR and return the app's frame in it."""
    screen.goto(f"{town.ehr}/chart/{patient}?user={user}&width={width}")
    return app_frame(screen)


def open_tab(screen: Page, town: Town, user: str, *, width: str = "full") -> FrameLocator:
    """Open the worklist tab of the EHR and return the app's frame in it."""
    screen.goto(f"{town.ehr}/tab?user={user}&width={width}")
    return app_frame(screen)


def app_frame(screen: Page) -> FrameLocator:
    """Return the app's frame once it shows a page of the app."""
    app = screen.frame_locator("iframe[name=app]")
    expect(app.get_by_role("heading", level=1)).to_be_visible()
    return app


def heard(app: FrameLocator, words: str) -> None:
    """Wait for the page to say so."""
    expect(app.get_by_role("status")).to_have_text(words)


def loaded(screen: Page) -> None:
    """Wait until the app's page has run its scripts: keys pressed before are nobody's."""
    screen.frame(name="app").wait_for_load_state()


def case_row(app: FrameLocator, patient_name: str) -> Locator:
    """Return a case's row in the worklist."""
    return app.locator("[data-row]", has_text=patient_name)


def capture_window(app: FrameLocator, *, day: date, start: str, end: str, zone: str = "America/Chicago") -> None:
    """Type a window that the payer told by phone."""
    if app.locator("#windows .form-fold").get_attribute("open") is None:
        app.get_by_text("Capture a window that was told").click()
    app.get_by_label("Day", exact=True).fill(day.isoformat())
    app.get_by_label("From", exact=True).fill(start)
    app.get_by_label("To", exact=True).fill(end)
    app.get_by_label("Zone", exact=True).select_option(zone)
    app.get_by_label("Name of who said so").fill("Scheduler Example")
    app.get_by_role("button", name=re.compile("^Keep window for")).click()


def book_best_slot(app: FrameLocator, word: str = "Book") -> str:
    """Press the button of the best slot and return what stood on it."""
    best = app.get_by_role("button", name=re.compile(f"^{word} .* for ")).first
    said = best.inner_text()
    best.click()
    return said


def log_attempt(app: FrameLocator, *, reached: str, result: str, **typed: str) -> None:
    """Fill in the log of one try. typed: label → text."""
    app.get_by_label("we called", exact=True).check()
    app.get_by_label(reached, exact=True).check()
    app.get_by_label(result, exact=True).check()
    for label, text in typed.items():
        app.get_by_label(label.replace("_", " "), exact=True).fill(text)
    app.get_by_role("button", name=re.compile("^Keep attempt for")).click()


def log_connected_attempt(app: FrameLocator) -> None:
    """Say that the reviewer was reached."""
    app.get_by_role("link", name=re.compile("Log an attempt|See the log")).click()
    app.get_by_label("Minutes on hold").fill("7")
    app.get_by_label("Reviewer’s name").fill("Dr Peer Example")
    log_attempt(app, reached="reviewer", result="connected", Credential="MD", Specialty="Internal medicine")


def record_outcome(app: FrameLocator, result: str, lines: dict[int, tuple[str, str]] | None = None) -> None:
    """Say what was decided. lines: sequence → (result, quantity or "")."""
    app.get_by_role("link", name="Record the outcome").click()
    app.get_by_label(result, exact=True).check()
    for sequence, (of_line, quantity) in (lines or {}).items():
        app.get_by_label(f"Result of line {sequence}").select_option(of_line)
        app.locator(f"#f-quantity_{sequence}").fill(quantity)
    app.get_by_label("Payer’s reference number").fill("REF-OUT-1")
    app.get_by_role("button", name=re.compile("^Record outcome for")).click()
