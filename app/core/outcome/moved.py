"""A call that both sides moved to another time: logged, its old time given back, the new one among the payer's."""

from datetime import datetime, timedelta

from app.core.book import cancel_booking
from app.core.call import log_attempt
from app.core.case import Attempt, Case, CaseState, OfferedWindow, move_case
from app.core.effects import Effect
from app.core.interval import Interval
from app.core.outcome.check import check_form
from app.core.outcome.form import OutcomeForm
from app.core.people import User
from app.core.windows import capture_window


def move_call(
    case: Case, form: OutcomeForm, *, attempt_id: str, window_id: str, length: timedelta, by: User, now: datetime
) -> tuple[Case, tuple[Effect, ...]]:
    """
    Return the case offered again at the time that was agreed, with the try logged and what must be told outside.

    length: of a call; the new time is that long. It is booked like any other, once the clinician's calendar has it free
    raises: Contradiction naming the field; AttemptRefused; MoveRefused where the case takes no call any more
    """
    check_form(case, form, now=now)
    again_at = form.again_at
    assert again_at is not None  # noqa: S101 check_form has just asked for it
    theirs = case.booking is not None and case.booking.who_calls == "payer"
    name = form.reviewer.name if form.reviewer else None
    told = (form.note, form.reviewer_reason, form.new_information, form.next_step)
    attempt = Attempt(
        id=attempt_id,
        at=form.held_at or now,
        by=by.name,
        direction="theirs" if theirs else "ours",
        number=case.booking.number if case.booking else None,
        reached="clinician" if theirs else "reviewer" if form.reviewer else "staff",
        reached_name=case.clinician.name if theirs and case.clinician else name,
        result="rescheduled",
        note="\n".join(each for each in told if each) or None,
        reviewer=form.reviewer,
        next_at=again_at,
    )
    logged, effects = log_attempt(case, attempt, now=now), ()
    if case.booking is not None and case.booking.is_live:
        logged, effects = cancel_booking(logged, reason="Moved to another time with the payer.", by=by, now=now)
    window = OfferedWindow(
        id=window_id,
        interval=Interval(again_at, again_at + length),
        channel="phone",
        told_by=name,
        reviewer=form.reviewer,
        captured_at=now,
        captured_by=by.name,
    )
    return capture_window(move_case(logged, CaseState.OFFERED), window=window, now=now), effects
