"""The call: every try to reach the other side, what it came to, and the sentence that stands for it in a note."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from app.core.case import MOVES, Attempt, Case, CaseState, move_case
from app.core.interval import Interval
from app.core.windows.message import Message
from app.core.windows.told import told_message
from app.errors import Refused

DIRECTIONS = ("ours", "theirs")
REACHED = ("reviewer", "physician", "nurse", "staff", "voicemail", "nobody")
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
_NEEDS = {
    "connected": {"reviewer", "physician", "nurse", "staff"},
    "message_left": {"voicemail", "staff", "nurse"},
    "asked": {"physician", "nurse", "staff"},
    "no_answer": {"nobody", "voicemail"},
    "gave_up_holding": {"nobody", "staff"},
    "closed": {"nobody", "voicemail"},
    "call_back": {"reviewer", "physician", "nurse", "staff"},
    "wrong_number": {"nobody", "staff", "voicemail"},
    "payer_no_show": {"nobody", "voicemail", "staff"},
}
# Clock skew between a person's watch and ours that is not worth an argument.
SKEW = timedelta(minutes=5)


class AttemptRefused(Refused):
    """An attempt contradicts itself. `field` names the form's field."""

    next = "Correct the field and save again; what you typed is kept."

    def __init__(self, field: str, say: str) -> None:
        super().__init__(say)
        self.field = field


def log_attempt(case: Case, attempt: Attempt, *, now: datetime) -> Case:
    """
    Return the case with one more attempt, moved where the attempt moves it.

    connected with the reviewer → connected; a no-show on either side → missed, the booking marked noshow; all else
    stays. Raises AttemptRefused naming the field that contradicts the rest.
    """
    _check(case, attempt, now=now)
    logged = replace(case, attempts=(*case.attempts, attempt), updated_at=now)
    if attempt.result == "connected" and attempt.reached in ("reviewer", "physician"):
        return move_case(logged, CaseState.CONNECTED) if _can(case, CaseState.CONNECTED) else logged
    if attempt.result in ("payer_no_show", "our_no_show") and case.booking and case.booking.is_live:
        missed = replace(logged, booking=replace(case.booking, state="noshow"))
        return move_case(missed, CaseState.MISSED)
    return logged


def _can(case: Case, to: CaseState) -> bool:
    return to == case.state or to in MOVES[case.state]


def _check(case: Case, attempt: Attempt, *, now: datetime) -> None:
    if attempt.direction not in DIRECTIONS:
        raise AttemptRefused("direction", "Say who placed the call.")
    if attempt.reached not in REACHED:
        raise AttemptRefused("reached", "Say who was reached.")
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
    if attempt.result.endswith("no_show") and not (case.booking and case.booking.is_live):
        raise AttemptRefused("result", "No call is booked that could have been missed.")


def refused_attempt(
    case: Case, *, attempt_id: str, by: str, note: str | None, channel: str = "portal", now: datetime
) -> Case:
    """Return the case with the note that the payer refused a call when it was asked in another way than by call."""
    attempt = Attempt(attempt_id, now, by, "ours", None, "staff", None, "refused", note=note, channel=channel)
    return log_attempt(case, attempt, now=now)


def attempt_sentence(attempt: Attempt, *, zone: str) -> str:
    """Return the standard sentence for the note: when with zone, who to whom, number, with whom or where left."""
    at = attempt.at.astimezone(ZoneInfo(zone))
    when = f"On {at:%d %b %Y} at {at:%H:%M %Z}"
    if attempt.channel == "portal":
        return f"{when} we asked on the payer's portal: the call was refused."
    placed = "we called the payer" if attempt.direction == "ours" else "the payer called us"
    number = f" ({attempt.number})" if attempt.number else ""
    who = {
        "reviewer": "the reviewer",
        "physician": "a physician",
        "nurse": "a nurse",
        "staff": "staff",
        "voicemail": "voicemail",
        "nobody": "nobody",
    }[attempt.reached]
    named = f", {attempt.reached_name}" if attempt.reached_name else ""
    came = {
        "connected": f"spoke with {who}{named}",
        "message_left": f"left a message with {who}{named}",
        "asked": f"asked {who}{named} for a call",
        "no_answer": "no answer",
        "gave_up_holding": "gave up waiting on hold",
        "closed": "the payer was closed",
        "call_back": f"told by {who}{named} to call back{_later(attempt, zone)}",
        "wrong_number": "it was a wrong number",
        "refused": f"the call was refused by {who}{named}",
        "rescheduled": f"rescheduled with {who}{named}",
        "payer_no_show": "the payer did not keep the booked time",
        "our_no_show": "our clinician did not keep the booked time",
    }[attempt.result]
    held = f"; {attempt.hold_minutes} min on hold" if attempt.hold_minutes else ""
    talked = f"; {attempt.talk_minutes} min of talk" if attempt.talk_minutes else ""
    return f"{when} {placed}{number}: {came}{held}{talked}."


def _later(attempt: Attempt, zone: str) -> str:
    return f" on {attempt.next_at.astimezone(ZoneInfo(zone)):%d %b at %H:%M %Z}" if attempt.next_at else ""


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
