"""The contact log: what an attempt may say, and what it does to a case."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.acts import calls_held, calls_missed
from app.core.call import REACHED, RESULTS, AttemptRefused, attempt_sentence, callback_of, log_attempt
from app.core.call.correct import Corrected, NothingCorrected, NotInLog, contact_log, correct_attempt
from app.core.case import Case, CaseState
from app.core.people import Reviewer, specialty_match
from tests.builders import MONDAY, a_booked_case, a_booking, a_case, an_attempt, hours

START = MONDAY + hours(2)  # of the booked call of a_booked_case


def test_a_call_with_the_reviewer_connects_the_case():
    """Reaching the reviewer moves a booked case to connected and keeps the attempt."""
    after = log_attempt(a_booked_case(), an_attempt(), now=MONDAY)

    assert CaseState.CONNECTED == after.state
    assert ("a1",) == tuple(each.id for each in after.attempts)


def test_reaching_staff_does_not_count_as_the_call():
    """The front desk answering is an attempt, not a peer-to-peer."""
    after = log_attempt(a_booked_case(), an_attempt(reached="staff"), now=MONDAY)

    assert CaseState.BOOKED == after.state


@pytest.mark.parametrize("result", ["payer_no_show", "our_no_show"])
def test_a_missed_call_frees_its_booking(result):
    """A no-show on either side leaves a case that owes a new booking, and the old time no longer occupies anyone."""
    after = log_attempt(a_booked_case(), an_attempt(at=START, reached="nobody", result=result), now=START)

    assert CaseState.MISSED == after.state
    assert not after.booking.is_live
    assert "noshow" == after.booking.state


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"result": "connected", "reached": "nobody"}, "reached"),
        ({"result": "message_left", "reached": "reviewer"}, "reached"),
        ({"result": "no_answer", "reached": "reviewer"}, "reached"),
        ({"direction": "sideways"}, "direction"),
        ({"reached": "the dog"}, "reached"),
        ({"result": "great"}, "result"),
        ({"at": MONDAY + timedelta(hours=1)}, "at"),
        ({"at": MONDAY - timedelta(days=400)}, "at"),
        ({"hold_minutes": -1}, "hold_minutes"),
        ({"hold_minutes": 9_000}, "hold_minutes"),
        ({"result": "refused", "reached": "nobody"}, "reached"),
        ({"result": "rescheduled", "reached": "voicemail"}, "reached"),
        ({"direction": "theirs", "result": "closed", "reached": "nobody"}, "result"),
        ({"direction": "theirs", "result": "gave_up_holding", "reached": "front_desk"}, "result"),
    ],
)
def test_a_contradiction_is_refused_by_field(wrong, field):
    """What cannot be true is not kept, and the form can say where."""
    with pytest.raises(AttemptRefused) as refused:
        log_attempt(a_booked_case(), an_attempt(**wrong), now=MONDAY)

    assert field == refused.value.field


def test_a_no_show_needs_a_booking():
    """Nobody can miss a call that was not booked."""
    with pytest.raises(AttemptRefused):
        log_attempt(a_case(), an_attempt(reached="nobody", result="payer_no_show"), now=MONDAY)


def test_nobody_misses_a_call_that_has_not_begun():
    """The wrong case was open, or the wrong day typed: the booked time of tomorrow stands in two calendars."""
    early = an_attempt(reached="nobody", result="payer_no_show")
    off = replace(early, reached="staff")  # the payer says beforehand that nobody will come

    for wrong, now, field in ((early, MONDAY, "result"), (early, START + hours(1), "at")):
        wrong = replace(wrong, at=now - hours(1) if field == "result" else MONDAY - hours(20))
        with pytest.raises(AttemptRefused) as refused:
            log_attempt(a_booked_case(), wrong, now=now)
        assert field == refused.value.field
    assert CaseState.MISSED is log_attempt(a_booked_case(), off, now=MONDAY).state
    waited = replace(early, at=START - timedelta(minutes=20))  # on the line before the time, and until after it
    assert CaseState.MISSED is log_attempt(a_booked_case(), waited, now=START + timedelta(minutes=20)).state


def test_the_log_is_in_the_order_of_the_calls_and_not_of_the_typing():
    """Yesterday's refusal, written down today, is not the latest that happened."""
    today = log_attempt(a_case(), an_attempt(result="no_answer", reached="nobody"), now=MONDAY)
    late = an_attempt(id="late", at=MONDAY - hours(20), result="refused", reached="staff")
    case = log_attempt(today, late, now=MONDAY + hours(1))

    assert ["late", "a1"] == [each.id for each in case.tries]
    assert ["a1", "late"] == [line.entry.id for line in contact_log(case)]


@pytest.mark.parametrize(
    ("ours", "theirs", "found"),
    [
        ("Orthopaedic surgery", "orthopedics", True),
        ("Orthopaedic surgery", "Orthopedic surgeon, MD", True),
        ("Cardiology", "Cardiovascular disease", True),
        ("Medical oncology", "Oncologist", True),
        ("OB/GYN", "Obstetrics and Gynaecology", True),
        ("PM&R", "Physical medicine and rehabilitation", True),
        ("Cardiology", "Interventional cardiology", None),
        ("Neurology", "Neurosurgery", None),
        ("Internal medicine", "Internal medicine, cardiology", None),
        ("Cardiology", "medicine", None),
        ("Orthopaedic surgery", "207X00000X", None),
        ("Orthopaedic surgery", "General surgery", False),
        ("Radiation oncology", "Radiology", False),
        ("Psychiatry", "Psychology", False),
    ],
)
def test_another_spelling_is_no_other_specialty(ours, theirs, found):
    """A mismatch stands on the payer's record and in the appeal: what is only told otherwise is none."""
    assert (found, found) == (specialty_match(ours, theirs), specialty_match(theirs, ours))


def test_the_sentence_says_when_who_and_where_in_the_zone_of_the_site():
    """Contact rules ask for date, time with zone, number, whom (source 004)."""
    said = attempt_sentence(an_attempt(), zone="America/Chicago")

    assert said.startswith(
        "On 23 Nov 2026 at 09:00 CST a call was placed to the payer (800-555-0100) by Coordinator Test:"
    )
    assert said.endswith(": the case was discussed with the reviewer, Dr Reviewer; 12 min on hold.")


def test_specialties_match_only_when_both_are_told():
    """Not told is not a match and not a mismatch."""
    assert specialty_match("Orthopaedic Surgery", "orthopaedic  surgery") is True
    assert specialty_match("Orthopaedic surgery", "Internal medicine") is False
    assert specialty_match("Orthopaedic surgery", None) is None


# -- whom a call reached -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("direction", "reached", "held"),
    [
        ("ours", "reviewer", True),
        ("ours", "physician", True),
        ("ours", "nurse", False),
        ("ours", "staff", False),
        ("theirs", "clinician", True),
        ("theirs", "associate", True),
        ("theirs", "np", True),
        ("theirs", "pa", True),
        ("theirs", "ma", False),
        ("theirs", "nurse", False),
        ("theirs", "front_desk", False),
    ],
)
def test_only_a_clinician_with_the_reviewer_is_the_call_itself(direction, reached, held):
    """The payer who reached our medical assistant has not had its peer-to-peer; nor have we with its scheduler."""
    after = log_attempt(a_booked_case(), an_attempt(direction=direction, reached=reached), now=MONDAY)

    assert (CaseState.CONNECTED if held else CaseState.BOOKED) is after.state
    assert (1 if held else 0) == calls_held(after)


@pytest.mark.parametrize(("direction", "reached"), [("theirs", "reviewer"), ("ours", "ma"), ("theirs", "staff")])
def test_a_call_reaches_the_other_side(direction, reached):
    """Whoever calls us reaches one of ours."""
    with pytest.raises(AttemptRefused) as refused:
        log_attempt(a_booked_case(), an_attempt(direction=direction, reached=reached), now=MONDAY)

    assert "reached" == refused.value.field


def test_an_entry_of_before_is_read_and_counted_as_it_was():
    """Until now a call of the payer's named its reviewer: that was the call, and still is."""
    old = an_attempt(direction="theirs", reached="reviewer")

    assert old.is_held and 1 == calls_held(replace(a_booked_case(), attempts=(old,)))
    assert "the case was discussed with the reviewer" in attempt_sentence(old, zone="America/Chicago")


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"result": "message_left", "reached": "voicemail", "reached_name": None, "callback_number": "312-555-0100"},
         "a message was left on the voicemail; callback number given: 312-555-0100; 12 min on hold."),
        ({"result": "message_left", "reached": "staff", "reached_name": "Cory Example", "hold_minutes": None},
         "a message was left with a scheduler or other staff, Cory Example."),
        ({"result": "message_left", "reached": "staff", "reached_name": None, "hold_minutes": None},
         "a message was left with a scheduler or other staff, who gave no name."),
        ({"direction": "theirs", "reached": "np", "reached_name": "Nia Example", "hold_minutes": None,
          "reviewer": Reviewer("Dr Peer", "MD", "Cardiology")},
         "the payer called us (800-555-0100): the case was discussed with a nurse practitioner, Nia Example; "
         "for the payer: Dr Peer, MD, Cardiology."),
        ({"result": "payer_no_show", "reached": "nobody", "hold_minutes": None},
         "On 23 Nov 2026 at 09:00 CST (10:00 EST at the payer): the payer did not keep the booked time."),
    ],
)  # fmt: skip
def test_the_sentence_has_all_that_a_note_must_have(entry, said):
    """Source 004: by whom, which number, message with whom or voicemail, discussed with whom, callback number."""
    sentence = attempt_sentence(an_attempt(**entry), zone="America/Chicago", payer_zone="America/New_York")

    assert sentence.endswith(said) and sentence.startswith("On 23 Nov 2026 at 09:00 CST (10:00 EST at the payer)")


def test_the_number_to_leave_is_the_one_left_before_or_where_we_are_called():
    """Nobody types it again; of a call that we place none is known."""
    left = an_attempt(result="message_left", reached="voicemail", callback_number="312-555-0100")
    booked = a_booked_case(attempts=(left,))

    assert "312-555-0100" == callback_of(booked)
    assert "555-1" == callback_of(a_case(booking=a_booking(number="555-1")))
    assert None is callback_of(a_case(booking=a_booking(number="555-1", who_calls="us")))


def test_a_number_that_the_payer_leaves_is_not_left_to_it_as_ours():
    """Its reviewer's callback number, given to our front desk, is whom we call, and not where we are reached."""
    theirs = an_attempt(direction="theirs", result="message_left", reached="front_desk", callback_number="800-555-0188")
    ours = an_attempt(id="a2", result="message_left", reached="voicemail", callback_number="312-555-0100")

    assert None is callback_of(a_case(attempts=(theirs,)))
    assert "312-555-0100" == callback_of(a_case(attempts=(ours, theirs)))


# -- corrections -------------------------------------------------------------------------------------------
def corrected(case: Case, **entry) -> Corrected:
    """Return the case with its latest entry corrected."""
    old = case.tries[-1]
    return correct_attempt(case, replace(old, id=f"{old.id}'", corrects=old.id, stood=None, **entry), now=START)


def missed(**entry) -> Case:
    """Return a case whose booked call the payer missed, by its log."""
    told = {"at": START, "reached": "nobody", "result": "payer_no_show"}
    return log_attempt(a_booked_case(), an_attempt(**told, **entry), now=START)


def test_a_corrected_no_show_gives_the_booking_back():
    """Nobody had waited: the call is still booked, and the miss counts nowhere."""
    after = corrected(missed(), result="no_answer").case

    assert (CaseState.BOOKED, True) == (after.state, after.booking.is_live)
    assert ["no_answer"] == [each.result for each in after.tries]
    assert ["payer_no_show", "no_answer"] == [each.result for each in after.attempts]


def test_a_no_show_that_was_a_call_becomes_the_call_and_back():
    """The wrong button, both ways: the case stands as if it had been told rightly at once."""
    held = corrected(missed(), result="connected", reached="reviewer").case
    again = corrected(held, result="our_no_show", reached="nobody").case

    assert (CaseState.CONNECTED, True, 0) == (held.state, held.booking.is_live, calls_missed(held))
    assert (CaseState.MISSED, "noshow", 1) == (again.state, again.booking.state, calls_missed(again))


@pytest.mark.parametrize("before", [a_booked_case(), a_case(), a_case(state=CaseState.LAPSED)])
def test_a_call_that_was_none_leads_back_to_where_the_case_stood(before):
    """Staff was reached and not the reviewer: booked, open or lapsed, as it was."""
    after = corrected(log_attempt(before, an_attempt(), now=MONDAY), reached="staff").case

    assert (before.state, 0) == (after.state, calls_held(after))


def test_another_call_that_was_held_keeps_the_case_where_it_is():
    """Two talks, one of them wrong: the case is spoken all the same, until the other is corrected too."""
    first = log_attempt(a_booked_case(), an_attempt(), now=MONDAY)
    both = log_attempt(first, an_attempt(id="a2"), now=MONDAY)
    once = corrected(both, reached="staff").case
    old = once.tries[0]
    twice = correct_attempt(once, replace(old, id="b", corrects=old.id, stood=None, reached="staff"), now=MONDAY).case

    assert (CaseState.CONNECTED, CaseState.BOOKED) == (once.state, twice.state)


@pytest.mark.parametrize(
    ("since", "why"),
    [
        ({"state": CaseState.BOOKED, "booking": a_booking(id="booking2")}, "booked_again"),
        ({"state": CaseState.DECIDED}, "went_on"),
    ],
)
def test_a_case_that_went_on_stays_and_says_why(since, why):
    """A new booking or a decision is not undone by a correction; its log is right all the same."""
    case = replace(missed(), **since)
    found = corrected(case, result="no_answer")

    assert (case.state, case.booking, why) == (found.case.state, found.case.booking, found.stays)
    assert ["no_answer"] == [each.result for each in found.case.tries]


def can_be(case: Case, telling: dict) -> bool:
    """Whether a call of this case could have gone so."""
    try:
        log_attempt(case, an_attempt(at=START, **telling), now=START)
    except AttemptRefused:
        return False
    return True


TELLINGS = [
    {"direction": direction, "reached": reached, "result": result}
    for direction, sides in REACHED.items()
    for reached in sides
    for result in RESULTS
]


@given(st.data(), st.sampled_from([a_booked_case(), a_case(), a_case(state=CaseState.LAPSED)]))
def test_a_case_stands_as_if_it_had_been_told_rightly_at_once(data, case):
    """Whatever was logged and whatever was meant: the same state, booking and counts."""
    possible = st.sampled_from([each for each in TELLINGS if can_be(case, each)])
    wrong, right = data.draw(st.lists(possible, min_size=2, max_size=2, unique_by=str))
    meant = log_attempt(case, an_attempt(at=START, **right), now=START)
    found = corrected(log_attempt(case, an_attempt(at=START, **wrong), now=START), **right)

    assert (meant.state, meant.booking, None) == (found.case.state, found.case.booking, found.stays)
    assert [right["result"]] == [each.result for each in found.case.tries]
    assert (calls_held(meant), calls_missed(meant)) == (calls_held(found.case), calls_missed(found.case))


def test_a_held_time_that_was_given_back_is_not_held_again():
    """The call that was none had let it go: the case is one whose times are offered."""
    held = a_case(state=CaseState.HELD)
    after = corrected(log_attempt(held, an_attempt(), now=MONDAY), reached="staff").case

    assert CaseState.OPEN is after.state


def test_an_entry_is_corrected_once_and_by_something_else():
    """Its correction is what may be corrected next; the same again is none."""
    case = missed()
    with pytest.raises(NothingCorrected):
        corrected(case)
    after = corrected(case, result="no_answer").case
    with pytest.raises(NotInLog):
        correct_attempt(after, replace(case.attempts[0], id="x", corrects=case.attempts[0].id), now=MONDAY)


def test_the_log_is_read_with_what_was_corrected_beneath():
    """The latest first; of a chain the one that counts on top."""
    case = log_attempt(a_booked_case(), an_attempt(result="closed", reached="nobody"), now=MONDAY)
    case = log_attempt(case, an_attempt(id="a2", result="no_answer", reached="nobody"), now=MONDAY)
    old = case.attempts[0]
    case = correct_attempt(case, replace(old, id="b", corrects="a1", hold_minutes=3), now=MONDAY).case
    case = correct_attempt(case, replace(old, id="c", corrects="b", hold_minutes=4), now=MONDAY).case

    assert [("a2", ()), ("c", ("b", "a1"))] == [
        (each.entry.id, tuple(old.id for old in each.before)) for each in contact_log(case)
    ]
    assert "a2" == case.tries[-1].id, "the latest try is still the latest"
