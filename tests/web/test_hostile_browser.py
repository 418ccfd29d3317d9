"""The same attacks in a real browser: nothing runs, nothing is asked of anybody else, nothing is even tried."""

import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import cycle
from urllib.parse import unquote, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.steps import capture_window, record_outcome
from tests.journeys.town import Town, free_port, open_town
from tests.web.hostile import CANARY, PAYLOADS, bent
from tests.web.routes import HTML, PAGES

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("hostile")]
PATIENT = "lumbar-fusion"
KINDS = ("Patient", "Coverage", "Organization", "Practitioner", "Condition", "Observation", "MedicationRequest")
KINDS += ("Procedure", "DiagnosticReport", "DocumentReference", "Claim", "ClaimResponse", "Encounter")
# A string of 10,000 characters on every line is another test's matter; here each is looked at by a layout engine.
SHORT = [each for each in PAYLOADS.values() if len(each) < 500]


class Watch:
    """Everything a page does that a chart's words must never make it do."""

    def __init__(self, screen: Page, town: Town) -> None:
        self.seen: list[str] = []
        self.homes = {urlsplit(town.ehr).netloc, urlsplit(town.app).netloc}
        screen.on("dialog", self.dialog)
        screen.on("request", self.request)
        screen.on("console", self.console)
        screen.on("pageerror", lambda error: self.seen.append(f"error {error}"))

    def dialog(self, dialog) -> None:
        """Note a dialog, and end it."""
        self.seen.append(f"dialog {dialog.message}")
        dialog.dismiss()

    def request(self, request) -> None:
        """Note a request to anybody else, and one whose address came out of a chart."""
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and parts.netloc not in self.homes:
            self.seen.append(f"request to {parts.netloc}")
        elif CANARY in unquote(request.url):
            self.seen.append(f"{'htmx ' if request.headers.get('hx-request') else ''}request born in the chart")

    def console(self, message) -> None:
        """Note what the browser's policy had to stop."""
        if "Content Security Policy" in message.text or message.type == "error":
            self.seen.append(f"console {message.text[:200]}")


@pytest.fixture
def screen(browser) -> Iterator[Page]:
    """A window of Chromium with its own cookies."""
    context = browser.new_context()
    yield context.new_page()
    context.close()


@pytest.fixture
def town() -> Iterator[Town]:
    """A town in which every string of one chart attacks whoever shows it."""
    with open_town(worker=False) as running:
        payloads = cycle(SHORT)
        for kind in KINDS:
            for resource in running.stored(kind):
                running.put(bent(resource, payloads))
        yield running


def test_no_word_of_a_chart_runs_in_a_browser(screen: Page, town: Town):
    """No dialog, no request to elsewhere, none born in the chart, nothing for the policy to stop, on every page."""
    watch = Watch(screen, town)
    screen.goto(f"{town.ehr}/launch?user=spine&patient={PATIENT}")
    expect(screen.locator("#case h1")).to_contain_text("fusion")
    start = re.match(r".*/s/[^/]+/", screen.url)[0]
    capture_window(screen, day=(town.now() + timedelta(days=1)).date(), start="09:00", end="16:00")
    expect(screen.get_by_role("status")).to_have_text("The window is kept.")
    screen.get_by_role("button", name=re.compile("^Book ")).first.click()
    expect(screen.get_by_role("status")).to_have_text("Booked. The EHR is being told.")
    case = town.case(PATIENT)
    record_outcome(screen, "approved as asked")
    expect(screen.get_by_role("status")).to_have_text("The outcome is kept. The EHR is being told.")
    for page in PAGES:
        if page.kind == HTML:
            screen.goto(start + page.at(case), wait_until="load")
            screen.emulate_media(media="print")
            screen.emulate_media(media="screen")
    assert CANARY in screen.goto(f"{start}cases/{case.id}").text()

    # This town has no mail server, so the page for messages refuses, and a browser tells that on its console.
    refused = [each for each in watch.seen if each.startswith("console Failed to load") and "409" in each]
    assert (1, refused) == (len(refused), watch.seen)


def test_the_watch_sees_what_it_is_for(screen: Page, town: Town):
    """The control: a page that does each of these things is seen doing it."""
    watch = Watch(screen, town)
    screen.goto(f"{town.app}/livez")
    screen.evaluate("alert('x')")
    screen.evaluate(f"fetch('/{CANARY}').catch(() => 0)")
    screen.evaluate("document.body.innerHTML = '<img src=x onerror=alert(1)>'")
    screen.goto("about:blank")
    elsewhere = f"127.0.0.1:{free_port()}"
    screen.evaluate(f"fetch('http://{elsewhere}/').catch(() => 0)")
    screen.wait_for_timeout(300)

    seen = " ".join(watch.seen)
    assert "dialog x" in seen
    assert "request born in the chart" in seen
    assert f"request to {elsewhere}" in seen
    assert "Content Security Policy" in seen
