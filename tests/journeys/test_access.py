"""For everybody: no serious fault that axe knows, no sideways scrolling, a keyboard alone suffices."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.journeys.gallery import visit
from tests.journeys.steps import app_frame, case_row, heard, loaded, open_chart, open_tab
from tests.journeys.town import await_true

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("access"), pytest.mark.timeout(240)]
HEIGHT = 900
# The EHR's frame may be as narrow as a side bar, as wide as a tab.
WIDTHS = (1280, 768, 600, 400, 360)
AXED = (1280, 400)
TOO_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


def serious_faults(page: Page) -> list[str]:
    """Return what axe finds serious or critical: rule and where."""
    found = Axe().run(page).response["violations"]
    bad = [each for each in found if each["impact"] in ("serious", "critical")]
    return [f"{each['id']}: {[node['target'] for node in each['nodes']][:3]}" for each in bad]


@pytest.mark.timeout(900)  # a walk through every page there is: minutes on a busy machine, and no hang
def test_every_page_is_accessible_and_fits(screen, town):
    """Each page in each state, at each width: axe finds nothing serious or critical, nothing scrolls sideways."""
    faults = []
    for name in visit(screen, town):
        screen.wait_for_load_state()  # a link's click comes back while its page may still be empty
        # A button whose form is on its way is paler for that moment; what is judged is what stays.
        expect(screen.locator(".htmx-request")).to_have_count(0)
        for width in WIDTHS:
            screen.set_viewport_size({"width": width, "height": HEIGHT})
            if (over := screen.evaluate(TOO_WIDE)) > 0:
                faults.append(f"{name} at {width}: {over} pixels too wide")
            if width in AXED:
                faults += [f"{name} at {width}: {fault}" for fault in serious_faults(screen)]
        screen.set_viewport_size({"width": 1280, "height": HEIGHT})
        headings = screen.get_by_role("heading", level=1).all_inner_texts()
        if len(headings) != 1 or not screen.title().startswith(headings[0]):
            faults.append(f"{name}: headings {len(headings)}, title {screen.title()!r}")
    assert [] == faults, "\n".join(faults)


def focused(screen: Page) -> str:
    """Return the text of what has the focus in the app's frame."""
    return screen.frame(name="app").evaluate("() => document.activeElement.innerText || document.activeElement.name")


def tab_to(screen: Page, words: str) -> None:
    """Press Tab until what has the focus in the app begins so."""
    for _ in range(120):
        screen.keyboard.press("Tab")
        if focused(screen).strip().startswith(words):
            return
    raise AssertionError(f"Tab never reaches {words!r}")


@pytest.mark.parametrize("width", ["600", "400"])
def test_a_frame_of_the_ehr_is_never_scrolled_sideways(screen, town, width):
    """The narrow frames that the EHR offers: the worklist and a case fit into them."""
    for opened in (open_tab, open_chart):
        more = ("lumbar-fusion", "spine") if opened is open_chart else ("coordinator",)
        opened(screen, town, *more, width=width)
        assert int(width) >= screen.frame(name="app").evaluate("() => window.innerWidth")
        assert 0 >= screen.frame(name="app").evaluate(TOO_WIDE)


def test_a_call_is_booked_and_cancelled_without_a_mouse(screen, town):
    """Tab reaches the best time from the EHR's page on, Enter books it, and the news has the focus after each swap."""
    app = open_chart(screen, town, "two-reviews", "spine")
    tab_to(screen, "Nerve root injection")
    screen.keyboard.press("Enter")
    expect(app.locator("#slots .slot").first).to_be_visible()
    tab_to(screen, "Book ")
    screen.keyboard.press("Enter")
    heard(app, "Booked. The EHR is being told.")
    await_true(lambda: focused(screen) == "Booked. The EHR is being told.")
    tab_to(screen, "Cancel it")
    screen.keyboard.press("Enter")
    tab_to(screen, "reason")
    screen.keyboard.type("Done by keyboard")
    screen.keyboard.press("Enter")
    heard(app, "Cancelled; the time is free again.")
    await_true(lambda: focused(screen) == "Cancelled; the time is free again.")


def test_what_is_wrong_with_a_form_has_the_focus(screen, town):
    """A refused form is shown again with the focus on the sentence that says why."""
    app = open_chart(screen, town, "infliximab-step", "gastro")
    app.get_by_role("link", name="Record the outcome").click()
    app.get_by_role("button", name="Record outcome for").click()
    expect(app.locator(".field__wrong")).to_contain_text("Say what was decided.")
    await_true(lambda: "Say what was decided." in focused(screen))


def test_a_session_that_has_ended_is_told_in_place_of_the_case(screen, town):
    """Ended elsewhere, then a button is pressed: said once, in the page's own frame, and it has the focus."""
    app = open_chart(screen, town, "infliximab-step", "gastro")
    session_id = screen.frame(name="app").url.split("/")[4]
    town.demo.house.sessions.end(session_id, now=town.now())
    app.get_by_role("button", name="Own", exact=True).click()
    expect(app.get_by_role("heading", level=1)).to_have_count(1)
    expect(app.get_by_role("heading", level=1)).to_contain_text("ended")
    expect(app.locator(".bar")).to_have_count(1)
    await_true(lambda: "ended" in focused(screen))


def test_the_worklist_is_worked_with_keys_alone(screen, town):
    """Arrows move between cases, ? helps, / searches, o owns, Enter opens, b does what is next."""
    app = open_tab(screen, town, "coordinator")
    loaded(screen)
    rows = app.locator("[data-row]")
    screen.frame(name="app").evaluate("() => document.body.focus()")
    tab_to(screen, "Worklist")
    screen.keyboard.press("ArrowDown")
    screen.keyboard.press("ArrowDown")
    assert focused(screen) == rows.nth(1).locator("[data-open]").inner_text()
    screen.keyboard.press("ArrowUp")
    assert focused(screen) == rows.nth(0).locator("[data-open]").inner_text()
    screen.keyboard.press("?")
    expect(app.get_by_text("move between cases")).to_be_visible()
    screen.keyboard.press("/")
    assert "q" == focused(screen)
    screen.keyboard.type("knee")
    screen.keyboard.press("Enter")
    expect(rows).to_have_count(1)
    loaded(screen)
    tab_to(screen, "Search")
    screen.keyboard.press("ArrowDown")
    screen.keyboard.press("o")
    heard(app, "You own this case now.")
    loaded(screen)
    assert "Tess Ortolani-Briggs" == town.case("knee-mri").owner_name
    screen.keyboard.press("ArrowDown")
    screen.keyboard.press("ArrowDown")
    screen.keyboard.press("b")
    expect(app_frame(screen).locator(".back a")).to_be_visible()


def test_a_case_is_opened_from_the_list_with_enter(screen, town):
    """The patient's name is a link, and Enter follows it."""
    app = open_tab(screen, town, "coordinator")
    case_row(app, "Everhart-Diallo").locator("[data-open]").focus()
    screen.keyboard.press("Enter")
    expect(app.locator("#case h1")).to_contain_text("MRI")
