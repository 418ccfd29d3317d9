"""What stands in the outcome's form before it is recorded: as told before, as known of the call, as typed so far."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from app.core.acts import CALL
from app.core.call.talk import REVIEWER, Aside, Known, Talk, stamp_of, tidy, words_of
from app.core.case import Case, LineOutcome, Outcome
from app.core.outcome.form import BEFORE_CALL, disputed_lines
from app.core.rulebook.calls import ON_OUTCOME

# Call rules that who was on the call says were broken, beside a reviewer who would not say who they are.
BROKEN_BOXES = ON_OUTCOME
FIELDS = (
    "result",
    "final",
    "held_at",
    "again_at",
    "not_held_reason",
    "before_call",
    "reference_number",
    "authorization_number",
    "authorization_starts",
    "authorization_ends",
    *REVIEWER,
    "reviewer_withheld",
    *BROKEN_BOXES,
    "reviewer_reason",
    "criterion",
    "new_information",
    "in_writing",
    "next_step",
    "notice_told",
    "appeal_told",
    "prep_minutes",
    "note",
)
_OF_CALLS = {*BROKEN_BOXES, "before_call", "held_at", "again_at", "not_held_reason", "new_information", "in_writing"}
_OF_LINE = ("line", "quantity", "change")
_LINE = re.compile(rf"(?:{'|'.join(_OF_LINE)})_[0-9]{{1,9}}")
_INPUT = "%Y-%m-%dT%H:%M"  # as a datetime-local field wants it


def is_field(name: str) -> bool:
    """Whether a name is one of the form's, so that nothing else is kept of what a browser sends."""
    return name in FIELDS or _LINE.fullmatch(name) is not None


def names_in(case: Case, way: str) -> tuple[str, ...]:
    """Return the names of all fields in this case's form of this way."""
    plain = (name for name in FIELDS if way == CALL or name not in _OF_CALLS)
    return (*plain, *(f"{what}_{number}" for number in disputed_lines(case) for what in _OF_LINE))


def kept_as(way: str, name: str) -> str:
    """Return under which name a draft keeps a field. Call mode and the outcome of its call share the reviewer's."""
    return name if way == CALL else f"{way}:{name}"


def words_kept(talk: Talk, way: str) -> dict[str, str]:
    """Return what was typed in the form of this way so far, by field."""
    start = kept_as(way, "")
    found = {each.removeprefix(start): text for each, text in talk.words.items() if each.startswith(start)}
    return {name: text for name, text in found.items() if is_field(name)}


def asides_of(talk: Talk, way: str) -> tuple[Aside, ...]:
    """Return what another device typed over in the form of this way, by its plain field."""
    start = kept_as(way, "")
    mine = (replace(each, field=each.field.removeprefix(start)) for each in talk.asides if each.field.startswith(start))
    return tuple(each for each in mine if is_field(each.field))


def words_left(talk: Talk, way: str) -> dict[str, str]:
    """Return what the draft holds beside the form of this way."""
    gone = {kept_as(way, name) for name in words_kept(talk, way)}
    return {name: text for name, text in talk.words.items() if name not in gone}


def words_standing(case: Case, talk: Talk, known: Known, *, way: str, had: Outcome | None, zone: str) -> dict[str, str]:
    """
    Return what stands in every field of the form.

    had: the outcome that is amended, None where none of this way is. known: of the call; typed over both: the draft's
    """
    stands = {"final": "verbal"} if had is None else _words_of(had, zone=zone)
    if way == CALL:
        if had is None or had.reviewer is None:
            stands |= words_of(known.reviewer)
        if not stands.get("held_at"):
            stands["held_at"] = _local(known.held_at, zone)
        held = next((each for each in reversed(case.tries) if each.is_held), None)
        stands |= {name: "yes" for name in BROKEN_BOXES if held is not None and name in held.problems}
    typed = words_kept(talk, way)
    if way == CALL and had is None:
        typed["note"] = talk.note  # with what another device typed beside it
    return {name: "" for name in names_in(case, way)} | stands | typed


def stamps_in(case: Case, way: str, words: Mapping[str, str]) -> dict[str, str]:
    """Return the stamp of every field as a device has it."""
    return {name: stamp_of(tidy(name, words.get(name, ""))) for name in names_in(case, way)}


def _words_of(had: Outcome, *, zone: str) -> dict[str, str]:
    plain = ("result", "reference_number", "reviewer_reason", "criterion", "new_information",
             "next_step", "notice_told", "appeal_told", "note")  # fmt: skip
    told = {name: getattr(had, name) or "" for name in plain} | words_of(had.reviewer)
    # What was told of the whole answer stays told of the whole, so that another result contradicts no line of it.
    by_line = had.result in ("partial", "modified") or any(each.result != had.result for each in had.lines)
    said_by_line = had.lines if by_line else ()
    authorization, early = had.authorization, had.not_held_reason == BEFORE_CALL
    days = (authorization.starts_on, authorization.ends_on) if authorization else (None, None)
    starts, ends = (day.isoformat() if day else "" for day in days)
    return {
        **told,
        "final": "final" if had.final else "verbal",
        "held_at": _local(had.held_at, zone),
        "not_held_reason": "" if early else had.not_held_reason or "",
        "before_call": "yes" if early else "",
        "reviewer_withheld": "yes" if had.reviewer and had.reviewer.withheld else "",
        "in_writing": {True: "yes", False: "no", None: ""}[had.in_writing],
        "authorization_number": (authorization and authorization.number) or "",
        "authorization_starts": starts,
        "authorization_ends": ends,
        "prep_minutes": "" if had.prep_minutes is None else str(had.prep_minutes),
        **{name: text for line in said_by_line for name, text in _words_of_line(line).items()},
    }


def _words_of_line(line: LineOutcome) -> dict[str, str]:
    quantity = "" if line.quantity is None else f"{line.quantity:.15g}"  # as typed: saved again, it is the same
    of = f"_{line.sequence}"
    return {f"line{of}": line.result, f"quantity{of}": quantity, f"change{of}": line.change or ""}


def _local(at: datetime | None, zone: str) -> str:
    return at.astimezone(ZoneInfo(zone)).strftime(_INPUT) if at else ""
