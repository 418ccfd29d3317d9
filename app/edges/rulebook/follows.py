"""Reads app/rules/follows.toml: the chase of a letter, the dispute of one that differs, the watch of an end."""

import datetime
from pathlib import Path
from typing import Literal

import msgspec

from app.core.rulebook.follows import Follows, Step
from app.edges.rulebook.reading import RuleFile, read_rules


class _Step(msgspec.Struct, forbid_unknown_fields=True):
    amount: int
    unit: Literal["hours", "business_hours", "calendar_days", "business_days"]
    owner: Literal["coordinator", "supervisor"]
    say: str
    do: str = ""


class _Authorization(msgspec.Struct, forbid_unknown_fields=True):
    days: list[int]
    owner: Literal["coordinator", "supervisor"]
    say: str


class _Follows(msgspec.Struct, forbid_unknown_fields=True):
    source: str
    verified_on: datetime.date
    grade: Literal["V", "S", "G", "I"]
    chase: list[_Step]
    dispute: _Step
    record: _Step
    authorization: _Authorization


def load_follows(path: Path) -> Follows:
    """Return what follows an outcome; raises Misconfigured, naming file, line and place."""
    file = read_rules(path, _Follows)
    _check(file)
    read = file.value
    return Follows(
        chase=tuple(map(_step, read.chase)),
        dispute=_step(read.dispute),
        record=_step(read.record),
        authorization=tuple(read.authorization.days),
        schedule=read.authorization.say,
        source=read.source,
        verified_on=read.verified_on,
        grade=read.grade,
    )


def _step(read: _Step) -> Step:
    return Step(read.amount, read.unit, read.owner, read.say, read.do)


def _check(file: RuleFile[_Follows]) -> None:
    """Refuse what the file says wrongly or against itself."""
    read = file.value
    if not read.chase:
        raise file.refuse("chase", "must have a step: a letter that is owed is never forgotten")
    steps = [(f"chase[{index}]", each) for index, each in enumerate(read.chase)]
    for place, step in (*steps, ("dispute", read.dispute), ("record", read.record)):
        if step.amount < 1:
            raise file.refuse(f"{place}.amount", "must be at least 1")
        if not step.say.strip():
            raise file.refuse(f"{place}.say", "must say what to ask")
    for place, step in steps:
        if "{payer}" not in step.do or step.do.replace("{payer}", "").count("{"):
            raise file.refuse(f"{place}.do", "must name {payer}, and nothing else in braces")
    days = read.authorization.days
    if not days or min(days) < 1 or days != sorted(set(days), reverse=True):
        raise file.refuse("authorization.days", "must be whole days before the end, the farthest first, each once")
    own = read.grade == "I" and read.source.startswith("docs/decisions/")
    if not own and not read.source.startswith(("https://", "http://")):
        raise file.refuse("source", "must be the address where the rule can be read, or our own decision (grade I)")
