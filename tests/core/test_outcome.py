"""The outcome: never in contradiction to itself, written once, amended as a new version."""

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.case import Authorization, CaseState, LineOutcome, MoveRefused, TakenAct
from app.core.denial import Path
from app.core.effects import ChangeAppointment, TellPayer, WriteCommunication, WriteDocument
from app.core.next_action import next_action_of
from app.core.outcome import (
    LINE_RESULTS,
    NOT_HELD,
    RESULTS,
    Contradiction,
    OutcomeForm,
    answer_lines,
    is_retold,
    lines_to_answer,
    move_call,
    note_of,
    settle,
    way_of,
)
from app.core.people import Reviewer
from tests.builders import COORDINATOR, MONDAY, a_booked_case, a_booking, a_case, a_routing, an_attempt, hours

ZONE = "America/Chicago"
JUNE = MONDAY.date()


def settled(case=None, **form):
    """Return what settling the case with this form gives."""
    return settle(
        case or a_booked_case(),
        OutcomeForm(**{"result": "approved", **form}),
        by=COORDINATOR,
        outcome_id="o1",
        zone=ZONE,
        now=MONDAY + hours(3),
    )


def test_an_outcome_is_told_to_the_ehr_as_note_message_and_appointment():
    """One document, one communication, and the booked Appointment fulfilled."""
    after, effects = settled()

    assert [WriteDocument, WriteCommunication, ChangeAppointment] == [type(each) for each in effects]
    assert "fulfilled" == effects[2].change == after.booking.state
    assert CaseState.DECIDED == after.state


def test_a_written_notice_confirms():
    """Verbal is decided, final is confirmed (facts E.1)."""
    assert CaseState.CONFIRMED == settled(final=True)[0].state


def test_a_call_is_not_held_in_the_future():
    """Told an hour before the booked time: the note does not claim that the call was held at a time yet to come."""
    form = OutcomeForm(result="upheld")
    after, effects = settle(a_booked_case(), form, by=COORDINATOR, outcome_id="o1", zone=ZONE, now=MONDAY + hours(1))

    assert (None, None, None) == (after.outcome.held_at, effects[0].held_from, effects[0].held_to)
    assert "Held:" not in effects[0].text


def test_the_booked_end_is_that_of_a_call_held_then():
    """Held at the booked time: until its end; held at another: nobody said until when."""
    assert MONDAY + hours(2 + 1 / 3) == settled()[1][0].held_to
    assert settled(held_at=MONDAY + hours(1))[1][0].held_to is None


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"result": "great"}, "result"),
        ({"result": "approved", "lines": {1: ("upheld", None)}}, "result"),
        ({"result": "upheld", "lines": {1: ("approved", None)}}, "result"),
        ({"result": "partial"}, "result"),
        ({"result": "partial", "lines": {1: ("approved", None), 2: ("approved", None)}}, "result"),
        ({"result": "modified", "lines": {1: ("approved", None)}}, "result"),
        ({"result": "modified", "lines": {2: ("modified", None)}}, "quantity_2"),
        ({"result": "modified", "lines": {2: ("modified", -3.0)}}, "quantity_2"),
        ({"result": "partial", "lines": {1: ("approved", 3.0), 2: ("upheld", None)}}, "quantity_1"),
        ({"result": "partial", "lines": {9: ("approved", None)}}, "line_9"),
        ({"result": "partial", "lines": {1: ("maybe", None)}}, "line_1"),
        ({"result": "not_held"}, "not_held_reason"),
        ({"result": "approved", "not_held_reason": "payer_no_show"}, "not_held_reason"),
        ({"result": "not_held", "not_held_reason": "payer_no_show", "lines": {1: ("approved", None)}}, "result"),
        ({"result": "approved", "held_at": MONDAY + hours(9)}, "held_at"),
        ({"result": "not_held", "not_held_reason": "payer_no_show", "held_at": MONDAY}, "held_at"),
        ({"result": "not_held", "not_held_reason": "resolved_before_call"}, "not_held_reason"),
        ({"result": "not_held", "not_held_reason": "payer_no_show", "final": True}, "final"),
        ({"result": "informational", "final": True}, "final"),
        ({"result": "partial", "lines": {2: ("modified", 8.0)}}, "line_1"),
        ({"result": "partial", "lines": {1: ("upheld", None), 2: ("withdrawn", None)}}, "result"),
        ({"result": "partial", "lines": {1: ("upheld", None), 2: ("modified", 25.0)}}, "quantity_2"),
        ({"result": "partial", "lines": {1: ("upheld", None), 2: ("modified", 24.0)}}, "quantity_2"),
        ({"result": "approved", "changes": {2: "at another site"}}, "change_2"),
        ({"result": "upheld", "authorization": Authorization("A-1")}, "authorization_number"),
        (
            {"result": "approved", "authorization": Authorization("A-1", JUNE, JUNE - timedelta(1))},
            "authorization_ends",
        ),
        ({"result": "upheld", "in_writing": True}, "new_information"),
        ({"result": "upheld", "in_writing": True, "new_information": "Films.", "final": True}, "in_writing"),
        ({"result": "withdrawn", "in_writing": True, "new_information": "Films."}, "in_writing"),
        ({"result": "rescheduled"}, "again_at"),
        ({"result": "rescheduled", "again_at": MONDAY}, "again_at"),
        ({"result": "upheld", "again_at": MONDAY + hours(30)}, "again_at"),
        ({"result": "upheld", "prep_minutes": -1}, "prep_minutes"),
        ({"result": "upheld", "lines": {1: ("withdrawn", None), 2: ("withdrawn", None)}}, "result"),
        ({"result": "informational", "lines": {1: ("withdrawn", None)}}, "result"),
        ({"result": "not_held", "not_held_reason": "our_no_show", "lines": {2: ("withdrawn", None)}}, "result"),
        ({"result": "approved", "held_at": MONDAY - timedelta(400)}, "held_at"),
        ({"result": "rescheduled", "again_at": MONDAY + timedelta(400)}, "again_at"),
        ({"result": "approved", "authorization": Authorization("A-1", None, date.max)}, "authorization_ends"),
        ({"result": "approved", "authorization": Authorization("A-1", date.min, JUNE)}, "authorization_starts"),
    ],
)
def test_a_contradiction_is_refused_by_field(form, field):
    """The form cannot be saved against itself, and says where."""
    with pytest.raises(Contradiction) as refused:
        settled(**form)

    assert field == refused.value.field


def test_partial_keeps_each_line_and_its_quantity():
    """8 of 24 visits approved, the other line upheld: both stand in the note."""
    after, effects = settled(result="partial", lines={1: ("upheld", None), 2: ("modified", 8.0)})

    assert [(1, "upheld", None), (2, "modified", 8.0)] == [
        (x.sequence, x.result, x.quantity) for x in after.outcome.lines
    ]
    assert "Line 2 (Brace): modified, 8 of 24 approved." in effects[0].text


def test_amending_replaces_the_note_and_keeps_its_identity():
    """A second settling writes a new version of the same note, never a second note beside it."""
    first, before = settled()
    again, after = settle(
        first,
        OutcomeForm(result="upheld", final=True),
        by=COORDINATOR,
        outcome_id="o2",
        zone=ZONE,
        now=MONDAY + hours(5),
    )

    assert first.outcome.id == again.outcome.id
    assert before[0].key == after[0].replaces_key
    assert before[0].key != after[0].key
    assert not any(isinstance(each, ChangeAppointment) for each in after), "the Appointment was closed already"


def test_the_same_settling_has_the_same_keys():
    """A repeated request asks for the same writes, so that the outbox keeps one."""
    assert [x.key for x in settled()[1]] == [x.key for x in settled()[1]]


def test_a_call_not_held_because_the_payer_stayed_away_marks_a_no_show():
    """The EHR's Appointment tells who was missing."""
    after, effects = settled(result="not_held", not_held_reason="payer_no_show")

    assert CaseState.LAPSED == after.state
    assert ["noshow"] == [x.change for x in effects if isinstance(x, ChangeAppointment)]


def test_an_upheld_denial_in_writing_owes_its_appeal_by_the_appeal_clock():
    """What follows is named with its deadline."""
    after, _ = settled(result="upheld", final=True)
    action = next_action_of(after, now=MONDAY)

    assert "appeal" == action.kind
    assert after.clocks[1].ends_at == action.due_at


def test_a_verbal_result_is_chased_after_a_day():
    """The written notice is owed: 24 h (product F84)."""
    after, _ = settled(result="approved")
    action = next_action_of(after, now=MONDAY)

    assert "chase" == action.kind
    assert after.outcome.recorded_at + hours(24) == action.due_at


def test_a_closed_case_is_not_settled_again():
    """Closed is closed."""
    with pytest.raises(MoveRefused):
        settled(a_case(state=CaseState.CLOSED))


def test_the_note_tells_who_spoke_and_whether_specialties_match():
    """Facts F.4: participants with credential and specialty, or that it was not disclosed."""
    with_reviewer, _ = settled(reviewer=Reviewer("Dr Peer", "MD", "Internal medicine"))
    without, _ = settled()

    assert "Dr Peer, MD, Internal medicine (other specialty)" in note_of(with_reviewer, zone=ZONE)
    assert "For the payer: not disclosed" in note_of(without, zone=ZONE)


def test_the_note_quotes_the_denial_verbatim():
    """The payer's own words, in quotes."""
    after, _ = settled()

    assert "“Six weeks of therapy not shown.”" in note_of(after, zone=ZONE)


def test_approved_as_a_whole_tells_every_disputed_line():
    """No disputed line is left without a result."""
    after, _ = settled()

    assert [1, 2] == [line.sequence for line in after.outcome.lines]


def test_a_withdrawn_request_gives_the_payers_slot_back():
    """No reviewer of the payer waits for a call that will not be."""
    booking = a_booking(payer_slot="https://payer.example/fhir/Slot/1")
    _, effects = settled(a_case(state=CaseState.BOOKED, booking=booking), result="withdrawn")

    assert [("cancelled", booking.payer_slot)] == [
        (x.change, x.payer_slot) for x in effects if isinstance(x, TellPayer)
    ]


def test_a_held_call_gives_nothing_back():
    """The slot was used."""
    booking = a_booking(payer_slot="https://payer.example/fhir/Slot/1")
    _, effects = settled(a_case(state=CaseState.BOOKED, booking=booking))

    assert not any(isinstance(x, TellPayer) for x in effects)


@pytest.mark.parametrize("quantity", [float("nan"), float("inf")])
def test_a_quantity_is_a_finite_number(quantity):
    """What is no number of visits is refused beside its field."""
    with pytest.raises(Contradiction) as refused:
        settled(result="modified", lines={2: ("modified", quantity)})

    assert "quantity_2" == refused.value.field


APPEALED = TakenAct(
    "act1", "file_appeal", MONDAY, "Coordinator Test", 1, CaseState.LAPSED, CaseState.LAPSED, answer=a_case().clocks[1]
)


def test_an_appeals_decision_is_told_as_that():
    """Its note and message are titled by what was decided on, and claim no call; its own next step follows."""
    case = a_case(state=CaseState.LAPSED, acts=(APPEALED,))
    after, effects = settled(case, result="upheld", final=True, way="file_appeal")
    document, message = effects

    assert ("Appeal", "Appeal", None) == (document.topic, message.topic, document.held_from)
    assert document.title.startswith("Appeal P-TEST22: ")
    assert document.text.startswith("APPEAL\n")
    assert "Held:" not in document.text and "not disclosed" not in document.text
    assert "next level" in next_action_of(after, now=MONDAY).text


def test_a_call_decided_ends_the_waiting_for_what_was_sent_and_not_for_an_appeal():
    """Records are heard on the call; an appeal is decided by itself, unless the denial is gone."""
    sent = replace(APPEALED, id="act2", kind="send_new_information")
    case = replace(a_booked_case(), acts=(APPEALED, sent))

    assert "act1" == settled(case, result="upheld")[0].awaited.id
    assert settled(case, result="approved")[0].awaited is None


def test_what_falls_away_is_a_call_and_nothing_else():
    """An appeal cannot be “not held”, and nothing is answered that was not asked."""
    case = a_case(state=CaseState.LAPSED, acts=(APPEALED,))
    for form, field in (
        ({"result": "not_held", "not_held_reason": "payer_no_show", "way": "file_appeal"}, "result"),
        ({"result": "approved", "way": "resubmit"}, "way"),
    ):
        with pytest.raises(Contradiction) as refused:
            settled(case, **form)
        assert field == refused.value.field


def test_what_an_outcome_is_of_is_known_before_it_is_told():
    """What is watched for, else the path that the case is on, else the call."""
    appealed = a_case(state=CaseState.LAPSED, acts=(APPEALED,))
    ways = {
        "file_appeal": appealed,
        "benefit_exception": a_case(routing=a_routing(route=Path.BENEFIT_EXCEPTION)),
        "call": a_booked_case(acts=(APPEALED,)),
    }
    for way, case in ways.items():
        assert way == way_of(replace(case, next_action=next_action_of(case, now=MONDAY)))


# What the field names of the form are; a contradiction must point at one of them, or nobody can correct it.
FIELD = re.compile(
    r"result|final|held_at|again_at|not_held_reason|new_information|in_writing|authorization_(number|starts|ends)|prep_minutes"
    r"|(line|quantity|change)_[12]"
)
DAYS = st.sampled_from((None, JUNE, JUNE + timedelta(90)))
LINES = st.dictionaries(
    st.sampled_from((1, 2)),
    st.tuples(st.sampled_from(LINE_RESULTS), st.sampled_from((None, 1.0, 8.0, 24.0, 30.0))),
)
FORMS = st.builds(
    OutcomeForm,
    result=st.sampled_from(RESULTS),
    final=st.booleans(),
    lines=LINES,
    changes=st.one_of(st.just({}), st.dictionaries(st.sampled_from((1, 2)), st.just("at another site"))),
    held_at=st.sampled_from((None, MONDAY + hours(2), MONDAY + hours(9))),
    not_held_reason=st.sampled_from((None, None, *NOT_HELD)),
    new_information=st.sampled_from((None, "Films were told of.")),
    in_writing=st.sampled_from((None, True, False)),
    authorization=st.one_of(st.none(), st.builds(Authorization, st.just("A-1"), DAYS, DAYS)),
    again_at=st.sampled_from((None, None, MONDAY, MONDAY + hours(30))),
)


def kept_or_refused(form: OutcomeForm):
    """Return the case as the form leaves it, None where it was refused beside a field that there is."""
    told = {"by": COORDINATOR, "now": MONDAY + hours(3)}
    try:
        if form.result == "rescheduled":
            length = timedelta(minutes=20)
            return move_call(a_booked_case(), form, attempt_id="a1", window_id="w1", length=length, **told)[0]
        return settle(a_booked_case(), form, outcome_id="o1", zone=ZONE, **told)[0]
    except Contradiction as refused:
        assert FIELD.fullmatch(refused.field), refused.field
        return None


@given(FORMS)
def test_whatever_is_told_is_kept_whole_or_refused_by_field(form):
    """No combination of fields is saved against itself: lines, quantities, dates and what follows all agree."""
    case = kept_or_refused(form)
    if case is None:
        return
    if form.result == "rescheduled":
        assert (CaseState.OFFERED, None, "cancelled") == (case.state, case.outcome, case.booking.state)
        assert form.again_at > MONDAY + hours(3) and form.again_at == case.windows[-1].interval.start
        return
    kept = case.outcome
    results = {line.result for line in kept.lines}
    decided = kept.result in ("approved", "partial", "modified", "upheld")

    assert not decided or [1, 2] == [line.sequence for line in kept.lines]
    assert kept.result != "approved" or {"approved"} == results
    assert kept.result != "upheld" or {"upheld"} <= results <= {"upheld", "withdrawn"}
    assert decided or not results or {"withdrawn"} == {kept.result} == results
    assert kept.result != "partial" or results & {"approved", "modified"}
    assert kept.result != "modified" or "modified" in results
    for line, asked in zip(kept.lines, (1, 24), strict=False):
        assert (line.result == "modified") == bool(line.quantity or line.change)
        assert line.change or line.quantity is None or 0 < line.quantity < asked
    assert kept.authorization is None or results & {"approved", "modified"}
    days = kept.authorization and (kept.authorization.starts_on, kept.authorization.ends_on)
    assert not days or None in days or days[0] <= days[1]
    assert not kept.in_writing or (kept.new_information and not kept.final)
    assert not kept.final or decided or kept.result == "withdrawn"
    assert (kept.not_held_reason is None) or kept.held_at is None
    assert kept.held_at is None or kept.held_at <= kept.recorded_at


def test_a_line_that_we_withdrew_leaves_the_rest_upheld():
    """One line given up on the call, the other denied: no result could be chosen for it, so nothing was recorded."""
    case, _ = settled(result="upheld", lines={2: ("withdrawn", None)})

    assert [(1, "upheld"), (2, "withdrawn")] == [(each.sequence, each.result) for each in case.outcome.lines]
    assert [1] == [each.sequence for each in lines_to_answer(case)]


def test_the_same_told_again_by_the_same_person_is_known():
    """A double click; but another word, or another person, is news."""
    case, _ = settled(result="upheld", reviewer_reason="No films.")
    told, now = OutcomeForm("upheld", reviewer_reason="No films."), MONDAY + hours(3)

    assert is_retold(case, told, by=COORDINATOR, now=now)
    assert not is_retold(case, replace(told, note="More."), by=COORDINATOR, now=now)
    assert not is_retold(case, told, by=replace(COORDINATOR, name="Another Person"), now=now)
    assert not is_retold(a_booked_case(), told, by=COORDINATOR, now=now)


def test_a_modified_line_may_be_changed_in_something_else_than_how_many():
    """The same service at another site is a modification without a number, and the note says which."""
    after, effects = settled(
        result="modified", lines={1: ("upheld", None), 2: ("modified", None)}, changes={2: "in an outpatient centre"}
    )

    assert "in an outpatient centre" == after.outcome.lines[1].change
    assert "Line 2 (Brace): modified; in an outpatient centre." in effects[0].text


# Facts E.1, p2p_outcome and not_held_reason, as the form tells them.
TERMS = {
    "overturned": {"result": "approved"},
    "partially_overturned": {"result": "partial", "lines": {1: ("approved", None), 2: ("upheld", None)}},
    "upheld": {"result": "upheld"},
    "withdrawn_by_provider": {"result": "withdrawn"},
    "converted_to_appeal": {"result": "converted_to_appeal"},
    "resolved_before_call": {"result": "approved", "not_held_reason": "resolved_before_call"},
    "informational_only": {"result": "informational"},
    "window_expired": {"result": "not_held", "not_held_reason": "window_expired"},
    "payer_no_show": {"result": "not_held", "not_held_reason": "payer_no_show"},
    "provider_no_show": {"result": "not_held", "not_held_reason": "our_no_show"},
    "attempts_exhausted": {"result": "not_held", "not_held_reason": "attempts_exhausted"},
    "cancelled_by_payer": {"result": "not_held", "not_held_reason": "cancelled_by_payer"},
    "declined_by_provider": {"result": "not_held", "not_held_reason": "declined_by_us"},
    "blocked_by_appeal": {"result": "not_held", "not_held_reason": "blocked_by_appeal"},
}


def test_every_way_in_which_a_call_ends_can_be_told():
    """Each term of facts E.1 is kept, and no two of them look alike afterwards."""
    kept = {term: settled(**form)[0].outcome for term, form in TERMS.items()}

    assert len(TERMS) == len({(each.result, each.not_held_reason) for each in kept.values()})
    held = {"overturned", "partially_overturned", "upheld", "informational_only"}
    assert held == {term for term, each in kept.items() if each.was_held}
    assert held == {term for term, each in kept.items() if each.held_at is not None}


def test_what_was_decided_before_the_call_is_no_call_held():
    """The payer approved it while we waited: the booked time is given back, and the note claims no conversation."""
    after, effects = settled(**TERMS["resolved_before_call"])

    assert ("cancelled", CaseState.DECIDED) == (after.booking.state, after.state)
    assert "decided before the call" in effects[0].text and "not disclosed" not in effects[0].text


def test_what_was_only_explained_leaves_the_appeal():
    """An informational call decides nothing: no letter is chased, the appeal is the next step."""
    after, effects = settled(result="informational")

    assert "appeal" == next_action_of(after, now=MONDAY).kind
    assert "awaited" not in effects[0].text


def test_a_call_that_was_moved_is_offered_at_its_new_time():
    """Both sides agreed on tomorrow: the old time is given back, the new one is there to be booked, the try logged."""
    form = OutcomeForm(
        "rescheduled", again_at=MONDAY + hours(30), reviewer=Reviewer("Dr Peer"), note="Needs the films."
    )
    told = {"attempt_id": "a1", "window_id": "w1", "length": timedelta(minutes=20), "by": COORDINATOR}
    after, effects = move_call(a_booked_case(), form, now=MONDAY + hours(3), **told)
    (attempt,) = after.attempts

    assert (CaseState.OFFERED, None) == (after.state, after.outcome)
    assert [MONDAY + hours(30)] == [each.interval.start for each in after.windows]
    assert ("rescheduled", "Dr Peer", "Needs the films.") == (attempt.result, attempt.reviewer.name, attempt.note)
    assert ["cancelled"] == [each.change for each in effects if isinstance(each, ChangeAppointment)]


def test_the_letter_keeps_what_was_said_on_the_phone():
    """Approved on the phone, upheld in the letter: both stand in the case and in the note; a later word keeps them."""
    spoken, _ = settled(reference_number="REF-1")
    letter = {"by": COORDINATOR, "outcome_id": "o2", "zone": ZONE, "now": MONDAY + hours(30)}
    written, effects = settle(spoken, OutcomeForm("upheld", final=True), **letter)
    again, _ = settle(written, OutcomeForm("upheld", final=True, note="Read again."), **letter)

    assert ("approved", "REF-1", None) == (
        written.outcome.told.result,
        written.outcome.told.reference_number,
        written.outcome.told.told,
    )
    assert "approved" == again.outcome.told.result
    assert "Told on the phone before the letter: overturned" in effects[0].text


def partly(**more):
    """Return a case of which one line was approved in part and the other not at all, in writing."""
    lines = {1: ("upheld", None), 2: ("modified", 8.0)}
    return settled(**{"result": "partial", "lines": lines, "final": True} | more)[0]


def answer(case, **answers):
    """Return the case after we answered its lines."""
    told = {int(name[1:]): said for name, said in answers.items()}
    return answer_lines(case, told, by=COORDINATOR, zone=ZONE, now=MONDAY + hours(40))


def test_a_difference_is_accepted_or_appealed_line_by_line():
    """Nothing said: it is asked for. One appealed: the appeal, of that line alone. All accepted: the case may close."""
    case = partly()
    one = answer(case, l2="accepted")[0]
    appealed, effects = answer(one, l1="appealed")
    accepted = answer(one, l1="accepted")[0]

    assert ["accept_or_appeal", "accept_or_appeal", "appeal", "close"] == [
        next_action_of(each, now=MONDAY).kind for each in (case, one, appealed, accepted)
    ]
    assert "Appeal line 1" == next_action_of(appealed, now=MONDAY).text
    assert appealed.clocks[1].ends_at == next_action_of(appealed, now=MONDAY).due_at
    assert "Line 1 (Lumbar fusion): upheld. We appeal it." in effects[0].text
    assert "modified, 8 of 24 approved. We accept it." in effects[0].text
    assert case.outcome.id in effects[0].replaces_key, "a new version of the note, none beside it"


def test_an_answer_belongs_to_a_line_that_was_cut():
    """An approved line, a line that is not there, a word that is none, and no word at all are refused by field."""
    case = partly(result="partial", lines={1: ("approved", None), 2: ("modified", 8.0)})
    for answers, field in (
        ({"l1": "appealed"}, "answer_1"),
        ({"l7": "accepted"}, "answer_7"),
        ({"l2": "perhaps"}, "answer_2"),
        ({}, "answer_2"),
    ):
        with pytest.raises(Contradiction) as refused:
            answer(case, **answers)
        assert field == refused.value.field
    with pytest.raises(Contradiction):
        answer(settled(final=True)[0])


def test_the_same_answer_again_changes_nothing():
    """A form sent twice writes one version."""
    once, _ = answer(partly(), l1="appealed", l2="accepted")

    assert (once, ()) == answer(once, l1="appealed", l2="accepted")


def test_an_amended_outcome_keeps_the_answer_to_a_line_that_did_not_change():
    """The reference number is corrected: the answers stand. Another quantity: it is asked again."""
    once, _ = answer(partly(), l1="appealed", l2="accepted")
    told = {"by": COORDINATOR, "outcome_id": "o9", "zone": ZONE, "now": MONDAY + hours(41)}
    lines = {1: ("upheld", None), 2: ("modified", 12.0)}
    after, _ = settle(once, OutcomeForm("partial", final=True, lines=lines), **told)

    assert (LineOutcome(1, "upheld", answer="appealed"), LineOutcome(2, "modified", 12.0)) == after.outcome.lines
    assert [1, 2] == [each.sequence for each in lines_to_answer(after)]


def test_what_must_go_in_writing_is_the_next_thing_until_it_is_sent():
    """Before the letter is chased, what was told on the call is sent; once it was, the answer to it is watched for."""
    after, _ = settled(result="upheld", new_information="Six weeks of therapy, by phone.", in_writing=True)
    owed = next_action_of(after, now=MONDAY)
    sent = replace(APPEALED, kind="send_new_information", stood=after.state, led_to=after.state, at=MONDAY + hours(4))
    done = replace(after, acts=(sent,))

    assert ("send_information", after.outcome.recorded_at + hours(24)) == (owed.kind, owed.due_at)
    assert "await_answer" == next_action_of(done, now=MONDAY).kind
    assert "chase" == next_action_of(replace(done, acts=(replace(sent, answered_at=MONDAY),)), now=MONDAY).kind
    earlier = replace(sent, stood=CaseState.OPEN, answered_at=MONDAY)
    assert "send_information" == next_action_of(replace(after, acts=(earlier,)), now=MONDAY).kind


def test_the_note_tells_all_of_it_in_order():
    """Facts F.4: who called whom, who spoke, what was told and argued, the result, what follows, minutes, who signs."""
    call = an_attempt(at=MONDAY + hours(2), hold_minutes=12, talk_minutes=9)
    _, effects = settled(
        replace(a_booked_case(), attempts=(call,)),
        reviewer=Reviewer("Dr Peer", "MD", npi="1234567890", withheld=True),
        new_information="Six weeks of therapy",
        in_writing=True,
        reviewer_reason="No films.",
        criterion="Conservative therapy first",
        authorization=Authorization("A-77", JUNE, JUNE + timedelta(90)),
        notice_told="by fax within two days",
        appeal_told="180 days, expedited if urgent",
        next_step="We fax the films today.",
        prep_minutes=15,
        note="Kind.",
    )
    wanted = (
        "Held: 23 Nov 2026 11:00 to 11:09 CST",
        "We called the payer at 800-555-0100.",
        "Dr Peer, MD, NPI 1234567890 as told, which does not check",
        "would not say",
        "DENIAL AS THE PAYER WROTE IT",
        "not in the request: Six weeks of therapy. It must be sent in writing.",
        "stated reason: No films.",
        "Criterion named: Conservative therapy first",
        "RESULT",
        "Authorization A-77, valid 23 Nov 2026 to 21 Feb 2027.",
        "Written notice, as told: by fax within two days",
        "Appeal rights, as told: 180 days",
        "Agreed next step: We fax the films today.",
        "Kind.",
        "Time spent: preparation 15 min, on hold 12 min, talk 9 min.",
        "CONTACT LOG",
        "Recorded and signed by Coordinator Test, 23 Nov 2026 12:00 CST.",
    )
    places = [effects[0].text.find(words) for words in wanted]

    assert -1 not in places, wanted[places.index(-1)]
    assert sorted(places) == places
    assert "To be sent in writing: Six weeks of therapy" in effects[1].text


def test_a_reviewer_who_would_not_say_is_noted_as_that():
    """Nobody asked, and asked in vain, are two things to a payer's record."""
    after, _ = settled(reviewer=Reviewer(withheld=True))

    assert "For the payer: would not say who they are" in note_of(after, zone=ZONE)
