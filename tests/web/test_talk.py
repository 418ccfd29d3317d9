"""Call mode: there at once whatever the EHR does, kept as it is typed, and its words in the forms that follow."""

from datetime import timedelta

import pytest

from app.core.call.talk import stamps_of
from app.core.case import CaseState
from app.core.people import Role
from app.errors import Temporary
from tests.fakes.office import bring
from tests.flow.test_unsent import a_note, chart
from tests.web.markup import faults_of_page, faults_of_part, read
from tests.web.visit import Site, shown

REVIEWER = {"reviewer_name": "Dr Peer Example", "reviewer_credential": "MD", "reviewer_npi": "1234567893"}
KEPT, TIMER = {"HX-Target": "kept"}, {"HX-Target": "timer"}


def fields(html: str) -> dict[str, str]:
    """Return what stands in the fields of a page, by name; of a name that comes again, the first."""
    tree = read(html)
    found = {}
    for each in tree.all("input"):
        found.setdefault(each.attributes.get("name"), each.attributes.get("value", ""))
    return found | {each.attributes.get("name"): each.text for each in tree.all("textarea")}


@pytest.fixture
def call(site: Site):
    """A booked case at its time, a visit, and how to send call mode's form as the page has it."""
    case = bring(site.office, "booked")
    site.office.now = case.booking.interval.start
    visit = site.visit()

    def send(where: str = "talk", *, by=visit, **typed: str):
        form = {"version": str(site.office.case(case.id).version)} | fields(shown(by.get(f"cases/{case.id}/talk")))
        headers = typed.pop("headers", None)
        form = {name: value for name, value in form.items() if name and name not in ("press", "csrf_token")} | typed
        return by.post(f"cases/{case.id}/{where}", form, hx=headers is not None, headers=headers)

    return case, visit, send


def test_the_facts_stand_without_the_chart(site: Site, call):
    """Number, references, who calls, the payer's words and the fields: the EHR is asked for nothing but the door."""
    case, visit, _ = call
    site.office.ehr.asked.clear()
    page = shown(visit.get(f"cases/{case.id}/talk"))

    assert "chart" not in [what for what, _ in site.office.ehr.asked]
    for words in (case.number, "REF-cr1", "X1", "Six weeks of therapy not shown.", "On hold", "Notes"):
        assert words in page
    assert [] == faults_of_page(page)


def test_a_chart_that_cannot_be_read_is_said_in_its_place(site: Site, call):
    """The EHR is away: the denial, the numbers and the notes stay, as a part and as a page."""
    case, visit, _ = call
    visit.get(f"cases/{case.id}/talk")
    site.office.ehr.charts.clear()
    real, site.office.ehr.chart = site.office.ehr.chart, gone
    try:
        part = shown(visit.get(f"cases/{case.id}/talk/points", hx=True, headers={"HX-Target": "points"}))
        page = shown(visit.get(f"cases/{case.id}/talk/points"))
    finally:
        site.office.ehr.chart = real

    assert "The chart could not be read." in part and [] == faults_of_part(part)
    assert "Six weeks of therapy not shown." in page and 'name="note"' in page and [] == faults_of_page(page)


def test_a_chart_of_which_nothing_came_is_not_called_silent(site: Site, call):
    """Every question of it failed: that is no chart without evidence. Of which something came, the rest is told."""
    case, visit, _ = call
    site.office.ehr.left_out = ("Condition: the EHR has a problem just now",)
    silent = shown(visit.get(f"cases/{case.id}/talk/points"))
    chart(site.office, a_note())
    partly = shown(visit.get(f"cases/{case.id}/talk/points"))

    assert "The chart could not be read." in silent and "not documented" not in silent and "No answer" not in silent
    assert "Parts of the chart could not be read: 1." in partly and "We ask" in partly


def gone(*_args, **_more):
    """An EHR that does not answer."""
    raise Temporary("The EHR does not answer.", next="Try again.")


@pytest.mark.parametrize("headers", [None, KEPT, TIMER], ids=["form", "kept", "timer"])
def test_what_is_typed_is_there_for_another_launch(site: Site, call, headers):
    """With script and without; another launch of the same person shows it, another person's shows nothing."""
    case, _, send = call
    answer = send(press="hold", note="Asked for the <b>films</b>.", **REVIEWER, headers=headers)
    again = fields(shown(site.visit().get(f"cases/{case.id}/talk")))

    assert (200 if headers else 303) == answer.status_code
    assert {**REVIEWER, "note": "Asked for the <b>films</b>."}.items() <= again.items()
    assert "" == fields(shown(site.visit(Role.CLINICIAN).get(f"cases/{case.id}/talk")))["note"]
    assert "<b>films" not in shown(site.visit().get(f"cases/{case.id}/talk"))


def test_the_answer_to_a_save_is_the_part_that_asked(site: Site, call):
    """Fields that are being typed in are never swapped; a press of the timer brings the new stamps along."""
    _, _, send = call
    kept, timer = shown(send(note="x", headers=KEPT)), shown(send(press="hold", headers=TIMER))

    assert 'id="kept"' in kept and "<textarea" not in kept and 'id="timer"' not in kept
    assert 'id="timer"' in timer and 'hx-swap-oob="true"' in timer and "Talking" in timer
    assert 1 == timer.count('name="shown_note"') == kept.count('name="shown_note"')


@pytest.mark.parametrize("where", ["talk", "talk/spoke"])
def test_nobody_else_writes_into_a_call(site: Site, call, where: str):
    """Without the form's token, from another site, from another patient's chart: refused, and nothing is kept."""
    case, visit, _ = call
    form = {"version": str(site.office.case(case.id).version), "note": "x", "press": "hold"}
    path = f"cases/{case.id}/{where}"
    answers = [
        visit.post(path, form, token=None),
        visit.post(path, form, headers={"Sec-Fetch-Site": "cross-site"}),
        site.visit(Role.CLINICIAN, patient="Patient/other").post(path, form),
    ]

    assert [400, 409, 409] == [each.status_code for each in answers]
    assert [] == site.office.rows("call_drafts") and () == site.office.case(case.id).attempts


def test_an_npi_that_cannot_be_one_warns_and_is_kept(site: Site, call):
    """One digit misheard: said, never refused."""
    case, visit, send = call
    answer = shown(send(reviewer_npi="1234567890", headers=KEPT))

    assert "check digit" in answer
    assert "1234567890" == fields(shown(visit.get(f"cases/{case.id}/talk")))["reviewer_npi"]


def test_what_another_device_typed_is_shown_and_not_lost(site: Site, call):
    """The phone was shown an empty field; the desk filled it meanwhile; the phone types something else."""
    case, visit, send = call
    stale = {f"shown_{name}": stamp for name, stamp in stamps_of({}).items()}
    send(note="Typed at the desk.", headers=KEPT)
    left_alone = shown(visit.post(f"cases/{case.id}/talk", stale | {"note": ""}, hx=True, headers=KEPT))
    typed_over = shown(visit.post(f"cases/{case.id}/talk", stale | {"note": "On the phone."}, hx=True, headers=KEPT))

    assert "on another device of yours" in left_alone and "Typed at the desk." in left_alone
    assert "typed on another device before" in typed_over and "Typed at the desk." in typed_over
    assert "On the phone." == fields(shown(visit.get(f"cases/{case.id}/talk")))["note"]


def test_we_spoke_leads_to_an_outcome_that_is_half_filled(site: Site, call):
    """Reviewer, when, minutes, number and notes; recorded, the draft is gone and the note has them."""
    case, visit, send = call
    send(press="hold")
    site.office.push(minutes=7)
    send(press="talk", number="800-555-0199")
    site.office.push(minutes=12)
    answer = send("talk/spoke", note="Asked for the films.", **REVIEWER)
    page = shown(visit.get(answer.headers["Location"]))

    assert (303, "outcome?said=spoken") == (answer.status_code, answer.headers["Location"].rpartition("/")[2])
    assert {**REVIEWER, "note": "Asked for the films."}.items() <= fields(page).items()
    assert (
        f"{case.booking.interval.start - timedelta(hours=6) + timedelta(minutes=7):%Y-%m-%dT%H:%M}"
        == fields(page)["held_at"]
    )
    assert "800-555-0199" in page and "7 min on hold" in page and "12 min of talk" in page
    form = {"version": str(site.office.case(case.id).version), "result": "approved", "final": "verbal"} | fields(page)
    visit.post(f"cases/{case.id}/outcome", form | {"result": "approved", "final": "verbal", "csrf_token": visit.token})
    settled = site.office.case(case.id)
    assert (CaseState.DECIDED, "1234567893", "Asked for the films.") == (
        settled.state, settled.outcome.reviewer.npi, settled.outcome.note
    )  # fmt: skip
    assert [] == site.office.rows("call_drafts")


def test_we_spoke_on_a_case_that_moved_says_so_and_keeps_every_word(site: Site, call):
    """409 on the page itself; pressed again from there, it is logged."""
    _, _, send = call
    answer = send("talk/spoke", note="Asked for the films.", version="0")

    assert (409, "Asked for the films.") == (answer.status_code, fields(shown(answer))["note"])
    assert [] == faults_of_page(shown(answer))
    assert 303 == send("talk/spoke").status_code


def test_a_delegate_logs_the_call_and_is_led_to_the_case(site: Site, call):
    """Who may not record an outcome is not sent to its form."""
    case, _, send = call
    answer = send("talk/spoke", by=site.visit(Role.DELEGATE))

    assert answer.headers["Location"].endswith(f"cases/{case.id}?said=logged")
    assert 1 == len(site.office.case(case.id).attempts)


def test_the_log_takes_over_what_was_timed_and_no_reviewer_who_was_not_reached(site: Site, call):
    """Gave up holding: number and minutes stand in the form; the booked reviewer does not."""
    case, visit, send = call
    send(press="hold", number="800-555-0199")
    site.office.push(minutes=7)
    found = fields(shown(visit.get(f"cases/{case.id}/call")))

    assert ("800-555-0199", "7", "") == (found["number"], found["hold_minutes"], found["reviewer_name"])


@pytest.mark.parametrize(("minutes", "shown_there"), [(-61, False), (-59, True), (10, True), (70, True), (90, False)])
def test_call_mode_is_one_tap_away_when_the_call_is_near(site: Site, call, minutes: int, shown_there: bool):
    """From an hour before until an hour after the booked twenty minutes: the case's first button."""
    case, _, _ = call
    site.office.now = case.booking.interval.start + timedelta(minutes=minutes)

    assert shown_there == ("Start call mode" in shown(site.visit().get(f"cases/{case.id}")))
