"""Outcome: what was decided, and the writes that tell the EHR."""

from datetime import datetime

from app.core.acts import CALL, gives_up_call
from app.core.call.connected import how_connected
from app.core.case import Case, CaseState, move_case
from app.core.outcome import HELD, OutcomeForm, settle
from app.core.outcome.follows import is_alarm
from app.core.outcome.letter import letter_differences
from app.core.people import Act
from app.core.rulebook.guards import RiskyAct
from app.core.windows.message import Message
from app.errors import Refused
from app.flow.cases import case_for, event, save_case, steady
from app.flow.drafts import draft_of, forget_draft, log_draft
from app.flow.guards import go_on, weigh
from app.flow.ports import Event, Ports
from app.flow.problems import outcome_by_rules

# Why a call was not held that lay with us; what the payer did is no loss of ours.
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
    case, tried, messages = _with_call(ports, case, form, now=now)
    settled, effects = settle(case, form, by=ports.user, outcome_id=ports.ids.new_id(), zone=ports.site.zone, now=now)
    given_up = form.not_held_reason in OUR_DOING and gives_up_call(case, now=now)
    forfeits = weigh(ports, case, RiskyAct.MISSED_WINDOW, now=now) if given_up else ()
    settled, went_on = go_on(ports, settled, forfeits, why=why, seen=seen, now=now)
    events = [*tried, *went_on]
    if form.way == CALL and form.result in HELD and not any(each.is_held for each in case.tries):
        # A decision on the phone means that both sides spoke, logged as an attempt or not.
        held_at = settled.outcome.held_at or now
        events.append(event(ports, "connected", at=held_at, **how_connected(case, at=held_at, reviewer=form.reviewer)))
    told = {"result": form.result, "final": form.final, "way": form.way}
    if "specialty_match" in (how := how_connected(case, at=now, reviewer=form.reviewer)):
        told["specialty_match"] = how["specialty_match"]
    if form.way == CALL and form.result in HELD:
        settled, broken = outcome_by_rules(ports, settled, form.problems, now=now)
        told |= broken
    events.append(event(ports, "decided", at=now, **told))
    if form.final:
        events.append(event(ports, "confirmed", at=now, result=form.result, way=form.way))
        if is_alarm(letter_differences(settled)):
            events.append(event(ports, "letter_differs", at=now, result=form.result, way=form.way))
    saved = save_case(ports, settled, seen=seen, effects=effects, events=events, messages=messages, now=now)
    if form.way == CALL:
        forget_draft(ports, case_id)
    return saved


def _with_call(
    ports: Ports, case: Case, form: OutcomeForm, *, now: datetime
) -> tuple[Case, tuple[Event, ...], tuple[Message, ...]]:
    """Return the case with the call that was timed in call mode and logged by nobody yet; else as it is."""
    if form.way != CALL or form.result not in HELD:
        return case, (), ()
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
