"""The outcome: never in contradiction to itself, written once, amended as a new version."""

from dataclasses import replace

import pytest

from app.core.case import CaseState, MoveRefused, TakenAct
from app.core.denial import Path
from app.core.effects import ChangeAppointment, TellPayer, WriteCommunication, WriteDocument
from app.core.next_action import next_action_of
from app.core.outcome import Contradiction, OutcomeForm, note_of, settle, way_of
from app.core.people import Reviewer
from tests.builders import COORDINATOR, MONDAY, a_booked_case, a_booking, a_case, a_routing, hours

ZONE = "America/Chicago"


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
    assert "Line 2 (Brace): modified, 8 approved." in effects[0].text


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
