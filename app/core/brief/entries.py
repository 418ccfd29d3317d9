"""What people add to a case's brief by hand, step by step; no step is ever changed or taken away."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from app.errors import Refused


class EntryKind(StrEnum):
    """What was done: to an own sentence, to a thing to get before the call, to what was held back, to an appeal."""

    DRAFTED = "drafted"
    SIGNED = "signed"
    WITHDRAWN = "withdrawn"
    GIVEN = "given"
    DONE = "done"
    NOT_NEEDED = "not_needed"
    REOPENED = "reopened"
    ADDED = "added"
    REVOKED = "revoked"
    CHOSEN = "chosen"
    EXPEDITED = "expedited"


OF_SENTENCES = frozenset({EntryKind.DRAFTED, EntryKind.SIGNED, EntryKind.WITHDRAWN})


@dataclass(frozen=True, slots=True)
class Entry:
    """
    One step. number: 1, 2, 3 … within its case; by: a user's key, by_name: as they were called then

    thing: what it is about (a sentence's id, a todo's key, a resource's reference); told: what was typed, by field
    """

    number: int
    kind: EntryKind
    thing: str
    at: datetime
    by: str
    by_name: str
    told: Mapping[str, str] = field(default_factory=dict)


class EntryPassed(Refused):
    """Somebody added to the same brief at this very moment; it is tried again."""

    say = "Somebody else added to this brief at this very moment."
    next = "Try again."


def next_number(entries: Iterable[Entry]) -> int:
    """Return the number of the next step."""
    return max((each.number for each in entries), default=0) + 1
