"""Types of what follows an outcome: the steps of a chase, by when a letter is disputed, when an end is watched."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Step:
    """
    One step: how long after what came before it, who owns it, what to say.

    unit: hours | business_hours | calendar_days | business_days; do: what the next action says, "{payer}" in it
    """

    amount: int
    unit: str
    owner: str  # coordinator | supervisor
    say: str
    do: str = ""


@dataclass(frozen=True, slots=True)
class Follows:
    """
    What follows an outcome, by this site's rules.

    chase: of a letter that is owed, in order; the last step is repeated
    dispute: of a letter that differs; record: of one that nobody has read yet
    authorization: how many days before its last day it is looked at, the farthest first; schedule: what to say then
    """

    chase: tuple[Step, ...]
    dispute: Step
    record: Step
    authorization: tuple[int, ...]
    schedule: str
    source: str
    verified_on: date
    grade: str
