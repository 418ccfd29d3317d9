"""A time that is held, and one that is promised."""

from dataclasses import dataclass
from datetime import datetime

from app.core.interval import Interval
from app.core.people import Clinician, Reviewer


@dataclass(frozen=True, slots=True)
class Hold:
    """
    A clinician's time, and the payer's slot where it has one, kept for this case until `expires_at`.

    window_id: of the payer's window it lies in; None for a time of ours, which the payer has not agreed to
    waits_on: whose word decides, payer or clinician
    """

    id: str
    interval: Interval
    clinician: Clinician
    window_id: str | None
    payer_slot: str | None
    expires_at: datetime
    waits_on: str
    made_at: datetime
    made_by: str


@dataclass(frozen=True, slots=True)
class Booking:
    """A promised time. `state`: booked | cancelled | fulfilled | noshow. `revision` counts moves."""

    id: str
    interval: Interval
    clinician: Clinician
    payer_slot: str | None
    made_at: datetime
    made_by: str
    state: str = "booked"
    revision: int = 0
    who_calls: str | None = None  # payer | us | unknown
    number: str | None = None  # telephone to call or to be called at
    reviewer: Reviewer | None = None
    because: tuple[str, ...] = ()

    @property
    def is_live(self) -> bool:
        """Whether it still occupies the clinician and the payer's slot."""
        return self.state == "booked"
