"""The words that go with a link: what the payer is told there is what it finds at the link."""

from dataclasses import replace

from app.core.case import CaseState, Hold
from app.core.interval import Interval
from app.core.windows.link import invitation, offered_in
from tests.builders import CLINICIAN, MONDAY, a_case, hours

ZONE = "America/New_York"
URL = "https://parley.example/p/0123456789abcdef"


def a_hold(id: str, *, after: float, waits_on: str = "payer", until: float = 96) -> Hold:
    """Return a held half hour, so many hours after Monday's noon, that is given back `until` hours after it."""
    start = MONDAY + hours(after)
    return Hold(
        id, Interval(start, start + hours(0.5)), CLINICIAN, None, None, MONDAY + hours(until), waits_on, MONDAY, "Ann"
    )


def test_the_payer_is_told_the_times_that_it_may_choose_and_no_others():
    """A time that waits for our clinician, or was given back, was told to the payer and not found at the link."""
    holds = (a_hold("h1", after=24), a_hold("h2", after=48, waits_on="clinician"), a_hold("h3", after=72, until=0))
    case = replace(a_case(clinician=CLINICIAN), state=CaseState.HELD, holds=holds)

    said = invitation(case, url=URL, zone=ZONE, until=MONDAY + hours(96), now=MONDAY)

    assert ["h1"] == [each.id for each in offered_in(case, now=MONDAY)]
    assert 1 == sum(line.startswith("- ") for line in said.splitlines())
    assert "Tuesday, November 24" in said and URL in said


def test_the_words_name_no_patient():
    """They are read aloud, mailed and faxed: our number, the payer's reference, the times, the link."""
    case = replace(a_case(clinician=CLINICIAN), state=CaseState.HELD, holds=(a_hold("h1", after=24),))

    said = invitation(case, url=URL, zone=ZONE, until=MONDAY + hours(96), now=MONDAY)

    assert case.number in said
    assert not any(word in said for word in (case.patient.name, case.patient.birth_date, case.service_label))
