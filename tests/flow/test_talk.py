"""Call mode: kept on the server as it is typed, logged once, and gone into the outcome."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.call.talk import stamps_of
from app.core.case import CaseState
from app.core.people import Role
from app.flow import drafts, tick
from app.flow.cases import OtherPatient, Overlooked
from app.flow.talk import Typed, call_mode, keep, spoke
from tests.fakes.office import Office, bring, log, settle

REVIEWER = {"reviewer_name": "Dr Peer Example", "reviewer_credential": "MD", "reviewer_npi": "1234567893"}


def tap(office: Office, case, what: str = "", *, shown: dict | None = None, **words: str):
    """Send one device's words and a press of the timer."""
    return keep(office.ports(), case.id, Typed(words, stamps_of(shown or {}), what), now=office.now)


def speak(office: Office, case, **words: str):
    """Press "We spoke"."""
    typed = Typed(words, stamps_of({}), "end")
    return spoke(office.ports(), case.id, typed, seen=case.version, now=office.now)


def a_timed_call(office: Office):
    """Return a booked case after seven minutes of hold and twelve of talk, with a reviewer and a note typed."""
    case = bring(office, "booked")
    office.now = case.booking.interval.start
    tap(office, case, "hold")
    office.push(minutes=7)
    tap(office, case, "talk", **REVIEWER)
    office.push(minutes=12)
    tap(office, case, note="Asked for the films.")
    return case


def test_what_was_typed_and_tapped_is_there_in_another_session(office: Office):
    """The session was lost, or it is another device: the same person finds the same draft; a colleague finds none."""
    case = a_timed_call(office)
    found = call_mode(office.ports(session_id="another"), case.id, now=office.now)

    assert ({**REVIEWER, "note": "Asked for the films."}, "talk") == (found.talk.words, found.talk.phase)
    assert {} == call_mode(office.ports(Role.CLINICIAN), case.id, now=office.now).talk.words


def test_looking_keeps_nothing_and_reads_no_chart(office: Office):
    """The page with number, reason and notes stands at once, whatever the EHR does."""
    case = bring(office, "booked")
    asked = list(office.ehr.asked)
    found = call_mode(office.ports(), case.id, now=office.now)

    assert 0 == found.talk.version and [] == office.rows("call_drafts")
    assert asked == office.ehr.asked


def test_the_draft_changes_nothing_of_the_case(office: Office):
    """A colleague's form that was shown before is not refused for what somebody types."""
    case = bring(office, "booked")
    before = office.photo()
    tap(office, case, "hold", note="x")

    assert before == office.photo()


def test_we_spoke_logs_the_call_and_moves_the_case(office: Office):
    """Seven minutes of hold, twelve of talk, the reviewer as typed: one attempt, connected, noted in the inbox."""
    case = a_timed_call(office)
    logged = speak(office, case, **REVIEWER, note="Asked for the films.")
    (attempt,) = logged.attempts

    assert (CaseState.CONNECTED, 7, 12) == (logged.state, attempt.hold_minutes, attempt.talk_minutes)
    assert ("Dr Peer Example", "1234567893") == (attempt.reviewer.name, attempt.reviewer.npi)
    assert case.booking.interval.start + timedelta(minutes=7) == attempt.at
    told = {"result": "connected", "reached": "reviewer", "hold_minutes": 7, "talk_minutes": 12, "entry": attempt.id}
    assert [("attempt", told), ("connected", {"inside": True, "entry": attempt.id})] == [
        (e.kind, dict(e.data)) for e in office.story(logged)[-2:]
    ]
    assert "12 min of talk" in office.ports().messages.one(logged.tenant, attempt.id).text


@pytest.mark.parametrize("seen", ["as shown", "anew"])
def test_we_spoke_said_twice_is_one_attempt(office: Office, seen: str):
    """A double tap, or the phone and the screen each: the call has one id."""
    case = a_timed_call(office)
    first = speak(office, case)
    again = speak(office, case if seen == "as shown" else first)

    assert 1 == len(again.attempts) == office.events(case).count("attempt") == office.events(case).count("connected")


def test_we_spoke_without_a_word_or_a_tap_is_still_one(office: Office):
    """No draft yet when it is pressed: the first press makes the one that the second finds."""
    case = bring(office, "booked")
    speak(office, case)
    speak(office, case)

    assert 1 == len(office.case(case.id).attempts)


def test_a_case_that_moved_is_told_and_what_was_typed_is_kept(office: Office):
    """A colleague logged something meanwhile: nothing is overlooked, and no word is lost."""
    case = a_timed_call(office)
    log(office, case, reached="staff", result="call_back", reviewer=None)
    office.push(minutes=3)
    with pytest.raises(Overlooked):
        speak(office, case, note="Asked for the films; will look.")

    assert "Asked for the films; will look." == drafts.draft_of(office.ports(), case.id).words["note"]
    assert 2 == len(speak(office, office.case(case.id)).attempts)


def test_the_outcome_ends_the_draft(office: Office):
    """What was typed stands in the outcome from then on, and nowhere else."""
    case = speak(office, a_timed_call(office))
    settled = settle(office, case)

    assert CaseState.DECIDED is settled.state and [] == office.rows("call_drafts")
    assert settled.attempts[0].at == settled.outcome.held_at


def test_an_outcome_recorded_at_once_logs_the_timed_call_too(office: Office):
    """Whoever goes straight to the outcome loses neither the minutes nor the try; twice is once."""
    case = a_timed_call(office)
    settled = settle(office, case)
    again = settle(office, office.case(case.id))

    assert [(7, 12)] == [(each.hold_minutes, each.talk_minutes) for each in settled.attempts] and again.attempts
    assert (1, 1) == tuple(office.events(case).count(kind) for kind in ("attempt", "connected"))
    assert 1 == len(again.attempts)


def test_an_outcome_of_a_call_that_nobody_timed_logs_none(office: Office):
    """Notes alone are no call."""
    case = bring(office, "booked")
    tap(office, case, note="Prepared at home.")

    assert () == settle(office, case).attempts


def test_a_call_that_was_not_held_makes_no_connected_attempt(office: Office):
    """Held the line for seven minutes, and nobody came."""
    case = a_timed_call(office)
    settled = settle(office, case, result="not_held", not_held_reason="payer_no_show")

    assert ["payer_no_show"] == [each.result for each in settled.attempts] and [] == office.rows("call_drafts")


def test_a_failed_try_logged_by_hand_gives_the_timer_to_the_next(office: Office):
    """Gave up holding: the minutes are that attempt's; the words stay, and the next call is another."""
    case = a_timed_call(office)
    before = drafts.draft_of(office.ports(), case.id)
    log(office, case, reached="nobody", result="gave_up_holding", reviewer=None, hold_minutes=7)
    after = drafts.draft_of(office.ports(), case.id)

    assert ((), before.words, False) == (after.presses, after.words, after.logged)
    assert before.call_id != after.call_id


def test_two_devices_that_save_at_once_are_both_kept(office: Office):
    """Between reading and keeping, the other one kept something: it is decided again upon that."""
    case, ports = bring(office, "booked"), office.ports()
    tap(office, case, note="x")
    first = True

    def change(talk):
        nonlocal first
        if first:
            first = False
            tap(office, case, **REVIEWER)
        return type_note(talk)

    def type_note(talk):
        return replace(talk, words={**talk.words, "note": "Films."})

    kept = drafts.change_draft(ports, case.id, change, now=office.now)

    assert {**REVIEWER, "note": "Films."} == dict(kept.words)


def test_drafts_that_nobody_goes_on_with_are_forgotten(office: Office):
    """A case that was decided elsewhere keeps nobody's notes for ever."""
    case = bring(office, "booked")
    tap(office, case, note="x")
    assert 0 == tick.forget_drafts(office.ports(), now=office.now)
    office.push(days=office.site.arrivals_days + 1)

    assert (1, []) == (tick.forget_drafts(office.ports(), now=office.now), office.rows("call_drafts"))


def test_another_patients_chart_opens_no_call(office: Office):
    """Call mode of a case is refused from another patient's chart, and that is in the audit."""
    case = bring(office, "booked")
    with pytest.raises(OtherPatient):
        call_mode(office.ports(patient="Patient/other"), case.id, now=office.now)
    tap(office, case, note="x")

    assert ["refused take_call", "take_call"] == [act for _, act, _, _ in office.audited() if "take_call" in act]
