"""The packet and the payer's copy as they are shown and taken: what is not ready is said, and not handed out."""

import pytest

from app.core.people import Role
from app.web.show import DOCX, PDF
from tests.fakes.office import detected
from tests.flow.test_packet import an_answered_case
from tests.web.markup import faults_of_page, read
from tests.web.visit import Site, shown

KINDS = {"docx": DOCX, "pdf": PDF, "md": "text/markdown"}


@pytest.mark.parametrize("form", KINDS)
@pytest.mark.parametrize("what", ["packet", "brief", "payers-copy", "call-sheet"])
def test_a_file_is_named_by_case_number(site: Site, what: str, form: str):
    """A browser's list of downloads names no person; the kind is the file's own."""
    case = an_answered_case(site.office)
    answer = site.visit().get(f"cases/{case.id}/{what}.{form}")

    assert (200, KINDS[form]) == (answer.status_code, answer.mimetype)
    assert f'attachment; filename="{what}-{case.number}.{form}"' == answer.headers["Content-Disposition"]
    assert "no-store" in answer.headers["Cache-Control"]


def test_the_packet_page_leads_to_every_file_and_to_what_the_payer_would_get(site: Site):
    """One place for all papers, our side's apart from the payer's."""
    case = an_answered_case(site.office)
    html = shown(site.visit().get(f"cases/{case.id}/packet"))
    ways = {each.attributes.get("href", "").rpartition("/")[2] for each in read(html).all("a")}

    assert [] == faults_of_page(html)
    assert {*(f"packet.{form}" for form in KINDS), *(f"brief.{form}" for form in KINDS)} <= ways
    assert {"payers-copy", "call-sheet"} <= ways


def test_the_copy_is_read_before_it_is_taken(site: Site):
    """The page shows the paper itself, and then the ways to take it."""
    case = an_answered_case(site.office)
    root = read(shown(site.visit().get(f"cases/{case.id}/payers-copy")))
    (copy,) = [each for each in root.all("section") if each.attributes.get("id") == "copy"]

    assert "15 of 16 physical therapy visits" in copy.text
    assert case.patient.name not in copy.text and case.patient.mrn not in copy.text
    assert {"payers-copy.docx", "payers-copy.pdf", "payers-copy.md"} <= {
        each.attributes.get("href", "").rpartition("/")[2] for each in root.all("a")
    }


def test_what_is_not_ready_is_said_and_refused(site: Site):
    """No way to take it stands on the page, and its address gives a refusal that says what is missing."""
    case = detected(site.office)
    visit = site.visit()
    html = shown(visit.get(f"cases/{case.id}/payers-copy"))
    refused = visit.get(f"cases/{case.id}/payers-copy.docx")

    assert "It cannot go out yet." in html and "payers-copy.docx" not in html
    assert (409, "text/html") == (refused.status_code, refused.mimetype)
    assert "An answer to the payer" in shown(refused)


@pytest.mark.parametrize("path", ["packet.exe", "packet.html", "payers-copy.html", "secrets", "call-sheet.PDF"])
def test_no_other_file_is_made(site: Site, path: str):
    """The names of papers and forms are a closed list."""
    case = an_answered_case(site.office)

    assert 404 == site.visit().get(f"cases/{case.id}/{path}").status_code


def test_a_tab_of_another_chart_gets_no_paper(site: Site):
    """The same wall as before every page of a case."""
    case = an_answered_case(site.office)
    visit = site.visit(Role.CLINICIAN, patient="Patient/other")
    for path in ("packet", "packet.docx", "payers-copy", "payers-copy.md", "call-sheet.docx", "brief.md"):
        assert visit.get(f"cases/{case.id}/{path}").status_code in (403, 409), path
