"""The contact log as a page: every entry, whom it reached, its sentence to copy, and an entry corrected by another."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.fakes.office import Office, bring, detected, log, settle
from tests.web.markup import read
from tests.web.visit import Site, shown


def form_of(page: str, button: str) -> tuple[str, dict[str, str]]:
    """Return where the form of this button goes, and what it sends as it stands: of choices the checked one alone."""
    (form,) = (f for f in read(page).all("form") if any(b.text.startswith(button) for b in f.all("button")))
    inputs = [each.attributes for each in form.all("input")]
    told = [each for each in inputs if each.get("type") not in ("radio", "checkbox") or "checked" in each]
    return form.attributes["action"], {each["name"]: each.get("value", "") for each in told}


def an_office_with_a_log(office: Office):
    """Return a booked case with two tries in its log."""
    case = log(office, bring(office, "booked"), reached="voicemail", result="message_left", reviewer=None)
    told = {"reached": "ma", "direction": "theirs", "reached_name": "Mo Example", "callback_number": "312-555-0199"}
    return log(office, case, **told, result="call_back", reviewer=None)


def test_each_entry_says_whom_it_reached_and_which_number_was_left(site: Site):
    """And the sentences for the note stand there whole; the number left before stands in the form."""
    case = an_office_with_a_log(site.office)
    page = shown(site.visit().get(f"cases/{case.id}/call"))

    assert "a medical assistant, Mo Example" in page and "the payer called 800-555-0101" in page
    assert "a message was left on the voicemail of Dr Peer Example" in page
    assert 'name="callback_number" type="tel" value="312-555-0199"' in page
    assert "2 attempts" in page


def test_a_callback_number_that_only_stood_in_the_form_is_claimed_of_no_call(site: Site):
    """Nobody answered, so nobody has it; left on a voicemail, the payer does; what was typed is kept as typed."""
    case = an_office_with_a_log(site.office)
    for told, kept in (
        ({"reached": "nobody", "result": "no_answer"}, None),
        ({"reached": "voicemail", "result": "message_left"}, "312-555-0199"),
        ({"reached": "staff", "result": "refused", "callback_number": "312-555-0188"}, "312-555-0188"),
    ):
        visit = site.visit()
        action, form = form_of(shown(visit.get(f"cases/{case.id}/call")), "Keep attempt")
        visit.post(action, form | told)
        assert kept == site.office.case(case.id).attempts[-1].callback_number


def test_a_message_of_the_payers_has_no_number_of_ours(site: Site):
    """Our number stands in the form; the payer's reviewer, who left a message here, was not given it."""
    case = an_office_with_a_log(site.office)
    visit = site.visit()
    action, form = form_of(shown(visit.get(f"cases/{case.id}/call")), "Keep attempt")
    assert form["callback_number"]
    visit.post(action, form | {"direction": "theirs", "reached": "front_desk", "result": "message_left"})

    assert None is site.office.case(case.id).attempts[-1].callback_number


def test_a_call_that_the_clinician_placed_is_the_clinicians(site: Site):
    """Whoever logs it says so; it stands in the log and in the sentence, and in the form that corrects it."""
    case = bring(site.office, "booked")
    visit = site.visit()
    action, form = form_of(shown(visit.get(f"cases/{case.id}/call")), "Keep attempt")
    visit.post(
        action, form | {"reached": "nobody", "result": "no_answer", "placed_by": "Dr Test", "number": "800 555 0101"}
    )
    page = shown(visit.get(f"cases/{case.id}/call?corrects={site.office.case(case.id).attempts[0].id}"))

    assert "Dr Test called 800 555 0101" in page and "by Dr Test: no answer" in page
    assert "Dr Test" == form_of(page, "Keep correction")[1]["placed_by"]


def test_a_long_log_keeps_its_form_near_and_its_old_entries_at_hand(site: Site):
    """Thirteen tries: the oldest is folded away, and open where it is corrected."""
    case = bring(site.office, "booked")
    for number in range(13):
        case = log(site.office, case, reached="voicemail", result="message_left", reviewer=None, hold_minutes=number)
    first = case.attempts[0].id
    page = shown(site.visit().get(f"cases/{case.id}/call"))
    opened = shown(site.visit().get(f"cases/{case.id}/call?corrects={first}"))

    assert "<summary>1 earlier</summary>" in page and f'id="entry-{first}"' in page and "13 attempts" in page
    assert page.index("1 earlier") < page.index(f'id="entry-{first}"') and "<details open><summary>1 earlier" in opened


def test_whoever_corrects_a_call_about_two_reviews_is_told_of_the_other_log(site: Site):
    """It is not corrected there by itself; also after it was corrected once, and from either side."""
    first, second = detected(site.office), detected(site.office, id="cr2")
    visit = site.visit()
    action, form = form_of(shown(visit.get(f"cases/{first.id}/call")), "Keep attempt")
    visit.post(action, form | {"also": f"{second.id} {second.version}", "reached": "staff", "result": "call_back"})
    for case, other in ((first, second), (second, first)) * 2:
        entry = site.office.case(case.id).tries[0]
        page = shown(visit.get(f"cases/{case.id}/call?corrects={entry.id}"))
        assert f"/cases/{other.id}/call" in page and "is not corrected there" in page
        action, form = form_of(page, "Keep correction")
        assert 303 == visit.post(action, form | {"hold_minutes": str(int(form["hold_minutes"] or 0) + 1)}).status_code
    alone = log(site.office, site.office.case(first.id), reached="nobody", result="no_answer", reviewer=None)
    page = shown(visit.get(f"cases/{first.id}/call?corrects={alone.attempts[-1].id}"))
    assert "is not corrected there" not in page


@pytest.mark.parametrize(("hour", "told"), [(7.6, "01:30 CST"), (6.6, "01:30 CDT"), (30, "01:30 CST")])
def test_a_call_in_the_hour_that_comes_twice_is_the_latest_that_it_can_be(site: Site, hour: float, told: str):
    """Half past one, in the night when clocks go back: the one that has just been, and never one that is to come."""
    case = bring(site.office, "booked")
    site.office.now = datetime(2026, 11, 1, tzinfo=UTC) + timedelta(hours=hour)
    visit = site.visit()
    action, form = form_of(shown(visit.get(f"cases/{case.id}/call")), "Keep attempt")
    visit.post(action, form | {"at": "2026-11-01T01:30", "reached": "nobody", "result": "no_answer"})

    entry = site.office.case(case.id).attempts[-1]
    assert told == f"{entry.at.astimezone(ZoneInfo('America/Chicago')):%H:%M %Z}"


def test_a_tab_that_was_left_open_on_hold_overnight_still_takes_its_tap(site: Site):
    """Sixteen hours are no time on hold: the tap is kept, without them."""
    case = detected(site.office)
    since = str(int((site.office.now - timedelta(hours=16)).timestamp()))
    visit = site.visit()
    action, form = form_of(shown(visit.get(f"cases/{case.id}/phone?since={since}")), "Voicemail")
    answer = visit.post(action, form | {"tap": "closed"})

    assert since == form["since"] and 303 == answer.status_code
    assert None is site.office.case(case.id).attempts[0].hold_minutes


def test_a_form_that_was_pressed_twice_is_one_entry_and_says_so_twice(site: Site):
    """Whoever double-clicks sees that it was kept, and is not told that nothing was written."""
    case = bring(site.office, "booked")
    visit = site.visit()
    action, form = form_of(shown(visit.get(f"cases/{case.id}/call")), "Keep attempt")
    told = form | {"reached": "voicemail", "result": "message_left"}
    answers = [visit.post(action, told) for _ in range(2)]
    page = shown(visit.get(f"cases/{case.id}/call?corrects={site.office.case(case.id).attempts[0].id}"))
    action, form = form_of(page, "Keep correction")
    answers += [visit.post(action, form | {"hold_minutes": "9"}) for _ in range(2)]

    assert [303] * 4 == [each.status_code for each in answers]
    assert [None, 9] == [each.hold_minutes for each in site.office.case(case.id).attempts]


def test_what_is_pasted_into_a_field_stays_a_line_of_sane_length(site: Site):
    """A name with line ends would break the log in sentences apart; a whole page is no name."""
    case = bring(site.office, "booked")
    visit = site.visit()
    action, form = form_of(shown(visit.get(f"cases/{case.id}/call")), "Keep attempt")
    pasted = {"reached_name": "Pat\r\nExample\x00 ", "number": "800\t555 0100", "note": "n" * 9000}
    visit.post(action, form | {"reached": "staff", "result": "connected", "reviewer_name": "R" * 900} | pasted)
    entry = site.office.case(case.id).attempts[-1]

    assert ("Pat Example", "800 555 0100", 8000) == (entry.reached_name, entry.number, len(entry.note))
    assert 200 == len(entry.reviewer.name)


def test_the_number_to_leave_stands_beside_the_telephone(site: Site):
    """The site's own, as payers are told it, until another was left; a message keeps it."""
    case = detected(site.office)
    visit = site.visit()
    action, form = form_of(shown(visit.get(f"cases/{case.id}/phone")), "Voicemail")
    assert "312-555-0100" == form["callback_number"]
    visit.post(action, form | {"tap": "voicemail", "callback_number": "312-555-0142"})

    assert "312-555-0142" == site.office.case(case.id).attempts[-1].callback_number
    assert 'value="312-555-0142"' in shown(visit.get(f"cases/{case.id}/call"))


def test_an_entry_is_corrected_from_its_own_form(site: Site):
    """The form has what was kept; the old entry stays, struck through, and the case says what was done."""
    case = log(site.office, bring(site.office, "booked"), hold_minutes=70)
    visit = site.visit()
    page = shown(visit.get(f"cases/{case.id}/call?corrects={case.attempts[0].id}"))
    action, form = form_of(page, "Keep correction")
    assert ("70", "reviewer", "Dr Peer Example") == tuple(
        form[each] for each in ("hold_minutes", "reached", "reviewer_name")
    )

    answer = visit.post(action, form | {"hold_minutes": "7"})
    assert answer.status_code == 303 and "said=corrected" in answer.location
    page = shown(visit.get(f"cases/{case.id}/call"))
    assert "log__entry--struck" in page and "1 attempt," in page
    assert 7 == site.office.case(case.id).tries[0].hold_minutes
    again = visit.post(action, form | {"hold_minutes": "8", "version": str(site.office.case(case.id).version)})
    assert 422 == again.status_code and "was corrected already" in shown(again)


def test_a_correction_that_says_the_same_is_refused(site: Site):
    """Whoever opened it by mistake changes nothing."""
    case = log(site.office, bring(site.office, "booked"))
    visit = site.visit()
    action, form = form_of(shown(visit.get(f"cases/{case.id}/call?corrects={case.attempts[0].id}")), "Keep correction")
    answer = visit.post(action, form)

    assert 422 == answer.status_code and "Nothing is different" in shown(answer)
    assert 1 == len(site.office.case(case.id).attempts)


def test_one_call_is_kept_in_the_logs_that_the_form_names(site: Site):
    """The other review of the same two people is offered on every page of the call, and ticked in the form."""
    first, second = detected(site.office), detected(site.office, id="cr2")
    visit = site.visit()
    for path in ("", "/call", "/phone", "/talk"):
        page = shown(visit.get(f"cases/{first.id}{path}"))
        assert "Also open for this patient" in page and second.number in page, path
    action, form = form_of(shown(visit.get(f"cases/{first.id}/call")), "Keep attempt")
    told = {"also": f"{second.id} {second.version}", "reached": "voicemail", "result": "message_left"}
    answer = visit.post(action, form | told)

    assert "said=together" in answer.location
    assert [1, 1] == [len(site.office.case(each.id).attempts) for each in (first, second)]
    assert "said=together" in visit.post(action, form | told).location, "pressed twice is said once"
    assert [1, 1] == [len(site.office.case(each.id).attempts) for each in (first, second)]
    for path in ("phone", "talk"):
        assert f'value="{second.id} {site.office.case(second.id).version}"' in shown(
            visit.get(f"cases/{first.id}/{path}")
        )
    stale = visit.post(action, form | told | {"note": "Something else"})
    assert 409 == stale.status_code
    assert 422 == visit.post(action, form | told | {"also": "nonsense"}).status_code


def test_a_review_that_is_no_longer_open_is_told_where_its_box_was(site: Site):
    """It was decided by a letter meanwhile: nothing is kept, and whoever logs the call is told why."""
    first, second = detected(site.office), detected(site.office, id="cr2")
    visit = site.visit()
    action, form = form_of(shown(visit.get(f"cases/{first.id}/call")), "Keep attempt")
    settle(site.office, second, result="approved", not_held_reason="resolved_before_call")
    told = {"also": f"{second.id} {second.version}", "reached": "voicemail", "result": "message_left"}
    page = visit.post(action, form | told)

    assert 422 == page.status_code and "is not open with the same payer" in shown(page)
    assert () == site.office.case(first.id).attempts


def test_a_form_offers_no_miss_of_a_call_that_is_not_booked(site: Site):
    """And begins with the number that the notice gives."""
    page = shown(site.visit().get(f"cases/{detected(site.office).id}/call"))
    booked = shown(site.visit().get(f"cases/{bring(site.office, 'booked').id}/call"))

    assert "payer_no_show" not in page and 'type="tel" value="800-555-0101"' in page
    assert 'value="payer_no_show"' in booked


def test_a_call_outside_the_payers_hours_is_warned_of_before_and_marked_after(site: Site):
    """Seven in the evening here: on the page of the log, in call mode, beside the telephone, and in the log itself."""
    case = detected(site.office)
    visit = site.visit()
    assert "outside the business hours" not in shown(visit.get(f"cases/{case.id}/call"))
    site.office.push(hours=10)
    visit = site.visit()
    for path in ("call", "talk"):
        assert "outside the business hours of Payer Test" in shown(visit.get(f"cases/{case.id}/{path}")), path
    assert "outside its business hours" in shown(visit.get(f"cases/{case.id}/phone"))
    action, form = form_of(shown(visit.get(f"cases/{case.id}/call")), "Keep attempt")
    answer = visit.post(action, form | {"reached": "nobody", "result": "no_answer"})

    assert "said=outside" in answer.location
    page = shown(visit.get(f"cases/{case.id}/call"))
    assert "Outside the payer’s business hours" in page and "nine to five on our clock is assumed" in page


def test_what_the_reviewer_may_not_tell_stands_beside_the_call(site: Site):
    """With where it was read; Texas too, since the plan's state is not known. No call, no duty."""
    case = detected(site.office)
    page = shown(site.visit().get(f"cases/{case.id}/call"))
    assert "may be bound not to tell the decision" in page and "In Texas" in page and "Claims Eval" in page
    over = bring(site.office, "closed", id="cr9", patient="p9")
    assert "may be bound" not in shown(site.visit().get(f"cases/{over.id}/call"))
