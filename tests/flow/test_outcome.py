"""What was decided is kept at once; the EHR is told behind, once for each version."""

import pytest

from app.core.case import CaseState, MoveRefused
from app.core.outcome import Contradiction
from app.flow.outcome import StillBooked, close_case
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
    assert ["decided", "decided", "confirmed"] == office.events(second)[-3:]


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
