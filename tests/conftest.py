"""What tests of several rooms share: one browser a process (a second Playwright in it would refuse to start)."""

import pytest
from playwright.sync_api import sync_playwright

from tests.journeys.browser import CHROMIUM, chromium_path


@pytest.fixture(scope="session")
def browser():
    """Chromium, third-party cookies blocked as it does by default."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=chromium_path(), args=list(CHROMIUM))
        yield chromium
        chromium.close()
