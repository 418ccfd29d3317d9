"""PubMed is asked when a person says so, in our own words, and not again within a day."""

from dataclasses import replace

import pytest

from app.core.denial import Quote
from app.flow.brief import brief_of
from app.flow.brief.literature import PubMedSilent, literature_beside, look_up
from tests.edges.test_site_policies import CRITERION, HEAD
from tests.fakes.literature import FOUND, FakeLiterature
from tests.fakes.office import Office, a_patient, an_answer, detected
from tests.flow.test_policies import put_in

CANARY = "Canarius"


def beside(office: Office, case):
    """Return what stands beside a case's brief."""
    return literature_beside(office.ports(), case, ())


def test_it_is_off_unless_the_site_turns_it_on(office: Office):
    """No button, no question, nothing kept."""
    case = detected(office)
    look_up(office.ports(), case.id, now=office.now)

    assert (None, False) == (beside(office, case).looked, beside(office, case).may_look)
    assert [] == office.rows("literature")


def test_a_brief_asks_nobody_and_a_person_does(office: Office):
    """What was found is kept for everybody; within a day nobody asks again, after it one may."""
    office.literature = FakeLiterature()
    case = detected(office)
    brief_of(office.ports(), case.id, now=office.now)
    assert ([], True) == (office.literature.asked, beside(office, case).may_look)
    look_up(office.ports(), case.id, now=office.now)
    look_up(office.ports(), case.id, now=office.now)

    assert FOUND == beside(office, case).looked.articles
    assert 1 == len(office.literature.asked)
    office.push(days=2)
    look_up(office.ports(), case.id, now=office.now)
    assert 2 == len(office.literature.asked)


def test_nothing_of_the_case_is_in_the_question(office: Office):
    """Canaries in the name, the payer, the payer's words, the service's words, the policy's and the chart's."""
    office.literature = FakeLiterature()
    found = an_answer(payer=f"{CANARY} Health", notes=(Quote(f"{CANARY} therapy not shown", "x", "ClaimResponse/cr1"),))
    lines = tuple(
        replace(each, service_label=f"Lumbar fusion {CANARY}", notes=found.denial.notes) for each in found.denial.lines
    )
    patient = replace(a_patient("p1"), name=CANARY, mrn=CANARY)
    found = replace(found, patient=patient, denial=replace(found.denial, lines=lines))
    put_in(office, form="toml", services=[], payer="", text=HEAD.replace("Lumbar fusion", CANARY) + CRITERION)
    case = detected(office, found)
    look_up(office.ports(), case.id, now=office.now)
    (asked,) = office.literature.asked

    assert "(lumbar[tiab] AND fusion[tiab])" in asked and CANARY.lower() not in asked.lower()
    assert all(CANARY.lower() not in str(row).lower() for row in office.rows("literature"))


def test_a_silent_pubmed_is_said_and_nothing_is_kept(office: Office):
    """The brief is whole without it."""
    office.literature = FakeLiterature(away=True)
    case = detected(office)
    with pytest.raises(PubMedSilent):
        look_up(office.ports(), case.id, now=office.now)

    assert None is beside(office, case).looked and [] == office.rows("literature")
