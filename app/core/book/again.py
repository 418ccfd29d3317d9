"""The payer missed a booked call: the same call once more, at the first time that both sides can keep."""

from collections.abc import Iterable

from app.core.case import Case, OfferedWindow
from app.core.slots import RankedSlot

WHY = "the payer missed the booked call; this is the first time after it that both sides have"


def windows_to_rebook(case: Case) -> tuple[OfferedWindow, ...]:
    """
    Return the payer's windows in which a call may be booked again without asking anybody.

    A published time is the payer's word for it. In a block that was told, only where we place the call: a payer that
    calls must first be told when.
    """
    booking = case.booking
    if booking is None:
        return ()
    others = (each for each in case.windows if each.slot is None or each.slot != booking.payer_slot)
    return tuple(each for each in others if each.slot is not None or booking.who_calls == "us")


def first_slot(slots: Iterable[RankedSlot]) -> RankedSlot:
    """Return the earliest of these times, of which there is one at least: not the most comfortable."""
    return min(slots, key=lambda each: (each.interval.start, each.interval.end, each.window_id))
