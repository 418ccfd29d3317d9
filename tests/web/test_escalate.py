"""What was broken on a call stands on the case with its ladder; people say what they did about it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app import wire
from app.core.people import Role
from app.flow.tick import climb
from tests.fakes.office import bring, log
from tests.web.markup import faults_of_page, read
from tests.web.routes import ATTEMPT, OUTCOME
from tests.web.visit import Site, shown, where_to


def missed(site: Site):
    """Return a case whose booked call the payer missed."""
    case = bring(site.office, "booked")
    site.office.now = case.booking.interval.end
    return log(site.office, case, result="payer_no_show", reached="nobody", reviewer=None)


def told(case, **more) -> dict[str, str]:
    """Return the form of the case's ladder."""
    found = case.escalations[0]
    return {"version": str(case.version), "about": found.about, "rule": found.rule, "step": str(found.step)} | more


def test_the_case_shows_what_was_broken_what_is_done_and_what_follows(site: Site):
    """Each step with its owner; the one that stands is marked for who does not see it."""
    case = missed(site)
    page = read(shown(site.visit().get(f"cases/{case.id}")))
    (part,) = [each for each in page.all("section") if each.attributes.get("id") == "escalate"]
    steps = [each for each in part.all("li") if "ladder__step" in each.attributes.get("class", "")]

    assert "The payer missed the booked call" in part.text and "15 minutes" in part.text
    assert 3 == len(steps)
    assert ["step"] == [each.attributes["aria-current"] for each in steps if "aria-current" in each.attributes]
    assert "medical director" in steps[2].text and "manager" in steps[2].text
    assert "Book again before all else" in page.text


def test_a_step_is_marked_as_done_with_whom_it_told(site: Site):
    """It stands on the page with name and time; a second press of the same form changes nothing."""
    case = missed(site)
    visit = site.visit()
    answer = visit.post(f"cases/{case.id}/escalate", told(case, do="take", told="Pat, scheduling"))
    assert f"cases/{case.id}" in where_to(answer)
    kept = site.office.case(case.id)
    again = visit.post(f"cases/{case.id}/escalate", told(case, do="take", told="Pat, scheduling"))

    assert 303 == again.status_code
    assert kept == site.office.case(case.id)
    assert "Pat, scheduling" in shown(visit.get(f"cases/{case.id}/escalate"))


def test_leaving_it_needs_a_reason_beside_its_field(site: Site):
    """A blank one is told by the field, and nothing is kept."""
    case = missed(site)
    visit = site.visit()
    answer = visit.post(f"cases/{case.id}/escalate", told(case, do="leave", why=" "))
    assert 422 == answer.status_code and [] == faults_of_page(shown(answer))
    assert "Say why it is left at that." in shown(answer)
    assert site.office.case(case.id).escalations[0].stands

    visit.post(f"cases/{case.id}/escalate", told(case, do="leave", why="They called a minute later."))
    assert "They called a minute later." in shown(visit.get(f"cases/{case.id}/escalate"))


def test_words_of_a_step_are_words(site: Site):
    """What was typed about a person of the payer is never markup."""
    case = missed(site)
    visit = site.visit()
    visit.post(f"cases/{case.id}/escalate", told(case, do="take", told="<b>Pat</b>"))

    assert "&lt;b&gt;Pat&lt;/b&gt;" in shown(visit.get(f"cases/{case.id}/escalate"))


def test_the_worklist_leads_to_the_step(site: Site):
    """A step that is next is one press away."""
    case = missed(site)
    site.office.now = case.escalations[0].next_at + timedelta(minutes=1)
    climb(site.office.ports(), now=site.office.now)
    page = read(shown(site.visit().get("worklist?show=all")))
    (link,) = [each for each in page.all("a") if "data-next" in each.attributes]

    assert link.attributes["href"].endswith(f"cases/{case.id}/escalate")
    assert "supervisor" in link.text


def test_everybody_who_logs_calls_may_take_a_step(site: Site):
    """A delegate redials; it is no decision about the case."""
    case = missed(site)
    answer = site.visit(Role.DELEGATE).post(f"cases/{case.id}/escalate", told(case, do="take"))

    assert 303 == answer.status_code
    assert site.office.case(case.id).escalations[0].is_taken


def test_what_only_the_caller_knows_is_marked_on_the_log_and_stands_there(site: Site):
    """Ticked with the call; shown on its entry; a late call is none of the boxes, since it is reckoned."""
    case = bring(site.office, "booked")
    visit = site.visit()
    page = read(shown(visit.get(f"cases/{case.id}/call")))
    boxes = [each.attributes["value"] for each in page.all("input") if each.attributes.get("name") == "marked"]
    assert ["not_identified", "wrong_specialty", "ended_early"] == boxes

    form = ATTEMPT | {"version": str(case.version), "marked": ["ended_early", "late"]}
    visit.post(f"cases/{case.id}/call", form)
    stands = site.office.case(case.id)
    assert ("ended_early",) == stands.attempts[-1].problems
    assert "redial" == stands.next_action.kind
    assert "The reviewer ended the call early" in shown(visit.get(f"cases/{case.id}/call"))


def test_a_mark_is_taken_back_by_correcting_the_entry(site: Site):
    """The form begins with what was ticked; without it the entry, the ladder and the record say nothing of it."""
    case = bring(site.office, "booked")
    visit = site.visit()
    visit.post(f"cases/{case.id}/call", ATTEMPT | {"version": str(case.version), "marked": "ended_early"})
    stands = site.office.case(case.id)
    entry = stands.attempts[-1].id
    page = read(shown(visit.get(f"cases/{case.id}/call?corrects={entry}")))
    ticked = [each.attributes["value"] for each in page.all("input") if "checked" in each.attributes]
    assert "ended_early" in ticked

    form = ATTEMPT | {"version": str(stands.version), "corrects": entry}
    visit.post(f"cases/{case.id}/call", form)
    corrected = site.office.case(case.id)
    assert () == corrected.tries[-1].problems
    assert ["the entry was corrected"] == [each.ended for each in corrected.escalations]


def test_the_outcome_takes_the_same_marks(site: Site):
    """Told with the decision: the ladder begins, and the form has them ticked when it is amended."""
    case = bring(site.office, "connected")
    visit = site.visit()
    form = OUTCOME | {
        "result": "upheld",
        "version": str(case.version),
        "ended_early": "yes",
        "reviewer_withheld": "yes",
    }
    visit.post(f"cases/{case.id}/outcome", form | {"reviewer_name": ""})
    stands = site.office.case(case.id)

    assert {"ended_early", "not_identified"} <= set(stands.attempts[-1].problems)
    assert {"ended_early", "not_identified"} <= {each.rule for each in stands.escalations}
    page = read(shown(visit.get(f"cases/{case.id}/outcome")))
    ticked = {each.attributes["name"] for each in page.all("input") if "checked" in each.attributes}
    assert {"ended_early", "reviewer_withheld"} <= ticked


def test_the_calls_page_says_that_nothing_is_recorded(site: Site, monkeypatch: pytest.MonkeyPatch):
    """By default that alone, and no button to record; the state's rule stands there where the site asks for it."""
    case = bring(site.office, "booked")
    page = shown(site.visit().get(f"cases/{case.id}/call"))
    assert "Parley does not record or transcribe calls" in page and "consent" not in page
    assert "record" not in {each.attributes.get("name") for each in read(page).all("button")}

    real = wire.site_of
    monkeypatch.setattr(wire, "site_of", lambda issuer: replace(real(issuer), recording_state="TX"))
    page = shown(site.visit().get(f"cases/{case.id}/call"))
    assert "TX asks for the consent of one who is on the call (Tex. Penal Code § 16.02)" in page
    assert "nobody records it by other means unless all have said yes" in page and "Read there" in page
    assert "nobody records it by other means" in shown(site.visit().get(f"cases/{case.id}/talk")), "where one would"
