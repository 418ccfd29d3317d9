"""What was decided is kept at once; the EHR is told behind, once for each version."""

from datetime import timedelta

import pytest

from app.core.acts import Told, next_act
from app.core.case import CaseState, MoveRefused
from app.core.outcome import Contradiction
from app.core.people import Reviewer, Role
from app.flow.act import take
from app.flow.learn import lessons
from app.flow.outcome import StillBooked, answer, close_case
from tests.fakes.office import TENANT, Office, bring, settle


def keys(office: Office, case) -> list[str]:
    """Return the names of the writes that were asked for."""
    return [each.key.removeprefix(f"{TENANT}/{case.id}/") for each in office.store.effects_of(TENANT, case.id)]


def test_an_outcome_is_kept_and_the_ehr_is_told_of_it_once(office: Office):
    """A note, a message, and the Appointment closed; verbal is decided and chases its letter."""
    case = bring(office, "connected")
    settled = settle(office, case)

    assert (CaseState.DECIDED, "chase", "payer") == (
        settled.state,
        settled.next_action.kind,
        settled.next_action.waits_on,
    )
    assert ["WriteAppointment", "WriteDocument", "WriteCommunication", "ChangeAppointment"] == office.effects(case)
    assert ["connected", "decided"] == office.events(case)[-2:]
    assert "fulfilled" == settled.booking.state


def test_a_final_outcome_is_also_confirmed(office: Office):
    """A written notice is both the decision and its confirmation."""
    case = settle(office, bring(office, "connected"), final=True)

    assert (CaseState.CONFIRMED, ["decided", "confirmed"]) == (case.state, office.events(case)[-2:])


def test_a_decision_on_a_call_nobody_logged_counts_as_connected(office: Office):
    """Who decides on the phone has spoken: the connection is counted at the time the call was held."""
    booked = bring(office, "booked")
    office.now = booked.booking.interval.end
    case = settle(office, booked, held_at=None)

    assert 1 == office.events(case).count("connected")
    (connected,) = [each for each in office.story(case) if each.kind == "connected"]
    assert case.booking.interval.start == connected.at


@pytest.mark.parametrize(
    ("form", "state", "action"),
    [
        ({"result": "withdrawn"}, CaseState.WITHDRAWN, "new_request"),
        ({"result": "not_held", "not_held_reason": "payer_no_show"}, CaseState.LAPSED, "appeal"),
        ({"result": "upheld", "final": True}, CaseState.CONFIRMED, "appeal"),
        (
            {"result": "partial", "lines": {1: ("modified", 1.0)}, "final": True},
            CaseState.CONFIRMED,
            "accept_or_appeal",
        ),
    ],
    ids=["withdrawn", "not held", "upheld", "partial"],
)
def test_every_result_owes_its_next_action(office: Office, form: dict, state: CaseState, action: str):
    """A case never ends without saying what follows, and what was not held was not connected."""
    case = settle(office, bring(office, "booked"), **form)

    assert (state, action) == (case.state, case.next_action.kind)
    assert (form["result"] in ("upheld", "partial")) == ("connected" in office.events(case))


def test_an_amended_outcome_replaces_the_older_writes(office: Office):
    """The second version names the first, so that the EHR never shows two beside each other."""
    first = settle(office, bring(office, "connected"))
    second = settle(office, first, result="upheld", final=True)

    found = second.outcome.id
    assert [f"document/{found}/{n}" for n in (0, 1)] == [each for each in keys(office, second) if "document" in each]
    assert (1, CaseState.CONFIRMED) == (second.outcome.revision, second.state)
    assert ["decided", "decided", "confirmed", "letter_differs"] == office.events(second)[-4:]


@pytest.mark.parametrize("final", [False, True], ids=["verbal", "final"])
def test_what_was_granted_stays_told_though_the_request_is_withdrawn(office: Office, final: bool):
    """Won on the call, then nobody needs it: the chart's note of the call stands, and Learn still counts the call."""
    case = settle(office, bring(office, "connected"), result="approved", final=final)
    gone = settle(office, case, result="withdrawn", reference_number=None)

    assert ("withdrawn", ["approved"]) == (gone.outcome.result, [each.result for each in gone.earlier])
    assert (0, CaseState.WITHDRAWN) == (gone.outcome.revision, gone.state)
    assert case.outcome.id != gone.outcome.id, "its note is another document"
    found = lessons(office.ports(Role.MANAGER), now=office.now).whole["overturn"]
    assert (1, 1) == (found.count, found.n)


def test_a_contradiction_is_refused_and_nothing_kept(office: Office):
    """Approved and a line upheld: the field is named, no write is asked for."""
    case = bring(office, "connected")
    before = office.photo()
    for form, field in (
        ({"result": "approved", "lines": {1: ("upheld", None)}}, "result"),
        ({"result": "partial"}, "result"),
        ({"result": "modified", "lines": {1: ("modified", None)}}, "quantity_1"),
        ({"result": "modified", "lines": {7: ("modified", 1.0)}}, "line_7"),
        ({"result": "not_held"}, "not_held_reason"),
    ):
        with pytest.raises(Contradiction) as refused:
            settle(office, case, **form)
        assert field == refused.value.field

    assert before == office.photo()


def test_a_closed_case_is_counted_once_and_stays_closed(office: Office):
    """Closed: nothing left to do, off the list, and neither amended nor closed again."""
    case = bring(office, "closed")
    assert ("none", 1) == (case.next_action.kind, office.events(case).count("closed"))
    with pytest.raises(MoveRefused):
        settle(office, case, result="upheld")
    assert 4 == len(office.effects(case))

    again = close_case(office.ports(), case.id, seen=case.version, now=office.now)
    assert (CaseState.CLOSED, 1) == (again.state, office.events(case).count("closed"))


def test_a_booked_call_is_not_closed_away(office: Office):
    """A live booking stands in two calendars: the case is not closed over it without cancelling it."""
    case = bring(office, "booked")
    with pytest.raises(StillBooked):
        close_case(office.ports(), case.id, seen=case.version, now=office.now)

    assert 20 == len(office.rows("busy_quanta"))


def test_a_call_that_was_moved_is_offered_again_and_nothing_is_decided(office: Office):
    """The old time is given back, the new one is offered; Learn hears of a try and an offer, and of no decision."""
    case = bring(office, "booked")
    office.now = case.booking.interval.end
    again = office.now + timedelta(days=1)
    moved = settle(office, case, result="rescheduled", again_at=again, reviewer=Reviewer("Dr Peer Example"))

    assert (CaseState.OFFERED, None) == (moved.state, moved.outcome)
    assert again in [each.interval.start for each in moved.windows]
    assert ["attempt", "cancelled", "offered"] == office.events(moved)[-3:]
    assert ["book", "us"] == [moved.next_action.kind, moved.next_action.waits_on]


def test_a_call_turned_into_an_appeal_waits_for_the_appeals_decision(office: Office):
    """The payer filed it for us: nobody files it again, and its answer is watched for."""
    case = settle(office, bring(office, "connected"), result="converted_to_appeal")

    assert (CaseState.LAPSED, "await_answer", "file_appeal") == (case.state, case.next_action.kind, case.awaited.kind)
    assert ["decided", "appealed"] == office.events(case)[-2:]


def test_what_was_decided_before_the_call_is_not_counted_as_the_calls(office: Office):
    """Approved while we waited: no connection is counted, and the decision is not the call's."""
    case = settle(office, bring(office, "booked"), result="approved", not_held_reason="resolved_before_call")

    assert ("cancelled", CaseState.DECIDED) == (case.booking.state, case.state)
    assert "connected" not in office.events(case)
    assert "resolved_before_call" == office.story(case)[-1].data["way"]


@pytest.mark.parametrize(("payer", "owed"), [("Priority Health", True), ("Aetna", False), ("Nobody’s Health", None)])
def test_what_was_told_goes_in_writing_where_the_payers_rule_wants_it(office: Office, payer: str, owed: bool | None):
    """Nobody said whether: the rule does. Who said so is believed before the rule; and nothing told owes nothing."""
    case = bring(office, "connected", payer=payer)
    told = settle(office, case, result="upheld", new_information="Six weeks of therapy.")
    said = settle(office, told, result="upheld", new_information="Six weeks of therapy.", in_writing=not owed)
    none = settle(office, said, result="upheld")

    assert [owed, not owed, None] == [each.outcome.in_writing for each in (told, said, none)]
    told_of = [
        (each.outcome.in_writing is True, each.next_action.kind == "send_information") for each in (told, said, none)
    ]
    assert all(wanted == asked for wanted, asked in told_of)


def test_what_was_sent_in_writing_is_sent_once(office: Office):
    """The next act is to send it; done, its answer is awaited, and the case does not ask for it again."""
    told = settle(
        office, bring(office, "connected"), result="approved", new_information="Six weeks of therapy.", in_writing=True
    )
    assert ("send_information", "send_new_information") == (told.next_action.kind, next_act(told, now=office.now))

    done = take(office.ports(), told.id, "send_new_information", Told(), seen=told.version, now=office.now)
    assert ("await_answer", "send_new_information") == (done.next_action.kind, done.awaited.kind)


def test_lines_are_answered_and_the_ehr_and_the_history_hear_of_it(office: Office):
    """One line upheld and appealed: the next action is its appeal, the note has a new version, the history says so."""
    case = settle(office, bring(office, "booked"), result="upheld", final=True)
    after = answer(office.ports(), case.id, {1: "appealed"}, seen=case.version, now=office.now)
    again = answer(office.ports(), case.id, {1: "appealed"}, seen=after.version, now=office.now)

    assert ("appeal", "appealed", after.version) == (
        after.next_action.kind,
        after.outcome.lines[0].answer,
        again.version,
    )
    assert ["lines_answered"] == office.events(after)[-1:]
    assert {"accepted": "", "appealed": "1"} == office.story(after)[-1].data
    assert [f"document/{case.outcome.id}/{n}" for n in (0, 1)] == [x for x in keys(office, after) if "document" in x]


def test_minutes_of_preparation_are_counted_once_however_often_they_are_amended(office: Office):
    """Learn adds up what it hears: an amended outcome tells the difference."""
    first = settle(office, bring(office, "connected"), prep_minutes=15)
    settle(office, first, prep_minutes=20)
    told = [each.data.get("prep_minutes") for each in office.story(first) if each.kind == "decided"]

    assert [15, 5] == told
