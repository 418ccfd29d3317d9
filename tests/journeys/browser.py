"""How Chromium is started, and where it is."""

import shutil

CHROMIUM = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
)
NAMES = ("chromium", "chromium-browser", "google-chrome")


def chromium_path() -> str | None:
    """Return the machine's own Chromium, or None to use the one that Playwright fetched."""
    return next((path for path in map(shutil.which, NAMES) if path), None)
