"""The worklist: its rows, and how many each filter has."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from app.core.learn.odds import Likeness, Odds


@dataclass(frozen=True, slots=True)
class WorklistRow:
    """One open case as the worklist shows it."""

    case_id: str
    number: str
    patient_name: str
    service_label: str
    payer_name: str
    reason: str
    state: str
    stage: str
    route: str
    lane: str | None
    act_by: datetime | None  # the last safe moment to book, else when the next action is due
    last_safe_at: datetime | None
    next_kind: str
    next_text: str
    next_due_at: datetime | None
    waits_on: str
    owner_key: str | None
    owner_name: str | None
    clinician_name: str | None
    unwritten: int  # effects the EHR has not taken yet
    version: int
    like: Likeness | None = None  # None: no call is to be booked
    to_get: int = 0  # before the call, when the brief was last read
    by_hand: int = 0  # what the EHR did not take and a person has yet to do there
    untold: bool = False  # somebody who chose to be told of the call ahead could not be, or nobody knows


MOST_COUNTED = 1_000


@dataclass(frozen=True, slots=True)
class WorklistPage:
    """
    Rows in order of last safe booking time, with the counts of every filter.

    counts: those of the filters that are not of open cases alone (unwritten, closed) end at MOST_COUNTED, where they
    are not the filter that is shown
    """

    rows: tuple[WorklistRow, ...]
    counts: Mapping[str, int]
    total: int
    odds: Mapping[str, Odds] = field(default_factory=dict)  # by case id, where enough is known
