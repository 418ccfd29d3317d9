"""A call taken with the telephone in the hand: nothing typed or tapped is lost, and nothing is told twice."""

import re
from datetime import timedelta

import pytest
import requests
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.journeys.gallery import launch, stage
from tests.journeys.steps import book_best_slot, heard
from tests.journeys.town import Town

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("talk")]
PHONE = {"viewport": {"width": 390, "height": 760}, "has_touch": True, "is_mobile": True}
PATIENT, USER = "lumbar-fusion", "spine"
REVIEWER = {
    "Reviewer’s name": "Dr Peer Example",
    "Credential": "MD",
    "NPI": "1234567893",
    "Specialty": "Orthopaedic surgery",
}


@pytest.fixture
def at_the_hour(window, town: Town):
    """The call of a case, booked before if need be, at its hour; gives what opens it in a fresh launch."""
    page = window(**PHONE)
    launch(page, town, USER, patient=PATIENT)
    if town.case(PATIENT).booking is None:
        book_best_slot(page)
        heard(page, "Booked. The EHR is being told.")
    starts = town.case(PATIENT).booking.interval.start
    if town.now() < starts:
        town.now.push(starts - town.now())

    def open_call(on: Page = page) -> Page:
        launch(on, town, USER, patient=PATIENT)
        on.get_by_role("link", name="Start call mode").click()
        expect(on.locator("#points .points__ask")).to_be_visible()
        on.wait_for_load_state()
        return on

    return open_call


def faults(page: Page) -> list[str]:
    """Return what axe finds serious, and whether the page is wider than the telephone."""
    found = [each["id"] for each in Axe().run(page).response["violations"] if each["impact"] in ("serious", "critical")]
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return found + ([f"{wide} pixels too wide"] if wide > 0 else [])


def test_the_keyboard_alone_holds_talks_and_asks(at_the_hour):
    """The timer keeps the focus from press to press; Enter in a field keeps it and presses nothing else."""
    page = at_the_hour()
    page.get_by_role("button", name="On hold", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Talking")).to_be_focused()
    expect(page.locator(".htmx-added, .htmx-settling")).to_have_count(0)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Call over")).to_be_focused()
    page.get_by_label("Credential").fill("DO")
    page.keyboard.press("Enter")
    expect(page.locator("#kept")).to_contain_text("Kept ")

    expect(page.get_by_role("button", name="Call over")).to_be_visible()
    expect(page.get_by_label("Credential")).to_be_focused()
    said = page.locator(".points__story summary").first
    said.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".points__story details[open] .cite").first).to_be_visible()
    assert [] == faults(page)
    page.get_by_label("Credential").fill("")
    page.get_by_role("button", name="Call over").click()
    expect(page.get_by_role("button", name="On hold", exact=True)).to_be_focused()


def test_a_slow_chart_keeps_nobody_from_the_call(at_the_hour, town: Town):
    """While the EHR takes its time the number, the reason and the notes are there; what is typed is kept meanwhile."""
    page = at_the_hour()
    requests.post(f"{town.ehr}/sandbox/latency", json={"ms": 4000}, timeout=10).raise_for_status()
    try:
        page.reload(wait_until="domcontentloaded")
        expect(page.locator("#points .waiting")).to_be_visible()
        expect(page.get_by_role("link", name="Call 800-555-0101")).to_be_visible()
        expect(page.locator(".talk__denied blockquote").first).to_be_visible()
        with page.expect_response(lambda answer: "Meanwhile" in (answer.request.post_data or "")):
            page.get_by_label("Notes", exact=True).fill("Meanwhile.")
        assert page.locator("#points .waiting").is_visible(), "kept before the chart was read"
    finally:
        requests.post(f"{town.ehr}/sandbox/latency", json={"ms": 0}, timeout=10).raise_for_status()
    expect(page.locator("#points .points__ask")).to_be_visible()
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.get_by_label("Notes", exact=True).fill("")


def test_a_call_survives_its_session_and_becomes_an_outcome(at_the_hour, window, town: Town):
    """Hold, talk, tap for evidence, type; the session is lost; all of it is there again, and fills the outcome."""
    page = at_the_hour()
    page.get_by_role("button", name="On hold", exact=True).tap()
    expect(page.get_by_role("button", name="Talking")).to_be_visible()
    town.now.push(timedelta(minutes=7))
    page.get_by_role("button", name="Talking").tap()
    expect(page.get_by_role("button", name="Call over")).to_be_visible()
    town.now.push(timedelta(minutes=3))
    page.locator(".points__answer summary").first.tap()
    page.locator(".points__answer .cite summary").first.tap()
    expect(page.locator(".points__answer blockquote").first).to_be_visible()
    for label, text in REVIEWER.items():
        page.get_by_label(label, exact=True).fill(text)
    with page.expect_response(lambda answer: "Asked" in (answer.request.post_data or "")):
        page.get_by_label("Notes", exact=True).fill("Asked for the films.")
    assert "Asked" not in page.url and "Peer" not in page.url

    town.demo.house.sessions.end(page.url.split("/")[4], now=town.now())
    page.get_by_label("Notes", exact=True).press_sequentially(" More.")
    expect(page.locator("#kept")).to_contain_text("ended")
    expect(page.get_by_label("Notes", exact=True)).to_have_value("Asked for the films. More.")

    other = at_the_hour(window(**PHONE))
    for label, text in REVIEWER.items():
        expect(other.get_by_label(label, exact=True)).to_have_value(text)
    expect(other.get_by_label("Notes", exact=True)).to_have_value("Asked for the films.")
    expect(other.get_by_role("button", name="Call over")).to_be_visible()
    other.get_by_role("button", name="We spoke: outcome for").tap()

    expect(other.get_by_role("heading", level=1)).to_have_text("Outcome")
    for label, text in REVIEWER.items():
        expect(other.get_by_label(label, exact=True)).to_have_value(text)
    expect(other.get_by_label("Note", exact=True)).to_have_value("Asked for the films.")
    expect(other.locator("#outcome")).to_contain_text(re.compile("[78] min on hold · [34] min of talk"))
    other.get_by_label("approved as asked", exact=True).check()
    other.get_by_role("button", name="Record outcome for").tap()
    heard(other, "The outcome is kept. The EHR is being told.")

    case = town.case(PATIENT)
    (attempt,) = case.attempts
    assert ("connected", "1234567893") == (attempt.result, case.outcome.reviewer.npi)
    assert ("Asked for the films.", attempt.at.replace(second=0, microsecond=0)) == (
        case.outcome.note, case.outcome.held_at
    )  # fmt: skip
    stage(other, "talk")
    expect(other.get_by_label("Notes", exact=True)).to_have_value("")


def test_forms_alone_take_a_call(window, town: Town):
    """No script: the timer, what to say, the fields and the way to the outcome are buttons and links."""
    page = window(java_script_enabled=False, **PHONE)
    launch(page, town, "onco", patient="oncology-regimen")
    stage(page, "talk")
    page.get_by_role("link", name="Show what to say").click()
    expect(page.locator("#points .points__ask")).to_be_visible()
    page.get_by_label("Notes", exact=True).fill("By hand.")
    page.get_by_role("button", name="On hold", exact=True).click()
    expect(page.get_by_text("on hold since")).to_be_visible()
    expect(page.locator("#points .points__ask")).to_be_visible()
    page.get_by_role("button", name="Talking").click()
    page.get_by_role("button", name="We spoke: outcome for").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Outcome")
    expect(page.get_by_label("Note", exact=True)).to_have_value("By hand.")


def test_what_could_not_be_sent_is_said_and_sent_with_the_next_words(at_the_hour, town: Town, window):
    """The lift, the basement: no connection. What is typed stays in its field, and goes once there is one."""
    page = window(**PHONE)
    launch(page, town, "covering", patient="knee-mri")
    stage(page, "talk")
    expect(page.locator("#points .points__ask")).to_be_visible()
    page.wait_for_load_state()
    page.context.set_offline(True)
    page.get_by_label("Notes", exact=True).fill("In the lift.")
    expect(page.locator("[data-unsent]")).to_be_visible()
    page.context.set_offline(False)
    page.get_by_label("Notes", exact=True).press_sequentially(" Out.")
    expect(page.locator("[data-unsent]")).to_be_hidden()
    page.reload()

    expect(page.get_by_label("Notes", exact=True)).to_have_value("In the lift. Out.")
