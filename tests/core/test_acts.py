"""Acts outside the call: what each asks first, where it leads the case, and what a mistaken mark leaves behind."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from app.core.acts import (
    ACTS,
    CALL,
    COMPLETES,
    AtStake,
    NotNow,
    OutcomeFirst,
    ReasonOwed,
    TakenAlready,
    Told,
    acts_open,
    answered,
    calls_held,
    calls_missed,
    gives_up_call,
    instead_of,
    is_further_call,
    is_replay,
    may_lose_call,
    next_act,
    refusal_of,
    risk_of,
    take_act,
    take_back,
    went_on,
)
from app.core.book import AlreadyBooked
from app.core.case import CaseState, Clock, OfferedWindow, Outcome
from app.core.denial import Path
from app.core.interval import Interval
from app.core.next_action import next_action_of
from app.core.rulebook.guards import Forfeit, RiskyAct, Severity
from app.errors import Refused
from tests.builders import COORDINATOR, MONDAY, a_booked_case, a_booking, a_case, a_routing, an_attempt, hours

WHY = "The family insists."
DUE = Clock("answer", MONDAY, MONDAY + hours(72), "rule", "source", "because", firm=False)
WINDOW = OfferedWindow("w1", Interval(MONDAY + hours(1), MONDAY + hours(30)), "phone")
S = CaseState


def a_loss(act: str = "file_appeal", severity: Severity = Severity.LOSES) -> Forfeit:
    """Return one loss."""
    return Forfeit(
        RiskyAct(act), "The call is lost.", severity, "a_rule", "https://rule.example", date(2026, 11, 1), "V"
    )


def an_outcome(result: str = "upheld", **more) -> Outcome:
    """Return what a call decided."""
    return replace(Outcome("o1", result, True, MONDAY, "Coordinator Test"), **more)


def done(case, kind: str, *losses: Forfeit, why: str | None = WHY, at=MONDAY):
    """Return the case with the act done, its next action derived as every save does, and the effects."""
    told = Told("By fax.", why)
    after, effects = take_act(
        case,
        kind,
        told=told,
        forfeits=losses,
        answer=DUE,
        act_id=f"act{len(case.acts)}",
        by=COORDINATOR,
        seen=7,
        now=at,
    )
    return replace(after, next_action=next_action_of(after, now=at)), effects


def on_path(route: str, **more):
    """Return an open case on this path, its next action derived."""
    case = a_case(routing=a_routing(route=Path(route)), **more)
    return replace(case, next_action=next_action_of(case, now=MONDAY))


@pytest.mark.parametrize(
    ("route", "act", "watches"),
    [
        ("appeal", "file_appeal", "Watch for the decision of Payer Test on the appeal"),
        ("resubmit", "resubmit", "Watch for the decision of Payer Test on the corrected request"),
        ("additional_information", "send_new_information", "Watch for the answer of Payer Test to what was sent"),
        ("benefit_exception", "benefit_exception", "Watch for the answer of Payer Test on the benefit exception"),
        ("network_exception", "network_exception", "Watch for the answer of Payer Test on the network exception"),
        ("retro_authorization", "retro_authorization", "Watch for the answer of Payer Test on the retrospective"),
        ("new_request", "new_request", "Watch for the decision of Payer Test on the new request"),
    ],
)
def test_every_other_path_can_be_done_and_then_waits(route, act, watches):
    """Its next action has the act that completes it; afterwards the payer is waited for, by a date (F4)."""
    case = on_path(route)
    assert (act, None) == (next_act(case, now=MONDAY), risk_of(case, act))
    after, effects = done(case, act)

    assert (S.REROUTED, ()) == (after.state, effects)
    assert after.next_action.text.startswith(watches)
    assert ("await_answer", "payer", DUE.ends_at) == (
        after.next_action.kind,
        after.next_action.waits_on,
        after.next_action.due_at,
    )
    assert next_act(after, now=MONDAY) is None


def test_the_call_of_a_case_asked_for_is_waited_for():
    """Asked: the case waits for the payer's times until the last safe moment to book."""
    case = on_path("p2p")
    assert "ask_for_call" == next_act(case, now=MONDAY)
    after, _ = done(case, "ask_for_call")

    assert (S.REQUESTED, "await_windows", "payer", case.last_safe_at) == (
        after.state,
        after.next_action.kind,
        after.next_action.waits_on,
        after.next_action.due_at,
    )
    assert S.REQUESTED == done(after, "ask_for_call")[0].state, "it may be asked again"


def test_an_act_with_a_loss_needs_a_reason():
    """The case is as it was; the losses travel with the refusal."""
    with pytest.raises(AtStake) as stopped:
        done(on_path("p2p"), "file_appeal", a_loss(), why=None)

    assert ((a_loss(),), "The call is lost.") == (stopped.value.forfeits, stopped.value.say)


def test_a_reason_nobody_asked_for_is_not_kept():
    """Where nothing is lost there is nothing to justify."""
    after, _ = done(on_path("appeal"), "file_appeal")

    assert (None, (), "By fax.") == (after.acts[0].why, after.acts[0].lost, after.acts[0].note)


def test_an_appeal_that_ends_the_call_gives_its_time_back():
    """No reviewer and no clinician waits for a call that will not be held."""
    booked = replace(a_booking(), payer_slot="https://payer.example/Slot/1")
    after, effects = done(replace(a_booked_case(), booking=booked), "file_appeal", a_loss())

    assert (S.REROUTED, "cancelled") == (after.state, after.booking.state)
    assert ["ChangeAppointment", "TellPayer"] == [type(each).__name__ for each in effects]
    assert not after.is_call_open


@pytest.mark.parametrize("severity", [Severity.MAY_LOSE, Severity.ASK_FIRST])
def test_a_loss_that_is_not_sure_leaves_the_call_standing(severity):
    """Somebody goes on with a reason; whether the payer still talks is to be seen, so nothing is given back."""
    after, effects = done(a_booked_case(), "file_appeal", a_loss(severity=severity))

    assert (S.BOOKED, (), "call") == (after.state, effects, after.next_action.kind)


def test_an_appeal_beside_which_the_call_stays_leaves_the_call_next():
    """Facts C: some payers talk until the appeals are over."""
    after, _ = done(replace(on_path("p2p"), windows=(WINDOW,), state=S.OFFERED), "file_appeal")

    assert (S.OFFERED, "book") == (after.state, after.next_action.kind)


def test_what_was_sent_is_watched_until_the_call_must_be_booked():
    """Records may settle it without a call (D2): the payer is waited for, never beyond the last safe moment."""
    late = replace(on_path("p2p"), last_safe_at=MONDAY + hours(4))
    after, _ = done(late, "send_new_information")

    assert (S.OPEN, "await_answer", late.last_safe_at) == (
        after.state,
        after.next_action.kind,
        after.next_action.due_at,
    )
    assert after.next_action.text.endswith("book the call if none comes")


@pytest.mark.parametrize("state", [S.DECIDED, S.CONFIRMED, S.LAPSED, S.WITHDRAWN])
def test_after_a_decision_the_state_stays_and_the_act_is_watched(state):
    """The call's outcome is what it was; what comes next is the appeal's decision."""
    result = {S.LAPSED: "not_held", S.WITHDRAWN: "withdrawn"}.get(state, "upheld")
    after, _ = done(a_case(state=state, outcome=an_outcome(result)), "file_appeal")

    assert (state, "await_answer") == (after.state, after.next_action.kind)


def test_a_call_that_was_begun_owes_its_outcome_first():
    """Lost outcome is harm: an appeal marked over a call that nobody has told of is refused."""
    begun = a_booked_case()
    for case in (a_case(state=S.CONNECTED), begun):
        with pytest.raises(OutcomeFirst):
            done(case, "file_appeal", at=begun.booking.interval.start)
        assert "send_new_information" in acts_open(case, now=begun.booking.interval.start)


def test_what_is_still_awaited_is_not_done_twice():
    """A second appeal while the first is undecided is a mistake; more records are not."""
    once, _ = done(on_path("appeal"), "file_appeal")
    with pytest.raises(TakenAlready):
        done(once, "file_appeal")

    more, _ = done(on_path("additional_information"), "send_new_information")
    assert 2 == len(done(more, "send_new_information")[0].acts)


@pytest.mark.parametrize(
    ("case", "kind", "refused"),
    [
        (a_case(state=S.CLOSED), "file_appeal", NotNow),
        (a_case(state=S.DECIDED, outcome=an_outcome("approved")), "file_appeal", NotNow),
        (a_case(state=S.WITHDRAWN, outcome=an_outcome("withdrawn")), "ask_for_call", NotNow),
        (a_booked_case(), "ask_for_call", AlreadyBooked),
        (a_case(), "dance", NotNow),
    ],
)
def test_what_makes_no_sense_is_refused(case, kind, refused):
    """A case that is over, won, or booked takes no such act; an act that there is not is none."""
    with pytest.raises(refused):
        done(case, kind)


def test_calls_are_counted_by_what_was_held_and_what_we_missed():
    """A call with an outcome, one just held, our no-shows; not the payer's, not an appeal's decision."""
    spoken = an_attempt(at=MONDAY + hours(1))
    ours, theirs = (
        an_attempt(result="our_no_show", reached="nobody"),
        an_attempt(result="payer_no_show", reached="nobody"),
    )
    told = an_outcome()
    cases = {
        (0, 0): a_case(),
        (1, 0): a_case(state=S.DECIDED, outcome=told, attempts=(an_attempt(at=MONDAY - hours(1)),)),
        (2, 0): a_case(state=S.CONNECTED, earlier=(told,), attempts=(spoken,)),
        (0, 1): a_case(state=S.MISSED, attempts=(ours, theirs)),
    }
    for counts, case in cases.items():
        assert counts == (calls_held(case), calls_missed(case))
    assert 0 == calls_held(a_case(outcome=an_outcome(way="file_appeal")))
    assert 0 == calls_held(a_case(outcome=an_outcome("not_held")))


def test_a_second_call_keeps_the_first_ones_outcome():
    """F8: its outcome stands behind; the next one is told anew and never written over it."""
    told = an_outcome()
    decided = a_case(state=S.CONFIRMED, outcome=told, windows=(WINDOW,))
    assert RiskyAct.SECOND_REQUEST is risk_of(decided, "ask_for_call")
    after, _ = done(decided, "ask_for_call", a_loss("second_request"), at=MONDAY + hours(31))

    assert (S.REQUESTED, None, (told,), ()) == (after.state, after.outcome, after.earlier, after.windows)
    assert not is_further_call(after), "who went on once is not stopped again for the same call"
    back = take_back(after, "act0", why="not asked", by=COORDINATOR, now=MONDAY)
    assert (S.CONFIRMED, told, ()) == (back.state, back.outcome, back.earlier)


def test_only_a_call_that_can_still_be_had_can_be_lost():
    """Where no call is left, or none was planned, an appeal costs none; an answer nobody has read may hold one."""
    assert RiskyAct.FILE_APPEAL is risk_of(on_path("p2p"), "file_appeal")
    assert RiskyAct.FILE_APPEAL is risk_of(on_path("human"), "file_appeal")
    for case in (on_path("benefit_exception"), a_case(state=S.LAPSED), a_case(state=S.DECIDED, outcome=an_outcome())):
        assert risk_of(case, "file_appeal") is None


def test_a_call_is_given_up_only_within_its_time():
    """After the window there is nothing to give up any more."""
    case = a_booked_case()
    assert gives_up_call(case, now=MONDAY)
    assert not gives_up_call(case, now=MONDAY + hours(48))


def test_taking_back_leaves_the_case_as_it_was():
    """All but the mark, which stays to be read with who took it back and why."""
    case = on_path("p2p", windows=(WINDOW,))
    after, _ = done(case, "file_appeal", a_loss())
    back = take_back(after, "act0", why=" another case ", by=COORDINATOR, now=MONDAY + hours(1))

    assert (S.OPEN, "another case") == (back.state, back.acts[0].taken_back.why)
    assert next_action_of(case, now=MONDAY) == next_action_of(back, now=MONDAY)
    for again in ("act0", "act9"):
        with pytest.raises(NotNow):
            take_back(back, again, why="x", by=COORDINATOR, now=MONDAY)
    with pytest.raises(ReasonOwed):
        take_back(after, "act0", why="  ", by=COORDINATOR, now=MONDAY)


def test_taking_the_appeal_back_opens_the_call_whatever_was_sent_meanwhile():
    """The act that ended the call is found, not the latest one."""
    appealed, _ = done(on_path("p2p"), "file_appeal", a_loss())
    sent, _ = done(appealed, "send_new_information")

    assert S.OPEN == take_back(sent, "act0", why="x", by=COORDINATOR, now=MONDAY).state
    assert S.REROUTED == take_back(sent, "act1", why="x", by=COORDINATOR, now=MONDAY).state


def test_what_happened_after_an_act_is_not_undone_with_it():
    """A window told after the appeal stays offered when the mark is taken back."""
    appealed, _ = done(on_path("p2p"), "file_appeal", a_loss())
    offered = replace(appealed, state=S.OFFERED, windows=(WINDOW,))

    assert S.OFFERED == take_back(offered, "act0", why="x", by=COORDINATOR, now=MONDAY).state


def test_a_new_answer_of_the_payer_ends_the_waiting():
    """Pended, records sent, now denied: the case is read anew, and its window is not overlooked."""
    sent, _ = done(on_path("additional_information"), "send_new_information")
    after = answered(sent, now=MONDAY + hours(5))

    assert (S.OPEN, None, MONDAY + hours(5)) == (after.state, after.awaited, after.acts[0].answered_at)


def test_a_step_in_spite_of_a_loss_stands_in_the_history():
    """Who went on, with what was said to be lost; without a loss nothing is noted, without a reason nothing is done."""
    case, by = a_booked_case(), {"act_id": "x", "by": COORDINATOR, "seen": 3, "now": MONDAY}
    assert case == went_on(case, (), why=None, **by)
    noted = went_on(case, (a_loss("missed_window"),), why=WHY, **by).acts[0]
    assert ("missed_window", WHY, ("The call is lost.",)) == (noted.kind, noted.why, noted.lost)
    with pytest.raises(AtStake):
        went_on(case, (a_loss("missed_window"),), why="", **by)


@pytest.mark.parametrize(
    ("act", "severity", "case", "where"),
    [
        ("file_appeal", Severity.LOSES, a_case(), "windows"),
        ("file_appeal", Severity.LOSES, a_case(windows=(WINDOW,)), "slots"),
        ("file_appeal", Severity.LOSES, a_booked_case(), "call"),
        ("wait_for_written", Severity.MAY_LOSE, a_case(), "windows"),
        ("second_request", Severity.LOSES, a_case(), "appeal"),
        ("missed_window", Severity.LOSES, a_case(windows=(WINDOW,)), "slots"),
        ("missed_window", Severity.LOSES, a_case(), "windows"),
        ("wrong_credential", Severity.LOSES, a_case(), "clinician"),
        ("second_request", Severity.ASK_FIRST, a_case(), "call"),
    ],
)
def test_in_place_of_a_loss_something_can_be_done(act, severity, case, where):
    """What the page offers leads to where it is done."""
    assert where == instead_of(case, (a_loss(act, severity),)).where


ROUTES = ("p2p", "ask_reason", "human", "appeal", "benefit_exception", "additional_information")
STATES = {
    S.OPEN,
    S.REQUESTED,
    S.OFFERED,
    S.MISSED,
    S.LAPSED,
    S.DECIDED,
    S.CONFIRMED,
    S.WITHDRAWN,
    S.CONNECTED,
    S.BOOKED,
}


@some.composite
def cases(draw):
    """Return a case in any state that a case can be in, with or without windows."""
    state = draw(some.sampled_from(sorted(STATES)))
    booked = state is S.BOOKED
    result = {S.WITHDRAWN: "withdrawn", S.DECIDED: "upheld", S.CONFIRMED: "partial"}.get(state)
    return a_case(
        state=state,
        routing=a_routing(route=Path(draw(some.sampled_from(ROUTES)))),
        windows=draw(some.sampled_from([(), (WINDOW,)])),
        booking=a_booking() if booked else None,
        outcome=an_outcome(result) if result else None,
    )


DEEDS = some.lists(some.tuples(some.sampled_from([*ACTS, "back"]), some.sampled_from([None, *Severity])), max_size=6)


@given(cases(), DEEDS)
def test_whatever_is_done_the_case_owes_something_it_can_do(case, deeds):
    """Any acts in any order, with any loss: refused as told before, or done; no mark is lost, a next action stands."""
    marks = 0
    for n, (kind, severity) in enumerate(deeds):
        at = MONDAY + timedelta(minutes=n)
        if kind == "back":
            standing = [each for each in case.acts if each.taken_back is None]
            case = take_back(case, standing[-1].id, why="x", by=COORDINATOR, now=at) if standing else case
            continue
        losses = (a_loss(severity=severity),) if severity else ()
        refusal = refusal_of(case, kind, now=at)
        assert (refusal is None) == (kind in acts_open(case, now=at))
        costs = severity is Severity.LOSES and kind in ("file_appeal", "send_new_information") and may_lose_call(case)
        try:
            case, _ = done(case, kind, *losses, at=at)
            marks += 1
        except Refused as error:
            assert refusal is not None and type(error) is type(refusal)
            continue
        latest = case.acts[-1]
        assert is_replay(case, kind, by=COORDINATOR, seen=7)
        assert latest.ends_call == costs
        assert not (latest.ends_call and case.is_call_open and latest.led_to is S.REROUTED)
    assert marks == len(case.acts)
    action = next_action_of(case, now=MONDAY)
    assert action.text and action.waits_on in ("us", "payer", "clinician", "nobody")
    if action.kind == "await_answer":
        assert case.awaited is not None and action.due_at is not None


@given(cases(), some.sampled_from(sorted(ACTS)), some.sampled_from([None, *Severity]))
def test_a_mark_taken_back_at_once_changes_nothing(case, kind, severity):
    """State, outcome and next action are as before; a booking that was given back is offered again."""
    try:
        after, _ = done(case, kind, *((a_loss(severity=severity),) if severity else ()))
    except Refused:
        return
    back = take_back(after, after.acts[-1].id, why="x", by=COORDINATOR, now=MONDAY)
    given_back = case.booking is not None and after.booking.state == "cancelled"

    assert (case.outcome, case.earlier) == (back.outcome, back.earlier)
    if not given_back:
        assert (case.state, next_action_of(case, now=MONDAY)) == (back.state, next_action_of(back, now=MONDAY))
    else:
        assert back.state in (S.OFFERED, S.OPEN)


def test_every_act_that_completes_something_is_an_act():
    """The tables name the same acts; a way of its own is no act's name."""
    assert set(COMPLETES.values()) <= set(ACTS)
    assert CALL not in ACTS
