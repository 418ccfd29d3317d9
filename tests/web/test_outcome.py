"""The outcome's form: kept as it is typed, on every device of its person, recorded once and without contradiction."""

import pytest

from app.core.case import CaseState
from app.core.denial import DenialLine
from app.core.people import Role
from tests.fakes.office import NOT_CERTIFIED, bring
from tests.web.markup import faults_of_page, faults_of_part, read
from tests.web.test_forms import fields as plain_fields
from tests.web.visit import Site, shown

KEPT = {"HX-Target": "kept"}


def fields(html: str) -> dict[str, str]:
    """Return what stands in the fields; of a box and the blank before it, the box where it is ticked."""
    boxes = [each.attributes for each in read(html).all("input") if each.attributes.get("type") == "checkbox"]
    return plain_fields(html) | {each["name"]: each["value"] for each in boxes if "checked" in each}


@pytest.fixture
def form(site: Site):
    """A case that was spoken about, and how to send the outcome's form as the page has it."""
    case = bring(site.office, "connected")
    visit = site.visit()

    def send(where: str = "/draft", *, by=visit, hx: bool = False, base: dict | None = None, **typed: str):
        here = f"cases/{case.id}/outcome"
        found = fields(shown(by.get(here))) if base is None else base
        sent = {"version": str(site.office.case(case.id).version)} | found | typed
        sent = {name: value for name, value in sent.items() if name and name != "csrf_token" and value is not None}
        return by.post(f"{here}{where}", sent, hx=hx, headers=KEPT if hx else None)

    return case, visit, send


def test_what_is_typed_is_there_on_another_device_until_it_is_recorded(site: Site, form):
    """Choice, line, box and words; a colleague sees none of it; recorded, nothing of the draft is left."""
    case, _, send = form
    typed = {"result": "modified", "line_1": "modified", "change_1": "another site", "reviewer_reason": "No films.",
             "reviewer_withheld": "yes", "in_writing": "yes", "new_information": "Films exist."}  # fmt: skip
    part = shown(send(hx=True, **typed))
    other = shown(site.visit().get(f"cases/{case.id}/outcome"))
    colleague = shown(site.visit(Role.MANAGER).get(f"cases/{case.id}/outcome"))

    assert [] == faults_of_part(part) and "Kept " in part
    assert typed.items() <= fields(other).items()
    assert "No films." not in colleague
    assert 303 == send("", **typed).status_code
    assert [] == site.office.rows("call_drafts")
    kept = site.office.case(case.id).outcome
    assert ("another site", True, True) == (kept.lines[0].change, kept.reviewer.withheld, kept.in_writing)


def test_keeping_changes_nothing_of_the_case(site: Site, form):
    """No write, no event, no new version: a colleague's form is not refused for what somebody types."""
    _, _, send = form
    before = site.office.photo()
    send(hx=True, result="upheld", note="x")

    assert before == site.office.photo()


def test_without_a_script_a_button_keeps_it_and_another_forgets_it(site: Site, form):
    """Keep as draft: the page comes again with what was typed. Start over: with what was known of the call."""
    case, visit, send = form
    kept = send(press="keep", next_step="Fax the films.")
    page = shown(visit.get(kept.headers["Location"]))

    assert 303 == kept.status_code and [] == faults_of_page(page)
    assert "Fax the films." == fields(page)["next_step"] and "Kept as a draft." in page
    send(press="forget")
    assert "" == fields(shown(visit.get(f"cases/{case.id}/outcome")))["next_step"]


def test_two_devices_lose_nothing_of_each_other(site: Site, form):
    """A field that this one left alone keeps the other's; one that both changed stands aside, and is shown."""
    case, visit, send = form
    page = fields(shown(visit.get(f"cases/{case.id}/outcome")))
    send(hx=True, base=page, reviewer_reason="Typed at the desk.", criterion="Films first")
    part = shown(send(hx=True, base=page, reviewer_reason="Typed on the phone."))
    found = shown(visit.get(f"cases/{case.id}/outcome"))

    assert "Typed at the desk." in part and "typed on another device before" in part
    assert ("Typed on the phone.", "Films first") == (fields(found)["reviewer_reason"], fields(found)["criterion"])


def test_nothing_but_the_forms_fields_is_kept(site: Site, form):
    """Of what a browser sends, no other name finds its way into the database; another case's line is none of it."""
    _, _, send = form
    send(hx=True, line_99="approved", anything="else", note="Mine.")
    (row,) = site.office.rows("call_drafts")

    assert "Mine." in str(row) and "else" not in str(row) and "line_99" not in str(row)


def test_the_answer_to_an_act_is_kept_apart_from_the_call(site: Site):
    """What is typed of an appeal's decision stands in its own form, and goes when it is recorded."""
    case = bring(site.office, "upheld")
    visit = site.visit()
    version = str(site.office.case(case.id).version)
    visit.post(f"cases/{case.id}/act/file_appeal", {"version": version})
    here = f"cases/{case.id}/outcome"
    version = str(site.office.case(case.id).version)
    visit.post(f"{here}/draft", {"way": "file_appeal", "note": "Of the appeal.", "version": version})

    assert "Of the appeal." == fields(shown(visit.get(f"{here}?way=file_appeal")))["note"]
    assert "Of the appeal." not in shown(visit.get(f"{here}?way=call"))
    visit.post(here, {"way": "file_appeal", "result": "approved", "final": "final", "version": version})
    assert "file_appeal" == site.office.case(case.id).outcome.way
    assert "Of the appeal." not in str(site.office.rows("call_drafts"))


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"result": "rescheduled"}, "again_at"),
        ({"result": "rescheduled", "again_at": "soon"}, "again_at"),
        ({"result": "not_held"}, "not_held_reason"),
        ({"result": "informational", "before_call": "yes", "held_at": ""}, "not_held_reason"),
        ({"result": "upheld", "authorization_number": "A-1"}, "authorization_number"),
        ({"result": "approved", "authorization_starts": "soon"}, "authorization_starts"),
        (
            {"result": "approved", "authorization_starts": "2026-12-02", "authorization_ends": "2026-12-01"},
            "authorization_ends",
        ),
        ({"result": "modified", "line_1": "modified"}, "quantity_1"),
        ({"result": "approved", "change_1": "another site"}, "result"),
        ({"result": "upheld", "in_writing": "yes"}, "new_information"),
        ({"result": "upheld", "prep_minutes": "many"}, "prep_minutes"),
        ({"result": "modified", "line_1": "modified", "quantity_1": "1_0"}, "quantity_1"),
        ({"result": "modified", "line_1": "modified", "quantity_1": "1,5"}, "quantity_1"),
        ({"result": "modified", "line_1": "modified", "quantity_1": "-1"}, "quantity_1"),
        ({"result": "approved", "final": "final", "authorization_ends": "9999-12-31"}, "authorization_ends"),
        ({"result": "rescheduled", "again_at": "9999-12-31T23:59", "held_at": ""}, "again_at"),
    ],
)
def test_a_contradiction_is_told_beside_its_field_and_the_words_stay(site: Site, form, wrong: dict, field: str):
    """422, one reason beside one field that is there, everything as typed."""
    _, _, send = form
    answer = send("", note="Mine.", **wrong)
    page = shown(answer)

    assert 422 == answer.status_code and [] == faults_of_page(page)
    assert [f"wrong-{field}"] == [
        each.attributes["id"] for each in read(page).all("p") if each.attributes.get("id", "").startswith("wrong-")
    ]
    assert ({"note": "Mine."} | wrong).items() <= fields(page).items()


@pytest.mark.parametrize(
    "typed",
    [
        {"result": "upheld", "reviewer_reason": "No films."},
        {"result": "approved", "final": "final", "authorization_number": "A-1"},
        {"result": "rescheduled", "again_at": "2026-11-27T10:00"},
    ],
    ids=["upheld", "letter", "moved"],
)
def test_an_outcome_sent_twice_is_recorded_once_and_called_recorded(site: Site, form, typed: dict):
    """Pressed twice: the second answer says what the first did, not that somebody else was at it; one write each."""
    case, visit, send = form
    page = fields(shown(visit.get(f"cases/{case.id}/outcome"))) | {"version": str(site.office.case(case.id).version)}
    first = send("", base=page, **typed)
    stood = site.office.photo()
    second = send("", base=page, **typed)

    assert (303, first.headers["Location"]) == (second.status_code, second.headers["Location"])
    assert stood == site.office.photo()


def test_two_people_who_tell_two_outcomes_are_told_of_each_other(site: Site, form):
    """The first stands; the second reads what it was and by whom, with every word of their own still typed."""
    case, visit, send = form
    page = fields(shown(visit.get(f"cases/{case.id}/outcome"))) | {"version": str(site.office.case(case.id).version)}
    send("", base=page, result="approved")
    other = send("", by=site.visit(Role.MANAGER), base=page, result="upheld", note="They said no.")
    said = shown(other)

    assert 409 == other.status_code and "Someone changed this case" in said
    assert "Test Coordinator: <strong>approved as asked</strong>" in said
    assert ("upheld", "They said no.") == (fields(said)["result"], fields(said)["note"])
    assert "approved" == site.office.case(case.id).outcome.result


@pytest.mark.parametrize("said", ["1000000.25", "1,000,000.25"])
def test_a_large_amount_is_kept_as_it_was_typed(site: Site, said: str):
    """Amended without touching it, the amount is the same."""
    line = DenialLine(1, actions=(NOT_CERTIFIED,), service_label="Factor VIII", quantity_requested=2000000)
    case = bring(site.office, "connected", lines=(line,))
    visit = site.visit()
    here = f"cases/{case.id}/outcome"
    for typed in ({"result": "modified", "line_1": "modified", "quantity_1": said}, {"next_step": "Wait."}):
        found = fields(shown(visit.get(here))) | {"version": str(site.office.case(case.id).version)} | typed
        answer = visit.post(here, {name: value for name, value in found.items() if name != "csrf_token"})
        assert 303 == answer.status_code, shown(answer)
        assert 1000000.25 == site.office.case(case.id).outcome.lines[0].quantity


def test_a_call_that_was_moved_is_offered_at_its_time(site: Site):
    """To tomorrow at ten: the case says so, and its next step is to book it."""
    case = bring(site.office, "booked")
    site.office.now = case.booking.interval.end
    visit = site.visit()
    version = str(site.office.case(case.id).version)
    answer = visit.post(
        f"cases/{case.id}/outcome", {"result": "rescheduled", "again_at": "2026-11-27T10:00", "version": version}
    )

    moved = site.office.case(case.id)
    assert (CaseState.OFFERED, None) == (moved.state, moved.outcome)
    assert "The call was moved." in shown(visit.get(answer.headers["Location"]))


def test_each_line_that_was_cut_is_answered_on_its_page(site: Site):
    """The case leads there; an answer is kept and said; none at all is refused beside the line."""
    case = bring(site.office, "connected")
    visit = site.visit()
    version = str(site.office.case(case.id).version)
    told = {"result": "modified", "line_1": "modified", "change_1": "another site", "final": "final"}
    visit.post(f"cases/{case.id}/outcome", told | {"version": version})
    here = f"cases/{case.id}/outcome"
    version = str(site.office.case(case.id).version)
    nothing = visit.post(f"{here}/answer", {"version": version})
    kept = visit.post(f"{here}/answer", {"version": version, "answer_1": "accepted"})

    assert (422, True) == (nothing.status_code, 'id="wrong-answer_1"' in shown(nothing))
    assert "accept" in shown(visit.get(here))
    assert "accepted" == site.office.case(case.id).outcome.lines[0].answer
    assert "Line 1: modified; another site · accepted" in read(shown(visit.get(kept.headers["Location"]))).text


def test_a_delegate_neither_keeps_nor_answers(site: Site, form):
    """The result of a call is told by who was on it."""
    case, _, _ = form
    visit = site.visit(Role.DELEGATE)
    version = str(site.office.case(case.id).version)

    for where in ("/draft", "/answer", ""):
        assert 403 == visit.post(f"cases/{case.id}/outcome{where}", {"version": version}).status_code


def test_an_outcome_of_the_whole_is_amended_as_a_whole(site: Site):
    """Upheld, and then approved after all: one choice, no line to be cleared first."""
    case = bring(site.office, "upheld")
    visit = site.visit()
    here = f"cases/{case.id}/outcome"
    page = fields(shown(visit.get(here)))
    version = str(site.office.case(case.id).version)
    sent = {name: value for name, value in page.items() if name and name != "csrf_token"}

    assert 303 == visit.post(here, sent | {"version": version, "result": "approved"}).status_code
    assert ["approved"] == [line.result for line in site.office.case(case.id).outcome.lines]
