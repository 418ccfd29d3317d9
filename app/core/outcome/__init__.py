"""The outcome: what was decided, checked against itself; the note that says so; and what follows from it."""

from dataclasses import replace
from datetime import datetime

from app.core.afterwards import GRANTED
from app.core.case import Booking, Case, CaseState, LineOutcome, Outcome, TakenAct, move_case
from app.core.effects import Effect
from app.core.outcome.answers import ANSWERS, answer_lines, lines_to_answer
from app.core.outcome.check import check_form
from app.core.outcome.form import (
    BEFORE_CALL,
    HELD,
    LINE_RESULTS,
    NOT_HELD,
    RESCHEDULED,
    RESULTS,
    SAID,
    Contradiction,
    OutcomeForm,
    disputed_lines,
    is_news,
    topic_of,
    wants_writing,
    way_of,
)
from app.core.outcome.moved import move_call
from app.core.outcome.note import note_of, summary_of
from app.core.outcome.writes import outcome_effects
from app.core.people import User

__all__ = [
    "ANSWERS",
    "BEFORE_CALL",
    "HELD",
    "LINE_RESULTS",
    "NOT_HELD",
    "RESCHEDULED",
    "RESULTS",
    "SAID",
    "Contradiction",
    "OutcomeForm",
    "answer_lines",
    "disputed_lines",
    "is_given_up",
    "is_news",
    "is_retold",
    "lines_to_answer",
    "move_call",
    "note_of",
    "settle",
    "summary_of",
    "topic_of",
    "wants_writing",
    "way_of",
]

# What a decision on the call leaves nothing to wait for; an appeal or an exception is decided by itself.
_ANSWERED_BY_A_CALL = {"send_new_information", "wait_for_written", "ask_reason"}


def settle(
    case: Case, form: OutcomeForm, *, by: User, outcome_id: str, zone: str, now: datetime
) -> tuple[Case, tuple[Effect, ...]]:
    """
    Return the case with its outcome and the writes that tell the EHR.

    A second settling amends: the note is written as a new version that replaces the old, never beside it; what was
    told on the phone is kept behind the letter. The answer to an act (an appeal's decision) is an outcome of its own;
    what was decided before stands in `earlier`. A call that was moved has no outcome yet: core.outcome.moved.
    raises: Contradiction naming the field; MoveRefused when the case is closed
    """
    check_form(case, form, now=now)
    if form.result == RESCHEDULED:
        raise Contradiction("result", "A call that was moved is not decided.")
    before = _amended(case, form)
    outcome = _outcome_of(case, form, before, by=by, outcome_id=outcome_id, now=now)
    booking = _closed_booking(case.booking, form)
    earlier = case.earlier if before == case.outcome else (*case.earlier, case.outcome)
    acts = _answered(case, form, now=now)
    settled = replace(case, outcome=outcome, earlier=earlier, booking=booking, acts=acts, letter=None, updated_at=now)
    settled = move_case(settled, _state_after(outcome))
    return settled, outcome_effects(case, settled, by=by, zone=zone, now=now)


def is_retold(case: Case, form: OutcomeForm, *, by: User, now: datetime) -> bool:
    """Whether this person told just this already: a form that was sent twice, by a double click or a lost answer."""
    if form.result == RESCHEDULED:
        tried = case.tries[-1] if case.tries else None
        moved = tried is not None and tried.result == RESCHEDULED and tried.next_at == form.again_at
        return moved and tried.by == by.name
    known = case.outcome
    if known is None or known.recorded_by != by.name or is_news(case, form.way):
        return False
    again = _outcome_of(case, form, known, by=by, outcome_id=known.id, now=now)
    return replace(again, recorded_at=known.recorded_at, revision=known.revision) == known


def _amended(case: Case, form: OutcomeForm) -> Outcome | None:
    """Return the outcome that this form amends, None where it tells of something that none was told of."""
    known = case.outcome
    if known is None or is_news(case, form.way):
        return None
    return None if is_given_up(case, form) else known


def is_given_up(case: Case, form: OutcomeForm) -> bool:
    """Whether a request is withdrawn of which something was granted: that stays told, in the chart and in Learn."""
    return form.result == "withdrawn" and case.outcome is not None and case.outcome.result in GRANTED


def _outcome_of(
    case: Case, form: OutcomeForm, before: Outcome | None, *, by: User, outcome_id: str, now: datetime
) -> Outcome:
    return Outcome(
        id=before.id if before else outcome_id,
        result=form.result,
        final=form.final,
        recorded_at=now,
        recorded_by=by.name,
        lines=_lines(case, form, before),
        held_at=form.held_at or _held_at(case, now=now) if form.was_spoken else None,
        reviewer=form.reviewer,
        reference_number=form.reference_number,
        reviewer_reason=form.reviewer_reason,
        new_information=form.new_information,
        not_held_reason=form.not_held_reason,
        note=form.note,
        revision=before.revision + 1 if before else 0,
        way=form.way,
        criterion=form.criterion,
        in_writing=form.in_writing,
        next_step=form.next_step,
        authorization=form.authorization,
        told=_told(before, form),
        notice_told=form.notice_told,
        appeal_told=form.appeal_told,
        prep_minutes=form.prep_minutes,
        answers=before.answers if before else _act_answered(case, form.way),
    )


def _act_answered(case: Case, way: str) -> str | None:
    """Return the act that an outcome of this way is the answer to, None for a call."""
    return next((each.id for each in reversed(case.acts) if each.awaits and each.kind == way), None)


def _answered(case: Case, form: OutcomeForm, *, now: datetime) -> tuple[TakenAct, ...]:
    """Return the acts, without those that this outcome leaves nothing to wait for."""
    over = form.result in ("approved", "withdrawn")
    kinds = {form.way} | (_ANSWERED_BY_A_CALL if form.was_spoken and form.result in HELD else set())
    return tuple(
        replace(each, answered_at=now) if each.awaits and (over or each.kind in kinds) else each for each in case.acts
    )


def _state_after(outcome: Outcome) -> CaseState:
    if outcome.result == "withdrawn":
        return CaseState.WITHDRAWN
    if outcome.result in ("not_held", "informational", "converted_to_appeal"):
        return CaseState.LAPSED
    return CaseState.CONFIRMED if outcome.final else CaseState.DECIDED


def _lines(case: Case, form: OutcomeForm, before: Outcome | None) -> tuple[LineOutcome, ...]:
    """Return what became of each line; what we answered to a line that has not changed since stands."""
    told = dict(form.lines or {})
    if form.result in ("approved", "upheld", "withdrawn"):
        told = {n: (form.result, None) for n in disputed_lines(case)} | told
    answers = {(each.sequence, each.result, each.quantity): each.answer for each in (before.lines if before else ())}
    changes = form.changes or {}
    return tuple(
        LineOutcome(n, result, quantity, changes.get(n), answers.get((n, result, quantity)))
        for n, (result, quantity) in sorted(told.items())
    )


def _told(before: Outcome | None, form: OutcomeForm) -> Outcome | None:
    """Return what was told on the phone, once the letter is recorded over it; a letter that is amended keeps it."""
    if before is None or not form.final:
        return None
    return before.told if before.final else replace(before, told=None)


def _held_at(case: Case, *, now: datetime) -> datetime | None:
    for attempt in reversed(case.tries):
        if attempt.is_held:
            return attempt.at
    booking = case.booking
    # A call told of before its booked time was held at another, which nobody has said.
    stood = booking is not None and booking.state in ("booked", "fulfilled") and booking.interval.start <= now
    return booking.interval.start if stood else None


def _closed_booking(booking: Booking | None, form: OutcomeForm) -> Booking | None:
    if booking is None or not booking.is_live:
        return booking
    if form.was_spoken:
        return replace(booking, state="fulfilled")
    if form.not_held_reason in ("payer_no_show", "our_no_show"):
        return replace(booking, state="noshow")
    return replace(booking, state="cancelled")
