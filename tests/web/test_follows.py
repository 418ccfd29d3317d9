"""The letter beside the call: the case shows both, and a person records it, puts it aside, or disputes it."""

from datetime import timedelta

import pytest

from app.core.denial import Code
from tests.builders import MONDAY
from tests.fakes.office import ACTION, NOT_CERTIFIED, bring, settle
from tests.flow.test_follows import SURGEON, authorized, writes
from tests.web.hostile import CANARY, PAYLOADS
from tests.web.markup import faults_of_page, faults_of_part, read
from tests.web.test_act import main_form, section, words
from tests.web.visit import Site, shown, where_to

HX = pytest.mark.parametrize("hx", [False, True], ids=["form", "htmx"])
APPROVED = Code(ACTION, "A1")


def letter_in(site: Site, action: Code = NOT_CERTIFIED, **more):
    """Return a case that was approved on the phone, and whose letter has come."""
    case = bring(site.office, "decided")
    site.office.now += timedelta(days=1)
    return writes(site.office, case, action, **more)


def test_a_case_that_waits_for_its_letter_says_what_to_say(site: Site):
    """Who calls, what is asked, what was told and when; one button says that it was done."""
    case = bring(site.office, "decided")
    visit = site.visit()
    html = shown(visit.get(f"cases/{case.id}"))
    said = section(html, "follows").text
    assert "REF-OUT-1" in said and "Told approved" in said and "Coordinator" in said
    assert [] == faults_of_page(html)

    path, form = main_form(html, "Done: the written notice was asked for")
    done = visit.post(path.split("/", 3)[-1], form)
    assert 303 == done.status_code
    assert "asked 1 time so far" in section(shown(visit.get(f"cases/{case.id}")), "follows").text


@HX
def test_a_letter_that_differs_shows_both_and_is_recorded_by_a_person(site: Site, hx: bool):
    """Told and written side by side, the worse one marked; nothing was changed until the button."""
    case = letter_in(site)
    visit = site.visit()
    html = shown(visit.get(f"cases/{case.id}"))
    said = words(html)
    assert "The letter differs from the call." in said
    row = next(each.text for each in section(html, "follows").all("tr") if "Line 1" in each.text)
    assert all(each in row for each in ("approved", "upheld", "worse"))

    done = visit.post(f"cases/{case.id}/letter", {"version": str(case.version)}, hx=hx)
    assert (303, f"cases/{case.id}") == (done.status_code, where_to(done))
    after = site.office.case(case.id)
    assert (True, "upheld", None) == (after.outcome.final, after.outcome.result, after.letter)


def test_a_recorded_letter_that_is_worse_is_disputed_from_the_case(site: Site):
    """The alarm stays with both sides until somebody disputes it or lets it stand."""
    case = settle(site.office, bring(site.office, "connected"), reviewer=SURGEON)
    settle(site.office, case, result="upheld", final=True, reviewer=SURGEON)
    visit = site.visit()
    html = shown(visit.get(f"cases/{case.id}"))
    said = words(html)
    assert "The letter differs from the call." in said and "Dispute the letter of Payer Test" in said
    assert "Line 1: told approved, the letter says upheld." in section(html, "follows").text
    assert f"cases/{case.id}/act/accept_letter" in html
    assert [] == faults_of_page(html)

    path, form = main_form(html, "Done: the letter was disputed")
    assert 303 == visit.post(path.split("/", 3)[-1], form).status_code
    assert "Watch for the corrected letter of Payer Test" in words(shown(visit.get(f"cases/{case.id}")))


@HX
def test_what_is_no_letter_is_put_aside(site: Site, hx: bool):
    """The case goes on as before."""
    case = letter_in(site, APPROVED)
    done = site.visit().post(f"cases/{case.id}/letter/aside", {"version": str(case.version)}, hx=hx)

    assert 303 == done.status_code
    assert (None, "chase") == ((after := site.office.case(case.id)).letter, after.next_action.kind)


@HX
def test_a_letter_that_somebody_recorded_meanwhile_is_refused_plainly(site: Site, hx: bool):
    """The second click, from a page that still shows it, changes nothing."""
    case = letter_in(site, APPROVED)
    visit = site.visit()
    first = visit.post(f"cases/{case.id}/letter", {"version": str(case.version)}, hx=hx)
    before = site.office.photo()
    second = visit.post(f"cases/{case.id}/letter", {"version": str(case.version)}, hx=hx)

    assert (303, 409, before) == (first.status_code, second.status_code, site.office.photo())
    html = shown(second)
    assert [] == (faults_of_part(html) if hx else faults_of_page(html))


def test_the_letter_stands_on_the_worklist(site: Site):
    """The alarm is the row's next action."""
    case = letter_in(site)
    html = shown(site.visit().get("worklist"))

    assert case.number in html
    assert "Record the letter of Payer Test; it differs from the call" in words(html)


@pytest.mark.parametrize("name", sorted(PAYLOADS))
def test_a_payers_number_is_never_markup(site: Site, name: str):
    """What a letter says is text on the page that shows it."""
    case = letter_in(site, APPROVED, authorization_number=PAYLOADS[name])
    html = shown(site.visit().get(f"cases/{case.id}"))

    assert [] == faults_of_page(html)
    head = next(each for each in read(html).all("p") if each.attributes.get("class") == "head__facts")
    assert CANARY in head.text
    assert not any(CANARY in value for each in read(html).all() for value in each.attributes.values())


def test_an_appeal_filed_elsewhere_is_linked_from_the_closed_case(site: Site):
    """A link on the case, a form of three fields; a contradiction stands beside its field and keeps what was typed."""
    case = bring(site.office, "closed")
    visit = site.visit()
    assert f"cases/{case.id}/linked" in shown(visit.get(f"cases/{case.id}"))
    page = shown(visit.get(f"cases/{case.id}/linked"))
    assert [] == faults_of_page(page)
    _, form = main_form(page, "Link the appeal")
    form |= {"filed_on": f"{site.office.now:%Y-%m-%d}", "result": "approved", "note": "By the family."}
    form |= {"filed_way": "mail", "confirmation": "9400 1"}

    wrong = visit.post(f"cases/{case.id}/linked", form)
    html = shown(wrong)
    assert (422, []) == (wrong.status_code, faults_of_page(html))
    assert "Say when it was decided." in html and "By the family." in html
    done = visit.post(f"cases/{case.id}/linked", form | {"decided_on": form["filed_on"]})
    linked = site.office.case(case.id)
    assert (303, "approved", linked.acts[-1].id) == (done.status_code, linked.outcome.result, linked.outcome.answers)
    assert ("mail", "9400 1") == (linked.acts[-1].filing.way, linked.acts[-1].filing.number)
    assert "By mail on" in section(shown(visit.get(f"cases/{case.id}")), "acts").text


def test_a_letter_that_changed_something_else_than_how_many_is_recorded_by_hand(site: Site):
    """All that was asked for, “modified”: the button led to an error page; what is missing is asked for in the form."""
    case = letter_in(site, Code(ACTION, "A6"), quantity_approved=2)
    visit = site.visit()
    assert "record it by hand" in section(shown(visit.get(f"cases/{case.id}")), "follows").text
    answer = visit.post(f"cases/{case.id}/letter", {"version": str(case.version)})

    assert 422 == answer.status_code and "say what changed" in shown(answer)


def test_the_day_of_a_scheduled_service_is_asked_for_and_compared(site: Site):
    """Typed where it is marked; a slip is told beside its field; a day outside stands as the next thing to do."""
    case = authorized(site.office, days=20)
    visit, path = site.visit(), f"cases/{case.id}/act/service_scheduled"
    assert "Day of the service" in shown(visit.get(path))
    base = {"version": str(case.version)}
    wrong = visit.post(path, base | {"service_on": "soon"})
    assert 422 == wrong.status_code and "Say it as a date." in shown(wrong)
    day = MONDAY.date() + timedelta(days=25)
    assert 303 == visit.post(path, base | {"service_on": day.isoformat()}).status_code
    html = shown(visit.get(f"cases/{case.id}"))
    assert "outside what is authorized" in html and f"for {day.day} {day:%b %Y}" in section(html, "acts").text


@HX
def test_an_extension_is_recorded_from_the_closed_case(site: Site, hx: bool):
    """Reached from the case; a day that is no extension is told beside its field; then the head names the new one."""
    case = authorized(site.office, days=20)
    visit, path = site.visit(), f"cases/{case.id}/act/authorization_extended"
    assert path in shown(visit.get(f"cases/{case.id}"))
    assert [] == faults_of_page(shown(visit.get(path)))
    base = {"version": str(case.version), "authorization_number": "A-2"}
    wrong = visit.post(path, base | {"authorization_ends": MONDAY.date().isoformat()}, hx=hx)
    assert 422 == wrong.status_code and "runs until" in shown(wrong) and 'value="A-2"' in shown(wrong)

    day = MONDAY.date() + timedelta(days=80)
    assert 303 == visit.post(path, base | {"authorization_ends": day.isoformat()}, hx=hx).status_code
    html = shown(visit.get(f"cases/{case.id}"))
    assert "A-2" in section(html, "acts").text and f"{day.day} {day:%b %Y}" in words(html)
    assert "Take it back" in section(html, "acts").text


def test_a_case_with_a_call_left_says_where_its_appeal_is_marked(site: Site):
    """No form that would go round the guard."""
    case = bring(site.office, "open")
    html = shown(site.visit().get(f"cases/{case.id}/linked"))

    assert "This case is open." in html
    assert "Link the appeal for" not in html


def test_a_reviewer_who_named_the_plan_is_said_on_the_case(site: Site):
    """With the exception as the next action, and the appeal as the other way."""
    case = settle(
        site.office,
        bring(site.office, "connected"),
        result="upheld",
        final=True,
        reviewer=SURGEON,
        reviewer_reason="Excluded by the plan.",
    )
    html = shown(site.visit().get(f"cases/{case.id}"))

    assert "The reviewer named the plan’s benefit, not the need" in words(html)
    assert f"cases/{case.id}/act/file_appeal" in html
    assert [] == faults_of_page(html)
