"""Reads app/rules/duties.toml: what a payer's reviewer may be bound to on a call; refuses the undated and unsourced."""

import datetime
import re
from pathlib import Path

import msgspec

from app.core.rulebook.duties import Duty
from app.edges.rulebook.reading import read_rules
from app.edges.rulebook.shapes import Grade

_STATE = re.compile("[A-Z]{2}")


class _Duty(msgspec.Struct, forbid_unknown_fields=True):
    key: str
    say: str
    source: str
    effective: datetime.date
    verified_on: datetime.date
    grade: Grade
    states: list[str] = []
    note: str | None = None


class _Duties(msgspec.Struct, forbid_unknown_fields=True):
    duties: list[_Duty]


def load_duties(path: Path) -> tuple[Duty, ...]:
    """Return every duty, in the file's order; raises Misconfigured, naming file, line and place."""
    file = read_rules(path, _Duties)
    seen: set[tuple[str, str]] = set()
    for index, each in enumerate(file.value.duties):
        place = f"duties[{index}]"
        for name in ("key", "say", "source"):
            if not getattr(each, name).strip():
                raise file.refuse(f"{place}.{name}", "must not be empty")
        if wrong := [state for state in each.states if not _STATE.fullmatch(state)]:
            raise file.refuse(f"{place}.states", f"{wrong[0]} is no state's two letters")
        names = {(each.key, state) for state in each.states or [""]}
        if names & seen:
            raise file.refuse(f"{place}.key", "contradicts an earlier duty for the same state")
        seen |= names
    return tuple(map(_duty, file.value.duties))


def _duty(read: _Duty) -> Duty:
    dated = (read.source, read.effective, read.verified_on, read.grade)
    return Duty(read.key, read.say, tuple(read.states), *dated, read.note)
