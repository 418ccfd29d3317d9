"""The call: every try to reach the other side, what it came to, and the sentence that stands for it in a note."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from app.core.call.sentence import attempt_sentence
from app.core.case import MOVES, Attempt, Case, CaseState, move_case
from app.core.interval import Interval
from app.core.people import NOBODY, OUR_SIDE, PAYERS_SIDE
from app.core.windows.message import Message
from app.core.windows.told import told_message
from app.errors import Refused

__all__ = ("DIRECTIONS", "REACHED", "RESULTS", "AttemptRefused", "attempt_sentence", "call_message", "log_attempt")

DIRECTIONS = ("ours", "theirs")
# Whom a call can reach, by who placed it.
REACHED = {"ours": (*PAYERS_SIDE, *NOBODY), "theirs": (*OUR_SIDE, *NOBODY)}
RESULTS = (
    "connected",
    "asked",
    "message_left",
    "no_answer",
    "gave_up_holding",
    "closed",
    "call_back",
    "wrong_number",
    "refused",
    "rescheduled",
    "payer_no_show",
    "our_no_show",
)
# A result tells something of who was reached; the pairs that cannot both be true are refused.
_PEOPLE = {*PAYERS_SIDE, *OUR_SIDE}
_DESK = {"staff", "nurse", "front_desk"}
_NEEDS = {
    "connected": _PEOPLE,
    "message_left": _PEOPLE - {"reviewer", "physician", "clinician"} | {"voicemail"},
    "asked": _PEOPLE - {"reviewer"},
    "no_answer": {"nobody", "voicemail"},
    "gave_up_holding": {"nobody", "staff", "front_desk"},
    "closed": {"nobody", "voicemail"},
    "call_back": _PEOPLE,
    "wrong_number": {"nobody", "voicemail"} | _DESK,
    "refused": _PEOPLE,
    "rescheduled": _PEOPLE,
    "payer_no_show": {"nobody", "voicemail"} | _DESK,
}
# Who calls us neither holds for us in our own words, nor finds itself closed.
_OURS_ALONE = {"gave_up_holding", "closed"}
# A number of ours that stands in the form was given where a message was left; elsewhere only one that was typed.
TAKES_NUMBER = frozenset({"message_left"})
# Clock skew between a person's watch and ours that is not worth an argument.
SKEW = timedelta(minutes=5)
# Whoever waited for a booked call may have been on the line this long before it.
CAME_BEFORE = timedelta(hours=2)


_WHOM = {
    "ours": "Say whom of the payer's side we reached.",
    "theirs": "Say whom of ours the payer reached.",
}


class AttemptRefused(Refused):
    """An attempt contradicts itself. `field` names the form's field."""

    next = "Correct the field and save again; what you typed is kept."

    def __init__(self, field: str, say: str) -> None:
        super().__init__(say)
        self.field = field


def log_attempt(case: Case, attempt: Attempt, *, now: datetime) -> Case:
    """
    Return the case with one more attempt, moved where the attempt moves it.

    A clinician of ours and the reviewer spoke → connected; a no-show on either side → missed, the booking marked
    noshow; all else stays. Raises AttemptRefused naming the field that contradicts the rest.
    """
    check_attempt(case, attempt, now=now)
    to = _led_to(case, attempt)
    if to is None or to is case.state:
        return replace(case, attempts=(*case.attempts, attempt), updated_at=now)
    moved = move_case(case, to)
    if to is CaseState.MISSED and case.booking is not None:
        moved = replace(moved, booking=replace(case.booking, state="noshow"))
        attempt = replace(attempt, booked_at=case.booking.interval.start)
    return replace(moved, attempts=(*case.attempts, replace(attempt, stood=case.state)), updated_at=now)


def _led_to(case: Case, attempt: Attempt) -> CaseState | None:
    """Return the state that an attempt leads to, None where it moves nothing."""
    if attempt.is_held:
        return CaseState.CONNECTED if CaseState.CONNECTED in MOVES[case.state] else None
    live = case.booking is not None and case.booking.is_live
    return CaseState.MISSED if attempt.result.endswith("no_show") and live else None


def check_attempt(case: Case, attempt: Attempt, *, now: datetime) -> None:
    """Raise AttemptRefused for an attempt that contradicts itself, or the case."""
    if attempt.direction not in DIRECTIONS:
        raise AttemptRefused("direction", "Say who placed the call.")
    if attempt.reached not in REACHED[attempt.direction]:
        raise AttemptRefused("reached", _WHOM[attempt.direction])
    if attempt.result not in RESULTS:
        raise AttemptRefused("result", "Say what came of it.")
    if attempt.at > now + SKEW:
        raise AttemptRefused("at", "This call lies in the future.")
    if attempt.at < case.opened_at - timedelta(days=120):
        raise AttemptRefused("at", "This call lies long before the denial was seen; check the date.")
    if attempt.hold_minutes is not None and not 0 <= attempt.hold_minutes <= 480:
        raise AttemptRefused("hold_minutes", "Minutes on hold lie between 0 and 480.")
    allowed = _NEEDS.get(attempt.result)
    if allowed is not None and attempt.reached not in allowed:
        raise AttemptRefused(
            "reached", f"“{attempt.result.replace('_', ' ')}” and “{attempt.reached}” cannot both be true."
        )
    if attempt.direction == "theirs" and attempt.result in _OURS_ALONE:
        raise AttemptRefused("result", f"“{attempt.result.replace('_', ' ')}” can only be of a call that we placed.")
    if attempt.result.endswith("no_show"):
        _check_missed(case, attempt, now=now)


def _check_missed(case: Case, attempt: Attempt, *, now: datetime) -> None:
    """Raise AttemptRefused where no call was there to be missed, or its time had not come and nobody called it off."""
    if case.booking is None or not case.booking.is_live:
        raise AttemptRefused("result", "No call is booked that could have been missed.")
    start = case.booking.interval.start
    if attempt.reached in NOBODY and now < start - SKEW:
        raise AttemptRefused("result", "The booked call has not begun yet: nobody can have missed it.")
    if attempt.reached in NOBODY and attempt.at < start - CAME_BEFORE:
        raise AttemptRefused("at", "This lies long before the booked call; check the date.")


def callback_of(case: Case) -> str | None:
    """Return the number of ours to leave: the one left before, else where the payer is to call; None: none is known."""
    left = next((each.callback_number for each in reversed(case.tries) if _left_ours(each)), None)
    booking = case.booking
    return left or (booking.number if booking is not None and booking.who_calls == "payer" else None)


def _left_ours(attempt: Attempt) -> bool:
    """Whether a number of ours was left; with a message that the payer left with us, the number is its own."""
    return bool(attempt.callback_number) and not leaves_theirs(attempt.direction, attempt.result)


def leaves_theirs(direction: str, result: str) -> bool:
    """Whether a callback number that is given on such a call is the payer's, where it calls us and leaves a message."""
    return direction == "theirs" and result == "message_left"


def refused_attempt(case: Case, *, attempt_id: str, by: str, note: str | None, now: datetime) -> Case:
    """Return the case with the note that the payer refused a call when it was asked in another way than by call."""
    attempt = Attempt(attempt_id, now, by, "ours", None, "staff", None, "refused", note=note, channel="portal")
    return log_attempt(case, attempt, now=now)


def call_message(
    case: Case,
    attempt: Attempt,
    *,
    came: str | None = None,
    kept: Sequence[Interval] = (),
    zone: str,
    now: datetime,
) -> Message:
    """Return what the inbox keeps of a call. came: what came of it, where more is known than the result's own word."""
    return told_message(
        case,
        message_id=attempt.id,
        channel=attempt.channel,
        subject=f"Call: {(came or attempt.result.replace('_', ' ')).lower()}",
        lines=[attempt_sentence(attempt, zone=zone), attempt.note or ""],
        kept=kept,
        zone=zone,
        told_by=attempt.reached_name,
        by=attempt.by,
        now=now,
    )
