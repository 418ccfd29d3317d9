"""Reads app/rules/recording.toml: whose consent each state asks for before a call is recorded."""

import datetime
from pathlib import Path
from typing import Literal

import msgspec

from app.core.rulebook.recording import PLACES, ConsentRule, ConsentRules
from app.edges.rulebook.reading import read_rules
from app.edges.rulebook.shapes import Grade


class _State(msgspec.Struct, forbid_unknown_fields=True):
    state: str
    consent: Literal["one", "all"]
    source: str
    verified_on: datetime.date
    grade: Grade
    cites: str | None = None
    note: str | None = None


class _States(msgspec.Struct, forbid_unknown_fields=True):
    states: list[_State]


def load_consent_rules(path: Path) -> ConsentRules:
    """Return the rules by state; raises Misconfigured, naming file, line and place, for the undated and unsourced."""
    file = read_rules(path, _States)
    found: dict[str, ConsentRule] = {}
    for index, each in enumerate(file.value.states):
        place = f"states[{index}]"
        if each.state not in PLACES:
            raise file.refuse(f"{place}.state", "must be a state's two letters")
        if each.state in found:
            raise file.refuse(f"{place}.state", f"contradicts an earlier one: {each.state} twice")
        if not each.source.startswith(("https://", "http://")):
            raise file.refuse(f"{place}.source", "must be the address where the rule can be read")
        found[each.state] = ConsentRule(**{name: getattr(each, name) for name in each.__struct_fields__})
    return found
