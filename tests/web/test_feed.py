"""What a payer publishes in a feed, on the page: from where, read when, how it is booked; never more than it said."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.errors import Temporary
from app.flow import feeds
from tests.fakes.office import PUBLISHER, a_slot, an_answer, detected
from tests.web.visit import Site, make_site, shown

KEY, PAYER = PUBLISHER


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = make_site(tmp_path)
    yield made
    made.office.database.close()


def poll(site: Site) -> None:
    feeds.read_feeds(site.office.feeds, site.office.feed_times, now=site.office.now, jitter=lambda: 0.0)


def test_the_page_says_from_where_the_times_are_and_when_they_were_read(site: Site):
    """In words, with the way to book them; a link leads to the payer and takes nothing of ours along."""
    office = site.office
    case = detected(office, an_answer(payer=PAYER))
    link = "https://desk.payer.example/b?slot=1&x=<b>"
    slot = replace(a_slot(1, after=4), source="bulk", link=link, phone="800-555-0100")
    office.feeds.publish(KEY, slot, warnings=("1 line of a file (Slot) could not be read.",))
    poll(site)
    text = shown(site.visit().get(f"cases/{case.id}/windows"))

    said = re.search(r'<span class="aside">(published by[^<]*)</span>', text)
    assert "published by the payer as scheduling links, read 09:00" in said[1]
    assert 'href="https://desk.payer.example/b?slot=1&amp;x=&lt;b&gt;" rel="noopener noreferrer"' in text
    assert "book at desk.payer.example" in text
    assert "1 line of a file (Slot) could not be read." in text


def test_a_feed_that_cannot_be_read_is_told_and_the_page_stands(site: Site):
    """No times, a sentence why, and the form for what is told by telephone."""
    case = detected(site.office, an_answer(payer=PAYER))
    site.office.feeds.fail(KEY, Temporary("The payer does not answer."))
    poll(site)
    answer = site.visit().get(f"cases/{case.id}/windows")

    assert 200 == answer.status_code
    assert "The payer does not answer." in shown(answer)
