"""Own precedents: beside the ask on our own screens, with n, lane and since when; in nothing that leaves the house."""

import io
import re

import pytest
from docx import Document

from app.core.denial import Code, DenialLine
from app.core.detect.cited import ICD10
from app.core.people import Role
from tests.builders import NECESSITY
from tests.fakes.office import NOT_CERTIFIED, an_answer, book_best, detected, keep_window, log, settle
from tests.flow.test_learn import decided
from tests.flow.test_packet import an_answered_case
from tests.web.visit import Site, shown

SAID = "approved the same service on 4 of 6 calls after the denial since"
SCREENS = ("brief", "talk/points")


def of_diagnosis(code: str) -> tuple[DenialLine, ...]:
    """Return a denied line that was asked for with this diagnosis."""
    return (
        DenialLine(
            1,
            actions=(NOT_CERTIFIED,),
            reasons=(NECESSITY,),
            service_label="Lumbar fusion",
            diagnoses=(Code(ICD10, code),),
        ),
    )


def words(html: str) -> str:
    """Return a page's words in one line."""
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


@pytest.mark.parametrize("screen", SCREENS)
def test_they_stand_beside_the_ask(site: Site, screen: str):
    """Of how many, in which lane, since when, and how: a delegate is told nothing of it."""
    decided(site.office, won=4, lost=2)
    case = detected(site.office, an_answer("new", patient="new"))
    told = words(shown(site.visit().get(f"cases/{case.id}/{screen}")))

    assert SAID in told and "4 as asked, 0 in part or modified." in told
    assert 0 < told.index("We ask") < told.index(SAID)
    assert SAID not in words(shown(site.visit(Role.DELEGATE).get(f"cases/{case.id}/{screen}")))


@pytest.mark.parametrize("screen", SCREENS)
def test_fewer_than_three_are_not_told(site: Site, screen: str):
    """Two calls might name somebody."""
    decided(site.office, won=2, lost=0)
    case = detected(site.office, an_answer("new", patient="new"))

    assert "approved the same service" not in shown(site.visit().get(f"cases/{case.id}/{screen}"))


def test_a_diagnosis_is_named_only_where_three_have_it(site: Site):
    """Two dots of one group are the same diagnosis; another group is told of all calls."""
    for number in range(3):
        found = an_answer(f"past{number}", patient=f"past{number}", lines=of_diagnosis(f"M43.1{number}"))
        case = log(site.office, book_best(site.office, keep_window(site.office, detected(site.office, found))))
        settle(site.office, case, result="approved" if number else "upheld")
        site.office.push(hours=1)
    like = detected(site.office, an_answer("like", patient="like", lines=of_diagnosis("M43.16")))
    other = detected(site.office, an_answer("other", patient="other", lines=of_diagnosis("M48.061")))
    told, less = (words(shown(site.visit().get(f"cases/{each.id}/talk/points"))) for each in (like, other))

    assert "for a diagnosis of the same group (M43) on 2 of 3 calls" in told
    assert "approved the same service on 2 of 3 calls" in less and "M43" not in less


def test_a_case_is_no_precedent_of_its_own(site: Site):
    """Once its call is decided, nothing is told beside its own ask."""
    decided(site.office, won=4, lost=2)
    case = site.office.store.case_of_denial("sandbox", "ClaimResponse/pastP0")

    assert "approved the same service" not in shown(site.visit().get(f"cases/{case.id}/brief"))


@pytest.mark.parametrize("paper", ["brief.docx", "packet", "packet.md", "packet.docx", "payers-copy", "call-sheet.md"])
def test_no_paper_tells_them(site: Site, paper: str):
    """How a payer decided on others is ours: not in the brief's file, in the packet, or in what the payer is given."""
    decided(site.office, won=4, lost=2, payer="UnitedHealthcare")
    case, visit = an_answered_case(site.office), site.visit()
    answer = visit.get(f"cases/{case.id}/{paper}")
    told = text_of(answer.data) if paper.endswith(".docx") else shown(answer)

    assert SAID in words(shown(visit.get(f"cases/{case.id}/brief")))
    assert (200, True, False) == (answer.status_code, "umbar fusion" in told, SAID in words(told))


def text_of(docx: bytes) -> str:
    """Return all words of a Word document."""
    return "\n".join(each.text for each in Document(io.BytesIO(docx)).element.iter() if each.text)
