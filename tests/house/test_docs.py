"""What the documents name is there: pages, files, tests and commands, so that nobody follows them into nothing."""

import re

import pytest

from launch.__main__ import COMMANDS, FILE_COMMANDS
from tests.house.source import ROOT

PAGES = sorted((ROOT / "README.md", *(ROOT / "docs").rglob("*.md")))
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")
NAMED = re.compile(r"`((?:app|tests|launch|templates|static)/[\w./-]+)`")
COMMAND = re.compile(r"`(?:[.\w/]*/)?parley ([a-z]+)\b")


def test_every_link_leads_to_a_file():
    """From README, the documents and the decisions."""
    led = [(page, link) for page in PAGES for link in LINK.findall(page.read_text("utf-8"))]

    assert len(led) > 30
    assert [] == [f"{page.name}: {link}" for page, link in led if not (page.parent / link).exists()]


@pytest.mark.parametrize("name", ["README.md", "docs/security.md", "docs/adding.md", "docs/running.md"])
def test_every_place_in_the_code_is_there(name: str):
    """A guard whose test is gone is no guard that one may count on."""
    named = NAMED.findall((ROOT / name).read_text("utf-8"))

    assert [] == [each for each in named if "STAGE" not in each and not (ROOT / each).exists()]


def test_every_command_is_one():
    """As whoever reads would type it."""
    told = {each for page in PAGES for each in COMMAND.findall(page.read_text("utf-8"))}

    assert {"check", "audit"} <= told
    assert told <= {*COMMANDS, *FILE_COMMANDS}
