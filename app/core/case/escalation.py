"""A call rule that was broken, and who must act on it by when."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class TakenStep:
    """One step of a ladder as it was taken. told: to whom, or what was said, as typed; None where nobody told."""

    step: int
    at: datetime
    by: str
    told: str | None = None


@dataclass(frozen=True, slots=True)
class Escalation:
    """
    A call rule that was broken, and the step of its ladder that stands (core.call.ladder); instants UTC.

    about: id of the attempt, or of the outcome, by which it was found; rule: its key (rules/calls.toml); found_at: when
    it was written down, from which the ladder runs; due_at: by when the step is due; next_at: when the next one falls
    due, None for the last; ended: why the rest of the ladder is needless, None while it stands
    """

    about: str
    rule: str
    label: str
    found_at: datetime
    step: int
    kind: str
    text: str
    owner: str  # clinician | coordinator | manager
    told_to: str
    fell_at: datetime
    due_at: datetime
    next_at: datetime | None
    taken: tuple[TakenStep, ...] = ()
    ended: str | None = None
    ended_at: datetime | None = None

    @property
    def stands(self) -> bool:
        """Whether it still asks for something."""
        return self.ended is None

    @property
    def is_taken(self) -> bool:
        """Whether the step that stands was taken, and what comes of it is watched for."""
        return any(each.step == self.step for each in self.taken)

    @property
    def acts_by(self) -> datetime:
        """When somebody must have acted: the step, or what it was to bring before the next one falls due."""
        return self.next_at if self.is_taken and self.next_at is not None else self.due_at
