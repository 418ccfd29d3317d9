"""A clinician's telephone through a whole booking: booked, reminded, moved, cancelled; never a word of the patient."""

import html
import re
from datetime import timedelta

import pytest
import requests

from launch.run import Ticker
from tests.journeys.guest import Guest
from tests.journeys.test_privacy import words_of
from tests.journeys.town import Town, await_true

pytestmark = [pytest.mark.xdist_group("reminders")]
STORY, NUMBER = "lumbar-fusion", "512-555-0134"


def texts(town: Town) -> list[str]:
    """Return what stands on the telephones, the newest first."""
    page = requests.get(f"{town.ehr}/telephone/", timeout=10).text
    return [html.unescape(each) for each in re.findall(r"<td>(Parley: [^<]*)</td>", page)]


def told(town: Town, word: str) -> str:
    """Return the newest message once it says so."""
    return await_true(lambda: (found := texts(town)) and word in found[0] and found[0])


def test_a_call_is_told_reminded_moved_and_cancelled_by_text_message(town: Town):
    """As the office chose for the clinician; each once, the reminder of the new time alone."""
    office = Guest(town, "coordinator")
    case = town.case(STORY)
    chosen = office.form(office.get(f"reminders/{case.clinician.reference.partition('/')[2]}"), "Save reminders")
    assert 200 == office.send(chosen, ways="sms", sms=NUMBER, leads="60").status_code
    office.send(office.form(office.get(f"cases/{case.id}/slots"), "Book"))
    booked = told(town, "booked")
    office.send(office.form(office.get(f"cases/{case.id}/slots"), "Move", nth=3))
    moved = told(town, "moved")
    call = town.case(STORY).booking.interval
    town.demo.house.clock.push(call.start - town.now() - timedelta(minutes=59))
    for _ in range(2):
        Ticker(town.demo.house)(town.now())
    reminded = told(town, "reminder")
    office = Guest(town, "coordinator")
    cancel = office.form(office.get(f"cases/{case.id}"), "Cancel the call")
    office.send(cancel, reason="The payer called it off", why="It is theirs")
    cancelled = told(town, "cancelled")

    assert [cancelled, reminded, moved, booked] == texts(town)
    assert all(case.number in each and case.payer_name in each for each in texts(town))
    assert f"{call.start:%d}".lstrip("0") in reminded
    assert [] == [word for word in words_of(town) for each in texts(town) if word in each]
    assert case.service_label not in " ".join(texts(town))
