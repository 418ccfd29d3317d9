"""
A broken call rule goes up its ladder by itself, once a step, however many look; people take its steps or leave it.

The race is run on both databases, and again with the version taken out of the save: there it must come out twice.
"""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.call.ladder import NoSuchLadder
from app.core.case import Case, CaseState, act_by
from app.core.learn import mark_of
from app.core.outcome import OutcomeForm
from app.core.people import Reviewer
from app.edges.store import Database
from app.edges.store import cases as cases_module
from app.errors import Refused
from app.flow import escalate, learn, tick
from app.flow.call.correct import correct
from app.flow.escalate import WhyLeft
from app.flow.outcome import record_outcome
from app.flow.tick import climb, look_again
from app.wire import RandomIds
from tests.builders import MONDAY
from tests.databases import database, database_url
from tests.fakes.office import Office, an_answer, an_attempt, book_best, bring, detected, keep_window, log, settle

__all__ = ["database", "database_url"]
OTHER = Reviewer("Dr Peer Example", "MD", "Dermatology")
ROUNDS = 4


def look(office: Office) -> int:
    """Let the worker look at the clock."""
    return climb(office.ports(), now=office.now)


def on_hold(office: Office) -> Case:
    """Return an offered case in which we gave up waiting: that rule's ladder begins."""
    return log(office, bring(office, "offered"), result="gave_up_holding", reached="nobody", reviewer=None)


def missed(office: Office) -> Case:
    """Return a case whose booked call the payer missed, with no other time to book it again at."""
    case = bring(office, "booked")
    office.now = case.booking.interval.end
    return log(office, case, result="payer_no_show", reached="nobody", reviewer=None)


def test_what_was_broken_stands_on_the_try_in_its_event_and_as_what_is_next(office: Office):
    """One save: the log, the story, and what follows with its owner and time."""
    case = on_hold(office)
    (found,) = case.escalations

    assert ("held_too_long",) == case.attempts[-1].problems
    assert "held_too_long" == office.story(case)[-1].data["problems"]
    assert (case.attempts[-1].id, 0, "coordinator") == (found.about, found.step, found.owner)
    assert found.due_at >= act_by(case)


def missed_early(office: Office, **more) -> Case:
    """Return a case whose call was logged as missed three minutes in."""
    case = bring(office, "booked")
    office.now = case.booking.interval.start + timedelta(minutes=3)
    return log(office, case, **{"result": "payer_no_show", "reached": "nobody", "reviewer": None} | more)


def test_a_no_show_logged_early_is_one_once_its_minutes_are_over(office: Office):
    """Nobody types it again: the entry, the ladder and the next action say so from then on, once; until then not."""
    case = missed_early(office, result="our_no_show", why="The clinic ran late.")
    assert ((), ()) == (case.attempts[-1].problems, case.escalations)
    office.push(minutes=1)
    assert 0 == look_again(office.ports(), now=office.now)

    office.push(minutes=1)
    assert (1, 0) == tuple(look_again(office.ports(), now=office.now) for _ in range(2))
    found = office.case(case.id)
    assert ("our_no_show",) == found.attempts[-1].problems
    assert [("our_no_show", found.attempts[-1].id)] == [(each.rule, each.about) for each in found.escalations]
    assert {"rule": "our_no_show", "step": 1} == dict(office.story(case)[-1].data)


@pytest.mark.parametrize("after", [4, 8, 14])
def test_a_payer_that_came_on_after_all_missed_nothing(office: Office, after: int):
    """Within its fifteen minutes it called: the entry that said otherwise is held against nobody."""
    case = missed_early(office)
    office.now += timedelta(minutes=after - 3)
    log(office, case, direction="theirs", reached="front_desk", result="call_back", reviewer=None)
    office.push(minutes=30)
    look_again(office.ports(), now=office.now)

    assert all("payer_no_show" not in each.problems for each in office.case(case.id).attempts)
    assert "payer_no_show" not in [each.rule for each in office.case(case.id).escalations]


def test_a_corrected_no_show_is_judged_as_it_was_corrected(office: Office):
    """It was ours and not the payer's: the ladder is ours, counted from the call that was booked."""
    case = missed_early(office)
    entry = case.attempts[-1]
    told = an_attempt(office.now, result="our_no_show", reached="nobody", reviewer=None)
    kept = correct(office.ports(), case.id, entry.id, **told, why="It was ours.", seen=case.version, now=office.now)
    office.push(minutes=60)
    look_again(office.ports(), now=office.now)
    found = office.case(case.id)

    assert ["our_no_show"] == [each.rule for each in found.escalations if each.stands]
    assert entry.booked_at == kept.case.tries[-1].booked_at


def test_a_step_that_fell_due_is_next_and_told_once(office: Office):
    """The second look changes nothing: not the case, not the story."""
    case = missed(office)
    assert ("rebook", 0) == (case.next_action.kind, look(office))

    office.now = case.escalations[0].next_at
    assert 1 == look(office)
    risen, before = office.case(case.id), office.photo()
    assert 0 == look(office)

    assert before == office.photo()
    assert (1, "escalate") == (risen.escalations[0].step, risen.next_action.kind)
    assert 1 == office.events(case).count("escalated")
    told = office.story(case)[-1]
    assert {"rule": "payer_no_show", "step": 2} == dict(told.data)


def test_a_worker_that_slept_tells_only_where_it_stands_now(office: Office):
    """After a weekend without a worker the last step is next, told once: nobody is sent three."""
    case = missed(office)
    office.push(days=2)
    rose = look(office)
    stands = office.case(case.id)

    assert (1, 1) == (rose, office.events(case).count("escalated"))
    assert "manager" == stands.escalations[0].owner and stands.escalations[0].next_at is None


def test_what_the_page_showed_before_may_still_be_saved(office: Office):
    """The worker's rise is quiet: a form that was open meanwhile is not refused for it."""
    case = missed(office)
    office.now = case.escalations[0].next_at
    look(office)
    after = log(office, case, result="no_answer", reached="nobody", reviewer=None)

    assert 2 == len(after.attempts)


def test_booking_again_ends_it_and_nothing_rises_any_more(office: Office):
    """The ladder is over in the same save; the worker finds nothing."""
    case = keep_window(office, missed(office), start="16:00", end="18:00")
    office.now += timedelta(minutes=1)
    booked = book_best(office, case)
    assert ["a call is booked"] == [each.ended for each in booked.escalations]
    office.now = case.escalations[0].next_at
    assert 0 == look(office)


def test_a_step_is_taken_and_left_by_people(office: Office):
    """To whom it was told stands with it; the next is waited for; leaving needs a reason, and ends it."""
    case = missed(office)
    about = case.escalations[0].about
    how = {"seen": case.version, "now": office.now}
    taken = escalate.take(office.ports(), case.id, about, "payer_no_show", 0, told=" Pat, scheduling ", **how)
    again = escalate.take(office.ports(), case.id, about, "payer_no_show", 0, told="Pat", **how)

    assert taken == again
    assert "Pat, scheduling" == taken.escalations[0].taken[0].told
    assert 1 == office.events(case).count("step_taken")
    how = {"seen": taken.version, "now": office.now}
    with pytest.raises(WhyLeft):
        escalate.leave(office.ports(), case.id, about, "payer_no_show", why=" ", **how)
    left = escalate.leave(office.ports(), case.id, about, "payer_no_show", why="Dr Zebra knows them.", **how)
    assert "left by Test Coordinator: Dr Zebra knows them." == left.escalations[0].ended
    assert all("Zebra" not in str(each.data) for each in office.story(case))
    with pytest.raises(NoSuchLadder):
        escalate.take(office.ports(), case.id, about, "payer_no_show", 1, told=None, seen=left.version, now=office.now)


def test_what_only_the_outcome_shows_begins_its_ladder_once(office: Office):
    """The specialty is told with the outcome; amending it tells nothing twice."""
    case = log(office, bring(office, "booked"), reviewer=None)
    how = {"result": "upheld", "reviewer": OTHER, "problems": ("not_identified",)}
    settled = settle(office, case, **how)
    amended = settle(office, settled, **how)

    assert ("not_identified", "wrong_specialty") == tuple(sorted(amended.attempts[-1].problems))
    assert [{"not_identified", "wrong_specialty"}] == [
        set(each.data["problems"].split()) for each in office.story(case) if each.data.get("problems")
    ]
    assert 2 == len(amended.escalations)
    assert "the reviewer's name is known" == next(
        each.ended for each in amended.escalations if each.rule == "not_identified"
    )


@pytest.mark.parametrize(("reason", "side"), [("payer_no_show", "payer"), ("our_no_show", "us")])
def test_a_miss_that_only_the_outcome_tells_is_logged_and_goes_up_its_ladder(office: Office, reason: str, side: str):
    """Whoever fills in the outcome and not the log: the same entry, the same record, the same next step."""
    case = bring(office, "booked")
    office.now = case.booking.interval.end
    form = OutcomeForm(result="not_held", not_held_reason=reason)
    how = {"why": "The clinic ran late.", "now": office.now}
    settled = record_outcome(office.ports(), case.id, form, seen=case.version, **how)

    assert [(reason, (reason,), case.booking.interval.start)] == [
        (each.result, each.problems, each.at) for each in settled.attempts
    ]
    assert [reason] == [each.rule for each in settled.escalations if each.stands]
    assert "rebook" == settled.next_action.kind and "noshow" == settled.booking.state
    assert [{"by": side, "entry": settled.attempts[0].id}] == [
        dict(each.data) for each in office.story(case) if each.kind == "missed"
    ]
    assert ({"no_show"} if side == "payer" else set()) == set(record(office, case))
    again = record_outcome(office.ports(), case.id, replace(form, note="Again."), seen=settled.version, **how)
    assert 1 == len(again.attempts) and 1 == len(again.escalations)


def test_a_miss_that_was_logged_is_not_logged_again_with_the_outcome(office: Office):
    """The log had it already."""
    case = missed(office)
    settled = settle(office, case, result="not_held", not_held_reason="payer_no_show", reference_number=None)

    assert (1, 1) == (len(settled.attempts), office.events(case).count("missed"))


def test_a_mark_that_is_taken_back_stands_nowhere(office: Office):
    """The wrong box: gone from the try, its ladder over, no claim on the payer's record; another mark stays."""
    case = log(office, bring(office, "booked"), reviewer=None, marked=("not_identified",))
    settled = settle(office, case, result="upheld", problems=("ended_early",))
    assert {"ended_early", "not_identified"} == set(record(office, case))
    amended = settle(office, settled, result="upheld")

    assert ("not_identified",) == amended.attempts[-1].problems
    assert ["not_identified"] == [each.rule for each in amended.escalations if each.stands]
    assert {"not_identified"} == set(record(office, case))
    office.push(minutes=1)
    again = settle(office, amended, result="upheld", problems=("ended_early",))
    assert "ended_early" in again.attempts[-1].problems and "ended_early" in record(office, case)


def test_what_the_log_itself_tells_is_not_unticked(office: Office):
    """The reviewer's specialty is told: no box takes that back; a refusal to say who they are is, where it was none."""
    case = log(office, bring(office, "booked"), reviewer=OTHER)
    settled = settle(office, case, result="upheld", reviewer=replace(OTHER, name=None, withheld=True))
    assert {"wrong_specialty", "not_identified"} == set(settled.attempts[-1].problems)
    amended = settle(office, settled, result="upheld", reviewer=OTHER)

    assert ("wrong_specialty",) == amended.attempts[-1].problems
    assert {"specialty"} == set(record(office, case))


def record(office: Office, case: Case) -> dict:
    """Return what stands on the payer's record."""
    return learn.scorecard(office.ports(), mark_of(case.payer_name), now=office.now)[0].claims


def test_a_call_of_the_payers_that_nobody_here_took_is_not_on_its_record(office: Office):
    """Ours, that nobody there took, is."""
    case = log(office, detected(office), direction="theirs", reached="nobody", result="no_answer", reviewer=None)
    assert {} == record(office, case)
    log(office, case, reached="nobody", result="no_answer", reviewer=None)

    assert {"unanswered": 1} == {kind: found.count for kind, found in record(office, case).items()}
    office.push(hours=11)  # eight in the evening
    log(office, office.case(case.id), reached="nobody", result="closed", reviewer=None)
    assert {"unanswered": 1} == {kind: found.count for kind, found in record(office, case).items()}


def test_what_was_broken_stands_on_the_payers_record(office: Office):
    """Each claim with its case and the minute of the try; in the words of the rule book."""
    case = on_hold(office)
    settle(office, log(office, case, reviewer=OTHER), result="upheld", problems=("ended_early",))
    card, numbers = learn.scorecard(office.ports(), mark_of(case.payer_name), now=office.now)

    assert {"ended_early", "held_too_long", "specialty"} == set(card.claims)
    assert all([case.id] == [each.case_id for each in found.latest] for found in card.claims.values())
    assert {case.id: case.number} == numbers
    assert office.rules.of("sandbox").calls["ended_early"].claim == card.words["ended_early"]


def test_a_call_by_the_rules_leaves_no_ladder(office: Office):
    """The control: held with a reviewer of the specialty, in its time, approved."""
    case = settle(office, log(office, bring(office, "booked"), reviewer=Reviewer("R", "MD", None)))

    assert ((), CaseState.DECIDED) == (case.escalations, case.state)


@pytest.fixture
def both_office(database: Database) -> Office:
    """An office on either database."""
    return Office(database, ids=RandomIds())


def rises(office: Office, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Let two workers who both have read a case look at it, and a person log a call; return how often it was told."""
    told, real = [], tick.falls_due
    for number in range(ROUNDS):
        office.now = MONDAY
        case = keep_window(office, detected(office, an_answer(f"cr-{number}", patient=f"p-{number}")))
        case = log(office, case, result="gave_up_holding", reached="nobody", reviewer=None)
        office.now = case.escalations[0].next_at
        gun, read = threading.Barrier(3), threading.Barrier(2)

        def together(found, *, now, read=read):
            with suppress(threading.BrokenBarrierError):
                read.wait(1)
            return real(found, now=now)

        monkeypatch.setattr(tick, "falls_due", together)

        def run(act, gun=gun):
            gun.wait()
            try:
                act()
            except Refused:
                return

        def logged(case=case):
            log(office, case, result="message_left", reached="voicemail", reviewer=None)

        with ThreadPoolExecutor(3) as pool:
            list(pool.map(run, [lambda: look(office), lambda: look(office), logged]))
        monkeypatch.setattr(tick, "falls_due", real)
        office.push(minutes=1)
        look(office)
        told.append(office.events(case).count("escalated"))
    return told


@pytest.mark.timeout(120)
def test_two_workers_tell_a_rise_once(both_office: Office, monkeypatch: pytest.MonkeyPatch):
    """And what a person logged in the same moment is kept."""
    told = rises(both_office, monkeypatch)

    assert [1] * ROUNDS == told
    assert all(2 == len(each.attempts) for each in both_office.store.open_cases("sandbox", after="", limit=50))


@pytest.mark.timeout(120)
def test_without_the_version_it_would_be_told_twice(both_office: Office, monkeypatch: pytest.MonkeyPatch):
    """The control."""
    real = cases_module.update_case

    def whatever_was_seen(connection, case, *, seen):
        table = cases_module.cases
        mine = (table.c.tenant == case.tenant) & (table.c.id == case.id)
        now = table.select().with_only_columns(table.c.version).where(mine).with_for_update()
        real(connection, case, seen=connection.scalar(now))

    monkeypatch.setattr(cases_module, "update_case", whatever_was_seen)
    assert any(each > 1 for each in rises(both_office, monkeypatch))
