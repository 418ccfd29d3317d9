"""
A picture of every page at three widths in .screens/, and the README's own: `python -m tests.journeys.screenshots`.

The pictures are for looking at; nothing here judges them.
"""

import sys
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from tests.journeys.browser import CHROMIUM, chromium_path
from tests.journeys.gallery import visit
from tests.journeys.steps import open_chart
from tests.journeys.town import Town, open_town

ROOT = Path(__file__).resolve().parents[2]
SCREENS = ROOT / ".screens"
PICTURE = ROOT / "docs/pictures/case.png"
WIDTHS = (1280, 600, 400)
HEIGHT = 900


def main() -> int:
    """Take them all; return the exit status."""
    SCREENS.mkdir(exist_ok=True)
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright, open_town() as town:
        chromium = playwright.chromium.launch(executable_path=chromium_path(), args=list(CHROMIUM))
        page = chromium.new_page(viewport={"width": 1280, "height": HEIGHT})
        page.set_default_timeout(15_000)
        take_readme_picture(page, town)
        count = sum(take(page, name) for name in visit(page, town))
        chromium.close()
    print(f"{count} pictures in {SCREENS.relative_to(ROOT)}/, and {PICTURE.relative_to(ROOT)}.")
    return 0


def take_readme_picture(page: Page, town: Town) -> None:
    """Take the clinician's chart in the EHR, with slots proposed."""
    app = open_chart(page, town, "lumbar-fusion", "spine")
    expect(app.locator("#slots .slot").first).to_be_visible()
    page.set_viewport_size({"width": 1280, "height": 1080})
    page.screenshot(path=PICTURE)


def take(page: Page, name: str) -> int:
    """Take one page at every width, whole; return how many pictures that was."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        page.screenshot(path=SCREENS / f"{name}-{width}.png", full_page=True)
    page.set_viewport_size({"width": WIDTHS[0], "height": HEIGHT})
    return len(WIDTHS)


if __name__ == "__main__":
    sys.exit(main())
