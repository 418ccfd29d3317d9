"""What people add to a brief: read, decided upon, and kept as the next step with who did it."""

from collections.abc import Callable, Mapping
from datetime import datetime

from app.core.brief.entries import Entry, EntryKind, EntryPassed, next_number
from app.core.case import Case
from app.flow.cases import STEADY_TRIES
from app.flow.ports import Ports

Entries = tuple[Entry, ...]
Decided = tuple[EntryKind, str, Mapping[str, str]]


def add_step(ports: Ports, case: Case, decide: Callable[[Entries], Decided | None], *, now: datetime) -> Entries:
    """
    Keep what `decide` makes of the steps so far, and return them all; decided again when somebody was quicker.

    decide: the steps -> (kind, thing, what was told), None where there is nothing to do; it refuses by raising
    """
    for turn in range(STEADY_TRIES):
        held = ports.store.brief_entries(ports.tenant, case.id)
        decided = decide(held)
        if decided is None:
            return held
        kind, thing, told = decided
        entry = Entry(next_number(held), kind, thing, now, ports.user.key, ports.user.name, told)
        try:
            ports.store.add_brief_entry(case, entry)
        except EntryPassed:
            if turn == STEADY_TRIES - 1:
                raise
            continue
        return (*held, entry)
    raise AssertionError("unreachable")
