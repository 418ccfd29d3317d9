"""The clocks of a case: by when something must have happened, by which rule."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Clock:
    """
    One deadline: half-open from `starts_at` to `ends_at` (UTC), by which rule, from which source, and why.

    firm: no call is booked after it. Not firm: a reading made early for want of a fact (it orders the work and warns,
    but a time that the payer itself offers after it proves it wrong)
    """

    name: str  # p2p_window | determination | appeal | offer
    starts_at: datetime | None
    ends_at: datetime
    rule: str
    source: str
    because: str
    firm: bool = True
