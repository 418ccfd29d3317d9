"""A payer asked by a person, in a browser: with a script that helps, without one, and by the keyboard alone."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.gallery import launch
from tests.journeys.steps import heard

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("tasks")]
CALLED, ON_PORTAL = "text-only", "oncology-regimen"  # of whom nothing is known; who takes a form
COPY = "[data-copy=p-member_id]"


def go(page: Page, town, patient: str, part: str) -> None:
    """Launch the worklist and open a task of a patient's case."""
    launch(page, town, "coordinator")
    page.goto(f"{page.url.rpartition('/')[0]}/cases/{town.case(patient).id}/{part}")


def test_a_field_is_copied_with_one_press(window, town):
    """The buttons appear where the browser copies; what is copied is the field, whole."""
    page = window(permissions=["clipboard-read", "clipboard-write"])
    go(page, town, ON_PORTAL, "way")
    button = page.locator(COPY)
    button.click()

    expect(button).to_have_text("Copied")
    assert page.get_by_label("Member ID", exact=True).input_value() == page.evaluate("navigator.clipboard.readText()")


def test_where_the_browser_copies_nothing_the_field_is_selected(screen, town):
    """A frame of an EHR may forbid the clipboard; then two keys are left to press."""
    screen.add_init_script("navigator.clipboard.writeText = () => Promise.reject(new Error('forbidden'))")
    go(screen, town, ON_PORTAL, "way")
    screen.locator(COPY).click()

    expect(screen.locator(COPY)).to_have_text("Press Ctrl-C")
    chosen = screen.get_by_label("Member ID", exact=True)
    assert chosen.input_value() == screen.evaluate("window.getSelection().toString()")


def test_minutes_on_hold_go_on_by_themselves(screen, town):
    """The page that stands tells the time; the server's own minutes are what is kept."""
    screen.clock.install()
    go(screen, town, CALLED, "phone")
    screen.get_by_role("button", name="On hold", exact=True).click()
    expect(screen.get_by_text("On hold since")).to_be_visible()
    screen.wait_for_load_state()
    screen.clock.run_for(5 * 60_000)

    expect(screen.locator("[data-seconds]")).to_have_text(re.compile("^[56]$"))


def test_forms_alone_ask_a_payer_by_telephone_and_on_its_portal(window, town):
    """No script: the time on hold, the result, the form to download, the portal's answer."""
    page = window(java_script_enabled=False)
    go(page, town, CALLED, "way")
    page.get_by_role("button", name="On hold", exact=True).click()
    expect(page.get_by_text("On hold since")).to_be_visible()
    page.get_by_role("button", name="Somebody answers").click()
    page.get_by_label("Who answered").fill("Scheduler Example")
    page.get_by_role("button", name="Reached: they will tell times").click()
    heard(page, "Kept. It stands in the inbox too.")
    expect(page.locator(".todo__what")).to_contain_text("Watch for the call times")

    go(page, town, ON_PORTAL, "way")
    expect(page.locator(COPY)).to_be_hidden()
    with page.expect_download() as taken:
        page.get_by_role("button", name=re.compile("^PDF form of")).click()
    assert re.fullmatch(r"request-P-[A-Z0-9]{6}\.pdf", taken.value.suggested_filename)
    page.get_by_label("Refused").check()
    page.get_by_role("button", name=re.compile("^Keep the answer for")).click()
    heard(page, "Kept. It stands in the inbox too.")
    expect(page.locator(".todo__what")).to_contain_text("Decide what follows")


def test_a_call_is_logged_by_the_keyboard_alone(screen, town):
    """From the number to the result; what stands in the focus is what is pressed."""
    go(screen, town, CALLED, "phone")
    screen.wait_for_load_state()
    for _ in range(60):
        screen.keyboard.press("Tab")
        if screen.evaluate("document.activeElement.value") == "voicemail":
            break
    screen.keyboard.press("Enter")

    heard(screen, "Kept. It stands in the inbox too.")
    expect(screen.locator(".todo__what")).to_contain_text("again")
