"""Learn's numbers lead to their cases and may be taken along; nobody is in what is taken."""

import csv
import html
import io
import json
import re

import pytest
from docx import Document

from app.core.learn import mark_of
from app.core.learn.export import OTHERS
from app.core.people import Role
from app.web.learn import _plain
from tests.fakes.office import TENANT, bring, log
from tests.flow.test_learn import decided
from tests.web.visit import Site


def rows_of(body: str) -> list[dict]:
    """Return the rows of a CSV by their headings."""
    return list(csv.DictReader(io.StringIO(body)))


def test_a_number_leads_to_its_cases(site: Site):
    """Each with whether it was counted, and a link to it; a group leads to its own."""
    decided(site.office, won=2, lost=1)
    page = site.visit(Role.MANAGER).get("learn/cases?measure=overturn").get_data(as_text=True)

    assert "2 of 3 counted" in page
    assert (2, 1) == (page.count(">yes</td>"), page.count(">no</td>"))
    other = (
        site.visit(Role.MANAGER)
        .get(f"learn/cases?measure=overturn&group=payer&of={mark_of('Nobody')}")
        .get_data(as_text=True)
    )
    assert "No case is counted here yet." in other


@pytest.mark.parametrize("asked", ["measure=nothing", "measure=overturn&group=patient&of=x", ""])
def test_what_is_no_measure_is_said(site: Site, asked):
    """A made-up address shows what to do, and no trace."""
    answer = site.visit(Role.MANAGER).get(f"learn/cases?{asked}")

    assert 409 == answer.status_code
    assert "Traceback" not in answer.get_data(as_text=True)


def test_the_export_hides_small_cells_and_people(site: Site):
    """Twelve won and eleven lost are told; three of another payer are not, nor who called."""
    decided(site.office, won=12, lost=11)
    decided(site.office, won=2, lost=1, payer="Small =cmd() Payer")
    by_payer = rows_of(site.visit(Role.MANAGER).get("learn/export.csv?by=payer").get_data(as_text=True))
    whole = json.loads(site.visit(Role.MANAGER).get("learn/export.json").get_data(as_text=True))

    told = {each["payer"]: each for each in by_payer if each["measure"] == "overturn"}
    assert {OTHERS, "Payer Test"} == {each["payer"] for each in by_payer}
    assert "small cell" == told[OTHERS]["left_out"] == told["Payer Test"]["left_out"]
    overturn = next(each for each in whole["measures"] if each["key"] == "overturn")
    assert (26, 14) == (overturn["n"], overturn["count"])
    assert 409 == site.visit(Role.MANAGER).get("learn/export.csv?by=clinician").status_code
    assert "Practitioner" not in json.dumps(whole)


@pytest.mark.parametrize(
    "name",
    ["=cmd()", "+1", "-1", "@x", "\tx", "\rx", " =x", "\uff1dx", " \t=x", "\xa0=x", "\u200b=x", "\ufeff@x", "\ufe62x",
     "'=x"],
)  # fmt: skip
def test_no_name_becomes_a_formula(name):
    """Payers' names are the payers' own words."""
    assert f"'{name}" == _plain(name)
    assert "Payer - A" == _plain("Payer - A")


def test_a_payers_record_names_case_and_day_of_each_claim(site: Site):
    """On the page as a link, in Word as our number; nothing of the patient in it."""
    decided(site.office, won=1, lost=1)
    case = bring(site.office, "booked", id="cr-late", patient="p-late")
    site.office.now = case.booking.interval.end
    log(site.office, case, result="payer_no_show", reached="nobody", reviewer=None)
    visit = site.visit(Role.MANAGER)
    page = visit.get(f"learn/payer?of={mark_of('Payer Test')}").get_data(as_text=True)
    paper = "\n".join(
        cell.text
        for table in Document(io.BytesIO(visit.get(f"learn/payer.docx?of={mark_of('Payer Test')}").get_data())).tables
        for row in table.rows
        for cell in row.cells
    )

    assert "did not come to a booked call: 1 time" in page
    assert case.number in page and case.number in paper
    assert case.patient.name not in page + paper
    assert "Nothing was logged against it" in visit.get("learn/payer?of=nobody").get_data(as_text=True)


def test_what_requests_lacked_is_advised_in_the_rules_words(site: Site):
    """Twelve won, of which ten had not sent proof of therapy; three lost, one of them likewise. Nobody is named."""
    decided(site.office, won=12, lost=3)
    won = lost = 0
    for case in site.office.store.open_cases(TENANT, after="", limit=99):
        is_won = case.outcome.result == "approved"
        won, lost = won + is_won, lost + (not is_won)
        lacked = {"therapy"} if (won <= 10 if is_won else lost <= 1) else set()
        site.office.store.note_gaps(
            TENANT, case.id, 0, rule="lumbar_fusion", lacked=frozenset(lacked), at=site.office.now
        )
    rule = next(each for each in site.office.ports().rules.criteria if each.key == "lumbar_fusion")
    (therapy,) = (each.text for each in rule.criteria if each.key == "therapy")
    page = " ".join(site.visit().get("learn").get_data(as_text=True).split())
    (row,) = re.findall(r"<tr>(?:(?!</tr>).)*Lacked(?:(?!</table>).)*?<tbody>(.*?)</tbody>", page)

    assert ["Payer Test", rule.label, therapy] == [cells(row)[0], *cells(row)[2:4]]
    assert ["10 of 12", "n = 3"] == [each.partition(" <")[0].strip() for each in cells(row, raw=True)[4:6]]


def cells(row: str, *, raw: bool = False) -> list[str]:
    """Return the cells of a table's row, as words or as they are sent."""
    found = re.findall(r"<td>(.*?)</td>", row)
    return found if raw else [html.unescape(re.sub(r"<[^>]*>", " ", each)).strip() for each in found]
