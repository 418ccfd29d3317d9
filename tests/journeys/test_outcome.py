"""The outcome told right after a call, by keyboard alone: how many keys the commonest take, and what is kept."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.journeys.gallery import launch, stage
from tests.journeys.steps import book_best_slot, heard
from tests.journeys.town import Town

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("outcome")]
USER = "spine"
# One key is one stroke; at two strokes a second, far less than a minute is left for thinking in none of them.
MOST_KEYS = {"approved": 30, "upheld": 42, "modified": 20, "not_held": 8, "letter": 6}


class Keys:
    """A keyboard that counts: every key, every letter."""

    def __init__(self, page: Page) -> None:
        self.page, self.count = page, 0

    def press(self, *keys: str) -> None:
        """Press keys one after another."""
        for key in keys:
            self.page.keyboard.press(key)
            self.count += 1

    def type(self, text: str) -> None:
        """Type a text into what has the focus."""
        self.page.keyboard.type(text)
        self.count += len(text)

    def tab_to(self, label: str) -> None:
        """Go on with Tab until a field has the focus."""
        field = self.page.get_by_label(label, exact=True)
        for _ in range(30):
            if field.evaluate("field => field === document.activeElement"):
                return
            self.press("Tab")
        raise AssertionError(f"no way by Tab to {label!r}")


@pytest.fixture
def at_the_form(window, town: Town):
    """The outcome's form of a patient's case, its call booked and its hour come, in a fresh launch."""

    def open_form(patient: str) -> Page:
        page = window(viewport={"width": 1280, "height": 900})
        launch(page, town, USER, patient=patient)
        if town.case(patient).booking is None:
            book_best_slot(page)
            heard(page, "Booked. The EHR is being told.")
        starts = town.case(patient).booking.interval.start
        if town.now() < starts:
            town.now.push(starts - town.now())
        launch(page, town, USER, patient=patient)
        page.get_by_role("link", name="Record the outcome").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Outcome")
        page.wait_for_load_state()
        return page

    return open_form


def test_the_commonest_outcomes_take_few_keys(at_the_form, town: Town, record_property):
    """Approved on the phone, with its numbers; upheld on the phone, with the reason: from the form to its record."""
    page = at_the_form("lumbar-fusion")
    keys = Keys(page)
    expect(page.get_by_label("approved as asked", exact=True)).to_be_focused()
    keys.press("Space")
    keys.tab_to("Payer’s reference number")
    keys.type("REF-77120")
    keys.tab_to("Authorization number")
    keys.type("A-901155")
    keys.press("Enter")
    heard(page, "The outcome is kept. The EHR is being told.")
    approved = town.case("lumbar-fusion").outcome
    assert ("approved", False, "REF-77120", "A-901155") == (
        approved.result, approved.final, approved.reference_number, approved.authorization.number
    )  # fmt: skip
    record_property("keys_approved", keys.count)
    print(f"keys: approved {keys.count}")
    assert keys.count <= MOST_KEYS["approved"]

    page = at_the_form("mixed-lines")
    keys = Keys(page)
    keys.press("Space", "ArrowDown", "ArrowDown", "ArrowDown")
    keys.tab_to("Payer’s reference number")
    keys.type("REF-77121")
    keys.tab_to("Reviewer’s stated reason")
    keys.type("No films of six weeks.")
    keys.press("Enter")
    heard(page, "The outcome is kept. The EHR is being told.")
    upheld = town.case("mixed-lines").outcome
    assert ("upheld", "No films of six weeks.") == (upheld.result, upheld.reviewer_reason)
    record_property("keys_upheld", keys.count)
    print(f"keys: upheld {keys.count}")
    assert keys.count <= MOST_KEYS["upheld"]


@pytest.mark.parametrize("told", ["modified", "not_held", "letter"])
def test_the_next_commonest_outcomes_take_few_keys_too(window, town: Town, told: str, record_property):
    """Half of what was asked for; the payer who did not come; an approval that is there in writing already."""
    patient = {"modified": "knee-mri", "not_held": "therapy-visits", "letter": "oncology-regimen"}[told]
    page = window(viewport={"width": 1280, "height": 900})
    launch(page, town, USER, patient=patient)
    stage(page, "outcome")
    page.wait_for_load_state()
    keys = Keys(page)
    expect(page.get_by_label("approved as asked", exact=True)).to_be_focused()
    keys.press("Space")
    if told == "modified":
        keys.press("ArrowDown", "ArrowDown")
        keys.tab_to("or what else was changed")
        keys.type("outpatient")
    elif told == "not_held":
        keys.press("ArrowUp")
        keys.tab_to("Why no call was held")
        keys.type("p")
        keys.press("Tab")  # Enter in a list opens it
    else:
        keys.press("Tab")
        while not page.locator("input[name=final]:focus").count():
            keys.press("Tab")
        keys.press("ArrowDown")
    keys.press("Enter")
    heard(page, "The outcome is kept. The EHR is being told.")
    kept = town.case(patient).outcome
    expected = {"modified": ("modified", False), "not_held": ("not_held", False), "letter": ("approved", True)}
    assert expected[told] == (kept.result, kept.final)
    record_property(f"keys_{told}", keys.count)
    print(f"keys: {told} {keys.count}")
    assert keys.count <= MOST_KEYS[told]


def test_a_lost_session_loses_no_word_of_the_form(at_the_form, window, town: Town):
    """Half filled in, the session ends; in the next one all of it is there, what belongs to the result is shown."""
    page = at_the_form("infliximab-step")
    expect(page.get_by_label("Authorization number")).to_be_hidden()
    with page.expect_response(lambda answer: "outcome/draft" in answer.url):
        page.get_by_label("partly approved", exact=True).check()
    expect(page.get_by_label("Authorization number")).to_be_visible()
    with page.expect_response(lambda answer: "Fax" in (answer.request.post_data or "")):
        page.get_by_label("Agreed next step").fill("Fax the films")
    expect(page.locator("#kept")).to_contain_text("Kept ")
    assert "Fax" not in page.url
    assert [] == [
        each["id"] for each in Axe().run(page).response["violations"] if each["impact"] in ("serious", "critical")
    ]

    town.demo.house.sessions.end(page.url.split("/")[4], now=town.now())
    page.get_by_label("Agreed next step").press_sequentially(" today")
    expect(page.locator("#kept")).to_contain_text("ended")
    expect(page.get_by_label("Agreed next step")).to_have_value("Fax the films today")

    other = at_the_form("infliximab-step")
    expect(other.get_by_label("partly approved", exact=True)).to_be_checked()
    expect(other.get_by_label("Agreed next step")).to_have_value("Fax the films")
    expect(other.locator("#lines")).to_be_visible()
