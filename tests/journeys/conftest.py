"""Fixtures of the journeys: one town a module, validated when it closes."""

import shutil

import pytest
from playwright.sync_api import expect

from tests.fhir_validation import errors_of
from tests.journeys.town import WRITTEN_KINDS, Town, open_town

# As patient as the steps themselves: a busy machine shows a page late, a broken one never.
expect.set_options(timeout=15_000)


@pytest.fixture(scope="session")
def valid():
    """Demands that two outside validators find no error in anything that Parley wrote in a town."""

    def check(town: Town) -> None:
        if shutil.which("node") is None:
            return  # tests/journeys/test_independent_ehr.py is skipped by name for the same reason
        for kind in WRITTEN_KINDS:
            for resource in town.written(kind):
                assert [] == errors_of(resource), f"{kind}/{resource['id']}"

    return check


@pytest.fixture(scope="module")
def town(valid):
    """EHR, payer, app and worker, fresh for the module; all that was written in it is valid."""
    with open_town() as running:
        yield running
        valid(running)


@pytest.fixture
def window(browser):
    """A fresh browser window with its own cookies; called with what Playwright's new_context takes."""
    opened = []

    def open_window(**more):
        context = browser.new_context(**({"viewport": {"width": 1280, "height": 900}} | more))
        context.set_default_timeout(15_000)
        opened.append(context)
        return context.new_page()

    yield open_window
    for context in opened:
        context.close()


@pytest.fixture
def screen(window):
    """A browser window of 1280 pixels."""
    return window()
