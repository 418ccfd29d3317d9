"""The page that stops an act: what it says, what it keeps of a form, and that only a reason goes past it."""

import ast
import re
from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest

from app.core.case import Filing
from app.core.people import Role
from app.flow import windows
from app.web.act import STOPPED
from tests.builders import CLINICIAN
from tests.fakes.office import PUBLISHER, a_slot, book_best, bring, the_rules
from tests.house.source import modules
from tests.web.hostile import CANARY, PAYLOADS
from tests.web.markup import Node, faults_of_page, faults_of_part, read
from tests.web.routes import ATTEMPT, OUTCOME, bring_published
from tests.web.test_forms import fields
from tests.web.visit import Site, shown, where_to

MINDS = "Regence"  # its rule: named callers only, one call, a missed one counts as held
HX = pytest.mark.parametrize("hx", [False, True], ids=["form", "htmx"])


def main_form(html: str, button: str) -> tuple[str, dict[str, str]]:
    """Return where the form of this button goes, and what it would send."""
    for form in read(html).all("form"):
        if any(each.text.startswith(button) for each in form.all("button")):
            inputs = [each.attributes for each in form.all("input") if each.attributes.get("name")]
            told = {each["name"]: each.get("value", "") for each in inputs}
            told |= {each.attributes["name"]: "" for each in form.all("textarea")}
            for select in form.all("select"):
                told[select.attributes["name"]] = select.all("option")[0].attributes["value"]
            return form.attributes["action"], told
    raise AssertionError(f"no form with {button}")


def section(html: str, id: str) -> Node:
    """Return a part of a page."""
    return next(each for each in read(html).all("section") if each.attributes.get("id") == id)


def words(html: str) -> str:
    """Return what a page says, in the order in which it stands."""
    return " ".join(unescape(re.sub(r"<[^>]+>", "", html)).split())


def check_stopped(html: str, hx: bool) -> None:
    """The page keeps the house's rules; as a part it stands in the case's place."""
    assert [] == (faults_of_part(html) if hx else faults_of_page(html))
    if hx:
        assert ["case"] == [each.attributes.get("id") for each in read(html).children if each.tag != "title"]


@HX
def test_an_appeal_that_costs_the_call_is_stopped_with_its_rule(site: Site, hx: bool):
    """What is lost in plain words; the rule, where it was read, when and how surely; what to do instead (F7)."""
    case = bring_published(site.office, "offered")
    visit, before = site.visit(), site.office.photo()
    answer = visit.post(f"cases/{case.id}/act/file_appeal", {"version": str(case.version)}, hx=hx)

    html = shown(answer)
    assert (409, before) == (answer.status_code, site.office.photo())
    check_stopped(html, hx)
    said = words(html)
    rule = the_rules().payer_by_key(PUBLISHER[0])
    assert "UnitedHealthcare holds no call once an appeal is filed." in said
    for cited in (rule.source, rule.verified_on.isoformat(), "grade V (seen at the source itself)"):
        assert cited in said
    (instead,) = [each for each in section(html, "act").all("a") if "Book the call first" in each.text]
    assert 200 == visit.get(instead.attributes["href"]).status_code


@HX
def test_without_a_reason_it_goes_no_further_and_keeps_what_was_typed(site: Site, hx: bool):
    """422 beside the field; with one it is done, and the case says who, what was lost and why."""
    case = bring_published(site.office, "open")
    visit = site.visit(user_name="Ada Example")
    path = f"cases/{case.id}/act/file_appeal"
    blank = {"version": str(case.version), "why": "  ", "note": "By fax to 800-555-0100"}
    refused = visit.post(path, blank, hx=hx)

    html = shown(refused)
    assert (422, "By fax to 800-555-0100") == (refused.status_code, fields(html)["note"])
    check_stopped(html, hx)
    assert any(each.attributes.get("id") == "wrong-why" for each in read(html).all("p"))
    done = visit.post(path, blank | {"why": "The family filed it."}, hx=hx)
    assert (303, f"cases/{case.id}") == (done.status_code, where_to(done))
    history = section(shown(visit.get(f"cases/{case.id}")), "acts").text
    for words in ("The appeal was filed", "by Ada Example", "no call once an appeal", "The family filed it.", "By fax"):
        assert words in history


@HX
def test_an_appeal_that_others_filed_is_marked_with_its_day_way_and_number(site: Site, hx: bool):
    """From the quick page: filed three days ago, so the answer is due sooner; a slip is told beside its field."""
    case = bring(site.office, "upheld")
    site.office.now += timedelta(days=4)
    visit, path = site.visit(), f"cases/{case.id}/act/file_appeal"
    base = {"version": str(case.version), "filed_way": "portal", "confirmation": "P-77", "note": "By the family."}
    refused = visit.post(path, base | {"filed_on": "2031-01-01"}, hx=hx)
    html = shown(refused)
    assert (422, "P-77") == (refused.status_code, fields(html)["confirmation"])
    assert any(each.attributes.get("id") == "wrong-filed_on" for each in read(html).all("p"))

    day = site.office.now.date() - timedelta(days=3)
    done = visit.post(path, base | {"filed_on": day.isoformat()}, hx=hx)
    assert 303 == done.status_code
    act = site.office.case(case.id).acts[-1]
    assert Filing(day, "portal", "P-77") == act.filing
    assert act.answer.starts_at < site.office.now - timedelta(days=2)
    history = section(shown(visit.get(f"cases/{case.id}")), "acts").text
    assert "On the payer’s portal" in history or "On the payer's portal" in history
    assert "confirmation P-77" in history and "By the family." in history


def test_the_page_of_an_act_changes_nothing_and_says_when_nothing_is_lost(site: Site):
    """GET asks the rule; an appeal of what no call could win costs none."""
    case = bring(site.office, "no_call")
    visit, before = site.visit(), site.office.photo()
    html = shown(visit.get(f"cases/{case.id}/act/file_appeal"))

    assert before == site.office.photo()
    assert "No right to a call is lost by this." in html
    assert "f-why" not in html


def test_of_an_unknown_payer_the_page_says_to_ask_first(site: Site):
    """No other payer's rule is shown; our own caution is named as that."""
    case = bring(site.office, "open")
    said = words(shown(site.visit().get(f"cases/{case.id}/act/file_appeal")))

    assert "Ask first:" in said
    assert "No rule of Payer Test is known; this is our own caution" in said
    assert "Ask Payer Test first" in said


@HX
def test_the_next_action_of_another_path_is_one_button(site: Site, hx: bool):
    """Done: at once, no page between; the case then says what it waits for, and how to record it."""
    case = bring(site.office, "no_call")
    visit = site.visit()
    action, told = main_form(shown(visit.get(f"cases/{case.id}")), "Done: a benefit exception was asked for")
    done = visit.post(action, {"version": told["version"]}, hx=hx)
    page = shown(visit.get(done.headers["Location"]))

    assert 303 == done.status_code
    assert "Watch for the answer of Payer Test on the benefit exception" in read(page).text
    (record,) = [each for each in read(page).all("a") if each.text == "Record the answer"]
    form = shown(visit.get(record.attributes["href"]))
    assert ("benefit_exception", "Benefit exception") == (
        fields(form)["way"],
        section(form, "outcome").all("strong")[0].text,
    )
    assert "not_held" not in form


def test_a_form_sent_twice_is_done_once(site: Site):
    """A double click, or a reload of the answer: the same redirect, one mark, one event."""
    case = bring_published(site.office, "open")
    form = {"version": str(case.version), "why": "The family filed it."}
    visit = site.visit()
    got = [visit.post(f"cases/{case.id}/act/file_appeal", form) for _ in range(3)]

    assert {303} == {each.status_code for each in got}
    after = site.office.case(case.id)
    assert (1, 1, case.version + 1) == (len(after.acts), site.office.events(after).count("appealed"), after.version)


def test_an_act_on_an_older_page_is_refused(site: Site):
    """Somebody changed the case meanwhile: nothing is marked over what they did."""
    case = bring(site.office, "no_call")
    assert 303 == site.visit(Role.MANAGER).post(f"cases/{case.id}/own", {"version": str(case.version)}).status_code
    answer = site.visit().post(f"cases/{case.id}/act/benefit_exception", {"version": str(case.version)})

    assert (409, ()) == (answer.status_code, site.office.case(case.id).acts)


@pytest.mark.parametrize("kind", ["dance", "..", "%00", "file_appeal%20", "x" * 300])
def test_an_act_there_is_not_is_refused(site: Site, kind: str):
    """Whatever stands where an act belongs: told, nothing changed, never a failure."""
    case = bring_published(site.office, "open")
    visit, before = site.visit(), site.office.photo()
    got = [visit.get(f"cases/{case.id}/act/{kind}"), visit.post(f"cases/{case.id}/act/{kind}", {"version": "1"})]

    assert all(each.status_code in (404, 409) for each in got), [each.status_code for each in got]
    assert before == site.office.photo()


def test_a_mark_is_taken_back_on_the_case(site: Site):
    """With a reason; both words stay to be read, and the call is next again."""
    case = bring_published(site.office, "offered")
    visit = site.visit()
    path = f"cases/{case.id}"
    visit.post(f"{path}/act/file_appeal", {"version": str(case.version), "why": "The family filed it."})
    action, told = main_form(shown(visit.get(path)), "Take back for")
    assert 409 == visit.post(action, {"version": told["version"], "why": " "}).status_code
    done = visit.post(action, {"version": told["version"], "why": "It was another case."})

    html = shown(visit.get(path))
    assert (303, []) == (done.status_code, faults_of_page(html))
    history = section(html, "acts").text
    assert "The appeal was filed" in history and "It was another case." in history
    assert "Book a time" in read(html).text
    assert 409 == visit.post(action, {"version": str(site.office.case(case.id).version), "why": "again"}).status_code


def stopped_forms(site: Site, case) -> dict[str, tuple[str, dict[str, str]]]:
    """Return the steps of other pages that this booked case may lose its call by: path and form."""
    version = {"version": str(case.version)}
    missed = ATTEMPT | {"reached": "staff", "result": "our_no_show", "note": "Late\r\nclinic “<b>”"}
    let_go = {"result": "not_held", "not_held_reason": "declined_by_us", "way": "call", "note": OUTCOME["note"]}
    return {"call": ("call", missed | version), "outcome": ("outcome", let_go | version)}


@HX
@pytest.mark.parametrize("what", ["call", "outcome"])
def test_a_stopped_form_is_kept_and_sent_again_from_there(site: Site, what: str, hx: bool):
    """Every field as it was, hidden on the page that stops; with a reason the same form is taken (E14, I9)."""
    case = bring_published(site.office, "booked")
    visit = site.visit()
    path, form = stopped_forms(site, case)[what]
    before = site.office.photo()
    html = shown(visit.post(f"cases/{case.id}/{path}", form, hx=hx))

    check_stopped(html, hx)
    assert before == site.office.photo()
    action, told = main_form(html, "Keep the attempt all the same" if what == "call" else "Record the outcome all")
    assert form == {name: told.get(name) for name in form}
    done = visit.post(action, told | {"why": "The clinic ran late."}, token=told["csrf_token"])
    assert (303, "The clinic ran late.") == (done.status_code, site.office.case(case.id).acts[-1].why)


@HX
def test_who_speaks_is_asked_where_the_payer_minds(site: Site, hx: bool):
    """The EHR does not say what the clinician is: asked once; one whom the payer turns away needs a reason too."""
    case = bring(site.office, "offered", payer=MINDS, clinician=replace(CLINICIAN, credential=None))
    visit = site.visit()
    slot = next(
        each.attributes["value"]
        for each in read(shown(visit.get(f"cases/{case.id}/slots"))).all("input")
        if each.attributes.get("name") == "slot"
    )
    form = {"version": str(case.version), "slot": slot}
    asked = shown(visit.post(f"cases/{case.id}/book", form, hx=hx))
    check_stopped(asked, hx)
    assert "f-why" not in asked
    action, told = main_form(asked, "Book it for")
    refused = shown(visit.post(action, told | {"speaker": "rn"}, token=told["csrf_token"], hx=hx))
    check_stopped(refused, hx)
    assert "turns this caller away" in refused
    booked = visit.post(action, told | {"speaker": "physician"}, token=told["csrf_token"])

    assert (303, "physician") == (booked.status_code, site.office.case(case.id).clinician.credential)


def test_the_last_time_is_cancelled_with_a_reason_only(site: Site):
    """The reason that the EHR keeps is carried over; why the call is given up stands in the case's history."""
    office = site.office
    office.desk.publish(PUBLISHER[0], a_slot(1, after=20))
    case = windows.read_published_windows(
        office.ports(), bring(office, "open", payer=PUBLISHER[1]).id, now=office.now
    ).case
    booked, visit = book_best(office, case), site.visit()
    form = {"version": str(booked.version), "reason": "clinic"}
    answer = visit.post(f"cases/{case.id}/book/cancel", form)
    action, told = main_form(shown(answer), "Cancel it all the same")
    assert (409, "clinic") == (answer.status_code, told["reason"])
    done = visit.post(action, told | {"why": "She is ill."}, token=told["csrf_token"])

    after = office.case(case.id)
    assert (303, "cancelled", "She is ill.") == (done.status_code, after.booking.state, after.acts[-1].why)


@pytest.mark.parametrize("name", sorted(PAYLOADS))
def test_a_hostile_reason_is_shown_as_words(site: Site, name: str):
    """Typed into the reason and the note, shown on the case and on the page that stops: text, and nothing else."""
    case = bring_published(site.office, "open")
    visit = site.visit()
    payload = PAYLOADS[name]
    form = {"version": str(case.version), "note": payload, "why": payload}
    plain = shown(
        visit.post(f"cases/{case.id}/act/file_appeal", {"version": "0", "why": "", "note": f"{CANARY} plain"})
    )
    bent = shown(visit.post(f"cases/{case.id}/act/file_appeal", form | {"why": ""}))
    assert kinds(plain) == kinds(bent)
    done = visit.post(f"cases/{case.id}/act/file_appeal", form)

    html = shown(visit.get(f"cases/{case.id}"))
    assert (303, []) == (done.status_code, faults_of_page(html))
    acts = section(html, "acts")
    assert not any(CANARY in value for each in acts.all() for value in each.attributes.values())
    assert CANARY in acts.text


def kinds(html: str) -> set[tuple[str, str]]:
    """Return every element with each of its attributes, by name."""
    return {(each.tag, name) for each in read(html).all() for name in (*each.attributes, "")}


def test_what_the_call_is_for_stands_beside_the_button(site: Site):
    """F9: this payer's call explains only; what to say when scheduling is told before it is booked."""
    case = bring(site.office, "offered", payer="Blue Cross NC")
    html = shown(site.visit().get(f"cases/{case.id}/slots"))

    assert "it is not meant to overturn it." in html
    assert "Provider Courtesy Review" in html


def test_nobody_without_a_launch_takes_an_act_back(site: Site):
    """The route that stands in no list is closed to a stranger like the others."""
    case = bring_published(site.office, "open")
    visit = site.visit()
    visit.post(f"cases/{case.id}/act/file_appeal", {"version": str(case.version), "why": "The family filed it."})
    (taken,) = site.office.case(case.id).acts
    stranger = replace(visit, secret=None)
    other = site.visit(Role.CLINICIAN, patient="Patient/p2")
    form = {"version": str(site.office.case(case.id).version), "why": "x"}
    got = [each.post(f"cases/{case.id}/acts/{taken.id}/undo", form).status_code for each in (stranger, other)]

    assert ([401, 409], None) == (got, site.office.case(case.id).acts[0].taken_back)


def test_every_step_that_is_stopped_has_its_words():
    """A route that stops without a heading and a button of its own would break where somebody needs it most."""
    stops = {
        f"{file.rpartition('/')[2].removesuffix('.py')}.{node.name}"
        for file, tree in modules("app/web").items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and "stopped(case_id, error)" in ast.unparse(node)
    }

    assert STOPPED.keys() == stops
