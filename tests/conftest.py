"""What tests of several rooms share: one browser a process (a second Playwright in it would refuse to start)."""

import os

import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import sync_playwright

from tests.journeys.browser import CHROMIUM, chromium_path

# The same examples for everybody, so that a change is judged by itself; the nightly run draws new ones each time.
settings.register_profile(
    "test", derandomize="PARLEY_NIGHTLY" not in os.environ, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("test")


@pytest.fixture(scope="session")
def browser():
    """Chromium, third-party cookies blocked as it does by default."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=chromium_path(), args=list(CHROMIUM))
        yield chromium
        chromium.close()
