"""What was done outside the call is marked once; what may cost the call is stopped, and who went on is kept."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.acts import AtStake, Told
from app.core.case import Case, CaseState
from app.core.denial import Code
from app.core.interval import Interval, subtract
from app.core.outcome import Contradiction, OutcomeForm
from app.core.people import Role
from app.core.rulebook.guards import RiskyAct, Severity
from app.flow import act, book, learn, outcome, tick, windows
from tests.builders import CLINICIAN
from tests.fakes.office import (
    ACTION,
    PUBLISHER,
    TENANT,
    Office,
    a_slot,
    best_slot,
    book_best,
    bring,
    detected,
    keep_window,
    log,
    settle,
)

PENDED = Code(ACTION, "A4")
SOMEBODY = replace(CLINICIAN, credential=None)  # the EHR does not say what they are
FORFEITS = "Regence"  # its rule: no call once an appeal is filed, one call for one denial
KEEPS = "Vaya Health"  # its rule: an appeal leaves the call


def take(office: Office, case: Case, kind: str, *, why: str | None = None, note: str | None = None) -> Case:
    """Return the case with the act marked as done."""
    seen = office.case(case.id).version
    return act.take(office.ports(), case.id, kind, Told(note, why), seen=seen, now=office.now)


def undo(office: Office, case: Case, *, why: str = "It was another case.") -> Case:
    """Return the case with its latest act taken back."""
    latest = office.case(case.id).acts[-1].id
    return act.undo(office.ports(), case.id, latest, why=why, seen=office.case(case.id).version, now=office.now)


def test_an_appeal_that_costs_the_call_is_stopped_and_nothing_is_kept(office: Office):
    """Facts C: this payer holds no call once an appeal is filed; without a reason nothing is done (F7)."""
    case = bring(office, "booked", payer=PUBLISHER[1])
    before = office.photo()
    with pytest.raises(AtStake) as stopped:
        take(office, case, "file_appeal")

    (forfeit,) = stopped.value.forfeits
    assert (Severity.LOSES, PUBLISHER[0]) == (forfeit.severity, forfeit.rule)
    assert before == office.photo()


def test_with_a_reason_the_appeal_is_filed_and_the_call_is_given_up(office: Office):
    """The booked time goes back on both sides; the case watches for the appeal's decision by its law's date."""
    case = take(office, bring(office, "booked", payer=PUBLISHER[1]), "file_appeal", why="The family insists.")

    assert (CaseState.REROUTED, "cancelled", None) == (case.state, case.booking.state, case.last_safe_at)
    assert ["WriteAppointment", "ChangeAppointment"] == office.effects(case)
    (taken,) = case.acts
    assert ("The family insists.", True) == (taken.why, taken.ends_call)
    assert ("await_answer", "payer", taken.answer.ends_at) == (
        case.next_action.kind,
        case.next_action.waits_on,
        case.next_action.due_at,
    )
    assert "appeal_decision" == taken.answer.name
    assert ["appealed", "went_on"] == office.events(case)[-2:]


def test_who_went_on_and_why_stands_in_the_audit(office: Office):
    """The reason is in the chain that cannot be changed unnoticed, and in no event that Learn reads."""
    case = take(office, bring(office, "open", payer=PUBLISHER[1]), "file_appeal", why="Zebra told us to.")

    told = [each for each in office.audited() if "Zebra" in each[1]]
    assert [("sandbox|coordinator", case.id)] == [(each[0], each[2]) for each in told]
    assert all("Zebra" not in str(each.data) for each in office.story(case))
    assert office.store.check_audit(TENANT).broken_at is None


def test_the_same_form_twice_does_it_once(office: Office):
    """A double click, or a form sent again after its answer was lost."""
    case = bring(office, "no_call")
    told, seen = Told(), case.version
    once = act.take(office.ports(), case.id, "benefit_exception", told, seen=seen, now=office.now)
    twice = act.take(office.ports(), case.id, "benefit_exception", told, seen=seen, now=office.now)

    assert once == twice == office.case(case.id)
    assert 1 == office.events(case).count("exception_asked")


def test_of_a_payer_nobody_knows_it_is_asked_first(office: Office):
    """No rule is not the same as nothing lost, and another payer's rule is never used."""
    case = bring(office, "open")
    with pytest.raises(AtStake) as stopped:
        take(office, case, "file_appeal")

    assert [(Severity.ASK_FIRST, None)] == [(each.severity, each.rule) for each in stopped.value.forfeits]


def test_where_the_rule_says_that_nothing_is_lost_it_is_done_at_once(office: Office):
    """This payer talks until its appeals are over: no page, and the call stays next."""
    case = take(office, bring(office, "offered", payer=KEEPS, line_of_business="medicaid"), "file_appeal")

    assert ("book", ["appealed"]) == (case.next_action.kind, office.events(case)[-1:])
    assert () == case.acts[0].lost


def test_a_case_whose_call_is_gone_is_neither_offered_nor_lapsed(office: Office):
    """The payer's book is read no more for it, and time alone moves it no more: its appeal is under way."""
    office.desk.publish(PUBLISHER[0], a_slot(1, after=20))
    case = take(office, bring(office, "open", payer=PUBLISHER[1]), "file_appeal", why="The family insists.")
    read = windows.read_published_windows(office.ports(), case.id, now=office.now)
    office.push(days=30)
    tick.lapse_overdue(office.ports(), now=office.now)

    assert (CaseState.REROUTED, ()) == (read.case.state, read.case.windows)
    assert CaseState.REROUTED == office.case(case.id).state


def test_a_call_offered_all_the_same_is_taken(office: Office):
    """The payer may talk in spite of its rule: its told window opens the call again."""
    case = take(office, bring(office, "open", payer=PUBLISHER[1]), "file_appeal", why="The family insists.")
    offered = keep_window(office, case)

    assert (CaseState.OFFERED, "book") == (offered.state, offered.next_action.kind)


def test_a_mark_taken_back_opens_the_call_again(office: Office):
    """The wrong case was marked: the call's last safe moment runs again, and both words stay."""
    case = bring(office, "open", payer=PUBLISHER[1])
    back = undo(office, take(office, case, "file_appeal", why="The family insists."))

    assert (case.state, case.last_safe_at, case.next_action) == (back.state, back.last_safe_at, back.next_action)
    assert ["appealed", "went_on", "taken_back"] == office.events(case)[-3:]
    assert any("It was another case." in each[1] for each in office.audited())


def test_the_appeals_decision_is_an_outcome_of_its_own(office: Office):
    """The call's note is not written over; Learn counts the call's decision and not the appeal's."""
    upheld = settle(office, bring(office, "connected"), result="upheld", final=True)
    appealed = take(office, upheld, "file_appeal")
    assert ("await_answer", "upheld") == (appealed.next_action.kind, appealed.outcome.result)
    won = settle(office, appealed, result="approved", final=True, way="file_appeal")

    assert ("file_appeal", ("upheld",)) == (won.outcome.way, tuple(each.result for each in won.earlier))
    assert (None, None) == (won.awaited, won.outcome.held_at)
    documents = [each.key for each in office.store.effects_of(TENANT, won.id) if each.kind == "WriteDocument"]
    assert 2 == len({key.rpartition("/")[0] for key in documents}), "two documents, none of them a version of the other"
    lessons = learn.lessons(office.ports(Role.MANAGER), now=office.now)
    assert (0, 1) == ((held := lessons.whole["overturn"]).count, held.n)
    assert 1 == office.events(won).count("connected")


def test_amending_the_call_while_the_appeal_is_undecided_leaves_the_appeal(office: Office):
    """The call's outcome is corrected, the appeal is still watched for."""
    upheld = settle(office, bring(office, "connected"), result="upheld", final=True)
    amended = settle(office, take(office, upheld, "file_appeal"), result="upheld", final=True, note="A typing error.")

    assert (1, "call", ()) == (amended.outcome.revision, amended.outcome.way, amended.earlier)
    assert "await_answer" == amended.next_action.kind


def test_an_answer_to_nothing_is_refused(office: Office):
    """No appeal was filed, so none was decided."""
    with pytest.raises(Contradiction) as refused:
        settle(office, bring(office, "connected"), result="approved", way="file_appeal")

    assert "way" == refused.value.field


def test_approved_while_a_call_is_booked_gives_the_time_back(office: Office):
    """Records were sent, the payer approves before the call: nobody waits for it, and it was not held."""
    sent = take(office, bring(office, "booked", payer=PUBLISHER[1]), "send_new_information")
    won = settle(office, sent, result="approved", final=True, way="send_new_information")

    assert ("cancelled", CaseState.CONFIRMED) == (won.booking.state, won.state)
    assert "connected" not in office.events(won)


def test_the_payers_new_answer_is_read_though_something_was_sent(office: Office):
    """Pended, records sent, then denied: the case opens again for its call; its window is not waited away."""
    pended = detected(office, action=PENDED, reason=None, notes=(), information_requested=True)
    assert "send_information" == pended.next_action.kind
    sent = take(office, pended, "send_new_information")
    assert (CaseState.REROUTED, "await_answer") == (sent.state, sent.next_action.kind)
    denied = detected(office)

    assert (CaseState.OPEN, None, "ask_windows") == (denied.state, denied.awaited, denied.next_action.kind)


def test_a_second_call_is_stopped_where_the_payer_holds_one(office: Office):
    """F8: asking for it and booking it alike; the first call's outcome stands behind the second's."""
    decided = settle(office, bring(office, "connected", payer=FORFEITS), result="upheld", final=True)
    with pytest.raises(AtStake) as stopped:
        take(office, decided, "ask_for_call")
    assert "1 call for one denial" in stopped.value.forfeits[0].sentence
    asked = take(office, decided, "ask_for_call", why="Its scheduler offered one.")
    booked = book_best(office, keep_window(office, asked, day="2026-11-24"))

    assert (CaseState.BOOKED, "upheld") == (booked.state, booked.earlier[0].result)


def test_another_time_after_a_call_is_another_call(office: Office):
    """Connected, then moved: a further request, whether it was asked for by name or not."""
    case = bring(office, "connected", payer=FORFEITS)
    case = keep_window(office, case, day="2026-11-24")
    wanted, before = best_slot(office, case), office.photo()
    with pytest.raises(AtStake):
        book.move(office.ports(), case.id, wanted, seen=case.version, now=office.now)
    assert before == office.photo()

    wanted = replace(wanted, why="We were cut off.")
    again = book.move(office.ports(), case.id, wanted, seen=case.version, now=office.now)
    assert ("second_request", "We were cut off.") == (again.acts[-1].kind, again.acts[-1].why)


@pytest.mark.parametrize(
    ("credential", "speaker", "stops"),
    [
        ("physician", None, False),
        ("pa", None, False),
        ("np", None, True),
        (None, "physician", False),
        (None, "rn", True),
    ],
)
def test_a_caller_whom_the_payer_turns_away_is_not_booked_unseen(office: Office, credential, speaker, stops):
    """Facts C: this payer names its peers; what the caller is comes from the EHR, else from the form."""
    who = replace(CLINICIAN, credential=credential)
    case = bring(office, "offered", payer=FORFEITS, clinician=who)
    wanted = replace(best_slot(office, case), speaker=speaker)
    if stops:
        with pytest.raises(AtStake) as stopped:
            book.book(office.ports(), case.id, wanted, seen=case.version, now=office.now)
        assert (RiskyAct.WRONG_CREDENTIAL, False) == (stopped.value.risk, stopped.value.speaker_asked)
        wanted = replace(wanted, why="The scheduler agreed.")
    booked = book.book(office.ports(), case.id, wanted, seen=case.version, now=office.now)

    assert (speaker or credential) == booked.clinician.credential
    assert stops == bool(booked.acts)


def test_what_the_caller_is_is_asked_once_where_the_payer_minds(office: Office):
    """The EHR does not say: the form asks, and the case keeps the answer for the next time."""
    case = bring(office, "offered", payer=FORFEITS, clinician=SOMEBODY)
    with pytest.raises(AtStake) as stopped:
        book_best(office, case)
    assert (True, ()) == (stopped.value.speaker_asked, stopped.value.forfeits)

    told = replace(best_slot(office, case), speaker="physician")
    booked = book.book(office.ports(), case.id, told, seen=case.version, now=office.now)
    gone = book.cancel(office.ports(), case.id, reason="clinic", seen=booked.version, now=office.now)
    assert CaseState.BOOKED == book_best(office, gone).state


def test_a_payer_that_minds_nobody_asks_nothing(office: Office):
    """Where the rule names no role, or no rule is known, a physician is sent as always."""
    assert not bring(office, "booked", payer=PUBLISHER[1], clinician=SOMEBODY).acts
    unknown = bring(office, "offered", id="cr2", patient="p2", clinician=replace(SOMEBODY, reference="Practitioner/d2"))
    assert CaseState.BOOKED == book_best(office, unknown).state


def test_a_held_time_is_booked_under_the_same_guard(office: Office):
    """Picking a held time is booking it."""
    case = bring(office, "offered", payer=FORFEITS, clinician=SOMEBODY)
    slot, until = best_slot(office, case), office.now + timedelta(minutes=50)
    held = book.hold(office.ports(), case.id, [slot], until=until, waits_on="payer", seen=case.version, now=office.now)
    pick = {"accept_unverified": False, "seen": held.version, "now": office.now}
    with pytest.raises(AtStake):
        book.pick(office.ports(), case.id, held.holds[0].id, **pick)

    assert CaseState.BOOKED == book.pick(office.ports(), case.id, held.holds[0].id, speaker="physician", **pick).state


def test_the_last_time_is_not_given_up_unseen(office: Office):
    """Cancelling while another time is left asks nothing; the last one asks why, and says what that costs."""
    office.desk.publish(PUBLISHER[0], a_slot(1, after=20), a_slot(2, after=22))
    case = windows.read_published_windows(office.ports(), bring(office, "open", payer=PUBLISHER[1]).id, now=office.now)
    booked = book_best(office, case.case)
    gone = book.cancel(office.ports(), booked.id, reason="clinic", seen=booked.version, now=office.now)
    assert not gone.acts

    office.desk.slots[PUBLISHER[0]].pop()
    last = book_best(office, windows.read_published_windows(office.ports(), gone.id, now=office.now).case)
    with pytest.raises(AtStake) as stopped:
        book.cancel(office.ports(), last.id, reason="clinic", seen=last.version, now=office.now)
    assert RiskyAct.MISSED_WINDOW is stopped.value.risk
    done = book.cancel(office.ports(), last.id, reason="clinic", why="She is ill.", seen=last.version, now=office.now)
    assert ["cancelled", "went_on"] == office.events(done)[-2:]


def test_a_full_calendar_makes_the_booked_time_the_last(office: Office):
    """The payer has hours left, our clinician has none: giving the time up is giving the call up."""
    booked = bring(office, "booked")
    day = Interval(office.now, office.now + timedelta(days=3))
    office.ehr.calendars[CLINICIAN.reference] = list(subtract((day,), (booked.booking.interval,)))
    with pytest.raises(AtStake):
        book.cancel(office.ports(), booked.id, reason="clinic", seen=booked.version, now=office.now)


def test_our_own_no_show_says_what_it_costs_before_it_is_kept(office: Office):
    """Facts C: this payer counts it as held. The payer's no-show is no loss of ours and is kept at once."""
    case = bring(office, "booked", payer=FORFEITS)
    office.now = case.booking.interval.end
    missed = {"result": "our_no_show", "reached": "nobody", "reviewer": None}
    with pytest.raises(AtStake) as stopped:
        log(office, case, **missed)
    assert "counts a call at which nobody was reached as held" in stopped.value.forfeits[0].sentence
    kept = log(office, case, **missed, why="An emergency in theatre.")

    assert (CaseState.MISSED, "missed_window") == (kept.state, kept.acts[0].kind)
    assert ["attempt", "went_on", "missed"] == office.events(kept)[-3:]


@pytest.mark.parametrize(
    ("reason", "stops"), [("declined_by_us", True), ("our_no_show", True), ("payer_no_show", False)]
)
def test_a_call_we_let_go_is_stopped_and_the_payers_failing_is_not(office: Office, reason: str, stops: bool):
    """Recording that no call will be held, while one still could, asks why."""
    case = bring(office, "booked", payer=PUBLISHER[1])
    form = OutcomeForm("not_held", not_held_reason=reason)
    if stops:
        with pytest.raises(AtStake):
            outcome.record_outcome(office.ports(), case.id, form, seen=case.version, now=office.now)
    why = "The family chose another treatment."
    let_go = outcome.record_outcome(office.ports(), case.id, form, why=why, seen=case.version, now=office.now)

    assert stops == bool(let_go.acts)


def test_a_case_with_a_call_left_is_not_closed_unseen(office: Office):
    """Closing it gives the call up."""
    case = bring(office, "offered", payer=PUBLISHER[1])
    with pytest.raises(AtStake):
        outcome.close_case(office.ports(), case.id, seen=case.version, now=office.now)

    why = "The request was made in error."
    closed = outcome.close_case(office.ports(), case.id, why=why, seen=case.version, now=office.now)
    assert (CaseState.CLOSED, why) == (closed.state, closed.acts[0].why)


@pytest.mark.parametrize("act_name", ["file_appeal", "new_request", "benefit_exception"])
def test_an_act_is_due_for_its_answer_at_a_moment_with_a_reason(office: Office, act_name: str):
    """By law where a law knows it, else when we ask how it stands; never in the past, always with its why."""
    case = take(office, bring(office, "no_call"), act_name)
    clock = case.acts[0].answer

    names = {"file_appeal": "appeal_decision", "new_request": "determination", "benefit_exception": "answer"}
    assert (names[act_name], True) == (clock.name, clock.ends_at > office.now)
    assert clock.because and clock.source.startswith("http")
