"""
Who else may take a call: a colleague whom the site named to cover for the clinician, as far as the payer takes one.

What is not known keeps a colleague out of what is proposed; it is said, with what to ask.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.core.people import Clinician, specialty_match
from app.core.rulebook.guards import Forfeit, Severity

_DOCTOR = "physician"


@dataclass(frozen=True, slots=True)
class StandIn:
    """A colleague who may stand in. allowed: the payer is known to take them; else `because` says what to ask first."""

    clinician: Clinician
    allowed: bool
    because: str


def as_cover(colleague: Clinician) -> Clinician:
    """Return the colleague as the payer sees them: a physician who did not order the service covers for who did."""
    return replace(colleague, credential="covering_physician") if colleague.credential == _DOCTOR else colleague


def stand_in(colleague: Clinician, own: Clinician, losses: Sequence[Forfeit]) -> StandIn | None:
    """
    Return how a colleague of the same practice may stand in for the case's clinician; None where they may not.

    losses: what the payer's rule says is lost by a caller of as_cover's credential, as rulebook.guards tells it
    errs: cautiously; a specialty or a credential that nobody told is asked about, and not taken for the right one
    """
    same = specialty_match(own.specialty, colleague.specialty)
    if same is False or any(each.severity is Severity.LOSES for each in losses):
        return None
    if same is None:
        unknown = f"it is not known that {colleague.name} is of the same specialty."
        return StandIn(colleague, False, unknown)
    if colleague.credential is None:
        return StandIn(colleague, False, f"it is not known whether {colleague.name} is a physician.")
    if losses:
        return StandIn(colleague, False, losses[0].sentence)
    return StandIn(colleague, True, f"covers for {own.name}, same specialty, and the payer takes such a caller")
