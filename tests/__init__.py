"""The tests mirror the rooms. What their set-up fetched for this checkout alone (tests/setup.py) is found first."""

import os
from pathlib import Path


def use_what_was_fetched(cache: Path) -> None:
    """Put the set-up's own Node.js before others on the PATH, and let Playwright look for its browsers here."""
    programs, browsers = cache / "node/programs", cache / "browsers"
    path = os.environ.get("PATH", os.defpath)
    if programs.is_dir() and str(programs) not in path.split(os.pathsep):
        os.environ["PATH"] = f"{programs}{os.pathsep}{path}"
    if browsers.is_dir():
        os.environ.setdefault("PLAYWRIGHT_BROWSERS_PATH", str(browsers))


use_what_was_fetched(Path(__file__).resolve().parent.parent / ".cache")
