"""What of a case stands in its clinician's own calendar, and what must be told there when the case changes."""

from dataclasses import dataclass
from datetime import datetime

from app.core.case import Case
from app.core.effects import WriteEvent
from app.core.interval import Interval
from app.core.people import Clinician

_CALLS = {"payer": "The payer calls", "us": "We call"}


@dataclass(frozen=True, slots=True)
class Stands:
    """
    A time as it ought to stand: a held one, or the booked call.

    key: names the event for ever. text: PHI-free, as a calendar that others may see needs it
    """

    key: str
    clinician: Clinician
    interval: Interval
    revision: int
    held: bool
    title: str
    text: str = ""


def events_of(case: Case) -> tuple[Stands, ...]:
    """
    Return what ought to stand in a calendar: every hold, and the call unless it was cancelled.

    A call that was held or missed stays where it stood. The payer is not named, nor the patient: whoever shares the
    calendar sees that there is a call, and the number of the case.
    """
    held = [
        Stands(_key(case, each.id), each.clinician, each.interval, 0, True, f"Held: {_title(case)}")
        for each in case.holds
    ]
    booking = case.booking
    if booking is None or booking.state == "cancelled":
        return tuple(held)
    how = _CALLS.get(booking.who_calls or "")
    text = f"{how}: {booking.number}" if how and booking.number else how or booking.number or ""
    call = Stands(
        _key(case, booking.id), booking.clinician, booking.interval, booking.revision, False, _title(case), text
    )
    return (*held, call)


def calendar_effects(before: Case | None, after: Case, *, now: datetime) -> tuple[WriteEvent, ...]:
    """
    Return what makes the calendar follow the case: put what is new or has moved, take out what is no more.

    What is over stays: it is a record of the day.
    """
    stood = {each.key: each for each in events_of(before)} if before else {}
    stands = {each.key: each for each in events_of(after)}
    put = [_put(each, after) for key, each in stands.items() if key not in stood or _differs(each, stood[key])]
    gone = [_take_out(each, after) for key, each in stood.items() if key not in stands and each.interval.end > now]
    return (*gone, *put)


def _differs(one: Stands, other: Stands) -> bool:
    return (one.interval, one.held) != (other.interval, other.held)


def _put(each: Stands, case: Case) -> WriteEvent:
    return WriteEvent(
        key=f"{each.key}/{each.revision}",
        target=each.key,
        event_key=each.key,
        case_number=case.number,
        clinician=each.clinician,
        interval=each.interval,
        change="held" if each.held else "booked",
        title=each.title,
        text=each.text,
        revision=each.revision,
    )


def _take_out(each: Stands, case: Case) -> WriteEvent:
    return WriteEvent(
        key=f"{each.key}/removed",
        target=each.key,
        event_key=each.key,
        case_number=case.number,
        clinician=each.clinician,
        interval=each.interval,
        change="removed",
        title=each.title,
        revision=each.revision + 1,
    )


def _key(case: Case, id: str) -> str:
    return f"{case.tenant}/{case.id}/event/{id}"


def _title(case: Case) -> str:
    return f"Peer-to-peer call, case {case.number}"
