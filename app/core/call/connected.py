"""How a call that reached the reviewer stands: inside the window or not, and with a reviewer of our field or not."""

from datetime import datetime

from app.core.case import Case
from app.core.people import Reviewer, specialty_match

_WINDOWS = ("p2p_window", "offer")


def how_connected(case: Case, *, at: datetime, reviewer: Reviewer | None) -> dict[str, bool]:
    """
    Return what Learn keeps of a call that was held; what is not known is left out.

    inside: whether it began before the earliest end of the payer's window; specialty_match: whether the reviewer's
    specialty is the clinician's
    """
    ends = [each.ends_at for each in case.clocks if each.name in _WINDOWS]
    ours = case.clinician.specialty if case.clinician else None
    match = specialty_match(ours, reviewer.specialty if reviewer else None)
    inside = {"inside": at < min(ends)} if ends else {}
    return inside if match is None else {**inside, "specialty_match": match}
