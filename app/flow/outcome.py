"""Outcome: what was decided, and the writes that tell the EHR."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from app.core.acts import Told, gives_up_call, take_act
from app.core.afterwards import DISPUTE
from app.core.call import call_message
from app.core.call.connected import how_connected
from app.core.case import Case, CaseState, move_case
from app.core.outcome import (
    ANSWERS,
    BEFORE_CALL,
    RESCHEDULED,
    OutcomeForm,
    answer_lines,
    is_given_up,
    is_retold,
    move_call,
    settle,
    wants_writing,
)
from app.core.outcome.follows import is_alarm
from app.core.outcome.letter import letter_differences
from app.core.people import Act
from app.core.rulebook.guards import RiskyAct
from app.core.windows.message import Message
from app.errors import Refused
from app.flow.cases import case_for, event, payer_zone, save_case, steady
from app.flow.drafts import draft_of, forget_outcome, log_draft, missed_told
from app.flow.guards import answer_of, go_on, weigh
from app.flow.ports import Event, Ports
from app.flow.problems import outcome_by_rules

# Why a call was not held that lay with us; what the payer did is no loss of ours.
APPEAL = "file_appeal"
OUR_DOING = {"our_no_show", "declined_by_us", "window_expired"}


class StillBooked(Refused):
    """A case is not closed over a call that stands in two calendars."""

    say = "A call is booked in this case."
    next = "Record its outcome or cancel it, then close the case."


@steady
def record_outcome(
    ports: Ports, case_id: str, form: OutcomeForm, *, why: str | None = None, seen: int, now: datetime
) -> Case:
    """Settle the case; the EHR is written behind. A call that we give up while it could be held needs why."""
    case = case_for(ports, case_id, Act.RECORD_OUTCOME, now=now)
    if seen < case.mattered_version and is_retold(case, _by_rule(ports, case, form), by=ports.user, now=now):
        return case  # pressed twice: what stands is what was told
    if form.result == RESCHEDULED:
        saved = _rescheduled(ports, case, form, seen=seen, now=now)
    else:
        saved = _settled(ports, case, _by_rule(ports, case, form), why=why, seen=seen, now=now)
    forget_outcome(ports, case_id, form.way, now=now)
    return saved


def _settled(ports: Ports, case: Case, form: OutcomeForm, *, why: str | None, seen: int, now: datetime) -> Case:
    case, tried, messages = _with_call(ports, case, form, now=now)
    settled, effects = settle(case, form, by=ports.user, outcome_id=ports.ids.new_id(), zone=ports.site.zone, now=now)
    given_up = form.not_held_reason in OUR_DOING and gives_up_call(case, now=now)
    forfeits = weigh(ports, case, RiskyAct.MISSED_WINDOW, now=now) if given_up else ()
    settled, went_on = go_on(ports, settled, forfeits, why=why, seen=seen, now=now)
    broken: Mapping[str, str] = {}
    if form.was_spoken:
        settled, broken = outcome_by_rules(ports, settled, form.problems, before=case.outcome, now=now)
    events = [*tried, *went_on, *_told_events(ports, case, settled, form, broken=broken, now=now)]
    if form.result == "converted_to_appeal" and not any(each.kind == APPEAL and each.awaits for each in settled.acts):
        settled = _appealed(ports, settled, seen=seen, now=now)
        events.append(event(ports, "appealed", at=now, act=APPEAL))
    return save_case(ports, settled, seen=seen, effects=effects, events=events, messages=messages, now=now)


def _told_events(
    ports: Ports, case: Case, settled: Case, form: OutcomeForm, *, broken: Mapping[str, str], now: datetime
) -> list[Event]:
    """Return what Learn is told: the connection, where nobody logged it, and what was decided."""
    events = []
    if form.was_spoken and not any(each.is_held for each in case.tries):
        # A decision on the phone means that both sides spoke, logged as an attempt or not.
        held_at = settled.outcome.held_at or now
        events.append(event(ports, "connected", at=held_at, **how_connected(case, at=held_at, reviewer=form.reviewer)))
    corrects = form.way == DISPUTE and case.outcome is not None
    way = _way_told(case, form)
    told = {"result": form.result, "final": form.final, "way": way, **broken}
    if settled.outcome.answers is not None:
        told["answers"] = settled.outcome.answers
    if "specialty_match" in (how := how_connected(case, at=now, reviewer=form.reviewer)):
        told["specialty_match"] = how["specialty_match"]
    counted = case.outcome.prep_minutes if settled.outcome.revision and case.outcome else None
    if (more := (form.prep_minutes or 0) - (counted or 0)) != 0:
        told["prep_minutes"] = more  # of an amended outcome the difference: Learn adds them up
    events.append(event(ports, "decided", at=now, **told))
    if form.final and not corrects:  # the first letter stays the one that is held against the call
        differs = is_alarm(letter_differences(settled))
        events.append(event(ports, "confirmed", at=now, result=form.result, way=way, differs=differs))
        if differs:
            events.append(event(ports, "letter_differs", at=now, result=form.result, way=way))
    return events


def _way_told(case: Case, form: OutcomeForm) -> str:
    """Return of what Learn takes a decision to be: a corrected letter is of what it corrects."""
    if form.way == DISPUTE and case.outcome is not None:
        return case.outcome.way
    if is_given_up(case, form):
        return form.result  # the call's own decision stands
    return BEFORE_CALL if form.not_held_reason == BEFORE_CALL else form.way  # before anybody spoke: none of the call's


def _by_rule(ports: Ports, case: Case, form: OutcomeForm) -> OutcomeForm:
    """Return the form with what the payer's rule says of new information, where the person left that to it."""
    rule = ports.rules.payer_by_key(case.payer_key)
    if form.in_writing is not None or not form.new_information or form.final or not form.was_spoken:
        return form
    return replace(form, in_writing=wants_writing(rule.new_information if rule else None))


def _appealed(ports: Ports, case: Case, *, seen: int, now: datetime) -> Case:
    """Return the case with the appeal that the payer made of the call, whose decision is watched for."""
    appealed, _ = take_act(
        case,
        APPEAL,
        told=Told(note=f"{case.payer_name} turned the call into an appeal."),
        forfeits=(),
        answer=answer_of(ports, case, APPEAL, urgent=case.denial.urgent, now=now),
        act_id=ports.ids.new_id(),
        by=ports.user,
        seen=seen,
        now=now,
    )
    return appealed


def _rescheduled(ports: Ports, case: Case, form: OutcomeForm, *, seen: int, now: datetime) -> Case:
    """Give the booked time back, and offer the one that was agreed with the payer in its place."""
    moved, effects = move_call(
        case,
        form,
        attempt_id=ports.ids.new_id(),
        window_id=ports.ids.new_id(),
        length=timedelta(minutes=ports.site.call_minutes),
        by=ports.user,
        now=now,
    )
    attempt = moved.attempts[-1]
    said = {"result": attempt.result, "reached": attempt.reached, "entry": attempt.id}
    happened = [event(ports, "attempt", at=attempt.at, **said)]
    if case.booking is not None and case.booking.is_live:
        happened.append(event(ports, "cancelled", at=now))
    happened.append(event(ports, "offered", at=now, channel="phone", count=1))
    message = call_message(moved, attempt, zone=payer_zone(ports, case), now=now)
    return save_case(ports, moved, seen=seen, effects=effects, events=happened, messages=[message], now=now)


@steady
def answer(ports: Ports, case_id: str, answers: Mapping[int, str], *, seen: int, now: datetime) -> Case:
    """Keep which lines are accepted and which are appealed; the note in the EHR says so in its next version."""
    case = case_for(ports, case_id, Act.RECORD_OUTCOME, now=now)
    answered, effects = answer_lines(case, answers, by=ports.user, zone=ports.site.zone, now=now)
    if answered is case:
        return case
    said = {
        each: ",".join(str(line.sequence) for line in answered.outcome.lines if line.answer == each) for each in ANSWERS
    }
    happened = [event(ports, "lines_answered", at=now, **said)]
    return save_case(ports, answered, seen=seen, effects=effects, events=happened, now=now)


def _with_call(
    ports: Ports, case: Case, form: OutcomeForm, *, now: datetime
) -> tuple[Case, tuple[Event, ...], tuple[Message, ...]]:
    """Return the case with the call that was timed in call mode, or missed, and logged by nobody yet; else as it is."""
    if not form.was_spoken:
        return missed_told(ports, case, form.not_held_reason, now=now)
    talk = draft_of(ports, case.id)
    if not talk.presses or talk.logged:
        return case, (), ()
    return log_draft(ports, case, talk, now=now)


@steady
def close_case(ports: Ports, case_id: str, *, why: str | None = None, seen: int, now: datetime) -> Case:
    """Close a case that owes nothing more, or whose next step was taken elsewhere; one with a call left needs why."""
    case = case_for(ports, case_id, Act.RECORD_OUTCOME, now=now)
    if case.state is CaseState.CLOSED:
        return case
    if case.booking is not None and case.booking.is_live:
        raise StillBooked()
    given_up = case.is_call_open and case.outcome is None and gives_up_call(case, now=now)
    forfeits = weigh(ports, case, RiskyAct.MISSED_WINDOW, now=now) if given_up else ()
    closed, went_on = go_on(ports, move_case(case, CaseState.CLOSED), forfeits, why=why, seen=seen, now=now)
    return save_case(ports, closed, seen=seen, events=[event(ports, "closed", at=now), *went_on], now=now)
