"""A clinician's own calendar in the running town: connected on the page, read for slots, written by the worker."""

import re
from datetime import UTC, datetime

import pytest
import requests
from playwright.sync_api import expect

from tests.edges.calendars import servers
from tests.journeys.steps import book_best_slot, heard, open_chart
from tests.journeys.town import await_true

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("own_calendar")]


@pytest.fixture
def radicale(tmp_path):
    """A CalDAV server that nobody here wrote."""
    with servers.radicale(tmp_path) as server:
        yield server


def calls_in(server: servers.DavServer) -> list[str]:
    """Return the events of ours that stand in its calendar."""
    listed = requests.request("PROPFIND", server.calendar, headers={"Depth": "1"}, auth=servers.AUTH, timeout=20).text
    texts = [server.get(f"{server.calendar}{each}").text for each in set(re.findall(r"[0-9a-f-]{36}\.ics", listed))]
    return [each for each in texts if "Peer-to-peer call" in each]


def test_call_stands_in_the_calendar_that_the_clinician_connected(screen, town, radicale):
    """Connected in the EHR's frame, booked, seen in both, cancelled, gone; the patient is in none of it."""
    app = open_chart(screen, town, "lumbar-fusion", "spine")
    app.get_by_role("link", name="More", exact=True).click()
    app.get_by_role("link", name="Calendars", exact=True).click()
    app.get_by_text("CalDAV server").click()
    app.get_by_label("Address of the server").fill(f"{radicale.base}/")
    app.get_by_label("User name").fill("doc")
    app.get_by_label("App password").fill("secret")
    app.get_by_role("button", name="Find its calendars").click()
    expect(app.get_by_text("Read just now: 0.0 busy hours in the coming 7 days.")).to_be_visible()
    app.get_by_label("doc/calls").select_option("Its events block, and calls go into it")
    app.get_by_role("button", name="Keep these choices").click()
    heard(app, "Kept. It counts from the next look on.")

    app = open_chart(screen, town, "lumbar-fusion", "spine")
    book_best_slot(app)
    heard(app, "Booked. The EHR is being told.")
    (event,) = await_true(lambda: calls_in(radicale))
    case = town.case("lumbar-fusion")
    start = datetime.strptime(re.search(r"DTSTART:(\w+)Z", event)[1], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    assert (start, case.number in event) == (case.booking.interval.start, True)
    assert not any(word in event for word in (case.patient.name, case.payer_name))
    expect(app.locator("#writes")).to_contain_text("the call stands in it")

    app.get_by_text("Cancel it", exact=True).click()
    app.get_by_label("Why", exact=True).fill("Asked to")
    app.get_by_role("button", name=re.compile("^Cancel the call for")).click()
    await_true(lambda: calls_in(radicale) == [])
