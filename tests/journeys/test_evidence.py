"""From a sentence of the brief to the very words in the chart, and back, with and without script."""

import pytest
from playwright.sync_api import expect

from tests.journeys.steps import heard, open_chart

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("evidence")]
FILMS = "Bending films show 5 mm of motion at L4-L5."


def opened_brief(screen, town):
    """Return the app's frame with the brief of the lumbar fusion in it."""
    app = open_chart(screen, town, "lumbar-fusion", "spine")
    app.get_by_role("link", name="Open the one-page brief").click()
    expect(app.locator("#brief")).to_be_visible()
    return app


def films(app):
    """Return the mark of the criterion that rests on the bending films."""
    return app.locator(".brief__criteria tr", has_text=FILMS).locator(".brief__mark a").first


@pytest.mark.parametrize("width", [1280, 600, 400])
def test_a_mark_opens_the_quoted_words_in_sight_of_its_sentence(window, town, width):
    """By keyboard alone: the words marked and in sight, the focus in the source, Escape brings it back to the mark."""
    screen = window(viewport={"width": width, "height": 900})
    app = opened_brief(screen, town)
    mark = films(app)
    mark.focus()
    mark.press("Enter")
    words = app.locator("#source mark", has_text=FILMS)
    expect(words).to_be_in_viewport()
    expect(app.locator("#source h2")).to_be_focused()
    expect(mark).to_be_in_viewport()
    screen.keyboard.press("Escape")
    expect(mark).to_be_focused()
    expect(app.locator("#source mark")).to_have_count(0)


def test_a_sentence_of_the_story_opens_by_its_own_words(screen, town):
    """Pressed where it is read, the sentence stays and its source stands beside it."""
    app = opened_brief(screen, town)
    sentence = app.locator(".brief__answer .brief__said")
    sentence.click()
    expect(app.locator("#source mark").first).to_be_in_viewport()
    expect(app.locator("#source mark", has_text=FILMS)).to_be_visible()
    expect(sentence).to_be_in_viewport()


def test_without_script_the_source_is_a_page_and_leads_back(window, town):
    """A link, a page, a link back."""
    app = opened_brief(window(java_script_enabled=False), town)
    films(app).click()
    expect(app.locator("#source mark", has_text=FILMS)).to_be_visible()
    app.get_by_role("link", name="← Brief").click()
    expect(app.locator("#brief")).to_be_visible()


def test_a_sentence_of_her_own_is_signed_and_stands_on_the_printed_page(screen, town):
    """Written and signed in one step; on screen, and on the page as it would be printed."""
    said = "She cannot carry her grandchild any more."
    app = opened_brief(screen, town)
    app.get_by_text("Write a sentence").click()
    app.get_by_label("The sentence").fill(said)
    app.get_by_label("Why now").check()
    app.get_by_role("button", name="Sign as").click()
    heard(app, "Signed. It stands on the brief and on its papers.")
    signed = app.locator("#brief .brief__own")
    expect(signed).to_contain_text(f"Why now. {said} signed Ada Lindqvist-Moreau, MD")
    screen.emulate_media(media="print")
    expect(signed).to_be_visible()
    expect(app.locator("#own")).to_be_hidden()
    expect(app.locator("#source")).to_be_hidden()


def test_no_word_of_the_printed_criteria_runs_into_the_next(screen, town):
    """“not documented” ran into the words beside it where the printer's letters are wide."""
    app = opened_brief(screen, town)
    screen.emulate_media(media="print")
    states = app.locator(".brief__criteria td:nth-child(2)")
    expect(states.filter(has_text="not documented")).to_have_count(1)

    assert [] == states.evaluate_all(
        "all => all.filter(each => each.scrollWidth > each.clientWidth + 1).map(each => each.textContent)"
    )


def test_what_is_missing_is_settled_on_the_case_in_place(screen, town):
    """The list comes as it is scrolled to; said not needed with a word, it is settled without leaving the case."""
    app = open_chart(screen, town, "lumbar-fusion", "spine")
    app.locator("#todo").scroll_into_view_if_needed()
    thing = app.locator("#todo li", has_text="Nicotine").first
    thing.get_by_text("Change").click()
    thing.get_by_label("What became of it").fill("never smoked")
    thing.get_by_role("button", name="Not needed").click()
    expect(app.locator("#todo").get_by_role("status")).to_have_text("Kept on the list.")
    app.locator("#todo").get_by_text("1 settled").click()
    expect(app.locator("#todo")).to_contain_text("not needed: never smoked")
    expect(app.locator("#case h1")).to_be_visible()
