"""What every entry of the log leaves behind beside itself: its words in the inbox, what it may cost, the EHR's word."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from app.core.acts import gives_up_call
from app.core.call import call_message
from app.core.case import Attempt, Case
from app.core.effects import ChangeAppointment
from app.core.rulebook.guards import Forfeit, RiskyAct
from app.core.windows.message import Message
from app.core.windows.told import told_id
from app.flow.cases import payer_zone
from app.flow.guards import weigh
from app.flow.ports import Ports


def entry_id(
    ports: Ports, case: Case, seen: int, told: Mapping[str, Any], marked: Collection[str], of: str = ""
) -> str:
    """Return the id of what a form tells: the same for the same form, sent twice. of: what else it is about."""
    words = sorted((name, repr(value)) for name, value in told.items())
    return told_id(case, f"log/{of}/{words}/{sorted(marked)}", by=ports.user, seen=seen)


def entry_message(ports: Ports, case: Case, attempt: Attempt, *, now: datetime) -> Message:
    """Return what the inbox keeps of an entry."""
    came = f"corrected: {attempt.result.replace('_', ' ')}" if attempt.corrects else None
    return call_message(case, attempt, came=came, zone=payer_zone(ports, case), now=now)


def costs_of(ports: Ports, case: Case, result: str, *, now: datetime) -> tuple[Forfeit, ...]:
    """Return what our own no-show may cost; the payer's costs us nothing."""
    missed = result == "our_no_show" and gives_up_call(case, now=now)
    return weigh(ports, case, RiskyAct.MISSED_WINDOW, now=now) if missed else ()


def no_show(case: Case) -> ChangeAppointment:
    """Return the word to the EHR that the booked call was missed."""
    booking = case.booking
    root = appointment_root(case)
    # Once a no-show was corrected, the next one of the same booking is told again.
    again = f"/{case.attempts[-1].id}" if any(each.corrects for each in case.attempts) else ""
    return ChangeAppointment(
        key=f"{root}/noshow{again}",
        target=booking.id,
        appointment_key=root,
        change="noshow",
        patient=case.patient,
        booking=booking,
        case_number=case.number,
        payer_name=case.payer_name,
        about=case.about,
    )


def appointment_root(case: Case) -> str:
    """Return the key under which the booking was written to the EHR."""
    return f"{case.tenant}/{case.id}/appointment/{case.booking.id if case.booking else ''}"
