"""The standard sentence of a contact log (source 004): when, to whom, which number, with whom left or discussed."""

from datetime import datetime
from zoneinfo import ZoneInfo

from app.core.case import Attempt
from app.core.people import Reviewer, whom_reached


def attempt_sentence(attempt: Attempt, *, zone: str, payer_zone: str | None = None) -> str:
    """
    Return an attempt in the words of a note.

    zone: in which it is told; payer_zone: told beside it where clocks there show another time, None where not known
    """
    when = f"On {_both(attempt.at, zone, payer_zone)}"
    if attempt.channel == "portal":
        return f"{when} we asked on the payer's portal: the call was refused."
    return f"{when}{_placed(attempt)}: {'; '.join((_came(attempt, zone), *_more(attempt)))}."


def _placed(attempt: Attempt) -> str:
    number = f" ({attempt.number})" if attempt.number else ""
    if attempt.result.endswith("no_show") and attempt.reached == "nobody":
        return ""  # nobody called, or nobody answered: which of them is not told
    if attempt.direction == "theirs":
        return f" the payer called us{number}"
    return f" a call was placed to the payer{number} by {attempt.caller}"


def _came(attempt: Attempt, zone: str) -> str:
    whom = whom_reached(attempt.direction, attempt.reached)
    name = _named(attempt)
    who = f"{whom}, {name}" if name else whom
    return {
        "connected": f"the case was discussed with {who}",
        "message_left": _left(attempt, whom),
        "asked": f"{who} was asked for a call",
        "no_answer": "no answer",
        "gave_up_holding": "gave up waiting on hold",
        "closed": "the payer was closed",
        "call_back": f"{who} said to call back{_later(attempt, zone)}",
        "wrong_number": "it was a wrong number",
        "refused": f"the call was refused by {who}",
        "rescheduled": f"rescheduled with {who}",
        "payer_no_show": "the payer did not keep the booked time",
        "our_no_show": "our clinician did not keep the booked time",
    }[attempt.result]


def _left(attempt: Attempt, whom: str) -> str:
    """Return with whom a message was left, by name; that no name was given is said, since a note must tell either."""
    if attempt.reached == "voicemail":
        return "a message was left on the voicemail" + (f" of {attempt.reached_name}" if attempt.reached_name else "")
    return f"a message was left with {whom}, {attempt.reached_name or 'who gave no name'}"


def _more(attempt: Attempt) -> list[str]:
    more = []
    speaker = _speaker(attempt.reviewer)
    if speaker and speaker != _named(attempt) and (attempt.direction == "theirs" or attempt.is_held):
        more.append(f"for the payer: {speaker}")
    if attempt.callback_number:
        more.append(f"callback number given: {attempt.callback_number}")
    if attempt.hold_minutes:
        more.append(f"{attempt.hold_minutes} min on hold")
    if attempt.talk_minutes:
        more.append(f"{attempt.talk_minutes} min of talk")
    return more


def _named(attempt: Attempt) -> str | None:
    """Return who was reached, by name; the reviewer with what else was told of them."""
    reviewer = attempt.reviewer
    reached = attempt.reached_name
    is_reviewer = attempt.direction == "ours" and attempt.is_held and reviewer is not None
    return _speaker(reviewer) or reached if is_reviewer and reached in (None, reviewer.name) else reached


def _speaker(reviewer: Reviewer | None) -> str:
    told = (reviewer.name, reviewer.credential, reviewer.specialty) if reviewer else ()
    return ", ".join(each for each in told if each)


def _both(at: datetime, zone: str, payer_zone: str | None) -> str:
    here = at.astimezone(ZoneInfo(zone))
    there = at.astimezone(ZoneInfo(payer_zone)) if payer_zone else here
    said = f"{here:%d %b %Y} at {here:%H:%M %Z}"
    if there.replace(tzinfo=None) == here.replace(tzinfo=None):
        return said
    day = f"{there:%d %b} " if there.date() != here.date() else ""
    return f"{said} ({day}{there:%H:%M %Z} at the payer)"


def _later(attempt: Attempt, zone: str) -> str:
    return f" on {attempt.next_at.astimezone(ZoneInfo(zone)):%d %b at %H:%M %Z}" if attempt.next_at else ""
