"""For everybody: no serious fault that axe knows, no sideways scrolling, a keyboard alone suffices."""

import re
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.journeys.gallery import visit
from tests.journeys.steps import app_frame, case_row, heard, loaded, open_chart, open_tab
from tests.journeys.town import await_true

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("access"), pytest.mark.timeout(240)]
HEIGHT = 900
# The EHR's frame may be as narrow as a side bar, as wide as a tab.
# 320 is what 1280 become at 400 % zoom (WCAG 1.4.10).
WIDTHS = (1280, 768, 600, 400, 360, 320)
AXED = (1280, 400)
STANDARDS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
AXE = {"runOnly": {"type": "tag", "values": STANDARDS}, "rules": {"target-size": {"enabled": True}}}
# A number raised in a sentence is as large as the sentence lets it be (WCAG 2.5.8, inline); the sentence opens it too.
INLINE = ('aria-label="source ', "brief__said")
TOO_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
UNNAMED_TABLES = """() => [...document.querySelectorAll("table")]
  .filter((each) => !each.caption && !each.getAttribute("aria-label")).map((each) => each.className)"""
# What a reader may set for themselves (WCAG 1.4.12).
SPACED = "* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }"
SPACE_OUT = (
    """css => { const sheet = new CSSStyleSheet(); sheet.replaceSync(css); document.adoptedStyleSheets = [sheet]; }"""
)
# What has the focus and stands wholly behind the patient's strip or the call's bar (WCAG 2.4.11).
HIDDEN_FOCUS = """() => {
  const bars = [...document.querySelectorAll(".strip, .talk__bar")];
  const hidden = [];
  for (const each of document.querySelectorAll("main :is(a[href], button, input, select, textarea, summary)")) {
    each.focus();
    if (document.activeElement !== each) continue;
    const at = each.getBoundingClientRect();
    for (const bar of bars) {
      const over = bar.getBoundingClientRect();
      if (bar.contains(each) || at.top < over.top || at.bottom > over.bottom) continue;
      hidden.push(each.innerText || each.name);
    }
  }
  return hidden;
}"""


def faults_by_axe(page: Page) -> list[str]:
    """Return what axe finds by the standards and by good practice: rule and where."""
    found = Axe().run(page, options=AXE).response["violations"]
    places = {each["id"]: [node["html"] for node in each["nodes"]] for each in found}
    places["target-size"] = [each for each in places.get("target-size", ()) if not any(one in each for one in INLINE)]
    return [f"{rule}: {where[:3]}" for rule, where in places.items() if where]


def faults_as_it_stands(page: Page) -> list[str]:
    """Return what is wrong with a page beyond what axe judges."""
    faults = [f"a table without a name: {each!r}" for each in page.evaluate(UNNAMED_TABLES)]
    headings = page.get_by_role("heading", level=1).all_inner_texts()
    if len(headings) != 1 or not page.title().startswith(headings[0]):
        faults.append(f"headings {len(headings)}, title {page.title()!r}")
    page.set_viewport_size({"width": 400, "height": HEIGHT})
    faults += [f"has the focus behind a bar: {each!r}" for each in page.evaluate(HIDDEN_FOCUS)]
    page.evaluate(SPACE_OUT, SPACED)
    if (over := page.evaluate(TOO_WIDE)) > 0:
        faults.append(f"{over} pixels too wide at 400 with a reader's own spacing")
    page.evaluate("() => { document.adoptedStyleSheets = []; }")
    page.set_viewport_size({"width": 1280, "height": HEIGHT})
    return faults


@pytest.mark.timeout(1800)  # a walk through every page there is: minutes on a busy machine, and no hang
def test_every_page_is_accessible_and_fits(screen, town):
    """Each page in each state: axe finds nothing, nothing scrolls sideways, each page and table has its own name."""
    faults, titles = [], {}
    for name in visit(screen, town):
        screen.wait_for_load_state()  # a link's click comes back while its page may still be empty
        # A button whose form is on its way is paler for that moment; what is judged is what stays.
        expect(screen.locator(".htmx-request")).to_have_count(0)
        for width in WIDTHS:
            screen.set_viewport_size({"width": width, "height": HEIGHT})
            if (over := screen.evaluate(TOO_WIDE)) > 0:
                faults.append(f"{name} at {width}: {over} pixels too wide")
            if width in AXED:
                faults += [f"{name} at {width}: {fault}" for fault in faults_by_axe(screen)]
        faults += [f"{name}: {fault}" for fault in faults_as_it_stands(screen)]
        titles.setdefault(screen.title(), set()).add(place_of(screen.url))
    faults += [f"one title for {sorted(places)}: {title}" for title, places in titles.items() if len(places) > 1]
    assert [] == faults, "\n".join(faults)


def place_of(url: str) -> str:
    """Return what page an address is of: a form that came back refused stands at the address that it was sent to."""
    path = re.sub(r"^.*?/s/[^/]+/", "", urlsplit(url).path)
    return re.sub(r"/(complete|feed|open)$", "", path)


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


def test_what_somebody_reads_is_not_swapped_away(screen, town):
    """
    While a write waits its part is asked for every two seconds; a fold that is open in it stays open, then it goes on.

    Whoever copied a note out of the page lost the fold, and what they had marked, every two seconds.
    """
    town.fault(do="status", method="POST", type="Appointment", times=99)
    app = open_chart(screen, town, "infliximab-step", "gastro")
    expect(app.locator("#slots .slot").first).to_be_visible()
    app.locator("#slots .slot .button").first.click()
    heard(app, "Booked. The EHR is being told.")
    expect(app.locator("#writes")).to_contain_text("on its way", timeout=20_000)
    frame = screen.frame(name="app")
    frame.evaluate("document.querySelector('#writes').append(document.createElement('details'))")
    frame.evaluate("document.querySelector('#writes > details').open = true")
    screen.wait_for_timeout(5000)
    expect(app.locator("#writes > details")).to_have_count(1)
    frame.evaluate("document.querySelector('#writes > details').open = false")
    expect(app.locator("#writes > details")).to_have_count(0)
    town.forget_faults()


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


def test_a_time_is_seven_tabs_from_the_top_of_a_case(screen, town):
    """Next leads past why, windows and documents to the free times: by Tab alone it took 41 to the first of them."""
    app = open_chart(screen, town, "window-closes-today", "ward")
    expect(app.locator("#slots .slot").first).to_be_visible()
    app.locator(".skip").focus()
    for words, most in (("Choose a time", 5), ("Book ", 1)):
        tabs = 0
        while not focused(screen).strip().startswith(words):
            screen.keyboard.press("Tab")
            tabs += 1
            assert tabs <= most, f"{words!r} is further than {most} tabs"
        screen.keyboard.press("Enter")
    heard(app, "Booked. The EHR is being told.")


def test_a_list_names_its_columns_when_its_rows_are_stacked(screen, town):
    """At 400 pixels the row of headings is out of sight, and still read out."""
    open_tab(screen, town, "coordinator", width="400")
    headings = screen.frame(name="app").locator("table").get_by_role("columnheader")
    expect(headings).to_have_count(7)


def test_a_case_is_opened_from_the_list_with_enter(screen, town):
    """The patient's name is a link, and Enter follows it."""
    app = open_tab(screen, town, "coordinator")
    case_row(app, "Everhart-Diallo").locator("[data-open]").focus()
    screen.keyboard.press("Enter")
    expect(app.locator("#case h1")).to_contain_text("MRI")
