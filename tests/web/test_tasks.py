"""The pages beside a telephone and a payer's portal: they work without script and keep what was typed."""

import io
import re

import pytest
from docx import Document

from app.core.case import CaseState
from app.core.people import Role
from tests.fakes.office import PUBLISHER, ZONE, detected
from tests.web.markup import faults_of_page, read
from tests.web.routes import DOCX, PDF
from tests.web.visit import Site, shown

TIMES = {"day-0": "2026-11-24", "start-0": "10:00", "end-0": "14:00", "zone": ZONE}


def page_of(site: Site, path: str, **answer):
    """Return a fresh case, a visit, and its page."""
    case, visit = detected(site.office, **answer), site.visit()
    return case, visit, visit.get(f"cases/{case.id}/{path}")


def post(site: Site, visit, case, path: str, **form):
    """Send a form of the case from the page as it stands."""
    return visit.post(f"cases/{case.id}/{path}", {"version": str(site.office.case(case.id).version)} | form)


@pytest.mark.parametrize(("answer", "leads"), [({}, "phone"), ({"payer": PUBLISHER[1]}, "message?by=message")])
def test_asking_leads_to_the_task_of_the_best_way(site: Site, answer: dict, leads: str):
    """From the worklist's next action, and from the case."""
    case, visit, led = page_of(site, "way", **answer)

    assert (303, leads) == (led.status_code, led.headers["Location"].rpartition("/")[2])
    assert f"cases/{case.id}/way" in shown(visit.get("worklist"))
    assert f"cases/{case.id}/{leads}" in shown(visit.get(f"cases/{case.id}"))


def test_every_field_can_be_selected_and_copied_by_hand(site: Site):
    """Read-only inputs with labels; the copy buttons wait for a script that shows them."""
    _, _, page = page_of(site, "portal")
    tree = read(shown(page))

    fields = [each.attributes.get("id", "") for each in tree.all("input") if "readonly" in each.attributes]
    assert {"p-payer_reference", "p-member_id", "p-clinician_npi"} <= set(fields)
    copies = [each for each in tree.all("button") if "data-copy" in each.attributes]
    assert copies and all("hidden" in each.attributes and each.attributes["type"] == "button" for each in copies)
    assert "REF-cr1" in shown(page) and "not known" in shown(page)


@pytest.mark.parametrize(("kind", "mime"), [("docx", DOCX), ("pdf", PDF)])
def test_the_form_is_a_file_named_without_the_patient(site: Site, kind: str, mime: str):
    """A download stands in the browser's history, and on a shared desk."""
    case, visit, _ = page_of(site, "portal")
    answer = post(site, visit, case, "portal/form", do=kind, number="512-555-0134")

    assert (200, mime) == (answer.status_code, answer.mimetype)
    assert f'attachment; filename="request-{case.number}.{kind}"' == answer.headers["Content-Disposition"]
    assert "no-store" in answer.headers["Cache-Control"]
    if kind == "docx":
        cells = [cell.text for table in Document(io.BytesIO(answer.data)).tables for cell in table._cells]
        assert "512-555-0134" in cells and case.patient.name in cells


def test_what_was_typed_for_the_form_is_shown_and_kept(site: Site):
    """Filled in, the fields to paste hold it; a number that is none is said beside its field."""
    case, visit, _ = page_of(site, "portal")
    filled = post(site, visit, case, "portal/form", do="show", number="512-555-0134", contact_name="Front Desk")
    assert (200, 2) == (filled.status_code, shown(filled).count('value="512-555-0134"'))
    assert "Direct number" not in shown(filled).split("Find before it is sent:")[1].split("</p>")[0]

    wrong = post(site, visit, case, "portal/form", do="pdf", number="call me")
    assert (422, []) == (wrong.status_code, faults_of_page(shown(wrong)))
    assert "not a telephone number" in shown(wrong) and 'value="call me"' in shown(wrong)


def test_the_portals_answer_is_captured_on_its_page(site: Site):
    """Times become windows; what cannot be true stands beside its row, and nothing that was typed is lost."""
    case, visit, _ = page_of(site, "portal")
    wrong = post(site, visit, case, "portal", answer="offered", note="By the portal", **(TIMES | {"end-0": "09:00"}))
    assert (422, []) == (wrong.status_code, faults_of_page(shown(wrong)))
    assert 'id="wrong-end-0"' in shown(wrong) and 'value="By the portal"' in shown(wrong)

    kept = post(site, visit, case, "portal", answer="offered", reference="PORTAL-9", **TIMES)
    assert (303, CaseState.OFFERED) == (kept.status_code, site.office.case(case.id).state)
    assert "Portal: times offered" in shown(visit.get("inbox?show=all"))


def test_time_on_hold_is_kept_without_script(site: Site):
    """Start and stop are forms; the minutes go into the attempt, and no address says whose call it is."""
    case, visit, _ = page_of(site, "phone")
    started = post(site, visit, case, "phone/hold", do="start")
    since = re.search(r"since=(\d+)", started.headers["Location"])[1]
    site.office.push(minutes=7)
    waiting = visit.get(f"cases/{case.id}/phone?since={since}")
    assert "On hold since" in shown(waiting) and re.search(r"data-seconds=.420.[^>]*>7<", shown(waiting))

    stopped = post(site, visit, case, "phone/hold", do="stop", since=since)
    assert stopped.headers["Location"].endswith("phone?waited=7")
    again = post(site, visit, case, "phone/hold", do="start", waited="7")
    since = re.search(r"since=(\d+)", again.headers["Location"])[1]
    site.office.push(minutes=5)
    kept = post(site, visit, case, "phone", tap="on_hold", since=since, waited="7")
    assert (303, 12) == (kept.status_code, site.office.case(case.id).attempts[-1].hold_minutes)


@pytest.mark.parametrize("stamp", ["x", "99999999999", "-1", "²", "1" * 40])
def test_a_stamp_that_is_none_starts_nothing(site: Site, stamp: str):
    """Whatever stands in the address, the page opens."""
    case, visit, _ = page_of(site, "phone")
    page = visit.get(f"cases/{case.id}/phone?since={stamp}&waited={stamp}")

    assert (200, False) == (page.status_code, "On hold since" in shown(page))


def test_what_was_typed_beside_a_refused_tap_stays(site: Site):
    """The name of who answered is not asked for twice."""
    case, visit, _ = page_of(site, "phone")
    wrong = post(
        site, visit, case, "phone", tap="offered", reached_name="Scheduler Example", **(TIMES | {"start-0": ""})
    )

    assert (422, []) == (wrong.status_code, faults_of_page(shown(wrong)))
    assert 'value="Scheduler Example"' in shown(wrong)
    assert () == site.office.case(case.id).attempts


def test_pressing_enter_keeps_nothing_by_accident(site: Site):
    """The first button is what Enter presses; it is the one that asks for times and refuses without any."""
    case, visit, page = page_of(site, "phone")
    (form,) = [each for each in read(shown(page)).all("form") if each.attributes["action"].endswith("/phone")]
    first = next(each for each in form.all("button") if each.attributes.get("type") == "submit")

    assert "offered" == first.attributes["value"]
    assert 422 == post(site, visit, case, "phone", tap="offered", zone=ZONE).status_code


def test_the_call_stands_in_the_inbox_with_who_read_it(site: Site):
    """Nothing is left to confirm; whoever opens it is named."""
    case, visit, _ = page_of(site, "phone")
    post(site, visit, case, "phone", tap="offered", reached_name="Scheduler Example", **TIMES)
    listed = shown(visit.get("inbox?show=all"))
    path = re.search(r"inbox/[0-9a-f]{32}", listed)[0]
    page = site.visit(Role.MANAGER).get(path)

    assert [] == faults_of_page(shown(page))
    assert "Test Coordinator" in shown(page) and "Test Manager" in shown(page)
    assert "times kept from it" in shown(page) and "Keep these times" not in shown(page)


def test_only_whoever_may_edit_the_rule_book_is_sent_there(site: Site):
    """A link that leads to a refusal helps nobody."""
    case = detected(site.office, payer=PUBLISHER[1])
    for role, offered in ((Role.COORDINATOR, True), (Role.CLINICIAN, False)):
        page = shown(site.visit(role).get(f"cases/{case.id}/portal"))
        assert offered is ("values/portal" in page)
